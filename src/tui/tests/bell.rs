//! What the bell rings for, as the site chooses.

use crate::i18n::Lang;
use crate::payment::view::{LegState, Standing, Step};
use crate::tui::test_util::*;
use crate::tui::{CardTrouble, Effect, Msg, Ring, UiSettings};

const ALL: [Ring; 4] = [Ring::Refused, Ring::Problem, Ring::Paid, Ring::Attention];

fn till(bell: &[Ring]) -> Till {
    let settings = UiSettings {
        lang: Lang::Ru,
        bell: bell.into(),
        ..UiSettings::default()
    };
    let mut till = Till::with_sample(settings);
    till.take_effects();
    till
}

fn rung(till: &mut Till) -> Vec<Ring> {
    let effects = till.take_effects();
    let ring = |effect: Effect| match effect {
        Effect::Bell(ring) => Some(ring),
        _ => None,
    };
    effects.into_iter().filter_map(ring).collect()
}

/// A payment that ends so.
fn ends(till: &mut Till, standing: Standing) {
    let request = till.pay();
    for standing in [Standing::Working, standing] {
        till.send(Msg::Payment(payment_view(
            &request,
            standing,
            Step::Finished,
            LegState::Debited,
        )));
    }
}

#[test]
fn each_event_rings_once_where_it_is_wanted_and_nowhere_else() {
    type Scene = fn(&mut Till);
    let scenes: [(Scene, Ring); 8] = [
        (
            |till| till.send(Msg::CardUnreadable(CardTrouble::Partial)),
            Ring::Refused,
        ),
        (|till| till.keys("<F2>9999999<F5>"), Ring::Refused),
        (
            |till| {
                let problem = crate::payment::reason::Problem::own(
                    crate::payment::reason::Reason::JournalFailed,
                    "",
                );
                till.send(Msg::PaymentFailed(problem));
            },
            Ring::Problem,
        ),
        (|till| ends(till, Standing::Refused), Ring::Problem),
        (|till| ends(till, Standing::Paid), Ring::Paid),
        (|till| ends(till, Standing::Unknown), Ring::Attention),
        (|till| till.send(Msg::Orphans(orphans())), Ring::Attention),
        (
            |till| till.send(Msg::CardDoubtful(uid("61366823"))),
            Ring::Attention,
        ),
    ];
    for (number, (scene, ring)) in scenes.into_iter().enumerate() {
        let mut all = till(&ALL);
        scene(&mut all);
        assert_eq!(rung(&mut all), [ring], "scene {number}");
        let others: Vec<Ring> = ALL.into_iter().filter(|other| *other != ring).collect();
        let mut quiet = till(&others);
        scene(&mut quiet);
        assert_eq!(rung(&mut quiet), [], "scene {number}");
    }
}

#[test]
fn what_is_known_already_does_not_ring_again() {
    let mut till = till(&ALL);
    till.send(Msg::Attention(vec![stuck()]));
    assert_eq!(rung(&mut till), [Ring::Attention]);
    till.send(Msg::Attention(vec![stuck()]));
    till.send(Msg::Attention(vec![]));
    assert_eq!(rung(&mut till), []);
}
