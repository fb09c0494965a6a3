//! Which reads are one tap, for every family whose readers cannot tell that a card has left.

use std::time::Duration;

use super::run;
use super::subjects::{Dice, Subject, subjects};
use crate::readers::Family;
use crate::readers::codec::codec_for;

fn without_removal() -> impl Iterator<Item = Subject> {
    let tells = |family| matches!(family, Family::Rdm6300 | Family::IronLogic);
    subjects()
        .into_iter()
        .filter(move |subject| !tells(subject.family))
}

/// What is told of cards that are read at these times; the cards are named by their place.
fn told(subject: &Subject, reads: &[(u64, usize)]) -> Vec<(u64, usize)> {
    let mut dice = Dice::new(7);
    let cards: Vec<_> = (0..3).map(|_| (subject.sent)(&mut dice)).collect();
    let reads: Vec<(u64, &[u8])> = reads
        .iter()
        .map(|(at, card)| (*at, cards[*card].bytes.as_slice()))
        .collect();
    let codec = codec_for(subject.family, &subject.settings);
    let place = |what: &str| cards.iter().position(|sent| sent.card == what).unwrap();
    run(codec, &reads)
        .iter()
        .map(|(at, what)| (*at, place(what)))
        .collect()
}

#[test]
fn a_resting_card_is_one_tap_and_a_lifted_one_another() {
    for subject in without_removal() {
        // The reader repeats while the card rests; then the card is lifted and put back.
        let reads = [(1000, 0), (1400, 0), (2300, 0), (3200, 0), (4250, 0)];
        let taps = told(&subject, &reads);
        assert_eq!(taps, [(1000, 0), (4250, 0)], "{}", subject.family);
    }
}

#[test]
fn another_card_passes_at_once() {
    for subject in without_removal() {
        let taps = told(&subject, &[(1000, 0), (1200, 1), (1300, 2)]);
        assert_eq!(
            taps,
            [(1000, 0), (1200, 1), (1300, 2)],
            "{}",
            subject.family
        );
    }
}

#[test]
fn two_cards_in_the_field_are_two_taps() {
    for subject in without_removal() {
        let reads: Vec<(u64, usize)> = (0..40)
            .map(|turn| (1000 + turn * 65, usize::from(turn % 2 == 1)))
            .collect();
        let taps = told(&subject, &reads);
        assert_eq!(taps, [(1000, 0), (1065, 1)], "{}", subject.family);
    }
}

#[test]
fn the_site_says_how_long_a_tap_lasts() {
    for mut subject in without_removal() {
        subject.settings.same_card = Some(Duration::from_secs(3));
        let reads = [(1000, 0), (3500, 0), (6400, 0), (9400, 0)];
        let taps = told(&subject, &reads);
        assert_eq!(taps, [(1000, 0), (9400, 0)], "{}", subject.family);
        subject.settings.same_card = Some(Duration::ZERO);
        let taps = told(&subject, &[(1000, 0), (1001, 0)]);
        assert_eq!(taps, [(1000, 0), (1001, 0)], "{}", subject.family);
    }
}
