//! Orders as waiters and guests make them, over HTTP: every figure is r_keeper's own, cards pay what
//! they can pay, and what they cannot pay says why.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};
use crate::screen::{Screen, press_until};
use crate::worlds::kopecks;

const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
const ORDERS: &str = include_str!("../data/scenarios/orders.toml");
const CARD: &str = "61366822";

/// The stand-ins with those orders, a rich guest, and a config that knows the service charge.
struct Site {
    sim: Sim,
    config: PathBuf,
}

impl Site {
    fn start() -> Self {
        let (head, rest) = SAMPLE.split_once("[[orders]]").unwrap();
        let (_, lime) = rest.split_once("[lime]").unwrap();
        let poor = "id = 9001, type = 1, amount = \"5000.00\"";
        assert!(lime.contains(poor));
        let lime = lime.replace(poor, "id = 9001, type = 1, amount = \"90000.00\"");
        let sim = Sim::start_with(&format!("{head}{ORDERS}\n[lime]{lime}"));
        let config = sim.config_with("orders.toml", |text| {
            text.replacen("[lime]\n", "[lime]\nservice_good_type_id = 2540\n", 1)
        });
        Self { sim, config }
    }

    fn till(&self, args: &[&str]) -> Said {
        Said::of(&till_command(&self.config, args).output().unwrap())
    }

    fn order(&self, name: &str) -> Value {
        self.till(&["order", name, "--json"]).expect_code(0).json()
    }

    fn listed(&self, name: &str) -> Value {
        let orders = self.till(&["orders", "--json"]).expect_code(0).json();
        let found = orders.as_array().unwrap().iter();
        found
            .clone()
            .find(|order| order["name"] == name)
            .unwrap()
            .clone()
    }

    fn pay(&self, name: &str) -> Said {
        self.till(&["pay", name, "--card", CARD, "--json"])
    }
}

/// Name, what is due, and of each row of Lime's check: dish, quantity, sum.
type Payable = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
);

const PAYABLE: &[Payable] = &[
    (
        "стол на троих",
        "1170.00",
        &[
            ("Запеченный ролл с курицей", "1", "290.00"),
            ("Запеченный ролл Нежный с лососем", "1", "360.00"),
            ("Запеченный ролл с угрем", "1", "430.00"),
            ("Хлебная корзина", "1", "90.00"),
        ],
    ),
    (
        "отказы",
        "620.00",
        &[
            ("Ролл Бонито", "1", "410.00"),
            ("Маки ролл с лососем и сливочным сыром", "1", "210.00"),
        ],
    ),
    (
        "на вес",
        "1479.75",
        &[
            ("Стейк на углях, кг", "0.347", "1144.75"),
            ("Чай облепиховый", "1.005", "335.00"),
        ],
    ),
    (
        "добавки",
        "1245.00",
        &[("Салат \"Цезарь\" & <креветки>", "2", "1245.00")],
    ),
    ("комбо", "599.00", &[("Уха по-царски", "1", "599.00")]),
    (
        "скидки и сервис",
        "1019.20",
        &[
            ("Ролл Бонито", "1", "369.00"),
            ("Горячая Филадельфия ролл", "1", "567.00"),
            ("Обслуживание", "1", "83.20"),
        ],
    ),
    (
        "возврат тары",
        "500.00",
        &[
            ("Ролл Бонито", "1", "330.65"),
            ("Маки ролл с лососем и сливочным сыром", "1", "169.35"),
        ],
    ),
    (
        "Банкет \"Ёлка\" & <5>",
        "560.00",
        &[("Горячая Филадельфия ролл", "1", "560.00")],
    ),
];

#[test]
fn what_cards_can_pay_is_paid_to_the_kopeck_dish_by_dish() {
    let site = Site::start();
    for (number, (name, due, rows)) in PAYABLE.iter().enumerate() {
        let theirs = site.sim.order(name);
        let ours = site.order(name);
        assert_eq!(ours["unpaid"], *due, "{name}");
        for sum in ["total", "unpaid", "prepaid"] {
            assert_eq!(ours[sum], theirs[sum], "{name} {sum}");
        }
        assert_eq!(ours["payable"], true, "{ours}");
        assert_eq!(site.listed(name)["payable"], true, "{name}");

        let paid = site.pay(name).expect_code(0).json();
        assert_eq!(paid["state"], "paid", "{name}");
        assert_eq!(paid["total"], *due, "{name}");
        let theirs = site.sim.order(name);
        assert_eq!(theirs["unpaid"], "0.00", "{name}");
        assert_eq!(theirs["paid"], true, "{name}");
        let check = &site.sim.state()["checks"][number];
        let sold: Vec<(&str, &str, &str)> = check["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let parts = entry["payments"].as_array().unwrap();
                let text = |name: &str| entry[name].as_str().unwrap();
                (
                    text("goods"),
                    text("count"),
                    parts[0]["amount"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(sold, *rows, "{name}");
        let sum: i64 = check["entries"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|entry| entry["payments"].as_array().unwrap())
            .map(|part| kopecks(&part["amount"]))
            .sum();
        assert_eq!(sum, kopecks(&json!(due)), "{name}");
    }
    site.sim.assert_no_violations();
}

/// Name, reason, detail; whether the list shows it already; whether the till can put it right.
type Hindered = (&'static str, &'static str, &'static str, bool, bool);

const HINDERED: &[Hindered] = &[
    ("обещан", "payment_promised", "100.00", false, true),
    ("намерение", "payment_intended", "410.00", true, true),
    ("сбой чека", "receipt_failed", "№ 501", true, true),
    ("раздельно", "several_receipts", "2", false, true),
    ("угощение", "total_zero", "", true, false),
    ("предоплачен", "nothing_due", "", true, false),
    ("минус", "total_negative", "-200.00", true, false),
    (
        "не сходится",
        "bill_contradicts",
        "410.00 ≠ 410.01",
        false,
        true,
    ),
    (
        "без кода",
        "line_unknown",
        "Маки ролл с лососем и сливочным сыром",
        false,
        false,
    ),
    ("занят", "order_locked", "", true, false),
];

#[test]
fn what_cards_cannot_pay_says_why_and_nothing_moves() {
    let site = Site::start();
    let before = site.sim.state()["ledger"].clone();
    for (name, reason, detail, in_list, _) in HINDERED {
        let order = site.order(name);
        assert_eq!(order["payable"], false, "{order}");
        assert_eq!(order["reason"], *reason, "{name}");
        if !detail.is_empty() {
            assert_eq!(order["detail"], *detail, "{name}");
        }
        let theirs = site.sim.order(name);
        assert_eq!(order["total"], theirs["total"], "{name}");
        let listed = site.listed(name);
        assert_eq!(listed["payable"], !in_list, "{listed}");
        if *in_list {
            assert_eq!(listed["reason"], *reason, "{name}");
        }
        let refused = site.pay(name).expect_code(4);
        assert_eq!(refused.json()["reason"], *reason, "{name}");
    }
    let state = site.sim.state();
    assert_eq!(state["ledger"], before);
    assert_eq!(state["checks"], json!([]));
    for count in ["rkeeper.PayOrder", "lime.PutCheck"] {
        assert_eq!(state["requests"][count], Value::Null, "{count}");
    }
    site.sim.assert_no_violations();
}

#[test]
fn what_the_till_puts_right_can_be_paid() {
    let site = Site::start();
    for (name, _, _, _, curable) in HINDERED {
        if *curable {
            site.sim.edit(&json!({"op": "tidy_order", "order": name}));
            assert_eq!(site.order(name)["payable"], true, "{name}");
            assert_eq!(site.pay(name).expect_code(0).json()["state"], "paid");
        }
    }
    site.sim.assert_no_violations();
}

#[test]
fn an_order_is_shown_with_all_that_it_has() {
    let site = Site::start();
    let table = site.order("стол на троих");
    assert_eq!(table["guests"], 3);
    let seats = |order: &Value| -> Vec<i64> {
        let lines = order["lines"].as_array().unwrap().iter();
        lines.map(|line| line["seat"].as_i64().unwrap()).collect()
    };
    assert_eq!(seats(&table), [1, 2, 3, 0]);
    let voids = site.order("отказы");
    assert_eq!(voids["lines"].as_array().unwrap().len(), 2);
    assert_eq!(voids["lines"][0]["quantity"], "1");
    assert_eq!(voids["lines"][0]["ordered"], "3");
    let combo = site.order("комбо");
    assert_eq!(
        combo["lines"][0]["components"],
        json!([
            {"name": "Хлебная корзина", "quantity": "1"},
            {"name": "Морс клюквенный", "quantity": "2"},
        ])
    );
    let mixed = site.order("скидки и сервис");
    assert_eq!(
        mixed["lines"][1]["discounts"],
        json!([{"name": "За ожидание", "sum": "-20.00"}])
    );
    assert_eq!(
        mixed["discounts"],
        json!([
            {"name": "Гость отеля 10 %", "sum": "-104.00"},
            {"name": "Обслуживание 8 %", "sum": "83.20"},
        ])
    );
    assert_eq!(mixed["discount"], "-40.80");
    let failed = site.order("сбой чека");
    assert_eq!(failed["receipts"][0]["stage"], "failed");
    assert_eq!(failed["payments"], json!([]));
    assert_eq!(
        site.order("занят")["locked_by"],
        "?",
        "GetOrder does not say who"
    );
    assert_eq!(site.listed("занят")["detail"], "Касса 2, Липин К.");
    for lang in ["ru", "en"] {
        let text = site
            .till(&["--lang", lang, "order", "не сходится"])
            .expect_code(0);
        assert!(text.out.contains("410.00 ≠ 410.01"), "{}", text.out);
    }
}

/// The screen looks at the list again and again: one question each time, and no order is read that
/// nobody opened.
#[test]
fn an_idle_screen_asks_for_changes_only() {
    let site = Site::start();
    // Looking back at the start reads the orders whose receipts are listed: another question.
    let config = site.sim.config_with("idle.toml", |_| {
        let text = std::fs::read_to_string(&site.config).unwrap();
        format!("{text}\n[payment]\nlookback_h = 0\n")
    });
    let mut screen = Screen::start(&[], Some(&config));
    screen.wait_for("стол на троих");
    let before = site.sim.state()["requests"]["rkeeper.GetOrderList2"]
        .as_u64()
        .unwrap();
    site.sim.wait_for_calls("rkeeper.GetOrderList2", before + 2);
    let requests = site.sim.state()["requests"].clone();
    for other in [
        "rkeeper.GetOrder",
        "rkeeper.CalcOrder3",
        "rkeeper.GetOrderList",
    ] {
        assert_eq!(requests[other], Value::Null, "{requests}");
    }
    site.sim.assert_no_violations();
}

/// Tables have their halls where r_keeper tells them; where it does not, all goes on without.
#[test]
fn a_table_is_shown_with_its_hall() {
    let site = Site::start();
    assert_eq!(site.listed("стол на троих")["hall"], "Основной зал");
    let table = site.listed("стол на троих")["table"].clone();
    let place = format!("{} · Основной зал", table.as_str().unwrap());
    let listed = site.till(&["orders"]).expect_code(0);
    assert!(listed.out.contains(&place), "{listed:?}");
    let read = site.till(&["order", "стол на троих"]).expect_code(0);
    assert!(read.out.contains(&place), "{read:?}");
    let read = site
        .till(&["order", "стол на троих", "--json"])
        .expect_code(0);
    assert_eq!(read.json()["hall"], "Основной зал");
    let mut screen = Screen::start(&[], Some(&site.config));
    screen.wait_for(&place);
    screen.type_text("троих", |typed| format!("{typed}_"));
    screen.press("\r");
    screen.wait_for(&format!("стол {place}"));
    screen.press("\x1b");
    screen.wait_for("Открытые заказы");
    press_until(&mut screen, "\x1b", |text| text.contains("Найти: _"));
    screen.type_text("терраса", |typed| format!("{typed}_"));
    screen.wait("the terrace alone", |text| {
        text.contains("· Терраса") && !text.contains("стол на троих")
    });
    screen.leave();

    site.sim.fault("rkeeper.GetRefData", "refuse", 100);
    let order = site.listed("стол на троих");
    assert_eq!((&order["hall"], &order["table"]), (&Value::Null, &table));
    assert_eq!(
        site.pay("стол на троих").expect_code(0).json()["state"],
        "paid"
    );
}
