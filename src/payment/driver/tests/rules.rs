//! Sums that the site's rules count come from the journal, whatever the screen saw.

use std::sync::Arc;

use super::*;
use crate::domain::SpendRules;

/// Two bills of 600 from an account that gives 1 000 a day at most.
#[test]
fn what_this_till_took_today_counts() {
    for (per_day_max, second) in [
        (Some(1_000), Some(Reason::AccountRule)),
        (Some(1_200), None),
        (None, None),
    ] {
        let world = World::new([]);
        let mut journal = MemoryJournal::default();
        let mut request = request();
        let rules = SpendRules {
            per_day_max: per_day_max.map(Money::from_kopecks),
            ..SpendRules::default()
        };
        request.cards[0].accounts[0].terms.rules = Arc::new(rules);
        let mut pay = |guid: &str| {
            world.books().order = order();
            world.books().balances = BTreeMap::from([("a".into(), 1_000), ("b".into(), 1_000)]);
            request.order.guid = OrderGuid(guid.into());
            world.run(&mut journal, |driver| driver.pay(&request, &mut Unwatched))
        };
        assert_eq!(pay("{G}").unwrap().standing, Standing::Paid);
        match (pay("{H}"), second) {
            (Ok(view), None) => assert_eq!(view.standing, Standing::Paid),
            (Err(DriveError::NotStarted(problem)), Some(reason)) => {
                assert_eq!(problem.reason, reason);
            }
            (got, _) => panic!("{per_day_max:?}: {got:?}"),
        }
    }
}
