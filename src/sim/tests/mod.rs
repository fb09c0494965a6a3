//! The stand-ins over real connections, spoken to by hand-written requests.

mod client;
mod faults;
mod gateway;
mod intents;
mod lime;
mod oracle;
mod prepay;
mod profile;
mod receipts;
mod returns;
mod rkeeper;
mod sample;
