use jiff::civil::date;

use super::*;
use crate::lime::stub;

fn now() -> DateTime {
    date(2024, 3, 5).at(13, 15, 0, 0)
}

fn uid() -> Uid {
    Uid::new("61366822").unwrap()
}

fn card_of(json: &str) -> Result<Option<CardRecord>, String> {
    let value = fields::value(json.as_bytes()).unwrap();
    card(value, &stub::settings(""), &uid(), now()).map_err(|error| error.to_string())
}

fn rights(json: &str, status: CardStatus) -> Result<Vec<Account>, String> {
    let value = fields::value(json.as_bytes()).unwrap();
    accounts(value, &stub::settings(""), status, now()).map_err(|error| error.to_string())
}

#[test]
fn the_status_of_a_card() {
    for (more, status) in [
        ("", CardStatus::Active),
        (
            r#","isBlocked":null,"isLost":null,"validTo":null"#,
            CardStatus::Active,
        ),
        (
            r#","isBlocked":false,"validTo":"2024-03-05T13:15:00""#,
            CardStatus::Active,
        ),
        (
            r#","validTo":"2024-03-05T13:14:59.9999999""#,
            CardStatus::Expired,
        ),
        (r#","isBlocked":true"#, CardStatus::Blocked),
        (r#","isLost":true,"isBlocked":true"#, CardStatus::Lost),
        (r#","what":{"is":["this"]}"#, CardStatus::Active),
    ] {
        let json =
            format!(r#"{{"card":{{"id":51,"uid":"61366822","code":"100038","userId":71{more}}}}}"#);
        let expected = CardRecord {
            id: 51,
            client: 71,
            number: Some("100038".to_owned()),
            status,
        };
        assert_eq!(card_of(&json), Ok(Some(expected)), "{more}");
    }
    assert_eq!(card_of("null"), Ok(None));
    assert_eq!(card_of(r#"{"card":null}"#), Ok(None));
}

#[test]
fn a_card_is_refused_with_the_field_that_is_wrong() {
    for (json, words) in [
        ("{}", "`card` is missing"),
        (r#"{"card":{"id":1}}"#, "`card.userId` is missing"),
        (
            r#"{"card":{"id":1,"userId":null}}"#,
            "`card.userId` is missing",
        ),
        (r#"{"card":{"userId":1}}"#, "`card.id` is missing"),
        (
            r#"{"card":{"id":-1,"userId":1}}"#,
            "`card.id` is -1, expected a whole number above zero",
        ),
        (
            r#"{"card":{"id":1.0,"userId":1}}"#,
            "`card.id` is 1.0, expected a whole number above zero",
        ),
        (
            r#"{"card":{"id":1,"userId":"7"}}"#,
            "`card.userId` is a text, expected a whole number above zero",
        ),
        (
            r#"{"card":{"id":1,"userId":7,"isBlocked":"yes"}}"#,
            "`card.isBlocked` is a text, expected true or false",
        ),
        (
            r#"{"card":{"id":1,"userId":7,"isBlocked":1}}"#,
            "`card.isBlocked` is 1, expected true or false",
        ),
        (
            r#"{"card":{"id":1,"userId":7,"validTo":"31.12.2026"}}"#,
            "`card.validTo` is a text, expected a local date and time such as \
             2026-12-31T23:59:59",
        ),
        (
            r#"{"card":{"id":1,"userId":7,"userId":8}}"#,
            "`card` has a field twice, or is cut",
        ),
        (r#"{"card":[]}"#, "`card` is a list, expected an object"),
        ("[]", "`answer` is a list, expected an object"),
        ("7", "`answer` is 7, expected an object"),
        (
            r#"{"card":{"id":1,"userId":7,"uid":"61366823"}}"#,
            "`card.uid` is another than was asked for; check the UID notation in the config",
        ),
    ] {
        assert_eq!(card_of(json), Err(words.to_owned()), "{json}");
    }
}

#[test]
fn a_uid_may_be_padded_otherwise() {
    assert!(same_uid("0061366822", "61366822"));
    assert!(same_uid("03a86226", "3A86226"));
    assert!(!same_uid("61366822", "6136682"));
}

#[test]
fn what_may_be_taken_from_which_account() {
    use CardStatus::{Active, Blocked, Expired, Lost};
    use NotSpendable as Why;
    // goodTypeId 1 deposit, 2 bonus, 3 credit with 10 000.00, 5 credit without limit.
    for (kind, amount, more, status, expected) in [
        (1, 500_000, "", Active, Ok(500_000)),
        (1, 1, r#","from":null,"to":null"#, Active, Ok(1)),
        (1, 0, "", Active, Err(Why::Empty)),
        (1, -5, "", Active, Err(Why::Empty)),
        (
            2,
            7_000,
            r#","to":"2024-03-05T13:15:00""#,
            Active,
            Ok(7_000),
        ),
        (
            2,
            7_000,
            r#","to":"2024-03-05T13:14:59""#,
            Active,
            Err(Why::Expired),
        ),
        (
            2,
            7_000,
            r#","from":"2024-03-05T13:15:00""#,
            Active,
            Ok(7_000),
        ),
        (
            2,
            7_000,
            r#","from":"2024-03-05T13:15:01""#,
            Active,
            Err(Why::NotYetValid),
        ),
        (3, -400_000, "", Active, Ok(600_000)),
        (3, -1_000_000, "", Active, Err(Why::Empty)),
        (3, 5_000, "", Active, Ok(1_005_000)),
        (5, 5_000, "", Active, Err(Why::NoCreditLimit)),
        (4, 3, "", Active, Err(Why::NotMoney)),
        (4, 3, "", Blocked, Err(Why::NotMoney)),
        (1, 500_000, "", Blocked, Err(Why::CardNotActive)),
        (1, 500_000, "", Lost, Err(Why::CardNotActive)),
        (3, 500_000, "", Expired, Err(Why::CardNotActive)),
    ] {
        let json = format!(
            r#"[{{"right":{{"id":9,"goodTypeId":{kind},"goodTypeName":"x","amount":{amount}{more}}}}}]"#
        );
        let accounts = rights(&json, status).unwrap();
        let account = &accounts[0];
        let taken = match account.not_spendable {
            None => Ok(account.available.kopecks()),
            Some(why) => Err(why),
        };
        assert_eq!(taken, expected, "{json} {status:?}");
        assert_eq!(account.balance.kopecks(), amount);
        assert_eq!(account.is_spendable(), expected.is_ok());
        assert_eq!(account.available.is_positive(), expected.is_ok());
    }
}

#[test]
fn types_count_not_positions() {
    let json = r#"[
        {"right":{"id":30,"goodTypeId":4,"goodTypeName":"Подъём","amount":2.5,"to":null}},
        {"right":{"id":20,"goodTypeId":2,"goodTypeName":null,"amount":100,"extra":{"a":null}}},
        {"right":{"id":10,"goodTypeId":1,"goodTypeName":" Депозит\n","amount":200,"to":"2030-01-01T00:00:00"}}
    ]"#;
    let accounts = rights(json, CardStatus::Active).unwrap();
    let seen: Vec<_> = accounts
        .iter()
        .map(|a| (a.id.0.as_str(), a.type_id.as_str(), a.name.as_str(), a.kind))
        .collect();
    assert_eq!(
        seen,
        [
            ("30", "4", "Подъём", AccountKind::Other),
            ("20", "2", "2", AccountKind::Bonus),
            ("10", "1", "Депозит", AccountKind::Money),
        ]
    );
    assert_eq!(accounts[2].valid_to, Some(date(2030, 1, 1).at(0, 0, 0, 0)));
    assert_eq!(accounts[1].priority, 0);
    assert_eq!(rights("null", CardStatus::Active).unwrap(), []);
    assert_eq!(rights("[]", CardStatus::Active).unwrap(), []);
}

#[test]
fn accounts_are_refused_with_the_field_that_is_wrong() {
    for (right, words) in [
        (r#""goodTypeId":1,"amount":1"#, "`right.id` is missing"),
        (r#""id":1,"amount":1"#, "`right.goodTypeId` is missing"),
        (r#""id":1,"goodTypeId":1"#, "`right.amount` is missing"),
        (
            r#""id":1,"goodTypeId":1,"amount":null"#,
            "`right.amount` is missing",
        ),
        (
            r#""id":1,"goodTypeId":1,"amount":100.0"#,
            "`right.amount` is 100.0, expected a whole number of kopecks",
        ),
        (
            r#""id":1,"goodTypeId":1,"amount":1e2"#,
            "`right.amount` is 1e2, expected a whole number of kopecks",
        ),
        (
            r#""id":1,"goodTypeId":1,"amount":"100""#,
            "`right.amount` is a text, expected a whole number of kopecks",
        ),
        (
            r#""id":1,"goodTypeId":1,"amount":1,"amount":2"#,
            "`right` has a field twice, or is cut",
        ),
        (
            r#""id":1,"goodTypeId":1,"amount":1,"to":"2026-12-31T23:59:59Z""#,
            "`right.to` is a text, expected a local date and time such as 2026-12-31T23:59:59",
        ),
    ] {
        let json = format!("[{{\"right\":{{{right}}}}}]");
        assert_eq!(
            rights(&json, CardStatus::Active),
            Err(words.to_owned()),
            "{json}"
        );
    }
    for (json, words) in [
        ("{}", "`rights` is an object, expected a list"),
        ("[1]", "`rights` is 1, expected an object"),
        (r#"[{"right":null}]"#, "`right` is missing"),
        (
            r#"[{"right":{"id":1,"goodTypeId":4}},{"right":{"id":1,"goodTypeId":4}}]"#,
            "`right.id` 1 stands twice in the list",
        ),
    ] {
        assert_eq!(
            rights(json, CardStatus::Active),
            Err(words.to_owned()),
            "{json}"
        );
    }
    let long = format!("[{}]", vec!["null"; fields::LIST_MAX + 1].join(","));
    assert_eq!(
        rights(&long, CardStatus::Active),
        Err("`rights` has more than 1000 elements".to_owned())
    );
}

#[test]
fn holders_are_shortened() {
    for (name, expected) in [
        (r#""Иван Петров""#, Some("Иван П.")),
        (r#""Иван  Петрович Сидоров""#, Some("Иван П.")),
        (r#""Иван""#, Some("Иван")),
        (r#""Иван (VIP)""#, Some("Иван V.")),
        (r#""Иван\u001b[2J \u202eПетров""#, Some("Иван J.")),
        (r#""  ""#, None),
        ("null", None),
        ("{}", None),
    ] {
        let json = format!(r#"{{"userData":{{"displayName":{name}}}}}"#);
        let value = fields::value(json.as_bytes()).unwrap();
        assert_eq!(holder(value).as_deref(), expected, "{name}");
    }
    for json in ["null", "{}", r#"{"userData":null}"#, "[]", "7"] {
        assert_eq!(holder(fields::value(json.as_bytes()).unwrap()), None);
    }
}
