//! What people ask for and decide: limits, other orders, decisions, refunds.

use super::*;
use crate::payment::refund::{RefundId, RefundRequest};
use crate::payment::state::Verdict;
use crate::payment::view::{Concern, InDoubt, RefundStanding};

const RESERVE: usize = 4;
const PAY: usize = 5;

fn decision(verdict: Verdict) -> Decision {
    Decision {
        verdict,
        operator: "Администратор".into(),
        approver: None,
        why: "проверено по отчёту".into(),
    }
}

fn not_started<T: std::fmt::Debug>(result: Result<T, DriveError>) -> Reason {
    match result {
        Err(DriveError::NotStarted(problem)) => problem.reason,
        other => panic!("{other:?}"),
    }
}

/// What a person sees in doubt; where nothing is, what he may have seen before.
fn in_doubt(journal: &MemoryJournal, payment: PaymentId, refund: Option<RefundId>) -> InDoubt {
    Progress::replay(journal.entries(payment).unwrap())
        .unwrap()
        .in_doubt_of(refund)
        .unwrap_or(InDoubt::Pay)
}

impl World {
    fn decide(
        &self,
        journal: &mut MemoryJournal,
        payment: PaymentId,
        verdict: Verdict,
    ) -> Result<PaymentView, DriveError> {
        let seen = in_doubt(journal, payment, None);
        self.run(journal, |driver| {
            driver.decide(payment, seen, decision(verdict), &mut Unwatched)
        })
    }

    fn resume(&self, journal: &mut MemoryJournal, payment: PaymentId) -> PaymentView {
        self.run(journal, |driver| driver.resume(payment, &mut Unwatched))
            .unwrap()
    }

    fn refund(
        &self,
        journal: &mut MemoryJournal,
        payment: PaymentId,
        legs: &[(u32, Option<i64>)],
    ) -> Result<PaymentView, DriveError> {
        let request = RefundRequest {
            payment,
            legs: legs
                .iter()
                .map(|&(leg, kopecks)| (leg, kopecks.map(Money::from_kopecks)))
                .collect(),
            by_hand: false,
            operator: "Администратор".into(),
            approver: None,
            why: "вернули блюдо".into(),
        };
        self.run(journal, |driver| driver.refund(&request, &mut Unwatched))
    }

    fn decide_refund(
        &self,
        journal: &mut MemoryJournal,
        view: &PaymentView,
        refund: RefundId,
        verdict: Verdict,
    ) -> Result<PaymentView, DriveError> {
        let seen = in_doubt(journal, view.id, Some(refund));
        self.run(journal, |driver| {
            driver.decide_refund(view.id, refund, seen, decision(verdict), &mut Unwatched)
        })
    }

    /// The same bill and cards, another order.
    fn pay_other(&self, journal: &mut MemoryJournal) -> Result<PaymentView, DriveError> {
        let mut request = request();
        request.order.guid = OrderGuid("{H}".into());
        self.run(journal, |driver| driver.pay(&request, &mut Unwatched))
    }
}

#[test]
fn a_bill_of_just_the_limit_is_paid() {
    for (limit, paid) in [(999, false), (1_000, true), (1_001, true)] {
        let world = World::new([]);
        let patience = Patience {
            sum_max: Money::from_kopecks(limit),
            ..Patience::default()
        };
        let request = request();
        let mut journal = MemoryJournal::default();
        let result = Driver {
            wallet: &world,
            pos: &world,
            journal: &mut journal,
            clock: &world,
            patience: &patience,
        }
        .pay(&request, &mut Unwatched);
        if paid {
            assert_eq!(result.unwrap().standing, Standing::Paid, "{limit}");
        } else {
            assert_eq!(not_started(result), Reason::SumTooLarge);
            assert_eq!(world.books().calls, 0);
            assert!(journal.rows.is_empty());
        }
    }
}

/// A part pays the dishes in their order, the last one perhaps not whole; the rest is the till's.
#[test]
fn a_part_pays_the_first_dishes() {
    for (part, kopecks, lines) in [
        (true, [600, 150], Some(vec![700, 50])),
        (true, [600, 100], Some(vec![700])),
        (true, [600, 400], Some(vec![700, 300])),
        (false, [600, 150], None),
        (true, [600, 401], None),
    ] {
        let mut request = request();
        request.part = part;
        for (share, kopecks) in request.split.shares.iter_mut().zip(kopecks) {
            share.amount = Money::from_kopecks(kopecks);
        }
        let sale = Sale::new(PaymentId::new(), &request);
        let Some(lines) = lines else {
            assert!(sale.is_err(), "{kopecks:?}");
            continue;
        };
        let sale = sale.unwrap();
        let dues: Vec<i64> = sale.lines.iter().map(|line| line.due.kopecks()).collect();
        assert_eq!(dues, lines);
        let due: i64 = kopecks.iter().sum();
        assert_eq!(sale.due.kopecks(), due);
        assert_eq!(sale.rest.kopecks(), 1_000 - due);
        assert_eq!(sale.is_part(), due < 1_000);
        for (index, line) in sale.lines.iter().enumerate() {
            let paid = sale.attribution.of_line(index).map(|part| part.amount);
            assert_eq!(Money::total(paid), Some(line.due));
        }
    }
}

/// A line that was begun for a part and that nobody paid is taken away again; nothing else is.
#[test]
fn a_begun_line_that_nobody_paid_is_taken_away() {
    for (part, begins, funded, abandoned) in [
        (true, true, false, 1),
        (true, true, true, 0),
        (true, false, false, 0),
        (false, true, false, 0),
    ] {
        let world = World::new([]);
        world.books().begins = begins;
        if !funded {
            world.books().balances.insert("a".into(), 0);
        }
        let mut request = request();
        if part {
            request.part = true;
            request.split.shares.truncate(1);
        }
        let view = world
            .run(&mut MemoryJournal::default(), |driver| {
                driver.pay(&request, &mut Unwatched)
            })
            .unwrap();
        let context = format!("{part} {begins} {funded}: {view:?}");
        assert_eq!(view.standing == Standing::Refused, !funded, "{context}");
        assert_eq!(world.books().abandoned, abandoned, "{context}");
    }
}

/// An open payment keeps its own order, and no other.
#[test]
fn an_open_payment_keeps_only_its_own_order() {
    let world = World::new((PAY..60).map(|call| (call, Fate::RequestLost)));
    let mut journal = MemoryJournal::default();
    let open = world.pay(&mut journal).unwrap();
    assert_eq!(open.standing, Standing::Unknown);
    world.books().fates.clear();
    for balance in world.books().balances.values_mut() {
        *balance += 1_000;
    }
    let other = world.pay_other(&mut journal).unwrap();
    assert_eq!(other.standing, Standing::Paid);
    assert_eq!(not_started(world.pay(&mut journal)), Reason::PaymentOpen);
}

/// Shown as needing a manager once it was asked in vain often enough, or long enough ago.
#[test]
fn unknown_becomes_a_managers_business() {
    let far = Duration::from_hours(1);
    for (tries, manager_after, standing) in [
        (u32::MAX, far, Standing::Unknown),
        (1, far, Standing::NeedsManager),
        (u32::MAX, Duration::ZERO, Standing::NeedsManager),
    ] {
        let world = World::new((PAY..400).map(|call| (call, Fate::RequestLost)));
        let patience = Patience {
            tries,
            manager_after,
            ..Patience::default()
        };
        let request = request();
        let view = Driver {
            wallet: &world,
            pos: &world,
            journal: &mut MemoryJournal::default(),
            clock: &world,
            patience: &patience,
        }
        .pay(&request, &mut Unwatched)
        .unwrap();
        assert_eq!(view.standing, standing, "{tries} {manager_after:?}");
        assert!(view.tries > 1);
    }
}

/// A person's word is taken for what waits, once, and only where it makes sense.
#[test]
fn a_person_decides_about_what_waits() {
    for (verdict, standing) in [
        (Verdict::Happened, Standing::Paid),
        (Verdict::DidNot, Standing::Refused),
    ] {
        let world = World::new([(PAY, Fate::Fine)]);
        world.books().forgets = true;
        let mut journal = MemoryJournal::default();
        let view = world.pay(&mut journal).unwrap();
        assert_eq!(view.standing, Standing::NeedsManager);
        let again = world.decide(&mut journal, view.id, Verdict::AskAgain);
        assert_eq!(again.unwrap().standing, Standing::NeedsManager);
        let decided = world.decide(&mut journal, view.id, verdict).unwrap();
        assert_eq!(decided.standing, standing);
        let taken = if standing == Standing::Paid { 1_000 } else { 0 };
        assert_eq!(world.books().taken(), taken);
        // Nothing waits any more.
        let once_more = world.decide(&mut journal, view.id, verdict);
        assert_eq!(not_started(once_more), Reason::NothingToDecide);
        let replayed = Progress::replay(journal.entries(view.id).unwrap()).unwrap();
        assert_eq!(replayed.decisions.len(), 2);
        assert_eq!(replayed.decisions[1].1, decision(verdict));
    }
}

/// A resumed payment at rest stays as it is, and nobody is asked.
#[test]
fn a_payment_at_rest_is_only_shown() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    let (calls, rows) = (world.books().calls, journal.rows.len());
    assert_eq!(world.resume(&mut journal, view.id).standing, Standing::Paid);
    assert_eq!((world.books().calls, journal.rows.len()), (calls, rows));
}

#[test]
fn a_refund_gives_back_leg_by_leg_and_never_more() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    let first = world
        .refund(&mut journal, view.id, &[(1, Some(250))])
        .unwrap();
    // r_keeper cannot undo a part, nor may this site: a person does.
    assert_eq!(first.refunds[0].standing, RefundStanding::ByHand);
    assert_eq!(first.concern(), Some(Concern::ByHand));
    assert_eq!(first.concern_sum(), Money::from_kopecks(250));
    assert!(!first.is_open());
    assert!(first.refunds[0].returned);
    assert_eq!(first.refunds[0].lime_check.as_deref(), Some("102"));
    assert_eq!(world.books().balances["a"], 650);
    let too_much = world.refund(&mut journal, view.id, &[(1, Some(351))]);
    assert_eq!(not_started(too_much), Reason::RefundTooLarge);
    let rest = world.refund(&mut journal, view.id, &[]).unwrap();
    assert_eq!(rest.refunded(), Money::from_kopecks(1_000));
    assert_eq!(world.books().taken(), 0);
    let nothing = world.refund(&mut journal, view.id, &[]);
    assert_eq!(not_started(nothing), Reason::NothingToRefund);
    // Somebody did it in r_keeper.
    let refund = first.refunds[0].id;
    let settled = world
        .decide_refund(&mut journal, &view, refund, Verdict::Happened)
        .unwrap();
    assert_eq!(settled.refunds[0].standing, RefundStanding::Refunded);
    let again = world.decide_refund(&mut journal, &view, refund, Verdict::Happened);
    assert_eq!(not_started(again), Reason::NothingToDecide);
    let unknown = world.decide_refund(&mut journal, &view, RefundId::new(), Verdict::Happened);
    assert_eq!(not_started(unknown), Reason::NothingToDecide);
    let record = Progress::replay(journal.entries(view.id).unwrap())
        .unwrap()
        .record();
    assert_eq!(record.bookings.len(), 3, "one debit, two returns");
}

#[test]
fn a_whole_refund_annuls_the_receipt_where_the_site_allows_it() {
    let world = World::new([]);
    world.books().annuls = true;
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    let view = world.refund(&mut journal, view.id, &[]).unwrap();
    assert_eq!(view.refunds[0].standing, RefundStanding::Refunded);
    assert_eq!(view.concern(), None);
    assert!(world.books().order.payments.is_empty());
    assert_eq!(world.books().taken(), 0);
    assert_eq!(world.books().locks, 1, "a closed order is not locked again");
}

/// Any one fault in a refund, in any call, and the books agree once it is taken up again.
#[test]
fn any_fault_in_a_refund_ends_with_books_that_agree() {
    for at in 0..8 {
        for fate in BAD {
            for annuls in [false, true] {
                let world = World::new([]);
                world.books().annuls = annuls;
                let mut journal = MemoryJournal::default();
                let view = world.pay(&mut journal).unwrap();
                let calls = world.books().calls;
                world.books().fates.insert(calls + at, fate);
                let refunded = world.refund(&mut journal, view.id, &[]).unwrap();
                let context = format!("{at} {fate:?} {annuls}: {refunded:?}");
                let standing = refunded.refunds[0].standing;
                let taken = world.books().taken();
                match standing {
                    RefundStanding::Refunded => {
                        assert!(annuls, "{context}");
                        assert_eq!(taken, 0, "{context}");
                        assert!(world.books().order.payments.is_empty(), "{context}");
                    }
                    RefundStanding::ByHand => assert_eq!(taken, 0, "{context}"),
                    RefundStanding::Refused => {
                        assert_eq!(taken, 1_000, "{context}");
                        assert!(refunded.refunds[0].problem.is_some(), "{context}");
                    }
                    RefundStanding::Working
                    | RefundStanding::Unknown
                    | RefundStanding::NeedsManager => panic!("{context}"),
                }
            }
        }
    }
}

/// A refund that is parked goes on where it was, under its own name, and gives back once.
#[test]
fn a_parked_refund_is_taken_up_again() {
    for fate in [Fate::RequestLost, Fate::ReplyLost, Fate::Late] {
        let world = World::new([]);
        let mut journal = MemoryJournal::default();
        let view = world.pay(&mut journal).unwrap();
        let calls = world.books().calls;
        world.books().fates.insert(calls + 1, fate);
        let lost = (calls + 2..calls + 60).map(|call| (call, Fate::RequestLost));
        world.books().fates.extend(lost);
        let parked = world.refund(&mut journal, view.id, &[(2, None)]).unwrap();
        assert_eq!(parked.refunds[0].standing, RefundStanding::Unknown);
        assert_eq!(parked.concern(), Some(Concern::Unknown));
        assert!(parked.is_open());
        assert_eq!(parked.concern_sum(), Money::from_kopecks(400));
        let second = world.refund(&mut journal, view.id, &[(1, None)]);
        assert_eq!(not_started(second), Reason::PaymentOpen);
        world.books().fates.clear();
        let views = world
            .run(&mut journal, |driver| driver.recover(&mut Unwatched))
            .unwrap();
        assert_eq!(views[0].refunds[0].standing, RefundStanding::ByHand);
        assert_eq!(world.books().balances["b"], 1_000, "{fate:?}");
        assert_eq!(world.books().taken(), 600);
        let names = world.books().operations.len();
        assert_eq!(names, 2, "one debit, one return");
    }
}

/// The same word means another thing once something else is in doubt: nothing is written then.
#[test]
fn a_person_decides_about_what_he_saw_and_nothing_else() {
    let world = World::new([(PAY, Fate::Fine)]);
    world.books().forgets = true;
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    assert_eq!(view.in_doubt, Some(InDoubt::Pay));
    let rows = journal.entries(view.id).unwrap().len();
    for seen in [InDoubt::Debit, InDoubt::GiveBack, InDoubt::ByHand] {
        for verdict in Verdict::ALL {
            let decided = world.run(&mut journal, |driver| {
                driver.decide(view.id, seen, decision(verdict), &mut Unwatched)
            });
            assert_eq!(not_started(decided), Reason::NothingToDecide, "{seen:?}");
        }
    }
    assert_eq!(journal.entries(view.id).unwrap().len(), rows);
    assert_eq!(world.books().taken(), 1_000);
    let decided = world.decide(&mut journal, view.id, Verdict::Happened);
    assert_eq!(decided.unwrap().standing, Standing::Paid);

    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    let view = world
        .refund(&mut journal, view.id, &[(1, Some(250))])
        .unwrap();
    let refund = view.refunds[0].id;
    assert_eq!(view.in_doubt_of(Some(refund)), Some(InDoubt::ByHand));
    for seen in [InDoubt::Annul, InDoubt::Return] {
        let decided = world.run(&mut journal, |driver| {
            let said = decision(Verdict::Happened);
            driver.decide_refund(view.id, refund, seen, said, &mut Unwatched)
        });
        assert_eq!(not_started(decided), Reason::NothingToDecide, "{seen:?}");
    }
}

/// A debit whose answer is lost, and that nobody can ask for, is a person's from the start.
#[test]
fn a_person_says_that_a_debit_never_happened() {
    let world = World::new([(RESERVE, Fate::RequestLost)]);
    world.books().can_find = false;
    world.books().may_repeat = false;
    let mut journal = MemoryJournal::default();
    let view = world.pay(&mut journal).unwrap();
    assert_eq!(view.standing, Standing::NeedsManager);
    assert!(view.legs.iter().all(|leg| leg.state == LegState::Asking));
    let view = world
        .decide(&mut journal, view.id, Verdict::DidNot)
        .unwrap();
    assert_eq!(view.standing, Standing::Refused);
    assert!(
        view.legs
            .iter()
            .all(|leg| leg.state == LegState::NotCharged)
    );
}
