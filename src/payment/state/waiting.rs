//! At rest: what recovery takes up, and what a person decides.

use super::{At, Doubt, Event, Phase, Verdict};

/// Nothing leaves Done or Aborted.
pub(super) fn resting(phase: Phase, event: &Event) -> Option<Phase> {
    match event {
        Event::Cancel | Event::TimeUp | Event::Resume => Some(phase),
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
        | Event::Undo(_)
        | Event::AskedUndo(_) => None,
    }
}

pub(super) fn waiting(phase: Phase, at: At, doubt: Doubt, event: &Event) -> Option<Phase> {
    match event {
        Event::Resume => Some(taken_up(at, doubt)),
        Event::Decided(decision) => decided(at, doubt, decision.verdict),
        Event::Cancel | Event::TimeUp => Some(phase),
        Event::OrderConfirmed
        | Event::Begun(_)
        | Event::OrderNotConfirmed(_)
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

pub(super) const fn taken_up(at: At, doubt: Doubt) -> Phase {
    match at {
        At::Reserve => Phase::ReserveAsking(doubt),
        // What was in the way, a closed shift for one, may be gone by now.
        At::Pos => Phase::PosAsking(doubt.afresh()),
        At::Confirm => Phase::Confirming(doubt),
        At::UndoNumber => Phase::UndoNumbering(doubt),
        // What was in the way of a refused return may be gone too; then it goes under a new name.
        At::Undo if doubt.earlier || doubt.refused => Phase::UndoAsking(doubt.afresh()),
        At::Undo => Phase::Undoing(doubt),
    }
}

/// `None`: a paid order whose money cannot be taken is not put right by saying that it was not.
pub(super) const fn decided(at: At, doubt: Doubt, verdict: Verdict) -> Option<Phase> {
    let give_back = Phase::UndoNumbering(Doubt::none());
    match (verdict, at) {
        (Verdict::AskAgain, _) => Some(taken_up(at, doubt)),
        (Verdict::Happened, At::Reserve) => Some(give_back),
        (Verdict::DidNot, At::Reserve) => Some(Phase::Aborted),
        (Verdict::Happened, At::Pos) => Some(Phase::Confirming(Doubt::none())),
        (Verdict::DidNot, At::Pos) => Some(give_back),
        (Verdict::Happened, At::Confirm) => Some(Phase::Done),
        (Verdict::DidNot, At::Confirm) => None,
        (Verdict::Happened, At::UndoNumber | At::Undo) => Some(Phase::Aborted),
        // Under a new name: the old one was refused, or its copies cannot arrive any more.
        (Verdict::DidNot, At::UndoNumber | At::Undo) => Some(give_back),
    }
}
