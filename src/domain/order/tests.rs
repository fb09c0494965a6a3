//! Rows that add up, and reasons why an order cannot be paid.

use proptest::prelude::*;

use super::*;

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

/// An order of these dishes; what it costs more or less than they do, r_keeper shows as one sum.
fn order(amounts: &[i64], total: i64, unpaid: i64) -> Order {
    let line = |(index, &amount): (usize, &i64)| Line {
        id: index.to_string(),
        code: index.to_string(),
        name: format!("dish {index}"),
        quantity: Quantity::ONE,
        ordered: Quantity::ONE,
        base_price: money(amount),
        amount: money(amount),
        ..Line::default()
    };
    Order {
        guid: OrderGuid("{G}".into()),
        name: "1".into(),
        version: 1,
        total: money(total),
        unpaid: money(unpaid),
        discount: money(total - amounts.iter().sum::<i64>()),
        lines: amounts.iter().enumerate().map(line).collect(),
        ..Order::default()
    }
}

fn change(sum: i64) -> Discount {
    Discount {
        name: "change".into(),
        sum: money(sum),
    }
}

fn receipt(stage: ReceiptStage, seat: u32) -> PosReceipt {
    PosReceipt {
        stage,
        check_num: Some("7".into()),
        seat,
        amount: money(100),
    }
}

/// Each of r_keeper's three words is enough.
#[test]
fn paid_finished_or_removed_is_closed() {
    let of = |paid, finished, deleted| Order {
        paid,
        finished,
        deleted,
        ..Order::default()
    };
    assert!(!of(false, false, false).is_closed());
    assert!(of(true, false, false).is_closed());
    assert!(of(false, true, false).is_closed());
    assert!(of(false, false, true).is_closed());
}

#[test]
fn the_quantity_of_a_part() {
    let line = |quantity, due| LineDue {
        line_id: "1".into(),
        code: "1".into(),
        name: "1".into(),
        quantity: Quantity::from_thousandths(quantity),
        base_price: Money::from_kopecks(due),
        due: money(due),
    };
    for (quantity, due, part, expected) in [
        (2_000, 300, 300, Some(2_000)),
        (2_000, 300, 150, Some(1_000)),
        (1_000, 300, 100, Some(333)),
        (1_000, 300, 600, Some(2_000)),
        // Never nothing.
        (1_000, 1_000_000, 1, Some(1)),
        (0, 300, 100, Some(1)),
        (1_000, 0, 0, Some(1_000)),
        (1_000, 0, 100, None),
        (i64::MAX, 1, i64::MAX, None),
    ] {
        let got = line(quantity, due).quantity_of(Money::from_kopecks(part));
        assert_eq!(
            got.map(Quantity::thousandths),
            expected,
            "{quantity} {due} {part}"
        );
    }
    assert_eq!(format!("{:>4}", OrderGuid("{G}".into())), " {G}");
}

fn dues(order: &Order) -> Result<Vec<i64>, Hindrance> {
    let rows = order.lines_due()?;
    Ok(rows.iter().map(|row| row.due.kopecks()).collect())
}

#[test]
fn the_rows_follow_the_orders_own_sums() {
    let bill = [29_000, 36_000, 43_000, 41_000, 65_000, 21_000];
    assert_eq!(dues(&order(&bill, 235_000, 235_000)).unwrap(), bill);
    // A discount on the whole order.
    assert_eq!(
        dues(&order(&[100, 100, 100], 200, 200)).unwrap(),
        [66, 67, 67]
    );
    // A service charge is a row of its own.
    assert_eq!(
        dues(&order(&[1_000, 500], 1_650, 1_650)).unwrap(),
        [1_000, 500, 150]
    );
    // Part of it is prepaid: the first lines are covered.
    assert_eq!(
        dues(&order(&[300, 200, 100], 600, 250)).unwrap(),
        [150, 100]
    );
    // A bottle bought back.
    assert_eq!(
        dues(&order(&[300, -100, 200], 400, 400)).unwrap(),
        [240, 160]
    );
    assert_eq!(dues(&order(&[300], 300, 0)).unwrap(), [0_i64; 0]);
    assert_eq!(dues(&order(&[], 0, 0)).unwrap(), [0_i64; 0]);
}

#[test]
fn discounts_change_what_they_stand_at() {
    // 20 off the second line, 10 % off the whole, 8 % of service on what is left.
    let mut mixed = order(&[1_000, 520], 1_458, 1_458);
    mixed.lines[1].discounts = vec![change(-20)];
    mixed.discounts = vec![change(-150), change(108)];
    assert_eq!(dues(&mixed).unwrap(), [900, 450, 108]);
    // The same where the line has its own discount in its sum already.
    mixed.lines[1].amount = money(500);
    assert_eq!(dues(&mixed).unwrap(), [900, 450, 108]);
    // The same where every line has all of them.
    mixed.lines[0].amount = money(950);
    mixed.lines[1].amount = money(508);
    assert_eq!(dues(&mixed).unwrap(), [950, 508]);
    // All of the dishes is given away, and something of the service.
    let mut free = order(&[100], 8, 8);
    free.discounts = vec![change(-102), change(10)];
    assert_eq!(dues(&free).unwrap(), [8]);
    assert_eq!(free.lines_due().unwrap()[0].line_id, SERVICE_LINE);
    let mut whole = order(&[100, 50], 0, 0);
    whole.discounts = vec![change(-150)];
    assert_eq!(dues(&whole).unwrap(), [0_i64; 0]);
}

#[test]
fn contradicting_sums_are_not_guessed_around() {
    let disagree = |lines, order| {
        Err(Hindrance::SumsDisagree {
            lines: money(lines),
            order: money(order),
        })
    };
    assert_eq!(dues(&order(&[100], 100, 150)), disagree(150, 100));
    assert_eq!(dues(&order(&[100], 100, -1)), disagree(-1, 100));
    let mut unexplained = order(&[100, 100], 200, 200);
    unexplained.total = money(190);
    unexplained.unpaid = money(190);
    assert_eq!(dues(&unexplained), disagree(200, 190));
    unexplained.discount = money(-9);
    assert_eq!(dues(&unexplained), disagree(191, 190));
    unexplained.discounts = vec![change(-9)];
    unexplained.lines[0].discounts = vec![change(-2)];
    assert_eq!(dues(&unexplained), disagree(191, 190));
    unexplained.lines[0].discounts = vec![change(-1)];
    assert!(dues(&unexplained).is_ok());
}

#[test]
fn a_line_that_nobody_can_name_is_not_paid() {
    let unknown = |name: &str| Err(Hindrance::LineUnknown(name.to_owned()));
    let mut bill = order(&[100, 50, 0], 150, 150);
    bill.lines[1].code.clear();
    assert_eq!(dues(&bill), unknown("dish 1"));
    let mut bill = order(&[100, 50, 0], 150, 150);
    bill.lines[0].id.clear();
    assert_eq!(dues(&bill), unknown("dish 0"));
    let mut bill = order(&[100, 50, 0], 150, 150);
    bill.lines[1].id = "0".into();
    assert_eq!(dues(&bill), unknown("dish 0"));
    // What costs nothing need not be told to anybody.
    let mut bill = order(&[100, 50, 0], 150, 150);
    bill.lines[2].id.clear();
    bill.lines[2].code.clear();
    assert_eq!(dues(&bill).unwrap(), [100, 50]);
}

#[test]
fn an_order_says_why_it_cannot_be_paid() {
    let open = || order(&[100], 100, 100);
    let with = |change: fn(&mut Order)| {
        let mut order = open();
        change(&mut order);
        order.hindrance()
    };
    assert_eq!(open().hindrance(), None);
    for (found, wanted) in [
        (with(|order| order.deleted = true), Hindrance::Removed),
        (with(|order| order.paid = true), Hindrance::Paid),
        (with(|order| order.finished = true), Hindrance::Finished),
        (
            with(|order| {
                order.receipt_failed = true;
                order.receipts = vec![receipt(ReceiptStage::Failed, 0)];
            }),
            Hindrance::ReceiptFailed {
                check_num: Some("7".into()),
            },
        ),
        (
            with(|order| {
                order.unpaid = Money::ZERO;
                order.promised = money(100);
            }),
            Hindrance::Intended(money(100)),
        ),
        (
            with(|order| order.unpaid = Money::ZERO),
            Hindrance::NothingDue,
        ),
        (
            with(|order| {
                order.total = money(-5);
                order.unpaid = money(-5);
            }),
            Hindrance::NegativeTotal(money(-5)),
        ),
        (
            with(|order| {
                order.total = Money::ZERO;
                order.unpaid = Money::ZERO;
            }),
            Hindrance::ZeroTotal,
        ),
        (
            with(|order| order.total = money(101)),
            Hindrance::SumsDisagree {
                lines: money(100),
                order: money(101),
            },
        ),
    ] {
        assert_eq!(found, Some(wanted));
    }
    let locked = Order {
        locked_by: Some("2".into()),
        ..open()
    };
    assert_eq!(locked.hindrance(), None, "the lock may be our own");
    assert_eq!(locked.hindrance_now(), Some(Hindrance::Locked("2".into())));
}

#[test]
fn a_bill_that_is_split_is_several_receipts() {
    use ReceiptStage::{Draft, PreBill, Printed};
    for (stages, parts) in [
        (vec![], None),
        // Shown twice to the same guests.
        (vec![(PreBill, 0), (PreBill, 0)], None),
        (vec![(PreBill, 1), (PreBill, 2)], Some(2)),
        (vec![(PreBill, 1), (Draft, 2), (Draft, 3)], Some(3)),
        (vec![(Printed, 1)], Some(2)),
        (vec![(Printed, 1), (PreBill, 2)], Some(2)),
        (vec![(Printed, 1), (Printed, 2)], Some(3)),
    ] {
        let mut bill = order(&[100], 100, 100);
        let shown = stages.iter().map(|&(stage, seat)| receipt(stage, seat));
        bill.receipts = shown.collect();
        let wanted = parts.map(Hindrance::SeveralReceipts);
        assert_eq!(bill.hindrance(), wanted, "{stages:?}");
    }
}

#[test]
fn what_rkeeper_calculates_decides() {
    let calculated = |unpaid, no_currency: Option<&str>, promised| {
        let mut bill = order(&[100], 100, 100);
        bill.promised = money(promised);
        bill.calculated = Some(Calculated {
            unpaid: money(unpaid),
            no_currency: no_currency.map(str::to_owned),
        });
        bill.hindrance()
    };
    assert_eq!(calculated(100, None, 0), None);
    assert_eq!(calculated(100, None, 30), None);
    assert_eq!(
        calculated(70, None, 30),
        Some(Hindrance::Promised(money(30)))
    );
    assert_eq!(
        calculated(70, None, 0),
        Some(Hindrance::DueDiffers {
            shown: money(100),
            calculated: money(70)
        })
    );
    assert_eq!(
        calculated(100, Some("no"), 0),
        Some(Hindrance::NoCurrency("no".into()))
    );
}

#[test]
fn the_list_shows_what_it_can() {
    let row = OrderSummary {
        total: money(100),
        unpaid: money(100),
        ..OrderSummary::default()
    };
    assert_eq!(row.hindrance(), None);
    let locked = OrderSummary {
        locked_by: Some("2".into()),
        ..row.clone()
    };
    assert_eq!(locked.hindrance(), Some(Hindrance::Locked("2".into())));
    let failed = OrderSummary {
        receipt_failed: true,
        ..locked
    };
    assert_eq!(
        failed.hindrance(),
        Some(Hindrance::ReceiptFailed { check_num: None })
    );
    let covered = OrderSummary {
        unpaid: Money::ZERO,
        ..row
    };
    assert_eq!(covered.hindrance(), Some(Hindrance::NothingDue));
}

proptest! {
    #[test]
    fn the_rows_always_add_up(
        amounts in prop::collection::vec(-50_000_i64..500_000, 0..40),
        own in prop::collection::vec(-10_000_i64..10_000, 0..40),
        whole in prop::collection::vec(-500_000_i64..500_000, 0..4),
        paid in 0_i64..5_000_000,
    ) {
        let total = amounts.iter().chain(&whole).sum::<i64>()
            + own.iter().take(amounts.len()).sum::<i64>();
        let unpaid = (total - paid).max(0);
        let mut bill = order(&amounts, total, unpaid);
        for (line, &sum) in bill.lines.iter_mut().zip(&own) {
            line.discounts = vec![change(sum)];
        }
        bill.discounts = whole.iter().map(|&sum| change(sum)).collect();
        match dues(&bill) {
            Ok(rows) => {
                prop_assert_eq!(rows.iter().sum::<i64>(), unpaid);
                prop_assert!(rows.iter().all(|&due| due > 0));
            }
            // The sums agree: only an order below zero has no rows.
            Err(hindrance) => prop_assert_eq!(hindrance, Hindrance::NegativeTotal(money(total))),
        }
    }
}
