//! One tap of a card, as `reader learn` listens for it.

use std::time::{Duration, Instant};

use crate::readers::ReaderConfig;
use crate::readers::transport::{REPORT_BYTES_MAX, Recording, Transport, TransportError, opener};

/// Longest wait for a card.
const TAP_WAIT: Duration = Duration::from_mins(1);
/// A silence of this length ends a tap.
const TAP_SILENCE: Duration = Duration::from_secs(1);
/// A card that stays on the reader is a tap of this length.
const TAP_MAX: Duration = Duration::from_secs(15);
/// Most bytes of a tap.
const TAP_BYTES_MAX: usize = 64 * 1024;
/// What a device says when it is opened, and what has waited, is no tap: so long must it be silent
/// before a card is asked for.
const DRAIN_SILENCE: Duration = Duration::from_millis(500);
/// A device that never falls silent is not waited for longer.
const DRAIN_MAX: Duration = Duration::from_secs(3);

/// Opens the device, says that it is ready once it is silent, and takes what comes until it is
/// silent again, or until `over` says that nobody wants it any more. Writes nothing to it.
pub(in crate::runtime) fn tap(
    reader: &ReaderConfig,
    ready: impl FnOnce(),
    over: impl Fn() -> bool,
) -> Result<Recording, TransportError> {
    let mut device = opener(reader)()?;
    drain(device.as_mut())?;
    ready();
    listen(device.as_mut(), over)
}

/// Lets what has waited go by.
fn drain(device: &mut dyn Transport) -> Result<(), TransportError> {
    let began = Instant::now();
    let mut last = Duration::ZERO;
    let mut buf = [0; REPORT_BYTES_MAX];
    while began.elapsed() < DRAIN_MAX && began.elapsed().saturating_sub(last) < DRAIN_SILENCE {
        if device.read(&mut buf)? > 0 {
            last = began.elapsed();
        }
    }
    Ok(())
}

/// What comes until it is silent again, or nobody wants it any more.
fn listen(
    device: &mut dyn Transport,
    over: impl Fn() -> bool,
) -> Result<Recording, TransportError> {
    let descriptor = device.report_descriptor().map(<[u8]>::to_vec);
    let began = Instant::now();
    let mut reads: Vec<(Duration, Vec<u8>)> = Vec::new();
    let mut bytes = 0;
    let mut buf = [0; REPORT_BYTES_MAX];
    loop {
        let now = began.elapsed();
        let is_ended = match (reads.first(), reads.last()) {
            (Some((first, _)), Some((last, _))) => {
                now.saturating_sub(*last) >= TAP_SILENCE || now.saturating_sub(*first) >= TAP_MAX
            }
            (None, _) | (_, None) => now >= TAP_WAIT,
        };
        if is_ended || over() || bytes >= TAP_BYTES_MAX {
            return Ok(Recording::of_reads(descriptor, reads));
        }
        let read = device.read(&mut buf)?;
        if let Some(came) = buf.get(..read).filter(|came| !came.is_empty()) {
            bytes += came.len();
            reads.push((began.elapsed(), came.to_vec()));
        }
    }
}
