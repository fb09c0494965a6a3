//! What may change something at r_keeper: locks, payments, taking back. One at a time (`wire`), and
//! each answer sorted by how sure it is that nothing happened (`status`).

use std::time::Duration;

use crate::domain::OrderGuid;
use crate::payment::ports::{LockId, Receipt, Reply};
use crate::payment::reason::Reason;

use super::answer::{Failure, QueryResult, Status};
use super::client::Rkeeper;
use super::dialect::is_unknown_command;
use super::form::CommandForm;
use super::wire::of;
use super::{begun, intent, order, request, status, undo, xml};

/// The commands that pay; what cannot be read is taken for the first.
const PAYMENTS: [&str; 3] = ["PayOrder", "SaveOrder", begun::PAY];
/// The commands that take a payment back.
const TAKING_BACK: [&str; 2] = [undo::UNDO_RECEIPT, undo::DELETE_PAYMENTS];

impl Rkeeper {
    /// `LockOrder`.
    pub(super) fn ask_lock(&self, guid: &OrderGuid, lock: &LockId, time: Duration) -> Reply<()> {
        let body = self.dressed(request::lock(self.settings(), guid, lock, time));
        let deadline = self.settings().read_timeout;
        let answer = match self.wire().ask_alone("LockOrder", &body, deadline) {
            Ok(answer) => answer,
            Err(trouble) => return trouble.into(),
        };
        if let Some(failure) = answer.failure() {
            if !is_unknown_command(&failure) {
                return status::of_lock(&failure);
            }
            self.knows_locks(false);
            return if self.settings().pay_without_lock {
                Reply::Done(())
            } else {
                Reply::Refused(of(Reason::LockMissing, failure.text))
            };
        }
        self.knows_locks(true);
        match answer.attribute("locked") {
            _ if answer.status() != Status::Ok => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "LockOrder: a status that says nothing",
            )),
            Some("1" | "true") => Reply::Done(()),
            // Nothing was locked, and r_keeper does not say why.
            Some("0" | "false") => Reply::Refused(of(
                Reason::OrderLocked,
                "LockOrder: Ok, but locked=\"0\": no lock was given",
            )),
            Some(_) | None => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "LockOrder: the answer does not say whether the order is locked",
            )),
        }
    }

    /// Sends a request that pays, as it stands in the journal.
    pub(super) fn pay_once(&self, body: &[u8]) -> Reply<Receipt> {
        if let (mean, Some(finish)) = intent::split(body) {
            return self.pay_intended(mean, finish);
        }
        let command = command_of(body, &PAYMENTS).unwrap_or(PAYMENTS[0]);
        self.write(command, body, self.settings().pay_timeout, |answer| {
            Reply::Done(order::receipt(answer))
        })
    }

    /// Sends a command that moves money; `done` looks into an answer that says Ok.
    pub(super) fn write<T>(
        &self,
        command: &str,
        body: &[u8],
        deadline: Duration,
        done: impl FnOnce(&QueryResult) -> Reply<T>,
    ) -> Reply<T> {
        self.judged(command, body, deadline, status::of_payment, done)
    }

    fn judged<T>(
        &self,
        command: &str,
        body: &[u8],
        deadline: Duration,
        failed: impl FnOnce(&Failure) -> Reply<T>,
        done: impl FnOnce(&QueryResult) -> Reply<T>,
    ) -> Reply<T> {
        let answer = match self.wire().ask_alone(command, body, deadline) {
            Ok(answer) => answer,
            Err(trouble) => return trouble.into(),
        };
        match (answer.failure(), answer.status()) {
            (Some(failure), _) => failed(&failure),
            (None, Status::Ok) => done(&answer),
            (None, _) => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                format!("{command}: a status that says nothing"),
            )),
        }
    }

    /// Sends a request that takes a payment back; the manager's password is put in here.
    pub(super) fn annul_once(&self, body: &[u8]) -> Reply<()> {
        let own = &self.settings().take_back;
        let Some(command) = command_of(body, &TAKING_BACK) else {
            return Reply::Refused(of(Reason::AnnulByHand, ""));
        };
        let body = match undo::with_password(own, body) {
            Ok(body) => body,
            Err(problem) => return Reply::Refused(problem),
        };
        let deadline = self.settings().pay_timeout;
        self.judged(command, &body, deadline, status::of_annulment, |_| {
            Reply::Done(())
        })
    }
}

/// Which of these commands a request is, in whichever form; a write is alone in its query.
fn command_of(body: &[u8], known: &[&'static str]) -> Option<&'static str> {
    let query = xml::parse(body, "RK7Query").ok()?;
    let mut commands = query.root().children();
    let (Some(command), None) = (commands.next(), commands.next()) else {
        return None;
    };
    CommandForm::named(command.name())?;
    let name = command.attribute("CMD")?;
    known.iter().copied().find(|&known| known == name)
}
