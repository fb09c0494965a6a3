//! Cards of one bill, looked up together.

use std::thread;

use crate::domain::{Card, Uid};

use super::ports::{ReadError, Wallet};
use super::reason::{Problem, Reason, Server};

/// Cards that are looked up at the same time.
pub const LOOK_UPS_MAX: usize = 20;

/// The cards in the order given; together they take about as long as the slowest of them.
pub fn cards_at_once(wallet: &dyn Wallet, uids: &[Uid]) -> Vec<Result<Card, ReadError>> {
    let mut found = Vec::with_capacity(uids.len());
    for batch in uids.chunks(LOOK_UPS_MAX) {
        thread::scope(|scope| {
            let asked: Vec<_> = batch
                .iter()
                .map(|uid| scope.spawn(move || wallet.card(uid)))
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
