//! A receiver of short messages that nobody believes: any program of the network may call.
//!
//! Each message is answered at once, before anybody looks into it. A connection is for one message
//! and for a few seconds, and only a few are open at a time; more are closed unanswered.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::runtime;

/// Largest message, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Connections that are open at a time.
const CONNECTIONS_MAX: usize = 8;
/// Largest head of a message, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// A connection lives no longer.
const CONNECTION_TIME: Duration = Duration::from_secs(5);
/// After the system refused a connection.
const PAUSE: Duration = Duration::from_secs(1);

/// Whom messages and questions are for.
pub trait Hearer: Send + Sync + 'static {
    /// A message. Returns at once.
    fn hear(&self, message: &[u8]);

    /// What is answered to a GET: JSON that everybody may read.
    fn tell(&self) -> String;
}

/// The open receiver; dropping it closes the port.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listening {
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens the port and hears until the answer is dropped.
pub fn listen(address: SocketAddr, hearer: Arc<dyn Hearer>) -> io::Result<Listening> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let task = runtime::spawn(async move {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => accept(&listener, &hearer).await,
            Err(error) => tracing::error!(%error, "the receiver cannot listen"),
        }
    })
    .ok_or_else(|| io::Error::other("the system gives no thread"))?;
    Ok(Listening { address, task })
}

async fn accept(listener: &tokio::net::TcpListener, hearer: &Arc<dyn Hearer>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let hearer = Arc::clone(hearer);
        tokio::spawn(async move {
            let _place = place;
            serve(stream, hearer).await;
        });
    }
}

/// One connection to its end.
pub(super) async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, hearer: Arc<dyn Hearer>) {
    let service = service_fn(|request| answer(request, Arc::clone(&hearer)));
    let connection = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES_MAX)
        .timer(TokioTimer::new())
        .header_read_timeout(CONNECTION_TIME)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever is too slow or speaks no HTTP is nobody that is waited for.
    let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
}

async fn answer(
    request: Request<Incoming>,
    hearer: Arc<dyn Hearer>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    if request.method() == Method::GET {
        *response.body_mut() = Full::from(hearer.tell());
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        return Ok(response);
    }
    if request.method() != Method::POST && request.method() != Method::PUT {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        return Ok(response);
    }
    match Limited::new(request.into_body(), MESSAGE_BYTES_MAX)
        .collect()
        .await
    {
        Ok(message) => hearer.hear(&message.to_bytes()),
        Err(_) => *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE,
    }
    Ok(response)
}
