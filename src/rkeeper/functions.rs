//! What a node of r_keeper says it can do: `GetFunctions`.
//!
//! The list is not whole on every version (seen of 7.26), so a command that it lacks is no proof;
//! one that it has is.

use crate::payment::ports::ReadError;

use super::answer::QueryResult;
use super::client::Rkeeper;
use super::dialect::is_unknown_command;
use super::settings::Settings;
use super::{begun, intent, request, status, undo};

const COMMAND: &str = "GetFunctions";

/// What becomes of a command that this r_keeper does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// The older command is asked instead.
    Older(&'static str),
    /// Nothing is paid without it.
    NoPayments,
    /// Bills are paid as a whole, and nothing keeps them as they are meanwhile.
    Unlocked,
    /// What this setting allows does not work.
    NoSetting(&'static str),
    /// Looking back sees only orders that are still open.
    OpenOrdersOnly,
}

/// A command that this till may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The command.
    pub command: &'static str,
    /// What becomes of the work without it.
    pub without: Without,
}

impl Needed {
    const fn of(command: &'static str, without: Without) -> Self {
        Self { command, without }
    }

    /// What a till with these settings sends; references and the licence are looked at by their
    /// own questions.
    fn all(settings: &Settings) -> Vec<Self> {
        let parts = "rkeeper.part_payments";
        let steps = "rkeeper.two_step_part_payments";
        let intents = "rkeeper.intent_receipts";
        let locks = if settings.pay_without_lock {
            Without::Unlocked
        } else {
            Without::NoPayments
        };
        let own = &settings.take_back;
        let all = [
            (
                true,
                Self::of("GetOrderList2", Without::Older("GetOrderList")),
            ),
            (true, Self::of("GetOrder", Without::NoPayments)),
            (true, Self::of("LockOrder", locks)),
            (true, Self::of("CalcOrder3", Without::Older("CalcOrder2"))),
            (true, Self::of("PayOrder", Without::NoPayments)),
            (
                settings.intent_receipts,
                Self::of(intent::INTEND, Without::NoPayments),
            ),
            (
                settings.intent_receipts,
                Self::of(intent::CORRECT, Without::NoSetting(intents)),
            ),
            (
                settings.part_payments,
                Self::of("SaveOrder", Without::NoSetting(parts)),
            ),
            (
                settings.two_step_part_payments,
                Self::of(begun::START, Without::NoSetting(steps)),
            ),
            (
                settings.two_step_part_payments,
                Self::of(begun::PAY, Without::NoSetting(steps)),
            ),
            (
                own.remove_prepayments,
                Self::of(
                    undo::DELETE_PAYMENTS,
                    Without::NoSetting("rkeeper.remove_prepayments"),
                ),
            ),
            (
                own.undo_receipt,
                Self::of(
                    undo::UNDO_RECEIPT,
                    Without::NoSetting("rkeeper.undo_receipt"),
                ),
            ),
            (true, Self::of("GetReceiptList", Without::OpenOrdersOnly)),
        ];
        all.into_iter()
            .filter(|(used, _)| *used)
            .map(|(_, needed)| needed)
            .collect()
    }
}

/// The commands of a `GetFunctions` answer.
pub(super) fn listed(answer: &QueryResult) -> Vec<&str> {
    let queries = answer.payload().all("Query");
    queries
        .filter_map(|query| query.attribute("name"))
        .collect()
}

impl Rkeeper {
    /// The commands that this till may send and this node does not list; `None` where it cannot be
    /// asked for a list.
    pub fn unlisted(&self) -> Result<Option<Vec<Needed>>, ReadError> {
        let asked = self
            .read_or_failure(COMMAND, &request::functions())
            .and_then(|answer| match answer {
                Ok(answer) => {
                    let known = listed(&answer);
                    let mut needed = Needed::all(self.settings());
                    needed.retain(|own| !known.contains(&own.command));
                    Ok(Some(needed))
                }
                Err(failure) if is_unknown_command(&failure) => Ok(None),
                Err(failure) => Err(status::of_read(&failure)),
            });
        self.without_secrets(&[]).read(asked)
    }
}
