//! Everything on USB, with the drivers that took it, as Linux shows it in `/sys`. So a reader that
//! is plugged in and has no port is told apart from one that is not plugged in. Other systems have
//! no such folder, and then nothing is said.

use std::fs;
use std::path::Path;

use super::usb::{UsbDevice, UsbId};
use crate::domain::text::clean;

/// Where Linux shows its USB devices.
pub const SYS: &str = "/sys/bus/usb/devices";
/// Most devices and interfaces that are looked at.
const ENTRIES_MAX: usize = 1_024;

/// A USB device with the drivers of its interfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbNode {
    /// What it says of itself.
    pub device: UsbDevice,
    /// For each interface the driver that took it; `None`: nobody did.
    pub drivers: Vec<Option<String>>,
    /// The node by which a program takes the whole device: `/dev/bus/usb/001/004`.
    pub raw_node: String,
}

/// What keeps a device that is plugged in from having a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No driver of the system knows it.
    NoDriver,
    /// A program took the whole device, as brltty does; who, is seen at [`UsbNode::raw_node`].
    Program,
    /// A driver for other purposes took it, as `pn533_usb` does.
    Driver(String),
    /// It is a keyboard or another HID device and will never have a serial port.
    Hid,
}

impl UsbNode {
    /// Why it has no serial port; `None` where one should be there or is about to come.
    pub fn obstacle(&self) -> Option<Obstacle> {
        let all = |wanted: Option<&str>| {
            self.drivers
                .iter()
                .all(|driver| driver.as_deref() == wanted)
        };
        if all(None) {
            return Some(Obstacle::NoDriver);
        }
        if all(Some("usbhid")) {
            return Some(Obstacle::Hid);
        }
        self.drivers
            .iter()
            .flatten()
            .find_map(|driver| match driver.as_str() {
                "usbfs" => Some(Obstacle::Program),
                "pn533_usb" | "port100" => Some(Obstacle::Driver(driver.clone())),
                _ => None,
            })
    }
}

/// The devices on USB below that folder.
pub fn usb_tree(sys: &Path) -> Vec<UsbNode> {
    let names: Vec<String> = fs::read_dir(sys)
        .into_iter()
        .flatten()
        .flatten()
        .take(ENTRIES_MAX)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let mut nodes: Vec<UsbNode> = names
        .iter()
        // `1-2:1.0` is an interface, `usb1` a bus.
        .filter(|name| !name.contains(':') && !name.starts_with("usb"))
        .filter_map(|name| node(sys, name, &names))
        .collect();
    nodes.sort_by(|a, b| a.device.path.cmp(&b.device.path));
    nodes
}

fn node(sys: &Path, name: &str, names: &[String]) -> Option<UsbNode> {
    let text = |file: &str| {
        let text = fs::read_to_string(sys.join(name).join(file)).ok()?;
        let text = clean(text.trim());
        (!text.is_empty()).then_some(text)
    };
    let number = |file: &str| u16::from_str_radix(&text(file)?, 16).ok();
    let place = |file: &str| text(file)?.parse::<u16>().ok();
    let interfaces = format!("{name}:");
    let drivers = names
        .iter()
        .filter(|other| other.starts_with(&interfaces))
        .map(|interface| {
            let driver = fs::read_link(sys.join(interface).join("driver")).ok()?;
            Some(driver.file_name()?.to_str()?.to_owned())
        })
        .collect();
    Some(UsbNode {
        device: UsbDevice {
            id: UsbId::new(number("idVendor")?, number("idProduct")?),
            serial: text("serial"),
            path: Some(name.to_owned()),
            maker: text("manufacturer"),
            product: text("product"),
        },
        drivers,
        raw_node: format!(
            "/dev/bus/usb/{:03}/{:03}",
            place("busnum").unwrap_or_default(),
            place("devnum").unwrap_or_default()
        ),
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder as `/sys/bus/usb/devices`: name, files, drivers of the interfaces.
    fn plug(sys: &Path, name: &str, files: &[(&str, &str)], drivers: &[Option<&str>]) {
        let folder = sys.join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
        for (index, driver) in drivers.iter().enumerate() {
            let interface = sys.join(format!("{name}:1.{index}"));
            fs::create_dir_all(&interface).unwrap();
            if let Some(driver) = driver {
                symlink(
                    format!("../../bus/usb/drivers/{driver}"),
                    interface.join("driver"),
                )
                .unwrap();
            }
        }
    }

    #[test]
    fn what_is_plugged_in_is_seen_also_without_a_port() {
        let folder = tempfile::tempdir().unwrap();
        let sys = folder.path();
        plug(
            sys,
            "usb1",
            &[("idVendor", "1d6b"), ("idProduct", "0002")],
            &[Some("hub")],
        );
        plug(
            sys,
            "1-2",
            &[
                ("idVendor", "0403"),
                ("idProduct", "1234"),
                ("serial", "IL03E3BH"),
                ("product", "USB IronLogic RFID Adapter"),
                ("busnum", "1"),
                ("devnum", "4"),
            ],
            &[None],
        );
        for (path, driver) in [
            ("1-3", "ch341"),
            ("1-4", "usbfs"),
            ("1-5", "pn533_usb"),
            ("1-6", "usbhid"),
        ] {
            plug(
                sys,
                path,
                &[("idVendor", "1a86"), ("idProduct", "7523")],
                &[Some(driver)],
            );
        }
        plug(sys, "1-7", &[("idVendor", "nothing")], &[]);
        let tree = usb_tree(sys);
        let found: Vec<(&str, Option<Obstacle>)> = tree
            .iter()
            .map(|node| (node.device.path.as_deref().unwrap(), node.obstacle()))
            .collect();
        assert_eq!(
            found,
            [
                ("1-2", Some(Obstacle::NoDriver)),
                ("1-3", None),
                ("1-4", Some(Obstacle::Program)),
                ("1-5", Some(Obstacle::Driver("pn533_usb".to_owned()))),
                ("1-6", Some(Obstacle::Hid)),
            ]
        );
        assert_eq!(tree[0].raw_node, "/dev/bus/usb/001/004");
        assert_eq!(tree[0].device.serial.as_deref(), Some("IL03E3BH"));
        assert_eq!(usb_tree(&sys.join("no-such-folder")), []);
    }
}
