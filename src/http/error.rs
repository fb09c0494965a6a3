//! Why there is no way to a server, and why there is no answer.

use std::time::Duration;

use thiserror::Error;

use super::channel::BODY_BYTES_MAX;

/// Why a channel cannot be set up: a matter of configuration.
#[derive(Debug, Error)]
pub enum ChannelError {
    /// The address cannot be read.
    #[error("`{url}` is not an address such as https://10.0.0.5:8086 ({why})")]
    Url {
        /// As configured.
        url: String,
        /// What the parser says.
        why: String,
    },
    /// Plain HTTP without permission.
    #[error("`{url}` is not https and plain http is not allowed in the config")]
    PlainHttp {
        /// As configured.
        url: String,
    },
    /// The proxy cannot be used.
    #[error("proxy `{url}` cannot be used: {why}")]
    Proxy {
        /// As configured.
        url: String,
        /// What the parser says.
        why: String,
    },
    /// The TLS library refuses.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// Old TLS is asked for and was not built in.
    #[error("this program is built without `legacy-tls`, which old TLS needs")]
    NoLegacyTls,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum CallError {
    /// No connection: the request surely never left.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// The request may have been sent; no whole answer came.
    #[error("the answer was lost: {0}")]
    Lost(String),
    /// No whole answer in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The server wants to send us elsewhere; not followed.
    #[error("`{from}` redirects to `{to}`; write the final address into the config")]
    Redirected {
        /// Address asked.
        from: String,
        /// Address named by the server.
        to: String,
    },
    /// The answer is larger than any that makes sense.
    #[error("the answer is larger than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

impl CallError {
    /// Whether the request surely never reached the server.
    pub const fn is_surely_not_sent(&self) -> bool {
        match self {
            Self::NotConnected(_) => true,
            Self::Lost(_) | Self::TimedOut(_) | Self::Redirected { .. } | Self::TooLarge => false,
        }
    }
}
