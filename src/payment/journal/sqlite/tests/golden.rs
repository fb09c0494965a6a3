//! A journal as an earlier schema wrote it must be read by every later program.
//!
//! They lie in `tests/data/journal/v1`, `v2`, … A new schema gets a folder of its own, made from
//! what [`write`] writes by running this test with `LIMEKEEPER_GOLDEN` naming it; the old ones stay.

use std::fmt::Write as _;

use uuid::Uuid;

use super::*;
use crate::payment::ports::Receipt;
use crate::payment::progress::Progress;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::state::{AskedOrder, AskedWallet};

fn problem() -> Problem {
    Problem::of(Server::Rkeeper, Reason::AnswerLost, "нет ответа")
}

fn receipt() -> Receipt {
    Receipt {
        check_num: Some("77".into()),
        warning: Some("нет бумаги".into()),
    }
}

/// What happened to each payment, after its intent.
fn courses() -> Vec<Vec<Event>> {
    let operation = |id: &str| Event::Numbered(OperationId(id.into()));
    let debited = [
        Event::OrderConfirmed,
        operation("2226634"),
        Event::Reserve(Sent::Sending),
        Event::Reserve(Sent::Done(())),
    ];
    let after = |more: Vec<Event>| debited.iter().cloned().chain(more).collect::<Vec<_>>();
    vec![
        vec![Event::OrderNotConfirmed(problem())],
        vec![Event::OrderConfirmed, operation("1"), Event::Cancel],
        vec![
            Event::OrderConfirmed,
            operation("2"),
            Event::Reserve(Sent::Sending),
            Event::Reserve(Sent::Lost(problem())),
            Event::AskedReserve(AskedWallet::Absent { may_repeat: true }),
            Event::Reserve(Sent::Sending),
            Event::TimeUp,
        ],
        after(vec![
            Event::Pay(Sent::Sending),
            Event::Pay(Sent::Done(receipt())),
            Event::AskedOrder(AskedOrder::PaidByUs(receipt())),
            Event::Confirm(Sent::Sending),
            Event::Confirm(Sent::Done(())),
        ]),
        after(vec![
            Event::Pay(Sent::Sending),
            Event::Pay(Sent::Lost(problem())),
            Event::AskedOrder(AskedOrder::Failed(problem())),
            Event::TimeUp,
        ]),
        after(vec![
            Event::Pay(Sent::Sending),
            Event::Pay(Sent::Done(receipt())),
            Event::AskedOrder(AskedOrder::PaidUnclear(problem())),
        ]),
        after(vec![
            Event::Pay(Sent::Sending),
            Event::Pay(Sent::Refused(problem())),
            Event::AskedOrder(AskedOrder::Open),
            operation("2226635"),
            Event::Undo(Sent::Sending),
            Event::Undo(Sent::Lost(problem())),
            Event::AskedUndo(AskedWallet::Executed),
        ]),
        after(vec![
            Event::Pay(Sent::Sending),
            Event::Pay(Sent::NotDone(problem())),
            Event::Resume,
            operation("2226636"),
            Event::Undo(Sent::Sending),
            Event::Undo(Sent::Refused(problem())),
        ]),
    ]
}

fn write(folder: &Path) {
    let mut journal = SqliteJournal::open(folder, at()).unwrap();
    for (number, course) in (1..).zip(courses()) {
        let sale = Sale {
            payment: PaymentId::from_uuid(Uuid::from_u128(number)),
            ..sale()
        };
        let mut all = entries(&sale)[..1].to_vec();
        for event in course {
            let request = match event {
                Event::Reserve(Sent::Sending) => Some(RequestKind::Reserve),
                Event::Pay(Sent::Sending) => Some(RequestKind::Pay),
                Event::Undo(Sent::Sending) => Some(RequestKind::Undo),
                _ => None,
            };
            all.extend(request.map(|kind| Entry::Request(kind, kind.word().into())));
            all.push(Entry::Event(event));
        }
        let timed = all.iter().cloned().map(|entry| (at(), entry));
        let rests = Progress::replay(timed).unwrap().phase.is_final();
        journal.append(&sale, &all, rests, at()).unwrap();
    }
}

/// What a journal says of its payments.
fn told(folder: &Path) -> String {
    let mut told = String::new();
    let journal = SqliteJournal::open(folder, at()).unwrap();
    let open = journal.unfinished().unwrap();
    for payment in journal.payments(Timestamp::MIN).unwrap() {
        let progress = Progress::replay(journal.entries(payment).unwrap()).unwrap();
        let view = progress.view(None);
        let _ = writeln!(
            told,
            "{payment} {} {:?}{}",
            view.standing.word(),
            progress.phase,
            if open.contains(&payment) { " open" } else { "" }
        );
        let _ = writeln!(
            told,
            "    {} {} {:?} {:?} {:?}",
            view.order_name,
            view.legs[0].amount,
            view.legs[0].state,
            view.lime_check,
            view.problem.map(|problem| problem.to_string())
        );
        assert_eq!(progress.sale.legs[0].uid.reveal(), UID);
        // They knew no other way.
        assert_eq!(progress.sale.legs[0].entry, CardEntry::Reader);
        assert_ne!(open.contains(&payment), progress.phase.is_final());
        let bodies = [
            &progress.debit_body,
            &progress.pay_body,
            &progress.undo_body,
        ];
        for (body, word) in bodies.into_iter().zip(["reserve", "pay", "undo"]) {
            assert!(body.as_deref().is_none_or(|body| body == word.as_bytes()));
        }
    }
    told
}

/// A copy of the journal that a schema wrote.
fn of_schema(schema: i64) -> tempfile::TempDir {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/journal");
    let copied = tempfile::tempdir().unwrap();
    for name in [DATABASE_FILE, KEY_FILE] {
        let from = old.join(format!("v{schema}")).join(name);
        fs::copy(from, copied.path().join(name)).unwrap();
    }
    copied
}

/// Every column of every row that schema 1 knows.
fn raw(folder: &Path) -> Vec<String> {
    let connection = Connection::open(folder.join(DATABASE_FILE)).unwrap();
    let mut told = Vec::new();
    for query in [
        "SELECT seq, payment, kind, clear, hex(sealed), at_ms, hex(previous), hex(hash) FROM events",
        "SELECT payment, began_ms, final, 0, 0, 0, 0, 0 FROM payments",
    ] {
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| {
            let columns: Vec<rusqlite::types::Value> =
                (0..8).map(|column| row.get(column).unwrap()).collect();
            Ok(format!("{columns:?}"))
        });
        told.extend(rows.unwrap().map(Result::unwrap));
    }
    told
}

#[test]
fn a_journal_of_schema_1_is_carried_over_and_its_rows_stay() {
    let folder = of_schema(1);
    let path = folder.path().join(DATABASE_FILE);
    let (before, bytes) = (raw(folder.path()), fs::read(&path).unwrap());
    // Looking changes nothing.
    let reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    assert_eq!(reader.payments(Timestamp::MIN).unwrap().len(), 8);
    assert_eq!(reader.verify().first_bad, None);
    assert!(
        reader
            .payments(Timestamp::MIN)
            .unwrap()
            .iter()
            .all(|&id| { !reader.entries(id).unwrap().is_empty() })
    );
    drop(reader);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    assert_eq!(raw(folder.path()), before);
    let sale = sale();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    let verdict = journal.verify();
    assert_eq!(verdict.first_bad, None);
    assert_eq!(verdict.payments, 9);
    drop(journal);
    assert_eq!(
        raw(folder.path())[..before.len() - 8],
        before[..before.len() - 8]
    );
    SqliteJournal::open(folder.path(), at()).unwrap();
    // Rows of schema 1 do not say whether their payment rests: it is replayed.
    for rests in ["final = 1 WHERE final = 0", "final = 0 WHERE final = 1"] {
        let folder = of_schema(1);
        let connection = Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
        connection
            .execute(&format!("UPDATE payments SET {rests}"), [])
            .unwrap();
        drop(connection);
        let error = SqliteJournal::open(folder.path(), at()).unwrap_err();
        assert!(
            matches!(error, JournalError::Damaged { seq: 1.., .. }),
            "{error}"
        );
    }
}

#[test]
fn the_journals_of_all_schemas_say_what_they_said() {
    if let Some(folder) = std::env::var_os("LIMEKEEPER_GOLDEN") {
        write(Path::new(&folder));
    }
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path());
    let said = told(fresh.path());
    insta::assert_snapshot!(said);
    for schema in 1..=SCHEMA {
        let folder = of_schema(schema);
        assert_eq!(told(folder.path()), said, "schema {schema}");
        let verdict = SqliteJournal::verify_folder(folder.path())
            .unwrap()
            .unwrap();
        assert_eq!(verdict.first_bad, None, "schema {schema}");
        assert_eq!(verdict.payments, 8);
    }
}
