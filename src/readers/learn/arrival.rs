//! Which device is the new one: the difference between two looks at what is plugged in.

use crate::readers::device::{Device, Link, UsbDevice};

/// What came between two looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Nothing new.
    Nothing,
    /// One device, with all its nodes: a reader may be a keyboard and a serial port at once.
    One(Vec<Device>),
    /// Several devices; which of them is the reader, nobody can say.
    Several(Vec<Device>),
}

/// What is there now and was not there before.
pub fn arrival(before: &[Device], now: &[Device]) -> Arrival {
    let new: Vec<Device> = now
        .iter()
        .filter(|device| !before.contains(device))
        .cloned()
        .collect();
    let Some(first) = new.first() else {
        return Arrival::Nothing;
    };
    if new.iter().all(|device| is_one(first, device)) {
        Arrival::One(new)
    } else {
        Arrival::Several(new)
    }
}

/// Two nodes of one thing that was plugged in. The smart card service shows a reader as one for
/// each of its slots, and does not say at which socket it is.
fn is_one(one: &Device, other: &Device) -> bool {
    match ((one.link, &one.usb), (other.link, &other.usb)) {
        ((Link::PcSc, _), (Link::PcSc, _)) => model(&one.node) == model(&other.node),
        ((Link::PcSc, _), _) | (_, (Link::PcSc, _)) => true,
        ((_, Some(one)), (_, Some(other))) => same_usb(one, other),
        ((_, None), (_, None)) => one == other,
        ((_, Some(_)), (_, None)) | ((_, None), (_, Some(_))) => false,
    }
}

/// How the name of a reader of the smart card service begins, whatever slot and place in the
/// service's list it has: `ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00` is an
/// `ACS ACR1252 1S CL Reader`.
pub fn model(name: &str) -> &str {
    let name = name.split(" [").next().unwrap_or(name);
    let mut rest = name;
    for _ in 0..2 {
        match rest.rsplit_once(' ') {
            Some((before, place))
                if place.len() == 2 && place.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                rest = before;
            }
            Some(_) | None => return name,
        }
    }
    rest
}

fn same_usb(one: &UsbDevice, other: &UsbDevice) -> bool {
    let same_place = match (&one.path, &other.path) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => one.serial == other.serial,
    };
    one.id == other.id && same_place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::UsbId;

    fn device(link: Link, node: &str, id: &str, path: &str) -> Device {
        Device {
            link,
            node: node.to_owned(),
            usb: Some(UsbDevice {
                id: id.parse::<UsbId>().unwrap(),
                serial: None,
                path: Some(path.to_owned()),
                maker: None,
                product: None,
            }),
        }
    }

    #[test]
    fn the_new_one_is_found_by_difference() {
        let scale = device(Link::Serial, "/dev/ttyUSB0", "1a86:7523", "1-1");
        let reader = device(Link::Serial, "/dev/ttyUSB1", "1a86:7523", "1-2");
        let before = [scale.clone()];
        assert_eq!(arrival(&before, &before), Arrival::Nothing);
        assert_eq!(arrival(&before, &[]), Arrival::Nothing);
        let now = [scale.clone(), reader.clone()];
        assert_eq!(arrival(&before, &now), Arrival::One(vec![reader.clone()]));
        // Both came at once: equal chips in two sockets.
        assert_eq!(arrival(&[], &now), Arrival::Several(vec![scale, reader]));
    }

    #[test]
    fn a_device_with_several_nodes_is_one() {
        let keyboard = device(Link::Hid, "/dev/hidraw0", "09d8:0427", "1-2");
        let serial = device(Link::Serial, "/dev/ttyACM0", "09d8:0427", "1-2");
        let both = vec![serial, keyboard];
        assert_eq!(arrival(&[], &both), Arrival::One(both.clone()));
        let bare = |node: &str| Device {
            link: Link::Serial,
            node: node.to_owned(),
            usb: None,
        };
        let two = [bare("COM1"), bare("COM2")];
        assert_eq!(arrival(&two[..1], &two), Arrival::One(vec![bare("COM2")]));
        assert_eq!(arrival(&[], &two), Arrival::Several(two.to_vec()));
    }

    #[test]
    fn a_card_reader_with_several_slots_is_one() {
        let slot = |node: &str| Device {
            link: Link::PcSc,
            node: node.to_owned(),
            usb: None,
        };
        let keys = device(Link::Hid, "/dev/hidraw0", "072f:223b", "1-2");
        let one = vec![
            keys,
            slot("ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00"),
            slot("ACS ACR1252 1S CL Reader [ACR1252 Dual Reader SAM] 01 00"),
        ];
        assert_eq!(arrival(&[], &one), Arrival::One(one.clone()));
        let two = vec![
            slot("ACS ACR122U 00 00"),
            slot("OMNIKEY CardMan 5x21 01 00"),
        ];
        assert_eq!(arrival(&[], &two), Arrival::Several(two.clone()));
        assert_eq!(model(&two[1].node), "OMNIKEY CardMan 5x21");
        assert_eq!(model("Windows Reader 0"), "Windows Reader 0");
    }

    #[test]
    fn a_device_in_another_socket_is_new() {
        let before = [device(Link::Serial, "/dev/ttyUSB0", "1a86:7523", "1-1")];
        let now = [device(Link::Serial, "/dev/ttyUSB0", "1a86:7523", "1-3")];
        assert_eq!(arrival(&before, &now), Arrival::One(now.to_vec()));
    }
}
