//! Older copies, mixed files, lost ends and files replaced under the program: payments never go on
//! over them unnoticed.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::payment::journal::anchor::HEAD_FILE;
use crate::payment::journal::verdict::{Bad, Fault, Loss};
use crate::payment::sale::By;

const LOG_FILE: &str = "journal.db-wal";

/// The journal's files as they lie there, as a backup or a sudden end would leave them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in [DATABASE_FILE, LOG_FILE, KEY_FILE, HEAD_FILE] {
        // SQLite leaves an empty log where it only looked.
        if let Ok(bytes) = fs::read(folder.join(name))
            && !(name == LOG_FILE && bytes.is_empty())
        {
            files.insert(name.to_owned(), bytes);
        }
    }
    files
}

fn lay(files: &BTreeMap<String, Vec<u8>>) -> tempfile::TempDir {
    let folder = place();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Works on for that many payments; the sales, in their order.
fn work(journal: &mut SqliteJournal, payments: usize) -> Vec<Sale> {
    (0..payments)
        .map(|_| {
            let sale = sale();
            for part in [&entries(&sale)[..2], &entries(&sale)[2..]] {
                journal.append(&sale, part, false, at()).unwrap();
            }
            sale
        })
        .collect()
}

fn holds(journal: &SqliteJournal, sales: &[Sale]) -> bool {
    let whole = |sale: &Sale| {
        let read = journal.entries(sale.payment);
        read.is_ok_and(|read| {
            read.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>() == entries(sale)
        })
    };
    sales.iter().all(whole) && journal.unfinished().unwrap().len() == sales.len()
}

fn loss(error: &JournalError) -> Option<Loss> {
    match error {
        JournalError::TailLost { what, .. } => Some(*what),
        _ => None,
    }
}

/// Field case 64, lab cases L28 and L29: yesterday's `journal.db` is copied over, with today's
/// `-wal` left beside it, or with none.
#[test]
fn case_64_a_backup_over_the_journal_is_seen() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for before in [0, 1, 8] {
        for between in [0, 1, 5] {
            for after in [1, 4] {
                let folder = place();
                let open = || SqliteJournal::open(folder.path(), at()).unwrap();
                let mut sales = work(&mut open(), before);
                let backup = files(folder.path());
                sales.extend(work(&mut open(), between));
                let mut journal = open();
                sales.extend(work(&mut journal, after));
                // Killed, so that the log stays.
                let today = files(folder.path());
                let unharmed = lay(&today);
                let whole = SqliteJournal::open(unharmed.path(), at()).unwrap();
                assert!(holds(&whole, &sales), "nothing is lost");
                drop(whole);

                let mut mixed = today.clone();
                mixed.insert(DATABASE_FILE.into(), backup[DATABASE_FILE].clone());
                let mut without_log = mixed.clone();
                without_log.remove(LOG_FILE);
                let mut database_only = today.clone();
                database_only.remove(LOG_FILE);
                for (name, copy) in [
                    ("L28", mixed),
                    ("L29 backup", without_log),
                    ("L29 today", database_only),
                ] {
                    let folder = lay(&copy);
                    let word = match SqliteJournal::open(folder.path(), at()) {
                        Ok(journal) => {
                            assert!(holds(&journal, &sales), "{name} {before} {between} {after}");
                            "whole".to_owned()
                        }
                        Err(error) => {
                            assert_eq!(files(folder.path()), copy, "left as it was: {error}");
                            loss(&error).map_or("damaged", Loss::code).to_owned()
                        }
                    };
                    *seen.entry(format!("{name}: {word}")).or_default() += 1;
                }
            }
        }
    }
    println!("{seen:?}");
    assert!(
        seen.keys().any(|word| word == "L29 backup: shorter"),
        "{seen:?}"
    );
    assert!(
        !seen
            .keys()
            .any(|word| word.starts_with("L29") && word.ends_with("whole"))
    );
    // A log that holds all that changed since the backup restores it; any other mixture is seen.
    assert!(seen.contains_key("L28: whole"), "{seen:?}");
    assert!(
        seen.keys()
            .any(|word| word.starts_with("L28") && !word.ends_with("whole"))
    );
}

#[test]
fn a_lost_end_is_accepted_only_by_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let mut sales = work(&mut journal, 2);
    drop(journal);
    let older = fs::read(folder.path().join(DATABASE_FILE)).unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    work(&mut journal, 1);
    drop(journal);
    fs::write(folder.path().join(DATABASE_FILE), older).unwrap();
    for _ in 0..2 {
        let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
        let lost = matches!(
            error,
            JournalError::TailLost {
                has: 10,
                had: 15,
                what: Loss::Shorter
            }
        );
        assert!(lost, "asking again changes nothing: {error}");
    }
    // History stays readable, and verify says the same.
    let reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    assert!(holds(&reader, &sales));
    drop(reader);
    let verdict = SqliteJournal::verify_folder(folder.path())
        .unwrap()
        .unwrap();
    assert_eq!(
        verdict.first_bad,
        Some(Bad {
            row: 10,
            fault: Fault::Lost(Loss::Shorter)
        })
    );
    let accept = || {
        SqliteJournal::accept(folder.path(), &By::named("Анна"), "сверено с Lime", at()).unwrap()
    };
    assert_eq!(
        accept(),
        Some(Accepted {
            has: 10,
            had: 15,
            what: Loss::Shorter
        })
    );
    assert_eq!(accept(), None, "once");
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let note: String = journal
        .connection
        .query_row("SELECT clear FROM events WHERE kind = 'note'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(
        note.contains("Анна") && note.contains("сверено с Lime"),
        "{note}"
    );
    assert!(
        note.contains("\"had\":15") && note.contains("\"has\":10"),
        "{note}"
    );
    // The note is a link of the chain and no payment.
    let nobody = PaymentId::from_uuid(uuid::Uuid::nil());
    assert_eq!(journal.entries(nobody).unwrap(), []);
    assert_eq!(journal.payments(Timestamp::MIN).unwrap().len(), 2);
    sales.extend(work(&mut journal, 1));
    assert!(holds(&journal, &sales));
    let verdict = journal.verify();
    assert_eq!((verdict.rows, verdict.payments), (16, 3));
    assert_eq!(verdict.first_bad, None);
}

/// Field case 66: what is gone is not begun anew.
#[test]
fn case_66_a_journal_that_is_gone_is_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    work(&mut journal, 1);
    let killed = files(folder.path());
    drop(journal);
    let clean = files(folder.path());
    let without = |files: &BTreeMap<String, Vec<u8>>, name: &str| {
        let mut files = files.clone();
        files.remove(name);
        files
    };
    let mut empty = clean.clone();
    empty.insert(DATABASE_FILE.into(), vec![]);
    for copy in [
        without(&clean, DATABASE_FILE),
        without(&killed, DATABASE_FILE),
        // Not even an anchor, and a log that no first start leaves.
        without(&without(&killed, DATABASE_FILE), HEAD_FILE),
        empty,
    ] {
        let folder = lay(&copy);
        let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
        assert_eq!(loss(&error), Some(Loss::Gone), "{error}");
        assert_eq!(
            files(folder.path()),
            copy,
            "nothing is made, nothing deleted"
        );
        let verdict = SqliteJournal::verify_folder(folder.path())
            .unwrap()
            .unwrap();
        assert_eq!(verdict.first_bad.unwrap().fault, Fault::Lost(Loss::Gone));
        let accepted = SqliteJournal::accept(folder.path(), &By::named("Анна"), "сверено", at());
        if copy.contains_key(LOG_FILE) {
            // SQLite would clear it away: a person moves it first.
            assert!(matches!(accepted, Err(JournalError::Unusable { .. })));
            assert_eq!(files(folder.path()), copy);
        } else {
            assert_eq!(accepted.unwrap().unwrap().has, 0);
            let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
            work(&mut journal, 1);
            assert_eq!(journal.verify().first_bad, None);
        }
    }
    // Killed before the first row: nothing is lost.
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteJournal::open(folder.path(), at()).unwrap());
    fs::remove_file(folder.path().join(DATABASE_FILE)).unwrap();
    SqliteJournal::open(folder.path(), at()).unwrap();
}

#[test]
fn another_journal_is_seen_and_a_torn_anchor_is_made_anew() {
    let of = |payments| {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
        work(&mut journal, payments);
        drop(journal);
        files(folder.path())
    };
    let (ours, theirs) = (of(1), of(3));
    // Another till's journal, with its key.
    let mut other = theirs.clone();
    other.insert(HEAD_FILE.into(), ours[HEAD_FILE].clone());
    // A journal of schema 1, from before.
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/journal/v1");
    let mut first = files(&old);
    first.insert(HEAD_FILE.into(), ours[HEAD_FILE].clone());
    for copy in [other, first] {
        let folder = lay(&copy);
        let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
        assert_eq!(loss(&error), Some(Loss::OtherJournal), "{error}");
        assert_eq!(files(folder.path()), copy, "not carried over either");
        SqliteJournal::accept(folder.path(), &By::named("Анна"), "касса переехала", at())
            .unwrap()
            .unwrap();
        SqliteJournal::open(folder.path(), at()).unwrap();
    }
    // The same journal, gone another way after the copy was made.
    let forked = lay(&ours);
    work(&mut SqliteJournal::open(forked.path(), at()).unwrap(), 1);
    let anchor = fs::read(forked.path().join(HEAD_FILE)).unwrap();
    let fork = lay(&ours);
    work(&mut SqliteJournal::open(fork.path(), at()).unwrap(), 2);
    fs::write(fork.path().join(HEAD_FILE), anchor).unwrap();
    let error = SqliteJournal::open(fork.path(), at()).unwrap_err();
    assert_eq!(loss(&error), Some(Loss::OtherRows), "{error}");
    // Power was cut while the anchor was on its way.
    for anchor in [None, Some(vec![]), Some(vec![0; 210])] {
        let mut copy = ours.clone();
        match anchor {
            Some(bytes) => copy.insert(HEAD_FILE.into(), bytes),
            None => copy.remove(HEAD_FILE),
        };
        let folder = lay(&copy);
        drop(SqliteJournal::open(folder.path(), at()).unwrap());
        assert_eq!(files(folder.path())[HEAD_FILE], ours[HEAD_FILE]);
    }
}

/// Both copied back together agree: no file of this folder can tell. Only both servers can.
#[test]
fn what_the_anchor_cannot_see() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    work(&mut journal, 1);
    drop(journal);
    let whole = files(folder.path());
    work(&mut SqliteJournal::open(folder.path(), at()).unwrap(), 1);
    let yesterday = lay(&whole);
    SqliteJournal::open(yesterday.path(), at()).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_replaced_while_it_is_open_stops_payments() {
    type Deed = fn(&Path);
    let deeds: [(&str, Deed); 6] = [
        ("deleted", |folder| {
            fs::remove_file(folder.join(DATABASE_FILE)).unwrap();
        }),
        ("moved", |folder| {
            fs::rename(folder.join(DATABASE_FILE), folder.join("old.db")).unwrap();
        }),
        ("replaced", |folder| {
            fs::copy(folder.join(DATABASE_FILE), folder.join("new.db")).unwrap();
            fs::rename(folder.join("new.db"), folder.join(DATABASE_FILE)).unwrap();
        }),
        ("written over in place", |folder| {
            let backup = fs::read(folder.join(DATABASE_FILE)).unwrap();
            fs::write(folder.join(DATABASE_FILE), backup).unwrap();
        }),
        ("log deleted", |folder| {
            fs::remove_file(folder.join(LOG_FILE)).unwrap();
        }),
        ("folder moved", |folder| {
            fs::rename(folder, folder.with_extension("moved")).unwrap();
        }),
    ];
    for (name, deed) in deeds {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("state");
        let mut journal = SqliteJournal::open(&folder, at()).unwrap();
        let sale = sale();
        let all = entries(&sale);
        journal.append(&sale, &all[..1], false, at()).unwrap();
        deed(&folder);
        let error = journal.append(&sale, &all[1..], false, at()).unwrap_err();
        assert!(
            matches!(error, JournalError::Replaced { .. }),
            "{name}: {error}"
        );
        let error = journal.append(&sale, &all[1..], false, at()).unwrap_err();
        assert!(matches!(error, JournalError::Stopped), "{name}: {error}");
    }
}

/// Found by a power cut: SQLite was about to change over to its log, and had not let go of what it
/// would go back to. Only a connection that writes can.
#[test]
fn a_first_start_that_ended_early_is_begun_anew() {
    let folder = place();
    let file = folder.path().join(DATABASE_FILE);
    let first = Connection::open(&file).unwrap();
    first
        .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .unwrap();
    drop(first);
    // Magic number, no pages to be put back, a nonce, no pages before, sector and page size.
    let mut before = vec![0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7];
    for number in [0, 7, 0, 512, 4_096_u32] {
        before.extend(number.to_be_bytes());
    }
    before.resize(512, 0);
    fs::write(folder.path().join("journal.db-journal"), before).unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    work(&mut journal, 1);
    assert_eq!(journal.payments(Timestamp::MIN).unwrap().len(), 1);
}
