//! What other programs of this kind ran into, through the real binary: typed sums, huge sums, names
//! that would drive a terminal, secrets in files. `docs/field-cases.md` says which test holds which
//! case; a test here keeps that page true.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};

const CARD: &str = "61366822";
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

fn deposit(sim: &Sim) -> String {
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap();
    let holds = |account: &&Value| {
        account["card_uids"]
            .as_array()
            .unwrap()
            .contains(&json!(CARD))
    };
    let found = accounts.iter().find(holds).unwrap();
    let id = &found["id"];
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// Case 56: nothing is guessed.
#[test]
fn sums_on_the_command_line_are_read_or_refused() {
    let sim = Sim::start();
    let take = |sum: &str| {
        let take = format!("{CARD}:Депозит:{sum}");
        sim.till(&["pay", "*/1", "--card", CARD, "--take", &take, "--json"])
    };
    for sum in [
        "1.250",
        "1,250",
        "1.250,00",
        "1,000,100.01",
        "12,505",
        ",5",
        "5,",
        ".",
        "",
        "1e3",
        "+5",
        "-5",
        "−5",
        "١٢",
        "0",
        "0,00",
        "12 50",
        "NaN",
        "0x10",
        "99999999999999999999",
    ] {
        let said = take(sum).expect_code(2);
        assert_eq!(said.out, "", "{sum}");
        assert!(said.err.contains("--take"), "{sum}: {said:?}");
    }
    // Read as meant; it is only not the whole bill, and the sum is shown as it was read.
    for (sum, read) in [
        ("12,5", "12.50"),
        ("12.5", "12.50"),
        ("19,99", "19.99"),
        ("8,20", "8.20"),
    ] {
        let said = take(sum).expect_code(4);
        assert_eq!(said.json()["reason"], "split_invalid", "{sum}");
        assert!(
            said.err.contains(read) && said.err.contains("2350.00"),
            "{said:?}"
        );
    }
    assert_eq!(sim.state()["checks"], json!([]));
    take("2350,00").expect_code(0);
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
}

/// Case 60: sums beyond 32 bits are carried, beyond the ceiling of the config refused.
#[test]
fn a_huge_bill_is_shown_and_refused_before_anything_moves() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "set_balance", "account": deposit(&sim), "amount": "900000000.00"}));
    sim.edit(&json!({"op": "add_dish", "order": "*/1", "code": 2460, "name": "Остров", "price": "100000000.00"}));
    let order = sim.till(&["order", "*/1", "--json"]).expect_code(0).json();
    assert_eq!(order["unpaid"], "100002350.00");
    let pay = |config: &Path| {
        let args = ["pay", "*/1", "--card", CARD, "--json"];
        Said::of(&till_command(config, &args).output().unwrap())
    };
    let said = pay(&sim.config).expect_code(4);
    assert_eq!(said.json()["reason"], "sum_too_large");
    assert!(said.err.contains("100002350.00"), "{said:?}");
    assert!(said.err.contains("1000000.00"), "{said:?}");
    assert_eq!(sim.state()["checks"], json!([]));
    // A site that sells islands says so; every column is wide enough.
    let wide = sim.config_with("wide.toml", |text| {
        format!("{text}\n[payment]\nsum_max = \"1000000000.00\"\n")
    });
    assert_eq!(pay(&wide).expect_code(0).json()["total"], "100002350.00");
    assert_eq!(sim.balance(CARD, "Депозит"), "799997650.00");
    assert_eq!(sim.order("*/1")["payments"][0]["amount"], "100002350.00");
    sim.assert_no_violations();
    // Dishes that no sum can hold together: no answer of ours is built on them.
    let sim = Sim::start();
    for _ in 0..2 {
        sim.edit(&json!({"op": "add_dish", "order": "*/1", "code": 2460, "name": "Материк", "price": "9999999999.99"}));
    }
    let said = pay(&sim.config);
    assert!([4, 6].contains(&said.code), "{said:?}");
    assert!(!said.err.trim().is_empty());
    assert_eq!(sim.state()["checks"], json!([]));
}

/// Case 58: the refusal names both sums, before the debit.
#[test]
fn a_bill_that_grew_is_refused_with_both_sums() {
    let sim = Sim::start();
    sim.fault_with("lime.GetCardInfoByCardUid", "delay", 1, &json!(1_500));
    let till = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls("lime.GetCardInfoByCardUid", 1);
    sim.edit(
        &json!({"op": "add_dish", "order": "*/1", "code": 2460, "name": "Кунжут", "price": "0.01"}),
    );
    let said = Said::of(&till.wait_with_output().unwrap()).expect_code(4);
    assert_eq!(said.json()["reason"], "order_changed");
    assert!(
        said.err.contains("2350.00") && said.err.contains("2350.01"),
        "{said:?}"
    );
    assert_eq!(sim.state()["checks"], json!([]));
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
}

/// What a name may hold: it ends in the middle of a sequence, turns the line around, breaks it.
const HOSTILE: &str =
    r"X\u001B[2J\u001B]0;t\u0007\u009B31m\u202E00,01\u200B\u0000\r\n\tY\u2028Z\uFEFF";

/// The sample world with hostile names everywhere.
fn hostile_world() -> String {
    let hostile = HOSTILE.replace(r"\u0000", "");
    let mut text = SAMPLE.to_owned();
    for name in [
        "Тестовая",
        "Тестовый ресторан",
        "Касса 1",
        "Admin",
        "Вишнёва Т.",
        "Запеченный ролл с курицей",
        "Прожарка medium",
        "Гость отеля 10 %",
        "Сертификат",
        "Депозит",
        "Гость 100038",
    ] {
        let (from, to) = (format!("\"{name}\""), format!("\"{name}{hostile}\""));
        assert!(text.contains(&from), "{name}");
        text = text.replace(&from, &to);
    }
    let table = format!("table = \"1{hostile}\"");
    text = text.replacen("table = \"1\"", &table, 1);
    text.replacen(
        "number = \"100038\"",
        &format!("number = \"100038{hostile}\""),
        1,
    )
}

#[track_caller]
fn assert_clean(text: &str, context: &str) {
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let found: Vec<char> = text.chars().filter(|&c| bad(c)).collect();
    assert!(found.is_empty(), "{context}: {found:?} in {text:?}");
}

/// The texts inside a JSON value: escaped or not, nothing in them may drive what shows them later.
fn texts_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| texts_of(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts_of(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// L24–L26, case 13.
#[test]
fn names_from_the_servers_drive_nothing() {
    let sim = Sim::start_with(&hostile_world());
    let mut seen = String::new();
    let mut look = |args: &[&str]| {
        let said = sim.till(args).expect_code(0);
        let context = format!("{args:?}");
        assert_clean(&said.err, &context);
        if args.contains(&"--json") || args.contains(&"json") {
            let mut texts = Vec::new();
            texts_of(&said.json(), &mut texts);
            for text in &texts {
                assert_clean(text, &context);
                assert!(!text.contains('\n'), "{context}: {text:?}");
            }
        }
        let plain = if args.contains(&"csv") {
            said.out
                .strip_prefix('\u{feff}')
                .unwrap()
                .replace("\r\n", "\n")
        } else {
            said.out
        };
        assert_clean(&plain, &context);
        seen.push_str(&plain);
        plain
    };
    let orders = look(&["orders"]);
    // One line each, and the head.
    assert_eq!(orders.lines().count(), 5, "{orders}");
    look(&["orders", "--json"]);
    for order in ["*/1", "12/2"] {
        look(&["order", order]);
        look(&["order", order, "--json"]);
    }
    look(&["card", CARD]);
    look(&["card", CARD, "--json"]);
    look(&["pay", "*/1", "--card", CARD]);
    look(&["payments"]);
    look(&["payments", "--json"]);
    let id = sim.till(&["payments", "--json"]).json()[0]["payment_id"].clone();
    look(&["payment", id.as_str().unwrap()]);
    look(&["payment", id.as_str().unwrap(), "--json"]);
    for format in ["table", "csv", "json"] {
        look(&[
            "report",
            "sales",
            "--from",
            "2020-01-01",
            "--format",
            format,
        ]);
        look(&["report", "card", CARD, "--format", format]);
    }
    // The readable parts of the names are all there.
    for part in [
        "Запеченный ролл с курицей",
        "Прожарка medium",
        "Депозит",
        "Admin",
        "100038",
    ] {
        assert!(seen.contains(part), "{part}");
    }
    // Refusals quote names, too.
    let said = sim.till(&[
        "pay",
        "12/2",
        "--card",
        CARD,
        "--take",
        &format!("{CARD}:нет\u{1b}[2J\u{202e}:1"),
    ]);
    assert_ne!(said.code, 0);
    assert_clean(&said.err, "a refusal");
    let said = sim
        .till(&["order", "нет\u{1b}[2J\u{202e}\nтакого"])
        .expect_code(8);
    assert_clean(&said.err, "a name that is not there");
    sim.assert_no_violations();
}

/// A day with everything in it leaves no secret in any file and on no stderr.
#[test]
fn a_day_leaves_no_uid_and_no_secret_behind() {
    let sim = Sim::start();
    let config = sim.config_with("trace.toml", |text| {
        format!("log_level = \"trace\"\n{text}\n[payment]\nfront_s = 2\nretry_s = [1]\n").replace(
            "[lime]\n",
            "[lime]\nread_timeout_s = 1\nwrite_timeout_s = 1\n",
        )
    });
    let mut heard = String::new();
    let mut run = |args: &[&str]| {
        let said = Said::of(&till_command(&config, args).output().unwrap());
        heard.push_str(&said.err);
        said
    };
    let pay = |order: &'static str| ["pay", order, "--card", CARD, "--json"];
    // Refused; with the answer lost for good, then recovered; paid; asked about; answered nonsense.
    sim.edit(&json!({"op": "set_balance", "account": deposit(&sim), "amount": "1.00"}));
    assert_eq!(run(&pay("*/1")).code, 4);
    sim.edit(&json!({"op": "set_balance", "account": deposit(&sim), "amount": "20000.00"}));
    sim.fault("lime.PutCheck", "lose_reply", 3);
    sim.fault("lime.GetCheck", "lose_reply", 3);
    let lost = run(&pay("*/1"));
    assert_eq!(lost.code, 5, "{lost:?}");
    assert_eq!(run(&["recover", "--json"]).code, 0);
    for kind in ["refuse", "garbage", "html", "cut_body"] {
        for at in [
            "lime.GetCardInfoByCardUid",
            "lime.GetRights",
            "rkeeper.GetOrder",
        ] {
            sim.fault(at, kind, 1);
            run(&pay("12/2"));
        }
    }
    sim.fault("rkeeper.PayOrder", "refuse", 1);
    run(&pay("12/2"));
    run(&["recover"]);
    assert_eq!(run(&pay("12/2")).code, 0);
    run(&["card", "99999999"]);
    run(&["card", CARD]);
    run(&["payments"]);
    // Whatever became of the first order, the deposit paid for what is paid.
    let paid_too = sim.order("*/1")["unpaid"] == "0.00";
    let left = if paid_too { "14756.92" } else { "17106.92" };
    assert_eq!(sim.balance(CARD, "Депозит"), left);

    let mut files = 0;
    let mut places = vec![sim.till_folder()];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(
                fs::read_dir(&place)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        files += 1;
        assert_no_secret(&fs::read(&place).unwrap(), &place.display().to_string());
    }
    assert!(files >= 4, "journal, key, lock and log are looked at");
    let log = fs::read_dir(sim.till_folder().join("log")).unwrap().next();
    let log = fs::read_to_string(log.unwrap().unwrap().path()).unwrap();
    assert!(log.contains("started"), "the log is on");
    assert_no_secret(heard.as_bytes(), "stderr");
}

#[track_caller]
fn assert_no_secret(bytes: &[u8], place: &str) {
    let uid: u32 = CARD.parse().unwrap();
    for secret in [
        CARD.to_owned(),
        format!("{uid:X}"),
        format!("{uid:x}"),
        "sample-key-0001".to_owned(),
        "sample-password".to_owned(),
        // limekeeper:sample-password, as HTTP carries it.
        "bGltZWtlZXBlcjpzYW1wbGUtcGFzc3dvcmQ".to_owned(),
    ] {
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} stands in {place}");
    }
}

fn files_of(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut places = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(
                fs::read_dir(&place)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if place.extension().is_some_and(|own| own == end) {
            found.push(place);
        }
    }
    found
}

pub fn sources() -> String {
    let files = files_of("src", "rs")
        .into_iter()
        .chain(files_of("tests/it", "rs"));
    files
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// Every test that the page names is a function of the sources, and no case is left out.
#[test]
fn the_page_of_field_cases_names_tests_that_exist() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/field-cases.md");
    let page = fs::read_to_string(page).unwrap();
    let sources = sources();
    let mut names = 0;
    for name in page.split('`').skip(1).step_by(2) {
        let function = name.rsplit("::").next().unwrap();
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.contains("::") || !function.chars().all(is_name) {
            continue;
        }
        assert!(
            sources.contains(&format!("fn {function}(")),
            "no test {name}"
        );
        names += 1;
    }
    assert!(names >= 60, "only {names} tests are named");
    let mut cases: Vec<String> = (1..=29).map(|number| format!("L{number}")).collect();
    let http = [37, 38, 39, 40, 41, 43, 45, 47, 49, 51, 53];
    let disk = [64, 66, 67, 69, 70, 72];
    let readers = [17, 18, 19, 21, 22, 24, 26, 27, 29, 30, 31, 32, 35];
    let money_and_start = [54, 55, 56, 58, 60, 62, 74, 75, 76, 78, 80, 82];
    for case in http
        .into_iter()
        .chain(disk)
        .chain(readers)
        .chain(money_and_start)
    {
        cases.push(case.to_string());
    }
    for case in cases {
        assert!(
            page.contains(&format!("\n| {case} |")),
            "{case} is not on the page"
        );
    }
}

/// A text that is named but not written would show its name to the cashier.
#[test]
fn every_text_that_the_sources_name_is_written() {
    let texts = limekeeper::i18n::Texts::of(limekeeper::i18n::Lang::Ru);
    let mut missing = Vec::new();
    let mut named = 0;
    for path in files_of("src", "rs") {
        if path.ends_with("src/i18n/mod.rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        for call in ["texts.get(", "texts.fill(", "texts.count("] {
            for (at, _) in source.match_indices(call) {
                let Some(rest) = source[at + call.len()..].trim_start().strip_prefix('"') else {
                    continue;
                };
                let key = rest.split('"').next().unwrap();
                named += 1;
                if !texts.has(key) && !texts.has(&format!("{key}.one")) {
                    missing.push(key.to_owned());
                }
            }
        }
    }
    assert!(named > 100, "{named}");
    assert!(missing.is_empty(), "{missing:?}");
}
