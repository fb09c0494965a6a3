//! Looking back at a wallet and a till that list what they have.

use super::*;
use crate::payment::driver::lookback::ORDERS_READ_MAX;
use crate::payment::lookback::{Asked, Looked};
use crate::payment::orphan::{Note, OrphanKind};
use crate::payment::ports::SeenOperation;
use crate::payment::sale::{By, PaymentId};

const DAY: Duration = Duration::from_hours(24);

/// A world in which both servers can be asked for lists, at the time when ids are made.
fn world() -> World {
    let world = World::new([]);
    world.books().now = Timestamp::now() + Duration::from_mins(1);
    world.books().receipts = Some(vec![]);
    world.books().listed = Some(SeenOperations {
        operations: vec![],
        nameless: vec![],
        whole: true,
    });
    world
}

/// What the world's own books hold goes on Lime's list.
fn list(world: &World, payment: PaymentId) {
    let mut books = world.books();
    let operations = books.operations.iter().map(|(name, moves)| {
        let sum: i64 = moves.iter().map(|(_, amount)| amount).sum();
        SeenOperation {
            operation: OperationId(name.clone()),
            payment,
            returns: sum < 0,
            amount: Money::from_kopecks(sum.abs()),
        }
    });
    let operations = operations.collect();
    books.listed = Some(SeenOperations {
        operations,
        nameless: vec![],
        whole: true,
    });
}

fn receipt(order: &str, check_num: &str, annulled: bool) -> SeenReceipt {
    SeenReceipt {
        order: OrderGuid(order.into()),
        check_num: Some(check_num.into()),
        annulled,
        at_our_station: true,
    }
}

fn look(world: &World, journal: &mut MemoryJournal, remembered: &mut Remembered) -> Looked {
    world
        .run(journal, |driver| {
            driver.look_back(DAY, remembered, &|| false)
        })
        .unwrap()
}

fn look_anew(world: &World, journal: &mut MemoryJournal) -> Looked {
    look(world, journal, &mut Remembered::default())
}

#[test]
fn a_paid_bill_that_both_servers_show_needs_no_order_to_be_read() {
    let world = world();
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    list(&world, paid.id);
    world.books().receipts = Some(vec![receipt("{G}", "77", false)]);
    let (before, syncs) = (world.books().orders_read, journal.syncs);
    let looked = look_anew(&world, &mut journal);
    assert_eq!(looked.orphans, []);
    assert_eq!((looked.wallet, looked.pos), (Asked::Whole, Asked::Whole));
    assert_eq!(world.books().orders_read, before);
    assert_eq!(journal.syncs, syncs, "nothing is written");
}

#[test]
fn a_lost_journal_is_found_from_the_other_side_and_written_down_once() {
    let world = world();
    let paid = world.pay(&mut MemoryJournal::default()).unwrap();
    list(&world, paid.id);
    world.books().receipts = Some(vec![receipt("{G}", "77", false)]);
    let mut journal = MemoryJournal::default();
    let mut remembered = Remembered::default();
    let looked = look(&world, &mut journal, &mut remembered);
    let [orphan] = &looked.orphans[..] else {
        panic!("{looked:?}")
    };
    assert_eq!(orphan.payment, paid.id);
    assert_eq!(orphan.kind, OrphanKind::NotInJournal);
    assert_eq!(orphan.sum(), Money::from_kopecks(1_000));
    assert_eq!(orphan.order_name.as_deref(), Some("1"));
    assert_eq!(orphan.check_num.as_deref(), Some("77"));
    assert_eq!(journal.notes.len(), 1);
    assert_eq!(look(&world, &mut journal, &mut remembered), looked);
    // Less can be seen later: the order has vanished with its shift, Lime is silent.
    world.books().receipts = None;
    world.books().listed = None;
    assert_eq!(look_anew(&world, &mut journal).orphans, looked.orphans);
    assert_eq!(journal.notes.len(), 1);

    let id = paid.id;
    let settle = |journal: &mut MemoryJournal| {
        world.run(journal, |driver| {
            driver.settle_orphan(id, &By::named("А"), "Б")
        })
    };
    assert_eq!(settle(&mut journal).unwrap(), *orphan);
    let again = settle(&mut journal);
    assert!(matches!(
        again,
        Err(DriveError::NotStarted(problem)) if problem.reason == Reason::NothingToDecide
    ));
    list(&world, paid.id);
    world.books().receipts = Some(vec![receipt("{G}", "77", false)]);
    assert_eq!(look_anew(&world, &mut journal).orphans, []);
    assert_eq!(journal.notes.len(), 2);

    // More of the same is news.
    let mut seen = world.books().listed.clone().unwrap();
    seen.operations.push(SeenOperation {
        operation: OperationId("999".into()),
        ..seen.operations[0].clone()
    });
    world.books().listed = Some(seen);
    let grown = look_anew(&world, &mut journal).orphans;
    assert_eq!(grown[0].sum(), Money::from_kopecks(2_000));
    assert_eq!(journal.notes.len(), 3);
}

#[test]
fn what_comes_right_is_forgotten_by_itself_and_only_when_it_was_seen() {
    let world = world();
    let paid = world.pay(&mut MemoryJournal::default()).unwrap();
    list(&world, paid.id);
    let mut journal = MemoryJournal::default();
    assert_eq!(look_anew(&world, &mut journal).orphans.len(), 1);
    // A list that is cut, or none: nothing is forgotten.
    let gone = SeenOperations {
        operations: vec![],
        nameless: vec![],
        whole: false,
    };
    for listed in [None, Some(gone.clone())] {
        world.books().listed = listed;
        assert_eq!(look_anew(&world, &mut journal).orphans.len(), 1);
    }
    world.books().listed = Some(SeenOperations {
        whole: true,
        ..gone
    });
    assert_eq!(look_anew(&world, &mut journal).orphans, []);
    assert!(matches!(
        journal.notes.last(),
        Some((_, Note::OrphanGone { .. }))
    ));
}

#[test]
fn an_annulled_receipt_is_missed_and_a_debit_that_lime_forgot() {
    let world = world();
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    list(&world, paid.id);
    {
        let mut books = world.books();
        books.receipts = Some(vec![receipt("{G}", "77", true)]);
        books.order = order();
    }
    let looked = look_anew(&world, &mut journal);
    assert_eq!(looked.orphans[0].kind, OrphanKind::Missing);
    // Where Lime has no list, the newest debits are asked for.
    let mut journal = MemoryJournal::default();
    let world = self::world();
    world.books().listed = None;
    let paid = world.pay(&mut journal).unwrap();
    assert_eq!(look_anew(&world, &mut journal).wallet, Asked::Cannot);
    let kept = std::mem::take(&mut world.books().operations);
    let looked = look_anew(&world, &mut journal);
    assert_eq!(looked.orphans[0].payment, paid.id);
    assert_eq!(looked.orphans[0].kind, OrphanKind::Missing);
    world.books().operations = kept;
    assert_eq!(look_anew(&world, &mut journal).orphans, []);
}

/// Many receipts: no more orders are read than one look may, the newest first, and the next look
/// goes on where this one ended.
#[test]
fn many_receipts_are_looked_at_in_several_looks() {
    let world = world();
    let paid = world.pay(&mut MemoryJournal::default()).unwrap();
    let guid = |n: usize| OrderGuid(format!("{{{n}}}"));
    let count = 2 * ORDERS_READ_MAX + 50;
    {
        let mut books = world.books();
        let bill = books.order.clone();
        for n in 0..count {
            let mut other = order();
            other.guid = guid(n);
            if n + 1 == count {
                other.payments.clone_from(&bill.payments);
            }
            books.others.insert(guid(n), other);
        }
        let receipts = (0..count).map(|n| receipt(&guid(n).0, &n.to_string(), false));
        books.receipts = Some(receipts.collect());
        books.orders_read = 0;
    }
    let mut journal = MemoryJournal::default();
    let mut remembered = Remembered::default();
    for (reads, asked) in [
        (ORDERS_READ_MAX, Asked::Partly),
        (ORDERS_READ_MAX, Asked::Partly),
        (50, Asked::Whole),
    ] {
        let before = world.books().orders_read;
        let looked = look(&world, &mut journal, &mut remembered);
        assert_eq!(world.books().orders_read - before, reads);
        assert_eq!(looked.pos, asked);
        assert_eq!(looked.orphans.len(), usize::from(asked == Asked::Whole));
    }
    // From then on nothing but the order of what was found.
    let before = world.books().orders_read;
    let looked = look(&world, &mut journal, &mut remembered);
    assert_eq!(world.books().orders_read - before, 1);
    assert_eq!(looked.orphans[0].payment, paid.id);
}

#[test]
fn somebody_who_waits_and_the_end_of_patience_end_a_look() {
    let world = world();
    {
        let mut books = world.books();
        books.receipts = Some(
            (0..9)
                .map(|n| receipt("{G}", &n.to_string(), false))
                .collect(),
        );
        let receipts = books.receipts.as_mut().unwrap();
        for (n, receipt) in receipts.iter_mut().enumerate() {
            receipt.order = OrderGuid(format!("{{{n}}}"));
        }
    }
    let mut journal = MemoryJournal::default();
    let looked = world.run(&mut journal, |driver| {
        driver.look_back(DAY, &mut Remembered::default(), &|| true)
    });
    assert_eq!(looked.unwrap().pos, Asked::Partly);
    assert_eq!(world.books().orders_read, 0);
    let calls = world.books().calls;
    for call in calls..calls + 20 {
        world.books().slow.insert(call, Duration::from_secs(20));
    }
    assert_eq!(look_anew(&world, &mut journal).pos, Asked::Partly);
    assert_eq!(world.books().orders_read, 3, "20 s each, 45 s in all");
}

/// A server that fails in the middle keeps nothing that the other showed from being found.
#[test]
fn each_server_is_looked_at_for_itself() {
    for call in 0..3 {
        let world = world();
        let paid = world.pay(&mut MemoryJournal::default()).unwrap();
        list(&world, paid.id);
        world.books().receipts = Some(vec![receipt("{G}", "77", false)]);
        let at = world.books().calls + call;
        world.books().fates.insert(at, Fate::ReplyLost);
        let looked = look_anew(&world, &mut MemoryJournal::default());
        assert_eq!(looked.orphans.len(), 1, "{call}");
        let failed = [&looked.wallet, &looked.pos].map(|asked| matches!(asked, Asked::Failed(_)));
        assert_eq!(failed, [call == 0, call != 0], "{looked:?}");
    }
}

/// Nothing is written where the journal cannot be, and that is an error.
#[test]
fn a_journal_that_fails_stops_the_look() {
    let world = world();
    let paid = world.pay(&mut MemoryJournal::default()).unwrap();
    list(&world, paid.id);
    let mut journal = MemoryJournal {
        fail_at: Some(0),
        ..Default::default()
    };
    let looked = world.run(&mut journal, |driver| {
        driver.look_back(DAY, &mut Remembered::default(), &|| false)
    });
    assert!(matches!(looked, Err(DriveError::Journal(_))));
}

/// How many orders one look reads.
fn reads(world: &World, journal: &mut MemoryJournal) -> usize {
    let before = world.books().orders_read;
    look_anew(world, journal);
    world.books().orders_read - before
}

fn summary(guid: &str, unpaid: i64) -> OrderSummary {
    OrderSummary {
        guid: OrderGuid(guid.into()),
        total: Money::from_kopecks(1_000),
        unpaid: Money::from_kopecks(unpaid),
        ..OrderSummary::default()
    }
}

/// Of open orders those are read on which something was paid, and those that this till paid a part of.
#[test]
fn which_open_orders_are_read() {
    let world = world();
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    list(&world, paid.id);
    for (guid, unpaid, read) in [
        ("{H}", 1_000, 0),
        ("{H}", 1_001, 0),
        ("{H}", 999, 1),
        ("{H}", 0, 1),
        ("{G}", 1_000, 1),
    ] {
        world.books().open = vec![summary(guid, unpaid)];
        assert_eq!(reads(&world, &mut journal), read, "{guid} {unpaid}");
    }
}

/// A receipt is known by its order and its number; what other stations printed is read as well.
#[test]
fn which_receipts_are_looked_into() {
    let world = world();
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    list(&world, paid.id);
    for (order, check_num, read) in [("{G}", "77", 0), ("{G}", "78", 1), ("{H}", "77", 1)] {
        for at_our_station in [true, false] {
            let receipt = SeenReceipt {
                at_our_station,
                ..receipt(order, check_num, false)
            };
            world.books().receipts = Some(vec![receipt]);
            let context = format!("{order} {check_num} {at_our_station}");
            assert_eq!(reads(&world, &mut journal), read, "{context}");
        }
    }
}

/// An orphan that a person knows of is still looked at, in the time that is looked at: it may grow.
#[test]
fn a_settled_orphan_is_read_again() {
    let world = world();
    let paid = world.pay(&mut MemoryJournal::default()).unwrap();
    world.books().receipts = Some(vec![receipt("{G}", "77", false)]);
    let mut journal = MemoryJournal::default();
    assert_eq!(look_anew(&world, &mut journal).orphans.len(), 1);
    let settled = world.run(&mut journal, |driver| {
        driver.settle_orphan(paid.id, &By::named("А"), "Б")
    });
    assert_eq!(settled.unwrap().order, Some(OrderGuid("{G}".into())));
    world.books().receipts = Some(vec![]);
    assert_eq!(reads(&world, &mut journal), 1);
}

/// Lists begin where the look does: a payment made before it is not missed on them.
#[test]
fn an_older_payment_is_not_missed() {
    let world = world();
    let mut journal = MemoryJournal::default();
    world.pay(&mut journal).unwrap();
    // It was taken up and settled two days later.
    world.books().now += 2 * DAY;
    let now = world.books().now;
    for (_, at, _) in &mut journal.rows {
        *at = now;
    }
    assert_eq!(look_anew(&world, &mut journal).orphans, []);
}

/// Rows that do not add up are said by whoever takes the payment up: nobody calls it lost.
#[test]
fn a_payment_whose_rows_do_not_add_up_is_no_orphan() {
    let world = world();
    let mut journal = MemoryJournal::default();
    let paid = world.pay(&mut journal).unwrap();
    list(&world, paid.id);
    journal.rows.remove(0);
    assert!(Progress::replay(journal.entries(paid.id).unwrap()).is_err());
    assert_eq!(look_anew(&world, &mut journal).orphans, []);
}
