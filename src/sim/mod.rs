//! Stand-ins for r_keeper and Lime: two real HTTP servers and a control API beside them.
//!
//! They exist so that the program can be tried and tested on the real path without a till or a
//! resort. They are as strict as the real servers or stricter: everything that a real server would
//! ignore or dislike is recorded as a *violation* and shown by the control API.
//!
//! The stand-ins read and write the wire formats with code of their own, never with the code of
//! the clients: a mistake made twice the same way would otherwise stay unseen.
//!
//! Reading order: `scenario` (what the world starts with), `world` (what it is), `rkeeper`
//! and `lime` (how it answers), `gateway` (a server of holds beside Lime), `reports` and `control` (what it shows), `oracle` (what must never
//! be seen), `front` and `wire` (faults), `server` (threads and ports), `store` (survival).

mod control;
mod edit;
mod fault;
mod front;
mod gateway;
mod genesis;
mod licence;
mod lime;
mod notify;
mod oracle;
mod reports;
mod rkeeper;
mod scenario;
mod server;
mod store;
mod till_config;
mod wire;
mod world;
mod xml;

#[cfg(test)]
mod tests;

pub use rkeeper::profile::{Habit, Version};
pub use scenario::ScenarioError;
pub use server::{SampleCard, Sim, SimError, SimOptions};
pub use store::StoreError;
