//! A server's key that is too small for any library of today: PKCS#1 v1.5 over SHA-256, done by hand
//! and for tests alone (nothing here takes equal time).

use std::sync::Arc;

use ring::digest;
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use crate::http::der::{INTEGER, SEQUENCE, expect};

/// What stands in front of a SHA-256 (RFC 8017, 9.2).
const SHA256_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

/// An RSA key of any size.
#[derive(Clone, Debug)]
pub(super) struct OldRsa {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl OldRsa {
    /// Out of an `RSAPrivateKey` in DER.
    pub(super) fn of(der: &[u8]) -> Arc<Self> {
        let (key, _) = expect(SEQUENCE, der).unwrap();
        let (_version, rest) = expect(INTEGER, key).unwrap();
        let (modulus, rest) = expect(INTEGER, rest).unwrap();
        let (_public, rest) = expect(INTEGER, rest).unwrap();
        let (exponent, _) = expect(INTEGER, rest).unwrap();
        let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
        Arc::new(Self {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
        })
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA256, message);
        let tail = [&[0], SHA256_INFO, hash.as_ref()].concat();
        let filling = vec![0xff; self.modulus.len() - 2 - tail.len()];
        power(
            &[&[0, 1], filling.as_slice(), &tail].concat(),
            &self.exponent,
            &self.modulus,
        )
    }
}

impl SigningKey for OldRsa {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::RSA_PKCS1_SHA256)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for OldRsa {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(self.signature(message))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PKCS1_SHA256
    }
}

/// Numbers as 32-bit digits, lowest first; all as long as the modulus.
type Digits = Vec<u32>;

fn digits(bytes: &[u8]) -> Digits {
    let digit = |chunk: &[u8]| {
        chunk
            .iter()
            .fold(0, |digit, byte| digit << 8 | u32::from(*byte))
    };
    bytes.rchunks(4).map(digit).collect()
}

/// `base ^ exponent` modulo an odd number, all as big-endian bytes of the modulus' length. Numbers
/// are kept times `R`, which is 2 to the number of their bits (Montgomery's way).
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let n = digits(modulus);
    let one = digits(&[vec![0; modulus.len() - 1], vec![1]].concat());
    let bits = n.len() * 32;
    let mut result = doubled(&one, bits, &n);
    let base = times(&digits(base), &doubled(&one, 2 * bits, &n), &n);
    for byte in exponent {
        for bit in (0..8).rev() {
            result = times(&result, &result, &n);
            if byte >> bit & 1 == 1 {
                result = times(&result, &base, &n);
            }
        }
    }
    result = times(&result, &one, &n);
    let bytes = result.iter().rev().flat_map(|digit| digit.to_be_bytes());
    bytes.collect()
}

/// Twice the number, so often, modulo `n`.
fn doubled(number: &Digits, often: usize, n: &Digits) -> Digits {
    let mut sum = [number.as_slice(), &[0]].concat();
    for _ in 0..often {
        let mut carry = 0;
        for place in &mut sum {
            let wide = u64::from(*place) << 1 | carry;
            (*place, carry) = (low(wide), wide >> 32);
        }
        take_off(&mut sum, n);
    }
    sum.truncate(n.len());
    sum
}

/// `a * b / R` modulo `n`.
fn times(a: &Digits, b: &Digits, n: &Digits) -> Digits {
    // The inverse of the last digit, negative: each step doubles the bits that are right.
    let mut inverse = 1_u32;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(n[0].wrapping_mul(inverse)));
    }
    let mut sum = vec![0; n.len() + 1];
    for digit in a {
        let over_first = add_product(&mut sum, b, *digit);
        let multiple = sum[0].wrapping_mul(inverse.wrapping_neg());
        let over = add_product(&mut sum, n, multiple);
        // The last digit is zero by now.
        sum.remove(0);
        sum.push(over_first + over);
    }
    take_off(&mut sum, n);
    sum.truncate(n.len());
    sum
}

/// Adds `number * digit`; what does not fit is the answer.
fn add_product(sum: &mut Digits, number: &Digits, digit: u32) -> u32 {
    let mut carry = 0;
    for (index, place) in sum.iter_mut().enumerate() {
        let factor = number.get(index).copied().unwrap_or(0);
        let wide = u64::from(*place) + u64::from(factor) * u64::from(digit) + carry;
        (*place, carry) = (low(wide), wide >> 32);
    }
    low(carry)
}

/// Less `n`, where it is not smaller; it is smaller than twice `n`.
fn take_off(sum: &mut Digits, n: &Digits) {
    let n = || n.iter().chain(&[0]);
    if sum.iter().rev().lt(n().rev()) {
        return;
    }
    let mut borrow = false;
    for (place, less) in sum.iter_mut().zip(n()) {
        let (once, one) = place.overflowing_sub(*less);
        let (twice, two) = once.overflowing_sub(u32::from(borrow));
        (*place, borrow) = (twice, one || two);
    }
}

fn low(wide: u64) -> u32 {
    u32::try_from(wide & u64::from(u32::MAX)).unwrap()
}

#[test]
fn it_signs_as_openssl_does() {
    let key = OldRsa::of(include_bytes!("../testdata/rsa1024.key.der"));
    let made = key.signature(b"what a handshake signs");
    assert_eq!(made, include_bytes!("../testdata/rsa1024-v1.sha256.sig"));
}
