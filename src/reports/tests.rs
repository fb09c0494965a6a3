//! Reports of the sample bill and of made-up payments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use uuid::Uuid;

use super::card::card;
use super::sales::sales;
use super::{Labels, Period};
use crate::domain::{
    AccountId, AccountKind, Attribution, LineDue, Money, OrderGuid, Quantity, Uid,
};
use crate::i18n::{Lang, Texts};
use crate::payment::ports::OperationId;
use crate::payment::record::{Booking, BookingKind, PaymentRecord};
use crate::payment::sale::{By, Leg, PaymentId, Sale};
use crate::payment::view::{LegState, LegView, PaymentView, References, Standing, Step};

/// Name, menu code, thousandths, list price, due.
type Dish<'a> = (&'a str, &'a str, i64, i64, i64);

/// A payment with legs (uid, printed number, account, kopecks) and bookings (check, kind, moment).
pub(crate) fn record(
    dishes: &[Dish<'_>],
    legs: &[(&str, &str, &str, i64)],
    bookings: &[(&str, BookingKind, &str)],
) -> PaymentRecord {
    let money = Money::from_kopecks;
    let lines: Vec<LineDue> = dishes
        .iter()
        .map(|&(name, code, thousandths, base_price, due)| LineDue {
            line_id: code.into(),
            code: code.into(),
            name: name.into(),
            quantity: Quantity::from_thousandths(thousandths),
            base_price: money(base_price),
            due: money(due),
        })
        .collect();
    let legs: Vec<Leg> = (1..)
        .zip(legs)
        .map(|(number, &(uid, printed, account, amount))| Leg {
            number,
            uid: Uid::new(uid).unwrap(),
            card_id: "7".into(),
            client_id: "5012".into(),
            card_number: Some(printed.into()),
            entry: crate::domain::CardEntry::Reader,
            pin_checked_at: None,
            account: AccountId(account.into()),
            account_name: account.into(),
            type_id: "1".into(),
            kind: AccountKind::Money,
            amount: money(amount),
        })
        .collect();
    let rows: Vec<Money> = lines.iter().map(|line| line.due).collect();
    let columns: Vec<Money> = legs.iter().map(|leg| leg.amount).collect();
    let due = Money::total(rows.iter().copied()).unwrap();
    let payment = PaymentId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
    let views = legs.iter().map(|leg| LegView {
        number: leg.number,
        refunded: Money::ZERO,
        uid: leg.uid.clone(),
        card_number: leg.card_number.clone(),
        pin_checked_at: leg.pin_checked_at,
        entry: leg.entry,
        account: leg.account.clone(),
        account_name: leg.account_name.clone(),
        amount: leg.amount,
        state: LegState::Paid,
    });
    let view = PaymentView {
        id: payment,
        order: OrderGuid("{8C9E446E-0000-0000-0000-000000000001}".into()),
        order_name: "*/1".into(),
        total: due,
        rest: Money::ZERO,
        by: By::default(),
        started_at: "2026-11-25T07:20:00Z".parse().unwrap(),
        standing: Standing::Paid,
        step: Step::Finished,
        legs: views.collect(),
        check_num: Some("8102".into()),
        lime_check: bookings.first().map(|booking| booking.0.to_owned()),
        problem: None,
        tries: 0,
        seconds_left: None,
        may_say: vec![],
        in_doubt: None,
        references: References::default(),
        refunds: vec![],
    };
    PaymentRecord {
        sale: Sale {
            payment,
            order: view.order.clone(),
            order_name: view.order_name.clone(),
            station: Some("Касса 1".into()),
            waiter: Some("Admin".into()),
            version: 3,
            total: due,
            due,
            rest: Money::ZERO,
            by: By::default(),
            attribution: Attribution::in_order(&rows, &columns).unwrap(),
            lines,
            legs,
        },
        view,
        bookings: bookings
            .iter()
            .map(|&(operation, kind, at)| Booking {
                operation: OperationId(operation.into()),
                kind,
                at: at.parse().unwrap(),
                parts: Attribution::in_order(&rows, &columns).unwrap(),
            })
            .collect(),
    }
}

/// The sample bill, paid by these legs.
pub(crate) fn sample(
    legs: &[(&str, &str, &str, i64)],
    bookings: &[(&str, BookingKind, &str)],
) -> PaymentRecord {
    let one = |name, code, price| (name, code, 1_000, price, price);
    record(
        &[
            one("Запеченный ролл с курицей", "2470", 29_000),
            one("Запеченный ролл Нежный с лососем", "2469", 36_000),
            one("Запеченный ролл с угрем", "2476", 43_000),
            one("Ролл Бонито", "2460", 41_000),
            one("Горячая Филадельфия ролл", "2466", 65_000),
            one("Маки ролл с лососем и сливочным сыром", "2447", 21_000),
        ],
        legs,
        bookings,
    )
}

pub(crate) const NOON: &str = "2026-11-25T09:00:00.75Z";

pub(crate) fn labels() -> Labels {
    Labels {
        installation: "Тестовая".into(),
        cash_desk: "Касса r-keeper".into(),
        service_point: "Касса r-keeper".into(),
        operator: "Admin".into(),
        surcharge: "Надбавка к заказу".into(),
    }
}

fn moscow() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(3))
}

fn all_time() -> Period {
    Period {
        from: date(2000, 1, 1),
        to: date(2100, 1, 1),
    }
}

#[test]
fn the_sample_bill() {
    let records = [sample(
        &[("61366822", "100038", "Депозит", 235_000)],
        &[("2226634", BookingKind::Debit, NOON)],
    )];
    let texts = Texts::of(Lang::Ru);
    let report = sales(&records, all_time(), &moscow(), &labels());
    let json = report.json();
    assert_eq!(json["sales"][0]["number"], 2_226_634);
    assert_eq!(json["sales"][0]["card_number"], "100038");
    assert_eq!(json["sales"][0]["time"], "2026-11-25T12:00:00");
    assert_eq!(
        json["sales"][0]["lines"][5]["payments"][0],
        "Депозит (счет): 210; 61366822"
    );
    insta::assert_snapshot!("sample_sales", report.table(texts));
    insta::assert_snapshot!("sample_sales_csv", report.csv(texts));

    let uid = Uid::new("61366822").unwrap();
    let history = card(&records, &uid, None, &moscow(), &labels());
    let rows = history.json()["rows"].as_array().unwrap().clone();
    let amounts: Vec<&str> = rows
        .iter()
        .map(|row| row["amount"].as_str().unwrap())
        .collect();
    assert_eq!(
        amounts,
        [
            "-290.00", "-360.00", "-430.00", "-410.00", "-650.00", "-210.00"
        ]
    );
    insta::assert_snapshot!("sample_card", history.table(texts));
    insta::assert_snapshot!("sample_card_csv", history.csv(texts));
}

#[test]
fn two_cards_a_return_and_a_weighed_dish() {
    let records = [
        sample(
            &[
                ("61366822", "100038", "Депозит", 150_000),
                ("61366823", "100039", "Бонусы", 85_000),
            ],
            &[
                ("2226634", BookingKind::Debit, NOON),
                ("2226636", BookingKind::Return, "2026-11-25T21:30:00Z"),
            ],
        ),
        record(
            &[
                ("Лосось, кг", "3001", 350, 200_000, 63_000),
                ("service", "service", 1_000, 6_300, 6_300),
            ],
            &[("61366822", "100038", "Депозит", 69_300)],
            &[("2226635", BookingKind::Debit, "2026-11-25T20:59:59Z")],
        ),
    ];
    let texts = Texts::of(Lang::En);
    let report = sales(&records, all_time(), &moscow(), &labels());
    insta::assert_snapshot!("two_cards_sales", report.table(texts));
    let uid = Uid::new("61366822").unwrap();
    let history = card(&records, &uid, None, &moscow(), &labels());
    insta::assert_snapshot!("two_cards_card", history.table(texts));

    // 21:30 UTC is the next day of the till, 20:59:59 is not.
    let numbers = |from, to| -> Vec<String> {
        sales(&records, Period { from, to }, &moscow(), &labels())
            .sales
            .into_iter()
            .map(|sale| sale.number)
            .collect()
    };
    let (first, second) = (date(2026, 11, 25), date(2026, 11, 26));
    assert_eq!(numbers(first, first), ["2226634", "2226635"]);
    assert_eq!(numbers(second, second), ["2226636"]);
    assert_eq!(numbers(first, second).len(), 3);
    assert!(numbers(date(2026, 11, 24), date(2026, 11, 24)).is_empty());
    let empty = Period {
        from: second,
        to: second,
    };
    assert_eq!(
        card(
            &records,
            &Uid::new("9").unwrap(),
            Some(empty),
            &moscow(),
            &labels()
        )
        .rows,
        []
    );
}

/// Case 62: sales after midnight and in the hour that a clock shows twice.
#[test]
fn midnight_and_the_repeated_hour_move_and_drop_no_row() {
    // On 25 October 2026 at 04:00 this zone's clocks go back to 03:00.
    let zone = TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").unwrap();
    let dish: [Dish<'_>; 1] = [("Суп", "1", 1_000, 100, 100)];
    let legs = [("61366822", "100038", "Депозит", 100)];
    let sold = |number, at| record(&dish, &legs, &[(number, BookingKind::Debit, at)]);
    let records = [
        sold("1", "2026-10-24T20:59:59Z"), // 23:59:59
        sold("2", "2026-10-24T21:30:00Z"), // 00:30
        sold("3", "2026-10-25T00:50:00Z"), // 03:50, the first time
        sold("4", "2026-10-25T01:10:00Z"), // 03:10, the second time
        sold("5", "2026-10-25T02:00:00Z"), // 04:00
    ];
    let of_days = |from: i8, to: i8| -> Vec<String> {
        let period = Period {
            from: date(2026, 10, from),
            to: date(2026, 10, to),
        };
        let found = sales(&records, period, &zone, &labels()).sales;
        let history = card(
            &records,
            &Uid::new("61366822").unwrap(),
            Some(period),
            &zone,
            &labels(),
        );
        assert_eq!(history.rows.len(), found.len());
        assert!(
            history
                .rows
                .iter()
                .rev()
                .map(|row| row.time)
                .eq(found.iter().map(|sale| sale.time))
        );
        found.into_iter().map(|sale| sale.number).collect()
    };
    assert_eq!(of_days(24, 24), ["1"]);
    assert_eq!(of_days(25, 25), ["2", "3", "4", "5"]);
    assert_eq!(of_days(24, 25), ["1", "2", "3", "4", "5"]);
}

/// A day of 23 hours, and sales in the last second of a day and at exactly midnight.
#[test]
fn a_day_on_which_an_hour_is_skipped_has_its_own_sales_and_no_others() {
    // On 29 March 2026 at 02:00 this zone's clocks go forward to 03:00.
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let dish: [Dish<'_>; 1] = [("Суп", "1", 1_000, 100, 100)];
    let legs = [("61366822", "100038", "Депозит", 100)];
    let sold = |number, at| record(&dish, &legs, &[(number, BookingKind::Debit, at)]);
    let records = [
        sold("1", "2026-03-28T22:59:59.999Z"), // 23:59:59
        sold("2", "2026-03-28T23:00:00Z"),     // 00:00
        sold("3", "2026-03-29T00:59:59Z"),     // 01:59:59
        sold("4", "2026-03-29T01:00:00Z"),     // 03:00
        sold("5", "2026-03-29T21:59:59.999Z"), // 23:59:59
        sold("6", "2026-03-29T22:00:00Z"),     // 00:00
    ];
    for (day, numbers) in [
        (date(2026, 3, 28), &["1"][..]),
        (date(2026, 3, 29), &["2", "3", "4", "5"]),
        (date(2026, 3, 30), &["6"]),
    ] {
        let period = Period { from: day, to: day };
        let found = sales(&records, period, &zone, &labels()).sales;
        let found: Vec<String> = found.into_iter().map(|sale| sale.number).collect();
        assert_eq!(found, numbers, "{day}");
    }
}

proptest! {
    #[test]
    fn both_reports_add_up_to_the_legs(
        dishes in prop::collection::vec((1_i64..500_000, 1_i64..5_000), 1..20),
        cuts in prop::collection::vec((0_i64..10_000_000, 0_usize..4, 0_usize..4), 0..6),
        returned in prop::bool::ANY,
    ) {
        let due: i64 = dishes.iter().map(|dish| dish.0).sum();
        let mut at: Vec<i64> = cuts.iter().map(|cut| cut.0.min(due)).collect();
        at.extend([0, due]);
        at.sort_unstable();
        let uids = ["61366820", "61366821", "61366822", "61366823"];
        let accounts = ["Депозит", "Бонусы", "Кредит", "Семейный"];
        let legs: Vec<_> = at
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair[1] > pair[0])
            .map(|(index, pair)| {
                let (card, account) = cuts.get(index).map_or((0, 0), |cut| (cut.1, cut.2));
                (uids[card], uids[card], accounts[account], pair[1] - pair[0])
            })
            .collect();
        let dishes: Vec<Dish<'_>> = dishes
            .iter()
            .map(|&(due, thousandths)| ("dish", "1", thousandths, due, due))
            .collect();
        let mut bookings = vec![("1", BookingKind::Debit, NOON)];
        if returned {
            bookings.push(("2", BookingKind::Return, NOON));
        }
        let records = [record(&dishes, &legs, &bookings)];

        let mut paid: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for &(uid, _, account, amount) in &legs {
            *paid.entry((uid, account)).or_default() += if returned { 0 } else { amount };
        }
        let report = sales(&records, all_time(), &moscow(), &labels());
        for (&(uid, account), &amount) in &paid {
            let in_sales: i64 = report
                .sales
                .iter()
                .flat_map(|sale| &sale.lines)
                .flat_map(|line| &line.parts)
                .filter(|part| part.uid.reveal() == uid && part.account == account)
                .map(|part| part.amount.kopecks())
                .sum();
            prop_assert_eq!(in_sales, amount);
            let history = card(&records, &Uid::new(uid).unwrap(), None, &moscow(), &labels());
            let in_history: i64 = history
                .rows
                .iter()
                .filter(|row| row.account == account)
                .map(|row| row.amount.kopecks())
                .sum();
            prop_assert_eq!(in_history, -amount);
        }
        for (line, dish) in report.sales[0].lines.iter().zip(&dishes) {
            let parts: i64 = line.parts.iter().map(|part| part.amount.kopecks()).sum();
            prop_assert_eq!(parts, dish.4);
        }
        let _: Timestamp = records[0].bookings[0].at;
    }
}
