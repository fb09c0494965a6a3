//! Connections that can really be cut: a listener whose streams obey a switch held by the handler.
//!
//! axum hides the socket from its handlers, so each accepted stream comes with a [`Wire`]: the
//! handler flips it, and from then on the stream refuses to write (hyper drops the connection
//! without a byte of an answer) or lets the body out one byte at a time.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// Where an answer's head ends.
const HEAD_END: &[u8] = b"\r\n\r\n";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Cut,
    Drip(Duration),
}

/// The switch of one connection.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Mode>>);

impl Wire {
    /// Whatever is answered now, not a byte of it leaves; the connection closes.
    pub fn cut(&self) {
        self.set(Mode::Cut);
    }

    /// The body of the answer leaves one byte at a time with this pause before each.
    pub fn drip(&self, pause: Duration) {
        self.set(Mode::Drip(pause));
    }

    fn set(&self, mode: Mode) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    fn mode(&self) -> Mode {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().wire.clone()
    }
}

/// Accepts connections that have a [`Wire`].
pub(super) struct WireListener(pub TcpListener);

impl Listener for WireListener {
    type Io = WireStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Without it small answers wait for the client's acknowledgement; a stream that is already
        // broken shows that soon enough.
        let _ = stream.set_nodelay(true);
        let stream = WireStream {
            stream,
            wire: Wire(Arc::new(Mutex::new(Mode::Plain))),
            pause: None,
            head_sent: false,
        };
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection that obeys its [`Wire`].
pub(super) struct WireStream {
    stream: TcpStream,
    wire: Wire,
    pause: Option<Pin<Box<Sleep>>>,
    head_sent: bool,
}

impl WireStream {
    fn poll_drip(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
        pause: Duration,
    ) -> Poll<io::Result<usize>> {
        if !self.head_sent {
            let end = bytes
                .windows(HEAD_END.len())
                .position(|window| window == HEAD_END);
            let head = end.map_or(bytes.len(), |at| at + HEAD_END.len());
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..head]))?;
            self.head_sent = end.is_some() && written == head;
            return Poll::Ready(Ok(written));
        }
        let sleep = self
            .pause
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        ready!(sleep.as_mut().poll(context));
        let one = bytes.len().min(1);
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..one]))?;
        self.pause = None;
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for WireStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.wire.mode() {
            Mode::Plain => Pin::new(&mut self.stream).poll_write(context, bytes),
            Mode::Cut => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Mode::Drip(pause) => self.poll_drip(context, bytes, pause),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
