//! What hands and slow lines do to the real program in a real terminal.

use std::time::Duration;

use crate::harness::Sim;
use crate::screen::{ReaderPort, SAMPLE_FRAME, Screen, sim_with_reader};

/// The program with the sample bill open and the sample card on it.
fn bill_with_card() -> (Sim, ReaderPort, Screen) {
    let (sim, mut port, config) = sim_with_reader();
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    port.tap(SAMPLE_FRAME);
    screen.wait_for("Суммы сходятся");
    (sim, port, screen)
}

#[test]
fn a_number_pad_and_a_tap_pay_a_bill() {
    let (sim, _port, mut screen) = bill_with_card();
    screen.type_text("2000,5", |typed| format!("{typed}_"));
    screen.press("-");
    screen.wait_for("2000,_");
    screen.press("\r");
    screen.wait_for("Не хватает 350,00");
    screen.press("+");
    screen.wait_for("Суммы сходятся");
    screen.press("*");
    screen.wait_for("Платит один: 2 350,00");
    screen.press("/");
    screen.answer("Оплатить?");
    screen.wait_for("ОПЛАЧЕНО");
    screen.settle();
    screen.press("\r");
    screen.wait_for("Открытые заказы");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    sim.assert_no_violations();
    assert!(screen.leave().success());
}

#[test]
fn a_held_key_asks_and_pays_nothing() {
    let (sim, _port, mut screen) = bill_with_card();
    for gap in [0, 400].into_iter().chain([30; 20]) {
        screen.hear(Duration::from_millis(gap));
        screen.press("\x1b[15~"); // F5
    }
    screen.settle();
    screen.wait_for("Оплатить?");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    screen.press("-");
    screen.wait("back on the bill", |text| !text.contains("Оплатить?"));
    assert!(screen.leave().success());
}

/// Field case 4: what a slow line cuts never becomes a step back with text behind it.
#[test]
fn case_04_a_sequence_cut_anywhere_is_no_text_and_no_escape() {
    let (sim, _port, mut screen) = bill_with_card();
    for sequence in [
        "\x1b[I",
        "\x1b[A",
        "\x1bOQ",
        "\x1b[<0;90;14M",
        "\x1b[<35;3;2M",
    ] {
        for cut in 1..sequence.len() {
            let (head, rest) = sequence.split_at(cut);
            screen.press(head);
            screen.hear(Duration::from_millis(40));
            // Cut behind `[` or `O` it becomes the key that it is: no harm in F2 and an arrow.
            screen.press(rest);
            screen.hear(Duration::from_millis(120));
            let text = screen.text();
            let there = format!("{sequence:?} cut at {cut}\n{text}");
            assert!(text.contains("Суммы сходятся"), "{there}");
            assert!(text.contains("Распределено 2 350,00"), "{there}");
            assert!(!text.contains("прочитана не полностью"), "{there}");
        }
    }
    // Later than an Esc waits: one step back, and nothing is typed.
    screen.press("\x1b");
    screen.hear(Duration::from_millis(200));
    screen.press("OP");
    screen.settle();
    let text = screen.wait_for("Открытые заказы");
    assert!(!text.contains("OP"), "{text}");
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    assert!(screen.leave().success());
}
