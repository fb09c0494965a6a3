//! limekeeper: pays r_keeper 7 orders from Lime guest accounts.
//!
//! Modules in the order a newcomer should read them; `ARCHITECTURE.md` has the map.

pub mod domain;
pub mod operators;
pub mod payment;

pub mod http;
pub mod lime;
pub mod rkeeper;

pub mod readers;

pub mod reports;
pub mod tui;

pub mod cli;
pub mod config;
pub mod i18n;

pub mod os;
pub mod runtime;
pub mod sim;
