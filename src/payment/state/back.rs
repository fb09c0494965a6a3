//! Back to the guests: the return of a debit that is not wanted any more.

use super::{AskedWallet, At, Doubt, Event, Phase, Sent};

pub(super) const GIVE_BACK: Option<Phase> = Some(Phase::UndoNumbering(Doubt::none()));

pub(super) fn undo_numbering(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::Numbered(_) => Some(Phase::Undoing(Doubt::none())),
        Event::NotNumbered(_) => Some(Phase::UndoNumbering(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::UndoNumbering(doubt)),
        Event::TimeUp => Some(Phase::Parked(At::UndoNumber, doubt)),
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

pub(super) fn undoing(doubt: Doubt, event: &Event) -> Option<Phase> {
    match (event, doubt.sent) {
        (Event::Undo(Sent::Sending), false) => Some(Phase::Undoing(doubt.sending())),
        (Event::Undo(Sent::Done(())), true) => Some(Phase::Aborted),
        (Event::Undo(Sent::Refused(_)), true) if doubt.earlier => Some(Phase::UndoAsking(Doubt {
            refused: true,
            ..doubt.again()
        })),
        // Nothing but the refused copy ever left: its name is over.
        (Event::Undo(Sent::Refused(_)), sent) => Some(Phase::Stuck(
            At::Undo,
            Doubt {
                sent: false,
                refused: sent,
                ..doubt
            },
        )),
        (Event::Undo(Sent::NotDone(_)), true) if doubt.earlier => {
            Some(Phase::UndoAsking(doubt.again()))
        }
        (Event::Undo(Sent::NotDone(_)), true) => Some(Phase::Undoing(Doubt {
            sent: false,
            ..doubt.asked()
        })),
        (Event::Undo(Sent::Lost(_)), true) => Some(Phase::UndoAsking(doubt.lost())),
        (Event::Cancel, _) => Some(Phase::Undoing(doubt)),
        (Event::Resume, _) => {
            let doubt = doubt.interrupted();
            Some(if doubt.earlier {
                Phase::UndoAsking(doubt)
            } else {
                Phase::Undoing(doubt)
            })
        }
        (Event::TimeUp, _) => Some(Phase::Parked(At::Undo, doubt.interrupted())),
        (
            Event::Undo(_)
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
            | Event::Confirm(_)
            | Event::AskedUndo(_),
            _,
        ) => None,
    }
}

pub(super) fn undo_asking(doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::AskedUndo(AskedWallet::Executed) => Some(Phase::Aborted),
        Event::AskedUndo(AskedWallet::Taken(_)) => Some(Phase::UndoNumbering(doubt.renamed())),
        Event::AskedUndo(AskedWallet::Absent { .. }) if doubt.surely_refused() => {
            Some(Phase::UndoNumbering(doubt.renamed()))
        }
        Event::AskedUndo(
            AskedWallet::Absent { may_repeat: true } | AskedWallet::CannotTell { may_repeat: true },
        ) if !doubt.refused => Some(Phase::Undoing(doubt)),
        Event::AskedUndo(AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. }) => {
            Some(Phase::Stuck(At::Undo, doubt))
        }
        Event::AskedUndo(AskedWallet::Failed(_)) => Some(Phase::UndoAsking(doubt.asked())),
        Event::Cancel | Event::Resume => Some(Phase::UndoAsking(doubt)),
        Event::TimeUp => Some(Phase::Parked(At::Undo, doubt)),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::Decided(_)
        | Event::OrderNotConfirmed(_)
        | Event::Numbered(_)
        | Event::NotNumbered(_)
        | Event::Reserve(_)
        | Event::AskedReserve(_)
        | Event::Pay(_)
        | Event::AskedOrder(_)
        | Event::Confirm(_)
        | Event::Undo(_) => None,
    }
}
