//! On to a paid order: from looking at it to the reservation made final.

use super::back::GIVE_BACK;
use super::{AskedOrder, AskedWallet, At, Doubt, Event, Phase, Sent};
use crate::payment::planted::{Planted, planted};
use crate::payment::reason::Reason;

pub(super) fn checking(event: &Event) -> Option<Phase> {
    match event {
        Event::OrderConfirmed | Event::Begun(_) => Some(Phase::Numbering),
        Event::OrderNotConfirmed(_) | Event::Cancel | Event::TimeUp | Event::Resume => {
            Some(Phase::Aborted)
        }
        Event::Decided(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

pub(super) fn numbering(event: &Event) -> Option<Phase> {
    match event {
        Event::Numbered(_) => Some(Phase::Reserving(Doubt::none())),
        Event::NotNumbered(_) | Event::Cancel | Event::TimeUp | Event::Resume => {
            Some(Phase::Aborted)
        }
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

/// The money is surely taken: on to r_keeper, or back to the guests where nobody wants it any more.
pub(super) const fn debited(doubt: Doubt) -> Phase {
    if doubt.unwanted {
        Phase::UndoNumbering(Doubt::none())
    } else {
        Phase::Paying {
            sent: false,
            again: false,
        }
    }
}

pub(super) fn reserving(doubt: Doubt, event: &Event) -> Option<Phase> {
    let asking = |doubt| Some(Phase::ReserveAsking(doubt));
    match (event, doubt.sent) {
        (Event::Reserve(Sent::Sending), false) => Some(Phase::Reserving(doubt.sending())),
        (Event::Reserve(Sent::Done(())), true) => Some(debited(doubt)),
        (Event::Reserve(Sent::Lost(_)), true) if planted(Planted::NoKey) => Some(Phase::Numbering),
        (Event::Reserve(Sent::Lost(_)), true) if planted(Planted::RefundOnTimeout) => GIVE_BACK,
        (Event::Reserve(Sent::Refused(_)), true) if planted(Planted::IdReused) => {
            asking(doubt.again())
        }
        (Event::Reserve(Sent::Refused(_)), true) if doubt.earlier => asking(Doubt {
            refused: true,
            ..doubt.again()
        }),
        (Event::Reserve(Sent::NotDone(_)), true) if doubt.earlier => asking(doubt.again()),
        (Event::Reserve(Sent::Refused(_) | Sent::NotDone(_)), true) => Some(Phase::Aborted),
        // The bytes could not be made: nothing leaves.
        (Event::Reserve(Sent::Refused(_)), false) if !doubt.earlier => Some(Phase::Aborted),
        (Event::Reserve(Sent::Lost(_)), true) => asking(doubt.lost()),
        (Event::Cancel | Event::TimeUp | Event::Resume, false) if !doubt.earlier => {
            Some(Phase::Aborted)
        }
        (Event::Cancel, true) => Some(Phase::Reserving(doubt.unwanted())),
        (Event::Cancel, false) | (Event::Resume, _) => asking(doubt.interrupted().unwanted()),
        (Event::TimeUp, _) => Some(Phase::Parked(At::Reserve, doubt.interrupted().unwanted())),
        (
            Event::Reserve(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::AskedReserve(_)
            | Event::Pay(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

pub(super) fn reserve_asking(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::AskedReserve(AskedWallet::Executed) => Some(debited(doubt)),
        Event::AskedReserve(AskedWallet::Taken(_)) => Some(Phase::Aborted),
        Event::AskedReserve(AskedWallet::Absent { .. })
            if doubt.unwanted && planted(Planted::NoTombstone) =>
        {
            GIVE_BACK
        }
        Event::AskedReserve(AskedWallet::Absent { .. }) if doubt.surely_refused() => {
            Some(Phase::Aborted)
        }
        // An earlier copy may still be under way: the refusal of a later one says nothing of it.
        Event::AskedReserve(AskedWallet::Absent { .. })
            if doubt.refused && !doubt.looked_enough() =>
        {
            Some(Phase::ReserveAsking(doubt.looked()))
        }
        // An unwanted debit is sent again all the same: only a definite answer under its id keeps
        // a late copy from taking money after everybody left.
        Event::AskedReserve(
            AskedWallet::Absent { may_repeat: true } | AskedWallet::CannotTell { may_repeat: true },
        ) if !doubt.refused => Some(Phase::Reserving(doubt)),
        Event::AskedReserve(AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. }) => {
            Some(Phase::Stuck(At::Reserve, doubt.unwanted()))
        }
        Event::AskedReserve(AskedWallet::Failed(_)) => Some(Phase::ReserveAsking(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::ReserveAsking(doubt.unwanted())),
        Event::TimeUp => Some(Phase::Parked(At::Reserve, doubt.unwanted())),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

pub(super) fn paying(sent: bool, again: bool, event: &Event) -> Option<Phase> {
    let undo = GIVE_BACK;
    let asking = Doubt {
        earlier: true,
        ..Doubt::none()
    };
    match (event, sent) {
        (Event::Pay(Sent::Sending), false) => Some(Phase::Paying { sent: true, again }),
        // «Ok» does not prove that the markup was understood: the order must show our marker.
        (Event::Pay(Sent::Done(_)), true) => Some(Phase::PosAsking(Doubt {
            told: true,
            ..asking
        })),
        (Event::Pay(Sent::Lost(_)), true) if planted(Planted::VoidOnPosTimeout) => undo,
        (Event::Pay(Sent::Lost(_)), true) => Some(Phase::PosAsking(asking)),
        // The licence counts otherwise than we do. Once: then the money goes back.
        (Event::Pay(Sent::Refused(problem)), true)
            if problem.reason == Reason::LicenceNumber && !again =>
        {
            Some(Phase::Renumbering)
        }
        // Neither does a refusal prove that nothing happened: something between may have sent the
        // payment twice, and no list of r_keeper's errors is complete.
        (Event::Pay(Sent::Refused(_)), true) => Some(Phase::PosAsking(Doubt {
            refused: true,
            ..Doubt::none()
        })),
        (Event::Pay(Sent::NotDone(_)), true) => undo,
        // The bytes could not be made: nothing leaves.
        (Event::Pay(Sent::Refused(_)), false) => undo,
        (Event::Cancel | Event::TimeUp | Event::Resume, false) => undo,
        (Event::Cancel, true) => Some(Phase::Paying { sent, again }),
        (Event::TimeUp | Event::Resume, true) => Some(Phase::PosAsking(asking)),
        (
            Event::Pay(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

/// The only copy was refused for its number. What keeps it from going again under another is looked
/// at as after every refusal.
pub(super) fn renumbering(event: &Event) -> Option<Phase> {
    let refused = Doubt {
        refused: true,
        ..Doubt::none()
    };
    match event {
        Event::AskedOrder(AskedOrder::Open | AskedOrder::NotShown) => Some(Phase::Paying {
            sent: false,
            again: true,
        }),
        Event::AskedOrder(_) => pos_asking(refused, event),
        Event::Cancel | Event::Resume => Some(Phase::PosAsking(refused)),
        Event::TimeUp => Some(Phase::Parked(At::Pos, refused)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

pub(super) fn pos_asking(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::AskedOrder(AskedOrder::PaidByUs(_)) => Some(Phase::Confirming(Doubt::none())),
        // What r_keeper once called paid, or what may be ours, is never taken for another's.
        Event::AskedOrder(AskedOrder::PaidByOther(_)) if doubt.told => {
            Some(Phase::Stuck(At::Pos, doubt))
        }
        Event::AskedOrder(AskedOrder::PaidUnclear(_)) => Some(Phase::Stuck(At::Pos, doubt)),
        Event::AskedOrder(AskedOrder::PaidByOther(_)) => Some(Phase::UndoNumbering(Doubt::none())),
        // Whatever was refused, a part of it was done, and anybody at the till may do the rest:
        // nothing goes back while it is there.
        Event::AskedOrder(AskedOrder::Intended) => Some(Phase::PosRepeating(Doubt {
            refused: false,
            earlier: true,
            ..doubt
        })),
        Event::AskedOrder(AskedOrder::Open | AskedOrder::NotShown) if doubt.surely_refused() => {
            Some(if doubt.told {
                Phase::Stuck(At::Pos, doubt)
            } else {
                Phase::UndoNumbering(Doubt::none())
            })
        }
        Event::AskedOrder(AskedOrder::Open) if doubt.refused => Some(if doubt.looked_enough() {
            Phase::Stuck(At::Pos, doubt)
        } else {
            Phase::PosAsking(doubt.looked())
        }),
        Event::AskedOrder(AskedOrder::Open) if planted(Planted::QueryThenVoid) => GIVE_BACK,
        Event::AskedOrder(AskedOrder::Open) => Some(Phase::PosRepeating(doubt)),
        // Sent again it would pay again: it is looked for, until a person says what became of it.
        Event::AskedOrder(AskedOrder::NotShown) => Some(Phase::PosAsking(doubt.asked())),
        Event::AskedOrder(AskedOrder::Failed(_)) => Some(Phase::PosAsking(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::PosAsking(doubt)),
        Event::TimeUp => Some(Phase::Parked(At::Pos, doubt)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::Confirm(_)
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

pub(super) fn pos_repeating(doubt: Doubt, event: &Event) -> Option<Phase> {
    match (event, doubt.sent) {
        (Event::Pay(Sent::Sending), false) => Some(Phase::PosRepeating(doubt.sending())),
        (Event::Pay(Sent::Refused(problem)), true) => Some(Phase::PosAsking(Doubt {
            refused: !problem.reason.passes_by_itself(),
            ..doubt.again()
        })),
        (Event::Pay(Sent::Done(_)), true) => Some(Phase::PosAsking(Doubt {
            told: true,
            ..doubt.again()
        })),
        (Event::Pay(Sent::NotDone(_) | Sent::Lost(_)), true) => {
            Some(Phase::PosAsking(doubt.again()))
        }
        (Event::Cancel, _) => Some(Phase::PosRepeating(doubt)),
        (Event::Resume, _) => Some(Phase::PosAsking(doubt.interrupted())),
        (Event::TimeUp, _) => Some(Phase::Parked(At::Pos, doubt.interrupted())),
        (
            Event::Pay(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::AskedOrder(_)
            | Event::Confirm(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

pub(super) fn confirming(doubt: Doubt, event: &Event) -> Option<Phase> {
    match (event, doubt.sent) {
        (Event::Confirm(Sent::Sending), false) => Some(Phase::Confirming(doubt.sending())),
        (Event::Confirm(Sent::Done(())), true) => Some(Phase::Done),
        (Event::Confirm(Sent::Refused(_)), true) => Some(Phase::Stuck(At::Confirm, doubt.again())),
        (Event::Confirm(Sent::NotDone(_) | Sent::Lost(_)), true) => {
            Some(Phase::Confirming(doubt.again()))
        }
        (Event::Cancel, _) => Some(Phase::Confirming(doubt)),
        (Event::Resume, _) => Some(Phase::Confirming(doubt.interrupted())),
        (Event::TimeUp, _) => Some(Phase::Parked(At::Confirm, doubt.interrupted())),
        (
            Event::Confirm(_)
            | Event::OrderConfirmed
            | Event::Begun(_)
            | Event::Decided(_)
            | Event::OrderNotConfirmed(_)
            | Event::Numbered(_)
            | Event::NotNumbered(_)
            | Event::Reserve(_)
            | Event::AskedReserve(_)
            | Event::Pay(_)
            | Event::AskedOrder(_)
            | Event::Undo(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}
