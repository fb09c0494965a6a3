//! The power is cut: what was acknowledged is there, whatever became of the rest.
//!
//! The real driver pays into a real journal while `strace` writes down every write, name and
//! synchronisation. Then the disk is cut off after any of them, and holds what was synchronised and
//! any part of what was not: dropped, torn, or written in another order. Each such folder is opened
//! as a start of the program opens it.
//!
//! `LIMEKEEPER_POWER_CUTS` asks for another number of them, `LIMEKEEPER_POWER_SEED` for those of
//! another run.

mod failing;
mod platter;
mod record;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use self::platter::{Chance, Cut, Platter};
use self::record::{Deed, Record};
use super::*;
use crate::payment::journal::anchor::{self, Head};
use crate::payment::journal::reserve::{RESERVE_BYTES, RESERVE_FILE};
use crate::payment::journal::verdict::Loss;

/// Folders after a cut, in one run; a quarter as many of a disk that lies, and as many where the log
/// is begun anew.
const CUTS: usize = 800;
/// Deeds before the log is begun anew from which on that is looked at.
const BEFORE_CHECKPOINT: usize = 100;
/// Every so many cuts the folder is worked on and read from end to end.
const THOROUGH: usize = 10;

/// What the cut left, and what it must hold.
struct Left {
    number: usize,
    after: usize,
    cut: Cut,
    honest: bool,
    files: BTreeMap<String, Vec<u8>>,
    /// Last row of which an append had said that it is safe.
    acknowledged: i64,
}

/// Where chance begins: named on every run, taken from the system's otherwise.
fn seed() -> u64 {
    match std::env::var("LIMEKEEPER_POWER_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => RandomState::new().build_hasher().finish(),
    }
}

fn number_of_cuts() -> usize {
    std::env::var("LIMEKEEPER_POWER_CUTS").map_or(CUTS, |cuts| cuts.parse().unwrap())
}

/// Of the right size is enough for a reserve that nobody gives up.
fn reserve_in(folder: &Path) {
    let file = fs::File::create(folder.join(RESERVE_FILE)).unwrap();
    file.set_len(RESERVE_BYTES).unwrap();
}

/// What was recorded, and how many deeds the first session took.
fn sessions(work: &[&str]) -> (Record, usize) {
    let folder = place();
    reserve_in(folder.path());
    let mut record = Record::default();
    let mut first = None;
    for work in work {
        let said = record::record(folder.path(), work, &mut record);
        println!("«{work}»: {said}");
        first.get_or_insert(record.deeds.len());
    }
    (record, first.unwrap())
}

/// Cuts a recording off and looks at what is left; how often each thing was seen.
fn cut_and_look(record: &Record, plans: &[Plan], seed: u64) -> BTreeMap<String, usize> {
    let deeds = &record.deeds;
    let heads = acknowledged(deeds);
    let syncs = deeds
        .iter()
        .filter(|deed| matches!(deed, Deed::Sync(_) | Deed::SyncNames))
        .count();
    println!(
        "{} deeds, {syncs} of them synchronisations, {} rows in {} appends; seed {seed}",
        deeds.len(),
        heads.keys().max().unwrap(),
        heads.len() - 1,
    );
    let seen = Mutex::new(BTreeMap::<String, usize>::new());
    let (give, take) = sync_channel(4);
    let take = Mutex::new(take);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| look(&take, &heads, seed, &seen));
        }
        for plan in plans {
            cut(deeds, *plan, seed, &give);
        }
        drop(give);
    });
    let seen = seen.into_inner().unwrap();
    for (what, times) in &seen {
        println!("{times:6} {what}");
    }
    seen
}

/// How many cuts, after which deeds, and whether a synchronisation is one.
#[derive(Clone, Copy, Debug)]
struct Plan {
    cuts: usize,
    from: usize,
    honest: bool,
}

/// Every head that the anchor was told, by the number of the row.
fn acknowledged(deeds: &[Deed]) -> HashMap<i64, Head> {
    let heads = deeds.iter().filter_map(|deed| match deed {
        Deed::Write(_, 0, bytes) => Head::parse(bytes),
        _ => None,
    });
    heads.map(|head| (head.seq, head)).collect()
}

fn honest(seen: &BTreeMap<String, usize>) -> usize {
    let honest = seen.iter().filter(|(what, _)| what.starts_with("honest"));
    honest.map(|(_, times)| times).sum()
}

/// A first start, a day that ends in a kill, and a start that recovers and closes in order.
#[test]
fn after_a_power_cut_everything_acknowledged_is_there() {
    let (record, _) = sessions(&["2", "14 killed", "3"]);
    let plan = Plan {
        cuts: number_of_cuts(),
        from: 0,
        honest: true,
    };
    let lying = Plan {
        cuts: number_of_cuts() / 4,
        honest: false,
        ..plan
    };
    let seen = cut_and_look(&record, &[plan, lying], seed());
    assert_eq!(honest(&seen), plan.cuts);
}

/// After a thousand pages SQLite copies its log into the database and begins it anew.
#[test]
fn a_power_cut_while_the_log_is_begun_anew_loses_nothing() {
    let (record, first) = sessions(&["1", "90 killed"]);
    let database = record.file(DATABASE_FILE);
    let copied = |deed: &Deed| matches!(deed, Deed::Write(file, ..) if *file == database);
    let copied = record.deeds[first..].iter().position(copied);
    let plan = Plan {
        cuts: number_of_cuts() / 4,
        from: (first + copied.unwrap()).saturating_sub(BEFORE_CHECKPOINT),
        honest: true,
    };
    let seen = cut_and_look(&record, &[plan], seed());
    assert_eq!(honest(&seen), plan.cuts);
}

/// Cuts the disk off after deeds that chance names.
fn cut(deeds: &[Deed], plan: Plan, seed: u64, give: &SyncSender<Left>) {
    let honest = plan.honest;
    let mut chance = Chance(seed);
    let mut after: Vec<usize> = (0..plan.cuts)
        .map(|_| plan.from + chance.below(deeds.len() + 1 - plan.from))
        .collect();
    after.sort_unstable();
    let mut platter = Platter::default();
    let mut acknowledged = 0;
    let mut done = 0;
    // A disk that lies begins to at some moment.
    let lies_from = if honest { usize::MAX } else { deeds.len() / 3 };
    for (number, &after) in after.iter().enumerate() {
        for (at, deed) in deeds.iter().enumerate().take(after).skip(done) {
            platter.take(deed, at < lies_from);
            if let Deed::Write(_, 0, bytes) = deed
                && let Some(head) = Head::parse(bytes)
            {
                acknowledged = head.seq;
            }
        }
        done = after;
        let cut = Cut::ALL[number % Cut::ALL.len()];
        let left = Left {
            number,
            after,
            cut,
            honest,
            files: platter.after(cut, &mut chance),
            acknowledged,
        };
        // Whoever looks has failed, and says so.
        if give.send(left).is_err() {
            return;
        }
    }
}

fn look(
    take: &Mutex<Receiver<Left>>,
    heads: &HashMap<i64, Head>,
    seed: u64,
    seen: &Mutex<BTreeMap<String, usize>>,
) {
    loop {
        let left = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(left) = left else { return };
        let disk = if left.honest { "honest" } else { "lying" };
        let place = place();
        let folder = place.path();
        reserve_in(folder);
        for (name, bytes) in &left.files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        match holds(folder, &left, heads) {
            Ok(word) => {
                let kind = format!("{disk} disk, {:?}: {word}", left.cut);
                *seen.lock().unwrap().entry(kind).or_default() += 1;
            }
            Err(why) => {
                let kept = place.keep();
                panic!(
                    "{disk} disk, {:?} after deed {}, {} rows acknowledged: {why}; seed {seed}, kept in {}",
                    left.cut,
                    left.after,
                    left.acknowledged,
                    kept.display()
                );
            }
        }
    }
}

/// What a start makes of it; an error where it is not what it must be.
fn holds(folder: &Path, left: &Left, heads: &HashMap<i64, Head>) -> Result<&'static str, String> {
    let said = anchor::read(folder).map_err(|error| error.to_string())?;
    let mut journal = match SqliteJournal::open(folder, at()) {
        Ok(journal) => journal,
        Err(JournalError::TailLost { what, had, .. }) if !left.honest => {
            let ran_ahead = said.is_some_and(|said| said.seq == had);
            return match (what, ran_ahead) {
                (_, false) => Err("the anchor said otherwise".into()),
                (Loss::Gone | Loss::Shorter | Loss::OtherRows | Loss::OtherJournal, true) => {
                    Ok("a lost end is named")
                }
            };
        }
        Err(JournalError::Damaged { .. } | JournalError::WrongKey { .. }) if !left.honest => {
            return Ok("damage is named");
        }
        Err(error) => return Err(error.to_string()),
    };
    let head = anchor::read(folder).unwrap().unwrap();
    if head.seq > 0 && heads.get(&head.seq) != Some(&head) {
        return Err(format!(
            "row {} is not one that an append ended with",
            head.seq
        ));
    }
    if left.honest && head.seq < left.acknowledged {
        return Err(format!("only {} rows are there", head.seq));
    }
    if left.number.is_multiple_of(THOROUGH) {
        let sale = sale();
        journal
            .append(&sale, &entries(&sale), false, at())
            .map_err(|error| error.to_string())?;
        let verdict = journal.verify();
        if verdict.first_bad.is_some() {
            return Err(format!("{:?}", verdict.first_bad));
        }
        drop(journal);
        let journal = SqliteJournal::open(folder, at()).map_err(|error| error.to_string())?;
        let read = journal.entries(sale.payment).unwrap().len();
        if read != entries(&sale).len() {
            return Err(format!("{read} rows of a payment made afterwards"));
        }
    }
    Ok(match head.seq - left.acknowledged {
        0 => "all that was acknowledged",
        1.. => "and the rows on their way",
        _ => "an older end, which no anchor was left to tell",
    })
}
