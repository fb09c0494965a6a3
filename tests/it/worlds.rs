//! Larger worlds than the sample: many orders, rich guests, one to four accounts to pay from.

use std::collections::BTreeMap;

use serde_json::Value;

use limekeeper::domain::Money;

const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

/// Code and price in roubles, as on the sample's menu.
const MENU: [(i64, i64); 4] = [(2470, 290), (2469, 360), (2476, 430), (2460, 410)];

/// Card and account, the one to take from first first; all of them can pay any order here.
const ACCOUNTS: [(&str, &str); 4] = [
    ("61366822", "9001"),
    ("50331649", "9011"),
    ("50331649", "9012"),
    ("67108865", "9021"),
];

/// Name of an order of [`scenario`].
pub fn order(index: usize) -> String {
    format!("К/{index}")
}

/// What that order costs, in kopecks.
pub fn due(index: usize) -> i64 {
    lines(index).map(|(_, price)| price * 100).sum()
}

fn lines(index: usize) -> impl Iterator<Item = (i64, i64)> {
    (0..=index % 3).map(move |line| MENU[(index + line) % MENU.len()])
}

/// The sample resort with that many orders, and money enough for all of them.
pub fn scenario(orders: usize) -> String {
    let (head, rest) = SAMPLE.split_once("[[orders]]").unwrap();
    let (_, lime) = rest.split_once("[lime]").unwrap();
    let mut text = head.to_owned();
    for index in 0..orders {
        let dishes: Vec<String> = lines(index)
            .map(|(code, _)| format!("{{ code = {code} }}"))
            .collect();
        let order = format!(
            "[[orders]]\nguid = \"{{5B1A7C00-2350-4F31-9E2A-{index:012X}}}\"\nvisit = {visit}\n\
             name = \"{name}\"\ntable = \"1\"\nhall = \"Основной зал\"\nwaiter = \"5\"\n\
             station = \"1\"\nopened_at = \"2024-03-05T13:15:00\"\nlines = [{dishes}]\n\n",
            visit = 1001 + index,
            name = order(index),
            dishes = dishes.join(", "),
        );
        text.push_str(&order);
    }
    text.push_str("[lime]");
    text.push_str(
        &lime
            .replace(
                "id = 9001, type = 1, amount = \"5000.00\"",
                "id = 9001, type = 1, amount = \"90000.00\"",
            )
            .replace("\"3000.00\"", "\"90000.00\"")
            .replace("\"450.50\"", "\"90000.00\"")
            .replace("\"-4000.00\"", "\"90000.00\""),
    );
    text
}

/// The command line that pays an order from that many accounts.
pub fn pay(index: usize, accounts: usize) -> Vec<String> {
    let mut args: Vec<String> = ["pay", &order(index), "--json"].map(str::to_owned).into();
    let mut left = due(index);
    for (place, (uid, account)) in ACCOUNTS.iter().take(accounts).enumerate() {
        if !args.iter().any(|arg| arg == uid) {
            args.extend(["--card".to_owned(), (*uid).to_owned()]);
        }
        let share = if place + 1 == accounts {
            left
        } else {
            left / 3 + 7
        };
        left -= share;
        let amount = Money::from_kopecks(share);
        args.extend(["--take".to_owned(), format!("{uid}:{account}:{amount}")]);
    }
    args
}

/// What a payment did, at both servers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// Debits less returns in Lime, in kopecks.
    pub lime: i64,
    /// Paid in r_keeper, in kopecks.
    pub rkeeper: i64,
    /// Lines of payment in r_keeper.
    pub lines: usize,
}

/// By payment id: what both servers have of it. Anything that names no payment is a mistake.
pub fn booked(state: &Value) -> BTreeMap<String, Booked> {
    let mut found = BTreeMap::<String, Booked>::new();
    let id = |mark: &Value, cut: char| {
        let mark = mark.as_str().unwrap().rsplit(cut).next().unwrap();
        mark.split_once('/')
            .expect("a payment and a leg")
            .0
            .to_owned()
    };
    for check in state["checks"].as_array().unwrap() {
        let sign = if check["type"] == 0 { 1 } else { -1 };
        for entry in check["entries"].as_array().unwrap() {
            for part in entry["payments"].as_array().unwrap() {
                let of = found.entry(id(&part["reference"], ';')).or_default();
                of.lime += sign * kopecks(&part["amount"]);
            }
        }
    }
    for order in state["orders"].as_array().unwrap() {
        for line in order["payments"].as_array().unwrap() {
            let of = found.entry(id(&line["ext_info"], ' ')).or_default();
            of.rkeeper += kopecks(&line["amount"]);
            of.lines += 1;
        }
    }
    found
}

/// The books of both servers and the journal (`payments --json`) tell the same of every payment and
/// nothing is left open.
pub fn agree(state: &Value, payments: &Value) -> Result<(), String> {
    let wrong = |what: &str, of: &dyn std::fmt::Debug| Err(format!("{what}: {of:?}"));
    if state["violations"] != serde_json::json!([]) {
        return wrong("violations", &state["violations"]);
    }
    let mut booked = booked(state);
    let mut paid = BTreeMap::<&str, &Value>::new();
    for payment in payments.as_array().unwrap() {
        let id = payment["payment_id"].as_str().unwrap();
        let total = kopecks(&payment["total"]);
        let legs = payment["legs"].as_array().unwrap();
        let is = booked.remove(id).unwrap_or_default();
        let name = payment["order"]["name"].as_str().unwrap();
        let (should, leg_states): (_, &[&str]) = match payment["state"].as_str().unwrap() {
            "paid" => {
                if let Some(earlier) = paid.insert(name, payment) {
                    return wrong("an order paid twice", &(earlier, payment));
                }
                let whole = Booked {
                    lime: total,
                    rkeeper: total,
                    lines: legs.len(),
                };
                (whole, &["paid"])
            }
            "refused" => (Booked::default(), &["not_charged", "given_back"]),
            _ => return wrong("left open", payment),
        };
        if is != should {
            return wrong("the books disagree", &(is, payment));
        }
        if legs
            .iter()
            .any(|leg| !leg_states.contains(&leg["state"].as_str().unwrap()))
        {
            return wrong("a leg says something else than its payment", payment);
        }
    }
    if !booked.is_empty() {
        return wrong(
            "money moved for payments that the journal does not know",
            &booked,
        );
    }
    for order in state["orders"].as_array().unwrap() {
        let ours = paid.contains_key(order["name"].as_str().unwrap());
        if (order["unpaid"] == "0.00") != ours {
            return wrong("paid in r_keeper is not paid in the journal", order);
        }
    }
    balances_agree(state)
}

/// No account below zero, and each has changed by what its checks say.
fn balances_agree(state: &Value) -> Result<(), String> {
    let mut changes = BTreeMap::<&str, i64>::new();
    for check in state["checks"].as_array().unwrap() {
        let sign = if check["type"] == 0 { -1 } else { 1 };
        for entry in check["entries"].as_array().unwrap() {
            for part in entry["payments"].as_array().unwrap() {
                let account = part["account_id"].as_str().unwrap();
                *changes.entry(account).or_default() += sign * kopecks(&part["amount"]);
            }
        }
    }
    for (_, account) in ACCOUNTS {
        let accounts = state["accounts"].as_array().unwrap();
        let found = accounts.iter().find(|own| own["id"] == account).unwrap();
        let balance = kopecks(&found["balance"]);
        let change = changes.get(account).copied().unwrap_or_default();
        if balance != 9_000_000 + change || balance < 0 {
            return Err(format!("account {account}: {change} {found}"));
        }
    }
    Ok(())
}

pub fn kopecks(value: &Value) -> i64 {
    Money::parse_decimal(value.as_str().unwrap())
        .unwrap()
        .kopecks()
}

/// Numbers that look random and come again with the same seed.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

/// The seed in that variable, or one of this moment.
pub fn seed(variable: &str) -> u64 {
    std::env::var(variable).map_or_else(
        |_| {
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
            u64::try_from(now.as_nanos() & 0xFFFF_FFFF).unwrap()
        },
        |text| text.parse().expect("a seed is a number"),
    )
}
