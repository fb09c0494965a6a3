//! The till behind the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::cli::guest_pin::{self, ENV_GUEST_PIN};
use crate::cli::{Books, JournalKeeper, People, Till};
use crate::domain::{Notation, Pin};
use crate::i18n::Texts;
use crate::payment::driver::{Remembered, Unwatched, Watcher};
use crate::payment::journal::JournalError;
use crate::payment::journal::sqlite::{Accepted, Exported, KEY_FILE, SqliteJournal, key_beside};
use crate::payment::journal::verdict::Verdict;
use crate::payment::lookback::Looked;
use crate::payment::orphan::Orphan;
use crate::payment::ports::{Clock as _, Pos, Wallet};
use crate::payment::reason::Problem;
use crate::payment::record::PaymentRecord;
use crate::payment::refund::{RefundId, RefundRequest};
use crate::payment::sale::{By, PaymentId, PaymentRequest};
use crate::payment::staff::StaffNote;
use crate::payment::state::Decision;
use crate::payment::statement::Statements;
use crate::payment::view::{InDoubt, PaymentView};
use crate::reports::Labels;
use crate::tui::terminal;

use super::books;
use super::operators::Doorkeeper;
use super::payments::{self, Means};
use super::words;

/// The wallet's own reports, where it has some.
pub(super) type StatementsOf = Box<dyn Fn() -> Result<Option<Box<dyn Statements>>, Problem>>;

/// The journal for looking, and the names of the place.
pub(super) struct JournalBooks {
    /// State folder.
    pub folder: PathBuf,
    /// How the site writes UIDs.
    pub notation: Notation,
    /// Who works here.
    pub people: Arc<Doorkeeper>,
    /// For reports.
    pub labels: Labels,
    /// The site's zone, where it is not this computer's: days of reports are its days.
    pub zone: Option<TimeZone>,
    /// For what goes wrong.
    pub texts: Texts,
    /// The way to the wallet's own reports.
    pub statements: StatementsOf,
}

impl JournalBooks {
    fn look<T>(
        &self,
        nothing: T,
        look: impl FnOnce(&SqliteJournal) -> Result<T, JournalError>,
    ) -> Result<T, Problem> {
        SqliteJournal::open_to_read(&self.folder)
            .and_then(|journal| journal.as_ref().map_or(Ok(nothing), look))
            .map_err(|error| words::journal_problem(&error, self.texts))
    }
}

impl JournalBooks {
    /// The key of a copy; one that was made without its key is opened by the till's own.
    fn key_of(&self, copy: &Path) -> PathBuf {
        let beside = key_beside(copy);
        if beside.exists() {
            beside
        } else {
            self.folder.join(KEY_FILE)
        }
    }
}

impl Books for JournalBooks {
    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentRecord>, Problem> {
        self.look(vec![], |journal| books::records(journal, since))
    }

    fn payment(&self, id: PaymentId) -> Result<Option<PaymentRecord>, Problem> {
        self.look(None, |journal| books::record(journal, id))
    }

    fn orphans(&self) -> Result<Vec<Orphan>, Problem> {
        self.look(vec![], |journal| books::orphans(journal))
    }

    fn notation(&self) -> Notation {
        self.notation
    }

    fn labels(&self) -> &Labels {
        &self.labels
    }

    fn now(&self) -> ZonedDateTime {
        let zone = self.zone.clone().unwrap_or_else(TimeZone::system);
        Timestamp::now().to_zoned_datetime(zone)
    }

    fn people(&self) -> &dyn People {
        self.people.as_ref()
    }

    fn statements(&self) -> Result<Option<Box<dyn Statements>>, Problem> {
        (self.statements)()
    }
}

impl JournalKeeper for JournalBooks {
    fn verify(&self, file: Option<&Path>) -> Result<Option<Verdict>, Problem> {
        let verdict = match file {
            None => SqliteJournal::verify_folder(&self.folder),
            Some(file) => SqliteJournal::verify_file(file, &self.key_of(file)),
        };
        verdict.map_err(|error| words::journal_problem(&error, self.texts))
    }

    fn export(&self, file: &Path, with_key: bool) -> Result<Option<Exported>, Problem> {
        SqliteJournal::open_to_read(&self.folder)
            .and_then(|journal| {
                let copy = |journal: SqliteJournal| journal.export(file, with_key);
                journal.map(copy).transpose()
            })
            .map_err(|error| words::journal_problem(&error, self.texts))
    }

    fn staff(&self, since: Timestamp) -> Result<Vec<(Timestamp, StaffNote)>, Problem> {
        self.look(vec![], |journal| journal.staff(since))
    }

    fn accept(&self, by: &By, reason: &str) -> Result<Option<Accepted>, Problem> {
        SqliteJournal::accept(&self.folder, by, reason, Timestamp::now())
            .map_err(|error| words::journal_problem(&error, self.texts))
    }
}

/// Both servers and the journal; the journal is opened by the first payment.
pub(super) struct WholeTill {
    /// The journal for looking.
    pub books: JournalBooks,
    /// Servers and clock.
    pub means: Means,
}

impl WholeTill {
    fn open(&self) -> Result<SqliteJournal, Problem> {
        let journal = SqliteJournal::open(&self.books.folder, Timestamp::now())
            .map_err(|error| words::journal_problem(&error, self.books.texts))?;
        payments::warn(&self.means, &journal);
        Ok(journal)
    }
}

impl WholeTill {
    /// Where a request was sent twice it may have been booked twice: both servers are asked, as the
    /// till's screen does it. What they do not tell now, `recover` asks again.
    fn look_for_doubles(&self, journal: &mut SqliteJournal, began: Timestamp) {
        let twice = books::sent_twice(journal, began).unwrap_or_default();
        if let Some(over) = self.means.look_back.filter(|_| twice) {
            let looked =
                self.means
                    .driver(journal)
                    .look_back(over, &mut Remembered::default(), &|| false);
            if let Err(error) = looked {
                tracing::warn!(%error, "looking back failed");
            }
        }
    }
}

impl Books for WholeTill {
    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentRecord>, Problem> {
        self.books.payments(since)
    }

    fn payment(&self, id: PaymentId) -> Result<Option<PaymentRecord>, Problem> {
        self.books.payment(id)
    }

    fn orphans(&self) -> Result<Vec<Orphan>, Problem> {
        self.books.orphans()
    }

    fn notation(&self) -> Notation {
        self.books.notation
    }

    fn labels(&self) -> &Labels {
        &self.books.labels
    }

    fn now(&self) -> ZonedDateTime {
        self.books.now()
    }

    fn people(&self) -> &dyn People {
        self.books.people()
    }

    fn statements(&self) -> Result<Option<Box<dyn Statements>>, Problem> {
        self.books.statements()
    }
}

impl Till for WholeTill {
    fn pos(&self) -> &dyn Pos {
        self.means.pos.as_ref()
    }

    fn wallet(&self) -> &dyn Wallet {
        self.means.wallet.as_ref()
    }

    fn guest_pin(&self, guest: usize, prompt: &str) -> Option<Pin> {
        match std::env::var(ENV_GUEST_PIN) {
            Ok(text) => guest_pin::in_variable(&text, guest),
            Err(_) => terminal::read_pin(prompt),
        }
    }

    fn pay(&mut self, request: PaymentRequest) -> Result<PaymentView, Problem> {
        let mut journal = self.open()?;
        let began = self.means.clock.now();
        let mut last = Last(None);
        let result = self.means.driver(&mut journal).pay(&request, &mut last);
        self.look_for_doubles(&mut journal, began);
        result.or_else(|error| {
            let problem = words::drive_problem(&error, self.books.texts);
            match last.0 {
                Some(view) => Ok(payments::cut_off(view, problem)),
                None => Err(problem),
            }
        })
    }

    fn refund(&mut self, request: RefundRequest) -> Result<PaymentView, Problem> {
        let mut journal = self.open()?;
        self.means
            .driver(&mut journal)
            .refund(&request, &mut Unwatched)
            .map_err(|error| words::drive_problem(&error, self.books.texts))
    }

    fn decide(
        &mut self,
        payment: PaymentId,
        refund: Option<RefundId>,
        seen: InDoubt,
        decision: Decision,
    ) -> Result<PaymentView, Problem> {
        let mut journal = self.open()?;
        let mut driver = self.means.driver(&mut journal);
        match refund {
            Some(refund) => driver.decide_refund(payment, refund, seen, decision, &mut Unwatched),
            None => driver.decide(payment, seen, decision, &mut Unwatched),
        }
        .map_err(|error| words::drive_problem(&error, self.books.texts))
    }

    fn recover(&mut self) -> Result<Vec<PaymentView>, Problem> {
        let mut journal = self.open()?;
        self.means
            .driver(&mut journal)
            .recover(&mut Unwatched)
            .map_err(|error| words::drive_problem(&error, self.books.texts))
    }

    fn look_back(&mut self) -> Result<Option<Looked>, Problem> {
        let Some(over) = self.means.look_back else {
            return Ok(None);
        };
        let mut journal = self.open()?;
        let mut remembered = Remembered::default();
        self.means
            .driver(&mut journal)
            .look_back(over, &mut remembered, &|| false)
            .map(Some)
            .map_err(|error| words::drive_problem(&error, self.books.texts))
    }

    fn settle_orphan(
        &mut self,
        payment: PaymentId,
        by: &By,
        reason: &str,
    ) -> Result<Orphan, Problem> {
        let mut journal = self.open()?;
        self.means
            .driver(&mut journal)
            .settle_orphan(payment, by, reason)
            .map_err(|error| words::drive_problem(&error, self.books.texts))
    }
}

/// Remembers the last step, in case the journal cuts the payment off.
struct Last(Option<PaymentView>);

impl Watcher for Last {
    fn show(&mut self, view: &PaymentView) {
        self.0 = Some(view.clone());
    }

    fn cancelled(&self) -> bool {
        false
    }
}
