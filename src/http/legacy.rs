//! TLS of tills that no library of today speaks to: by OpenSSL, for the one server that a person
//! named so in the config, never by itself and never without a pin.
//!
//! What matters is as everywhere: the certificate is the pinned one, whole, and the server has its
//! key. OpenSSL verifies the signature of the handshake, or, where the certificate's key encrypts
//! the secret, has the server prove that it could read it. Keys below 1024 bits are refused.
//! Whoever reads the network may break TLS 1.0 one day; that is what the warning on the screen says.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use openssl::error::ErrorStack;
use openssl::pkey::{HasPublic, Id, PKeyRef};
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslVerifyMode,
    SslVersion,
};
use openssl::x509::X509Ref;
use reqwest::{Body, Request, Response, Url};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_openssl::SslStream;

use super::certificate::fingerprint;
use super::channel::{ChannelSettings, TlsProfile};
use super::error::{CallError, ChannelError};

/// Smallest RSA key, in bits. Smaller groups of a Diffie-Hellman exchange OpenSSL refuses at every level.
const KEY_BITS_MIN: u32 = 1024;

/// Suites in the order in which they are wanted; neither 3DES nor RC4 is among them, and none
/// without a certificate.
const SUITES: &str = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:DHE+AES:\
                      kRSA+AESGCM:kRSA+AES:!aNULL:!eNULL:!aDSS:!PSK:!SRP";

/// OpenSSL's own word for what it still takes: 80 bits, no SHA-1 in signatures.
const LEVEL_TLS12: u32 = 1;
/// TLS 1.0 and 1.1 are built on SHA-1; this module's own least key is above all that level 0 takes.
const LEVEL_TLS10: u32 = 0;

const NOTHING_SHOWN: &str = "the server shows no certificate";

/// A way to one server.
#[derive(Clone)]
pub(super) struct Legacy {
    context: SslContext,
    /// `None`: for a look at the certificate, over which nothing is sent.
    pins: Option<Vec<[u8; 32]>>,
    connect_timeout: Duration,
}

impl fmt::Debug for Legacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Legacy").finish_non_exhaustive()
    }
}

impl Legacy {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &ChannelSettings) -> Result<Self, ChannelError> {
        if settings.pins.is_empty() {
            return Err(ChannelError::Tls("old TLS needs a pin".to_owned()));
        }
        if settings.proxy.is_some() {
            return Err(ChannelError::Tls("old TLS goes by no proxy".to_owned()));
        }
        Self::with_pins(settings, Some(settings.pins.clone()))
    }

    fn with_pins(
        settings: &ChannelSettings,
        pins: Option<Vec<[u8; 32]>>,
    ) -> Result<Self, ChannelError> {
        let context = context(settings.tls);
        Ok(Self {
            context: context.map_err(|error| ChannelError::Tls(error.to_string()))?,
            pins,
            connect_timeout: settings.connect_timeout,
        })
    }

    /// Sends one request and gives the head of the answer; its body is still to be read, with what
    /// must be kept until then.
    pub async fn execute(&self, request: Request) -> Result<(Response, Driven), CallError> {
        let stream = tokio::time::timeout(self.connect_timeout, self.connect(request.url()))
            .await
            .unwrap_or_else(|_| Err(format!("no connection within {:?}", self.connect_timeout)))
            .map_err(CallError::NotConnected)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| CallError::NotConnected(error.to_string()))?;
        let driven = Driven(tokio::spawn(async move {
            // What goes wrong here is told to whoever waits for the answer.
            let _ = connection.await;
        }));
        let request = plain(&request).map_err(CallError::NotConnected)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| CallError::Lost(error.to_string()))?;
        Ok((Response::from(response.map(Body::wrap)), driven))
    }

    /// Until the server has proved that it is the pinned one. The error is told to a person.
    async fn connect(&self, url: &Url) -> Result<SslStream<TcpStream>, String> {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err("no host".to_owned());
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let words = |error: &dyn fmt::Display| error.to_string();
        let tcp = TcpStream::connect((host, port))
            .await
            .map_err(|error| words(&error))?;
        let mut ssl = Ssl::new(&self.context).map_err(|error| words(&error))?;
        let refused = Arc::new(Mutex::new(None));
        let (way, why) = (self.clone(), Arc::clone(&refused));
        ssl.set_verify_callback(SslVerifyMode::PEER, move |_, chain| {
            // The server's own certificate decides; what stands above it is nothing to anybody.
            if chain.error_depth() > 0 {
                return true;
            }
            let shown = chain.current_cert();
            let judged = shown.map_or_else(|| Err(NOTHING_SHOWN.to_owned()), |own| way.judge(own));
            match judged {
                Ok(()) => true,
                Err(words) => {
                    if let Ok(mut why) = why.lock() {
                        *why = Some(words);
                    }
                    false
                }
            }
        });
        let mut stream = SslStream::new(ssl, tcp).map_err(|error| words(&error))?;
        if let Err(error) = Pin::new(&mut stream).connect().await {
            let why = refused.lock().ok().and_then(|mut why| why.take());
            return Err(why.unwrap_or_else(|| words(&error)));
        }
        // The handshake is over with this certificate, whatever was called on the way.
        match stream.ssl().peer_certificate() {
            Some(certificate) => self.judge(&certificate)?,
            None => return Err(NOTHING_SHOWN.to_owned()),
        }
        Ok(stream)
    }

    /// Whether the certificate is the one that is meant.
    fn judge(&self, certificate: &X509Ref) -> Result<(), String> {
        let shown = certificate.to_der().map_err(|error| error.to_string())?;
        let shown = fingerprint(&shown);
        if self
            .pins
            .as_ref()
            .is_some_and(|pins| !pins.contains(&shown))
        {
            let shown: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(format!(
                "the server's certificate has the SHA-256 fingerprint {shown}, which is not pinned"
            ));
        }
        let key = certificate
            .public_key()
            .map_err(|error| error.to_string())?;
        is_large(&key)
            .then_some(())
            .ok_or_else(|| "the certificate's key is too small to be verified".to_owned())
    }
}

/// A connection that is driven while this lives.
pub(super) struct Driven(JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The certificate that a server shows, whose key it has proved to have. Nothing is sent.
pub(super) async fn look(settings: &ChannelSettings, url: &Url) -> Result<Vec<u8>, String> {
    let way = Legacy::with_pins(settings, None).map_err(|error| error.to_string())?;
    let stream = tokio::time::timeout(settings.connect_timeout, way.connect(url))
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {:?}", settings.connect_timeout)))?;
    let certificate = stream.ssl().peer_certificate();
    certificate
        .and_then(|certificate| certificate.to_der().ok())
        .ok_or_else(|| NOTHING_SHOWN.to_owned())
}

fn context(profile: TlsProfile) -> Result<SslContext, ErrorStack> {
    let (least, level) = match profile {
        TlsProfile::OpensslTls10 => (SslVersion::TLS1, LEVEL_TLS10),
        TlsProfile::OpensslTls12 | TlsProfile::Modern => (SslVersion::TLS1_2, LEVEL_TLS12),
    };
    let mut builder = SslContextBuilder::new(SslMethod::tls_client())?;
    builder.set_security_level(level);
    builder.set_min_proto_version(Some(least))?;
    builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_cipher_list(SUITES)?;
    builder.set_options(SslOptions::NO_TICKET | SslOptions::NO_COMPRESSION);
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(builder.build())
}

fn is_large<T: HasPublic>(key: &PKeyRef<T>) -> bool {
    match key.id() {
        Id::RSA | Id::DSA => key.bits() >= KEY_BITS_MIN,
        // Elliptic curves: security level 1 takes 160 bits and more.
        _ => true,
    }
}

/// As it is written to the server itself: with the path alone, and the host beside it.
fn plain(request: &Request) -> Result<hyper::Request<Full<Bytes>>, String> {
    let url = request.url();
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
    let mut plain = hyper::Request::builder()
        .method(request.method())
        .uri(path)
        .body(Full::from(body.to_vec()))
        .map_err(|error| error.to_string())?;
    *plain.headers_mut() = request.headers().clone();
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let host = HeaderValue::from_str(&host).map_err(|error| error.to_string())?;
    plain.headers_mut().insert(HOST, host);
    Ok(plain)
}
