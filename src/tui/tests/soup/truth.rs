//! What must be true of every picture, read off the picture itself.

use std::time::Duration;

use proptest::prelude::*;

use crate::domain::Money;
use crate::payment::view::{PaymentView, RefundStanding, Standing};
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;

/// Whether a window shows the three sums whole.
fn is_big(till: &Till) -> bool {
    till.size.0 >= 80 && till.size.1 >= 18
}

/// The sum behind a label, as a person reads it.
fn read(screen: &str, label: &str) -> Option<Money> {
    let behind = screen.split_once(&format!("{label} "))?.1;
    let kept = |c: &char| {
        matches!(
            c,
            '0'..='9' | ',' | '-' | '\u{2212}' | ' ' | '\u{a0}' | '\u{202f}'
        )
    };
    let digits: String = behind.chars().take_while(kept).collect();
    // Between the sums there are at least two spaces.
    let digits = digits.split("  ").next()?;
    let plain: String = digits.chars().filter(|c| !c.is_whitespace()).collect();
    Money::parse_decimal(&plain.replace(',', ".").replace('\u{2212}', "-")).ok()
}

/// The sums on the payment screen are the sums of the state, and agree among themselves.
pub(super) fn sums_agree(till: &Till, screen: &str) -> Result<(), TestCaseError> {
    if till.app.ctx() != Ctx::Bill || !is_big(till) {
        return Ok(());
    }
    let bill = till.app.bill.as_ref().unwrap();
    let shown = ["К оплате", "Распределено", "Осталось"].map(|label| read(screen, label));
    let [due, given, left] = shown;
    prop_assert_eq!(due, Some(bill.order().unpaid), "{}", screen);
    prop_assert_eq!(given, bill.distributed(), "{}", screen);
    prop_assert_eq!(left, bill.left(), "{}", screen);
    let sum = given
        .zip(left)
        .and_then(|(given, left)| given.checked_add(left));
    prop_assert_eq!(sum, due, "{}", screen);
    Ok(())
}

/// The strongest words stand there exactly where the payment is at rest so.
pub(super) fn words_are_true(till: &Till, screen: &str) -> Result<(), TestCaseError> {
    let alone = matches!(till.app.ctx(), Ctx::Progress | Ctx::Result);
    if !alone || !is_big(till) {
        return Ok(());
    }
    let view = till
        .app
        .paying
        .as_ref()
        .and_then(|paying| paying.view.as_ref());
    let standing = view.map_or(Standing::Working, |view| view.standing);
    let kept = view.is_some_and(nothing_given_back);
    let paid = screen.contains("ОПЛАЧЕНО") || screen.contains("ОПЛАЧЕНА ЧАСТЬ");
    prop_assert_eq!(paid, standing == Standing::Paid && kept, "{}", screen);
    let untouched =
        screen.contains("Деньги не списаны.") || screen.contains("Деньги возвращены на");
    prop_assert!(!untouched || standing == Standing::Refused, "{}", screen);
    Ok(())
}

fn nothing_given_back(view: &PaymentView) -> bool {
    let mut refunds = view.refunds.iter();
    refunds.all(|refund| refund.standing == RefundStanding::Refused)
}

/// Since when a question stands drawn, as a bystander with a clock sees it.
#[derive(Default)]
pub(super) struct Watch {
    question: Option<(Ctx, Duration)>,
}

impl Watch {
    /// A frame was drawn at `till.now`.
    pub(super) fn look(&mut self, till: &Till) {
        let ctx = till.app.ctx();
        if self.question.is_none_or(|(known, _)| known != ctx) {
            self.question = Some((ctx, till.now));
        }
    }

    /// A key that was pressed at `stamp` answers a question that was drawn before.
    pub(super) fn allows(&self, stamp: Duration) -> Result<(), TestCaseError> {
        let drawn = self.question.is_some_and(|(_, drawn)| stamp > drawn);
        prop_assert!(drawn, "pressed at {:?}, {:?}", stamp, self.question);
        Ok(())
    }
}
