//! The journal's files: lost, exchanged, changed, copied.

use std::fs;
use std::path::Path;

use crate::harness::Sim;

const CARD: &str = "61366822";

fn paid(sim: &Sim) {
    let part = format!("{CARD}:Депозит:100");
    sim.till(&["pay", "*/1", "--card", CARD, "--take", &part, "--partial"])
        .expect_code(0);
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

/// An older copy in the place of the journal would let a payment be forgotten.
#[test]
fn an_older_copy_stops_payments_until_a_person_accepts_it() {
    let sim = Sim::start();
    paid(&sim);
    let folder = sim.till_folder();
    let old = tempfile::tempdir().unwrap();
    copy(&folder, old.path());
    paid(&sim);
    sim.till(&["journal", "verify"]).expect_code(0);
    let head = fs::read(folder.join("journal.head")).unwrap();
    copy(old.path(), &folder);
    fs::write(folder.join("journal.head"), head).unwrap();
    for name in ["journal.db-wal", "journal.db-shm"] {
        if !old.path().join(name).exists() {
            fs::remove_file(folder.join(name)).ok();
        }
    }
    let part = format!("{CARD}:Депозит:100");
    let pay = ["pay", "*/1", "--card", CARD, "--take", &part, "--partial"];
    let before = sim.balance(CARD, "Депозит");
    let refused = sim.till(&pay).expect_code(7);
    assert!(refused.err.contains("journal accept"), "{refused:?}");
    assert_eq!(sim.balance(CARD, "Депозит"), before);
    sim.till(&["journal", "accept", "--operator", "А", "--reason", "Б"])
        .expect_code(0);
    sim.till(&pay).expect_code(0);
    sim.till(&["journal", "verify"]).expect_code(0);
}

#[test]
fn a_journal_that_is_gone_is_a_loss_and_no_first_start() {
    let sim = Sim::start();
    paid(&sim);
    let folder = sim.till_folder();
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::remove_file(folder.join(name)).ok();
    }
    let before = sim.balance(CARD, "Депозит");
    let part = format!("{CARD}:Депозит:100");
    sim.till(&["pay", "*/1", "--card", CARD, "--take", &part, "--partial"])
        .expect_code(7);
    assert_eq!(sim.balance(CARD, "Депозит"), before);
}

#[test]
fn a_copy_is_whole_and_a_changed_row_is_named() {
    let sim = Sim::start();
    paid(&sim);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("copy.db");
    let file = file.to_str().unwrap();
    sim.till(&["journal", "export", file]).expect_code(0);
    // Never over what is there.
    assert_ne!(sim.till(&["journal", "export", file]).code, 0);
    let whole = ["journal", "verify", "--file", file, "--json"];
    let whole = sim.till(&whole).expect_code(0).json();
    assert_eq!(whole["ok"], true, "{whole}");
    let mut bytes = fs::read(file).unwrap();
    let word = b"order_confirmed";
    let at = bytes
        .windows(word.len())
        .position(|part| part == word)
        .unwrap();
    bytes[at] = b'O';
    fs::write(file, bytes).unwrap();
    let bad = ["journal", "verify", "--file", file, "--json"];
    let bad = sim.till(&bad).expect_code(7).json();
    assert_eq!(bad["ok"], false, "{bad}");
    assert!(bad["first_bad"]["row"].is_number(), "{bad}");
}
