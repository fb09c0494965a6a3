use std::time::Instant;

use stateright::{Checker, HasDiscoveries};

use super::broken::{self, Broken};
use super::world::LEGS;
use super::*;

fn check(site: Site, rule: Rule) -> impl Checker<Shop> {
    Shop::new(site, rule)
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join()
}

/// Walks through everything; says how much that was, and what never happens in it.
fn walk(name: &str, site: Site) -> (usize, Vec<&'static str>) {
    let begun = Instant::now();
    let checker = check(site, Phase::next);
    for property in always() {
        checker.assert_no_discovery(property.name);
    }
    let found = checker.discoveries();
    let never = sometimes()
        .iter()
        .map(|property| property.name)
        .filter(|name| !found.contains_key(name))
        .collect();
    let (worlds, steps) = (checker.unique_state_count(), checker.state_count());
    let (depth, spent) = (checker.max_depth(), begun.elapsed());
    println!("{name}: {worlds} worlds, {steps} steps, courses of up to {depth}, {spent:.1?}");
    (worlds, never)
}

const FEWER: Site = Site {
    faults: 2,
    crashes: 1,
    ..Site::BEST
};

/// Two tills, one order, shared accounts, 3 network faults and 2 deaths, or fewer of them and a
/// refusal without a reason: nothing is lost or doubled, and every phase is come to.
#[test]
fn two_tills_lose_and_double_nothing() {
    let (worlds, mut never) = walk("two tills", Site::BEST);
    assert!(worlds > 80_000, "{worlds}");
    let refused = Site {
        refusals: 1,
        ..FEWER
    };
    let (_, never_refused) = walk("two tills, and a refusal", refused);
    never.retain(|name| never_refused.contains(name));
    assert_eq!(never, [""; 0]);
}

/// Two tills at sites of other kinds.
#[test]
fn two_tills_at_other_sites() {
    for (name, site) in [
        (
            "money for one only",
            Site {
                funds: LEGS,
                ..FEWER
            },
        ),
        (
            "holds",
            Site {
                holds: true,
                ..FEWER
            },
        ),
        (
            "a check is never repeated",
            Site {
                may_repeat: false,
                ..FEWER
            },
        ),
        (
            "nothing is known for sure",
            Site {
                may_repeat: false,
                can_find: false,
                marks: false,
                ..FEWER
            },
        ),
        (
            "parts, and both fit",
            Site {
                parts: true,
                total: 2 * SUM,
                ..FEWER
            },
        ),
        (
            "parts, and one fits",
            Site {
                parts: true,
                total: 2 * SUM - 1,
                ..FEWER
            },
        ),
    ] {
        walk(name, site);
    }
}

/// One till and cash, at sites of every kind, cancelled also while it waits for a server.
#[test]
fn one_till_loses_and_doubles_nothing_at_any_site() {
    let mut worlds = 0;
    for set in 0..32 {
        let fact = |bit| set & (1 << bit) != 0;
        let site = Site {
            may_repeat: fact(0),
            can_find: fact(1),
            marks: fact(2),
            holds: fact(3),
            parts: fact(4),
            total: if fact(4) { 2 * SUM } else { SUM },
            tills: 1,
            refusals: 2,
            ..Site::BEST
        };
        worlds += walk(&format!("one till, site {set}"), site).0;
    }
    println!("{worlds} worlds");
}

/// The model would notice: every broken machine is caught, by what must catch it. That it is the
/// machine and not the site is what the walks above show.
#[test]
fn every_broken_machine_is_caught() {
    for Broken {
        name,
        rule,
        site,
        falls,
    } in broken::ALL
    {
        let checker = check(site, rule);
        let Some(course) = checker.discovery(falls) else {
            panic!("{name}: not caught by {falls}");
        };
        let (worlds, steps) = (checker.unique_state_count(), course.into_actions());
        let last = steps.last();
        println!(
            "{name}: caught within {worlds} worlds by {} steps, {last:?}",
            steps.len()
        );
        assert!(last.is_some(), "{name}");
    }
}
