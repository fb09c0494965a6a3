//! What a disk may hold after its power was cut: everything that was synchronised, and any part of
//! what was not.

use std::collections::BTreeMap;

use super::record::Deed;

/// Numbers by chance, the same for the same seed (splitmix64).
pub(super) struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 1
    }
}

/// What happens to that which was not synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cut {
    /// All of it had been written already: only the program died.
    Kept,
    /// Nothing of it was.
    Dropped,
    /// The first so many changes of each file.
    Beginning,
    /// As before, and the next change in part: some of its sectors.
    Torn(usize),
    /// Any sectors of any changes: the disk wrote in an order of its own.
    Scattered(usize),
}

impl Cut {
    pub const ALL: [Self; 7] = [
        Self::Kept,
        Self::Dropped,
        Self::Beginning,
        Self::Torn(512),
        Self::Torn(4_096),
        Self::Scattered(512),
        Self::Scattered(4_096),
    ];
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, new) => {
                if bytes.len() < at + new.len() {
                    bytes.resize(at + new.len(), 0);
                }
                bytes[*at..at + new.len()].copy_from_slice(new);
            }
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct File {
    /// As it was synchronised last.
    safe: Vec<u8>,
    changes: Vec<Change>,
}

impl File {
    fn sync(&mut self) {
        for change in self.changes.drain(..) {
            change.make(&mut self.safe);
        }
    }

    fn after(&self, cut: Cut, chance: &mut Chance) -> Vec<u8> {
        let mut disk = self.safe.clone();
        let whole = match cut {
            Cut::Kept => self.changes.len(),
            Cut::Dropped | Cut::Scattered(_) => 0,
            Cut::Beginning | Cut::Torn(_) => chance.below(self.changes.len() + 1),
        };
        for change in &self.changes[..whole] {
            change.make(&mut disk);
        }
        let (in_part, sector) = match cut {
            Cut::Kept | Cut::Dropped | Cut::Beginning => (0, 1),
            Cut::Torn(sector) => (1, sector),
            Cut::Scattered(sector) => (usize::MAX, sector),
        };
        let mut memory = disk.clone();
        for change in self.changes[whole..].iter().take(in_part) {
            change.make(&mut memory);
            match change {
                Change::Length(_) if chance.coin() => change.make(&mut disk),
                Change::Length(_) => {}
                Change::Write(at, new) => {
                    let end = at + new.len();
                    for start in (at / sector * sector..end).step_by(sector) {
                        if chance.coin() {
                            // A sector goes to the disk as the memory holds it.
                            let end = memory.len().min(start + sector);
                            if disk.len() < end {
                                disk.resize(end, 0);
                            }
                            disk[start..end].copy_from_slice(&memory[start..end]);
                        }
                    }
                }
            }
        }
        disk
    }
}

/// The files of the folder, and their names.
#[derive(Default)]
pub(super) struct Platter {
    files: BTreeMap<usize, File>,
    names: BTreeMap<String, usize>,
    /// Since the folder was synchronised last.
    renamed: Vec<(String, Option<usize>)>,
}

impl Platter {
    /// `honest`: a synchronisation is one. A disk that lies says so and does nothing.
    pub fn take(&mut self, deed: &Deed, honest: bool) {
        match deed {
            Deed::Named(name, file) => {
                self.files.entry(*file).or_default();
                self.renamed.push((name.clone(), Some(*file)));
            }
            Deed::Unnamed(name) => self.renamed.push((name.clone(), None)),
            Deed::Write(file, at, bytes) => self.change(*file, Change::Write(*at, bytes.clone())),
            Deed::Length(file, length) => self.change(*file, Change::Length(*length)),
            Deed::Sync(file) if honest => self.files.get_mut(file).unwrap().sync(),
            Deed::SyncNames if honest => {
                for (name, file) in std::mem::take(&mut self.renamed) {
                    self.rename(name, file);
                }
            }
            Deed::Sync(_) | Deed::SyncNames => {}
        }
    }

    fn change(&mut self, file: usize, change: Change) {
        self.files.get_mut(&file).unwrap().changes.push(change);
    }

    fn rename(&mut self, name: String, file: Option<usize>) {
        match file {
            Some(file) => self.names.insert(name, file),
            None => self.names.remove(&name),
        };
    }

    /// The folder after the cut: each name is as it was at some moment since it was safe.
    pub fn after(&self, cut: Cut, chance: &mut Chance) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.names.clone();
        let mut renamed: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
        for (name, file) in &self.renamed {
            renamed.entry(name).or_default().push(*file);
        }
        for (name, meanings) in renamed {
            let whole = match cut {
                Cut::Kept => meanings.len(),
                Cut::Dropped => 0,
                Cut::Beginning | Cut::Torn(_) | Cut::Scattered(_) => {
                    chance.below(meanings.len() + 1)
                }
            };
            if let Some(meaning) = whole.checked_sub(1).and_then(|last| meanings.get(last)) {
                match meaning {
                    Some(file) => names.insert(name.to_owned(), *file),
                    None => names.remove(name),
                };
            }
        }
        names
            .into_iter()
            .map(|(name, file)| (name, self.files[&file].after(cut, chance)))
            .collect()
    }
}
