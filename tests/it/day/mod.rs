//! Whole days at the till, from scripts (`tests/it/day/*.keys`): the real program in a terminal, a
//! reader at its port, the stand-ins over HTTP. In the evening Lime, r_keeper and the journal must have
//! the same sums. A mistake names the line of the script.

use std::panic::{self, AssertUnwindSafe};

use crate::harness::Sim;
use crate::screen::ReaderPort;

mod books;
mod hands;
mod script;

use hands::Hands;
use script::{Language, Script};

/// A day: what the script says, in a window of that many rows and columns.
fn live(name: &str, text: &str, language: Language, size: (u16, u16)) {
    let script = Script::parse(name, text);
    let sim = Sim::start_with(&script.world());
    let port = ReaderPort::open();
    let config = sim.config_with("day.toml", |text| {
        format!(
            "{}\n[[readers]]\nname = \"R1\"\nfamily = \"rdm6300\"\nport = \"{}\"\n\n\
             [payment]\nfront_s = 20\nretry_s = [1]\n",
            text.replace("lang = \"ru\"", &format!("lang = \"{}\"", language.name()))
                .replace("[rkeeper]\n", "[rkeeper]\npay_timeout_s = 2\n")
                .replace("[lime]\n", "[lime]\nwrite_timeout_s = 2\n"),
            port.path,
        )
    });
    let mut hands = Hands::begin(&sim, port, &config, language, size);
    for step in &script.steps {
        let done = panic::catch_unwind(AssertUnwindSafe(|| hands.does(&step.deed)));
        if let Err(why) = done {
            let words = why.downcast_ref::<String>().cloned();
            let words = words.or_else(|| why.downcast_ref::<&str>().map(|&own| own.to_owned()));
            panic!(
                "{name}.keys, line {}: {}\n{}",
                step.line,
                step.text,
                words.unwrap_or_default()
            );
        }
    }
    let leaves_debts = script.leaves_debts;
    hands.leave();
    books::agree(&sim, &script, leaves_debts);
}

#[test]
fn a_russian_day_of_thirty_bills_ends_with_books_that_agree() {
    live(
        "russian",
        include_str!("russian.keys"),
        Language::Russian,
        (30, 100),
    );
}

#[test]
fn an_english_day_in_a_large_window_ends_with_books_that_agree() {
    live(
        "english",
        include_str!("english.keys"),
        Language::English,
        (48, 128),
    );
}

#[test]
fn a_mistake_names_its_line() {
    let script = "# nobody has that card\nguest 1 money=10.00\nbill A 10.00\ntap 1\nsee nothing of this kind";
    let failed = panic::catch_unwind(|| Script::parse("short", &script.replace("tap", "tip")));
    let words = failed.unwrap_err();
    let words = words.downcast_ref::<String>().unwrap();
    assert!(words.contains("short.keys, line 4"), "{words}");
}
