//! Which certificate a server shows, before anything is asked of it: no request and no password
//! leaves. For the person who must say whether it is the right one.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Url;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConnection, InvalidMessage};
use thiserror::Error;

use super::certificate::Certificate;
use super::channel::{ChannelSettings, TlsProfile};
use super::greeting::{self, Fit, Spoken};
use super::{legacy, runtime, tls};

/// Rounds of reading and writing that no handshake needs.
const ROUNDS_MAX: usize = 64;

/// What a server shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its certificate. It has proved that it holds the key.
    pub certificate: Certificate,
}

/// Why no certificate is seen.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// The address has no certificate, or cannot be read.
    #[error("the address is not https://host:port")]
    NotHttps,
    /// Only the way through the proxy is known, and it is not taken for this.
    #[error("the server is reached through a proxy")]
    Proxy,
    /// No such host.
    #[error("the name cannot be resolved: {0}")]
    NoHost(String),
    /// Nobody listens there.
    #[error("nobody listens at that port: {0}")]
    NoPort(String),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// It answers, and not in TLS: most likely plain HTTP.
    #[error("the server answers without TLS")]
    WithoutTls,
    /// It speaks nothing that this program speaks too: mostly TLS 1.0, CBC or RSA key exchange alone.
    #[error("client and server have no TLS in common: {why}")]
    NothingInCommon {
        /// The library's words.
        why: String,
        /// What the server speaks, where that could be found out.
        spoken: Option<Box<Spoken>>,
    },
    /// Anything else.
    #[error("the TLS handshake failed: {0}")]
    Failed(String),
}

/// Shakes hands with the server and hangs up. A server that this program's TLS cannot speak to is
/// asked on further connections what it does speak.
pub fn certificate(settings: &ChannelSettings) -> Result<Shown, ProbeError> {
    let url = Url::parse(&settings.base).map_err(|_| ProbeError::NotHttps)?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(ProbeError::NotHttps);
    };
    if url.scheme() != "https" {
        return Err(ProbeError::NotHttps);
    }
    if settings.proxy.is_some() {
        return Err(ProbeError::Proxy);
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let patience = settings.connect_timeout;
    let until = Instant::now() + patience;
    if settings.tls != TlsProfile::Modern {
        return look_by_openssl(settings, &url, || connect(bare, port, patience));
    }
    let socket = connect(bare, port, patience)?;
    let name = ServerName::try_from(bare.to_owned()).map_err(|_| ProbeError::NotHttps)?;
    let seen = Arc::new(Mutex::new(None));
    let failed = |error: rustls::Error| ProbeError::Failed(error.to_string());
    let config = tls::looking(Arc::clone(&seen)).map_err(failed)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(failed)?;
    if let Err(error) = shake(connection, socket, until, patience) {
        let greet = || greeting::ask(|| connect(bare, port, patience).ok(), patience);
        return Err(match error {
            ProbeError::NothingInCommon { why, .. } => ProbeError::NothingInCommon {
                why,
                spoken: greet().map(Box::new),
            },
            // Some servers hang up instead of saying that they understand nothing.
            ProbeError::Failed(why) => match greet() {
                Some(spoken) if spoken.fit() != Fit::Modern => ProbeError::NothingInCommon {
                    why,
                    spoken: Some(Box::new(spoken)),
                },
                Some(_) | None => ProbeError::Failed(why),
            },
            other => other,
        });
    }
    let certificate = seen.lock().ok().and_then(|mut seen| seen.take());
    certificate
        .map(|der| Shown {
            certificate: Certificate::of(&der),
        })
        .ok_or_else(|| ProbeError::Failed("no certificate was shown".to_owned()))
}

/// What a server speaks when it is offered everything; `None` where nobody is there or nothing is
/// understood. Nothing is proved by it.
pub fn spoken(settings: &ChannelSettings) -> Option<Spoken> {
    let url = Url::parse(&settings.base).ok()?;
    let (host, port) = (url.host_str()?, url.port_or_known_default()?);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let patience = settings.connect_timeout;
    greeting::ask(|| connect(bare, port, patience).ok(), patience)
}

/// The same for a server that a person named as one with old TLS.
fn look_by_openssl(
    settings: &ChannelSettings,
    url: &Url,
    mut again: impl FnMut() -> Result<TcpStream, ProbeError>,
) -> Result<Shown, ProbeError> {
    let looked = runtime::block_on(legacy::look(settings, url))
        .unwrap_or_else(|| Err("the system gives no thread".to_owned()));
    match looked {
        Ok(der) => Ok(Shown {
            certificate: Certificate::of(&der),
        }),
        Err(why) => {
            // Nobody there, no way there: that is said first.
            drop(again()?);
            let spoken = greeting::ask(|| again().ok(), settings.connect_timeout);
            Err(match spoken {
                Some(spoken) => ProbeError::NothingInCommon {
                    why,
                    spoken: Some(Box::new(spoken)),
                },
                None => ProbeError::Failed(why),
            })
        }
    }
}

fn connect(host: &str, port: u16, patience: Duration) -> Result<TcpStream, ProbeError> {
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| ProbeError::NoHost(error.to_string()))?;
    let mut last = ProbeError::NoHost("no address".to_owned());
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(socket) => return Ok(socket),
            Err(error) if is_late(&error) => last = ProbeError::TimedOut(patience),
            Err(error) => last = ProbeError::NoPort(error.to_string()),
        }
    }
    Err(last)
}

fn shake(
    mut connection: ClientConnection,
    mut socket: TcpStream,
    until: Instant,
    patience: Duration,
) -> Result<(), ProbeError> {
    for _ in 0..ROUNDS_MAX {
        if !connection.is_handshaking() {
            connection.send_close_notify();
            // It has shown what was to be seen.
            connection.complete_io(&mut socket).ok();
            return Ok(());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ProbeError::TimedOut(patience));
        }
        let timed = socket
            .set_read_timeout(Some(left))
            .and_then(|()| socket.set_write_timeout(Some(left)));
        timed.map_err(|error| ProbeError::Failed(error.to_string()))?;
        if let Err(error) = connection.complete_io(&mut socket) {
            return Err(why(&error, patience));
        }
    }
    Err(ProbeError::Failed("it does not come to an end".to_owned()))
}

pub(super) fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

fn why(error: &io::Error, patience: Duration) -> ProbeError {
    if is_late(error) {
        return ProbeError::TimedOut(patience);
    }
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            ProbeError::WithoutTls
        }
        Some(
            tls @ (rustls::Error::PeerIncompatible(_)
            | rustls::Error::AlertReceived(
                AlertDescription::ProtocolVersion
                | AlertDescription::HandshakeFailure
                | AlertDescription::InsufficientSecurity,
            )),
        ) => ProbeError::NothingInCommon {
            why: tls.to_string(),
            spoken: None,
        },
        Some(other) => ProbeError::Failed(other.to_string()),
        None => ProbeError::Failed(error.to_string()),
    }
}
