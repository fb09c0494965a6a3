//! The commands about live readers: `reader list`, `reader watch`, `reader record`.

mod choose;
mod list;
mod record;
mod watch;

pub(super) use list::list_devices;
pub(super) use record::record;
pub(super) use watch::watch;
