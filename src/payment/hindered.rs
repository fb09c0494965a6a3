//! What an order's hindrance is for code, screen, log and scripts.

use crate::domain::Hindrance;

use super::reason::{Problem, Reason, Server};

impl From<Hindrance> for Problem {
    fn from(hindrance: Hindrance) -> Self {
        let of = |reason, detail: String| Self::of(Server::Rkeeper, reason, detail);
        match hindrance {
            Hindrance::Paid | Hindrance::Finished | Hindrance::Removed => {
                Self::own(Reason::OrderClosed, "")
            }
            Hindrance::Locked(who) => of(Reason::OrderLocked, who),
            Hindrance::ReceiptFailed { check_num } => {
                let number = check_num.map(|number| format!("№ {number}"));
                of(Reason::ReceiptFailed, number.unwrap_or_default())
            }
            Hindrance::Intended(sum) => of(Reason::PaymentIntended, sum.to_string()),
            Hindrance::Promised(sum) => of(Reason::PaymentPromised, sum.to_string()),
            Hindrance::SeveralReceipts(count) => of(Reason::SeveralReceipts, count.to_string()),
            Hindrance::NegativeTotal(total) => of(Reason::TotalNegative, total.to_string()),
            Hindrance::ZeroTotal => Self::own(Reason::TotalZero, ""),
            Hindrance::NothingDue => Self::own(Reason::NothingDue, ""),
            Hindrance::SumsDisagree { lines, order } => {
                of(Reason::BillContradicts, format!("{lines} ≠ {order}"))
            }
            Hindrance::DueDiffers { shown, calculated } => {
                of(Reason::SumMismatch, format!("{shown} ≠ {calculated}"))
            }
            Hindrance::LineUnknown(name) => of(Reason::LineUnknown, name),
            Hindrance::NoCurrency(words) => of(Reason::CurrencyNotAllowed, words),
        }
    }
}
