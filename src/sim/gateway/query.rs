//! The query parameters of the calls of the server of holds.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::ledger::Failure;
use super::read::bad_format;

/// The states of operations on the wire.
const STATES: [&str; 8] = [
    "held",
    "committed",
    "partly_reversed",
    "reversed",
    "released",
    "expired",
    "failed",
    "in_doubt",
];

/// The query parameters of a call, taken one after another.
pub(super) struct Parameters<'a> {
    pub left: Vec<&'a (String, String)>,
}

impl Parameters<'_> {
    pub fn optional(&mut self, name: &str) -> Option<String> {
        let index = self.left.iter().position(|(own, _)| own == name)?;
        Some(self.left.remove(index).1.clone())
    }

    pub fn text(&mut self, name: &str) -> Result<String, Failure> {
        self.optional(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| bad_format(format!("parameter {name} is missing")))
    }

    /// A moment as the local time of the books.
    pub fn moment(&mut self, name: &str) -> Result<Option<DateTime>, Failure> {
        let Some(text) = self.optional(name) else {
            return Ok(None);
        };
        let moment: Timestamp = text
            .parse()
            .map_err(|_| bad_format(format!("parameter {name} must be a moment")))?;
        Ok(Some(TimeZone::system().to_datetime(moment)))
    }

    pub fn count(&mut self, name: &str, default: usize) -> Result<usize, Failure> {
        self.optional(name).map_or(Ok(default), |text| {
            text.parse()
                .map_err(|_| bad_format(format!("parameter {name} must be a number")))
        })
    }

    /// Where a page begins, as the page before said it.
    pub fn cursor(&mut self) -> Result<Option<usize>, Failure> {
        let Some(text) = self.optional("cursor") else {
            return Ok(None);
        };
        text.parse()
            .ok()
            .filter(|at: &usize| at.to_string() == text)
            .map(Some)
            .ok_or_else(|| bad_format("cursor is none of this server's"))
    }

    /// A state of an operation.
    pub fn state(&mut self) -> Result<Option<String>, Failure> {
        let state = self.optional("state");
        match state {
            Some(word) if !STATES.contains(&word.as_str()) => {
                Err(bad_format("state is no state of an operation"))
            }
            Some(_) | None => Ok(state),
        }
    }

    pub fn date(&mut self, name: &str) -> Result<jiff::civil::Date, Failure> {
        let text = self.text(name)?;
        text.parse()
            .map_err(|_| bad_format(format!("parameter {name} must be a date")))
    }
}
