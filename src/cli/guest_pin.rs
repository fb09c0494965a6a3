//! The guest's PIN, where a sum needs it. It stands in no command line: other programs see those.

use crate::domain::{Pin, Uid};
use crate::i18n::Texts;
use crate::payment::ports::Reply;
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::PaymentRequest;

use super::till::Till;
use super::words::{Stop, sentence};

/// Environment variable with the guest's PIN; of several guests with a space between, in the order in
/// which they are asked.
pub const ENV_GUEST_PIN: &str = "LIMEKEEPER_GUEST_PIN";

/// The PIN of that guest in the variable's text; `None` where it is no PIN.
pub fn in_variable(text: &str, guest: usize) -> Option<Pin> {
    text.split_whitespace().nth(guest).and_then(Pin::parse)
}

/// Has every guest whose sum needs it prove himself. Nothing has moved yet, and a PIN that is wrong or not
/// known to be right ends the command: the server counts, so each is tried once.
pub(super) fn ask(
    till: &dyn Till,
    may_ask: bool,
    request: &mut PaymentRequest,
    texts: Texts,
) -> Result<(), Stop> {
    let cards = request.pins_wanted().into_iter();
    let guests: Vec<(Uid, String)> = cards
        .map(|card| {
            let number = card.number.clone();
            (
                card.uid.clone(),
                number.unwrap_or_else(|| card.uid.masked()),
            )
        })
        .collect();
    for (index, (uid, name)) in guests.into_iter().enumerate() {
        if !may_ask {
            return Err(needed(texts, "cli.guest_pin.needed", &name));
        }
        let prompt = texts.fill("cli.guest_pin.prompt", &[("card", &name)]);
        let Some(pin) = till.guest_pin(index, &prompt) else {
            return Err(needed(texts, "cli.guest_pin.none", &name));
        };
        match till.wallet().check_pin(&uid, &pin) {
            Reply::Done(()) => request.pin_was_right(&uid, till.now().timestamp()),
            Reply::Refused(problem) | Reply::NotDone(problem) => {
                return Err(Stop::problem(texts, &problem));
            }
            Reply::Unknown(problem) => {
                let why = sentence(texts, &problem);
                return Err(Stop {
                    message: texts.fill("cli.guest_pin.unknown", &[("why", &why)]),
                    ..Stop::problem(texts, &problem)
                });
            }
        }
    }
    Ok(())
}

/// The rule of the site that is not kept, with what to do about it.
fn needed(texts: Texts, key: &str, card: &str) -> Stop {
    Stop {
        message: texts.fill(key, &[("card", &card), ("variable", &ENV_GUEST_PIN)]),
        ..Stop::problem(texts, &Problem::own(Reason::AccountRule, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_in_the_variable_stand_in_the_order_of_the_guests() {
        for (text, guest, pin) in [
            ("2580", 0, Some("2580")),
            (" 2580  1470 ", 1, Some("1470")),
            ("2580", 1, None),
            ("", 0, None),
            ("25a0", 0, None),
            ("258", 0, None),
        ] {
            let found = in_variable(text, guest);
            let found = found.as_ref().map(Pin::reveal);
            assert_eq!(found, pin, "{text:?} {guest}");
        }
    }
}
