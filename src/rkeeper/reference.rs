//! What r_keeper's references say of the codes that the config names, and its licence: for finding
//! out beforehand why a payment would be refused. Nothing here changes anything.
//!
//! Source: `GetRefData` with `PropMask` (schema and third parties); `CheckLicense` is withdrawn from
//! the schema and still answered by 7.26.8 (seen by a third party).

use jiff::civil::DateTime;

use crate::payment::ports::ReadError;

use super::answer::{AnswerError, QueryResult};
use super::client::{Rkeeper, misread};
use super::request;
use super::xml::Element;

/// A reference of r_keeper, as far as a till needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `CURRENCIES`.
    Currencies,
    /// `CASHES`: stations.
    Stations,
    /// `EMPLOYEES`.
    Employees,
    /// `ORDERVOIDS`: reasons to delete.
    VoidReasons,
    /// `DEPOSITCOLLECTREASONS`: reasons to take a prepayment.
    PrepayReasons,
}

impl Reference {
    /// As r_keeper calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Currencies => "CURRENCIES",
            Self::Stations => "CASHES",
            Self::Employees => "EMPLOYEES",
            Self::VoidReasons => "ORDERVOIDS",
            Self::PrepayReasons => "DEPOSITCOLLECTREASONS",
        }
    }

    /// The properties that are asked for: without a mask, large references are huge. The flags of
    /// reasons are named by none that is known, so all are asked for there.
    pub(super) const fn mask(self) -> &'static str {
        match self {
            Self::Currencies | Self::Stations | Self::Employees | Self::PrepayReasons => {
                "items.(Ident,Code,Name,Status)"
            }
            Self::VoidReasons => "*",
        }
    }
}

/// An item of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefItem {
    /// Its code, by which the config names it.
    pub code: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// In use; r_keeper refuses what is not. Not said: in use.
    pub active: bool,
    /// Of a reason to delete: may be given for annulling a receipt (`ImplOnCheckUndo`). `None`: not
    /// said.
    pub on_check_undo: Option<bool>,
}

impl RefItem {
    fn of(item: Element<'_>) -> Option<Self> {
        Some(Self {
            code: item.label("Code")?,
            name: item.label("Name"),
            active: item
                .attribute("Status")
                .is_none_or(|status| status == "rsActive"),
            on_check_undo: item
                .attribute("ImplOnCheckUndo")
                .and_then(|flag| match flag {
                    "1" | "true" | "True" => Some(true),
                    "0" | "false" | "False" => Some(false),
                    _ => None,
                }),
        })
    }
}

/// The items of a `GetRefData` answer that have a code.
pub(super) fn items(answer: &QueryResult) -> Result<Vec<RefItem>, AnswerError> {
    Ok(rows(answer)?.filter_map(RefItem::of).collect())
}

/// All items of a `GetRefData` answer.
pub(super) fn rows(answer: &QueryResult) -> Result<impl Iterator<Item = Element<'_>>, AnswerError> {
    let payload = answer.payload();
    let missing = |element: Element<'_>, what| AnswerError::Missing {
        element: element.name().to_owned(),
        what,
    };
    let reference = payload
        .child("RK7Reference")
        .ok_or_else(|| missing(payload, "RK7Reference"))?;
    let items = reference
        .child("Items")
        .ok_or_else(|| missing(reference, "Items"))?;
    Ok(items.all("Item"))
}

/// r_keeper's own id of an item.
pub(super) fn ident(item: Element<'_>) -> Option<String> {
    item.label("Ident").or_else(|| item.label("ItemIdent"))
}

/// The till's own clock in an answer: local, without a zone.
pub(super) fn clock(answer: &QueryResult) -> Option<DateTime> {
    answer
        .holder("DateTime")
        .and_then(|holder| holder.time("DateTime"))
}

impl Rkeeper {
    /// The items of a reference.
    pub fn reference(&self, reference: Reference) -> Result<Vec<RefItem>, ReadError> {
        let found = self
            .read("GetRefData", &request::reference(reference))
            .and_then(|answer| items(&answer).map_err(|error| misread(&error)));
        self.without_secrets(&[]).read(found)
    }

    /// Whether this restaurant has the lifetime licence to write orders. A refusal is r_keeper's
    /// word that it has not, or that it does not know the question any more.
    pub fn write_licence(&self, restaurant_id: &str) -> Result<(), ReadError> {
        let asked = self.read("CheckLicense", &request::licence(restaurant_id));
        self.without_secrets(&[]).read(asked.map(drop))
    }
}
