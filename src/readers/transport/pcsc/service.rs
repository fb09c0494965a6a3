//! The smart card service by the system's library.
//!
//! Two contexts, as the calls on one wait for each other: one watches, one asks. Any error of the
//! service is a loss: the context is thrown away and a new one is made at the next opening, as the
//! old one stays dead once the service was stopped. Windows stops it with the last reader.

use std::ffi::CString;
use std::time::Duration;

use pcsc::{Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};

use super::super::TransportError;
use super::{Seen, Service};
use crate::readers::codec::pcsc::ANSWER_BYTES_MAX;

pub(super) struct SystemService {
    watching: Context,
    asking: Context,
    states: Vec<ReaderState>,
}

impl SystemService {
    pub(super) fn establish() -> Result<Self, TransportError> {
        Ok(Self {
            watching: Context::establish(Scope::User).map_err(why_no_service)?,
            asking: Context::establish(Scope::User).map_err(why_no_service)?,
            states: Vec::new(),
        })
    }
}

impl Service for SystemService {
    fn names(&mut self) -> Result<Vec<String>, TransportError> {
        match self.asking.list_readers_owned() {
            Ok(names) => Ok(names
                .iter()
                .filter_map(|name| name.to_str().ok())
                .map(str::to_owned)
                .collect()),
            Err(Error::NoReadersAvailable) => Ok(Vec::new()),
            Err(error) => Err(why_no_service(error)),
        }
    }

    fn watch(&mut self, names: &[String], wait: Duration) -> Result<Vec<Seen>, TransportError> {
        let same = self.states.len() == names.len()
            && self
                .states
                .iter()
                .zip(names)
                .all(|(state, name)| state.name().to_bytes() == name.as_bytes());
        if !same {
            self.states = names
                .iter()
                .map(|name| CString::new(name.as_str()))
                .map(|name| name.map(|name| ReaderState::new(name, State::UNAWARE)))
                .collect::<Result<_, _>>()
                .map_err(|_| TransportError::Absent)?;
        }
        match self.watching.get_status_change(wait, &mut self.states) {
            Ok(()) => {
                for state in &mut self.states {
                    state.sync_current_state();
                }
            }
            Err(Error::Timeout | Error::Cancelled) => {}
            Err(_) => return Err(TransportError::Lost),
        }
        self.states.iter().map(seen).collect()
    }

    fn ask(&mut self, name: &str, command: &[u8]) -> Option<Vec<u8>> {
        let name = CString::new(name).ok()?;
        let card = self
            .asking
            .connect(&name, ShareMode::Shared, Protocols::ANY)
            .ok()?;
        let mut answer = [0; ANSWER_BYTES_MAX];
        let answer = card.transmit(command, &mut answer).map(<[u8]>::to_vec).ok();
        // Another program may be in the middle of something with this card.
        drop(card.disconnect(Disposition::LeaveCard));
        answer
    }
}

/// What a state says; an error where the reader has gone.
fn seen(state: &ReaderState) -> Result<Seen, TransportError> {
    let now = state.current_state();
    if now.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE) {
        return Err(TransportError::Lost);
    }
    Ok(Seen {
        card: now.contains(State::PRESENT),
        changes: u16::try_from(state.event_count() & 0xffff).unwrap_or_default(),
    })
}

/// Why there is no service. On Windows it runs only while a reader is plugged in.
fn why_no_service(error: Error) -> TransportError {
    match error {
        Error::NoService | Error::ServiceStopped if cfg!(windows) => TransportError::Absent,
        Error::NoService | Error::ServiceStopped => TransportError::NoService,
        Error::SecurityViolation | Error::NoAccess => TransportError::NoPermission { group: None },
        // What else goes wrong is tried again with a new context.
        _ => TransportError::Lost,
    }
}
