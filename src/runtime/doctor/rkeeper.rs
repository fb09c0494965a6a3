//! r_keeper: reached, believed, logged in, and everything there that the settings name.

use jiff::civil::DateTime;

use crate::cli::doctor::{Finding, Level, Subject};
use crate::config::Loaded;
use crate::config::settings::{self, IntentReceipts};
use crate::domain::OrderSummary;
use crate::http::{ProbeError, Shown, certificate, spoken};
use crate::i18n::Texts;
use crate::payment::ports::{Pos as _, ReadError};
use crate::payment::reason::Reason;
use crate::rkeeper::{Needed, RefItem, Reference, Rkeeper, SystemInfo, Without};
use crate::runtime::connect;

use super::{CLOCK_SECONDS_MAX, Findings, licence, no_client, tls};

/// Where r_keeper's settings stand.
const TABLE: &str = "rkeeper";

/// Asks, then judges.
pub(super) fn look(loaded: &Loaded, now: &DateTime, texts: Texts) -> Vec<Finding> {
    let own = &loaded.config.rkeeper;
    let rkeeper = match connect::rkeeper(loaded, false) {
        Ok(rkeeper) => rkeeper,
        Err(error) => return no_client(Subject::Rkeeper, &error, texts),
    };
    let mut findings = Findings::new(Subject::Rkeeper, texts);
    let shown = certificate(&connect::rkeeper_channel(own));
    if let Ok(shown) = &shown
        && !own.pins.is_empty()
    {
        if !tls::is_pinned(&own.pins, shown) {
            // Not one byte of the password leaves for it.
            tls::not_pinned(&mut findings, TABLE, shown);
            return findings.all;
        }
        tls::pinned(&mut findings, shown, now);
        if own.tls != settings::Tls::Modern {
            let spoken = spoken(&connect::rkeeper_channel(own));
            tls::old(&mut findings, own, spoken.as_ref());
        }
    }
    match rkeeper.system_info() {
        Err(error) => no_answer(&mut findings, own, &error, &shown),
        Ok(info) => {
            found(&mut findings, &info);
            findings.clock(info.clock, now, CLOCK_SECONDS_MAX);
            commands(&mut findings, &rkeeper);
            for wanted in wanted(own) {
                let items = rkeeper.reference(wanted.reference);
                code(&mut findings, &wanted, &items);
            }
            let folder = loaded.state_dir().ok();
            licence::look(&mut findings, &rkeeper, &info, folder.as_deref());
            orders(&mut findings, &rkeeper, own);
            halls(&mut findings, &rkeeper);
            intents(&mut findings, own, &info);
        }
    }
    findings.all
}

fn found(findings: &mut Findings, info: &SystemInfo) {
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    findings.fine(
        "doctor.rkeeper.fine",
        &[
            ("version", &or(&info.server_version)),
            ("server", &or(&info.cash_server)),
            ("restaurant", &or(&info.restaurant)),
        ],
    );
    // An older server tells the date alone.
    if info.shift_number.is_none() && info.shift_date.is_none() {
        findings.wrong(Level::Bad, "doctor.rkeeper.no_shift", &[]);
    }
}

fn no_answer(
    findings: &mut Findings,
    own: &settings::Rkeeper,
    error: &ReadError,
    shown: &Result<Shown, ProbeError>,
) {
    let texts = findings.texts;
    let reason = error.problem().reason;
    let (level, key) = match (reason, shown) {
        // Certificates that nobody signed are the rule at tills.
        (Reason::ServerUnreachable, Ok(shown)) if own.pins.is_empty() => {
            tls::not_pinned(findings, TABLE, shown);
            return;
        }
        (Reason::ServerUnreachable, Err(why)) => (Level::Unreachable, unreachable(why)),
        (Reason::ServerUnreachable | Reason::AnswerLost, _) => {
            (Level::Unreachable, "doctor.rkeeper.no_port_todo")
        }
        (Reason::AccessDenied | Reason::RightsMissing, _) => {
            (Level::Bad, "doctor.rkeeper.denied_todo")
        }
        (_, _) => (Level::Bad, "doctor.rkeeper.strange_todo"),
    };
    let advice = shown.as_ref().err();
    let todo = advice
        .filter(|_| reason == Reason::ServerUnreachable)
        .and_then(|why| tls::advice(why, texts))
        .unwrap_or_else(|| texts.fill(key, &[("user", &own.user), ("url", &own.url)]));
    findings.failed(level, error, Some(todo));
}

const fn unreachable(why: &ProbeError) -> &'static str {
    match why {
        ProbeError::NoHost(_) => "doctor.rkeeper.no_host_todo",
        ProbeError::NoPort(_) | ProbeError::NotHttps | ProbeError::Proxy => {
            "doctor.rkeeper.no_port_todo"
        }
        ProbeError::TimedOut(_) => "doctor.rkeeper.no_way_todo",
        ProbeError::WithoutTls => "doctor.rkeeper.without_tls_todo",
        // Where it is known what the server speaks, more is said than this.
        ProbeError::NothingInCommon { .. } | ProbeError::Failed(_) => "doctor.tls.unknown_todo",
    }
}

/// A code of the settings, and where r_keeper must have it.
struct Wanted<'a> {
    key: &'static str,
    code: &'a str,
    reference: Reference,
    /// It is the reason to annul a receipt.
    on_check_undo: bool,
}

/// Everything that the settings name, as far as it is used.
fn wanted(own: &settings::Rkeeper) -> Vec<Wanted<'_>> {
    let all: [(&'static str, &str, Reference, bool); 9] = [
        (
            "rkeeper.station_code",
            &own.station_code,
            Reference::Stations,
            true,
        ),
        (
            "rkeeper.cashier_code",
            &own.cashier_code,
            Reference::Employees,
            true,
        ),
        (
            "rkeeper.currencies.money",
            &own.currencies.money,
            Reference::Currencies,
            true,
        ),
        (
            "rkeeper.currencies.bonus",
            &own.currencies.bonus,
            Reference::Currencies,
            true,
        ),
        (
            "rkeeper.currencies.credit",
            &own.currencies.credit,
            Reference::Currencies,
            true,
        ),
        (
            "rkeeper.prepay_reason",
            &own.prepay_reason,
            Reference::PrepayReasons,
            own.part_payments,
        ),
        (
            "rkeeper.manager_code",
            &own.manager_code,
            Reference::Employees,
            own.undo_receipt || own.remove_prepayments,
        ),
        (
            "rkeeper.undo_reason",
            &own.undo_reason,
            Reference::VoidReasons,
            own.undo_receipt,
        ),
        (
            "rkeeper.intent_void_reason",
            &own.intent_void_reason,
            Reference::VoidReasons,
            own.intent_receipts == IntentReceipts::Yes,
        ),
    ];
    all.into_iter()
        .filter(|(_, code, _, used)| *used && !code.is_empty())
        .map(|(key, code, reference, _)| Wanted {
            key,
            code,
            reference,
            on_check_undo: key == "rkeeper.undo_reason",
        })
        .collect()
}

/// Whether r_keeper has what the settings name.
fn code(findings: &mut Findings, wanted: &Wanted<'_>, items: &Result<Vec<RefItem>, ReadError>) {
    let reference = wanted.reference.name();
    let items = match items {
        Ok(items) => items,
        Err(error) => {
            // Some employees may pay and may not read references.
            let todo = findings
                .texts
                .fill("doctor.rkeeper.unread_todo", &[("reference", &reference)]);
            findings.failed(Level::Note, error, Some(todo));
            return;
        }
    };
    let found = items.iter().find(|item| item.code == wanted.code);
    let name = found.and_then(|item| item.name.clone()).unwrap_or_default();
    let values: [(&str, &dyn std::fmt::Display); 4] = [
        ("key", &wanted.key),
        ("code", &wanted.code),
        ("name", &name),
        ("reference", &reference),
    ];
    match found {
        None => findings.wrong(Level::Bad, "doctor.rkeeper.no_code", &values),
        Some(item) if !item.active => {
            findings.wrong(Level::Bad, "doctor.rkeeper.inactive", &values);
        }
        Some(item) if wanted.on_check_undo && item.on_check_undo == Some(false) => {
            findings.wrong(Level::Bad, "doctor.rkeeper.no_flag", &values);
        }
        Some(_) => findings.fine("doctor.rkeeper.code", &values),
    }
}

/// Whether this r_keeper knows every command that is sent, and what is done without it. Its list is
/// not always whole, so what it lacks is only a hint.
fn commands(findings: &mut Findings, rkeeper: &Rkeeper) {
    let unlisted = match rkeeper.unlisted() {
        Ok(Some(unlisted)) => unlisted,
        Ok(None) => {
            findings.fine("doctor.rkeeper.no_list", &[]);
            return;
        }
        Err(error) => {
            findings.failed(Level::Note, &error, None);
            return;
        }
    };
    if unlisted.is_empty() {
        findings.fine("doctor.rkeeper.commands", &[]);
    }
    for Needed { command, without } in unlisted {
        let key = match without {
            Without::Older(_) => "doctor.rkeeper.older",
            Without::NoPayments => "doctor.rkeeper.no_command",
            Without::Unlocked => "doctor.rkeeper.no_lock",
            Without::NoSetting(_) => "doctor.rkeeper.no_command_setting",
            Without::OpenOrdersOnly => "doctor.rkeeper.open_orders_only",
        };
        let instead = match without {
            Without::Older(older) => older,
            Without::NoSetting(setting) => setting,
            Without::NoPayments | Without::Unlocked | Without::OpenOrdersOnly => "",
        };
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("command", &command), ("instead", &instead)];
        findings.wrong(Level::Note, key, &values);
    }
}

/// The first version that prints receipts of intent.
const INTENTS_SINCE: [u32; 3] = [7, 25, 4];

/// What can be seen of a site that prints receipts of intent.
fn intents(findings: &mut Findings, own: &settings::Rkeeper, info: &SystemInfo) {
    if own.intent_receipts == IntentReceipts::No {
        return;
    }
    if info.is_below(INTENTS_SINCE) == Some(true) {
        let version = info.server_version.clone().unwrap_or_default();
        let values: [(&str, &dyn std::fmt::Display); 1] = [("version", &version)];
        findings.wrong(Level::Bad, "doctor.rkeeper.intents_old", &values);
    } else {
        findings.fine("doctor.rkeeper.intents", &[]);
    }
}

fn orders(findings: &mut Findings, rkeeper: &Rkeeper, own: &settings::Rkeeper) {
    match rkeeper.orders(None) {
        Ok(list) => {
            let orders = list.orders.unwrap_or_default();
            findings.fine("doctor.rkeeper.orders", &[("n", &orders.len())]);
            let meant =
                |order: &&OrderSummary| order.unpaid.is_zero() && order.promised.is_positive();
            if own.intent_receipts == IntentReceipts::No
                && let Some(order) = orders.iter().find(meant)
            {
                let values: [(&str, &dyn std::fmt::Display); 1] = [("order", &order.name)];
                findings.wrong(Level::Note, "doctor.rkeeper.intents_seen", &values);
            }
        }
        Err(error) => findings.failed(Level::Bad, &error, None),
    }
}

/// Whether tables are shown with their halls.
fn halls(findings: &mut Findings, rkeeper: &Rkeeper) {
    match rkeeper.halls() {
        Ok(halls) => {
            let (tables, halls) = halls.counts();
            findings.fine(
                "doctor.rkeeper.halls",
                &[("tables", &tables), ("halls", &halls)],
            );
        }
        Err(error) => {
            let todo = findings
                .texts
                .get("doctor.rkeeper.no_halls_todo")
                .to_owned();
            findings.failed(Level::Note, &error, Some(todo));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::{Certificate, KeyKind};
    use crate::i18n::Lang;
    use crate::payment::reason::{Problem, Server};

    const SHOWN: Shown = Shown {
        certificate: Certificate {
            fingerprint: [0xab; 32],
            subject: None,
            from: None,
            until: None,
            key: KeyKind::Rsa(2048),
        },
    };

    fn told(own: &settings::Rkeeper, reason: Reason, shown: &Result<Shown, ProbeError>) -> Finding {
        let mut findings = Findings::new(Subject::Rkeeper, Texts::of(Lang::Ru));
        let error = ReadError::Failed(Problem::of(Server::Rkeeper, reason, "why"));
        no_answer(&mut findings, own, &error, shown);
        assert_eq!(findings.all.len(), 1);
        findings.all.remove(0)
    }

    #[test]
    fn a_certificate_that_nobody_signed_is_shown_as_it_is_pinned() {
        let own = settings::Rkeeper::default();
        let finding = told(&own, Reason::ServerUnreachable, &Ok(SHOWN));
        assert_eq!(finding.level, Level::Bad);
        let pin = ["AB"; 32].join(":");
        assert!(finding.what.contains(&pin), "{finding:?}");
        let todo = finding.todo.unwrap();
        let written = todo.split("pins = [\"").nth(1).unwrap();
        let written = written.split('"').next().unwrap();
        let read = crate::config::value::Pin::parse(written).unwrap();
        assert_eq!(read.0, SHOWN.certificate.fingerprint);
    }

    #[test]
    fn each_way_to_fail_has_its_own_advice() {
        let own = settings::Rkeeper {
            user: "cashier7".to_owned(),
            url: "https://till:8086".to_owned(),
            ..settings::Rkeeper::default()
        };
        let lost = Reason::ServerUnreachable;
        for (reason, shown, words) in [
            (
                lost,
                Err(ProbeError::NoHost(String::new())),
                "проверьте имя",
            ),
            (
                lost,
                Err(ProbeError::NoPort(String::new())),
                "HTTP Data Port",
            ),
            (lost, Err(ProbeError::NotHttps), "HTTP Data Port"),
            (
                lost,
                Err(ProbeError::TimedOut(Duration::ZERO)),
                "брандмауэр",
            ),
            (lost, Err(ProbeError::WithoutTls), "allow_plain_http"),
            (
                lost,
                Err(ProbeError::NothingInCommon {
                    why: String::new(),
                    spoken: None,
                }),
                "старый TLS",
            ),
            (Reason::AccessDenied, Ok(SHOWN), "cashier7"),
            (Reason::AnswerNotUnderstood, Ok(SHOWN), "rkeeper.path"),
        ] {
            let finding = told(&own, reason, &shown);
            let todo = finding.todo.unwrap_or_default();
            assert!(todo.contains(words), "{words}: {todo}");
            assert!(finding.what.contains("why"), "{}", finding.what);
            let away = finding.level == Level::Unreachable;
            assert_eq!(away, reason == lost, "{words}");
        }
    }
}
