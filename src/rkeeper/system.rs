//! What a cash server says of itself: `GetSystemInfo2`, before it `GetSystemInfo`.

use jiff::civil::{Date, DateTime, Time};

use crate::domain::text::clean;
use crate::payment::ports::ReadError;

use super::answer::{AnswerError, QueryResult};
use super::client::{Rkeeper, misread};
use super::dialect::Newer;
use super::xml::Element;
use super::{reference, request};

/// What a cash server says of itself, as far as it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemInfo {
    /// `7.26.8.2001`
    pub server_version: Option<String>,
    /// Network name of the node that answered.
    pub node: Option<String>,
    /// Restaurant's name.
    pub restaurant: Option<String>,
    /// Its id, by which licences are asked for.
    pub restaurant_id: Option<String>,
    /// Nine digits that licences are bound to.
    pub restaurant_code: Option<String>,
    /// Name of the cash server.
    pub cash_server: Option<String>,
    /// Number of the open common shift; the older command does not tell it.
    pub shift_number: Option<String>,
    /// Business date of that shift.
    pub shift_date: Option<DateTime>,
    /// The cash server's clock: local, without a zone.
    pub clock: Option<DateTime>,
}

impl SystemInfo {
    /// Out of a `GetSystemInfo2` or `GetSystemInfo` answer.
    pub fn of(answer: &QueryResult) -> Result<Self, AnswerError> {
        let payload = answer.payload();
        let info = payload
            .child("SystemInfo")
            .ok_or_else(|| AnswerError::Missing {
                element: payload.name().to_owned(),
                what: "SystemInfo",
            })?;
        let shift = info.child("CommonShift");
        Ok(Self {
            server_version: answer.attribute("ServerVersion").map(clean),
            node: answer
                .attribute("NetName")
                .map(clean)
                .or_else(|| info.label("NetName")),
            restaurant: info.name_of("Restaurant"),
            restaurant_id: info
                .child("Restaurant")
                .and_then(|restaurant| restaurant.label("id")),
            restaurant_code: info.label("RestCode"),
            cash_server: info.name_of("CashGroup"),
            shift_number: shift.and_then(|shift| shift.label("ShiftNum")),
            shift_date: shift
                .and_then(|shift| shift.time("ShiftDate"))
                .or_else(|| plain_date(info)),
            clock: reference::clock(answer),
        })
    }
}

impl SystemInfo {
    /// Whether the server's version is below that one; `None` where it does not say its version so
    /// that it could be read.
    pub fn is_below(&self, version: [u32; 3]) -> Option<bool> {
        let text = self.server_version.as_deref()?;
        let mut numbers = text.split('.').map(|part| part.trim().parse::<u32>());
        let mut own = [0; 3];
        for number in &mut own {
            *number = numbers.next()?.ok()?;
        }
        Some(own < version)
    }
}

/// `20260131`, as the older command writes the shift's date.
fn plain_date(info: Element<'_>) -> Option<DateTime> {
    let text = info.label("ShiftDate")?;
    let date = Date::strptime("%Y%m%d", text).ok()?;
    Some(date.to_datetime(Time::MIN))
}

impl Rkeeper {
    /// Which server this is.
    pub fn system_info(&self) -> Result<SystemInfo, ReadError> {
        let info = self
            .read_either(Newer::SystemInfo, &request::system_info())
            .and_then(|answer| SystemInfo::of(&answer).map_err(|error| misread(&error)));
        self.without_secrets(&[]).read(info)
    }
}
