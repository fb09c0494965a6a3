//! A guest's card or wristband, with the accounts it leads to.

use serde::{Deserialize, Serialize};

use super::{Account, Uid};

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
