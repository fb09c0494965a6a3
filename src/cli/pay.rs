//! `pay`: the order, the cards, the split; then the till pays.

use serde_json::{Value as Json, json};

use crate::domain::{
    Account, AccountId, Card, CardName, CardStatus, Consent, Money, NotSpendable, Order, Owed,
    Share, Split, SplitError, Uid,
};
use crate::i18n::Texts;
use crate::operators::Right;
use crate::payment::lookup::cards_at_once;
use crate::payment::reason::{BrokenRule, Problem, Reason};
use crate::payment::sale::{By, PaymentRequest};
use crate::payment::spent::{self, Spent};
use crate::payment::view::Standing;

use super::args::PayArgs;
use super::card;
use super::exit::ExitCode;
use super::guest_pin;
use super::io::Io;
use super::orders;
use super::orphans;
use super::sign::{Asks, sign};
use super::till::Till;
use super::words::{Stop, outcome, payment_json, payment_text};

pub(super) fn pay(till: &mut dyn Till, args: &PayArgs, io: &mut Io<'_>) -> ExitCode {
    let json = args.output.json;
    let mut seen = None;
    let view = match prepare(till, args, io.texts, &mut seen) {
        Ok(request) => till
            .pay(request)
            .map_err(|problem| Stop::problem(io.texts, &problem)),
        Err(stop) => Err(stop),
    };
    // The exit code is the payment's, whether or not its words can be written.
    match view {
        Ok(view) => {
            let code = ExitCode::of_view(&view);
            let orphan = orphans::of(till, view.id);
            if json {
                let mut paid = payment_json(io.texts, &view);
                if let Some(paid) = paid.as_object_mut() {
                    let facts = orphan.as_ref().map_or(Json::Null, orphans::facts);
                    paid.insert("orphan".to_owned(), facts);
                }
                io.print_json(&paid);
            } else {
                let mut paid = payment_text(io.texts, &view);
                let zone = till.now().time_zone().clone();
                paid.push_str(&orphans::block(orphan.as_slice(), &zone, io.texts));
                io.print(&paid);
            }
            if orphan.is_some() {
                io.say(io.texts.get("orphan.found"));
            }
            if code != ExitCode::Done {
                let message = outcome(io.texts, &view);
                io.say(&message);
            }
            code
        }
        Err(stop) => {
            if json && stop.code != ExitCode::Usage {
                io.print_json(&refused_json(seen.as_ref(), &stop));
            }
            stop.tell(io)
        }
    }
}

/// Refused before there was a payment.
fn refused_json(order: Option<&Order>, stop: &Stop) -> Json {
    json!({
        "payment_id": null,
        "state": Standing::Refused.word(),
        "order": order.map(|order| json!({ "guid": order.guid.0, "name": order.name })),
        "total": order.map(|order| order.unpaid.to_string()),
        "legs": [],
        "receipt": null,
        "lime": null,
        "orphan": null,
        "reason": stop.reason,
        "message": stop.message,
    })
}

fn prepare(
    till: &dyn Till,
    args: &PayArgs,
    texts: Texts,
    seen: &mut Option<Order>,
) -> Result<PaymentRequest, Stop> {
    let mut uids: Vec<Uid> = Vec::new();
    for text in &args.cards {
        let uid = card::accept(till.notation(), texts, text)?;
        if !uids.contains(&uid) {
            uids.push(uid);
        }
    }
    let mut names: Vec<CardName> = uids.into_iter().map(CardName::Uid).collect();
    for text in &args.numbers {
        let name = CardName::Number(card::printed(texts, text)?);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let takes = args
        .takes
        .iter()
        .map(|text| Take::parse(till, texts, text, &names))
        .collect::<Result<Vec<_>, _>>()?;
    let order = seen.insert(orders::find(till.pos(), texts, &args.reference)?);
    if let Some(hindrance) = order.hindrance() {
        return Err(Stop::problem(texts, &hindrance.into()));
    }
    let mut cards: Vec<Card> = Vec::new();
    let mut keyed: Vec<Uid> = Vec::new();
    for (name, card) in names.iter().zip(cards_at_once(till.wallet(), &names)) {
        let card = card.map_err(|error| Stop::problem(texts, error.problem()))?;
        // A card with both a UID and a number was there.
        if cards.iter().any(|known| known.uid == card.uid) {
            continue;
        }
        if !name.entry().is_reader() {
            keyed.push(card.uid.clone());
        }
        cards.push(card);
    }
    tell_spent(till, texts, &mut cards, order)?;
    let owed =
        Owed::of(order).map_err(|hindrance| Stop::problem(texts, &Problem::from(hindrance)))?;
    let split = if takes.is_empty() {
        let with = Consent {
            manager: !till.people().roster().who_has(Right::Manager).is_empty(),
        };
        // Without anybody's yes, unless that does not do.
        suggested(texts, &owed, &cards, args.partial).or_else(|stop| {
            let owed = owed.clone().with(with);
            suggested(texts, &owed, &cards, args.partial).map_err(|_| stop)
        })?
    } else {
        Split {
            shares: takes
                .iter()
                .map(|take| take.share(texts, &cards))
                .collect::<Result<_, _>>()?,
            why: vec![],
        }
    };
    let mut request = PaymentRequest {
        order: order.clone(),
        cards,
        keyed,
        split,
        part: args.partial,
        by: By::default(),
    };
    let asks = Asks {
        right: Right::Pay,
        yes: till.people().roster().is_used() && request.wants_manager().is_some(),
        operator: args.operator.as_deref(),
        manager: args.manager.as_deref(),
    };
    request.by = sign(till.people(), asks, texts)?;
    let owed = owed.with(request.by.consent());
    request
        .split
        .check(&owed.part(request.due()), &request.cards)
        .map_err(|error| split_stop(texts, &error, &request.cards))?;
    guest_pin::ask(till, args.guest_pin, &mut request, texts)?;
    Ok(request)
}

/// What was spent today and for this bill, where a rule of the site counts it.
fn tell_spent(
    till: &dyn Till,
    texts: Texts,
    cards: &mut [Card],
    order: &Order,
) -> Result<(), Stop> {
    if !spent::counts(cards) {
        return Ok(());
    }
    let now = till.now();
    let day_began = now
        .start_of_day()
        .map_or_else(|_| now.timestamp(), |start| start.timestamp());
    let records = till
        .payments(spent::since(day_began))
        .map_err(|problem| Stop::problem(texts, &problem))?;
    let sums = records.iter().map(|record| (&record.sale, &record.view));
    Spent::of(sums, day_began).tell(cards, Some(&order.guid));
    Ok(())
}

/// The suggestion, if it pays the bill; else why not.
fn suggested(texts: Texts, owed: &Owed<'_>, cards: &[Card], partial: bool) -> Result<Split, Stop> {
    let split = Split::suggest(owed, cards);
    let given = Money::total(split.shares.iter().map(|share| share.amount));
    if let Some(given) = given
        && partial
        && given.is_positive()
        && given < owed.sum
        && split.check(&owed.clone().part(given), cards).is_ok()
    {
        return Ok(split);
    }
    let Err(error) = split.check(owed, cards) else {
        return Ok(split);
    };
    // A card that cannot pay is a better answer than «too little».
    for card in cards {
        if let Some(reason) = status_reason(card.status) {
            let number = card.number.as_deref().unwrap_or_default();
            return Err(Stop::refused(texts, reason, number));
        }
    }
    if let SplitError::SumMismatch { shares, due } = error
        && shares < due
    {
        let mut accounts = cards.iter().flat_map(|card| &card.accounts);
        let expired = accounts.find(|account| account.not_spendable == Some(NotSpendable::Expired));
        if let Some(account) = expired
            && shares.is_zero()
        {
            return Err(Stop::refused(texts, Reason::AccountExpired, &account.name));
        }
        let detail = texts.fill("cli.too_little", &[("due", &due), ("available", &shares)]);
        return Err(Stop::refused(texts, Reason::NotEnoughMoney, &detail));
    }
    Err(split_stop(texts, &error, cards))
}

const fn status_reason(status: CardStatus) -> Option<Reason> {
    match status {
        CardStatus::Active => None,
        CardStatus::Blocked | CardStatus::Lost => Some(Reason::CardBlocked),
        CardStatus::Expired => Some(Reason::CardExpired),
    }
}

/// What is wrong with a split that was asked for.
fn split_stop(texts: Texts, error: &SplitError, cards: &[Card]) -> Stop {
    match error {
        SplitError::AboveAvailable {
            account, available, ..
        } => {
            let name = account_name(cards, account);
            let values: [(&str, &dyn std::fmt::Display); 2] =
                [("account", &name), ("available", available)];
            let detail = texts.fill("cli.account_has", &values);
            Stop::refused(texts, Reason::NotEnoughMoney, &detail)
        }
        SplitError::Rule {
            account,
            limit,
            allowed,
            asked: _,
        } => {
            let Some((_, own)) = entry(cards, account) else {
                return Stop::refused(texts, Reason::AccountNotFound, &account.0);
            };
            let rule = BrokenRule::of(own, *limit, *allowed);
            Stop::problem(texts, &Problem::of_rule(rule))
        }
        SplitError::NotSpendable(account) => {
            let (reason, name) = not_spendable(cards, account);
            Stop::refused(texts, reason, &name)
        }
        SplitError::UnknownAccount(account) => {
            Stop::refused(texts, Reason::AccountNotFound, &account.0)
        }
        SplitError::SumMismatch { shares, due } => {
            let detail = texts.fill("cli.sums_differ", &[("due", due), ("shares", shares)]);
            Stop::refused(texts, Reason::SplitInvalid, &detail)
        }
        SplitError::Duplicate(account) | SplitError::NotPositive(account) => {
            let name = account_name(cards, account);
            Stop::refused(texts, Reason::SplitInvalid, &name)
        }
        SplitError::Overflow => Stop::refused(texts, Reason::SplitInvalid, ""),
    }
}

fn entry<'a>(cards: &'a [Card], id: &AccountId) -> Option<(&'a Card, &'a Account)> {
    cards.iter().find_map(|card| {
        let account = card.accounts.iter().find(|account| &account.id == id)?;
        Some((card, account))
    })
}

fn account_name(cards: &[Card], id: &AccountId) -> String {
    entry(cards, id).map_or_else(|| id.0.clone(), |(_, account)| account.name.clone())
}

fn not_spendable(cards: &[Card], id: &AccountId) -> (Reason, String) {
    let Some((card, account)) = entry(cards, id) else {
        return (Reason::AccountNotFound, id.0.clone());
    };
    let reason = match account.not_spendable {
        Some(NotSpendable::CardNotActive) => {
            status_reason(card.status).unwrap_or(Reason::CardBlocked)
        }
        Some(NotSpendable::Expired) => Reason::AccountExpired,
        Some(NotSpendable::Empty | NotSpendable::Held) | None => Reason::NotEnoughMoney,
        Some(NotSpendable::NotYetValid | NotSpendable::NoCreditLimit | NotSpendable::NotMoney) => {
            Reason::AccountNotSpendable
        }
    };
    (reason, account.name.clone())
}

/// What stands in front of a card's printed number in `--take`; no UID begins so.
const BY_NUMBER: &str = "number=";

/// One `--take UID:ACCOUNT:AMOUNT`.
struct Take {
    card: CardName,
    account: String,
    amount: Money,
}

impl Take {
    fn parse(till: &dyn Till, texts: Texts, text: &str, names: &[CardName]) -> Result<Self, Stop> {
        let wrong = || Stop::usage(texts.get("cli.take_wrong").to_owned());
        // Account names may hold colons; UIDs and sums cannot.
        let (card, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (account, amount) = rest.rsplit_once(':').ok_or_else(wrong)?;
        let card = match card.strip_prefix(BY_NUMBER) {
            Some(number) => CardName::Number(card::printed(texts, number)?),
            None => CardName::Uid(card::accept(till.notation(), texts, card)?),
        };
        if !names.contains(&card) {
            return Err(Stop::usage(texts.get("cli.take_card").to_owned()));
        }
        let amount = Money::parse_decimal(&amount.trim().replace(',', "."))
            .ok()
            .filter(|amount| amount.is_positive())
            .ok_or_else(|| Stop::usage(texts.get("cli.take_amount").to_owned()))?;
        let account = account.trim();
        if account.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            card,
            account: account.to_owned(),
            amount,
        })
    }

    fn share(&self, texts: Texts, cards: &[Card]) -> Result<Share, Stop> {
        // Whoever was asked for by number has it in the answer.
        let is_meant = |card: &&Card| match &self.card {
            CardName::Uid(uid) => card.uid == *uid,
            CardName::Number(number) => card.number.as_deref() == Some(number.as_str()),
        };
        let Some(card) = cards.iter().find(is_meant) else {
            return Err(Stop::refused(texts, Reason::AccountNotFound, &self.account));
        };
        let accounts: Vec<&Account> = card.accounts.iter().collect();
        let by_id = accounts.iter().find(|account| account.id.0 == self.account);
        let named = accounts
            .iter()
            .filter(|account| account.name == self.account);
        let found: Vec<&&Account> = match by_id {
            Some(account) => vec![account],
            None => named.collect(),
        };
        let account = match found.as_slice() {
            [account] => account,
            [] => return Err(Stop::refused(texts, Reason::AccountNotFound, &self.account)),
            [_, _, ..] => {
                let ids: Vec<&str> = found.iter().map(|account| account.id.0.as_str()).collect();
                let ids = ids.join(", ");
                let detail = texts.fill(
                    "cli.account_ambiguous",
                    &[("name", &self.account), ("ids", &ids)],
                );
                return Err(Stop::refused(texts, Reason::SplitInvalid, &detail));
            }
        };
        Ok(Share {
            uid: card.uid.clone(),
            account: account.id.clone(),
            amount: self.amount,
        })
    }
}
