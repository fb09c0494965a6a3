//! How much of a dish: whole thousandths of its unit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A quantity in thousandths: `1000` is one portion, `350` is 0.350 kg. Negative for a buy-back.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Quantity(i64);

impl Quantity {
    /// One portion.
    pub const ONE: Self = Self(1_000);

    /// That many thousandths.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// The whole quantity in thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Quantity {
    /// `1`, `2`, `0.350`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let plain = self.0.unsigned_abs();
        if plain.is_multiple_of(1_000) {
            f.pad(&format!("{sign}{}", plain / 1_000))
        } else {
            f.pad(&format!("{sign}{}.{:03}", plain / 1_000, plain % 1_000))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn shown() {
        for (thousandths, text) in [(1_000, "1"), (350, "0.350"), (-1_500, "-1.500"), (0, "0")] {
            let quantity = Quantity::from_thousandths(thousandths);
            assert_eq!(quantity.to_string(), text);
            assert_eq!(quantity.thousandths(), thousandths);
        }
    }
}
