//! The whole table of refunds: every phase with every event.

use std::fmt::Write as _;

use super::super::LOOKS_AFTER_REFUSAL;
use super::*;
use crate::payment::reason::Reason;

fn problem(reason: Reason) -> Problem {
    Problem::own(reason, "")
}

fn decision(verdict: Verdict) -> Decision {
    Decision {
        verdict,
        operator: "Администратор".into(),
        approver: None,
        why: "проверено по отчёту".into(),
    }
}

fn sent() -> [Sent<()>; 6] {
    [
        Sent::Sending,
        Sent::Done(()),
        Sent::Refused(problem(Reason::ServerRefused)),
        // Will not last.
        Sent::Refused(problem(Reason::OrderLocked)),
        Sent::NotDone(problem(Reason::ServerUnreachable)),
        Sent::Lost(problem(Reason::AnswerLost)),
    ]
}

/// Every event, in every form that matters.
pub(in crate::payment) fn events() -> Vec<RefundEvent> {
    let mut events = vec![
        RefundEvent::Numbered(OperationId("1".into())),
        RefundEvent::NotNumbered(problem(Reason::ServerUnreachable)),
    ];
    events.extend(sent().map(RefundEvent::Return));
    events.extend(
        [
            AskedWallet::Executed,
            AskedWallet::Absent { may_repeat: true },
            AskedWallet::Absent { may_repeat: false },
            AskedWallet::CannotTell { may_repeat: true },
            AskedWallet::CannotTell { may_repeat: false },
            AskedWallet::Taken(problem(Reason::NumberTaken)),
            AskedWallet::Failed(problem(Reason::ServerUnreachable)),
        ]
        .map(RefundEvent::AskedReturn),
    );
    events.extend(
        [
            AskedAnnul::Gone,
            AskedAnnul::Stands,
            AskedAnnul::CannotTell(problem(Reason::OrderNotFound)),
            AskedAnnul::Failed(problem(Reason::ServerUnreachable)),
        ]
        .map(RefundEvent::AskedAnnul),
    );
    events.extend(sent().map(RefundEvent::Annul));
    events.extend([RefundEvent::TimeUp, RefundEvent::Resume]);
    events.extend(Verdict::ALL.map(|verdict| RefundEvent::Decided(decision(verdict))));
    events
}

fn doubts() -> Vec<Doubt> {
    let fact = |set: u32, bit: u32| set & (1 << bit) != 0;
    (0..16)
        .flat_map(|set| [0, LOOKS_AFTER_REFUSAL].map(|looks| (set, looks)))
        .map(|(set, looks)| Doubt {
            sent: fact(set, 0),
            earlier: fact(set, 1),
            refused: fact(set, 2),
            told: fact(set, 3),
            looks,
            ..Doubt::none()
        })
        .collect()
}

/// Every phase, with every doubt.
pub(in crate::payment) fn phases() -> Vec<RefundPhase> {
    let mut phases = vec![
        RefundPhase::Numbering,
        RefundPhase::Done,
        RefundPhase::DoneByHand,
        RefundPhase::Refused,
    ];
    phases.extend(doubts().into_iter().flat_map(phases_of));
    phases
}

/// Every phase that has this doubt.
fn phases_of(doubt: Doubt) -> [RefundPhase; 8] {
    [
        RefundPhase::Returning(doubt),
        RefundPhase::ReturnAsking(doubt),
        RefundPhase::AnnulAsking(doubt),
        RefundPhase::Annulling(doubt),
        RefundPhase::Parked(RefundAt::Return, doubt),
        RefundPhase::Stuck(RefundAt::Return, doubt),
        RefundPhase::Parked(RefundAt::Annul, doubt),
        RefundPhase::Stuck(RefundAt::Annul, doubt),
    ]
}

/// What is remembered of a call that is looked for: each fact decides later what is done.
#[test]
fn what_is_remembered_of_a_call() {
    use RefundPhase::{AnnulAsking, Annulling, Refused, ReturnAsking, Returning};
    let [_, done, no, not_now, not_done, lost] = sent();
    let none = Doubt::none();
    let sent = none.sending();
    let again = Doubt {
        earlier: true,
        ..sent
    };
    let after = Doubt {
        earlier: true,
        tries: 1,
        ..none
    };
    let first = Doubt {
        earlier: true,
        ..none
    };
    let refused = |doubt| Doubt {
        refused: true,
        ..doubt
    };
    let told = |doubt| Doubt {
        told: true,
        ..doubt
    };
    let returned = |word: &Sent<()>| RefundEvent::Return(word.clone());
    let annulled = |word: &Sent<()>| RefundEvent::Annul(word.clone());
    for (phase, event, next) in [
        (Returning(sent), returned(&done), RETURNED),
        (Returning(sent), returned(&no), Refused),
        (Returning(sent), returned(&not_done), Refused),
        (Returning(sent), returned(&lost), ReturnAsking(first)),
        (
            Returning(again),
            returned(&no),
            ReturnAsking(refused(after)),
        ),
        (Returning(again), returned(&not_done), ReturnAsking(after)),
        (Returning(again), returned(&lost), ReturnAsking(after)),
        (Annulling(sent), annulled(&done), AnnulAsking(told(first))),
        (Annulling(sent), annulled(&no), AnnulAsking(refused(after))),
        (Annulling(sent), annulled(&not_now), AnnulAsking(after)),
        (Annulling(sent), annulled(&lost), AnnulAsking(first)),
        (
            Annulling(sent),
            annulled(&not_done),
            AnnulAsking(Doubt { tries: 1, ..none }),
        ),
        (
            AnnulAsking(refused(after)),
            RefundEvent::AskedAnnul(AskedAnnul::Stands),
            RefundPhase::DoneByHand,
        ),
        (
            AnnulAsking(told(first)),
            RefundEvent::AskedAnnul(AskedAnnul::Stands),
            AnnulAsking(told(first).looked()),
        ),
        (
            AnnulAsking(after),
            RefundEvent::AskedAnnul(AskedAnnul::Stands),
            Annulling(after),
        ),
    ] {
        assert_eq!(phase.next(&event), Ok(next), "{phase:?} {event:?}");
    }
}

/// The table in words, for the doubts that decide something.
#[test]
fn what_leads_where() {
    let none = Doubt::none();
    let earlier = Doubt {
        earlier: true,
        ..none
    };
    let looked = Doubt {
        refused: true,
        looks: LOOKS_AFTER_REFUSAL - 1,
        ..earlier
    };
    let doubts = [
        ("-", none),
        ("sent", none.sending()),
        ("earlier", earlier),
        ("sent earlier", earlier.sending()),
        (
            "refused",
            Doubt {
                refused: true,
                ..none
            },
        ),
        (
            "earlier refused",
            Doubt {
                refused: true,
                ..earlier
            },
        ),
        ("earlier refused looked", looked),
        (
            "earlier told",
            Doubt {
                told: true,
                ..earlier
            },
        ),
        (
            "earlier told looked",
            Doubt {
                told: true,
                refused: false,
                ..looked
            },
        ),
    ];
    let mut table = String::new();
    for (words, doubt) in doubts {
        for phase in phases_of(doubt) {
            let _ = writeln!(table, "{} {words}", name(phase));
            for event in events() {
                if let Ok(next) = phase.next(&event) {
                    let told = format!("{event:?}")
                        .replace(", server: None, detail: \"\", holder: None, rule: None", "");
                    let _ = writeln!(table, "    {told} -> {}", facts(next));
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

fn name(phase: RefundPhase) -> String {
    let debug = format!("{phase:?}");
    debug
        .split_once("Doubt")
        .map_or(debug.clone(), |(name, _)| {
            name.replace('(', " ").trim().to_owned()
        })
}

/// A phase with what is set of its doubt.
fn facts(phase: RefundPhase) -> String {
    let debug = format!("{phase:?}");
    let set: Vec<&str> = debug
        .split([',', '{', '}'])
        .map(str::trim)
        .filter(|fact| {
            fact.ends_with(": true") || fact.starts_with("looks") || fact.starts_with("tries")
        })
        .filter(|fact| !fact.ends_with(": 0"))
        .collect();
    format!("{} {}", name(phase), set.join(" "))
}

/// What is said of a refund by where it is.
#[test]
fn what_a_phase_means() {
    use RefundAction as Do;
    use RefundPhase as Is;
    let doubt = Doubt {
        tries: 3,
        ..Doubt::none()
    };
    let [none, all] = [[false; 3], [true; 3]];
    // Final, open, the money may be back, it surely is; what to do; tries; what a person may say.
    for (phase, facts, action, tries, may_say) in [
        (
            Is::Numbering,
            [false, true, false, false],
            Do::AskNumber,
            0,
            none,
        ),
        (
            Is::Returning(doubt),
            [false, true, true, false],
            Do::Return,
            3,
            none,
        ),
        (
            Is::ReturnAsking(doubt),
            [false, true, true, false],
            Do::AskReturn,
            3,
            none,
        ),
        (
            Is::AnnulAsking(doubt),
            [false, true, true, true],
            Do::AskOrder,
            3,
            none,
        ),
        (
            Is::Annulling(doubt),
            [false, true, true, true],
            Do::Annul,
            3,
            none,
        ),
        (Is::Done, [true, false, true, true], Do::Rest, 0, none),
        (
            Is::DoneByHand,
            [false, false, true, true],
            Do::Rest,
            0,
            [true, true, false],
        ),
        (Is::Refused, [true, false, false, false], Do::Rest, 0, none),
        (
            Is::Parked(RefundAt::Return, doubt),
            [false, true, true, false],
            Do::Rest,
            3,
            all,
        ),
        (
            Is::Stuck(RefundAt::Return, doubt),
            [false, true, true, false],
            Do::Rest,
            3,
            all,
        ),
        (
            Is::Parked(RefundAt::Annul, doubt),
            [false, true, true, true],
            Do::Rest,
            3,
            all,
        ),
        (
            Is::Stuck(RefundAt::Annul, doubt),
            [false, true, true, true],
            Do::Rest,
            3,
            all,
        ),
    ] {
        let said = [
            phase.is_final(),
            phase.is_open(),
            phase.may_have_returned(),
            phase.has_returned(),
        ];
        assert_eq!(said, facts, "{phase:?}");
        assert_eq!(
            (phase.action(), phase.tries()),
            (action, tries),
            "{phase:?}"
        );
        let may = Verdict::ALL.map(|verdict| phase.may_say(verdict));
        assert_eq!(may, may_say, "{phase:?}");
        does_what_it_says(phase);
    }
}

fn does_what_it_says(phase: RefundPhase) {
    if phase.action() == RefundAction::Rest && !phase.is_open() {
        for event in [RefundEvent::TimeUp, RefundEvent::Resume] {
            assert_eq!(phase.next(&event), Ok(phase));
        }
    }
    for verdict in Verdict::ALL {
        let may = phase.may_say(verdict);
        let event = RefundEvent::Decided(decision(verdict));
        assert_eq!(phase.next(&event).is_ok(), may, "{phase:?} {verdict:?}");
    }
}

/// Money that is back stays back; nothing is called refused after a copy that may have arrived,
/// but by a person; rest is left by nobody.
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
                    continue;
                }
            };
            let context = format!("{phase:?} + {event:?} = {next:?}");
            if phase.is_final() {
                assert_eq!(phase, next, "{context}");
            }
            if phase.has_returned() {
                assert!(next.has_returned(), "{context}");
            }
            let in_doubt = match phase {
                RefundPhase::Returning(doubt) => doubt.earlier,
                RefundPhase::ReturnAsking(_)
                | RefundPhase::Parked(RefundAt::Return, _)
                | RefundPhase::Stuck(RefundAt::Return, _) => true,
                RefundPhase::Numbering
                | RefundPhase::AnnulAsking(_)
                | RefundPhase::Annulling(_)
                | RefundPhase::Done
                | RefundPhase::DoneByHand
                | RefundPhase::Refused
                | RefundPhase::Parked(RefundAt::Annul, _)
                | RefundPhase::Stuck(RefundAt::Annul, _) => false,
            };
            if in_doubt && next == RefundPhase::Refused {
                assert!(
                    matches!(
                        event,
                        RefundEvent::Decided(_) | RefundEvent::AskedReturn(AskedWallet::Taken(_))
                    ),
                    "{context}"
                );
            }
            if let RefundEvent::Decided(decision) = &event {
                assert!(phase.may_say(decision.verdict), "{context}");
            }
        }
        for verdict in Verdict::ALL {
            let legal = phase.next(&RefundEvent::Decided(decision(verdict))).is_ok();
            assert_eq!(phase.may_say(verdict), legal, "{phase:?} {verdict:?}");
        }
    }
    assert_eq!(pairs, phases().len() * events().len());
    println!("{pairs} pairs");
}

/// The journal keeps events in these words, and an older journal must be read for years.
#[test]
fn the_words_of_the_journal_never_change() {
    let mut written = String::new();
    for event in events() {
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<RefundEvent>(&line).unwrap(), event);
        // In messages it is called what the journal calls it.
        let word = line.trim_start_matches(['{', '"']);
        assert_eq!(word.split('"').next(), Some(event.name()));
        let _ = writeln!(written, "{line}");
    }
    insta::assert_snapshot!(written);
}
