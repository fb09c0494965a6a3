//! Changes that somebody else makes: another till, or the resort's office.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use serde::Deserialize;

use super::genesis::ref_item;
use super::licence::Subscription;
use super::lime::tokens::Login;
use super::rkeeper::intent::{finish, take_back};
use super::rkeeper::pay::close;
use super::rkeeper::profile::{Habit, Profile, Version};
use super::rkeeper::receipts::annul;
use super::scenario::{Roubles, Thousandths};
use super::world::{Dish, Extras, Hurdles, Lock, MenuItem, Order, Payment, RefItem, World};
use crate::domain::{Money, Quantity};

/// One change; the table in [`super::control`] says what each needs.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Edit {
    AddDish {
        order: String,
        code: i64,
        name: String,
        price: Roubles,
        #[serde(default)]
        quantity: Option<Thousandths>,
    },
    #[serde(alias = "pay_rest")]
    PayOrder {
        order: String,
    },
    #[serde(alias = "prepay")]
    PrepayOrder {
        order: String,
        amount: Roubles,
    },
    DeletePrepayments {
        order: String,
    },
    UndoReceipt {
        order: String,
    },
    LockOrder {
        order: String,
        station: String,
        operator: String,
    },
    UnlockOrder {
        order: String,
    },
    CloseOrder {
        order: String,
    },
    TidyOrder {
        order: String,
    },
    BlockCard {
        uid: String,
    },
    UnblockCard {
        uid: String,
    },
    SetBalance {
        account: String,
        amount: Roubles,
    },
    /// An account may be used before that time only; without one for ever.
    SetValidTo {
        account: String,
        #[serde(default)]
        valid_to: Option<DateTime>,
    },
    /// All live holds run out.
    ExpireHolds {},
    /// What is left out becomes as usual.
    Profile {
        #[serde(default)]
        version: Version,
        #[serde(default)]
        habits: BTreeSet<Habit>,
        #[serde(default)]
        print_ms: u64,
    },
    /// Somebody finishes the order at the till, or takes its receipt of intent back there.
    FinishIntent {
        order: String,
    },
    TakeBackIntent {
        order: String,
    },
    CloseShift {},
    OpenShift {},
    RepeatNumber {},
    UseLicenceNumbers {
        #[serde(default = "one")]
        count: u64,
    },
    ForgetLicenceAnswers {},
    ForgetInstances {},
    ExpireLicence {},
    EndTokens {},
    EndSessions {},
    ChangePassword {
        password: String,
    },
    RestoreBackup {
        checks: usize,
    },
}

/// Makes the change; the error is a sentence.
pub(super) fn apply(world: &mut World, edit: Edit, now: DateTime) -> Result<(), String> {
    match edit {
        Edit::AddDish {
            order,
            code,
            name,
            price,
            quantity,
        } => add_dish(
            world,
            &order,
            MenuItem {
                group: 0,
                code,
                name,
                price: price.0,
            },
            quantity.map_or(Quantity::ONE, |quantity| quantity.0),
        ),
        Edit::PayOrder { order } => pay_order(world, &order, now),
        Edit::PrepayOrder { order, amount } => prepay_order(world, &order, amount.0),
        Edit::DeletePrepayments { order } => with_order(world, &order, |order| {
            order.version += 1;
            for line in &mut order.prepayments {
                line.deleted = true;
            }
        }),
        Edit::UndoReceipt { order } => undo_receipt(world, &order, now),
        Edit::LockOrder {
            order,
            station,
            operator,
        } => {
            let lock = Lock {
                guid: None,
                station: named("station", &world.till.stations, &station)?,
                operator: named("employee", &world.till.employees, &operator)?,
                until: None,
            };
            with_order(world, &order, |order| order.lock = Some(lock))
        }
        Edit::Profile {
            version,
            habits,
            print_ms,
        } => {
            world.till.profile = Profile {
                version,
                habits,
                print_ms,
            };
            Ok(())
        }
        Edit::FinishIntent { order } => end_intent(world, &order, |world, index| {
            finish(world, index, now).is_some()
        }),
        Edit::TakeBackIntent { order } => end_intent(world, &order, take_back),
        Edit::UnlockOrder { order } => with_order(world, &order, |order| order.lock = None),
        Edit::CloseOrder { order } => with_order(world, &order, |order| {
            order.dropped = true;
            order.closed_at = Some(now);
            order.version += 1;
        }),
        Edit::TidyOrder { order } => with_order(world, &order, |order| {
            order.hurdles = Hurdles::default();
            order.failed = None;
            order.version += 1;
        }),
        Edit::BlockCard { uid } => block(world, &uid, true),
        Edit::UnblockCard { uid } => block(world, &uid, false),
        Edit::SetBalance { account, amount } => set_balance(world, &account, amount.0, now),
        Edit::SetValidTo { account, valid_to } => set_valid_to(world, &account, valid_to),
        Edit::ExpireHolds {} => {
            world.gateway.expire_all(now);
            Ok(())
        }
        Edit::CloseShift {} => {
            world.resort.shift.open = false;
            Ok(())
        }
        Edit::OpenShift {} => {
            world.resort.shift.open = true;
            Ok(())
        }
        Edit::RepeatNumber {} => repeat_number(world),
        Edit::UseLicenceNumbers { count } => {
            with_licence(world, |licence| licence.use_numbers(count))
        }
        Edit::ForgetLicenceAnswers {} => with_licence(world, Subscription::forget_answers),
        Edit::ForgetInstances {} => with_licence(world, |licence| licence.instances.clear()),
        Edit::ExpireLicence {} => expire_licence(world, now),
        Edit::EndTokens {} => with_login(world, |login| login.end_tokens(now)),
        Edit::EndSessions {} => with_login(world, |login| login.end_sessions(now)),
        Edit::ChangePassword { password } => with_login(world, |login| login.password = password),
        Edit::RestoreBackup { checks } => restore_backup(world, checks),
    }
}

fn repeat_number(world: &mut World) -> Result<(), String> {
    let last = world.resort.checks.last().ok_or("no check is posted yet")?;
    world.resort.next_check_id = last.id;
    Ok(())
}

/// Somebody deals with an order's receipt of intent.
fn end_intent(
    world: &mut World,
    order: &str,
    end: impl FnOnce(&mut World, usize) -> bool,
) -> Result<(), String> {
    let index = order_index(world, order)?;
    let ended = end(world, index);
    ended
        .then_some(())
        .ok_or_else(|| format!("order {order} has no receipt of intent"))
}

const fn one() -> u64 {
    1
}

fn with_licence(world: &mut World, change: impl FnOnce(&mut Subscription)) -> Result<(), String> {
    let licence = world.till.subscription.as_mut();
    change(licence.ok_or("the site has no subscription")?);
    Ok(())
}

fn expire_licence(world: &mut World, now: DateTime) -> Result<(), String> {
    let day = now.date().yesterday().map_err(|error| error.to_string())?;
    with_licence(world, |licence| licence.expires = day)
}

fn with_login(world: &mut World, change: impl FnOnce(&mut Login)) -> Result<(), String> {
    change(world.resort.login.as_mut().ok_or("nobody logs in here")?);
    Ok(())
}

fn order_index(world: &World, named: &str) -> Result<usize, String> {
    let is_named = |order: &Order| order.name == named || order.guid == named;
    let index = world.till.orders.iter().position(is_named);
    index.ok_or_else(|| format!("no order {named}"))
}

/// An open order that is changed; the list of orders changes with it.
fn with_order(
    world: &mut World,
    named: &str,
    change: impl FnOnce(&mut Order),
) -> Result<(), String> {
    let index = order_index(world, named)?;
    let order = world.till.orders.get_mut(index).ok_or("no order")?;
    if order.is_closed() {
        return Err(format!("order {named} is closed"));
    }
    change(order);
    world.till.list_version += 1;
    Ok(())
}

fn named(what: &str, items: &[RefItem], name: &str) -> Result<RefItem, String> {
    let found = items
        .iter()
        .find(|item| item.code == name || item.name == name);
    found.cloned().ok_or_else(|| format!("no {what} {name}"))
}

fn add_dish(
    world: &mut World,
    order: &str,
    item: MenuItem,
    quantity: Quantity,
) -> Result<(), String> {
    let of_accounts = world.resort.account_types.iter();
    if of_accounts.into_iter().any(|own| own.id == item.code) {
        return Err(format!("code {} belongs to an account type", item.code));
    }
    with_order(world, order, |order| {
        let uni = order.next_uni();
        order.version += 1;
        order.dishes.push(Dish {
            uni,
            code: item.code,
            name: item.name.clone(),
            price: item.price,
            quantity,
            modifiers: Vec::new(),
            extras: Extras::default(),
        });
    })?;
    if !world.resort.menu.iter().any(|own| own.code == item.code) {
        world.resort.menu.push(item);
    }
    Ok(())
}

fn cash(world: &World) -> RefItem {
    let first = world.till.currencies.first();
    first.cloned().unwrap_or_else(|| ref_item(1, "1", "Cash"))
}

fn pay_order(world: &mut World, order: &str, now: DateTime) -> Result<(), String> {
    let index = order_index(world, order)?;
    let own = world.till.orders.get(index).ok_or("no order")?;
    if own.is_closed() {
        return Err(format!("order {order} is closed"));
    }
    // Whoever pays otherwise takes a receipt of intent back first.
    take_back(world, index);
    let own = world.till.orders.get(index).ok_or("no order")?;
    let due = own.sums().ok_or("sums too large")?.unpaid;
    let payment = Payment::of(cash(world), due);
    // Another till, where there is one.
    let station = world.till.stations.last().ok_or("no station")?.clone();
    let is_manager = |item: &RefItem| world.till.managers.iter().any(|own| own.code == item.code);
    let cashier = world
        .till
        .employees
        .iter()
        .rev()
        .find(|own| !is_manager(own));
    let cashier = cashier.ok_or("no employee")?.clone();
    close(world, index, vec![payment], station, cashier, now);
    Ok(())
}

fn prepay_order(world: &mut World, order: &str, amount: Money) -> Result<(), String> {
    let index = order_index(world, order)?;
    let sums = world.till.orders.get(index).and_then(Order::sums);
    let due = sums.ok_or("sums too large")?.unpaid;
    if !amount.is_positive() || amount > due {
        return Err(format!("only {due} is due"));
    }
    let payment = Payment::of(cash(world), amount);
    with_order(world, order, |order| {
        order.version += 1;
        order.add_prepayment(payment);
    })
}

/// A manager annuls the receipt at the station; the rights of the interface do not matter there.
fn undo_receipt(world: &mut World, order: &str, now: DateTime) -> Result<(), String> {
    let index = order_index(world, order)?;
    let employees = &world.till.employees;
    let code = world.till.managers.first().map(|own| own.code.as_str());
    let manager = employees.iter().find(|own| Some(own.code.as_str()) == code);
    let manager = manager.or(employees.last()).ok_or("no employee")?.clone();
    let reasons = &world.till.void_reasons;
    let reason = reasons.iter().find(|own| own.on_check_undo);
    let reason = reason.map_or_else(|| ref_item(1, "1", "-"), |own| own.item.clone());
    if annul(world, index, manager, reason, now) {
        Ok(())
    } else {
        Err(format!("order {order} has no receipt"))
    }
}

/// Lime comes back from a backup that holds the first checks only: later checks, every change of
/// a balance since, and the numbers given out since are forgotten.
fn restore_backup(world: &mut World, checks: usize) -> Result<(), String> {
    let resort = &mut world.resort;
    let first_lost = resort.checks.get(checks).ok_or("no check to forget")?;
    let first_lost_id = first_lost.id;
    let kept = resort.checks.iter().take(checks);
    let kept_rows: usize = kept
        .flat_map(|check| &check.entries)
        .map(|entry| entry.payments.len())
        .sum();
    let of_checks = resort.ledger.iter().enumerate();
    let mut of_checks = of_checks.filter(|(_, row)| row.check.is_some());
    let cut = of_checks.nth(kept_rows).map(|(index, _)| index);
    let lost = resort.ledger.split_off(cut.unwrap_or(resort.ledger.len()));
    for row in lost.iter().rev() {
        let right = resort.rights.iter_mut().find(|own| own.id == row.right_id);
        let right = right.ok_or("no such account")?;
        right.amount = right
            .amount
            .checked_sub(row.change)
            .ok_or("sums too large")?;
    }
    resort.checks.truncate(checks);
    resort.next_check_id = first_lost_id;
    Ok(())
}

fn block(world: &mut World, uid: &str, blocked: bool) -> Result<(), String> {
    let card = world.resort.cards.iter_mut().find(|card| card.uid == uid);
    card.ok_or("no such card")?.blocked = blocked;
    Ok(())
}

fn set_valid_to(
    world: &mut World,
    account: &str,
    valid_to: Option<DateTime>,
) -> Result<(), String> {
    let id: i64 = account.parse().map_err(|_| "no such account")?;
    let right = world.resort.rights.iter_mut().find(|own| own.id == id);
    right.ok_or("no such account")?.valid_to = valid_to;
    Ok(())
}

fn set_balance(
    world: &mut World,
    account: &str,
    amount: Money,
    now: DateTime,
) -> Result<(), String> {
    let id: i64 = account.parse().map_err(|_| "no such account")?;
    let right = world.resort.right(id).ok_or("no such account")?;
    let change = amount.checked_sub(Money::from_kopecks(right.amount));
    let change = change.ok_or("sums too large")?;
    if world.resort.book(id, change, now, None) {
        Ok(())
    } else {
        Err("no such account".to_owned())
    }
}
