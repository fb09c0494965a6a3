//! Reports out of payments: rows in, table, CSV or JSON out. They know no screen and no server.
//!
//! [`sales`] is Lime's «Детальный по продажам», [`card`] its «История операций»: the same numbers
//! as Lime's own two screens, from this till's journal. [`table`] and [`csv`] are the formats.

pub mod card;
pub mod csv;
pub mod sales;
pub mod table;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Names of the place for the heads and rows of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The installation: «Тестовая».
    pub installation: String,
    /// The cash desk.
    pub cash_desk: String,
    /// «Точка обслуживания».
    pub service_point: String,
    /// «Оператор».
    pub operator: String,
    /// How a surcharge on the whole order is called.
    pub surcharge: String,
}

/// Local days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Period {
    fn has(self, time: DateTime) -> bool {
        (self.from..=self.to).contains(&time.date())
    }
}

/// The till's local time of a moment, to the second.
fn local(at: Timestamp, zone: &TimeZone) -> DateTime {
    let time = zone.to_datetime(at);
    time.with().subsec_nanosecond(0).build().unwrap_or(time)
}

/// `25.11.2026 10:20:30`
fn shown(time: DateTime) -> String {
    time.strftime("%d.%m.%Y %H:%M:%S").to_string()
}

/// Name of a row of the bill.
fn goods_name(line: &crate::domain::LineDue, labels: &Labels) -> String {
    if line.line_id == crate::domain::order::SERVICE_LINE && !labels.surcharge.is_empty() {
        labels.surcharge.clone()
    } else {
        line.name.clone()
    }
}

#[cfg(test)]
pub(crate) mod tests;
