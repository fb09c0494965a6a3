//! r_keeper's subscription licence: the real program counts against a stand-in that counts strictly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};
use crate::relay::{Deed, Relay};
use crate::screen::Screen;

const CARD: &str = "61366822";
const TOKEN: &str = "token-of-the-subscription-77";
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
/// Small orders `l1`, `l2`, … of 410.00.
const ORDERS: usize = 6;

/// The sample with a subscription, `more` of its keys, and small orders.
fn world(more: &str) -> String {
    let subscription = format!(
        "write_licence = true\nsubscription = {{ token = \"{TOKEN}\", user = \"dealer\", \
         password = \"dealer-password\", integration_token = \"integration-1\"{more} }}\n"
    );
    let order = |number: usize| {
        format!(
            "[[orders]]\nguid = \"{{5B1A7C00-2350-4F31-9E2A-0A833D4F{:04}}}\"\nvisit = {}\n\
             name = \"l{number}\"\ntable = \"9\"\nhall = \"Зал\"\nwaiter = \"5\"\nstation = \"1\"\n\
             opened_at = \"2024-03-05T13:15:00\"\nlines = [{{ code = 2470 }}, {{ code = 2521 }}]\n\n",
            1_000 + number,
            2_000 + number,
        )
    };
    let orders: String = (1..=ORDERS).map(order).collect();
    let mut world = SAMPLE.replacen("write_licence = true\n", &subscription, 1);
    assert_ne!(world, SAMPLE);
    world = world.replacen("[[orders]]", &format!("{orders}[[orders]]"), 1);
    world.replace("amount = \"5000.00\"", "amount = \"500000.00\"")
}

/// Long after every test.
const LASTS: &str = ", expires = \"2099-12-31\"";

fn site(more: &str) -> Sim {
    Sim::start_with(&world(&format!("{LASTS}{more}")))
}

/// A till that does not wait long.
fn impatient(sim: &Sim) -> PathBuf {
    sim.config_with("impatient.toml", |text| impatient_text(&text))
}

fn impatient_text(text: &str) -> String {
    let rkeeper = "[rkeeper]\nread_timeout_s = 1\npay_timeout_s = 1\n";
    format!("{text}\n[payment]\nfront_s = 4\nretry_s = [1]\n").replace("[rkeeper]\n", rkeeper)
}

fn run(config: &Path, args: &[&str]) -> Said {
    Said::of(&till_command(config, args).output().unwrap())
}

fn pay(config: &Path, order: &str) -> Said {
    run(config, &["pay", order, "--card", CARD, "--json"])
}

#[track_caller]
fn assert_paid(config: &Path, order: &str) {
    let said = pay(config, order).expect_code(0);
    assert_eq!(said.json()["state"], "paid", "{said:?}");
}

/// Each of these orders is paid once, by as many numbers; nothing else was carried out or taken.
#[track_caller]
fn assert_books(sim: &Sim, orders: &[&str], executed: &[u64]) {
    let state = sim.state();
    assert_eq!(state["licence"]["executed"], json!(executed), "{state}");
    for order in orders {
        let payments = sim.order(order)["payments"].clone();
        assert_eq!(payments.as_array().unwrap().len(), 1, "{order}: {payments}");
        assert_eq!(sim.order(order)["unpaid"], "0.00");
    }
    let ledger = state["ledger"].as_array().unwrap();
    let kopecks = |row: &Value| -> i64 {
        let text = row["change"].as_str().unwrap().replace('.', "");
        text.parse().unwrap()
    };
    let paid = i64::try_from(orders.len()).unwrap() * 41_000;
    assert_eq!(ledger.iter().map(kopecks).sum::<i64>(), -paid, "{ledger:?}");
    sim.assert_no_violations();
}

/// What went over the wire as `seqNumber` of payments, in order.
fn numbers(relay: &Relay) -> Vec<String> {
    let number = |body: &Vec<u8>| {
        let text = String::from_utf8(body.clone()).unwrap();
        let rest = text.split("seqNumber=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    relay.bodies("PayOrder").iter().map(number).collect()
}

#[test]
fn each_process_takes_the_next_number_and_the_token_is_asked_for_once() {
    let sim = site("");
    for order in ["l1", "l2", "l3"] {
        assert_paid(&sim.config, order);
    }
    assert_books(&sim, &["l1", "l2", "l3"], &[0, 1, 2]);
    let requests = &sim.state()["requests"];
    assert_eq!(requests["licence.GetLicenseIdByAnchor"], 1, "{requests}");
    let asked = &requests["rkeeper.GetXMLLicenseInstanceSeqNumber"];
    assert_eq!(*asked, Value::Null, "what r_keeper took is counted on from");
    // Kept, and not to be read.
    let kept = fs::read(sim.till_folder().join("licence.token")).unwrap();
    let token = TOKEN.as_bytes();
    assert!(!kept.windows(token.len()).any(|part| part == token));
    sim.till(&["journal", "verify"]).expect_code(0);
}

#[test]
fn whatever_becomes_of_a_request_it_is_carried_out_once_under_its_number() {
    for (kind, arg) in [
        ("lose_request", Value::Null),
        ("lose_reply", Value::Null),
        ("error_before", Value::Null),
        ("error_after", Value::Null),
        ("garbage", Value::Null),
        ("cut_body", Value::Null),
        ("html", Value::Null),
        ("duplicate", Value::Null),
        ("delay", json!(1_500)),
        ("hang_after", json!(1_500)),
    ] {
        let sim = site("");
        let config = impatient(&sim);
        assert_paid(&config, "l1");
        sim.fault_with("rkeeper.PayOrder", kind, 1, &arg);
        assert_paid(&config, "l2");
        assert_paid(&config, "l3");
        assert_books(&sim, &["l1", "l2", "l3"], &[0, 1, 2]);
    }
}

/// r_keeper forgot what it answered: the order is looked at, and its word about the number proves
/// nothing.
#[test]
fn a_forgotten_answer_doubles_nothing() {
    let sim = site(", remembers = false");
    let config = impatient(&sim);
    for (order, kind) in [
        ("l1", "lose_reply"),
        ("l2", "duplicate"),
        ("l3", "error_after"),
    ] {
        sim.fault("rkeeper.PayOrder", kind, 1);
        assert_paid(&config, order);
    }
    assert_books(&sim, &["l1", "l2", "l3"], &[0, 1, 2]);
}

/// 5304, 5305, 5310: r_keeper counts otherwise. It is asked once, and the payment goes once more.
#[test]
fn a_count_that_moved_is_found_again() {
    for (resume, names_next) in [("next", ""), ("same", ", names_next = true")] {
        let sim = site(names_next);
        let relay = Relay::start(&sim.rkeeper, |_| Deed::Pass);
        let config = sim.config_with("relayed.toml", |text| {
            assert!(text.contains(&format!("resume = \"{resume}\"")), "{text}");
            text.replacen(&sim.rkeeper, &relay.base, 1)
        });
        assert_paid(&config, "l1");
        // 5310: the number that is next for us is used.
        sim.edit(&json!({"op": "use_licence_numbers"}));
        assert_paid(&config, "l2");
        // 5305: it is long past.
        sim.edit(&json!({"op": "use_licence_numbers", "count": 7}));
        assert_paid(&config, "l3");
        // 5304: the installation is unknown.
        sim.edit(&json!({"op": "forget_instances"}));
        assert_paid(&config, "l4");
        assert_paid(&config, "l5");
        assert_eq!(numbers(&relay), ["0", "1", "2", "3", "10", "11", "0", "1"]);
        assert_books(&sim, &["l1", "l2", "l3", "l4", "l5"], &[0, 2, 10, 0, 1]);
        let requests = &sim.state()["requests"];
        assert_eq!(requests["rkeeper.GetXMLLicenseInstanceSeqNumber"], 3);
    }
}

/// Refused twice for its number, a payment is given back and says so.
#[test]
fn a_number_that_is_never_taken_costs_nothing() {
    let sim = site("");
    sim.fault_with("rkeeper.PayOrder", "refuse", 2, &json!("5305"));
    let said = pay(&sim.config, "l1").expect_code(4);
    assert_eq!(said.json()["reason"], "licence_number", "{said:?}");
    assert_eq!(sim.state()["requests"]["rkeeper.PayOrder"], 2);
    assert_books(&sim, &[], &[]);
    assert_paid(&sim.config, "l1");
    assert_books(&sim, &["l1"], &[0]);
}

/// A refused request may use its number up or not: the next payment goes all the same.
#[test]
fn after_an_error_r_keeper_is_asked_where_its_count_stands() {
    for (more, third) in [("", 1), (", errors_count = true", 2)] {
        let sim = site(more);
        assert_paid(&sim.config, "l1");
        let control = sim.control().to_owned();
        let relay = Relay::start(&sim.rkeeper, move |seen| {
            if seen.name == "PayOrder" && seen.before == 0 {
                // A waiter is faster than the payment.
                let dish = json!({"op": "add_dish", "order": "l2", "code": 2460,
                    "name": "Ролл Бонито", "price": "410.00"});
                crate::harness::edit_at(&control, &dish);
            }
            Deed::Pass
        });
        let config = sim.config_with("relayed.toml", |text| {
            text.replacen(&sim.rkeeper, &relay.base, 1)
        });
        let said = pay(&config, "l2").expect_code(4);
        assert_eq!(said.json()["reason"], "sum_mismatch", "{said:?}");
        assert_paid(&config, "l3");
        assert_paid(&config, "l4");
        assert_books(&sim, &["l1", "l3", "l4"], &[0, third, third + 1]);
        let requests = &sim.state()["requests"];
        assert_eq!(requests["rkeeper.GetXMLLicenseInstanceSeqNumber"], 1);
    }
}

/// The program is killed while r_keeper has its request, before and after it was carried out.
#[test]
fn a_restart_between_keeps_the_count() {
    for kind in ["hang_before", "hang_after"] {
        let sim = site("");
        assert_paid(&sim.config, "l1");
        sim.fault_with("rkeeper.PayOrder", kind, 1, &json!(600_000));
        let mut child = sim.till_in_background(&["pay", "l2", "--card", CARD, "--json"]);
        sim.wait_for_calls("rkeeper.PayOrder", 2);
        child.kill().unwrap();
        child.wait().unwrap();
        sim.till(&["recover", "--json"]).expect_code(0);
        assert_paid(&sim.config, "l3");
        assert_books(&sim, &["l1", "l2", "l3"], &[0, 1, 2]);
    }
}

/// While a payment's bytes may still be wanted under their number, no others get it.
#[test]
fn an_unsettled_payment_is_settled_first() {
    let sim = site("");
    let config = impatient(&sim);
    assert_paid(&config, "l1");
    sim.fault("rkeeper.PayOrder", "lose_request", 1_000);
    let said = pay(&config, "l2").expect_code(5);
    let first = said.json()["payment_id"].as_str().unwrap().to_owned();
    let said = pay(&config, "l3").expect_code(4);
    assert_eq!(said.json()["reason"], "licence_busy", "{said:?}");
    assert!(said.err.contains(&first), "{said:?}");
    sim.fault("rkeeper.PayOrder", "lose_request", 0);
    // The next guest's payment settles it on its way.
    assert_paid(&config, "l3");
    assert_books(&sim, &["l1", "l2", "l3"], &[0, 1, 2]);
    let first = run(&config, &["payment", &first, "--json"]).expect_code(0);
    assert_eq!(first.json()["state"], "paid");
}

/// Two programs on one journal: the second is refused. Two tills: each counts for itself.
#[test]
fn two_programs_never_take_one_number() {
    let sim = site("");
    assert_paid(&sim.config, "l1");
    sim.think(30);
    let args = |order| ["pay", order, "--card", CARD, "--json"];
    let mut children: Vec<_> = ["l2", "l3", "l4"]
        .map(|order| (order, sim.till_in_background(&args(order))))
        .into();
    let mut paid = vec!["l1"];
    for (order, child) in children.drain(..) {
        let said = Said::of(&child.wait_with_output().unwrap());
        match said.code {
            0 => paid.push(order),
            7 => {}
            other => panic!("{other}: {said:?}"),
        }
    }
    assert!(paid.len() > 1, "one of them had the journal");
    let executed: Vec<u64> = (0..).take(paid.len()).collect();
    assert_books(&sim, &paid, &executed);
    // A second till with a journal of its own.
    let other = sim.config_with("other.toml", |text| {
        text.replace("state_dir = \"till\"", "state_dir = \"other\"")
    });
    let (first, second) = ("l5", "l6");
    let mut one = till_command(&sim.config, &args(first));
    let mut two = till_command(&other, &args(second));
    let quiet = |command: &mut Command| command.stdout(Stdio::null()).spawn().unwrap();
    let (one, two) = (quiet(&mut one), quiet(&mut two));
    for child in [one, two] {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    paid.extend([first, second]);
    let state = sim.state();
    let last = state["licence"]["last"].as_array().unwrap();
    assert_eq!(last.len(), 2, "two installations");
    assert_eq!(
        state["licence"]["executed"].as_array().unwrap().len(),
        paid.len()
    );
    for order in paid {
        assert_eq!(sim.order(order)["unpaid"], "0.00");
    }
    sim.assert_no_violations();
}

/// A counted part that was lost goes again under its number, where an uncounted one would wait for a
/// person.
#[test]
fn a_counted_part_is_sent_again() {
    for kind in ["lose_request", "lose_reply"] {
        let sim = site("");
        let config = impatient(&sim);
        assert_paid(&config, "l1");
        sim.fault("rkeeper.SaveOrder", kind, 1);
        let take = format!("{CARD}:Депозит:100.00");
        let said = run(
            &config,
            &[
                "pay",
                "l2",
                "--card",
                CARD,
                "--take",
                &take,
                "--partial",
                "--json",
            ],
        )
        .expect_code(0);
        assert_eq!(said.json()["state"], "paid", "{said:?}");
        assert_eq!(sim.order("l2")["prepaid"], "100.00");
        assert_eq!(sim.state()["licence"]["executed"], json!([0, 1]), "{kind}");
        sim.assert_no_violations();
    }
}

/// The end of the licence: said beforehand by `doctor` and on the screen, and afterwards no payment
/// begins.
#[test]
fn the_end_of_a_licence_is_said_before_and_after() {
    let soon = jiff::ZonedDateTime::now().date() + jiff::Span::new().days(12);
    let sim = Sim::start_with(&world(&format!(", expires = \"{soon}\"")));
    assert_paid(&sim.config, "l1");
    let said = sim.till(&["doctor", "--lang", "en"]);
    assert!(said.out.contains("days left: 1"), "{said:?}");
    assert!(said.out.contains(&soon.to_string()), "{said:?}");
    assert!(
        said.out.contains("last number 0, r_keeper takes 1"),
        "{said:?}"
    );
    let mut screen = Screen::start(&["--lang", "en"], Some(&sim.config));
    screen.wait("the warning", |text| text.contains(&soon.to_string()));
    screen.leave();
    sim.edit(&json!({"op": "expire_licence"}));
    // The kept token says otherwise, and r_keeper has the last word.
    let said = pay(&sim.config, "l2").expect_code(4);
    assert_eq!(said.json()["reason"], "licence_missing", "{said:?}");
    assert_books(&sim, &["l1"], &[0]);
}

/// A token of the config that has ended: nothing is asked, locked or debited.
#[test]
fn with_an_ended_token_no_payment_begins() {
    let sim = site("");
    let given = |day: &str| {
        let token = format!("[rkeeper.licence]\ntoken = \"{TOKEN}\"\ntoken_expires = \"{day}\"\n");
        sim.config_with("given.toml", |text| {
            text.replace("[rkeeper.licence]\n", &token)
        })
    };
    let config = given("2020-12-31");
    let said = pay(&config, "l1").expect_code(4);
    assert_eq!(said.json()["reason"], "licence_expired", "{said:?}");
    assert!(said.err.contains("2020-12-31"), "{said:?}");
    assert_books(&sim, &[], &[]);
    let said = run(&config, &["doctor", "--lang", "en"]);
    assert!(said.out.contains("ended on 2020-12-31"), "{said:?}");
    let config = given("2099-12-31");
    assert_paid(&config, "l1");
    assert_books(&sim, &["l1"], &[0]);
    let requests = &sim.state()["requests"];
    assert_eq!(requests["licence.GetLicenseIdByAnchor"], Value::Null);
}

/// What is missing is named, also the variable that may hold it.
#[test]
fn a_subscription_says_what_it_lacks() {
    let sim = site("");
    let config = sim.config_with("lacks.toml", |text| {
        text.replace("integration_token = \"integration-1\"\n", "")
    });
    let said = pay(&config, "l1").expect_code(3);
    assert!(
        said.err.contains("LIMEKEEPER_RKEEPER_INTEGRATION_TOKEN"),
        "{said:?}"
    );
    let mut command = till_command(&config, &["pay", "l1", "--card", CARD, "--json"]);
    command.env("LIMEKEEPER_RKEEPER_INTEGRATION_TOKEN", "integration-1");
    Said::of(&command.output().unwrap()).expect_code(0);
    // A wrong one is refused by the licence server, and nothing moves.
    fs::remove_file(sim.till_folder().join("licence.token")).unwrap();
    let mut command = till_command(&config, &["pay", "l2", "--card", CARD, "--json"]);
    command.env("LIMEKEEPER_RKEEPER_INTEGRATION_TOKEN", "another");
    let said = Said::of(&command.output().unwrap()).expect_code(4);
    assert_eq!(said.json()["reason"], "licence_missing", "{said:?}");
    assert_eq!(sim.order("l2")["unpaid"], "410.00");
}
