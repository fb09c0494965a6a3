//! The shift of the cash desk: a check may need an open one.
//!
//! It is asked for before a check's number is drawn, so that a closed shift is told while nothing has
//! moved. Seen open, it is believed for a while; a check that is refused for it ends that.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use crate::payment::ports::ReadError;
use crate::payment::reason::Reason;

use super::client::Lime;
use super::fields::{self, FieldError, Object};
use super::settings::ShiftRule;

const GET_SHIFT: &str = "CashdeskServer/GetShift";
pub(super) const OPEN_SHIFT: &str = "CashdeskServer/OpenShift";

/// So long an open shift is taken for still open.
const BELIEVED: Duration = Duration::from_mins(10);

impl Lime {
    /// Whether the cash desk has an open shift. Assumed: `GetShift` answers `null` where there is
    /// none, and a shift that has a `closeTime` is closed.
    pub fn shift_is_open(&self) -> Result<bool, ReadError> {
        self.ask_for_shift(GET_SHIFT)
    }

    /// Makes sure of an open shift, as the site wants it. [`ReadError::Refused`] with
    /// [`Reason::ShiftClosed`] where there is none and there will be none.
    pub(super) fn need_shift(&self) -> Result<(), ReadError> {
        if self.settings().shift == ShiftRule::Unchecked {
            return Ok(());
        }
        // Held while Lime is asked: nobody opens a second one meanwhile.
        let mut seen = self
            .shift_seen()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|at| at.elapsed() < BELIEVED) {
            return Ok(());
        }
        let is_open = self.shift_is_open()?
            || match self.settings().shift {
                ShiftRule::Opened => self.open_shift()?,
                ShiftRule::Required | ShiftRule::Unchecked => false,
            };
        if is_open {
            *seen = Some(Instant::now());
            return Ok(());
        }
        let cashdesk = format!("cashdeskId {}", self.settings().cashdesk_id);
        let problem = self.judge().problem(Reason::ShiftClosed, &cashdesk);
        Err(ReadError::Refused(problem))
    }

    /// A check was refused because the shift is closed.
    pub(super) fn forget_shift(&self) {
        *self
            .shift_seen()
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Opens one. Whatever the answer was, lost or a refusal because another till was faster: the
    /// shift itself says what came of it.
    fn open_shift(&self) -> Result<bool, ReadError> {
        let opened = self.ask_for_shift(OPEN_SHIFT);
        match opened {
            Ok(true) => {
                tracing::info!("a shift of Lime was opened");
                Ok(true)
            }
            Ok(false) | Err(_) => {
                if self.shift_is_open()? {
                    return Ok(true);
                }
                opened
            }
        }
    }

    fn ask_for_shift(&self, method: &str) -> Result<bool, ReadError> {
        let cashdesk = self.settings().cashdesk_id.to_string();
        self.judge()
            .read(self.get(method, &[("cashdeskId", &cashdesk)]), is_open)
    }
}

pub(super) fn is_open(answer: Option<&RawValue>) -> Result<bool, FieldError> {
    let Some(answer) = answer else {
        return Ok(false);
    };
    let shift = Object::new("shift", answer)?;
    fields::id("shift.id", shift.get("id"))?;
    Ok(shift.get("closeTime").is_none())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::lime::Settings;
    use crate::lime::stub::{self, Act, Server, answer, raw};
    use crate::payment::ports::{OperationId, Reply, Wallet as _};

    const OPEN: &str = r#"{"id":7,"number":7,"openTime":"2024-03-05T08:00:00","closeTime":null}"#;
    const CLOSED: &str = r#"{"id":7,"closeTime":"2024-03-05T08:00:00"}"#;

    /// Plays the script; what was asked.
    fn play<T>(
        rule: ShiftRule,
        script: Vec<Act>,
        work: impl FnOnce(&Lime) -> T,
    ) -> (T, Vec<String>) {
        let server = Server::start(script);
        let settings = Settings {
            shift: rule,
            ..stub::settings(&server.base)
        };
        let now = date(2024, 3, 5).at(13, 15, 0, 0);
        let lime = Lime::new(settings, Box::new(move || now)).unwrap();
        let result = work(&lime);
        let method = |line: &str| {
            let path = line.split(['?', ' ']).nth(1).unwrap();
            path.rsplit('/').next().unwrap().to_owned()
        };
        let requests = server.requests().into_iter();
        (
            result,
            requests.map(|request| method(&request.line)).collect(),
        )
    }

    fn shift_closed(error: &ReadError) -> bool {
        matches!(error, ReadError::Refused(problem) if problem.reason == Reason::ShiftClosed)
    }

    #[test]
    fn an_open_shift_is_asked_for_once() {
        let script = vec![answer(200, OPEN), answer(200, "1"), answer(200, "2")];
        let ((), asked) = play(ShiftRule::Required, script, |lime| {
            lime.next_operation().unwrap();
            lime.next_operation().unwrap();
        });
        assert_eq!(asked, ["GetShift", "GetNextCheckId", "GetNextCheckId"]);
    }

    #[test]
    fn without_a_shift_no_number_is_drawn() {
        for none in ["null", CLOSED] {
            let script = vec![answer(200, none), answer(200, none)];
            let (errors, asked) = play(ShiftRule::Required, script, |lime| {
                [lime.next_operation(), lime.next_operation()].map(Result::unwrap_err)
            });
            assert!(errors.iter().all(shift_closed), "{errors:?}");
            // Asked anew each time: somebody may have opened it.
            assert_eq!(asked, ["GetShift", "GetShift"]);
        }
    }

    #[test]
    fn a_site_that_does_not_want_it_is_not_asked() {
        let (id, asked) = play(
            ShiftRule::Unchecked,
            vec![answer(200, "1")],
            Lime::next_operation,
        );
        assert_eq!(id, Ok(OperationId("1".to_owned())));
        assert_eq!(asked, ["GetNextCheckId"]);
    }

    #[test]
    fn a_shift_is_opened_where_the_site_says_so() {
        for (opening, look) in [
            (answer(200, OPEN), None),
            // The answer was lost, or another till was faster.
            (raw(""), Some(OPEN)),
            (answer(200, r#"{"error":"ShiftIsOpen"}"#), Some(OPEN)),
            (answer(200, "null"), Some(OPEN)),
        ] {
            let mut script = vec![answer(200, "null"), opening];
            script.extend(look.map(|shift| answer(200, shift)));
            script.push(answer(200, "1"));
            let (id, asked) = play(ShiftRule::Opened, script, Lime::next_operation);
            assert_eq!(id, Ok(OperationId("1".to_owned())));
            assert_eq!(asked.last().unwrap(), "GetNextCheckId");
            assert_eq!(asked[..2], ["GetShift", "OpenShift"]);
        }
    }

    #[test]
    fn a_shift_that_cannot_be_opened_moves_nothing() {
        for (opening, refused) in [
            (answer(200, r#"{"error":"NoRights","message":"…"}"#), true),
            (answer(500, ""), false),
            (answer(200, "<html>"), false),
            (raw(""), false),
        ] {
            let script = vec![answer(200, "null"), opening, answer(200, "null")];
            let (error, asked) = play(ShiftRule::Opened, script, |lime| {
                lime.next_operation().unwrap_err()
            });
            assert_eq!(matches!(error, ReadError::Refused(_)), refused, "{error:?}");
            assert_eq!(asked, ["GetShift", "OpenShift", "GetShift"]);
        }
    }

    #[test]
    fn what_is_no_shift_is_no_answer() {
        for body in ["7", "[]", "{}", "true", r#"{"id":"7"}"#, "<html>", ""] {
            let (error, _) = play(ShiftRule::Opened, vec![answer(200, body)], |lime| {
                lime.next_operation().unwrap_err()
            });
            assert!(matches!(error, ReadError::Failed(_)), "{body}: {error:?}");
        }
    }

    #[test]
    fn a_shift_that_is_closed_in_between_is_asked_for_again() {
        let refusal = r#"{"error":"ShiftClosed"}"#;
        let script = vec![
            answer(200, OPEN),
            answer(200, "1"),
            answer(200, refusal),
            answer(200, "null"),
        ];
        let (error, asked) = play(ShiftRule::Required, script, |lime| {
            let id = lime.next_operation().unwrap();
            let reply = lime.reserve(&id, b"{}");
            assert!(matches!(reply, Reply::Refused(_)), "{reply:?}");
            lime.next_operation().unwrap_err()
        });
        assert!(shift_closed(&error), "{error:?}");
        assert_eq!(
            asked,
            ["GetShift", "GetNextCheckId", "PutCheck", "GetShift"]
        );
    }
}
