//! What a server answers to the first message: bytes in, a verdict out. Up to TLS 1.2 all of it is
//! readable by anybody (RFC 5246, 7.4.2 and 7.4.3; RFC 8422, 5.4).

use super::Spoken;
use super::suite::{Exchange, Suite, Version};
use crate::http::certificate::Certificate;

/// Bytes of an answer that are read: a chain of certificates and what belongs to it.
pub(super) const FLIGHT_BYTES_MAX: usize = 64 * 1024;

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Not yet enough.
    More,
    /// The server took the offer.
    Spoken(Spoken),
    /// It wants nothing of it; the alert's number.
    Alert(u8),
    /// This is no TLS.
    NotTls,
    /// TLS that cannot be understood.
    Strange,
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;

/// `supported_versions`, by which TLS 1.3 says that it is meant.
const SUPPORTED_VERSIONS: u16 = 0x002b;

/// An answer in the making.
#[derive(Debug, Default)]
pub(super) struct Flight {
    bytes: Vec<u8>,
}

impl Flight {
    /// Takes what came and says what is heard so far. `ended`: nothing more will come.
    pub fn feed(&mut self, bytes: &[u8], ended: bool) -> Heard {
        let room = FLIGHT_BYTES_MAX.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
        let full = self.bytes.len() >= FLIGHT_BYTES_MAX;
        match look(&self.bytes) {
            Look::Heard(heard) => heard,
            // What came of a cut answer tells enough.
            Look::Spoken(spoken, whole) if whole || ended || full => Heard::Spoken(spoken),
            Look::Spoken(..) => Heard::More,
            Look::Nothing if ended || full => Heard::Strange,
            Look::Nothing => Heard::More,
        }
    }
}

enum Look {
    Nothing,
    /// Understood so far, and whether anything of use may still come.
    Spoken(Spoken, bool),
    Heard(Heard),
}

/// Looks at all that has come: it is little, and comes in a few pieces.
fn look(bytes: &[u8]) -> Look {
    let mut messages = Vec::new();
    let mut rest = bytes;
    while let Some((record, behind)) = record(rest) {
        match record {
            Record::Other => return end(&messages, Heard::NotTls),
            Record::Alert(number) => return end(&messages, Heard::Alert(number)),
            Record::Handshake(part) => messages.extend(part),
        }
        rest = behind;
    }
    match spoken(&messages) {
        None => Look::Nothing,
        Some(Err(())) => Look::Heard(Heard::Strange),
        Some(Ok((spoken, whole))) => Look::Spoken(spoken, whole),
    }
}

/// What was said before the end counts more than how it ended.
fn end(messages: &[u8], heard: Heard) -> Look {
    match spoken(messages) {
        Some(Ok((spoken, _))) => Look::Spoken(spoken, true),
        Some(Err(())) => Look::Heard(Heard::Strange),
        None => Look::Heard(heard),
    }
}

enum Record<'a> {
    Handshake(&'a [u8]),
    Alert(u8),
    Other,
}

/// The record at the start, as far as it has come; `None` where none of use has.
fn record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    if !matches!(kind, ALERT | HANDSHAKE) {
        return Some((Record::Other, rest));
    }
    let (&major, rest) = rest.split_first()?;
    if major != 3 {
        return Some((Record::Other, rest));
    }
    let (_minor, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if kind == ALERT {
        let number = *rest.get(1)?;
        return Some((
            Record::Alert(number),
            rest.get(length..).unwrap_or_default(),
        ));
    }
    if rest.is_empty() {
        return None;
    }
    let (part, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    Some((Record::Handshake(part), behind))
}

/// What the handshake messages say; `None` before the first of them is whole.
fn spoken(mut messages: &[u8]) -> Option<Result<(Spoken, bool), ()>> {
    let mut told: Option<Spoken> = None;
    while let Some((kind, body, rest)) = message(messages) {
        messages = rest;
        match (kind, &mut told) {
            (SERVER_HELLO, None) => match server_hello(body) {
                None => return Some(Err(())),
                // Behind this message TLS 1.3 is for the two of them alone.
                Some(spoken) if spoken.version == Version::Tls13 => {
                    return Some(Ok((spoken, true)));
                }
                Some(spoken) => told = Some(spoken),
            },
            (CERTIFICATE, Some(told)) => told.certificate = leaf(body).map(Certificate::of),
            (SERVER_KEY_EXCHANGE, Some(told)) => told.signature = signature(told, body),
            (SERVER_HELLO_DONE, Some(told)) => return Some(Ok((told.clone(), true))),
            (_, Some(_)) => {}
            (_, None) => return Some(Err(())),
        }
    }
    Some(Ok((told?, false)))
}

fn message(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first_chunk::<3>()?;
    let [high, middle, low] = length.map(usize::from);
    let (body, rest) = rest.split_at_checked(high << 16 | middle << 8 | low)?;
    Some((kind, body, rest))
}

fn server_hello(body: &[u8]) -> Option<Spoken> {
    let (version, rest) = word(body)?;
    let (_random, rest) = rest.split_at_checked(32)?;
    let (&session, rest) = rest.split_first()?;
    let (_, rest) = rest.split_at_checked(usize::from(session))?;
    let (suite, rest) = word(rest)?;
    let (_compression, rest) = rest.split_first()?;
    let version = supported_version(rest).unwrap_or(version);
    Some(Spoken {
        version: Version::from_wire(version)?,
        suite: Suite::from_wire(suite)?,
        signature: None,
        certificate: None,
    })
}

fn supported_version(extensions: &[u8]) -> Option<u16> {
    let (_, mut rest) = word(extensions)?;
    loop {
        let (kind, behind) = word(rest)?;
        let (length, behind) = word(behind)?;
        let (content, behind) = behind.split_at_checked(usize::from(length))?;
        if kind == SUPPORTED_VERSIONS {
            return Some(word(content)?.0);
        }
        rest = behind;
    }
}

/// The server's own certificate: the first of the chain.
fn leaf(body: &[u8]) -> Option<&[u8]> {
    let (_, list) = body.split_at_checked(3)?;
    let (length, list) = list.split_first_chunk::<3>()?;
    let [high, middle, low] = length.map(usize::from);
    list.get(..high << 16 | middle << 8 | low)
}

/// What the server's fresh key is signed with: said from TLS 1.2 on.
fn signature(told: &Spoken, body: &[u8]) -> Option<u16> {
    if told.version != Version::Tls12 {
        return None;
    }
    let rest = match told.suite.exchange() {
        // Kind and name of the curve, then the point.
        Exchange::Ecdhe => {
            let (&length, rest) = body.get(3..)?.split_first()?;
            rest.get(usize::from(length)..)?
        }
        // Prime, generator, public value.
        Exchange::Dhe => {
            let mut rest = body;
            for _ in 0..3 {
                let (length, behind) = word(rest)?;
                rest = behind.get(usize::from(length)..)?;
            }
            rest
        }
        Exchange::Rsa => return None,
    };
    Some(word(rest)?.0)
}

fn word(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*word), rest))
}
