//! From the reader of the config to an open device: looked for anew at each attempt.

use std::path::Path;

use super::hid::{HidTransport, PcProxTransport};
use super::pcsc;
use super::serial_ports::serial_devices;
use super::{Opener, SerialSettings, SerialTransport, TransportError};
use crate::readers::device::access::Access;
use crate::readers::device::usb_tree::{self, Obstacle, UsbNode, usb_tree};
use crate::readers::device::{Device, DeviceMatch, Found, Hazard, Link, known};
use crate::readers::family::Family;
use crate::readers::supervisor::ReaderConfig;

/// What opens the device of the config, whatever node it has at that moment.
pub fn opener(config: &ReaderConfig) -> Opener {
    let wanted = config.device.clone();
    let family = config.family;
    match family.link() {
        Link::Serial => {
            let settings = SerialSettings::of(family).with(config.line);
            Box::new(move || {
                let sys = || usb_tree(Path::new(usb_tree::SYS));
                let node = serial_node(&wanted, serial_devices, sys)?;
                Ok(Box::new(SerialTransport::open(&node, settings)?))
            })
        }
        Link::Hid if family == Family::PcProx => {
            Box::new(move || Ok(Box::new(PcProxTransport::open(&wanted)?)))
        }
        Link::Hid => Box::new(move || Ok(Box::new(HidTransport::open(&wanted, family)?))),
        Link::PcSc => Box::new(move || {
            pcsc::open(&wanted).map_err(|why| {
                if why == TransportError::Absent {
                    why_no_slot(&usb_tree(Path::new(usb_tree::SYS)))
                } else {
                    why
                }
            })
        }),
    }
}

/// The node of the port that is meant.
fn serial_node(
    wanted: &DeviceMatch,
    devices: impl FnOnce() -> Vec<Device>,
    tree: impl FnOnce() -> Vec<UsbNode>,
) -> Result<String, TransportError> {
    match wanted {
        DeviceMatch::Port(node) => Ok(node.clone()),
        DeviceMatch::Usb { .. } => match wanted.find(Link::Serial, &devices()) {
            Found::Nothing => Err(why_no_node(wanted, tree())),
            Found::One(device) => Ok(device.node.clone()),
            Found::Several(devices) => Err(TransportError::Ambiguous {
                nodes: devices.iter().map(|device| device.node.clone()).collect(),
            }),
        },
    }
}

/// Why the smart card service does not have what is meant: mostly because it is not plugged in, but
/// a driver of the system may have taken it away from the service.
fn why_no_slot(tree: &[UsbNode]) -> TransportError {
    tree.iter()
        .filter(|node| {
            known(node.device.id).is_some_and(|known| known.hazard == Some(Hazard::Pn533))
        })
        .find_map(|node| match node.obstacle()? {
            Obstacle::Driver(by) => Some(TransportError::Taken { by }),
            Obstacle::NoDriver | Obstacle::Program | Obstacle::Hid => None,
        })
        .unwrap_or(TransportError::Absent)
}

/// Why what is meant has no serial port: mostly because it is not plugged in.
fn why_no_node(wanted: &DeviceMatch, tree: Vec<UsbNode>) -> TransportError {
    let plugged_in = tree.into_iter().find(|node| {
        wanted.fits(&Device {
            link: Link::Serial,
            node: String::new(),
            usb: Some(node.device.clone()),
        })
    });
    let Some(node) = plugged_in else {
        return TransportError::Absent;
    };
    match Access::without_node(&node) {
        Some(Access::NoDriver) => TransportError::NoDriver,
        Some(Access::Taken { by }) => TransportError::Taken { by },
        None if node.obstacle() == Some(Obstacle::Hid) => TransportError::NotSerial,
        // The port is about to come; the others are said of nodes only.
        None
        | Some(
            Access::Open
            | Access::NoPermission { .. }
            | Access::Busy { .. }
            | Access::NoService
            | Access::Untold,
        ) => TransportError::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::device::{UsbDevice, UsbId};

    const CH340: UsbId = UsbId::new(0x1a86, 0x7523);

    fn ch340() -> UsbDevice {
        UsbDevice {
            id: CH340,
            serial: None,
            path: None,
            maker: None,
            product: None,
        }
    }

    fn adapter(node: &str) -> Device {
        Device {
            link: Link::Serial,
            node: node.to_owned(),
            usb: Some(ch340()),
        }
    }

    fn wanted() -> DeviceMatch {
        DeviceMatch::Usb {
            id: CH340,
            serial: None,
            path: None,
        }
    }

    #[test]
    fn the_node_is_looked_up_for_what_is_named_by_usb() {
        let find = |wanted: &DeviceMatch, nodes: &[&str]| {
            let devices = nodes.iter().copied().map(adapter).collect();
            serial_node(wanted, || devices, Vec::new)
        };
        assert_eq!(find(&wanted(), &[]), Err(TransportError::Absent));
        assert_eq!(
            find(&wanted(), &["/dev/ttyUSB1"]),
            Ok("/dev/ttyUSB1".to_owned())
        );
        assert_eq!(
            find(&wanted(), &["/dev/ttyUSB0", "/dev/ttyUSB1"]),
            Err(TransportError::Ambiguous {
                nodes: vec!["/dev/ttyUSB0".to_owned(), "/dev/ttyUSB1".to_owned()]
            })
        );
        let port = DeviceMatch::Port("/dev/pts/3".to_owned());
        assert_eq!(find(&port, &[]), Ok("/dev/pts/3".to_owned()));
    }

    #[test]
    fn a_card_reader_that_a_driver_took_is_more_than_absent() {
        let acr122u = |driver: &str| UsbNode {
            device: UsbDevice {
                id: UsbId::new(0x072f, 0x2200),
                ..ch340()
            },
            drivers: vec![Some(driver.to_owned())],
            raw_node: String::new(),
        };
        let by = "pn533_usb".to_owned();
        assert_eq!(
            why_no_slot(&[acr122u("pn533_usb")]),
            TransportError::Taken { by }
        );
        assert_eq!(why_no_slot(&[acr122u("usbfs")]), TransportError::Absent);
        assert_eq!(why_no_slot(&[]), TransportError::Absent);
    }

    #[test]
    fn plugged_in_without_a_port_is_more_than_absent() {
        for (driver, why) in [
            (None, TransportError::NoDriver),
            (
                Some("pn533_usb"),
                TransportError::Taken {
                    by: "pn533_usb".to_owned(),
                },
            ),
            (Some("usbhid"), TransportError::NotSerial),
            (Some("ch341"), TransportError::Absent),
        ] {
            let node = UsbNode {
                device: ch340(),
                drivers: vec![driver.map(str::to_owned)],
                raw_node: String::new(),
            };
            assert_eq!(serial_node(&wanted(), Vec::new, || vec![node]), Err(why));
        }
    }
}
