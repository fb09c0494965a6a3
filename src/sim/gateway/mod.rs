//! The stand-in of a server of holds, by `assets/openapi/lime-holds.yaml`, beside Lime's own calls.
//!
//! [`http`] takes the request, [`read`] reads what is posted with all strictness, [`ledger`] is what
//! the server remembers, [`decide`] decides on it, [`post`] moves the money as checks of Lime,
//! [`show`] and [`report`] are what it answers.

mod decide;
pub(super) mod http;
pub(super) mod ledger;
mod post;
mod query;
mod read;
pub(super) mod report;
mod show;
