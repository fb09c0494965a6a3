//! The way of every request through the stand-ins: counted, hit by a fault if one is ordered,
//! carried out, stored, answered.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, Version, header};
use jiff::civil::DateTime;

use super::fault::{Fault, FaultKind};
use super::notify::Notifier;
use super::oracle;
use super::store::{Store, StoreError};
use super::wire::Wire;
use super::world::World;

/// What `garbage` answers: neither XML nor JSON, and not even UTF-8.
const GARBAGE: &[u8] = b"\x00\xff\xfe{<rubbish\x80\x81 Status=\"Ok\"";
/// What `html` answers: as a router or a proxy in between would.
const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Вход в сеть</title></head>\
                    <body><h1>Введите код из SMS</h1></body></html>\n";

/// The world with its file.
pub(super) struct Shared {
    books: Mutex<(World, Store)>,
    /// How many requests are being sat on.
    hanging: AtomicUsize,
    /// Microseconds spent on requests so far, thinking included.
    busy_us: AtomicU64,
    /// Who is told of changed orders.
    pub notifier: Notifier,
}

/// One request that is sat on; its end is noticed, whether by time or because the client left.
struct Hanging<'a>(&'a AtomicUsize);

impl<'a> Hanging<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    pub fn new(world: World, store: Store) -> Self {
        Self {
            books: Mutex::new((world, store)),
            hanging: AtomicUsize::new(0),
            busy_us: AtomicU64::new(0),
            notifier: Notifier::default(),
        }
    }

    /// Microseconds spent on requests so far, thinking included: what no client can be faster than.
    pub fn busy_us(&self) -> u64 {
        self.busy_us.load(Ordering::SeqCst)
    }

    fn was_busy(&self, since: Instant) {
        let spent = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.busy_us.fetch_add(spent, Ordering::SeqCst);
    }

    /// How many requests are being sat on by `hang_before` and `hang_after`.
    pub fn hanging(&self) -> usize {
        self.hanging.load(Ordering::SeqCst)
    }

    /// Sits on a request; ends early, and with it the handler, when the client is gone.
    async fn hang(&self, pause: Duration) {
        let _counted = Hanging::new(&self.hanging);
        tokio::time::sleep(pause).await;
    }

    /// Changes the world and stores it before anything is answered. Where nothing changed but the
    /// count of requests, it is stored with the next change: most requests only ask.
    pub fn change<T>(&self, work: impl FnOnce(&mut World, DateTime) -> T) -> Result<T, StoreError> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let (world, store) = &mut *books;
        let mut before = world.clone();
        let answer = work(world, local_now());
        before.requests.clone_from(&world.requests);
        if *world != before {
            oracle::look(world);
            store.save(world)?;
            self.notifier.tell(&before, world);
        }
        Ok(answer)
    }

    /// Counts a request; the fault that is to hit it, and how long it is thought about first. A count
    /// is stored with the next change, a fault that is used up at once.
    fn arrived(&self, names: &[String]) -> Result<(Option<Fault>, Duration), StoreError> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let (world, store) = &mut *books;
        for name in names {
            world.count(name);
        }
        let fault = names.iter().find_map(|name| world.take_fault(name));
        if fault.is_some() {
            store.save(world)?;
        }
        let think = Duration::from_millis(world.think_ms)
            .saturating_add(world.till.profile.printing(names));
        Ok((fault, think))
    }

    /// Reads the world.
    pub fn look<T>(&self, work: impl FnOnce(&World) -> T) -> T {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        work(&books.0)
    }
}

/// Local time in whole seconds, as both servers write it.
pub(super) fn local_now() -> DateTime {
    let now = jiff::ZonedDateTime::now().datetime();
    now.with().subsec_nanosecond(0).build().unwrap_or(now)
}

/// An answer before it is put on the wire.
pub(super) struct Reply {
    pub status: StatusCode,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type,
            body: body.into(),
        }
    }

    fn failure() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain; charset=utf-8",
            "Internal Server Error",
        )
    }
}

impl From<Reply> for Response<Body> {
    fn from(reply: Reply) -> Self {
        let mut response = Self::new(Body::from(reply.body));
        *response.status_mut() = reply.status;
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(reply.content_type),
        );
        if reply.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"stand-in\""),
            );
        }
        response
    }
}

/// A request that is understood so far that its name is known.
pub(super) struct Request<E, R> {
    /// Names in counters and faults; one, or one for each command of a query.
    pub names: Vec<String>,
    /// Carries it out.
    pub execute: E,
    /// The error for a `refuse` fault with its argument.
    pub refuse: R,
}

/// Counts a request, plays its fault and answers it.
pub(super) async fn serve<E, R>(
    shared: Arc<Shared>,
    wire: Wire,
    request: Request<E, R>,
) -> Response<Body>
where
    E: Fn(&mut World, DateTime) -> Reply + Send + 'static,
    R: Fn(Option<&str>) -> Reply,
{
    let began = Instant::now();
    let response = match shared.arrived(&request.names) {
        Err(error) => not_stored(&error).into(),
        Ok((fault, think)) => {
            // No pause is no moment for the client to leave in.
            if !think.is_zero() {
                tokio::time::sleep(think).await;
            }
            match fault {
                None => execute(&shared, &request.execute).into(),
                Some(fault) => play(Arc::clone(&shared), wire, request, &fault).await,
            }
        }
    };
    shared.was_busy(began);
    response
}

fn not_stored(error: &StoreError) -> Reply {
    tracing::error!(%error, "the stand-in's state could not be stored");
    Reply::failure()
}

fn execute<E>(shared: &Shared, work: &E) -> Reply
where
    E: Fn(&mut World, DateTime) -> Reply,
{
    shared
        .change(work)
        .unwrap_or_else(|error| not_stored(&error))
}

async fn play<E, R>(
    shared: Arc<Shared>,
    wire: Wire,
    request: Request<E, R>,
    fault: &Fault,
) -> Response<Body>
where
    E: Fn(&mut World, DateTime) -> Reply + Send + 'static,
    R: Fn(Option<&str>) -> Reply,
{
    let pause = Duration::from_millis(fault.pause_ms());
    match fault.kind {
        FaultKind::Refuse => (request.refuse)(fault.arg.as_deref()).into(),
        FaultKind::LoseRequest => {
            wire.cut();
            Response::new(Body::empty())
        }
        FaultKind::LoseReply => {
            execute(&shared, &request.execute);
            wire.cut();
            Response::new(Body::empty())
        }
        FaultKind::Delay => {
            // A task of its own: a real server goes on when the client has hung up.
            let work = tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                execute(&shared, &request.execute)
            });
            work.await.unwrap_or_else(|_| Reply::failure()).into()
        }
        FaultKind::HangBefore => {
            shared.hang(pause).await;
            execute(&shared, &request.execute).into()
        }
        FaultKind::HangAfter => {
            let done = execute(&shared, &request.execute);
            shared.hang(pause).await;
            done.into()
        }
        FaultKind::Duplicate => {
            let first = execute(&shared, &request.execute);
            execute(&shared, &request.execute);
            first.into()
        }
        FaultKind::ErrorBefore => failed(fault, &request.refuse).into(),
        FaultKind::ErrorAfter => {
            execute(&shared, &request.execute);
            failed(fault, &request.refuse).into()
        }
        FaultKind::Garbage => {
            let done = execute(&shared, &request.execute);
            Reply::new(StatusCode::OK, done.content_type, GARBAGE).into()
        }
        FaultKind::CutBody => cut_body(execute(&shared, &request.execute)),
        FaultKind::Html => Reply::new(StatusCode::OK, "text/html; charset=utf-8", HTML).into(),
        FaultKind::Drip => {
            let done = execute(&shared, &request.execute);
            wire.drip(pause);
            let mut response = Response::from(done);
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

/// The error that a fault names, or a server's failure.
fn failed(fault: &Fault, refuse: impl Fn(Option<&str>) -> Reply) -> Reply {
    let mut reply = Reply::failure();
    match (fault.status(), fault.arg.as_deref()) {
        (Some(status), _) => {
            reply.status = StatusCode::from_u16(status).unwrap_or(reply.status);
            reply
        }
        (None, Some(arg)) => refuse(Some(arg)),
        (None, None) => reply,
    }
}

/// Half of an answer whose only end is the end of the connection: nothing in HTTP tells the client
/// that something is missing. HTTP/1.0 is the version in which that is regular.
fn cut_body(mut reply: Reply) -> Response<Body> {
    reply.body.truncate(reply.body.len() / 2);
    let half = std::mem::take(&mut reply.body);
    let mut response = Response::from(reply);
    *response.body_mut() = Body::from_stream(Body::from(half).into_data_stream());
    *response.version_mut() = Version::HTTP_10;
    response
}
