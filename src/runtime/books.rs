//! What the journal says of payments while nobody works on them.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::domain::Uid;
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::journal::{Journal, JournalError};
use crate::payment::orphan::{Orphan, Orphans};
use crate::payment::ports::Clock as _;
use crate::payment::progress::{Entry, Progress};
use crate::payment::record::PaymentRecord;
use crate::payment::sale::PaymentId;
use crate::payment::state::{Event, Sent};
use crate::payment::view::{PaymentView, RefundStanding, Standing};
use crate::tui::Period;

use super::payments::Means;

/// How far back a card's page looks.
const HISTORY: Duration = Duration::from_hours(7 * 24);

/// All that needs a person, oldest first.
pub(super) fn attention(
    means: &Means,
    journal: &dyn Journal,
) -> Result<Vec<PaymentView>, JournalError> {
    let mut found = Vec::new();
    for payment in journal.unfinished()? {
        let view = judged(means, journal, payment)?;
        if view.concern().is_some() {
            found.push(view);
        }
    }
    Ok(found)
}

/// Whether a request that takes money or gives it back was sent more than once for any payment to
/// which something happened since then.
pub(super) fn sent_twice(journal: &dyn Journal, since: Timestamp) -> Result<bool, JournalError> {
    for payment in journal.payments(since)? {
        let entries = journal.entries(payment)?;
        let often = |wanted: &Event| {
            let is_it = |entry: &Entry| matches!(entry, Entry::Event(event) if event == wanted);
            entries.iter().filter(|(_, entry)| is_it(entry)).count() > 1
        };
        if often(&Event::Reserve(Sent::Sending)) || often(&Event::Undo(Sent::Sending)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A payment as the driver judges it, while nobody works on it.
pub(super) fn judged(
    means: &Means,
    journal: &dyn Journal,
    payment: PaymentId,
) -> Result<PaymentView, JournalError> {
    let mut progress = replayed(payment, journal.entries(payment)?)?;
    means.patience.judge(&mut progress, means.clock.now());
    Ok(idle(progress.view(None)))
}

/// The payments of that time on the clocks of the zone, oldest first.
pub(super) fn listed(
    journal: &SqliteJournal,
    period: Period,
    zone: TimeZone,
) -> Result<Vec<PaymentRecord>, JournalError> {
    let back = match period {
        Period::Today => 0.days(),
        Period::Week => 6.days(),
    };
    let since = Timestamp::now()
        .to_zoned_datetime(zone)
        .checked_sub(back)
        .and_then(|day| day.start_of_day())
        .map_or_else(
            |_| Timestamp::now() - 24.hours(),
            |midnight| midnight.timestamp(),
        );
    records(journal, since)
}

/// What a card paid at this till lately, oldest payment first.
pub(super) fn history(
    journal: &SqliteJournal,
    uid: &Uid,
) -> Result<Vec<PaymentRecord>, JournalError> {
    let mut found = records(journal, Timestamp::now() - HISTORY)?;
    found.retain(|record| record.sale.legs.iter().any(|leg| leg.uid == *uid));
    Ok(found)
}

/// What looking back found and nobody settled yet, as the journal has it.
pub fn orphans(journal: &dyn Journal) -> Result<Vec<Orphan>, JournalError> {
    Ok(Orphans::replay(journal.notes()?).open())
}

/// Payments to which anything happened since then, oldest first.
pub fn records(
    journal: &dyn Journal,
    since: Timestamp,
) -> Result<Vec<PaymentRecord>, JournalError> {
    journal
        .payments(since)?
        .into_iter()
        .filter_map(|payment| record(journal, payment).transpose())
        .collect()
}

/// One payment, where there is such a one.
pub fn record(
    journal: &dyn Journal,
    payment: PaymentId,
) -> Result<Option<PaymentRecord>, JournalError> {
    let entries = journal.entries(payment)?;
    if entries.is_empty() {
        return Ok(None);
    }
    let mut record = replayed(payment, entries)?.record();
    record.view = idle(record.view);
    Ok(Some(record))
}

/// A payment as its entries have it.
pub(super) fn replayed(
    payment: PaymentId,
    entries: Vec<(Timestamp, Entry)>,
) -> Result<Progress, JournalError> {
    Progress::replay(entries).map_err(|error| JournalError::Damaged {
        seq: 0,
        why: format!("{payment}: {error}"),
    })
}

/// Nobody works on it while it is only looked at.
pub(super) fn idle(mut view: PaymentView) -> PaymentView {
    if view.standing == Standing::Working {
        view.standing = Standing::Unknown;
    }
    for refund in &mut view.refunds {
        if refund.standing == RefundStanding::Working {
            refund.standing = RefundStanding::Unknown;
        }
    }
    view
}
