//! What must never be seen in the books, whoever caused it: looked for after every change, and
//! kept as a violation even when it is put right later.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Check, CheckKind, Part, World};
use crate::domain::Money;

/// Records what is wrong now and was not recorded yet.
pub(super) fn look(world: &mut World) {
    let mut findings = markers(world);
    findings.extend(returns_above_sales(world));
    findings.extend(double_debits(world));
    for finding in findings {
        if !world.violations.contains(&finding) {
            world.violation(finding);
        }
    }
}

/// A marker (`extTransactionInfo`) stands for one payment: money under it must be there once.
fn markers(world: &World) -> Vec<String> {
    let mut prepaid = BTreeSet::new();
    let mut paid = BTreeSet::new();
    let mut findings = Vec::new();
    for order in &world.till.orders {
        for line in order.prepayments.iter().filter(|line| line.is_money()) {
            if !line.ext_info.is_empty() && !prepaid.insert(line.ext_info.as_str()) {
                findings.push(format!(
                    "books: prepayment {} is counted twice",
                    line.ext_info
                ));
            }
        }
        for line in order.receipt.iter().flat_map(|receipt| &receipt.payments) {
            if !line.ext_info.is_empty() && !paid.insert(line.ext_info.as_str()) {
                findings.push(format!("books: payment {} is there twice", line.ext_info));
            }
        }
    }
    let both = prepaid.intersection(&paid);
    findings
        .extend(both.map(|marker| format!("books: {marker} is there as prepayment and payment")));
    findings
}

/// Sums by check id, entry of the sale, and payment reference.
type Sums<'a> = BTreeMap<(i64, i64, &'a str), Money>;

fn sums(checks: &[Check], kind: CheckKind) -> Sums<'_> {
    let mut sums = Sums::new();
    for check in checks.iter().filter(|check| check.kind == kind) {
        for entry in &check.entries {
            let (sale, original) = match kind {
                CheckKind::Sale => (Some(check.id), Some(entry.id)),
                CheckKind::Return => (check.return_of, entry.return_of),
            };
            for part in &entry.payments {
                let key = (
                    sale.unwrap_or_default(),
                    original.unwrap_or_default(),
                    part.reference.as_str(),
                );
                let sum: &mut Money = sums.entry(key).or_default();
                *sum = sum.checked_add(part.amount).unwrap_or(*sum);
            }
        }
    }
    sums
}

fn returns_above_sales(world: &World) -> Vec<String> {
    let sold = sums(&world.resort.checks, CheckKind::Sale);
    let returned = sums(&world.resort.checks, CheckKind::Return);
    let above = returned
        .into_iter()
        .filter(|(key, sum)| sold.get(key).is_none_or(|sold| sum > sold));
    above
        .map(|((sale, entry, reference), sum)| {
            format!(
                "books: {sum} came back of entry {entry} of check {sale} for {}, more than was sold",
                marker(reference)
            )
        })
        .collect()
}

/// Two sales must not both hold money under one reference.
fn double_debits(world: &World) -> Vec<String> {
    let returned = sums(&world.resort.checks, CheckKind::Return);
    let mut by_sale: BTreeMap<(i64, &str), Money> = BTreeMap::new();
    for ((sale, _, reference), sum) in returned {
        let back = by_sale.entry((sale, reference)).or_default();
        *back = back.checked_add(sum).unwrap_or(*back);
    }
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for sale in &world.resort.checks {
        if sale.kind != CheckKind::Sale {
            continue;
        }
        let mut taken: BTreeMap<&str, Money> = BTreeMap::new();
        for Part {
            reference, amount, ..
        } in sale.entries.iter().flat_map(|entry| &entry.payments)
        {
            let sum = taken.entry(reference).or_default();
            *sum = sum.checked_add(*amount).unwrap_or(*sum);
        }
        for (reference, sum) in taken {
            let back = by_sale.get(&(sale.id, reference)).copied();
            if sum > back.unwrap_or_default() {
                *holders.entry(reference).or_default() += 1;
            }
        }
    }
    let twice = holders.into_iter().filter(|(_, sales)| *sales > 1);
    twice
        .map(|(reference, _)| format!("books: {} is debited twice", marker(reference)))
        .collect()
}

/// The payment and leg of a reference, without account and card.
fn marker(reference: &str) -> &str {
    reference.rsplit(';').next().unwrap_or_default()
}
