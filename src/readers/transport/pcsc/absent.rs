//! In the place of the smart card service, for programs built without it.

use std::time::Duration;

use super::super::TransportError;
use super::{Seen, Service};

/// No service. There is no value of it.
pub(super) enum SystemService {}

impl SystemService {
    pub(super) fn establish() -> Result<Self, TransportError> {
        Err(TransportError::NotBuiltIn)
    }
}

impl Service for SystemService {
    fn names(&mut self) -> Result<Vec<String>, TransportError> {
        match *self {}
    }

    fn watch(&mut self, _names: &[String], _wait: Duration) -> Result<Vec<Seen>, TransportError> {
        match *self {}
    }

    fn ask(&mut self, _name: &str, _command: &[u8]) -> Option<Vec<u8>> {
        match *self {}
    }
}
