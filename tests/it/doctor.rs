//! `doctor`: what a payment needs, looked at beforehand, through the real binary and servers.

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};

/// The commands that move nothing.
const READS: [&str; 10] = [
    "rkeeper.GetFunctions",
    "rkeeper.GetSystemInfo2",
    "rkeeper.GetRefData",
    "rkeeper.CheckLicense",
    "rkeeper.GetOrderList2",
    "lime.GetServerCurrentTime",
    "lime.GetShift",
    "lime.Installations.Select",
    "lime.Cashdesks.Select",
    "lime.GoodTypes.Select",
];

fn doctor(sim: &Sim, change: impl Fn(String) -> String) -> Said {
    let config = sim.config_with("doctor.toml", change);
    let args = ["doctor", "--json", "--lang", "ru"];
    let said = Said::of(&till_command(&config, &args).output().unwrap());
    for secret in ["sample-password", "7733"] {
        assert!(!said.out.contains(secret) && !said.err.contains(secret));
    }
    said
}

/// What was found of a level, each with what to do.
fn found(said: &Said, level: &str) -> Vec<(String, String)> {
    let json = said.json();
    let all = json["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter()
        .filter(|own| own["level"] == level)
        .map(|own| (text(&own["what"]), text(&own["todo"])))
        .collect()
}

#[track_caller]
fn one(said: &Said, level: &str) -> (String, String) {
    let mut found = found(said, level);
    assert_eq!(found.len(), 1, "{said:?}");
    found.remove(0)
}

#[test]
fn a_site_that_lacks_nothing_is_well() {
    let sim = Sim::start();
    let said = doctor(&sim, |text| text).expect_code(0);
    assert_eq!(said.json()["ok"], true, "{said:?}");
    assert_eq!(found(&said, "bad"), []);
    let fine = found(&said, "ok");
    for words in [
        "r_keeper 7.26.8.2001: RK7SRV, Тестовый ресторан",
        "r_keeper знает все нужные команды",
        "rkeeper.station_code = 1: Касса 1",
        "rkeeper.cashier_code = 5: Admin",
        "Лицензия на запись заказов есть",
        "Открытых заказов:",
        "Lime отвечает и принимает ключ",
        "Журнал читается",
    ] {
        assert!(
            fine.iter().any(|(what, _)| what.contains(words)),
            "{words}: {said:?}"
        );
    }
    let state = sim.state();
    let calls = state["requests"].as_object().unwrap();
    assert!(
        calls.keys().all(|call| READS.contains(&call.as_str())),
        "{calls:?}"
    );
    assert!(
        READS.iter().all(|call| calls.contains_key(*call)),
        "{calls:?}"
    );
    sim.assert_no_violations();
    // For people, the last line sums up.
    let said = sim.till(&["doctor"]).expect_code(0);
    assert!(
        said.out.ends_with("\nВсё на месте, платить можно.\n"),
        "{said:?}"
    );
}

#[test]
fn codes_that_r_keeper_does_not_have_are_named() {
    let sim = Sim::start();
    let said = doctor(&sim, |text| {
        text.replace("station_code = \"1\"", "station_code = \"77\"")
    });
    let (what, todo) = one(&said.expect_code(4), "bad");
    assert_eq!(
        what,
        "rkeeper.station_code = 77: в r_keeper нет такого кода (справочник CASHES)"
    );
    assert!(todo.contains("CASHES"), "{todo}");
    sim.assert_no_violations();
}

#[test]
fn what_is_switched_off_or_lacks_its_flag_is_named() {
    let scenario = include_str!("../../assets/scenarios/sample.toml");
    let unflagged = scenario.replace("on_check_undo = true", "on_check_undo = false");
    assert_ne!(unflagged, scenario);
    let sim = Sim::start_with(&unflagged);
    // The till's own config would not name a reason that cannot be given.
    let said = doctor(&sim, |text| {
        let off = "undo_receipt = false\nundo_reason = \"\"";
        assert!(text.contains(off), "{text}");
        text.replace(off, "undo_receipt = true\nundo_reason = \"5\"")
    });
    let (what, todo) = one(&said.expect_code(4), "bad");
    assert!(what.contains("нет флага «При отмене чека»"), "{what}");
    assert!(todo.contains("ORDERVOIDS"), "{todo}");
}

#[test]
fn without_the_licence_it_says_which_one() {
    let scenario = include_str!("../../assets/scenarios/sample.toml")
        .replace("write_licence = true", "write_licence = false");
    let sim = Sim::start_with(&scenario);
    let said = doctor(&sim, |text| text).expect_code(0);
    let (what, todo) = one(&said, "note");
    assert!(what.contains("лицензия не найдена"), "{what}");
    assert!(todo.contains("XML Save Order"), "{todo}");
    // And a payment hears the same from r_keeper, before any money moves for good.
    let said = sim.till(&["pay", "*/1", "--card", "61366822", "--json"]);
    assert_ne!(said.code, 0);
    assert_ne!(said.json()["state"], "paid");
}

#[test]
fn a_wrong_login_names_the_employee_and_the_right() {
    let sim = Sim::start();
    let said = doctor(&sim, |text| {
        text.replace("password = \"sample-password\"", "password = \"other\"")
    });
    let (_, todo) = one(&said.expect_code(4), "bad");
    assert!(
        todo.contains("HTTPS/HTTP access") && todo.contains("limekeeper"),
        "{todo}"
    );
}

#[test]
fn servers_that_are_not_there_are_named_with_where_to_look() {
    let sim = Sim::start();
    let (rkeeper, lime) = (sim.rkeeper.clone(), sim.lime.clone());
    let nobody = "http://127.0.0.1:9";
    let said = doctor(&sim, |text| text.replace(&rkeeper, nobody)).expect_code(6);
    let (what, todo) = one(&said, "bad");
    assert!(what.contains("r_keeper"), "{what}");
    assert!(todo.contains("HTTP Data Port"), "{todo}");
    let said = doctor(&sim, |text| text.replace(&lime, nobody)).expect_code(6);
    let (what, todo) = one(&said, "bad");
    assert!(what.contains("Lime"), "{what}");
    assert!(todo.contains("lime.url"), "{todo}");
}

#[test]
fn references_that_may_not_be_read_are_a_note() {
    let sim = Sim::start();
    sim.fault("rkeeper.GetRefData", "refuse", 100);
    let said = doctor(&sim, |text| text).expect_code(0);
    let notes = found(&said, "note");
    let (halls, codes): (Vec<_>, Vec<_>) = notes
        .iter()
        .partition(|(_, todo)| todo.contains("HALLPLANS"));
    assert_eq!(halls.len(), 1, "{notes:?}");
    assert!(!codes.is_empty());
    assert!(
        codes.iter().all(|(_, todo)| todo.contains("не сверены")),
        "{notes:?}"
    );
    let read = doctor(&Sim::start(), |text| text).expect_code(0);
    let fine = found(&read, "ok");
    let known = |(what, _): &(String, String)| what.contains("зал которых известен: 4; залов: 2");
    assert!(fine.iter().any(known), "{fine:?}");
}

/// A reader named by its node is judged by the node, whether the system lists such ones or not.
#[test]
#[cfg(unix)]
fn a_reader_is_there_when_its_node_is() {
    let sim = Sim::start();
    let reader = crate::screen::ReaderPort::open();
    for (port, level, words) in [
        (reader.path.as_str(), "ok", "Считыватель Бар"),
        ("/dev/no-such-port", "note", "не найден"),
    ] {
        let said = doctor(&sim, |text| {
            format!(
                "{text}\n[[readers]]\nname = \"Бар\"\nfamily = \"rdm6300\"\nport = \"{port}\"\n"
            )
        })
        .expect_code(0);
        let told = found(&said, level);
        assert!(
            told.iter().any(|(what, _)| what.contains(words)),
            "{said:?}"
        );
    }
}

#[test]
fn settings_that_lack_something_are_the_first_finding() {
    let sim = Sim::start();
    let said = doctor(&sim, |text| {
        text.replace("station_code = \"1\"", "station_code = \"\"")
    });
    let (what, _) = one(&said.expect_code(4), "bad");
    assert!(what.contains("rkeeper.station_code"), "{what}");
    // r_keeper was not asked with half a config; Lime was.
    assert_eq!(
        sim.state()["requests"]["rkeeper.GetSystemInfo2"],
        json!(null)
    );
    assert_eq!(
        sim.state()["requests"]["lime.GetServerCurrentTime"],
        json!(1)
    );
}

#[test]
fn what_an_older_r_keeper_lacks_is_named_with_what_is_done_instead() {
    let sim = Sim::start();
    sim.edit(&json!({"op": "profile", "version": "7.5.2"}));
    let said = doctor(&sim, |text| text).expect_code(0);
    let notes = found(&said, "note");
    for words in [
        "нет команды GetOrderList2: вместо неё спрашивается GetOrderList",
        "нет команды LockOrder, без неё карты не платят",
        "нет команды CalcOrder3: вместо неё спрашивается CalcOrder2",
        "нет команды GetReceiptList: сверка с r_keeper видит только открытые заказы",
    ] {
        assert!(
            notes.iter().any(|(what, _)| what.contains(words)),
            "{words}: {notes:?}"
        );
    }
    let fine = found(&said, "ok");
    assert!(
        fine.iter()
            .any(|(what, _)| what.contains("r_keeper 7.5.2.34")),
        "{fine:?}"
    );
    // Paying ends before any money moves, in words that say who can help.
    let paid = sim.till(&["pay", "*/1", "--card", "61366822", "--json"]);
    let paid = paid.expect_code(4);
    assert_eq!(paid.json()["reason"], "lock_missing");
    assert!(paid.err.contains("LockOrder"), "{paid:?}");
    assert_eq!(sim.balance("61366822", "Депозит"), "5000.00");
    sim.assert_no_violations();
}
