//! Which key does what where: one table, from which the help and the footer are made.

mod held;
mod layout;
mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use held::{Hands, Press};
pub use layout::{latin_place, latin_twin, other_layout};
pub use table::{BINDINGS, Binding, actions, find};

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ctx {
    /// The list of orders.
    Orders,
    /// One order with its payers.
    Bill,
    /// The question before money moves.
    Confirm,
    /// The question before cards pay a part of the bill.
    Part,
    /// A payment under way.
    Progress,
    /// The question whether to stop it.
    CancelAsk,
    /// What came of a payment.
    Result,
    /// One card.
    Card,
    /// Today's payments.
    Payments,
    /// What needs a person.
    Attention,
    /// A decision or a refund being filled in.
    Form,
    /// The question before it is done.
    Sure,
    /// Being done.
    Busy,
    /// What came of it.
    Outcome,
    /// The question for the number printed on a card.
    Number,
    /// The question whether a card that was not read whole is the guest's.
    Doubt,
    /// The card readers.
    Readers,
    /// What is plugged in.
    Devices,
    /// What the readers say, as it comes.
    Watch,
    /// The dialogue in which a reader is learnt.
    Learn,
    /// The sample cards of the demo.
    Demo,
    /// The keys.
    Help,
    /// Whom to call, and what they will ask.
    About,
    /// The question who is at the till.
    Login,
    /// A manager's yes.
    Manager,
    /// A guest's PIN.
    GuestPin,
}

impl Ctx {
    /// All, in the order of the help.
    pub const ALL: [Self; 26] = [
        Self::Orders,
        Self::Bill,
        Self::Confirm,
        Self::Part,
        Self::Progress,
        Self::CancelAsk,
        Self::Result,
        Self::Card,
        Self::Payments,
        Self::Attention,
        Self::Form,
        Self::Sure,
        Self::Busy,
        Self::Outcome,
        Self::Number,
        Self::Doubt,
        Self::Readers,
        Self::Devices,
        Self::Watch,
        Self::Learn,
        Self::Demo,
        Self::Help,
        Self::About,
        Self::Login,
        Self::Manager,
        Self::GuestPin,
    ];

    /// The last part of its locale key `till.ctx.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Bill => "bill",
            Self::Confirm => "confirm",
            Self::Part => "part",
            Self::Progress => "progress",
            Self::CancelAsk => "cancel_ask",
            Self::Result => "result",
            Self::Card => "card",
            Self::Payments => "payments",
            Self::Attention => "attention",
            Self::Form => "form",
            Self::Sure => "sure",
            Self::Busy => "busy",
            Self::Outcome => "outcome",
            Self::Number => "number",
            Self::Doubt => "doubt",
            Self::Readers => "readers",
            Self::Devices => "devices",
            Self::Watch => "watch",
            Self::Learn => "learn",
            Self::Demo => "demo",
            Self::Help => "help",
            Self::About => "about",
            Self::Login => "login",
            Self::Manager => "manager",
            Self::GuestPin => "guest_pin",
        }
    }

    /// Takes no key that was pressed before it was drawn, and none that is held down.
    pub const fn is_guarded(self) -> bool {
        match self {
            Self::Confirm
            | Self::Part
            | Self::CancelAsk
            | Self::Result
            | Self::Sure
            | Self::Busy
            | Self::Outcome
            | Self::Doubt => true,
            Self::Orders
            | Self::Bill
            | Self::Progress
            | Self::Card
            | Self::Payments
            | Self::Attention
            | Self::Form
            | Self::Number
            | Self::Readers
            | Self::Devices
            | Self::Watch
            | Self::Learn
            | Self::Demo
            | Self::Help
            | Self::About
            | Self::Login
            | Self::Manager
            | Self::GuestPin => false,
        }
    }
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// First row.
    First,
    /// Last row.
    Last,
    /// The other side of the screen.
    Switch,
    /// Into the text to find.
    Find,
    /// Into the text to find payments by.
    FindPayment,
    /// Into the sum of the selected account.
    TypeSum,
    /// The row with this number.
    Choose,
    /// The last character away.
    Erase,
    /// The sum away.
    Clear,
    /// The account gives what is still missing.
    TakeRest,
    /// All that is due in equal parts.
    Share,
    /// All that is due in the proportions of the bill before.
    Repeat,
    /// The account is chosen for equal parts, or no more.
    Mark,
    /// The program proposes who pays what.
    Suggest,
    /// Opens the chosen order.
    Open,
    /// The sum typed stands; on to the next account.
    Next,
    /// The outcome was seen.
    Close,
    /// Taps the chosen sample card.
    Tap,
    /// Asks for the confirmation of the payment.
    Pay,
    /// Confirms.
    Confirm,
    /// Confirms that cards pay a part only. A key of its own: who confirms the whole without
    /// looking must not leave a rest unpaid.
    PayPart,
    /// Asks the servers about an unsettled payment.
    AskAgain,
    /// Reads anew.
    Reload,
    /// Takes the card off the order.
    RemoveCard,
    /// Shows the card.
    Card,
    /// Shows today's payments.
    Payments,
    /// Lists payments of another time.
    Period,
    /// Gives money of the chosen payment back.
    Refund,
    /// Shows what needs a person.
    Attention,
    /// Settles the chosen one.
    Decide,
    /// Into the field of a form.
    Write,
    /// The next field.
    NextField,
    /// The one before.
    PreviousField,
    /// The form is filled in.
    Check,
    /// Asks for the number printed on a card.
    Number,
    /// Looks for the card with that number.
    Search,
    /// Shows the card readers.
    Readers,
    /// Shows what is plugged in.
    Devices,
    /// Shows what the readers say.
    Watch,
    /// Learns a new reader.
    Learn,
    /// Answers the dialogue's question.
    Answer,
    /// Records what the readers send, or ends it.
    Record,
    /// Taps a sample card.
    Demo,
    /// Shows the keys.
    Help,
    /// Shows whom to call and which program this is.
    About,
    /// One step back.
    Back,
    /// The same where sums are typed: the last character goes first.
    StepBack,
    /// Ends the program.
    Leave,
    /// Somebody says who he is.
    LogIn,
    /// A manager says yes.
    SayYes,
    /// The guest has typed his PIN.
    CheckPin,
    /// Leaves the till to the next one.
    Lock,
}

impl Action {
    /// The last part of its locale keys `till.key.<word>` and `till.does.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up | Self::Down | Self::PageUp | Self::PageDown | Self::First | Self::Last => {
                "move"
            }
            Self::Switch => "switch",
            Self::Find => "find",
            Self::FindPayment => "find_payment",
            Self::TypeSum => "type_sum",
            Self::Choose => "choose",
            Self::Erase => "erase",
            Self::Clear => "clear",
            Self::TakeRest => "take_rest",
            Self::Share => "share",
            Self::Repeat => "repeat",
            Self::Mark => "mark",
            Self::Suggest => "suggest",
            Self::Open => "open",
            Self::Next => "next",
            Self::Close => "close",
            Self::Tap => "tap",
            Self::Pay => "pay",
            Self::Confirm => "confirm",
            Self::PayPart => "pay_part",
            Self::AskAgain => "ask_again",
            Self::Reload => "reload",
            Self::RemoveCard => "remove_card",
            Self::Card => "card",
            Self::Payments => "payments",
            Self::Period => "period",
            Self::Refund => "refund",
            Self::Attention => "attention",
            Self::Decide => "decide",
            Self::Write => "write",
            Self::NextField | Self::PreviousField => "field",
            Self::Check => "check",
            Self::Number => "number",
            Self::Search => "search",
            Self::Readers => "readers",
            Self::Devices => "devices",
            Self::Watch => "watch",
            Self::Learn => "learn",
            Self::Answer => "answer",
            Self::Record => "record",
            Self::Demo => "demo",
            Self::Help => "help",
            Self::About => "about",
            Self::Back => "back",
            Self::StepBack => "step_back",
            Self::Leave => "leave",
            Self::LogIn => "log_in",
            Self::SayYes => "say_yes",
            Self::CheckPin => "check_pin",
            Self::Lock => "lock",
        }
    }

    /// Answers a question of a dialogue, or types the answer.
    pub const fn is_for_answers(self) -> bool {
        matches!(self, Self::Answer | Self::Write | Self::Erase | Self::Clear)
    }

    /// May go on while the key is held: it moves or types, and confirms nothing.
    pub const fn may_repeat(self) -> bool {
        match self {
            Self::Up
            | Self::Down
            | Self::PageUp
            | Self::PageDown
            | Self::First
            | Self::Last
            | Self::Find
            | Self::FindPayment
            | Self::TypeSum
            | Self::Write
            | Self::Erase => true,
            Self::Switch
            | Self::Clear
            | Self::TakeRest
            | Self::Share
            | Self::Repeat
            | Self::Mark
            | Self::Suggest
            | Self::Choose
            | Self::Open
            | Self::Next
            | Self::Close
            | Self::Tap
            | Self::Pay
            | Self::Confirm
            | Self::PayPart
            | Self::AskAgain
            | Self::Reload
            | Self::RemoveCard
            | Self::Card
            | Self::Payments
            | Self::Period
            | Self::Refund
            | Self::Attention
            | Self::Decide
            | Self::NextField
            | Self::PreviousField
            | Self::Check
            | Self::Number
            | Self::Search
            | Self::Readers
            | Self::Devices
            | Self::Watch
            | Self::Learn
            | Self::Answer
            | Self::Record
            | Self::Demo
            | Self::Help
            | Self::About
            | Self::Back
            | Self::StepBack
            | Self::Leave
            | Self::LogIn
            | Self::SayYes
            | Self::CheckPin
            | Self::Lock => false,
        }
    }
}

/// A key, or a class of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A key that is no character.
    Code(KeyCode),
    /// This character.
    Char(char),
    /// Ctrl with the key at this place of a Latin keyboard, whatever the layout.
    Ctrl(char),
    /// Digits, comma and point.
    Sum,
    /// Digits one to nine.
    Digit,
    /// Any character.
    Text,
}

impl Key {
    fn matches(self, event: &KeyEvent) -> bool {
        let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
        let plain = !event.modifiers.intersects(held);
        match (self, event.code) {
            (Self::Code(code), pressed) => plain && code == pressed,
            (Self::Char(c), KeyCode::Char(pressed)) => plain && c == pressed,
            (Self::Ctrl(c), KeyCode::Char(pressed)) => {
                event.modifiers.intersection(held) == KeyModifiers::CONTROL
                    && c == latin_place(pressed)
            }
            (Self::Sum, KeyCode::Char(pressed)) => {
                plain && (pressed.is_ascii_digit() || matches!(pressed, ',' | '.'))
            }
            (Self::Digit, KeyCode::Char(pressed)) => plain && ('1'..='9').contains(&pressed),
            (Self::Text, KeyCode::Char(pressed)) => plain && !pressed.is_control(),
            (
                Self::Char(_) | Self::Ctrl(_) | Self::Sum | Self::Digit | Self::Text,
                KeyCode::Backspace
                | KeyCode::Enter
                | KeyCode::Left
                | KeyCode::Right
                | KeyCode::Up
                | KeyCode::Down
                | KeyCode::Home
                | KeyCode::End
                | KeyCode::PageUp
                | KeyCode::PageDown
                | KeyCode::Tab
                | KeyCode::BackTab
                | KeyCode::Delete
                | KeyCode::Insert
                | KeyCode::F(_)
                | KeyCode::Null
                | KeyCode::Esc
                | KeyCode::CapsLock
                | KeyCode::ScrollLock
                | KeyCode::NumLock
                | KeyCode::PrintScreen
                | KeyCode::Pause
                | KeyCode::Menu
                | KeyCode::KeypadBegin
                | KeyCode::Media(_)
                | KeyCode::Modifier(_),
            ) => false,
        }
    }

    /// A press of it; none of a class of keys.
    pub fn event(self) -> Option<KeyEvent> {
        match self {
            Self::Code(code) => Some(code.into()),
            Self::Char(c) => Some(KeyCode::Char(c).into()),
            Self::Ctrl(c) => Some(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)),
            Self::Sum | Self::Digit | Self::Text => None,
        }
    }

    /// As written in the help. Classes are named by the locale key `till.keys.<word>`.
    pub fn label(self) -> Result<String, &'static str> {
        Ok(match self {
            Self::Code(code) => match code {
                KeyCode::F(n) => format!("F{n}"),
                KeyCode::Up => "↑".into(),
                KeyCode::Down => "↓".into(),
                KeyCode::Delete => "Del".into(),
                KeyCode::Insert => "Ins".into(),
                KeyCode::PageUp => "PgUp".into(),
                KeyCode::PageDown => "PgDn".into(),
                KeyCode::BackTab => "Shift+Tab".into(),
                other => other.to_string(),
            },
            Self::Char(' ') => return Err("space"),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl+{}", c.to_ascii_uppercase()),
            Self::Sum => return Err("sum"),
            Self::Digit => return Err("digit"),
            Self::Text => return Err("text"),
        })
    }
}
