//! What is to be paid, by whom: everything that both servers are told, fixed before the first byte
//! leaves.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    AccountId, AccountKind, Attribution, Card, CardEntry, Consent, Dish, Hindrance, Limit, LineDue,
    Money, Order, OrderGuid, Owed, Part, PinCheck, Share, SpendRules, Split, SplitError, Uid,
    split::reachable,
};

use super::reason::{BrokenRule, Problem, Reason};

/// Most legs of one payment.
pub const LEGS_MAX: usize = 200;

/// Names a payment for ever; made by this till before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentId(Uuid);

impl PaymentId {
    /// A new one: sorted by time of making, unique by randomness.
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The one with these bits; for tests and replays.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Its 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl Default for PaymentId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for PaymentId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// Who asked for a payment, and who said yes to more than he may do alone. Names as the config has
/// them; nobody where the site has no operators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Who was at the till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The manager who said yes to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
}

impl By {
    /// Somebody who needs nobody's yes.
    pub fn named(operator: &str) -> Self {
        Self {
            operator: Some(operator.to_owned()),
            approver: None,
        }
    }

    /// The site has no operators.
    pub const fn is_nobody(&self) -> bool {
        self.operator.is_none() && self.approver.is_none()
    }

    /// What the yes lets pass.
    pub const fn consent(&self) -> Consent {
        Consent {
            manager: self.approver.is_some(),
        }
    }
}

/// One account's part of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// 1, 2, …
    pub number: u32,
    /// The card that was tapped for it.
    pub uid: Uid,
    /// Lime's internal id of the card.
    pub card_id: String,
    /// Lime's internal id of the client.
    pub client_id: String,
    /// The number printed on the card.
    pub card_number: Option<String>,
    /// How the card was named. Journals of programs that knew no other way say nothing.
    #[serde(default, skip_serializing_if = "CardEntry::is_reader")]
    pub entry: CardEntry,
    /// The account that pays.
    pub account: AccountId,
    /// Lime's name of the account: «Депозит».
    pub account_name: String,
    /// Lime's `goodTypeId` of the account.
    pub type_id: String,
    /// What the account holds; decides the r_keeper currency.
    pub kind: AccountKind,
    /// Always above zero.
    pub amount: Money,
    /// When the guest's PIN was found right, where the site asks for it above a sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_checked_at: Option<Timestamp>,
}

/// A bill with its payers, dish by dish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// This payment.
    pub payment: PaymentId,
    /// The order in r_keeper.
    pub order: OrderGuid,
    /// As the waiters see it: «*/1».
    pub order_name: String,
    /// Station of the order, where r_keeper names it.
    pub station: Option<String>,
    /// Waiter, where r_keeper names one.
    pub waiter: Option<String>,
    /// Version of the order that the cashier saw.
    pub version: i64,
    /// Cost of the whole order that the cashier saw.
    pub total: Money,
    /// What this payment pays; the sum of the legs and of the lines.
    pub due: Money,
    /// What stays unpaid after it; above zero for a part payment, whose rest the till takes.
    #[serde(default)]
    pub rest: Money,
    /// Who asked for it. Journals of programs that knew no operators say nothing.
    #[serde(default, skip_serializing_if = "By::is_nobody")]
    pub by: By,
    /// Rows of the attribution.
    pub lines: Vec<LineDue>,
    /// Columns of the attribution.
    pub legs: Vec<Leg>,
    /// Who pays what of which dish.
    pub attribution: Attribution,
}

/// What the cashier asks for with F5, or a script with `pay`.
#[derive(Clone, Debug)]
pub struct PaymentRequest {
    /// The order as the cashier saw it.
    pub order: Order,
    /// The tapped cards as Lime answered them.
    pub cards: Vec<Card>,
    /// Those of them whose printed number was typed, instead of being tapped.
    pub keyed: Vec<Uid>,
    /// Who pays how much; must pay the whole of [`Order::unpaid`], or a part of it.
    pub split: Split,
    /// A part is enough: the rest is paid at the till.
    pub part: bool,
    /// Who asks for it.
    pub by: By,
}

impl PaymentRequest {
    /// What it pays: everything unpaid, or, where a part is enough, what the shares add up to.
    pub fn due(&self) -> Money {
        let given = Money::total(self.split.shares.iter().map(|share| share.amount));
        match given {
            Some(given) if self.part && given < self.order.unpaid => given,
            Some(_) | None => self.order.unpaid,
        }
    }

    /// The same as the rules of a split look at it.
    pub fn owed(&self) -> Result<Owed<'_>, Hindrance> {
        Owed::of(&self.order).map(|owed| owed.part(self.due()).with(self.by.consent()))
    }

    /// The rule that only a manager's yes gets past, where that is all that it lacks.
    pub fn wants_manager(&self) -> Option<BrokenRule> {
        let owed = self.owed().ok()?;
        let asked = owed.clone().with(Consent::default());
        let Err(SplitError::Rule {
            account,
            limit: limit @ Limit::NeedsManager,
            allowed,
            asked: _,
        }) = self.split.check(&asked, &self.cards)
        else {
            return None;
        };
        let yes = owed.with(Consent { manager: true });
        self.split.check(&yes, &self.cards).ok()?;
        let all = reachable(&self.cards);
        let own = all.iter().find(|entry| entry.account.id == account)?;
        Some(BrokenRule::of(own.account, limit, allowed))
    }

    /// What stays for the till. `None` where the sums cannot be subtracted.
    pub fn rest(&self) -> Option<Money> {
        self.order.unpaid.checked_sub(self.due())
    }
}

impl Sale {
    /// The sale that a request describes, checked: the split obeys its rule, the bill's sums agree,
    /// every dish knows its payers.
    pub fn new(payment: PaymentId, request: &PaymentRequest) -> Result<Self, Problem> {
        let PaymentRequest {
            order,
            cards,
            keyed,
            split,
            part: _,
            by,
        } = request;
        if let Some(hindrance) = order.hindrance() {
            return Err(hindrance.into());
        }
        if split.shares.len() > LEGS_MAX {
            return Err(Problem::own(
                Reason::SplitInvalid,
                format!("more than {LEGS_MAX} legs"),
            ));
        }
        let due = request.due();
        if !due.is_positive() {
            return Err(Problem::own(Reason::SplitInvalid, due.to_string()));
        }
        let contradicts = || Problem::own(Reason::BillContradicts, "");
        let lines = order.lines_due().map_err(Problem::from)?;
        let owed = Owed::of_rows(order, &lines).part(due).with(by.consent());
        split
            .check(&owed, cards)
            .map_err(|error| split_problem(&error, cards))?;
        let rest = request.rest().ok_or_else(contradicts)?;
        let all = reachable(cards);
        let mut rules: Vec<&SpendRules> = Vec::with_capacity(split.shares.len());
        let mut legs = Vec::with_capacity(split.shares.len());
        for (number, share) in (1..).zip(&split.shares) {
            let Some(entry) = all.iter().find(|entry| entry.account.id == share.account) else {
                return Err(Problem::own(Reason::AccountNotFound, ""));
            };
            if entry.account.wants_pin(share.amount) {
                let allowed = entry.account.terms.rules.pin_above.unwrap_or_default();
                let rule = BrokenRule::of(entry.account, Limit::NeedsPin, allowed);
                return Err(Problem::of_rule(rule));
            }
            // The guest's own card is named even where two cards lead to the account.
            let card = cards
                .iter()
                .find(|card| {
                    card.uid == share.uid && card.accounts.iter().any(|a| a.id == share.account)
                })
                .unwrap_or(entry.card);
            rules.push(&entry.account.terms.rules);
            legs.push(Leg {
                number,
                uid: card.uid.clone(),
                card_id: card.card_id.clone(),
                client_id: card.client_id.clone(),
                card_number: card.number.clone(),
                entry: if keyed.contains(&card.uid) {
                    CardEntry::Keyed
                } else {
                    CardEntry::Reader
                },
                account: share.account.clone(),
                account_name: entry.account.name.clone(),
                type_id: entry.account.type_id.clone(),
                kind: entry.account.kind,
                amount: share.amount,
                pin_checked_at: match entry.account.terms.pin {
                    PinCheck::Checked(at) => Some(at),
                    PinCheck::Impossible | PinCheck::Possible => None,
                },
            });
        }
        let dishes: Vec<Dish<'_>> = owed.rows.iter().map(|row| row.dish).collect();
        let amounts: Vec<Money> = legs.iter().map(|leg| leg.amount).collect();
        let (lines, attribution) = attributed(lines, &dishes, &amounts, &rules)?;
        Ok(Self {
            payment,
            order: order.guid.clone(),
            order_name: order.name.clone(),
            station: order.station.clone(),
            waiter: order.waiter.clone(),
            version: order.version,
            total: order.total,
            due,
            rest,
            by: by.clone(),
            lines,
            legs,
            attribution,
        })
    }

    /// The till takes the rest.
    pub const fn is_part(&self) -> bool {
        self.rest.is_positive()
    }

    /// Keyed where a card of it was.
    pub fn entry(&self) -> CardEntry {
        let mut legs = self.legs.iter().map(|leg| leg.entry);
        legs.find(|entry| !entry.is_reader()).unwrap_or_default()
    }

    /// What r_keeper stores with a leg's payment (`extTransactionInfo`): how we know it is ours.
    pub fn marker(&self, leg: &Leg) -> String {
        format!("{}/{}", self.payment, leg.number)
    }
}

/// Which dishes the shares of a split pay, and who pays what of which: the lines and the attribution
/// that [`Sale::new`] would have, for the eyes of the cashier. Legs are the places of the shares. The
/// split itself is not checked: it may pay less than is due.
pub fn who_pays(
    order: &Order,
    cards: &[Card],
    split: &Split,
) -> Result<(Vec<LineDue>, Attribution), Problem> {
    let lines = order.lines_due().map_err(Problem::from)?;
    let owed = Owed::of_rows(order, &lines);
    let dishes: Vec<Dish<'_>> = owed.rows.iter().map(|row| row.dish).collect();
    let all = reachable(cards);
    let rules_of = |share: &Share| {
        let found = all.iter().find(|entry| entry.account.id == share.account);
        found.map(|entry| entry.account.terms.rules.as_ref())
    };
    let rules: Option<Vec<&SpendRules>> = split.shares.iter().map(rules_of).collect();
    let rules = rules.ok_or_else(|| Problem::own(Reason::AccountNotFound, ""))?;
    let amounts: Vec<Money> = split.shares.iter().map(|share| share.amount).collect();
    attributed(lines, &dishes, &amounts, &rules)
}

/// Which dishes the legs pay, and who pays what of which: none pays a dish that its account may not
/// pay. Of a part payment these are the first dishes that leave every leg something to pay, the last
/// one perhaps not whole.
fn attributed(
    lines: Vec<LineDue>,
    dishes: &[Dish<'_>],
    amounts: &[Money],
    rules: &[&SpendRules],
) -> Result<(Vec<LineDue>, Attribution), Problem> {
    let rows: Vec<Money> = lines.iter().map(|line| line.due).collect();
    let may = |line: usize, leg: usize| rules[leg].dishes.allows(dishes[line]);
    let attribution = Attribution::as_allowed(&rows, amounts, may)
        .map_err(|error| Problem::own(Reason::BillContradicts, error.to_string()))?;
    let mut paid: Vec<LineDue> = Vec::with_capacity(lines.len());
    let mut parts: Vec<Part> = Vec::with_capacity(attribution.parts.len());
    for (index, line) in lines.into_iter().enumerate() {
        let own = attribution.of_line(index);
        let due = Money::total(own.clone().map(|part| part.amount)).unwrap_or(line.due);
        if due.is_positive() {
            let number = paid.len();
            parts.extend(own.map(|&part| Part {
                line: number,
                ..part
            }));
            paid.push(LineDue { due, ..line });
        }
    }
    Ok((paid, Attribution { parts }))
}

fn split_problem(error: &SplitError, cards: &[Card]) -> Problem {
    if let SplitError::Rule {
        account,
        limit,
        allowed,
        asked: _,
    } = error
        && let Some(own) = reachable(cards)
            .iter()
            .find(|entry| entry.account.id == *account)
    {
        return Problem::of_rule(BrokenRule::of(own.account, *limit, *allowed));
    }
    let reason = match error {
        SplitError::AboveAvailable { .. } => Reason::NotEnoughMoney,
        SplitError::Rule { .. } => Reason::AccountRule,
        SplitError::NotSpendable(_) => Reason::AccountNotSpendable,
        SplitError::UnknownAccount(_) => Reason::AccountNotFound,
        SplitError::SumMismatch { shares, due } if shares < due => Reason::NotEnoughMoney,
        SplitError::SumMismatch { .. }
        | SplitError::Duplicate(_)
        | SplitError::NotPositive(_)
        | SplitError::Overflow => Reason::SplitInvalid,
    };
    Problem::own(reason, error.to_string())
}

#[cfg(test)]
mod tests;
