//! What an older r_keeper says instead. Where it answers «Unknown command», the older command is
//! asked, and remembered: finding out costs one request, not one per look at the orders. Whoever
//! could not be reached meanwhile may have been updated, and is found out about anew.

use std::sync::atomic::{AtomicBool, Ordering};

use super::answer::{Failure, Status};

/// A command that has an older one beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newer {
    /// `GetOrderList2`; before it `GetOrderList`, with other names for the same things.
    OrderList,
    /// `CalcOrder3`; `CalcOrder2` does not say why a currency may not pay, only which may.
    Calculation,
    /// `GetSystemInfo2`; `GetSystemInfo` tells less of the shift.
    SystemInfo,
}

impl Newer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OrderList, Self::Calculation, Self::SystemInfo];

    /// The command that is asked first.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderList => "GetOrderList2",
            Self::Calculation => "CalcOrder3",
            Self::SystemInfo => "GetSystemInfo2",
        }
    }

    /// The one before it.
    pub const fn older(self) -> &'static str {
        match self {
            Self::OrderList => "GetOrderList",
            Self::Calculation => "CalcOrder2",
            Self::SystemInfo => "GetSystemInfo",
        }
    }

    /// The query for the older command. Both take the same parameters; the older list gives names
    /// only where they are asked for.
    pub(super) fn older_query(self, query: &[u8]) -> Vec<u8> {
        let names = match self {
            Self::OrderList => " needCodes=\"1\" needNames=\"1\"",
            Self::Calculation | Self::SystemInfo => "",
        };
        let (newer, older) = (self.name(), self.older());
        // Quotation marks inside values are written as entities, so this is the attribute itself.
        String::from_utf8_lossy(query)
            .replacen(
                &format!("CMD=\"{newer}\""),
                &format!("CMD=\"{older}\"{names}"),
                1,
            )
            .into_bytes()
    }
}

/// Which of the newer commands this r_keeper is known not to know.
#[derive(Debug, Default)]
pub(super) struct Dialect([AtomicBool; Newer::ALL.len()]);

impl Dialect {
    fn flag(&self, command: Newer) -> &AtomicBool {
        let [list, calculation, info] = &self.0;
        match command {
            Newer::OrderList => list,
            Newer::Calculation => calculation,
            Newer::SystemInfo => info,
        }
    }

    /// Whether the older command is to be asked at once.
    pub fn is_old(&self, command: Newer) -> bool {
        self.flag(command).load(Ordering::Relaxed)
    }

    /// r_keeper does not know the newer command.
    pub fn learn(&self, command: Newer) {
        if !self.flag(command).swap(true, Ordering::Relaxed) {
            let (newer, older) = (command.name(), command.older());
            tracing::info!(newer, older, "r_keeper is an older one");
        }
    }

    /// r_keeper was away: it may be another version when it comes back.
    pub fn forget(&self) {
        for flag in &self.0 {
            flag.store(false, Ordering::Relaxed);
        }
    }
}

/// «Unknown command X», in which every version says it.
pub(super) fn is_unknown_command(failure: &Failure) -> bool {
    failure.status == Status::BadQueryParameters
        && failure.text.to_lowercase().contains("unknown command")
}

#[cfg(test)]
mod tests;
