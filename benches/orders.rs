//! What large lists cost: five thousand open orders and an order of five hundred lines, from the
//! bytes of r_keeper's answer to a drawn frame, beside the floor that nobody can go below (the bytes
//! looked at once; an empty screen drawn), and the memory that was held at most.
//!
//! `cargo bench --bench orders` measures; `-- --quick` takes few samples. It prints a table and
//! judges nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for developers: it prints, and stops where anything is odd"
)]

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use limekeeper::domain::{Order, OrderGuid, OrderSummary};
use limekeeper::rkeeper::{order, order_list, parse_answer};
use limekeeper::tui::{App, Msg, UiSettings, view};
use peak_alloc::PeakAlloc;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const ORDERS: usize = 5_000;
const LINES: usize = 500;
/// A usual window, and a large one.
const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let samples = if quick { 5 } else { 100 };
    println!(
        "{samples} samples each, one frame at sixty a second is 16.667 ms; {}\n",
        if cfg!(debug_assertions) {
            "DEBUG BUILD"
        } else {
            "release build"
        },
    );
    println!(
        "{:<46} │ {:>10} {:>10} {:>10} │ {:>10} {:>9}",
        "", "median", "worst", "floor", "own CPU", "peak KiB"
    );
    let bench = Bench { samples };
    let (list, long) = (list_answer(), order_answer());
    println!(
        "{ORDERS} orders are {} KiB, {LINES} lines {} KiB",
        list.len() / 1024,
        long.len() / 1024
    );
    let floor = bench.median(|| looked_at(&list));
    bench.row("read the list", floor, || read_list(&list));
    let floor = bench.median(|| looked_at(&long));
    bench.row("read the order", floor, || read_order(&long));
    for size in SIZES {
        show(&bench, size, &list, &long);
    }
}

fn show(bench: &Bench, (width, height): (u16, u16), list: &str, long: &str) {
    let named = |what: &str| format!("{what}, {width}×{height}");
    let mut screen = Screen::new(width, height);
    let floor = bench.median(|| screen.frame());
    let mut fresh: Vec<_> = (0..=bench.samples).map(|_| read_list(list)).collect();
    bench.row(&named("take and show the list"), floor, || {
        screen.take(Msg::Orders(Ok(fresh.pop().unwrap_or_default())));
        screen.frame();
    });
    screen.take(Msg::Orders(Ok(read_list(list))));
    bench.row(&named("a key in the list"), floor, || {
        screen.key(KeyCode::Down);
    });
    screen.key(KeyCode::End);
    bench.row(&named("a key at its end"), floor, || {
        screen.key(KeyCode::Up);
    });
    screen.key(KeyCode::Char('1'));
    bench.row(&named("a key in the filtered list"), floor, || {
        screen.key(KeyCode::Down);
    });
    screen.key(KeyCode::Esc);
    screen.key(KeyCode::Home);
    screen.key(KeyCode::Enter);
    let mut fresh: Vec<_> = (0..=bench.samples).map(|_| read_order(long)).collect();
    bench.row_of(
        &named("take and show the order"),
        floor,
        &mut screen,
        |screen| {
            // Back to the list, and in again: the order before is gone. Nothing is drawn.
            screen.press(KeyCode::Esc);
            screen.press(KeyCode::Enter);
        },
        |screen| {
            screen.take(Msg::Order(Ok(fresh.pop().unwrap())));
            screen.frame();
        },
    );
    assert!(screen.shows("Запеченный ролл"), "the order is not open");
    screen.key(KeyCode::Tab);
    bench.row(&named("a key in the order"), floor, || {
        screen.key(KeyCode::Down);
    });
}

/// The till screen in a window that nobody sees.
struct Screen {
    app: App,
    terminal: Terminal<TestBackend>,
    now: Duration,
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        Self {
            app: App::new(UiSettings::default()),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            now: Duration::ZERO,
        }
    }

    fn take(&mut self, msg: Msg) {
        self.now += Duration::from_secs(1);
        black_box(self.app.update(msg, self.now));
    }

    fn frame(&mut self) {
        let app = &self.app;
        self.terminal.draw(|frame| view(app, frame)).unwrap();
    }

    fn shows(&self, words: &str) -> bool {
        let cells = self.terminal.backend().buffer().content();
        let text: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
        text.contains(words)
    }

    /// A key, and the frame that answers it.
    fn key(&mut self, code: KeyCode) {
        self.press(code);
        self.frame();
    }

    fn press(&mut self, code: KeyCode) {
        self.take(Msg::Key(KeyEvent::from(code), self.now));
    }
}

struct Bench {
    samples: usize,
}

impl Bench {
    /// What each work took, without what prepares it.
    fn times<S, T>(
        &self,
        subject: &mut S,
        prepare: impl Fn(&mut S),
        mut work: impl FnMut(&mut S) -> T,
    ) -> Vec<Duration> {
        let timed = |_| {
            prepare(subject);
            let begun = Instant::now();
            let made = black_box(work(subject));
            let time = begun.elapsed();
            drop(made);
            time
        };
        (0..self.samples).map(timed).collect()
    }

    fn median<T>(&self, mut work: impl FnMut() -> T) -> Duration {
        let mut times = self.times(&mut (), |()| (), |()| work());
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn row<T>(&self, what: &str, floor: Duration, mut work: impl FnMut() -> T) {
        self.row_of(what, floor, &mut (), |()| (), |()| work());
    }

    /// The processor's time has what prepares in it.
    fn row_of<S, T>(
        &self,
        what: &str,
        floor: Duration,
        subject: &mut S,
        prepare: impl Fn(&mut S),
        mut work: impl FnMut(&mut S) -> T,
    ) {
        prepare(subject);
        MEMORY.reset_peak_usage();
        let held = MEMORY.current_usage();
        drop(black_box(work(subject)));
        let peak = MEMORY.peak_usage().saturating_sub(held);
        let cpu = cpu_time();
        let mut times = self.times(subject, prepare, work);
        let cpu = cpu_time().saturating_sub(cpu) / u32::try_from(self.samples).unwrap();
        times.sort_unstable();
        let worst = times.last().copied().unwrap_or_default();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        println!(
            "{what:<46} │ {:>10} {:>10} {:>10} │ {:>10} {:>9}",
            ms(median),
            ms(worst),
            ms(floor),
            ms(cpu),
            peak / 1024
        );
    }
}

/// Processor time of this program so far, in ticks of 10 ms; nothing where the system does not say.
/// On a busy machine the mean of many is nearer the truth than any time on the wall.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// What even the fastest reader has to do: look at every byte, and see that they are text.
fn looked_at(answer: &str) -> usize {
    let bytes = black_box(answer.as_bytes());
    let text = std::str::from_utf8(bytes).unwrap().len();
    text + usize::from(bytes.iter().fold(0, |all, byte| all ^ byte))
}

fn read_list(answer: &str) -> Vec<OrderSummary> {
    let answer = parse_answer(answer.as_bytes()).unwrap();
    order_list(&answer).unwrap().orders.unwrap()
}

fn read_order(answer: &str) -> Order {
    let answer = parse_answer(answer.as_bytes()).unwrap();
    order(&answer, &OrderGuid(guid(0))).unwrap()
}

fn guid(number: usize) -> String {
    format!("{{8C9E446E-0000-4000-8000-{number:012X}}}")
}

fn envelope(command: &str, payload: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<RK7QueryResult ServerVersion=\"7.26.8.2001\" \
         XmlVersion=\"248\" NetName=\"RK7SRV\" Status=\"Ok\" CMD=\"{command}\" ErrorText=\"\" \
         DateTime=\"2024-03-05T13:40:00\" WorkTime=\"16\" Processed=\"1\" \
         ArrivalDateTime=\"2024-03-05T13:40:00\" lastversion=\"4711\">{payload}</RK7QueryResult>"
    )
}

/// As r_keeper lists them: one order a visit, with all that its schema has.
fn list_answer() -> String {
    let mut visits = String::new();
    for number in 0..ORDERS {
        let (visit, table) = (1001 + number, 1 + number % 300);
        write!(
            visits,
            "<Visit visit=\"{visit}\" guid=\"{}\" finished=\"0\"><Guests count=\"2\"/><Orders>\
             <Order visit=\"{visit}\" orderIdent=\"256\" guid=\"{}\" orderName=\"{table}.{number}\" \
             version=\"7\" crc32=\"-12345\" orderSum=\"185000\" unpaidSum=\"185000\" prepaySum=\"0\" \
             promisedSum=\"0\" discountSum=\"0\" totalPieces=\"3000\" finished=\"0\" paid=\"0\" \
             locked=\"{}\" openTime=\"2024-03-05T13:15:00\">",
            guid(ORDERS + number),
            guid(number),
            usize::from(number % 50 == 7),
        )
        .unwrap();
        if number % 50 == 7 {
            visits.push_str(
                "<LockedByStation id=\"3\" code=\"2\" name=\"Касса 2\"/>\
                 <LockedByWaiter id=\"7\" code=\"7\" name=\"Иванова\"/>",
            );
        }
        write!(
            visits,
            "<Waiter id=\"1000005\" code=\"5\" name=\"Кузнецова\"/>\
             <Table id=\"1000{table}\" code=\"{table}\" name=\"{table}\"/>\
             <OrderCategory id=\"1\" code=\"1\" name=\"Зал\"/><OrderType id=\"1\" code=\"1\"/>\
             <Creator id=\"1000005\" code=\"5\" name=\"Кузнецова\"/><ExternalProps/></Order></Orders></Visit>",
        )
        .unwrap();
    }
    envelope("GetOrderList2", &visits)
}

/// Dishes with modifiers in sessions of ten, a discount on the whole.
fn order_answer() -> String {
    let mut sessions = String::new();
    for number in 0..LINES {
        if number % 10 == 0 {
            let end = if number == 0 { "" } else { "</Session>" };
            write!(
                sessions,
                "{end}<Session uni=\"{number}\" line_guid=\"{}\" sessionID=\"{number}\" isDraft=\"0\" \
                 printed=\"1\"><Station id=\"3\" code=\"1\" name=\"Касса 1\"/>",
                guid(10_000 + number)
            )
            .unwrap();
        }
        write!(
            sessions,
            "<Dish id=\"100{number}\" code=\"{number}\" name=\"Запеченный ролл с курицей № {number}\" \
             uni=\"{number}\" line_guid=\"{}\" state=\"4\" guid=\"{}\" price=\"29000\" amount=\"30000\" \
             quantity=\"1000\" srcQuantity=\"1000\" paidAmount=\"0\" seat=\"0\">\
             <Modi id=\"2001\" name=\"двойной сыр\" count=\"1\" price=\"1000\"/>\
             <KdsState name=\"ready\" at=\"2024-03-05T13:15:00\"/></Dish>",
            guid(20_000 + number),
            guid(20_000 + number),
        )
        .unwrap();
    }
    let total = LINES * 30_000 * 9 / 10;
    let discount = LINES * 30_000 / 10;
    let payload = format!(
        "<Order visit=\"1001\" orderIdent=\"256\" guid=\"{}\" orderName=\"1.0\" version=\"7\" \
         orderSum=\"{total}\" unpaidSum=\"{total}\" prepaySum=\"0\" discountSum=\"-{discount}\" paid=\"0\" \
         finished=\"0\" openTime=\"2024-03-05T13:15:00\">{sessions}<Discount id=\"1\" code=\"1\" \
         name=\"Скидка 10 %\" uni=\"9\" amount=\"10\" discountSum=\"-{discount}\" deleted=\"0\"/>\
         </Session></Order>",
        guid(0)
    );
    envelope("GetOrder", &payload)
}

fn ms(time: Duration) -> String {
    format!(
        "{}.{:03} ms",
        time.as_millis(),
        time.subsec_micros() % 1_000
    )
}
