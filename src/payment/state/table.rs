//! The whole table: every phase with every event.

use std::fmt::Write as _;

use super::*;
use crate::payment::ports::{LineId, OperationId, Receipt};
use crate::payment::reason::{Problem, Reason};

fn problem(reason: Reason) -> Problem {
    Problem::own(reason, "")
}

fn receipt() -> Receipt {
    Receipt {
        check_num: None,
        warning: None,
    }
}

fn sent<T>(done: T) -> [Sent<T>; 6] {
    [
        Sent::Sending,
        Sent::Done(done),
        Sent::Refused(problem(Reason::SumMismatch)),
        // Will not last.
        Sent::Refused(problem(Reason::OrderLocked)),
        Sent::NotDone(problem(Reason::ServerUnreachable)),
        Sent::Lost(problem(Reason::AnswerLost)),
    ]
}

fn asked_wallet() -> [AskedWallet; 7] {
    [
        AskedWallet::Executed,
        AskedWallet::Absent { may_repeat: true },
        AskedWallet::Absent { may_repeat: false },
        AskedWallet::CannotTell { may_repeat: true },
        AskedWallet::CannotTell { may_repeat: false },
        AskedWallet::Taken(problem(Reason::NumberTaken)),
        AskedWallet::Failed(problem(Reason::ServerUnreachable)),
    ]
}

/// Every event, in every form that matters.
pub(in crate::payment) fn events() -> Vec<Event> {
    let mut events = vec![
        Event::OrderConfirmed,
        Event::Begun(LineId("{L}".into())),
        Event::OrderNotConfirmed(problem(Reason::OrderChanged)),
        Event::Numbered(OperationId("1".into())),
        Event::NotNumbered(problem(Reason::ServerUnreachable)),
    ];
    events.extend(sent(()).map(Event::Reserve));
    events.extend(asked_wallet().map(Event::AskedReserve));
    events.extend(sent(receipt()).map(Event::Pay));
    let other_number = Sent::Refused(problem(Reason::LicenceNumber));
    events.push(Event::Pay(other_number));
    events.extend(
        [
            AskedOrder::PaidByUs(receipt()),
            AskedOrder::PaidByOther(problem(Reason::OrderPaidElsewhere)),
            AskedOrder::PaidUnclear(problem(Reason::PaidUnclear)),
            AskedOrder::Open,
            AskedOrder::NotShown,
            AskedOrder::Intended,
            AskedOrder::Failed(problem(Reason::ServerUnreachable)),
        ]
        .map(Event::AskedOrder),
    );
    events.extend(sent(()).map(Event::Confirm));
    events.extend(sent(()).map(Event::Undo));
    events.extend(asked_wallet().map(Event::AskedUndo));
    events.extend([Event::Cancel, Event::TimeUp, Event::Resume]);
    events.extend(Verdict::ALL.map(|verdict| {
        Event::Decided(Decision {
            verdict,
            operator: "Администратор".into(),
            approver: None,
            why: "проверено по отчёту".into(),
        })
    }));
    events
}

/// Every doubt: five facts, and how many looks.
fn doubts() -> Vec<Doubt> {
    let fact = |set: u32, bit: u32| set & (1 << bit) != 0;
    (0..32)
        .flat_map(|set| [0, 1, LOOKS_AFTER_REFUSAL].map(|looks| (set, looks)))
        .map(|(set, looks)| Doubt {
            sent: fact(set, 0),
            earlier: fact(set, 1),
            refused: fact(set, 2),
            told: fact(set, 3),
            unwanted: fact(set, 4),
            looks,
            tries: 1,
        })
        .collect()
}

const ATS: [At; 5] = [At::Reserve, At::Pos, At::Confirm, At::UndoNumber, At::Undo];

/// Every phase that has this doubt.
fn doubtful(doubt: Doubt) -> Vec<Phase> {
    let mut phases = vec![
        Phase::Reserving(doubt),
        Phase::ReserveAsking(doubt),
        Phase::PosAsking(doubt),
        Phase::PosRepeating(doubt),
        Phase::Confirming(doubt),
        Phase::UndoNumbering(doubt),
        Phase::Undoing(doubt),
        Phase::UndoAsking(doubt),
    ];
    phases.extend(ATS.map(|at| Phase::Parked(at, doubt)));
    phases.extend(ATS.map(|at| Phase::Stuck(at, doubt)));
    phases
}

fn plain() -> [Phase; 9] {
    let paying = |sent, again| Phase::Paying { sent, again };
    [
        Phase::Checking,
        Phase::Numbering,
        paying(false, false),
        paying(true, false),
        Phase::Renumbering,
        paying(false, true),
        paying(true, true),
        Phase::Done,
        Phase::Aborted,
    ]
}

/// Every phase, with every doubt.
pub(in crate::payment) fn phases() -> impl Iterator<Item = Phase> {
    doubts().into_iter().flat_map(doubtful).chain(plain())
}

fn returns(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::UndoNumbering(_)
            | Phase::Undoing(_)
            | Phase::UndoAsking(_)
            | Phase::Parked(At::UndoNumber | At::Undo, _)
            | Phase::Stuck(At::UndoNumber | At::Undo, _)
    )
}

/// Nothing but a definite word of r_keeper leads from a payment that may be there to a return, and
/// nothing leads back from a return or out of rest.
#[test]
fn every_pair_is_legal_or_refused_and_keeps_the_rules() {
    let mut pairs = 0;
    for phase in phases() {
        for event in events() {
            pairs += 1;
            let next = match phase.next(&event) {
                Ok(next) => next,
                Err(illegal) => {
                    assert_eq!((illegal.phase, illegal.event), (phase, event.name()));
                    if let Event::Decided(decision) = &event {
                        assert!(!phase.may_say(decision.verdict), "{phase:?} {decision:?}");
                    }
                    continue;
                }
            };
            let context = format!("{phase:?} + {event:?} = {next:?}");
            if phase.is_final() {
                assert_eq!(phase, next, "{context}");
            }
            if returns(phase) {
                assert!(returns(next) || next == Phase::Aborted, "{context}");
            }
            let in_rkeeper = matches!(
                phase,
                Phase::Paying { sent: true, .. }
                    | Phase::Renumbering
                    | Phase::PosAsking(_)
                    | Phase::PosRepeating(_)
                    | Phase::Parked(At::Pos, _)
                    | Phase::Stuck(At::Pos, _)
            );
            if in_rkeeper && returns(next) {
                let definite = matches!(
                    event,
                    Event::Pay(Sent::NotDone(_))
                        | Event::AskedOrder(
                            AskedOrder::PaidByOther(_) | AskedOrder::Open | AskedOrder::NotShown
                        )
                        | Event::Decided(_)
                );
                assert!(definite, "{context}");
            }
            assert!(
                !matches!(next, Phase::Done)
                    || matches!(phase, Phase::Confirming(_) | Phase::Done)
                    || matches!(event, Event::Decided(_)),
                "{context}"
            );
            if let Event::Decided(decision) = &event {
                assert!(phase.may_say(decision.verdict), "{context}");
            }
            // Waiting never gets shorter by itself.
            if let Event::Cancel | Event::TimeUp | Event::Resume = event
                && phase.tries() > 0
                && !next.is_final()
                && !matches!((phase, next), (Phase::Reserving(_), _))
            {
                assert!(next.tries() >= phase.tries() || returns(next), "{context}");
            }
        }
    }
    assert_eq!(events().len(), 57);
    assert_eq!(pairs, (96 * 18 + 9) * 57);
}

#[test]
fn what_leads_where() {
    let of = |doubt: &[fn(&mut Doubt)]| {
        let mut made = Doubt::none();
        for set in doubt {
            set(&mut made);
        }
        made
    };
    let sent: fn(&mut Doubt) = |doubt| doubt.sent = true;
    let earlier: fn(&mut Doubt) = |doubt| doubt.earlier = true;
    let refused: fn(&mut Doubt) = |doubt| doubt.refused = true;
    let told: fn(&mut Doubt) = |doubt| doubt.told = true;
    let unwanted: fn(&mut Doubt) = |doubt| doubt.unwanted = true;
    let looked: fn(&mut Doubt) = |doubt| doubt.looks = LOOKS_AFTER_REFUSAL - 1;
    let mut phases = plain().to_vec();
    for doubt in [
        of(&[]),
        of(&[sent]),
        of(&[earlier]),
        of(&[sent, earlier]),
        of(&[refused]),
        of(&[earlier, refused]),
        of(&[earlier, refused, looked]),
        of(&[earlier, told]),
        of(&[earlier, refused, told, looked]),
        of(&[earlier, unwanted]),
    ] {
        phases.extend(doubtful(doubt));
    }
    let mut table = String::new();
    for phase in phases {
        let _ = writeln!(table, "{}", words(&format!("{phase:?}")));
        for event in events() {
            if let Ok(next) = phase.next(&event) {
                let (event, next) = (format!("{event:?}"), format!("{next:?}"));
                let _ = writeln!(table, "    {} -> {}", words(&event), words(&next));
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// The journal keeps events in these words, and an older journal must be read for years.
#[test]
fn the_words_of_the_journal_never_change() {
    let mut written = String::new();
    for event in events() {
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
        // In messages it is called what the journal calls it.
        let word = line.trim_start_matches(['{', '"']);
        assert_eq!(word.split('"').next(), Some(event.name()));
        let _ = writeln!(written, "{line}");
    }
    insta::assert_snapshot!(written);
}

/// Scripts say a verdict by the word that the journal has.
#[test]
fn verdicts_have_words() {
    for (verdict, word) in [
        (Verdict::AskAgain, "ask_again"),
        (Verdict::Happened, "happened"),
        (Verdict::DidNot, "did_not"),
    ] {
        assert_eq!(verdict.word(), word);
        assert_eq!(serde_json::to_value(verdict).unwrap(), word);
        assert!(Verdict::ALL.contains(&verdict));
    }
}

/// Short: only what is set of a doubt, only the reason of a problem.
fn words(debug: &str) -> String {
    let mut text = debug.replace(", again: false", "");
    for field in ["sent", "earlier", "refused", "told", "unwanted"] {
        text = text.replace(&format!("{field}: false, "), "");
        text = text.replace(&format!("{field}: true, "), &format!("{field} "));
    }
    for (long, short) in [
        ("looks: 0, ", ""),
        ("tries: 0 ", ""),
        ("Receipt { check_num: None, warning: None }", ""),
        ("Problem { reason: ", ""),
        (
            ", server: None, detail: \"\", holder: None, rule: None }",
            "",
        ),
        ("OperationId(\"1\")", ""),
        ("Doubt { }", "-"),
    ] {
        text = text.replace(long, short);
    }
    text
}
