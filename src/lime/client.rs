//! The calls of Lime, and the wallet made of them.

use std::sync::Mutex;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Attribution, Card, CardNumber, CardStatus, Pin, Uid};
use crate::http::{Answer, Call, CallError, CallMethod, Channel, ChannelError};
use crate::payment::ports::{Found, OperationId, ReadError, Reply, SeenOperations, Stored, Wallet};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::{PaymentId, Sale};

use super::auth::{Key, Keyring};
use super::card::{self, CardRecord};
use super::check;
use super::fields::{self, FieldError};
use super::judge::{self, Judge, NoAnswer};
use super::lookback;
use super::marks::{self, Whose};
use super::pin;
use super::settings::Settings;
use super::shift::{self, OPEN_SHIFT};

const CARD_BY_UID: &str = "ClientManagement/GetCardInfoByCardUid";
const CLIENT_BY_UID: &str = "ClientManagement/GetClientInfoByCardUid";
const RIGHTS: &str = "ClientManagement/GetRights";
const SERVER_TIME: &str = "CashdeskServer/GetServerCurrentTime";
const NEXT_CHECK_ID: &str = "CashdeskServer/GetNextCheckId";
const PUT_CHECK: &str = "CashdeskServer/PutCheck";

/// Tells a local time.
pub type Now = Box<dyn Fn() -> DateTime + Send + Sync>;

/// Lime's RPC interface. Sends one request per call. What is turned away because a login's token
/// ended is sent once more with a new one, the same bytes, and a look-up whose connection was closed once
/// more over a new one; nothing else is ever repeated.
pub struct Lime {
    settings: Settings,
    channel: Channel,
    /// For the calls that a look-up of a card makes one after another.
    look_ups: Channel,
    keyring: Keyring,
    /// When the shift was last seen open.
    shift_seen: Mutex<Option<Instant>>,
    now: Now,
}

impl Lime {
    /// Checks the way to the server; connects to nothing. `now` tells the site's local time, in which
    /// Lime is told and asked of checks, and by which accounts and cards expire.
    pub fn new(settings: Settings, now: Now) -> Result<Self, ChannelError> {
        let channel = Channel::new(&settings.channel)?;
        let look_ups = Channel::keeping(&settings.channel)?;
        let keyring = Keyring::new(settings.auth.clone(), settings.read_timeout);
        Ok(Self {
            settings,
            channel,
            look_ups,
            keyring,
            shift_seen: Mutex::default(),
            now,
        })
    }

    /// The server's local time: for comparing clocks, and to see that address and key are right.
    pub fn server_time(&self) -> Result<DateTime, ReadError> {
        self.judge().read(self.get(SERVER_TIME, &[]), time_of)
    }

    pub(super) const fn shift_seen(&self) -> &Mutex<Option<Instant>> {
        &self.shift_seen
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The site's local time.
    pub(super) fn now(&self) -> DateTime {
        (self.now)()
    }

    pub(super) fn judge(&self) -> Judge<'_> {
        Judge::new(&self.settings.refusals, "").hiding(&self.keyring)
    }

    pub(super) fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<Answer, NoAnswer> {
        self.exchange(method, query, None)
    }

    pub(super) fn post(
        &self,
        method: &str,
        body: &impl serde::Serialize,
    ) -> Result<Answer, NoAnswer> {
        let body = written(body)?;
        self.exchange(method, &[], Some(&body))
    }

    /// One exchange that is never repeated.
    pub(super) fn post_once(
        &self,
        method: &str,
        body: &impl serde::Serialize,
    ) -> Result<Answer, NoAnswer> {
        let body = written(body)?;
        let key = self.keyring.key(&self.channel).map_err(NoAnswer::NoKey)?;
        let answer = self.send(&key, method, &[], Some(&body))?;
        self.is_turned_away(&key, &answer);
        Ok(answer)
    }

    /// One exchange, and a second one where a login's token was turned away: Lime looks at the key
    /// before it looks at the call ([`Judge::sent`]). A check is sent again only where the same check
    /// moves money once, in case something in between wrote that answer.
    fn exchange(
        &self,
        method: &str,
        query: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, NoAnswer> {
        let key = self.keyring.key(&self.channel).map_err(NoAnswer::NoKey)?;
        let answer = self.send(&key, method, query, body)?;
        if !self.is_turned_away(&key, &answer) {
            return Ok(answer);
        }
        if method == PUT_CHECK && !self.settings.repeat_same_check {
            return Ok(answer);
        }
        // Where no other key is to be had, that was the answer.
        let Ok(key) = self.keyring.key(&self.channel) else {
            return Ok(answer);
        };
        let answer = self.send(&key, method, query, body)?;
        self.is_turned_away(&key, &answer);
        Ok(answer)
    }

    /// Tells the keyring what became of its key. Whether another one may help.
    fn is_turned_away(&self, key: &Key, answer: &Answer) -> bool {
        if answer.status != judge::UNAUTHORIZED {
            self.keyring.taken(key);
            return false;
        }
        let words = judge::status_words(answer);
        let problem = self.judge().problem(Reason::AccessDenied, &words);
        self.keyring.turned_away(key, problem)
    }

    /// One request. A check, and a shift that is opened, get the time of a write, everything else that
    /// of a read.
    fn send(
        &self,
        key: &Key,
        method: &str,
        query: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, NoAnswer> {
        let settings = &self.settings;
        let call = Call {
            method: if body.is_some() {
                CallMethod::Post
            } else {
                CallMethod::Get
            },
            path: &format!("{}/{method}", settings.path.trim_end_matches('/')),
            query,
            content_type: "application/json",
            headers: &[(&key.header, key.value.expose_secret())],
            body: body.unwrap_or_default(),
            deadline: if matches!(method, PUT_CHECK | OPEN_SHIFT) {
                settings.write_timeout
            } else {
                settings.read_timeout
            },
        };
        let outcome = if matches!(method, CARD_BY_UID | RIGHTS | CLIENT_BY_UID) {
            self.look_up(&call)
        } else {
            self.channel.exchange(&call)
        };
        match &outcome {
            Ok(answer) => tracing::debug!(
                method,
                status = answer.status,
                bytes = answer.body.len(),
                "Lime answered"
            ),
            Err(error) => tracing::debug!(method, sent = !error.is_surely_not_sent(), "no answer"),
        }
        outcome.map_err(NoAnswer::Call)
    }

    /// One of the calls of a look-up, over a connection that the one before it may have left. A server
    /// closes such a connection without a word when it likes: what is lost so is asked once more, over
    /// a new one. It changes nothing.
    fn look_up(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        let began = Instant::now();
        match self.look_ups.exchange(call) {
            Err(CallError::Lost(_)) => self.channel.exchange(&Call {
                deadline: call.deadline.saturating_sub(began.elapsed()),
                ..call.clone()
            }),
            outcome => outcome,
        }
    }

    /// The card that was found, with what its client has.
    fn with_accounts(
        &self,
        judge: &Judge<'_>,
        uid: Uid,
        record: CardRecord,
        now: DateTime,
    ) -> Result<Card, ReadError> {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Question {
            client_id: i64,
            installation_id: i64,
        }
        let settings = &self.settings;
        let question = Question {
            client_id: record.client,
            installation_id: settings.installation_id,
        };
        let accounts = judge.read(self.post(RIGHTS, &question), |answer| {
            card::accounts(answer, settings, record.status, now)
        })?;
        let holder = settings.show_holder.then(|| self.holder(&uid)).flatten();
        Ok(Card {
            uid,
            card_id: record.id.to_string(),
            client_id: record.client.to_string(),
            number: record.number,
            status: record.status,
            holder,
            accounts,
        })
    }

    fn holder(&self, uid: &Uid) -> Option<String> {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Question<'a> {
            uid: &'a str,
            installation_id: i64,
        }
        let question = Question {
            uid: uid.reveal(),
            installation_id: self.settings.installation_id,
        };
        let outcome = self.post(CLIENT_BY_UID, &question);
        let holder = self
            .judge()
            .read(outcome, |answer| Ok(card::holder(answer)));
        holder.ok().flatten()
    }

    fn put(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        let id = match check::number_of(operation) {
            Ok(id) => id,
            Err(problem) => return Reply::Refused(problem),
        };
        let mut judge = self.judge();
        for uid in uids_in(body) {
            judge.hide_uid(&uid);
        }
        let outcome = self.exchange(PUT_CHECK, &[], Some(body));
        let reply = judge.sent(outcome, id, body, |answer| {
            lookback::stored(answer, body, &self.settings)
        });
        if matches!(&reply, Reply::Refused(problem) if problem.reason == Reason::ShiftClosed) {
            self.forget_shift();
        }
        reply
    }
}

impl Wallet for Lime {
    fn reachable(&self) -> Result<(), ReadError> {
        self.server_time().map(drop)
    }

    fn card(&self, uid: &Uid) -> Result<Card, ReadError> {
        let now = self.now();
        let mut judge = self.judge();
        judge.hide_uid(uid);
        let outcome = self.get(CARD_BY_UID, &[("uid", uid.reveal())]);
        let found = judge.read(outcome, |answer| {
            card::card(answer, &self.settings, uid, now)
        })?;
        let Some(record) = found else {
            return Err(ReadError::Refused(
                judge.problem(Reason::CardNotFound, &uid.masked()),
            ));
        };
        self.with_accounts(&judge, uid.clone(), record, now)
    }

    fn card_by_number(&self, number: &CardNumber) -> Result<Card, ReadError> {
        let now = self.now();
        let mut judge = self.judge();
        let no = |judge: &Judge<'_>, reason| {
            Err(ReadError::Refused(judge.problem(reason, number.as_str())))
        };
        if !self.settings.keyed_cards {
            return no(&judge, Reason::KeyedCardsOff);
        }
        let method = self.settings.card_by_number.trim_matches('/');
        if method.is_empty() {
            return no(&judge, Reason::NumberNotSearched);
        }
        let outcome = self.get(method, &[("code", number.as_str())]);
        let found = judge.read(outcome, |answer| {
            card::card_by_number(answer, &self.settings, number, now)
        })?;
        let Some((uid, record)) = found else {
            return no(&judge, Reason::CardNotFound);
        };
        judge.hide_uid(&uid);
        self.with_accounts(&judge, uid, record, now)
    }

    fn check_pin(&self, uid: &Uid, pin: &Pin) -> Reply<()> {
        self.ask_pin(uid, pin)
    }

    /// As far as the answer's way lets it be known.
    fn clock_ahead(&self) -> Result<Option<SignedDuration>, ReadError> {
        let before = self.now();
        let theirs = self.server_time()?;
        Ok(Some(ahead(before, theirs, self.now())))
    }

    fn next_operation(&self) -> Result<OperationId, ReadError> {
        self.need_shift()?;
        let cashdesk = self.settings.cashdesk_id.to_string();
        self.judge()
            .read(
                self.get(NEXT_CHECK_ID, &[("cashdeskId", &cashdesk)]),
                next_id,
            )
            .map(|id| OperationId(id.to_string()))
    }

    fn reserve_request(
        &self,
        operation: &OperationId,
        sale: &Sale,
        at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        check::body(&self.settings, operation, None, sale, at)
    }

    fn reserve(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        self.put(operation, body)
    }

    /// The sale check is final.
    fn holds(&self) -> bool {
        false
    }

    fn confirm(&self, _operation: &OperationId) -> Reply<()> {
        Reply::Done(())
    }

    fn undo_request(
        &self,
        operation: &OperationId,
        reserved: &OperationId,
        sale: &Sale,
        back: &Attribution,
        at: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        check::body(&self.settings, operation, Some((reserved, back)), sale, at)
    }

    fn undo(&self, operation: &OperationId, body: &[u8]) -> Reply<Stored> {
        self.put(operation, body)
    }

    fn find(&self, operation: &OperationId, body: &[u8]) -> Result<Found, ReadError> {
        let method = self.settings.read_check.trim_matches('/');
        let Ok(id) = check::number_of(operation) else {
            return Ok(Found::CannotTell);
        };
        if method.is_empty() {
            return Ok(Found::CannotTell);
        }
        let cashdesk = self.settings.cashdesk_id.to_string();
        let outcome = self.get(
            method,
            &[("cashdeskId", &cashdesk), ("id", &id.to_string())],
        );
        self.judge()
            .read(outcome, |answer| found(answer, id, body, &self.settings))
    }

    fn may_repeat(&self) -> bool {
        self.settings.repeat_same_check
    }

    fn made_since(&self, since: DateTime) -> Result<Option<SeenOperations>, ReadError> {
        self.list_since(since)
    }
}

/// How far a clock was surely ahead that was read between two moments of ours.
pub(super) fn ahead(before: DateTime, theirs: DateTime, after: DateTime) -> SignedDuration {
    if theirs < before {
        theirs.duration_since(before)
    } else if theirs > after {
        theirs.duration_since(after)
    } else {
        SignedDuration::ZERO
    }
}

fn next_id(answer: Option<&RawValue>) -> Result<i64, FieldError> {
    fields::id("check id", answer)
}

/// The body of a call.
fn written(body: &impl serde::Serialize) -> Result<Vec<u8>, NoAnswer> {
    serde_json::to_vec(body)
        .map_err(|error| NoAnswer::Call(CallError::NotConnected(error.to_string())))
}

fn time_of(answer: Option<&RawValue>) -> Result<DateTime, FieldError> {
    let raw = answer.ok_or(FieldError::Missing("time"))?;
    fields::local_time(raw).ok_or_else(|| fields::wrong("time", raw, fields::LOCAL_TIME))
}

fn found(
    answer: Option<&RawValue>,
    id: i64,
    body: &[u8],
    settings: &Settings,
) -> Result<Found, FieldError> {
    let Some(answer) = answer else {
        return Ok(Found::Absent);
    };
    judge::same_check(judge::stored_check(answer)?, id)?;
    let taken = || Found::taken(&OperationId(id.to_string()));
    match marks::whose(answer.get(), body) {
        Whose::Ours => Ok(Found::Executed(lookback::stored(answer, body, settings))),
        Whose::Anothers => Ok(taken()),
        // There is a check, and nothing says whose.
        Whose::NotShown => Ok(Found::CannotTell),
        Whose::Unclear => Err(FieldError::UnclearCheck),
    }
}

/// What may be a UID in a check that we send, so that it is not repeated from the server's words.
fn uids_in(body: &[u8]) -> Vec<Uid> {
    #[derive(Deserialize)]
    struct Body {
        entries: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        payments: Vec<Payment>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payment {
        transaction_reference: String,
    }
    let Ok(body) = serde_json::from_slice::<Body>(body) else {
        return Vec::new();
    };
    let mut uids: Vec<Uid> = body
        .entries
        .iter()
        .flat_map(|entry| &entry.payments)
        .flat_map(|payment| {
            payment
                .transaction_reference
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        })
        .filter(|word| word.parse::<PaymentId>().is_err())
        .flat_map(|word| word.split('-'))
        .filter_map(|word| Uid::new(word).ok())
        .collect();
    uids.sort_unstable();
    uids.dedup();
    uids
}

/// Reads a body as every answer that Lime may give, and forgets the results: the door for a fuzzer.
pub fn parse_every_answer(settings: &Settings, body: &[u8]) {
    let judge = Judge::new(&settings.refusals, "");
    let answer = || {
        Ok(Answer {
            status: 200,
            body: body.to_vec(),
            whole: true,
        })
    };
    let now = DateTime::ZERO;
    if let Ok(uid) = Uid::new("61366822") {
        let _ = judge.read(answer(), |value| card::card(value, settings, &uid, now));
    }
    if let Ok(number) = CardNumber::new("100038") {
        let _ = judge.read(answer(), |value| {
            card::card_by_number(value, settings, &number, now)
        });
    }
    let _ = judge.read(answer(), |value| {
        card::accounts(value, settings, CardStatus::Active, now)
    });
    let _ = judge.read(answer(), |value| Ok(card::holder(value)));
    let _ = judge.asked(answer(), pin::is_right);
    let _ = judge.read(answer(), next_id);
    let _ = judge.read(answer(), time_of);
    let _ = judge.read(answer(), shift::is_open);
    let _ = judge.read(answer(), |value| found(value, 1, b"{}", settings));
    let _ = judge.sent(answer(), 1, b"{}", |value| {
        lookback::stored(value, b"{}", settings)
    });
}

#[cfg(test)]
mod tests;
