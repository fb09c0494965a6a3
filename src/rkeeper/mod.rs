//! r_keeper 7 through its XML interface over HTTP: the open orders, one order, its lock, its
//! payment.
//!
//! [`Rkeeper`] is the front door and asks. Behind it `request` writes what is asked, `answer` reads
//! what came, `order` takes orders out of it, `status` says what an error means. All but the front
//! door and its `wire` work on bytes alone. `dialect` speaks to older servers, `form` writes the
//! three elements that a command can come in.
//!
//! `licence` knows whether the site bought the right to write for ever or for a time.
#![deny(clippy::float_arithmetic)]

mod answer;
mod begun;
mod client;
mod dialect;
mod fields;
mod form;
mod functions;
mod halls;
mod intent;
pub mod licence;
mod lookback;
mod menu;
mod notice;
mod order;
mod quiet;
mod reference;
mod request;
mod settings;
mod status;
mod system;
mod undo;
mod wire;
mod writes;
mod xml;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use answer::{AnswerError, Failure, QueryResult, Status, parse_answer};
pub use client::Rkeeper;
pub use dialect::Newer;
pub use form::CommandForm;
pub use functions::{Needed, Without};
pub use notice::{Hint, NoticeError, Notices};
pub use order::{calculated, currency_refused, order, order_list, receipt};
pub use reference::{RefItem, Reference};
pub use settings::{Currencies, DEFAULT_PATH, Settings, TakeBack};
pub use system::SystemInfo;
pub use xml::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, Element, XmlError};
