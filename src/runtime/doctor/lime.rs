//! Lime: reached, the key taken, the clocks together. No number is drawn and no card is asked for.

use std::sync::Arc;

use crate::cli::doctor::{Finding, Level, Subject};
use crate::cli::words::sentence;
use crate::config::Loaded;
use crate::config::settings::{LimeHolds, LimeKind, ShiftWord};
use crate::http::certificate;
use crate::i18n::Texts;
use crate::lime::Lime;
use crate::lime::holds::{Capabilities, HoldMode, Holds};
use crate::payment::ports::{Clock as _, ReadError};
use crate::payment::reason::Reason;
use crate::runtime::clock::SystemClock;
use crate::runtime::connect::{self, ConnectError};

use super::{Findings, lime_lists, no_client, tls};

/// Where Lime's settings stand.
const TABLE: &str = "lime";
/// The version of the contract of holds that this program speaks.
const API: &str = "1.0";
/// The only money that it knows.
const CURRENCY: &str = "RUB";

/// The client of the config's kind.
enum Client {
    Rpc(Box<Lime>),
    Holds(Box<Holds>),
}

impl Client {
    fn new(loaded: &Loaded, clock: &Arc<SystemClock>) -> Result<Self, ConnectError> {
        Ok(match loaded.config.lime.kind {
            LimeKind::Rpc => Self::Rpc(Box::new(connect::lime(loaded, clock, false)?)),
            LimeKind::Holds => Self::Holds(Box::new(connect::holds(&loaded.config)?)),
        })
    }

    /// Asks it, and says what its answer is worth.
    fn look(
        &self,
        loaded: &Loaded,
        clock: &SystemClock,
        findings: &mut Findings,
    ) -> Result<(), ReadError> {
        let own = &loaded.config.lime;
        match self {
            Self::Rpc(lime) => {
                let theirs = lime.server_time()?;
                if own.login.is_used() {
                    let values: &[(&str, &dyn std::fmt::Display)] =
                        &[("url", &own.url), ("user", &own.login.user)];
                    findings.fine("doctor.lime.login_fine", values);
                } else {
                    findings.fine("doctor.lime.fine", &[("url", &own.url)]);
                }
                findings.clock(Some(theirs), &clock.local(), own.clock_limit_s);
                shift(findings, lime, own.shift);
                lime_lists::compare(findings, lime, own);
            }
            Self::Holds(holds) => {
                let offered = holds.capabilities()?;
                findings.fine("doctor.lime.fine", &[("url", &own.url)]);
                let theirs = offered.server_time;
                let theirs = theirs.map(|at| clock.zone().to_datetime(at));
                findings.clock(theirs, &clock.local(), own.clock_limit_s);
                compare(findings, &offered, &own.holds);
            }
        }
        Ok(())
    }
}

pub(super) fn look(loaded: &Loaded, clock: &Arc<SystemClock>, texts: Texts) -> Vec<Finding> {
    let client = match Client::new(loaded, clock) {
        Ok(client) => client,
        Err(error) => return no_client(Subject::Lime, &error, texts),
    };
    let mut findings = Findings::new(Subject::Lime, texts);
    let own = &loaded.config.lime;
    let logs_in = own.kind == LimeKind::Rpc && own.login.is_used();
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
    if let Err(error) = client.look(loaded, clock, &mut findings) {
        let (level, todo) = match (error.problem().reason, &shown) {
            // A certificate that the system does not vouch for.
            (Reason::ServerUnreachable, Ok(shown)) if own.pins.is_empty() => {
                tls::not_pinned(&mut findings, TABLE, shown);
                return findings.all;
            }
            (Reason::ServerUnreachable | Reason::ServerBusy | Reason::AnswerLost, _) => {
                (Level::Unreachable, "doctor.lime.unreachable_todo")
            }
            (Reason::AccessDenied, _) if logs_in => (Level::Bad, "doctor.lime.login_denied_todo"),
            (Reason::AccessDenied, _) => (Level::Bad, "doctor.lime.denied_todo"),
            (_, _) => (Level::Bad, "doctor.lime.strange_todo"),
        };
        let advice = shown.as_ref().err();
        let todo = advice
            .and_then(|why| tls::advice(why, texts))
            .unwrap_or_else(|| texts.get(todo).to_owned());
        findings.failed(level, &error, Some(todo));
    }
    findings.all
}

/// The shift of the cash desk, where the settings want one.
fn shift(findings: &mut Findings, lime: &Lime, rule: ShiftWord) {
    match (rule, lime.shift_is_open()) {
        (ShiftWord::Unchecked, _) => {}
        (ShiftWord::Required | ShiftWord::Open, Ok(true)) => {
            findings.fine("doctor.lime.shift_fine", &[]);
        }
        (ShiftWord::Open, Ok(false)) => findings.fine("doctor.lime.shift_will_open", &[]),
        (ShiftWord::Required, Ok(false)) => {
            findings.wrong(Level::Bad, "doctor.lime.shift_closed", &[]);
        }
        (ShiftWord::Required | ShiftWord::Open, Err(error)) => {
            let why = sentence(findings.texts, error.problem());
            findings.wrong(Level::Bad, "doctor.lime.shift_unread", &[("why", &why)]);
        }
    }
}

/// What the server of holds offers beside what the settings say.
fn compare(findings: &mut Findings, offered: &Capabilities, own: &LimeHolds) {
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
        (HoldMode::Native, false) | (HoldMode::None | HoldMode::Unheard, true) => {}
        (HoldMode::Advisory, false) => findings.wrong(Level::Note, "doctor.lime.advisory", &[]),
        (HoldMode::None | HoldMode::Unheard, false) => {
            findings.wrong(Level::Bad, "doctor.lime.no_holds", &[]);
        }
        (HoldMode::Native | HoldMode::Advisory, true) => {
            findings.wrong(Level::Note, "doctor.lime.could_hold", &[]);
        }
    }
    if !own.capture && own.ttl_s > offered.ttl_max_s {
        findings.wrong(
            Level::Bad,
            "doctor.lime.ttl",
            &[("ttl", &own.ttl_s), ("max", &offered.ttl_max_s)],
        );
    }
}
