use super::*;
use crate::domain::{AccountId, AccountKind, Attribution, LineDue, OrderGuid, Quantity, Uid};
use crate::payment::sale::{Leg, PaymentId};

const OURS: &str = "0198c0de-0000-7000-8000-000000000001";
const OTHER: &str = "0198c0de-0000-7000-8000-000000000002";

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

/// Two legs of one currency: 600 and 400.
fn sale() -> Sale {
    let leg = |number, uid: &str, kopecks| Leg {
        number,
        uid: Uid::new(uid).unwrap(),
        card_id: "7".into(),
        client_id: "9".into(),
        card_number: None,
        entry: crate::domain::CardEntry::Reader,
        pin_checked_at: None,
        account: AccountId(uid.into()),
        account_name: "Депозит".into(),
        type_id: "1".into(),
        kind: AccountKind::Money,
        amount: money(kopecks),
    };
    let due = money(1_000);
    Sale {
        payment: OURS.parse::<PaymentId>().unwrap(),
        order: OrderGuid("{G}".into()),
        order_name: "1".into(),
        station: None,
        waiter: None,
        version: 1,
        total: due,
        due,
        rest: Money::ZERO,
        by: crate::payment::sale::By::default(),
        lines: vec![LineDue {
            line_id: "1".into(),
            code: "1".into(),
            name: "1".into(),
            quantity: Quantity::ONE,
            base_price: due,
            due,
        }],
        legs: vec![leg(1, "61366822", 600), leg(2, "77003311", 400)],
        attribution: Attribution::in_order(&[due], &[money(600), money(400)]).unwrap(),
    }
}

/// Sum, marker, card, currency: as r_keeper may show them. `11` is ours.
type Shown<'a> = (i64, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn order(shown: &[Shown<'_>]) -> Order {
    Order {
        guid: OrderGuid("{G}".into()),
        name: "1".into(),
        table: None,
        waiter: None,
        station: None,
        opened_at: None,
        version: 1,
        total: money(1_000),
        unpaid: money(1_000),
        discount: Money::ZERO,
        prepaid: Money::ZERO,
        paid: false,
        finished: false,
        deleted: false,
        lines: vec![],
        payments: shown
            .iter()
            .map(|&(kopecks, marker, card, currency)| PosPayment {
                amount: money(kopecks),
                ext_info: marker.map(str::to_owned),
                prepayment: false,
                check_num: Some("7".into()),
                currency: currency.map(str::to_owned),
                card_code: card.map(|card| Uid::new(card).unwrap()),
                line_guid: None,
                begun: false,
            })
            .collect(),
        ..Order::default()
    }
}

fn known<'a>(sale: &'a Sale, begun: Option<&'a LineId>, repeats: bool) -> Known<'a> {
    Known {
        sale,
        begun,
        repeats,
        own_currency: &|code| code == "11",
    }
}

fn word(answer: &AskedOrder) -> &'static str {
    match answer {
        AskedOrder::PaidByUs(receipt) => {
            assert_eq!(receipt.check_num.as_deref(), Some("7"));
            "ours"
        }
        AskedOrder::PaidByOther(_) => "other's",
        AskedOrder::PaidUnclear(_) => "unclear",
        AskedOrder::Open => "open",
        AskedOrder::NotShown => "not shown",
        AskedOrder::Intended => "intended",
        AskedOrder::Failed(_) => "again",
    }
}

fn answer(closed: bool, deleted: bool, shown: &[Shown<'_>]) -> &'static str {
    let order = Order {
        paid: closed,
        finished: closed,
        deleted,
        ..order(shown)
    };
    word(&who_paid(&order, &known(&sale(), None, true)))
}

/// Nothing is sent after a receipt that failed, and nothing is given back for it.
#[test]
fn an_order_with_a_failed_receipt_is_asked_again() {
    let failed = |paid: bool| {
        let order = Order {
            receipt_failed: true,
            paid,
            finished: paid,
            ..order(&[])
        };
        who_paid(&order, &known(&sale(), None, true))
    };
    let AskedOrder::Failed(problem) = failed(false) else {
        panic!("{:?}", failed(false));
    };
    assert_eq!(problem.reason, Reason::ReceiptFailed);
    // Closed, it is what a closed order is.
    assert_eq!(word(&failed(true)), "unclear");
    // Our marker beside it says more.
    let marked = Order {
        receipt_failed: true,
        ..order(&[
            (600, Some(&format!("{OURS}/1")), None, None),
            (400, Some(&format!("{OURS}/2")), None, None),
        ])
    };
    assert_eq!(
        word(&who_paid(&marked, &known(&sale(), None, true))),
        "ours"
    );
}

#[test]
fn whose_payment_a_closed_order_shows() {
    let (one, two) = (format!("{OURS}/1"), format!("{OURS}/2"));
    let both = format!("{OURS}/1; {OURS}/2");
    let shout = OURS.to_uppercase();
    let other = format!("{OTHER}/1");
    let (one, two, other) = (Some(&*one), Some(&*two), Some(&*other));
    let (card, cash, own) = (Some("61366822"), Some("1"), Some("11"));
    let cases: &[(&[Shown<'_>], &str)] = &[
        (&[(600, one, card, own), (400, two, None, own)], "ours"),
        // r_keeper merged the lines of one currency, and kept what it liked of the markers.
        (&[(1_000, one, card, own)], "ours"),
        (&[(1_000, Some(&both), None, None)], "ours"),
        (&[(1_000, Some(&shout), None, None)], "ours"),
        // Some of our markers, and not all of the money: never another's.
        (&[(600, one, card, own)], "unclear"),
        (&[(600, one, card, own), (400, None, None, cash)], "unclear"),
        (&[(600, one, card, own), (500, two, None, own)], "unclear"),
        // The markers are lost; the card or the currency speaks for us.
        (&[(600, None, card, own), (400, None, None, own)], "unclear"),
        (&[(1_000, None, None, own)], "unclear"),
        (&[(1_000, None, card, None)], "unclear"),
        (&[(1_000, Some("0198c0de-0000"), None, own)], "unclear"),
        (
            &[(400, None, None, cash), (600, Some("?"), card, cash)],
            "unclear",
        ),
        // Nothing is shown at all.
        (&[], "unclear"),
        (&[(1_000, None, None, cash)], "other's"),
        (&[(1_000, None, Some("11112222"), cash)], "other's"),
        // Another till of this kind says so itself, be it with the same card.
        (&[(1_000, other, card, own)], "other's"),
    ];
    for (shown, expected) in cases {
        assert_eq!(answer(true, false, shown), *expected, "{shown:?}");
    }
    assert_eq!(answer(false, true, &[]), "other's", "all dishes removed");
}

#[test]
fn an_open_order_is_open_until_all_of_it_is_seen() {
    let (one, two) = (format!("{OURS}/1"), format!("{OURS}/2"));
    let (one, two) = (Some(&*one), Some(&*two));
    let own = Some("11");
    assert_eq!(answer(false, false, &[]), "open");
    assert_eq!(
        answer(false, false, &[(300, None, None, Some("1"))]),
        "open"
    );
    assert_eq!(answer(false, false, &[(600, one, None, own)]), "again");
    assert_eq!(
        answer(
            false,
            false,
            &[(600, one, None, own), (400, two, None, own)]
        ),
        "ours"
    );
    assert_eq!(answer(false, false, &[(1_000, one, None, own)]), "again");
}

/// What is meant is no money, and is never taken for an open order's nothing.
#[test]
fn our_receipt_of_intent_is_neither_paid_nor_nothing() {
    let (one, two) = (format!("{OURS}/1"), format!("{OURS}/2"));
    let other = format!("{OTHER}/1");
    let (one, two, other) = (Some(&*one), Some(&*two), Some(&*other));
    let (card, cash, own) = (Some("61366822"), Some("1"), Some("11"));
    let cases: &[(&[Shown<'_>], &str, &str)] = &[
        (
            &[(600, one, card, own), (400, two, None, own)],
            "intended",
            "unclear",
        ),
        (&[(1_000, one, card, own)], "intended", "unclear"),
        (&[(600, one, card, own)], "again", "unclear"),
        (
            &[(600, one, card, own), (500, two, None, own)],
            "again",
            "unclear",
        ),
        // Its markers are lost.
        (
            &[(600, None, card, cash), (400, None, None, cash)],
            "unclear",
            "unclear",
        ),
        (&[(1_000, None, None, own)], "unclear", "unclear"),
        (&[(1_000, other, card, own)], "open", "other's"),
        (&[(1_000, None, None, cash)], "open", "other's"),
    ];
    for (shown, open, closed) in cases {
        let mut order = order(shown);
        order.intended = std::mem::take(&mut order.payments);
        let sale = sale();
        let known = known(&sale, None, true);
        assert_eq!(word(&who_paid(&order, &known)), *open, "{shown:?}");
        let failed = Order {
            receipt_failed: true,
            ..order.clone()
        };
        assert_eq!(word(&who_paid(&failed, &known)), "again", "{shown:?}");
        // Paid by another, with ours still beside it.
        order.paid = true;
        let cash = crate::domain::PosPayment {
            ext_info: None,
            card_code: None,
            currency: Some("1".into()),
            ..order.intended[0].clone()
        };
        order.payments.push(cash);
        assert_eq!(word(&who_paid(&order, &known)), *closed, "{shown:?}");
    }
}

/// Each of r_keeper's three words for it closes an order by itself.
#[test]
fn one_word_is_enough_for_closed() {
    let close: [fn(&mut Order); 3] = [
        |order| order.paid = true,
        |order| order.finished = true,
        |order| order.deleted = true,
    ];
    for (word_number, close) in close.into_iter().enumerate() {
        let mut closed = order(&[(1_000, None, None, Some("1"))]);
        close(&mut closed);
        let sale = sale();
        let known = known(&sale, None, true);
        assert_eq!(word(&who_paid(&closed, &known)), "other's", "{word_number}");
        assert_eq!(still_stands(&closed, &known), AskedAnnul::Gone);
        closed.payments[0].currency = Some("11".into());
        assert_eq!(word(&who_paid(&closed, &known)), "unclear", "{word_number}");
        assert!(
            matches!(still_stands(&closed, &known), AskedAnnul::CannotTell(_)),
            "{word_number}"
        );
    }
    // Paid by nothing that is shown is unclear; removed as a whole, it was paid by nobody.
    let mut empty = Order {
        finished: true,
        ..order(&[])
    };
    let sale = sale();
    let known = known(&sale, None, true);
    assert_eq!(word(&who_paid(&empty, &known)), "unclear");
    empty.deleted = true;
    assert_eq!(word(&who_paid(&empty, &known)), "other's");
}

/// A line that r_keeper began for us is ours by its name, and is no money until it is paid.
#[test]
fn a_begun_line_is_ours_once_it_is_paid() {
    let line = LineId("{A-1}".into());
    let (sale, marker) = (sale(), format!("{OURS}/1"));
    let known = known(&sale, Some(&line), false);
    let shown = |kopecks, marker, guid: &str, begun| {
        let mut order = order(&[(kopecks, marker, None, Some("11"))]);
        order.payments[0].line_guid = Some(guid.into());
        order.payments[0].begun = begun;
        order
    };
    let marker = Some(&*marker);
    for (order, expected) in [
        (shown(1_000, None, "{a-1}", false), "ours"),
        (shown(1_000, marker, "{A-1}", false), "ours"),
        (shown(600, None, "{A-1}", false), "again"),
        (shown(2_000, None, "{A-1}", false), "unclear"),
        (shown(1_000, marker, "{A-1}", true), "not shown"),
        // The marker of one leg, and the sum of both, under another name.
        (shown(1_000, marker, "{B-2}", false), "again"),
    ] {
        assert_eq!(word(&who_paid(&order, &known)), expected, "{order:?}");
    }
    // It is found again by our marker, while it is begun.
    let found = |order: &Order| begun_line(order, &sale).map(|line| line.0);
    assert_eq!(
        found(&shown(1_000, marker, "{C-3}", true)).as_deref(),
        Some("{C-3}")
    );
    assert_eq!(found(&shown(1_000, marker, "{C-3}", false)), None);
    assert_eq!(found(&shown(1_000, None, "{C-3}", true)), None);
    // Undone, or not.
    assert_eq!(
        still_stands(&shown(1_000, None, "{A-1}", false), &known),
        AskedAnnul::Stands
    );
    let gone = shown(1_000, None, "{A-1}", true);
    assert_eq!(still_stands(&gone, &known), AskedAnnul::Gone);
}

/// Whatever `TransactionStatus` says: what is not counted as prepaid is no money.
#[test]
fn a_begun_line_is_money_only_where_the_order_counts_it() {
    let line = LineId("{L}".into());
    let sale = sale();
    for (prepaid, begun, expected) in [
        (0, false, "again"),
        (999, false, "again"),
        (1_000, false, "ours"),
        (1_500, false, "ours"),
        (0, true, "not shown"),
    ] {
        let mut order = Order {
            prepaid: money(prepaid),
            unpaid: money(500),
            ..order(&[(1_000, None, None, None)])
        };
        order.payments[0].prepayment = true;
        order.payments[0].line_guid = Some("{l}".into());
        order.payments[0].begun = begun;
        let known = known(&sale, Some(&line), false);
        assert_eq!(
            word(&who_paid(&order, &known)),
            expected,
            "{prepaid} {begun}"
        );
    }
}

/// What the order counts as prepaid says something of a begun line of an open order, and of
/// nothing else.
#[test]
fn a_whole_payment_is_ours_whatever_the_order_counts_as_prepaid() {
    let line = LineId("{L}".into());
    let (sale, marker) = (sale(), format!("{OURS}/1; {OURS}/2"));
    let shown = |closed| {
        let mut order = Order {
            paid: closed,
            ..order(&[(1_000, Some(&*marker), None, None)])
        };
        order.payments[0].prepayment = true;
        order.payments[0].line_guid = Some("{L}".into());
        order
    };
    for (begun, closed, expected) in [
        (Some(&line), false, "again"),
        (Some(&line), true, "ours"),
        (None, false, "again"),
        (None, true, "ours"),
    ] {
        let answer = who_paid(&shown(closed), &known(&sale, begun, false));
        assert_eq!(word(&answer), expected, "{begun:?} {closed}");
    }
    // Without a begun line its prepayments are the legs' own.
    let mut legs = order(&[
        (600, Some(&format!("{OURS}/1")), None, None),
        (400, Some(&format!("{OURS}/2")), None, None),
    ]);
    for payment in &mut legs.payments {
        payment.prepayment = true;
    }
    assert_eq!(word(&who_paid(&legs, &known(&sale, None, false))), "ours");
    // Somebody else's prepayment that is not counted yet does not hold up what shows nothing of us.
    let mut other = order(&[(300, None, None, Some("1"))]);
    other.payments[0].prepayment = true;
    let answer = who_paid(&other, &known(&sale, Some(&line), false));
    assert_eq!(word(&answer), "not shown");
}

/// A payment is ours where it names ours, whatever else it says.
#[test]
fn ours_is_what_names_ours() {
    let sale = sale();
    for (marker, ours) in [
        (Some(format!("{OURS}/1")), true),
        (Some(OURS.to_uppercase()), true),
        (Some(format!("{OTHER}/1")), false),
        (Some("?".to_owned()), false),
        (None, false),
    ] {
        let shown = order(&[(1_000, marker.as_deref(), Some("61366822"), Some("11"))]);
        assert_eq!(is_ours(&shown.payments[0], &sale), ours, "{marker:?}");
    }
}

/// Found by the simulation: a part payment that lost its marker leaves the order open, and so
/// does a whole one whose order was opened again.
#[test]
fn an_open_order_may_show_ours_without_its_marker() {
    let sale = sale();
    let other = format!("{OTHER}/1");
    let (card, cash, own) = (Some("61366822"), Some("1"), Some("11"));
    let cases: &[(&[Shown<'_>], &str, bool)] = &[
        (&[], "not shown", true),
        (&[(300, None, None, cash)], "not shown", true),
        (&[(300, Some(&other), card, own)], "not shown", true),
        (&[(300, None, None, own)], "unclear", false),
        (&[(300, None, card, None)], "unclear", false),
    ];
    for (shown, expected, gone) in cases {
        let order = order(shown);
        let known = known(&sale, None, false);
        assert_eq!(word(&who_paid(&order, &known)), *expected, "{shown:?}");
        let stands = still_stands(&order, &known);
        assert_eq!(stands == AskedAnnul::Gone, *gone, "{shown:?}: {stands:?}");
        let whole = if *gone { "open" } else { *expected };
        assert_eq!(answer(false, false, shown), whole, "{shown:?}");
    }
}

/// Only «id/leg» of another payment is another till's marker.
#[test]
fn a_torn_marker_proves_nothing() {
    for (marker, expected) in [
        (format!("{OTHER}/1"), "other's"),
        (format!(" {}/12 ", OTHER.to_uppercase()), "other's"),
        (format!("{OTHER}/"), "unclear"),
        (format!("{OTHER}/x"), "unclear"),
        (OTHER.to_owned(), "unclear"),
        ("0198c0de/1".to_owned(), "unclear"),
    ] {
        let shown = [(1_000, Some(&*marker), None, Some("11"))];
        assert_eq!(answer(true, false, &shown), expected, "{marker}");
    }
}

/// Both legs' markers with their sums: a marker with the other's sum is no proof.
#[test]
fn every_leg_has_its_own_sum() {
    let (one, two) = (format!("{OURS}/1"), format!("{OURS}/2"));
    let swapped = [
        (400, Some(&*one), None, None),
        (600, Some(&*two), None, None),
    ];
    assert_eq!(answer(false, false, &swapped), "again");
    assert_eq!(answer(true, false, &swapped), "ours");
    let twice = [
        (600, Some(&*one), None, None),
        (600, Some(&*one), None, None),
    ];
    assert_eq!(answer(false, false, &twice), "unclear");
}
