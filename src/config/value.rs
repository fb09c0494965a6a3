//! Values that are more than a text or a number: certificate pins, sums, server addresses.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::domain::Money;

/// SHA-256 of a whole certificate (DER).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin(pub [u8; 32]);

impl Pin {
    /// 64 hexadecimal digits, with colons between the bytes or without.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u32> = text
            .trim()
            .chars()
            .filter(|&c| c != ':')
            .map(|c| c.to_digit(16))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit))
            .map(u8::try_from)
            .collect::<Result<_, _>>()
            .ok()?;
        (digits.len() == 64).then_some(())?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({self})")
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("64 hexadecimal digits are expected"))
    }
}

/// Most bytes of a [`parse_bytes`] text.
pub const BYTES_MAX: usize = 16;

/// Bytes as a text: printable ASCII as it is, others as `\r`, `\n`, `\t`, `\x02`, a backslash
/// doubled. In the config it stands in single quotes. At most [`BYTES_MAX`] bytes.
pub fn parse_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let byte = match c {
            '\\' => match chars.next()? {
                'r' => b'\r',
                'n' => b'\n',
                't' => b'\t',
                '\\' => b'\\',
                'x' => {
                    let high = chars.next()?.to_digit(16)?;
                    let low = chars.next()?.to_digit(16)?;
                    u8::try_from(high * 16 + low).ok()?
                }
                _ => return None,
            },
            ' '..='~' => u8::try_from(c).ok()?,
            _ => return None,
        };
        bytes.push(byte);
    }
    (bytes.len() <= BYTES_MAX).then_some(bytes)
}

/// The text that [`parse_bytes`] reads as these bytes.
pub fn bytes_text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'\r' => "\\r".to_owned(),
            b'\n' => "\\n".to_owned(),
            b'\t' => "\\t".to_owned(),
            b'\\' => "\\\\".to_owned(),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// A sum above zero, `"10000.00"`.
pub fn parse_sum(text: &str) -> Option<Money> {
    Money::parse_decimal(text)
        .ok()
        .filter(|sum| sum.is_positive())
}

/// A sum as decimal text.
pub(super) mod sum {
    use super::{Deserialize, Deserializer, Money, Serializer, parse_sum};
    use serde::de::Error as _;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde gives the field by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(sum: &Money, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(sum)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Money, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_sum(&text).ok_or_else(|| D::Error::custom("a sum is expected"))
    }
}

/// A sum as decimal text, `""` for none.
pub(super) mod sum_or_empty {
    use super::{Deserialize, Deserializer, Money, Serializer, parse_sum};
    use serde::de::Error as _;

    #[expect(clippy::ref_option, reason = "serde gives the field by reference")]
    pub(crate) fn serialize<S: Serializer>(
        sum: &Option<Money>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match sum {
            Some(sum) => serializer.collect_str(sum),
            None => serializer.serialize_str(""),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Money>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        parse_sum(&text)
            .map(Some)
            .ok_or_else(|| D::Error::custom("a sum is expected"))
    }
}

/// What is wrong with a server's address; the word is a part of its locale key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UrlProblem {
    /// No `https://` in front.
    #[error("scheme")]
    Scheme,
    /// No host, or one with characters that no host has.
    #[error("host")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("port")]
    Port,
    /// A user name or password in the address.
    #[error("credentials")]
    Credentials,
    /// A path, query or fragment, which belongs into another key.
    #[error("path")]
    Path,
}

/// Checks `https://host[:port]` and tells whether it is plain `http`.
///
/// Stricter than URLs are: what is refused here would be silently ignored by the requests.
pub fn check_url(url: &str) -> Result<bool, UrlProblem> {
    let (plain, rest) = if let Some(rest) = url.strip_prefix("https://") {
        (false, rest)
    } else if let Some(rest) = url.strip_prefix("http://") {
        (true, rest)
    } else {
        return Err(UrlProblem::Scheme);
    };
    if rest.contains('@') {
        return Err(UrlProblem::Credentials);
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#', '\\']) {
        return Err(UrlProblem::Path);
    }
    let (host, port) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (address, after) = inner.split_once(']').ok_or(UrlProblem::Host)?;
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(UrlProblem::Host);
            }
            match after.strip_prefix(':') {
                Some(port) => ("v6", Some(port)),
                None if after.is_empty() => ("v6", None),
                None => return Err(UrlProblem::Port),
            }
        }
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let known = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || host.starts_with('.') || host.contains("..") || !host.chars().all(known) {
        return Err(UrlProblem::Host);
    }
    match port {
        Some(port) if !is_port(port) => Err(UrlProblem::Port),
        Some(_) | None => Ok(plain),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_a_line() {
        for (text, bytes) in [
            ("", &b""[..]),
            (r"\x02", b"\x02"),
            (r"\r\n", b"\r\n"),
            (r"ID: \\\t\xfF", b"ID: \\\t\xff"),
            ("1234567890123456", b"1234567890123456"),
        ] {
            assert_eq!(parse_bytes(text).as_deref(), Some(bytes), "{text}");
            assert_eq!(parse_bytes(&bytes_text(bytes)).as_deref(), Some(bytes));
        }
        for wrong in [
            "\\",
            r"\x",
            r"\x0",
            r"\xg0",
            r"\q",
            "\r",
            "ж",
            "12345678901234567",
        ] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        for (url, expected) in [
            ("https://10.0.0.5:8086", Ok(false)),
            ("http://rk7-till/", Ok(true)),
            ("https://[::1]:443", Ok(false)),
            ("https://касса.рф", Ok(false)),
            ("10.0.0.5:8086", Err(UrlProblem::Scheme)),
            ("ftp://a", Err(UrlProblem::Scheme)),
            ("https//a", Err(UrlProblem::Scheme)),
            ("https://", Err(UrlProblem::Host)),
            ("https:// a", Err(UrlProblem::Host)),
            ("https://a b", Err(UrlProblem::Host)),
            ("https://[::g]", Err(UrlProblem::Host)),
            ("https://a:0", Err(UrlProblem::Port)),
            ("https://a:65536", Err(UrlProblem::Port)),
            ("https://a:+1", Err(UrlProblem::Port)),
            ("https://a:", Err(UrlProblem::Port)),
            ("https://u:p@a", Err(UrlProblem::Credentials)),
            ("https://a/rk7api", Err(UrlProblem::Path)),
            ("https://a\\b", Err(UrlProblem::Path)),
        ] {
            assert_eq!(check_url(url), expected, "{url}");
        }
    }

    #[test]
    fn pins() {
        let plain = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
        let colons: Vec<&str> = (0..32).map(|i| &plain[2 * i..2 * i + 2]).collect();
        let pin = Pin::parse(plain).unwrap();
        assert_eq!(Pin::parse(&colons.join(":")), Some(pin));
        assert_eq!(pin.to_string(), plain.to_lowercase());
        assert_eq!(Pin::parse(&plain[1..]), None);
        assert_eq!(Pin::parse(""), None);
        assert_eq!(Pin::parse(&plain.replace('0', "g")), None);
    }
}
