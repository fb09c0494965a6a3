//! When the terminal's bell rings.

use super::app::App;
use super::msg::Effect;
use crate::payment::view::Standing;

/// What the bell can ring for. A site chooses (`screen.bell`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// A card or a key was not taken.
    Refused,
    /// Something is wrong, or a payment was refused.
    Problem,
    /// A payment is paid.
    Paid,
    /// A person is needed: a question, an outcome that is not known.
    Attention,
}

impl Ring {
    /// What rings where nobody chose.
    pub const DEFAULT: [Self; 3] = [Self::Refused, Self::Problem, Self::Attention];
}

/// What is heard when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// The payment on screen.
    standing: Option<Standing>,
    /// Rows of the list of what needs a person.
    attention: usize,
}

impl Heard {
    pub(super) fn of(app: &App) -> Self {
        let paying = app.paying.as_ref();
        Self {
            standing: paying.and_then(|paying| Some(paying.view.as_ref()?.standing)),
            attention: app.attention_rows().len(),
        }
    }

    /// What to ring for after that change.
    fn ring(self, after: Self) -> Option<Ring> {
        let ended = after.standing.filter(|_| self.standing != after.standing);
        match ended {
            Some(Standing::Paid) => Some(Ring::Paid),
            Some(Standing::Refused) => Some(Ring::Problem),
            Some(Standing::Unknown | Standing::NeedsManager) => Some(Ring::Attention),
            Some(Standing::Working) | None => {
                (after.attention > self.attention).then_some(Ring::Attention)
            }
        }
    }
}

/// One bell at most, and only for what the site wants to hear.
pub(super) fn settle(app: &App, before: Heard, effects: &mut Vec<Effect>) {
    let wanted = |ring: Ring| app.settings.bell.contains(&ring);
    let mut rung = false;
    effects.retain(|effect| {
        if let Effect::Bell(ring) = effect {
            wanted(*ring) && !std::mem::replace(&mut rung, true)
        } else {
            true
        }
    });
    let changed = before.ring(Heard::of(app)).filter(|ring| wanted(*ring));
    effects.extend(changed.filter(|_| !rung).map(Effect::Bell));
}
