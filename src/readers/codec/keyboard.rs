//! Readers that are keyboards to the system, read as what they are: by their reports.
//!
//! Each call of [`Codec::feed`] is one whole report. Of a report, the keys that were not down in
//! the one before count, in the order of the report; Enter of either block, Tab, or a pause ends
//! the text. What is typed with Alt and the number block counts as the character with that code,
//! as layout-proof readers type it. What the text means, the settings say (see [`super::typed`]).
//!
//! No checksum protects the text. What protects from a wrong card: a text with a damaged report, a
//! report of too many keys or a key that no card has is dropped whole; the first text after
//! opening counts only if a pause was before it; a text that a pause ended is doubted, and refused
//! of a reader that ended one before; and its length and form are those that the settings say.

use std::time::Duration;

use super::keys::{self, Down, Key, KeyFields, Shown};
use super::report_descriptor::ReportDescriptor;
use super::teller::Teller;
use super::typed::TypedText;
use super::{Codec, CodecSettings};
use crate::readers::bank_card;
use crate::readers::event::{Event, RejectReason, Warning};
use crate::readers::family::Family;

/// A pause that ends a text. Readers type a key every 4 to 20 ms.
pub const TEXT_ENDS: Duration = Duration::from_millis(150);

/// Bytes of a report of the boot protocol.
pub const BOOT_BYTES: usize = 8;

/// Most characters of one text: three magnetic tracks have fewer.
pub const TEXT_CHARS_MAX: usize = 300;

/// Most digits of a code typed with Alt.
const ALT_DIGITS_MAX: u8 = 4;

/// The decoder for reports of keys.
#[derive(Debug)]
pub struct Keyboard {
    timed: bool,
    /// How many digits it always sends, where the settings say so.
    digits: Option<usize>,
    meaning: TypedText,
    fields: KeyFields,
    down: Down,
    /// The code that is being typed with Alt: its value and its digits.
    alt: Option<(u32, u8)>,
    text: Vec<u8>,
    /// The text cannot be whole any more.
    spoiled: Option<RejectReason>,
    /// A pause was before the text, so that its beginning is known.
    from_start: bool,
    last: Duration,
    /// This reader ends its texts.
    ends: bool,
    teller: Teller,
}

impl Keyboard {
    /// For a device.
    pub fn live(settings: &CodecSettings) -> Self {
        Self {
            timed: true,
            digits: settings.digits.map(usize::from),
            meaning: TypedText::new(settings),
            fields: KeyFields::boot(),
            down: Down::default(),
            alt: None,
            text: Vec::new(),
            spoiled: None,
            from_start: false,
            last: Duration::ZERO,
            ends: false,
            teller: Teller::live(Family::Keyboard, settings),
        }
    }

    /// For a dump without times.
    pub fn dump(settings: &CodecSettings) -> Self {
        Self {
            timed: false,
            from_start: true,
            teller: Teller::dump(Family::Keyboard),
            ..Self::live(settings)
        }
    }

    fn keys(&mut self, down: &Down, now: Duration) {
        let before = std::mem::replace(&mut self.down, down.clone());
        if !down.alt() {
            self.alt_released(now);
        }
        for &usage in down.keys.iter().filter(|key| !before.keys.contains(key)) {
            self.pressed(usage, down, now);
        }
        if down.alt() && self.alt.is_none() {
            self.alt = Some((0, 0));
        }
    }

    fn pressed(&mut self, usage: u8, down: &Down, now: Duration) {
        match keys::key(usage, down.shift()) {
            Key::Lock => {}
            Key::Char(_) | Key::End | Key::Other if down.command() => self.spoil(),
            Key::Char(_) | Key::End | Key::Other if down.alt() => {
                let (code, digits) = self.alt.unwrap_or_default();
                match keys::keypad_digit(usage) {
                    Some(digit) if digits < ALT_DIGITS_MAX => {
                        self.alt = Some((code * 10 + digit, digits + 1));
                    }
                    Some(_) | None => self.spoil(),
                }
            }
            Key::Char(c) => self.write(c),
            Key::End => self.ended(now),
            Key::Other => self.spoil(),
        }
    }

    /// Alt is up: what was typed with it is one character.
    fn alt_released(&mut self, now: Duration) {
        match self.alt.take() {
            None | Some((_, 0)) => {}
            Some((9 | 10 | 13, _)) => self.ended(now),
            Some((code, _)) => match u8::try_from(code) {
                Ok(byte @ b' '..=b'~') => self.write(char::from(byte)),
                Ok(_) | Err(_) => self.spoil(),
            },
        }
    }

    fn write(&mut self, c: char) {
        match u8::try_from(c) {
            Ok(byte) if self.text.len() < TEXT_CHARS_MAX => self.text.push(byte),
            Ok(_) => self.spoiled = self.spoiled.or(Some(RejectReason::TooLong)),
            Err(_) => self.spoil(),
        }
    }

    fn spoil(&mut self) {
        self.spoiled = self.spoiled.or(Some(RejectReason::BadByte));
    }

    fn unfinished(&self) -> bool {
        !self.text.is_empty() || self.spoiled.is_some() || self.alt.is_some_and(|(_, n)| n > 0)
    }

    /// The reader ended the text.
    fn ended(&mut self, now: Duration) {
        if self.unfinished() {
            self.ends |= self.spoiled.is_none() && self.from_start;
            self.text_whole(None, now);
        }
        self.from_start = true;
    }

    /// Nothing came any more.
    fn paused(&mut self, now: Duration) {
        if self.unfinished() {
            // A text of exactly the length that the settings say is whole without an end.
            let doubt = (self.digits != Some(self.text.len())).then_some(Warning::LineNotEnded);
            if self.ends {
                self.spoiled = self.spoiled.or(Some(RejectReason::CutBySilence));
            }
            self.text_whole(doubt, now);
        }
        self.from_start = true;
    }

    fn text_whole(&mut self, doubt: Option<Warning>, now: Duration) {
        let text = std::mem::take(&mut self.text);
        let spoiled = self.spoiled.take();
        self.alt = None;
        let beginning = (!self.from_start).then_some(RejectReason::FirstPartial);
        if let Some(reason) = spoiled.or(beginning) {
            // It may be the better part of a bank card, or even all of it.
            let bank_card = bank_card::is_in(&text).then_some(RejectReason::BankCard);
            self.teller.reject(bank_card.unwrap_or(reason), &[]);
            return;
        }
        self.meaning.tell(text, doubt, &mut self.teller, now);
    }
}

impl Codec for Keyboard {
    fn descriptor(&mut self, descriptor: &[u8]) {
        // A device without readable keys is taken as a boot keyboard: its reports then fit or not.
        if let Ok(descriptor) = ReportDescriptor::parse(descriptor) {
            let fields = KeyFields::of(descriptor);
            if fields.any() {
                self.fields = fields;
            }
        }
    }

    fn feed(&mut self, report: &[u8], now: Duration) {
        if report.is_empty() {
            return;
        }
        self.on_timeout(now);
        if self.timed && now >= self.last.saturating_add(TEXT_ENDS) {
            self.from_start = true;
        }
        match self.fields.shown(report) {
            Shown::Elsewhere => return,
            Shown::Damaged => self.spoiled = self.spoiled.or(Some(RejectReason::BadLength)),
            Shown::Rollover => self.spoil(),
            Shown::Keys(down) => self.keys(&down, now),
        }
        self.last = now;
    }

    fn poll(&mut self) -> Option<Event> {
        self.teller.poll()
    }

    fn on_timeout(&mut self, now: Duration) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.paused(now);
        }
    }

    fn deadline(&self) -> Option<Duration> {
        (self.timed && self.unfinished()).then(|| self.last.saturating_add(TEXT_ENDS))
    }

    fn finish(&mut self) {
        self.paused(self.last);
    }
}

#[cfg(test)]
pub(in crate::readers) mod tests;
