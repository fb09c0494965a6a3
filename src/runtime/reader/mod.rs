//! The commands about live readers: `reader list`, `reader learn`, `reader watch`,
//! `reader record`.

mod choose;
mod learn;
mod list;
mod record;
pub(super) mod tap;
pub(super) mod tape;
mod watch;

pub(super) use learn::learn;
pub(super) use list::list_devices;
pub(super) use record::record;
pub(super) use watch::watch;
