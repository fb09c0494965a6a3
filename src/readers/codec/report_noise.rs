//! Noise in the place of reports: what protects each family from taking it for a card.
//!
//! A report comes whole or not at all, so that noise here is a device that says nonsense, a report
//! of another kind, or one that the system cut.

use std::time::Duration;

use proptest::prelude::*;

use super::keyboard::tests::typed;
use super::{CodecSettings, codec_for};
use crate::readers::event::{Event, Technology};
use crate::readers::family::Family;

/// Cases, and pieces of noise in each: more than 10⁵ pieces for every family.
const CASES: u32 = 800;
const PIECES: usize = 130;

fn settings() -> CodecSettings {
    CodecSettings {
        technology: Some(Technology::EmMarine),
        digits: Some(10),
        ..CodecSettings::default()
    }
}

/// Pieces of noise of these lengths, from one seed: proptest's own values would cost minutes.
fn noise(mut seed: u64, lengths: &[usize]) -> Vec<Vec<u8>> {
    let mut next = move || {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    (0..PIECES)
        .map(|_| {
            let pick = usize::try_from(next() % 1_000).unwrap() % lengths.len();
            (0..lengths[pick])
                .map(|_| next().to_le_bytes()[0])
                .collect()
        })
        .collect()
}

/// The numbers of the cards that a live reader told for reports at their times.
fn cards(family: Family, reports: &[(u64, Vec<u8>)]) -> Vec<Vec<u8>> {
    let mut codec = codec_for(family, &settings());
    let mut cards = Vec::new();
    for (at, report) in reports {
        let now = Duration::from_millis(*at);
        while let Some(deadline) = codec.deadline().filter(|at| *at < now) {
            codec.on_timeout(deadline);
        }
        codec.feed(report, now);
        while let Some(event) = codec.poll() {
            if let Event::Card(read) = event {
                cards.push(read.known_bytes().to_vec());
            }
        }
    }
    cards
}

fn at_pace(reports: Vec<Vec<u8>>, ms: u64) -> Vec<(u64, Vec<u8>)> {
    (0_u64..)
        .zip(reports)
        .map(|(turn, report)| (1000 + turn * ms, report))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(CASES)
    })]

    /// Ten digits in a row, nothing else, and an end: random keys have letters, lock and function
    /// keys, Alt and Control, six at a time. Between noise, a text counts if a pause is around it.
    #[test]
    fn keys_at_random(seed: u64, number: u32, place in 0..PIECES) {
        let mut reports = at_pace(noise(seed, &[8, 8, 8, 7, 9, 3]), 8);
        prop_assert_eq!(cards(Family::Keyboard, &reports), Vec::<Vec<u8>>::new());
        let at = reports[place].0;
        for (later, _) in &mut reports[place..] {
            *later += 2_000;
        }
        // Whatever was down is let go of: what stays down is not pressed again.
        let text = typed(&format!("{number:010}"));
        let text = std::iter::once([0; 8]).chain(text).enumerate();
        let text = text.map(|(turn, report)| (at + 500 + turn as u64 * 8, report.to_vec()));
        reports.splice(place..place, text);
        let expected = vec![number.to_be_bytes().to_vec()];
        prop_assert_eq!(cards(Family::Keyboard, &reports), expected);
    }

    /// The length of a report, three lengths of tracks that fit, printable characters, a sentinel
    /// at each end, digits in between.
    #[test]
    fn swipes_at_random(seed: u64, card: u32) {
        let lengths = [337, 337, 477, 493, 509, 64, 8];
        let mut reports = noise(seed, &lengths);
        // Half of them begin as a report does.
        for report in reports.iter_mut().step_by(2) {
            report[..3].fill(0);
            report[3..6].iter_mut().for_each(|length| *length %= 111);
        }
        for family in [Family::MagTek, Family::IdTech] {
            let mut reports = at_pace(reports.clone(), 100);
            prop_assert_eq!(cards(family, &reports), Vec::<Vec<u8>>::new());
            let mut swipe = vec![0; 337];
            let track = format!(";{card:010}=1?");
            swipe[4] = u8::try_from(track.len()).unwrap();
            swipe[117..117 + track.len()].copy_from_slice(track.as_bytes());
            reports.insert(PIECES / 2, (reports[PIECES / 2].0, swipe));
            prop_assert_eq!(cards(family, &reports).len(), 1);
        }
    }

    /// Sixteen bytes, the count twice, no bits beyond it, and the same once more.
    #[test]
    fn answers_at_random(seed: u64) {
        let mut answers = noise(seed, &[16, 16, 16, 8, 15, 17]);
        for answer in answers.iter_mut().filter(|answer| answer.len() == 16) {
            answer[9] = answer[8];
        }
        prop_assert_eq!(
            cards(Family::PcProx, &at_pace(answers, 100)),
            Vec::<Vec<u8>>::new()
        );
    }

    /// The service passes on what a card answered, and the link to the card has its own checksum:
    /// only the status word is ours to look at, and the length.
    #[test]
    fn status_words_at_random(seed: u64) {
        let mut answers = noise(seed, &[2, 6, 7, 9, 12, 1, 20]);
        for answer in &mut answers {
            if answer.ends_with(&[0x90, 0x00]) {
                answer.push(0x01);
            }
        }
        prop_assert_eq!(
            cards(Family::PcSc, &at_pace(answers, 100)),
            Vec::<Vec<u8>>::new()
        );
    }

    /// However the releases of the keys mix with the presses of the next, the text is the same.
    #[test]
    fn releases_come_when_they_will(number: u32, picks in proptest::collection::vec(0..4_u8, 11)) {
        let mut reports = vec![[0; 8]];
        let mut down: Vec<u8> = Vec::new();
        let presses = typed(&format!("{number:010}"));
        for (press, pick) in presses.iter().step_by(2).zip(picks) {
            let key = press[2];
            // A key can be pressed again only when it is up; else it may stay down meanwhile.
            if down.contains(&key) || pick == 0 {
                down.clear();
                reports.push([0; 8]);
            }
            down.truncate(usize::from(pick) + 1);
            down.push(key);
            let mut report = [0; 8];
            report[2..2 + down.len()].copy_from_slice(&down);
            reports.push(report);
            if pick == 3 {
                reports.push(report);
            }
        }
        let reports = reports.into_iter().map(Vec::from).collect();
        prop_assert_eq!(
            cards(Family::Keyboard, &at_pace(reports, 4)),
            vec![number.to_be_bytes().to_vec()]
        );
    }
}
