//! Programs that end at a bad moment, and disks that keep only a part.

use super::*;

fn copy(from: &Path, to: &Path, names: &[&str]) {
    for name in names {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// Ended after the file was made and before there was a key, or in the middle of writing it: no
/// guest's payment is in it, so that the till may begin anew.
#[test]
fn a_start_that_ended_early_is_no_damage() {
    let start = |files: &[(&str, &[u8])]| {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    };
    for files in [
        &[(DATABASE_FILE, &b""[..])][..],
        &[(DATABASE_FILE, b""), (KEY_FILE, b"")],
        &[(DATABASE_FILE, b""), (KEY_FILE, b"half a key")],
        &[(KEY_FILE, &[7; 32])],
        &[(KEY_FILE, b"half a key")],
    ] {
        let folder = start(files);
        let seen = SqliteJournal::open_to_read(folder.path()).unwrap();
        assert!(seen.is_none(), "{files:?}");
        let sale = sale();
        let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
        assert!(
            SqliteJournal::open_to_read(folder.path())
                .unwrap()
                .is_none(),
            "made, and nothing in it"
        );
        journal.append(&sale, &entries(&sale), false, at()).unwrap();
        drop(journal);
        let journal = SqliteJournal::open(folder.path(), at()).unwrap();
        assert_eq!(journal.entries(sale.payment).unwrap().len(), 5);
    }
    // The tables are there, and still no key.
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteJournal::open(folder.path(), at()).unwrap());
    fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    SqliteJournal::open(folder.path(), at()).unwrap();
}

/// Power is cut: of the write-ahead log, any number of bytes has reached the disk. What is read back
/// is what was written up to some moment, whole transactions, and can be gone on with.
#[test]
fn a_log_cut_anywhere_is_a_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    drop(SqliteJournal::open(folder.path(), at()).unwrap());
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let all = entries(&sale);
    for part in [&all[..1], &all[1..3], &all[3..]] {
        journal.append(&sale, part, false, at()).unwrap();
    }
    // No close: as if the program were killed.
    let wal = format!("{DATABASE_FILE}-wal");
    let log = fs::read(folder.path().join(&wal)).unwrap();
    assert!(log.len() > 3 * 4096);
    let mut seen = std::collections::BTreeSet::new();
    for cut in (0..=log.len()).rev().step_by(977).chain([0]) {
        let after = tempfile::tempdir().unwrap();
        copy(folder.path(), after.path(), &[DATABASE_FILE, KEY_FILE]);
        fs::write(after.path().join(&wal), &log[..cut]).unwrap();
        // Looking comes first, without an index of the log.
        if let Some(reader) = SqliteJournal::open_to_read(after.path()).unwrap() {
            reader.entries(sale.payment).unwrap();
        }
        let mut again = SqliteJournal::open(after.path(), at()).unwrap();
        let read: Vec<Entry> = again
            .entries(sale.payment)
            .unwrap()
            .into_iter()
            .map(|(_, entry)| entry)
            .collect();
        assert_eq!(read, all[..read.len()], "{cut}");
        seen.insert(read.len());
        let open = again.unfinished().unwrap();
        assert_eq!(open.is_empty(), read.is_empty());
        again
            .append(&sale, &all[read.len()..], false, at())
            .unwrap();
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 3, 5]);
}

/// The clock goes back between two payments, and within one.
#[test]
fn a_clock_that_goes_back_loses_no_payment() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (sale(), sale());
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let earlier = at() - Duration::from_hours(2);
    journal
        .append(&first, &entries(&first)[..1], false, at())
        .unwrap();
    journal
        .append(&second, &entries(&second)[..1], false, earlier)
        .unwrap();
    journal
        .append(&first, &entries(&first)[1..], false, earlier)
        .unwrap();
    let mut open = journal.unfinished().unwrap();
    open.sort_unstable();
    let mut both = vec![first.payment, second.payment];
    both.sort_unstable();
    assert_eq!(open, both);
    let read = journal.entries(first.payment).unwrap();
    let kinds: Vec<Entry> = read.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(kinds, entries(&first), "in the order of writing");
}

/// A reader in the middle of its look does not keep the writer from writing.
#[test]
fn looking_does_not_hold_up_a_payment() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let all = entries(&sale);
    journal.append(&sale, &all[..1], false, at()).unwrap();
    let reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    reader.connection.execute_batch("BEGIN").unwrap();
    assert_eq!(reader.entries(sale.payment).unwrap().len(), 1);
    journal.append(&sale, &all[1..], false, at()).unwrap();
    assert_eq!(reader.entries(sale.payment).unwrap().len(), 1);
    reader.connection.execute_batch("COMMIT").unwrap();
    assert_eq!(reader.entries(sale.payment).unwrap().len(), 5);
}

/// No room left: the payment stops at the row that does not fit, and nothing of it stays.
#[test]
fn a_full_disk_stops_payments_and_keeps_what_was() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let all = entries(&sale);
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal.append(&sale, &all[..1], false, at()).unwrap();
    let pages: i64 = journal
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    journal
        .connection
        .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        .unwrap();
    let large = Entry::Request(RequestKind::Pay, vec![7; 100_000]);
    let full = journal.append(&sale, &[all[1].clone(), large], false, at());
    assert!(matches!(full, Err(JournalError::Write(_))), "{full:?}");
    let stopped = journal.append(&sale, &all[1..2], false, at());
    assert!(matches!(stopped, Err(JournalError::Stopped)));
    drop(journal);
    let journal = SqliteJournal::open(folder.path(), at()).unwrap();
    assert_eq!(journal.entries(sale.payment).unwrap().len(), 1);
}
