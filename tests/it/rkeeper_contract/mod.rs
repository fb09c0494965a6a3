//! The contract with r_keeper: the real client over real HTTP, the stand-in as every version and with
//! every habit. What is expected is written down here anew.

mod errors;
mod payments;

use limekeeper::config::{Loaded, Need, Overrides, Surroundings};
use limekeeper::domain::{AccountId, AccountKind, Attribution, CardEntry, Money, OrderGuid, Uid};
use limekeeper::payment::ports::LockId;
use limekeeper::payment::sale::{Leg, PaymentId, Sale};
use limekeeper::rkeeper::Rkeeper;
use limekeeper::runtime::connect;
use limekeeper::sim::{Habit, Version};
use serde_json::json;

use crate::harness::Sim;

const CARD: &str = "61366822";
const ORDER: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0001}";
const LOCK: &str = "{AAAAAAAA-0000-4000-8000-000000000001}";
const FORMS: [&str; 3] = ["RK7CMD", "RK7Command", "RK7Command2"];

fn lock() -> LockId {
    LockId(LOCK.to_owned())
}

fn leg(number: u32, kopecks: i64) -> Leg {
    Leg {
        number,
        uid: Uid::new(CARD).unwrap(),
        card_id: "1".to_owned(),
        client_id: "1".to_owned(),
        card_number: None,
        entry: CardEntry::Reader,
        pin_checked_at: None,
        account: AccountId(number.to_string()),
        account_name: "Депозит".to_owned(),
        type_id: "1".to_owned(),
        kind: AccountKind::Money,
        amount: Money::from_kopecks(kopecks),
    }
}

fn sale_of(due: i64, legs: Vec<Leg>) -> Sale {
    const TOTAL: i64 = 235_000;
    Sale {
        payment: PaymentId::new(),
        order: OrderGuid(ORDER.to_owned()),
        order_name: "*/1".to_owned(),
        station: None,
        waiter: None,
        version: 3,
        total: Money::from_kopecks(TOTAL),
        due: Money::from_kopecks(due),
        rest: Money::from_kopecks(TOTAL - due),
        by: limekeeper::payment::sale::By::default(),
        lines: vec![],
        legs,
        attribution: Attribution::in_order(&[], &[]).unwrap(),
    }
}

/// The whole sample order by two accounts.
fn sale() -> Sale {
    sale_of(235_000, vec![leg(1, 150_000), leg(2, 85_000)])
}

/// A part of it by one.
fn part() -> Sale {
    sale_of(50_000, vec![leg(1, 50_000)])
}

fn client(sim: &Sim, form: &str) -> Rkeeper {
    let path = sim.config_with(&format!("contract-{form}.toml"), |text| {
        let more = format!("[rkeeper]\ncommand_form = \"{form}\"\ntwo_step_part_payments = true\n");
        text.replacen("[rkeeper]\n", &more, 1)
    });
    let overrides = Overrides {
        config: Some(path),
        ..Overrides::default()
    };
    let loaded = Loaded::load(&overrides, &Surroundings::default(), Need::File).unwrap();
    connect::rkeeper(&loaded, false).unwrap()
}

fn play(sim: &Sim, version: Version, habits: &[Habit]) {
    let habits: Vec<&str> = habits.iter().map(|habit| habit.word()).collect();
    sim.edit(&json!({"op": "profile", "version": version.word(), "habits": habits}));
}
