//! The scenarios of the contract for Lime, each on both adapters where both can have it: Lime's own
//! calls, and a server that holds. `docs/lime.md` has the table; a test here keeps it true.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};

mod clock_change;
mod faults;
mod money;
mod reports;
mod unclear;
mod wire;

const CARD: &str = "61366822";
const DEPOSIT: &str = "9001";
/// Two cards of one client.
const FAMILY: [&str; 2] = ["50331649", "50331650"];
const FAMILY_DEPOSIT: &str = "9011";
const SAMPLE: &str = include_str!("../../../assets/scenarios/sample.toml");
/// Long ago, in local time.
const LONG_AGO: &str = "2024-01-01T00:00:00";

/// Which way the money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Lime's own calls: it can only take.
    Rpc,
    /// A server that holds.
    Holds,
    /// The same contract at a server that can only take.
    Takes,
}

impl Site {
    /// One for each adapter.
    pub const BOTH: [Self; 2] = [Self::Rpc, Self::Holds];

    /// A scenario whose till goes this way.
    pub fn scenario(self, text: &str) -> String {
        let keys = match self {
            Self::Rpc => "[lime]\n",
            Self::Holds => "[lime]\nholds = true\nhold_mode = \"native\"\n",
            Self::Takes => "[lime]\nholds = true\nhold_mode = \"none\"\n",
        };
        assert!(text.contains("[lime]\n"), "{text}");
        text.replacen("[lime]\n", keys, 1)
    }

    fn start(self) -> Sim {
        Sim::start_with(&self.scenario(SAMPLE))
    }

    /// The call that takes the money, or holds it.
    const fn takes(self) -> &'static str {
        match self {
            Self::Rpc => "lime.PutCheck",
            Self::Holds | Self::Takes => "holds.reserve",
        }
    }

    /// The call that tells what came of it.
    const fn tells(self) -> &'static str {
        match self {
            Self::Rpc => "lime.GetCheck",
            Self::Holds | Self::Takes => "holds.operation",
        }
    }
}

fn account(sim: &Sim, id: &str) -> Value {
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap();
    let found = accounts.iter().find(|own| own["id"] == id).unwrap();
    found.clone()
}

/// Balance of an account, with nothing held of it.
#[track_caller]
fn balance(sim: &Sim, id: &str) -> String {
    let own = account(sim, id);
    assert_eq!(own["held"], "0.00", "{own}");
    own["balance"].as_str().unwrap().to_owned()
}

fn set_balance(sim: &Sim, id: &str, amount: &str) {
    sim.edit(&json!({"op": "set_balance", "account": id, "amount": amount}));
}

/// What a part of the bills was paid with must be what both servers show.
#[track_caller]
fn assert_paid(sim: &Sim, said: &Said, id: &str, left: &str) {
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["state"], "paid", "{said:?}");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
    assert_eq!(balance(sim, id), left);
    assert_eq!(sim.state()["checks"].as_array().unwrap().len(), 1);
    sim.assert_no_violations();
}

/// Refused with this reason; nothing moved at either server.
#[track_caller]
fn assert_refused(sim: &Sim, said: &Said, reason: &str) {
    assert_eq!(said.code, 4, "{said:?}");
    let json = said.json();
    assert_eq!(json["reason"], reason, "{said:?}");
    assert_eq!(json["state"], "refused", "{said:?}");
    let state = sim.state();
    assert_eq!(state["checks"], json!([]), "money moved");
    for own in state["accounts"].as_array().unwrap() {
        assert_eq!(own["held"], "0.00", "{own}");
    }
    assert_eq!(sim.order("*/1")["unpaid"], "2350.00");
    assert_eq!(sim.order("*/1")["locked"], false);
    sim.assert_no_violations();
}

fn pay(sim: &Sim) -> Said {
    sim.till(&["pay", "*/1", "--card", CARD, "--json"])
}

/// `recover` until nothing is open.
#[track_caller]
fn settle(run: &dyn Fn(&[&str]) -> Said, context: &str) {
    let mut said = run(&["recover", "--json"]);
    for _ in 0..3 {
        if said.code == 0 {
            return;
        }
        said = run(&["recover", "--json"]);
    }
    assert_eq!(said.code, 0, "{context}\n{said:?}");
}

fn run_at(config: &Path, args: &[&str]) -> Said {
    Said::of(&till_command(config, args).output().unwrap())
}

/// Every scenario of the page is there, and names tests that are there, too.
#[test]
fn the_table_of_scenarios_names_tests_that_exist() {
    const SCENARIOS: usize = 19;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lime.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page
        .split_once("## What is tried on both adapters")
        .unwrap();
    let table = rest.split("\n## ").next().unwrap();
    let sources = crate::field::sources();
    let rows: Vec<&str> = table
        .lines()
        .filter(|row| row.starts_with("| ") && !row.starts_with("| scenario"))
        .collect();
    assert_eq!(rows.len(), SCENARIOS, "{rows:?}");
    for row in rows {
        assert_eq!(row.matches('|').count(), 4, "{row}");
        let names = row.split('`').skip(1).step_by(2);
        let tests: Vec<&str> = names.filter(|name| name.contains("::")).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            let function = test.rsplit("::").next().unwrap();
            assert!(
                sources.contains(&format!("fn {function}(")),
                "no test {test}"
            );
        }
    }
}
