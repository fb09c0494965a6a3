//! What a certificate says of itself, for the person who must say whether it is the right one.
//! Nothing is decided by it: a pin means the whole certificate.

use jiff::civil::DateTime;
use ring::digest;

use super::der::{self, INTEGER, Key, OBJECT_ID, SEQUENCE, SET, element, expect};

/// Parts of a name that are looked at.
const NAME_PARTS_MAX: usize = 16;

/// `commonName`
const COMMON_NAME: &[u8] = b"\x55\x04\x03";
/// `organizationName`
const ORGANIZATION: &[u8] = b"\x55\x04\x0a";

/// A certificate, as far as it can be read. The text is as the server sent it, not cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the whole certificate (DER), as a pin is written.
    pub fingerprint: [u8; 32],
    /// Common name, else organisation; `None` where it names neither.
    pub subject: Option<String>,
    /// From when it is valid, UTC.
    pub from: Option<DateTime>,
    /// Until when it is valid, UTC. A pinned certificate is believed for longer.
    pub until: Option<DateTime>,
    /// Its key.
    pub key: KeyKind,
}

/// The kind of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of so many bits.
    Rsa(usize),
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Any other.
    Other,
}

impl KeyKind {
    /// As people write it: `RSA-1024`.
    pub fn name(self) -> String {
        match self {
            Self::Rsa(bits) => format!("RSA-{bits}"),
            Self::P256 => "ECDSA P-256".to_owned(),
            Self::P384 => "ECDSA P-384".to_owned(),
            Self::Other => "?".to_owned(),
        }
    }
}

impl Certificate {
    /// Reads what can be read.
    pub fn of(der: &[u8]) -> Self {
        let fields = der::fields(der);
        let (from, until) = fields.map_or((None, None), |fields| validity(fields.validity));
        Self {
            fingerprint: fingerprint(der),
            subject: fields.and_then(|fields| name(fields.subject)),
            from,
            until,
            key: match der::key(der) {
                Some(Key::Rsa(key)) => rsa_bits(key).map_or(KeyKind::Other, KeyKind::Rsa),
                Some(Key::P256(_)) => KeyKind::P256,
                Some(Key::P384(_)) => KeyKind::P384,
                None => KeyKind::Other,
            },
        }
    }
}

/// SHA-256 of a whole certificate.
pub(super) fn fingerprint(der: &[u8]) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    for (to, from) in fingerprint
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, der).as_ref())
    {
        *to = *from;
    }
    fingerprint
}

fn rsa_bits(key: &[u8]) -> Option<usize> {
    let (key, _) = expect(SEQUENCE, key)?;
    let (mut modulus, _) = expect(INTEGER, key)?;
    while let Some((0, rest)) = modulus.split_first() {
        modulus = rest;
    }
    let first = modulus.first()?;
    Some(modulus.len() * 8 - first.leading_zeros() as usize)
}

fn name(subject: &[u8]) -> Option<String> {
    let mut rest = subject;
    let mut organization = None;
    for _ in 0..NAME_PARTS_MAX {
        let Some((part, behind)) = expect(SET, rest) else {
            break;
        };
        rest = behind;
        let Some((kind, value)) =
            expect(SEQUENCE, part).and_then(|(part, _)| expect(OBJECT_ID, part))
        else {
            continue;
        };
        let text = element(value).and_then(|(tag, bytes, _)| text(tag, bytes));
        match kind {
            COMMON_NAME if text.is_some() => return text,
            ORGANIZATION => organization = text,
            _ => {}
        }
    }
    organization
}

/// The strings that names are written in.
fn text(tag: u8, bytes: &[u8]) -> Option<String> {
    let text = match tag {
        // UTF8String, PrintableString, IA5String.
        0x0c | 0x13 | 0x16 => String::from_utf8_lossy(bytes).into_owned(),
        // T61String: in practice Latin-1.
        0x14 => bytes.iter().copied().map(char::from).collect(),
        // BMPString.
        0x1e => {
            let (pairs, _) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            String::from_utf16_lossy(&units)
        }
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

fn validity(bytes: &[u8]) -> (Option<DateTime>, Option<DateTime>) {
    let Some((tag, from, rest)) = element(bytes) else {
        return (None, None);
    };
    let until = element(rest).and_then(|(tag, until, _)| time(tag, until));
    (time(tag, from), until)
}

/// `UTCTime` (two digits of the year, 1950 to 2049) or `GeneralizedTime`.
fn time(tag: u8, bytes: &[u8]) -> Option<DateTime> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
    let full = match tag {
        0x17 => {
            let century = if *text.as_bytes().first()? < b'5' {
                "20"
            } else {
                "19"
            };
            format!("{century}{text}")
        }
        0x18 => text.to_owned(),
        _ => return None,
    };
    DateTime::strptime("%Y%m%d%H%M%S", full).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const OLD_TILL: &[u8] = include_bytes!("testdata/rsa1024-v1.der");

    #[test]
    fn an_old_tills_certificate_is_told() {
        let told = Certificate::of(OLD_TILL);
        assert_eq!(told.key, KeyKind::Rsa(1024));
        assert_eq!(told.key.name(), "RSA-1024");
        assert_eq!(told.subject.as_deref(), Some("RK7SRV"));
        assert_eq!(told.from, Some(date(2010, 1, 1).at(0, 0, 0, 0)));
        assert_eq!(told.until, Some(date(2011, 1, 1).at(0, 0, 0, 0)));
        let small = Certificate::of(include_bytes!("testdata/rsa512.der"));
        assert_eq!(small.key, KeyKind::Rsa(512));
    }

    #[test]
    fn a_new_certificate_is_told() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, "Ресторан");
        params.not_after = rcgen::date_time_ymd(2050, 3, 1);
        let told = Certificate::of(params.self_signed(&key).unwrap().der());
        assert_eq!(told.key, KeyKind::P384);
        assert_eq!(told.subject.as_deref(), Some("Ресторан"));
        assert_eq!(told.until, Some(date(2050, 3, 1).at(0, 0, 0, 0)));
    }

    #[test]
    fn names_in_every_kind_of_string() {
        for (tag, bytes, expected) in [
            (0x13, &b"RK7"[..], Some("RK7")),
            (0x14, b"\xe9t\xe9", Some("été")),
            (0x1e, b"\x04\x1a\x00\x41", Some("КA")),
            (0x1e, b"\x04", None),
            (0x0c, b"  ", None),
            (0x04, b"RK7", None),
        ] {
            assert_eq!(text(tag, bytes).as_deref(), expected, "{tag:x}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let told = Certificate::of(b"no certificate");
        assert_eq!(told.subject, None);
        assert_eq!((told.from, told.until), (None, None));
        assert_eq!(told.key, KeyKind::Other);
        assert_eq!(time(0x17, b"010101000000+0300"), None);
        assert_eq!(time(0x17, b"010199000000Z"), None);
    }

    proptest! {
        #[test]
        fn a_damaged_certificate_is_survived(
            changes in prop::collection::vec((0..OLD_TILL.len(), any::<u8>()), 1..8),
        ) {
            let mut certificate = OLD_TILL.to_vec();
            for (at, byte) in changes {
                certificate[at] = byte;
            }
            Certificate::of(&certificate);
        }
    }
}
