//! What happens to the till screen, and what it asks the runtime to do.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::{Card, CardNumber, Halls, Money, Order, OrderGuid, OrderSummary, Pin, Uid};
use crate::i18n::Lang;
use crate::operators::{Claim, Roster, Verdict};
use crate::payment::orphan::Orphan;
use crate::payment::reason::{Problem, Server};
use crate::payment::record::PaymentRecord;
use crate::payment::sale::{PaymentId, PaymentRequest};
use crate::payment::spent::Spent;
use crate::payment::staff::StaffNote;
use crate::payment::view::{Decision, InDoubt, PaymentView, RefundId, RefundRequest};

use super::app::About;
use super::bell::Ring;
use super::theme::{Depth, Look};
use super::tools::{ToolNews, ToolWish};

/// Everything that can happen, in one closed list.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A real key, with the moment when it was read. Bursts of a keyboard reader never get here:
    /// the runtime turns them into [`Msg::CardRead`].
    Key(KeyEvent, Duration),
    /// The mouse or a finger, with the moment when it was read. Mere movement never gets here.
    Mouse(MouseEvent, Duration),
    /// The window has another size. The numbers are not used: some consoles report the size of
    /// their buffer. It only makes the loop draw again.
    Resize(u16, u16),
    /// The moment of [`App::deadline`](super::App::deadline) has come.
    Tick,
    /// Answer to [`Effect::LoadOrders`], or news from polling.
    Orders(Result<Vec<OrderSummary>, Problem>),
    /// Where the tables stand.
    Halls(Halls),
    /// Answer to [`Effect::LoadOrder`].
    Order(Result<Order, Problem>),
    /// Answer to [`Effect::LookUpCard`].
    Card {
        /// The card that was asked for.
        uid: Uid,
        /// What Lime knows of it.
        answer: Result<Card, Problem>,
    },
    /// Answer to [`Effect::LookUpNumber`].
    CardByNumber {
        /// The number that was asked for.
        number: CardNumber,
        /// The card that has it.
        answer: Result<Card, Problem>,
    },
    /// A reader saw a card, whole and in the site's notation.
    CardRead(Uid),
    /// A reader saw less than a whole card, but enough for this site's notation: another card may
    /// look the same, so that the cashier is asked.
    CardDoubtful(Uid),
    /// A reader saw something that must not be looked up.
    CardUnreadable(CardTrouble),
    /// A reader changed its state.
    Reader {
        /// As the config names it.
        name: String,
        /// Its state now.
        state: ReaderState,
        /// More words, may be empty.
        detail: String,
    },
    /// What a reader saw, for its screen.
    ReaderSaw {
        /// As the config names it.
        name: String,
        /// When.
        at: Timestamp,
        /// What.
        saw: ReaderSaw,
    },
    /// From the technician's tools for readers.
    Tools(ToolNews),
    /// A server answers, or does not.
    Server {
        /// Which.
        server: Server,
        /// It answers.
        ok: bool,
        /// Why it does not.
        problem: Option<Problem>,
    },
    /// A server says which version it is.
    ServerVersion {
        /// Which.
        server: Server,
        /// As it says it.
        version: String,
    },
    /// News of a payment: the one on screen or an older one.
    Payment(PaymentView),
    /// The payment asked for by [`Effect::Pay`] could not even start; nothing was sent.
    PaymentFailed(Problem),
    /// All that needs a person, oldest first.
    Attention(Vec<PaymentView>),
    /// What the site's rules count of the journal, where any does; said when it changed.
    Spent(Box<Spent>),
    /// All about which servers and journal disagree and which nobody settled, oldest first.
    Orphans(Vec<Orphan>),
    /// What came of [`Effect::Decide`], [`Effect::Known`] or [`Effect::Refund`] of this payment.
    Answered(PaymentId, Answer),
    /// Answer to [`Effect::Identify`].
    Identified {
        /// Its number.
        asked: u64,
        /// What became of the claim.
        verdict: Verdict,
        /// What time it is.
        at: Timestamp,
    },
    /// Answer to [`Effect::CheckPin`].
    PinChecked {
        /// Its number.
        asked: u64,
        /// What Lime said.
        answer: PinAnswer,
        /// What time it is.
        at: Timestamp,
    },
    /// Answer to [`Effect::LoadPayments`], oldest first.
    Payments(Vec<PaymentRecord>),
    /// Answer to [`Effect::LoadHistory`].
    History {
        /// The card that was asked for.
        uid: Uid,
        /// Its operations, newest first.
        rows: Result<Vec<HistoryRow>, Problem>,
    },
    /// The journal cannot be written, in words; empty once it can be again.
    JournalTrouble(String),
    /// The system wants the program to end.
    Terminate,
}

impl Msg {
    /// Somebody stands at the till.
    pub(super) const fn is_of_a_person(&self) -> bool {
        match self {
            Self::Key(..)
            | Self::Mouse(..)
            | Self::CardRead(_)
            | Self::CardDoubtful(_)
            | Self::CardUnreadable(_) => true,
            Self::Resize(..)
            | Self::Tick
            | Self::Orders(_)
            | Self::Halls(_)
            | Self::Order(_)
            | Self::Card { .. }
            | Self::CardByNumber { .. }
            | Self::Reader { .. }
            | Self::ReaderSaw { .. }
            | Self::Server { .. }
            | Self::ServerVersion { .. }
            | Self::Payment(_)
            | Self::PaymentFailed(_)
            | Self::Attention(_)
            | Self::Spent(_)
            | Self::Orphans(_)
            | Self::Answered(..)
            | Self::Identified { .. }
            | Self::PinChecked { .. }
            | Self::Payments(_)
            | Self::History { .. }
            | Self::JournalTrouble(_)
            | Self::Tools(_)
            | Self::Terminate => false,
        }
    }
}

/// What the runtime is asked to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Read the list of open orders.
    LoadOrders,
    /// Read one order.
    LoadOrder(OrderGuid),
    /// Ask Lime for a card.
    LookUpCard(Uid),
    /// Ask Lime for the card with this number printed on it.
    LookUpNumber(CardNumber),
    /// Read what a card paid.
    LoadHistory(Uid),
    /// Pay. The cashier confirmed exactly this.
    Pay(Box<PaymentRequest>),
    /// Stop the running payment where that is still possible.
    CancelPayment,
    /// Ask the servers about an unsettled payment now.
    AskAgain(PaymentId),
    /// Write down what a person decided, and go on from there.
    Decide(Box<Ruling>),
    /// Write down that a person knows of an orphan.
    Known(Box<Known>),
    /// Give back. The cashier confirmed exactly these sums.
    Refund(Box<RefundRequest>),
    /// Put a claim to the proof: a PIN or a staff card.
    Identify {
        /// Its number, for the answer.
        asked: u64,
        /// Who somebody says he is.
        claim: Claim,
    },
    /// Write down who is at the till.
    Staff(StaffNote),
    /// Ask Lime whether that is the PIN of the card's guest, once.
    CheckPin {
        /// Its number, for the answer.
        asked: u64,
        /// The guest's card.
        uid: Uid,
        /// What he typed.
        pin: Pin,
    },
    /// Read the payments of that time.
    LoadPayments(Period),
    /// The technician's tools for readers.
    Tools(ToolWish),
    /// Tap that sample card on the demo's virtual reader.
    DemoTap(usize),
    /// Ring the terminal's bell; the site wants to hear it.
    Bell(Ring),
    /// End the program.
    Quit,
}

/// Which payments are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// Since midnight.
    #[default]
    Today,
    /// Since midnight six days ago: what a guest comes back for.
    Week,
}

/// What a person decided about a payment, or a refund of it, that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The payment.
    pub payment: PaymentId,
    /// Its refund, where that is what waits.
    pub refund: Option<RefundId>,
    /// What was in doubt when he decided. Where it is something else by now, nothing is done: the
    /// same word would mean another thing.
    pub seen: InDoubt,
    /// What he said, with name and reason.
    pub decision: Decision,
}

/// A person knows of an orphan, and what had to be put right is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// As he saw it. Where more is wrong by now, nothing is written: he does not know of that.
    pub seen: Orphan,
    /// Who says so.
    pub operator: String,
    /// The manager who said yes to it.
    pub approver: Option<String>,
    /// Why.
    pub why: String,
}

impl Known {
    /// It is still open, and as it was seen.
    pub fn still_fits(&self, open: &[Orphan]) -> bool {
        open.contains(&self.seen)
    }
}

/// What came of a decision or a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The payment as it stands after it.
    Done(Box<PaymentView>),
    /// That an orphan is known was written down.
    Noted,
    /// Nothing was written or sent.
    NotStarted(Problem),
    /// The journal failed on the way: what happened is found out at the next start.
    CutOff(Problem),
}

/// What Lime said of a guest's PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinAnswer {
    /// It is his.
    Right,
    /// Lime said no: it is wrong, blocked, or not to be checked.
    Refused(Problem),
    /// Lime was surely not asked.
    NotAsked(Problem),
    /// Nobody knows whether Lime looked at it, and counted it.
    Unclear(Problem),
}

/// Why a card that a reader saw is not looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardTrouble {
    /// The read broke off, or is shorter than this site's cards.
    Partial,
    /// Checksum or frame is wrong.
    Garbled,
    /// A card of another kind than this site uses.
    NotThisSite,
    /// A bank card.
    BankCard,
    /// Several cards at once.
    SeveralCards,
    /// A phone or a card that makes up a new number each time.
    RandomUid,
}

impl CardTrouble {
    /// The last part of its locale key `till.card_trouble.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Garbled => "garbled",
            Self::NotThisSite => "not_this_site",
            Self::BankCard => "bank_card",
            Self::SeveralCards => "several_cards",
            Self::RandomUid => "random_uid",
        }
    }
}

/// What a reader saw. Nothing of it names a card whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderSaw {
    /// A card.
    Card(CardSeen),
    /// Bytes that are no card, so many times.
    Noise(u32),
    /// The card was lifted.
    Gone,
    /// A card that is not taken.
    Unread(CardTrouble),
    /// How it is now.
    State(ReaderState),
}

/// A card as far as the reader's screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardSeen {
    /// Its UID, masked; none where the site's notation cannot write it.
    pub masked: Option<String>,
    /// The kind of card: the last part of the locale key `till.technology.<word>`.
    pub technology: &'static str,
    /// How many bits of it are known.
    pub bits: u16,
    /// Why it is not taken, or not without being asked about.
    pub trouble: Option<CardTrouble>,
}

/// What a reader is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReaderState {
    /// Not plugged in.
    Absent,
    /// Being opened.
    Opening,
    /// Reads cards.
    Ready,
    /// Was unplugged, or stopped answering.
    Lost,
    /// We were held up and did not get all that it sent; it is being opened anew.
    Behind,
    /// Another program holds it.
    Busy,
    /// The system does not let us open it.
    NoPermission,
    /// It is plugged in, but the system has no driver for it.
    NoDriver,
    /// It is plugged in, but a program or driver of the system took it.
    Taken,
    /// Several devices fit the config.
    Ambiguous,
    /// The device is of another kind than the config says.
    Unfit,
    /// The system lets no program read such a device.
    Forbidden,
}

impl ReaderState {
    /// It reads cards, or it does not; `None` while it is being opened.
    pub const fn is_well(self) -> Option<bool> {
        match self {
            Self::Ready => Some(true),
            Self::Opening => None,
            Self::Absent
            | Self::Lost
            | Self::Behind
            | Self::Busy
            | Self::NoPermission
            | Self::NoDriver
            | Self::Taken
            | Self::Ambiguous
            | Self::Unfit
            | Self::Forbidden => Some(false),
        }
    }

    /// The last part of its locale key `till.reader.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Opening => "opening",
            Self::Ready => "ready",
            Self::Lost => "lost",
            Self::Behind => "behind",
            Self::Busy => "busy",
            Self::NoPermission => "no_permission",
            Self::NoDriver => "no_driver",
            Self::Taken => "taken",
            Self::Ambiguous => "ambiguous",
            Self::Unfit => "unfit",
            Self::Forbidden => "forbidden",
        }
    }
}

/// One operation of a card, for the card's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Local time.
    pub at: DateTime,
    /// Dish, or what else it was for.
    pub what: String,
    /// Account that paid.
    pub account: String,
    /// Below zero where money was taken.
    pub amount: Money,
}

/// What the screen takes from the config and the environment.
#[derive(Clone, Debug)]
pub struct UiSettings {
    /// Language of all texts.
    pub lang: Lang,
    /// Colours (`screen.theme`; [`Look::Mono`] with `NO_COLOR`).
    pub look: Look,
    /// Colours that the terminal has.
    pub depth: Depth,
    /// What the bell rings for (`screen.bell`).
    pub bell: Vec<Ring>,
    /// Whom to call (`screen.support`); empty: nobody is named.
    pub support: String,
    /// Names of the demo's sample cards; empty where this is no demo.
    pub demo_cards: Vec<String>,
    /// Version of the program.
    pub version: &'static str,
    /// Payments above this sum are confirmed twice; `None`: never twice.
    pub confirm_above: Option<Money>,
    /// Who works at this till, and may do what; empty: nobody logs in.
    pub roster: Roster,
    /// The site lets cards pay a part of a bill while the till takes the rest
    /// (`rkeeper.part_payments`).
    pub part_payments: bool,
    /// Cards are taken by their printed number too (`lime.keyed_cards`).
    pub keyed_cards: bool,
    /// Whether guests are asked for their PINs here.
    pub guest_pins: GuestPins,
    /// Balances older than that are asked for again before they pay (`lime.stale_after_s`).
    pub stale_after: Duration,
    /// r_keeper is spoken to in TLS that may be broken: said on every screen as long as it is so.
    pub weak_tls: bool,
    /// Which program this is, for the screen «about».
    pub about: About,
    /// For showing when a payment was made.
    pub time_zone: TimeZone,
    /// The mouse and fingers press (`screen.mouse`), with large buttons and the number pad at that
    /// time (`screen.touch`); `None`: the terminal does not tell of presses.
    pub mouse: Option<Touch>,
}

/// Whether guests of this site are asked for their PINs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GuestPins {
    /// No rule wants one, or Lime checks none.
    #[default]
    Never,
    /// Above the sums of the site's rules (`pin_above`), and Lime checks them
    /// (`lime.assumed.check_pin`).
    AboveSums,
}

/// When buttons are large and the number pad is there, in windows from 100×30 up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touch {
    /// From the first press on, until somebody types a sum on keys.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Default for UiSettings {
    fn default() -> Self {
        Self {
            lang: Lang::Ru,
            look: Look::default(),
            depth: Depth::default(),
            bell: Ring::DEFAULT.into(),
            support: String::new(),
            demo_cards: Vec::new(),
            version: env!("CARGO_PKG_VERSION"),
            confirm_above: None,
            roster: Roster::default(),
            part_payments: false,
            keyed_cards: false,
            guest_pins: GuestPins::Never,
            stale_after: Duration::from_mins(1),
            weak_tls: false,
            about: About::default(),
            time_zone: TimeZone::UTC,
            mouse: Some(Touch::Auto),
        }
    }
}
