//! Which of the devices that are there a reader of the config means.

use std::fmt;

use super::usb::UsbId;
use super::{Device, Link};

/// The vendor of FTDI chips; `IronLogic` readers carry it too.
const FTDI: u16 = 0x0403;

/// How the config names a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceMatch {
    /// By its node: `/dev/ttyUSB0`, a link in `/dev/serial/by-id`, `COM3`. Looked for nowhere, so it
    /// serves what no system lists, a pseudo terminal.
    Port(String),
    /// By what it is, whatever node it has.
    Usb {
        /// Vendor and product.
        id: UsbId,
        /// Its serial number. Needed where two equal devices have one each.
        serial: Option<String>,
        /// The socket it is plugged into. Needed where two equal devices have no serial number.
        path: Option<String>,
    },
}

/// What [`DeviceMatch::find`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// No such device is there.
    Nothing,
    /// Exactly this one.
    One(&'a Device),
    /// These all fit, and none is taken: another till's reader might be among them.
    Several(Vec<&'a Device>),
}

impl DeviceMatch {
    /// Which of the devices on that link is meant.
    pub fn find<'a>(&self, link: Link, devices: &'a [Device]) -> Found<'a> {
        let fitting: Vec<&Device> = devices
            .iter()
            .filter(|device| device.link == link && self.fits(device))
            .collect();
        match fitting.as_slice() {
            [] => Found::Nothing,
            [device] => Found::One(device),
            [_, _, ..] => Found::Several(fitting),
        }
    }

    /// That device is meant, as far as can be said of it alone.
    pub fn fits(&self, device: &Device) -> bool {
        match self {
            Self::Port(node) => same_node(node, &device.node),
            Self::Usb { id, serial, path } => device.usb.as_ref().is_some_and(|usb| {
                let same_text = |wanted: &str, found: &Option<String>| {
                    found.as_deref().is_some_and(|found| wanted == found)
                };
                usb.id == *id
                    && path
                        .as_deref()
                        .is_none_or(|path| same_text(path, &usb.path))
                    && serial.as_deref().is_none_or(|serial| {
                        same_text(serial, &usb.serial)
                            || same_text(without_channel(*id, serial), &usb.serial)
                    })
            }),
        }
    }
}

impl fmt::Display for DeviceMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(node) => f.write_str(node),
            Self::Usb { id, serial, path } => {
                write!(f, "{id}")?;
                if let Some(serial) = serial {
                    write!(f, " {serial}")?;
                }
                if let Some(path) = path {
                    write!(f, " @{path}")?;
                }
                Ok(())
            }
        }
    }
}

/// Windows knows `COM3`, `com3` and `\\.\COM3` as one; elsewhere such names are no nodes.
fn same_node(wanted: &str, found: &str) -> bool {
    let plain = |node: &str| node.trim_start_matches(r"\\.\").to_ascii_uppercase();
    wanted == found || (plain(wanted).starts_with("COM") && plain(wanted) == plain(found))
}

/// FTDI's serial number as the chip has it. Windows shows it with the letter of the channel behind
/// it (`A702TB52A` for `A702TB52`), and so do people who copied it there.
pub fn without_channel(id: UsbId, serial: &str) -> &str {
    if id.vendor == FTDI {
        serial.strip_suffix(['A', 'B', 'C', 'D']).unwrap_or(serial)
    } else {
        serial
    }
}

#[cfg(test)]
mod tests {
    use super::super::usb::UsbDevice;
    use super::*;

    const CH340: UsbId = UsbId::new(0x1a86, 0x7523);
    const Z2: UsbId = UsbId::new(0x0403, 0x1234);

    fn device(node: &str, id: UsbId, serial: Option<&str>, path: &str) -> Device {
        Device {
            link: Link::Serial,
            node: node.to_owned(),
            usb: Some(UsbDevice {
                id,
                serial: serial.map(str::to_owned),
                path: Some(path.to_owned()),
                maker: None,
                product: None,
            }),
        }
    }

    fn usb(id: UsbId, serial: Option<&str>, path: Option<&str>) -> DeviceMatch {
        DeviceMatch::Usb {
            id,
            serial: serial.map(str::to_owned),
            path: path.map(str::to_owned),
        }
    }

    fn node(found: &Found<'_>) -> String {
        match found {
            Found::Nothing => "nothing".to_owned(),
            Found::One(device) => device.node.clone(),
            Found::Several(devices) => format!("{} fit", devices.len()),
        }
    }

    #[test]
    fn a_reader_is_found_whatever_its_node_is_called() {
        let before = [
            device("/dev/ttyUSB0", Z2, Some("IL03E3BH"), "1-1"),
            device("/dev/ttyUSB1", CH340, None, "1-2"),
        ];
        let after = [
            device("/dev/ttyUSB0", CH340, None, "1-2"),
            device("/dev/ttyUSB1", Z2, Some("IL03E3BH"), "1-1"),
        ];
        for wanted in [
            usb(Z2, None, None),
            usb(Z2, Some("IL03E3BH"), None),
            usb(Z2, None, Some("1-1")),
        ] {
            assert_eq!(node(&wanted.find(Link::Serial, &before)), "/dev/ttyUSB0");
            assert_eq!(node(&wanted.find(Link::Serial, &after)), "/dev/ttyUSB1");
            assert_eq!(wanted.find(Link::Hid, &after), Found::Nothing);
        }
        for absent in [
            usb(Z2, Some("IL000000"), None),
            usb(Z2, None, Some("1-2")),
            usb(CH340, Some("7"), None),
        ] {
            assert_eq!(
                absent.find(Link::Serial, &before),
                Found::Nothing,
                "{absent}"
            );
        }
    }

    #[test]
    fn of_two_equal_devices_none_is_taken_before_the_config_says_which() {
        let both = [
            device("/dev/ttyUSB0", CH340, None, "1-2"),
            device("/dev/ttyUSB1", CH340, None, "1-3"),
        ];
        let wanted = usb(CH340, None, None);
        assert_eq!(node(&wanted.find(Link::Serial, &both)), "2 fit");
        let wanted = usb(CH340, None, Some("1-3"));
        assert_eq!(node(&wanted.find(Link::Serial, &both)), "/dev/ttyUSB1");
        let swapped = [
            device("/dev/ttyUSB0", CH340, None, "1-3"),
            device("/dev/ttyUSB1", CH340, None, "1-2"),
        ];
        assert_eq!(node(&wanted.find(Link::Serial, &swapped)), "/dev/ttyUSB0");
    }

    #[test]
    fn the_letter_that_windows_adds_is_no_part_of_the_number() {
        let found = device("COM12", Z2, Some("IL03E3BH"), "1-1");
        assert!(usb(Z2, Some("IL03E3BHA"), None).fits(&found));
        assert!(!usb(Z2, Some("IL03E3BHX"), None).fits(&found));
        let other = device("COM13", CH340, Some("A1"), "1-1");
        assert!(!usb(CH340, Some("A1A"), None).fits(&other));
        for name in ["COM12", "com12", r"\\.\COM12"] {
            assert!(DeviceMatch::Port(name.to_owned()).fits(&found), "{name}");
        }
        assert!(!DeviceMatch::Port("COM1".to_owned()).fits(&found));
    }

    #[test]
    fn a_match_is_said_as_it_is_written() {
        assert_eq!(
            usb(Z2, Some("IL1"), Some("1-2.3")).to_string(),
            "0403:1234 IL1 @1-2.3"
        );
        assert_eq!(DeviceMatch::Port("COM3".to_owned()).to_string(), "COM3");
    }
}
