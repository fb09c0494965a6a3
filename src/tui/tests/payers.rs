//! Which account pays which dish, what each has left, and whose cards they are.

use std::sync::Arc;

use super::screens::{SIZES_BILL, check};
use crate::domain::{AccountKind, Card, DishRule, Line, Money, SpendRules};
use crate::i18n::Lang;
use crate::payment::sale::{PaymentRequest, Sale};
use crate::tui::test_util::*;

/// Two cards of one guest, who has a deposit and bonuses.
fn two_cards_of_one() -> [Card; 2] {
    let mut bonus = account("512", "Бонусы", 50_000);
    bonus.kind = AccountKind::Bonus;
    bonus.priority = 1;
    let accounts = vec![account("511", "Депозит", 500_000), bonus];
    let own = |uid_text: &str, number: &str| Card {
        client_id: "client-51".into(),
        holder: Some("Иванов И.".into()),
        ..card(uid_text, number, accounts.clone())
    };
    [own("61366822", "100038"), own("61366823", "100039")]
}

#[test]
fn dishes_with_their_payers() {
    check("bill_payers", SIZES_BILL, |lang| {
        let mut till = Till::open(lang, family().to_vec());
        till.tap(credit_card());
        // The dish that two accounts share.
        till.keys("<Tab><Down><Down><Down><Down>");
        till
    });
}

#[test]
fn cards_of_one_guest_stand_together() {
    check("bill_guests", SIZES_BILL, |lang| {
        let [first, second] = two_cards_of_one();
        let mut till = Till::open(lang, vec![first]);
        let [_, child] = family();
        till.tap(child);
        till.tap(second);
        till
    });
}

/// The marks of the screen beside what the payment itself would send.
fn marks_and_sale(till: &Till, request: &PaymentRequest) -> [Vec<(String, usize, Money)>; 2] {
    let bill = till.app.bill.as_ref().unwrap();
    let of_line = |line: &Line| {
        let parts = bill.payers_of(line).iter();
        let id = line.id.clone();
        parts.map(move |part| (id.clone(), part.leg, part.amount))
    };
    let marks = bill.order().lines.iter().flat_map(of_line).collect();
    let sale = Sale::new(payment_id(1), request).unwrap();
    let sent = sale.attribution.parts.iter().map(|part| {
        let leg = usize::try_from(sale.legs[part.leg].number).unwrap();
        (sale.lines[part.line].line_id.clone(), leg, part.amount)
    });
    [marks, sent.collect()]
}

#[test]
fn the_marks_say_what_is_sent() {
    let mut till = Till::open(Lang::Ru, family().to_vec());
    till.tap(credit_card());
    let request = till.app.bill.as_ref().unwrap().request().unwrap();
    let [marks, sent] = marks_and_sale(&till, &request);
    assert_eq!(marks.len(), 8, "{marks:?}");
    assert_eq!(marks, sent);
    // Each change of a sum is followed: so much less of the first, so much more of the last.
    till.keys("<Home>1700<Down><Down>150");
    let request = till.app.bill.as_ref().unwrap().request().unwrap();
    let [marks, sent] = marks_and_sale(&till, &request);
    assert!(
        marks
            .iter()
            .any(|&(_, leg, sum)| (leg, sum) == (3, money(15_000))),
        "{marks:?}"
    );
    assert_eq!(marks, sent);
}

#[test]
fn the_marks_obey_the_rules_of_the_accounts_and_a_part() {
    let mut order = sample_order();
    for (line, group) in order.lines.iter_mut().zip(["Бар", "Кухня"].iter().cycle()) {
        line.groups = Some(vec![(*group).to_owned()]);
    }
    let mut till = Till::with_parts(Lang::Ru, order);
    let [mut guest, _] = two_cards_of_one();
    guest.accounts[1].terms.rules = Arc::new(SpendRules {
        dishes: DishRule::Only(vec!["Кухня".into()]),
        ..SpendRules::default()
    });
    till.tap(guest);
    till.keys("<Home>300");
    let bill = till.app.bill.as_ref().unwrap();
    let request = bill.part_request().unwrap();
    let [marks, sent] = marks_and_sale(&till, &request);
    assert!(marks.len() > 2, "{marks:?}");
    assert_eq!(marks, sent);
    // A change of the order itself is followed too.
    let mut changed = request.order;
    changed.lines.remove(0);
    changed.total = money(206_000);
    changed.unpaid = changed.total;
    till.send(crate::tui::Msg::Order(Ok(changed)));
    let request = till.app.bill.as_ref().unwrap().part_request().unwrap();
    let [fewer, sent] = marks_and_sale(&till, &request);
    assert_ne!(fewer, marks);
    assert_eq!(fewer, sent);
}

#[test]
fn one_payer_needs_no_marks_and_too_much_has_none() {
    let mut till = Till::open(Lang::Ru, vec![sample_card()]);
    assert!(!till.shows("[1]"), "{}", till.screen());
    let [parent, _] = family();
    till.tap(parent);
    till.keys("<Home>2000<Down>1000");
    assert!(!till.shows("[1]"), "{}", till.screen());
    till.keys("<Back><Back><Back><Back>350");
    assert!(till.shows("[1+2]"), "{}", till.screen());
    till.keys("<F8>");
    assert!(!till.shows("[2]"), "{}", till.screen());
}
