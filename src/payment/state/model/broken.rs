//! Machines that are broken in one place each: the model must find a course to the harm.

use super::*;

/// What is broken, how, at which site it hurts, and the property that must fall.
pub struct Broken {
    pub name: &'static str,
    pub rule: Rule,
    pub site: Site,
    pub falls: &'static str,
}

/// A small world is enough for each.
const SMALL: Site = Site {
    tills: 1,
    faults: 2,
    crashes: 1,
    refusals: 1,
    ..Site::BEST
};

const ADDITIVE: Site = Site {
    parts: true,
    total: 2 * SUM,
    ..SMALL
};

const BACK: Phase = Phase::UndoNumbering(Doubt::none());

/// The broken designs of the issue that a machine can have, and some more.
pub const ALL: [Broken; 14] = [
    Broken {
        name: "no key: the debit is sent again where every copy takes money",
        rule: |phase, event| match (phase, event) {
            (
                Phase::ReserveAsking(doubt),
                Event::AskedReserve(AskedWallet::Absent { .. } | AskedWallet::CannotTell { .. }),
            ) => Ok(Phase::Reserving(doubt)),
            _ => phase.next(event),
        },
        site: Site {
            may_repeat: false,
            ..SMALL
        },
        falls: "I3: no debit twice, no return of what was not taken",
    },
    Broken {
        name: "refund on timeout: a lost debit is given back unseen",
        rule: |phase, event| match (phase, event) {
            (Phase::Reserving(_), Event::Reserve(Sent::Lost(_))) => Ok(BACK),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I3: no debit twice, no return of what was not taken",
    },
    Broken {
        name: "no journal: what is sent is not on disk before",
        rule: Phase::next,
        site: Site {
            ahead: false,
            ..SMALL
        },
        falls: "I4: done is paid and taken, aborted is neither",
    },
    Broken {
        name: "void on POS timeout",
        rule: |phase, event| match (phase, event) {
            (Phase::Paying { sent: true, .. }, Event::Pay(Sent::Lost(_))) => Ok(BACK),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I18: nothing goes back that r_keeper has, or may yet get",
    },
    Broken {
        name: "query then void",
        rule: |phase, event| match (phase, event) {
            (Phase::PosAsking(_), Event::AskedOrder(AskedOrder::Open)) => Ok(BACK),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I18: nothing goes back that r_keeper has, or may yet get",
    },
    Broken {
        name: "no tombstone: an unwanted debit that is not there is forgotten",
        rule: |phase, event| match (phase, event) {
            (
                Phase::ReserveAsking(Doubt { unwanted: true, .. }),
                Event::AskedReserve(AskedWallet::Absent { .. }),
            ) => Ok(Phase::Aborted),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I4: done is paid and taken, aborted is neither",
    },
    Broken {
        name: "additive repeat",
        rule: |phase, event| match (phase, event) {
            (Phase::PosAsking(doubt), Event::AskedOrder(AskedOrder::NotShown)) => {
                Ok(Phase::PosRepeating(doubt))
            }
            _ => phase.next(event),
        },
        site: ADDITIVE,
        falls: "I5: at rest the books agree",
    },
    Broken {
        name: "paid read as paid by me",
        rule: |phase, event| match (phase, event) {
            (Phase::PosAsking(_), Event::AskedOrder(AskedOrder::PaidByOther(_))) => {
                Ok(Phase::Confirming(Doubt::none()))
            }
            _ => phase.next(event),
        },
        site: Site { tills: 2, ..SMALL },
        falls: "I4: done is paid and taken, aborted is neither",
    },
    Broken {
        name: "holds run out: a refused confirmation is taken for done",
        rule: |phase, event| match (phase, event) {
            (Phase::Confirming(_), Event::Confirm(Sent::Refused(_))) => Ok(Phase::Done),
            _ => phase.next(event),
        },
        site: Site {
            holds: true,
            ..SMALL
        },
        falls: "I4: done is paid and taken, aborted is neither",
    },
    Broken {
        name: "a new name for a return that may have happened",
        rule: |phase, event| match (phase, event) {
            (Phase::UndoAsking(doubt), Event::AskedUndo(AskedWallet::Failed(_))) => {
                Ok(Phase::UndoNumbering(doubt))
            }
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I17: a new name only for what never was and never will be",
    },
    Broken {
        name: "the refusal of a repeat is believed",
        rule: |phase, event| match (phase, event) {
            (Phase::PosRepeating(_), Event::Pay(Sent::Refused(_))) => Ok(BACK),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I18: nothing goes back that r_keeper has, or may yet get",
    },
    Broken {
        name: "time up ends doubt",
        rule: |phase, event| match (phase, event) {
            (Phase::PosAsking(_), Event::TimeUp) => Ok(BACK),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I12: nothing leaves rest, no doubt ends by a guess",
    },
    Broken {
        name: "a paid bill can be cancelled",
        rule: |phase, event| match (phase, event) {
            (Phase::Done, Event::Cancel) => Ok(BACK),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I12: nothing leaves rest, no doubt ends by a guess",
    },
    Broken {
        name: "a refused repeat is asked for, for ever",
        rule: |phase, event| match (phase, event) {
            (
                Phase::PosAsking(doubt @ Doubt { refused: true, .. }),
                Event::AskedOrder(AskedOrder::Open),
            ) => Ok(Phase::PosAsking(doubt)),
            _ => phase.next(event),
        },
        site: SMALL,
        falls: "I25: left alone, a till comes to an end",
    },
];
