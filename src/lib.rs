//! limekeeper: pays r_keeper 7 orders from Lime guest accounts.
//!
//! Modules in the order a newcomer should read them; `ARCHITECTURE.md` has the map.

pub mod domain;
pub mod payment;

pub mod http;

pub mod config;

pub mod reports;

pub mod cli;

pub mod i18n;
