//! Which r_keeper this is: its version, and the habits of its site.
//!
//! Where a source says from when on something is known, that version has it. `GetOrderList2` and
//! `GetSystemInfo2` before 7.6, `LockOrder` and `CalcOrder3` before 7.6.4 are *assumed* to be
//! missing: no source tells, and a client that copes without them copes with them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A version of r_keeper.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Version {
    /// 7.5.2: the oldest answer that a source shows.
    #[serde(rename = "7.5.2")]
    V7_5_2,
    /// 7.6.0
    #[serde(rename = "7.6.0")]
    V7_6_0,
    /// 7.6.4: locks with a key, terminal authorisation under it.
    #[serde(rename = "7.6.4")]
    V7_6_4,
    /// 7.7
    #[serde(rename = "7.7")]
    V7_7,
    /// 7.25: sites may demand a receipt of intent first.
    #[serde(rename = "7.25")]
    V7_25,
    /// 7.26
    #[default]
    #[serde(rename = "7.26")]
    V7_26,
}

impl Version {
    /// From old to new.
    pub const ALL: [Self; 6] = [
        Self::V7_5_2,
        Self::V7_6_0,
        Self::V7_6_4,
        Self::V7_7,
        Self::V7_25,
        Self::V7_26,
    ];

    /// As scenarios and the command line write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::V7_5_2 => "7.5.2",
            Self::V7_6_0 => "7.6.0",
            Self::V7_6_4 => "7.6.4",
            Self::V7_7 => "7.7",
            Self::V7_25 => "7.25",
            Self::V7_26 => "7.26",
        }
    }

    /// The version of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.word() == word)
    }

    /// `ServerVersion` and `XmlVersion`, as whole answers show them.
    pub(super) const fn numbers(self) -> (&'static str, &'static str) {
        match self {
            Self::V7_5_2 => ("7.5.2.34", "66"),
            Self::V7_6_0 => ("7.6.0.81", "243"),
            Self::V7_6_4 => ("7.6.4.483", "248"),
            Self::V7_7 => ("7.7.0.244", "248"),
            Self::V7_25 => ("7.25.11.2001", "248"),
            Self::V7_26 => ("7.26.8.2001", "248"),
        }
    }

    /// `NetName` and `ArrivalDateTime` on the root (the former since 7.5.3.260).
    pub(super) fn names_itself(self) -> bool {
        self >= Self::V7_6_0
    }

    /// `Errors` with `Component` (schema of 7.26).
    pub(super) fn has_error_stack(self) -> bool {
        self >= Self::V7_26
    }

    /// Names of commands are told apart by case (seen of 7.26; a program of 2016 wrote others).
    pub(super) fn tells_case(self) -> bool {
        self >= Self::V7_25
    }

    /// `extTransactionInfo` is kept (since 7.5.3.111).
    pub(super) fn keeps_markers(self) -> bool {
        self >= Self::V7_6_0
    }

    /// Whether it knows the command.
    pub(super) fn knows(self, command: &str) -> bool {
        match command {
            // GetReceiptList since 7.5.3.202.
            "GetOrderList2" | "GetSystemInfo2" | "GetReceiptList" | "TerminalAuthStart2"
            | "TerminalAuthPay2" | "TerminalAuthError2" => self >= Self::V7_6_0,
            // Subscriptions since 7.6.2.286 and 7.6.4.347.
            "LockOrder" | "CalcOrder3" | "GetXMLLicenseInstanceSeqNumber" => self >= Self::V7_6_4,
            // Since 7.25.04.
            "IntentPayOrder" | "CorrectIntentReceipt" => self >= Self::V7_25,
            _ => true,
        }
    }
}

/// Something that a site does and another does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Errors in English. Their words are not known; they are made up here.
    English,
    /// A byte order mark before every answer.
    Bom,
    /// Answers are windows-1251, in their declaration and in the header, as the older interface's.
    Windows1251,
    /// In the forms for many commands, a command's own attributes (`lastversion`, `locked`, …) are
    /// on the root: where they are is not documented.
    RootAttributes,
    /// The first lock of each order meets the tail of another operation (2219).
    LockTail,
    /// An order is paid only after a receipt of intent (7.25.04 and newer).
    IntentReceipts,
    /// The printer fails in the middle of a payment: the receipt stays on the order as a failed one.
    PrinterFails,
    /// The printer complains, and prints.
    PrinterWarns,
    /// `extTransactionInfo` is ignored without a word.
    ForgetsMarkers,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::English,
        Self::Bom,
        Self::Windows1251,
        Self::RootAttributes,
        Self::LockTail,
        Self::IntentReceipts,
        Self::PrinterFails,
        Self::PrinterWarns,
        Self::ForgetsMarkers,
    ];

    /// As scenarios and the command line write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::Bom => "bom",
            Self::Windows1251 => "windows1251",
            Self::RootAttributes => "root_attributes",
            Self::LockTail => "lock_tail",
            Self::IntentReceipts => "intent_receipts",
            Self::PrinterFails => "printer_fails",
            Self::PrinterWarns => "printer_warns",
            Self::ForgetsMarkers => "forgets_markers",
        }
    }

    /// The habit of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.word() == word)
    }
}

/// Which r_keeper this is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::sim) struct Profile {
    pub version: Version,
    pub habits: BTreeSet<Habit>,
    /// How long a receipt prints.
    pub print_ms: u64,
}

impl Profile {
    pub fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }

    /// How long these commands take longer than others.
    pub fn printing(&self, names: &[String]) -> Duration {
        let prints = names
            .iter()
            .any(|name| name == "rkeeper.PayOrder" || name == "rkeeper.IntentPayOrder");
        Duration::from_millis(if prints { self.print_ms } else { 0 })
    }

    /// The command that is meant, where the case of its name does not matter.
    pub fn command<'a>(&self, sent: &'a str, known: &[&'static str]) -> &'a str
    where
        'static: 'a,
    {
        if self.version.tells_case() {
            return sent;
        }
        let same = known.iter().find(|own| own.eq_ignore_ascii_case(sent));
        same.copied().unwrap_or(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_scenarios() {
        for version in Version::ALL {
            assert_eq!(Version::named(version.word()), Some(version));
            let json = serde_json::to_string(&version).unwrap();
            assert_eq!(json, format!("\"{}\"", version.word()));
        }
        for habit in Habit::ALL {
            assert_eq!(Habit::named(habit.word()), Some(habit));
            let json = serde_json::to_string(&habit).unwrap();
            assert_eq!(json, format!("\"{}\"", habit.word()));
        }
        assert_eq!((Version::named("7"), Habit::named("")), (None, None));
    }
}
