//! r_keeper's notices: heard at a port, turned into a wish to ask it, counted for `doctor`.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::http::{Hearer, Listening, listen};
use crate::rkeeper::{Hint, Notices};

/// What a till that listens says of itself; see [`Hearer::tell`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Heard {
    /// Notices since the start of the till.
    pub limekeeper_notices: u64,
    /// Messages that were none.
    pub not_understood: u64,
}

struct Board<F> {
    notices: Mutex<Notices>,
    heard: AtomicU64,
    not_understood: AtomicU64,
    wish: F,
}

impl<F: Fn(Hint) + Send + Sync + 'static> Hearer for Board<F> {
    fn hear(&self, message: &[u8]) {
        let taken = self
            .notices
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(message);
        match taken {
            Ok(hint) => {
                self.heard.fetch_add(1, Ordering::Relaxed);
                (self.wish)(hint);
            }
            Err(error) => {
                // Said once: whoever floods the port does not fill the log.
                if self.not_understood.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(%error, "a message that is no notice of r_keeper");
                }
            }
        }
    }

    fn tell(&self) -> String {
        let heard = Heard {
            limekeeper_notices: self.heard.load(Ordering::Relaxed),
            not_understood: self.not_understood.load(Ordering::Relaxed),
        };
        serde_json::to_string(&heard).unwrap_or_default()
    }
}

impl<F> fmt::Debug for Board<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

/// Listens until the answer is dropped; `wish` is called for every notice.
pub(super) fn hear(
    address: SocketAddr,
    wish: impl Fn(Hint) + Send + Sync + 'static,
) -> io::Result<Listening> {
    let board = Board {
        notices: Mutex::default(),
        heard: AtomicU64::new(0),
        not_understood: AtomicU64::new(0),
        wish,
    };
    listen(address, Arc::new(board))
}
