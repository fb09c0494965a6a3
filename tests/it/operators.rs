//! Operators through the real program: somebody is added, proves himself, and lends his yes.

use std::fs;
use std::path::{Path, PathBuf};

use limekeeper::operators::SlowHash;

use crate::harness::{Said, Sim, till_command};
use crate::screen::Screen;

const CASHIER: &str = "1357";
const MANAGER: &str = "2468";
const CARD: &str = "61366822";

/// A section of the config. Few rounds: these PINs keep nobody out.
pub fn person(name: &str, pin: &str, rights: &str) -> String {
    let rounds = std::num::NonZeroU32::new(1_000).unwrap();
    let hash = SlowHash::of(pin, rounds).unwrap();
    format!("\n[[operators.people]]\nname = \"{name}\"\nrights = [{rights}]\npin = \"{hash}\"\n")
}

/// A till with a cashier, and a manager above 1 000.00 of a deposit.
fn site(sim: &Sim) -> PathBuf {
    sim.config_with("operators.toml", |text| {
        let text = text.replace(
            "kind = \"money\"\n",
            "kind = \"money\"\nmanager_above = \"1000.00\"\n",
        );
        assert!(text.contains("manager_above"), "{text}");
        format!(
            "{text}\n[operators]\nattempts = 3\n{}{}",
            person("Анна", CASHIER, "\"pay\""),
            person("Борис", MANAGER, "\"pay\", \"refund_today\", \"manager\""),
        )
    })
}

fn run(config: &Path, args: &[&str], pins: [Option<&str>; 2]) -> Said {
    let mut command = till_command(config, args);
    let names = ["LIMEKEEPER_OPERATOR_PIN", "LIMEKEEPER_MANAGER_PIN"];
    for (name, pin) in names.into_iter().zip(pins) {
        match pin {
            Some(pin) => command.env(name, pin),
            None => command.env_remove(name),
        };
    }
    Said::of(&command.output().unwrap())
}

#[test]
fn payments_and_refunds_have_the_names_of_who_proved_himself() {
    let sim = Sim::start();
    let config = site(&sim);
    let pay = |more: &[&str], pins| {
        let args = [&["pay", "*/1", "--card", CARD, "--json"], more].concat();
        run(&config, &args, pins)
    };
    // Nobody, somebody who is not there, and a PIN that nobody typed.
    let nobody = pay(&[], [None, None]).expect_code(2);
    assert!(nobody.err.contains("Анна, Борис"), "{nobody:?}");
    pay(&["--operator", "Вера"], [Some(CASHIER), None]).expect_code(2);
    pay(&["--operator", "Анна"], [None, None]).expect_code(4);
    // The sum is above what she may pay alone: the proposal stops below it.
    let take = format!("{CARD}:Депозит:2350.00");
    let whole = ["--take", &take, "--operator", "Анна"];
    let alone = pay(&whole, [Some(CASHIER), None]).expect_code(4);
    assert_eq!(alone.json()["reason"], "not_allowed");
    assert!(alone.err.contains("--manager: Борис"), "{alone:?}");
    assert_eq!(sim.calls("lime.PutCheck"), 0);
    let with = [&whole[..], &["--manager", "борис"]].concat();
    let paid = pay(&with, [Some(CASHIER), Some(MANAGER)])
        .expect_code(0)
        .json();
    assert_eq!(paid["operator"], "Анна");
    assert_eq!(paid["approver"], "Борис");
    let id = paid["payment_id"].as_str().unwrap();
    let text = run(&config, &["payment", id], [None, None])
        .expect_code(0)
        .out;
    assert!(
        text.contains("Оператор: Анна\n") && text.contains("Разрешил: Борис\n"),
        "{text}"
    );

    let refund = ["refund", id, "--reason", "холодное", "--json", "--operator"];
    let refund = |more: &[&str], pins| run(&config, &[&refund[..], more].concat(), pins);
    refund(&["Анна"], [Some(CASHIER), None]).expect_code(4);
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    let back = refund(
        &["Анна", "--manager", "Борис"],
        [Some(CASHIER), Some(MANAGER)],
    );
    let back = back.expect_code(0).json();
    assert_eq!(
        (&back["operator"], &back["approver"]),
        (&"Анна".into(), &"Борис".into())
    );
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
    sim.assert_no_violations();
}

#[test]
fn guesses_are_counted_from_one_start_of_the_program_to_the_next() {
    let sim = Sim::start();
    let config = site(&sim);
    let pay = |pin: &str| {
        let args = ["pay", "*/1", "--card", CARD, "--operator", "Анна"];
        run(&config, &args, [Some(pin), None]).expect_code(4).err
    };
    for left in ["2", "1", "0"] {
        let said = pay("9999");
        assert!(
            said.contains(&format!("осталось попыток: {left}")),
            "{said}"
        );
    }
    // Not even the right one.
    assert!(pay(CASHIER).contains("слишком много"));
    assert_eq!(sim.calls("lime.PutCheck"), 0);
    let kept = fs::read_to_string(sim.till_folder().join("operators.json")).unwrap();
    assert!(kept.contains("Анна") && !kept.contains(CASHIER), "{kept}");
}

#[test]
fn somebody_new_is_written_into_the_config_as_a_hash() {
    let sim = Sim::start();
    let config = sim.config_with("new.toml", |text| text);
    let old = fs::read_to_string(&config).unwrap();
    let add = |name: &str, pin: &str, more: &[&str]| {
        let args = ["config", "operator", name, "--rights", "pay,settings"];
        let mut command = till_command(&config, &[&args[..], more].concat());
        command.env("LIMEKEEPER_NEW_PIN", pin);
        command.env("LIMEKEEPER_OPERATOR_PIN", "86421357");
        Said::of(&command.output().unwrap())
    };
    add("Анна", "12", &[]).expect_code(4);
    assert_eq!(fs::read_to_string(&config).unwrap(), old);
    add("Анна", "86421357", &["--card", CARD]).expect_code(0);
    let new = fs::read_to_string(&config).unwrap();
    assert!(new.starts_with(old.trim_end()), "{new}");
    assert!(
        !new.contains("86421357") && new.contains("pbkdf2-sha256$600000$"),
        "{new}"
    );
    // Where somebody works already, it takes one of them who may.
    add("Борис", "13572468", &[]).expect_code(2);
    add("анна", "13572468", &["--operator", "Анна"]).expect_code(4);
    add("Борис", "13572468", &["--operator", "Анна"]).expect_code(0);
    till_command(&config, &["config", "check"])
        .status()
        .unwrap();
    let shown = Said::of(&till_command(&config, &["config", "show"]).output().unwrap());
    assert!(
        !shown.out.contains("pbkdf2"),
        "hashes are no one's to read: {shown:?}"
    );
}

#[test]
fn the_till_screen_opens_to_a_pin() {
    let sim = Sim::start();
    let config = site(&sim);
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.wait_for("Кто за кассой?");
    assert!(!screen.text().contains("*/1"));
    screen.type_text("1111", |typed| format!("{}_", "●".repeat(typed.len())));
    screen.press("\r");
    screen.wait_for("Осталось попыток: 2");
    screen.type_text(CASHIER, |typed| format!("{}_", "●".repeat(typed.len())));
    screen.press("\r");
    screen.wait_for("*/1");
    assert!(screen.text().contains("Анна"));
    screen.press("\x0c"); // Ctrl+L
    screen.wait_for("Касса заперта");
    screen.type_text(CASHIER, |typed| format!("{}_", "●".repeat(typed.len())));
    screen.press("\r");
    screen.wait_for("*/1");
    screen.leave();

    // All of it is in the journal, with who left, and nothing that opens the till is.
    let journal = |more: &[&str]| {
        let args = [&["journal"], more].concat();
        run(&config, &args, [None, None]).expect_code(0)
    };
    let rows = journal(&["operators", "--json"]).json();
    let rows: Vec<_> = rows.as_array().unwrap().iter().collect();
    let what: Vec<_> = rows
        .iter()
        .map(|row| row["what"].as_str().unwrap())
        .collect();
    let expected = ["refused", "logged_in", "locked", "logged_in", "logged_out"];
    assert_eq!(what, expected, "{rows:?}");
    assert!(rows.iter().all(|row| row["operator"] == "Анна"), "{rows:?}");
    assert_eq!(rows[0]["why"], "wrong_pin");
    assert_eq!(rows[0]["attempts_left"], 2);
    assert_eq!(rows[2]["by_itself"], false);
    let table = journal(&["operators"]).out;
    assert!(table.contains("касса заперта клавишей"), "{table}");
    assert!(
        !table.contains(CASHIER) && !table.contains("1111"),
        "{table}"
    );
    let verdict = journal(&["verify", "--json"]).json();
    assert_eq!(
        (&verdict["ok"], &verdict["rows"]),
        (&true.into(), &5.into())
    );
    let copy = sim.till_folder().join("copy.db");
    journal(&["export", copy.to_str().unwrap()]);
    let bytes = fs::read(&copy).unwrap();
    let has = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(has("logged_in") && has("wrong_pin"));
    assert!(!has("\"1111\"") && !has(CASHIER));
}
