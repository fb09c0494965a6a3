//! The first message of a handshake, written by hand: no TLS library of today offers what old
//! servers speak. Nothing is ever sent behind it (RFC 5246, 7.4.1.2; RFC 8446, 4.1.2).

use super::suite::{SUITES, SUITES_13};

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Everything up to TLS 1.2.
    UpTo12,
    /// TLS 1.0 without any extension, for servers that stumble over what they do not know.
    Plain10,
    /// TLS 1.3 alone. Without a share of a key: the server then asks for one, and that is enough.
    Only13,
}

/// «No renegotiation is known here» as a cipher suite: understood by all that care.
const RENEGOTIATION_INFO: u16 = 0x00ff;

/// What pinned servers are offered comes first (see `tls.rs`), then SHA-384, SHA-1 and PSS: who picks
/// one of those has nothing better.
const SIGNATURES: [u16; 10] = [
    0x0601, 0x0401, 0x0503, 0x0403, 0x0501, 0x0201, 0x0203, 0x0804, 0x0805, 0x0806,
];
/// x25519, P-256, P-384, P-521.
const GROUPS: [u16; 4] = [0x001d, 0x0017, 0x0018, 0x0019];

/// The whole record.
pub(super) fn client_hello(offer: Offer, random: [u8; 32]) -> Vec<u8> {
    let (version, suites, extensions) = match offer {
        Offer::UpTo12 => (0x0303, SUITES, extensions(&[])),
        Offer::Plain10 => (0x0301, SUITES, Vec::new()),
        Offer::Only13 => {
            let only_13 = [
                extension(0x002b, &[0x02, 0x03, 0x04]), // supported_versions
                extension(0x0033, &[0x00, 0x00]),       // key_share, empty
            ];
            (0x0303, SUITES_13, extensions(&only_13.concat()))
        }
    };
    let mut suites: Vec<u16> = suites.iter().map(|&(wire, _)| wire).collect();
    suites.push(RENEGOTIATION_INFO);
    let mut body = Vec::new();
    body.extend(u16::to_be_bytes(version));
    body.extend(random);
    body.push(0); // No session to go on with.
    body.extend(counted(&words(&suites)));
    body.extend([1, 0]); // No compression.
    if !extensions.is_empty() {
        body.extend(counted(&extensions));
    }
    let mut message = vec![1, 0]; // client_hello; the length has three bytes.
    message.extend(counted(&body));
    let mut record = vec![22, 3, 1]; // handshake, in the version that all servers read.
    record.extend(counted(&message));
    record
}

fn extensions(more: &[u8]) -> Vec<u8> {
    let mut all = extension(0x000a, &counted(&words(&GROUPS)));
    all.extend(extension(0x000b, &[1, 0])); // Points are not compressed.
    all.extend(extension(0x000d, &counted(&words(&SIGNATURES))));
    all.extend(more);
    all
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes(), counted(content).as_slice()].concat()
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// With its length in two bytes in front. Everything here is far shorter than that allows.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), bytes].concat()
}
