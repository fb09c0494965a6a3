//! How PINs and staff cards are kept: salted, and slow to try.
//!
//! PBKDF2 with HMAC-SHA-256 of `ring`, which the program has anyway. A PIN of few digits can be tried
//! through by whoever has the config file and an hour; the hash keeps it from being read over a
//! shoulder or in a backup, and the file's rights keep the rest.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::pbkdf2;
use ring::rand::{SecureRandom as _, SystemRandom};
use thiserror::Error;

const SALT: usize = 16;
const HASH: usize = 32;
const NAME: &str = "pbkdf2-sha256";
/// Fewest rounds that are taken from a config.
const ROUNDS_MIN: u32 = 1_000;
/// Most rounds that are taken from a config: a till must not stand still for it.
const ROUNDS_MAX: u32 = 5_000_000;

/// Rounds for a new PIN.
pub const PIN_ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
/// Rounds for a new staff card: a tap is tried against everybody's.
pub const CARD_ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// The text is no hash.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no hash of a PIN or a card")]
pub struct NotAHash;

/// The system gives no random bytes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// A secret that can only be compared: `pbkdf2-sha256$600000$<salt>$<hash>`.
#[derive(Clone, PartialEq, Eq)]
pub struct SlowHash {
    rounds: NonZeroU32,
    salt: [u8; SALT],
    hash: [u8; HASH],
}

impl SlowHash {
    /// A new one of this secret.
    pub fn of(secret: &str, rounds: NonZeroU32) -> Result<Self, NoRandomness> {
        let mut salt = [0; SALT];
        SystemRandom::new()
            .fill(&mut salt)
            .map_err(|_| NoRandomness)?;
        let mut hash = [0; HASH];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            rounds,
            &salt,
            secret.as_bytes(),
            &mut hash,
        );
        Ok(Self { rounds, salt, hash })
    }

    /// Whether it is of this secret; takes as long either way.
    pub fn is_of(&self, secret: &str) -> bool {
        pbkdf2::verify(
            pbkdf2::PBKDF2_HMAC_SHA256,
            self.rounds,
            &self.salt,
            secret.as_bytes(),
            &self.hash,
        )
        .is_ok()
    }
}

impl FromStr for SlowHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut parts = text.split('$');
        let mut next = || parts.next().ok_or(NotAHash);
        let (name, rounds, salt, hash) = (next()?, next()?, next()?, next()?);
        let rounds: NonZeroU32 = rounds.parse().map_err(|_| NotAHash)?;
        let fits = (ROUNDS_MIN..=ROUNDS_MAX).contains(&rounds.get());
        if name != NAME || !fits || parts.next().is_some() {
            return Err(NotAHash);
        }
        Ok(Self {
            rounds,
            salt: bytes(salt)?,
            hash: bytes(hash)?,
        })
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], NotAHash> {
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| NotAHash)?;
    bytes.try_into().map_err(|_| NotAHash)
}

impl fmt::Display for SlowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.rounds;
        let salt = STANDARD_NO_PAD.encode(self.salt);
        let hash = STANDARD_NO_PAD.encode(self.hash);
        write!(f, "{NAME}${rounds}${salt}${hash}")
    }
}

impl fmt::Debug for SlowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlowHash(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: NonZeroU32 = NonZeroU32::new(ROUNDS_MIN).unwrap();

    #[test]
    fn a_hash_knows_its_secret_and_no_other() {
        let one = SlowHash::of("8642", FEW).unwrap();
        let other = SlowHash::of("8642", FEW).unwrap();
        assert_ne!(one, other, "the salt is another one each time");
        for hash in [one, other] {
            let read: SlowHash = hash.to_string().parse().unwrap();
            assert_eq!(read, hash);
            assert!(read.is_of("8642"));
            for wrong in ["8643", "", "86420", " 8642"] {
                assert!(!read.is_of(wrong), "{wrong}");
            }
            assert_eq!(format!("{read:?}"), "SlowHash(hidden)");
        }
    }

    /// A hash made elsewhere: RFC 7914, section 11, has such vectors; this one is of Python's hashlib.
    #[test]
    fn it_is_the_pbkdf2_that_others_know() {
        let text = "pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$HASH";
        let text = text.replace("HASH", KNOWN);
        let hash: SlowHash = text.parse().unwrap();
        assert!(hash.is_of("1234"));
    }

    const KNOWN: &str = "lthrw4diKhMqjsP6Pb8Ut8JakDM53i2wZ0MKCGR8gn4";

    #[test]
    fn what_is_no_hash_is_refused() {
        let good = SlowHash::of("1234", FEW).unwrap().to_string();
        let parts: Vec<&str> = good.split('$').collect();
        let with = |at: usize, part: &str| {
            let mut parts = parts.clone();
            parts[at] = part;
            parts.join("$")
        };
        for wrong in [
            String::new(),
            "1234".to_owned(),
            with(0, "sha256"),
            with(1, "999"),
            with(1, "5000001"),
            with(1, "many"),
            with(2, "AAAA"),
            with(3, "????"),
            format!("{good}$"),
            format!("{good}="),
        ] {
            assert_eq!(wrong.parse::<SlowHash>(), Err(NotAHash), "{wrong}");
        }
    }
}
