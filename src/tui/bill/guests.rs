//! The cards of a bill by the guests that they belong to.

use crate::domain::Card;

/// The cards of each guest, guests in the order of their first tap, cards of one in the order of
/// theirs. A card of which nobody says whose it is stands alone.
pub(in crate::tui) fn guests(cards: &[Card]) -> Vec<Vec<&Card>> {
    let mut all: Vec<Vec<&Card>> = Vec::new();
    for card in cards {
        let of_guest = |own: &&mut Vec<&Card>| {
            let mut own = own.iter();
            own.any(|own| !card.client_id.is_empty() && own.client_id == card.client_id)
        };
        match all.iter_mut().find(of_guest) {
            Some(own) => own.push(card),
            None => all.push(vec![card]),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::guests;
    use crate::domain::Card;
    use crate::tui::test_util::card;

    fn of_client(uid: &str, client: &str) -> Card {
        Card {
            client_id: client.into(),
            ..card(uid, uid, vec![])
        }
    }

    #[test]
    fn cards_of_a_guest_stand_together_and_those_of_nobody_apart() {
        let cards = [
            of_client("00000001", "a"),
            of_client("00000002", ""),
            of_client("00000003", "b"),
            of_client("00000004", "a"),
            of_client("00000005", ""),
        ];
        let found = guests(&cards);
        let numbers = |own: &Vec<&Card>| -> Vec<String> {
            own.iter().filter_map(|card| card.number.clone()).collect()
        };
        let found: Vec<Vec<String>> = found.iter().map(numbers).collect();
        let expected = [
            vec!["00000001", "00000004"],
            vec!["00000002"],
            vec!["00000003"],
            vec!["00000005"],
        ];
        assert_eq!(found, expected);
    }
}
