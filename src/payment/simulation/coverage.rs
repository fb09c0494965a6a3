//! What the courses reached.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use crate::payment::state::refund::{self, AskedAnnul, RefundAt, RefundEvent, RefundPhase};
use crate::payment::state::{AskedOrder, AskedWallet, At, Event, Phase, Sent, Verdict, table};

type Counts<K> = BTreeMap<K, u64>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    pub(super) faults: Counts<Fault>,
    pub(super) events: Counts<&'static str>,
    pub(super) actions: Counts<String>,
    /// From kind to kind, of payments and refunds.
    pub(super) steps: Counts<(&'static str, &'static str)>,
    /// Payments by how they ended.
    pub(super) ends: Counts<&'static str>,
    pub(super) calls: u64,
}

impl Coverage {
    pub(super) fn merge(&mut self, other: Self) {
        fn add<K: Ord>(to: &mut Counts<K>, from: Counts<K>) {
            for (key, count) in from {
                *to.entry(key).or_default() += count;
            }
        }
        add(&mut self.faults, other.faults);
        add(&mut self.events, other.events);
        add(&mut self.actions, other.actions);
        add(&mut self.steps, other.steps);
        add(&mut self.ends, other.ends);
        self.calls += other.calls;
    }

    pub(super) fn step(&mut self, before: Phase, event: &Event, after: Phase) {
        *self.events.entry(event_word(event)).or_default() += 1;
        *self
            .actions
            .entry(format!("{:?}", before.action()))
            .or_default() += 1;
        let step = (kind(before), kind(after));
        *self.steps.entry(step).or_default() += 1;
    }

    pub(super) fn refund_step(
        &mut self,
        before: RefundPhase,
        event: &RefundEvent,
        after: RefundPhase,
    ) {
        *self.events.entry(refund_word(event)).or_default() += 1;
        let action = format!("refund {:?}", before.action());
        *self.actions.entry(action).or_default() += 1;
        let step = (refund_kind(before), refund_kind(after));
        *self.steps.entry(step).or_default() += 1;
    }
}

/// Every step from kind to kind that the machines admit.
pub(super) fn admitted() -> BTreeSet<(&'static str, &'static str)> {
    let events = table::events();
    let refunds = refund::tests::events();
    let steps = table::phases().flat_map(|phase| {
        let next = events
            .iter()
            .filter_map(move |event| phase.next(event).ok());
        next.map(move |next| (kind(phase), kind(next)))
    });
    let refund_steps = refund::tests::phases().into_iter().flat_map(|phase| {
        let next = refunds
            .iter()
            .filter_map(move |event| phase.next(event).ok());
        next.map(move |next| (refund_kind(phase), refund_kind(next)))
    });
    steps.chain(refund_steps).collect()
}

/// What the machines admit and no course can take, with the reason.
const UNREACHABLE: [(&str, &str); 8] = [
    // Nothing leads to these; they stand in the table because a journal may hold anything.
    ("Stuck(UndoNumber)", "Aborted"),
    ("Stuck(UndoNumber)", "UndoNumbering"),
    ("refund Stuck(Annul)", "refund AnnulAsking"),
    ("refund Stuck(Annul)", "refund Done"),
    ("refund Stuck(Annul)", "refund DoneByHand"),
    // A return without a name was never sent: nobody who looks can find that it happened.
    ("Parked(UndoNumber)", "Aborted"),
    // The driver has waited before it asked; it does not give up between asking and sending.
    ("refund Annulling", "refund Parked(Annul)"),
    ("refund Returning", "refund Parked(Return)"),
];

/// Whether the driver can take that step at all.
pub(super) fn is_reachable((from, to): (&str, &str)) -> bool {
    let rests = [
        "Done",
        "Aborted",
        "refund Done",
        "refund DoneByHand",
        "refund Refused",
    ];
    let waits = ["Parked", "Stuck", "refund Parked", "refund Stuck"];
    let at_rest = rests.contains(&from) || waits.iter().any(|kind| from.starts_with(kind));
    // Only where the licence counts: those courses are looked at by themselves.
    let counts = from == "Renumbering" || to == "Renumbering";
    // Cancelling and time-up are for what is being worked on.
    let nothing_happens = from == to && at_rest;
    !nothing_happens && !counts && !UNREACHABLE.contains(&(from, to))
}

/// The word of an event that only sites with receipts of intent have; those courses are looked at by
/// themselves.
pub(super) const MEANT: &str = "asked order: intended";

/// Every word of an event.
pub(super) fn event_words() -> BTreeSet<&'static str> {
    let (events, refunds) = (table::events(), refund::tests::events());
    let words = events.iter().map(event_word);
    words.chain(refunds.iter().map(refund_word)).collect()
}

pub(super) const fn kind(phase: Phase) -> &'static str {
    match phase {
        Phase::Checking => "Checking",
        Phase::Numbering => "Numbering",
        Phase::Reserving(_) => "Reserving",
        Phase::ReserveAsking(_) => "ReserveAsking",
        Phase::Paying { .. } => "Paying",
        Phase::Renumbering => "Renumbering",
        Phase::PosAsking(_) => "PosAsking",
        Phase::PosRepeating(_) => "PosRepeating",
        Phase::Confirming(_) => "Confirming",
        Phase::UndoNumbering(_) => "UndoNumbering",
        Phase::Undoing(_) => "Undoing",
        Phase::UndoAsking(_) => "UndoAsking",
        Phase::Done => "Done",
        Phase::Aborted => "Aborted",
        Phase::Parked(At::Reserve, _) => "Parked(Reserve)",
        Phase::Parked(At::Pos, _) => "Parked(Pos)",
        Phase::Parked(At::Confirm, _) => "Parked(Confirm)",
        Phase::Parked(At::UndoNumber, _) => "Parked(UndoNumber)",
        Phase::Parked(At::Undo, _) => "Parked(Undo)",
        Phase::Stuck(At::Reserve, _) => "Stuck(Reserve)",
        Phase::Stuck(At::Pos, _) => "Stuck(Pos)",
        Phase::Stuck(At::Confirm, _) => "Stuck(Confirm)",
        Phase::Stuck(At::UndoNumber, _) => "Stuck(UndoNumber)",
        Phase::Stuck(At::Undo, _) => "Stuck(Undo)",
    }
}

pub(super) const fn refund_kind(phase: RefundPhase) -> &'static str {
    match phase {
        RefundPhase::Numbering => "refund Numbering",
        RefundPhase::Returning(_) => "refund Returning",
        RefundPhase::ReturnAsking(_) => "refund ReturnAsking",
        RefundPhase::AnnulAsking(_) => "refund AnnulAsking",
        RefundPhase::Annulling(_) => "refund Annulling",
        RefundPhase::Done => "refund Done",
        RefundPhase::DoneByHand => "refund DoneByHand",
        RefundPhase::Refused => "refund Refused",
        RefundPhase::Parked(RefundAt::Return, _) => "refund Parked(Return)",
        RefundPhase::Parked(RefundAt::Annul, _) => "refund Parked(Annul)",
        RefundPhase::Stuck(RefundAt::Return, _) => "refund Stuck(Return)",
        RefundPhase::Stuck(RefundAt::Annul, _) => "refund Stuck(Annul)",
    }
}

macro_rules! sent_words {
    ($sent:expr, $name:literal) => {
        match $sent {
            Sent::Sending => concat!($name, " sending"),
            Sent::Done(_) => concat!($name, " done"),
            Sent::Refused(_) => concat!($name, " refused"),
            Sent::NotDone(_) => concat!($name, " not done"),
            Sent::Lost(_) => concat!($name, " lost"),
        }
    };
}

macro_rules! asked_words {
    ($asked:expr, $name:literal) => {
        match $asked {
            AskedWallet::Executed => concat!($name, " executed"),
            AskedWallet::Absent { may_repeat: true } => concat!($name, " absent"),
            AskedWallet::Absent { may_repeat: false } => concat!($name, " absent, once"),
            AskedWallet::Taken(_) => concat!($name, " taken"),
            AskedWallet::CannotTell { may_repeat: true } => concat!($name, " cannot tell"),
            AskedWallet::CannotTell { may_repeat: false } => concat!($name, " cannot tell, once"),
            AskedWallet::Failed(_) => concat!($name, " failed"),
        }
    };
}

const fn event_word(event: &Event) -> &'static str {
    match event {
        Event::OrderConfirmed => "order confirmed",
        Event::Begun(_) => "begun",
        Event::OrderNotConfirmed(_) => "order not confirmed",
        Event::Numbered(_) => "numbered",
        Event::NotNumbered(_) => "not numbered",
        Event::Reserve(sent) => sent_words!(sent, "reserve"),
        Event::AskedReserve(asked) => asked_words!(asked, "asked reserve"),
        Event::Pay(sent) => sent_words!(sent, "pay"),
        Event::AskedOrder(AskedOrder::PaidByUs(_)) => "asked order: ours",
        Event::AskedOrder(AskedOrder::PaidByOther(_)) => "asked order: other's",
        Event::AskedOrder(AskedOrder::PaidUnclear(_)) => "asked order: unclear",
        Event::AskedOrder(AskedOrder::Open) => "asked order: open",
        Event::AskedOrder(AskedOrder::NotShown) => "asked order: not shown",
        Event::AskedOrder(AskedOrder::Intended) => MEANT,
        Event::AskedOrder(AskedOrder::Failed(_)) => "asked order: failed",
        Event::Confirm(sent) => sent_words!(sent, "confirm"),
        Event::Undo(sent) => sent_words!(sent, "undo"),
        Event::AskedUndo(asked) => asked_words!(asked, "asked undo"),
        Event::Cancel => "cancel",
        Event::TimeUp => "time up",
        Event::Resume => "resume",
        Event::Decided(decision) => match decision.verdict {
            Verdict::AskAgain => "decided: ask again",
            Verdict::Happened => "decided: happened",
            Verdict::DidNot => "decided: did not",
        },
    }
}

const fn refund_word(event: &RefundEvent) -> &'static str {
    match event {
        RefundEvent::Numbered(_) => "refund numbered",
        RefundEvent::NotNumbered(_) => "refund not numbered",
        RefundEvent::Return(sent) => sent_words!(sent, "refund return"),
        RefundEvent::AskedReturn(asked) => asked_words!(asked, "refund asked return"),
        RefundEvent::AskedAnnul(AskedAnnul::Gone) => "refund asked annul: gone",
        RefundEvent::AskedAnnul(AskedAnnul::Stands) => "refund asked annul: stands",
        RefundEvent::AskedAnnul(AskedAnnul::CannotTell(_)) => "refund asked annul: cannot tell",
        RefundEvent::AskedAnnul(AskedAnnul::Failed(_)) => "refund asked annul: failed",
        RefundEvent::Annul(sent) => sent_words!(sent, "refund annul"),
        RefundEvent::TimeUp => "refund time up",
        RefundEvent::Resume => "refund resume",
        RefundEvent::Decided(decision) => match decision.verdict {
            Verdict::AskAgain => "refund decided: ask again",
            Verdict::Happened => "refund decided: happened",
            Verdict::DidNot => "refund decided: did not",
        },
    }
}
