//! What an order's hindrance is for code, screen, log and scripts.

use crate::domain::Hindrance;

use super::reason::{Problem, Reason, Server};

impl From<Hindrance> for Problem {
    fn from(hindrance: Hindrance) -> Self {
        let of = |reason, detail: String| Self::of(Server::Rkeeper, reason, detail);
        // Their words tell the cashier where to go; whose word it is matters less.
        let own = |reason, detail: String| Self::own(reason, detail);
        match hindrance {
            Hindrance::Paid | Hindrance::Finished | Hindrance::Removed => {
                Self::own(Reason::OrderClosed, "")
            }
            Hindrance::Locked(who) => of(Reason::OrderLocked, who),
            Hindrance::ReceiptFailed { check_num } => {
                let number = check_num.map(|number| format!("№ {number}"));
                own(Reason::ReceiptFailed, number.unwrap_or_default())
            }
            Hindrance::Intended(sum) => own(Reason::PaymentIntended, sum.to_string()),
            Hindrance::Promised(sum) => own(Reason::PaymentPromised, sum.to_string()),
            Hindrance::SeveralReceipts(count) => own(Reason::SeveralReceipts, count.to_string()),
            Hindrance::NegativeTotal(total) => own(Reason::TotalNegative, total.to_string()),
            Hindrance::ZeroTotal => Self::own(Reason::TotalZero, ""),
            Hindrance::NothingDue => Self::own(Reason::NothingDue, ""),
            Hindrance::SumsDisagree { lines, order } => {
                own(Reason::BillContradicts, format!("{lines} ≠ {order}"))
            }
            Hindrance::DueDiffers { shown, calculated } => {
                of(Reason::SumMismatch, format!("{shown} ≠ {calculated}"))
            }
            Hindrance::LineUnknown(name) => own(Reason::LineUnknown, name),
            Hindrance::NoCurrency(words) => of(Reason::CurrencyNotAllowed, words),
        }
    }
}
