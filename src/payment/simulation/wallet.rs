//! The simulated wallet: what it does with what arrives.

use std::collections::BTreeMap;
use std::time::Duration;

use super::books::{Books, Refusal, sums, words};
use super::ledger::moved;
use crate::domain::{AccountId, AccountKind, Card, CardStatus, Money, Uid};
use crate::payment::planted::{Planted, planted};
use crate::payment::ports::{Found, OperationId, Stored};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::PaymentId;

/// How long a hold lasts in the broken design where it does not last.
const EXPIRY: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) balance: i64,
    pub(super) held: i64,
    pub(super) blocked: bool,
    /// What came in and went out by others' hands.
    pub(super) others: i64,
    pub(super) start: i64,
}

/// A card, and the accounts that it leads to.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) uid: Uid,
    pub(super) accounts: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Held(Duration),
    Booked,
    Voided,
    /// The name is burned.
    Refused,
    /// A void came before the hold.
    Tombstone,
    /// Another till's.
    Others,
}

#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) payment: Option<PaymentId>,
    pub(super) body: Vec<u8>,
    pub(super) parts: Vec<(usize, i64)>,
    pub(super) stage: Stage,
    pub(super) debit: bool,
    /// Some till was told that it is done.
    pub(super) told: bool,
}

fn no(reason: Reason, words: &str) -> Refusal {
    Refusal::No(Problem::of(Server::Lime, reason, words))
}

impl Books {
    fn known(&self, name: &str, body: &[u8]) -> Option<Result<(), Refusal>> {
        let old = self.operations.get(name)?;
        let unclear = || {
            let problem = Problem::of(Server::Lime, Reason::ServerRefused, "CheckIdReused");
            Some(Err(Refusal::Unclear(problem)))
        };
        match old.stage {
            Stage::Others => unclear(),
            Stage::Refused | Stage::Tombstone => {
                Some(Err(no(Reason::ServerRefused, "the name is burned")))
            }
            Stage::Held(_) | Stage::Booked | Stage::Voided if old.body != body => unclear(),
            Stage::Held(_) | Stage::Booked | Stage::Voided => {
                self.kind.may_repeat.then_some(Ok(()))
            }
        }
    }

    pub(super) fn reserve(&mut self, name: &str, body: &[u8]) -> Result<(), Refusal> {
        if let Some(answer) = self.known(name, body) {
            return answer;
        }
        let text = words(body);
        let payment: PaymentId = text[1].parse().unwrap();
        let parts = sums(&text[3..]);
        let mut operation = Operation {
            payment: Some(payment),
            body: body.to_vec(),
            parts: parts.clone(),
            stage: Stage::Refused,
            debit: true,
            told: false,
        };
        let mut wanted: BTreeMap<usize, i64> = BTreeMap::new();
        for (account, sum) in &parts {
            *wanted.entry(*account).or_default() += sum;
        }
        let refusal = wanted.iter().find_map(|(&account, &sum)| {
            let account = &self.accounts[account];
            if account.blocked {
                Some(no(Reason::CardBlocked, ""))
            } else {
                (account.balance - account.held < sum).then(|| no(Reason::NotEnoughMoney, ""))
            }
        });
        if let Some(refusal) = refusal {
            self.operations.insert(name.to_owned(), operation);
            return Err(refusal);
        }
        for (account, sum) in &parts {
            if self.kind.holds {
                self.accounts[*account].held += sum;
            } else {
                self.accounts[*account].balance -= sum;
            }
        }
        operation.stage = if self.kind.holds {
            Stage::Held(self.time)
        } else {
            Stage::Booked
        };
        self.operations.insert(name.to_owned(), operation);
        self.taken(payment, &parts);
        Ok(())
    }

    pub(super) fn confirm(&mut self, name: &str) -> Result<(), Refusal> {
        let Some(operation) = self.operations.get_mut(name) else {
            return Err(no(Reason::ServerRefused, "no such hold"));
        };
        match operation.stage {
            Stage::Held(_) => {
                operation.stage = Stage::Booked;
                for (account, sum) in &operation.parts {
                    self.accounts[*account].held -= sum;
                    self.accounts[*account].balance -= sum;
                }
                Ok(())
            }
            Stage::Booked => Ok(()),
            Stage::Voided | Stage::Refused | Stage::Tombstone | Stage::Others => {
                Err(no(Reason::ServerRefused, "no such hold"))
            }
        }
    }

    pub(super) fn give_back(&mut self, name: &str, body: &[u8]) -> Result<(), Refusal> {
        if let Some(answer) = self.known(name, body) {
            return answer;
        }
        let text = words(body);
        let payment: PaymentId = text[1].parse().unwrap();
        let reserved = text[3];
        let parts = sums(&text[4..]);
        let mut operation = Operation {
            payment: Some(payment),
            body: body.to_vec(),
            parts: parts.clone(),
            stage: Stage::Booked,
            debit: false,
            told: false,
        };
        let stage = self.operations.get(reserved).map(|debit| debit.stage);
        let done = match stage {
            Some(Stage::Held(_)) => {
                self.void(reserved);
                self.returned(payment, &parts);
                operation.parts.clear();
                Ok(())
            }
            Some(Stage::Booked) => {
                for (account, sum) in &parts {
                    self.accounts[*account].balance += sum;
                }
                self.returned(payment, &parts);
                Ok(())
            }
            None if self.kind.holds => {
                operation.parts.clear();
                if !planted(Planted::NoTombstone) {
                    let tombstone = Operation {
                        stage: Stage::Tombstone,
                        body: Vec::new(),
                        ..operation.clone()
                    };
                    self.operations.insert(reserved.to_owned(), tombstone);
                }
                Ok(())
            }
            None | Some(Stage::Refused | Stage::Tombstone | Stage::Voided | Stage::Others) => {
                operation.stage = Stage::Refused;
                Err(no(Reason::ServerRefused, "nothing to give back"))
            }
        };
        self.operations.insert(name.to_owned(), operation);
        done
    }

    fn void(&mut self, name: &str) {
        if let Some(operation) = self.operations.get_mut(name) {
            operation.stage = Stage::Voided;
            for (account, sum) in &operation.parts {
                self.accounts[*account].held -= sum;
            }
        }
    }

    /// Only where that design is planted: the wallet of this project's sites keeps its holds.
    pub(super) fn expire_holds(&mut self) {
        if !planted(Planted::ExpiringHolds) {
            return;
        }
        let now = self.time;
        let expired: Vec<(String, PaymentId)> = self
            .operations
            .iter()
            .filter_map(|(name, operation)| match operation.stage {
                Stage::Held(since) if since + EXPIRY <= now => {
                    Some((name.clone(), operation.payment?))
                }
                _ => None,
            })
            .collect();
        for (name, payment) in expired {
            self.tell(|| format!("hold {name} runs out"));
            self.void(&name);
            self.forgotten(payment);
            self.audit();
        }
    }

    /// The wallet is restored from a copy: what no till was told of is gone.
    pub(super) fn forget_untold(&mut self) {
        // A copy that lacks a debit lacks its return as well.
        let given_back = |payment: Option<PaymentId>| {
            let mut operations = self.operations.values();
            operations.any(|other| !other.debit && other.payment == payment)
        };
        let untold = |operation: &Operation| {
            !operation.told
                && matches!(operation.stage, Stage::Held(_) | Stage::Booked)
                && !(operation.debit && given_back(operation.payment))
        };
        let Some((name, operation)) = self
            .operations
            .iter()
            .find(|(_, operation)| untold(operation))
            .map(|(name, operation)| (name.clone(), operation.clone()))
        else {
            return;
        };
        // A void's hold would have to come back with it.
        if !operation.debit && self.kind.holds {
            return;
        }
        self.tell(|| format!("the wallet forgets {name}"));
        for (account, sum) in &operation.parts {
            match (operation.debit, operation.stage) {
                (true, Stage::Held(_)) => self.accounts[*account].held -= sum,
                (true, _) => self.accounts[*account].balance += sum,
                (false, _) => self.accounts[*account].balance -= sum,
            }
        }
        self.operations.remove(&name);
        if let Some(payment) = operation.payment {
            if operation.debit {
                self.forgotten(payment);
            } else {
                let back: Vec<_> = operation.parts.iter().map(|(a, sum)| (*a, -sum)).collect();
                self.returned(payment, &back);
            }
        }
    }

    pub(super) fn found(&mut self, name: &str) -> Found {
        if !self.kind.can_find {
            return Found::CannotTell;
        }
        match self.operations.get_mut(name) {
            None => Found::Absent,
            Some(operation) => match operation.stage {
                Stage::Others => Found::taken(&OperationId(name.to_owned())),
                Stage::Refused | Stage::Tombstone => Found::Absent,
                Stage::Held(_) | Stage::Booked | Stage::Voided => {
                    operation.told = true;
                    Found::Executed(Stored::default())
                }
            },
        }
    }

    pub(super) fn card(&self, guest: usize) -> Card {
        let guest = &self.guests[guest];
        let account = |&index: &usize| {
            let account = &self.accounts[index];
            crate::domain::Account {
                id: AccountId(index.to_string()),
                type_id: "1".into(),
                name: "Депозит".into(),
                kind: AccountKind::Money,
                balance: Money::from_kopecks(account.balance),
                available: Money::from_kopecks(account.balance - account.held),
                valid_to: None,
                priority: 1,
                not_spendable: None,
                terms: crate::domain::Terms::default(),
            }
        };
        Card {
            uid: guest.uid.clone(),
            card_id: "1".into(),
            client_id: "1".into(),
            number: None,
            status: CardStatus::Active,
            holder: None,
            accounts: guest.accounts.iter().map(account).collect(),
        }
    }

    /// What an account must have by everything that was ever booked.
    pub(super) fn accounts_agree(&self) -> bool {
        let moved = moved(&self.operations);
        self.accounts.iter().enumerate().all(|(index, account)| {
            let (booked, held) = moved.get(&index).copied().unwrap_or_default();
            account.balance == account.start + account.others - booked && account.held == held
        })
    }
}
