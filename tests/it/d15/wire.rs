//! What the program never does, done by its own client over HTTP: the servers' side of the promises
//! that it relies on.

use std::sync::Arc;

use limekeeper::config::{Loaded, Need, Overrides, Surroundings};
use limekeeper::domain::{Attribution, LineDue, Money, OrderGuid, Part, Quantity, Uid};
use limekeeper::payment::ports::{Found, OperationId, Reply, Stored, Wallet};
use limekeeper::payment::reason::Reason;
use limekeeper::payment::sale::{Leg, PaymentId, Sale};
use limekeeper::runtime::connect;
use serde_json::json;

use super::{CARD, DEPOSIT, Site, account, balance};
use crate::harness::Sim;

/// What the sample's «Ролл Бонито» costs, in kopecks.
const DISH: i64 = 41_000;

/// The client of the site's kind, as the program makes it of its config.
fn wallet(sim: &Sim) -> Arc<dyn Wallet> {
    let overrides = Overrides {
        config: Some(sim.config.clone()),
        ..Overrides::default()
    };
    let loaded = Loaded::load(&overrides, &Surroundings::default(), Need::File).unwrap();
    connect::means(&loaded).unwrap().wallet
}

/// One dish for so much, paid by the sample card.
fn sale(wallet: &dyn Wallet, kopecks: i64) -> Sale {
    let card = wallet.card(&Uid::new(CARD).unwrap()).unwrap();
    let own = card.accounts.iter().find(|own| own.id.0 == DEPOSIT);
    let own = own.unwrap();
    let due = Money::from_kopecks(kopecks);
    Sale {
        payment: PaymentId::new(),
        order: OrderGuid("{8C9E446E-0000-0000-0000-000000000001}".to_owned()),
        order_name: "*/1".to_owned(),
        station: None,
        waiter: None,
        version: 1,
        total: due,
        due,
        rest: Money::ZERO,
        by: limekeeper::payment::sale::By::default(),
        attribution: Attribution::in_order(&[due], &[due]).unwrap(),
        lines: vec![LineDue {
            line_id: "1".to_owned(),
            code: "2460".to_owned(),
            name: "Ролл Бонито".to_owned(),
            quantity: Quantity::ONE,
            base_price: due,
            due,
        }],
        legs: vec![Leg {
            number: 1,
            uid: card.uid.clone(),
            card_id: card.card_id.clone(),
            client_id: card.client_id.clone(),
            card_number: card.number.clone(),
            entry: limekeeper::domain::CardEntry::Reader,
            pin_checked_at: None,
            account: own.id.clone(),
            account_name: own.name.clone(),
            type_id: own.type_id.clone(),
            kind: own.kind,
            amount: due,
        }],
    }
}

fn at() -> jiff::civil::DateTime {
    let now = jiff::ZonedDateTime::now().datetime();
    now.with().subsec_nanosecond(0).build().unwrap()
}

fn reserve_body(wallet: &dyn Wallet, id: &OperationId, sale: &Sale) -> Vec<u8> {
    wallet.reserve_request(id, sale, at()).unwrap()
}

/// Gives back so much of the dish; what came of it.
fn give_back(wallet: &dyn Wallet, taken: &OperationId, sale: &Sale, kopecks: i64) -> Reply<Stored> {
    let back = Attribution {
        parts: vec![Part {
            line: 0,
            leg: 0,
            amount: Money::from_kopecks(kopecks),
        }],
    };
    let id = wallet.next_operation().unwrap();
    let body = wallet.undo_request(&id, taken, sale, &back, at()).unwrap();
    let reply = wallet.undo(&id, &body);
    // The same once more is the same reversal, or the same no.
    assert_eq!(wallet.undo(&id, &body), reply);
    reply
}

/// What an account has, held money included.
fn funds(sim: &Sim) -> (String, String) {
    let own = account(sim, DEPOSIT);
    let text = |key: &str| own[key].as_str().unwrap().to_owned();
    (text("balance"), text("held"))
}

#[test]
fn the_same_bytes_twice_are_one_operation_and_other_bytes_under_its_id_are_none() {
    for site in [Site::Rpc, Site::Holds, Site::Takes] {
        let sim = site.start();
        let wallet = wallet(&sim);
        let (wallet, sale_of) = (wallet.as_ref(), |sum| sale(wallet.as_ref(), sum));
        let id = wallet.next_operation().unwrap();
        let body = reserve_body(wallet, &id, &sale_of(DISH));
        for _ in 0..2 {
            assert_eq!(
                wallet.reserve(&id, &body),
                Reply::Done(Stored::default()),
                "{site:?}"
            );
        }
        assert_eq!(
            wallet.find(&id, &body),
            Ok(Found::Executed(Stored::default()))
        );
        let had = funds(&sim);
        sim.assert_no_violations();

        let other = reserve_body(wallet, &id, &sale_of(DISH + 1));
        let reply = wallet.reserve(&id, &other);
        assert!(!matches!(reply, Reply::Done(_)), "{site:?}: {reply:?}");
        assert_eq!(funds(&sim), had);
        // The stand-in remembers that somebody tried.
        let violations = sim.state()["violations"].to_string();
        assert!(
            violations.contains("the same id with another body"),
            "{violations}"
        );

        for _ in 0..2 {
            assert_eq!(wallet.confirm(&id), Reply::Done(()));
        }
        assert_eq!(balance(&sim, DEPOSIT), "4590.00", "{site:?}");
    }
}

/// The door is shut before the hold arrives, and stays shut.
#[test]
fn a_hold_that_comes_after_its_release_finds_the_door_shut() {
    let sim = Site::Holds.start();
    let wallet = wallet(&sim);
    let wallet = wallet.as_ref();
    let own = sale(wallet, DISH);
    let (id, back) = (
        wallet.next_operation().unwrap(),
        wallet.next_operation().unwrap(),
    );
    let body = reserve_body(wallet, &id, &own);
    let undo = wallet.undo_request(&back, &id, &own, &own.attribution, at());
    let undo = undo.unwrap();
    assert_eq!(wallet.undo(&back, &undo), Reply::Done(Stored::default()));
    for _ in 0..2 {
        let Reply::Refused(problem) = wallet.reserve(&id, &body) else {
            panic!("held after it was let go");
        };
        assert_eq!(problem.reason, Reason::HoldClosed);
        assert!(matches!(wallet.find(&id, &body), Ok(Found::Never(_))));
    }
    assert!(!matches!(wallet.confirm(&id), Reply::Done(())));
    assert_eq!(funds(&sim), ("5000.00".to_owned(), "0.00".to_owned()));
    sim.assert_no_violations();
}

/// Lime's own calls have no such door: a return of a sale that has not arrived is refused, and the sale
/// can still come. So the program makes certain of a sale before it gives back.
#[test]
fn lime_refuses_a_return_before_its_sale_and_the_sale_can_still_come() {
    let sim = Site::Rpc.start();
    let wallet = wallet(&sim);
    let wallet = wallet.as_ref();
    let own = sale(wallet, DISH);
    let id = wallet.next_operation().unwrap();
    let body = reserve_body(wallet, &id, &own);
    assert!(!matches!(
        give_back(wallet, &id, &own, DISH),
        Reply::Done(_)
    ));
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    assert_eq!(wallet.reserve(&id, &body), Reply::Done(Stored::default()));
    assert_eq!(
        give_back(wallet, &id, &own, DISH),
        Reply::Done(Stored::default())
    );
    assert_eq!(balance(&sim, DEPOSIT), "5000.00");
}

#[test]
fn three_reversals_are_taken_and_one_kopeck_over_is_refused_by_the_server() {
    for site in [Site::Rpc, Site::Holds, Site::Takes] {
        let sim = site.start();
        let wallet = wallet(&sim);
        let wallet = wallet.as_ref();
        let own = sale(wallet, DISH);
        let id = wallet.next_operation().unwrap();
        let body = reserve_body(wallet, &id, &own);
        assert_eq!(wallet.reserve(&id, &body), Reply::Done(Stored::default()));
        assert_eq!(wallet.confirm(&id), Reply::Done(()));
        for part in [10_000, 1, 30_000] {
            let reply = give_back(wallet, &id, &own, part);
            assert_eq!(reply, Reply::Done(Stored::default()), "{site:?}");
        }
        let Reply::Refused(problem) = give_back(wallet, &id, &own, 1_000) else {
            panic!("{site:?}: more came back than was taken");
        };
        // Lime's codes for it are not known; whatever it says, it said no.
        let reason = match site {
            Site::Rpc => Reason::ServerRefused,
            Site::Holds | Site::Takes => Reason::RefundTooLarge,
        };
        assert_eq!(problem.reason, reason, "{site:?}");
        assert_eq!(balance(&sim, DEPOSIT), "4990.01");
        assert_eq!(
            give_back(wallet, &id, &own, 999),
            Reply::Done(Stored::default())
        );
        assert_eq!(balance(&sim, DEPOSIT), "5000.00");
    }
}

/// Nothing under a name that nobody sent is ever found, or taken.
#[test]
fn what_never_arrived_is_absent_and_cannot_be_taken() {
    for site in Site::BOTH {
        let sim = site.start();
        let wallet = wallet(&sim);
        let wallet = wallet.as_ref();
        let id = wallet.next_operation().unwrap();
        let body = reserve_body(wallet, &id, &sale(wallet, DISH));
        assert_eq!(wallet.find(&id, &body), Ok(Found::Absent), "{site:?}");
        if wallet.holds() {
            assert!(!matches!(wallet.confirm(&id), Reply::Done(())));
        }
        assert_eq!(sim.state()["checks"], json!([]));
    }
}
