//! `reader list`: everything that is plugged in, with what we think of it.

use std::path::Path;

use super::access::Access;
use super::known::{Known, Nature, known};
use super::usb_tree::{self, Obstacle, UsbNode, usb_tree};
use super::{Device, Link, UsbDevice};

/// The family of the smart card service's readers.
const PCSC: &str = "pcsc";

/// A device of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveyed {
    /// Its link and node; `None`: it is on USB and has none that we could open.
    pub device: Option<Device>,
    /// What it says of itself on USB.
    pub usb: Option<UsbDevice>,
    /// What we think it is.
    pub known: Option<&'static Known>,
    /// May we open it?
    pub access: Access,
}

/// These devices, and the known readers on USB that have no node. Nothing is opened.
pub fn survey(devices: Vec<Device>) -> Vec<Surveyed> {
    with_tree(devices, &usb_tree(Path::new(usb_tree::SYS)))
}

fn with_tree(devices: Vec<Device>, tree: &[UsbNode]) -> Vec<Surveyed> {
    let is_served = devices.iter().any(|device| device.link == Link::PcSc);
    let without_node: Vec<Surveyed> = tree
        .iter()
        .filter(|node| !devices.iter().any(|device| is_same(device, &node.device)))
        .filter_map(|node| {
            let known = known(node.device.id)?;
            let access = match (known.nature, node.obstacle()?) {
                (Nature::Other, _) => return None,
                // The service takes its readers as a program does, and needs no driver for them.
                (Nature::Reader | Nature::Bridge, Obstacle::NoDriver | Obstacle::Program)
                    if known.families.contains(&PCSC) =>
                {
                    (!is_served).then_some(Access::NoService)?
                }
                (Nature::Reader | Nature::Bridge, _) => Access::without_node(node)?,
            };
            Some(Surveyed {
                device: None,
                usb: Some(node.device.clone()),
                known: Some(known),
                access,
            })
        })
        .collect();
    devices
        .into_iter()
        .map(|device| Surveyed {
            usb: device.usb.clone(),
            known: device.usb.as_ref().and_then(|usb| known(usb.id)),
            access: Access::of(&device),
            device: Some(device),
        })
        .chain(without_node)
        .collect()
}

fn is_same(device: &Device, other: &UsbDevice) -> bool {
    device
        .usb
        .as_ref()
        .is_some_and(|usb| usb.id == other.id && usb.path == other.path)
}

#[cfg(test)]
mod tests {
    use super::super::UsbId;
    use super::*;

    fn usb(id: &str, path: &str) -> UsbDevice {
        UsbDevice {
            id: id.parse::<UsbId>().unwrap(),
            serial: None,
            path: Some(path.to_owned()),
            maker: None,
            product: None,
        }
    }

    fn node(id: &str, path: &str, driver: Option<&str>) -> UsbNode {
        UsbNode {
            device: usb(id, path),
            drivers: vec![driver.map(str::to_owned)],
            raw_node: "/dev/bus/usb/no-such/node".to_owned(),
        }
    }

    #[test]
    fn a_reader_of_the_card_service_is_missed_where_the_service_shows_none() {
        let tree = [
            node("072f:223b", "1-2", Some("usbfs")),
            node("072f:2200", "1-3", None),
        ];
        let words: Vec<&str> = with_tree(vec![], &tree)
            .iter()
            .map(|one| one.access.word())
            .collect();
        assert_eq!(words, ["no_service", "no_service"]);
        let served = Device {
            link: Link::PcSc,
            node: "ACS ACR1252 00 00".to_owned(),
            usb: None,
        };
        assert_eq!(with_tree(vec![served], &tree).len(), 1);
    }

    #[test]
    fn a_reader_without_a_driver_is_on_the_list() {
        let device = Device {
            link: Link::Serial,
            node: "/dev/no-such-port".to_owned(),
            usb: Some(usb("1a86:7523", "1-3")),
        };
        let tree = [
            node("0403:1234", "1-2", None),
            node("1a86:7523", "1-3", Some("ch341")),
            node("10c4:ea60", "1-4", Some("usbfs")),
            node("072f:2200", "1-5", Some("pn533_usb")),
            node("1d6b:0002", "1-6", None),
            node("05f9:2210", "1-7", None),
        ];
        let list = with_tree(vec![device], &tree);
        let shown: Vec<(String, &str)> = list
            .iter()
            .map(|one| {
                let name = one.known.map_or("?", |known| known.name);
                (name.to_owned(), one.access.word())
            })
            .collect();
        let expected = [
            (
                "WCH CH340",
                if cfg!(unix) {
                    "no_permission"
                } else {
                    "untold"
                },
            ),
            ("IronLogic Z-2 USB", "no_driver"),
            ("Silicon Labs CP210x", "taken"),
            ("ACS ACR122U", "taken"),
        ];
        let expected = expected.map(|(name, word)| (name.to_owned(), word));
        assert_eq!(shown, expected);
    }
}
