//! Cards by the number printed on them.

use super::*;

#[test]
fn a_card_is_found_by_its_number_and_marked() {
    let mut till = till();
    let json = run_line(&mut till, "card --number 100038 --json").json();
    assert_eq!(json["uid"], "61366822");
    assert_eq!(json["entry"], "keyed");
    let tapped = run_line(&mut till, "card 61366822 --json").json();
    assert_eq!(tapped["entry"], "reader");
    assert_eq!(tapped["accounts"], json["accounts"]);
    let said = run_line(&mut till, "card --number 100038");
    assert!(said.out.contains("введена вручную"), "{}", said.out);
    assert!(!run_line(&mut till, "card 61366822").out.contains("вручную"));
}

/// A number is no UID and a UID no number.
#[test]
fn numbers_and_uids_are_not_taken_for_each_other() {
    let mut till = till();
    for line in [
        "card 100038",
        "card --number 61366822",
        "card --number 0100038",
    ] {
        assert_eq!(run_line(&mut till, line).code.number(), 8, "{line}");
    }
    for number in ["", " ", "10:38", "№1"] {
        let ran = run_args(&mut till, &["card", "--number", number]);
        assert_eq!(ran.code.number(), 2, "{number}");
    }
}

#[test]
fn a_typed_card_pays_and_its_legs_say_so() {
    let mut till = till();
    let line = "pay {guid} --card 61366823 --number 100038 --json \
                --take 61366823:21:100.00 --take number=100038:Депозит:900.00";
    let json = run_line(&mut till, &line.replace("{guid}", GUID)).json();
    let legs = json["legs"].as_array().unwrap();
    let entries: Vec<_> = legs.iter().map(|leg| &leg["entry"]).collect();
    assert_eq!(entries, ["reader", "keyed"], "{json}");
    let said = run_line(&mut till, &format!("pay {GUID} --number 100038"));
    assert!(
        said.out.contains("100038 (введена вручную)"),
        "{}",
        said.out
    );
}

/// The card was there, whatever else was typed.
#[test]
fn a_card_that_is_tapped_and_typed_is_one_card() {
    let mut till = till();
    let line = format!("pay {GUID} --card 61366822 --number 100038 --number 100038 --json");
    let json = run_line(&mut till, &line).json();
    let legs = json["legs"].as_array().unwrap();
    assert!(legs.iter().all(|leg| leg["entry"] == "reader"), "{json}");
    let sums: Vec<_> = legs.iter().map(|leg| &leg["account_id"]).collect();
    assert_eq!(sums, ["11", "12"]);
}

#[test]
fn a_number_that_is_not_named_gives_nothing() {
    let mut till = till();
    for take in ["number=100039:Депозит:1.00", "number=:Депозит:1.00"] {
        let line = format!("pay {GUID} --number 100038 --take {take}");
        assert_eq!(run_line(&mut till, &line).code.number(), 2, "{take}");
    }
    assert!(Args::try_parse_from(["limekeeper", "pay", GUID]).is_err());
    assert!(Args::try_parse_from(["limekeeper", "card"]).is_err());
    let both = ["limekeeper", "card", "61366822", "--number", "1"];
    assert!(Args::try_parse_from(both).is_err());
}
