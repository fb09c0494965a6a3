use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::{AccountId, AccountKind, LineDue, OrderGuid, Quantity, Uid};
use crate::payment::ports::OperationId;
use crate::payment::progress::RefundProgress;
use crate::payment::sale::{Leg, Sale};
use crate::payment::state::refund::{RefundAt, RefundPhase};

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn paid(lines: &[i64], legs: &[i64]) -> Progress {
    let sums = |of: &[i64]| of.iter().copied().map(money).collect::<Vec<_>>();
    let attribution = Attribution::in_order(&sums(lines), &sums(legs)).unwrap();
    let due = money(lines.iter().sum());
    let sale = Sale {
        payment: PaymentId::new(),
        order: OrderGuid("{G}".into()),
        order_name: "1".into(),
        station: None,
        waiter: None,
        version: 1,
        total: due,
        due,
        rest: Money::ZERO,
        by: crate::payment::sale::By::default(),
        lines: lines
            .iter()
            .enumerate()
            .map(|(index, &kopecks)| LineDue {
                line_id: index.to_string(),
                code: "1".into(),
                name: "1".into(),
                quantity: Quantity::ONE,
                base_price: money(kopecks),
                due: money(kopecks),
            })
            .collect(),
        legs: (1..)
            .zip(legs)
            .map(|(number, &kopecks)| Leg {
                number,
                uid: Uid::new("61366822").unwrap(),
                card_id: "7".into(),
                client_id: "9".into(),
                card_number: None,
                entry: crate::domain::CardEntry::Reader,
                pin_checked_at: None,
                account: AccountId(number.to_string()),
                account_name: "Депозит".into(),
                type_id: "1".into(),
                kind: AccountKind::Money,
                amount: money(kopecks),
            })
            .collect(),
        attribution,
    };
    let mut progress = Progress::begin(sale, LockId("{L}".into()), Timestamp::UNIX_EPOCH);
    progress.phase = Phase::Done;
    progress.debit = Some(OperationId("1".into()));
    progress
}

fn ask(payment: &Progress, legs: &[(u32, Option<i64>)]) -> Result<Refund, Problem> {
    let request = RefundRequest {
        payment: payment.sale.payment,
        legs: legs
            .iter()
            .map(|&(leg, kopecks)| (leg, kopecks.map(money)))
            .collect(),
        by_hand: false,
        operator: String::new(),
        approver: None,
        why: String::new(),
    };
    Refund::new(RefundId::new(), LockId("{R}".into()), &request, payment)
}

#[test]
fn a_refund_is_named_as_it_is_written() {
    let id = RefundId::new();
    assert_eq!(id.to_string().len(), 36);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert!("?".parse::<RefundId>().is_err());
    let payment = PaymentId::new();
    assert_eq!(payment.to_string().parse(), Ok(payment));
}

fn done(payment: &mut Progress, refund: Refund, phase: RefundPhase) {
    let mut past = RefundProgress::begin(refund, Timestamp::UNIX_EPOCH);
    past.phase = phase;
    payment.refunds.push(past);
}

fn parts(refund: &Refund) -> Vec<(usize, usize, i64)> {
    let part = |part: &Part| (part.line, part.leg, part.amount.kopecks());
    refund.rows.parts.iter().map(part).collect()
}

#[test]
fn all_that_is_left_goes_back_where_it_came_from() {
    let mut payment = paid(&[29_000, 36_000, 43_000], &[50_000, 58_000]);
    let refund = ask(&payment, &[]).unwrap();
    assert!(refund.whole);
    assert_eq!(refund.rows, payment.sale.attribution);
    assert_eq!(refund.total(), money(108_000));
    // One leg first; then all means the rest.
    let first = ask(&payment, &[(2, Some(10_000))]).unwrap();
    assert!(!first.whole);
    done(&mut payment, first, RefundPhase::Done);
    let rest = ask(&payment, &[]).unwrap();
    assert!(!rest.whole);
    assert_eq!(rest.total(), money(98_000));
    done(&mut payment, rest, RefundPhase::DoneByHand);
    let problem = ask(&payment, &[]).unwrap_err();
    assert_eq!(problem.reason, Reason::NothingToRefund);
}

#[test]
fn a_part_is_spread_over_the_dishes_in_proportion() {
    let mut payment = paid(&[1_000, 2_000], &[3_000]);
    let third = ask(&payment, &[(1, Some(1_000))]).unwrap();
    assert_eq!(parts(&third), [(0, 0, 333), (1, 0, 667)]);
    done(&mut payment, third, RefundPhase::Done);
    let rest = ask(&payment, &[(1, None)]).unwrap();
    assert_eq!(parts(&rest), [(0, 0, 667), (1, 0, 1_333)]);
}

#[test]
fn what_is_refused() {
    let mut payment = paid(&[1_000], &[600, 400]);
    let reason =
        |payment: &Progress, legs: &[(u32, Option<i64>)]| ask(payment, legs).unwrap_err().reason;
    assert_eq!(reason(&payment, &[(1, Some(601))]), Reason::RefundTooLarge);
    assert_eq!(reason(&payment, &[(3, None)]), Reason::NothingToRefund);
    assert_eq!(reason(&payment, &[(1, Some(0))]), Reason::NothingToRefund);
    assert_eq!(
        reason(&payment, &[(1, Some(1)), (1, Some(1))]),
        Reason::SplitInvalid
    );
    let open = ask(&payment, &[(1, Some(100))]).unwrap();
    done(
        &mut payment,
        open,
        RefundPhase::Parked(RefundAt::Return, crate::payment::state::Doubt::default()),
    );
    assert_eq!(reason(&payment, &[(2, None)]), Reason::PaymentOpen);
    payment.refunds.clear();
    payment.phase = Phase::Aborted;
    assert_eq!(reason(&payment, &[]), Reason::NothingToRefund);
}

proptest! {
    /// Whatever is asked for, in any order: no dish and no leg gives back more than it took, and
    /// in the end everything can be given back to the kopeck.
    #[test]
    fn refunds_never_pass_what_was_taken(
        lines in prop::collection::vec(1_i64..5_000, 1..6),
        cut in 0_i64..1_000,
        asked in prop::collection::vec((1_u32..3, 1_i64..6_000), 0..12),
    ) {
        let total: i64 = lines.iter().sum();
        let first = (total * cut / 1_000).clamp(1, total.max(2) - 1);
        let legs = if total > 1 { vec![first, total - first] } else { vec![total] };
        let mut payment = paid(&lines, &legs);
        for (leg, kopecks) in asked {
            if let Ok(refund) = ask(&payment, &[(leg, Some(kopecks))]) {
                prop_assert_eq!(refund.total(), money(kopecks));
                done(&mut payment, refund, RefundPhase::Done);
            }
        }
        if let Ok(rest) = ask(&payment, &[]) {
            done(&mut payment, rest, RefundPhase::Done);
        }
        for part in &payment.sale.attribution.parts {
            let back = Money::total(
                payment
                    .refunds
                    .iter()
                    .flat_map(|past| &past.refund.rows.parts)
                    .filter(|back| (back.line, back.leg) == (part.line, part.leg))
                    .map(|back| back.amount),
            );
            prop_assert_eq!(back, Some(part.amount));
        }
        for index in 0..payment.sale.legs.len() {
            prop_assert_eq!(payment.left_of(index), Money::ZERO);
        }
    }
}
