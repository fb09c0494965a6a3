//! The journal in real files.

mod damage;
#[cfg(target_os = "linux")]
mod disk;
mod ends;
mod golden;
mod lost;
#[cfg(target_os = "linux")]
mod power;
mod prefix;
mod tickets;

use std::fs;
use std::time::Duration;

use super::migrate::SCHEMA;
use super::open::SQLITE_MIN;
use super::*;
use crate::domain::{
    AccountId, AccountKind, Attribution, CardEntry, LineDue, Money, OrderGuid, Quantity, Uid,
};
use crate::payment::ports::{LockId, OperationId};
use crate::payment::progress::{Progress, RequestKind};
use crate::payment::sale::Leg;
use crate::payment::state::{Event, Sent};

const UID: &str = "61366822";

fn sale() -> Sale {
    let amount = Money::from_kopecks(235_000);
    Sale {
        payment: PaymentId::new(),
        order: OrderGuid("{G}".into()),
        order_name: "*/1".into(),
        station: None,
        waiter: Some("Admin".into()),
        version: 3,
        total: amount,
        due: amount,
        rest: Money::ZERO,
        by: crate::payment::sale::By::default(),
        lines: vec![LineDue {
            line_id: "1".into(),
            code: "2470".into(),
            name: "Запеченный ролл с курицей".into(),
            quantity: Quantity::ONE,
            base_price: amount,
            due: amount,
        }],
        legs: vec![Leg {
            number: 1,
            uid: Uid::new(UID).unwrap(),
            card_id: "7".into(),
            client_id: "9".into(),
            card_number: Some("100038".into()),
            entry: CardEntry::Reader,
            pin_checked_at: None,
            account: AccountId("5001".into()),
            account_name: "Депозит".into(),
            type_id: "1".into(),
            kind: AccountKind::Money,
            amount,
        }],
        attribution: Attribution::in_order(&[amount], &[amount]).unwrap(),
    }
}

fn entries(sale: &Sale) -> Vec<Entry> {
    vec![
        Entry::Intent {
            sale: Box::new(sale.clone()),
            lock: LockId("{L}".into()),
        },
        Entry::Event(Event::OrderConfirmed),
        Entry::Event(Event::Numbered(OperationId("2226634".into()))),
        Entry::Request(
            RequestKind::Reserve,
            format!("{{\"uid\":\"{UID}\"}}").into_bytes(),
        ),
        Entry::Event(Event::Reserve(Sent::Sending)),
    ]
}

fn at() -> Timestamp {
    Timestamp::from_second(1_709_633_700).unwrap()
}

/// A folder in memory where there is one: for those who open a journal hundreds of times, and wait
/// for no disk.
fn place() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

#[test]
fn what_was_written_is_read_back_by_the_next_program() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    drop(journal);
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let read = journal.entries(sale.payment).unwrap();
    assert_eq!(
        read.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>(),
        entries(&sale)
    );
    assert_eq!(journal.unfinished().unwrap(), [sale.payment]);
    let done = Entry::Event(Event::Reserve(Sent::Done(())));
    journal.append(&sale, &[done], true, at()).unwrap();
    assert_eq!(journal.unfinished().unwrap(), []);
    assert_eq!(journal.payments(at()).unwrap(), [sale.payment]);
    let later = at() + Duration::from_secs(1);
    assert_eq!(journal.payments(later).unwrap(), []);
    assert_eq!(journal.entries(PaymentId::new()).unwrap(), []);
    // What happens later to an older payment belongs to the later day's list too.
    let resumed = Entry::Event(Event::Resume);
    journal.append(&sale, &[resumed], true, later).unwrap();
    assert_eq!(journal.payments(later).unwrap(), [sale.payment]);
}

/// A typed card stays one for ever; of tapped ones the rows are what older programs wrote.
#[test]
fn how_a_card_was_named_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    for (number, entry) in (1..).zip([CardEntry::Reader, CardEntry::Keyed]) {
        let mut sale = Sale {
            payment: PaymentId::from_uuid(uuid::Uuid::from_u128(number)),
            ..sale()
        };
        sale.legs[0].entry = entry;
        journal
            .append(&sale, &entries(&sale)[..1], false, at())
            .unwrap();
        let progress = Progress::replay(journal.entries(sale.payment).unwrap()).unwrap();
        assert_eq!(progress.sale, sale);
        assert_eq!(progress.view(None).legs[0].entry, entry);
        let row: String = journal
            .connection
            .query_row(
                "SELECT clear FROM events WHERE payment = ?1",
                [sale.payment.to_string()],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(row.contains("\"entry\":\"keyed\""), !entry.is_reader());
        assert_eq!(row.contains("entry"), !entry.is_reader(), "{row}");
    }
}

#[test]
fn no_uid_is_readable_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(UID.len()).any(|part| part == UID.as_bytes());
        assert!(!found, "{} holds a UID", path.display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn a_second_program_may_look_and_not_write() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        SqliteJournal::open_to_read(folder.path())
            .unwrap()
            .is_none()
    );
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    let second = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(
        matches!(second, JournalError::SecondInstance { .. }),
        "{second}"
    );
    let mut reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    assert_eq!(reader.entries(sale.payment).unwrap().len(), 5);
    let refused = reader.append(&sale, &entries(&sale), false, at());
    assert!(matches!(refused, Err(JournalError::Stopped)));
}

#[test]
fn rows_are_never_changed_and_a_change_by_other_means_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    assert!(
        journal
            .connection
            .execute("UPDATE events SET kind = 'x'", [])
            .is_err()
    );
    assert!(
        journal
            .connection
            .execute("DELETE FROM events", [])
            .is_err()
    );
    journal
        .connection
        .execute_batch("DROP TRIGGER events_stay; UPDATE events SET at_ms = 0 WHERE seq = 2")
        .unwrap();
    let error = journal.entries(sale.payment).unwrap_err();
    assert!(
        matches!(error, JournalError::Damaged { seq: 2, .. }),
        "{error}"
    );
}

#[test]
fn the_settings_are_those_that_survive_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let ask = |setting| -> rusqlite::types::Value {
        journal
            .connection
            .pragma_query_value(None, setting, |row| row.get(0))
            .unwrap()
    };
    assert_eq!(
        ask("journal_mode"),
        rusqlite::types::Value::Text("wal".into())
    );
    assert_eq!(ask("synchronous"), rusqlite::types::Value::Integer(2));
    assert!(rusqlite::version_number() >= SQLITE_MIN);
}

#[test]
fn what_cannot_be_used_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    drop(journal);
    let key = fs::read(folder.path().join(KEY_FILE)).unwrap();
    // The key is gone: never made anew beside an old journal.
    fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(matches!(error, JournalError::WrongKey { .. }), "{error}");
    // Another key: nothing is written under it, and the rows do not open.
    fs::write(folder.path().join(KEY_FILE), [1; 32]).unwrap();
    let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(matches!(error, JournalError::WrongKey { .. }), "{error}");
    let journal = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    assert!(matches!(
        journal.entries(sale.payment),
        Err(JournalError::Damaged { seq: 1, .. })
    ));
    drop(journal);
    fs::write(folder.path().join(KEY_FILE), key).unwrap();
    // A newer program was here.
    let journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal
        .connection
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(journal);
    let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
    assert!(
        matches!(
            error,
            JournalError::Newer {
                found: 99,
                known: SCHEMA
            }
        ),
        "{error}"
    );
    // A file that is no journal is not overwritten.
    let other = tempfile::tempdir().unwrap();
    fs::write(
        other.path().join(DATABASE_FILE),
        "a letter to the manager, quite long",
    )
    .unwrap();
    fs::write(other.path().join(KEY_FILE), [1; 32]).unwrap();
    assert!(SqliteJournal::open(other.path(), at()).is_err());
    let kept = fs::read_to_string(other.path().join(DATABASE_FILE)).unwrap();
    assert!(kept.starts_with("a letter"));
    // A path that cannot be a folder.
    let file = other.path().join(DATABASE_FILE);
    assert!(matches!(
        SqliteJournal::open(&file, at()),
        Err(JournalError::Unusable { .. })
    ));
    assert!(matches!(
        SqliteJournal::open_to_read(&file),
        Err(JournalError::Unusable { .. })
    ));
}

#[test]
fn after_a_failed_write_nothing_more_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    journal
        .append(&sale, &entries(&sale)[..1], false, at())
        .unwrap();
    journal
        .connection
        .execute_batch("PRAGMA query_only = ON")
        .unwrap();
    let rest = &entries(&sale)[1..];
    assert!(matches!(
        journal.append(&sale, rest, false, at()),
        Err(JournalError::Write(_))
    ));
    journal
        .connection
        .execute_batch("PRAGMA query_only = OFF")
        .unwrap();
    assert!(matches!(
        journal.append(&sale, rest, false, at()),
        Err(JournalError::Stopped)
    ));
    assert_eq!(journal.entries(sale.payment).unwrap().len(), 1);
}

#[test]
fn notes_about_orphans_are_read_back_and_passed_over_by_everything_else() {
    use crate::payment::orphan::{Note, Orphan, OrphanKind, Sums};

    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let sale = sale();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    let orphan = Orphan {
        payment: PaymentId::new(),
        kind: OrphanKind::NotInJournal,
        wallet: Some(Sums {
            shown: sale.due,
            believed: Money::ZERO,
        }),
        operations: vec![OperationId("2226634".into())],
        pos: None,
        order: Some(sale.order.clone()),
        order_name: Some("*/1".into()),
        check_num: None,
    };
    let notes = [
        Note::OrphanFound {
            orphan: orphan.clone(),
        },
        Note::OrphanSettled {
            payment: orphan.payment,
            operator: "А".into(),
            approver: None,
            reason: "Б".into(),
        },
        Note::OrphanGone {
            payment: orphan.payment,
        },
    ];
    journal
        .add_note(About::Orphans, r#"{"operator":"А"}"#.into(), at())
        .unwrap();
    for note in &notes {
        journal.note(note, at()).unwrap();
    }
    // As a newer program may write.
    let newer = r#"{"note":"something_new","payment":7}"#;
    journal
        .add_note(About::Orphans, newer.into(), at())
        .unwrap();
    let expected: Vec<_> = notes.iter().map(|note| (at(), note.clone())).collect();
    assert_eq!(journal.notes().unwrap(), expected);
    drop(journal);

    let journal = SqliteJournal::open(folder.path(), at()).unwrap();
    assert_eq!(journal.notes().unwrap(), expected);
    assert_eq!(journal.entries(sale.payment).unwrap().len(), 5);
    assert_eq!(journal.payments(Timestamp::MIN).unwrap(), [sale.payment]);
    assert!(journal.entries(orphan.payment).unwrap().is_empty());
    let verdict = journal.verify();
    assert_eq!((verdict.first_bad, verdict.rows), (None, 10));
}

/// One that says it is ours, and cannot be read, is no note to be passed over.
#[test]
fn a_note_that_cannot_be_read_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let clear = r#"{"note":"orphan_found"}"#;
    journal
        .add_note(About::Orphans, clear.into(), at())
        .unwrap();
    assert!(matches!(
        journal.notes(),
        Err(JournalError::Damaged { seq: 1, .. })
    ));
}
