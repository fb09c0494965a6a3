//! A guest's PIN put to Lime.
//!
//! Assumed (`lime.assumed.check_pin`): a POST with `{"uid":…,"installationId":…,"pin":…}`, answered with
//! `{"pinIsRight":true}` or `false`, or with an error code of the site's list. No public client of Lime
//! shows such a call. The PIN is in the body: addresses are written into logs on the way.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::{Pin, Uid};
use crate::payment::ports::Reply;
use crate::payment::reason::{Problem, Reason, Server};

use super::client::Lime;
use super::fields::{self, FieldError, Object};

/// What is asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    uid: &'a str,
    installation_id: i64,
    pin: &'a str,
}

impl Lime {
    /// Asks once. What is not clear is not asked again: Lime counts wrong PINs, and may count this one.
    pub(super) fn ask_pin(&self, uid: &Uid, pin: &Pin) -> Reply<()> {
        let settings = self.settings();
        let method = settings.check_pin.trim_matches('/');
        if method.is_empty() {
            return Reply::Refused(Problem::of(Server::Lime, Reason::PinNotChecked, ""));
        }
        let mut judge = self.judge();
        judge.hide_uid(uid);
        judge.hide_pin(pin);
        let question = Question {
            uid: uid.reveal(),
            installation_id: settings.installation_id,
            pin: pin.reveal(),
        };
        let outcome = self.post_once(method, &question);
        match judge.asked(outcome, is_right) {
            Reply::Done(true) => Reply::Done(()),
            Reply::Done(false) => Reply::Refused(judge.problem(Reason::PinWrong, "")),
            Reply::Refused(problem) => Reply::Refused(problem),
            Reply::NotDone(problem) => Reply::NotDone(problem),
            Reply::Unknown(problem) => Reply::Unknown(problem),
        }
    }
}

/// `{"pinIsRight":…}`; of anything else nothing is guessed.
pub(super) fn is_right(answer: Option<&RawValue>) -> Result<bool, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("answer"))?;
    let object = Object::new("answer", raw)?;
    let told = object
        .get("pinIsRight")
        .ok_or(FieldError::Missing("pinIsRight"))?;
    match told.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(fields::wrong("pinIsRight", told, "true or false")),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::lime::Settings;
    use crate::lime::stub::{self, Act, Request, Server as Stub, answer};
    use crate::payment::ports::Wallet as _;

    const PIN: &str = "86420864";

    fn play(script: Vec<Act>, change: impl FnOnce(&mut Settings)) -> (Reply<()>, Vec<Request>) {
        let server = Stub::start(script);
        let mut settings = stub::settings(&server.base);
        change(&mut settings);
        let lime = Lime::new(settings, Box::new(|| date(2024, 3, 5).at(13, 15, 0, 0))).unwrap();
        let (uid, pin) = (Uid::new("61366822").unwrap(), Pin::parse(PIN).unwrap());
        let reply = lime.check_pin(&uid, &pin);
        (reply, server.requests())
    }

    #[test]
    fn every_answer_to_a_pin_has_a_class() {
        let quoted = format!(r#"{{"error":"Strange","message":"no {PIN} for 61366822"}}"#);
        for (status, body, class, reason) in [
            (200, r#"{"pinIsRight":true}"#, "done", None),
            (200, r#"{"pinIsRight":true,"more":1}"#, "done", None),
            (
                200,
                r#"{"pinIsRight":false}"#,
                "refused",
                Some(Reason::PinWrong),
            ),
            (
                200,
                r#"{"error":"PinWrong"}"#,
                "refused",
                Some(Reason::PinWrong),
            ),
            (
                200,
                r#"{"error":"PinBlocked"}"#,
                "refused",
                Some(Reason::PinBlocked),
            ),
            (
                400,
                r#"{"error":"PinNotSet"}"#,
                "refused",
                Some(Reason::PinNotChecked),
            ),
            (401, "", "refused", Some(Reason::AccessDenied)),
            (200, quoted.as_str(), "unknown", Some(Reason::ServerRefused)),
            (
                200,
                r#"{"pinIsRight":"true"}"#,
                "unknown",
                Some(Reason::AnswerNotUnderstood),
            ),
            (
                200,
                r#"{"pinIsRight":1}"#,
                "unknown",
                Some(Reason::AnswerNotUnderstood),
            ),
            (200, "true", "unknown", Some(Reason::AnswerNotUnderstood)),
            (200, "null", "unknown", Some(Reason::AnswerNotUnderstood)),
            (200, "<html>", "unknown", Some(Reason::AnswerNotUnderstood)),
            (
                500,
                r#"{"pinIsRight":true}"#,
                "unknown",
                Some(Reason::AnswerNotUnderstood),
            ),
            (404, "", "unknown", Some(Reason::AnswerNotUnderstood)),
        ] {
            let (reply, requests) = play(vec![answer(status, body)], |_| ());
            assert_eq!(requests.len(), 1, "asked once: {body}");
            let shown = format!("{reply:?}");
            assert!(
                !shown.contains(PIN) && !shown.contains("61366822"),
                "{shown}"
            );
            let found = match reply {
                Reply::Done(()) => ("done", None),
                Reply::Refused(problem) => ("refused", Some(problem.reason)),
                Reply::NotDone(problem) => ("not done", Some(problem.reason)),
                Reply::Unknown(problem) => ("unknown", Some(problem.reason)),
            };
            assert_eq!(found, (class, reason), "{status} {body}");
        }
    }

    #[test]
    fn the_pin_is_in_the_body_only() {
        let (_, requests) = play(vec![answer(200, r#"{"pinIsRight":true}"#)], |_| ());
        let request = &requests[0];
        assert_eq!(request.line, "POST /api/ClientManagement/CheckPin HTTP/1.1");
        assert_eq!(
            String::from_utf8_lossy(&request.body),
            format!(r#"{{"uid":"61366822","installationId":1,"pin":"{PIN}"}}"#)
        );
    }

    #[test]
    fn a_site_without_such_a_call_is_not_asked() {
        let (reply, requests) = play(vec![], |site| site.check_pin.clear());
        assert!(
            matches!(&reply, Reply::Refused(problem) if problem.reason == Reason::PinNotChecked),
            "{reply:?}"
        );
        assert!(requests.is_empty());
    }
}
