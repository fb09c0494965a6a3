//! Which account pays which dish: a number for each account that pays, and those numbers beside the
//! dishes. They are the numbers of the payment's legs, as the command line names them.

use super::super::app::App;
use super::super::bill::{Bill, DishPart};
use crate::domain::{Account, Line};

/// With more accounts on one dish the rest is an ellipsis: the selected dish says all.
const NUMBERS_MAX: usize = 3;

/// `[1]`, `[1+2]`; nothing where one account pays everything, or nobody this dish yet.
pub(super) fn of_dish(bill: &Bill, line: &Line) -> String {
    numbers(bill.payers_of(line))
}

/// The same for what is added to the whole order.
pub(super) fn of_service(bill: &Bill) -> String {
    numbers(bill.payers_of_service())
}

fn numbers(parts: &[DishPart]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let shown = parts.len().min(NUMBERS_MAX);
    let numbers: Vec<String> = parts
        .iter()
        .take(shown)
        .map(|part| part.leg.to_string())
        .collect();
    let more = if parts.len() > shown { "+…" } else { "" };
    format!("[{}{more}]", numbers.join("+"))
}

/// `[1] `, before the name of an account.
pub(super) fn of_account(bill: &Bill, account: &Account) -> String {
    let number = bill.leg_of(&account.id);
    number.map_or_else(String::new, |number| format!("[{number}] "))
}

/// `650,00: [1] Депозит 450,00 + [2] Бонусы 200,00`, of one account `[1] Депозит 650,00`; to be broken only between the accounts.
pub(super) fn in_words(app: &App, bill: &Bill, line: &Line) -> Option<String> {
    let parts = bill.payers_of(line);
    let due = crate::domain::Money::total(parts.iter().map(|part| part.amount))?;
    let one = |part: &DishPart| {
        let name = bill.payer_name(part.leg).unwrap_or_default();
        format!("[{}] {name} {}", part.leg, part.amount.grouped()).replace(' ', "\u{a0}")
    };
    if let [alone] = parts {
        return Some(one(alone));
    }
    let who: Vec<String> = parts.iter().map(one).collect();
    let values: [(&str, &dyn std::fmt::Display); 2] =
        [("sum", &due.grouped()), ("who", &who.join("\u{a0}+ "))];
    (!parts.is_empty()).then(|| app.texts.fill("till.bill.pays_dish", &values))
}
