//! Looking back: what the servers know of this till and its journal does not, and the other way
//! round.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Said, Sim, till_command};
use crate::screen::Screen;

const CARD: &str = "61366822";
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
const WHO: [&str; 4] = ["--operator", "Иванов", "--reason", "разобрано"];

/// Pays a part of the sample's order.
fn pay_part(sim: &Sim, roubles: &str) -> String {
    let take = format!("{CARD}:Депозит:{roubles}");
    let args = ["pay", "*/1", "--card", CARD, "--take", &take, "--partial"];
    let paid = sim.till(&[&args[..], &["--json"]].concat());
    id(&paid.expect_code(0).json())
}

fn pay_all(sim: &Sim) -> String {
    let paid = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    id(&paid.expect_code(0).json())
}

fn id(payment: &Value) -> String {
    payment["payment_id"].as_str().unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The journal as it was; what was written since is lost, and a person accepts it so.
fn lose_what_came_since(sim: &Sim, old: &Path) {
    let folder = sim.till_folder();
    let head = fs::read(folder.join("journal.head")).unwrap();
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::remove_file(folder.join(name)).ok();
    }
    copy(old, &folder);
    fs::write(folder.join("journal.head"), head).unwrap();
    sim.till(&["recover"]).expect_code(7);
    sim.till(&["journal", "accept", "--operator", "А", "--reason", "Б"])
        .expect_code(0);
}

/// Elements of a list that are no payments of the journal.
fn orphans(list: &Value) -> Vec<Value> {
    let all = list.as_array().unwrap().iter();
    all.filter(|row| row["state"] == "orphan")
        .cloned()
        .collect()
}

fn recover(sim: &Sim, code: i32) -> Vec<Value> {
    orphans(&sim.till(&["recover", "--json"]).expect_code(code).json())
}

/// What may have moved something.
fn writes(sim: &Sim) -> Vec<Value> {
    let requests = &sim.state()["requests"];
    ["lime.PutCheck", "rkeeper.PayOrder", "rkeeper.SaveOrder"]
        .map(|at| requests[at].clone())
        .into()
}

#[test]
fn a_paid_bill_that_the_journal_lost_is_named_until_a_person_knows_it() {
    let sim = Sim::start();
    pay_part(&sim, "100");
    let old = tempfile::tempdir().unwrap();
    copy(&sim.till_folder(), old.path());
    let lost = pay_all(&sim);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
    lose_what_came_since(&sim, old.path());
    let before = (writes(&sim), sim.balance(CARD, "Депозит"));

    let found = recover(&sim, 5);
    assert_eq!(found.len(), 1, "{found:#?}");
    let orphan = &found[0];
    assert_eq!(orphan["payment_id"], lost.as_str());
    assert_eq!(orphan["attention"], "orphan");
    assert_eq!(orphan["total"], "2250.00");
    assert_eq!(orphan["order"]["name"], "*/1");
    assert!(orphan["receipt"]["check_num"].is_string(), "{orphan}");
    assert!(orphan["lime"]["check_id"].is_number(), "{orphan}");
    let all = json!({"shown": "2250.00", "believed": "0.00"});
    assert_eq!(orphan["orphan"]["kind"], "not_in_journal");
    assert_eq!(orphan["orphan"]["lime"], all);
    assert_eq!(orphan["orphan"]["rkeeper"], all);

    // On every list, by the journal alone, until a person says so; nothing is undone by itself.
    for list in [&["payments"][..], &["report", "sales"], &["recover"]] {
        let said = sim.till(list);
        assert!(said.out.contains("ВНИМАНИЕ"), "{said:?}");
        assert!(
            said.out.contains("расходятся – 1 на сумму 2250.00"),
            "{said:?}"
        );
        assert!(said.out.contains(&lost), "{said:?}");
        let check = orphan["lime"]["check_id"].to_string();
        assert!(said.out.contains(&check), "{said:?}");
    }
    let shift = sim.till(&["report", "sales", "--json"]).json();
    assert_eq!(shift["orphans"][0]["payment_id"], lost.as_str());
    let listed = sim.till(&["payments", "--json"]).expect_code(0).json();
    assert_eq!(orphans(&listed), found);
    assert_eq!(before, (writes(&sim), sim.balance(CARD, "Депозит")));

    let nobody = [
        "decide",
        &lost,
        "--known",
        "--operator",
        " ",
        "--reason",
        "x",
    ];
    sim.till(&nobody).expect_code(2);
    let known = [&["decide", &lost, "--known", "--json"][..], &WHO].concat();
    let settled = sim.till(&known).expect_code(0).json();
    assert_eq!(settled["state"], "settled", "{settled}");
    sim.till(&known).expect_code(8);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(!listed.out.contains("ВНИМАНИЕ"), "{listed:?}");
    sim.till(&["journal", "verify"]).expect_code(0);
    sim.assert_no_violations();
}

/// Killed between the debit and r_keeper, and the journal's end lost: the guest's money is gone, and
/// only Lime knows.
#[test]
fn a_debit_that_only_lime_knows_is_named() {
    let sim = Sim::start();
    pay_part(&sim, "100");
    let old = tempfile::tempdir().unwrap();
    copy(&sim.till_folder(), old.path());
    sim.fault("rkeeper.PayOrder", "lose_request", 9);
    let mut till = sim.till_in_background(&["pay", "*/1", "--card", CARD, "--json"]);
    sim.wait_for_calls("rkeeper.PayOrder", 1);
    till.kill().unwrap();
    till.wait().unwrap();
    lose_what_came_since(&sim, old.path());

    let found = recover(&sim, 5);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["orphan"]["kind"], "not_in_journal");
    assert_eq!(found[0]["orphan"]["lime"]["shown"], "2250.00");
    assert_eq!(found[0]["orphan"]["rkeeper"], Value::Null);
    assert_eq!(found[0]["receipt"], Value::Null);
    assert_eq!(found[0]["total"], "2250.00");
    // Once more is not once more written down.
    let rows = |sim: &Sim| {
        let said = sim.till(&["journal", "verify", "--json"]).expect_code(0);
        said.json()["rows"].clone()
    };
    let before = rows(&sim);
    assert_eq!(recover(&sim, 5), found);
    assert_eq!(rows(&sim), before);
}

/// Another till of the same kind, at the same station and cash desk, with a journal of its own.
#[test]
fn what_another_till_paid_is_never_named() {
    let sim = Sim::start();
    let other = tempfile::tempdir().unwrap();
    let other = other.path().to_str().unwrap();
    pay_part(&sim, "100");
    let take = format!("{CARD}:Депозит:50");
    let args = ["--state-dir", other, "pay", "*/1", "--card", CARD];
    let part = [&args[..], &["--take", &take, "--partial"]].concat();
    sim.till(&part).expect_code(0);
    sim.till(&args).expect_code(0);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
    let others = ["--state-dir", other, "recover", "--json"];
    let theirs = sim.till(&others).expect_code(0).json();
    assert_eq!(orphans(&theirs), Vec::<Value>::new());

    // Nor does it know ours without a journal at all, where the key is another one.
    let third = tempfile::tempdir().unwrap();
    let third = third.path().to_str().unwrap();
    let said = sim.till(&["--state-dir", third, "recover", "--json"]);
    assert_eq!(said.expect_code(0).json(), json!([]));
}

#[test]
fn a_receipt_annulled_at_the_till_is_told_and_forgotten_when_it_is_right_again() {
    let sim = Sim::start();
    let paid = pay_all(&sim);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
    sim.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
    let found = recover(&sim, 5);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["payment_id"], paid.as_str());
    assert_eq!(found[0]["orphan"]["kind"], "missing");
    let (gone, there) = (
        json!({"shown": "0.00", "believed": "2350.00"}),
        json!({"shown": "2350.00", "believed": "2350.00"}),
    );
    assert_eq!(found[0]["orphan"]["rkeeper"], gone);
    assert_eq!(found[0]["orphan"]["lime"], there);

    // The till gives the money back as well: then all is right.
    sim.till(&["refund", &paid, "--json"]).expect_code(0);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
    let listed = sim.till(&["payments"]).expect_code(0);
    assert!(!listed.out.contains("расходятся"), "{listed:?}");
}

/// F23: the wallet comes back from a backup, and has forgotten what it took.
#[test]
fn a_debit_that_lime_forgot_is_told() {
    let sim = Sim::start();
    let kept = pay_part(&sim, "100");
    let forgotten = pay_all(&sim);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
    sim.edit(&json!({"op": "restore_backup", "checks": 1}));
    let found = recover(&sim, 5);
    assert_eq!(found.len(), 1, "{kept}: {found:#?}");
    assert_eq!(found[0]["payment_id"], forgotten.as_str());
    assert_eq!(found[0]["orphan"]["kind"], "missing");
    assert_eq!(
        found[0]["orphan"]["lime"],
        json!({"shown": "0.00", "believed": "2250.00"})
    );
    let known = [&["decide", &forgotten, "--known"][..], &WHO].concat();
    sim.till(&known).expect_code(0);
    assert_eq!(recover(&sim, 0), Vec::<Value>::new());
}

#[test]
fn servers_that_cannot_be_asked_are_said_so_and_are_no_error() {
    let dumb = SAMPLE
        .replace("receipt_list = true", "receipt_list = false")
        .replace("list_checks = true", "list_checks = false");
    let sim = Sim::start_with(&dumb);
    pay_all(&sim);
    let said = sim.till(&["recover"]).expect_code(0);
    assert_eq!(said.err.matches("lime.assumed.list_checks").count(), 1);
    assert_eq!(said.err.matches("GetReceiptList").count(), 1);
    // What the config promises and Lime does not know is a server that fails.
    let config = sim.config_with("boast.toml", |text| {
        let section = "[lime.assumed]\n";
        let boast = format!("{section}list_checks = \"CashdeskServer/GetChecks\"\n");
        text.replace(section, &boast)
    });
    let boast = till_command(&config, &["recover"]).output().unwrap();
    let boast = Said::of(&boast).expect_code(0);
    assert!(boast.err.contains("Lime: последние часы"), "{boast:?}");
}

#[test]
fn a_server_that_does_not_answer_is_no_error_and_stops_nothing() {
    let sim = Sim::start();
    let paid = pay_all(&sim);
    sim.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
    for (at, kind, server) in [
        ("lime.GetChecks", "garbage", "Lime: последние часы"),
        ("lime.GetChecks", "cut_body", "Lime: последние часы"),
        ("lime.GetChecks", "html", "Lime: последние часы"),
        (
            "rkeeper.GetReceiptList",
            "garbage",
            "r_keeper: последние часы",
        ),
        (
            "rkeeper.GetOrderList2",
            "cut_body",
            "r_keeper: последние часы",
        ),
        ("rkeeper.GetOrder", "html", "r_keeper: последние часы"),
    ] {
        sim.fault(at, kind, 1);
        let said = sim.till(&["recover"]);
        assert_eq!(said.err.matches(server).count(), 1, "{at} {kind}: {said:?}");
        let other = if server.starts_with("Lime") {
            "r_keeper: "
        } else {
            "Lime: "
        };
        assert!(!said.err.contains(other), "{at} {kind}: {said:?}");
    }
    // Found by what did answer.
    let found = recover(&sim, 5);
    assert_eq!(found[0]["payment_id"], paid.as_str());
    // Said of the journal alone while nobody can be asked.
    sim.fault("rkeeper.GetOrder", "garbage", 9);
    assert_eq!(recover(&sim, 5), found);
}

#[test]
fn looking_back_can_be_turned_off() {
    let sim = Sim::start();
    pay_all(&sim);
    let config = sim.config_with("off.toml", |text| {
        format!("{text}\n[payment]\nlookback_h = 0\n")
    });
    let before = sim.state()["requests"].clone();
    let said = till_command(&config, &["recover"]).output().unwrap();
    let said = Said::of(&said).expect_code(0);
    assert_eq!(said.err, "");
    assert_eq!(sim.state()["requests"], before);
}

/// What the till screen finds is in the journal, for every list.
#[test]
fn the_till_screen_looks_back_at_its_start() {
    let sim = Sim::start();
    let paid = pay_all(&sim);
    sim.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
    let mut screen = Screen::start(&[], Some(&sim.config));
    let until = Instant::now() + PATIENCE;
    let found = loop {
        let listed = sim.till(&["payments", "--json"]).expect_code(0).json();
        let found = orphans(&listed);
        if !found.is_empty() {
            break found;
        }
        assert!(Instant::now() < until, "the screen did not look back");
    };
    assert_eq!(found[0]["payment_id"], paid.as_str());
    screen.leave();
}
