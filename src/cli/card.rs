//! `card`.

use serde_json::{Value as Json, json};

use crate::domain::notation::Radix;
use crate::domain::text::printable;
use crate::domain::{Account, Card, CardEntry, CardName, CardNumber, Notation, Uid};
use crate::i18n::Texts;
use crate::payment::lookup;
use crate::reports::table::{Side, Table};

use super::exit::ExitCode;
use super::io::Io;
use super::till::Till;
use super::words::Stop;

pub(super) fn card(
    till: &dyn Till,
    uid: Option<&str>,
    number: Option<&str>,
    json: bool,
    io: &mut Io<'_>,
) -> ExitCode {
    let name = match number {
        Some(number) => printed(io.texts, number).map(CardName::Number),
        None => accept(till.notation(), io.texts, uid.unwrap_or_default()).map(CardName::Uid),
    };
    let found = name.and_then(|name| {
        let card = read(till, io.texts, &name)?;
        Ok((card, name.entry()))
    });
    match found {
        Ok((card, entry)) if json => io.print_json(&card_json(&card, entry)),
        Ok((card, entry)) => io.print(&card_text(io.texts, &card, entry)),
        Err(stop) => stop.tell(io),
    }
}

/// A UID as a person wrote it, in the site's notation.
pub(super) fn accept(notation: Notation, texts: Texts, text: &str) -> Result<Uid, Stop> {
    notation.accept(text).map_err(|_| {
        Stop::usage(
            texts
                .get(match notation.radix {
                    Radix::Decimal => "cli.uid_decimal",
                    Radix::HexUpper | Radix::HexLower => "cli.uid_hex",
                })
                .to_owned(),
        )
    })
}

/// A printed number as a person wrote it.
pub(super) fn printed(texts: Texts, text: &str) -> Result<CardNumber, Stop> {
    CardNumber::new(text).map_err(|_| Stop::usage(texts.get("cli.card_number").to_owned()))
}

/// The card as Lime answers it.
fn read(till: &dyn Till, texts: Texts, name: &CardName) -> Result<Card, Stop> {
    lookup::card(till.wallet(), name).map_err(|error| Stop::problem(texts, error.problem()))
}

fn card_json(card: &Card, entry: CardEntry) -> Json {
    let accounts: Vec<Json> = card
        .accounts
        .iter()
        .map(|account| {
            json!({
                "id": account.id.0,
                "type_id": account.type_id,
                "name": account.name,
                "kind": account.kind.word(),
                "balance": account.balance_in_money().map(|sum| sum.to_string()),
                "available": account.available.to_string(),
                "held": account.terms.held.map(|sum| sum.to_string()),
                "valid_from": account.terms.valid_from.map(|time| time.to_string()),
                "valid_to": account.valid_to.map(|time| time.to_string()),
                "spendable": account.is_spendable(),
                "reason": account.not_spendable.map(crate::domain::NotSpendable::word),
            })
        })
        .collect();
    json!({
        "uid": card.uid.reveal(),
        "card_number": card.number,
        "entry": entry.word(),
        "status": card.status.word(),
        "holder": card.holder,
        "accounts": accounts,
    })
}

fn card_text(texts: Texts, card: &Card, entry: CardEntry) -> String {
    let word = |key: &str| texts.get(&format!("cli.word.{key}"));
    let number = card.number.as_deref().unwrap_or("—");
    let status = texts.get(&format!("cli.card_status.{}", card.status.word()));
    let mut facts = vec![
        format!("{}: {number} ({})", word("card"), card.uid),
        format!("{}: {status}", word("state")),
    ];
    if !entry.is_reader() {
        facts.push(texts.get("card_entry.keyed").to_owned());
    }
    if let Some(holder) = &card.holder {
        facts.push(format!("{}: {holder}", word("holder")));
    }
    let mut text: String = facts
        .iter()
        .map(|fact| format!("{}\n", printable(fact)))
        .collect();
    let mut table = Table::new([
        (word("account"), Side::Left),
        (word("balance"), Side::Right),
        (word("available"), Side::Right),
        (word("valid_to"), Side::Left),
        (word("remark"), Side::Left),
        ("ID", Side::Left),
    ]);
    for account in &card.accounts {
        table.row(account_cells(texts, account));
    }
    text.push_str(&table.text());
    text
}

fn account_cells(texts: Texts, account: &Account) -> [String; 6] {
    [
        account.name.clone(),
        account
            .balance_in_money()
            .map_or_else(|| "–".to_owned(), |sum| sum.to_string()),
        account.available.to_string(),
        account
            .valid_to
            .map(|time| time.strftime("%d.%m.%Y").to_string())
            .unwrap_or_default(),
        account
            .not_spendable
            .map(|why| {
                texts
                    .get(&format!("cli.not_spendable.{}", why.word()))
                    .to_owned()
            })
            .unwrap_or_default(),
        account.id.0.clone(),
    ]
}
