//! Bytes that change by themselves, and rows that somebody changes: seen, named, left alone.

use std::path::Path;

use super::*;
use crate::payment::journal::verdict::{Bad, Fault, Loss};
use crate::payment::sale::By;

/// Ends of payments: one at rest, one open.
fn journal(folder: &Path) -> Vec<(Sale, Vec<Entry>)> {
    let mut journal = SqliteJournal::open(folder, at()).unwrap();
    let mut written = Vec::new();
    for rests in [true, false, true] {
        let sale = sale();
        let mut all = entries(&sale)[..3].to_vec();
        if rests {
            all.push(Entry::Event(Event::Cancel));
        } else {
            all.extend_from_slice(&entries(&sale)[3..]);
        }
        journal.append(&sale, &all[..2], false, at()).unwrap();
        journal.append(&sale, &all[2..], rests, at()).unwrap();
        written.push((sale, all));
    }
    written
}

fn same(journal: &SqliteJournal, written: &[(Sale, Vec<Entry>)]) -> bool {
    written.iter().all(|(sale, all)| {
        let read = journal.entries(sale.payment);
        read.is_ok_and(|read| read.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>() == *all)
    }) && journal
        .unfinished()
        .is_ok_and(|open| open == [written[1].0.payment])
}

/// Field case 70: a page of zeros, and single bits, anywhere in the file.
#[test]
fn case_70_a_broken_page_or_bit_never_passes_for_the_journal() {
    let folder = place();
    let written = journal(folder.path());
    let path = folder.path().join(DATABASE_FILE);
    let good = fs::read(&path).unwrap();
    let page = 4096;
    let zeroed = (0..good.len() / page).map(|number| {
        let mut bytes = good.clone();
        bytes[number * page..(number + 1) * page].fill(0);
        (format!("page {number}"), bytes)
    });
    let flipped = (0..good.len()).step_by(211).map(|at| {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        (format!("bit in byte {at}"), bytes)
    });
    let (mut refused, mut harmless) = (0, 0);
    for (name, bytes) in zeroed.chain(flipped) {
        fs::write(&path, &bytes).unwrap();
        let _ = fs::remove_file(folder.path().join("journal.db-shm"));
        let verdict = SqliteJournal::verify_folder(folder.path());
        match SqliteJournal::open(folder.path(), at()) {
            Ok(journal) => {
                assert!(same(&journal, &written), "{name}");
                harmless += 1;
            }
            Err(error) => {
                refused += 1;
                let fine = matches!(&verdict, Ok(Some(verdict)) if verdict.first_bad.is_none());
                assert!(!fine, "{name}: verify sees nothing, and yet {error}");
                assert_eq!(fs::read(&path).unwrap(), bytes, "{name}: kept as it is");
            }
        }
    }
    println!("{refused} refused, {harmless} in places that hold nothing");
    assert!(refused > 0);
}

#[test]
fn case_70_a_bit_in_the_last_frame_is_a_lost_end() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteJournal::open(folder.path(), at()).unwrap());
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let sale = sale();
    let all = entries(&sale);
    journal.append(&sale, &all[..2], false, at()).unwrap();
    journal.append(&sale, &all[2..], false, at()).unwrap();
    let copied = tempfile::tempdir().unwrap();
    for name in [DATABASE_FILE, "journal.db-wal", KEY_FILE, "journal.head"] {
        fs::copy(folder.path().join(name), copied.path().join(name)).unwrap();
    }
    let log = copied.path().join("journal.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() - 2_000;
    bytes[middle] ^= 4;
    fs::write(&log, bytes).unwrap();
    let error = SqliteJournal::open(copied.path(), at()).unwrap_err();
    assert!(
        matches!(
            error,
            JournalError::TailLost {
                has: 2,
                had: 5,
                what: Loss::Shorter
            }
        ),
        "{error}"
    );
}

/// Without the triggers that keep rows as they are; afterwards they are there again.
fn with_free_hands(connection: &Connection, deed: impl FnOnce()) {
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap();
    let made: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    drop(statement);
    connection
        .execute_batch("DROP TRIGGER events_stay; DROP TRIGGER events_remain")
        .unwrap();
    deed();
    connection.execute_batch(&made.join(";")).unwrap();
}

#[test]
fn a_missing_trigger_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    let connection = Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    connection
        .execute_batch("DROP TRIGGER events_stay")
        .unwrap();
    drop(connection);
    let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(error.to_string().contains("`events_stay`"), "{error}");
    let verdict = SqliteJournal::verify_folder(folder.path()).unwrap();
    assert!(verdict.unwrap().first_bad.is_some());
}

/// Somebody with a database tool: what they changed, what the start says, what `verify` names.
#[test]
fn verify_names_the_first_bad_row() {
    type Is = fn(&Fault) -> bool;
    let cases: [(&str, i64, Is); 12] = [
        ("UPDATE events SET at_ms = 0 WHERE seq = 3", 3, |f| {
            *f == Fault::NotAsWritten
        }),
        (
            "UPDATE events SET clear = '{}' WHERE seq IN (7, 4)",
            4,
            |f| *f == Fault::NotAsWritten,
        ),
        ("UPDATE events SET rests = 0 WHERE seq = 4", 4, |f| {
            *f == Fault::NotAsWritten
        }),
        ("UPDATE events SET rests = NULL WHERE seq = 4", 4, |f| {
            *f == Fault::NotAsWritten
        }),
        ("UPDATE events SET sealed = x'00' WHERE seq = 1", 1, |f| {
            *f == Fault::NotAsWritten
        }),
        ("DELETE FROM events WHERE seq = 2", 3, |f| *f == Fault::Gap),
        ("DELETE FROM events WHERE seq = 1", 2, |f| *f == Fault::Gap),
        ("UPDATE events SET previous = x'01' WHERE seq = 5", 5, |f| {
            *f == Fault::NotLinked
        }),
        ("UPDATE payments SET final = 1", 9, |f| {
            *f == Fault::ListedWrongly
        }),
        ("UPDATE payments SET began_ms = 1 WHERE final = 0", 9, |f| {
            *f == Fault::ListedWrongly
        }),
        ("DELETE FROM payments WHERE final = 0", 9, |f| {
            *f == Fault::NotListed
        }),
        (
            "INSERT INTO payments VALUES ('00000000-0000-0000-0000-000000000009', 1, 0)",
            0,
            |f| matches!(f, Fault::NoRows(_)),
        ),
    ];
    for (deed, row, is) in cases {
        let folder = tempfile::tempdir().unwrap();
        journal(folder.path());
        let connection = Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
        with_free_hands(&connection, || connection.execute_batch(deed).unwrap());
        drop(connection);
        let verdict = SqliteJournal::verify_folder(folder.path())
            .unwrap()
            .unwrap();
        let bad = verdict.first_bad.unwrap_or_else(|| panic!("{deed}"));
        assert!(bad.row == row && is(&bad.fault), "{deed}: {bad:?}");
        let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
        let JournalError::Damaged { seq, .. } = error else {
            panic!("{deed}: {error}");
        };
        assert_eq!(seq, row, "{deed}");
    }
}

/// A row that was forged with its hash, and all that follow: only the key, or the body's own hash,
/// tells. At a start only the last sealed row is asked to open.
#[test]
fn a_chain_that_was_made_anew_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    let mut forged = SqliteJournal::open(folder.path(), at()).unwrap();
    let rows: Vec<Stored> = {
        let query = chain::select(forged.schema, "ORDER BY seq");
        let mut statement = forged.connection.prepare(&query).unwrap();
        let rows = statement.query_map([], Stored::read).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let chained = |mut row: Stored, previous: Vec<u8>| {
        if row.seq == 1 {
            row.row.sealed.as_mut().unwrap()[20] ^= 1;
        }
        row.previous = previous;
        row.hash = row.hash_now();
        forged
            .connection
            .execute(
                "UPDATE events SET sealed = ?2, previous = ?3, hash = ?4 WHERE seq = ?1",
                params![row.seq, row.row.sealed, row.previous, row.hash],
            )
            .unwrap();
        row.hash
    };
    with_free_hands(&forged.connection, || {
        rows.into_iter()
            .fold(Vec::new(), |previous, row| chained(row, previous));
    });
    // The running program sees another end than its own.
    let sale = sale();
    let error = forged
        .append(&sale, &entries(&sale), false, at())
        .unwrap_err();
    assert!(matches!(error, JournalError::Replaced { .. }), "{error}");
    assert_eq!(
        forged.verify().first_bad,
        Some(Bad {
            row: 1,
            fault: Fault::NotOpened
        })
    );
    drop(forged);
    let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(
        matches!(
            error,
            JournalError::TailLost {
                what: Loss::OtherRows,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_copy_is_made_while_the_till_works_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let written = journal(folder.path());
    let mut working = SqliteJournal::open(folder.path(), at()).unwrap();
    let reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    let to = tempfile::tempdir().unwrap();
    let file = to.path().join("copy.db");
    let exported = reader.export(&file, true).unwrap();
    assert_eq!(exported.verdict.first_bad, None);
    assert_eq!(exported.verdict.payments, 3);
    let key = exported.key.unwrap();
    let copy = SqliteJournal::open_file_to_read(&file, &key)
        .unwrap()
        .unwrap();
    assert!(same(&copy, &written));
    drop(copy);
    #[cfg(unix)]
    for path in [&file, &key] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    let names: Vec<_> = fs::read_dir(to.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    // Never over anything that is there.
    let bytes = fs::read(&file).unwrap();
    for target in ["copy.db", "copy.key", "other.key"] {
        let target = to.path().join(target);
        assert!(
            reader.export(&target, true).is_err(),
            "{}",
            target.display()
        );
    }
    fs::write(to.path().join("there.key"), "a key of something else").unwrap();
    assert!(reader.export(&to.path().join("there.db"), true).is_err());
    assert!(!to.path().join("there.db").exists());
    assert_eq!(fs::read(&file).unwrap(), bytes);
    let bare = reader.export(&to.path().join("bare.db"), false).unwrap();
    assert_eq!((bare.key, bare.verdict.first_bad), (None, None));
    // The till went on meanwhile.
    let sale = sale();
    working.append(&sale, &entries(&sale), false, at()).unwrap();
    // The writer last: it takes its log with it.
    drop((reader, working));
    // Put back in its place it is seen as what it is: older.
    fs::copy(&file, folder.path().join(DATABASE_FILE)).unwrap();
    let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(matches!(error, JournalError::TailLost { .. }), "{error}");
    SqliteJournal::accept(folder.path(), &By::named("Анна"), "сверено", at())
        .unwrap()
        .unwrap();
    assert!(same(
        &SqliteJournal::open(folder.path(), at()).unwrap(),
        &written
    ));
}
