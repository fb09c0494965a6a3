//! The real program in a real terminal, with a real serial port beside it.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use limekeeper::domain::Money;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use serde_json::json;
use serialport::{SerialPort as _, TTYPort};

use crate::harness::{PATIENCE, Sim, program};

const CARD: &str = "61366822";

/// After so long without an effect a key is pressed again.
const AGAIN: Duration = Duration::from_millis(300);

/// Rows and columns of a window.
pub type Size = (u16, u16);

/// The usual window of these tests.
pub const USUAL: Size = (36, 120);

const fn pty_size((rows, cols): Size) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The program's screen, as a terminal of the given size shows it.
pub struct Screen {
    pub child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn std::io::Write + Send>,
    bytes: Receiver<Vec<u8>>,
    /// Whoever has it keeps the terminal from being read.
    gate: Arc<Mutex<()>>,
    terminal: vt100::Parser,
    /// Everything that was ever sent to the terminal.
    pub raw: Vec<u8>,
}

impl Screen {
    pub fn start(args: &[&str], config: Option<&Path>) -> Self {
        Self::start_with(args, config, None)
    }

    pub fn start_with(
        args: &[&str],
        config: Option<&Path>,
        variable: Option<(&str, &str)>,
    ) -> Self {
        let mut command = CommandBuilder::new(program());
        if let Some(config) = config {
            command.arg("--config");
            command.arg(config);
        }
        command.args(args);
        command.env("TERM", "xterm-256color");
        if let Some((name, value)) = variable {
            command.env(name, value);
        }
        Self::run(command, USUAL)
    }

    /// The till screen in a window of that size.
    pub fn at_size(config: &Path, size: Size) -> Self {
        let mut command = CommandBuilder::new(program());
        command.arg("--config");
        command.arg(config);
        command.arg("run");
        command.env("TERM", "xterm-256color");
        Self::run(command, size)
    }

    /// Any command in a window of that size.
    pub fn run(command: CommandBuilder, size: Size) -> Self {
        let pty = native_pty_system().openpty(pty_size(size)).unwrap();
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let (send, bytes) = channel();
        let gate = Arc::new(Mutex::new(()));
        let open = Arc::clone(&gate);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                drop(open.lock().unwrap());
                if send.send(chunk[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            master: pty.master,
            keys,
            bytes,
            gate,
            terminal: vt100::Parser::new(size.0, size.1, 0),
            raw: Vec::new(),
        }
    }

    /// The window has another size from now on; nothing of the old picture counts.
    pub fn resize(&mut self, size: Size) {
        self.resize_unseen(size);
        let alternate = self.terminal.screen().alternate_screen();
        self.terminal = vt100::Parser::new(size.0, size.1, 0);
        if alternate {
            self.terminal.process(b"\x1b[?1049h\x1b[?25l");
        }
    }

    /// The same where nobody looks at what is shown then.
    pub fn resize_unseen(&self, size: Size) {
        self.master.resize(pty_size(size)).unwrap();
    }

    /// Takes what comes within the time away, without a look at it.
    pub fn skip(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Ok(bytes) = self
            .bytes
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.raw.extend(bytes);
        }
    }

    /// While somebody holds it, nobody reads what the program writes.
    pub fn gate(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.gate)
    }

    /// One key. Several at once would be a reader's burst.
    pub fn press(&mut self, key: &str) {
        // The program may have ended meanwhile.
        let _ = self
            .keys
            .write_all(key.as_bytes())
            .and_then(|()| self.keys.flush());
    }

    /// Types as a person does: looks at what was typed so far before the next key.
    #[track_caller]
    pub fn type_text(&mut self, text: &str, shown: impl Fn(&str) -> String) {
        for (at, c) in text.char_indices() {
            self.press(&c.to_string());
            self.wait_for(&shown(&text[..at + c.len_utf8()]));
        }
    }

    /// Filters the orders for the sample bill and opens it.
    #[track_caller]
    pub fn open_sample_order(&mut self) {
        self.wait_for("*/1");
        self.type_text("*/1", |typed| format!("Найти: {typed}"));
        self.press("\r");
        self.wait_for("Запеченный ролл с курицей");
    }

    /// F5, and the answer to its question; then the end, until keys count there: none does in the very
    /// moment in which it is drawn.
    #[track_caller]
    pub fn pay(&mut self) {
        self.confirm();
        self.wait("paid", |text| text.to_lowercase().contains("оплачено"));
        self.hear(AGAIN);
    }

    /// F5, and the answer to its question.
    #[track_caller]
    pub fn confirm(&mut self) {
        self.press("\x1b[15~"); // F5
        self.answer("Оплатить?");
    }

    /// Says yes. A key that comes in the very moment in which the question is drawn does not count,
    /// so Enter is pressed until it does.
    #[track_caller]
    pub fn answer(&mut self, question: &str) {
        self.wait_for(question);
        let until = Instant::now() + PATIENCE;
        while self.text().contains(question) {
            assert!(
                Instant::now() < until,
                "the question stays\n{}",
                self.text()
            );
            self.press("\r");
            self.hear_until(AGAIN, |text| !text.contains(question));
        }
    }

    /// A card at a reader that types, until it is seen: digits right behind a person's keys may lack
    /// their head and are refused; a guest taps again.
    #[track_caller]
    pub fn tap_typed(&mut self, uid: &str, shown: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.text().contains(shown) {
            assert!(
                Instant::now() < until,
                "the card is not read\n{}",
                self.text()
            );
            self.press(&format!("{uid}\r"));
            self.hear_until(AGAIN * 2, |text| text.contains(shown));
        }
    }

    /// Longer than a card counts as still lying on the reader: the next read of it is a new tap.
    pub fn take_card_away(&mut self) {
        self.hear(Duration::from_millis(2_300));
    }

    /// Lets everything that was pressed have its effect, and the same key count as pressed anew.
    pub fn settle(&mut self) {
        self.hear(AGAIN * 3);
    }

    /// F10, for the same reason pressed until it counts; then everything to the end.
    pub fn leave(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                Instant::now() < until,
                "the program does not end\n{}",
                self.text()
            );
            self.press("\x1b[21~");
            self.hear(AGAIN);
        }
        self.end()
    }

    /// Takes in what comes within the time, to its end.
    pub fn hear(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Ok(bytes) = self
            .bytes
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.terminal.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    /// The same, and not longer than until the screen satisfies the wish.
    fn hear_until(&mut self, time: Duration, wish: impl Fn(&str) -> bool) {
        let until = Instant::now() + time;
        while !wish(&self.text()) {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.bytes.recv_timeout(left) else {
                return;
            };
            self.terminal.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    /// Lets one key have its effect: no byte comes for a while.
    pub fn calm(&mut self) {
        const STILL: Duration = Duration::from_millis(60);
        while let Ok(bytes) = self.bytes.recv_timeout(STILL) {
            self.terminal.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    pub fn text(&self) -> String {
        self.terminal.screen().contents().replace('\u{a0}', " ")
    }

    /// Reads on until the screen satisfies the wish.
    #[track_caller]
    pub fn wait(&mut self, what: &str, wish: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if wish(&text) {
                return text;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => {
                    self.terminal.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => panic!("no «{what}» in\n{text}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended without «{what}»; last screen\n{text}")
                }
            }
        }
    }

    #[track_caller]
    pub fn wait_for(&mut self, words: &str) -> String {
        self.wait(words, |text| text.contains(words))
    }

    /// Reads to the end of the program.
    pub fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            match self
                .bytes
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => {
                    self.terminal.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the program does not end\n{}", self.text())
                }
            }
        }
        self.child.wait().unwrap()
    }

    /// The terminal is as it was: main screen, cursor shown, presses of the mouse its own.
    #[track_caller]
    pub fn assert_restored(&self) {
        assert!(
            !self.terminal.screen().alternate_screen(),
            "the alternate screen is left on"
        );
        assert!(
            !self.terminal.screen().hide_cursor(),
            "the cursor is left hidden"
        );
        assert_eq!(
            self.terminal.screen().mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "presses are left on"
        );
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.process_id().unwrap(), name);
    }
}

/// `-TERM`, to that process.
pub fn signal(id: u32, name: &str) {
    // The shell's own `kill`: the program of that name is not on every machine.
    let done = Command::new("sh")
        .args(["-c", &format!("kill {name} {id}")])
        .status()
        .unwrap();
    assert!(done.success());
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The line that names the selected account whole.
fn detail(text: &str) -> String {
    text.lines()
        .find(|line| line.starts_with(' ') && line.contains(" · № "))
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// A serial port with a reader's end for the test.
pub struct ReaderPort {
    reader: TTYPort,
    pub path: String,
}

impl ReaderPort {
    pub fn open() -> Self {
        let (reader, till) = TTYPort::pair().unwrap();
        let path = till.name().unwrap();
        drop(till);
        Self { reader, path }
    }

    /// A card lies on the reader for two frames.
    pub fn tap(&mut self, frame: &[u8]) {
        self.reader.write_all(frame).unwrap();
        self.reader.write_all(frame).unwrap();
    }
}

/// RDM6300: STX, ten hex digits, their checksum, ETX. The sample card: EM 00 03A86226.
pub const SAMPLE_FRAME: &[u8] = b"\x020003A86226EF\x03";

pub fn sim_with_reader() -> (Sim, ReaderPort, std::path::PathBuf) {
    let sim = Sim::start();
    let port = ReaderPort::open();
    let path = port.path.clone();
    let config = sim.config_with("with-reader.toml", |text| {
        format!("{text}\n[[readers]]\nname = \"Стойка\"\nfamily = \"rdm6300\"\nport = \"{path}\"\n")
    });
    (sim, port, config)
}

#[test]
fn report_08_a_tapped_card_pays_with_nothing_else_chosen() {
    let (sim, mut port, config) = sim_with_reader();
    let mut screen = Screen::start(&["run"], Some(&config));
    // Both servers are known to answer before any card is tapped.
    screen.wait("both servers", |text| {
        text.contains("● r_keeper на связи") && text.contains("● Lime на связи")
    });
    screen.open_sample_order();
    screen.wait_for("К оплате 2 350,00");
    // The reader must be open before a card is laid on it: what was queued before is thrown away.
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    port.tap(SAMPLE_FRAME);
    let text = screen.wait_for("100038");
    assert!(!text.contains(CARD), "a whole UID is on the screen\n{text}");
    screen.wait("the suggestion", |text| text.contains("Депозит"));
    screen.pay();
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    sim.assert_no_violations();
    assert!(screen.leave().success());
    screen.assert_restored();
    let raw = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(!raw.contains(CARD), "a whole UID went to the terminal");
}

#[test]
fn report_33_a_typed_sum_is_kept_when_another_card_is_chosen() {
    let (sim, mut port, config) = sim_with_reader();
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap();
    let family = accounts
        .iter()
        .find(|a| a["card_uids"].as_array().unwrap().len() == 2)
        .unwrap()
        .clone();
    let second = family["card_uids"][0].as_str().unwrap().to_owned();
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    port.tap(SAMPLE_FRAME);
    screen.wait_for("100038");
    // 1500 from the first deposit; a moment of silence, then the second card.
    screen.type_text("1500", |typed| format!("{typed}_"));
    port.tap(&frame(second.parse().unwrap()));
    // Its accounts, not only the word that it is being looked up.
    screen.wait("two cards", |text| text.matches(" · активна").count() == 2);
    // Down to the family's deposit; `+` takes what is still missing.
    let name = family["name"].as_str().unwrap().to_owned();
    let tail = format!("…{}", &second[second.len() - 4..]);
    let selected = |text: &str| {
        text.lines()
            .any(|line| line.starts_with(&format!(" {name} · № ")) && line.contains(&tail))
    };
    while !selected(&screen.text()) {
        let before = detail(&screen.text());
        screen.press("\x1b[B");
        screen.wait("the selection moved", |now| detail(now) != before);
    }
    screen.press("+");
    screen.wait("850", |text| text.contains("850,00"));
    screen.pay();
    assert_eq!(sim.balance(CARD, "Депозит"), "3500.00");
    let payments = sim.order("*/1")["payments"].clone();
    let sums: Vec<_> = payments
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["amount"].clone())
        .collect();
    assert_eq!(sums, [json!("1500.00"), json!("850.00")]);
    // Lime has the dishes with who paid what of each; one dish is shared.
    let check = sim.state()["checks"][0].clone();
    let mut of_card = std::collections::BTreeMap::<String, i64>::new();
    let mut shared = 0;
    for entry in check["entries"].as_array().unwrap() {
        let parts = entry["payments"].as_array().unwrap();
        shared += usize::from(parts.len() == 2);
        for part in parts {
            let amount = Money::parse_decimal(part["amount"].as_str().unwrap()).unwrap();
            *of_card
                .entry(part["card_uid"].as_str().unwrap().to_owned())
                .or_default() += amount.kopecks();
        }
    }
    assert_eq!(shared, 1, "{check}");
    assert_eq!(of_card[CARD], 150_000);
    assert_eq!(of_card[&second], 85_000);
    sim.assert_no_violations();
}

#[test]
fn a_reader_that_types_is_a_card_and_never_a_sum_or_a_confirmation() {
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    // Digits and Enter at a reader's speed.
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
    screen.press("\x1b[15~");
    screen.wait_for("Оплатить?");
    // Another card's digits and Enter while the question waits for its Enter.
    screen.tap_typed("50331649", "сейчас не принята");
    let text = screen.text();
    assert!(
        text.contains("Оплатить?"),
        "the burst's Enter answered the question\n{text}"
    );
    assert_eq!(sim.state()["checks"], json!([]));
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
}

#[test]
fn the_second_till_screen_says_who_has_the_folder() {
    let sim = Sim::start();
    let mut first = Screen::start(&["run"], Some(&sim.config));
    first.wait_for("*/1");
    let holder = first.child.process_id().unwrap().to_string();
    let mut second = Screen::start(&["run"], Some(&sim.config));
    assert_eq!(second.end().exit_code(), 7);
    assert!(second.text().contains(&holder), "{}", second.text());
    let said = sim
        .till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(7);
    assert!(said.err.contains(&holder), "{said:?}");
    assert!(first.leave().success());
}

#[test]
fn the_demo_pays_the_sample_bill_with_nothing_set_up() {
    let mut screen = Screen::start(&["demo"], None);
    screen.open_sample_order();
    screen.press("\x1bOS"); // F4: the sample cards
    screen.wait_for("100038");
    screen.press("\r");
    screen.wait("the card's account", |text| {
        text.contains("Депозит") && text.contains("5 000,00")
    });
    screen.pay();
    assert!(screen.leave().success());
    screen.assert_restored();
}

#[test]
fn the_terminal_is_given_back_however_the_program_ends() {
    let sim = Sim::start();
    // F10 from the first screen.
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.wait_for("*/1");
    assert!(screen.leave().success());
    screen.assert_restored();
    // Esc leads back, and from the first screen it asks or leaves; F10 always leaves.
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.open_sample_order();
    screen.press("\x1b");
    screen.wait("the list again", |text| {
        !text.contains("Запеченный ролл с курицей")
    });
    assert!(screen.leave().success());
    screen.assert_restored();
    for signal in ["-TERM", "-HUP"] {
        let mut screen = Screen::start(&["run"], Some(&sim.config));
        screen.wait_for("*/1");
        screen.signal(signal);
        screen.end();
        screen.assert_restored();
    }
}

#[test]
fn a_panic_in_a_worker_ends_the_program_with_words_and_gives_the_terminal_back() {
    let sim = Sim::start();
    for worker in ["orders", "payments"] {
        let panic = Some(("LIMEKEEPER_REHEARSE_PANIC", worker));
        let mut screen = Screen::start_with(&["run"], Some(&sim.config), panic);
        assert_eq!(
            screen.end().exit_code(),
            5,
            "the outcome of payments is not known"
        );
        screen.assert_restored();
        let text = screen.text();
        assert!(text.contains("Внутренняя ошибка программы"), "{text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[test]
fn a_vanished_terminal_ends_the_program() {
    let sim = Sim::start();
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(program());
    command.arg("--config");
    command.arg(&sim.config);
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    sim.wait_for_calls("rkeeper.GetOrderList2", 1);
    // The window is closed.
    drop(pty.master);
    let until = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        assert!(
            Instant::now() < until,
            "the program lives on without its terminal"
        );
        thread::yield_now();
    }
}

/// The frame of a card whose low four bytes are this number.
pub fn frame(number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let sum = bytes.iter().fold(0, |sum, byte| sum ^ byte);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("\x0200{digits}{sum:02X}\x03").into_bytes()
}

#[test]
fn the_sample_frame_has_the_right_checksum() {
    assert_eq!(frame(CARD.parse().unwrap()), SAMPLE_FRAME);
}

/// A key whose effect may come too early to count, pressed until it shows. Pressed once too often it
/// must do no harm.
#[track_caller]
pub fn press_until(screen: &mut Screen, key: &str, wish: impl Fn(&str) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !wish(&screen.text()) {
        assert!(Instant::now() < until, "{key:?}\n{}", screen.text());
        screen.press(key);
        screen.hear_until(AGAIN, &wish);
    }
}

/// Esc on the outcome, once: a second one would close the list below as well. It counts, because the
/// outcome stood there for a while.
#[track_caller]
fn close_outcome(screen: &mut Screen, below: &str) {
    screen.wait_for("Esc – закрыть");
    screen.hear(AGAIN);
    screen.press("\x1b");
    screen.wait_for(below);
}

pub const F4: &str = "\x1bOS";
pub const F5: &str = "\x1b[15~";
pub const F9: &str = "\x1b[20~";
const F12: &str = "\x1b[24~";
const PAYMENTS: &str = "Платежи за сегодня";

/// Name and reason, and the question answered.
#[track_caller]
fn sign_and_confirm(screen: &mut Screen, question: &str, done: &str) {
    screen.press("\t");
    screen.wait_for("▸ Кто");
    screen.type_text("Иванова", |typed| format!("{typed}_"));
    screen.press("\t");
    screen.wait_for("▸ Почему");
    screen.type_text("сверила с кассой", |typed| {
        format!("{typed}_")
    });
    screen.press(F5);
    screen.wait_for(question);
    screen.wait_for("Кто: Иванова. Почему: сверила с кассой");
    press_until(screen, "\r", |text| text.contains(done));
}

/// A payment that asking does not settle is on the banner from the start; a person decides it on the
/// screen, and the money is back at Lime.
#[test]
fn a_stuck_payment_is_decided_on_the_screen() {
    let sim = Sim::start();
    let config = sim.config_with("quick.toml", |text| {
        format!("{text}\n[payment]\nfront_s = 2\nretry_s = [1]\ntries = 1\n")
    });
    let had = sim.balance(CARD, "Депозит");
    sim.fault("rkeeper.SaveOrder", "lose_request", 1);
    let take = format!("{CARD}:Депозит:1000");
    let pay = ["pay", "*/1", "--card", CARD, "--take", &take, "--partial"];
    let mut pay = crate::harness::till_command(&config, &pay);
    assert_eq!(pay.output().unwrap().status.code(), Some(5));
    assert_ne!(sim.balance(CARD, "Депозит"), had);

    let mut screen = Screen::start(&["run"], Some(&config));
    let text = screen.wait_for("! 1 операция требует человека · 1 000,00 ₽ · F12");
    assert!(text.contains("limekeeper"), "{text}");
    screen.press(F12);
    screen.wait_for("Есть ли эта оплата в заказе r_keeper?");
    let text = screen.wait_for("Блокировка");
    assert!(text.contains("Чек Lime"), "{text}");
    assert!(!text.contains(CARD), "{text}");
    screen.press("\r");
    screen.wait_for("▸ 1  Спросить серверы ещё раз");
    screen.press("3");
    screen.wait_for("▸ 3  В r_keeper не оплачено – вернуть деньги гостям");
    sign_and_confirm(
        &mut screen,
        "На счета гостей вернётся 1 000,00.",
        "Деньги возвращены на счета.",
    );
    assert_eq!(sim.balance(CARD, "Депозит"), had);
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    screen.wait("no banner", |text| !text.contains("· F12"));
    close_outcome(&mut screen, "Ничего не требует человека");
    assert!(screen.leave().success());
    // Who decided is in the journal, and nothing is left open.
    sim.till(&["recover", "--json"]).expect_code(0);
    sim.till(&["journal", "verify"]).expect_code(0);
    sim.assert_no_violations();
}

/// A receipt that was annulled at r_keeper's till, found by a run before: the journal alone has it on
/// the banner, and a person settles it there.
#[test]
fn an_orphan_is_on_the_banner_from_the_start_and_settled_on_the_screen() {
    let sim = Sim::start();
    let paid = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    let paid = paid.expect_code(0).json()["payment_id"].clone();
    sim.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
    sim.till(&["recover"]).expect_code(5);
    let had = sim.balance(CARD, "Депозит");
    let config = sim.config_with("blind.toml", |text| {
        format!("{text}\n[payment]\nlookback_h = 0\n")
    });

    let mut screen = Screen::start(&["run"], Some(&config));
    screen.wait_for("! 1 операция требует человека · 2 350,00 ₽ · F12");
    screen.press(F12);
    screen.wait_for("по журналу он есть, а сервер его не показывает");
    let text = screen.wait_for("Чек r_keeper");
    assert!(text.contains(paid.as_str().unwrap()), "{text}");
    assert!(text.contains("Чек Lime") && text.contains("*/1"), "{text}");
    assert!(!text.contains(CARD), "{text}");
    screen.press("\r");
    screen.wait_for("▸ 1  Известно, разобрано");
    sign_and_confirm(
        &mut screen,
        "Расхождение на 2 350,00 уйдёт из списка",
        "Записано: расхождение на 2 350,00 известно, разобрано",
    );
    screen.wait("no banner", |text| !text.contains("· F12"));
    close_outcome(&mut screen, "Ничего не требует человека");
    assert!(screen.leave().success());
    // Nothing moved, and it is settled for every list, with looking back as well.
    assert_eq!(sim.balance(CARD, "Депозит"), had);
    sim.till(&["recover"]).expect_code(0);
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(!listed.out.contains("ВНИМАНИЕ"), "{listed:?}");
    sim.till(&["journal", "verify"]).expect_code(0);
    sim.assert_no_violations();
}

/// F9, F4: a part of a leg is given back, then the rest; the stand-in's Lime has the money again.
#[test]
fn a_payment_is_refunded_from_the_list_of_payments() {
    let (sim, mut port, config) = sim_with_reader();
    let had = sim.balance(CARD, "Депозит");
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    port.tap(SAMPLE_FRAME);
    screen.wait_for("Осталось 0,00");
    screen.pay();
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");

    press_until(&mut screen, F9, |text| text.contains(PAYMENTS));
    screen.wait("the payment", |text| {
        text.lines()
            .any(|line| line.contains("▸") && line.contains("оплачено"))
    });
    screen.press(F4);
    screen.wait_for("Что вернуть?");
    screen.press("2");
    screen.wait_for("▸ 2  Депозит · Карта 100038");
    screen.press("\t");
    screen.type_text("350,5", |typed| format!("{typed}_"));
    sign_and_confirm(
        &mut screen,
        "Вернуть 350,50 на счета:",
        "Возвращено 350,50 на счета",
    );
    assert_eq!(sim.balance(CARD, "Депозит"), "3000.50");
    close_outcome(&mut screen, PAYMENTS);
    let text = screen.wait("the row", |text| text.contains("возврат 350,50"));
    let row = text.lines().find(|line| line.contains("▸")).unwrap();
    assert!(!row.contains("оплачено"), "{row}");

    screen.press(F4);
    screen.wait_for("▸ 1  Всё, что ещё не возвращено");
    screen.wait_for("1 999,50");
    // A card on the reader starts nothing while the form is open.
    port.tap(SAMPLE_FRAME);
    screen.wait_for("сейчас не принята");
    sign_and_confirm(
        &mut screen,
        "Вернуть 1 999,50 на счета:",
        "Возвращено 1 999,50 на счета",
    );
    assert_eq!(sim.balance(CARD, "Депозит"), had);
    // r_keeper takes no part of a receipt back: both are left to a person, who says that it is done.
    screen.wait_for("Осталось сделать: отмените в r_keeper вручную 1 999,50");
    screen.wait_for("! 2 операции требуют человека · 2 350,00 ₽ · F12");
    close_outcome(&mut screen, PAYMENTS);
    screen.press(F12);
    screen.wait_for("Осталось сделать: отмените в r_keeper вручную 350,50");
    screen.press("\r");
    screen.wait_for("Отменена ли оплата в r_keeper вручную?");
    screen.press("2");
    screen.wait_for("▸ 2  Да, в r_keeper отменено вручную");
    sign_and_confirm(
        &mut screen,
        "Да, в r_keeper отменено вручную",
        "✓ Возвращено 350,50 на счета, в r_keeper отменено",
    );
    screen.wait_for("! 1 операция требует человека · 1 999,50 ₽ · F12");
    assert_eq!(sim.balance(CARD, "Депозит"), had);
    sim.assert_no_violations();
    let raw = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(!raw.contains(CARD), "a whole UID went to the terminal");
}
