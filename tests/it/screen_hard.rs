//! What a terminal does to the till screen: it changes its size all the time, is stopped and woken by
//! a shell, or takes nothing that is written. Payments go on, and the picture is true again after it.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use serde_json::json;

use crate::harness::{PATIENCE, Sim, program};
use crate::screen::{F5, Screen, Size, USUAL, press_until, signal};

const CARD: &str = "61366822";
const CTRL_Z: &str = "\x1a";
/// The shell's own words about its job, then it waits for a line, then it goes on with the job.
const SHELL: &str =
    r#"set -m; "$0" --config "$1" run; echo "stopped: $?"; read line; fg; echo "ended: $?""#;

/// The sample bill with its card, all of it proposed.
#[track_caller]
fn bill_with_card(screen: &mut Screen) {
    screen.open_sample_order();
    screen.tap_typed(CARD, "100038");
    screen.wait_for("Осталось 0,00");
}

/// The till as a job of a shell.
fn in_a_shell(config: &Path) -> Screen {
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", SHELL, program()]);
    command.arg(config);
    command.env("TERM", "xterm-256color");
    Screen::run(command, USUAL)
}

/// The shell's job: the process whose parent it is.
#[track_caller]
fn job_of(screen: &Screen) -> u32 {
    let shell = screen.child.process_id().unwrap().to_string();
    let is_child = |id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        after_name.split(' ').nth(1) == Some(shell.as_str())
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .find(is_child)
        .unwrap()
}

/// The shell has the terminal as it was before: keys are echoed again.
#[track_caller]
fn stopped(screen: &mut Screen) {
    screen.wait_for("stopped: ");
    screen.assert_restored();
}

#[track_caller]
fn wake(screen: &mut Screen) {
    // Where the stop was not announced, the terminal has the till's modes: Enter would be no line's end.
    screen.press("go\n");
}

#[track_caller]
fn sum_of(sim: &Sim, balance: &str) {
    assert_eq!(sim.balance(CARD, "Депозит"), balance);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    sim.assert_no_violations();
}

#[test]
fn a_storm_of_sizes_during_a_payment_harms_nothing() {
    const STORM: usize = 200;
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    bill_with_card(&mut screen);
    // Slow enough for the whole storm.
    sim.think(300);
    screen.confirm();
    let odd: [Size; 6] = [(1, 1), (1, 200), (60, 1), (17, 60), (18, 59), (200, 300)];
    let mut number: u64 = 2_350;
    for at in 0..STORM {
        // Numbers that look random and are the same in every run.
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let any = |span: u64, by: u32| u16::try_from((number >> by) % span + 1).unwrap();
        let size = odd.get(at % 12).copied();
        screen.resize_unseen(size.unwrap_or((any(70, 33), any(220, 48))));
        // Every other size is gone again before anything can be drawn in it.
        if at % 2 == 0 {
            screen.skip(Duration::from_millis(5));
        }
    }
    screen.resize(USUAL);
    screen.wait("the outcome", |text| text.contains("ОПЛАЧЕНО"));
    screen.settle();
    let left_by_the_storm = screen.text();
    screen.resize((35, 119));
    screen.resize(USUAL);
    screen.settle();
    assert_eq!(
        left_by_the_storm,
        screen.text(),
        "nothing is left of old frames"
    );
    sum_of(&sim, "2650.00");
    assert!(screen.leave().success());
    screen.assert_restored();
}

#[test]
fn a_question_that_was_resized_away_takes_no_key_until_it_is_seen_again() {
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    bill_with_card(&mut screen);
    screen.press(F5);
    screen.wait_for("Оплатить?");
    screen.resize((10, 40));
    screen.wait_for("слишком мало");
    for _ in 0..3 {
        screen.press("\r");
        screen.settle();
    }
    assert_eq!(sim.state()["checks"], json!([]));
    screen.resize(USUAL);
    screen.answer("Оплатить?");
    screen.wait_for("ОПЛАЧЕНО");
    sum_of(&sim, "2650.00");
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_draws_all_anew() {
    let sim = Sim::start();
    let mut screen = in_a_shell(&sim.config);
    bill_with_card(&mut screen);
    screen.press(CTRL_Z);
    stopped(&mut screen);
    // What the shell's terminal shows meanwhile is gone from the till's picture.
    screen.type_text("мусор", str::to_owned);
    wake(&mut screen);
    let text = screen.wait("the bill again", |text| {
        text.contains("Осталось 0,00") && text.contains("100038")
    });
    assert!(
        !text.contains("мусор") && !text.contains("stopped"),
        "{text}"
    );
    // Keys are the till's again, and nothing of them is echoed.
    screen.pay();
    sum_of(&sim, "2650.00");
    press_until(&mut screen, "\x1b[21~", |text| text.contains("ended: 0"));
    screen.assert_restored();
}

#[test]
fn a_stop_that_nobody_announced_is_made_good() {
    let sim = Sim::start();
    let mut screen = in_a_shell(&sim.config);
    bill_with_card(&mut screen);
    screen.press(F5);
    screen.wait_for("Оплатить?");
    signal(job_of(&screen), "-STOP");
    screen.wait_for("stopped: ");
    wake(&mut screen);
    screen.wait("the question again, alone", |text| {
        text.contains("Оплатить?") && !text.contains("stopped")
    });
    screen.answer("Оплатить?");
    screen.wait_for("ОПЛАЧЕНО");
    sum_of(&sim, "2650.00");
}

#[test]
fn a_payment_that_was_stopped_on_its_way_is_asked_about_and_paid_once() {
    let sim = Sim::start();
    // A second for each answer, a minute for the outcome.
    let impatient = sim.impatient();
    let patient = fs::read_to_string(&impatient).unwrap();
    let config = impatient.with_file_name("stopped.toml");
    fs::write(&config, patient.replace("front_s = 2", "front_s = 60")).unwrap();
    let mut screen = in_a_shell(&config);
    bill_with_card(&mut screen);
    sim.fault_with("lime.PutCheck", "delay", 1, &json!(700));
    screen.confirm();
    sim.wait_for_calls("lime.PutCheck", 1);
    // No key stops it now; whoever sends the signal means it.
    screen.press(CTRL_Z);
    signal(job_of(&screen), "-TSTP");
    stopped(&mut screen);
    // Longer than any answer, and the outcome, is waited for.
    screen.hear(Duration::from_secs(4));
    wake(&mut screen);
    screen.wait("the outcome", |text| text.contains("ОПЛАЧЕНО"));
    sum_of(&sim, "2650.00");
}

#[test]
fn a_till_that_no_shell_would_wake_is_not_stopped() {
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    screen.wait_for("*/1");
    screen.press(CTRL_Z);
    screen.signal("-TSTP");
    bill_with_card(&mut screen);
    screen.pay();
    sum_of(&sim, "2650.00");
    assert!(screen.leave().success());
}

#[test]
fn a_terminal_that_takes_nothing_keeps_no_payment_waiting() {
    let sim = Sim::start();
    let mut screen = Screen::start(&["run"], Some(&sim.config));
    bill_with_card(&mut screen);
    sim.think(100);
    screen.confirm();
    let gate = screen.gate();
    let closed = gate.lock().unwrap();
    block(&screen);
    // The servers see the whole payment, while the window shows none of it.
    let until = Instant::now() + PATIENCE;
    while sim.order("*/1")["unpaid"] != "0.00" {
        assert!(Instant::now() < until, "the payment stands still");
        thread::yield_now();
    }
    sum_of(&sim, "2650.00");
    drop(closed);
    screen.resize(USUAL);
    screen.wait("the truth", |text| text.contains("ОПЛАЧЕНО"));
    assert!(screen.leave().success());
    screen.assert_restored();
}

/// Resizes until the program's drawing thread waits for the terminal: then it writes nothing for any
/// resize.
#[track_caller]
fn block(screen: &Screen) {
    const STILL: usize = 10;
    let id = screen.child.process_id().unwrap();
    let until = Instant::now() + PATIENCE;
    let (mut before, mut still) = (None, 0);
    for width in (0..).map(|at| 80 + at % 40) {
        assert!(Instant::now() < until, "the terminal takes everything");
        screen.resize_unseen((36, width));
        thread::sleep(Duration::from_millis(20));
        let now = written(id);
        still = if before == Some(now) { still + 1 } else { 0 };
        before = Some(now);
        if still >= STILL {
            return;
        }
    }
}

/// Bytes that the first thread of the process has written.
fn written(id: u32) -> u64 {
    let told = fs::read_to_string(format!("/proc/{id}/task/{id}/io")).unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.unwrap().parse().unwrap()
}
