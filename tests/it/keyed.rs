//! Cards that cannot be read, named by the number printed on them: both kinds of servers, over HTTP.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};
use crate::screen::Screen;

const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
const CARD: &str = "61366822";
const NUMBER: &str = "100038";
const FAMILY: &str = "50331649";
const FAMILY_NUMBER: &str = "100101";
const PERIOD: [&str; 5] = ["--from", "2020-01-01", "--to", "2099-12-31", "--json"];

/// Stand-ins whose till uses Lime's own calls, or the server of holds.
fn site(holds: bool) -> Sim {
    let keys = format!("[lime]\nholds = {holds}\n");
    Sim::start_with(&SAMPLE.replacen("[lime]\n", &keys, 1))
}

fn run(config: &Path, args: &[&str]) -> Said {
    Said::of(&till_command(config, args).output().unwrap())
}

#[test]
fn a_typed_card_pays_like_a_tapped_one_and_is_marked_for_ever() {
    for holds in [false, true] {
        let sim = site(holds);
        let card = ["card", "--number", NUMBER, "--json"];
        let card = sim.till(&card).expect_code(0).json();
        assert_eq!(
            (&card["uid"], &card["entry"]),
            (&json!(CARD), &json!("keyed"))
        );
        let tapped = sim.till(&["card", CARD, "--json"]).expect_code(0).json();
        assert_eq!(card["accounts"], tapped["accounts"]);

        let typed = ["pay", "*/1", "--number", NUMBER, "--json"];
        let paid = sim.till(&typed).expect_code(0).json();
        assert_eq!(paid["state"], "paid");
        let leg = &paid["legs"][0];
        assert_eq!(
            (&leg["entry"], &leg["card_uid"]),
            (&json!("keyed"), &json!(CARD))
        );
        assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
        // r_keeper and Lime's report have the card, not what was typed.
        assert_eq!(sim.order("*/1")["payments"][0]["card_code"], CARD);
        if holds {
            assert_eq!(sim.state()["holds"][0]["entry"], "keyed");
        }
        // The next program reads it from the journal.
        let listed = sim.till(&["payments", "--json"]).expect_code(0).json();
        assert_eq!(listed[0]["legs"][0]["entry"], "keyed");
        sim.till(&["journal", "verify"]).expect_code(0);
        let args = [&["report", "sales"], PERIOD.as_slice()].concat();
        let sales = sim.till(&args).expect_code(0).json();
        assert_eq!(sales["sales"][0]["keyed_card_numbers"], json!([NUMBER]));
        let table = [
            "report",
            "sales",
            "--from",
            "2020-01-01",
            "--to",
            "2099-12-31",
        ];
        let table = sim.till(&table).expect_code(0).out;
        assert!(table.contains("100038 (введена вручную)"), "{table}");
        let history = sim.till(&["report", "card", CARD, "--json"]).expect_code(0);
        assert_eq!(history.json()["rows"][0]["entry"], "keyed");
        sim.assert_no_violations();
    }
}

/// The same at the till screen: F6, the number, the guest compared, and the mark to the end.
#[test]
fn a_number_is_typed_at_the_till_screen() {
    const F6: &str = "\x1b[17~";
    let sim = site(false);
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    screen.press(F6);
    screen.wait_for("Номер на карте");
    screen.type_text(NUMBER, |typed| format!("№ {typed}_"));
    screen.press("\r");
    screen.answer("Сверьте карту");
    screen.wait_for("введена вручную");
    screen.wait_for("Осталось 0,00");
    screen.pay();
    screen.wait_for("ОПЛАЧЕНО");
    assert!(screen.leave().success());
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    let listed = sim.till(&["payments", "--json"]).expect_code(0).json();
    assert_eq!(listed[0]["legs"][0]["entry"], "keyed");
    sim.assert_no_violations();
}

/// A family's card is typed, the guest's own is tapped: each leg says its own, and a tapped card that
/// is typed as well was there.
#[test]
fn what_was_tapped_is_not_marked() {
    for holds in [false, true] {
        let sim = site(holds);
        let takes = ["number=100101:Депозит:350", "61366822:Депозит:2000"];
        let args = [
            "pay",
            "*/1",
            "--card",
            CARD,
            "--number",
            FAMILY_NUMBER,
            "--number",
            NUMBER,
            "--take",
            takes[0],
            "--take",
            takes[1],
            "--json",
        ];
        let paid = sim.till(&args).expect_code(0).json();
        let legs = paid["legs"].as_array().unwrap();
        let shown: Vec<(&Value, &Value)> = legs
            .iter()
            .map(|leg| (&leg["card_uid"], &leg["entry"]))
            .collect();
        let expected = [
            (&json!(FAMILY), &json!("keyed")),
            (&json!(CARD), &json!("reader")),
        ];
        assert_eq!(shown, expected);
        if holds {
            assert_eq!(sim.state()["holds"][0]["entry"], "keyed");
        }
        let third = [
            "pay",
            "3/1",
            "--card",
            FAMILY,
            "--number",
            FAMILY_NUMBER,
            "--json",
        ];
        let paid = sim.till(&third).expect_code(0).json();
        assert_eq!(paid["legs"][0]["entry"], "reader");
        if holds {
            assert_eq!(sim.state()["holds"][1]["entry"], "reader");
        }
        sim.assert_no_violations();
    }
}

/// A UID typed as a number finds nobody, and a number typed as a UID neither.
#[test]
fn a_number_is_no_uid() {
    for (holds, reason, code) in [(false, "card_not_found", 8), (true, "card_number_wrong", 4)] {
        let sim = site(holds);
        let args = ["pay", "*/1", "--number", CARD, "--json"];
        let said = sim.till(&args).expect_code(code).json();
        assert_eq!(said["reason"], reason);
        let args = ["pay", "*/1", "--card", NUMBER, "--json"];
        let said = sim.till(&args).expect_code(8).json();
        assert_eq!(said["reason"], "card_not_found");
        assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
        sim.assert_no_violations();
    }
}

#[test]
fn a_number_that_two_cards_have_pays_nothing() {
    let twice = SAMPLE.replacen("number = \"100102\"", "number = \"100101\"", 1);
    assert_ne!(twice, SAMPLE);
    for holds in [false, true] {
        let keys = format!("[lime]\nholds = {holds}\n");
        let sim = Sim::start_with(&twice.replacen("[lime]\n", &keys, 1));
        let args = ["pay", "*/1", "--number", FAMILY_NUMBER, "--json"];
        let said = sim.till(&args).expect_code(4).json();
        let reason = if holds {
            "card_ambiguous"
        } else {
            "server_refused"
        };
        assert_eq!(said["reason"], reason, "{said}");
        let message = said["message"].as_str().unwrap();
        assert!(
            message.contains("несколько карт") || message.contains("подходят"),
            "{message}"
        );
        // A tap still says which.
        sim.till(&["pay", "*/1", "--card", FAMILY]).expect_code(0);
    }
}

/// The default: nobody is asked, and the till says what to do.
#[test]
fn where_the_site_does_not_want_it_nobody_is_asked() {
    for holds in [false, true] {
        let sim = site(holds);
        let off = sim.config_with("off.toml", |text| text.replace("keyed_cards = true\n", ""));
        for args in [
            ["card", "--number", NUMBER].as_slice(),
            &["pay", "*/1", "--number", NUMBER],
        ] {
            let said = run(&off, args).expect_code(4);
            assert!(said.err.contains("lime.keyed_cards"), "{said:?}");
        }
        assert_eq!(sim.calls("lime.GetCardInfoByCardCode"), 0);
        assert_eq!(sim.calls("holds.lookup"), 0);
    }
}

/// No public description of Lime has such a call: without one in the config nothing is pretended.
#[test]
fn a_lime_that_finds_no_numbers_says_so() {
    let without = SAMPLE.replace("card_by_number = \"known\"", "card_by_number = \"unknown\"");
    let sim = Sim::start_with(&without);
    let wanted = sim.config_with("wanted.toml", |text| {
        text.replace("keyed_cards = false\n", "keyed_cards = true\n")
    });
    let said = run(&wanted, &["config", "check"]).expect_code(3);
    assert!(said.err.contains("lime.assumed.card_by_number"), "{said:?}");
    // A call that this server does not know is a server that failed.
    let boast = sim.config_with("boast.toml", |text| {
        let section = "[lime.assumed]\n";
        let call = "card_by_number = \"ClientManagement/GetCardInfoByCardCode\"\n";
        text.replace("keyed_cards = false\n", "keyed_cards = true\n")
            .replace(section, &format!("{section}{call}"))
    });
    let said = run(&boast, &["pay", "*/1", "--number", NUMBER, "--json"]).expect_code(6);
    assert_eq!(said.json()["reason"], "answer_not_understood");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
}
