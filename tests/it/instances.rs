//! One program per state folder.

use crate::harness::Sim;

const CARD: &str = "61366822";

#[test]
fn the_second_program_says_who_has_the_folder() {
    let sim = Sim::start();
    // The first one waits for Lime while it holds the folder.
    sim.fault_with("lime.PutCheck", "delay", 1, &serde_json::json!(3_000));
    let mut first = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls("lime.PutCheck", 1);
    let second = sim
        .till(&["pay", "*/1", "--card", CARD, "--json"])
        .expect_code(7);
    assert!(second.err.contains(&first.id().to_string()), "{second:?}");
    let second = sim.till(&["recover", "--json"]).expect_code(7);
    assert!(second.err.contains(&first.id().to_string()), "{second:?}");
    // Looking is allowed.
    sim.till(&["payments", "--json"]).expect_code(0);
    assert!(first.wait().unwrap().success());
    sim.till(&["recover", "--json"]).expect_code(0);
}
