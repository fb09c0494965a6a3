//! Exit codes. They say first of all whether money moved.

use crate::payment::reason::{Problem, Reason};
use crate::payment::view::{PaymentView, Standing};

/// How the process ends. The numbers are fixed: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitCode {
    /// Done.
    Done,
    /// Nothing is wrong but that the result could not be written.
    Failed,
    /// Wrong usage.
    Usage,
    /// Wrong config.
    Config,
    /// Refused, nothing moved.
    Refused,
    /// The outcome is not yet known; `recover` decides.
    Unknown,
    /// A server is not reachable, nothing moved.
    Unreachable,
    /// Journal unusable, or another instance runs.
    Journal,
    /// No such card, order, account or payment.
    NotFound,
    /// The till screen has no terminal to draw on; nothing was touched.
    NoTerminal,
}

impl ExitCode {
    /// The number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Refused => 4,
            Self::Unknown => 5,
            Self::Unreachable => 6,
            Self::Journal => 7,
            Self::NotFound => 8,
            Self::NoTerminal => 9,
        }
    }

    /// For something that did not happen, so that nothing moved.
    pub const fn of_reason(reason: Reason) -> Self {
        match reason {
            Reason::CardNotFound | Reason::OrderNotFound | Reason::AccountNotFound => {
                Self::NotFound
            }
            // A read without a usable answer: nothing moved, and the server cannot be worked with.
            Reason::ServerUnreachable
            | Reason::ServerBusy
            | Reason::AnswerLost
            | Reason::AnswerNotUnderstood => Self::Unreachable,
            Reason::JournalFailed | Reason::SecondInstance => Self::Journal,
            Reason::ConfigIncomplete => Self::Config,
            Reason::NotEnoughMoney
            | Reason::HoldClosed
            | Reason::HeldElsewhere
            | Reason::PinWrong
            | Reason::PinBlocked
            | Reason::PinNotChecked
            | Reason::CardAmbiguous
            | Reason::RefundTooLate
            | Reason::CardBlocked
            | Reason::CardExpired
            | Reason::AccountExpired
            | Reason::AccountNotSpendable
            | Reason::SplitInvalid
            | Reason::NumberTaken
            | Reason::SumTooLarge
            | Reason::OrderChanged
            | Reason::OrderPaidElsewhere
            | Reason::PaidUnclear
            | Reason::OrderClosed
            | Reason::OrderLocked
            | Reason::NothingDue
            | Reason::PaymentOpen
            | Reason::SumMismatch
            | Reason::CurrencyNotAllowed
            | Reason::ShiftClosing
            | Reason::ShiftClosed
            | Reason::ShiftTooLong
            | Reason::PrinterFailed
            | Reason::TerminalFailed
            | Reason::CardSystemRefused
            | Reason::PersonalLimit
            | Reason::RightsMissing
            | Reason::AccessDenied
            | Reason::LicenceMissing
            | Reason::LicenceExpired
            | Reason::LicenceNumber
            | Reason::LicenceBusy
            | Reason::RequestNotUnderstood
            | Reason::ServerRefused
            | Reason::Cancelled
            | Reason::Interrupted
            | Reason::NothingToRefund
            | Reason::RefundTooLarge
            | Reason::NothingToDecide
            | Reason::AnnulByHand
            | Reason::AccountRule
            | Reason::KeyedCardsOff
            | Reason::NumberNotSearched
            | Reason::CardNumberWrong
            | Reason::BillContradicts
            | Reason::ReceiptFailed
            | Reason::PaymentIntended
            | Reason::LockMissing
            | Reason::IntentReceiptWanted
            | Reason::IntentReceiptStands
            | Reason::IntentReceiptWhole
            | Reason::PaymentPromised
            | Reason::SeveralReceipts
            | Reason::TotalNegative
            | Reason::TotalZero
            | Reason::LineUnknown => Self::Refused,
        }
    }

    /// For a call that failed before anything moved.
    pub const fn of_problem(problem: &Problem) -> Self {
        Self::of_reason(problem.reason)
    }

    /// For a payment as it stands.
    pub fn of_view(view: &PaymentView) -> Self {
        match view.standing {
            Standing::Paid => Self::Done,
            Standing::Refused => view
                .problem
                .as_ref()
                .map_or(Self::Refused, Self::of_problem),
            Standing::Working | Standing::Unknown | Standing::NeedsManager => Self::Unknown,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_code() {
        let of = |code| -> Vec<&str> {
            Reason::ALL
                .iter()
                .filter(|&&reason| ExitCode::of_reason(reason).number() == code)
                .map(|reason| reason.code())
                .collect()
        };
        assert_eq!(of(3), ["config_incomplete"]);
        assert_eq!(
            of(6),
            [
                "server_unreachable",
                "server_busy",
                "answer_lost",
                "answer_not_understood"
            ]
        );
        assert_eq!(of(7), ["journal_failed", "second_instance"]);
        assert_eq!(
            of(8),
            ["card_not_found", "account_not_found", "order_not_found"]
        );
        let refused = of(4);
        assert_eq!(refused.len(), Reason::ALL.len() - 10);
        for none in [0, 1, 2, 5, 9] {
            assert!(of(none).is_empty());
        }
    }

    #[test]
    fn numbers_are_fixed() {
        let all = [
            ExitCode::Done,
            ExitCode::Failed,
            ExitCode::Usage,
            ExitCode::Config,
            ExitCode::Refused,
            ExitCode::Unknown,
            ExitCode::Unreachable,
            ExitCode::Journal,
            ExitCode::NotFound,
            ExitCode::NoTerminal,
        ];
        assert_eq!(all.map(ExitCode::number), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
