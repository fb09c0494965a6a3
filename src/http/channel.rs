//! A configured way to one server.

use std::error::Error as _;
use std::time::Duration;

use reqwest::{Client, Method, Request, Response, Url, header, redirect, retry};

use super::error::{CallError, ChannelError};
use super::legacy::Legacy;
use super::{runtime, tls};

/// Largest answer that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How long a connection is kept where one is: less than any server keeps it, so that none is used that
/// the server is about to close.
const KEPT_FOR: Duration = Duration::from_millis(500);
/// Most connections that are kept.
const KEPT_MAX: usize = 20;

/// How to reach a server.
#[derive(Clone, Debug)]
pub struct ChannelSettings {
    /// `https://host:port`, without a path that matters (paths are given per call).
    pub base: String,
    /// `http://` is allowed only when this says so.
    pub allow_plain_http: bool,
    /// SHA-256 of whole certificates (DER). Not empty: only these are trusted, whatever their
    /// names, dates and chains; the handshake signature is still verified.
    pub pins: Vec<[u8; 32]>,
    /// Proxy URL; `None` goes directly, whatever the environment says.
    pub proxy: Option<String>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// How TLS is spoken.
    pub tls: TlsProfile,
}

/// How TLS is spoken with a server: said by a person, never tried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsProfile {
    /// As it should be.
    #[default]
    Modern,
    /// By OpenSSL, TLS 1.2 with everything that it ever had. Needs a pin and `legacy-tls`.
    OpensslTls12,
    /// By OpenSSL, from TLS 1.0 on. The same.
    OpensslTls10,
}

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallMethod {
    /// Without a body.
    Get,
    /// With [`Call::body`].
    Post,
    /// With [`Call::body`].
    Put,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What is asked for.
    pub method: CallMethod,
    /// Path below the base.
    pub path: &'a str,
    /// Query parameters, encoded here.
    pub query: &'a [(&'a str, &'a str)],
    /// Value of `Content-Type`, where a body is sent.
    pub content_type: &'a str,
    /// Other headers: name and value. Values are marked as secret, so they are in no debug text.
    pub headers: &'a [(&'a str, &'a str)],
    /// What is sent.
    pub body: &'a [u8],
    /// From now to the last byte of the answer.
    pub deadline: Duration,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body without a byte order mark. Headers are not looked at: servers name wrong charsets.
    pub body: Vec<u8>,
    /// The answer's length was announced (Content-Length or chunks), so that the body is surely
    /// whole. Otherwise the end of the body must be recognised by its content.
    pub whole: bool,
}

/// A configured way to one server. Cheap to clone, used from any thread.
#[derive(Clone, Debug)]
pub struct Channel {
    client: Client,
    /// Where the server is spoken to in old TLS; `client` then only writes requests.
    legacy: Option<Legacy>,
    base: Url,
}

impl Channel {
    /// Checks the settings; connects to nothing. Every exchange has a connection of its own: one that is
    /// kept may be dead already, and nobody can tell whether a request that was sent into it arrived.
    pub fn new(settings: &ChannelSettings) -> Result<Self, ChannelError> {
        Self::with_pool(settings, None)
    }

    /// The same for exchanges that change nothing and come in quick succession: a connection is kept
    /// for half a second. Old TLS keeps none.
    pub fn keeping(settings: &ChannelSettings) -> Result<Self, ChannelError> {
        Self::with_pool(settings, Some(KEPT_FOR))
    }

    fn with_pool(
        settings: &ChannelSettings,
        kept_for: Option<Duration>,
    ) -> Result<Self, ChannelError> {
        let (base, plain) = base(settings)?;
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(kept_for.map_or(0, |_| KEPT_MAX))
            .pool_idle_timeout(kept_for)
            .http1_only()
            .https_only(!plain);
        if let Some(proxy) = &settings.proxy {
            let wrong = |error: reqwest::Error| ChannelError::Proxy {
                url: without_login(proxy),
                why: error.without_url().to_string(),
            };
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(wrong)?);
        }
        let tls = |error: rustls::Error| ChannelError::Tls(error.to_string());
        let legacy = match settings.tls {
            TlsProfile::OpensslTls12 | TlsProfile::OpensslTls10 if !plain => {
                Some(Legacy::new(settings)?)
            }
            TlsProfile::Modern | TlsProfile::OpensslTls12 | TlsProfile::OpensslTls10 => None,
        };
        if !settings.pins.is_empty() {
            builder = builder.tls_backend_preconfigured(tls::pinned(&settings.pins).map_err(tls)?);
        } else if plain && settings.proxy.is_none() {
            // Reading the system's roots takes time, and fails on a system that has none.
            builder = builder.tls_backend_preconfigured(tls::nobody().map_err(tls)?);
        } else {
            tls::install_provider();
        }
        let client = builder
            .build()
            .map_err(|error| ChannelError::Tls(chain(&error)))?;
        Ok(Self {
            client,
            legacy,
            base,
        })
    }

    /// Sends one request and reads the whole answer. Blocks the calling thread until the deadline
    /// at most.
    pub fn exchange(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        runtime::block_on(async {
            tokio::time::timeout(call.deadline, self.send(call))
                .await
                .unwrap_or(Err(CallError::TimedOut(call.deadline)))
        })
        .unwrap_or_else(|| {
            Err(CallError::NotConnected(
                "the system gives no thread".to_owned(),
            ))
        })
    }

    async fn execute(&self, request: Request) -> Result<Response, CallError> {
        self.client.execute(request).await.map_err(|error| {
            // `is_connect` covers name, TCP and TLS: nothing of the request has left by then.
            let connecting = error.is_connect();
            let text = chain(&error.without_url());
            if connecting {
                CallError::NotConnected(text)
            } else {
                CallError::Lost(text)
            }
        })
    }

    async fn send(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        let mut url = self.base.clone();
        url.set_path(call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let method = match call.method {
            CallMethod::Get => Method::GET,
            CallMethod::Post => Method::POST,
            CallMethod::Put => Method::PUT,
        };
        let with_body = call.method != CallMethod::Get;
        let mut request = self.client.request(method, url.clone());
        if with_body {
            request = request
                .header(header::CONTENT_TYPE, call.content_type)
                .body(call.body.to_vec());
        }
        for (name, value) in call.headers {
            let mut value = header::HeaderValue::from_str(value).map_err(|_| {
                CallError::NotConnected(format!("header {name} has characters that HTTP forbids"))
            })?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        let request = request
            .build()
            .map_err(|error| CallError::NotConnected(chain(&error.without_url())))?;
        // What drives the connection in old TLS lives as long as the answer is read.
        let (mut response, _driven) = match &self.legacy {
            None => (self.execute(request).await?, None),
            Some(legacy) => {
                let (response, driven) = legacy.execute(request).await?;
                (response, Some(driven))
            }
        };
        if response.status().is_redirection() {
            let to = response.headers().get(header::LOCATION);
            return Err(CallError::Redirected {
                from: plain_url(&url),
                to: to.and_then(|to| to.to_str().ok()).unwrap_or("?").to_owned(),
            });
        }
        let status = response.status().as_u16();
        let announced = response.content_length();
        if announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
            return Err(CallError::TooLarge);
        }
        let whole = announced.is_some() || is_chunked(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| CallError::Lost(chain(&error.without_url())))?
        {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(CallError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        if body.starts_with(b"\xef\xbb\xbf") {
            body.drain(..3);
        }
        Ok(Answer {
            status,
            body,
            whole,
        })
    }
}

/// The body of a form (`application/x-www-form-urlencoded`).
pub fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    body.finish().into_bytes()
}

/// The address of the settings, and whether it is without TLS.
fn base(settings: &ChannelSettings) -> Result<(Url, bool), ChannelError> {
    let wrong = |why: String| ChannelError::Url {
        url: without_login(&settings.base),
        why,
    };
    let base = Url::parse(&settings.base).map_err(|error| wrong(error.to_string()))?;
    let plain = match base.scheme() {
        "https" => false,
        "http" if settings.allow_plain_http => true,
        "http" => {
            return Err(ChannelError::PlainHttp {
                url: without_login(&settings.base),
            });
        }
        other => return Err(wrong(format!("{other}: is not http"))),
    };
    if !base.has_host() || !base.username().is_empty() || base.password().is_some() {
        return Err(wrong(
            "a host is needed, a user name or password must not be in it".to_owned(),
        ));
    }
    Ok((base, plain))
}

/// Whether the body is in chunks, whose last one is marked. Other codings end with the connection.
fn is_chunked(headers: &header::HeaderMap) -> bool {
    headers
        .get_all(header::TRANSFER_ENCODING)
        .iter()
        .next_back()
        .and_then(|codings| codings.to_str().ok())
        .and_then(|codings| codings.rsplit(',').next())
        .is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
}

/// An error with its causes, since reqwest's own text names only the outermost.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Scheme, host, port and path; never the query, which may hold a UID.
fn plain_url(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// A configured address without user name and password, readable or not.
fn without_login(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((login, host)) => {
            let scheme = login.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://…@{host}")
        }
        None => url.to_owned(),
    }
}
