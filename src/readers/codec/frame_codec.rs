//! A decoder for a family of frames that cannot tell that a card has left.
//!
//! The bytes of a frame may be any, so a start byte proves nothing: what does not turn out to be a
//! frame is searched again from its second byte.

use std::time::Duration;

use super::teller::{Said, Teller};
use super::{BETWEEN_BYTES_MAX, Codec, CodecSettings};
use crate::readers::event::{Event, RejectReason, Rejected};
use crate::readers::family::Family;

/// What bytes look like that begin where a frame may begin.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// No frame begins here.
    NoFrame,
    /// It may be a frame whose end has not come yet.
    More,
    /// A whole frame of so many bytes, at least one, and what it says or why that is no card.
    Frame(usize, Result<Said, RejectReason>),
    /// So many bytes, at least one, that have the form of a frame and are none.
    Bad(usize, RejectReason),
}

/// What the frames of a family look like.
pub trait FrameFormat {
    /// Looks at bytes, of which there is at least one. It must not answer [`Look::More`] for more
    /// bytes than its longest frame has.
    fn look(&self, bytes: &[u8]) -> Look;
}

/// The decoder for a format of frames.
#[derive(Debug)]
pub struct FrameCodec<F> {
    timed: bool,
    format: F,
    /// Bytes that may become a frame.
    pending: Vec<u8>,
    /// So many of them, at the front, were told as a damaged frame: they are no noise besides.
    told: usize,
    /// Bytes outside of any frame that were not told yet.
    noise: Vec<u8>,
    last_byte: Duration,
    teller: Teller,
}

impl<F: FrameFormat> FrameCodec<F> {
    /// For a device.
    pub fn live(family: Family, format: F, settings: &CodecSettings) -> Self {
        Self::new(true, format, Teller::live(family, settings))
    }

    /// For a dump without times.
    pub fn dump(family: Family, format: F) -> Self {
        Self::new(false, format, Teller::dump(family))
    }

    fn new(timed: bool, format: F, teller: Teller) -> Self {
        Self {
            timed,
            format,
            pending: Vec::new(),
            told: 0,
            noise: Vec::new(),
            last_byte: Duration::ZERO,
            teller,
        }
    }

    /// Takes out of the pending bytes what they already say. With `last`, no more will come.
    fn search(&mut self, last: bool, now: Duration) {
        while !self.pending.is_empty() {
            match self.format.look(&self.pending) {
                Look::More if !last => return,
                Look::More => {
                    let all = self.pending.len();
                    self.damaged(all, RejectReason::CutBySilence);
                }
                Look::NoFrame => self.drop_first(),
                Look::Bad(len, reason) => self.damaged(len, reason),
                Look::Frame(len, said) => {
                    self.tell_noise();
                    let len = len.clamp(1, self.pending.len());
                    let raw: Vec<u8> = self.pending.drain(..len).collect();
                    self.told = self.told.saturating_sub(len);
                    match said {
                        Ok(said) => self.teller.said(raw, said, now),
                        Err(reason) => self.teller.reject(reason, &raw),
                    }
                }
            }
        }
    }

    /// Tells a damaged frame once, and goes on behind its first byte.
    fn damaged(&mut self, len: usize, reason: RejectReason) {
        if self.told == 0 {
            self.tell_noise();
            let raw = self.pending.get(..len).unwrap_or(&self.pending);
            self.teller.reject(reason, raw);
            self.told = raw.len();
        }
        self.drop_first();
    }

    fn drop_first(&mut self) {
        let byte = self.pending.remove(0);
        if self.told > 0 {
            self.told -= 1;
            return;
        }
        // Line ends between frames come from clones and from dumps; they harm nobody.
        if self.noise.is_empty() && matches!(byte, b'\r' | b'\n') {
            return;
        }
        self.noise.push(byte);
        if self.noise.len() >= Rejected::RAW_BYTES_MAX {
            self.tell_noise();
        }
    }

    fn tell_noise(&mut self) {
        if !self.noise.is_empty() {
            self.teller.reject(RejectReason::Noise, &self.noise);
            self.noise.clear();
        }
    }

    fn give_up(&mut self, now: Duration) {
        self.search(true, now);
        self.tell_noise();
        self.told = 0;
    }
}

impl<F: FrameFormat> Codec for FrameCodec<F> {
    fn feed(&mut self, bytes: &[u8], now: Duration) {
        self.on_timeout(now);
        for &byte in bytes {
            self.pending.push(byte);
            self.last_byte = now;
            self.search(false, now);
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.teller.poll()
    }

    fn on_timeout(&mut self, now: Duration) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.give_up(now);
        }
    }

    fn deadline(&self) -> Option<Duration> {
        let waiting = !self.pending.is_empty() || !self.noise.is_empty();
        (self.timed && waiting).then(|| self.last_byte.saturating_add(BETWEEN_BYTES_MAX))
    }

    fn finish(&mut self) {
        self.give_up(self.last_byte);
    }
}
