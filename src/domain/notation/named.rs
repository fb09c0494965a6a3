//! The notations that cards are printed in and readers send, by name.

use super::{ByteOrder, Notation, Radix, Template};
use crate::domain::uid::CardBytes;

/// A notation with the name by which the config, the command line and reports call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// How it writes.
    pub notation: Notation,
}

const fn decimal(name: &'static str, keep_bytes: u8, pad: u8) -> Named {
    Named {
        name,
        notation: plain(Radix::Decimal, ByteOrder::FirstHigh, keep_bytes, pad),
    }
}

const fn plain(radix: Radix, byte_order: ByteOrder, keep_bytes: u8, pad: u8) -> Notation {
    Notation {
        radix,
        byte_order,
        keep_bytes,
        mirror_bits: false,
        pad,
        mask: super::Mask::ALL,
        drop_left: 0,
        drop_right: 0,
        template: Template::CARD,
    }
}

const fn template(
    name: &'static str,
    byte_order: ByteOrder,
    keep_bytes: u8,
    template: Template,
) -> Named {
    Named {
        name,
        notation: Notation {
            template,
            ..plain(Radix::Decimal, byte_order, keep_bytes, 0)
        },
    }
}

/// Every named notation, those that keep most of a card first. Source: facts on card readers,
/// section 9 (the list of a lab tool's client, printed cards, and readers' own lines).
pub const NAMED: &[Named] = &[
    Named {
        name: "hex",
        notation: plain(Radix::HexUpper, ByteOrder::FirstHigh, 0, 0),
    },
    Named {
        name: "hex-low-first",
        notation: plain(Radix::HexUpper, ByteOrder::FirstLow, 0, 0),
    },
    Named {
        // Each byte with its bits turned around; its decimal forms (IK3, ZK) have no public rule.
        name: "unique",
        notation: Notation {
            mirror_bits: true,
            ..plain(Radix::HexUpper, ByteOrder::FirstHigh, 5, 0)
        },
    },
    template("ironlogic", ByteOrder::FirstHigh, 5, Template::IRONLOGIC),
    // IK2, DEZ 14: the whole of an EM-Marine card.
    decimal("dec14", 5, 14),
    // 8H10D, DEZ 10: printed on most EM-Marine cards.
    decimal("dec10", 4, 10),
    Named {
        // Printed on most Mifare cards.
        name: "dec10-low-first",
        notation: plain(Radix::Decimal, ByteOrder::FirstLow, 4, 10),
    },
    template("5.5", ByteOrder::FirstHigh, 4, Template::UPPER_NUMBER),
    // 6H8D, DEZ 8.
    decimal("dec8", 3, 8),
    // 2H4H, DEZ 3.5C, a 26-bit Wiegand link: the second number printed on most cards.
    template("3+5", ByteOrder::FirstHigh, 3, Template::FACILITY_NUMBER),
    template(
        "3+5-low-first",
        ByteOrder::FirstLow,
        3,
        Template::FACILITY_NUMBER,
    ),
];

impl Notation {
    /// The notation of that name.
    pub fn named(name: &str) -> Option<Self> {
        let found = NAMED.iter().find(|own| own.name.eq_ignore_ascii_case(name));
        found.map(|own| own.notation)
    }
}

/// The named notations in which this card reads as that text, as typed from the card by a person:
/// zeros in front and a point for a comma do not matter.
pub fn matching(card: &CardBytes, text: &str) -> Vec<Named> {
    let text = text.trim().replace('.', ",");
    let same = |own: &&Named| match (own.notation.write(card), own.notation.accept(&text)) {
        (Ok(written), Ok(typed)) => written == typed,
        (Err(_), _) | (_, Err(_)) => false,
    };
    NAMED.iter().filter(same).copied().collect()
}
