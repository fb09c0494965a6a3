//! What others saw go wrong in the field, each as a test with its number in the name.
//! `docs/reports.md` lists them; a test here keeps that page true.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Said, Sim, till_command};
use crate::relay::{Deed, Relay};
use crate::worlds::kopecks;

mod drift;
mod races;
mod repeats;
mod split;
mod undo;
mod unknown;

/// The sample guest with one deposit, and its id.
const CARD: &str = "61366822";
const DEPOSIT: &str = "9001";
/// The family: a deposit and a bonus account.
const FAMILY: &str = "50331649";
const FAMILY_DEPOSIT: &str = "9011";
const FAMILY_BONUS: &str = "9012";

const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

/// The sample resort with these orders instead of its own: a name, and the prices of its dishes.
fn world(orders: &[(&str, &[&str])]) -> String {
    let (head, rest) = SAMPLE.split_once("[[orders]]").unwrap();
    let (_, lime) = rest.split_once("[lime]").unwrap();
    let (mut menu, mut tables) = (String::new(), String::new());
    let mut code = 3_000;
    for (number, (name, prices)) in orders.iter().enumerate() {
        let mut lines = vec![];
        for price in *prices {
            code += 1;
            let dish = format!(
                "[[menu]]\ncode = {code}\nname = \"Блюдо {code}\"\nprice = \"{price}\"\n\n"
            );
            menu.push_str(&dish);
            lines.push(format!("{{ code = {code} }}"));
        }
        let order = format!(
            "[[orders]]\nguid = \"{{5B1A7C00-2350-4F31-9E2B-{number:012X}}}\"\nvisit = {visit}\n\
             name = \"{name}\"\ntable = \"1\"\nhall = \"Основной зал\"\nwaiter = \"5\"\n\
             station = \"1\"\nopened_at = \"2024-03-05T13:15:00\"\nlines = [{lines}]\n\n",
            visit = 1001 + number,
            lines = lines.join(", "),
        );
        tables.push_str(&order);
    }
    format!("{head}{menu}{tables}[lime]{lime}")
}

fn set_balance(sim: &Sim, account: &str, amount: &str) {
    sim.edit(&json!({"op": "set_balance", "account": account, "amount": amount}));
}

/// Balance of an account by its id.
fn balance(sim: &Sim, account: &str) -> String {
    let state = sim.state();
    let accounts = state["accounts"].as_array().unwrap();
    let found = accounts.iter().find(|own| own["id"] == account).unwrap();
    found["balance"].as_str().unwrap().to_owned()
}

/// A till that gives up soon.
fn impatient(sim: &Sim) -> PathBuf {
    sim.config_with("impatient.toml", |text| impatiently(&text))
}

fn impatiently(text: &str) -> String {
    format!("{text}\n[payment]\nfront_s = 4\nretry_s = [1]\n")
}

/// And waits for no answer longer than the seconds.
fn in_a_hurry(text: &str, seconds: u32) -> String {
    impatiently(text)
        .replace(
            "[rkeeper]\n",
            &format!("[rkeeper]\nread_timeout_s = {seconds}\npay_timeout_s = {seconds}\n"),
        )
        .replace(
            "[lime]\n",
            &format!("[lime]\nread_timeout_s = {seconds}\nwrite_timeout_s = {seconds}\n"),
        )
}

fn run(config: &Path, args: &[&str]) -> Said {
    Said::of(&till_command(config, args).output().unwrap())
}

/// `recover` until nothing is open.
#[track_caller]
fn recover(config: &Path) {
    let mut said = run(config, &["recover", "--json"]);
    for _ in 0..3 {
        if said.code == 0 {
            return;
        }
        said = run(config, &["recover", "--json"]);
    }
    assert_eq!(said.code, 0, "{said:?}");
}

/// Debits less returns in Lime, in kopecks, and how many checks there are of each.
pub fn in_lime(sim: &Sim) -> (i64, usize, usize) {
    let state = sim.state();
    let (mut sum, mut sales, mut returns) = (0, 0, 0);
    for check in state["checks"].as_array().unwrap() {
        let is_sale = check["type"] == 0;
        if is_sale {
            sales += 1;
        } else {
            returns += 1;
        }
        for entry in check["entries"].as_array().unwrap() {
            for part in entry["payments"].as_array().unwrap() {
                let amount = kopecks(&part["amount"]);
                sum += if is_sale { amount } else { -amount };
            }
        }
    }
    (sum, sales, returns)
}

/// What r_keeper has of an order: sums of its lines of payment, in kopecks.
fn in_rkeeper(sim: &Sim, order: &str) -> Vec<i64> {
    let order = sim.order(order);
    let payments = order["payments"].as_array().unwrap();
    payments.iter().map(|own| kopecks(&own["amount"])).collect()
}

/// A relay before a server that holds the first call of that name until it is released.
fn holding(upstream: &str, call: &'static str) -> (Relay, Sender<()>) {
    holding_then(upstream, call, || Deed::Pass)
}

/// And then does this to it.
fn holding_then(upstream: &str, call: &'static str, then: fn() -> Deed) -> (Relay, Sender<()>) {
    let (release, released) = channel();
    let released = Mutex::new(released);
    let relay = Relay::start(upstream, move |seen| {
        if seen.name == call && seen.before == 0 {
            // Dropping the sender releases, too.
            let _ = released.lock().unwrap().recv_timeout(PATIENCE);
            return then();
        }
        Deed::Pass
    });
    (relay, release)
}

fn wait_until_seen(relay: &Relay, call: &str, times: usize) {
    let until = Instant::now() + PATIENCE;
    while relay.bodies(call).len() < times {
        assert!(
            Instant::now() < until,
            "{call} was not called {times} times"
        );
        std::thread::yield_now();
    }
}

fn wait_until_free(sim: &Sim, order: &str) {
    let until = Instant::now() + PATIENCE;
    while sim.order(order)["locked"] != false {
        assert!(Instant::now() < until, "{order} stays locked");
        std::thread::yield_now();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Every number of the page has a test of that number, the page names it, and no number of the
/// reports is left out.
#[test]
fn the_page_of_reports_names_tests_that_exist() {
    const NUMBERS: [u32; 39] = [
        1, 3, 5, 6, 8, 9, 11, 13, 14, 15, 17, 18, 19, 20, 22, 24, 25, 27, 28, 29, 30, 32, 33, 35,
        36, 38, 39, 40, 41, 43, 44, 46, 48, 49, 50, 52, 53, 55, 56,
    ];
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reports.md");
    let page = fs::read_to_string(page).unwrap();
    let sources = crate::field::sources();
    let mut numbers = vec![];
    for row in page.lines().filter(|row| row.starts_with("| ")) {
        let number = row.trim_start_matches("| ").split(' ').next().unwrap();
        let Ok(number) = number.parse::<u32>() else {
            continue;
        };
        numbers.push(number);
        let wanted = format!("report_{number:02}_");
        let names: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let is_own = |name: &&str| name.rsplit("::").next().unwrap().starts_with(&wanted);
        assert!(
            names.iter().any(is_own) || row.contains("not applicable"),
            "no test of its own: {row}"
        );
        for name in names {
            let function = name.rsplit("::").next().unwrap();
            assert!(
                sources.contains(&format!("fn {function}(")),
                "no test {name}"
            );
        }
    }
    assert_eq!(numbers, NUMBERS);
}
