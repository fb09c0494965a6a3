//! Numbers of r_keeper's licence: the newest is found, whichever payment had it.

use super::*;
use crate::payment::ports::Ticket;

fn ticket(number: u64) -> Ticket {
    Ticket {
        more: 0,
        instance: "3c1d9d7e-0000-4000-8000-000000000001".into(),
        number,
    }
}

#[test]
fn the_newest_number_is_found_by_the_next_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    assert_eq!(journal.last_ticket().unwrap(), None);
    let sales: Vec<Sale> = (0..3)
        .map(|_| Sale {
            payment: journal.new_payment(),
            ..sale()
        })
        .collect();
    for (number, sale) in (0..).zip(&sales) {
        journal.append(sale, &entries(sale), false, at()).unwrap();
        assert_eq!(
            journal.last_ticket().unwrap().map(|(_, last)| last),
            number_before(number)
        );
        let entries = [
            Entry::Ticket(ticket(number)),
            Entry::Request(RequestKind::Pay, b"pay".to_vec()),
        ];
        journal.append(sale, &entries, false, at()).unwrap();
    }
    // An older payment is sent again: its number is not new.
    let resumed = Entry::Event(Event::Resume);
    journal.append(&sales[0], &[resumed], false, at()).unwrap();
    drop(journal);
    let journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let newest = Some((sales[2].payment, ticket(2)));
    assert_eq!(journal.last_ticket().unwrap(), newest);
    let entries = journal.entries(sales[1].payment).unwrap();
    assert!(
        entries
            .iter()
            .any(|(_, entry)| *entry == Entry::Ticket(ticket(1)))
    );
    assert_eq!(journal.verify().first_bad, None);
    drop(journal);
    let reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    assert_eq!(reader.last_ticket().unwrap(), newest);
}

fn number_before(number: u64) -> Option<Ticket> {
    number.checked_sub(1).map(ticket)
}

/// A number that another hand wrote counts nothing.
#[test]
fn a_changed_number_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let sale = sale();
    let mut journal = SqliteJournal::open(folder.path(), at()).unwrap();
    let mut all = entries(&sale);
    all.push(Entry::Ticket(ticket(7)));
    journal.append(&sale, &all, false, at()).unwrap();
    let reader = SqliteJournal::open_to_read(folder.path()).unwrap().unwrap();
    let other = Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    other
        .execute_batch(
            "DROP TRIGGER events_stay;
             UPDATE events SET clear = replace(clear, '7}', '9}') WHERE kind = 'ticket'",
        )
        .unwrap();
    assert!(matches!(
        reader.last_ticket(),
        Err(JournalError::Damaged { .. })
    ));
}
