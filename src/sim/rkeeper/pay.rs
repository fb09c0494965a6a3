//! `CalcOrder3` and `PayOrder`.

use jiff::civil::DateTime;

use super::answer::{Outcome, Refusal};
use super::commands::{find_order, integer, reference, required, with_sums};
use super::lock::{check_lock_guid, closed, may_write};
use super::order::Sums;
use super::profile::Habit;
use super::{intent, prepay, view};
use crate::domain::{Attribution, Money};
use crate::sim::world::{Hurdles, Order, Payment, Receipt, RefItem, World};
use crate::sim::xml::Element;

/// `errcode` of a currency that cannot be used.
const NOT_ACTIVE: i64 = 1;
/// Number of a printer's failure; the real one is not known.
const PRINTER_NUMBER: i64 = 3901;

/// `CalcOrder3`: the recalculated order, which currencies may pay how much, and which dish would
/// be paid by which.
pub(super) fn calc_order(
    world: &World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let (order, sums) = with_sums(world, find_order(world, command)?)?;
    if let Some(station) = command.first("Station") {
        reference(&world.till.stations, "Cashes", station)?;
    }
    if let Some(cashier) = command.first("Cashier") {
        reference(&world.till.employees, "Employees", cashier)?;
    }
    if order.is_closed() {
        return Err(closed(order));
    }
    let to_pay = to_pay(&sums)?;
    let reason = command.first("PrepayReason");
    if let Some(reason) = reason {
        prepay::prepay_reason(world, reason)?;
    }
    let mut wanted: Vec<(&RefItem, Money)> = Vec::new();
    let given = command.first("Payments");
    // Payments, or prepayments with their reason.
    let kind = if reason.is_some() { "Prepay" } else { "Pay" };
    let given = given.into_iter().flat_map(|own| &own.children);
    for pay in given {
        if pay.name != kind {
            return Err(Refusal::parameters(
                "Payments holds Pay, or Prepay with a PrepayReason".to_owned(),
            ));
        }
        let currency = reference(&world.till.currencies, "Currencies", pay)?;
        wanted.push((currency, Money::from_kopecks(integer(pay, "amount")?)));
    }
    let asked = !wanted.is_empty();
    if !asked {
        let all = world.till.currencies.iter();
        wanted = all.map(|currency| (currency, to_pay)).collect();
    }
    let mut left = to_pay;
    let mut payments = Element::new("Payments");
    for (currency, amount) in &wanted {
        let possible = if !currency.active || amount.is_negative() {
            Money::ZERO
        } else {
            (*amount).min(left)
        };
        if asked {
            left = left.checked_sub(possible).unwrap_or_default();
        }
        let (code, text) = if currency.active {
            (0, "")
        } else {
            (NOT_ACTIVE, "Валюта не активна")
        };
        payments.children.push(
            view::reference("Pay", currency)
                .with("amount", possible.kopecks())
                .with("errcode", code)
                .with("text", text),
        );
    }
    let calculated = Sums {
        unpaid: to_pay,
        ..sums
    };
    let mut payload = vec![view::order(order, &calculated, now), payments];
    if asked && let Some(bindings) = bindings(order, &wanted) {
        payload.push(bindings);
    }
    Ok(Outcome::ok(payload))
}

fn to_pay(sums: &Sums) -> Result<Money, Refusal> {
    let too_large = || Refusal::unnumbered("Сумма заказа слишком велика".to_owned());
    sums.to_pay().ok_or_else(too_large)
}

/// As `CalcOrder2` answers: only the currencies that may pay, and not why the others may not.
pub(super) fn without_reasons(mut calculated: Outcome) -> Outcome {
    for payments in &mut calculated.payload {
        if payments.name == "Payments" {
            let may = |pay: &Element| pay.attribute("errcode") == Some("0");
            payments.children.retain(may);
            for pay in &mut payments.children {
                let told = |name: &String| name != "errcode" && name != "text";
                pay.attributes.retain(|(name, _)| told(name));
            }
        }
    }
    calculated
}

/// Which currency pays what of which dish, where the sums agree and nothing but dishes is due.
fn bindings(order: &Order, wanted: &[(&RefItem, Money)]) -> Option<Element> {
    let mut dues = order.dues()?;
    if dues.len() > order.dishes.len() && dues.pop()?.is_positive() {
        return None;
    }
    let sums: Vec<Money> = wanted.iter().map(|(_, amount)| *amount).collect();
    let parts = Attribution::in_order(&dues, &sums).ok()?.parts;
    let mut bindings = Element::new("Bindings");
    for part in parts {
        let dish = order.dishes.get(part.line)?;
        let (currency, _) = wanted.get(part.leg)?;
        bindings.children.push(
            Element::new("Binding")
                .with("line_guid", order.line_guid(dish.uni))
                .with("currency_guid", &currency.guid)
                .with("amount", part.amount.kopecks())
                .with("quantity", dish.quantity.thousandths()),
        );
    }
    Some(bindings)
}

/// `PayOrder`: all or nothing; closes the order and prints its receipt.
pub(super) fn pay_order(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<Outcome, Refusal> {
    let (index, Desk { station, cashier }) = to_be_closed(world, command, now)?;
    let (order, sums) = with_sums(world, index)?;
    let intent = order.hurdles.intent.clone();
    if order.failed.is_some() {
        return Err(Refusal::unnumbered(
            "В заказе есть ошибочный чек".to_owned(),
        ));
    }
    if world.till.profile.has(Habit::IntentReceipts) && intent.is_none() {
        return Err(Refusal::unnumbered(
            "Сначала нужен чек намерения".to_owned(),
        ));
    }
    let mut payments = payments(world, command)?;
    check_sum(&payments, &sums)?;
    if let Some(intent) = &intent {
        payments.clone_from(&intent.payments);
    }
    if world.till.profile.has(Habit::PrinterFails) {
        return Err(fail(world, index, payments, station, cashier, now));
    }
    let receipt = match intent {
        Some(_) => intent::finish(world, index, now),
        None => close(world, index, payments, station, cashier, now),
    };
    let receipt = receipt.ok_or_else(|| Refusal::unnumbered("Заказ не найден".to_owned()))?;
    let (order, _) = with_sums(world, index)?;
    let mut payload = vec![view::print_check(&receipt, None).with("orderGuid", &order.guid)];
    if world.till.profile.has(Habit::PrinterWarns) {
        payload.push(Element::new("PrintCheckWarning").saying("Заканчивается бумага"));
    }
    Ok(Outcome::ok(payload))
}

/// The open order that a command is to pay whole, which may be written to, and who pays it where.
pub(super) fn to_be_closed(
    world: &mut World,
    command: &Element,
    now: DateTime,
) -> Result<(usize, Desk), Refusal> {
    let index = find_order(world, command)?;
    let desk = Desk::named(world, command)?;
    let lock_guid = check_lock_guid(world, command);
    let (order, _) = with_sums(world, index)?;
    if order.is_closed() {
        return Err(closed(order));
    }
    may_write(order, lock_guid, now)?;
    Ok((index, desk))
}

/// The sum of the payments is exactly what is to be paid.
pub(super) fn check_sum(payments: &[Payment], sums: &Sums) -> Result<(), Refusal> {
    let offered = Money::total(payments.iter().map(|payment| payment.amount));
    if offered == Some(to_pay(sums)?) {
        return Ok(());
    }
    Err(Refusal::numbered(
        3373,
        "Недостаточно денег для полной оплаты заказа".to_owned(),
    ))
}

/// Where a payment is made, and by whom.
pub(super) struct Desk {
    pub station: RefItem,
    pub cashier: RefItem,
}

impl Desk {
    /// As a command names them.
    pub fn named(world: &World, command: &Element) -> Result<Self, Refusal> {
        let station = required(command, "Station")?;
        let cashier = required(command, "Cashier")?;
        Ok(Self {
            station: reference(&world.till.stations, "Cashes", station)?.clone(),
            cashier: reference(&world.till.employees, "Employees", cashier)?.clone(),
        })
    }
}

/// The printer fails in the middle: the receipt stays on the order with its payments, unprinted, and
/// nothing is paid. What a real server shows beyond `receiptError` is not documented.
fn fail(
    world: &mut World,
    index: usize,
    payments: Vec<Payment>,
    station: RefItem,
    cashier: RefItem,
    now: DateTime,
) -> Refusal {
    if let Some(order) = world.till.orders.get_mut(index) {
        let uni = order.next_uni();
        order.failed = Some(Receipt {
            uni,
            line_guid: order.line_guid(uni),
            check_num: 0,
            printed_at: now,
            total: order.sums().map_or(Money::ZERO, |sums| sums.total),
            station,
            cashier,
            payments,
            intended: false,
        });
    }
    prepay::changed(world, index);
    Refusal {
        component: Some("Printer"),
        ..Refusal::numbered(PRINTER_NUMBER, "Ошибка печати: нет бумаги".to_owned())
    }
}

/// The payments of a `PayOrder`, each checked.
pub(super) fn payments(world: &World, command: &Element) -> Result<Vec<Payment>, Refusal> {
    let elements = command.all("Payment");
    elements.map(|element| payment(world, element)).collect()
}

/// A `Payment` or `Prepay` of a request.
pub(super) fn payment(world: &World, element: &Element) -> Result<Payment, Refusal> {
    let currency = reference(&world.till.currencies, "Currencies", element)?;
    if !currency.active {
        return Err(Refusal::unnumbered(format!(
            "Валюта «{}» не активна",
            currency.name
        )));
    }
    let text = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    let profile = &world.till.profile;
    let keeps_markers = profile.version.keeps_markers() && !profile.has(Habit::ForgetsMarkers);
    Ok(Payment {
        card_code: text("cardCode"),
        ext_info: if keeps_markers {
            text("extTransactionInfo")
        } else {
            String::new()
        },
        ..Payment::of(currency.clone(), prepay::amount(element)?)
    })
}

/// Closes an order with these payments and prints its receipt.
pub(in crate::sim) fn close(
    world: &mut World,
    index: usize,
    mut payments: Vec<Payment>,
    station: RefItem,
    cashier: RefItem,
    now: DateTime,
) -> Option<Receipt> {
    let order = world.till.orders.get_mut(index)?;
    // What was promised is paid with it.
    payments.append(&mut order.hurdles.promised);
    order.hurdles = Hurdles {
        off: order.hurdles.off,
        ..Hurdles::default()
    };
    let desk = Desk { station, cashier };
    let total = order.sums().map_or(Money::ZERO, |sums| sums.total);
    let check_num = world.till.next_check_num;
    let receipt = receipt(order, check_num, total, payments, desk, now);
    order.receipt = Some(receipt.clone());
    order.closed_at = Some(now);
    order.version += 1;
    world.till.next_check_num += 1;
    world.till.list_version += 1;
    world.till.receipts_version += 1;
    Some(receipt)
}

/// The receipt of an order with these payments, each a line of its own.
pub(super) fn receipt(
    order: &mut Order,
    check_num: i64,
    total: Money,
    mut payments: Vec<Payment>,
    desk: Desk,
    printed_at: DateTime,
) -> Receipt {
    for payment in &mut payments {
        payment.uni = order.next_uni();
        payment.line_guid = order.line_guid(payment.uni);
    }
    let uni = order.next_uni();
    Receipt {
        uni,
        line_guid: order.line_guid(uni),
        check_num,
        printed_at,
        total,
        station: desk.station,
        cashier: desk.cashier,
        payments,
        intended: false,
    }
}
