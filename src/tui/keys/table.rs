//! The table of keys.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Action, Ctx, Key};

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
const QUESTIONS: &[Ctx] = &[Ctx::Confirm, Ctx::CancelAsk, Ctx::Sure, Ctx::Doubt];
const LISTS: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Confirm,
    Ctx::Part,
    Ctx::Progress,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Attention,
    Ctx::Sure,
    Ctx::Readers,
    Ctx::Devices,
    Ctx::Watch,
    Ctx::Demo,
    Ctx::Help,
    Ctx::About,
];
const CALM: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Progress,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Attention,
    Ctx::Readers,
    Ctx::Devices,
    Ctx::Watch,
    Ctx::Learn,
    Ctx::Demo,
];
/// Where what needs a person can be looked at.
const WITH_BANNER: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Progress,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Readers,
    Ctx::Devices,
    Ctx::Watch,
    Ctx::Demo,
    Ctx::Help,
    Ctx::About,
];
/// Where the readers can be looked at.
const WITH_READERS: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Attention,
    Ctx::Help,
    Ctx::About,
];
const TYPING: &[Ctx] = &[
    Ctx::Bill,
    Ctx::Orders,
    Ctx::Form,
    Ctx::Number,
    Ctx::Payments,
    Ctx::Learn,
    Ctx::Login,
    Ctx::Manager,
    Ctx::GuestPin,
];
/// Where somebody says who he is.
const WHO: &[Ctx] = &[Ctx::Login, Ctx::Manager];
/// Where the till may be left to the next one.
const LOCKABLE: &[Ctx] = &[
    Ctx::Orders,
    Ctx::Bill,
    Ctx::Result,
    Ctx::Card,
    Ctx::Payments,
    Ctx::Attention,
    Ctx::Help,
];
/// Where `-` leads back, as a number pad has no Esc: no text is typed there. In the list of orders it
/// erases, on a bill it does both.
const WITH_MINUS: &[Ctx] = &[
    Ctx::Confirm,
    Ctx::Part,
    Ctx::Progress,
    Ctx::CancelAsk,
    Ctx::Result,
    Ctx::Card,
    Ctx::Sure,
    Ctx::Busy,
    Ctx::Outcome,
    Ctx::Doubt,
    Ctx::Demo,
];
/// Where a card may be named by its printed number.
const WITH_CARDS: &[Ctx] = &[Ctx::Orders, Ctx::Bill, Ctx::Card];
const AT_REST: &[Ctx] = &[Ctx::Orders, Ctx::Bill, Ctx::Result, Ctx::Card];

/// The table, in the order of the help.
pub const BINDINGS: &[Binding] = &[
    code(CALM, KeyCode::F(1), Action::Help),
    code(&[Ctx::Help], KeyCode::F(2), Action::About),
    code(&[Ctx::Bill], KeyCode::F(2), Action::Suggest),
    code(&[Ctx::Bill], KeyCode::F(3), Action::Card),
    code(AT_REST, KeyCode::F(4), Action::Demo),
    code(&[Ctx::Payments], KeyCode::F(2), Action::Period),
    code(&[Ctx::Payments], KeyCode::F(4), Action::Refund),
    code(&[Ctx::Bill], KeyCode::F(5), Action::Pay),
    key(&[Ctx::Bill], Key::Char('/'), Action::Pay),
    code(&[Ctx::Form], KeyCode::F(5), Action::Check),
    code(QUESTIONS, KeyCode::Enter, Action::Confirm),
    code(&[Ctx::Confirm], KeyCode::F(5), Action::Confirm),
    code(&[Ctx::Part], KeyCode::F(6), Action::PayPart),
    key(&[Ctx::Part], Key::Char('*'), Action::PayPart),
    code(
        &[Ctx::Result, Ctx::Payments, Ctx::Attention],
        KeyCode::F(6),
        Action::AskAgain,
    ),
    code(
        &[
            Ctx::Orders,
            Ctx::Bill,
            Ctx::Card,
            Ctx::Payments,
            Ctx::Attention,
        ],
        KeyCode::F(7),
        Action::Reload,
    ),
    code(WITH_CARDS, KeyCode::F(6), Action::Number),
    code(&[Ctx::Number], KeyCode::Enter, Action::Search),
    key(&[Ctx::Number], Key::Text, Action::Write),
    code(&[Ctx::Login], KeyCode::Enter, Action::LogIn),
    code(&[Ctx::Manager], KeyCode::Enter, Action::SayYes),
    code(&[Ctx::GuestPin], KeyCode::Enter, Action::CheckPin),
    key(&[Ctx::GuestPin], Key::Text, Action::Write),
    key(WHO, Key::Text, Action::Write),
    code(WHO, KeyCode::Up, Action::Up),
    code(WHO, KeyCode::Down, Action::Down),
    code(&[Ctx::Bill], KeyCode::F(8), Action::RemoveCard),
    code(
        &[
            Ctx::Orders,
            Ctx::Bill,
            Ctx::Progress,
            Ctx::Result,
            Ctx::Card,
            Ctx::Attention,
        ],
        KeyCode::F(9),
        Action::Payments,
    ),
    code(WITH_BANNER, KeyCode::F(12), Action::Attention),
    key(WITH_READERS, Key::Ctrl('r'), Action::Readers),
    key(LOCKABLE, Key::Ctrl('l'), Action::Lock),
    code(&[Ctx::Readers], KeyCode::F(2), Action::Devices),
    code(&[Ctx::Readers], KeyCode::F(3), Action::Watch),
    code(&[Ctx::Readers], KeyCode::F(4), Action::Learn),
    code(&[Ctx::Readers], KeyCode::F(5), Action::Record),
    code(&[Ctx::Devices], KeyCode::Enter, Action::Learn),
    code(&[Ctx::Devices], KeyCode::F(7), Action::Reload),
    code(&[Ctx::Learn], KeyCode::Enter, Action::Answer),
    key(&[Ctx::Learn], Key::Text, Action::Write),
    code(&[Ctx::Orders], KeyCode::Enter, Action::Open),
    code(&[Ctx::Bill], KeyCode::Enter, Action::Next),
    code(&[Ctx::Result], KeyCode::Enter, Action::Close),
    code(&[Ctx::Attention], KeyCode::Enter, Action::Decide),
    code(&[Ctx::Demo], KeyCode::Enter, Action::Tap),
    key(&[Ctx::Bill], Key::Sum, Action::TypeSum),
    key(&[Ctx::Orders], Key::Text, Action::Find),
    key(&[Ctx::Payments], Key::Text, Action::FindPayment),
    key(&[Ctx::Demo], Key::Digit, Action::Choose),
    key(&[Ctx::Bill], Key::Char('+'), Action::TakeRest),
    key(&[Ctx::Bill], Key::Char('*'), Action::Share),
    key(&[Ctx::Bill], Key::Char(' '), Action::Mark),
    code(&[Ctx::Bill], KeyCode::Insert, Action::Mark),
    key(&[Ctx::Bill], Key::Char('='), Action::Repeat),
    key(&[Ctx::Form], Key::Text, Action::Write),
    code(&[Ctx::Form], KeyCode::Tab, Action::NextField),
    code(&[Ctx::Form], KeyCode::Enter, Action::NextField),
    code(&[Ctx::Form], KeyCode::BackTab, Action::PreviousField),
    code(&[Ctx::Form], KeyCode::Up, Action::Up),
    code(&[Ctx::Form], KeyCode::Down, Action::Down),
    code(TYPING, KeyCode::Delete, Action::Clear),
    code(TYPING, KeyCode::Backspace, Action::Erase),
    code(&[Ctx::Bill], KeyCode::Tab, Action::Switch),
    code(&[Ctx::Bill], KeyCode::BackTab, Action::Switch),
    code(LISTS, KeyCode::Up, Action::Up),
    code(LISTS, KeyCode::Down, Action::Down),
    code(LISTS, KeyCode::PageUp, Action::PageUp),
    code(LISTS, KeyCode::PageDown, Action::PageDown),
    code(LISTS, KeyCode::Home, Action::First),
    code(LISTS, KeyCode::End, Action::Last),
    key(&[Ctx::Bill], Key::Char('-'), Action::StepBack),
    code(EVERYWHERE, KeyCode::Esc, Action::Back),
    key(WITH_MINUS, Key::Char('-'), Action::Back),
    code(CALM, KeyCode::F(10), Action::Leave),
    code(&[Ctx::Help, Ctx::About], KeyCode::F(10), Action::Leave),
    key(CALM, Key::Ctrl('c'), Action::Leave),
    key(&[Ctx::Help, Ctx::About], Key::Ctrl('c'), Action::Leave),
    code(&[Ctx::Login], KeyCode::F(10), Action::Leave),
    key(&[Ctx::Login], Key::Ctrl('c'), Action::Leave),
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

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

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
    fn every_place_has_a_way_back_and_money_takes_only_its_own_keys() {
        for ctx in Ctx::ALL {
            assert_eq!(find(ctx, &KeyCode::Esc.into()), Some(Action::Back));
        }
        for ctx in [
            Ctx::Confirm,
            Ctx::Part,
            Ctx::CancelAsk,
            Ctx::Sure,
            Ctx::Doubt,
        ] {
            for c in "ynYNднДНт+0123456789 ".chars() {
                assert_eq!(find(ctx, &KeyCode::Char(c).into()), None, "{c}");
            }
            for (action, _) in actions(ctx) {
                assert!(
                    matches!(action.word(), "confirm" | "pay_part" | "back" | "move"),
                    "{action:?} in {ctx:?}"
                );
            }
        }
    }

    #[test]
    fn no_key_that_pays_the_whole_pays_a_part() {
        let pays = |ctx, action| -> Vec<Key> {
            BINDINGS
                .iter()
                .filter(|row| row.ctx.contains(&ctx) && row.action == action)
                .map(|row| row.key)
                .collect()
        };
        assert_eq!(pays(Ctx::Part, Action::Confirm), []);
        assert_eq!(pays(Ctx::Confirm, Action::PayPart), []);
        let whole = pays(Ctx::Confirm, Action::Confirm);
        let part = pays(Ctx::Part, Action::PayPart);
        assert!(!whole.is_empty() && !part.is_empty());
        assert!(part.iter().all(|key| !whole.contains(key)), "{part:?}");
        for code in [KeyCode::Enter, KeyCode::F(5)] {
            assert_eq!(find(Ctx::Part, &code.into()), None);
        }
    }

    #[test]
    fn letters_work_by_their_place_in_every_layout() {
        for c in ['c', 'C', 'с', 'С'] {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
            assert_eq!(find(Ctx::Orders, &event), Some(Action::Leave), "{c}");
            assert_eq!(find(Ctx::Confirm, &event), None);
        }
    }
}
