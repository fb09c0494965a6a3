//! The Lime stand-in: the calls of its RPC API under `/api/<Controller>/<Method>`.
//!
//! [`http`] takes the request, [`lookup`] answers what only reads, [`json`] and [`check`] read a
//! posted check with all strictness, [`booking`] decides on it and moves the money; [`tokens`] lets a
//! user log in.

mod booking;
pub(super) mod check;
pub(super) mod http;
pub(super) mod json;
mod lookup;
mod pin;
pub(super) mod tokens;
