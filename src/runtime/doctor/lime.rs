//! Lime: reached, the key taken, the clocks together. No number is drawn and no card is asked for.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::cli::doctor::{Finding, Level, Subject};
use crate::config::Loaded;
use crate::config::settings::LimeKind;
use crate::i18n::Texts;
use crate::lime::holds::{Capabilities, HoldMode};
use crate::payment::ports::{Clock as _, ReadError};
use crate::payment::reason::Reason;
use crate::runtime::clock::SystemClock;
use crate::runtime::connect;

use super::{Findings, no_client};

/// The version of the contract that this program speaks.
const API: &str = "1.0";
/// The only money that it knows.
const CURRENCY: &str = "RUB";

pub(super) fn look(loaded: &Loaded, clock: &Arc<SystemClock>, texts: Texts) -> Vec<Finding> {
    match loaded.config.lime.kind {
        LimeKind::Rpc => rpc(loaded, clock, texts),
        LimeKind::Holds => holds(loaded, clock, texts),
    }
}

fn rpc(loaded: &Loaded, clock: &Arc<SystemClock>, texts: Texts) -> Vec<Finding> {
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
        Err(error) => silent(&mut findings, &error),
    }
    findings.all
}

fn holds(loaded: &Loaded, clock: &Arc<SystemClock>, texts: Texts) -> Vec<Finding> {
    let holds = match connect::holds(&loaded.config) {
        Ok(holds) => holds,
        Err(error) => return no_client(Subject::Lime, &error, texts),
    };
    let mut findings = Findings::new(Subject::Lime, texts);
    match holds.capabilities() {
        Ok(offered) => {
            let url = &loaded.config.lime.url;
            findings.fine("doctor.lime.fine", &[("url", url)]);
            let theirs = offered
                .server_time
                .map(|at| TimeZone::system().to_datetime(at));
            findings.clock(theirs, &clock.local());
            compare(&mut findings, &offered, &loaded.config.lime.holds);
        }
        Err(error) => silent(&mut findings, &error),
    }
    findings.all
}

/// What the server offers beside what the settings say.
fn compare(
    findings: &mut Findings,
    offered: &Capabilities,
    own: &crate::config::settings::LimeHolds,
) {
    if offered.api != API || offered.currency != CURRENCY {
        findings.wrong(
            Level::Bad,
            "doctor.lime.contract",
            &[
                ("api", &offered.api),
                ("currency", &offered.currency),
                ("known", &API),
            ],
        );
    }
    match (offered.hold_mode, own.capture) {
        (HoldMode::Native, false) | (HoldMode::None, true) => {}
        (HoldMode::Advisory, false) => findings.wrong(Level::Note, "doctor.lime.advisory", &[]),
        (HoldMode::None | HoldMode::Unheard, false) => {
            findings.wrong(Level::Bad, "doctor.lime.no_holds", &[]);
        }
        (HoldMode::Native | HoldMode::Advisory, true) => {
            findings.wrong(Level::Note, "doctor.lime.could_hold", &[]);
        }
        (HoldMode::Unheard, true) => {}
    }
    if !own.capture && own.ttl_s > offered.ttl_max_s {
        findings.wrong(
            Level::Bad,
            "doctor.lime.ttl",
            &[("ttl", &own.ttl_s), ("max", &offered.ttl_max_s)],
        );
    }
}

fn silent(findings: &mut Findings, error: &ReadError) {
    let (level, todo) = match error.problem().reason {
        Reason::ServerUnreachable | Reason::ServerBusy | Reason::AnswerLost => {
            (Level::Unreachable, "doctor.lime.unreachable_todo")
        }
        Reason::AccessDenied => (Level::Bad, "doctor.lime.denied_todo"),
        _ => (Level::Bad, "doctor.lime.strange_todo"),
    };
    let todo = findings.texts.get(todo).to_owned();
    findings.failed(level, error, Some(todo));
}
