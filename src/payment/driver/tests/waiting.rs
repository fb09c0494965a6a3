//! Slow servers, locks, what r_keeper does not show, and one damaged payment among others.

use super::*;
use crate::payment::driver::check::still_payable;
use crate::payment::state::LOOKS_AFTER_REFUSAL;
use crate::payment::view::Step;

// Calls of a payment without trouble.
const RESERVE: usize = 4;
const PAY: usize = 5;
const LOOK: usize = 6;

const PRINTING: Duration = Duration::from_secs(80);

/// The receipt printed for longer than the cashier is kept waiting: r_keeper's word still counts,
/// and the order is looked at before anybody is told «not known».
#[test]
fn a_slow_receipt_is_no_unknown_payment() {
    for fate in [Fate::Fine, Fate::ReplyLost] {
        let world = World::new([(PAY, fate)]);
        world.books().slow.insert(PAY, PRINTING);
        let view = world.pay(&mut MemoryJournal::default()).unwrap();
        assert_eq!(view.standing, Standing::Paid, "{fate:?}");
        world.assert_settled(view.standing, &fate);
    }
    // A debit that took that long is not followed by a payment, and goes back at once.
    for fate in [Fate::Fine, Fate::ReplyLost] {
        let world = World::new([(RESERVE, fate)]);
        world.books().slow.insert(RESERVE, PRINTING);
        let view = world.pay(&mut MemoryJournal::default()).unwrap();
        assert_eq!(view.standing, Standing::Refused, "{fate:?}");
        world.assert_settled(view.standing, &fate);
    }
    // Looked at once and not more.
    let world = World::new((PAY..40).map(|call| (call, Fate::RequestLost)));
    world.books().slow.insert(PAY, PRINTING);
    let view = world.pay(&mut MemoryJournal::default()).unwrap();
    assert_eq!(view.standing, Standing::Unknown);
    assert_eq!(world.books().calls, LOOK + 1);
}

/// Where nobody waits at all, every payment is still asked for once.
#[test]
fn no_patience_ends() {
    let world = World::new((RESERVE..400).map(|call| (call, Fate::RequestLost)));
    let mut journal = MemoryJournal::default();
    let patience = Patience {
        front: Duration::ZERO,
        pauses: vec![],
        ..Patience::default()
    };
    let view = world.pay(&mut journal).unwrap();
    assert_eq!(view.standing, Standing::Unknown);
    let mut run = |id| {
        let before = world.books().calls;
        let mut driver = Driver {
            wallet: &world,
            pos: &world,
            journal: &mut journal,
            clock: &world,
            patience: &patience,
        };
        let view = driver.resume(id, &mut Unwatched).unwrap();
        (view, world.books().calls - before)
    };
    let (view, calls) = run(view.id);
    assert_eq!((view.standing, calls), (Standing::NeedsManager, 1));
}

/// What something between sent twice: the second copy is refused, and the first one paid.
#[test]
fn a_refusal_is_looked_at_before_money_goes_back() {
    let world = World::new([(PAY, Fate::Doubled)]);
    let view = world.pay(&mut MemoryJournal::default()).unwrap();
    assert_eq!(view.standing, Standing::Paid);
    world.assert_settled(view.standing, &"doubled");
    // Refused indeed: one look, and back.
    let world = World::new([]);
    let request = request();
    let mut journal = MemoryJournal::default();
    let view = world
        .run(&mut journal, |driver| {
            driver.pay(&request, &mut AddsADish(&world))
        })
        .unwrap();
    assert_eq!(view.standing, Standing::Refused);
    assert_eq!(view.problem.unwrap().reason, Reason::SumMismatch);
    world.assert_settled(Standing::Refused, &"refused");
    assert_eq!(world.books().time, Duration::ZERO, "nothing to wait for");
}

/// A waiter adds a dish before the payment arrives.
pub(super) struct AddsADish<'w>(pub(super) &'w World);

impl Watcher for AddsADish<'_> {
    fn show(&mut self, view: &PaymentView) {
        if view.step == Step::Paying {
            self.0.books().order.unpaid = Money::from_kopecks(1_500);
        }
    }
    fn cancelled(&self) -> bool {
        false
    }
}

/// A repeat was refused, and the first copy is still under way: it is waited for.
#[test]
fn the_refusal_of_a_repeat_is_believed_only_after_several_looks() {
    /// Takes the dish off again after that many looks, and lets the late copy through.
    struct Late<'w>(&'w World, u32, Option<Write>);
    impl Watcher for Late<'_> {
        fn show(&mut self, view: &PaymentView) {
            let mut books = self.0.books();
            if view.step == Step::AskingRkeeper && self.2.is_none() {
                self.2 = books.late.pop();
                books.order.unpaid = Money::from_kopecks(1_500);
            } else if view.step == Step::AskingRkeeper && view.tries > self.1 {
                books.order.unpaid = Money::from_kopecks(1_000);
                books.late.extend(self.2.clone());
            }
        }
        fn cancelled(&self) -> bool {
            false
        }
    }
    for looks in 1..LOOKS_AFTER_REFUSAL {
        let world = World::new([(PAY, Fate::Late)]);
        let request = request();
        let mut watcher = Late(&world, looks, None);
        let view = world
            .run(&mut MemoryJournal::default(), |driver| {
                driver.pay(&request, &mut watcher)
            })
            .unwrap();
        assert_eq!(view.standing, Standing::Paid, "{looks}");
        world.assert_settled(view.standing, &looks);
    }
}

/// r_keeper said «paid» and forgot our markers: money stays where it is, a person looks.
#[test]
fn a_payment_without_markers_is_nobody_elses() {
    for fate in [Fate::Fine, Fate::ReplyLost, Fate::Doubled] {
        let world = World::new([(PAY, fate)]);
        world.books().forgets = true;
        let mut journal = MemoryJournal::default();
        let view = world.pay(&mut journal).unwrap();
        assert_eq!(view.standing, Standing::NeedsManager, "{fate:?}");
        assert_eq!(view.problem.clone().unwrap().reason, Reason::PaidUnclear);
        assert!(view.legs.iter().all(|leg| leg.state == LegState::Debited));
        // Once it shows them after all, it is settled.
        let sale = Progress::replay(journal.entries(view.id).unwrap())
            .unwrap()
            .sale;
        for (leg, payment) in sale.legs.iter().zip(&mut world.books().order.payments) {
            payment.ext_info = Some(sale.marker(leg));
        }
        let view = settle(&world, &mut journal, view);
        world.assert_settled(view.standing, &fate);
        assert_eq!(view.standing, Standing::Paid);
    }
    // r_keeper said «paid», and shows somebody else's payment: not believed either.
    let world = World::new([]);
    let request = request();
    let view = world
        .run(&mut MemoryJournal::default(), |driver| {
            driver.pay(&request, &mut Swap(&world))
        })
        .unwrap();
    assert_eq!(view.standing, Standing::NeedsManager);
}

/// What r_keeper shows is another till's payment.
struct Swap<'w>(&'w World);
impl Watcher for Swap<'_> {
    fn show(&mut self, view: &PaymentView) {
        if view.step == Step::AskingRkeeper {
            for payment in &mut self.0.books().order.payments {
                payment.ext_info = None;
                payment.currency = Some("1".into());
            }
        }
    }
    fn cancelled(&self) -> bool {
        false
    }
}

/// The cashier is told before the lock is given back, a lock never taken is not given back, and a
/// repeat takes it anew.
#[test]
fn the_lock_is_given_back_after_the_cashier_was_told() {
    struct Told<'w>(&'w World, Option<usize>);
    impl Watcher for Told<'_> {
        fn show(&mut self, view: &PaymentView) {
            if view.step == Step::Finished {
                self.1 = Some(self.0.books().unlocks);
            }
        }
        fn cancelled(&self) -> bool {
            false
        }
    }
    for (fate, unlocks) in [
        (Fate::NoConnection, 0),
        (Fate::RequestLost, 1),
        (Fate::ReplyLost, 1),
    ] {
        let world = World::new([(0, fate)]);
        let request = request();
        let mut watcher = Told(&world, None);
        let view = world
            .run(&mut MemoryJournal::default(), |driver| {
                driver.pay(&request, &mut watcher)
            })
            .unwrap();
        assert_eq!(view.standing, Standing::Refused);
        assert_eq!(watcher.1, Some(0));
        assert_eq!(world.books().unlocks, unlocks, "{fate:?}");
    }
    let world = World::new([(PAY, Fate::RequestLost)]);
    let view = world.pay(&mut MemoryJournal::default()).unwrap();
    assert_eq!(view.standing, Standing::Paid);
    assert_eq!(world.books().locks, 2, "once more for the repeat");
}

/// A paid order is let go at once: its receipt may be annulled at the till without waiting for the
/// lock to run out.
#[test]
fn the_lock_of_a_paid_order_is_given_back_too() {
    let world = World::new([]);
    let view = world.pay(&mut MemoryJournal::default()).unwrap();
    assert_eq!(view.standing, Standing::Paid);
    let books = world.books();
    assert_eq!((books.locks, books.unlocks), (1, 1));
}

/// Two payments that lost the same server do not ask it again in step, and each as before when it is
/// told again.
#[test]
fn pauses_differ_from_payment_to_payment() {
    let waited = |n: u128| {
        let world = World::new((PAY..40).map(|call| (call, Fate::RequestLost)));
        let mut journal = MemoryJournal {
            next_payment: Some(PaymentId::from_uuid(Uuid::from_u128(n))),
            ..MemoryJournal::default()
        };
        let view = world.pay(&mut journal).unwrap();
        assert_eq!(view.standing, Standing::Unknown);
        world.books().time
    };
    let times: std::collections::BTreeSet<_> = (0..20).map(waited).collect();
    assert!(times.len() > 15, "{times:?}");
    assert_eq!(waited(3), waited(3));
}

#[test]
fn one_damaged_payment_keeps_no_other_from_recovery() {
    let world = World::new((PAY..60).map(|call| (call, Fate::RequestLost)));
    let mut journal = MemoryJournal::default();
    let lost = world.pay(&mut journal).unwrap();
    let mut damaged = journal.rows[0].clone();
    damaged.0 = PaymentId::new();
    journal.rows.insert(0, damaged.clone());
    damaged.2 = Entry::Event(Event::Confirm(Sent::Done(())));
    journal.rows.insert(1, damaged);
    world.books().fates.clear();
    let error = world
        .run(&mut journal, |driver| driver.recover(&mut Unwatched))
        .unwrap_err();
    assert!(matches!(error, DriveError::Replay { .. }), "{error}");
    let progress = Progress::replay(journal.entries(lost.id).unwrap()).unwrap();
    assert_eq!(progress.standing(), Standing::Paid);
    world.assert_settled(Standing::Paid, &"the other one");
}

/// What is seen while an order is waited for; after so many seconds whatever is in the way goes.
struct Passes<'w> {
    world: &'w World,
    after: Duration,
    cancel: bool,
    seen: Vec<(Step, u64, Reason)>,
}

impl<'w> Passes<'w> {
    const fn after(world: &'w World, after: Duration) -> Self {
        Self {
            world,
            after,
            cancel: false,
            seen: vec![],
        }
    }

    fn pay(&mut self) -> PaymentView {
        let (world, request) = (self.world, request());
        let mut journal = MemoryJournal::default();
        let view = world.run(&mut journal, |driver| driver.pay(&request, self));
        view.unwrap()
    }
}

impl Watcher for Passes<'_> {
    fn show(&mut self, view: &PaymentView) {
        if matches!(view.step, Step::WaitingForOrder | Step::WaitingForShift) {
            let reason = view.problem.as_ref().unwrap().reason;
            let left = view.seconds_left.unwrap();
            self.seen.push((view.step, left, reason));
            let mut books = self.world.books();
            if books.time >= self.after {
                books.locked_by = None;
                books.unlockable = None;
            }
        }
    }
    fn cancelled(&self) -> bool {
        self.cancel && !self.seen.is_empty()
    }
}

/// The tail of another's operation: five seconds in sight of the cashier, once more, and paid.
#[test]
fn the_tail_of_a_lock_is_waited_for_once() {
    let world = World::new([]);
    world.books().locked_by = Some("касса 2".into());
    let mut watcher = Passes::after(&world, Duration::from_secs(3));
    let view = watcher.pay();
    assert_eq!(view.standing, Standing::Paid);
    world.assert_settled(view.standing, &"a tail");
    let second = |left| (Step::WaitingForOrder, left, Reason::OrderLocked);
    assert_eq!(watcher.seen, [5, 4, 3, 2, 1].map(second));
    assert_eq!(world.books().time, Duration::from_secs(5));
    // Who has it open on a screen keeps it: nobody waits for that.
    let world = World::new([]);
    world.books().locked_by = Some("касса 2".into());
    let mut watcher = Passes::after(&world, Duration::MAX);
    let view = watcher.pay();
    assert_eq!(view.standing, Standing::Refused);
    assert_eq!(view.problem.unwrap().reason, Reason::OrderLocked);
    assert_eq!(watcher.seen.len(), 5);
    assert!(world.books().operations.is_empty());
}

#[test]
fn a_closing_shift_is_waited_for_three_times() {
    for (over, standing, waited) in [(5, Standing::Paid, 6), (100, Standing::Refused, 14)] {
        let world = World::new([]);
        world.books().unlockable = Some(Reason::ShiftClosing);
        let mut watcher = Passes::after(&world, Duration::from_secs(over));
        let view = watcher.pay();
        assert_eq!(view.standing, standing, "{over}");
        assert_eq!(world.books().time, Duration::from_secs(waited), "{over}");
        let shift = |seen: &(Step, u64, Reason)| seen.0 == Step::WaitingForShift;
        assert!(watcher.seen.iter().all(shift));
        if standing == Standing::Refused {
            assert_eq!(view.problem.unwrap().reason, Reason::ShiftClosing);
            assert!(world.books().operations.is_empty());
        }
    }
}

/// Nothing else is waited for, and nobody who wants out is kept.
#[test]
fn waiting_ends_when_the_cashier_wants_out() {
    let world = World::new([]);
    world.books().locked_by = Some("касса 2".into());
    let mut watcher = Passes {
        cancel: true,
        ..Passes::after(&world, Duration::MAX)
    };
    let view = watcher.pay();
    assert_eq!(view.standing, Standing::Refused);
    assert_eq!(world.books().time, Duration::ZERO);
    for reason in [
        Reason::AccessDenied,
        Reason::ShiftTooLong,
        Reason::LicenceMissing,
    ] {
        let world = World::new([]);
        world.books().unlockable = Some(reason);
        let mut watcher = Passes::after(&world, Duration::MAX);
        assert_eq!(watcher.pay().problem.unwrap().reason, reason);
        assert_eq!(
            (watcher.seen.len(), world.books().time),
            (0, Duration::ZERO)
        );
    }
}

/// An order is paid while it is what the cashier saw, and nobody else has it open.
#[test]
fn an_order_is_payable_while_it_is_the_same_and_free() {
    let sale = Sale::new(crate::payment::sale::PaymentId::new(), &request()).unwrap();
    let refused = |change: fn(&mut Order)| {
        let mut now = order();
        change(&mut now);
        let answer = still_payable(&sale, Some(&order()), &now);
        answer.err().map(|problem| problem.reason)
    };
    assert_eq!(refused(|_| ()), None);
    let locked = refused(|now| now.locked_by = Some("2".into()));
    assert_eq!(locked, Some(Reason::OrderLocked));
    let paid = refused(|now| now.paid = true);
    assert_eq!(paid, Some(Reason::OrderPaidElsewhere));
}
