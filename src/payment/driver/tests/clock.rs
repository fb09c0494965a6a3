//! Clocks that jump, daylight saving, and a till that sleeps in the middle of a payment.

use super::*;
use crate::payment::view::Step;

// Calls of a payment without trouble.
const RESERVE: usize = 4;
const PAY: usize = 5;
const LOOK: usize = 6;

const HOUR: i64 = 3_600;
const NIGHT: i64 = 8 * HOUR;

/// What happens to the clocks.
#[derive(Clone, Copy, Debug, Default)]
struct Jump {
    /// Seconds that the time of day is set on or back.
    wall: i64,
    /// Seconds that the local time is set on or back besides, as by daylight saving.
    local: i64,
    /// Seconds that the clock for pauses goes on: not at all on a Linux that sleeps.
    elapsed: u64,
}

/// The clocks of a world, and a person (or a night) that moves them at some step of the payment.
struct Clocks<'w> {
    world: &'w World,
    jump: Jump,
    /// Steps shown until then; none left once it is done.
    after: Mutex<Option<usize>>,
}

impl<'w> Clocks<'w> {
    fn new(world: &'w World, jump: Jump, after: usize) -> Self {
        Self {
            world,
            jump,
            after: Mutex::new(Some(after)),
        }
    }

    fn step(&self) {
        let mut after = self.after.lock().unwrap();
        match *after {
            Some(0) => {
                self.world.books().time += Duration::from_secs(self.jump.elapsed);
                *after = None;
            }
            Some(left) => *after = Some(left - 1),
            None => {}
        }
    }

    fn jumped(&self) -> Jump {
        if self.after.lock().unwrap().is_none() {
            self.jump
        } else {
            Jump::default()
        }
    }

    fn wall(&self) -> Timestamp {
        let since = i64::try_from(self.world.elapsed().as_secs()).unwrap();
        // What the night took from both is counted once.
        let twice = i64::try_from(self.jumped().elapsed).unwrap();
        Timestamp::from_second(1_709_633_700 + since - twice + self.jumped().wall).unwrap()
    }
}

impl Clock for Clocks<'_> {
    fn elapsed(&self) -> Duration {
        self.world.elapsed()
    }
    fn now(&self) -> Timestamp {
        self.wall()
    }
    fn local(&self) -> DateTime {
        let local = self.wall().as_second() + self.jumped().local;
        let local = Timestamp::from_second(local).unwrap();
        jiff::tz::TimeZone::UTC.to_datetime(local)
    }
    fn wait(&self, pause: Duration) {
        self.world.wait(pause);
    }
}

/// Every step that is shown is one at which it may happen; what was shown is kept.
struct Moves<'c, 'w>(&'c Clocks<'w>, Vec<Step>);

impl Watcher for Moves<'_, '_> {
    fn show(&mut self, view: &PaymentView) {
        self.0.step();
        self.1.push(view.step);
    }
    fn cancelled(&self) -> bool {
        false
    }
}

/// A payment during which the clocks jump: what came of it, and every step of it.
fn paid(
    world: &World,
    journal: &mut MemoryJournal,
    jump: Jump,
    after: usize,
) -> (PaymentView, Vec<Step>) {
    let clocks = Clocks::new(world, jump, after);
    let mut watcher = Moves(&clocks, vec![]);
    let view = with(world, &clocks, journal, |driver| {
        driver.pay(&request(), &mut watcher).unwrap()
    });
    (view, watcher.1)
}

fn with<T>(
    world: &World,
    clock: &dyn Clock,
    journal: &mut MemoryJournal,
    work: impl FnOnce(&mut Driver<'_>) -> T,
) -> T {
    let patience = Patience::default();
    work(&mut Driver {
        wallet: world,
        pos: world,
        journal,
        clock,
        patience: &patience,
    })
}

const JUMPS: [Jump; 6] = {
    let still = Jump {
        wall: 0,
        local: 0,
        elapsed: 0,
    };
    [
        Jump {
            wall: HOUR,
            ..still
        },
        Jump {
            wall: -HOUR,
            ..still
        },
        Jump {
            wall: 24 * HOUR,
            ..still
        },
        Jump {
            wall: -24 * HOUR,
            ..still
        },
        Jump {
            local: HOUR,
            ..still
        },
        Jump {
            local: -HOUR,
            ..still
        },
    ]
};

/// The time of day is a label: the same calls, the same pauses, the same end, whenever it jumps.
#[test]
fn a_clock_that_jumps_by_an_hour_or_a_day_changes_nothing() {
    let mut tried = 0;
    // Pauses follow from the payment's name.
    let journal = MemoryJournal {
        next_payment: Some(PaymentId::new()),
        ..MemoryJournal::default()
    };
    for fault in [None]
        .into_iter()
        .chain((0..8).flat_map(|call| BAD.map(|fate| Some((call, fate)))))
    {
        let still = World::new(fault);
        let (view, steps) = paid(&still, &mut journal.clone(), Jump::default(), 0);
        for jump in JUMPS {
            for after in 0..steps.len() {
                let world = World::new(fault);
                let mut journal = journal.clone();
                let (jumped, its_steps) = paid(&world, &mut journal, jump, after);
                let context = (fault, jump, after);
                assert_eq!(jumped.standing, view.standing, "{context:?}");
                assert_eq!(its_steps, steps, "{context:?}");
                {
                    let (still, world) = (still.books(), world.books());
                    assert_eq!(world.calls, still.calls, "{context:?}");
                    assert_eq!(world.time, still.time, "{context:?}");
                }
                world.assert_settled(jumped.standing, &context);
                // What the journal has can be read again in its own order.
                Progress::replay(journal.entries(jumped.id).unwrap()).unwrap();
                tried += 1;
            }
        }
    }
    println!("{tried} payments with a clock that jumps");
}

/// The till sleeps for a night at any step. On Linux the clock for pauses sleeps, too; on Windows it
/// goes on. Awake again it asks before it sends anything a second time; books and standing agree.
#[test]
fn a_till_that_sleeps_during_a_payment_asks_first_and_sends_nothing_twice() {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for elapsed in [0, NIGHT.unsigned_abs()] {
        let night = Jump {
            wall: NIGHT,
            elapsed,
            ..Jump::default()
        };
        for fault in [None]
            .into_iter()
            .chain((0..8).flat_map(|call| BAD.map(|fate| Some((call, fate)))))
        {
            for after in 0..12 {
                let world = World::new(fault);
                let mut journal = MemoryJournal::default();
                let (view, _) = paid(&world, &mut journal, night, after);
                let context = (fault, elapsed, after);
                *ends.entry(format!("{:?}", view.standing)).or_default() += 1;
                // The morning: whatever is open is taken up.
                let view = settle(&world, &mut journal, view);
                world.assert_settled(view.standing, &context);
                assert!(journal.unfinished().unwrap().is_empty(), "{context:?}");
            }
        }
    }
    println!("{ends:?}");
}

/// The night falls while r_keeper's or Lime's answer is on its way, and the answer is lost.
#[test]
fn asleep_during_a_call_the_next_call_is_a_question() {
    for call in [RESERVE, PAY] {
        let world = World::new([(call, Fate::ReplyLost)]);
        world
            .books()
            .slow
            .insert(call, Duration::from_secs(NIGHT.unsigned_abs()));
        let mut journal = MemoryJournal::default();
        let (view, steps) = paid(&world, &mut journal, Jump::default(), 0);
        let (sending, asking) = if call == PAY {
            (Step::Paying, Step::AskingRkeeper)
        } else {
            (Step::Debiting, Step::AskingLime)
        };
        let sent = steps.iter().rposition(|step| *step == sending).unwrap();
        assert_eq!(steps[sent + 1], asking, "{steps:?}");
        let view = settle(&world, &mut journal, view);
        world.assert_settled(view.standing, &call);
        // The guest who stood there in the evening is gone: a debit alone goes back.
        let end = if call == PAY {
            Standing::Paid
        } else {
            Standing::Refused
        };
        assert_eq!(view.standing, end);
    }
}

/// Parked in the evening, looked at in the morning: nobody could settle it for too long.
#[test]
fn what_was_parked_before_the_night_is_overdue_in_the_morning() {
    let world = World::new((PAY..99).map(|call| (call, Fate::RequestLost)));
    let mut journal = MemoryJournal::default();
    let (view, _) = paid(&world, &mut journal, Jump::default(), 0);
    assert_eq!(view.standing, Standing::Unknown);
    let calls = world.books().calls;
    assert!(calls > LOOK);
    let night = Jump {
        wall: NIGHT,
        ..Jump::default()
    };
    let clocks = Clocks::new(&world, night, 0);
    clocks.step();
    let morning = with(&world, &clocks, &mut journal, |driver| {
        driver.resume(view.id, &mut Unwatched).unwrap()
    });
    assert_eq!(morning.standing, Standing::NeedsManager);
    // A clock that was put back hides that only until the tries are used up.
    let yesterday = Jump {
        wall: -24 * HOUR,
        ..Jump::default()
    };
    let clocks = Clocks::new(&world, yesterday, 0);
    clocks.step();
    let mut last = None;
    for _ in 0..20 {
        last = with(&world, &clocks, &mut journal, |driver| {
            driver.resume(view.id, &mut Unwatched).ok()
        });
    }
    assert_eq!(last.unwrap().standing, Standing::NeedsManager);
    let view = settle(&world, &mut journal, morning);
    world.assert_settled(view.standing, &"settled");
}
