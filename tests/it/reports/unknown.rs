//! F. Unknown outcomes and what is said of them.

use serde_json::json;

use super::drift::cancelled_while_lime_debits;
use super::{
    CARD, DEPOSIT, balance, holding, holding_then, impatiently, in_lime, in_rkeeper, recover, run,
    text, wait_until_seen,
};
use crate::gate::{Gate, When};
use crate::harness::Sim;
use crate::relay::Deed;
use crate::screen::Screen;

const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];

#[test]
fn report_49_a_cut_answer_of_the_payment_is_read_from_the_order() {
    for kind in ["cut_body", "garbage", "lose_reply", "drip"] {
        let sim = Sim::start();
        let config = sim.config_with("quick.toml", |text| {
            format!("{text}\n[payment]\nretry_s = [1]\n")
                .replace("[rkeeper]\n", "[rkeeper]\npay_timeout_s = 1\n")
        });
        let pause = if kind == "drip" {
            json!(50)
        } else {
            json!(null)
        };
        sim.fault_with("rkeeper.PayOrder", kind, 1, &pause);
        let paid = run(&config, &PAY).expect_code(0).json();
        assert_eq!(paid["state"], "paid", "{kind}: {paid}");
        assert_eq!(paid["message"], "Оплачено", "{kind}");
        assert_eq!(in_lime(&sim), (235_000, 1, 0), "{kind}");
        assert_eq!(in_rkeeper(&sim, "*/1"), [235_000], "{kind}");
        sim.assert_no_violations();
    }
}

#[test]
fn report_50_what_cannot_be_read_is_unknown_with_both_risks() {
    for kind in ["lose_reply", "lose_request"] {
        let sim = Sim::start();
        let gate = Gate::open();
        let config = gate.lead_to(&sim, |text| impatiently(&text));
        let probe = gate
            .run(&config, &["pay", "3/1", "--card", CARD], None)
            .end();
        assert!(probe.status.success(), "{}", probe.said);
        let step = 1 + position(&gate, "rkeeper.PayOrder");
        let running = gate.run(&config, &PAY, Some((step, When::Before)));
        let (held, running) = running.wait_until_held();
        // From now on r_keeper cannot be heard.
        sim.fault("rkeeper.PayOrder", kind, 1);
        sim.fault("rkeeper.*", "lose_request", 1_000);
        held.send(true).unwrap();
        let end = running.end();
        assert_eq!(end.status.code(), Some(5), "{kind}: {}", end.said);
        let told: serde_json::Value = serde_json::from_str(&end.said).unwrap();
        assert_eq!(told["state"], "unknown", "{kind}: {told}");
        let message = text(&told["message"]);
        for words in ["могли списаться", "остаться неоплаченным", "recover"]
        {
            assert!(message.contains(words), "{words}: {message}");
        }
        sim.fault("rkeeper.*", "lose_request", 0);
        recover(&config);
        // It was never given back, whatever r_keeper had of it by then.
        assert_eq!(in_rkeeper(&sim, "*/1"), [235_000], "{kind}");
        assert_eq!(in_lime(&sim), (79_000 + 235_000, 2, 0), "{kind}");
        sim.assert_no_violations();
    }
}

fn position(gate: &Gate, name: &str) -> usize {
    gate.calls().iter().position(|call| call == name).unwrap()
}

#[test]
fn report_52_after_a_cancelled_payment_the_next_one_works() {
    let sim = Sim::start();
    let (mut screen, _relay) = cancelled_while_lime_debits(&sim);
    screen.answer("Оплата не прошла");
    screen.wait("the order again", |text| {
        text.contains("Запеченный ролл с курицей") && text.contains("Осталось 0,00")
    });
    screen.pay();
    assert_eq!(in_lime(&sim), (235_000, 2, 1));
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    sim.assert_no_violations();
}

#[test]
fn report_53_cancelled_while_rkeeper_works_it_waits_for_the_truth() {
    let sim = Sim::start();
    let (relay, release) = holding(&sim.rkeeper, "PayOrder");
    let config = sim.config_with("relay.toml", |text| text.replace(&sim.rkeeper, &relay.base));
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.confirm();
    wait_until_seen(&relay, "PayOrder", 1);
    screen.press("\x1b");
    screen.answer("Остановить оплату?");
    let text = screen.wait_for("Отмена запрошена");
    assert!(!text.contains("Деньги не списаны"), "{text}");
    release.send(()).unwrap();
    screen.wait_for("ОПЛАЧЕНО");
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
    assert_eq!(in_rkeeper(&sim, "*/1"), [235_000]);
    sim.assert_no_violations();
    // And where the answer never comes, the order is asked.
    let sim = Sim::start();
    let close = || Deed::Close { passed_on: true };
    let (relay, release) = holding_then(&sim.rkeeper, "PayOrder", close);
    let config = sim.config_with("relay.toml", |text| {
        format!("{text}\n[payment]\nretry_s = [1]\n").replace(&sim.rkeeper, &relay.base)
    });
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.confirm();
    wait_until_seen(&relay, "PayOrder", 1);
    screen.press("\x1b");
    screen.answer("Остановить оплату?");
    screen.wait_for("Отмена запрошена");
    drop(release);
    screen.wait("the truth", |text| {
        assert!(!text.contains("Деньги не списаны"), "{text}");
        assert!(!text.contains("Деньги возвращены"), "{text}");
        text.to_lowercase().contains("оплачено")
    });
    assert_eq!(in_lime(&sim), (235_000, 1, 0));
}

#[test]
fn report_56_a_printed_receipt_is_in_the_journal_whatever_dies() {
    for when in [When::After, When::Answered] {
        let sim = Sim::start();
        let gate = Gate::open();
        let config = gate.lead_to(&sim, |text| text);
        let probe = gate
            .run(&config, &["pay", "3/1", "--card", CARD], None)
            .end();
        assert!(probe.status.success(), "{}", probe.said);
        let step = 1 + position(&gate, "rkeeper.PayOrder");
        gate.run(&config, &PAY, Some((step, when))).kill_when_held();
        gate.wait_until_idle();
        // The receipt is out.
        let order = sim.order("*/1");
        assert_eq!(order["paid"], true, "{order}");
        let marker = text(&order["payments"][0]["ext_info"]);
        let id = marker.split('/').next().unwrap();
        // And the journal has it, before anything is asked, under the id on the receipt.
        let shown = run(&config, &["payment", id, "--json"])
            .expect_code(0)
            .json();
        assert_eq!(shown["order"]["name"], "*/1");
        assert_eq!(shown["total"], "2350.00");
        assert_eq!(shown["state"], "unknown", "{shown}");
        recover(&config);
        let shown = run(&config, &["payment", id, "--json"])
            .expect_code(0)
            .json();
        assert_eq!(shown["state"], "paid", "{shown}");
        assert_eq!(shown["receipt"]["check_num"], order["check_num"], "{shown}");
        let days = ["--from", "2020-01-01", "--to", "2099-12-31", "--json"];
        let mut report = vec!["report", "sales"];
        report.extend(days);
        let sales = run(&config, &report).expect_code(0).json();
        assert_eq!(sales["sales"].as_array().unwrap().len(), 2, "{sales}");
        assert_eq!(balance(&sim, DEPOSIT), "1860.00");
        sim.assert_no_violations();
    }
}
