//! Doors for fuzzers and property tests: plain functions over what strangers may send. Each returns
//! whether what must hold held.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::greeting::is_heard_alike;
use super::listen::{Hearer, MESSAGE_BYTES_MAX, serve};
use super::runtime;

/// A stranger that hung up at once would not be answered.
const LOOKS_BEFORE_THE_END: u8 = 16;

/// A server's answer to the greeting; the first byte is the length of its pieces. How it is cut into
/// pieces must not matter.
pub fn greeting(input: &[u8]) -> bool {
    let Some((&piece, bytes)) = input.split_first() else {
        return true;
    };
    is_heard_alike(bytes, usize::from(piece).max(1))
}

/// A connection to the receiver of notices, all that a stranger says on it. One message is heard at
/// most, and none that is too large; what is answered is HTTP. Nobody is waited for: a moment behind
/// the last byte the stranger hangs up.
pub fn listener(input: &[u8], hear: impl FnMut(&[u8]) + Send + 'static) -> bool {
    let ear = Arc::new(Ear(Mutex::new(Heard {
        sizes: Vec::new(),
        hear,
    })));
    let mut said = Said {
        rest: input.to_vec(),
        answer: Arc::default(),
        hangs_on: LOOKS_BEFORE_THE_END,
    };
    said.rest.reverse();
    let answer = Arc::clone(&said.answer);
    let hearer: Arc<dyn Hearer> = Arc::clone(&ear) as Arc<dyn Hearer>;
    // Its timers are the shared thread's.
    if runtime::block_on(serve(said, hearer)).is_none() {
        return true;
    }
    let answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    let heard = ear.0.lock().unwrap_or_else(PoisonError::into_inner);
    heard.sizes.len() <= 1
        && heard.sizes.iter().all(|&size| size <= MESSAGE_BYTES_MAX)
        && (answer.is_empty() || answer.starts_with(b"HTTP/1."))
}

/// What was heard: sizes, and whom the messages went to.
struct Heard<F> {
    sizes: Vec<usize>,
    hear: F,
}

struct Ear<F>(Mutex<Heard<F>>);

impl<F: FnMut(&[u8]) + Send + 'static> Hearer for Ear<F> {
    fn hear(&self, message: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.sizes.push(message.len());
        (heard.hear)(message);
    }

    fn tell(&self) -> String {
        "{}".to_owned()
    }
}

/// A connection without a socket: what is left to be read, last byte first, and what was written.
struct Said {
    rest: Vec<u8>,
    answer: Arc<Mutex<Vec<u8>>>,
    /// How often the server may still look for more before there is an end.
    hangs_on: u8,
}

impl AsyncRead for Said {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty()
            && let Some(left) = self.hangs_on.checked_sub(1)
        {
            self.hangs_on = left;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        while buffer.remaining() > 0
            && let Some(byte) = self.rest.pop()
        {
            buffer.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Said {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.extend(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use proptest::prelude::*;

    use super::*;

    fn heard(input: &str) -> Vec<Vec<u8>> {
        let (say, told) = channel();
        let hear = move |message: &[u8]| say.send(message.to_vec()).unwrap();
        assert!(listener(input.as_bytes(), hear), "{input}");
        told.try_iter().collect()
    }

    #[test]
    fn the_door_hears_what_the_receiver_hears() {
        for (input, messages) in [
            ("", vec![]),
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", vec![]),
            (
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n<a/>",
                vec!["<a/>"],
            ),
            (
                "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n<a\r\n2\r\n/>\r\n0\r\n\r\n",
                vec!["<a/>"],
            ),
            // Two on one connection, and one that is cut.
            (
                "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nAPOST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nB",
                vec!["A"],
            ),
            ("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n<a/>", vec![]),
        ] {
            let wanted: Vec<_> = messages
                .iter()
                .map(|text| text.as_bytes().to_vec())
                .collect();
            assert_eq!(heard(input), wanted, "{input}");
        }
        let large = "x".repeat(MESSAGE_BYTES_MAX + 1);
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", large.len());
        assert!(heard(&format!("{head}{large}")).is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(input in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(listener(&input, |_| ()), "the receiver");
            prop_assert!(greeting(&input), "the greeting");
        }
    }
}
