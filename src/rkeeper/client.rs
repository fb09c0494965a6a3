//! The front door: asks the till's cash server and sorts what came of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::DateTime;
use secrecy::ExposeSecret as _;

use crate::domain::text::clean;
use crate::domain::{Halls, Order, OrderGuid, Uid};
use crate::http::{ChannelError, Hidden};
use crate::payment::ports::{
    LineId, LockId, OrderList, Pos, ReadError, Receipt, Reply, SeenReceipt, Ticket,
};
use crate::payment::reason::{Problem, Reason};
use crate::payment::refund::Refund;
use crate::payment::sale::Sale;

use super::answer::{AnswerError, Failure, QueryResult};
use super::dialect::{Newer, is_unknown_command};
use super::licence::{Licence, info};
use super::menu::MenuCache;
use super::quiet::{Quieted, cards, tokens};
use super::settings::Settings;
use super::wire::{Wire, of};
use super::{begun, intent, order, request, status, undo, xml};

/// Most characters of r_keeper's version; it has about a dozen.
const VERSION_MAX: usize = 40;

/// The till's cash server.
#[derive(Debug)]
pub struct Rkeeper {
    wire: Wire,
    settings: Settings,
    licence: Licence,
    menu: MenuCache,
    /// r_keeper said that it wants a receipt of intent, which the settings do not know of.
    wants_intents: AtomicBool,
    /// r_keeper answered that it knows no locks.
    without_locks: AtomicBool,
    /// `ServerVersion` of the last answer that had one.
    version: Mutex<Option<String>>,
}

impl Rkeeper {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: Settings) -> Result<Self, ChannelError> {
        Ok(Self {
            wire: Wire::new(&settings)?,
            licence: Licence::new(&settings.licence)?,
            settings,
            menu: MenuCache::default(),
            wants_intents: AtomicBool::new(false),
            without_locks: AtomicBool::new(false),
            version: Mutex::default(),
        })
    }

    /// Asks a command that changes nothing; the answer is without failure.
    pub(super) fn read(&self, command: &str, body: &[u8]) -> Result<QueryResult, ReadError> {
        match self.read_or_failure(command, body)? {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(status::of_read(&failure)),
        }
    }

    /// The same, with r_keeper's own word where it refuses.
    pub(super) fn read_or_failure(
        &self,
        command: &str,
        body: &[u8],
    ) -> Result<Result<QueryResult, Failure>, ReadError> {
        let query = self.dressed(body.to_vec());
        let answer = self.wire.ask(command, &query, self.settings.read_timeout)?;
        self.hear_version(&answer);
        Ok(match answer.failure() {
            None => Ok(answer),
            Some(failure) => Err(failure),
        })
    }

    /// Asks the newer of two commands, or the older where this r_keeper does not know the newer.
    pub(super) fn read_either(
        &self,
        command: Newer,
        query: &[u8],
    ) -> Result<QueryResult, ReadError> {
        if !self.wire.dialect.is_old(command) {
            match self.read_or_failure(command.name(), query)? {
                Ok(answer) => return Ok(answer),
                Err(failure) if is_unknown_command(&failure) => self.wire.dialect.learn(command),
                Err(failure) => return Err(status::of_read(&failure)),
            }
        }
        let answer = self.read(command.older(), &command.older_query(query))?;
        Ok(answer)
    }

    fn hear_version(&self, answer: &QueryResult) {
        if let Some(version) = answer.attribute("ServerVersion") {
            let version = clean(version).chars().take(VERSION_MAX).collect();
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
        }
    }

    /// In the form of the settings. What is in the journal is sent as it stands there.
    pub(super) fn dressed(&self, query: Vec<u8>) -> Vec<u8> {
        self.settings.command_form.dress(query)
    }

    /// What r_keeper answered when it was asked for a lock.
    pub(super) fn knows_locks(&self, knows: bool) {
        self.without_locks.store(!knows, Ordering::Relaxed);
    }

    /// The site's licence for writing.
    pub(super) const fn own_licence(&self) -> &Licence {
        &self.licence
    }

    /// The way to the cash server.
    pub(super) const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// How this till is known to the cash server.
    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which groups hold the dishes, as far as it was asked.
    pub(super) const fn menu(&self) -> &MenuCache {
        &self.menu
    }

    /// Such a part is begun and then made money, by commands that carry no licence.
    fn in_two_steps(&self, sale: &Sale) -> bool {
        self.settings.two_step_part_payments && sale.is_part() && sale.legs.len() == 1
    }

    /// Why a sale cannot be paid at a site that prints receipts of intent, before any money moves.
    fn intents_hinder(&self, sale: &Sale) -> Result<(), Problem> {
        if !self.settings.intent_receipts {
            return if self.wants_intents.load(Ordering::Relaxed) && !sale.is_part() {
                // Told once, it is not tried again with another guest's money.
                Err(Problem::own(Reason::IntentReceiptWanted, ""))
            } else {
                Ok(())
            };
        }
        if sale.is_part() {
            return Err(Problem::own(Reason::IntentReceiptWhole, ""));
        }
        Ok(())
    }

    fn ask_number(&self, instance: &str) -> Result<u64, ReadError> {
        let Some(info) = self.licence_info().map_err(ReadError::Refused)? else {
            return Ok(0);
        };
        let body = info::next_number(&info, instance);
        match self.read_or_failure(info::NEXT_NUMBER, &body)? {
            Ok(answer) => {
                let named = info::named_number(&answer).map_err(|error| misread(&error))?;
                Ok(self.licence.number_after(named))
            }
            // It begins anew.
            Err(failure) if failure.number == Some(status::INSTANCE_UNKNOWN) => Ok(0),
            Err(failure) => Err(status::of_read(&failure)),
        }
    }
}

/// The calls as they come out of r_keeper, with its own words.
impl Rkeeper {
    fn order_list(&self, since: Option<i64>) -> Result<OrderList, ReadError> {
        let body = request::order_list(since.unwrap_or(0));
        let answer = self.read_either(Newer::OrderList, &body)?;
        let list = order::order_list(&answer).map_err(|error| misread(&error))?;
        if list.orders.is_none() && since.is_none() {
            return Err(ReadError::Failed(of(
                Reason::AnswerNotUnderstood,
                "all orders were asked for, and no change answered",
            )));
        }
        Ok(list)
    }

    fn whole_order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        let answer = self.read("GetOrder", &request::order(guid))?;
        order::order(&answer, guid).map_err(|error| misread(&error))
    }

    /// An order that cannot be paid anyway is not asked about. Nor is it any worse for r_keeper's not
    /// answering: the payment asks again, under its lock.
    fn order_with_calculation(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        let mut order = self.whole_order(guid)?;
        if order.hindrance().is_none() {
            let codes = self.settings.currencies.codes();
            let body = request::calculation_of(&self.settings, guid);
            let asked = self.read_either(Newer::Calculation, &body);
            order.calculated = asked.ok().and_then(|answer| {
                let calculated = order::calculated(&answer, guid, &codes);
                calculated
                    .inspect_err(|error| tracing::warn!(%error, "CalcOrder3"))
                    .ok()
            });
        }
        Ok(order)
    }

    fn calculate(&self, sale: &Sale) -> Result<Order, ReadError> {
        let sums = request::sums(&self.settings, sale).map_err(ReadError::Refused)?;
        let body = request::calculation(&self.settings, sale).map_err(ReadError::Refused)?;
        let answer = self.read_either(Newer::Calculation, &body)?;
        let codes: Vec<&str> = sums.iter().map(|&(code, _)| code).collect();
        let refused = order::currency_refused(&answer, &codes).map_err(|error| misread(&error))?;
        if let Some(why) = refused {
            return Err(ReadError::Refused(of(Reason::CurrencyNotAllowed, why)));
        }
        order::order(&answer, &sale.order).map_err(|error| misread(&error))
    }

    /// For words in answer to a request that named these cards.
    pub(super) fn without_secrets(&self, cards: &[Uid]) -> Quieted {
        let mut hidden = Hidden::default();
        hidden.hide(self.wire.login(), "***");
        hidden.hide(self.settings.password.expose_secret(), "***");
        let manager = self.settings.take_back.manager_password.expose_secret();
        hidden.hide(manager, "***");
        // As it stands in the request.
        hidden.hide(&xml::escaped(manager), "***");
        self.licence.hide(&mut hidden);
        for card in cards {
            hidden.hide(card.reveal(), &card.masked());
        }
        Quieted(hidden)
    }
}

impl Pos for Rkeeper {
    fn orders(&self, since: Option<i64>) -> Result<OrderList, ReadError> {
        self.without_secrets(&[]).read(self.order_list(since))
    }

    fn version(&self) -> Option<String> {
        let version = self.version.lock();
        version.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn halls(&self) -> Result<Halls, ReadError> {
        self.read_halls()
    }

    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        self.without_secrets(&[]).read(self.whole_order(guid))
    }

    fn order_to_pay(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        let mut order = self
            .without_secrets(&[])
            .read(self.order_with_calculation(guid))?;
        self.fill_groups(&mut order);
        Ok(order)
    }

    fn add_groups(&self, order: &mut Order) {
        self.fill_groups(order);
    }

    fn lock(&self, guid: &OrderGuid, lock: &LockId) -> Reply<()> {
        // A lock of no time would be an unlock.
        let time = self.settings.lock_for.max(Duration::from_secs(1));
        self.without_secrets(&[])
            .reply(self.ask_lock(guid, lock, time))
    }

    fn keeps_orders(&self) -> bool {
        !self.without_locks.load(Ordering::Relaxed)
    }

    fn unlock(&self, guid: &OrderGuid, lock: &LockId) {
        if !self.keeps_orders() {
            return;
        }
        let body = self.dressed(request::lock(&self.settings, guid, lock, Duration::ZERO));
        // What comes of it is in the log; the lock runs out by itself.
        self.wire
            .ask_alone("LockOrder", &body, self.settings.read_timeout)
            .ok();
    }

    fn payable(&self, sale: &Sale) -> Result<Order, ReadError> {
        let cards: Vec<Uid> = sale.legs.iter().map(|leg| leg.uid.clone()).collect();
        self.intents_hinder(sale).map_err(ReadError::Refused)?;
        // Before any money moves, there is a licence to pay with.
        let licensed = if self.in_two_steps(sale) {
            Ok(None)
        } else {
            self.licence_info().map_err(ReadError::Refused)
        };
        // It may have got its token just now.
        let quieted = self.without_secrets(&cards);
        quieted.read(licensed.and_then(|_| self.calculate(sale)))
    }

    /// In two steps where the site has them and one line holds the part, else in one.
    fn begin_part(&self, sale: &Sale, lock: &LockId) -> Reply<Option<LineId>> {
        if !self.settings.part_payments {
            let cure = "part payments are off: set `rkeeper.part_payments`";
            return Reply::Refused(Problem::own(Reason::ConfigIncomplete, cure));
        }
        if !self.settings.two_step_part_payments {
            return Reply::Done(None);
        }
        let body = match begun::start(&self.settings, sale, lock) {
            None => return Reply::Done(None),
            Some(Err(problem)) => return Reply::Refused(problem),
            Some(Ok(body)) => self.dressed(body),
        };
        let reply = self.write(begun::START, &body, self.settings.read_timeout, begun::line);
        self.without_secrets(&cards(&body)).reply(reply)
    }

    /// A line that was begun can be given up as often as one likes: a second time there is none.
    fn abandon(&self, sale: &Sale, lock: &LockId, line: &LineId) -> Reply<()> {
        let body = self.dressed(begun::error(lock, line));
        let cards: Vec<Uid> = sale.legs.iter().map(|leg| leg.uid.clone()).collect();
        let quieted = self.without_secrets(&cards);
        let ask = || {
            let deadline = self.settings.read_timeout;
            let reply = self.write(begun::ERROR, &body, deadline, |_| Reply::Done(()));
            quieted.reply(reply)
        };
        match ask() {
            Reply::NotDone(_) | Reply::Unknown(_) => ask(),
            told @ (Reply::Done(()) | Reply::Refused(_)) => told,
        }
    }

    /// Whether `TerminalAuthPay2`, sent twice, pays once is not documented. A counted `SaveOrder` is
    /// answered from memory the second time; but number 0 begins a count, and a server that forgot
    /// the installation would begin it again.
    fn repeats(&self, sale: &Sale, _begun: Option<&LineId>, ticket: Option<&Ticket>) -> bool {
        !sale.is_part() || ticket.is_some_and(|ticket| ticket.number > 0)
    }

    /// The second step of `begun` has no place for a licence in the schema.
    fn counts(&self, _sale: &Sale, begun: Option<&LineId>) -> bool {
        self.licence.counts() && begun.is_none()
    }

    fn requests(&self, sale: &Sale) -> u64 {
        if self.settings.intent_receipts && !sale.is_part() {
            2
        } else {
            1
        }
    }

    fn next_number(&self, instance: &str) -> Result<u64, ReadError> {
        let asked = self.ask_number(instance);
        self.without_secrets(&[]).read(asked)
    }

    fn pay_request(
        &self,
        sale: &Sale,
        lock: &LockId,
        begun: Option<&LineId>,
        ticket: Option<&Ticket>,
    ) -> Result<Vec<u8>, Problem> {
        if let Some(line) = begun {
            return begun::pay(sale, lock, line).map(|query| self.dressed(query));
        }
        let info = self.licence_info()?;
        let licence = info.as_ref().zip(ticket);
        if info.is_some() && licence.is_none() {
            return Err(Problem::own(Reason::LicenceNumber, ""));
        }
        let query = if sale.is_part() {
            request::prepayment(&self.settings, sale, lock, licence)
        } else if self.settings.intent_receipts {
            let intend = request::paying(intent::INTEND, &self.settings, sale, lock, licence)?;
            let finish = self.dressed(intent::finish(&self.settings, sale, lock, licence));
            return Ok(intent::body(self.dressed(intend), &finish));
        } else {
            request::payment(&self.settings, sale, lock, licence)
        };
        query.map(|query| self.dressed(query))
    }

    fn annul_request(
        &self,
        sale: &Sale,
        refund: &Refund,
        order: &Order,
    ) -> Result<Vec<u8>, Problem> {
        undo::request(&self.settings, sale, refund, order).map(|query| self.dressed(query))
    }

    fn annul(&self, body: &[u8]) -> Reply<()> {
        let mut quieted = self.without_secrets(&cards(body));
        let manager = &self.settings.take_back.manager_password;
        quieted.0.hide_word(manager.expose_secret(), "***");
        quieted.reply(self.annul_once(body))
    }

    fn receipts_since(&self, since: DateTime) -> Result<Option<Vec<SeenReceipt>>, ReadError> {
        self.without_secrets(&[]).read(self.receipt_list(since))
    }

    fn pays_in(&self, currency: &str) -> bool {
        self.settings.currencies.has(currency)
    }

    fn pay(&self, body: &[u8]) -> Reply<Receipt> {
        let mut quieted = self.without_secrets(&cards(body));
        // Not always the token of today.
        for token in tokens(body) {
            quieted.0.hide(&token, "***");
        }
        match quieted.reply(self.pay_once(body)) {
            Reply::Done(mut receipt) => {
                receipt.warning = receipt.warning.map(|text| quieted.0.mask(&text));
                Reply::Done(receipt)
            }
            Reply::Refused(problem) => {
                if problem.reason == Reason::IntentReceiptWanted {
                    self.wants_intents.store(true, Ordering::Relaxed);
                }
                Reply::Refused(problem)
            }
            other @ (Reply::NotDone(_) | Reply::Unknown(_)) => other,
        }
    }
}

pub(super) fn misread(error: &AnswerError) -> ReadError {
    ReadError::Failed(of(Reason::AnswerNotUnderstood, error.to_string()))
}
