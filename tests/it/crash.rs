//! The real program is killed (SIGKILL) at every step of a payment and of a recovery and at random
//! moments, hundreds of times, against the real stand-ins. After each kill `recover` must bring all
//! to rest with books that agree to the kopeck.
//!
//! The seed is printed at the start. To run the same kills again: `LIMEKEEPER_CRASH_SEED=<seed>`;
//! only one of them: with `LIMEKEEPER_CRASH_CASE=<number>` too, both as a failure names them. A kill
//! at a step comes again exactly, one at a random moment at the same part of the run's length.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gate::{Gate, When};
use crate::harness::{Said, Sim, till_command};
use crate::worlds::{self, Dice};

/// Fewest kills of one run of the tests.
const KILLS: usize = 500;
/// Orders of one pair of stand-ins, and so the cases that share a journal.
const ORDERS: usize = 12;
const WORKERS: usize = 2;
/// Every so manyth order is paid afterwards, if it was not.
const AFRESH: usize = 4;
/// Every so manyth case is recovered once more when all is at rest.
const TWICE: usize = 4;
/// Cases killed at random moments, besides those at every step.
const RANDOM: usize = 200;
/// The last random moment, in thousandths of an undisturbed run: later ones mostly find it ended.
const LAST_MOMENT: usize = 920;
/// `recover` must bring everything to rest within so many runs.
const RECOVERIES: usize = 4;
/// First call of a payment after everything was looked at.
const FIRST_WRITE: &str = "rkeeper.LockOrder";

/// One kill.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// At a call, counted from one.
    Step(usize, When),
    /// The request leaves, the program dies, and the request arrives while it is recovered.
    Late(usize),
    /// After that many thousandths of an undisturbed run.
    Moment(u32),
}

impl Kill {
    const fn kind(self) -> &'static str {
        match self {
            Self::Step(_, When::Before) => "request lost",
            Self::Step(_, When::After) => "answer lost",
            Self::Step(_, When::Answered) => "answer read",
            Self::Late(_) => "request late",
            Self::Moment(_) => "random moment",
        }
    }
}

/// A payment that is killed, and then its recovery, as often as is said.
#[derive(Clone, Debug)]
struct Case {
    accounts: usize,
    pay: Kill,
    recover: Vec<Kill>,
}

/// An undisturbed run.
struct Usual {
    calls: Vec<String>,
    time: Duration,
}

#[derive(Default)]
struct Figures {
    kills: BTreeMap<String, usize>,
    too_late: usize,
    ends: BTreeMap<String, usize>,
    acknowledged: usize,
    recoveries: BTreeMap<usize, usize>,
    paid_after: usize,
    /// Where the time of all workers went, in milliseconds.
    spent: BTreeMap<&'static str, u128>,
    /// Length of the last undisturbed payment, as thousandths of the first one measured: the machine
    /// may be busier by now.
    pace: Option<u32>,
}

#[test]
fn killed_at_any_moment_it_recovers_and_the_books_agree() {
    let seed = worlds::seed("LIMEKEEPER_CRASH_SEED");
    println!("crash: LIMEKEEPER_CRASH_SEED={seed}");
    let began = Instant::now();
    let usual = measure();
    let cases = cases(seed, &usual);
    let only: Option<usize> = std::env::var("LIMEKEEPER_CRASH_CASE")
        .ok()
        .map(|text| text.parse().expect("a case is a number"));
    let numbers: Vec<usize> = match only {
        Some(case) => vec![case],
        None => (0..cases.len()).collect(),
    };
    let next = AtomicUsize::new(0);
    let figures = Mutex::new(Figures::default());
    thread::scope(|scope| {
        for _ in 0..WORKERS.min(numbers.len()) {
            scope.spawn(|| {
                let gate = Gate::open();
                loop {
                    let first = next.fetch_add(ORDERS, Ordering::Relaxed);
                    let Some(rest) = numbers.get(first..) else {
                        break;
                    };
                    let mine = &rest[..rest.len().min(ORDERS)];
                    batch(&gate, &cases, mine, &usual, seed, &figures);
                }
            });
        }
    });
    let figures = figures.into_inner().unwrap();
    let kills: usize = figures.kills.values().sum();
    println!(
        "crash: {kills} kills in {} cases, {} s, an undisturbed payment {} ms",
        numbers.len(),
        began.elapsed().as_secs(),
        usual.pay[0].time.as_millis()
    );
    println!("crash: by kind {:?}", figures.kills);
    println!(
        "crash: time of {WORKERS} workers went into (ms) {:?}",
        figures.spent
    );
    println!(
        "crash: came to its end before the kill {}",
        figures.too_late
    );
    println!("crash: payments ended {:?}", figures.ends);
    println!("crash: said «paid» before it died {}", figures.acknowledged);
    println!(
        "crash: runs of recover until at rest {:?}",
        figures.recoveries
    );
    println!(
        "crash: orders paid afresh afterwards {}",
        figures.paid_after
    );
    assert!(only.is_some() || kills >= KILLS, "only {kills} kills");
}

/// Undisturbed payments from one, two and four accounts, and a recovery of a payment that was cut
/// off in the middle.
struct Usuals {
    pay: [Usual; 3],
    recover: Duration,
}

const ACCOUNTS: [usize; 3] = [1, 2, 4];

/// Calls at which a payment dies before its recovery is killed, and the most calls that such a
/// recovery makes.
const STEPS_OF_RECOVERY: [(&str, usize); 7] = [
    ("rkeeper.LockOrder", 1),
    ("rkeeper.CalcOrder3", 1),
    ("lime.GetNextCheckId", 1),
    ("lime.PutCheck", 5),
    ("lime.PutCheck", 5),
    ("rkeeper.PayOrder", 5),
    ("rkeeper.GetOrder", 2),
];

fn measure() -> Usuals {
    let gate = Gate::open();
    let sim = Sim::start_with(&worlds::scenario(ORDERS));
    let config = gate.lead_to(&sim, |text| patient(&text));
    // The very first run makes the journal.
    pay(&gate, &config, ORDERS - 1, 1, None);
    let mut index = 0;
    let pay = ACCOUNTS.map(|accounts| {
        let began = Instant::now();
        pay(&gate, &config, index, accounts, None);
        index += 1;
        Usual {
            time: began.elapsed(),
            calls: gate.calls(),
        }
    });
    let put = 1 + pay[0]
        .calls
        .iter()
        .position(|call| call == "lime.PutCheck")
        .unwrap();
    let args = worlds::pay(index, 1);
    drop(run(&gate, &config, &args, Some((put, When::After))).kill_when_held());
    let began = Instant::now();
    recover(&config).expect_code(0);
    Usuals {
        pay,
        recover: began.elapsed(),
    }
}

fn pay(gate: &Gate, config: &Path, index: usize, accounts: usize, stop: Option<(usize, When)>) {
    let end = run(gate, config, &worlds::pay(index, accounts), stop).end();
    assert!(end.status.success(), "{}", end.said);
}

fn run(
    gate: &Gate,
    config: &Path,
    args: &[String],
    stop: Option<(usize, When)>,
) -> crate::gate::Run {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    gate.run(config, &args, stop)
}

fn patient(text: &str) -> String {
    format!("{text}\n[payment]\nretry_s = [1]\n")
}

fn recover(config: &Path) -> Said {
    Said::of(
        &till_command(config, &["recover", "--json"])
            .output()
            .unwrap(),
    )
}

/// All kills of a run: every step, then random ones.
fn cases(seed: u64, usual: &Usuals) -> Vec<Case> {
    let whens = [When::Before, When::After, When::Answered];
    let mut cases = Vec::new();
    for (accounts, usual) in ACCOUNTS.into_iter().zip(&usual.pay) {
        let writes = 1 + usual
            .calls
            .iter()
            .position(|call| call == FIRST_WRITE)
            .unwrap();
        // What only looks is looked at once.
        let first = if accounts == 1 { 1 } else { writes };
        for call in first..=usual.calls.len() {
            let mut kills = whens.map(|when| Kill::Step(call, when)).to_vec();
            if call >= writes {
                kills.push(Kill::Late(call));
            }
            cases.extend(kills.into_iter().map(|pay| Case {
                accounts,
                pay,
                recover: vec![],
            }));
        }
    }
    for (turn, (name, steps)) in STEPS_OF_RECOVERY.into_iter().enumerate() {
        // From one account, from four, from one, …
        let shape = turn % 2 * 2;
        let mut calls = usual.pay[shape].calls.iter();
        // The lock is taken by the first call of its name, and given back by the last.
        let place = if name == FIRST_WRITE {
            calls.position(|call| call == name)
        } else {
            calls.rposition(|call| call == name)
        };
        let call = 1 + place.unwrap();
        for pay in [
            Kill::Step(call, When::Before),
            Kill::Step(call, When::After),
            Kill::Late(call),
        ] {
            for step in 1..=steps {
                for when in [When::Before, When::After] {
                    let mut recover = vec![Kill::Step(step, when)];
                    if when == When::After {
                        recover.push(Kill::Step(1, When::Before));
                    }
                    cases.push(Case {
                        accounts: ACCOUNTS[shape],
                        pay,
                        recover,
                    });
                }
            }
        }
    }
    let mut dice = Dice::new(seed);
    for number in 0..RANDOM {
        let moment =
            |dice: &mut Dice| Kill::Moment(u32::try_from(dice.below(LAST_MOMENT)).unwrap());
        let accounts = ACCOUNTS[dice.below(ACCOUNTS.len())];
        let pay = moment(&mut dice);
        let recoveries = [0, 0, 1, 2][number % 4];
        let recover = (0..recoveries).map(|_| moment(&mut dice)).collect();
        cases.push(Case {
            accounts,
            pay,
            recover,
        });
    }
    cases
}

/// What went wrong, with all that is needed to see it again.
struct Context<'a> {
    seed: u64,
    number: usize,
    case: &'a Case,
    sim: &'a Sim,
}

impl Context<'_> {
    fn fail(&self, what: &dyn std::fmt::Display) -> ! {
        panic!(
            "LIMEKEEPER_CRASH_SEED={} LIMEKEEPER_CRASH_CASE={}: {:?}\n{what}\n{}",
            self.seed,
            self.number,
            self.case,
            self.sim.state()
        );
    }
}

/// One pair of stand-ins, one journal, one order for each case.
fn batch(
    gate: &Gate,
    cases: &[Case],
    numbers: &[usize],
    usual: &Usuals,
    seed: u64,
    figures: &Mutex<Figures>,
) {
    let mut watch = Watch::start(figures);
    let sim = Sim::start_with(&worlds::scenario(ORDERS));
    let config = gate.lead_to(&sim, |text| patient(&text));
    watch.lap("stand-ins");
    for (order, &number) in numbers.iter().enumerate() {
        let context = Context {
            seed,
            number,
            case: &cases[number],
            sim: &sim,
        };
        one(gate, &config, order, &context, usual, figures);
    }
    // Nothing of what died keeps an order from being paid.
    let mut watch = Watch::start(figures);
    let mut afresh = 0;
    for order in (0..numbers.len()).step_by(AFRESH) {
        let name = worlds::order(order);
        if sim.order(&name)["unpaid"] == "0.00" {
            continue;
        }
        sim.edit(&json!({"op": "unlock_order", "order": name}));
        let began = Instant::now();
        pay(gate, &config, order, 1, None);
        let pace = began.elapsed().as_millis() * 1_000 / usual.pay[0].time.as_millis().max(1);
        figures.lock().unwrap().pace = u32::try_from(pace).ok();
        afresh += 1;
    }
    let payments = payments(&sim, &config);
    worlds::agree(&sim.state(), &payments).unwrap();
    watch.lap("afresh");
    figures.lock().unwrap().paid_after += afresh;
}

/// Tells the figures what the time went into.
struct Watch<'a> {
    figures: &'a Mutex<Figures>,
    since: Instant,
}

impl<'a> Watch<'a> {
    fn start(figures: &'a Mutex<Figures>) -> Self {
        Self {
            figures,
            since: Instant::now(),
        }
    }

    fn lap(&mut self, what: &'static str) {
        let spent = self.since.elapsed().as_millis();
        *self.figures.lock().unwrap().spent.entry(what).or_default() += spent;
        self.since = Instant::now();
    }
}

fn payments(sim: &Sim, config: &Path) -> Value {
    let said = Said::of(
        &till_command(config, &["payments", "--json"])
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 0, "{said:?} {}", sim.state());
    said.json()
}

fn one(
    gate: &Gate,
    config: &Path,
    order: usize,
    context: &Context<'_>,
    usual: &Usuals,
    figures: &Mutex<Figures>,
) {
    let case = context.case;
    let shape = ACCOUNTS
        .iter()
        .position(|&own| own == case.accounts)
        .unwrap();
    let args = worlds::pay(order, case.accounts);
    // Requests that will arrive late.
    let mut late: Vec<Sender<bool>> = vec![];
    let pace = figures.lock().unwrap().pace.unwrap_or(1_000);
    let time = usual.pay[shape].time * pace / 1_000;
    let mut watch = Watch::start(figures);
    let (status, said) = kill(gate, config, &args, case.pay, time, &mut late);
    let mut died = vec![("pay", case.pay, status)];
    watch.lap("killed payments");
    let again = ["recover".to_owned(), "--json".to_owned()];
    let mut at_rest = false;
    for &way in &case.recover {
        let (status, _) = kill(
            gate,
            config,
            &again,
            way,
            usual.recover * pace / 1_000,
            &mut late,
        );
        died.push(("recover", way, status));
        if !was_killed(status) {
            at_rest = status.success();
            break;
        }
    }
    watch.lap("killed recoveries");
    for release in late {
        let _ = release.send(true);
    }
    let mut runs = 0;
    while !at_rest {
        runs += 1;
        let said = recover(config);
        match said.code {
            0 => at_rest = true,
            5 if runs < RECOVERIES => {}
            _ => context.fail(&format!("recover: {said:?}")),
        }
    }
    watch.lap("recoveries");
    gate.wait_until_idle();
    let state = context.sim.state();
    let payments = payments(context.sim, config);
    watch.lap("books");
    if let Err(what) = worlds::agree(&state, &payments) {
        context.fail(&format!("{what}\n{payments}"));
    }
    let acknowledged = serde_json::from_str::<Value>(&said)
        .ok()
        .filter(|said| said["state"] == "paid");
    if let Some(told) = &acknowledged {
        let known = payments.as_array().unwrap().iter().any(|payment| {
            payment["payment_id"] == told["payment_id"] && payment["state"] == "paid"
        });
        if !known {
            context.fail(&format!("«paid» was said and is lost: {told}\n{payments}"));
        }
    }
    if context.number.is_multiple_of(TWICE) {
        twice_is_once(context, config, &state);
        watch.lap("recovered twice");
    }
    let name = worlds::order(order);
    let end = payments
        .as_array()
        .unwrap()
        .iter()
        .find(|payment| payment["order"]["name"] == name.as_str())
        .map_or(
            "before anything was written",
            |payment| match payment["state"].as_str().unwrap() {
                "paid" => "paid",
                _ if payment["legs"][0]["state"] == "given_back" => "given back",
                _ => "not charged",
            },
        );
    let mut figures = figures.lock().unwrap();
    for (what, way, status) in died {
        if was_killed(status) {
            let kind = format!("{what}, {}", way.kind());
            *figures.kills.entry(kind).or_default() += 1;
        } else {
            figures.too_late += 1;
        }
    }
    *figures.ends.entry(end.to_owned()).or_default() += 1;
    *figures.recoveries.entry(runs).or_default() += 1;
    figures.acknowledged += usize::from(acknowledged.is_some());
}

/// At rest a recovery does nothing.
fn twice_is_once(context: &Context<'_>, config: &Path, before: &Value) {
    let twice = recover(config);
    let after = context.sim.state();
    let same = ["orders", "accounts", "checks"]
        .iter()
        .all(|part| before[part] == after[part]);
    if twice.code != 0 || twice.json() != json!([]) || !same {
        context.fail(&format!("a second recover did something: {twice:?}"));
    }
}

fn kill(
    gate: &Gate,
    config: &Path,
    args: &[String],
    way: Kill,
    usual: Duration,
    late: &mut Vec<Sender<bool>>,
) -> (ExitStatus, String) {
    let end = match way {
        Kill::Step(call, when) => run(gate, config, args, Some((call, when))).kill_when_held(),
        Kill::Late(call) => run(gate, config, args, Some((call, When::Before))).kill_when_held(),
        Kill::Moment(part) => run(gate, config, args, None).kill_after(usual * part / 1_000),
    };
    if let (Some(release), Kill::Late(_)) = (end.held, way) {
        late.push(release);
    }
    (end.status, end.said)
}

fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(9)
}
