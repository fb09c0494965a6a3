//! A journal as the first schema wrote it must be read by every later program.
//!
//! It lies in `tests/data/journal/v1`. A new schema gets a folder of its own, made from what
//! [`write`] writes; the old ones stay.

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

#[test]
fn the_journals_of_all_schemas_say_what_they_said() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/journal");
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path());
    let said = told(fresh.path());
    insta::assert_snapshot!(said);
    for schema in 1..=SCHEMA {
        let copied = tempfile::tempdir().unwrap();
        for name in [DATABASE_FILE, KEY_FILE] {
            fs::copy(
                old.join(format!("v{schema}")).join(name),
                copied.path().join(name),
            )
            .unwrap();
        }
        assert_eq!(told(copied.path()), said, "schema {schema}");
    }
}
