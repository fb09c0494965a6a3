//! A licence that counts requests: numbers are used once, for one body, in their order.

use super::*;
use crate::payment::ports::Ticket;
use crate::payment::progress::Entry;

// Calls of a payment whose number is known without asking.
const PAY: usize = 5;
const LOOK: usize = 6;

/// The count as r_keeper is believed to keep it.
#[derive(Default)]
pub(super) struct Licence {
    /// By installation: the last number, its body, and what came of it.
    instances: BTreeMap<String, Counted>,
    /// A refused request uses its number up (sources disagree).
    errors_count: bool,
    /// Answers are forgotten at once.
    forgets: bool,
    /// No number is ever right.
    never: bool,
    /// Every body under every number that was executed.
    executed: Vec<(u64, Vec<u8>)>,
}

struct Counted {
    last: u64,
    body: Vec<u8>,
    answer: Result<(), Problem>,
}

impl Licence {
    pub(super) fn next(&self, instance: &str) -> u64 {
        self.instances.get(instance).map_or(0, |own| own.last + 1)
    }
}

fn refused() -> Problem {
    Problem::of(Server::Rkeeper, Reason::LicenceNumber, "5305")
}

impl Books {
    /// Executes a payment, or answers a repeat from memory, where the site's licence counts.
    pub(super) fn execute_counted(&mut self, body: &[u8]) -> Result<(), Problem> {
        let Some(licence) = &self.licence else {
            return self.execute_pay(body);
        };
        let text = String::from_utf8(body.to_vec()).unwrap();
        let (ticket, rest) = text.split_once(' ').unwrap();
        let (instance, number) = ticket.split_once('#').unwrap();
        let number: u64 = number.parse().unwrap();
        if licence.never {
            return Err(refused());
        }
        if let Some(own) = licence.instances.get(instance)
            && own.last == number
        {
            return if own.body == body && !licence.forgets {
                own.answer.clone()
            } else {
                Err(refused())
            };
        }
        if number != licence.next(instance) {
            return Err(refused());
        }
        let answer = self.execute_pay(rest.as_bytes());
        let licence = self.licence.as_mut().unwrap();
        if answer.is_ok() {
            licence.executed.push((number, body.to_vec()));
        }
        if answer.is_ok() || licence.errors_count {
            let counted = Counted {
                last: number,
                body: body.to_vec(),
                answer: answer.clone(),
            };
            licence.instances.insert(instance.to_owned(), counted);
        }
        answer
    }
}

fn world(fates: impl IntoIterator<Item = (usize, Fate)>) -> World {
    let world = World::new(fates);
    let mut books = world.books();
    books.licence = Some(Licence::default());
    books.balances = [("a".to_owned(), 1_000_000), ("b".to_owned(), 1_000_000)].into();
    drop(books);
    world
}

/// Another order at the same till; calls are counted anew.
fn next_guest(world: &World, fates: &[(usize, Fate)]) {
    let mut books = world.books();
    books.order = order();
    books.calls = 0;
    books.fates = fates.iter().copied().collect();
}

fn pay(world: &World, journal: &mut MemoryJournal, guid: &str) -> PaymentView {
    let mut request = request();
    request.order.guid = OrderGuid(guid.into());
    world.run(journal, |driver| {
        driver.pay(&request, &mut Unwatched).unwrap()
    })
}

fn tickets(journal: &MemoryJournal) -> Vec<u64> {
    let rows = journal.rows.iter();
    rows.filter_map(|(.., entry)| match entry {
        Entry::Ticket(Ticket { number, .. }) => Some(*number),
        _ => None,
    })
    .collect()
}

fn numbers_executed(world: &World) -> Vec<u64> {
    let books = world.books();
    let executed = &books.licence.as_ref().unwrap().executed;
    executed.iter().map(|(number, _)| *number).collect()
}

#[test]
fn each_payment_has_the_next_number_and_asks_for_none() {
    let (world, mut journal) = (world([]), MemoryJournal::default());
    for guid in ["{A}", "{B}", "{C}"] {
        next_guest(&world, &[]);
        assert_eq!(pay(&world, &mut journal, guid).standing, Standing::Paid);
        assert_eq!(world.books().calls, LOOK + 1, "nothing is asked");
    }
    assert_eq!(tickets(&journal), [0, 1, 2]);
    assert_eq!(numbers_executed(&world), [0, 1, 2]);
    assert_eq!(world.books().licence.as_ref().unwrap().instances.len(), 1);
    // The number is on disk with the bytes, before they leave.
    let row = |wanted: fn(&Entry) -> bool| journal.rows.iter().position(|(.., row)| wanted(row));
    let ticket = row(|entry| matches!(entry, Entry::Ticket(_))).unwrap();
    let bytes = row(|entry| matches!(entry, Entry::Request(RequestKind::Pay, _))).unwrap();
    let sending = row(|entry| matches!(entry, Entry::Event(Event::Pay(Sent::Sending)))).unwrap();
    assert!(ticket < bytes && bytes < sending);
}

#[test]
fn after_a_lost_answer_the_same_bytes_go_under_the_same_number() {
    for (fate, forgets) in [
        (Fate::RequestLost, false),
        (Fate::ReplyLost, false),
        (Fate::Late, false),
        (Fate::ReplyLost, true),
        (Fate::Doubled, false),
        (Fate::Doubled, true),
    ] {
        let (world, mut journal) = (world([(PAY, fate)]), MemoryJournal::default());
        world.books().licence.as_mut().unwrap().forgets = forgets;
        let view = pay(&world, &mut journal, "{A}");
        assert_eq!(view.standing, Standing::Paid, "{fate:?} {forgets}");
        assert_eq!(tickets(&journal), [0], "{fate:?}");
        assert_eq!(numbers_executed(&world), [0], "{fate:?}");
        next_guest(&world, &[]);
        assert_eq!(pay(&world, &mut journal, "{B}").standing, Standing::Paid);
        assert_eq!(numbers_executed(&world), [0, 1], "{fate:?}");
    }
}

/// Another program used the installation's numbers, or r_keeper forgot the installation.
#[test]
fn a_number_that_is_not_taken_is_asked_for_once_and_only_once() {
    for forgotten in [false, true] {
        let (world, mut journal) = (world([]), MemoryJournal::default());
        pay(&world, &mut journal, "{A}");
        let mut books = world.books();
        let licence = books.licence.as_mut().unwrap();
        if forgotten {
            licence.instances.clear();
        } else {
            let own = licence.instances.values_mut().next().unwrap();
            own.last = 40;
        }
        drop(books);
        next_guest(&world, &[]);
        let view = pay(&world, &mut journal, "{B}");
        assert_eq!(view.standing, Standing::Paid, "{forgotten}");
        let wanted = if forgotten { [0, 1, 0] } else { [0, 1, 41] };
        assert_eq!(tickets(&journal), wanted);
        assert_eq!(world.books().taken() + 1_998_000, 2_000);
    }
    let (world, mut journal) = (world([]), MemoryJournal::default());
    world.books().licence.as_mut().unwrap().never = true;
    let view = pay(&world, &mut journal, "{A}");
    assert_eq!(view.standing, Standing::Refused);
    assert_eq!(view.problem.unwrap().reason, Reason::LicenceNumber);
    assert_eq!(tickets(&journal).len(), 2, "once more, and no more");
    assert_eq!(world.books().taken() + 1_998_000, 0, "given back");
}

#[test]
fn whether_a_refusal_uses_its_number_up_or_not_the_next_payment_goes() {
    for errors_count in [false, true] {
        let (world, mut journal) = (world([]), MemoryJournal::default());
        world.books().licence.as_mut().unwrap().errors_count = errors_count;
        assert_eq!(pay(&world, &mut journal, "{A}").standing, Standing::Paid);
        next_guest(&world, &[]);
        let mut asked = request();
        asked.order.guid = OrderGuid("{B}".into());
        let view = world.run(&mut journal, |driver| {
            driver
                .pay(&asked, &mut super::waiting::AddsADish(&world))
                .unwrap()
        });
        assert_eq!(view.problem.unwrap().reason, Reason::SumMismatch);
        next_guest(&world, &[]);
        assert_eq!(pay(&world, &mut journal, "{C}").standing, Standing::Paid);
        let third = if errors_count { 2 } else { 1 };
        assert_eq!(tickets(&journal), [0, 1, third], "{errors_count}");
        assert_eq!(numbers_executed(&world), [0, third]);
    }
}

/// While the first payment's bytes may still be wanted under their number, no others get it.
#[test]
fn an_unsettled_payment_keeps_its_number() {
    let lost = (PAY..60).map(|call| (call, Fate::RequestLost));
    let (world, mut journal) = (world(lost), MemoryJournal::default());
    let first = pay(&world, &mut journal, "{A}");
    assert_eq!(first.standing, Standing::Unknown);
    let unpaid = world.books().order.clone();
    // It is taken up shortly, in vain: its payments are lost, what is asked is answered.
    let lost = [6, 9, 12].map(|call| (call, Fate::RequestLost));
    next_guest(&world, &lost);
    let second = pay(&world, &mut journal, "{B}");
    assert_eq!(second.standing, Standing::Refused);
    let problem = second.problem.unwrap();
    assert_eq!(problem.reason, Reason::LicenceBusy);
    assert_eq!(problem.detail, first.id.to_string());
    assert!(
        world.books().operations.len() == 1,
        "no debit was made for it"
    );
    world.books().order = unpaid;
    let first = world.run(&mut journal, |driver| {
        driver.resume(first.id, &mut Unwatched).unwrap()
    });
    assert_eq!(first.standing, Standing::Paid);
    next_guest(&world, &[]);
    assert_eq!(pay(&world, &mut journal, "{C}").standing, Standing::Paid);
    assert_eq!(tickets(&journal), [0, 1]);
    assert_eq!(numbers_executed(&world), [0, 1]);
}

/// Its servers are back: the payment that keeps the number goes on before the next one begins.
#[test]
fn whoever_keeps_the_number_is_taken_up_first() {
    let lost = (PAY..60).map(|call| (call, Fate::RequestLost));
    let (world, mut journal) = (world(lost), MemoryJournal::default());
    let first = pay(&world, &mut journal, "{A}");
    assert_eq!(first.standing, Standing::Unknown);
    next_guest(&world, &[]);
    let second = pay(&world, &mut journal, "{B}");
    // Here both are one order for r_keeper, and it is paid now.
    assert_eq!(second.problem.unwrap().reason, Reason::OrderPaidElsewhere);
    assert_eq!(numbers_executed(&world), [0]);
    assert_eq!(tickets(&journal), [0, 1]);
    let first = world.run(&mut journal, |driver| {
        driver.resume(first.id, &mut Unwatched).unwrap()
    });
    assert_eq!(first.standing, Standing::Paid);
}

/// A guest waits for his own payment, not for another's servers.
#[test]
fn another_payment_is_worked_on_shortly() {
    let lost = (PAY..60).map(|call| (call, Fate::RequestLost));
    let (world, mut journal) = (world(lost), MemoryJournal::default());
    let first = pay(&world, &mut journal, "{A}");
    assert_eq!(first.standing, Standing::Unknown);
    // What this order and its number need is answered, and then nothing is.
    let lost: Vec<_> = (4..60).map(|call| (call, Fate::RequestLost)).collect();
    next_guest(&world, &lost);
    let before = world.books().time;
    let second = pay(&world, &mut journal, "{B}");
    assert_eq!(second.standing, Standing::Refused);
    assert!(world.books().calls > 4, "the first one was asked for");
    let waited = world.books().time.saturating_sub(before);
    assert!(waited <= Duration::from_secs(10), "{waited:?}");
}

/// What waits for a person is left to him, and keeps its number.
#[test]
fn a_payment_that_waits_for_a_person_is_not_taken_up() {
    let lost = (PAY..60).map(|call| (call, Fate::RequestLost));
    let (world, mut journal) = (world(lost), MemoryJournal::default());
    let first = pay(&world, &mut journal, "{A}").id;
    // Somebody pays in our currency, and nobody can say whose payment that is.
    next_guest(&world, &[]);
    world.books().paid_by(PosPayment {
        amount: Money::from_kopecks(1_000),
        ext_info: None,
        prepayment: false,
        check_num: Some("77".into()),
        currency: Some("11".into()),
        card_code: None,
        line_guid: None,
        begun: false,
    });
    let view = world.run(&mut journal, |driver| {
        driver.resume(first, &mut Unwatched).unwrap()
    });
    assert_eq!(view.standing, Standing::NeedsManager);
    let rows = |journal: &MemoryJournal| journal.entries(first).unwrap().len();
    let before = rows(&journal);
    next_guest(&world, &[]);
    let second = pay(&world, &mut journal, "{B}");
    assert_eq!(second.problem.unwrap().reason, Reason::LicenceBusy);
    assert_eq!(rows(&journal), before);
}

/// A part that is begun with a line needs a number like any other, before any money moves.
#[test]
fn a_begun_part_has_its_number_before_the_debit() {
    let lost = (PAY..60).map(|call| (call, Fate::RequestLost));
    let (world, mut journal) = (world(lost), MemoryJournal::default());
    let first = pay(&world, &mut journal, "{A}");
    assert_eq!(first.standing, Standing::Unknown);
    let lost = [6, 9, 12].map(|call| (call, Fate::RequestLost));
    next_guest(&world, &lost);
    world.books().begins = true;
    let mut part = request();
    part.order.guid = OrderGuid("{B}".into());
    part.part = true;
    part.split.shares.truncate(1);
    let second = world.run(&mut journal, |driver| {
        driver.pay(&part, &mut Unwatched).unwrap()
    });
    assert_eq!(second.problem.unwrap().reason, Reason::LicenceBusy);
    assert_eq!(world.books().operations.len(), 1, "the first guest's debit");
}

/// r_keeper took the number of an unsettled payment: others go on, and its bytes never leave again.
#[test]
fn an_overtaken_payment_is_only_looked_for() {
    let lost = (PAY..60).map(|call| (call, Fate::RequestLost));
    let (world, mut journal) = (world(lost), MemoryJournal::default());
    let first = pay(&world, &mut journal, "{A}");
    let instance = journal.last_ticket().unwrap().unwrap().1.instance;
    let other = Counted {
        last: 0,
        body: b"another program's".to_vec(),
        answer: Ok(()),
    };
    let mut books = world.books();
    let unpaid = books.order.clone();
    let licence = books.licence.as_mut().unwrap();
    licence.instances.insert(instance, other);
    drop(books);
    next_guest(&world, &[]);
    assert_eq!(pay(&world, &mut journal, "{B}").standing, Standing::Paid);
    assert_eq!(tickets(&journal), [0, 1]);
    let before = journal.rows.len();
    world.books().order = unpaid;
    let first = world.run(&mut journal, |driver| {
        driver.resume(first.id, &mut Unwatched).unwrap()
    });
    assert!(matches!(
        first.standing,
        Standing::Unknown | Standing::NeedsManager
    ));
    let sent = |entry: &Entry| matches!(entry, Entry::Event(Event::Pay(_)));
    assert!(!journal.rows[before..].iter().any(|(.., row)| sent(row)));
    assert_eq!(numbers_executed(&world), [1]);
}

/// The program ends after any of its writes; the next payment's number fits all the same.
#[test]
fn a_restart_anywhere_keeps_the_count() {
    for errors_count in [false, true] {
        for ends_at in 0..6 {
            let (world, mut journal) = (world([]), MemoryJournal::default());
            world.books().licence.as_mut().unwrap().errors_count = errors_count;
            assert_eq!(pay(&world, &mut journal, "{A}").standing, Standing::Paid);
            next_guest(&world, &[]);
            journal.fail_at = Some(journal.syncs + ends_at);
            let mut asked = request();
            asked.order.guid = OrderGuid("{B}".into());
            let result = world.run(&mut journal, |driver| driver.pay(&asked, &mut Unwatched));
            journal.fail_at = None;
            let paid = world.books().order.paid;
            let views = world.run(&mut journal, |driver| {
                driver.recover(&mut Unwatched).unwrap()
            });
            let standing = result.map_or_else(
                |_| views.first().map(|view| view.standing),
                |view| Some(view.standing),
            );
            if paid {
                assert_eq!(standing, Some(Standing::Paid), "{ends_at}");
            }
            next_guest(&world, &[]);
            assert_eq!(pay(&world, &mut journal, "{C}").standing, Standing::Paid);
            let executed = numbers_executed(&world);
            let mut once = executed.clone();
            once.dedup();
            assert_eq!(executed, once, "no number is executed twice");
            assert_eq!(executed.len(), 2 + usize::from(paid), "{ends_at}");
        }
    }
}
