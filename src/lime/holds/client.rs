//! The calls of the contract, and the wallet made of them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::domain::{Attribution, Card, CardName, CardNumber, Uid};
use crate::http::{Answer, Call, CallError, CallMethod, Channel, ChannelError};
use crate::lime::client::ahead;
use crate::lime::fields::{self, FieldError, Object};
use crate::payment::ports::{
    Found, OperationId, ReadError, Reply, SeenOperation, SeenOperations, Stored, Wallet,
};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::Sale;

use super::answer::{self, Operation, State};
use super::card;
use super::judge::{self, Judge, Released, Write};
use super::numbers::PrintedNumbers;
use super::request::{self, SentLeg, SentLegs, Undo};
use super::settings::Settings;

/// Pages that one look at the list of operations asks for at most.
const PAGES_MAX: usize = 20;
/// Body of a commit of everything.
const COMMIT_ALL: &[u8] = b"{}";
/// Body of a release.
const RELEASE: &[u8] = br#"{"reason":"cancelled"}"#;

/// The server of holds. Sends one request per call and repeats nothing; undoing a whole operation is
/// two calls where the first one says that the money was taken already.
pub struct Holds {
    settings: Settings,
    channel: Channel,
}

/// What the server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Version of the contract: `1.0`.
    pub api: String,
    /// Three letters: `RUB`.
    pub currency: String,
    /// How it holds.
    pub hold_mode: HoldMode,
    /// Longest life of a hold, in seconds.
    pub ttl_max_s: u64,
    /// Which numbers are printed on its cards.
    pub numbers: PrintedNumbers,
    /// Days of one report at most; `None`: the server does not say.
    pub report_days_max: Option<u32>,
    /// The server's clock.
    pub server_time: Option<Timestamp>,
}

/// How the server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldMode {
    /// Lime itself holds.
    Native,
    /// The server counts its own holds; other tills of Lime do not see them.
    Advisory,
    /// It can only take at once.
    None,
    /// A word that the contract does not have.
    Unheard,
}

impl Holds {
    /// Checks the way to the server; connects to nothing.
    pub fn new(settings: Settings) -> Result<Self, ChannelError> {
        let channel = Channel::new(&settings.channel)?;
        Ok(Self { settings, channel })
    }

    /// What the server offers: for comparing with the config.
    pub fn capabilities(&self) -> Result<Capabilities, ReadError> {
        let outcome = self.get("/v1/capabilities", &[]);
        self.judge().read(outcome, capabilities)
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn judge(&self) -> Judge<'_> {
        Judge::new(self.settings.auth_value.expose_secret())
    }

    pub(super) fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, CallError> {
        self.exchange(CallMethod::Get, path, query, &[])
    }

    fn exchange(
        &self,
        method: CallMethod,
        path: &str,
        query: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, CallError> {
        let settings = &self.settings;
        let writes = path.starts_with("/v1/operations/") && method != CallMethod::Get;
        let outcome = self.channel.exchange(&Call {
            method,
            path: &format!("{}{path}", settings.path.trim_end_matches('/')),
            query,
            content_type: "application/json",
            headers: &[(&settings.auth_header, settings.auth_value.expose_secret())],
            body,
            deadline: if writes {
                settings.write_timeout
            } else {
                settings.read_timeout
            },
        });
        match &outcome {
            Ok(answer) => tracing::debug!(
                path,
                status = answer.status,
                bytes = answer.body.len(),
                "the server of holds answered"
            ),
            Err(error) => tracing::debug!(path, sent = !error.is_surely_not_sent(), "no answer"),
        }
        outcome
    }

    fn look_up(&self, name: &CardName) -> Result<Card, ReadError> {
        #[derive(serde::Serialize)]
        struct Question<'a> {
            by: &'static str,
            value: &'a str,
            entry: &'static str,
        }
        let mut judge = self.judge();
        let (by, value) = match name {
            CardName::Uid(uid) => {
                judge.hide_uid(uid);
                ("uid", uid.reveal())
            }
            CardName::Number(number) => ("printed_number", number.as_str()),
        };
        let entry = name.entry().word();
        let question = Question { by, value, entry };
        let body = serde_json::to_vec(&question).unwrap_or_default();
        let outcome = self.exchange(CallMethod::Post, "/v1/cards/lookup", &[], &body);
        judge.read(outcome, |answer| card::card(answer, &self.settings, name))
    }

    /// The stored operation; `None` where it surely never arrived.
    fn operation(&self, id: &str) -> Result<Option<Operation>, ReadError> {
        let outcome = self.get(&format!("/v1/operations/{id}"), &[]);
        if judge::is_absent(&outcome) {
            return Ok(None);
        }
        let operation = self.judge().read(outcome, answer::operation)?;
        if operation.id == id {
            Ok(Some(operation))
        } else {
            let words = "the answer shows another operation";
            Err(ReadError::Failed(Problem::of(
                Server::Lime,
                Reason::AnswerNotUnderstood,
                words,
            )))
        }
    }
}

impl Wallet for Holds {
    fn reachable(&self) -> Result<(), ReadError> {
        self.capabilities().map(drop)
    }

    fn clock_ahead(&self) -> Result<Option<SignedDuration>, ReadError> {
        let utc = |at| TimeZone::UTC.to_datetime(at);
        let before = Timestamp::now();
        let theirs = self.capabilities()?.server_time;
        let ahead = |theirs| ahead(utc(before), utc(theirs), utc(Timestamp::now()));
        Ok(theirs.map(ahead))
    }

    fn card(&self, uid: &Uid) -> Result<Card, ReadError> {
        self.look_up(&CardName::Uid(uid.clone()))
    }

    /// The server says in its capabilities which numbers its cards have: one that cannot be is not
    /// asked for.
    fn card_by_number(&self, number: &CardNumber) -> Result<Card, ReadError> {
        let no = |reason| {
            let problem = Problem::of(Server::Lime, reason, number.as_str());
            Err(ReadError::Refused(problem))
        };
        if !self.settings.keyed_cards {
            return no(Reason::KeyedCardsOff);
        }
        if !self.capabilities()?.numbers.allow(number) {
            return no(Reason::CardNumberWrong);
        }
        self.look_up(&CardName::Number(number.clone()))
    }

    /// A name of our own making.
    fn next_operation(&self) -> Result<OperationId, ReadError> {
        Ok(OperationId(Uuid::now_v7().hyphenated().to_string()))
    }

    fn reserve_request(
        &self,
        _operation: &OperationId,
        sale: &Sale,
        at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        request::reserve(&self.settings, sale, at)
    }

    fn reserve(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let legs = match sent_legs(body) {
            Ok(legs) => legs,
            Err(problem) => return Reply::Refused(problem),
        };
        let path = format!("/v1/operations/{}", operation.0);
        let outcome = self.exchange(CallMethod::Put, &path, &[], body);
        let capture = self.settings.capture;
        self.judge()
            .sent(outcome, Write::Reserve { capture }, operation, &legs)
    }

    fn holds(&self) -> bool {
        !self.settings.capture
    }

    fn confirm(&self, operation: &OperationId) -> Reply<()> {
        if self.settings.capture {
            return Reply::Done(());
        }
        let path = format!("/v1/operations/{}/commit", operation.0);
        let outcome = self.exchange(CallMethod::Post, &path, &[], COMMIT_ALL);
        self.judge()
            .sent(outcome, Write::Commit, operation, &[])
            .map(drop)
    }

    fn undo_request(
        &self,
        _operation: &OperationId,
        reserved: &OperationId,
        sale: &Sale,
        back: &Attribution,
        _at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        request::undo(&self.settings, reserved, sale, back)
    }

    fn undo(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let undo = match undo_of(body) {
            Ok(undo) => undo,
            Err(problem) => return Reply::Refused(problem),
        };
        let reserved = OperationId(undo.reserved);
        if undo.whole {
            // An unknown id is remembered as closed, so a hold that comes late finds the door shut.
            let path = format!("/v1/operations/{}/release", reserved.0);
            let outcome = self.exchange(CallMethod::Post, &path, &[], RELEASE);
            match self.judge().released(outcome, &reserved) {
                Released::Reply(reply) => return reply,
                Released::Committed => {}
            }
        }
        let body = undo.reversal.get().as_bytes();
        let legs = match sent_legs(body) {
            Ok(legs) => legs,
            Err(problem) => return Reply::Refused(problem),
        };
        let path = format!("/v1/operations/{}/reversals/{}", reserved.0, operation.0);
        let outcome = self.exchange(CallMethod::Put, &path, &[], body);
        let write = Write::Reverse { id: operation };
        self.judge().sent(outcome, write, &reserved, &legs)
    }

    fn find(&self, operation: &OperationId, body: &[u8]) -> Result<Found, ReadError> {
        if let Ok(undo) = undo_of(body) {
            return match self.operation(&undo.reserved)? {
                None => Ok(Found::Absent),
                Some(stored) => self.judge().undone(&stored, operation, undo.whole),
            };
        }
        let legs = sent_legs(body).map_err(ReadError::Failed)?;
        match self.operation(&operation.0)? {
            None => Ok(Found::Absent),
            Some(stored) => self.judge().reserved(&stored, &legs),
        }
    }

    /// The contract promises it.
    fn may_repeat(&self) -> bool {
        true
    }

    fn made_since(&self, since: DateTime) -> Result<Option<SeenOperations>, ReadError> {
        let zone = &self.settings.time_zone;
        // Of two moments with the same local time the earlier one: rather too much than too little.
        let since = zone.to_ambiguous_timestamp(since).earlier();
        let Ok(since) = since else {
            return Ok(None);
        };
        let since = since.to_string();
        let mut seen = SeenOperations {
            operations: Vec::new(),
            nameless: Vec::new(),
            whole: true,
        };
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![
                ("station", self.settings.station.as_str()),
                ("since", &since),
            ];
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let outcome = self.get("/v1/operations", &query);
            let (page, next) = self.judge().read(outcome, answer::operations)?;
            for operation in page {
                note(operation, &mut seen);
            }
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(Some(seen)),
            }
        }
        seen.whole = false;
        Ok(Some(seen))
    }
}

/// What stands of an operation at this moment.
fn note(operation: Operation, seen: &mut SeenOperations) {
    match operation.state {
        State::Held | State::Committed | State::PartlyReversed | State::Reversed => {}
        State::Released | State::Expired | State::Failed => return,
        State::InDoubt | State::Unheard => {
            seen.whole = false;
            return;
        }
    }
    let id = OperationId(operation.id);
    let Some(payment) = operation.payment else {
        seen.nameless.push(id);
        return;
    };
    seen.operations.push(SeenOperation {
        operation: id,
        payment,
        returns: false,
        amount: answer::total(&operation.legs),
    });
    for reversal in operation.reversals {
        seen.operations.push(SeenOperation {
            operation: OperationId(reversal.id),
            payment,
            returns: true,
            amount: answer::total(&reversal.legs),
        });
    }
}

fn sent_legs(body: &[u8]) -> Result<Vec<SentLeg>, Problem> {
    let sent: SentLegs = serde_json::from_slice(body).map_err(|_| foreign())?;
    Ok(sent.legs)
}

fn undo_of(body: &[u8]) -> Result<Undo<'_>, Problem> {
    serde_json::from_slice(body).map_err(|_| foreign())
}

fn foreign() -> Problem {
    Problem::own(
        Reason::ConfigIncomplete,
        "the operation is not one of holds; was it made with another kind of wallet?",
    )
}

fn capabilities(answer: Option<&RawValue>) -> Result<Capabilities, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("capabilities"))?;
    let object = Object::new("capabilities", raw)?;
    let word = |key: &str| object.get(key).and_then(fields::text);
    let ttl = object
        .get("hold_ttl_s")
        .ok_or(FieldError::Missing("hold_ttl_s"))?;
    let ttl = Object::new("hold_ttl_s", ttl)?;
    let ttl_max_s = fields::id("hold_ttl_s.max", ttl.get("max"))?;
    Ok(Capabilities {
        api: word("api").ok_or(FieldError::Missing("api"))?,
        currency: word("currency").ok_or(FieldError::Missing("currency"))?,
        hold_mode: match word("hold_mode").as_deref() {
            Some("native") => HoldMode::Native,
            Some("advisory") => HoldMode::Advisory,
            Some("none") => HoldMode::None,
            Some(_) | None => HoldMode::Unheard,
        },
        ttl_max_s: u64::try_from(ttl_max_s).unwrap_or_default(),
        numbers: PrintedNumbers::of(word("printed_number_regex").as_deref()),
        report_days_max: fields::id("report_max_days", object.get("report_max_days"))
            .ok()
            .and_then(|days| u32::try_from(days).ok()),
        server_time: word("server_time").and_then(|text| text.parse().ok()),
    })
}

/// Reads a body as every answer that the server may give, and forgets the results: the door for a
/// fuzzer.
pub fn parse_every_answer(settings: &Settings, body: &[u8]) {
    let judge = Judge::new("");
    let answer = |status| {
        Ok(Answer {
            status,
            body: body.to_vec(),
            whole: true,
        })
    };
    let id = OperationId(String::new());
    for status in [200, 409, 503] {
        let uid = Uid::new("61366822").map(CardName::Uid).ok();
        let number = CardNumber::new("100038").map(CardName::Number).ok();
        for name in uid.into_iter().chain(number) {
            let _ = judge.read(answer(status), |value| card::card(value, settings, &name));
        }
        let _ = judge.read(answer(status), capabilities);
        let _ = judge.read(answer(status), answer::operations);
        for write in [
            Write::Reserve { capture: false },
            Write::Commit,
            Write::Release,
            Write::Reverse { id: &id },
        ] {
            let _ = judge.sent(answer(status), write, &id, &[]);
        }
        let _ = judge.released(answer(status), &id);
        if let Ok(operation) = judge.read(answer(status), answer::operation) {
            let _ = judge.reserved(&operation, &[]);
            let _ = judge.undone(&operation, &id, true);
        }
    }
}
