//! Whole days at the till, from scripts (`tests/it/day/*.keys`): the real program in a terminal, a
//! reader at its port, the stand-ins over HTTP. In the evening Lime, r_keeper and the journal must have
//! the same sums. A mistake names the line of the script.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use crate::harness::Sim;
use crate::screen::ReaderPort;

mod books;
mod hands;
mod script;

use hands::Hands;
use script::{Language, Script};

/// A day: what the script says, in a window of that many rows and columns.
fn live(name: &str, language: Language, size: (u16, u16)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/day");
    let text = fs::read_to_string(folder.join(format!("{name}.keys"))).unwrap();
    let script = Script::parse(name, &text);
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
    live("russian", Language::Russian, (30, 100));
}

#[test]
fn an_english_day_in_a_large_window_ends_with_books_that_agree() {
    live("english", Language::English, (48, 128));
}

#[test]
fn a_mistake_names_its_line() {
    let script = "# A day.\nbill A 10.00\n\ntip 1";
    let failed = panic::catch_unwind(|| drop(Script::parse("short", script)));
    let words = failed.unwrap_err();
    let words = words.downcast_ref::<String>().unwrap();
    assert_eq!(words, "short.keys, line 4: tip 1");
}
