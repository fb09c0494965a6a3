//! A UID that a person or a typing reader gives as text.

use super::template::{Field, Part};
use super::{ByteOrder, Notation, NotationError, Radix, mirror};
use crate::domain::uid::{CardBytes, Uid};

/// What a text holds, by the fields of the template.
#[derive(Default)]
struct Fields {
    /// The digits of `{card}`, as they are written.
    card: Option<String>,
    /// The slices, put where they belong, and which bits they are.
    number: u128,
    known: u128,
}

impl Fields {
    /// Two fields may tell the same bits, as long as they agree.
    fn learn(&mut self, number: u128, place: u128) -> Option<()> {
        let both = self.known & place;
        (self.number & both == number & both).then_some(())?;
        self.number |= number;
        self.known |= place;
        Some(())
    }
}

impl Notation {
    /// A UID given as text, by a person or a reader that types, checked to be in this notation.
    ///
    /// Zeros in front of a number say nothing: those that are too many are taken off, those that are
    /// missing are added, so that `0061366822` and `61366822` are one card. A number larger than the
    /// kept bytes hold is refused: cut, it might be another guest's. Letters take the notation's
    /// case. What [`Notation::write`] wrote stays as it is.
    pub fn accept(&self, text: &str) -> Result<Uid, NotationError> {
        let fields = self.fields(text.trim()).ok_or_else(|| self.wrong())?;
        let card = fields.card.unwrap_or_default();
        Uid::new(self.template.write(&card, fields.number)).map_err(|_| self.wrong())
    }

    /// The bytes of a card from a text in this notation, with as many bits as it holds.
    ///
    /// # Errors
    /// [`NotationError::NotThisNotation`], or [`NotationError::NotWhole`] where digits are dropped,
    /// bits in the middle are masked, or nothing says how long the card's number is.
    pub fn read(&self, text: &str) -> Result<CardBytes, NotationError> {
        let fields = self.fields(text.trim()).ok_or_else(|| self.wrong())?;
        let (number, bits) = match fields.card {
            Some(digits) => self.whole_number(&digits)?,
            None => (fields.number, low_run(fields.known)?),
        };
        let whole = bits.is_multiple_of(8);
        let length = usize::from(bits.div_ceil(8));
        let all = number.to_be_bytes();
        let mut bytes = all.get(all.len() - length..).unwrap_or_default().to_vec();
        if self.mirror_bits {
            if !whole {
                return Err(NotationError::NotWhole);
            }
            mirror(&mut bytes);
        }
        if self.byte_order == ByteOrder::FirstLow {
            // Which bytes are missing in front of the last one cannot be said.
            if !whole {
                return Err(NotationError::NotWhole);
            }
            bytes.reverse();
        }
        CardBytes::new(bytes, bits).ok_or_else(|| self.wrong())
    }

    fn whole_number(&self, digits: &str) -> Result<(u128, u16), NotationError> {
        let base = self.radix.base();
        let number = u128::from_str_radix(digits, base).map_err(|_| self.wrong())?;
        let kept = match (usize::from(self.keep_bytes), self.radix) {
            (0, Radix::Decimal) => return Err(NotationError::NotWhole),
            (0, Radix::HexUpper | Radix::HexLower) => digits.len().div_ceil(2),
            (keep, _) => keep,
        };
        if self.dropped() > 0 || !self.mask.is_low() {
            return Err(NotationError::NotWhole);
        }
        let kept = u16::try_from(kept * 8).unwrap_or(u16::MAX);
        Ok((number, kept.min(self.mask.highest())))
    }

    /// Takes a text apart by the template; `None` where it does not fit.
    fn fields(&self, text: &str) -> Option<Fields> {
        let parts: Vec<_> = self.template.parts().collect();
        let mut fields = Fields::default();
        let mut rest = text;
        for (at, part) in parts.iter().enumerate() {
            match *part {
                Part::Text(plain) => {
                    let (front, after) = rest.split_at_checked(plain.len())?;
                    front.eq_ignore_ascii_case(plain).then_some(())?;
                    rest = after;
                }
                Part::Field(field) => {
                    // Between digits only the full width says where a field ends.
                    let fixed = touches_digits(parts.get(at + 1))
                        || at > 0 && touches_digits(parts.get(at - 1));
                    let (base, width) = match field.digits() {
                        Some((digits, base)) => (base, digits),
                        None => (self.radix.base(), self.card_width()),
                    };
                    let run = rest.find(|c: char| !c.is_digit(base)).unwrap_or(rest.len());
                    let end = if fixed && width > 0 { width } else { run };
                    let (own, after) = rest.split_at_checked(end)?;
                    rest = after;
                    (end <= run).then_some(())?;
                    self.put(&mut fields, field, own)?;
                }
            }
        }
        rest.is_empty().then_some(fields)
    }

    fn put(&self, fields: &mut Fields, field: Field, text: &str) -> Option<()> {
        match (field.bits(), field.digits()) {
            (Some((low, count)), Some((_, base))) => {
                let value = u128::from_str_radix(text, base).ok()?;
                (value >> count == 0).then_some(())?;
                let (own, place) = (value << low, ((1_u128 << count) - 1) << low);
                (own & !self.mask.bits() == 0).then_some(())?;
                fields.learn(own, place)?;
            }
            (None, _) | (_, None) => {
                let card = self.card(text)?;
                if self.dropped() == 0 {
                    let own = u128::from_str_radix(&card, self.radix.base()).ok()?;
                    fields.learn(own, (1 << (8 * self.bytes_max())) - 1)?;
                }
                fields.card = Some(card);
            }
        }
        Some(())
    }

    /// Digits of `{card}` where they are always as many; 0 where not.
    fn card_width(&self) -> usize {
        self.width().saturating_sub(self.dropped())
    }

    /// The digits of a card as [`Notation::write`] has them.
    fn card(&self, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        let text = match self.radix {
            Radix::Decimal => text.to_owned(),
            Radix::HexUpper => text.to_ascii_uppercase(),
            Radix::HexLower => text.to_ascii_lowercase(),
        };
        if self.dropped() > 0 {
            return self.sliced(&text);
        }
        let digits = match self.radix {
            Radix::Decimal => self.plain_decimal(&text),
            Radix::HexUpper | Radix::HexLower => self.whole_bytes(&text),
        }?;
        let number = u128::from_str_radix(&digits, self.radix.base()).ok()?;
        (number & !self.mask.bits() == 0)
            .then(|| format!("{digits:0>width$}", width = self.width()))
    }

    /// A part of a number: as many digits as are left of it, zeros in front aside.
    fn sliced(&self, text: &str) -> Option<String> {
        let width = self.card_width();
        let excess = text.len().saturating_sub(width);
        let (front, kept) = text.split_at_checked(excess)?;
        front
            .bytes()
            .all(|digit| digit == b'0')
            .then(|| format!("{kept:0>width$}"))
    }

    /// The number without zeros in front; `None` where the kept bytes cannot hold it.
    fn plain_decimal(self, digits: &str) -> Option<String> {
        let number: u128 = digits.parse().ok()?;
        let fits = number >> (8 * self.bytes_max()) == 0;
        fits.then(|| number.to_string())
    }

    /// Whole bytes, not more than are kept; `None` where there are more that are not zero.
    fn whole_bytes(self, digits: &str) -> Option<String> {
        let even = if digits.len() == self.width() {
            digits.len()
        } else {
            digits.len().next_multiple_of(2)
        };
        let digits = format!("{digits:0>even$}");
        let room = (2 * self.bytes_max()).max(self.width());
        let excess = digits.len().saturating_sub(room);
        let (front, kept) = digits.split_at_checked(excess)?;
        front
            .bytes()
            .all(|digit| digit == b'0')
            .then(|| kept.to_owned())
    }
}

impl Radix {
    pub(super) const fn base(self) -> u32 {
        match self {
            Self::Decimal => 10,
            Self::HexUpper | Self::HexLower => 16,
        }
    }
}

/// A neighbour that is digits, or may be taken for some.
fn touches_digits(part: Option<&Part<'_>>) -> bool {
    match part {
        None => false,
        Some(Part::Field(_)) => true,
        Some(Part::Text(text)) => text.contains(|c: char| c.is_ascii_hexdigit()),
    }
}

/// How many low bits are known without a gap.
fn low_run(known: u128) -> Result<u16, NotationError> {
    let bits = u16::try_from(known.trailing_ones()).unwrap_or(u16::MAX);
    if bits == 0 || known >> bits != 0 {
        return Err(NotationError::NotWhole);
    }
    Ok(bits)
}
