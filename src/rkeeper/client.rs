//! The front door: asks the till's cash server and sorts what came of it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::civil::DateTime;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::text::clean;
use crate::domain::{Order, OrderGuid, Uid};
use crate::http::{Call, CallError, Channel, ChannelError, Hidden};
use crate::payment::ports::{LineId, LockId, OrderList, Pos, ReadError, Receipt, Reply};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::refund::Refund;
use crate::payment::sale::Sale;

use super::answer::{AnswerError, QueryResult, Status, parse_answer};
use super::settings::Settings;
use super::{order, request, status, xml};

/// The till's cash server.
#[derive(Debug)]
pub struct Rkeeper {
    channel: Channel,
    settings: Settings,
    /// Value of the `Authorization` header.
    authorization: SecretString,
}

/// What a cash server says of itself, as far as it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemInfo {
    /// `7.26.8.2001`
    pub server_version: Option<String>,
    /// Network name of the node that answered.
    pub node: Option<String>,
    /// Restaurant's name.
    pub restaurant: Option<String>,
    /// Nine digits that licences are bound to.
    pub restaurant_code: Option<String>,
    /// Name of the cash server.
    pub cash_server: Option<String>,
    /// Number of the open common shift.
    pub shift_number: Option<String>,
    /// Business date of that shift.
    pub shift_date: Option<DateTime>,
}

impl SystemInfo {
    /// Out of a `GetSystemInfo2` answer.
    pub fn of(answer: &QueryResult) -> Result<Self, AnswerError> {
        let payload = answer.payload();
        let info = payload
            .child("SystemInfo")
            .ok_or_else(|| AnswerError::Missing {
                element: payload.name.clone(),
                what: "SystemInfo",
            })?;
        let shift = info.child("CommonShift");
        Ok(Self {
            server_version: answer.attribute("ServerVersion").map(clean),
            node: answer.attribute("NetName").map(clean),
            restaurant: info.name_of("Restaurant"),
            restaurant_code: info.label("RestCode"),
            cash_server: info.name_of("CashGroup"),
            shift_number: shift.and_then(|shift| shift.label("ShiftNum")),
            shift_date: shift.and_then(|shift| shift.time("ShiftDate")),
        })
    }
}

/// Why there is no answer to look into.
enum Trouble {
    /// The request never reached r_keeper.
    NotSent(Problem),
    /// It was turned away at the door (HTTP 401, 403): r_keeper did not look at it.
    Denied(Problem),
    /// It may have been executed.
    Open(Problem),
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Denied(problem) => Self::Refused(problem),
            Trouble::NotSent(problem) | Trouble::Open(problem) => Self::Failed(problem),
        }
    }
}

impl<T> From<Trouble> for Reply<T> {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NotSent(problem) => Self::NotDone(problem),
            Trouble::Denied(problem) => Self::Refused(problem),
            Trouble::Open(problem) => Self::Unknown(problem),
        }
    }
}

impl Rkeeper {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: Settings) -> Result<Self, ChannelError> {
        let login = format!("{}:{}", settings.user, settings.password.expose_secret());
        Ok(Self {
            channel: Channel::new(&settings.channel)?,
            authorization: format!("Basic {}", BASE64.encode(login)).into(),
            settings,
        })
    }

    /// Which server this is.
    pub fn system_info(&self) -> Result<SystemInfo, ReadError> {
        let info = self
            .read("GetSystemInfo2", &request::system_info())
            .and_then(|answer| SystemInfo::of(&answer).map_err(|error| misread(&error)));
        self.without_secrets(&[]).read(info)
    }

    /// Asks a command that changes nothing; the answer is without failure.
    fn read(&self, command: &str, body: &[u8]) -> Result<QueryResult, ReadError> {
        let answer = self.ask(command, body, self.settings.read_timeout)?;
        match answer.failure() {
            None => Ok(answer),
            Some(failure) => Err(status::of_read(&failure)),
        }
    }

    fn ask(&self, command: &str, body: &[u8], deadline: Duration) -> Result<QueryResult, Trouble> {
        let started = Instant::now();
        let result = self.exchange(command, body, deadline);
        tracing::debug!(
            command,
            took_ms = started.elapsed().as_millis(),
            answered = result.is_ok(),
            "r_keeper"
        );
        result
    }

    fn exchange(
        &self,
        command: &str,
        body: &[u8],
        deadline: Duration,
    ) -> Result<QueryResult, Trouble> {
        let answer = self
            .channel
            .exchange(&Call {
                post: true,
                path: &self.settings.path,
                query: &[],
                content_type: request::CONTENT_TYPE,
                headers: &[("Authorization", self.authorization.expose_secret())],
                body,
                deadline,
            })
            .map_err(|error| no_answer(&error))?;
        // r_keeper answers 200 to everything but a wrong login.
        match answer.status {
            200 => {}
            401 | 403 => {
                let detail = format!("HTTP {}", answer.status);
                return Err(Trouble::Denied(of(Reason::AccessDenied, detail)));
            }
            other => {
                let detail = format!("HTTP {other} from {}", self.settings.path);
                return Err(Trouble::Open(of(Reason::AnswerNotUnderstood, detail)));
            }
        }
        let open =
            |error: AnswerError| Trouble::Open(of(Reason::AnswerNotUnderstood, error.to_string()));
        let answer = parse_answer(&answer.body).map_err(open)?;
        answer.answers(command).map_err(open)?;
        Ok(answer)
    }

    fn ask_lock(&self, guid: &OrderGuid, lock: &LockId, time: Duration) -> Reply<()> {
        let body = request::lock(guid, lock, time);
        let answer = match self.ask("LockOrder", &body, self.settings.read_timeout) {
            Ok(answer) => answer,
            Err(trouble) => return trouble.into(),
        };
        if let Some(failure) = answer.failure() {
            return status::of_lock(&failure);
        }
        match answer.attribute("locked") {
            _ if answer.status() != Status::Ok => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "LockOrder: a status that says nothing",
            )),
            Some("1" | "true") => Reply::Done(()),
            // Nothing was locked, and r_keeper does not say why.
            Some("0" | "false") => Reply::Refused(of(
                Reason::OrderLocked,
                "LockOrder: Ok, but locked=\"0\": no lock was given",
            )),
            Some(_) | None => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "LockOrder: the answer does not say whether the order is locked",
            )),
        }
    }

    fn pay_once(&self, body: &[u8]) -> Reply<Receipt> {
        let command = command_of(body).unwrap_or("PayOrder");
        let answer = match self.ask(command, body, self.settings.pay_timeout) {
            Ok(answer) => answer,
            Err(trouble) => return trouble.into(),
        };
        match (answer.failure(), answer.status()) {
            (Some(failure), _) => status::of_payment(&failure),
            (None, Status::Ok) => Reply::Done(order::receipt(&answer)),
            (None, _) => Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                format!("{command}: a status that says nothing"),
            )),
        }
    }
}

/// The calls as they come out of r_keeper, with its own words.
impl Rkeeper {
    fn order_list(&self, since: Option<i64>) -> Result<OrderList, ReadError> {
        let body = request::order_list(since.unwrap_or(0));
        let answer = self.read("GetOrderList2", &body)?;
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

    fn calculate(&self, sale: &Sale) -> Result<Order, ReadError> {
        let sums = request::sums(&self.settings, sale).map_err(ReadError::Refused)?;
        let body = request::calculation(&self.settings, sale).map_err(ReadError::Refused)?;
        let answer = self.read("CalcOrder3", &body)?;
        let codes: Vec<&str> = sums.iter().map(|&(code, _)| code).collect();
        let refused = order::currency_refused(&answer, &codes).map_err(|error| misread(&error))?;
        if let Some(why) = refused {
            return Err(ReadError::Refused(of(Reason::CurrencyNotAllowed, why)));
        }
        order::order(&answer, &sale.order).map_err(|error| misread(&error))
    }

    /// For words in answer to a request that named these cards.
    fn without_secrets(&self, cards: &[Uid]) -> Quieted {
        let mut hidden = Hidden::default();
        let login = self.authorization.expose_secret();
        hidden.hide(
            login.trim_start_matches("Basic ").trim_end_matches('='),
            "***",
        );
        hidden.hide(self.settings.password.expose_secret(), "***");
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

    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        self.without_secrets(&[]).read(self.whole_order(guid))
    }

    fn lock(&self, guid: &OrderGuid, lock: &LockId) -> Reply<()> {
        // A lock of no time would be an unlock.
        let time = self.settings.lock_for.max(Duration::from_secs(1));
        self.without_secrets(&[])
            .reply(self.ask_lock(guid, lock, time))
    }

    fn unlock(&self, guid: &OrderGuid, lock: &LockId) {
        let body = request::lock(guid, lock, Duration::ZERO);
        // What comes of it is in the log; the lock runs out by itself.
        self.ask("LockOrder", &body, self.settings.read_timeout)
            .ok();
    }

    fn payable(&self, sale: &Sale) -> Result<Order, ReadError> {
        let cards: Vec<Uid> = sale.legs.iter().map(|leg| leg.uid.clone()).collect();
        self.without_secrets(&cards).read(self.calculate(sale))
    }

    /// A part is a prepayment of one step; terminal authorisation in two is not used.
    fn begin_part(&self, _sale: &Sale, _lock: &LockId) -> Reply<Option<LineId>> {
        if self.settings.part_payments {
            Reply::Done(None)
        } else {
            let cure = "part payments are off: set `rkeeper.part_payments`";
            Reply::Refused(Problem::own(Reason::ConfigIncomplete, cure))
        }
    }

    /// Nothing is ever begun.
    fn abandon(&self, _sale: &Sale, _lock: &LockId, _line: &LineId) -> Reply<()> {
        Reply::Done(())
    }

    fn repeats(&self, sale: &Sale, begun: Option<&LineId>) -> bool {
        !sale.is_part() || begun.is_some()
    }

    fn pay_request(
        &self,
        sale: &Sale,
        lock: &LockId,
        _begun: Option<&LineId>,
    ) -> Result<Vec<u8>, Problem> {
        if sale.is_part() {
            request::prepayment(&self.settings, sale, lock)
        } else {
            request::payment(&self.settings, sale, lock)
        }
    }

    fn annul_request(
        &self,
        _sale: &Sale,
        _refund: &Refund,
        _order: &Order,
    ) -> Result<Vec<u8>, Problem> {
        Err(of(Reason::AnnulByHand, ""))
    }

    fn annul(&self, _body: &[u8]) -> Reply<()> {
        Reply::Refused(of(Reason::AnnulByHand, ""))
    }

    fn pays_in(&self, currency: &str) -> bool {
        self.settings.currencies.has(currency)
    }

    fn pay(&self, body: &[u8]) -> Reply<Receipt> {
        let quieted = self.without_secrets(&cards(body));
        match quieted.reply(self.pay_once(body)) {
            Reply::Done(mut receipt) => {
                receipt.warning = receipt.warning.map(|text| quieted.0.mask(&text));
                Reply::Done(receipt)
            }
            other @ (Reply::Refused(_) | Reply::NotDone(_) | Reply::Unknown(_)) => other,
        }
    }
}

/// Takes the secrets out of r_keeper's words.
struct Quieted(Hidden);

impl Quieted {
    fn problem(&self, mut problem: Problem) -> Problem {
        problem.detail = self.0.mask(&problem.detail);
        problem
    }

    fn read<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|error| match error {
            ReadError::Refused(problem) => ReadError::Refused(self.problem(problem)),
            ReadError::Failed(problem) => ReadError::Failed(self.problem(problem)),
        })
    }

    fn reply<T>(&self, reply: Reply<T>) -> Reply<T> {
        match reply {
            Reply::Done(done) => Reply::Done(done),
            Reply::Refused(problem) => Reply::Refused(self.problem(problem)),
            Reply::NotDone(problem) => Reply::NotDone(self.problem(problem)),
            Reply::Unknown(problem) => Reply::Unknown(self.problem(problem)),
        }
    }
}

/// Which of our two ways to pay these bytes are.
fn command_of(body: &[u8]) -> Option<&'static str> {
    let query = xml::parse(body, "RK7Query").ok()?;
    let command = query.child("RK7CMD")?.attribute("CMD")?;
    ["PayOrder", "SaveOrder"]
        .into_iter()
        .find(|known| *known == command)
}

/// The cards that a payment names. r_keeper may repeat one in its words.
fn cards(body: &[u8]) -> Vec<Uid> {
    let Ok(query) = xml::parse(body, "RK7Query") else {
        return Vec::new();
    };
    query
        .all("RK7CMD")
        .flat_map(|command| {
            let parts = command.all("Session").flat_map(|part| part.all("Prepay"));
            command.all("Payment").chain(parts)
        })
        .filter_map(|payment| Uid::new(payment.attribute("cardCode")?).ok())
        .collect()
}

fn of(reason: Reason, detail: impl Into<String>) -> Problem {
    Problem::of(Server::Rkeeper, reason, detail)
}

fn misread(error: &AnswerError) -> ReadError {
    ReadError::Failed(of(Reason::AnswerNotUnderstood, error.to_string()))
}

fn no_answer(error: &CallError) -> Trouble {
    let text = clean(&error.to_string());
    match error {
        CallError::NotConnected(_) => Trouble::NotSent(of(Reason::ServerUnreachable, text)),
        CallError::Lost(_) | CallError::TimedOut(_) => Trouble::Open(of(Reason::AnswerLost, text)),
        CallError::Redirected { .. } | CallError::TooLarge => {
            Trouble::Open(of(Reason::AnswerNotUnderstood, text))
        }
    }
}
