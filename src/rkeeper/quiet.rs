//! Takes the secrets out of r_keeper's words.

use crate::domain::Uid;
use crate::http::Hidden;
use crate::payment::ports::{ReadError, Reply};
use crate::payment::reason::Problem;

use super::intent;
use super::licence::info;
use super::xml::{self, Element};

/// What may not stand in an answer's words.
pub(super) struct Quieted(pub(super) Hidden);

impl Quieted {
    fn problem(&self, mut problem: Problem) -> Problem {
        problem.detail = self.0.mask(&problem.detail);
        problem
    }

    pub(super) fn read<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|error| match error {
            ReadError::Refused(problem) => ReadError::Refused(self.problem(problem)),
            ReadError::Failed(problem) => ReadError::Failed(self.problem(problem)),
        })
    }

    pub(super) fn reply<T>(&self, reply: Reply<T>) -> Reply<T> {
        match reply {
            Reply::Done(done) => Reply::Done(done),
            Reply::Refused(problem) => Reply::Refused(self.problem(problem)),
            Reply::NotDone(problem) => Reply::NotDone(self.problem(problem)),
            Reply::Unknown(problem) => Reply::Unknown(self.problem(problem)),
        }
    }
}

/// Every card that a request names, wherever it does; of two requests, those of the first: the second
/// names none. r_keeper may repeat any of them in its words.
pub(super) fn cards(body: &[u8]) -> Vec<Uid> {
    let mut cards = Vec::new();
    if let Ok(query) = xml::parse(intent::split(body).0, "RK7Query") {
        gather(query.root(), &mut cards);
    }
    cards
}

/// Every licence's token in a request; r_keeper may repeat it, too.
pub(super) fn tokens(body: &[u8]) -> Vec<String> {
    let (query, _) = intent::split(body);
    xml::parse(query, "RK7Query").map_or_else(|_| Vec::new(), |query| info::tokens(query.root()))
}

fn gather(element: Element<'_>, cards: &mut Vec<Uid>) {
    let card = element.attribute("cardCode").map(str::trim);
    if let Some(Ok(card)) = card.map(Uid::new)
        && !cards.contains(&card)
    {
        cards.push(card);
    }
    // No deeper than documents are read.
    for child in element.children() {
        gather(child, cards);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_of_a_request_is_known_whatever_holds_it() {
        let body = "<RK7Query><RK7CMD CMD='X' cardCode='10000001'>\
                    <Payment cardCode='10000002'/><Payment cardCode='10000003'/><Payment/>\
                    <Session><Prepay cardCode='10000004'/><Prepay cardCode=' 10000005 '/></Session>\
                    <Prepay cardCode='10000006'/><Prepay cardCode='10000002'/>\
                    <New><Deeper cardCode='10000007'/></New><Prepay cardCode=''/>\
                    </RK7CMD><RK7CMD CMD='Y' cardCode='10000008'/></RK7Query>";
        let found: Vec<String> = cards(body.as_bytes())
            .iter()
            .map(|card| card.reveal().to_owned())
            .collect();
        let mut found = found;
        found.sort();
        let wanted: Vec<String> = (1..=8).map(|last| format!("1000000{last}")).collect();
        assert_eq!(found, wanted);
        assert_eq!(cards(b"no query").len(), 0);
    }
}
