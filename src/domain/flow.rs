//! Who may pay for what, as a flow: sources give to sinks that they are allowed to give to, and
//! step aside for each other.

use std::collections::VecDeque;

/// How much each source gives to each sink. Sums are kopecks; all sinks together hold no more than
/// an `i64` does, which the callers see to.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// By source, by sink.
    allowed: Vec<Vec<bool>>,
    /// By source, by sink.
    given: Vec<Vec<i64>>,
    /// What each sink still takes.
    room: Vec<i64>,
}

impl Flow {
    /// Nothing is given yet. `allowed` has a row per source and a column per sink.
    pub(super) fn new(allowed: Vec<Vec<bool>>, room: Vec<i64>) -> Self {
        let given = allowed.iter().map(|row| vec![0; row.len()]).collect();
        Self {
            allowed,
            given,
            room,
        }
    }

    /// The source gives up to `want` more; how much it could. Others give as much as before, if
    /// perhaps to other sinks: so whoever comes first keeps what he has, and still nobody is kept
    /// out who need not be.
    pub(super) fn give(&mut self, source: usize, want: i64) -> i64 {
        let mut given = 0;
        while given < want {
            let Some(path) = self.path(source) else {
                break;
            };
            let mut amount = (want - given).min(self.room[path.sink]);
            for &(_, sink, next) in &path.moves {
                amount = amount.min(self.given[next][sink]);
            }
            for &(from, sink, next) in &path.moves {
                self.given[from][sink] += amount;
                self.given[next][sink] -= amount;
            }
            self.given[path.last][path.sink] += amount;
            self.room[path.sink] -= amount;
            given += amount;
        }
        given
    }

    /// What the source could give, up to `want`.
    pub(super) fn most(&self, source: usize, want: i64) -> i64 {
        self.clone().give(source, want)
    }

    /// What a source gives to a sink.
    pub(super) fn between(&self, source: usize, sink: usize) -> i64 {
        self.given[source][sink]
    }

    /// The shortest way from the source to a sink with room: first sinks first.
    fn path(&self, source: usize) -> Option<Path> {
        // From which source each sink was reached, and from which sink each source.
        let mut by_source: Vec<Option<usize>> = vec![None; self.room.len()];
        let mut by_sink: Vec<Option<usize>> = vec![None; self.allowed.len()];
        let mut queue = VecDeque::from([source]);
        while let Some(from) = queue.pop_front() {
            for sink in 0..self.room.len() {
                if !self.allowed[from][sink] || by_source[sink].is_some() {
                    continue;
                }
                by_source[sink] = Some(from);
                if self.room[sink] > 0 {
                    return Some(Path::back(from, sink, source, &by_source, &by_sink));
                }
                for (other, given) in self.given.iter().enumerate() {
                    if given[sink] > 0 && other != source && by_sink[other].is_none() {
                        by_sink[other] = Some(sink);
                        queue.push_back(other);
                    }
                }
            }
        }
        None
    }
}

/// `moves`: the first source takes the second one's place at the sink; the last one of all goes to
/// a sink with room.
struct Path {
    moves: Vec<(usize, usize, usize)>,
    last: usize,
    sink: usize,
}

impl Path {
    fn back(
        last: usize,
        sink: usize,
        source: usize,
        by_source: &[Option<usize>],
        by_sink: &[Option<usize>],
    ) -> Self {
        let mut moves = Vec::new();
        let mut at = last;
        while at != source {
            let Some((through, from)) =
                by_sink[at].and_then(|through| Some((through, by_source[through]?)))
            else {
                break;
            };
            moves.push((from, through, at));
            at = from;
        }
        Self { moves, last, sink }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_comer_steps_aside_and_keeps_his_sum() {
        // 0 may give to both, 1 to the first only.
        let mut flow = Flow::new(vec![vec![true, true], vec![true, false]], vec![100, 50]);
        assert_eq!(flow.give(0, 100), 100);
        assert_eq!(flow.between(0, 0), 100);
        assert_eq!(flow.most(1, 80), 50);
        assert_eq!(flow.give(1, 80), 50);
        assert_eq!(
            [flow.between(0, 0), flow.between(0, 1), flow.between(1, 0)],
            [50, 50, 50]
        );
        assert_eq!(flow.give(0, 1), 0);
    }

    proptest! {
        /// The least cut is what is given: nobody is kept out who need not be.
        #[test]
        fn as_much_is_given_as_can_be(
            sources in prop::collection::vec((0_i64..50, prop::collection::vec(prop::bool::ANY, 4)), 1..5),
            room in prop::collection::vec(0_i64..50, 4),
        ) {
            let allowed = sources.iter().map(|(_, row)| row.clone()).collect();
            let mut flow = Flow::new(allowed, room.clone());
            let mut given = Vec::new();
            for (index, &(want, _)) in sources.iter().enumerate() {
                given.push(flow.give(index, want));
                for (earlier, &sum) in given.iter().enumerate() {
                    prop_assert_eq!((0..4).map(|sink| flow.between(earlier, sink)).sum::<i64>(), sum);
                }
            }
            for (sink, &room) in room.iter().enumerate() {
                let taken: i64 = (0..sources.len()).map(|source| flow.between(source, sink)).sum();
                prop_assert!(taken <= room);
            }
            let cut = (0_usize..1 << sources.len()).map(|inside| {
                let inside = |index: usize| inside >> index & 1 == 1;
                let outside: i64 = sources.iter().enumerate()
                    .filter(|&(index, _)| !inside(index)).map(|(_, &(want, _))| want).sum();
                let reached: i64 = (0..4).filter(|&sink| {
                    sources.iter().enumerate().any(|(index, (_, row))| inside(index) && row[sink])
                }).map(|sink| room[sink]).sum();
                outside + reached
            }).min().unwrap();
            prop_assert_eq!(given.iter().sum::<i64>(), cut);
        }
    }
}
