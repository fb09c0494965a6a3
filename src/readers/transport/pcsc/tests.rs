//! The watching of slots, against a service of our own.

use super::*;

/// A service that does what a test says, one look after the other.
struct Scripted {
    names: Vec<String>,
    looks: VecDeque<Result<Vec<Seen>, TransportError>>,
    answers: VecDeque<Option<Vec<u8>>>,
    asked: Vec<(String, Vec<u8>)>,
}

impl Service for Scripted {
    fn names(&mut self) -> Result<Vec<String>, TransportError> {
        Ok(self.names.clone())
    }

    fn watch(&mut self, names: &[String], _wait: Duration) -> Result<Vec<Seen>, TransportError> {
        let look = self.looks.pop_front().unwrap();
        if let Ok(seen) = &look {
            assert_eq!(seen.len(), names.len());
        }
        look
    }

    fn ask(&mut self, name: &str, command: &[u8]) -> Option<Vec<u8>> {
        self.asked.push((name.to_owned(), command.to_vec()));
        self.answers.pop_front().unwrap()
    }
}

const UID: [u8; 9] = [0x04, 0x76, 0xbf, 0xe1, 0xbf, 0x02, 0x80, 0x90, 0x00];

fn seen(card: bool, changes: u16) -> Seen {
    Seen { card, changes }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn usb() -> DeviceMatch {
    DeviceMatch::Usb {
        id: "072f:2200".parse().unwrap(),
        serial: None,
        path: None,
    }
}

fn port(begin: &str) -> DeviceMatch {
    DeviceMatch::Port(begin.to_owned())
}

/// One slot, its looks, and what its card answers: the reports, and how often it was asked.
fn run(looks: &[Seen], answers: &[Option<&[u8]>]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let service = Scripted {
        names: names(&["ACS ACR122U PICC Interface 00 00"]),
        looks: looks.iter().map(|seen| Ok(vec![*seen])).collect(),
        answers: answers
            .iter()
            .map(|answer| answer.map(<[u8]>::to_vec))
            .collect(),
        asked: Vec::new(),
    };
    let mut transport = PcScTransport::new(service, usb()).unwrap();
    for _ in looks {
        transport.turn(READ_WAIT).unwrap();
    }
    let asked = transport
        .service
        .asked
        .into_iter()
        .map(|(_, command)| command);
    (transport.reports.into(), asked.collect())
}

#[test]
fn a_card_is_asked_once_and_its_leaving_is_told() {
    let looks = [
        seen(false, 0),
        seen(true, 1),
        seen(true, 1),
        seen(false, 2),
        seen(false, 2),
    ];
    let (reports, asked) = run(&looks, &[Some(&UID)]);
    assert_eq!(reports, [&UID[..], &REMOVED[..]]);
    assert_eq!(asked, [ASK_UID]);
}

#[test]
fn a_card_that_lay_there_already_is_nobodys() {
    let looks = [seen(true, 1), seen(true, 1), seen(false, 2), seen(true, 3)];
    let (reports, _) = run(&looks, &[Some(&UID)]);
    assert_eq!(reports, [&UID[..]]);
}

#[test]
fn a_card_exchanged_between_two_looks_is_another() {
    let other = [0x03, 0xa8, 0x62, 0x26, 0x90, 0x00];
    for (before, after) in [(1, 3), (u16::MAX, 1)] {
        let looks = [seen(false, 0), seen(true, before), seen(true, after)];
        let (reports, _) = run(&looks, &[Some(&UID), Some(&other)]);
        assert_eq!(reports, [&UID[..], &REMOVED[..], &other[..]]);
    }
    // Where nothing is counted, nothing is seen of it.
    let looks = [seen(false, 0), seen(true, 0), seen(true, 0)];
    assert_eq!(run(&looks, &[Some(&UID)]).0, [&UID[..]]);
}

#[test]
fn a_card_that_does_not_answer_is_asked_again() {
    let looks = [seen(false, 0), seen(true, 1), seen(true, 1), seen(true, 1)];
    let (reports, asked) = run(&looks, &[None, None, Some(&UID)]);
    assert_eq!((reports.len(), asked.len()), (1, 3));
    let looks = [&looks[..], &[seen(true, 1), seen(false, 2)]].concat();
    let (reports, asked) = run(&looks, &[None, None, None]);
    assert_eq!((reports, asked.len()), (vec![NO_ANSWER.to_vec()], 3));
    // Taken away in between: nothing more is asked, and nothing was told.
    let looks = [
        seen(false, 0),
        seen(true, 1),
        seen(false, 2),
        seen(false, 2),
    ];
    assert_eq!(run(&looks, &[None]).0, Vec::<Vec<u8>>::new());
}

#[test]
fn a_card_may_want_to_be_asked_for_its_length() {
    let looks = [seen(false, 0), seen(true, 1)];
    let (reports, asked) = run(&looks, &[Some(&[0x6c, 0x07]), Some(&UID)]);
    assert_eq!(reports, [&UID[..]]);
    assert_eq!(asked, [ASK_UID, [0xff, 0xca, 0x00, 0x00, 0x07]]);
    // And not for ever.
    let (reports, asked) = run(&looks, &[Some(&[0x6c, 0x07]), Some(&[0x6c, 0x04])]);
    assert_eq!((reports, asked.len()), (vec![vec![0x6c, 0x04]], 2));
}

#[test]
fn the_card_inside_a_reader_has_no_uid_and_its_slot_is_found_by_asking() {
    let service = Scripted {
        names: names(&[
            "ACS ACR1252 1S CL Reader [ACR1252 Dual Reader SAM] 01 00",
            "ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00",
        ]),
        looks: [
            vec![seen(false, 0), seen(false, 0)],
            vec![seen(false, 0), seen(true, 1)],
            vec![seen(true, 1), seen(true, 1)],
            vec![seen(true, 1), seen(false, 2)],
        ]
        .map(Ok)
        .into(),
        answers: [Some(vec![0x6a, 0x81]), Some(UID.to_vec())].into(),
        asked: Vec::new(),
    };
    let mut transport = PcScTransport::new(service, usb()).unwrap();
    for _ in 0..4 {
        transport.turn(READ_WAIT).unwrap();
    }
    // The inner card's leaving is of no interest.
    assert_eq!(transport.reports, [vec![0x6a, 0x81], UID.to_vec()]);
    let asked: Vec<bool> = transport
        .service
        .asked
        .iter()
        .map(|(name, _)| name.contains("PICC"))
        .collect();
    assert_eq!(asked, [false, true]);
}

#[test]
fn readers_are_chosen_by_the_beginning_of_their_name() {
    let dual = [
        "ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00",
        "ACS ACR1252 1S CL Reader [ACR1252 Dual Reader SAM] 01 00",
    ];
    let other = "HID Global OMNIKEY 5022 Smart Card Reader [OMNIKEY 5022] (KN) 02 00";
    let all = names(&[dual[0], dual[1], other]);
    let ambiguous = |found: Result<Vec<String>, TransportError>| {
        matches!(found, Err(TransportError::Ambiguous { .. }))
    };
    assert_eq!(choose(&usb(), names(&dual)), Ok(names(&dual)));
    assert_eq!(choose(&usb(), names(&[other])), Ok(names(&[other])));
    assert_eq!(choose(&usb(), Vec::new()), Err(TransportError::Absent));
    assert!(ambiguous(choose(&usb(), all.clone())));
    assert_eq!(choose(&port("ACS ACR1252"), all.clone()), Ok(names(&dual)));
    assert_eq!(choose(&port(dual[0]), all.clone()), Ok(names(&dual[..1])));
    assert_eq!(
        choose(&port("ACS ACR122"), all),
        Err(TransportError::Absent)
    );
    let twins = [
        "ACS ACR122U PICC Interface 00 00",
        "ACS ACR122U PICC Interface 01 00",
    ];
    assert!(ambiguous(choose(&port("ACS"), names(&twins))));
    assert_eq!(
        choose(&port(twins[1]), names(&twins)),
        Ok(names(&twins[1..]))
    );
}

#[test]
fn a_reader_that_came_or_went_is_a_loss() {
    let service = |names: &[&str]| Scripted {
        names: self::names(names),
        looks: VecDeque::new(),
        answers: VecDeque::new(),
        asked: Vec::new(),
    };
    let mut transport =
        PcScTransport::new(service(&["ACS ACR122U PICC Interface 00 00"]), usb()).unwrap();
    let soon = transport.listed + LIST_EVERY / 2;
    let later = transport.listed + LIST_EVERY;
    assert_eq!(transport.list(later), Ok(()));
    transport.service.names.clear();
    assert_eq!(transport.list(later + LIST_EVERY / 2), Ok(()));
    assert_eq!(
        transport.list(later + LIST_EVERY),
        Err(TransportError::Lost)
    );
    assert!(soon < later);
    assert_eq!(
        PcScTransport::new(service(&[]), usb()).err(),
        Some(TransportError::Absent)
    );
}
