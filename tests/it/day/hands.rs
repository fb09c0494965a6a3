//! The cashier's hands.

use std::path::Path;

use serde_json::json;

use super::script::{Deed, Language, Words, uid};
use crate::harness::Sim;
use crate::screen::{F4, F5, F9, ReaderPort, Screen, Size, frame, press_until};

const ENTER: &str = "\r";
const DOWN: &str = "\x1b[B";

pub struct Hands<'a> {
    sim: &'a Sim,
    port: ReaderPort,
    screen: Screen,
    words: Words,
    /// The order that was opened last.
    last: String,
}

impl<'a> Hands<'a> {
    pub fn begin(
        sim: &'a Sim,
        port: ReaderPort,
        config: &Path,
        language: Language,
        size: Size,
    ) -> Self {
        let mut screen = Screen::at_size(config, size);
        let words = language.words();
        screen.wait_for(words.list);
        screen.wait_for("● R1");
        Self {
            sim,
            port,
            screen,
            words,
            last: String::new(),
        }
    }

    pub fn does(&mut self, deed: &Deed) {
        let Words { list, tap, .. } = self.words;
        let screen = &mut self.screen;
        match deed {
            Deed::Nothing => {}
            Deed::Open(name) => {
                self.last.clone_from(name);
                let find = self.words.find;
                screen.wait_for(list);
                screen.press(named("Del"));
                screen.calm();
                screen.type_text(name, |typed| format!("{find} {typed}"));
                screen.press(ENTER);
                screen.wait(name, |text| text.contains(tap) && text.contains(&name[..]));
            }
            Deed::Tap(number) => {
                self.port.tap(&frame(uid(*number)));
                // Its own row, not only the word that Lime is asked.
                screen.wait_for(&format!(" {number} …"));
            }
            Deed::Touch(number) => self.port.tap(&frame(uid(*number))),
            Deed::Type(text) => screen.type_text(text, |typed| format!("{typed}_")),
            Deed::Press(keys) => {
                for key in keys {
                    screen.press(named(key));
                    screen.calm();
                }
            }
            Deed::See(words) => drop(screen.wait_for(words)),
            Deed::Gone(words) => drop(screen.wait(words, |text| !text.contains(&words[..]))),
            Deed::Try => self.answer(self.words.pay, ENTER),
            Deed::Part => self.answer(self.words.part, "\x1b[17~"),
            Deed::Pay => {
                self.answer(self.words.pay, ENTER);
                self.screen.wait_for(self.words.paid);
                self.back();
            }
            Deed::Back => self.back(),
            Deed::Until(key, words) => {
                press_until(screen, named(key), |text| text.contains(&words[..]));
            }
            Deed::Refund => {
                press_until(screen, F9, |text| text.contains(self.words.payments));
                // The list is read anew, and what was chosen in the old one stays so.
                let last = format!(" {} ", self.last);
                press_until(screen, named("Home"), |text| {
                    let mut marked = text.lines().filter(|line| line.contains('▸'));
                    marked.any(|line| line.contains(&last))
                });
                screen.press(F4);
                screen.wait_for(self.words.refund);
            }
            Deed::Sign => {
                for (field, text) in [(self.words.who, "Иванова"), (self.words.why, "гость")]
                {
                    screen.press("\t");
                    screen.wait_for(field);
                    screen.type_text(text, |typed| format!("{typed}_"));
                }
                screen.press(F5);
            }
            Deed::Server(at, kind) => match kind.split_once(' ') {
                Some((kind, ms)) => {
                    let ms: u64 = ms.parse().unwrap();
                    self.sim.fault_with(at, kind, 1, &json!(ms));
                }
                None => self.sim.fault(at, kind, 1),
            },
            Deed::Office(edit) => self.sim.edit(edit),
            Deed::Size(columns, rows) => screen.resize((*rows, *columns)),
        }
    }

    pub fn leave(mut self) {
        assert!(self.screen.leave().success());
        self.screen.assert_restored();
    }

    /// F5 and the key that says yes, as often as it takes to be a key that came after the question.
    fn answer(&mut self, question: &str, yes: &str) {
        self.screen.press(F5);
        self.screen.wait_for(question);
        press_until(&mut self.screen, yes, |text| !text.contains(question));
    }

    /// Esc, which does no harm where it is pressed once too often.
    fn back(&mut self) {
        let list = self.words.list;
        press_until(&mut self.screen, "\x1b", |text| text.contains(list));
    }
}

fn named(key: &str) -> &str {
    match key {
        "Enter" => ENTER,
        "Esc" => "\x1b",
        "Tab" => "\t",
        "Up" => "\x1b[A",
        "Down" => DOWN,
        "Home" => "\x1b[H",
        "End" => "\x1b[F",
        "Del" => "\x1b[3~",
        "Back" => "\x7f",
        "F1" => "\x1bOP",
        "F2" => "\x1bOQ",
        "F3" => "\x1bOR",
        "F4" => F4,
        "F5" => F5,
        "F6" => "\x1b[17~",
        "F7" => "\x1b[18~",
        "F8" => "\x1b[19~",
        "F9" => F9,
        "F12" => "\x1b[24~",
        other => other,
    }
}
