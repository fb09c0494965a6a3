//! What a USB device probably is, by vendor and product: from public lists of USB ids and from the
//! sources of drivers. It is a guess to begin with, never a reason to write to a device.

use super::usb::UsbId;

/// What is known of a kind of USB device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Vendor and product.
    pub id: UsbId,
    /// What people call it.
    pub name: &'static str,
    /// What it is for.
    pub nature: Nature,
    /// The families by which it may speak, the likeliest first.
    pub families: &'static [&'static str],
    /// What goes wrong with it on some systems.
    pub hazard: Option<Hazard>,
}

/// What a kind of USB device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It reads cards.
    Reader,
    /// A chip that makes a serial port of anything: a reader, a scale, a fiscal printer. Only a
    /// person knows what is behind it, so nothing opens it unasked.
    Bridge,
    /// It reads no cards.
    Other,
}

impl Nature {
    /// Its name in JSON and the last part of its locale key `reader.nature.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Bridge => "bridge",
            Self::Other => "other",
        }
    }
}

/// What goes wrong with some devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hazard {
    /// brltty, a program for the blind, takes such chips on Ubuntu and Mint: the port comes and is
    /// gone a second later.
    Brltty,
    /// Linux gives it to the driver `pn533_usb`, and then the smart card service has nothing.
    Pn533,
}

impl Hazard {
    /// Its name in JSON and the last part of its locale key `reader.hazard.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Brltty => "brltty",
            Self::Pn533 => "pn533",
        }
    }
}

const fn reader(vendor: u16, product: u16, name: &'static str, families: Families) -> Known {
    Known {
        id: UsbId::new(vendor, product),
        name,
        nature: Nature::Reader,
        families,
        hazard: None,
    }
}

const fn no_reader(vendor: u16, product: u16, name: &'static str, nature: Nature) -> Known {
    Known {
        nature,
        ..reader(vendor, product, name, &[])
    }
}

const fn with(hazard: Hazard, known: Known) -> Known {
    Known {
        hazard: Some(hazard),
        ..known
    }
}

type Families = &'static [&'static str];
const KEYBOARD: Families = &["keyboard"];
const PCSC: Families = &["pcsc"];
const PCSC_OR_KEYBOARD: Families = &["pcsc", "keyboard"];

/// Every kind that is known, sorted by id.
pub const KNOWN: &[Known] = &[
    // No driver of Linux knows this id; a udev rule tells `ftdi_sio`.
    reader(0x0403, 0x1234, "IronLogic Z-2 USB", &["ironlogic"]),
    no_reader(0x0403, 0x1235, "IronLogic Z-397", Nature::Other),
    no_reader(0x0403, 0x1237, "IronLogic Z-397 Guard", Nature::Other),
    no_reader(0x0403, 0x6001, "FTDI FT232", Nature::Bridge),
    no_reader(0x0403, 0x6015, "FTDI FT-X", Nature::Bridge),
    no_reader(0x05f9, 0x220d, "Datalogic barcode scanner", Nature::Other),
    no_reader(0x05f9, 0x2210, "Datalogic barcode scanner", Nature::Other),
    no_reader(0x067b, 0x2303, "Prolific PL2303", Nature::Bridge),
    with(Hazard::Pn533, reader(0x072f, 0x2200, "ACS ACR122U", PCSC)),
    reader(0x072f, 0x223b, "ACS ACR1252 Dual", PCSC),
    reader(0x072f, 0x223e, "ACS ACR1252", PCSC),
    reader(0x072f, 0x2259, "ACS ACR1252IMP", PCSC),
    reader(0x076b, 0x5022, "OMNIKEY 5022", PCSC_OR_KEYBOARD),
    reader(0x076b, 0x5127, "OMNIKEY 5127CK", PCSC_OR_KEYBOARD),
    reader(0x076b, 0x5427, "OMNIKEY 5427CK", PCSC_OR_KEYBOARD),
    reader(0x076b, 0x5a27, "OMNIKEY 5027CK", PCSC_OR_KEYBOARD),
    reader(0x0801, 0x0001, "MagTek swipe (keyboard)", KEYBOARD),
    reader(0x0801, 0x0002, "MagTek swipe (HID)", &["magtek"]),
    reader(0x0801, 0x0003, "MagTek insert (HID)", &["magtek"]),
    reader(0x0801, 0x0011, "MagTek mini (HID)", &["magtek"]),
    reader(0x08ff, 0x0009, "125 kHz reader (keyboard)", KEYBOARD),
    reader(0x09d8, 0x0320, "Elatec TWN3 Multi125", &["twn3"]),
    reader(0x09d8, 0x0406, "Elatec TWN4 MIFARE NFC", &["twn4"]),
    reader(0x09d8, 0x0410, "Elatec TWN4 (keyboard)", KEYBOARD),
    reader(0x09d8, 0x0420, "Elatec TWN4 (serial)", &["twn4"]),
    reader(
        0x09d8,
        0x0427,
        "Elatec TWN4 (smart card)",
        &["pcsc", "twn4"],
    ),
    reader(0x09d8, 0x0428, "Elatec TWN4 (smart card)", PCSC),
    reader(0x0acd, 0x0300, "ID TECH RS-232", &["track"]),
    reader(0x0acd, 0x0630, "ID TECH Spectrum III", &["track"]),
    reader(0x0acd, 0x2010, "ID TECH swipe (HID)", &["idtech"]),
    reader(0x0acd, 0x2030, "ID TECH swipe (keyboard)", KEYBOARD),
    reader(0x0c27, 0x232a, "rf IDeas pcProx Plus", &["text"]),
    reader(0x0c27, 0x3bfa, "rf IDeas pcProx", &["pcprox", "keyboard"]),
    reader(0x0d3a, 0x0500, "Posiflex MSR", &[]),
    with(
        Hazard::Brltty,
        no_reader(0x10c4, 0xea60, "Silicon Labs CP210x", Nature::Bridge),
    ),
    reader(0x1243, 0xe000, "Holtek NFC/RFID (keyboard)", KEYBOARD),
    reader(0x1667, 0x0005, "GIGA-TMS PCR330A (keyboard)", KEYBOARD),
    with(
        Hazard::Brltty,
        no_reader(0x1a86, 0x7523, "WCH CH340", Nature::Bridge),
    ),
    reader(0x4348, 0x5537, "WinChipHead 13.56 MHz", &[]),
    reader(0xc216, 0x0180, "MSR90 (keyboard)", KEYBOARD),
    reader(0xffff, 0x0035, "Sycreader SYC ID&IC (keyboard)", KEYBOARD),
];

/// What is known of that kind of device.
pub fn known(id: UsbId) -> Option<&'static Known> {
    let place = KNOWN.binary_search_by_key(&id, |known| known.id).ok()?;
    KNOWN.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::Family;

    #[test]
    fn the_table_is_sorted_and_names_known_families() {
        assert!(KNOWN.is_sorted_by_key(|known| known.id));
        for entry in KNOWN {
            assert_eq!(known(entry.id), Some(entry));
            assert!(
                entry
                    .families
                    .iter()
                    .all(|name| name.parse::<Family>().is_ok()),
                "{entry:?}"
            );
        }
        assert_eq!(known(UsbId::new(0x1d6b, 0x0002)), None);
    }

    #[test]
    fn a_chip_is_no_reader() {
        for chip in [
            "0403:6001",
            "0403:6015",
            "1a86:7523",
            "10c4:ea60",
            "067b:2303",
        ] {
            let chip = known(chip.parse().unwrap()).unwrap();
            assert_eq!(
                (chip.nature, chip.families.len()),
                (Nature::Bridge, 0),
                "{chip:?}"
            );
        }
    }
}
