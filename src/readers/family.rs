//! The families of readers by the way they speak.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::device::Link;

/// A family of readers that share one format of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// EM4100 modules with framed hexadecimal digits: RDM6300 and its clones (14 bytes),
    /// ID-2LA, ID-12LA, ID-20LA (16 bytes).
    Rdm6300,
    /// `IronLogic` desktop readers with text lines: Z-2 USB, Z-2 USB MF, RF-1996, Matrix III.
    IronLogic,
    /// Desktop readers for two frequencies with binary frames of ten bytes.
    Framed,
    /// Elatec TWN3 in a transparent mode: `IndiTag` or HID Prox.
    Twn3,
    /// Elatec TWN4: hexadecimal digits, CR.
    Twn4,
    /// IDTECK SR10, SR30 and their kin: framed digits with the checksum behind the end.
    Idteck,
    /// `PERCo-IR05`: binary frames.
    Perco,
    /// Wiegand frames of 26, 34 or 37 bits as lines of zeros and ones.
    Wiegand,
    /// Lines of digits of either kind, with any framing.
    Text,
    /// Lines of hexadecimal digits, with any framing.
    Hex,
    /// Lines of decimal digits, with any framing.
    Decimal,
    /// Readers of magnetic cards that send the tracks as lines.
    Track,
    /// Readers that are keyboards: Sycreader and most cheap desktop readers, barcode scanners.
    Keyboard,
    /// `MagTek` swipe readers in HID mode, and ID TECH ones that answer as they do.
    MagTek,
    /// ID TECH swipe readers in HID mode.
    IdTech,
    /// `rf IDeas pcProx`, asked for its card by feature reports.
    PcProx,
    /// Readers of the smart card service: ACR122U, ACR1252, OMNIKEY, TWN4 and Z-2 in that mode.
    PcSc,
}

/// The name is no family that this version decodes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("reader family \"{given}\" is not known; known are {}", known())]
pub struct UnknownFamily {
    /// What was asked for, at most [`UnknownFamily::GIVEN_CHARS_MAX`] characters of it.
    pub given: String,
}

impl UnknownFamily {
    /// Most characters of the unknown name that are kept for the message.
    pub const GIVEN_CHARS_MAX: usize = 40;
}

impl Family {
    /// Every family, in the order of the help.
    pub const ALL: [Self; 17] = [
        Self::Rdm6300,
        Self::IronLogic,
        Self::Framed,
        Self::Twn3,
        Self::Twn4,
        Self::Idteck,
        Self::Perco,
        Self::Wiegand,
        Self::Text,
        Self::Hex,
        Self::Decimal,
        Self::Track,
        Self::Keyboard,
        Self::MagTek,
        Self::IdTech,
        Self::PcProx,
        Self::PcSc,
    ];

    /// The name in the config and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rdm6300 => "rdm6300",
            Self::IronLogic => "ironlogic",
            Self::Framed => "framed",
            Self::Twn3 => "twn3",
            Self::Twn4 => "twn4",
            Self::Idteck => "idteck",
            Self::Perco => "perco",
            Self::Wiegand => "wiegand",
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Decimal => "decimal",
            Self::Track => "track",
            Self::Keyboard => "keyboard",
            Self::MagTek => "magtek",
            Self::IdTech => "idtech",
            Self::PcProx => "pcprox",
            Self::PcSc => "pcsc",
        }
    }

    /// How its readers are reached.
    pub const fn link(self) -> Link {
        match self {
            Self::Rdm6300
            | Self::IronLogic
            | Self::Framed
            | Self::Twn3
            | Self::Twn4
            | Self::Idteck
            | Self::Perco
            | Self::Wiegand
            | Self::Text
            | Self::Hex
            | Self::Decimal
            | Self::Track => Link::Serial,
            Self::Keyboard | Self::MagTek | Self::IdTech | Self::PcProx => Link::Hid,
            Self::PcSc => Link::PcSc,
        }
    }

    /// Its readers are keyboards to the system.
    pub const fn types(self) -> bool {
        matches!(self, Self::Keyboard | Self::PcProx)
    }

    /// Its readers send whole reports or answers, not a stream of bytes.
    pub const fn reports(self) -> bool {
        match self.link() {
            Link::Serial => false,
            Link::Hid | Link::PcSc => true,
        }
    }
}

fn known() -> String {
    Family::ALL.map(Family::name).join(", ")
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Family {
    type Err = UnknownFamily;
    fn from_str(name: &str) -> Result<Self, UnknownFamily> {
        Self::ALL
            .into_iter()
            .find(|family| family.name().eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| UnknownFamily {
                given: crate::domain::text::clean(name)
                    .chars()
                    .take(UnknownFamily::GIVEN_CHARS_MAX)
                    .collect(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_there_and_back() {
        for family in Family::ALL {
            assert_eq!(family.name().parse(), Ok(family));
            let json = serde_json::to_string(&family).unwrap();
            assert_eq!(json, format!("\"{family}\""));
            assert_eq!(serde_json::from_str::<Family>(&json).unwrap(), family);
        }
        assert_eq!("IronLogic".parse(), Ok(Family::IronLogic));
    }

    #[test]
    fn an_unknown_family_names_the_known_ones() {
        let error = "twn\x1b3".parse::<Family>().unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "reader family \"twn 3\" is not known; known are {}",
                known()
            )
        );
        assert!(error.contains("rdm6300, ironlogic, framed"), "{error}");
    }
}
