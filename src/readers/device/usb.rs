//! What a USB device says of itself.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Vendor and product, written `0403:1234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbId {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
}

impl UsbId {
    /// Of two numbers.
    pub const fn new(vendor: u16, product: u16) -> Self {
        Self { vendor, product }
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

/// The text is no pair of four hexadecimal digits each.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a USB device is written as four and four hexadecimal digits: 0403:1234")]
pub struct UnreadableUsbId;

impl FromStr for UsbId {
    type Err = UnreadableUsbId;

    fn from_str(text: &str) -> Result<Self, UnreadableUsbId> {
        let (vendor, product) = text.split_once(':').ok_or(UnreadableUsbId)?;
        let number = |digits: &str| {
            let whole = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !whole {
                return Err(UnreadableUsbId);
            }
            u16::from_str_radix(digits, 16).map_err(|_| UnreadableUsbId)
        };
        Ok(Self::new(number(vendor)?, number(product)?))
    }
}

/// A USB device that is plugged in. The texts come from the device and are cleaned where they
/// enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbDevice {
    /// Vendor and product.
    pub id: UsbId,
    /// Its serial number, where it has one. Cheap adapters have none, or all the same.
    pub serial: Option<String>,
    /// Into which socket it is plugged, `1-2.3`, where the system tells.
    pub path: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// How it calls itself.
    pub product: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lead_there_and_back() {
        let id: UsbId = "1A86:7523".parse().unwrap();
        assert_eq!(id, UsbId::new(0x1a86, 0x7523));
        assert_eq!(id.to_string(), "1a86:7523");
        for wrong in [
            "",
            "0403",
            "0403:",
            "403:1234",
            "0403:12345",
            "0403:+234",
            "0403-1234",
        ] {
            assert_eq!(wrong.parse::<UsbId>(), Err(UnreadableUsbId), "{wrong}");
        }
    }
}
