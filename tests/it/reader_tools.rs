//! The technician's tools on the till screen, with a real serial port, while a guest pays.

use std::fs;

use limekeeper::readers::transport::Recording;
use limekeeper::readers::{CodecSettings, Event, Family};

use crate::screen::{SAMPLE_FRAME, Screen, sim_with_reader};

const CARD: &str = "61366822";
const BYTES: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];

#[test]
fn readers_are_recorded_from_the_screen_while_a_card_pays() {
    let (sim, mut port, config) = sim_with_reader();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let mut screen = Screen::start(&["--state-dir", place, "run"], Some(&config));
    screen.wait("both servers and the reader", |text| {
        text.contains("● r_keeper на связи")
            && text.contains("● Lime на связи")
            && text.contains("● Стойка")
    });
    screen.open_sample_order();
    screen.wait_for("К оплате 2 350,00");
    screen.press("\x12"); // Ctrl+R
    screen.wait_for("F5 – записать");
    screen.press("\x1b[15~"); // F5
    screen.wait_for("идёт запись");
    screen.press("\x1bOR"); // F3
    screen.wait_for("Что приходит со считывателей");
    // The guest does not wait: the card joins the bill, and the bill is paid.
    port.tap(SAMPLE_FRAME);
    screen.wait_for("100038");
    screen.wait("the suggestion", |text| text.contains("Депозит"));
    screen.pay();
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
    sim.assert_no_violations();
    screen.press("\x12");
    screen.wait_for("идёт запись");
    screen.press("\x1b[15~");
    screen.wait_for("записано чтений");
    screen.press("\x1b");
    assert!(screen.leave().success());
    let raw = String::from_utf8_lossy(&screen.raw).into_owned();
    assert!(!raw.contains(CARD), "a whole UID went to the terminal");

    let recordings: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    let [recording] = recordings.as_slice() else {
        panic!("one reader, one recording: {recordings:?}");
    };
    let recording = Recording::parse(&fs::read_to_string(recording).unwrap()).unwrap();
    let events = recording.events_of(Family::Rdm6300, &CodecSettings::default());
    let card = |event: &Event| matches!(event, Event::Card(read) if read.known_bytes() == BYTES);
    assert!(events.iter().any(|(_, event)| card(event)), "{events:?}");
}
