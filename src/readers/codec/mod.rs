//! From bytes to events, one decoder per family.
//!
//! A codec reads neither a port nor a clock: bytes and the time since the device was opened are
//! arguments, so that the same code serves a port, a recorded dump, a test and a fuzzer.
//!
//! Most families are a format in one of three shapes: text lines ([`line_codec`], cut by [`mod@line`]),
//! frames ([`frame_codec`]), reports of a device ([`report_descriptor`], [`mod@report_dump`]). What
//! digits mean as a card is in [`number`] and [`digit_line`], which reads are one tap in [`taps`].
//! Each format says at its top what protects it from taking noise for a card.

pub mod decimal;
pub mod digit_line;
pub mod frame_codec;
pub mod framed;
pub mod hex;
pub mod idtech;
pub mod idteck;
pub mod ironlogic;
pub mod ironlogic_line;
pub mod keyboard;
pub mod keys;
pub mod line;
pub mod line_codec;
pub mod magtek;
pub mod number;
pub mod pcprox;
pub mod pcsc;
pub mod perco;
pub mod presence;
pub mod queue;
pub mod rdm6300;
pub mod report_descriptor;
pub mod report_dump;
pub mod settings;
pub mod swipe;
pub mod taps;
pub mod teller;
pub mod text;
pub mod track;
pub mod tracks;
pub mod twn3;
pub mod typed;
pub mod wiegand;
pub mod wiegand_bits;

use std::time::Duration;

use super::event::Event;
use super::family::Family;
use report_dump::{Bare, ReportDump};

use decimal::Decimal;
use frame_codec::{FrameCodec, FrameFormat};
use framed::Framed;
use hex::Hex;
use idteck::Idteck;
use line_codec::{LineCodec, LineFormat};
use perco::Perco;
use swipe::SwipeCodec;
use text::Text;
use track::TrackLines;
use twn3::Twn3;
use wiegand::Wiegand;

pub use settings::{CodecSettings, DigitRadix, Framing, Track, TrackSettings};

/// Longest pause between two bytes of one frame or line. At 9600 baud it is the time of more than
/// 190 bytes, so no frame known here can have it.
pub const BETWEEN_BYTES_MAX: Duration = Duration::from_millis(200);

/// A decoder. Times count from the moment when the device was opened and never run backwards.
pub trait Codec {
    /// The report descriptor of a HID device, before its first report. Nothing for others.
    fn descriptor(&mut self, _descriptor: &[u8]) {}

    /// Bytes that arrived at `now`. How they are cut into calls does not matter, but for the
    /// families of [`Family::reports`]: there each call is one whole report.
    fn feed(&mut self, bytes: &[u8], now: Duration);

    /// The next event. To be asked until there is none after each call of another method: at most
    /// [`queue::EVENTS_MAX`] are kept.
    fn poll(&mut self) -> Option<Event>;

    /// Tells the time; does nothing before [`Codec::deadline`].
    fn on_timeout(&mut self, now: Duration);

    /// When [`Codec::on_timeout`] has something to do, if no bytes come before.
    fn deadline(&self) -> Option<Duration>;

    /// No more bytes will come: what is unfinished is told as it is.
    fn finish(&mut self);
}

/// The decoder for a live device of the family, just opened.
pub fn codec_for(family: Family, settings: &CodecSettings) -> Box<dyn Codec + Send> {
    match family {
        Family::Rdm6300 => Box::new(rdm6300::Rdm6300::live()),
        Family::IronLogic => Box::new(ironlogic::IronLogic::live()),
        Family::Framed => live_frames(family, Framed::new(settings), settings),
        Family::Twn3 => live_lines(family, Twn3::new(settings), settings),
        Family::Twn4 | Family::Hex => live_lines(family, Hex::new(settings), settings),
        Family::Idteck => live_frames(family, Idteck::new(settings), settings),
        Family::Perco => live_frames(family, Perco::new(settings), settings),
        Family::Wiegand => live_lines(family, Wiegand::new(settings), settings),
        Family::Decimal => live_lines(family, Decimal::new(settings), settings),
        Family::Text => live_lines(family, Text::new(settings), settings),
        Family::Track => live_lines(family, TrackLines::new(settings), settings),
        Family::Keyboard => Box::new(keyboard::Keyboard::live(settings)),
        Family::MagTek => Box::new(SwipeCodec::live(family, magtek::tracks, settings)),
        Family::IdTech => Box::new(SwipeCodec::live(family, idtech::tracks, settings)),
        Family::PcProx => Box::new(pcprox::PcProx::live(settings)),
        Family::PcSc => Box::new(pcsc::PcSc::new(settings)),
    }
}

/// The decoder for a dump whose times are not known. Consecutive reads of one card are one event,
/// and any other card is a new event at once.
pub fn codec_for_dump(family: Family, settings: &CodecSettings) -> Box<dyn Codec + Send> {
    match family {
        Family::Rdm6300 => Box::new(rdm6300::Rdm6300::dump()),
        Family::IronLogic => Box::new(ironlogic::IronLogic::dump()),
        Family::Framed => Box::new(FrameCodec::dump(family, Framed::new(settings))),
        Family::Twn3 => Box::new(LineCodec::dump(family, Twn3::new(settings))),
        Family::Twn4 | Family::Hex => Box::new(LineCodec::dump(family, Hex::new(settings))),
        Family::Idteck => Box::new(FrameCodec::dump(family, Idteck::new(settings))),
        Family::Perco => Box::new(FrameCodec::dump(family, Perco::new(settings))),
        Family::Wiegand => Box::new(LineCodec::dump(family, Wiegand::new(settings))),
        Family::Decimal => Box::new(LineCodec::dump(family, Decimal::new(settings))),
        Family::Text => Box::new(LineCodec::dump(family, Text::new(settings))),
        Family::Track => Box::new(LineCodec::dump(family, TrackLines::new(settings))),
        Family::Keyboard => {
            let bare = Box::new(keyboard::Keyboard::dump(settings));
            report_dump(family, settings, bare, Some(keyboard::BOOT_BYTES))
        }
        Family::MagTek => {
            let bare = Box::new(SwipeCodec::dump(family, magtek::tracks, settings));
            report_dump(family, settings, bare, Some(magtek::SURE_SWIPE_BYTES))
        }
        Family::PcProx => {
            let bare = codec_for(family, settings);
            report_dump(family, settings, bare, Some(2 * pcprox::ANSWER_BYTES))
        }
        Family::IdTech | Family::PcSc => {
            let bare = codec_for(family, settings);
            report_dump(family, settings, bare, None)
        }
    }
}

/// With times in it, as live; without, bare reports of one length, or one report.
fn report_dump(
    family: Family,
    settings: &CodecSettings,
    codec: Box<dyn Codec + Send>,
    report_bytes: Option<usize>,
) -> Box<dyn Codec + Send> {
    let bare = Bare {
        codec,
        report_bytes,
    };
    Box::new(ReportDump::new(codec_for(family, settings), bare))
}

fn live_lines<F: LineFormat + Send + 'static>(
    family: Family,
    format: F,
    settings: &CodecSettings,
) -> Box<dyn Codec + Send> {
    Box::new(LineCodec::live(family, format, settings))
}

fn live_frames<F: FrameFormat + Send + 'static>(
    family: Family,
    format: F,
    settings: &CodecSettings,
) -> Box<dyn Codec + Send> {
    Box::new(FrameCodec::live(family, format, settings))
}

#[cfg(test)]
mod report_noise;
