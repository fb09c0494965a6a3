//! Whether r_keeper's notices reach this till. Payments do not depend on them.

use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use crate::cli::doctor::{Finding, Level, Subject};
use crate::config::settings::Notify;
use crate::http::{Call, CallMethod, Channel, ChannelSettings, TlsProfile};
use crate::i18n::Texts;
use crate::runtime::notices::Heard;

use super::Findings;

/// The till answers from this very machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// Nothing where they are not wanted.
pub(super) fn look(own: &Notify, texts: Texts) -> Vec<Finding> {
    let mut findings = Findings::new(Subject::Rkeeper, texts);
    let Some(address) = own.address() else {
        return findings.all;
    };
    let heard = ask(address);
    let count = heard.map_or(0, |heard| heard.limekeeper_notices);
    let not_understood = heard.map_or(0, |heard| heard.not_understood);
    let values: [(&str, &dyn Display); 3] = [
        ("listen", &own.listen),
        ("n", &count),
        ("strange", &not_understood),
    ];
    match heard {
        Some(_) if not_understood > 0 => {
            findings.wrong(Level::Note, "doctor.notices.strange", &values);
        }
        Some(_) if count > 0 => findings.fine("doctor.notices.fine", &values),
        Some(_) => findings.wrong(Level::Note, "doctor.notices.none_yet", &values),
        // Nobody is there, and the till could be.
        None if TcpListener::bind(address).is_ok() => {
            findings.fine("doctor.notices.not_running", &values);
        }
        None => findings.wrong(Level::Note, "doctor.notices.taken", &values),
    }
    findings.all
}

/// What the running till says of itself.
fn ask(mut address: SocketAddr) -> Option<Heard> {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let channel = Channel::new(&ChannelSettings {
        base: format!("http://{address}"),
        allow_plain_http: true,
        pins: vec![],
        proxy: None,
        connect_timeout: PATIENCE,
        tls: TlsProfile::Modern,
    })
    .ok()?;
    let answer = channel
        .exchange(&Call {
            method: CallMethod::Get,
            path: "/",
            query: &[],
            content_type: "",
            headers: &[],
            body: &[],
            deadline: PATIENCE,
        })
        .ok()?;
    serde_json::from_slice(&answer.body).ok()
}
