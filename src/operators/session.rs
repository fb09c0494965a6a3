//! Who is at the till: nobody yet, somebody, or somebody who went away.

use std::time::Duration;

use super::roster::PersonId;

/// Who is at the till now. Times count from the start of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Session {
    /// Nobody has logged in since the start.
    #[default]
    LoggedOut,
    /// Somebody works.
    LoggedIn {
        /// Who.
        who: PersonId,
        /// His last key.
        seen: Duration,
    },
    /// The till was left, or locked. What was begun is still there, unseen.
    Locked {
        /// Who worked last.
        who: PersonId,
    },
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// Somebody proved who he is.
    Identified(PersonId),
    /// A key, a card, or money that moves: the till is not left alone.
    Seen,
    /// Somebody locks the till.
    Lock,
    /// Time went by, and nothing keeps the till from locking itself.
    Time,
}

impl Session {
    /// What it is after the event at that moment.
    #[must_use]
    pub fn next(self, event: SessionEvent, now: Duration, lock_after: Option<Duration>) -> Self {
        match (self, event) {
            (_, SessionEvent::Identified(who)) => Self::LoggedIn { who, seen: now },
            (Self::LoggedIn { who, seen }, SessionEvent::Seen) => Self::LoggedIn {
                who,
                seen: seen.max(now),
            },
            (Self::LoggedIn { who, .. }, SessionEvent::Lock) => Self::Locked { who },
            (Self::LoggedIn { who, .. }, SessionEvent::Time) => {
                if self.deadline(lock_after).is_some_and(|at| at <= now) {
                    Self::Locked { who }
                } else {
                    self
                }
            }
            (
                Self::LoggedOut | Self::Locked { .. },
                SessionEvent::Seen | SessionEvent::Lock | SessionEvent::Time,
            ) => self,
        }
    }

    /// Who works now.
    pub const fn who(self) -> Option<PersonId> {
        match self {
            Self::LoggedIn { who, .. } => Some(who),
            Self::LoggedOut | Self::Locked { .. } => None,
        }
    }

    /// Who works now, or worked last.
    pub const fn last(self) -> Option<PersonId> {
        match self {
            Self::LoggedIn { who, .. } | Self::Locked { who } => Some(who),
            Self::LoggedOut => None,
        }
    }

    /// When the till locks itself if nothing happens.
    pub fn deadline(self, lock_after: Option<Duration>) -> Option<Duration> {
        match self {
            Self::LoggedIn { seen, .. } => seen.checked_add(lock_after?),
            Self::LoggedOut | Self::Locked { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANNA: PersonId = PersonId(0);
    const BORIS: PersonId = PersonId(1);

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_till_that_is_left_alone_locks_itself_and_opens_to_anybody() {
        let after = Some(s(60));
        let mut session = Session::default();
        for (event, now, who, last) in [
            (SessionEvent::Seen, 1, None, None),
            (SessionEvent::Lock, 2, None, None),
            (SessionEvent::Time, 900, None, None),
            (
                SessionEvent::Identified(ANNA),
                1_000,
                Some(ANNA),
                Some(ANNA),
            ),
            (SessionEvent::Time, 1_059, Some(ANNA), Some(ANNA)),
            (SessionEvent::Seen, 1_059, Some(ANNA), Some(ANNA)),
            (SessionEvent::Time, 1_118, Some(ANNA), Some(ANNA)),
            (SessionEvent::Time, 1_119, None, Some(ANNA)),
            (SessionEvent::Seen, 1_120, None, Some(ANNA)),
            (
                SessionEvent::Identified(BORIS),
                1_121,
                Some(BORIS),
                Some(BORIS),
            ),
            (SessionEvent::Lock, 1_122, None, Some(BORIS)),
        ] {
            session = session.next(event, s(now), after);
            assert_eq!(
                (session.who(), session.last()),
                (who, last),
                "{event:?} {now}"
            );
        }
    }

    #[test]
    fn without_a_time_it_never_locks_itself() {
        let session = Session::default().next(SessionEvent::Identified(ANNA), s(1), None);
        assert_eq!(session.deadline(None), None);
        assert_eq!(
            session.next(SessionEvent::Time, Duration::MAX, None),
            session
        );
    }

    fn events() -> impl Strategy<Value = SessionEvent> {
        prop_oneof![
            (0_usize..3).prop_map(|n| SessionEvent::Identified(PersonId(n))),
            Just(SessionEvent::Seen),
            Just(SessionEvent::Lock),
            Just(SessionEvent::Time),
        ]
    }

    proptest! {
        #[test]
        fn nobody_works_who_did_not_prove_himself_lately(
            steps in proptest::collection::vec((events(), 0_u64..50), 0..40), after in 1_u64..60,
        ) {
            let limit = s(after);
            let after = Some(limit);
            let (mut session, mut now, mut alive) = (Session::default(), Duration::ZERO, None);
            for (event, pause) in steps {
                now += s(pause);
                session = session.next(SessionEvent::Time, now, after);
                if let Some((_, seen)) = alive && now >= seen + limit {
                    alive = None;
                }
                session = session.next(event, now, after);
                alive = match (event, alive) {
                    (SessionEvent::Identified(who), _) => Some((who, now)),
                    (SessionEvent::Seen, Some((who, _))) => Some((who, now)),
                    (SessionEvent::Lock, _) => None,
                    (SessionEvent::Time | SessionEvent::Seen, alive) => alive,
                };
                prop_assert_eq!(session.who(), alive.map(|(who, _)| who));
            }
        }
    }
}
