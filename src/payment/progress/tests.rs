use super::*;
use crate::domain::{
    AccountId, AccountKind, Attribution, LineDue, Money, OrderGuid, Part, Quantity, Uid,
};
use crate::payment::refund::RefundPart;
use crate::payment::sale::{Leg, PaymentId};
use crate::payment::state::Doubt;
use crate::payment::state::refund::{AskedAnnul, RefundAt, RefundPhase};
use crate::payment::view::RefundStanding;

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// One dish of 10.00, two legs of 6.00 and 4.00.
fn begun() -> Progress {
    let leg = |number, kopecks| Leg {
        number,
        uid: Uid::new("61366822").unwrap(),
        card_id: "7".into(),
        client_id: "9".into(),
        card_number: None,
        entry: crate::domain::CardEntry::Reader,
        pin_checked_at: None,
        account: AccountId(number.to_string()),
        account_name: "Депозит".into(),
        type_id: "1".into(),
        kind: AccountKind::Money,
        amount: money(kopecks),
    };
    let due = money(1_000);
    let sale = Sale {
        payment: PaymentId::new(),
        order: OrderGuid("{G}".into()),
        order_name: "1".into(),
        station: None,
        waiter: None,
        version: 1,
        total: due,
        due,
        rest: Money::ZERO,
        by: crate::payment::sale::By::default(),
        lines: vec![LineDue {
            line_id: "1".into(),
            code: "1".into(),
            name: "1".into(),
            quantity: Quantity::ONE,
            base_price: due,
            due,
        }],
        legs: vec![leg(1, 600), leg(2, 400)],
        attribution: Attribution::in_order(&[due], &[money(600), money(400)]).unwrap(),
    };
    Progress::begin(sale, LockId("{L}".into()), at(0))
}

fn in_phase(phase: Phase) -> Progress {
    Progress { phase, ..begun() }
}

fn refund(leg: u32, kopecks: i64) -> Refund {
    Refund {
        id: RefundId::new(),
        parts: vec![RefundPart {
            leg,
            amount: money(kopecks),
        }],
        rows: Attribution {
            parts: vec![Part {
                line: 0,
                leg: 0,
                amount: money(kopecks),
            }],
        },
        whole: false,
        by_hand: false,
        operator: "Администратор".into(),
        approver: None,
        why: "вернули блюдо".into(),
        lock: LockId("{R}".into()),
    }
}

fn problem(reason: Reason) -> Problem {
    Problem::own(reason, "")
}

fn receipt(check_num: &str, warning: Option<&str>) -> Receipt {
    Receipt {
        check_num: Some(check_num.into()),
        warning: warning.map(str::to_owned),
    }
}

fn apply(progress: &mut Progress, events: impl IntoIterator<Item = Event>) {
    for (second, event) in (1..).zip(events) {
        progress.apply(&event, at(second)).unwrap();
    }
}

fn number(name: &str) -> Event {
    Event::Numbered(OperationId(name.into()))
}

fn debited() -> [Event; 4] {
    [
        Event::OrderConfirmed,
        number("1"),
        Event::Reserve(Sent::Sending),
        Event::Reserve(Sent::Done(())),
    ]
}

const DOUBT: Doubt = Doubt {
    sent: false,
    earlier: false,
    refused: false,
    told: false,
    unwanted: false,
    looks: 0,
    tries: 0,
};

#[test]
fn words_of_the_journal() {
    for (kind, word) in [
        (RequestKind::Reserve, "reserve"),
        (RequestKind::Pay, "pay"),
        (RequestKind::Undo, "undo"),
    ] {
        assert_eq!(kind.word(), word);
    }
    assert_eq!(RefundRequestKind::Return.word(), "return");
    assert_eq!(RefundRequestKind::Annul.word(), "annul");
}

/// What screens say of every phase.
#[test]
fn what_a_phase_looks_like() {
    let sent = Doubt {
        sent: true,
        ..DOUBT
    };
    let earlier = Doubt {
        earlier: true,
        ..DOUBT
    };
    for (phase, step, leg) in [
        (Phase::Checking, Step::CheckingOrder, LegState::Waiting),
        (Phase::Numbering, Step::Debiting, LegState::Waiting),
        (Phase::Reserving(DOUBT), Step::Debiting, LegState::Waiting),
        (Phase::Reserving(sent), Step::Debiting, LegState::Asking),
        (Phase::Reserving(earlier), Step::Debiting, LegState::Asking),
        (
            Phase::ReserveAsking(earlier),
            Step::AskingLime,
            LegState::Asking,
        ),
        (
            Phase::Paying {
                sent: false,
                again: false,
            },
            Step::Paying,
            LegState::Debited,
        ),
        (Phase::Renumbering, Step::AskingRkeeper, LegState::Debited),
        (
            Phase::PosAsking(earlier),
            Step::AskingRkeeper,
            LegState::Debited,
        ),
        (
            Phase::PosRepeating(earlier),
            Step::Paying,
            LegState::Debited,
        ),
        (
            Phase::Confirming(DOUBT),
            Step::Confirming,
            LegState::Debited,
        ),
        (
            Phase::UndoNumbering(DOUBT),
            Step::GivingBack,
            LegState::GivingBack,
        ),
        (
            Phase::Undoing(DOUBT),
            Step::GivingBack,
            LegState::GivingBack,
        ),
        (
            Phase::UndoAsking(earlier),
            Step::GivingBack,
            LegState::GivingBack,
        ),
        (
            Phase::Parked(At::Reserve, earlier),
            Step::Finished,
            LegState::Asking,
        ),
        (
            Phase::Parked(At::Pos, earlier),
            Step::Finished,
            LegState::Debited,
        ),
        (
            Phase::Stuck(At::Undo, earlier),
            Step::Finished,
            LegState::GivingBack,
        ),
        (Phase::Done, Step::Finished, LegState::Paid),
        (Phase::Aborted, Step::Finished, LegState::NotCharged),
    ] {
        let view = in_phase(phase).view(Some(7));
        assert_eq!((view.step, view.legs[0].state), (step, leg), "{phase:?}");
        assert_eq!(view.seconds_left, Some(7));
    }
    let mut given_back = begun();
    apply(&mut given_back, debited());
    apply(
        &mut given_back,
        [
            Event::Cancel,
            number("2"),
            Event::Undo(Sent::Sending),
            Event::Undo(Sent::Done(())),
        ],
    );
    assert_eq!(given_back.view(None).legs[1].state, LegState::GivenBack);
}

/// Just as often as it may be asked in vain, or begun just when it was overdue: a manager's.
#[test]
fn when_a_manager_is_needed() {
    for (tries, overdue, standing) in [
        (5, None, Standing::Unknown),
        (6, None, Standing::NeedsManager),
        (0, Some(at(-1)), Standing::Unknown),
        (0, Some(at(0)), Standing::NeedsManager),
        (0, Some(at(1)), Standing::NeedsManager),
    ] {
        let doubt = Doubt { tries, ..DOUBT };
        let mut progress = in_phase(Phase::Parked(At::Pos, doubt));
        progress.overdue_since = overdue;
        assert_eq!(progress.standing(), standing, "{tries} {overdue:?}");
        assert_eq!(progress.view(None).tries, tries);
    }
    let stuck = in_phase(Phase::Stuck(At::Pos, DOUBT));
    assert_eq!(stuck.standing(), Standing::NeedsManager);
    assert_eq!(stuck.view(None).may_say, Verdict::ALL);
}

/// Why money goes back is told first, whatever is in the way of giving it back.
#[test]
fn the_first_reason_is_the_one_that_is_told() {
    let reason = |progress: &Progress| progress.problem.as_ref().map(|problem| problem.reason);
    let mut progress = begun();
    apply(&mut progress, debited());
    assert_eq!(reason(&progress), None);
    apply(&mut progress, [Event::Cancel]);
    assert_eq!(reason(&progress), Some(Reason::Cancelled));
    let in_the_way = Event::NotNumbered(problem(Reason::ServerUnreachable));
    apply(&mut progress, [in_the_way.clone()]);
    assert_eq!(reason(&progress), Some(Reason::Cancelled));
    // Nothing is known of why: then what is in the way is told.
    let mut silent = in_phase(Phase::UndoNumbering(DOUBT));
    apply(&mut silent, [in_the_way]);
    assert_eq!(reason(&silent), Some(Reason::ServerUnreachable));
    // A restart or the time explains only what had no reason yet; cancelling always does.
    let refused = || Progress {
        problem: Some(problem(Reason::NotEnoughMoney)),
        ..begun()
    };
    for (event, told) in [
        (Event::Cancel, Reason::Cancelled),
        (Event::Resume, Reason::NotEnoughMoney),
        (Event::TimeUp, Reason::NotEnoughMoney),
    ] {
        let mut progress = refused();
        apply(&mut progress, [event.clone()]);
        assert_eq!(reason(&progress), Some(told), "{event:?}");
    }
    for (event, told) in [
        (Event::Resume, Reason::Interrupted),
        (Event::TimeUp, Reason::AnswerLost),
    ] {
        let mut progress = begun();
        apply(&mut progress, [event.clone()]);
        assert_eq!(reason(&progress), Some(told), "{event:?}");
    }
    // What turned nothing explains nothing.
    let mut progress = begun();
    apply(&mut progress, debited());
    apply(&mut progress, [Event::Pay(Sent::Sending), Event::Cancel]);
    assert_eq!(reason(&progress), None);
    let mut resting = in_phase(Phase::Aborted);
    apply(&mut resting, [Event::Cancel]);
    assert_eq!(reason(&resting), None);
}

/// A debit that was in doubt and went through leaves no problem behind; one that goes back does.
#[test]
fn a_debit_that_went_through_has_no_problem() {
    for (cancelled, left) in [(false, None), (true, Some(Reason::Cancelled))] {
        let mut progress = begun();
        apply(
            &mut progress,
            [
                Event::OrderConfirmed,
                number("1"),
                Event::Reserve(Sent::Sending),
                Event::Reserve(Sent::Lost(problem(Reason::AnswerLost))),
            ],
        );
        assert!(progress.problem.is_some());
        if cancelled {
            apply(&mut progress, [Event::Cancel]);
        }
        apply(&mut progress, [Event::AskedReserve(AskedWallet::Executed)]);
        assert_eq!(progress.problem.map(|problem| problem.reason), left);
    }
}

/// The printer's trouble is told with the paid bill, whichever answer said so.
#[test]
fn a_warning_of_the_printer_outlives_the_look() {
    for (told, seen, warned) in [
        (None, None, None),
        (Some("нет бумаги"), None, Some("нет бумаги")),
        (None, Some("нет бумаги"), Some("нет бумаги")),
        (Some("нет бумаги"), Some("нет связи"), Some("нет связи")),
    ] {
        let mut progress = begun();
        apply(&mut progress, debited());
        apply(
            &mut progress,
            [
                Event::Pay(Sent::Sending),
                Event::Pay(Sent::Done(receipt("7", told))),
                Event::AskedOrder(AskedOrder::Failed(problem(Reason::ServerUnreachable))),
            ],
        );
        assert!(progress.problem.is_some());
        apply(
            &mut progress,
            [
                Event::AskedOrder(AskedOrder::PaidByUs(receipt("8", seen))),
                Event::Confirm(Sent::Sending),
                Event::Confirm(Sent::Done(())),
            ],
        );
        let view = progress.view(None);
        assert_eq!(view.check_num.as_deref(), Some("8"));
        assert_eq!(view.lime_check.as_deref(), Some("1"));
        assert_eq!(view.receipt_warning(), warned);
        let problem = view.problem;
        assert_eq!(
            problem.as_ref().map(|problem| problem.reason),
            warned.map(|_| Reason::PrinterFailed)
        );
        assert_eq!(problem.map(|problem| problem.detail).as_deref(), warned);
    }
}

/// The name of the return is its own, and other bytes go under it.
#[test]
fn a_return_has_its_own_name_and_bytes() {
    let mut progress = begun();
    apply(&mut progress, debited());
    for (kind, body) in [
        (RequestKind::Reserve, "r"),
        (RequestKind::Pay, "p"),
        (RequestKind::Undo, "u"),
    ] {
        progress.keep(kind, body.into());
    }
    apply(&mut progress, [Event::Cancel, number("2")]);
    assert_eq!(progress.debit, Some(OperationId("1".into())));
    assert_eq!(progress.give_back, Some(OperationId("2".into())));
    assert_eq!(progress.debit_body.as_deref(), Some(&b"r"[..]));
    assert_eq!(progress.pay_body.as_deref(), Some(&b"p"[..]));
    assert_eq!(progress.undo_body, None);
    // Both movements are in the reports, with their times.
    apply(
        &mut progress,
        [Event::Undo(Sent::Sending), Event::Undo(Sent::Done(()))],
    );
    let booked = |progress: &Progress| -> Vec<_> {
        let record = progress.record();
        let booking = |booking: &Booking| (booking.operation.0.clone(), booking.kind, booking.at);
        record.bookings.iter().map(booking).collect()
    };
    let expected = [
        ("1".to_owned(), BookingKind::Debit, at(4)),
        ("2".to_owned(), BookingKind::Return, at(2)),
    ];
    assert_eq!(booked(&progress), expected);
    assert!(booked(&begun()).is_empty());
}

#[test]
fn what_is_left_of_a_leg() {
    let mut progress = in_phase(Phase::Done);
    assert!(progress.rests() && !progress.is_open());
    let sums = |progress: &Progress| {
        let of = |leg| {
            (
                progress.returned_of(leg).kopecks(),
                progress.left_of(leg).kopecks(),
            )
        };
        [of(0), of(1), of(2)]
    };
    assert_eq!(sums(&progress), [(0, 600), (0, 400), (0, 0)]);
    let first = refund(1, 250);
    progress.begin_refund(first.clone(), at(1)).unwrap();
    let twice = progress.begin_refund(first.clone(), at(2));
    assert_eq!(twice, Err(ReplayError::NoRefund(first.id)));
    // Nothing was sent for it yet.
    assert_eq!(sums(&progress), [(0, 600), (0, 400), (0, 0)]);
    assert!(!progress.rests() && progress.is_open());
    for (phase, returned, rests, open) in [
        (RefundPhase::Returning(DOUBT), 250, false, true),
        (RefundPhase::Refused, 0, true, false),
        (RefundPhase::DoneByHand, 250, false, false),
        (RefundPhase::Done, 250, true, false),
    ] {
        progress.refund(first.id).unwrap().phase = phase;
        assert_eq!(sums(&progress)[0], (returned, 600 - returned), "{phase:?}");
        assert_eq!(sums(&progress)[1], (0, 400));
        assert_eq!(
            (progress.rests(), progress.is_open()),
            (rests, open),
            "{phase:?}"
        );
    }
    let more = refund(1, 350);
    progress.begin_refund(more.clone(), at(3)).unwrap();
    progress.refund(more.id).unwrap().phase = RefundPhase::Done;
    assert_eq!(sums(&progress)[0], (600, 0));
    assert_eq!(progress.view(None).legs[0].refunded, money(600));
    // A damaged journal: more came back than was taken. Nothing is left, not less than that.
    progress.begin_refund(refund(1, 1), at(4)).unwrap();
    progress.refunds[2].phase = RefundPhase::Done;
    assert_eq!(sums(&progress)[0], (601, 0));
    assert_eq!(progress.refund_of(more.id).unwrap().refund.id, more.id);
    let strange = RefundId::new();
    assert_eq!(
        progress.refund_of(strange),
        Err(ReplayError::NoRefund(strange))
    );
    assert!(progress.refund(strange).is_err());
    progress.phase = Phase::Confirming(DOUBT);
    assert!(!progress.rests() && progress.is_open());
}

#[test]
fn rows_that_do_not_add_up() {
    let Progress { sale, lock, .. } = begun();
    let intent = || Entry::Intent {
        sale: Box::new(sale.clone()),
        lock: lock.clone(),
    };
    let id = RefundId::new();
    let replay = |entries: Vec<Entry>| {
        Progress::replay(entries.into_iter().map(|entry| (at(0), entry))).map(|_| ())
    };
    assert_eq!(replay(vec![]), Err(ReplayError::NoIntent));
    assert_eq!(
        replay(vec![Entry::Event(Event::Cancel)]),
        Err(ReplayError::NoIntent)
    );
    assert_eq!(
        replay(vec![intent(), intent()]),
        Err(ReplayError::SecondIntent)
    );
    assert!(matches!(
        replay(vec![intent(), Entry::Event(Event::Confirm(Sent::Sending))]),
        Err(ReplayError::Illegal(_))
    ));
    for row in [
        Entry::RefundRequest(id, RefundRequestKind::Return, vec![]),
        Entry::RefundEvent(id, RefundEvent::Resume),
    ] {
        assert_eq!(replay(vec![intent(), row]), Err(ReplayError::NoRefund(id)));
    }
    assert_eq!(replay(vec![intent(), Entry::Event(Event::Cancel)]), Ok(()));
}

/// A refund as its rows add up: names, bytes, times, what is in the way.
#[test]
fn a_refund_adds_up() {
    let payment = in_phase(Phase::Done);
    let mut progress = RefundProgress::begin(refund(1, 250), at(0));
    progress.keep(RefundRequestKind::Return, b"r".to_vec());
    progress.keep(RefundRequestKind::Annul, b"a".to_vec());
    assert_eq!(progress.return_body.as_deref(), Some(&b"r"[..]));
    assert_eq!(progress.annul_body.as_deref(), Some(&b"a"[..]));
    let mut happens = |event: RefundEvent, second| progress.apply(&event, at(second)).unwrap();
    happens(RefundEvent::Numbered(OperationId("2".into())), 1);
    happens(RefundEvent::Return(Sent::Sending), 2);
    happens(
        RefundEvent::Return(Sent::Lost(problem(Reason::AnswerLost))),
        3,
    );
    assert_eq!(progress.operation, Some(OperationId("2".into())));
    assert_eq!(progress.problem, Some(problem(Reason::AnswerLost)));
    assert_eq!(
        (progress.returned_at, progress.view(&payment).returned),
        (None, false)
    );
    let executed = RefundEvent::AskedReturn(AskedWallet::Executed);
    progress.apply(&executed, at(4)).unwrap();
    assert_eq!(progress.problem, None);
    assert_eq!(progress.returned_at, Some(at(4)));
    let failed = AskedAnnul::CannotTell(problem(Reason::OrderNotFound));
    progress
        .apply(&RefundEvent::AskedAnnul(failed), at(5))
        .unwrap();
    let view = progress.view(&payment);
    assert_eq!(
        (view.standing, view.returned),
        (RefundStanding::ByHand, true)
    );
    assert_eq!(view.problem, Some(problem(Reason::OrderNotFound)));
    assert_eq!(view.may_say, [Verdict::AskAgain, Verdict::Happened]);
    assert_eq!(view.parts, [(1, money(250))]);
    let decided = |verdict| {
        RefundEvent::Decided(Decision {
            verdict,
            operator: "Администратор".into(),
            approver: None,
            why: "аннулирован".into(),
        })
    };
    progress.apply(&decided(Verdict::Happened), at(6)).unwrap();
    assert_eq!(
        (progress.phase, progress.problem.as_ref()),
        (RefundPhase::Done, None)
    );
    assert_eq!(progress.returned_at, Some(at(4)), "known since then");
    assert_eq!(progress.decisions.len(), 1);
    // Known only from a person: from then on; and what did not return has no time.
    for (verdict, returned_at) in [(Verdict::Happened, Some(at(7))), (Verdict::DidNot, None)] {
        let mut parked = RefundProgress::begin(refund(1, 250), at(0));
        parked.phase = RefundPhase::Stuck(RefundAt::Return, DOUBT);
        parked.apply(&decided(verdict), at(7)).unwrap();
        assert_eq!(parked.returned_at, returned_at);
    }
}

#[test]
fn where_a_refund_stands() {
    let often = Doubt { tries: 6, ..DOUBT };
    for (phase, standing) in [
        (RefundPhase::Numbering, RefundStanding::Working),
        (RefundPhase::Annulling(DOUBT), RefundStanding::Working),
        (
            RefundPhase::Parked(RefundAt::Return, DOUBT),
            RefundStanding::Unknown,
        ),
        (
            RefundPhase::Parked(RefundAt::Annul, often),
            RefundStanding::NeedsManager,
        ),
        (
            RefundPhase::Stuck(RefundAt::Return, DOUBT),
            RefundStanding::NeedsManager,
        ),
        (RefundPhase::Refused, RefundStanding::Refused),
        (RefundPhase::Done, RefundStanding::Refunded),
    ] {
        let mut progress = RefundProgress::begin(refund(1, 250), at(0));
        progress.phase = phase;
        assert_eq!(
            progress.standing(&in_phase(Phase::Done)),
            standing,
            "{phase:?}"
        );
    }
}
