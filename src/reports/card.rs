//! «История операций» of a card, as far as this till made it: one row per dish and account.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::domain::text::printable;
use crate::domain::{CardEntry, Money, Uid};
use crate::i18n::Texts;
use crate::payment::record::{BookingKind, PaymentRecord};
use crate::payment::statement::{Moved, Movement};

use super::csv::{self, Cell};
use super::table::{Side, Table};
use super::{Labels, Period, goods_name, local, shown};

/// Lime's «Платёж» of a row: nothing is paid besides the account.
const PAYMENT: Money = Money::ZERO;

/// Lime's type of a row: an operation with goods, or its return (the latter is assumed).
const fn row_type(kind: Movement) -> &'static str {
    match kind {
        Movement::Debit => "O",
        Movement::Return => "V",
        // Only the wallet itself knows of these; how Lime's page calls them is not known.
        Movement::TopUp => "+",
        Movement::Expiry => "E",
        Movement::Merge => "M",
        Movement::Correction => "C",
    }
}

/// The history of one card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardHistory {
    /// The card.
    pub uid: Uid,
    /// Number printed on it, where a payment knows it.
    pub card_number: Option<String>,
    /// Newest first.
    pub rows: Vec<CardRow>,
}

/// What one dish took from one account, or what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// Why; a till knows debits and returns only.
    pub kind: Movement,
    /// Local time.
    pub time: DateTime,
    /// Name of the account.
    pub account: String,
    /// Below zero: taken; above zero: given back.
    pub amount: Money,
    /// The dish.
    pub goods: String,
    /// «Точка обслуживания».
    pub service_point: String,
    /// «Оператор».
    pub operator: String,
    /// How the card was named; `None`: not this till's, or not told.
    pub entry: Option<CardEntry>,
    /// «Плательщик»: Lime's id of the client; this till keeps no names.
    pub payer: String,
}

/// The rows of a card among the payments, in a period where one is given.
pub fn card(
    records: &[PaymentRecord],
    uid: &Uid,
    period: Option<Period>,
    zone: &TimeZone,
    labels: &Labels,
) -> CardHistory {
    let mut card_number = None;
    let mut found = Vec::new();
    for record in records {
        let sale = &record.sale;
        for booking in &record.bookings {
            let time = local(booking.at, zone);
            if !period.is_none_or(|period| period.has(time)) {
                continue;
            }
            for part in &booking.parts.parts {
                let (Some(leg), Some(line)) = (sale.legs.get(part.leg), sale.lines.get(part.line))
                else {
                    continue;
                };
                if &leg.uid != uid {
                    continue;
                }
                card_number = card_number.or_else(|| leg.card_number.clone());
                let amount = match booking.kind {
                    BookingKind::Debit => part.amount.checked_neg().unwrap_or(Money::ZERO),
                    BookingKind::Return => part.amount,
                };
                let row = CardRow {
                    kind: match booking.kind {
                        BookingKind::Debit => Movement::Debit,
                        BookingKind::Return => Movement::Return,
                    },
                    time,
                    account: leg.account_name.clone(),
                    amount,
                    goods: goods_name(line, labels),
                    service_point: labels.service_point.clone(),
                    operator: labels.operator.clone(),
                    entry: Some(leg.entry),
                    payer: leg.client_id.clone(),
                };
                found.push((booking.at, row));
            }
        }
    }
    // Stable: the dishes of one check keep their order.
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    CardHistory {
        uid: uid.clone(),
        card_number,
        rows: found.into_iter().map(|(_, row)| row).collect(),
    }
}

/// The same as the wallet itself has it, with what others did.
pub fn of_wallet(moved: Moved, uid: &Uid) -> CardHistory {
    let payer = moved.client_id;
    let rows = moved.rows.into_iter();
    CardHistory {
        uid: uid.clone(),
        card_number: moved.card_number,
        rows: rows
            .map(|row| CardRow {
                kind: row.kind,
                time: row.at,
                account: row.account,
                amount: row.amount,
                goods: row.goods,
                service_point: row.place,
                operator: row.operator,
                entry: None,
                payer: payer.clone(),
            })
            .collect(),
    }
}

impl CardHistory {
    /// The same shape as the stand-in's `/report/card/UID`.
    pub fn json(&self) -> Json {
        let rows: Vec<Json> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "type": row_type(row.kind),
                    "time": row.time.to_string(),
                    "account": row.account,
                    "amount": row.amount.to_string(),
                    "goods": row.goods,
                    "payment": PAYMENT.to_string(),
                    "service_point": row.service_point,
                    "operator": row.operator,
                    "payer": row.payer,
                    "payer_card": self.uid.reveal(),
                    "entry": row.entry.map(CardEntry::word),
                })
            })
            .collect();
        json!({ "uid": self.uid.reveal(), "card_number": self.card_number, "rows": rows })
    }

    /// For a terminal.
    pub fn table(&self, texts: Texts) -> String {
        let mut text = printable(&texts.fill(
            "report.card_head",
            &[
                ("uid", &self.uid.reveal()),
                ("card", &self.card_number.as_deref().unwrap_or("—")),
            ],
        ));
        text.push('\n');
        if self.rows.is_empty() {
            text.push_str(texts.get("report.nothing"));
            text.push('\n');
            return text;
        }
        let mut table = Table::new(
            Self::columns(texts)
                .map(|(head, is_number)| (head, if is_number { Side::Right } else { Side::Left })),
        );
        for row in &self.rows {
            table.row(self.cells(row).map(|cell| match cell {
                Cell::Text(text) | Cell::Number(text) => text,
            }));
        }
        text.push_str(&table.text());
        text
    }

    /// One row per dish and account.
    pub fn csv(&self, texts: Texts) -> String {
        let head = Self::columns(texts).map(|(head, _)| head);
        let rows: Vec<Vec<Cell>> = self.rows.iter().map(|row| self.cells(row).into()).collect();
        csv::file(&head, &rows)
    }

    fn columns(texts: Texts) -> [(&'static str, bool); 10] {
        [
            ("type", false),
            ("time", false),
            ("account", false),
            ("change", true),
            ("goods", false),
            ("payment", true),
            ("service_point", false),
            ("operator", false),
            ("payer", false),
            ("payer_card", false),
        ]
        .map(|(column, is_number)| (texts.get(&format!("report.{column}")), is_number))
    }

    fn cells(&self, row: &CardRow) -> [Cell; 10] {
        [
            Cell::text(row_type(row.kind)),
            Cell::text(shown(row.time)),
            Cell::text(row.account.as_str()),
            Cell::money(row.amount),
            Cell::text(row.goods.as_str()),
            Cell::Number(PAYMENT.short()),
            Cell::text(row.service_point.as_str()),
            Cell::text(row.operator.as_str()),
            Cell::text(row.payer.as_str()),
            Cell::text(self.uid.reveal()),
        ]
    }
}
