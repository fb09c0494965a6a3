//! Every beginning of the log: what is read is a beginning of what was appended, nothing that was
//! acknowledged is missing while only bytes are lost that were not synchronised yet, and where
//! more is lost the anchor says so.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::payment::journal::anchor::HEAD_FILE;
use crate::payment::progress::Progress;

const LOG_FILE: &str = "journal.db-wal";
/// Sizes of SQLite's write-ahead log: its header, a frame's header, a frame.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const FRAME: usize = FRAME_HEADER + 4_096;
/// Bytes between two cuts inside a frame.
const STRIDE: usize = 701;

/// The journal as it was when an append had returned.
struct Acknowledged {
    rows: usize,
    log: usize,
    anchor: Vec<u8>,
}

/// Several payments side by side, in all rows that a payment has, as one program appends them.
fn record(folder: &Path) -> (Vec<(PaymentId, Entry)>, Vec<Acknowledged>) {
    drop(SqliteJournal::open(folder, at()).unwrap());
    let mut journal = SqliteJournal::open(folder, at()).unwrap();
    let mut rows = Vec::new();
    let mut points = Vec::new();
    let mut note = |rows: &Vec<(PaymentId, Entry)>| {
        points.push(Acknowledged {
            rows: rows.len(),
            log: fs::metadata(folder.join(LOG_FILE))
                .unwrap()
                .len()
                .try_into()
                .unwrap(),
            anchor: fs::read(folder.join(HEAD_FILE)).unwrap(),
        });
    };
    note(&rows);
    let sales = [sale(), sale(), sale()];
    for step in 0..4 {
        for sale in &sales {
            let all = entries(sale);
            let (part, rests) = match step {
                0 => (all[..1].to_vec(), false),
                1 => (all[1..3].to_vec(), false),
                2 => (all[3..].to_vec(), false),
                _ => (vec![Entry::Event(Event::TimeUp)], false),
            };
            journal.append(sale, &part, rests, at()).unwrap();
            rows.extend(part.into_iter().map(|entry| (sale.payment, entry)));
            note(&rows);
        }
    }
    // Killed: without a close the log stays. The copy is what a disk would hold.
    let kept = [DATABASE_FILE, LOG_FILE, KEY_FILE]
        .map(|name| (name, fs::read(folder.join(name)).unwrap()));
    drop(journal);
    for (name, bytes) in kept {
        fs::write(folder.join(name), bytes).unwrap();
    }
    (rows, points)
}

/// Everything in the journal, in the order of its rows.
fn read(journal: &SqliteJournal) -> Vec<(PaymentId, Entry)> {
    let verdict = journal.verify();
    assert_eq!(verdict.first_bad, None);
    let mut statement = journal
        .connection
        .prepare("SELECT payment, row_number() OVER (PARTITION BY payment ORDER BY seq) FROM events ORDER BY seq")
        .unwrap();
    let places = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    });
    places
        .unwrap()
        .map(|place| {
            let (payment, number) = place.unwrap();
            let payment: PaymentId = payment.parse().unwrap();
            let number = usize::try_from(number).unwrap();
            let entry = journal.entries(payment).unwrap().swap_remove(number - 1).1;
            (payment, entry)
        })
        .collect()
}

fn cuts(length: usize, points: &[Acknowledged]) -> BTreeSet<usize> {
    let mut cuts: BTreeSet<usize> = (0..=LOG_HEADER).collect();
    for (number, start) in (LOG_HEADER..length).step_by(FRAME).enumerate() {
        cuts.insert(start);
        // The headers of the first two frames byte by byte, the rest here and there.
        let head = if number < 2 { FRAME_HEADER } else { 0 };
        cuts.extend(start..=start + head);
        cuts.extend((start + FRAME_HEADER..start + FRAME).step_by(STRIDE));
        cuts.extend([start + 1, start + FRAME_HEADER, start + FRAME - 1]);
    }
    cuts.extend(points.iter().map(|point| point.log));
    cuts.retain(|&cut| cut <= length);
    cuts
}

#[test]
fn every_beginning_of_the_log_is_a_beginning_of_the_journal() {
    let folder = place();
    let (all, points) = record(folder.path());
    let log = fs::read(folder.path().join(LOG_FILE)).unwrap();
    let database = fs::read(folder.path().join(DATABASE_FILE)).unwrap();
    let cuts = cuts(log.len(), &points);
    let mut seen = BTreeSet::new();
    let mut opened = 0;
    for &cut in &cuts {
        fs::write(folder.path().join(DATABASE_FILE), &database).unwrap();
        fs::write(folder.path().join(LOG_FILE), &log[..cut]).unwrap();
        let _ = fs::remove_file(folder.path().join("journal.db-shm"));
        let reader = SqliteJournal::open_to_read(folder.path()).unwrap();
        let found = reader.as_ref().map(read).unwrap_or_default();
        assert_eq!(found, all[..found.len()], "cut at {cut}");
        for payment in reader
            .iter()
            .flat_map(|journal| journal.payments(Timestamp::MIN).unwrap())
        {
            let entries = reader.as_ref().unwrap().entries(payment).unwrap();
            Progress::replay(entries).unwrap();
        }
        drop(reader);
        seen.insert(found.len());
        let acknowledged = points.iter().rev().find(|point| point.log <= cut);
        let Some(point) = acknowledged else {
            continue;
        };
        assert!(
            found.len() >= point.rows,
            "{cut}: an acknowledged row is missing"
        );
        // Opening for writing costs the disk more: where an append had just returned, and in the
        // middle of the next.
        if cut == point.log || cut % 17 == 0 {
            opened += 1;
            fs::write(folder.path().join(HEAD_FILE), &point.anchor).unwrap();
            let journal = SqliteJournal::open(folder.path(), at()).unwrap();
            assert_eq!(read(&journal), found);
            drop(journal);
        }
        // With what this till says it wrote, a lost end is seen.
        let last = points.last().unwrap();
        fs::write(folder.path().join(DATABASE_FILE), &database).unwrap();
        fs::write(folder.path().join(LOG_FILE), &log[..cut]).unwrap();
        fs::write(folder.path().join(HEAD_FILE), &last.anchor).unwrap();
        let _ = fs::remove_file(folder.path().join("journal.db-shm"));
        if found.len() < last.rows {
            let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
            assert!(
                matches!(error, JournalError::TailLost { .. }),
                "{cut}: {error}"
            );
        }
    }
    println!("{} cuts, {opened} of them opened for payments", cuts.len());
    let expected: BTreeSet<usize> = points.iter().map(|point| point.rows).collect();
    assert_eq!(seen, expected, "whole appends, each of them seen");
}
