//! What the books must never show is named, and what they may show is not.

use serde_json::json;

use super::client::{
    Bench, DISCOUNT_ORDER, ORDER, PAYMENT_ID, check, entry, pay_command, payment, reference,
    return_check, verdict,
};
use crate::domain::Money;
use crate::sim::oracle::look;

#[test]
fn two_payments_under_one_marker() {
    let bench = Bench::new();
    bench.command(&pay_command(ORDER, &payment("11", "235000")));
    assert_eq!(bench.violations(), [""; 0]);
    let other = bench.command(&pay_command(DISCOUNT_ORDER, &payment("11", "289308")));
    assert_eq!(verdict(&other).0, "Ok");
    let named = format!("books: payment {PAYMENT_ID}/1 is there twice");
    assert_eq!(bench.violations(), [named.as_str()]);
    bench.state();
    assert_eq!(bench.violations(), [named.as_str()], "named once");
}

#[test]
fn payments_without_a_marker_are_nobody_s() {
    let bench = Bench::new();
    for order in ["*/1", "12/2", "3/1"] {
        bench.edit(&json!({"op": "prepay", "order": order, "amount": "10.00"}));
        bench.edit(&json!({"op": "pay_rest", "order": order}));
    }
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn a_debit_under_two_check_ids() {
    let bench = Bench::new();
    let debit = || {
        let id = bench.next_id();
        bench.put_check(&check(id, &[entry(id, 0, 2470, "290.00", &reference())]));
        id
    };
    let first = debit();
    let id = bench.next_id();
    bench.put_check(&return_check(id, first, 0, 2470, "290.00"));
    debit();
    assert_eq!(bench.violations(), [""; 0], "the first was given back");
    debit();
    let named = format!("books: {PAYMENT_ID}/1 is debited twice");
    assert_eq!(bench.violations(), [named]);
}

#[test]
fn a_return_above_its_sale() {
    let now = jiff::civil::date(2024, 3, 5).at(14, 30, 0, 0);
    let bench = Bench::new();
    let sale = bench.next_id();
    bench.put_check(&check(
        sale,
        &[entry(sale, 0, 2470, "290.00", &reference())],
    ));
    let id = bench.next_id();
    bench.put_check(&return_check(id, sale, 0, 2470, "290.00"));
    assert_eq!(bench.violations(), [""; 0]);
    // The stand-in refuses more itself, so its books are spoilt by hand.
    let store = bench.dir.path().to_owned();
    bench.sim.stop();
    let store = crate::sim::store::Store::open(&store).unwrap();
    let mut world = store.load().unwrap().unwrap();
    look(&mut world);
    assert_eq!(world.violations, [""; 0]);
    let part = &mut world.resort.checks[1].entries[0].payments[0];
    part.amount = Money::from_kopecks(29_001);
    look(&mut world);
    look(&mut world);
    let named = format!(
        "books: 290.01 came back of entry 0 of check {sale} for {PAYMENT_ID}/1, more than was sold"
    );
    assert_eq!(world.violations, [named]);
    let mut world = crate::sim::scenario::load(None, now).unwrap();
    look(&mut world);
    assert_eq!(world.violations, [""; 0]);
}
