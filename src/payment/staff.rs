//! Who was at the till: rows of the journal that belong to no payment.
//!
//! They hold names of operators and nothing else of a person: no PIN, no card.

use serde::{Deserialize, Serialize};

/// One thing that happened to who works at the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum StaffNote {
    /// Somebody proved who he is, and works from now on.
    LoggedIn {
        /// Who.
        operator: String,
    },
    /// The till was locked: nobody works until somebody proves himself.
    Locked {
        /// Who worked.
        operator: String,
        /// It was left alone; otherwise a key locked it.
        by_itself: bool,
    },
    /// The program was left while somebody worked.
    LoggedOut {
        /// Who.
        operator: String,
    },
    /// A manager said yes to something that somebody may not do alone.
    SaidYes {
        /// Who asked.
        operator: Option<String>,
        /// Who said yes.
        approver: String,
        /// The right that was lent, by its word in the settings.
        right: String,
    },
    /// Somebody did not prove who he is, or may not say yes here.
    Refused {
        /// Who he said he is; `None` with a card that is no operator's.
        operator: Option<String>,
        /// Why not.
        why: StaffRefusal,
        /// How many wrong PINs more are taken before a pause, where that is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<u32>,
    },
}

/// Why nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRefusal {
    /// Not his PIN.
    WrongPin,
    /// There were too many wrong PINs; nothing is taken for a while.
    Paused,
    /// No operator has this card.
    UnknownCard,
    /// It is him, and his yes does not count here.
    NotHis,
}

impl StaffNote {
    /// The `note` of every one of them, in the order of the kinds.
    pub const WORDS: [&'static str; 5] =
        ["logged_in", "locked", "logged_out", "said_yes", "refused"];

    /// The `note` of this one, and the last part of its locale key `journal.staff.<word>`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::LoggedIn { .. } => "logged_in",
            Self::Locked { .. } => "locked",
            Self::LoggedOut { .. } => "logged_out",
            Self::SaidYes { .. } => "said_yes",
            Self::Refused { .. } => "refused",
        }
    }
}

impl StaffRefusal {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::WrongPin,
        Self::Paused,
        Self::UnknownCard,
        Self::NotHis,
    ];

    /// Its word in the row, and the last part of its locale key `journal.staff.why.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongPin => "wrong_pin",
            Self::Paused => "paused",
            Self::UnknownCard => "unknown_card",
            Self::NotHis => "not_his",
        }
    }
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_their_words_and_are_read_back() {
        for (note, word) in samples::all().into_iter().zip(StaffNote::WORDS) {
            assert_eq!(note.word(), word);
            let json = serde_json::to_value(&note).unwrap();
            assert_eq!(json["note"], word);
            assert_eq!(serde_json::from_value::<StaffNote>(json).unwrap(), note);
        }
        for why in StaffRefusal::ALL {
            assert_eq!(serde_json::to_value(why).unwrap(), why.word());
        }
    }
}
