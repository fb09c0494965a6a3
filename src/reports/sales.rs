//! «Детальный по продажам»: every check dish by dish, with who paid how much of it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde_json::{Value as Json, json};

use crate::domain::text::printable;
use crate::domain::{CardEntry, Money, Quantity, Uid};
use crate::i18n::Texts;
use crate::payment::record::{Booking, BookingKind, PaymentRecord};
use crate::payment::statement::SoldRow;

use super::csv::{self, Cell};
use super::table::{Side, Table};
use super::{Labels, Period, goods_name, local, shown};

/// The report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sales {
    /// Head.
    pub labels: Labels,
    /// Days asked for.
    pub period: Period,
    /// One per check in Lime's books, oldest first.
    pub sales: Vec<Sale>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Lime's check id.
    pub number: String,
    /// A sale, or the return of one.
    pub kind: BookingKind,
    /// Numbers printed on the cards that paid, in order of the legs.
    pub card_numbers: Vec<String>,
    /// Those of them that were typed by hand, as this till knows it of its own payments.
    pub keyed_numbers: Vec<String>,
    /// Local time.
    pub time: DateTime,
    /// Dishes.
    pub lines: Vec<SaleLine>,
}

impl Sale {
    /// The numbers for people, with what must be said of how they came.
    fn cards(&self, texts: Texts) -> Vec<String> {
        let entry = |number| {
            if self.keyed_numbers.contains(number) {
                CardEntry::Keyed
            } else {
                CardEntry::Reader
            }
        };
        let numbers = self.card_numbers.iter();
        numbers
            .map(|number| texts.named(number.clone(), entry(number)))
            .collect()
    }
}

/// One dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLine {
    /// Name of the dish.
    pub name: String,
    /// Price of one from the price list.
    pub base_price: Money,
    /// Price of one as paid.
    pub price: Money,
    /// How much, in a return too.
    pub count: Quantity,
    /// Who paid it.
    pub parts: Vec<SalePart>,
}

/// What one account paid of one dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalePart {
    /// Name of the account.
    pub account: String,
    /// Below zero in a return.
    pub amount: Money,
    /// Card that was tapped.
    pub uid: Uid,
}

impl SalePart {
    /// As Lime writes it: `Депозит (счет): 290; 61366822`.
    pub fn text(&self) -> String {
        let Self {
            account,
            amount,
            uid,
        } = self;
        format!("{account} (счет): {}; {}", amount.short(), uid.reveal())
    }
}

/// The checks of that period among the payments.
pub fn sales(records: &[PaymentRecord], period: Period, zone: &TimeZone, labels: &Labels) -> Sales {
    let mut found: Vec<(&Booking, Sale)> = Vec::new();
    for record in records {
        for booking in &record.bookings {
            let time = local(booking.at, zone);
            if period.has(time) {
                found.push((booking, sale(record, booking, time, labels)));
            }
        }
    }
    found.sort_by_key(|(booking, _)| booking.at);
    Sales {
        labels: labels.clone(),
        period,
        sales: found.into_iter().map(|(_, sale)| sale).collect(),
    }
}

/// The same from the wallet's own rows, which come check by check.
pub fn of_wallet(rows: &[SoldRow], period: Period, labels: &Labels) -> Sales {
    let mut sales: Vec<Sale> = Vec::new();
    for row in rows {
        let kind = if row.returns {
            BookingKind::Return
        } else {
            BookingKind::Debit
        };
        let known = sales
            .iter()
            .position(|sale| sale.number == row.operation.0 && sale.kind == kind);
        let at = known.unwrap_or(sales.len());
        if known.is_none() {
            sales.push(Sale {
                number: row.operation.0.clone(),
                kind,
                card_numbers: Vec::new(),
                keyed_numbers: Vec::new(),
                time: row.at,
                lines: Vec::new(),
            });
        }
        if let Some(sale) = sales.get_mut(at) {
            add(sale, row);
        }
    }
    Sales {
        labels: labels.clone(),
        period,
        sales,
    }
}

fn add(sale: &mut Sale, row: &SoldRow) {
    if let Some(number) = &row.card_number
        && !sale.card_numbers.contains(number)
    {
        sale.card_numbers.push(number.clone());
    }
    let part = SalePart {
        account: row.account.clone(),
        amount: if row.returns {
            row.amount.checked_neg().unwrap_or(Money::ZERO)
        } else {
            row.amount
        },
        uid: row.uid.clone(),
    };
    // Parts of one dish follow each other, and no account pays twice of it.
    let same_dish = sale.lines.last_mut().filter(|line| {
        (line.name.as_str(), line.base_price, line.price, line.count)
            == (row.goods.as_str(), row.base_price, row.price, row.count)
            && line
                .parts
                .iter()
                .all(|own| (&own.account, &own.uid) != (&part.account, &part.uid))
    });
    match same_dish {
        Some(line) => line.parts.push(part),
        None => sale.lines.push(SaleLine {
            name: row.goods.clone(),
            base_price: row.base_price,
            price: row.price,
            count: row.count,
            parts: vec![part],
        }),
    }
}

fn sale(record: &PaymentRecord, booking: &Booking, time: DateTime, labels: &Labels) -> Sale {
    let sold = &record.sale;
    let signed = |sum: Money| match booking.kind {
        BookingKind::Debit => sum,
        BookingKind::Return => sum.checked_neg().unwrap_or(Money::ZERO),
    };
    let mut card_numbers: Vec<String> = Vec::new();
    let mut keyed_numbers: Vec<String> = Vec::new();
    for leg in &sold.legs {
        let Some(number) = &leg.card_number else {
            continue;
        };
        if !card_numbers.contains(number) {
            card_numbers.push(number.clone());
        }
        if !leg.entry.is_reader() && !keyed_numbers.contains(number) {
            keyed_numbers.push(number.clone());
        }
    }
    let lines = sold
        .lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| {
            let parts: Vec<SalePart> = booking
                .parts
                .of_line(index)
                .filter_map(|part| {
                    let leg = sold.legs.get(part.leg)?;
                    Some(SalePart {
                        account: leg.account_name.clone(),
                        amount: signed(part.amount),
                        uid: leg.uid.clone(),
                    })
                })
                .collect();
            // A refund of some dishes says nothing of the others.
            let sum = Money::total(booking.parts.of_line(index).map(|part| part.amount))?;
            let count = line.quantity_of(sum)?;
            (!parts.is_empty()).then(|| SaleLine {
                name: goods_name(line, labels),
                base_price: line.base_price,
                price: unit_price(sum, count),
                count,
                parts,
            })
        })
        .collect();
    Sale {
        number: booking.operation.0.clone(),
        kind: booking.kind,
        card_numbers,
        keyed_numbers,
        time,
        lines,
    }
}

/// What one unit cost, rounded half up to the kopeck; the whole where the quantity says nothing.
fn unit_price(due: Money, quantity: Quantity) -> Money {
    Decimal::from(due.kopecks())
        .checked_mul(Decimal::from(1_000))
        .and_then(|sum| sum.checked_div(Decimal::from(quantity.thousandths())))
        .map(|price| price.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
        .and_then(|price| price.to_i64())
        .map_or(due, Money::from_kopecks)
}

impl Sales {
    /// The same shape as the stand-in's `/report/sales`, with all cards and the period besides.
    pub fn json(&self) -> Json {
        let sales: Vec<Json> = self
            .sales
            .iter()
            .map(|sale| {
                let lines: Vec<Json> = sale
                    .lines
                    .iter()
                    .map(|line| {
                        json!({
                            "name": line.name,
                            "base_price": line.base_price.to_string(),
                            "price": line.price.to_string(),
                            "count": line.count.to_string(),
                            "payments": line.parts.iter().map(SalePart::text).collect::<Vec<_>>(),
                        })
                    })
                    .collect();
                json!({
                    "number": number(&sale.number),
                    "kind": kind_word(sale.kind),
                    "card_number": sale.card_numbers.first(),
                    "card_numbers": sale.card_numbers,
                    "keyed_card_numbers": sale.keyed_numbers,
                    "time": sale.time.to_string(),
                    "lines": lines,
                })
            })
            .collect();
        json!({
            "installation": self.labels.installation,
            "cash_desk": self.labels.cash_desk,
            "from": self.period.from.to_string(),
            "to": self.period.to.to_string(),
            "sales": sales,
        })
    }

    /// For a terminal.
    pub fn table(&self, texts: Texts) -> String {
        let mut text = texts.fill(
            "report.sales_head",
            &[
                ("installation", &printable(&self.labels.installation)),
                ("cash_desk", &printable(&self.labels.cash_desk)),
                ("from", &self.period.from.strftime("%d.%m.%Y")),
                ("to", &self.period.to.strftime("%d.%m.%Y")),
            ],
        );
        text.push('\n');
        for sale in &self.sales {
            text.push('\n');
            let head = match sale.kind {
                BookingKind::Debit => "report.sale",
                BookingKind::Return => "report.return",
            };
            text.push_str(&printable(&texts.fill(
                head,
                &[
                    ("number", &sale.number),
                    ("card", &sale.cards(texts).join(", ")),
                    ("time", &shown(sale.time)),
                ],
            )));
            text.push('\n');
            let mut table = Table::new([
                (texts.get("report.goods"), Side::Left),
                (texts.get("report.base_price"), Side::Right),
                (texts.get("report.price"), Side::Right),
                (texts.get("report.count"), Side::Right),
            ]);
            for line in &sale.lines {
                table.row([
                    line.name.clone(),
                    line.base_price.to_string(),
                    line.price.to_string(),
                    line.count.to_string(),
                ]);
                for part in &line.parts {
                    table.row([format!("    {}", part.text())]);
                }
            }
            text.push_str(&table.text());
        }
        if self.sales.is_empty() {
            text.push_str(texts.get("report.nothing"));
            text.push('\n');
        }
        text
    }

    /// One row per dish and account.
    pub fn csv(&self, texts: Texts) -> String {
        let head = [
            "number",
            "kind",
            "card",
            "time",
            "goods",
            "base_price",
            "price",
            "count",
            "account",
            "amount",
            "uid",
            "keyed",
        ]
        .map(|column| texts.get(&format!("report.{column}")));
        let mut rows = Vec::new();
        for sale in &self.sales {
            for line in &sale.lines {
                for part in &line.parts {
                    rows.push(vec![
                        Cell::text(sale.number.as_str()),
                        Cell::text(texts.get(match sale.kind {
                            BookingKind::Debit => "report.kind_sale",
                            BookingKind::Return => "report.kind_return",
                        })),
                        Cell::text(sale.card_numbers.join(", ")),
                        Cell::text(shown(sale.time)),
                        Cell::text(line.name.as_str()),
                        Cell::money(line.base_price),
                        Cell::money(line.price),
                        Cell::Number(line.count.to_string()),
                        Cell::text(part.account.as_str()),
                        Cell::money(part.amount),
                        Cell::text(part.uid.reveal()),
                        Cell::text(sale.keyed_numbers.join(", ")),
                    ]);
                }
            }
        }
        csv::file(&head, &rows)
    }
}

/// Lime's check ids are numbers, and so are they in its reports.
fn number(operation: &str) -> Json {
    operation
        .parse::<i64>()
        .map_or_else(|_| Json::from(operation), Json::from)
}

const fn kind_word(kind: BookingKind) -> &'static str {
    match kind {
        BookingKind::Debit => "sale",
        BookingKind::Return => "return",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_of_one() {
        for (due, thousandths, price) in [
            (29_000, 1_000, 29_000),
            (17_500, 350, 50_000),
            (100, 3_000, 33),
            (200, 3_000, 67),
            (5, 2_000, 3),
            (100, 0, 100),
        ] {
            let due = Money::from_kopecks(due);
            let quantity = Quantity::from_thousandths(thousandths);
            assert_eq!(
                unit_price(due, quantity).kopecks(),
                price,
                "{due} / {quantity}"
            );
        }
    }
}
