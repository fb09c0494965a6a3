//! What can be wrong with a journal, in words that a program and a person understand.

use std::fmt;

use crate::payment::sale::PaymentId;

/// How a journal shows that it is not what this till wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The file is missing or empty.
    Gone,
    /// It ends earlier: an older copy, or its last rows never reached the disk.
    Shorter,
    /// At the place where it ended it has other rows.
    OtherRows,
    /// It was begun elsewhere: another till's, or one begun anew.
    OtherJournal,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Gone,
        Self::Shorter,
        Self::OtherRows,
        Self::OtherJournal,
    ];

    /// Its word in results and in the names of texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Shorter => "shorter",
            Self::OtherRows => "other_rows",
            Self::OtherJournal => "other_journal",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "the journal is gone",
            Self::Shorter => "the journal's end is lost",
            Self::OtherRows => "the journal has other rows",
            Self::OtherJournal => "this is another journal",
        })
    }
}

/// What is wrong at one place of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The database's own structure is broken.
    Pages(String),
    /// Rows are missing before this one.
    Gap,
    /// The row does not follow from the row before it.
    NotLinked,
    /// The row is not as it was written.
    NotAsWritten,
    /// The key does not open the row's sealed part.
    NotOpened,
    /// The row does not say what its kind must: a request's bytes are not the ones named, …
    NotRead(String),
    /// The rows of its payment do not add up.
    NotReplayed(String),
    /// The row's payment is missing in the list of payments.
    NotListed,
    /// The list of payments says finished where the rows say open, or the other way round, or
    /// another beginning.
    ListedWrongly,
    /// The list names a payment that has no rows.
    NoRows(PaymentId),
    /// The journal is not the one that this till wrote last.
    Lost(Loss),
}

impl Fault {
    /// Its word in results and in the names of texts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pages(_) => "pages",
            Self::Gap => "gap",
            Self::NotLinked => "not_linked",
            Self::NotAsWritten => "not_as_written",
            Self::NotOpened => "not_opened",
            Self::NotRead(_) => "not_read",
            Self::NotReplayed(_) => "not_replayed",
            Self::NotListed => "not_listed",
            Self::ListedWrongly => "listed_wrongly",
            Self::NoRows(_) => "no_rows",
            Self::Lost(loss) => loss.code(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pages(why) => write!(f, "the file is damaged: {why}"),
            Self::Gap => f.write_str("rows before it are missing"),
            Self::NotLinked => f.write_str("it does not follow from the row before"),
            Self::NotAsWritten => f.write_str("it is not as it was written"),
            Self::NotOpened => f.write_str("the key does not open it"),
            Self::NotRead(why) => f.write_str(why),
            Self::NotReplayed(why) => write!(f, "its payment does not add up: {why}"),
            Self::NotListed => f.write_str("its payment is missing in the list of payments"),
            Self::ListedWrongly => {
                f.write_str("the list of payments says otherwise than the rows of its payment")
            }
            Self::NoRows(payment) => write!(f, "payment {payment} is listed and has no rows"),
            Self::Lost(loss) => loss.fmt(f),
        }
    }
}

/// The first bad place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Number of the row; 0 where it is not about a row.
    pub row: i64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What a walk over the whole journal found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Rows read.
    pub rows: u64,
    /// Payments in them.
    pub payments: u64,
    /// Where it stopped; `None` for a journal that is as it was written.
    pub first_bad: Option<Bad>,
}
