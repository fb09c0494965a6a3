//! A part of the bill is paid on the screen, the rest by the next card.

use serde_json::{Value, json};

use crate::harness::{Said, till_command};
use crate::screen::{F4, F5, SAMPLE_FRAME, Screen, press_until, sim_with_reader};

const CARD: &str = "61366822";
const FAMILY: &str = "50331649";
/// Its frame: EM 00 03000001.
const FAMILY_FRAME: &[u8] = b"\x02000300000102\x03";
const F6: &str = "\x1b[17~";
const QUESTION: &str = "Оплатить только ЧАСТЬ заказа?";

/// The question about this sum of the sample bill, the card being on it already.
#[track_caller]
fn ask_for_part(screen: &mut Screen, sum: &str) {
    screen.wait_for("Осталось 0,00");
    screen.type_text(sum, |typed| format!("{typed}_"));
    screen.wait_for("F5 – оплатить часть");
    screen.press(F5);
    screen.wait_for(QUESTION);
}

#[test]
fn a_part_is_paid_on_the_screen_and_the_next_card_pays_the_rest() {
    let (sim, mut port, config) = sim_with_reader();
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    port.tap(SAMPLE_FRAME);
    ask_for_part(&mut screen, "1150");
    let text = screen.wait_for("ОСТАТОК НА КАССУ");
    let rest = text.lines().find(|line| line.contains("ОСТАТОК НА КАССУ"));
    assert!(rest.unwrap().contains("1 200,00"), "{text}");
    // The keys that pay a whole bill pay no part, however often.
    for key in ["\r", F5, "\r"] {
        screen.press(key);
        screen.settle();
    }
    assert!(screen.text().contains(QUESTION), "{}", screen.text());
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    press_until(&mut screen, F6, |text| !text.contains(QUESTION));
    screen.wait_for("ОПЛАЧЕНА ЧАСТЬ: 1 150,00");
    let text = screen.wait_for("Остаток на кассу: 1 200,00");
    assert!(!text.contains("ОПЛАЧЕНО"), "{text}");
    assert_eq!(sim.balance(CARD, "Депозит"), "3850.00");
    assert_eq!(sim.order("*/1")["unpaid"], "1200.00");
    assert_eq!(sim.order("*/1")["lock"], Value::Null);

    press_until(&mut screen, "\r", |text| text.contains("К оплате 1 200,00"));
    screen.wait_for("Внесено 1 150,00");
    screen.wait_for("Приложите карту гостя");
    port.tap(FAMILY_FRAME);
    screen.wait_for("Осталось 0,00");
    screen.pay();
    screen.wait_for("ОПЛАЧЕНО");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_eq!(sim.balance(FAMILY, "Бонусы"), "0.00");
    assert_eq!(sim.balance(FAMILY, "Депозит"), "2250.50");
    assert!(screen.leave().success());

    // The journal and both servers agree.
    let listed = sim.till(&["payments", "--json"]).expect_code(0).json();
    let mut sums: Vec<Value> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["state"], row["total"], row["rest"]]))
        .collect();
    sums.sort_by_key(Value::to_string);
    let (part, whole) = (
        json!(["paid", "1150.00", "1200.00"]),
        json!(["paid", "1200.00", "0.00"]),
    );
    assert_eq!(sums, [part, whole]);
    sim.till(&["recover"]).expect_code(0);
    sim.till(&["journal", "verify"]).expect_code(0);
    sim.assert_no_violations();
}

/// Bonuses pay a tenth of a bill: what they gave to an earlier part counts at the screen as well.
#[test]
fn the_screen_suggests_no_more_than_the_earlier_parts_leave() {
    let (sim, mut port, config) = sim_with_reader();
    let text = std::fs::read_to_string(&config).unwrap();
    let section = "good_type_id = 2\n";
    assert!(text.contains(section));
    let ruled = format!("{section}bill_share_percent = 10\n");
    std::fs::write(&config, text.replacen(section, &ruled, 1)).unwrap();
    let part = "50331649:Бонусы:200.00";
    let args = ["pay", "*/1", "--card", FAMILY, "--take", part, "--partial"];
    Said::of(&till_command(&config, &args).output().unwrap()).expect_code(0);

    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    port.tap(FAMILY_FRAME);
    screen.wait_for("Осталось 0,00");
    screen.wait("the rest of a tenth", |text| {
        text.lines()
            .any(|line| line.contains("Бонусы") && line.contains(" 35,00"))
    });
    screen.pay();
    screen.wait_for("ОПЛАЧЕНО");
    assert_eq!(sim.balance(FAMILY, "Бонусы"), "215.50");
    assert!(screen.leave().success());
    sim.assert_no_violations();
}

#[test]
fn the_demo_pays_a_part_too() {
    let mut screen = Screen::start(&["demo"], None);
    screen.open_sample_order();
    press_until(&mut screen, F4, |text| {
        text.contains("Демо: приложить карту")
    });
    screen.press("1");
    ask_for_part(&mut screen, "100");
    press_until(&mut screen, F6, |text| !text.contains(QUESTION));
    screen.wait_for("Остаток на кассу: 2 250,00");
    assert!(screen.leave().success());
}
