//! The till screen's state and how it changes.

mod about;
mod attention;
mod cards;
mod guest_pin;
mod number;
mod operators;
mod pay;
mod payments;
mod pointer;
mod readers;
mod shares;
mod taps;
mod task;
mod tools;
mod typed;

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::layout::Rect;

use crate::domain::{Card, CardNumber, OrderGuid, Uid};
use crate::i18n::Texts;
use crate::operators::Session;
use crate::payment::orphan::Orphan;
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::record::PaymentRecord;
use crate::payment::sale::{PaymentId, PaymentRequest};
use crate::payment::spent::Spent;
use crate::payment::staff::StaffNote;
use crate::payment::view::{PaymentView, Standing};

use super::bell::{self, Heard, Ring};
use super::bill::Bill;
use super::fit;
use super::keys::{Ctx, Hands};
use super::msg::{Effect, HistoryRow, Msg, Period, UiSettings};
use super::orders::Orders;
use super::theme::Theme;
use shares::LastSplit;
use taps::Kept;

pub use about::About;
pub(super) use attention::{Item, Row, RowKey};
pub(super) use cards::Doubt;
pub(super) use guest_pin::{GuestPin, PinState};
pub(super) use number::NumberAsk;
pub(super) use operators::{AskState, Asking, ManagerAsk, Refusal, Then};
pub(super) use payments::PaidSums;
pub(super) use pointer::Pointer;
pub(super) use readers::ReaderHealth;
#[cfg(test)]
pub(super) use taps::{Base, Goes, goes};
pub(super) use task::{Field, Stage, Task, What, left_of};
pub(super) use tools::{LogRow, Tape, Tools};

/// Smallest width that the screens are made for.
pub const WIDTH_MIN: u16 = 60;
/// Smallest height that the screens are made for.
pub const HEIGHT_MIN: u16 = 18;
/// Whether a window is large enough for the screens.
pub(super) const fn fits(area: Rect) -> bool {
    area.width >= WIDTH_MIN && area.height >= HEIGHT_MIN
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Good to know.
    Info,
    /// Something did not go as asked.
    Warn,
    /// Something is wrong.
    Bad,
}

/// The line that answers the last key or event, until the next key.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) tone: Tone,
    pub(super) text: String,
}

/// The question before money moves. What it shows is frozen: exactly this is paid.
#[derive(Clone, Debug)]
pub(super) struct Confirm {
    pub(super) request: PaymentRequest,
    /// The large sum is being asked for the second time.
    pub(super) again: bool,
    pub(super) scroll: usize,
}

/// One card's page.
#[derive(Clone, Debug)]
pub(super) struct CardPage {
    pub(super) uid: Uid,
    /// The number that was typed for it.
    pub(super) number: Option<CardNumber>,
    /// `None` until Lime answers.
    pub(super) card: Option<Result<Card, Problem>>,
    /// `None` until the answer comes.
    pub(super) history: Option<Result<Vec<HistoryRow>, Problem>>,
    pub(super) scroll: usize,
}

/// What lies over the screen, the last one on top.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    Confirm(Box<Confirm>),
    CancelAsk,
    Card(Box<CardPage>),
    Payments {
        selected: usize,
    },
    /// `None`: the first row.
    Attention {
        selected: Option<RowKey>,
    },
    Task(Box<Task>),
    Manager(Box<ManagerAsk>),
    GuestPin(Box<GuestPin>),
    Number(Box<NumberAsk>),
    Doubt(Box<Doubt>),
    Readers {
        scroll: usize,
    },
    Devices {
        selected: usize,
    },
    Watch {
        scroll: usize,
    },
    Learn,
    Demo {
        selected: usize,
    },
    Help {
        scroll: usize,
    },
    About {
        scroll: usize,
    },
}

impl Layer {
    /// A question about sums as they stood when it was asked.
    const fn holds_sums(&self) -> bool {
        match self {
            Self::Confirm(_) | Self::Manager(_) | Self::GuestPin(_) => true,
            Self::CancelAsk
            | Self::Card(_)
            | Self::Payments { .. }
            | Self::Attention { .. }
            | Self::Task(_)
            | Self::Number(_)
            | Self::Doubt(_)
            | Self::Readers { .. }
            | Self::Devices { .. }
            | Self::Watch { .. }
            | Self::Learn
            | Self::Demo { .. }
            | Self::Help { .. }
            | Self::About { .. } => false,
        }
    }

    fn ctx(&self) -> Ctx {
        match self {
            Self::Confirm(confirm) if confirm.request.part => Ctx::Part,
            Self::Confirm(_) => Ctx::Confirm,
            Self::CancelAsk => Ctx::CancelAsk,
            Self::Card(_) => Ctx::Card,
            Self::Payments { .. } => Ctx::Payments,
            Self::Attention { .. } => Ctx::Attention,
            Self::Task(task) => match task.stage {
                Stage::Filling => Ctx::Form,
                Stage::Sure => Ctx::Sure,
                Stage::Busy => Ctx::Busy,
                Stage::Outcome(_) => Ctx::Outcome,
            },
            Self::Manager(_) => Ctx::Manager,
            Self::GuestPin(_) => Ctx::GuestPin,
            Self::Number(_) => Ctx::Number,
            Self::Doubt(_) => Ctx::Doubt,
            Self::Readers { .. } => Ctx::Readers,
            Self::Devices { .. } => Ctx::Devices,
            Self::Watch { .. } => Ctx::Watch,
            Self::Learn => Ctx::Learn,
            Self::Demo { .. } => Ctx::Demo,
            Self::Help { .. } => Ctx::Help,
            Self::About { .. } => Ctx::About,
        }
    }
}

/// The payment in front of the cashier.
#[derive(Clone, Debug)]
pub(super) struct Paying {
    pub(super) request: PaymentRequest,
    /// `None` until the payment says its first word.
    pub(super) view: Option<PaymentView>,
    /// When that view came: the countdown runs from here.
    pub(super) seen_at: Duration,
    /// The cashier asked to stop it.
    pub(super) cancel_asked: bool,
    pub(super) scroll: usize,
}

impl Paying {
    /// Not at rest and not parked: money may move any moment.
    pub(super) fn is_working(&self) -> bool {
        self.view
            .as_ref()
            .is_none_or(|view| view.standing == Standing::Working)
    }

    /// Seconds that the cashier still waits, counted down to now.
    pub(super) fn seconds_left(&self, now: Duration) -> Option<u64> {
        let left = self.view.as_ref()?.seconds_left?;
        Some(left.saturating_sub(now.saturating_sub(self.seen_at).as_secs()))
    }
}

/// A server as far as it was heard of.
#[derive(Clone, Debug)]
pub(super) struct ServerHealth {
    pub(super) server: Server,
    /// `None`: not heard of yet.
    pub(super) ok: Option<bool>,
    pub(super) problem: Option<Problem>,
    /// As it said last.
    pub(super) version: Option<String>,
}

/// What decides whether the screen under the keys is still the one that was drawn.
type Scene = (Ctx, Option<Standing>, bool);

/// The whole state of the till screen.
#[derive(Debug)]
pub struct App {
    pub(super) settings: UiSettings,
    pub(super) texts: Texts,
    pub(super) theme: Theme,
    pub(super) now: Duration,
    pub(super) orders: Orders,
    pub(super) opening: Option<OrderGuid>,
    pub(super) bill: Option<Bill>,
    pub(super) layers: Vec<Layer>,
    pub(super) paying: Option<Paying>,
    /// Payments that need a person, for themselves or for their refunds; oldest first.
    pub(super) attention: Vec<PaymentView>,
    /// What servers and journal disagree about; oldest first.
    pub(super) orphans: Vec<Orphan>,
    /// What the site's rules count of the journal.
    spent: Spent,
    /// The payment that is worked on, as far as it was heard of.
    moving: Option<PaymentId>,
    /// Payments of this run that came to rest, so that a late word about one is not taken for news
    /// of the payment on screen.
    settled: Vec<PaymentId>,
    pub(super) records: Option<Vec<PaymentRecord>>,
    /// Which payments those are.
    pub(super) period: Period,
    /// What is typed to find some of them.
    pub(super) payments_filter: String,
    pub(super) servers: [ServerHealth; 2],
    pub(super) readers: Vec<ReaderHealth>,
    pub(super) tools: Tools,
    pub(super) journal_trouble: String,
    pub(super) notice: Option<Notice>,
    /// Cards that were tapped while the order was being read.
    kept: Vec<Kept>,
    /// How the last bill of this run was shared.
    last_split: Option<LastSplit>,
    hands: Hands,
    /// Who is at the till, where the site has operators.
    session: Session,
    /// Over everything until somebody says who he is.
    gate: Option<Asking>,
    /// So many claims were put to the proof.
    claims: u64,
    /// What happened to who is at the till, and is not given to the journal yet.
    staff_notes: Vec<StaffNote>,
    /// What time it was when somebody was identified last.
    wall: Option<(Timestamp, Duration)>,
    pointer: Pointer,
    leave_asked: bool,
    back_asked: bool,
    too_small: bool,
    scene: Scene,
    /// When the present scene was first drawn; `None`: not yet.
    drawn_at: Option<Duration>,
}

impl App {
    /// The screen before anything is known.
    pub fn new(settings: UiSettings) -> Self {
        let unheard = |server| ServerHealth {
            server,
            ok: None,
            problem: None,
            version: None,
        };
        let gate = Asking::first(&settings.roster);
        Self {
            texts: Texts::of(settings.lang),
            theme: Theme::of(settings.look, settings.depth),
            settings,
            now: Duration::ZERO,
            orders: Orders::default(),
            opening: None,
            bill: None,
            layers: Vec::new(),
            paying: None,
            attention: Vec::new(),
            orphans: Vec::new(),
            spent: Spent::default(),
            moving: None,
            settled: Vec::new(),
            records: None,
            period: Period::Today,
            payments_filter: String::new(),
            servers: [unheard(Server::Rkeeper), unheard(Server::Lime)],
            readers: Vec::new(),
            tools: Tools::default(),
            journal_trouble: String::new(),
            notice: None,
            kept: Vec::new(),
            last_split: None,
            hands: Hands::default(),
            session: Session::default(),
            gate,
            claims: 0,
            staff_notes: Vec::new(),
            wall: None,
            pointer: Pointer::default(),
            leave_asked: false,
            back_asked: false,
            too_small: false,
            scene: (Ctx::Orders, None, false),
            drawn_at: None,
        }
    }

    /// What to do first.
    pub fn start() -> Vec<Effect> {
        vec![Effect::LoadOrders, Effect::LoadPayments(Period::Today)]
    }

    /// Takes one message. `now` is the time since the start of the program, as in the stamps of
    /// the keys.
    pub fn update(&mut self, msg: Msg, now: Duration) -> Vec<Effect> {
        self.now = self.now.max(now);
        let heard = Heard::of(self);
        let locked = self.mind_session(msg.is_of_a_person());
        let mut effects = match msg {
            Msg::Key(key, stamp) => {
                self.note_key(&key);
                self.on_key(&key, stamp)
            }
            Msg::Mouse(event, stamp) => self.on_mouse(event, stamp),
            Msg::Resize(..) | Msg::Tick => vec![],
            Msg::Orders(answer) => self.on_orders(answer),
            Msg::Halls(halls) => {
                self.orders.set_halls(halls);
                vec![]
            }
            Msg::Order(answer) => self.on_order(answer),
            Msg::Card { uid, answer } => self.on_card(&uid, answer),
            Msg::CardByNumber { number, answer } => self.on_card_by_number(&number, answer),
            Msg::CardRead(uid) => self.on_card_read(uid),
            Msg::CardDoubtful(uid) => self.on_card_doubtful(uid),
            Msg::ReaderSaw { name, at, saw } => self.on_reader_saw(&name, at, saw),
            Msg::Tools(news) => self.on_tool_news(news),
            Msg::CardUnreadable(trouble) => self.complain(
                Tone::Warn,
                self.texts
                    .get(&format!("till.card_trouble.{}", trouble.word()))
                    .to_owned(),
            ),
            Msg::Reader {
                name,
                state,
                detail,
            } => self.on_reader(name, state, detail),
            Msg::Server {
                server,
                ok,
                problem,
            } => {
                for health in self.servers.iter_mut().filter(|h| h.server == server) {
                    health.ok = Some(ok);
                    health.problem.clone_from(&problem);
                }
                vec![]
            }
            Msg::ServerVersion { server, version } => {
                for health in self.servers.iter_mut().filter(|h| h.server == server) {
                    health.version = Some(version.clone());
                }
                vec![]
            }
            Msg::Payment(view) => self.on_payment(&view),
            Msg::PaymentFailed(problem) => self.on_payment_failed(&problem),
            Msg::Attention(views) => self.on_attention(views),
            Msg::Spent(spent) => self.on_spent(*spent),
            Msg::Orphans(orphans) => self.on_orphans(orphans),
            Msg::Answered(payment, answer) => self.on_answer(payment, answer),
            Msg::Identified { asked, verdict, at } => self.on_identified(asked, verdict, at),
            Msg::PinChecked { asked, answer, at } => self.on_pin_checked(asked, answer, at),
            Msg::Payments(records) => self.on_records(records),
            Msg::History { uid, rows } => {
                for layer in &mut self.layers {
                    if let Layer::Card(page) = layer
                        && page.uid == uid
                    {
                        page.history = Some(rows.clone());
                    }
                }
                vec![]
            }
            Msg::JournalTrouble(words) => {
                self.journal_trouble = words;
                vec![]
            }
            Msg::Terminate => vec![Effect::Quit],
        };
        self.bill.iter_mut().for_each(Bill::settle);
        effects.extend(locked);
        self.watch_scene();
        self.write_staff(&mut effects);
        bell::settle(self, heard, &mut effects);
        effects
    }

    /// When the loop should send [`Msg::Tick`]: the next second of a countdown, or when the till locks
    /// itself; otherwise never.
    pub fn deadline(&self) -> Option<Duration> {
        let deadlines = [self.countdown_deadline(), self.lock_deadline()];
        deadlines.into_iter().flatten().min()
    }

    fn countdown_deadline(&self) -> Option<Duration> {
        let paying = self.paying.as_ref().filter(|paying| paying.is_working())?;
        let left = paying.seconds_left(self.now).filter(|&left| left > 0)?;
        let whole = paying.view.as_ref()?.seconds_left?;
        paying.seen_at.checked_add(Duration::from_secs(
            whole.checked_sub(left)?.checked_add(1)?,
        ))
    }

    /// The loop has drawn a frame of this size at this moment. From now on the keys of a question
    /// that was visible in it count.
    pub fn drawn(&mut self, area: Rect, now: Duration) {
        self.too_small = !fits(area);
        if self.too_small {
            self.drawn_at = None;
        } else if self.drawn_at.is_none() {
            self.drawn_at = Some(now);
        }
    }

    /// The picture is not on the window any more: no key counts before the next frame is drawn.
    pub fn lost(&mut self) {
        self.drawn_at = None;
    }

    /// A payment runs in front of the cashier: the program must not end now of its own accord.
    pub fn money_in_flight(&self) -> bool {
        self.paying.as_ref().is_some_and(Paying::is_working)
            || self.task_runs()
            || self.moving.is_some()
    }

    /// Where the keys go now.
    pub fn ctx(&self) -> Ctx {
        if self.gate.is_some() {
            return Ctx::Login;
        }
        match (self.layers.last(), &self.paying, &self.bill) {
            (Some(layer), ..) => layer.ctx(),
            (None, Some(paying), _) if paying.is_working() => Ctx::Progress,
            (None, Some(_), _) => Ctx::Result,
            (None, None, Some(_)) => Ctx::Bill,
            (None, None, None) => Ctx::Orders,
        }
    }

    /// A scene that was not drawn yet takes no confirmations.
    fn watch_scene(&mut self) {
        let again = matches!(self.layers.last(), Some(Layer::Confirm(confirm)) if confirm.again);
        let standing = self
            .paying
            .as_ref()
            .and_then(|paying| paying.view.as_ref())
            .map(|view| view.standing);
        let scene = (self.ctx(), standing, again);
        if scene != self.scene {
            self.scene = scene;
            self.drawn_at = None;
            self.pointer.leave_scene();
        }
    }

    fn on_orders(
        &mut self,
        answer: Result<Vec<crate::domain::OrderSummary>, Problem>,
    ) -> Vec<Effect> {
        match answer {
            Ok(list) => {
                self.orders.set(list);
                vec![]
            }
            Err(problem) => {
                self.say(Tone::Bad, self.sentence(&problem));
                vec![]
            }
        }
    }

    fn on_order(&mut self, answer: Result<crate::domain::Order, Problem>) -> Vec<Effect> {
        let order = match answer {
            Ok(order) => order,
            Err(problem) => {
                self.opening = None;
                // Why the order did not come matters more, and is said last.
                let mut effects = self.refuse_kept();
                let mut words = self.sentence(&problem);
                if let Some(kept) = self.notice.take().filter(|_| !effects.is_empty()) {
                    words = format!("{words}. {}", kept.text);
                }
                effects.extend(self.complain(Tone::Bad, words));
                return effects;
            }
        };
        if let Some(bill) = self.bill.as_mut()
            && bill.order().guid == order.guid
        {
            self.opening = None;
            if !bill.refresh_order(order) {
                return vec![];
            }
            if self.layers.iter().any(Layer::holds_sums) {
                self.layers.retain(|layer| !layer.holds_sums());
                return self.complain(Tone::Warn, self.text("till.say.order_changed"));
            }
            self.say(Tone::Warn, self.text("till.say.order_changed"));
        } else if self.opening.as_ref() == Some(&order.guid) {
            self.opening = None;
            if self.bill.is_none() {
                self.notice = None;
                self.orders.opened();
                self.bill = Some(Bill::new(order).with_consent(self.consent()));
                return self.release_kept();
            }
        }
        vec![]
    }

    /// The moment as the till's clock shows it.
    pub(super) fn local(&self, at: jiff::Timestamp) -> jiff::civil::DateTime {
        self.settings.time_zone.to_datetime(at)
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.texts.get(key).to_owned()
    }

    /// A problem as a plain sentence: who, what, and the server's own words. How a connection failed
    /// is for the log and for `payment ID`; a cashier can do nothing with it.
    pub(super) fn sentence(&self, problem: &Problem) -> String {
        let reason = self.texts.why(problem);
        let mut sentence = match problem.server.map(|server| server.to_string()) {
            Some(server) if !reason.contains(&server) => format!("{server}: {reason}"),
            Some(_) | None => reason.into_owned(),
        };
        let of_the_line = matches!(
            problem.reason,
            Reason::ServerUnreachable | Reason::AnswerLost
        );
        let said = of_the_line || problem.holder.is_some();
        if !problem.detail.is_empty() && !said {
            let _ = write!(sentence, " ({})", fit::readable_sums(&problem.detail));
        }
        sentence
    }

    fn say(&mut self, tone: Tone, text: String) {
        self.notice = Some(Notice { tone, text });
    }

    /// Says it aloud.
    fn complain(&mut self, tone: Tone, text: String) -> Vec<Effect> {
        self.say(tone, text);
        vec![Effect::Bell(match tone {
            Tone::Info | Tone::Warn => Ring::Refused,
            Tone::Bad => Ring::Problem,
        })]
    }
}
