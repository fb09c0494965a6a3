//! C. Races. The tills that want one order or one account are in `two_tills`.

use super::{CARD, DEPOSIT, balance, in_lime, text};
use crate::harness::{Sim, till_command};
use crate::two_tills::{ACCOUNT, Tills, said_in_time, spawn};
use crate::worlds;

#[test]
fn report_24_two_refunds_of_one_payment_at_once_are_one() {
    let sim = Sim::start();
    for round in 1..=6 {
        let order = ["*/1", "3/1"].get(round - 1);
        let Some(order) = order else { break };
        let had = balance(&sim, DEPOSIT);
        let pay = ["pay", order, "--card", CARD, "--json"];
        let paid = sim.till(&pay).expect_code(0).json();
        let id = text(&paid["payment_id"]);
        let refunds = [(); 3].map(|()| {
            spawn(till_command(
                &sim.config,
                &["refund", &id, "--by-hand", "--json"],
            ))
        });
        let said = refunds.map(said_in_time);
        let done = said.iter().filter(|own| own.code == 0).count();
        assert_eq!(done, 1, "{said:?}");
        for own in said.iter().filter(|own| own.code != 0) {
            match own.code {
                4 => assert_eq!(own.json()["reason"], "nothing_to_refund", "{own:?}"),
                // Another process has the folder.
                7 => {}
                _ => panic!("{own:?}"),
            }
        }
        assert_eq!(balance(&sim, DEPOSIT), had);
        assert_eq!(in_lime(&sim), (0, round, round));
    }
    sim.assert_no_violations();
}

#[test]
fn report_27_two_tills_give_back_to_one_card_at_once() {
    const ROUNDS: usize = 6;
    let tills = Tills::start(2 * ROUNDS, |text| text);
    let sim = &tills.sim;
    let had = sim.balance(CARD, ACCOUNT);
    for round in 0..ROUNDS {
        let ids = [0, 1].map(|till| {
            let said = tills.run(till, &worlds::pay(2 * round + till, 1));
            text(&said.expect_code(0).json()["payment_id"])
        });
        assert_ne!(sim.balance(CARD, ACCOUNT), had);
        let refunds = [0, 1].map(|till| {
            let args = ["refund", &ids[till], "--by-hand", "--json"];
            spawn(tills.command(till, &args))
        });
        for said in refunds.map(said_in_time) {
            said.expect_code(0);
        }
        assert_eq!(sim.balance(CARD, ACCOUNT), had, "round {round}");
    }
    assert_eq!(in_lime(sim), (0, 2 * ROUNDS, 2 * ROUNDS));
    sim.assert_no_violations();
}
