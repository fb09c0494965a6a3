//! What the program asks of the terminal besides the picture: to come up on a tap, and to ring.

use super::harness::Sim;
use super::screen::{SAMPLE_FRAME, Screen, sim_with_reader};

const RAISE: &str = "\x1b[1t\x1b[5t";

fn raised(wanted: bool) -> String {
    let (sim, mut port, _) = sim_with_reader();
    let path = port.path.clone();
    let config = sim.config_with("raise.toml", |text| {
        format!(
            "{text}\n[screen]\nraise_on_tap = {wanted}\n\n[[readers]]\nname = \"Стойка\"\n\
             family = \"rdm6300\"\nport = \"{path}\"\n"
        )
    });
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    let before = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(!before.contains(RAISE), "it comes up without a card");
    port.tap(SAMPLE_FRAME);
    screen.wait_for("100038");
    String::from_utf8_lossy(&screen.raw).into_owned()
}

#[test]
fn a_tap_brings_the_window_up_once_where_the_site_wants_it() {
    let raw = raised(true);
    assert_eq!(raw.matches(RAISE).count(), 1);
    assert!(raw.contains("\x1b]0;limekeeper\x07"), "it has no title");
}

#[test]
fn the_window_stays_where_it_is_by_default() {
    let raw = raised(false);
    assert!(!raw.contains(RAISE));
    assert!(!raw.contains("\x1b]0;"), "its title is not ours to change");
}

/// How often the terminal rings when F5 is refused, and what is said beside.
fn rung(bell: &str) -> usize {
    let sim = Sim::start();
    let config = sim.config_with("bell.toml", |text| {
        format!("{text}\n[screen]\nbell = {bell}\n")
    });
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.open_sample_order();
    let bells = |screen: &Screen| {
        let raw = String::from_utf8_lossy(&screen.raw);
        raw.matches('\x07').count()
    };
    assert_eq!(bells(&screen), 0, "nothing was refused yet");
    screen.press("\x1b[15~"); // F5
    screen.wait("the refusal", |text| text.contains("! Приложите карту"));
    screen.settle();
    bells(&screen)
}

#[test]
fn what_is_refused_rings_once_and_is_said_where_it_does_not_ring() {
    assert_eq!(rung(r#"["refused"]"#), 1);
    assert_eq!(rung(r#"["paid"]"#), 0);
    assert_eq!(rung("[]"), 0);
}
