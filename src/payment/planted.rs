//! Twelve broken designs of a payment, to be planted one by one: the simulation must notice each.
//! Outside tests nothing is ever planted, and the calls vanish.

/// A design that loses or doubles money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Planted {
    /// A debit without an answer is sent again under another name.
    NoKey,
    /// A debit without an answer is given back at once, made or not.
    RefundOnTimeout,
    /// What is about to be sent is not written down before.
    NoJournal,
    /// r_keeper does not answer the payment: the money is given back.
    VoidOnPosTimeout,
    /// r_keeper does not answer, is asked, and shows the order open: the money is given back.
    QueryThenVoid,
    /// A hold that is not there is voided, and the wallet remembers no void of what it never saw.
    NoTombstone,
    /// A payment that adds is sent again.
    AdditiveRepeat,
    /// A paid order is taken for paid by us.
    PaidIsMine,
    /// Holds run out by themselves (the simulated wallet's doing).
    #[cfg(test)]
    ExpiringHolds,
    /// A refused debit is sent again under its name.
    IdReused,
    /// A number of r_keeper's licence goes with other bytes than before.
    NumberReused,
    /// What our receipt of intent means is overlooked: the order is open, as if nothing were there.
    MeantIsOpen,
}

#[cfg(not(test))]
pub(crate) const fn planted(_design: Planted) -> bool {
    false
}

#[cfg(test)]
pub(crate) use switch::{plant, planted};

#[cfg(test)]
mod switch {
    use std::cell::Cell;

    use super::Planted;

    thread_local! {
        static DESIGN: Cell<Option<Planted>> = const { Cell::new(None) };
    }

    /// Plants a design for the rest of this thread, or none.
    pub(crate) fn plant(design: Option<Planted>) {
        DESIGN.set(design);
    }

    pub(crate) fn planted(design: Planted) -> bool {
        DESIGN.get() == Some(design)
    }
}
