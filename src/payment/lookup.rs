//! Cards of one bill, looked up together.

use std::thread;

use crate::domain::{Card, CardName};

use super::ports::{ReadError, Wallet};
use super::reason::{Problem, Reason, Server};

/// Cards that are looked up at the same time.
pub const LOOK_UPS_MAX: usize = 20;

/// One card, by whatever it is named.
pub fn card(wallet: &dyn Wallet, name: &CardName) -> Result<Card, ReadError> {
    match name {
        CardName::Uid(uid) => wallet.card(uid),
        CardName::Number(number) => wallet.card_by_number(number),
    }
}

/// The cards in the order given; together they take about as long as the slowest of them.
pub fn cards_at_once(wallet: &dyn Wallet, names: &[CardName]) -> Vec<Result<Card, ReadError>> {
    let mut found = Vec::with_capacity(names.len());
    for batch in names.chunks(LOOK_UPS_MAX) {
        thread::scope(|scope| {
            let asked: Vec<_> = batch
                .iter()
                .map(|name| scope.spawn(move || card(wallet, name)))
                .collect();
            // A thread that died has no answer.
            let answers = asked.into_iter().map(|answer| {
                answer.join().unwrap_or_else(|_| {
                    let problem = Problem::of(Server::Lime, Reason::ServerUnreachable, "");
                    Err(ReadError::Failed(problem))
                })
            });
            found.extend(answers);
        });
    }
    found
}
