//! What goes into the config, and why, in words.

use super::listen::Heard;
use super::subject::Subject;
use super::{Learner, Learnt, Stop};
use crate::config::settings::Reader;
use crate::config::value::bytes_text;
use crate::i18n::Texts;
use crate::readers::codec::settings::{DigitRadix, Framing, Track};
use crate::readers::device::{DeviceMatch, Link, Nature};
use crate::readers::learn::{Proposal, Reason, Writing};
use crate::readers::transport::SerialSettings;
use crate::readers::{CodecSettings, Technology};

impl Learner<'_> {
    /// Asks what is left to ask and puts everything together.
    pub(super) fn result(
        &mut self,
        subject: &Subject,
        heard: &Heard,
        best: &Proposal,
    ) -> Result<Learnt, Stop> {
        let device = self.named_device(subject)?;
        let name = self.name(subject)?;
        let notation = match &best.writing {
            Writing::Named(named) => Some(named.notation),
            Writing::NotAsked | Writing::AsConfigured | Writing::Several(_) | Writing::None => None,
        };
        let mut reader = section(name, &device, best);
        if subject.link == Link::Serial {
            let usual = SerialSettings::of(best.family).baud;
            reader.baud = heard.reader.line.baud.filter(|baud| *baud != usual);
            reader.dtr = heard.reader.line.dtr;
        }
        Ok(Learnt { reader, notation })
    }

    /// By what it is known from now on. An adapter without a serial number is bound to its socket
    /// where the person wants it: a scale may have the same chip.
    fn named_device(&mut self, subject: &Subject) -> Result<DeviceMatch, Stop> {
        let DeviceMatch::Usb { id, serial, path } = &subject.device else {
            return Ok(subject.device.clone());
        };
        let is_bridge = subject
            .known()
            .is_none_or(|known| known.nature == Nature::Bridge);
        let bound = serial.is_none()
            && path.is_some()
            && is_bridge
            && self.yes("reader.learn.bind", true)?;
        Ok(DeviceMatch::Usb {
            id: *id,
            serial: serial.clone(),
            path: path.clone().filter(|_| bound),
        })
    }

    fn name(&mut self, subject: &Subject) -> Result<String, Stop> {
        if let Some(name) = &self.given.name {
            return Ok(name.clone());
        }
        let usual = subject
            .known()
            .filter(|known| known.nature == Nature::Reader)
            .map_or(self.texts.get("reader.learn.usual_name"), |known| {
                known.name
            })
            .to_owned();
        let question = self.texts.fill("reader.learn.name", &[("usual", &usual)]);
        let name = self.ask_words(&question)?;
        Ok(if name.is_empty() { usual } else { name })
    }
}

fn section(name: String, device: &DeviceMatch, best: &Proposal) -> Reader {
    let (port, usb, serial, usb_path) = match device {
        DeviceMatch::Port(port) => (Some(port.clone()), None, None, None),
        DeviceMatch::Usb { id, serial, path } => {
            (None, Some(id.to_string()), serial.clone(), path.clone())
        }
    };
    let CodecSettings {
        technology,
        reversed,
        digits,
        bits,
        radix,
        framing,
        inverted,
        track,
        same_card,
    } = &best.settings;
    let usual = Framing::default();
    let bytes = |own: &[u8], usual: &[u8]| (own != usual).then(|| bytes_text(own));
    Reader {
        name,
        family: best.family.name().to_owned(),
        port,
        usb,
        serial,
        usb_path,
        baud: None,
        dtr: false,
        technology: technology.map(|kind: Technology| kind.name().to_owned()),
        reversed: *reversed,
        digits: *digits,
        bits: *bits,
        radix: radix.map(|radix| match radix {
            DigitRadix::Hex => "hex".to_owned(),
            DigitRadix::Decimal => "decimal".to_owned(),
        }),
        prefix: bytes(&framing.prefix, &usual.prefix),
        suffix: bytes(&framing.suffix, &usual.suffix),
        terminators: bytes(&framing.terminators, &usual.terminators),
        inverted: *inverted,
        track: match track.number {
            Track::One => Some(1),
            Track::Two => None,
            Track::Three => Some(3),
        },
        track_field: (track.field > 0).then_some(track.field),
        track_lrc: track.lrc,
        same_card_ms: same_card.and_then(|time| u64::try_from(time.as_millis()).ok()),
    }
}

/// What is proposed and why, a line each.
pub(super) fn reasons(best: &Proposal, texts: Texts) -> String {
    let mut lines = vec![texts.fill("reader.learn.proposed", &[("family", &best.family)])];
    for reason in &best.reasons {
        lines.push(match reason {
            Reason::KnownDevice => texts.get("reader.learn.reason.known_device").to_owned(),
            Reason::Checked => texts.get("reader.learn.reason.checked").to_owned(),
            Reason::SameEachTime => texts.get("reader.learn.reason.same_each_time").to_owned(),
            Reason::NumberAgrees => texts.get("reader.learn.reason.number_agrees").to_owned(),
            Reason::FixedDigits(count) => {
                texts.fill("reader.learn.reason.fixed_digits", &[("n", count)])
            }
            Reason::NoLetters => texts.get("reader.learn.reason.no_letters").to_owned(),
            Reason::Reversed => texts.get("reader.learn.reason.reversed").to_owned(),
        });
    }
    match &best.writing {
        Writing::Named(named) => {
            lines.push(texts.fill("reader.learn.notation", &[("name", &named.name)]));
        }
        Writing::NotAsked | Writing::None => {
            lines.push(texts.get("reader.learn.notation_open").to_owned());
        }
        Writing::AsConfigured | Writing::Several(_) => {}
    }
    if !best.cards.iter().all(crate::readers::CardRead::certain) {
        lines.push(texts.get("reader.learn.doubtful").to_owned());
    }
    lines.join("\n  ")
}
