//! What many cards cost: the look-ups of twenty cards with ten accounts each over HTTP, beside the
//! slowest of them alone; and the suggested split of fifty dishes among twenty accounts.
//!
//! `cargo bench --bench accounts` measures against the stand-ins in a process of their own;
//! `-- --quick` takes few samples. It prints and judges nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for developers: it prints, and stops where anything is odd"
)]

mod stand_ins;

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::date;
use limekeeper::domain::split::{Consent, OwedRow};
use limekeeper::domain::{
    Account, AccountId, AccountKind, Card, CardName, CardStatus, Dish, DishRule, Money, Owed,
    SpendRules, Split, Terms, Uid,
};
use limekeeper::payment::lookup::cards_at_once;
use limekeeper::runtime::connect;
use stand_ins::{SAMPLE, StandIns, THINK, median, ms};

const CARDS: usize = 20;
const ACCOUNTS: usize = 10;
const LINES: usize = 50;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let samples = if quick { 5 } else { 50 };
    println!(
        "{samples} samples each; {}\n",
        if cfg!(debug_assertions) {
            "DEBUG BUILD"
        } else {
            "release build"
        },
    );
    look_ups(samples);
    splits(samples);
}

fn look_ups(samples: usize) {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let sim = StandIns::start(place.path(), &world());
    sim.think();
    // The library's own client of Lime, set up by their config.
    let wallet = connect::means(&sim.loaded()).unwrap().wallet;
    let wallet = wallet.as_ref();
    let uids: Vec<Uid> = (0..CARDS)
        .map(|index| Uid::new(uid(index)).unwrap())
        .collect();
    let names: Vec<CardName> = uids.iter().cloned().map(CardName::Uid).collect();
    let mut slowest = Vec::new();
    let mut together = Vec::new();
    for _ in 0..samples {
        let alone = uids.iter().map(|uid| timed(|| wallet.card(uid).unwrap()));
        slowest.push(alone.max().unwrap());
    }
    let computed = || (computed("self"), computed(&sim.child.id().to_string()));
    let before = computed();
    for _ in 0..samples {
        together.push(timed(|| {
            for card in cards_at_once(wallet, &names) {
                assert_eq!(card.unwrap().accounts.len(), ACCOUNTS);
            }
        }));
    }
    let after = computed();
    let each = |after: Duration, before: Duration| {
        ms(after.saturating_sub(before) / u32::try_from(samples).unwrap())
    };
    let (slowest, together) = (median(slowest), median(together));
    println!(
        "{CARDS} cards with {ACCOUNTS} accounts each, Lime thinks {}: all together {}, the slowest \
         alone {}: slowest + {}; for all together the till computed {}, the stand-in {}",
        ms(THINK),
        ms(together),
        ms(slowest),
        ms(together.saturating_sub(slowest)),
        each(after.0, before.0),
        each(after.1, before.1),
    );
}

/// What a process computed so far; `self` is this one. Linux counts in hundredths of a second.
fn computed(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name may hold spaces and is in brackets; user and system time stand 12th and 13th behind it.
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn splits(samples: usize) {
    let groups: Vec<Vec<String>> = (0..5).map(|group| vec![format!("group {group}")]).collect();
    let rows = (0..LINES)
        .map(|line| OwedRow {
            due: Money::from_kopecks(i64::try_from(line * 1_237 % 90_000 + 101).unwrap()),
            dish: Dish::In(&groups[line % groups.len()]),
        })
        .collect::<Vec<_>>();
    let sum = Money::total(rows.iter().map(|row| row.due)).unwrap();
    let owed = Owed {
        sum,
        bill: sum,
        rows,
        consent: Consent::default(),
    };
    let (little, plenty) = (Money::ZERO, Money::from_kopecks(sum.kopecks() / 4));
    for (name, rules, more) in [
        ("no rules", [0, 0, 0], little),
        ("shares and groups of dishes", [1, 2, 0], little),
        ("the same and whole roubles", [1, 2, 100], little),
        ("no rules, money enough", [0, 0, 0], plenty),
        (
            "shares and groups of dishes, money enough",
            [1, 2, 0],
            plenty,
        ),
        (
            "the same and whole roubles, money enough",
            [1, 2, 100],
            plenty,
        ),
    ] {
        let cards: Vec<Card> = (0..CARDS).map(|index| card(index, rules, more)).collect();
        let time = median(
            (0..samples)
                .map(|_| timed(|| black_box(Split::suggest(black_box(&owed), black_box(&cards)))))
                .collect(),
        );
        let covered = Split::suggest(&owed, &cards).total().unwrap();
        println!(
            "{LINES} dishes, {CARDS} accounts, {name}: {} ({covered} of {sum} covered)",
            ms(time)
        );
    }
}

/// A card with one account; every third type pays a share, every second one only some groups.
/// `more`: what each account has besides some change.
fn card(index: usize, [share, only, step]: [usize; 3], more: Money) -> Card {
    let type_id = index % 6;
    let rules = SpendRules {
        bill_share_percent: (share > 0 && type_id.is_multiple_of(3)).then_some(30),
        dishes: if only > 0 && type_id.is_multiple_of(2) {
            DishRule::Only(vec![format!("GROUP {}", type_id % 5), "group 4".into()])
        } else {
            DishRule::Any
        },
        step: (step > 0 && type_id.is_multiple_of(2)).then_some(Money::from_kopecks(100)),
        ..SpendRules::default()
    };
    let change = Money::from_kopecks(i64::try_from(index * 777 % 9_000 + 1_003).unwrap());
    let available = change.checked_add(more).unwrap();
    let day = i8::try_from(index % 28 + 1).unwrap();
    Card {
        uid: Uid::new(uid(index)).unwrap(),
        card_id: index.to_string(),
        client_id: index.to_string(),
        number: None,
        status: CardStatus::Active,
        holder: None,
        accounts: vec![Account {
            id: AccountId(index.to_string()),
            type_id: type_id.to_string(),
            name: "account".into(),
            kind: AccountKind::Bonus,
            balance: available,
            available,
            valid_to: (!index.is_multiple_of(4)).then(|| date(2030, 12, day).at(0, 0, 0, 0)),
            priority: u32::try_from(index).unwrap(),
            not_spendable: None,
            terms: Terms {
                rules: Arc::new(rules),
                ..Terms::default()
            },
        }],
    }
}

fn uid(index: usize) -> String {
    (700_000_001 + index).to_string()
}

/// The sample's servers with twenty guests more.
fn world() -> String {
    let mut text = SAMPLE.to_owned();
    for card in 0..CARDS {
        let rights: Vec<String> = (0..ACCOUNTS)
            .map(|account| {
                let id = 100_000 + card * 100 + account;
                format!("{{ id = {id}, type = 1, amount = \"100.00\" }}")
            })
            .collect();
        let _ = write!(
            text,
            "\n[[clients]]\nid = {}\nname = \"Guest\"\ncards = [{{ id = {}, uid = \"{}\", number = \
             \"{}\", label = \"bench\" }}]\nrights = [{}]\n",
            80_000 + card,
            90_000 + card,
            uid(card),
            500_000 + card,
            rights.join(", ")
        );
    }
    text
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    drop(black_box(work()));
    begun.elapsed()
}
