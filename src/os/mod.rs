//! What differs between the systems, behind one face: the same names everywhere, and what a system
//! cannot say is `None`. Everything else of the program is the same text on Linux and Windows, but
//! for the readers' own ways to a device in [`readers::transport`](crate::readers::transport).

pub mod console;
pub mod files;
pub mod folders;
pub mod nodes;
pub mod signals;
pub mod window;
