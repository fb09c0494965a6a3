//! Just enough of X.509 to find a certificate's public key and what is written beside it. Old tills
//! show certificates that stricter parsers refuse (version 1, odd names, odd dates); what is not
//! needed is stepped over.

/// A public key out of a certificate, in the form that ring takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// `RSAPublicKey` in DER.
    Rsa(&'a [u8]),
    /// A point on P-256.
    P256(&'a [u8]),
    /// A point on P-384.
    P384(&'a [u8]),
}

pub(super) const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, which holds the version; absent in version 1.
const VERSION: u8 = 0xa0;

const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x2b\x81\x04\x00\x22";

/// Where things stand in a certificate; each is the contents of its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    /// From and until.
    pub validity: &'a [u8],
    /// Whose certificate it is.
    pub subject: &'a [u8],
    /// Kind of key, and the key.
    pub key_info: &'a [u8],
}

/// The parts of a certificate; `None` where this is none.
pub(super) fn fields(certificate: &[u8]) -> Option<Fields<'_>> {
    let (certificate, _) = expect(SEQUENCE, certificate)?;
    let (mut rest, _) = expect(SEQUENCE, certificate)?;
    if rest.first() == Some(&VERSION) {
        (_, rest) = expect(VERSION, rest)?;
    }
    // Serial number, signature algorithm, issuer.
    (_, rest) = expect(INTEGER, rest)?;
    (_, rest) = expect(SEQUENCE, rest)?;
    (_, rest) = expect(SEQUENCE, rest)?;
    let (validity, rest) = expect(SEQUENCE, rest)?;
    let (subject, rest) = expect(SEQUENCE, rest)?;
    let (key_info, _) = expect(SEQUENCE, rest)?;
    Some(Fields {
        validity,
        subject,
        key_info,
    })
}

/// The key of a certificate; `None` where it is of another kind or this is no certificate.
pub(super) fn key(certificate: &[u8]) -> Option<Key<'_>> {
    let (algorithm, info) = expect(SEQUENCE, fields(certificate)?.key_info)?;
    let (bits, _) = expect(BIT_STRING, info)?;
    let (0, key) = bits.split_first()? else {
        return None; // Unused bits in the last byte: no key is like that.
    };
    let (kind, parameters) = expect(OBJECT_ID, algorithm)?;
    if kind == RSA {
        return Some(Key::Rsa(key));
    }
    if kind != EC {
        return None;
    }
    match expect(OBJECT_ID, parameters)?.0 {
        P256 => Some(Key::P256(key)),
        P384 => Some(Key::P384(key)),
        _ => None,
    }
}

/// The contents of the element at the start, which must have this tag, and what follows it.
pub(super) fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes)?;
    (found == tag).then_some((content, rest))
}

/// Tag and contents of the element at the start, and what follows it.
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        // Longer than any certificate.
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLD_TILL: &[u8] = include_bytes!("testdata/rsa1024-v1.der");

    fn generated(algorithm: &'static rcgen::SignatureAlgorithm) -> (Vec<u8>, Vec<u8>) {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["till.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        (certificate.der().to_vec(), key.public_key_raw().to_vec())
    }

    #[test]
    fn the_key_is_found_in_version_1_and_3() {
        let Some(Key::Rsa(rsa)) = key(OLD_TILL) else {
            panic!("no RSA key");
        };
        // SEQUENCE { INTEGER modulus of 1024 bits and a sign byte, INTEGER 65537 }
        assert_eq!(rsa[..6], [0x30, 0x81, 0x89, 0x02, 0x81, 0x81]);
        assert_eq!(rsa[rsa.len() - 5..], [0x02, 0x03, 0x01, 0x00, 0x01]);

        let (certificate, point) = generated(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(key(&certificate), Some(Key::P256(&point)));
        let (certificate, point) = generated(&rcgen::PKCS_ECDSA_P384_SHA384);
        assert_eq!(key(&certificate), Some(Key::P384(&point)));
        let (certificate, _) = generated(&rcgen::PKCS_ED25519);
        assert_eq!(key(&certificate), None);
    }

    #[test]
    fn a_cut_certificate_has_no_key() {
        for length in 0..OLD_TILL.len() {
            assert_eq!(key(&OLD_TILL[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            key(&bytes);
        }

        #[test]
        fn a_damaged_certificate_is_survived(
            changes in prop::collection::vec((0..OLD_TILL.len(), any::<u8>()), 1..8),
        ) {
            let mut certificate = OLD_TILL.to_vec();
            for (at, byte) in changes {
                certificate[at] = byte;
            }
            key(&certificate);
        }
    }
}
