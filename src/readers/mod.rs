//! Card readers: from bytes on a port, or keys of a keyboard-like reader, to the bytes of a card.
//!
//! Read in this order: [`device`] (what is plugged in), [`event`] (what a reader can tell), [`codec`] (bytes to events, without
//! input, output or clock), [`mod@describe`] (an event as a line of `reader decode`), [`transport`]
//! (where bytes come from), [`supervisor`] (one thread per reader that survives unplugging), and
//! [`wedge`] (readers that type as a keyboard).
//!
//! No reader's text is taken for a card's UID: an event holds the bytes, and how many bits of the
//! card they are; the site's notation turns them into the UID that Lime knows.

pub mod bank_card;
pub mod codec;
pub mod describe;
pub mod device;
pub mod dump;
pub mod event;
pub mod family;
pub mod fuzzing;
pub mod learn;
pub mod recorder;
pub mod supervisor;
pub mod transport;
pub mod wedge;

pub use codec::{Codec, CodecSettings, codec_for};
pub use describe::{DecodedLine, Decoder, decode_stream, describe};
pub use device::{Device, DeviceMatch, UsbId};
pub use event::{CardRead, Event, RejectReason, Technology, Unread, Warning};
pub use family::Family;
pub use supervisor::{Health, ReaderConfig, ReaderMessage, SupervisorHandle, spawn, spawn_with};
pub use wedge::{Wedge, WedgeKey, WedgeOutput, WedgeSettings};

#[cfg(test)]
mod tests;
