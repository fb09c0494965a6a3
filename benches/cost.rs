//! What a payment costs: its time beside the floor that nobody can go below (the time the servers
//! take as they tell it, bare round trips, the disk's syncs), the syncs, the bytes written, the
//! round trips.
//!
//! `cargo bench --bench cost` measures against the stand-ins in a process of their own;
//! `-- --quick` takes few payments. It prints a table and judges nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for developers: it prints, and stops where anything is odd"
)]

mod stand_ins;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use limekeeper::domain::split::{Share, Split};
use limekeeper::domain::{Card, Money, Order, Uid};
use limekeeper::payment::driver::Unwatched;
use limekeeper::payment::journal::sqlite::SqliteJournal;
use limekeeper::payment::journal::{Journal, JournalError};
use limekeeper::payment::orphan::Note;
use limekeeper::payment::ports::Ticket;
use limekeeper::payment::progress::Entry;
use limekeeper::payment::sale::{PaymentId, PaymentRequest, Sale};
use limekeeper::payment::view::Standing;
use limekeeper::runtime::{connect, payments::Means};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use stand_ins::{SAMPLE, StandIns, THINK, median, ms};

const LEGS: [usize; 4] = [1, 2, 4, 8];

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let payments = if quick { 5 } else { 25 };
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sync = median(samples(50, || sync_once(place.path())));
    println!(
        "one sync {}, servers think {}; {payments} payments each; {}\n",
        ms(sync),
        ms(THINK),
        if cfg!(debug_assertions) {
            "DEBUG BUILD"
        } else {
            "release build"
        },
    );
    println!(
        "{:>4} │ {:>10} {:>10} │ {:>10} {:>10} {:>10} {:>10} {:>10} │ {:>5} {:>5} {:>10}",
        "legs",
        "median",
        "worst",
        "bare trip",
        "servers",
        "floor",
        "over it",
        "own CPU",
        "trips",
        "syncs",
        "bytes"
    );
    for legs in LEGS {
        // New stand-ins each time: they store all they have with every request, and slow down.
        let sim = StandIns::start(&place.path().join(legs.to_string()), &world(payments));
        let trip = median(samples(50, || bare_round_trip(&sim)));
        sim.think();
        let till = Till::open(&sim);
        let cards = till.cards(legs);
        let costs: Vec<Cost> = till
            .orders()
            .into_iter()
            .map(|order| till.pay(&sim, order, &cards))
            .collect();
        let cpu: Duration = costs.iter().map(|cost| cost.cpu).sum();
        let of = |part: fn(&Cost) -> u64| median(costs.iter().map(part).collect());
        let (trips, syncs) = (of(|cost| cost.trips), of(|cost| cost.syncs));
        let times: Vec<Duration> = costs.iter().map(|cost| cost.time).collect();
        let worst = times.iter().max().copied().unwrap_or_default();
        let servers = median(costs.iter().map(|cost| cost.servers).collect());
        let floor =
            servers + trip * u32::try_from(trips).unwrap() + sync * u32::try_from(syncs).unwrap();
        let time = median(times);
        println!(
            "{legs:>4} │ {:>10} {:>10} │ {:>10} {:>10} {:>10} {:>10} {:>10} │ {trips:>5} {syncs:>5} {:>10}",
            ms(time),
            ms(worst),
            ms(trip),
            ms(servers),
            ms(floor),
            ms(time.saturating_sub(floor)),
            ms(cpu / u32::try_from(payments).unwrap()),
            of(|cost| cost.bytes),
        );
    }
    let sim = StandIns::start(&place.path().join("start"), SAMPLE);
    let starts = if quick { 3 } else { 20 };
    let (first, memory): (Vec<_>, Vec<_>) = (0..starts).map(|_| start(&sim.config)).unzip();
    println!(
        "\nstart of the till screen to its first byte: {}; memory then: {} KiB",
        ms(median(first)),
        median(memory)
    );
}

/// What one payment took.
struct Cost {
    time: Duration,
    /// In ticks: only the mean of many says something.
    cpu: Duration,
    /// What the servers took, thinking included.
    servers: Duration,
    trips: u64,
    syncs: u64,
    bytes: u64,
}

/// The library's own driver, clients and journal, set up by a config as the program does it.
struct Till {
    means: Means,
    folder: PathBuf,
}

impl Till {
    fn open(sim: &StandIns) -> Self {
        let loaded = sim.loaded();
        Self {
            means: connect::means(&loaded).unwrap(),
            folder: loaded.state_dir().unwrap(),
        }
    }

    fn orders(&self) -> Vec<Order> {
        let list = self.means.pos.orders(None).unwrap().orders.unwrap();
        let ours = list.iter().filter(|order| order.name.starts_with("bench"));
        ours.map(|order| self.means.pos.order(&order.guid).unwrap())
            .collect()
    }

    fn cards(&self, count: usize) -> Vec<Card> {
        let uids = (0..count).map(|index| Uid::new(uid(index)).unwrap());
        uids.map(|uid| self.means.wallet.card(&uid).unwrap())
            .collect()
    }

    /// The journal is opened before the clock starts: a till does that once a day.
    fn pay(&self, sim: &StandIns, order: Order, cards: &[Card]) -> Cost {
        let mut journal = Counting {
            inner: SqliteJournal::open(&self.folder, Timestamp::now()).unwrap(),
            syncs: 0,
        };
        let amounts = order.unpaid.in_proportion(&vec![1; cards.len()]).unwrap();
        let share = |(card, amount): (&Card, Money)| Share {
            uid: card.uid.clone(),
            account: card.accounts[0].id.clone(),
            amount,
        };
        let request = PaymentRequest {
            split: Split {
                shares: cards.iter().zip(amounts).map(share).collect(),
                why: vec![],
            },
            cards: cards.to_vec(),
            keyed: vec![],
            order,
            part: false,
            by: limekeeper::payment::sale::By::default(),
        };
        let (before, size) = (work_of(sim), size_of(&self.folder));
        let (cpu, begun) = (cpu_time(), Instant::now());
        let view = self
            .means
            .driver(&mut journal)
            .pay(&request, &mut Unwatched)
            .unwrap();
        let time = begun.elapsed();
        assert_eq!(view.standing, Standing::Paid);
        let after = work_of(sim);
        Cost {
            time,
            cpu: cpu_time().saturating_sub(cpu),
            servers: after.spent.saturating_sub(before.spent),
            trips: after.requests - before.requests,
            syncs: journal.syncs,
            bytes: size_of(&self.folder).saturating_sub(size),
        }
    }
}

/// Every append is one transaction, and that is one sync.
struct Counting {
    inner: SqliteJournal,
    syncs: u64,
}

impl Journal for Counting {
    fn append(
        &mut self,
        sale: &Sale,
        entries: &[Entry],
        rests: bool,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.syncs += 1;
        self.inner.append(sale, entries, rests, at)
    }

    fn last_ticket(&self) -> Result<Option<(PaymentId, Ticket)>, JournalError> {
        self.inner.last_ticket()
    }

    fn new_payment(&self) -> PaymentId {
        self.inner.new_payment()
    }

    fn made_here(&self, payment: PaymentId) -> bool {
        self.inner.made_here(payment)
    }

    fn unfinished(&self) -> Result<Vec<PaymentId>, JournalError> {
        self.inner.unfinished()
    }

    fn entries(&self, payment: PaymentId) -> Result<Vec<(Timestamp, Entry)>, JournalError> {
        self.inner.entries(payment)
    }

    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentId>, JournalError> {
        self.inner.payments(since)
    }

    fn note(&mut self, note: &Note, at: Timestamp) -> Result<(), JournalError> {
        self.syncs += 1;
        self.inner.note(note, at)
    }

    fn notes(&self) -> Result<Vec<(Timestamp, Note)>, JournalError> {
        self.inner.notes()
    }
}

/// What the stand-ins did so far.
struct Work {
    requests: u64,
    spent: Duration,
}

fn work_of(sim: &StandIns) -> Work {
    let counts = told(sim, "/state")["requests"].clone();
    Work {
        requests: counts
            .as_object()
            .unwrap()
            .values()
            .filter_map(Value::as_u64)
            .sum(),
        spent: Duration::from_micros(told(sim, "/busy")["us"].as_u64().unwrap()),
    }
}

fn told(sim: &StandIns, path: &str) -> Value {
    let answer = sim.ask("control", "GET", path, "");
    serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

/// The cheapest call, by hand.
fn bare_round_trip(sim: &StandIns) {
    let answer = sim.ask("lime", "GET", "/nothing", "");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

/// The till screen in a terminal of its own: time to its first byte, and KiB of memory then.
fn start(config: &Path) -> (Duration, u64) {
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_limekeeper"));
    command.arg("--config");
    command.arg(config);
    let begun = Instant::now();
    let mut child = pty.slave.spawn_command(command).unwrap();
    let mut reader = pty.master.try_clone_reader().unwrap();
    reader.read_exact(&mut [0]).unwrap();
    let time = begun.elapsed();
    let id = child.process_id().unwrap_or_default();
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    (time, resident.unwrap_or_default())
}

/// The sample with an order for every payment and a rich guest for every leg.
fn world(orders: usize) -> String {
    let mut world = SAMPLE.to_owned();
    for number in 0..orders {
        write!(
            world,
            "[[orders]]\nguid = \"{{5B1A7C00-2350-4F31-9E2A-0B83{number:08}}}\"\n\
             visit = {}\nname = \"bench{number}\"\ntable = \"9\"\nhall = \"Зал\"\nwaiter = \"5\"\n\
             station = \"1\"\nopened_at = \"2024-03-05T13:15:00\"\nlines = [{}]\n",
            10_000 + number,
            "{ code = 2470 }, ".repeat(6),
        )
        .unwrap();
    }
    for index in 0..LEGS.into_iter().max().unwrap_or_default() {
        write!(
            world,
            "[[clients]]\nid = {}\nname = \"Гость\"\ncards = [{{ id = {}, uid = \"{}\", number = \
             \"2{index:05}\", label = \"bench\" }}]\nrights = [{{ id = {}, type = 1, amount = \
             \"9000000.00\" }}]\n",
            8_000 + index,
            600 + index,
            uid(index),
            9_900 + index,
        )
        .unwrap();
    }
    world
}

fn uid(index: usize) -> String {
    (2_000_000_001 + index).to_string()
}

/// One page to the end of a file, and to the disk, as the journal's log has it.
fn sync_once(place: &Path) {
    let path = place.join("sync-probe");
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    file.write_all(&[7; 4096]).unwrap();
    file.sync_data().unwrap();
}

/// Processor time of this program so far, in ticks of 10 ms; nothing where the system does not say.
/// The stand-ins work in another program: what is over the floor and not in here is mostly theirs.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

fn size_of(folder: &Path) -> u64 {
    let files = ["journal.db", "journal.db-wal"].map(|name| fs::metadata(folder.join(name)));
    files.iter().flatten().map(fs::Metadata::len).sum()
}

fn samples(count: usize, work: impl Fn()) -> Vec<Duration> {
    let timed = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..count).map(timed).collect()
}
