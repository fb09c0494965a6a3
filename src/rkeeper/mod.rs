//! r_keeper 7 through its XML interface over HTTP: the open orders, one order, its lock, its
//! payment.
//!
//! [`Rkeeper`] is the front door and asks. Behind it `request` writes what is asked, `answer` reads
//! what came, `order` takes orders out of it, `status` says what an error means. All but the front
//! door work on bytes alone.
//!
//! `licence` knows whether the site bought the right to write for ever or for a time.
#![deny(clippy::float_arithmetic)]

mod answer;
mod begun;
mod client;
mod fields;
pub mod licence;
mod lookback;
mod notice;
mod order;
mod quiet;
mod reference;
mod request;
mod settings;
mod status;
mod undo;
mod xml;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use answer::{AnswerError, Failure, QueryResult, Status, parse_answer};
pub use client::{Rkeeper, SystemInfo};
pub use notice::{Hint, NoticeError, Notices};
pub use order::{calculated, currency_refused, order, order_list, receipt};
pub use reference::{RefItem, Reference};
pub use settings::{Currencies, DEFAULT_PATH, Settings, TakeBack};
pub use xml::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, Element, XmlError};
