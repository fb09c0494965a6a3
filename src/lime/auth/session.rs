//! What is known of a login: which token is good, what to ask for next, when to ask again. Pure;
//! times are those of a clock that never goes back.

use std::time::Duration;

use secrecy::SecretString;

use crate::payment::reason::Problem;

use super::refusals::Refused;

/// A token is renewed so long before its end, but not before three quarters of its life.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// Life of a token whose answer does not tell it: public clients renew about hourly.
const LIFE_ASSUMED: Duration = Duration::from_hours(1);
/// A token is believed to live at least and at most so long, whatever its answer says.
const LIFE_MIN: Duration = Duration::from_secs(30);
const LIFE_MAX: Duration = Duration::from_hours(24);
/// Pause after no answer came: those who waited meanwhile need not wait for another one.
const UNANSWERED_PAUSE: Duration = Duration::from_secs(1);
/// Pause after an answer that makes no sense, or a new token that was turned away.
const STRANGE_PAUSE: Duration = Duration::from_secs(15);
/// Pause after a password was refused, doubled with each refusal in a row: a server locks a user out
/// who tries too often, and with him every till that has the same login.
const REFUSED_PAUSE: Duration = Duration::from_mins(5);
const REFUSED_PAUSE_MAX: Duration = Duration::from_hours(1);

/// A token as it was given.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub(super) access: SecretString,
    pub(super) refresh: Option<SecretString>,
    pub(super) lives: Option<Duration>,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lime) struct Barred {
    pub(in crate::lime) problem: Problem,
    /// The server said no; else nobody knows what it would have said.
    pub(in crate::lime) refused: bool,
}

/// What came of asking for a token.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Granted(Granted),
    /// The server said no.
    Refused(Problem),
    /// It answered something else.
    Strange(Problem),
    /// It did not answer.
    Unanswered(Problem),
}

/// With what a token is asked for.
#[derive(Clone, Debug)]
pub(super) enum Grant {
    Password,
    Refresh(SecretString),
}

/// What to do now.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Use this token, the so-and-so-many-th.
    Use(SecretString, u64),
    Ask(Grant),
    /// It is too early to ask again.
    Wait(Barred),
}

#[derive(Debug)]
struct Token {
    access: SecretString,
    /// Lime took it once.
    proven: bool,
    renew_at: Duration,
    dies_at: Duration,
}

#[derive(Debug)]
struct Pause {
    until: Duration,
    barred: Barred,
}

/// One login.
#[derive(Debug, Default)]
pub(super) struct Session {
    token: Option<Token>,
    /// How many tokens there were: the number of the one in use.
    count: u64,
    refresh: Option<SecretString>,
    pause: Option<Pause>,
    /// Refused passwords in a row.
    refusals: u32,
}

impl Session {
    pub(super) fn step(&self, now: Duration) -> Step {
        let alive = self.token.as_ref().filter(|token| now < token.dies_at);
        let paused = self.pause.as_ref().filter(|pause| now < pause.until);
        match (alive, paused) {
            (Some(token), _) if now < token.renew_at => Step::Use(token.access.clone(), self.count),
            (Some(token), Some(_)) => Step::Use(token.access.clone(), self.count),
            (None, Some(pause)) => Step::Wait(pause.barred.clone()),
            (_, None) => Step::Ask(self.refresh.clone().map_or(Grant::Password, Grant::Refresh)),
        }
    }

    /// Takes in what came of asking at `since` for a token, now.
    pub(super) fn asked(&mut self, with: &Grant, asked: Asked, since: Duration, now: Duration) {
        match asked {
            Asked::Granted(granted) => self.take(granted, since),
            Asked::Refused(problem) => match with {
                // The password has not been asked about yet.
                Grant::Refresh(_) => self.refresh = None,
                Grant::Password => {
                    self.refusals = self.refusals.saturating_add(1);
                    self.wait(now, pause_after(self.refusals), problem, true);
                }
            },
            Asked::Strange(problem) => self.wait(now, STRANGE_PAUSE, problem, false),
            Asked::Unanswered(problem) => self.wait(now, UNANSWERED_PAUSE, problem, false),
        }
    }

    /// How many passwords were refused in a row.
    pub(super) const fn refusals(&self) -> u32 {
        self.refusals
    }

    /// Another process of this till was refused before: the pause after that counts here as well.
    /// Whether it still lasts.
    pub(super) fn recall(&mut self, refused: Refused, problem: Problem, now: Duration) -> bool {
        self.refusals = self.refusals.max(refused.times);
        let pause = pause_after(refused.times).saturating_sub(refused.ago);
        if pause.is_zero() {
            return false;
        }
        self.wait(now, pause, problem, true);
        true
    }

    /// Lime took the token with this number.
    pub(super) fn taken(&mut self, number: u64) {
        if let Some(token) = self.token.as_mut().filter(|_| number == self.count) {
            token.proven = true;
        }
    }

    /// Lime turned the token with this number away. Whether the same call may be tried with another
    /// one: not where a new token was turned away, or every call would cost a login.
    pub(super) fn turned_away(&mut self, number: u64, problem: Problem, now: Duration) -> bool {
        if number != self.count {
            return true;
        }
        let proven = self.token.take().is_some_and(|token| token.proven);
        if !proven {
            self.wait(now, STRANGE_PAUSE, problem, true);
        }
        proven
    }

    fn take(&mut self, granted: Granted, since: Duration) {
        let lives = granted.lives.unwrap_or(LIFE_ASSUMED);
        let lives = lives.clamp(LIFE_MIN, LIFE_MAX);
        let dies_at = since.saturating_add(lives);
        self.token = Some(Token {
            access: granted.access,
            proven: false,
            renew_at: dies_at.saturating_sub(RENEW_BEFORE.min(lives / 4)),
            dies_at,
        });
        self.count = self.count.saturating_add(1);
        // A server that renews without a new refresh token lets the old one be used again.
        self.refresh = granted.refresh.or(self.refresh.take());
        self.pause = None;
        self.refusals = 0;
    }

    fn wait(&mut self, now: Duration, pause: Duration, problem: Problem, refused: bool) {
        self.pause = Some(Pause {
            until: now.saturating_add(pause),
            barred: Barred { problem, refused },
        });
    }
}

/// The pause after so many refused passwords in a row.
pub(super) fn pause_after(refusals: u32) -> Duration {
    let doubled = 1_u32
        .checked_shl(refusals.saturating_sub(1))
        .unwrap_or(u32::MAX);
    REFUSED_PAUSE.saturating_mul(doubled).min(REFUSED_PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::payment::reason::Reason;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn granted(access: &str, refresh: Option<&str>, lives: Option<u64>) -> Asked {
        Asked::Granted(Granted {
            access: SecretString::from(access),
            refresh: refresh.map(SecretString::from),
            lives: lives.map(s),
        })
    }

    fn problem(words: &str) -> Problem {
        Problem::own(Reason::AccessDenied, words)
    }

    fn step(session: &Session, at: u64) -> String {
        match session.step(s(at)) {
            Step::Use(token, number) => format!("use {} {number}", token.expose_secret()),
            Step::Ask(Grant::Password) => "password".to_owned(),
            Step::Ask(Grant::Refresh(token)) => format!("refresh {}", token.expose_secret()),
            Step::Wait(barred) => format!("wait {} {}", barred.refused, barred.problem.detail),
        }
    }

    fn asked(session: &mut Session, asked: Asked, at: u64) {
        let Step::Ask(grant) = session.step(s(at)) else {
            panic!("nothing is to be asked at {at}");
        };
        session.asked(&grant, asked, s(at), s(at));
    }

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        let mut session = Session::default();
        assert_eq!(step(&session, 0), "password");
        asked(&mut session, granted("a1", Some("r1"), Some(3_600)), 100);
        for (at, expected) in [
            (100, "use a1 1"),
            (100 + 3_539, "use a1 1"),
            (100 + 3_540, "refresh r1"),
            (100 + 99_999, "refresh r1"),
        ] {
            assert_eq!(step(&session, at), expected, "{at}");
        }
        asked(&mut session, granted("a2", None, None), 3_650);
        assert_eq!(step(&session, 3_650 + 3_539), "use a2 2");
        // The refresh token is good for more than once.
        assert_eq!(step(&session, 3_650 + 3_540), "refresh r1");
    }

    #[test]
    fn lives_that_make_no_sense_are_bounded() {
        for (lives, last) in [(0, 22), (1, 22), (40, 29), (u64::MAX, 24 * 3_600 - 61)] {
            let mut session = Session::default();
            asked(&mut session, granted("a", None, Some(lives)), 0);
            assert_eq!(step(&session, last), "use a 1", "{lives}");
            assert_eq!(step(&session, last + 1), "password", "{lives}");
        }
    }

    #[test]
    fn a_server_that_cannot_renew_just_now_keeps_nobody_out_before_the_end() {
        let mut session = Session::default();
        asked(&mut session, granted("a1", Some("r1"), Some(3_600)), 0);
        asked(&mut session, Asked::Unanswered(problem("lost")), 3_550);
        assert_eq!(step(&session, 3_550), "use a1 1");
        assert_eq!(step(&session, 3_551), "refresh r1");
        asked(&mut session, Asked::Strange(problem("a page")), 3_590);
        assert_eq!(step(&session, 3_599), "use a1 1");
        assert_eq!(step(&session, 3_600), "wait false a page");
        assert_eq!(step(&session, 3_605), "refresh r1");
    }

    #[test]
    fn a_refused_renewal_is_followed_by_the_password_at_once() {
        let mut session = Session::default();
        asked(&mut session, granted("a1", Some("r1"), Some(3_600)), 0);
        asked(
            &mut session,
            Asked::Refused(problem("invalid_grant")),
            3_550,
        );
        assert_eq!(step(&session, 3_550), "password");
        asked(&mut session, granted("a2", Some("r2"), Some(3_600)), 3_550);
        assert_eq!(step(&session, 3_550), "use a2 2");
    }

    #[test]
    fn a_refused_password_is_tried_less_and_less_often() {
        let mut session = Session::default();
        let mut now = 0;
        for minutes in [5, 10, 20, 40, 60, 60, 60] {
            asked(&mut session, Asked::Refused(problem("wrong")), now);
            assert_eq!(step(&session, now + minutes * 60 - 1), "wait true wrong");
            now += minutes * 60;
            assert_eq!(step(&session, now), "password");
        }
        for _ in 0..50 {
            asked(&mut session, Asked::Refused(problem("wrong")), now);
            now += 3_600;
        }
        // Right again: forgotten.
        asked(&mut session, granted("a1", None, Some(40)), now);
        now += 100;
        asked(&mut session, Asked::Refused(problem("wrong")), now);
        assert_eq!(step(&session, now + 299), "wait true wrong");
        assert_eq!(step(&session, now + 300), "password");
    }

    #[test]
    fn what_another_process_was_refused_counts_here() {
        for (times, ago, left) in [
            (1, 0, 300),
            (1, 299, 1),
            (1, 300, 0),
            (3, 300, 900),
            (9, 0, 3_600),
            (u32::MAX, 3_599, 1),
            (u32::MAX, 3_600, 0),
        ] {
            let mut session = Session::default();
            let refused = Refused { ago: s(ago), times };
            let waits = session.recall(refused, problem("before"), s(50));
            assert_eq!(waits, left > 0, "{times} {ago}");
            if left > 0 {
                assert_eq!(step(&session, 50 + left - 1), "wait true before");
            }
            assert_eq!(step(&session, 50 + left), "password", "{times} {ago}");
            // The next one is waited for longer than the last one was.
            asked(&mut session, Asked::Refused(problem("wrong")), 50 + left);
            let pause = pause_after(times.saturating_add(1)).as_secs();
            assert_eq!(step(&session, 50 + left + pause - 1), "wait true wrong");
            assert_eq!(step(&session, 50 + left + pause), "password");
        }
    }

    #[test]
    fn a_token_that_is_turned_away_is_renewed_once() {
        let mut session = Session::default();
        asked(&mut session, granted("a1", Some("r1"), Some(3_600)), 0);
        session.taken(1);
        assert!(session.turned_away(1, problem("401"), s(10)));
        assert_eq!(step(&session, 10), "refresh r1");
        asked(&mut session, granted("a2", Some("r2"), Some(3_600)), 10);
        // Whoever was turned away with the old one meanwhile just takes the new one.
        assert!(session.turned_away(1, problem("401"), s(11)));
        assert_eq!(step(&session, 11), "use a2 2");
        // A new one that is turned away: nothing is gained by asking for more of them.
        assert!(!session.turned_away(2, problem("401"), s(12)));
        assert_eq!(step(&session, 12), "wait true 401");
        assert_eq!(step(&session, 27), "refresh r2");
    }

    #[test]
    fn nothing_shows_a_token() {
        let mut session = Session::default();
        asked(
            &mut session,
            granted("tok-access", Some("tok-refresh"), None),
            0,
        );
        let shown = format!(
            "{session:?} {:?} {:?}",
            session.step(s(1)),
            session.step(s(9_999))
        );
        assert!(!shown.contains("tok-"), "{shown}");
    }
}
