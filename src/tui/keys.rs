//! Which key does what where: one table, from which the help and the footer are made.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ctx {
    /// The list of orders.
    Orders,
    /// One order with its payers.
    Bill,
    /// The question before money moves.
    Confirm,
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
    /// The sample cards of the demo.
    Demo,
    /// The keys.
    Help,
}

impl Ctx {
    /// All, in the order of the help.
    pub const ALL: [Self; 10] = [
        Self::Orders,
        Self::Bill,
        Self::Confirm,
        Self::Progress,
        Self::CancelAsk,
        Self::Result,
        Self::Card,
        Self::Payments,
        Self::Demo,
        Self::Help,
    ];

    /// The last part of its locale key `till.ctx.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Bill => "bill",
            Self::Confirm => "confirm",
            Self::Progress => "progress",
            Self::CancelAsk => "cancel_ask",
            Self::Result => "result",
            Self::Card => "card",
            Self::Payments => "payments",
            Self::Demo => "demo",
            Self::Help => "help",
        }
    }

    /// Takes no key that was pressed before it was drawn, and none that is held down.
    pub const fn is_guarded(self) -> bool {
        match self {
            Self::Confirm | Self::CancelAsk | Self::Result => true,
            Self::Orders
            | Self::Bill
            | Self::Progress
            | Self::Card
            | Self::Payments
            | Self::Demo
            | Self::Help => false,
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
    /// Taps a sample card.
    Demo,
    /// Shows the keys.
    Help,
    /// One step back.
    Back,
    /// Ends the program.
    Leave,
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
            Self::TypeSum => "type_sum",
            Self::Choose => "choose",
            Self::Erase => "erase",
            Self::Clear => "clear",
            Self::TakeRest => "take_rest",
            Self::Suggest => "suggest",
            Self::Open => "open",
            Self::Next => "next",
            Self::Close => "close",
            Self::Tap => "tap",
            Self::Pay => "pay",
            Self::Confirm => "confirm",
            Self::AskAgain => "ask_again",
            Self::Reload => "reload",
            Self::RemoveCard => "remove_card",
            Self::Card => "card",
            Self::Payments => "payments",
            Self::Demo => "demo",
            Self::Help => "help",
            Self::Back => "back",
            Self::Leave => "leave",
        }
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
            | Self::TypeSum
            | Self::Erase => true,
            Self::Switch
            | Self::Clear
            | Self::TakeRest
            | Self::Suggest
            | Self::Choose
            | Self::Open
            | Self::Next
            | Self::Close
            | Self::Tap
            | Self::Pay
            | Self::Confirm
            | Self::AskAgain
            | Self::Reload
            | Self::RemoveCard
            | Self::Card
            | Self::Payments
            | Self::Demo
            | Self::Help
            | Self::Back
            | Self::Leave => false,
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

    /// As written in the help. Classes are named by the locale key `till.keys.<word>`.
    pub fn label(self) -> Result<String, &'static str> {
        Ok(match self {
            Self::Code(code) => match code {
                KeyCode::F(n) => format!("F{n}"),
                KeyCode::Up => "↑".into(),
                KeyCode::Down => "↓".into(),
                KeyCode::Delete => "Del".into(),
                KeyCode::PageUp => "PgUp".into(),
                KeyCode::PageDown => "PgDn".into(),
                KeyCode::BackTab => "Shift+Tab".into(),
                other => other.to_string(),
            },
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl+{}", c.to_ascii_uppercase()),
            Self::Sum => return Err("sum"),
            Self::Digit => return Err("digit"),
            Self::Text => return Err("text"),
        })
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it holds.
    pub ctx: &'static [Ctx],
    /// The key.
    pub key: Key,
    /// What it does there.
    pub action: Action,
}

const fn code(ctx: &'static [Ctx], code: KeyCode, action: Action) -> Binding {
    Binding {
        ctx,
        key: Key::Code(code),
        action,
    }
}

const fn key(ctx: &'static [Ctx], key: Key, action: Action) -> Binding {
    Binding { ctx, key, action }
}

const EVERYWHERE: &[Ctx] = &Ctx::ALL;
const QUESTIONS: &[Ctx] = &[Ctx::Confirm, Ctx::CancelAsk];
const LISTS: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Confirm,
    Ctx::Progress,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Demo,
    Ctx::Help,
];
const CALM: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Progress,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Demo,
];
const AT_REST: &[Ctx] = &[Ctx::Orders, Ctx::Bill, Ctx::Result, Ctx::Card];

/// The table, in the order of the help.
pub const BINDINGS: &[Binding] = &[
    code(CALM, KeyCode::F(1), Action::Help),
    code(&[Ctx::Bill], KeyCode::F(2), Action::Suggest),
    code(&[Ctx::Bill], KeyCode::F(3), Action::Card),
    code(AT_REST, KeyCode::F(4), Action::Demo),
    code(&[Ctx::Bill], KeyCode::F(5), Action::Pay),
    code(QUESTIONS, KeyCode::Enter, Action::Confirm),
    code(&[Ctx::Confirm], KeyCode::F(5), Action::Confirm),
    code(
        &[Ctx::Result, Ctx::Payments],
        KeyCode::F(6),
        Action::AskAgain,
    ),
    code(
        &[Ctx::Orders, Ctx::Bill, Ctx::Card, Ctx::Payments],
        KeyCode::F(7),
        Action::Reload,
    ),
    code(&[Ctx::Bill], KeyCode::F(8), Action::RemoveCard),
    code(
        &[
            Ctx::Orders,
            Ctx::Bill,
            Ctx::Progress,
            Ctx::Result,
            Ctx::Card,
        ],
        KeyCode::F(9),
        Action::Payments,
    ),
    code(&[Ctx::Orders], KeyCode::Enter, Action::Open),
    code(&[Ctx::Bill], KeyCode::Enter, Action::Next),
    code(&[Ctx::Result], KeyCode::Enter, Action::Close),
    code(&[Ctx::Demo], KeyCode::Enter, Action::Tap),
    key(&[Ctx::Bill], Key::Sum, Action::TypeSum),
    key(&[Ctx::Orders], Key::Text, Action::Find),
    key(&[Ctx::Demo], Key::Digit, Action::Choose),
    key(&[Ctx::Bill], Key::Char('+'), Action::TakeRest),
    code(&[Ctx::Bill, Ctx::Orders], KeyCode::Delete, Action::Clear),
    code(&[Ctx::Bill, Ctx::Orders], KeyCode::Backspace, Action::Erase),
    code(&[Ctx::Bill], KeyCode::Tab, Action::Switch),
    code(&[Ctx::Bill], KeyCode::BackTab, Action::Switch),
    code(LISTS, KeyCode::Up, Action::Up),
    code(LISTS, KeyCode::Down, Action::Down),
    code(LISTS, KeyCode::PageUp, Action::PageUp),
    code(LISTS, KeyCode::PageDown, Action::PageDown),
    code(LISTS, KeyCode::Home, Action::First),
    code(LISTS, KeyCode::End, Action::Last),
    code(EVERYWHERE, KeyCode::Esc, Action::Back),
    code(CALM, KeyCode::F(10), Action::Leave),
    code(&[Ctx::Help], KeyCode::F(10), Action::Leave),
    key(CALM, Key::Ctrl('c'), Action::Leave),
    key(&[Ctx::Help], Key::Ctrl('c'), Action::Leave),
];

/// What the key does there.
pub fn find(ctx: Ctx, event: &KeyEvent) -> Option<Action> {
    BINDINGS
        .iter()
        .find(|binding| binding.ctx.contains(&ctx) && binding.key.matches(event))
        .map(|binding| binding.action)
}

/// The actions of a place with all their keys, each action once, in the order of the table.
pub fn actions(ctx: Ctx) -> Vec<(Action, Vec<Key>)> {
    let mut found: Vec<(Action, Vec<Key>)> = Vec::new();
    for binding in BINDINGS.iter().filter(|row| row.ctx.contains(&ctx)) {
        match found
            .iter_mut()
            .find(|(action, _)| action.word() == binding.action.word())
        {
            Some((_, keys)) => keys.push(binding.key),
            None => found.push((binding.action, vec![binding.key])),
        }
    }
    found
}

const RUSSIAN: &str = "йцукенгшщзхъфывапролджэячсмитьбю";
const LATIN: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";

/// The character at the same place of a Latin keyboard, in lower case.
pub fn latin_place(c: char) -> char {
    let c = c.to_lowercase().next().unwrap_or(c);
    match c {
        'і' => 's',
        'ё' => '`',
        _ => swap(c, RUSSIAN, LATIN),
    }
}

/// The text as it would read had the other keyboard layout been on: Latin for Russian and back.
pub fn other_layout(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|c| match swap(c, RUSSIAN, LATIN) {
            same if same == c => swap(c, LATIN, RUSSIAN),
            other => other,
        })
        .collect()
}

fn swap(c: char, from: &str, to: &str) -> char {
    from.chars()
        .zip(to.chars())
        .find(|&(known, _)| known == c)
        .map_or(c, |(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_in_one_place() {
        for ctx in Ctx::ALL {
            let here: Vec<Key> = BINDINGS
                .iter()
                .filter(|binding| binding.ctx.contains(&ctx))
                .map(|binding| binding.key)
                .collect();
            for (index, key) in here.iter().enumerate() {
                assert!(!here[..index].contains(key), "{key:?} twice in {ctx:?}");
            }
            let classes = [Key::Sum, Key::Digit, Key::Text];
            for key in &here {
                let Key::Char(c) = *key else { continue };
                let event = KeyEvent::from(KeyCode::Char(c));
                assert!(
                    !classes
                        .iter()
                        .any(|class| here.contains(class) && class.matches(&event)),
                    "{c} in {ctx:?}"
                );
            }
        }
    }

    #[test]
    fn every_place_has_a_way_back_and_money_takes_only_enter_f5_and_esc() {
        for ctx in Ctx::ALL {
            assert_eq!(find(ctx, &KeyCode::Esc.into()), Some(Action::Back));
        }
        for ctx in [Ctx::Confirm, Ctx::CancelAsk] {
            for c in "ynYNднДНт+0123456789 ".chars() {
                assert_eq!(find(ctx, &KeyCode::Char(c).into()), None, "{c}");
            }
            for (action, _) in actions(ctx) {
                assert!(
                    matches!(action.word(), "confirm" | "back" | "move"),
                    "{action:?} in {ctx:?}"
                );
            }
        }
    }

    #[test]
    fn letters_work_by_their_place_in_every_layout() {
        for c in ['c', 'C', 'с', 'С'] {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
            assert_eq!(find(Ctx::Orders, &event), Some(Action::Leave), "{c}");
            assert_eq!(find(Ctx::Confirm, &event), None);
        }
        assert_eq!(latin_place('і'), 's');
        assert_eq!(other_layout("fvby"), "амин");
        assert_eq!(other_layout("Фвьшт"), "admin");
        assert_eq!(RUSSIAN.chars().count(), LATIN.chars().count());
    }
}
