//! Refunds: the locks that r_keeper is asked for, calls that take long, decisions.

use super::*;
use crate::payment::orphan::{OrphanKind, Orphans, Sums};
use crate::payment::refund::RefundRequest;
use crate::payment::state::Verdict;
use crate::payment::view::{InDoubt, RefundStanding};

fn refund(world: &World, journal: &mut MemoryJournal, paid: &PaymentView) -> PaymentView {
    let request = RefundRequest {
        payment: paid.id,
        legs: vec![],
        by_hand: false,
        operator: "Администратор".into(),
        approver: None,
        why: "вернули блюдо".into(),
    };
    world
        .run(journal, |driver| driver.refund(&request, &mut Unwatched))
        .unwrap()
}

/// A closed order is given free once, an open one is locked and given free.
#[test]
fn an_order_is_locked_only_where_a_part_is_undone() {
    for part in [false, true] {
        let world = World::new([]);
        world.books().annuls = true;
        world.books().begins = part;
        let mut request = request();
        request.part = part;
        if part {
            request.split.shares.truncate(1);
        }
        let mut journal = MemoryJournal::default();
        let paid = world
            .run(&mut journal, |driver| driver.pay(&request, &mut Unwatched))
            .unwrap();
        assert_eq!(paid.standing, Standing::Paid, "{part}");
        let asked = || {
            let books = world.books();
            (books.locks, books.unlocks)
        };
        let before = asked();
        let view = refund(&world, &mut journal, &paid);
        assert_eq!(view.refunds[0].standing, RefundStanding::Refunded, "{part}");
        let after = (before.0 + usize::from(part), before.1 + 1);
        assert_eq!(asked(), after, "{part}");
    }
}

/// The time in front of the guest ends with the return's answer: r_keeper is looked at all the same.
#[test]
fn what_was_begun_is_looked_at_once_when_the_time_is_over() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    let give_back = world.books().calls + 1;
    world.books().slow = BTreeMap::from([(give_back, Duration::from_mins(1))]);
    let view = refund(&world, &mut journal, &paid);
    assert_eq!(view.refunds[0].standing, RefundStanding::ByHand);
    assert!(world.books().calls > give_back + 1);
}

/// The only refund of a payment: what a person may say of it, and nothing else.
#[test]
fn a_person_settles_a_refund_that_was_left_to_him() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    let view = refund(&world, &mut journal, &paid);
    let id = view.refunds[0].id;
    assert_eq!(view.in_doubt_of(Some(id)), Some(InDoubt::ByHand));
    let mut say = |verdict| {
        let decision = Decision {
            verdict,
            operator: "Администратор".into(),
            approver: None,
            why: "исправлено на кассе".into(),
        };
        world.run(&mut journal, |driver| {
            driver.decide_refund(paid.id, id, InDoubt::ByHand, decision, &mut Unwatched)
        })
    };
    match say(Verdict::DidNot) {
        Err(DriveError::NotStarted(problem)) => {
            assert_eq!(problem.reason, Reason::NothingToDecide);
        }
        other => panic!("{other:?}"),
    }
    let settled = say(Verdict::Happened).unwrap();
    assert_eq!(settled.refunds[0].standing, RefundStanding::Refunded);
}

/// What the wallet shows beside that it did what was asked is written down: an account that had run out
/// stands in the refund, also after a restart; too much money is a person's.
#[test]
fn what_the_wallet_shows_besides_is_kept() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    world.books().stored.moved = Some(Money::from_kopecks(470_000));
    let paid = world.pay(&mut journal).unwrap();
    let (due, twice) = (paid.total, Money::from_kopecks(470_000));
    let orphans = |journal: &MemoryJournal| Orphans::replay(journal.notes().unwrap()).open();
    let found = orphans(&journal);
    let sums = |shown, believed| Some(Sums { shown, believed });
    assert_eq!(found[0].wallet, sums(twice, due));
    assert_eq!(found[0].kind, OrphanKind::TooMuch);
    // The same once more is no news.
    let rows = journal.notes().unwrap().len();
    world.books().stored = Stored {
        moved: None,
        restored_expired: true,
    };
    let view = refund(&world, &mut journal, &paid);
    assert!(view.refunds[0].restored_expired);
    assert_eq!(journal.notes().unwrap().len(), rows);
    let again = world
        .run(&mut journal, |driver| {
            driver.resume(paid.id, &mut Unwatched)
        })
        .unwrap();
    assert!(again.refunds[0].restored_expired);
}

/// A return that gave back more than it was to: less is taken than should be.
#[test]
fn a_return_that_was_booked_twice_is_a_persons() {
    let world = World::new([]);
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    world.books().stored.moved = paid.total.checked_add(paid.total);
    refund(&world, &mut journal, &paid);
    let found = Orphans::replay(journal.notes().unwrap()).open();
    let sums = Sums {
        shown: paid.total.checked_neg().unwrap(),
        believed: Money::ZERO,
    };
    assert_eq!(found[0].wallet, Some(sums));
    assert_eq!(found[0].kind, OrphanKind::Missing);
}
