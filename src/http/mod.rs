//! One exchange with a server: bytes out, bytes in, or why not. The only user of reqwest.
//!
//! What the stock client does by default and money cannot bear is off here: redirects are not
//! followed (a 307 would send a debit twice, a 302 turn it into a GET that answers 200), proxies
//! are used only when configured, connections are not kept but for look-ups (a request on a dying one is
//! neither sent nor not sent), the deadline covers everything from connect to the last byte, and
//! bodies have a largest size. Nothing is ever repeated here. A server is believed by the system's
//! roots or by a pinned certificate, never without.
//!
//! `listen` is the way in: short messages that nobody believes.

mod certificate;
mod channel;
mod der;
mod error;
pub mod fuzzing;
mod greeting;
mod hidden;
#[cfg(feature = "legacy-tls")]
mod legacy;
#[cfg(not(feature = "legacy-tls"))]
#[path = "legacy_off.rs"]
mod legacy;
mod listen;
mod probe;
mod runtime;
mod tls;

#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;

pub use certificate::{Certificate, KeyKind};
pub use channel::{Answer, Call, CallMethod, Channel, ChannelSettings, TlsProfile, form};
pub use error::{CallError, ChannelError};
pub use greeting::{Fit, Spoken, Suite, Version};
pub use hidden::Hidden;
pub use listen::{Hearer, Listening, MESSAGE_BYTES_MAX, listen};
pub use probe::{ProbeError, Shown, certificate, spoken};
