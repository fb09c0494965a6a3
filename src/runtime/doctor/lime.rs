//! Lime: reached, the key taken, the clocks together. No number is drawn and no card is asked for.

use std::sync::Arc;

use crate::cli::doctor::{Finding, Level, Subject};
use crate::config::Loaded;
use crate::http::certificate;
use crate::i18n::Texts;
use crate::payment::ports::Clock as _;
use crate::payment::reason::Reason;
use crate::runtime::clock::SystemClock;
use crate::runtime::connect;

use super::{Findings, no_client, tls};

/// Where Lime's settings stand.
const TABLE: &str = "lime";

pub(super) fn look(loaded: &Loaded, clock: &Arc<SystemClock>, texts: Texts) -> Vec<Finding> {
    let lime = match connect::lime(&loaded.config, clock) {
        Ok(lime) => lime,
        Err(error) => return no_client(Subject::Lime, &error, texts),
    };
    let mut findings = Findings::new(Subject::Lime, texts);
    let own = &loaded.config.lime;
    let shown = certificate(&connect::lime_channel(own));
    if let Ok(shown) = &shown
        && !own.pins.is_empty()
    {
        if !tls::is_pinned(&own.pins, shown) {
            // Not one byte of the key leaves for it.
            tls::not_pinned(&mut findings, TABLE, shown);
            return findings.all;
        }
        tls::pinned(&mut findings, shown, &clock.local());
    }
    match lime.server_time() {
        Ok(theirs) => {
            findings.fine("doctor.lime.fine", &[("url", &own.url)]);
            findings.clock(Some(theirs), &clock.local());
        }
        Err(error) => {
            let (level, todo) = match (error.problem().reason, &shown) {
                // A certificate that the system does not vouch for.
                (Reason::ServerUnreachable, Ok(shown)) if own.pins.is_empty() => {
                    tls::not_pinned(&mut findings, TABLE, shown);
                    return findings.all;
                }
                (Reason::ServerUnreachable | Reason::AnswerLost, _) => {
                    (Level::Unreachable, "doctor.lime.unreachable_todo")
                }
                (Reason::AccessDenied, _) => (Level::Bad, "doctor.lime.denied_todo"),
                (_, _) => (Level::Bad, "doctor.lime.strange_todo"),
            };
            let advice = shown.as_ref().err();
            let todo = advice
                .and_then(|why| tls::advice(why, texts))
                .unwrap_or_else(|| texts.get(todo).to_owned());
            findings.failed(level, &error, Some(todo));
        }
    }
    findings.all
}
