//! Over real sockets: every default of the stock libraries that money cannot bear.

#[cfg(feature = "legacy-tls")]
mod legacy;
mod old_rsa;
mod pins;
mod plain;

use std::time::Duration;

use super::{Answer, Call, CallError, CallMethod, Channel, ChannelSettings, TlsProfile};

/// Long enough that it is never met where nothing goes wrong.
const DEADLINE: Duration = Duration::from_secs(30);

fn settings(base: &str) -> ChannelSettings {
    ChannelSettings {
        base: base.to_owned(),
        allow_plain_http: true,
        pins: vec![],
        proxy: None,
        connect_timeout: DEADLINE,
        tls: TlsProfile::Modern,
    }
}

fn post(settings: &ChannelSettings) -> Result<Answer, CallError> {
    post_within(settings, DEADLINE)
}

fn post_within(settings: &ChannelSettings, deadline: Duration) -> Result<Answer, CallError> {
    Channel::new(settings).unwrap().exchange(&Call {
        method: CallMethod::Post,
        path: "/pay",
        query: &[],
        content_type: "application/xml",
        headers: &[("authorization", "Basic c2VjcmV0")],
        body: b"<debit/>",
        deadline,
    })
}
