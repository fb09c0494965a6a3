//! The two tables of Lime's page for the sample bill, from every source and in every format; days that
//! begin at midnight of the site; pages.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{CARD, SAMPLE, Site, pay, set_balance};
use crate::harness::{Said, Sim, till_command};
use crate::relay::{Deed, Relay};

const DISHES: [(&str, &str); 6] = [
    ("Запеченный ролл с курицей", "290"),
    ("Запеченный ролл Нежный с лососем", "360"),
    ("Запеченный ролл с угрем", "430"),
    ("Ролл Бонито", "410"),
    ("Горячая Филадельфия ролл", "650"),
    ("Маки ролл с лососем и сливочным сыром", "210"),
];
const EVER: [&str; 4] = ["--from", "2020-01-01", "--to", "2099-12-31"];

/// Where a report of this site can come from.
pub(super) const fn sources(site: Site) -> &'static [&'static str] {
    match site {
        Site::Rpc => &["journal"],
        Site::Holds | Site::Takes => &["journal", "lime"],
    }
}

/// The program on a computer whose clocks are set to this zone.
fn in_zone(sim: &Sim, zone: &str, args: &[&str]) -> Said {
    let mut command = till_command(&sim.config, args);
    Said::of(&command.env("TZ", zone).output().unwrap())
}

fn report(sim: &Sim, zone: &str, words: &[&str], source: &str, more: &[&str]) -> String {
    let args = [&["report"], words, &["--source", source], more].concat();
    in_zone(sim, zone, &args).expect_code(0).out
}

fn report_json(sim: &Sim, zone: &str, words: &[&str], source: &str, days: &[&str]) -> Value {
    let out = report(sim, zone, words, source, &[days, &["--json"]].concat());
    serde_json::from_str(&out).unwrap()
}

/// `2026-11-25T12:00:00` as reports show it.
fn shown(time: &str) -> String {
    let time: jiff::civil::DateTime = time.parse().unwrap();
    time.strftime("%d.%m.%Y %H:%M:%S").to_string()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn the_sample_bill_in_the_sales_report_from_every_source_in_every_format() {
    for site in Site::BOTH {
        let sim = site.start();
        pay(&sim).expect_code(0);
        // Lime's own screen, made of its checks alone.
        let screen = sim.get("/report/sales");
        let screen = &screen["sales"][0];
        assert_eq!(screen["number"], 2_226_634);
        for source in sources(site) {
            let words = ["sales"];
            let ours = report_json(&sim, "UTC0", &words, source, &EVER);
            assert_eq!(ours["installation"], "Тестовая");
            assert_eq!(ours["cash_desk"], "Касса r-keeper");
            let sales = ours["sales"].as_array().unwrap();
            assert_eq!(sales.len(), 1, "{ours}");
            let sale = &sales[0];
            assert_eq!(sale["lines"], screen["lines"], "{site:?} {source}");
            assert_eq!(sale["card_number"], screen["card_number"]);
            assert_eq!(sale["kind"], "sale");
            let lines = sale["lines"].as_array().unwrap();
            let expected: Vec<Value> = DISHES
                .iter()
                .map(|(name, price)| {
                    json!({
                        "name": name, "base_price": format!("{price}.00"),
                        "price": format!("{price}.00"), "count": "1",
                        "payments": [format!("Депозит (счет): {price}; {CARD}")],
                    })
                })
                .collect();
            assert_eq!(lines, &expected);

            let (number, time) = (text(&sale["number"]), shown(sale["time"].as_str().unwrap()));
            if site == Site::Rpc {
                assert_eq!(number, "2226634");
            }
            let csv = report(
                &sim,
                "UTC0",
                &words,
                source,
                &[&EVER[..], &["--format", "csv"]].concat(),
            );
            let mut rows = "\u{feff}Чек;Вид;Карта;Время;Товар;Базовая цена;Цена;Кол-во;Счёт;Сумма;\
                            UID;Введены вручную\r\n"
                .to_owned();
            for (name, price) in DISHES {
                write!(
                    rows,
                    "{number};продажа;100038;{time};{name};{price},00;{price},00;1;Депозит;{price},00;\
                     {CARD};\r\n"
                )
                .unwrap();
            }
            assert_eq!(csv, rows);

            let table = report(&sim, "UTC0", &words, source, &EVER);
            let mut rows = format!(
                "Детальный по продажам: Тестовая, Касса r-keeper, 01.01.2020 – 31.12.2099\n\n\
                 Продажа {number}  карта 100038  {time}\n\
                 {:37}  Базовая цена    Цена  Кол-во\n",
                "Товар"
            );
            for (name, price) in DISHES {
                writeln!(rows, "{name:37}        {price}.00  {price}.00       1").unwrap();
                writeln!(rows, "    Депозит (счет): {price}; {CARD}").unwrap();
            }
            assert_eq!(table, rows);
        }
    }
}

#[test]
fn the_sample_bill_in_the_cards_history_from_every_source_in_every_format() {
    for site in Site::BOTH {
        let sim = site.start();
        pay(&sim).expect_code(0);
        let screen = sim.get(&format!("/report/card/{CARD}"));
        for source in sources(site) {
            let words = ["card", CARD];
            let ours = report_json(&sim, "UTC0", &words, source, &[]);
            assert_eq!(ours["uid"], CARD);
            assert_eq!(ours["card_number"], "100038");
            let rows = ours["rows"].as_array().unwrap();
            let theirs = screen["rows"].as_array().unwrap();
            assert_eq!(rows.len(), 6, "{ours}");
            // Row for row as Lime shows it; only the payer's name is not for a till.
            for ((row, screen), (name, price)) in rows.iter().zip(theirs).zip(DISHES) {
                for column in [
                    "type",
                    "account",
                    "amount",
                    "goods",
                    "payment",
                    "service_point",
                    "operator",
                    "payer_card",
                ] {
                    assert_eq!(row[column], screen[column], "{site:?} {source} {column}");
                }
                assert_eq!(row["type"], "O");
                assert_eq!(row["goods"], name);
                assert_eq!(row["amount"], format!("-{price}.00"));
                assert_eq!(row["payer"], "7001");
            }
            let time = shown(rows[0]["time"].as_str().unwrap());
            let csv = report(&sim, "UTC0", &words, source, &["--format", "csv"]);
            let mut expected = "\u{feff}Тип;Время;Счёт;Начисление/Списание;Товар;Платёж;\
                                Точка обслуживания;Оператор;Плательщик;Карта плательщика\r\n"
                .to_owned();
            for (name, price) in DISHES {
                write!(
                    expected,
                    "O;{time};Депозит;-{price},00;{name};0;Касса r-keeper;Admin;7001;{CARD}\r\n"
                )
                .unwrap();
            }
            assert_eq!(csv, expected);

            let table = report(&sim, "UTC0", &words, source, &[]);
            let mut expected = format!(
                "История операций: карта {CARD}, бортовой номер 100038\n\
                 Тип  {:19}  Счёт     Начисление/Списание  {:37}  Платёж  Точка обслуживания  \
                 Оператор  Плательщик  Карта плательщика\n",
                "Время", "Товар"
            );
            for (name, price) in DISHES {
                writeln!(
                    expected,
                    "O    {time}  Депозит              -{price}.00  {name:37}       0  \
                     Касса r-keeper      Admin     7001        {CARD}"
                )
                .unwrap();
            }
            assert_eq!(table, expected);
        }
    }
}

/// A zone in which that moment of UTC is so many seconds after midnight of the next day.
fn zone_with_midnight(moment: &str, after: i64) -> (String, String, String) {
    let moment: jiff::civil::DateTime = moment.parse().unwrap();
    let day = moment.date();
    let midnight = day.tomorrow().unwrap();
    let east = jiff::civil::DateTime::from(midnight)
        .duration_since(moment)
        .as_secs()
        + after;
    let (hours, minutes, seconds) = (east / 3_600, east / 60 % 60, east % 60);
    // POSIX counts to the west.
    let zone = format!("SITE-{hours:02}:{minutes:02}:{seconds:02}");
    (zone, day.to_string(), midnight.to_string())
}

/// The last second of a day and the first of the next one, on the clocks of a till that are not those
/// of the server: each row is on one day, the same in both reports of every source.
#[test]
fn a_report_parts_its_days_at_the_midnight_of_the_till() {
    for site in Site::BOTH {
        let sim = site.start();
        in_zone(&sim, "UTC0", &["pay", "*/1", "--card", CARD, "--json"]).expect_code(0);
        for source in sources(site) {
            let sold = report_json(&sim, "UTC0", &["sales"], source, &EVER);
            let at = text(&sold["sales"][0]["time"]);
            for (after, clock) in [(0, "T00:00:00"), (-1, "T23:59:59")] {
                let (zone, day, next) = zone_with_midnight(&at, after);
                for (of_day, is_there) in [(&day, after < 0), (&next, after == 0)] {
                    let days = ["--from", of_day, "--to", of_day];
                    let sales = report_json(&sim, &zone, &["sales"], source, &days);
                    let card = report_json(&sim, &zone, &["card", CARD], source, &days);
                    let context = format!("{site:?} {source} {zone} {of_day}: {sales}\n{card}");
                    let (sales, rows) = (&sales["sales"], &card["rows"]);
                    let count = |rows: &Value| rows.as_array().unwrap().len();
                    assert_eq!(count(sales), usize::from(is_there), "{context}");
                    assert_eq!(count(rows), 6 * usize::from(is_there), "{context}");
                    if is_there {
                        let time = format!("{of_day}{clock}");
                        assert_eq!(text(&sales[0]["time"]), time, "{context}");
                        assert_eq!(text(&rows[0]["time"]), time, "{context}");
                    }
                }
            }
        }
    }
}

/// A till whose computer is set to another zone than the site: the site's clocks count, in the
/// journal's reports as in the server's.
#[test]
fn a_report_is_in_the_zone_of_the_site_whatever_the_computer_is_set_to() {
    for site in Site::BOTH {
        let sim = site.start();
        let plain = std::fs::read_to_string(&sim.config).unwrap();
        let zoned = plain.replacen("[lime]\n", "[lime]\ntime_zone = \"Asia/Vladivostok\"\n", 1);
        std::fs::write(&sim.config, zoned).unwrap();
        in_zone(&sim, "HERE5", &["pay", "*/1", "--card", CARD, "--json"]).expect_code(0);
        for source in sources(site) {
            let times = |zone: &str| {
                let sales = report_json(&sim, zone, &["sales"], source, &EVER);
                let card = report_json(&sim, zone, &["card", CARD], source, &[]);
                (
                    text(&sales["sales"][0]["time"]),
                    text(&card["rows"][0]["time"]),
                )
            };
            let here = times("HERE5");
            assert_eq!(here, times("THERE-9"), "{site:?} {source}");
            // Vladivostok is ten hours before UTC, all the year.
            let local: jiff::civil::DateTime = here.0.parse().unwrap();
            let now = jiff::Timestamp::now();
            let then = local.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(10)));
            let age = now.duration_since(then.unwrap().timestamp());
            assert!(age.as_hours() == 0, "{site:?} {source}: {local}");
        }
    }
}

#[test]
fn a_report_of_many_pages_has_every_row_once() {
    let scenario = SAMPLE.replacen("[lime]\n", "[lime]\npage_rows = 4\n", 1);
    let sim = Sim::start_with(&Site::Holds.scenario(&scenario));
    set_balance(&sim, "9001", "9000.00");
    let id = pay(&sim).expect_code(0).json()["payment_id"].clone();
    sim.till(&["pay", "3/1", "--card", CARD]).expect_code(0);
    let part = [
        "refund",
        id.as_str().unwrap(),
        "--leg",
        "1:650.01",
        "--by-hand",
    ];
    sim.till(&part).expect_code(0);

    let of = |words: &[&str], source: &str, days: &[&str]| {
        report_json(&sim, "UTC0", words, source, days)
    };
    let lines = |report: &Value| -> Vec<Value> {
        let sales = report["sales"].as_array().unwrap().iter();
        sales
            .map(|sale| json!([sale["number"], sale["kind"], sale["lines"]]))
            .collect()
    };
    // One stretch of days, so that the calls are the pages.
    let today = jiff::Timestamp::now()
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date();
    let days = [today.yesterday().unwrap(), today.tomorrow().unwrap()].map(|day| day.to_string());
    let days = ["--from", &days[0], "--to", &days[1]];
    let theirs = of(&["sales"], "lime", &days);
    assert_eq!(lines(&theirs), lines(&of(&["sales"], "journal", &days)));
    let rows: usize = theirs["sales"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sale| sale["lines"].as_array().unwrap().len())
        .sum();
    assert!(rows > 8, "more than two pages: {theirs}");
    assert_eq!(
        sim.calls("holds.sales"),
        u64::try_from(rows.div_ceil(4)).unwrap()
    );

    let rows = |report: &Value| -> Vec<Value> {
        let rows = report["rows"].as_array().unwrap().iter();
        rows.filter(|row| row["type"] == "O" || row["type"] == "V")
            .map(|row| json!([row["type"], row["amount"], row["goods"]]))
            .collect()
    };
    let theirs = of(&["card", CARD], "lime", &[]);
    assert_eq!(rows(&theirs), rows(&of(&["card", CARD], "journal", &[])));
    // And the balance that was set by hand, which no till knows.
    let all = theirs["rows"].as_array().unwrap().len();
    assert_eq!(all, rows(&theirs).len() + 1);
    assert_eq!(
        sim.calls("holds.history"),
        u64::try_from(all.div_ceil(4)).unwrap()
    );
    sim.assert_no_violations();
}

/// A server whose pages go round: nothing is shown, rather than sums that are too large.
#[test]
fn a_report_whose_pages_go_round_is_not_shown() {
    let sim = Site::Holds.start();
    pay(&sim).expect_code(0);
    let relay = Relay::start(&sim.lime, |seen| {
        if !matches!(seen.name.as_str(), "sales" | "operations") {
            return Deed::Pass;
        }
        let page = u8::try_from(seen.before % 3).unwrap();
        Deed::Distort(Box::new(move |body| {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            answer["next"] = json!(page.to_string());
            let body = answer.to_string();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
            format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes()
        }))
    });
    let config = sim.config_with("round.toml", |text| text.replace(&sim.lime, &relay.base));
    for (words, call) in [(&["sales"][..], "sales"), (&["card", CARD], "operations")] {
        let args = [&["report"], words, &["--source", "lime", "--json"]].concat();
        let said = Said::of(&till_command(&config, &args).output().unwrap());
        assert_eq!(said.code, 6, "{said:?}");
        assert_eq!(said.out, "");
        assert!(said.err.contains("Ответ сервера непонятен"), "{said:?}");
        assert!(said.err.contains("go round"), "{said:?}");
        // Three pages, and the cursor of the first one again; its page is not asked for.
        assert_eq!(relay.bodies(call).len(), 4, "{said:?}");
    }
}

/// The server is not asked for more days at once than it gives.
#[test]
fn a_long_period_is_put_together_of_shorter_reports() {
    let sim = Site::Holds.start();
    pay(&sim).expect_code(0);
    let sold = report_json(
        &sim,
        "UTC0",
        &["sales"],
        "lime",
        &["--from", "2026-01-01", "--to", "2099-12-31"],
    );
    assert_eq!(sold["sales"].as_array().unwrap().len(), 1, "{sold}");
    assert!(sim.calls("holds.sales") > 100);
    sim.assert_no_violations();
}
