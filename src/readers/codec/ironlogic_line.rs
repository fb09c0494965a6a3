//! The grammar of one `IronLogic` line.
//!
//! ```text
//! line  = [network] ( "No card" | card )        case of words does not matter
//! card  = kind "[" hex "]" " " [subtype " "] ["(" atqa "," sak ")" " "] tail
//! bare  = tail                                  EM-Marine without its upper 16 bits; padded
//! tail  = facility "," number [","]             1 to 3 and 1 to 5 digits
//! network = five digits and a space             Matrix III on a bus puts its address in front
//! ```
//!
//! What the fields mean: `Em-Marine[B0 B1] B2,B3B4` is the whole 40-bit number. A seven-byte
//! Mifare UID is printed rotated, `UID3 … UID6 UID0 … UID2`, and its tail is `UID0 UID1 UID2` high
//! byte first; of a four-byte one the tail is the first three printed bytes, low byte first. These
//! hold for every captured line. Whether a four-byte UID is printed UID0 first is not established:
//! the notation of the site says which byte is high, checked on a real card.

use crate::domain::CardBytes;
use crate::readers::event::{RejectReason, Technology, Warning};

/// What a line says.
#[derive(Debug)]
pub enum Line {
    /// The field is empty.
    NoCard,
    /// A card is in the field.
    Card(CardLine),
}

/// A card's line, taken apart.
#[derive(Debug)]
pub struct CardLine {
    /// EM-Marine or Mifare.
    pub technology: Technology,
    /// The card's number.
    pub bytes: CardBytes,
    /// Where the fields do not agree.
    pub warning: Option<Warning>,
    /// First number of the tail.
    pub facility: u8,
    /// Second number of the tail.
    pub number: u16,
    /// How the line was written.
    pub shape: Shape,
}

/// How a line was written.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The bracketed part is there.
    pub brackets: bool,
    /// Digits of the first number of the tail.
    pub facility_digits: usize,
    /// Digits of the second number.
    pub number_digits: usize,
}

impl Shape {
    /// The first number shows that the reader pads it.
    pub fn facility_padded(self, facility: u8) -> bool {
        self.facility_digits == 3 && facility < 100
    }

    /// The second number shows that the reader pads it.
    pub fn number_padded(self, number: u16) -> bool {
        self.number_digits == 5 && number < 10_000
    }
}

struct Tail {
    facility: u8,
    number: u16,
    facility_digits: usize,
    number_digits: usize,
}

impl Tail {
    fn bytes(&self) -> [u8; 3] {
        let [high, low] = self.number.to_be_bytes();
        [self.facility, high, low]
    }

    fn shape(&self, brackets: bool) -> Shape {
        Shape {
            brackets,
            facility_digits: self.facility_digits,
            number_digits: self.number_digits,
        }
    }
}

/// A line without its end, or why it is none of ours.
pub fn parse(raw: &[u8]) -> Result<Line, RejectReason> {
    let noise = raw.iter().take_while(|&&byte| !is_text(byte)).count();
    let text = &raw[noise..];
    if text.is_empty() || !text.iter().copied().all(is_text) {
        return Err(RejectReason::Noise);
    }
    let text = std::str::from_utf8(text).map_err(|_| RejectReason::Noise)?;
    let text = without_network(text.trim());
    if text.eq_ignore_ascii_case("no card") {
        return Ok(Line::NoCard);
    }
    let line = match text.split_once('[') {
        Some((kind, rest)) => bracketed(kind, rest),
        // Behind noise, a bare pair of numbers may have lost its beginning.
        None if noise > 0 => None,
        None => bare(text),
    };
    line.map(Line::Card).ok_or(RejectReason::ForeignLine)
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn without_network(text: &str) -> &str {
    match text.split_once(' ') {
        Some((address, rest)) if address.len() == 5 && all_digits(address) => rest.trim_start(),
        Some(_) | None => text,
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// With nothing else in the line, only the count of digits tells it from noise and from a line that
/// lost its beginning.
fn bare(text: &str) -> Option<CardLine> {
    let tail = tail(text).filter(|tail| (tail.facility_digits, tail.number_digits) == (3, 5))?;
    let [facility, high, low] = tail.bytes();
    Some(CardLine {
        technology: Technology::EmMarine,
        bytes: CardBytes::new([0, 0, facility, high, low], 24)?,
        warning: None,
        facility: tail.facility,
        number: tail.number,
        shape: tail.shape(false),
    })
}

fn bracketed(kind: &str, rest: &str) -> Option<CardLine> {
    let (digits, rest) = rest.split_once(']')?;
    let printed = hex(digits)?;
    let rest = rest.strip_prefix(' ')?;
    let (middle, last) = rest.rsplit_once(' ').unwrap_or(("", rest));
    let tail = tail(last)?;
    let (technology, bytes, warning) = if kind.eq_ignore_ascii_case("em-marine") {
        let &[b0, b1] = printed.as_slice() else {
            return None;
        };
        if !middle.trim().is_empty() {
            return None;
        }
        let [b2, b3, b4] = tail.bytes();
        (Technology::EmMarine, vec![b0, b1, b2, b3, b4], None)
    } else if kind.eq_ignore_ascii_case("mifare") {
        if !is_mifare_middle(middle) {
            return None;
        }
        let (bytes, warning) = mifare(&printed, tail.bytes())?;
        (Technology::Mifare, bytes, warning)
    } else {
        return None;
    };
    let bits = u16::try_from(bytes.len() * 8).ok()?;
    Some(CardLine {
        technology,
        bytes: CardBytes::new(bytes, bits)?,
        warning,
        facility: tail.facility,
        number: tail.number,
        shape: tail.shape(true),
    })
}

fn mifare(printed: &[u8], tail: [u8; 3]) -> Option<(Vec<u8>, Option<Warning>)> {
    let disagrees = |expected: [u8; 3]| (tail != expected).then_some(Warning::TailDisagrees);
    match *printed {
        [b0, b1, b2, b3] => {
            let random = (b0 == 0x08).then_some(Warning::RandomUid);
            let warning = disagrees([b2, b1, b0]).or(random);
            Some((vec![b0, b1, b2, b3], warning))
        }
        [u3, u4, u5, u6, u0, u1, u2] => {
            Some((vec![u0, u1, u2, u3, u4, u5, u6], disagrees([u0, u1, u2])))
        }
        _ => None,
    }
}

/// Subtype and `(ATQA,SAK)`, each of which may be missing.
fn is_mifare_middle(middle: &str) -> bool {
    let (subtype, identity) = match middle.split_once('(') {
        None => (middle, None),
        Some((subtype, identity)) => (subtype, Some(identity)),
    };
    let subtype_fits = subtype
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'+' | b'-' | b'.'));
    let identity_fits = identity.is_none_or(|identity| {
        identity
            .trim_end()
            .strip_suffix(')')
            .and_then(|identity| identity.split_once(','))
            .is_some_and(|(atqa, sak)| {
                hex(atqa).is_some_and(|atqa| atqa.len() == 2)
                    && hex(sak).is_some_and(|sak| sak.len() == 1)
            })
    });
    subtype_fits && identity_fits
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high << 4 | low).ok()
        })
        .collect()
}

fn tail(text: &str) -> Option<Tail> {
    let (facility, number) = text.strip_suffix(',').unwrap_or(text).split_once(',')?;
    if !(all_digits(facility) && all_digits(number) && facility.len() <= 3 && number.len() <= 5) {
        return None;
    }
    Some(Tail {
        facility: facility.parse().ok()?,
        number: number.parse().ok()?,
        facility_digits: facility.len(),
        number_digits: number.len(),
    })
}
