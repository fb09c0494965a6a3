//! The machine without a thread, in invented time.

use std::time::Duration;

use super::machine::{Health, Machine, Next, ReaderMessage};
use crate::readers::codec::CodecSettings;
use crate::readers::codec::rdm6300::frame_of;
use crate::readers::event::Unread;
use crate::readers::family::Family;
use crate::readers::transport::TransportError;

const A: [u8; 5] = [0x01, 0x00, 0x63, 0xe9, 0xae];

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn words(machine: &mut Machine) -> Vec<&'static str> {
    machine
        .take_messages()
        .iter()
        .map(|message| match message {
            ReaderMessage::Health(Health::Opening) => "opening",
            ReaderMessage::Health(Health::Ready) => "ready",
            ReaderMessage::Health(Health::Absent { .. }) => "absent",
            ReaderMessage::Health(Health::Lost { at_once: true, .. }) => "lost at once",
            ReaderMessage::Health(Health::Lost { at_once: false, .. }) => "lost",
            ReaderMessage::Card(_) => "card",
            ReaderMessage::Gone => "gone",
            ReaderMessage::Noise { .. } => "noise",
            ReaderMessage::Unread { .. } => "unread",
        })
        .collect()
}

/// A machine with a device that is ready at 200 ms.
fn ready() -> Machine {
    let mut machine = Machine::new(Family::Rdm6300, CodecSettings::default());
    assert_eq!(machine.next(ms(0)), Next::Open);
    machine.opened(ms(0));
    machine.read(&[], ms(200));
    assert_eq!(words(&mut machine), ["opening", "ready"]);
    machine
}

#[test]
fn a_device_that_is_not_there_is_tried_ever_less_often_and_told_once() {
    let mut machine = Machine::new(Family::Rdm6300, CodecSettings::default());
    let mut now = ms(0);
    for pause in [500, 1000, 2000, 5000, 5000] {
        assert_eq!(machine.next(now), Next::Open);
        machine.not_opened(TransportError::NotSerial, now);
        now += ms(pause);
        assert_eq!(machine.next(now.saturating_sub(ms(1))), Next::Wait(now));
    }
    assert_eq!(words(&mut machine), ["opening", "absent"]);
    assert_eq!(machine.next(now), Next::Open);
    machine.not_opened(TransportError::Busy { by: None }, now);
    assert_eq!(words(&mut machine), ["absent"]);
}

#[test]
fn a_device_that_is_plugged_in_is_found_soon_and_tried_again_soon() {
    let mut machine = Machine::new(Family::Rdm6300, CodecSettings::default());
    let mut now = ms(0);
    for pause in [500, 1000, 1500, 1500, 1500] {
        assert_eq!(machine.next(now), Next::Open);
        machine.not_opened(TransportError::Absent, now);
        now += ms(pause);
        assert_eq!(machine.next(now.saturating_sub(ms(1))), Next::Wait(now));
    }
    // It comes; the system gives its node the right owner a moment later.
    for pause in [500, 1000, 2000] {
        assert_eq!(machine.next(now), Next::Open);
        machine.not_opened(TransportError::NoPermission { group: None }, now);
        now += ms(pause);
        assert_eq!(machine.next(now.saturating_sub(ms(1))), Next::Wait(now));
    }
    assert_eq!(words(&mut machine), ["opening", "absent", "absent"]);
}

#[test]
fn nothing_that_waited_before_opening_is_read() {
    let mut machine = Machine::new(Family::Rdm6300, CodecSettings::default());
    machine.next(ms(0));
    machine.opened(ms(0));
    machine.read(&frame_of(A), ms(20));
    machine.read(&frame_of(A)[..7], ms(110));
    machine.read(&frame_of(A)[7..], ms(120));
    machine.read(&[], ms(400));
    assert_eq!(words(&mut machine), ["opening", "ready", "noise"]);
    machine.read(&frame_of(A), ms(500));
    assert_eq!(words(&mut machine), ["card"]);
}

#[test]
fn a_card_comes_and_goes_and_goes_with_its_reader() {
    let mut machine = ready();
    machine.read(&frame_of(A), ms(3000));
    machine.read(&frame_of(A), ms(3050));
    machine.read(&[], ms(3349));
    assert_eq!(words(&mut machine), ["card"]);
    machine.read(&[], ms(3350));
    assert_eq!(words(&mut machine), ["gone"]);
    machine.read(&frame_of(A), ms(4000));
    machine.lost(TransportError::Lost, ms(4100));
    assert_eq!(words(&mut machine), ["card", "gone", "lost"]);
    assert_eq!(machine.next(ms(4200)), Next::Wait(ms(4600)));
    // A late read of the dropped device means nothing.
    machine.read(&frame_of(A), ms(4300));
    assert_eq!(words(&mut machine), Vec::<&str>::new());
    assert_eq!(machine.next(ms(4600)), Next::Open);
    machine.opened(ms(4600));
    machine.read(&[], ms(4700));
    machine.read(&frame_of(A), ms(4800));
    assert_eq!(words(&mut machine), ["ready", "card"]);
}

#[test]
fn a_device_that_trembles_is_not_tried_in_a_storm() {
    let mut machine = Machine::new(Family::Rdm6300, CodecSettings::default());
    let mut now = ms(0);
    for pause in [500, 1000, 2000, 5000, 5000] {
        assert_eq!(machine.next(now), Next::Open);
        machine.opened(now);
        now += ms(150);
        machine.read(&[], now);
        machine.lost(TransportError::Lost, now);
        assert_eq!(machine.next(now), Next::Wait(now + ms(pause)));
        now += ms(pause);
    }
    let told = words(&mut machine);
    assert!(told.contains(&"lost at once") && !told.contains(&"lost"));
}

#[test]
fn a_scale_on_the_port_is_counted_and_never_a_card() {
    for family in Family::ALL {
        let mut machine = Machine::new(family, CodecSettings::default());
        machine.next(ms(0));
        machine.opened(ms(0));
        machine.read(&[], ms(100));
        let mut counted = 0;
        for turn in 0..100 {
            machine.read(b"ST,GS,+00.575kg\r\n", ms(1000 + 200 * turn));
            machine.read(&[], ms(1100 + 200 * turn));
        }
        machine.read(&[], ms(60_000));
        for message in machine.take_messages() {
            match message {
                ReaderMessage::Noise { count } => counted += count,
                ReaderMessage::Card(_) | ReaderMessage::Gone | ReaderMessage::Unread { .. } => {
                    panic!("{message:?}")
                }
                ReaderMessage::Health(_) => {}
            }
        }
        assert!(counted > 10, "{family}: {counted}");
    }
}

#[test]
fn whoever_holds_a_card_that_is_not_taken_is_told() {
    let swipe = |track: &str| {
        let mut report = vec![0; 337];
        report[4] = u8::try_from(track.len()).unwrap();
        report[117..117 + track.len()].copy_from_slice(track.as_bytes());
        report
    };
    let mut unreadable = swipe("");
    unreadable[1] = 1;
    let mut machine = Machine::new(Family::MagTek, CodecSettings::default());
    machine.next(ms(0));
    machine.opened(ms(0));
    machine.read(&[], ms(200));
    machine.take_messages();
    let unread = |why| vec![ReaderMessage::Unread { why }];
    for (at, report, told) in [
        (
            3000,
            swipe(";4111111111111111=2512101?"),
            unread(Unread::BankCard),
        ),
        // Not in a storm.
        (3999, unreadable.clone(), vec![]),
        (4000, unreadable, unread(Unread::Again)),
    ] {
        machine.read(&report, ms(at));
        assert_eq!(machine.take_messages(), told);
    }
}

#[test]
fn a_piece_of_what_a_reader_types_is_a_card_to_be_read_again() {
    let settings = CodecSettings {
        digits: Some(10),
        ..CodecSettings::default()
    };
    let mut machine = Machine::new(Family::Keyboard, settings);
    machine.next(ms(0));
    machine.opened(ms(0));
    machine.read(&[], ms(200));
    machine.take_messages();
    for (turn, key) in (0..).zip([0x27, 0x26, 0x25]) {
        machine.read(&[0, 0, key, 0, 0, 0, 0, 0], ms(3000 + 8 * turn));
    }
    machine.read(&[], ms(3500));
    assert_eq!(words(&mut machine), ["unread", "noise"]);
}

#[test]
fn noise_is_told_once_a_second() {
    let mut machine = ready();
    for turn in 0..50 {
        machine.read(&[0x02, b'0', b'x'], ms(3000 + 10 * turn));
    }
    assert_eq!(machine.take_messages(), [ReaderMessage::Noise { count: 1 }]);
    machine.read(&[], ms(4000));
    assert_eq!(
        machine.take_messages(),
        [ReaderMessage::Noise { count: 49 }]
    );
}

#[test]
fn what_the_system_dropped_is_told_as_a_card_that_was_not_read_whole() {
    let mut machine = ready();
    machine.lost(TransportError::ReportsLost, ms(5000));
    assert_eq!(words(&mut machine), ["unread", "lost"]);
    // Opened anew, without a word of what was left of the read before.
    assert_eq!(machine.next(ms(5500)), Next::Open);
    machine.opened(ms(5500));
    machine.read(&frame_of(A), ms(5550));
    machine.read(&[], ms(5700));
    assert_eq!(words(&mut machine), ["ready"]);
}
