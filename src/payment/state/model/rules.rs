//! What must hold in every world of the model, and what must happen in some.

use super::*;

/// What holds in every world.
pub fn always() -> Vec<Property<Shop>> {
    vec![
        Property::always("only what may happen happens", |_, world: &World| {
            world.wrong != Some(Wrong::Impossible)
        }),
        Property::always(
            "I3: no debit twice, no return of what was not taken",
            |_, world: &World| {
                let once = |till: &Till| till.debits <= 1 && till.returns <= till.debits;
                world.tills.iter().all(once) && world.wrong != Some(Wrong::ReturnOfNothing)
            },
        ),
        Property::always(
            "I4: done is paid and taken, aborted is neither",
            |shop: &Shop, world: &World| {
                world.tills.iter().all(|till| {
                    let held = shop.site.holds && !till.confirmed;
                    let both = till.payments == 1 && till.taken() == 1 && !held;
                    let neither = till.payments == 0 && till.taken() == 0;
                    (till.phase != Phase::Done || both) && (till.phase != Phase::Aborted || neither)
                })
            },
        ),
        Property::always("I5: at rest the books agree", |_, world: &World| {
            let taken = world.taken(0) + world.taken(1);
            !world.quiet() || taken == world.paid()
        }),
        Property::always(
            "I7: nobody pays more than the order costs",
            |shop: &Shop, world: &World| {
                let done = |till: &&Till| till.phase == Phase::Done;
                let committed = world.tills.iter().filter(done).count();
                world.paid() <= shop.site.total
                    && committed * usize::from(SUM) <= shop.site.total.into()
            },
        ),
        Property::always(
            "I12: nothing leaves rest, no doubt ends by a guess",
            |_, world: &World| !matches!(world.wrong, Some(Wrong::LeftRest | Wrong::Guessed)),
        ),
        Property::always(
            "I17: a new name only for what never was and never will be",
            |_, world: &World| world.wrong != Some(Wrong::NewName),
        ),
        Property::always(
            "I18: nothing goes back that r_keeper has, or may yet get",
            |shop: &Shop, world: &World| {
                world.tills.iter().all(|till| {
                    let may_get = till.late[Kind::Pay as usize] > 0 && world.payable(&shop.site);
                    !gives_back(till.phase) || (till.payments == 0 && !may_get)
                })
            },
        ),
        Property::always(
            "r_keeper is paid with money that was taken",
            |_, world: &World| {
                let taken = |till: &Till| !needs_money(till.phase) || till.taken() == 1;
                world.tills.iter().all(taken)
            },
        ),
        Property::always(
            "I25: left alone, a till comes to an end",
            |shop: &Shop, world: &World| {
                world.wrong.is_some()
                    || (0..shop.site.tills).all(|till| shop.comes_to_an_end(world, till))
            },
        ),
    ]
}

macro_rules! reached {
    ($($phase:pat),* $(,)?) => {
        vec![$(Property::sometimes(stringify!($phase), |_: &Shop, world: &World| {
            world.tills.iter().any(|till| matches!(till.phase, $phase))
        })),*]
    };
}

/// What some course comes to.
pub fn sometimes() -> Vec<Property<Shop>> {
    let mut properties = reached![
        Phase::Checking,
        Phase::Numbering,
        Phase::Reserving(_),
        Phase::ReserveAsking(_),
        Phase::Paying { .. },
        Phase::Renumbering,
        Phase::PosAsking(Doubt {
            earlier: true,
            told: false,
            ..
        }),
        Phase::PosRepeating(_),
        Phase::Confirming(_),
        Phase::UndoNumbering(_),
        Phase::Undoing(_),
        Phase::UndoAsking(_),
        Phase::Done,
        Phase::Aborted,
        Phase::Parked(At::Reserve, _),
        Phase::Parked(At::Pos, _),
        Phase::Parked(At::Confirm, _),
        Phase::Parked(At::UndoNumber, _),
        Phase::Parked(At::Undo, _),
        Phase::Stuck(At::Reserve, _),
        Phase::Stuck(At::Pos, _),
        Phase::Stuck(At::Undo, _),
    ];
    properties.push(Property::sometimes(
        "one till pays, the other gives back",
        |_, world: &World| {
            let [one, other] = world.tills.map(|till| (till.phase, till.returns));
            let pair = |one, other| one == (Phase::Done, 0) && other == (Phase::Aborted, 1);
            pair(one, other) || pair(other, one)
        },
    ));
    properties
}

/// Whether r_keeper may be paid by a till or not is open.
pub const fn in_doubt(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Paying { sent: true, .. }
            | Phase::Renumbering
            | Phase::PosAsking(_)
            | Phase::PosRepeating(_)
            | Phase::Parked(At::Pos, _)
            | Phase::Stuck(At::Pos, _)
    )
}

pub const fn gives_back(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::UndoNumbering(_)
            | Phase::Undoing(_)
            | Phase::UndoAsking(_)
            | Phase::Parked(At::UndoNumber | At::Undo, _)
            | Phase::Stuck(At::UndoNumber | At::Undo, _)
            | Phase::Aborted
    )
}

const fn needs_money(phase: Phase) -> bool {
    in_doubt(phase)
        || matches!(
            phase,
            Phase::Paying { .. }
                | Phase::Confirming(_)
                | Phase::Parked(At::Confirm, _)
                | Phase::Stuck(At::Confirm, _)
                | Phase::Done
        )
}

/// A word that ends doubt about r_keeper.
pub const fn definite(event: &Event) -> bool {
    matches!(
        event,
        Event::Pay(Sent::NotDone(_))
            | Event::AskedOrder(
                AskedOrder::PaidByUs(_)
                    | AskedOrder::PaidByOther(_)
                    | AskedOrder::Open
                    | AskedOrder::NotShown
            )
            | Event::Decided(_)
    )
}
