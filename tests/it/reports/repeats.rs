//! B. Repeats and duplicates.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use serde_json::json;

use super::{
    CARD, DEPOSIT, balance, holding, impatient, in_a_hurry, in_lime, in_rkeeper, recover, run,
    set_balance, text, wait_until_seen,
};
use crate::gate::{Gate, When};
use crate::harness::{PATIENCE, Said, Sim};
use crate::relay::{Deed, Relay, exchange, ok};
use crate::screen::Screen;
use crate::two_tills::{Tills, said_in_time, spawn};
use crate::worlds;

const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];

#[test]
fn report_13_a_lost_answer_and_its_repeat_are_one_payment() {
    for call in ["lime.PutCheck", "rkeeper.PayOrder"] {
        for kind in ["lose_reply", "error_after", "cut_body", "duplicate"] {
            let sim = Sim::start();
            sim.fault(call, kind, 1);
            let paid = sim.till(&PAY).expect_code(0).json();
            assert_eq!(paid["state"], "paid", "{call} {kind}");
            assert_eq!(in_lime(&sim), (235_000, 1, 0), "{call} {kind}");
            assert_eq!(in_rkeeper(&sim, "*/1"), [235_000], "{call} {kind}");
            assert_eq!(balance(&sim, DEPOSIT), "2650.00", "{call} {kind}");
            sim.assert_no_violations();
        }
    }
}

#[test]
fn report_14_a_new_number_is_not_taken_while_the_old_one_is_open() {
    let sim = Sim::start();
    set_balance(&sim, DEPOSIT, "20000.00");
    let gate = Gate::open();
    let config = gate.lead_to(&sim, |text| text);
    let put = 1 + {
        let calls = gate
            .run(&config, &["pay", "3/1", "--card", CARD], None)
            .end();
        assert!(calls.status.success(), "{}", calls.said);
        let position = gate
            .calls()
            .into_iter()
            .position(|call| call == "lime.PutCheck");
        position.unwrap()
    };
    // Debited, and dead before it heard so.
    gate.run(&config, &PAY, Some((put, When::After)))
        .kill_when_held();
    gate.wait_until_idle();
    assert_eq!(in_lime(&sim).1, 2);
    // The cashier starts the payment anew: nothing leaves under another number.
    let numbers = || sim.state()["requests"]["lime.GetNextCheckId"].clone();
    let before = numbers();
    let said = run(&config, &PAY).expect_code(4);
    assert_eq!(said.json()["reason"], "payment_open", "{said:?}");
    assert_eq!(numbers(), before);
    assert_eq!(in_lime(&sim).1, 2);
    recover(&config);
    run(&config, &PAY).expect_code(0);
    // What the order without the card cost, and this one once.
    assert_eq!(in_lime(&sim).0, 79_000 + 235_000);
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    sim.assert_no_violations();
}

#[test]
fn report_15_started_twice_when_the_network_is_back_it_settles_once() {
    let sim = Sim::start();
    let config = impatient(&sim);
    sim.fault("lime.PutCheck", "lose_reply", 1);
    sim.fault("lime.GetCheck", "lose_request", 1_000);
    sim.fault("lime.PutCheck", "lose_request", 1_000);
    assert_eq!(run(&config, &PAY).code, 5);
    for call in ["lime.PutCheck", "lime.GetCheck"] {
        sim.fault(call, "lose_request", 0);
    }
    // The till's screen and three recoveries, all at once.
    let mut screen = Screen::start(&["run"], Some(&config));
    let said = [(); 3].map(|()| {
        let command = crate::harness::till_command(&config, &["recover", "--json"]);
        spawn(command)
    });
    let said = said.map(said_in_time);
    let refused = said.iter().filter(|own| own.code == 7).count();
    let others: Vec<&Said> = said.iter().filter(|own| own.code != 7).collect();
    assert!(others.iter().all(|own| own.code == 0), "{said:?}");
    if refused == 3 {
        screen.wait_for("*/1");
    }
    drop(screen);
    recover(&sim.config);
    assert_eq!(in_lime(&sim), (0, 1, 1), "given back once: {}", sim.state());
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    assert_eq!(run(&sim.config, &PAY).code, 0);
    assert_eq!(balance(&sim, DEPOSIT), "2650.00");
    sim.assert_no_violations();
}

#[test]
fn report_17_two_tills_in_one_second_have_numbers_of_their_own() {
    const PAIRS: usize = 12;
    let tills = Tills::start(2 * PAIRS + 1, |text| text);
    for pair in 0..PAIRS {
        let orders = [2 * pair, 2 * pair + 1];
        let running = [0, 1].map(|till| spawn(tills.command(till, &worlds::pay(orders[till], 1))));
        for said in running.map(said_in_time) {
            // Lime may give one number to both; then it books one of them, and the other, told so,
            // takes the next.
            let said = said.expect_code(0);
            assert_eq!(said.json()["state"], "paid");
        }
    }
    let state = tills.sim.state();
    let checks = state["checks"].as_array().unwrap();
    let ids: BTreeSet<String> = checks.iter().map(|check| check["id"].to_string()).collect();
    assert_eq!(ids.len(), 2 * PAIRS, "{ids:?}");
    assert_eq!(worlds::booked(&state).len(), 2 * PAIRS);
    tills.sim.assert_no_violations();
    tills.agree();
    // Where a number does come twice, the server's own books keep it from being used twice.
    tills.sim.edit(&json!({"op": "repeat_number"}));
    let args = worlds::pay(2 * PAIRS, 1);
    let said = tills.run(0, &args).expect_code(4);
    assert_eq!(said.json()["reason"], "number_taken", "{said:?}");
    tills.run(1, &args).expect_code(0);
    let state = tills.sim.state();
    assert_eq!(state["checks"].as_array().unwrap().len(), 2 * PAIRS + 1);
    assert_eq!(worlds::booked(&state).len(), 2 * PAIRS + 1);
}

#[test]
fn report_18_enter_pressed_five_times_while_it_hangs_pays_once() {
    // Lime hangs.
    let sim = Sim::start();
    let (relay, release) = holding(&sim.lime, "PutCheck");
    let config = sim.config_with("relay.toml", |text| text.replace(&sim.lime, &relay.base));
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.confirm();
    wait_until_seen(&relay, "PutCheck", 1);
    for _ in 0..5 {
        screen.press("\r");
    }
    release.send(()).unwrap();
    screen.wait_for("ОПЛАЧЕНО");
    // None of them closed the outcome unseen, and none reached the next guest.
    screen.settle();
    assert!(screen.text().contains("ОПЛАЧЕНО"), "{}", screen.text());
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    // The program itself hangs, with the question on the screen.
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.press("\x1b[15~");
    screen.wait_for("Оплатить?");
    screen.signal("-STOP");
    for _ in 0..5 {
        screen.press("\r");
    }
    screen.signal("-CONT");
    screen.settle();
    assert!(in_lime(&sim).1 <= 1);
    if screen.text().contains("Оплатить?") {
        screen.answer("Оплатить?");
    }
    screen.wait("the end", |_| in_rkeeper(&sim, "*/1") == [235_000]);
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
    sim.assert_no_violations();
}

/// The first payment is answered with these bytes at once and executed only after the release.
fn answers_first(upstream: &str, bytes: Vec<u8>) -> (Relay, Sender<()>) {
    let (release, released) = channel::<()>();
    let released = Mutex::new(Some(released));
    let address = upstream.strip_prefix("http://").unwrap().to_owned();
    let relay = Relay::start(upstream, move |seen| {
        if seen.name != "PayOrder" || seen.before > 0 {
            return Deed::Pass;
        }
        let released = released.lock().unwrap().take().unwrap();
        let request = [seen.head.as_bytes(), &seen.body].concat();
        let address = address.clone();
        std::thread::spawn(move || {
            let _ = released.recv_timeout(PATIENCE);
            exchange(&address, &request);
        });
        Deed::Say(bytes.clone())
    });
    (relay, release)
}

#[test]
fn report_19_failed_at_first_and_executed_later_ends_as_paid() {
    let sim = Sim::start();
    let broken =
        b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let (relay, release) = answers_first(&sim.rkeeper, broken.to_vec());
    let config = sim.config_with("relay.toml", |text| {
        format!("{text}\n[payment]\nretry_s = [1]\n").replace(&sim.rkeeper, &relay.base)
    });
    let till = spawn(crate::harness::till_command(&config, &PAY));
    // It looks at the order and finds nothing yet; only then the payment arrives.
    wait_until_seen(&relay, "PayOrder", 1);
    let looks = relay.bodies("GetOrder").len();
    wait_until_seen(&relay, "GetOrder", looks + 1);
    release.send(()).unwrap();
    let said = said_in_time(till).expect_code(0);
    assert_eq!(said.json()["state"], "paid", "{said:?}");
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
    sim.assert_no_violations();
    // A refusal in words, and yet it was executed: the order says so, and the order is believed.
    let sim = Sim::start();
    let relay = Relay::start(&sim.rkeeper, |seen| {
        if seen.name != "PayOrder" || seen.before > 0 {
            return Deed::Pass;
        }
        Deed::Distort(Box::new(|_| {
            let refusal = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
                <RK7QueryResult ServerVersion=\"7.6.5.0\" XmlVersion=\"79\" NetName=\"RK7SRV\" \
                Status=\"Query Executing Error\" Processed=\"0\" ArrivalDateTime=\"2024-03-05T14:30:00\">\
                <CommandResult CMD=\"PayOrder\" Status=\"Execution Error\" \
                ErrorText=\"Ошибка печати\" RK7ErrorN=\"2103\"/></RK7QueryResult>";
            ok(refusal.as_bytes())
        }))
    });
    let config = sim.config_with("relay.toml", |text| text.replace(&sim.rkeeper, &relay.base));
    let said = run(&config, &PAY);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
}

#[test]
fn report_20_in_a_load_peak_the_guest_is_charged_and_told_or_neither() {
    // Every answer of both servers comes later than anybody waits.
    let sim = Sim::start();
    let config = sim.config_with("hurry.toml", |text| in_a_hurry(&text, 1));
    sim.think(1_300);
    let said = run(&config, &PAY).expect_code(6);
    assert_eq!(said.json()["state"], "refused");
    assert_eq!(in_lime(&sim), (0, 0, 0));
    // The peak begins when the money is on its way.
    for call in ["lime.PutCheck", "rkeeper.PayOrder"] {
        let sim = Sim::start();
        let server = call.split('.').next().unwrap();
        let gate = Gate::open();
        let patient = gate.lead_to(&sim, |text| text);
        let probe = gate.run(&patient, &["pay", "3/1", "--card", CARD], None);
        let probe = probe.end();
        assert!(probe.status.success(), "{}", probe.said);
        let calls = gate.calls();
        let step = 1 + calls.iter().position(|own| own == call).unwrap();
        let config = gate.lead_to(&sim, |text| in_a_hurry(&text, 2));
        let running = gate.run(&config, &PAY, Some((step, When::Before)));
        let (held, run_of_it) = running.wait_until_held();
        sim.think(2_300);
        held.send(true).unwrap();
        let end = run_of_it.end();
        let told = serde_json::from_str::<serde_json::Value>(&end.said).unwrap();
        let known = ["unknown", "needs_manager", "refused", "paid"];
        assert!(known.contains(&text(&told["state"]).as_str()), "{told}");
        sim.think(0);
        gate.wait_until_idle();
        let config = gate.lead_to(&sim, |text| text);
        recover(&config);
        let payments = run(&config, &["payments", "--json"]).json();
        let payment = payments.as_array().unwrap().iter();
        let mut own = payment.filter(|own| own["order"]["name"] == "*/1");
        let state = text(&own.next().unwrap()["state"]);
        let charged = in_lime(&sim).0 - 79_000;
        let paid = in_rkeeper(&sim, "*/1").iter().sum::<i64>();
        let should = if state == "paid" { 235_000 } else { 0 };
        assert_eq!((charged, paid), (should, should), "{server}: {state}");
        if told["state"] == "paid" || told["state"] == "refused" {
            assert_eq!(text(&told["state"]), state, "what was said stays true");
        }
        sim.assert_no_violations();
    }
}
