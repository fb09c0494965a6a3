//! Lime: reached, the key taken, the clocks together. No number is drawn and no card is asked for.

use std::sync::Arc;

use crate::cli::doctor::{Finding, Level, Subject};
use crate::config::Loaded;
use crate::i18n::Texts;
use crate::payment::ports::Clock as _;
use crate::payment::reason::Reason;
use crate::runtime::clock::SystemClock;
use crate::runtime::connect;

use super::{Findings, no_client};

pub(super) fn look(loaded: &Loaded, clock: &Arc<SystemClock>, texts: Texts) -> Vec<Finding> {
    let lime = match connect::lime(&loaded.config, clock) {
        Ok(lime) => lime,
        Err(error) => return no_client(Subject::Lime, &error, texts),
    };
    let mut findings = Findings::new(Subject::Lime, texts);
    match lime.server_time() {
        Ok(theirs) => {
            let url = &loaded.config.lime.url;
            findings.fine("doctor.lime.fine", &[("url", url)]);
            findings.clock(Some(theirs), &clock.local());
        }
        Err(error) => {
            let (level, todo) = match error.problem().reason {
                Reason::ServerUnreachable | Reason::AnswerLost => {
                    (Level::Unreachable, "doctor.lime.unreachable_todo")
                }
                Reason::AccessDenied => (Level::Bad, "doctor.lime.denied_todo"),
                _ => (Level::Bad, "doctor.lime.strange_todo"),
            };
            findings.failed(level, &error, Some(texts.get(todo).to_owned()));
        }
    }
    findings.all
}
