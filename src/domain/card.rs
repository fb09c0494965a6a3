//! A guest's card or wristband, with the accounts it leads to.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Account, Uid};

/// Most characters of a [`CardNumber`].
pub const NUMBER_CHARS_MAX: usize = 20;

/// The number printed on a card («бортовой номер»), as somebody typed it: text, leading zeros
/// included. Never a UID, however alike both look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardNumber(String);

/// Why a text cannot be a printed number.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CardNumberError {
    /// Nothing was given.
    #[error("the card's number is empty")]
    Empty,
    /// Longer than any printed number.
    #[error("the card's number is longer than {NUMBER_CHARS_MAX} characters")]
    TooLong,
    /// Something else than ASCII letters, digits and hyphens.
    #[error("a card's number has only Latin letters, digits and hyphens")]
    Character,
}

impl CardNumber {
    /// A number from what was typed, without the spaces around it.
    pub fn new(text: &str) -> Result<Self, CardNumberError> {
        let text = text.trim();
        if text.is_empty() {
            Err(CardNumberError::Empty)
        } else if text.len() > NUMBER_CHARS_MAX {
            Err(CardNumberError::TooLong)
        } else if text.chars().all(Self::takes) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CardNumberError::Character)
        }
    }

    /// Whether such a number may have this character.
    pub const fn takes(c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '-'
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How a card was named to the till.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardEntry {
    /// It was there: its UID came from a reader, or from a script that has one.
    #[default]
    Reader,
    /// Somebody typed the number printed on it; the card itself need not have been there.
    Keyed,
}

impl CardEntry {
    /// The word of the JSON answers and of the server of holds.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Keyed => "keyed",
        }
    }

    /// Nothing need be said of it.
    pub const fn is_reader(&self) -> bool {
        match self {
            Self::Reader => true,
            Self::Keyed => false,
        }
    }
}

/// What a card is asked for by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CardName {
    /// What a reader saw of it.
    Uid(Uid),
    /// What is printed on it.
    Number(CardNumber),
}

impl CardName {
    /// How a card that is asked for so was named.
    pub const fn entry(&self) -> CardEntry {
        match self {
            Self::Uid(_) => CardEntry::Reader,
            Self::Number(_) => CardEntry::Keyed,
        }
    }
}

/// Whether a card may pay at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    /// In use.
    Active,
    /// Blocked by the resort.
    Blocked,
    /// Its time is over.
    Expired,
    /// Reported lost.
    Lost,
}

impl CardStatus {
    /// The word of the JSON answers and the locale key.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Expired => "expired",
            Self::Lost => "lost",
        }
    }
}

/// A card as Lime answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What was read from it, in the site's notation.
    pub uid: Uid,
    /// Lime's internal id of the card; neither UID nor printed number.
    pub card_id: String,
    /// Lime's internal id of the client, whose accounts these are.
    pub client_id: String,
    /// The number printed on it («бортовой номер»).
    pub number: Option<String>,
    /// May it pay.
    pub status: CardStatus,
    /// The guest's name, shortened and cleaned.
    pub holder: Option<String>,
    /// All accounts, spendable or not, in Lime's order.
    pub accounts: Vec<Account>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number is text: what was typed is what is asked for, and it is no UID.
    #[test]
    fn a_printed_number_is_kept_as_it_was_typed() {
        for (typed, number) in [
            (" 0815 ", Ok("0815")),
            ("A-100038", Ok("A-100038")),
            ("", Err(CardNumberError::Empty)),
            ("  ", Err(CardNumberError::Empty)),
            ("10 38", Err(CardNumberError::Character)),
            ("100038;1", Err(CardNumberError::Character)),
            ("бн1", Err(CardNumberError::Character)),
            ("123456789012345678901", Err(CardNumberError::TooLong)),
        ] {
            let read = CardNumber::new(typed);
            assert_eq!(
                read.as_ref().map(CardNumber::as_str),
                number.as_ref().map(|n| *n),
                "{typed}"
            );
        }
        assert_eq!(CardNumber::new("0815").unwrap().to_string(), "0815");
    }

    #[test]
    fn entries_have_their_words() {
        for entry in [CardEntry::Reader, CardEntry::Keyed] {
            assert_eq!(serde_json::to_value(entry).unwrap(), entry.word());
            assert_eq!(entry.is_reader(), entry == CardEntry::Reader);
        }
    }

    /// Scripts and the journal know a status by the same word.
    #[test]
    fn words() {
        for (status, word) in [
            (CardStatus::Active, "active"),
            (CardStatus::Blocked, "blocked"),
            (CardStatus::Expired, "expired"),
            (CardStatus::Lost, "lost"),
        ] {
            assert_eq!(status.word(), word);
            assert_eq!(serde_json::to_value(status).unwrap(), word);
        }
    }
}
