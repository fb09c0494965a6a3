use std::time::Instant;

use stateright::{Checker, HasDiscoveries};

use super::*;

fn check(site: Site, rule: Rule) -> impl Checker<Shop> {
    Shop::new(site, rule)
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join()
}

/// Walks through everything. The number of worlds, and what never happened in them.
fn walk(site: Site) -> (usize, Vec<&'static str>) {
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
    println!(
        "{worlds} worlds, {steps} steps, {:?}: {site:?}",
        begun.elapsed()
    );
    (worlds, never)
}

#[test]
fn one_till() {
    for set in 0..8 {
        let (_, never) = walk(Site {
            may_repeat: set & 1 != 0,
            can_find: set & 2 != 0,
            marks: set & 4 != 0,
            tills: 1,
            refusals: 2,
            ..Site::BEST
        });
        println!("{never:?}");
    }
}

#[test]
fn two_tills() {
    for faults in 0..=3 {
        let (_, never) = walk(Site {
            faults,
            crashes: faults.min(2),
            refusals: 0,
            ..Site::BEST
        });
        println!("{never:?}");
    }
}

/// The model would notice: every broken machine is caught, and by what must catch it.
#[test]
fn every_broken_machine_is_caught() {
    for broken in &broken::ALL {
        let checker = check(broken.site, broken.rule);
        let found = checker.discoveries();
        println!(
            "{}: {} worlds, {:?}",
            broken.name,
            checker.unique_state_count(),
            found
                .keys()
                .filter(|name| always().iter().any(|p| p.name == **name))
                .collect::<Vec<_>>()
        );
    }
}
