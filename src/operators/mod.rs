//! The people who work at a till: who they are, what they may do, and how they prove it.
//!
//! [`roster`] is who may do what, [`session`] who is at the till now, [`attempts`] how often a PIN may
//! be guessed, [`hash`] how PINs and staff cards are kept, [`check`] puts a claim to the proof. Nothing
//! here reads a clock, a file or a key: time is an argument, and what must survive is handed out.

pub mod attempts;
pub mod check;
pub mod hash;
pub mod roster;
pub mod session;

pub use attempts::{AttemptRules, Attempts};
pub use check::{Checker, Claim, Credentials, Verdict};
pub use hash::SlowHash;
pub use roster::{Allowed, PEOPLE_MAX, Person, PersonId, Right, Roster};
pub use session::{Session, SessionEvent};
