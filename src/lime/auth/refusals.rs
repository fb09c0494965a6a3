//! Refused logins that outlive the process which made them. A command of the command line lives for a
//! second; a script of them must not try a wrong password until Lime locks the user out.

use std::fmt;
use std::time::Duration;

/// The last refusal, where the login has not been changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How long ago it was.
    pub ago: Duration,
    /// How many there were in a row; at least one.
    pub times: u32,
}

/// Remembers refusals of one user with one password. Holds neither; what it cannot keep or read again is
/// tried anew.
pub trait Refusals: fmt::Debug + Send + Sync {
    /// The last refusal, unless another login or a success came after it.
    fn last(&self) -> Option<Refused>;
    /// The password was refused just now, so many times in a row.
    fn add(&self, times: u32);
    /// The password was taken.
    fn clear(&self);
}

/// Remembers nothing: every process tries once.
#[derive(Clone, Copy, Debug)]
pub struct Forgotten;

impl Refusals for Forgotten {
    fn last(&self) -> Option<Refused> {
        None
    }

    fn add(&self, _times: u32) {}

    fn clear(&self) {}
}
