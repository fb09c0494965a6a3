//! Which device is the new one: the difference between two looks at what is plugged in.

use crate::readers::device::{Device, UsbDevice};

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

/// Two nodes of one thing that was plugged in.
fn is_one(one: &Device, other: &Device) -> bool {
    match (&one.usb, &other.usb) {
        (Some(one), Some(other)) => same_usb(one, other),
        (None, None) => one == other,
        (Some(_), None) | (None, Some(_)) => false,
    }
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
    use crate::readers::device::Link;

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
    fn a_device_in_another_socket_is_new() {
        let before = [device(Link::Serial, "/dev/ttyUSB0", "1a86:7523", "1-1")];
        let now = [device(Link::Serial, "/dev/ttyUSB0", "1a86:7523", "1-3")];
        assert_eq!(arrival(&before, &now), Arrival::One(now.to_vec()));
    }
}
