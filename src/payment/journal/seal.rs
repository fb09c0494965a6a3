//! Keeps UIDs and request bodies unreadable in the journal.
//!
//! ChaCha20-Poly1305 under a key that is made with the journal and lies beside it, readable by its
//! owner only. Whoever has both files can read them; whoever finds the journal in a backup, a log
//! or a support mail cannot.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

use super::JournalError;
use crate::os::files::owner_only;
use crate::payment::sale::PaymentId;

const KEY_LEN: usize = 32;

/// The journal's key.
pub struct Sealer {
    key: LessSafeKey,
    names: hmac::Key,
    makers: hmac::Key,
    random: SystemRandom,
}

/// Last bytes of a payment's name that prove who made it.
const PROOF_LEN: usize = 4;

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// The key in that file; made when there is none, or only a piece of one, and `make` says so.
    pub fn open(path: &Path, make: bool) -> Result<Self, JournalError> {
        let unusable = |why: String| JournalError::Unusable {
            path: path.to_owned(),
            why,
        };
        let mut found = fs::read(path);
        if make && found.as_ref().is_ok_and(|bytes| bytes.len() < KEY_LEN) {
            fs::remove_file(path).map_err(|error| unusable(error.to_string()))?;
            found = fs::read(path);
        }
        let bytes = match found {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound && make => {
                let mut bytes = vec![0; KEY_LEN];
                SystemRandom::new()
                    .fill(&mut bytes)
                    .map_err(|_| unusable("no randomness".into()))?;
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                owner_only(&mut options);
                let mut file = options
                    .open(path)
                    .map_err(|error| unusable(error.to_string()))?;
                file.write_all(&bytes)
                    .and_then(|()| file.sync_all())
                    .map_err(|error| unusable(error.to_string()))?;
                bytes
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(JournalError::WrongKey {
                    path: path.to_owned(),
                });
            }
            Err(error) => return Err(unusable(error.to_string())),
        };
        Self::from_bytes(&bytes).ok_or_else(|| JournalError::WrongKey {
            path: path.to_owned(),
        })
    }

    /// A key from its bytes; `None` where there are not exactly 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != KEY_LEN {
            return None;
        }
        let names = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        // Every use its own key: the naming key is the file's own, the others are derived.
        let sealing = hmac::sign(&names, b"limekeeper journal sealing");
        let makers = hmac::sign(&names, b"limekeeper payment ids");
        let key = UnboundKey::new(&CHACHA20_POLY1305, sealing.as_ref()).ok()?;
        Some(Self {
            key: LessSafeKey::new(key),
            names,
            makers: hmac::Key::new(hmac::HMAC_SHA256, makers.as_ref()),
            random: SystemRandom::new(),
        })
    }

    /// A name for a new payment: sorted by time, unique by randomness (some 42 bits within a
    /// millisecond), and its end proves that it was made with this key.
    pub fn new_payment(&self) -> PaymentId {
        let mut bytes = *PaymentId::new().as_bytes();
        let (head, proof) = bytes.split_at_mut(16 - PROOF_LEN);
        let tag = hmac::sign(&self.makers, head);
        proof.copy_from_slice(&tag.as_ref()[..PROOF_LEN]);
        PaymentId::from_uuid(Uuid::from_bytes(bytes))
    }

    /// Whether the name was made with this key. One of four thousand million others looks so, too.
    pub fn made(&self, payment: PaymentId) -> bool {
        let (head, proof) = payment.as_bytes().split_at(16 - PROOF_LEN);
        hmac::sign(&self.makers, head).as_ref()[..PROOF_LEN] == *proof
    }

    /// Nonce and ciphertext. `place` ties it to its row: moved elsewhere it does not open.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).ok()?;
        let mut text = plain.to_vec();
        let aad = Aad::from(place.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .ok()?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Some(sealed)
    }

    /// The plain bytes; `None` where key, place or bytes are not the ones they were sealed with.
    pub fn open_sealed(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let aad = Aad::from(place.as_bytes());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.key.open_in_place(nonce, aad, &mut text).ok()?;
        Some(plain.to_vec())
    }

    /// A name for a UID that tells equal from different and nothing else: keyed, since a plain hash
    /// of four bytes is undone in minutes.
    pub fn name(&self, uid: &str) -> String {
        let tag = hmac::sign(&self.names, uid.as_bytes());
        tag.as_ref()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_place_open_it() {
        let sealer = Sealer::from_bytes(&[7; KEY_LEN]).unwrap();
        let sealed = sealer.seal("row 1", b"61366822").unwrap();
        assert!(!sealed.windows(8).any(|part| part == b"61366822"));
        assert_eq!(sealer.open_sealed("row 1", &sealed).unwrap(), b"61366822");
        assert_eq!(sealer.open_sealed("row 2", &sealed), None);
        assert_eq!(
            Sealer::from_bytes(&[8; KEY_LEN])
                .unwrap()
                .open_sealed("row 1", &sealed),
            None
        );
        for cut in 0..sealed.len() {
            assert_eq!(sealer.open_sealed("row 1", &sealed[..cut]), None);
        }
        assert_ne!(
            sealer.seal("row 1", b"61366822").unwrap(),
            sealed,
            "nonces never repeat"
        );
    }

    #[test]
    fn names_tell_equal_from_different() {
        let sealer = Sealer::from_bytes(&[7; KEY_LEN]).unwrap();
        assert_eq!(sealer.name("61366822"), sealer.name("61366822"));
        assert_ne!(sealer.name("61366822"), sealer.name("61366823"));
    }

    #[test]
    fn a_payment_knows_its_maker() {
        let sealer = Sealer::from_bytes(&[7; KEY_LEN]).unwrap();
        let other = Sealer::from_bytes(&[8; KEY_LEN]).unwrap();
        let mut made: Vec<PaymentId> = (0..1_000).map(|_| sealer.new_payment()).collect();
        let mut sorted = made.clone();
        sorted.sort_unstable();
        assert_eq!(made, sorted, "by time of making");
        made.dedup();
        assert_eq!(made.len(), 1_000);
        for payment in made {
            assert!(sealer.made(payment));
            assert!(!other.made(payment), "true once in four thousand million");
            let uuid: Uuid = payment.to_string().parse().unwrap();
            assert_eq!(uuid.get_version_num(), 7);
        }
        assert!(!sealer.made(PaymentId::from_uuid(Uuid::from_u128(1))));
    }

    #[test]
    fn the_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.key");
        assert!(matches!(
            Sealer::open(&path, false),
            Err(JournalError::WrongKey { .. })
        ));
        let first = Sealer::open(&path, true).unwrap().name("1");
        assert_eq!(Sealer::open(&path, true).unwrap().name("1"), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        for (bytes, make, fits) in [(31, false, false), (33, true, false), (31, true, true)] {
            fs::write(&path, vec![1; bytes]).unwrap();
            assert_eq!(Sealer::open(&path, make).is_ok(), fits, "{bytes} {make}");
        }
    }
}
