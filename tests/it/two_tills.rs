//! Two tills, each a process with a state folder of its own: they want the same order, the same
//! money, the same second. One pays, the other is told why it does not, and nobody waits for ever.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde_json::{Value, json};

use crate::d15::Site;
use crate::gate::{Gate, When};
use crate::harness::{PATIENCE, Said, Sim, till_command};
use crate::worlds;

const ROUNDS: usize = 24;
/// The account that pays in full in [`worlds::pay`], and its id.
pub const CARD: &str = "61366822";
pub const ACCOUNT: &str = "Депозит";
const ACCOUNT_ID: &str = "9001";
/// What a till is told of an order that another one has paid: it depends on how far its own look
/// at the order had come.
const COMES_TOO_LATE: [&str; 3] = ["order_not_found", "order_closed", "order_paid_elsewhere"];

/// Two tills at one pair of stand-ins.
pub struct Tills {
    pub sim: Sim,
    tills: [(PathBuf, String); 2],
}

impl Tills {
    pub fn start(orders: usize, change: impl Fn(String) -> String) -> Self {
        Self::start_at(Site::Rpc, orders, change)
    }

    fn start_at(site: Site, orders: usize, change: impl Fn(String) -> String) -> Self {
        let sim = Sim::start_with(&site.scenario(&worlds::scenario(orders)));
        let tills = ["1", "2"].map(|station| {
            let folder = sim.config.with_file_name(format!("till-{station}"));
            let config = sim.config_with(&format!("till-{station}.toml"), |text| {
                let own = format!("station_code = \"{station}\"");
                assert!(text.contains("station_code = \"1\""), "{text}");
                change(text.replace("station_code = \"1\"", &own))
            });
            (config, folder.to_str().unwrap().to_owned())
        });
        Self { sim, tills }
    }

    pub fn command(&self, till: usize, args: &[impl AsRef<str>]) -> Command {
        let (config, folder) = &self.tills[till];
        at(config, folder, args)
    }

    pub fn run(&self, till: usize, args: &[impl AsRef<str>]) -> Said {
        said_in_time(spawn(self.command(till, args)))
    }

    /// Nothing is left open at either, and together their journals are the books.
    #[track_caller]
    pub fn agree(&self) {
        let mut payments = vec![];
        for till in [0, 1] {
            let said = self.run(till, &["recover", "--json"]).expect_code(0);
            assert_eq!(said.json(), json!([]));
            let said = self.run(till, &["payments", "--json"]).expect_code(0);
            payments.extend(said.json().as_array().unwrap().clone());
        }
        worlds::agree(&self.sim.state(), &json!(payments)).unwrap();
    }

    fn balance(&self) -> i64 {
        worlds::kopecks(&json!(self.sim.balance(CARD, ACCOUNT)))
    }
}

fn at(config: &Path, folder: &str, args: &[impl AsRef<str>]) -> Command {
    let mut all: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
    all.extend(["--state-dir", folder]);
    till_command(config, &all)
}

pub fn spawn(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Its output once it ended by itself. Both pipes are read while it runs: it never waits for us.
pub fn said_in_time(mut child: Child) -> Said {
    let stdout = read_aside(child.stdout.take().unwrap());
    let stderr = read_aside(child.stderr.take().unwrap());
    let until = Instant::now() + PATIENCE;
    let [stdout, stderr] = [stdout, stderr].map(|pipe| {
        let left = until.saturating_duration_since(Instant::now());
        pipe.recv_timeout(left).unwrap_or_else(|_| {
            child.kill().unwrap();
            panic!("a till waits for ever: {:?}", pipe.recv())
        })
    });
    let status = child.wait().unwrap();
    Said::of(&Output {
        status,
        stdout,
        stderr,
    })
}

fn read_aside(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut all = vec![];
        pipe.read_to_end(&mut all).unwrap();
        send.send(all).unwrap_or_default();
    });
    receive
}

/// Which of two ended with a payment, and which did not.
#[track_caller]
fn one_of(said: &[Said]) -> (&Said, &Said) {
    let (paid, refused): (Vec<&Said>, Vec<&Said>) = said.iter().partition(|own| own.code == 0);
    let (&[paid], &[refused]) = (paid.as_slice(), refused.as_slice()) else {
        panic!("{said:?}");
    };
    assert_eq!(paid.json()["state"], "paid", "{said:?}");
    (paid, refused)
}

/// Refused in a way that leaves no doubt about the money.
#[track_caller]
fn nothing_was_debited(refused: &Said) -> String {
    let json = refused.json();
    assert_eq!(json["state"], "refused", "{refused:?}");
    let reason = json["reason"].as_str().unwrap().to_owned();
    if json["payment_id"].is_null() {
        // It came so late that what it read was refused already: nothing was begun. By its name only
        // an open order is found.
        let code = if reason == "order_not_found" { 8 } else { 4 };
        assert_eq!(refused.code, code, "{refused:?}");
        assert_eq!(json["legs"], json!([]), "{refused:?}");
        assert!(!refused.err.trim().is_empty(), "{refused:?}");
        return reason;
    }
    assert_eq!(refused.code, 4, "{refused:?}");
    let legs = json["legs"].as_array().unwrap();
    let untouched = |leg: &Value| leg["state"] == "not_charged";
    assert!(legs.iter().all(untouched), "{refused:?}");
    assert!(refused.err.contains("Деньги не списаны"), "{refused:?}");
    reason
}

/// The cashier hears which till it is.
#[track_caller]
fn names_the_holder(refused: &Said, till: usize) {
    let holder = format!("Заказ занят: Касса {}, ", till + 1);
    assert!(refused.err.contains(&holder), "{holder}: {refused:?}");
}

#[test]
fn report_25_of_two_tills_one_pays_and_the_other_is_told_why_not() {
    let tills = Tills::start(ROUNDS, |text| text);
    let mut told = BTreeMap::<String, usize>::new();
    let mut left = tills.balance();
    for round in 0..ROUNDS {
        let name = worlds::order(round);
        let args = worlds::pay(round, 1);
        // The first round makes the journals; each till is started first as often as the other.
        let first = round % 2;
        let running = [first, 1 - first].map(|till| spawn(tills.command(till, &args)));
        let said = running.map(said_in_time);
        let (paid, refused) = one_of(&said);
        let reason = nothing_was_debited(refused);
        match reason.as_str() {
            "order_locked" => {
                let winner = if std::ptr::eq(paid, &raw const said[0]) {
                    first
                } else {
                    1 - first
                };
                names_the_holder(refused, winner);
            }
            "order_paid_elsewhere" => {
                assert!(refused.err.contains("уже оплачен"), "{said:?}");
            }
            late if COMES_TOO_LATE.contains(&late) => {}
            _ => panic!("{name}: {said:?}"),
        }
        *told.entry(reason).or_default() += 1;
        left -= worlds::due(round);
        assert_eq!(tills.balance(), left, "{said:?}");
        let order = tills.sim.order(&name);
        assert_eq!(order["payments"].as_array().unwrap().len(), 1, "{order}");
        assert_eq!(order["unpaid"], "0.00");
    }
    println!("two tills, one order: {ROUNDS} rounds, the other was told {told:?}");
    tills.sim.assert_no_violations();
    tills.agree();
}

#[test]
fn while_one_till_pays_the_other_hears_its_name_and_is_too_late() {
    let tills = Tills::start(1, |text| text);
    tills
        .sim
        .fault_with("lime.PutCheck", "delay", 1, &json!(1_500));
    let args = worlds::pay(0, 1);
    let first = spawn(tills.command(1, &args));
    tills.sim.wait_for_calls("lime.PutCheck", 1);
    let refused = tills.run(0, &args);
    assert_eq!(nothing_was_debited(&refused), "order_locked");
    names_the_holder(&refused, 1);
    said_in_time(first).expect_code(0);
    let late = tills.run(0, &args);
    assert_eq!(nothing_was_debited(&late), "order_not_found");
    assert_eq!(tills.balance(), 9_000_000 - worlds::due(0));
    tills.agree();
}

#[test]
fn report_22_money_for_one_bill_pays_one_of_two() {
    let told = money_for_one_bill(Site::Rpc, &["not_enough_money"]);
    println!("two tills, money for one: the other was told {told:?}");
}

/// The same where money is held before it is taken: what the other till holds is not free.
#[test]
fn money_for_one_bill_pays_one_of_two_where_it_is_held() {
    let told = money_for_one_bill(Site::Holds, &["not_enough_money", "held_elsewhere"]);
    println!("two tills, money for one is held: the other was told {told:?}");
}

/// What the tills that were refused were told, and how often.
fn money_for_one_bill(site: Site, reasons: &[&str]) -> BTreeMap<String, usize> {
    let tills = Tills::start_at(site, ROUNDS, |text| text);
    let mut told = BTreeMap::<String, usize>::new();
    let mut spent = 0;
    // Orders of one price: every third of the world.
    for round in 0..ROUNDS / 6 {
        let orders = [6 * round, 6 * round + 3];
        let dues = orders.map(worlds::due);
        let enough = dues.into_iter().max().unwrap();
        assert!(enough < dues[0] + dues[1]);
        let amount = format!("{}.{:02}", enough / 100, enough % 100);
        let balance = json!({"op": "set_balance", "account": ACCOUNT_ID, "amount": amount});
        tills.sim.edit(&balance);
        let running = [0, 1].map(|till| spawn(tills.command(till, &worlds::pay(orders[till], 1))));
        let said = running.map(said_in_time);
        let (paid, refused) = one_of(&said);
        let reason = nothing_was_debited(refused);
        assert!(reasons.contains(&reason.as_str()), "{said:?}");
        *told.entry(reason).or_default() += 1;
        let winner = usize::from(!std::ptr::eq(paid, &raw const said[0]));
        assert_eq!(tills.balance(), enough - dues[winner], "{said:?}");
        spent += dues[winner];
        let order = tills.sim.order(&worlds::order(orders[1 - winner]));
        assert_eq!(order["payments"], json!([]), "{order}");
        assert_eq!(order["locked"], false, "{order}");
        let due = worlds::kopecks(&order["unpaid"]);
        assert_eq!(due, dues[1 - winner]);
    }
    tills.sim.assert_no_violations();
    // As if nobody had touched the balance meanwhile, for the books of the end.
    let amount = format!(
        "{}.{:02}",
        (9_000_000 - spent) / 100,
        (9_000_000 - spent) % 100
    );
    let balance = json!({"op": "set_balance", "account": ACCOUNT_ID, "amount": amount});
    tills.sim.edit(&balance);
    tills.agree();
    told
}

/// How the first till dies, and what becomes of its payment.
struct Death {
    call: &'static str,
    when: When,
    /// The held request arrives after the other till has paid.
    late: bool,
    /// Its payment is already in r_keeper: the other till cannot pay any more.
    paid: bool,
}

#[test]
fn a_till_that_dies_with_the_lock_leaves_the_order_to_the_other() {
    let deaths = [
        ("rkeeper.LockOrder", When::After, false, false),
        ("lime.PutCheck", When::Before, false, false),
        ("lime.PutCheck", When::Before, true, false),
        ("lime.PutCheck", When::Answered, false, false),
        ("rkeeper.PayOrder", When::Before, false, false),
        ("rkeeper.PayOrder", When::Before, true, false),
        ("rkeeper.PayOrder", When::After, false, true),
    ];
    let tills = Tills::start(deaths.len() + 1, |text| {
        format!("{text}\n[payment]\nretry_s = [1]\n")
    });
    let gate = Gate::open();
    gate.shorten_locks();
    // The first till goes through the gate, with the same folder.
    let folder = &tills.tills[0].1;
    let config = gate.lead_to(&tills.sim, |text| {
        format!("{text}\n[payment]\nretry_s = [1]\n")
            .replace("state_dir = \"till\"", &format!("state_dir = \"{folder}\""))
    });
    let run = |args: &[String], stop| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        gate.run(&config, &args, stop)
    };
    let undisturbed = run(&worlds::pay(deaths.len(), 1), None).end();
    assert!(undisturbed.status.success(), "{}", undisturbed.said);
    let calls = gate.calls();
    for (round, (call, when, late, paid)) in deaths.into_iter().enumerate() {
        let death = Death {
            call,
            when,
            late,
            paid,
        };
        let context = format!("{call} {when:?} late {late}");
        let step = 1 + calls.iter().position(|own| own == death.call).unwrap();
        let name = worlds::order(round);
        let end = run(&worlds::pay(round, 1), Some((step, death.when))).kill_when_held();
        let held = end.held.expect(&context);
        // The other card, so that the books tell who paid. Until the lock runs out the other till
        // hears whose it is.
        let mut args = worlds::pay(round, 1);
        for arg in &mut args {
            *arg = arg.replace(CARD, "50331649").replace(":9001:", ":9011:");
        }
        let until = Instant::now() + PATIENCE;
        let other = loop {
            let said = tills.run(1, &args);
            if said.code == 0 || Instant::now() > until {
                break said;
            }
            let reason = nothing_was_debited(&said);
            if death.paid && COMES_TOO_LATE.contains(&reason.as_str()) {
                break said;
            }
            assert_eq!(reason, "order_locked", "{context}: {said:?}");
            names_the_holder(&said, 0);
        };
        assert_eq!(other.code == 0, !death.paid, "{context}: {other:?}");
        held.send(death.late).unwrap_or_default();
        gate.wait_until_idle();
        let mut recovered = tills.run(0, &["recover", "--json"]);
        for _ in 0..3 {
            if recovered.code == 0 {
                break;
            }
            recovered = tills.run(0, &["recover", "--json"]);
        }
        assert_eq!(recovered.code, 0, "{context}: {recovered:?}");
        let order = tills.sim.order(&name);
        assert_eq!(order["unpaid"], "0.00", "{context}");
        let payments = order["payments"].as_array().unwrap();
        assert_eq!(payments.len(), 1, "{context}: {order}");
        let card = if death.paid { CARD } else { "50331649" };
        assert_eq!(payments[0]["card_code"], card, "{context}: {order}");
        tills.agree();
    }
    tills.sim.assert_no_violations();
}

#[test]
fn of_two_programs_with_one_folder_one_pays_and_the_other_refuses() {
    let tills = Tills::start(ROUNDS, |text| text);
    let mut told = BTreeMap::<i32, usize>::new();
    let mut left = tills.balance();
    for round in 0..ROUNDS / 2 {
        let args = worlds::pay(round, 1);
        let said = [0, 0]
            .map(|till| spawn(tills.command(till, &args)))
            .map(said_in_time);
        let (_, refused) = one_of(&said);
        match refused.code {
            7 => assert_eq!(refused.json()["reason"], "second_instance", "{said:?}"),
            // It came when the first one was through, or just about to be.
            _ => {
                let reason = nothing_was_debited(refused);
                let known = reason == "order_locked" || COMES_TOO_LATE.contains(&reason.as_str());
                assert!(known, "{said:?}");
            }
        }
        *told.entry(refused.code).or_default() += 1;
        left -= worlds::due(round);
        assert_eq!(tills.balance(), left, "{said:?}");
    }
    println!("two programs, one folder: the second ended with {told:?}");
    tills.sim.assert_no_violations();
    tills.agree();
}
