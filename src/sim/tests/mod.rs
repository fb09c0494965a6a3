//! The stand-ins over real connections, spoken to by hand-written requests.

mod client;
mod faults;
mod lime;
mod prepay;
mod receipts;
mod rkeeper;
mod sample;
