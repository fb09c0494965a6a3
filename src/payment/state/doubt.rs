//! What is known of a call whose outcome may be unknown, and what becomes of that knowledge.

use super::LOOKS_AFTER_REFUSAL;

/// What is known of a call whose outcome may be unknown.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of one bit"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Doubt {
    /// A copy is under way right now.
    pub sent: bool,
    /// An earlier copy may have arrived.
    pub earlier: bool,
    /// The server refused the last copy for good.
    pub refused: bool,
    /// The server said that it did it; it is not seen yet.
    pub told: bool,
    /// The debit is not wanted any more: make certain, then give back.
    pub unwanted: bool,
    /// Looks after the refusal that did not find it.
    pub looks: u32,
    /// Calls without a definite answer so far; sets the pause before the next.
    pub tries: u32,
}

impl Doubt {
    pub(super) const fn again(self) -> Self {
        Self {
            sent: false,
            earlier: true,
            tries: self.tries.saturating_add(1),
            ..self
        }
    }

    /// The outcome of a copy is not known. After the first one the server is asked without a pause.
    pub(super) const fn lost(self) -> Self {
        if self.earlier {
            self.again()
        } else {
            Self {
                sent: false,
                earlier: true,
                ..self
            }
        }
    }

    pub(super) const fn asked(self) -> Self {
        Self {
            tries: self.tries.saturating_add(1),
            ..self
        }
    }

    /// Under another name nothing was sent yet.
    pub(super) const fn renamed(self) -> Self {
        Self {
            tries: self.tries.saturating_add(1),
            ..Self::none()
        }
    }

    /// Looked at after a refusal, and it is not there.
    pub(super) const fn looked(self) -> Self {
        Self {
            looks: self.looks.saturating_add(1),
            ..self.asked()
        }
    }

    /// Nothing of it can turn up any more: its only copy was refused.
    pub(super) const fn surely_refused(self) -> bool {
        self.refused && !self.earlier
    }

    /// Looked at often enough after a refusal, this look included.
    pub(super) const fn looked_enough(self) -> bool {
        self.looks.saturating_add(1) >= LOOKS_AFTER_REFUSAL
    }

    /// Taken up again: what was refused may be tried once more, unless nothing but the refused copy
    /// ever left.
    pub(super) const fn afresh(self) -> Self {
        Self {
            refused: self.surely_refused(),
            looks: 0,
            ..self
        }
    }

    pub(super) const fn sending(self) -> Self {
        Self { sent: true, ..self }
    }

    pub(super) const fn unwanted(self) -> Self {
        Self {
            unwanted: true,
            ..self
        }
    }

    /// A copy that was under way when the program stopped is an earlier copy now.
    pub(super) const fn interrupted(self) -> Self {
        Self {
            sent: false,
            earlier: self.earlier || self.sent,
            ..self
        }
    }

    pub(super) const fn none() -> Self {
        Self {
            sent: false,
            earlier: false,
            refused: false,
            told: false,
            unwanted: false,
            looks: 0,
            tries: 0,
        }
    }
}
