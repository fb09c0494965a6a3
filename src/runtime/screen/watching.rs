//! What the till looks at beside the cashier's questions, each on a thread of its own: whether Lime is
//! there, and in which halls the tables stand.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use crate::i18n::Texts;
use crate::payment::ports::{Pos, ReadError, Wallet};
use crate::payment::reason::{Problem, Reason, Server};
use crate::runtime::clocks::Clocks;
use crate::tui::Msg;

use super::Input;

/// Pause between looks whether Lime is there.
const HEALTH_EVERY: Duration = Duration::from_mins(1);

/// How long what is known of halls is taken for true.
const HALLS_EVERY: Duration = Duration::from_hours(24);
/// How long they are not asked for again after r_keeper did not tell.
const HALLS_AGAIN: Duration = Duration::from_mins(10);

/// Asks in which halls the tables stand, beside the cashier's own questions. Ends when nobody listens
/// any more.
pub(super) fn watch_halls(pos: &dyn Pos, say: &SyncSender<Input>) {
    loop {
        let pause = match pos.halls() {
            Ok(halls) => {
                if say
                    .send(Input::Screen(Box::new(Msg::Halls(halls))))
                    .is_err()
                {
                    return;
                }
                HALLS_EVERY
            }
            Err(error) => {
                tracing::warn!(problem = %error, "the halls of the tables cannot be read");
                HALLS_AGAIN
            }
        };
        thread::sleep(pause);
    }
}

/// Looks from time to time whether Lime is there, so that the cashier knows before a guest taps, and
/// now and then what its clock says. Ends when nobody listens any more.
pub(super) fn watch_lime(
    wallet: &dyn Wallet,
    mut clocks: Clocks,
    texts: Texts,
    say: &SyncSender<Input>,
) {
    let start = Instant::now();
    let mut told = None;
    loop {
        let answer = wallet.reachable();
        let problem = ailment(answer.as_ref().err()).map(|problem| problem.reason);
        if told != Some(problem) {
            told = Some(problem);
            if say
                .send(Input::Screen(Box::new(health(
                    Server::Lime,
                    answer.as_ref().err(),
                ))))
                .is_err()
            {
                return;
            }
        }
        if answer.is_ok()
            && clocks.are_due(start.elapsed())
            && let Ok(ahead) = wallet.clock_ahead()
            && let ahead = ahead.unwrap_or_default()
            && let Some(words) = clocks.compared(ahead, start.elapsed(), texts)
            && say.send(Input::LimeClock(words)).is_err()
        {
            return;
        }
        thread::sleep(HEALTH_EVERY);
    }
}

/// A refusal is an answer: the server is there. A key that it does not take is none.
pub(super) fn ailment(error: Option<&ReadError>) -> Option<Problem> {
    match error {
        Some(ReadError::Refused(problem)) if problem.reason == Reason::AccessDenied => {
            Some(problem.clone())
        }
        None | Some(ReadError::Refused(_)) => None,
        Some(ReadError::Failed(problem)) => Some(problem.clone()),
    }
}

pub(super) fn health(server: Server, error: Option<&ReadError>) -> Msg {
    let problem = ailment(error);
    Msg::Server {
        server,
        ok: problem.is_none(),
        problem,
    }
}
