//! What a server speaks that this program's own TLS does not: it is offered everything that was
//! ever usual, and hung up on after its answer. No key is agreed on, no request and no password
//! leaves, and nothing is proved by it: the certificate is what anybody could show.

mod flight;
mod hello;
mod suite;
#[cfg(test)]
mod tests;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom as _, SystemRandom};

use super::certificate::Certificate;
use flight::{Flight, Heard};
use hello::{Offer, client_hello};
use suite::{Cipher, Exchange};

pub use suite::{Fit, Suite, Version};

/// Bytes taken from the socket at once.
const READ_BYTES: usize = 4096;

/// Alerts after which another offer may be liked: handshake failure, protocol version, and what
/// servers say that do not know an extension (decode error, internal error, unexpected message).
const TRY_OTHERWISE: [u8; 5] = [40, 70, 50, 80, 10];

/// What a server picks out of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The highest version that it speaks, TLS 1.3 aside where it speaks an older one, too.
    pub version: Version,
    /// The suite that it picked.
    pub suite: Suite,
    /// What it signs with in TLS 1.2, where it signs.
    signature: Option<u16>,
    /// What it shows, unproved.
    pub certificate: Option<Certificate>,
}

/// SHA-1 with RSA or ECDSA.
const SHA1_SIGNATURES: [u16; 2] = [0x0201, 0x0203];
/// What a pinned server is offered to sign with; see `tls.rs`.
const SIGNATURES: [u16; 4] = [0x0401, 0x0601, 0x0403, 0x0503];

impl Spoken {
    /// The way of TLS that fits.
    pub fn fit(&self) -> Fit {
        let sha1 = self.signs_with_sha1();
        let signs = self
            .signature
            .is_some_and(|scheme| SIGNATURES.contains(&scheme));
        match (self.version, self.suite.cipher(), self.suite.exchange()) {
            (Version::Ssl3, _, _) | (_, Cipher::Broken, _) => Fit::Nothing,
            (Version::Tls13, _, _) => Fit::OnlyTls13,
            (Version::Tls10 | Version::Tls11, _, _) => Fit::OpensslTls10,
            (Version::Tls12, _, _) if sha1 => Fit::OpensslTls10,
            (Version::Tls12, Cipher::Modern, Exchange::Ecdhe) if signs => Fit::Modern,
            (Version::Tls12, Cipher::Modern | Cipher::Cbc, _) => Fit::OpensslTls12,
        }
    }

    /// Whether it signs with SHA-1 even when asked for better.
    pub fn signs_with_sha1(&self) -> bool {
        self.signature
            .is_some_and(|scheme| SHA1_SIGNATURES.contains(&scheme))
    }
}

/// Offers everything, one offer after another until one is liked, each on a connection of its own
/// that `connect` makes. `None`: the server likes none, or says nothing that is understood.
pub(super) fn ask(
    mut connect: impl FnMut() -> Option<TcpStream>,
    patience: Duration,
) -> Option<Spoken> {
    for offer in [Offer::UpTo12, Offer::Plain10, Offer::Only13] {
        match exchange(connect()?, offer, patience) {
            Heard::Spoken(spoken) => return Some(spoken),
            Heard::Alert(number) if TRY_OTHERWISE.contains(&number) => {}
            // Some hang up without a word where they do not understand.
            Heard::Strange => {}
            Heard::Alert(_) | Heard::NotTls | Heard::More => return None,
        }
    }
    None
}

/// One offer and its answer; [`Heard::More`] where it does not come in time.
fn exchange(mut socket: TcpStream, offer: Offer, patience: Duration) -> Heard {
    let mut random = [0; 32];
    if SystemRandom::new().fill(&mut random).is_err() {
        return Heard::More;
    }
    let until = Instant::now() + patience;
    let timed = socket
        .set_write_timeout(Some(patience))
        .and_then(|()| socket.write_all(&client_hello(offer, random)));
    if timed.is_err() {
        return Heard::Strange;
    }
    let mut flight = Flight::default();
    let mut buffer = [0; READ_BYTES];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return at_last(&mut flight);
        }
        let heard = match socket.read(&mut buffer) {
            Ok(0) => flight.feed(&[], true),
            Ok(count) => flight.feed(buffer.get(..count).unwrap_or_default(), false),
            Err(error) if super::probe::is_late(&error) => return at_last(&mut flight),
            Err(_) => flight.feed(&[], true),
        };
        if heard != Heard::More {
            return heard;
        }
    }
}

/// Whether an answer is taken for the same, whole and in pieces of that length.
pub(super) fn is_heard_alike(bytes: &[u8], piece: usize) -> bool {
    let heard = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut flight = Flight::default();
        pieces
            .map(|piece| flight.feed(piece, false))
            .find(|heard| *heard != Heard::More)
            .unwrap_or_else(|| flight.feed(&[], true))
    };
    heard(&mut std::iter::once(bytes)) == heard(&mut bytes.chunks(piece.max(1)))
}

/// What was heard in time.
fn at_last(flight: &mut Flight) -> Heard {
    match flight.feed(&[], true) {
        spoken @ Heard::Spoken(_) => spoken,
        Heard::More | Heard::Alert(_) | Heard::NotTls | Heard::Strange => Heard::More,
    }
}
