//! Payments into a real journal, while somebody outside writes down, or spoils, what this process
//! asks of the disk: the journal's own tests start this program again with these tests.

use std::path::PathBuf;

use super::*;
use crate::payment::journal::sqlite::SqliteJournal;

/// The state folder; without it these tests do nothing.
const FOLDER: &str = "LIMEKEEPER_RECORDED_FOLDER";
/// «N» payments and an orderly end, or «N killed».
const WORK: &str = "LIMEKEEPER_RECORDED_WORK";

fn at() -> Timestamp {
    Timestamp::from_second(1_709_633_700).unwrap()
}

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn driver<'a>(
    world: &'a World,
    journal: &'a mut SqliteJournal,
    patience: &'a Patience,
) -> Driver<'a> {
    Driver {
        wallet: world,
        pos: world,
        journal,
        clock: world,
        patience,
    }
}

/// What a till does all day: a start that takes up what is open, payments with and without trouble.
#[test]
fn works_while_somebody_writes_it_down() {
    let Some(folder) = folder() else { return };
    let work = std::env::var(WORK).unwrap();
    let (payments, killed) = match work.strip_suffix(" killed") {
        Some(payments) => (payments, true),
        None => (work.as_str(), false),
    };
    let patience = Patience::default();
    let mut journal = SqliteJournal::open(&folder, at()).unwrap();
    // What is open is another day's: both servers are silent, and it stays parked.
    let silent = World::new((0..99).map(|call| (call, Fate::RequestLost)));
    let open = driver(&silent, &mut journal, &patience)
        .recover(&mut Unwatched)
        .unwrap();
    let mut standings: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..payments.parse().unwrap() {
        let (call, bad) = (number % 8, number / 8);
        // One in eight is parked and stays for the next start.
        let world = match BAD.get(bad) {
            Some(fate) if call == 5 => World::new((call..99).map(|call| (call, *fate))),
            Some(fate) => World::new([(call, *fate)]),
            None => World::new([]),
        };
        let mut request = request();
        request.order.guid = OrderGuid(PaymentId::new().to_string());
        world.books().order.guid = request.order.guid.clone();
        let view = driver(&world, &mut journal, &patience)
            .pay(&request, &mut Unwatched)
            .unwrap();
        *standings.entry(format!("{:?}", view.standing)).or_default() += 1;
    }
    println!("seen to the end: {} taken up, {standings:?}", open.len());
    if killed {
        // Nothing is closed in order: the system takes everything back, as it does from the dead.
        std::process::exit(0);
    }
}

/// One payment over a disk that fails somewhere: nothing is sent after the error, and the next start
/// brings the books together.
#[test]
fn works_on_a_disk_that_fails() {
    let Some(folder) = folder() else { return };
    let patience = Patience::default();
    let world = World::new([]);
    let mut failures = Vec::new();
    let mut paid = None;
    // The journal of a start that failed is opened by the next one.
    for _ in 0..3 {
        match SqliteJournal::open(&folder, at()) {
            Err(error) => failures.push(format!("start: {error}")),
            Ok(mut journal) if paid.is_none() => {
                let view = driver(&world, &mut journal, &patience).pay(&request(), &mut Unwatched);
                paid = Some(());
                let calls = world.books().calls;
                match view {
                    Ok(view) => world.assert_settled(view.standing, &"no failure"),
                    Err(error) => {
                        assert!(matches!(error, DriveError::Journal(_)), "{error}");
                        failures.push(format!("after {calls} calls: {error}"));
                        // Nothing more is written, nothing more is sent, whatever is asked for.
                        let again = driver(&world, &mut journal, &patience)
                            .pay(&request(), &mut Unwatched)
                            .map(|view| view.standing);
                        let full = matches!(error, DriveError::Journal(JournalError::Full));
                        if !full {
                            let stopped = matches!(
                                again,
                                Err(DriveError::Journal(JournalError::Stopped)
                                    | DriveError::NotStarted(_))
                            );
                            assert!(stopped, "{again:?}");
                            let open =
                                driver(&world, &mut journal, &patience).recover(&mut Unwatched);
                            assert!(open.is_err() || journal.unfinished().unwrap().is_empty());
                            assert_eq!(world.books().calls, calls, "sent after a failed write");
                        }
                    }
                }
            }
            Ok(mut journal) => {
                let open = driver(&world, &mut journal, &patience)
                    .recover(&mut Unwatched)
                    .unwrap();
                assert!(journal.unfinished().unwrap().is_empty(), "{open:?}");
                assert_eq!(journal.verify().first_bad, None);
            }
        }
    }
    assert!(paid.is_some(), "{failures:?}");
    let standing = if world.books().order.paid {
        Standing::Paid
    } else {
        Standing::Refused
    };
    world.assert_settled(standing, &failures);
    println!("seen to the end: {standing:?}, {failures:?}");
}
