//! The serial ports of the system, as it lists them.

use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

use crate::domain::text::clean;
use crate::readers::device::matching::without_channel;
use crate::readers::device::{Device, Link, UsbDevice, UsbId};

/// Windows writes the letter of an FTDI chip's channel behind the serial number.
const CHANNEL_IN_SERIAL: bool = cfg!(windows);

/// The serial ports that are there. None of them is opened. Pseudo terminals are not listed by any
/// system; where the system lists nothing at all, the list is empty.
pub fn serial_devices() -> Vec<Device> {
    let mut devices: Vec<Device> = serialport::available_ports()
        .unwrap_or_default()
        .into_iter()
        .map(device)
        .collect();
    devices.sort_by(|a, b| a.node.cmp(&b.node));
    devices
}

fn device(port: SerialPortInfo) -> Device {
    let usb = match port.port_type {
        SerialPortType::UsbPort(info) => Some(usb(info)),
        SerialPortType::PciPort | SerialPortType::BluetoothPort | SerialPortType::Unknown => None,
    };
    Device {
        link: Link::Serial,
        node: port.port_name,
        usb,
    }
}

fn usb(info: UsbPortInfo) -> UsbDevice {
    let id = UsbId::new(info.vid, info.pid);
    let text = |text: Option<String>| {
        text.map(|text| clean(&text))
            .filter(|text| !text.is_empty())
    };
    let serial = text(info.serial_number).map(|serial| {
        if CHANNEL_IN_SERIAL {
            without_channel(id, &serial).to_owned()
        } else {
            serial
        }
    });
    UsbDevice {
        id,
        serial,
        path: info.location.map(|location| location.to_string()),
        maker: text(info.manufacturer),
        product: text(info.product),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_cleaned() {
        let found = device(SerialPortInfo {
            port_name: "/dev/ttyUSB0".to_owned(),
            port_type: SerialPortType::UsbPort(UsbPortInfo {
                vid: 0x1a86,
                pid: 0x7523,
                serial_number: Some(String::new()),
                manufacturer: Some("QinHeng\u{1b}[2J".to_owned()),
                product: Some("USB Serial".to_owned()),
                location: "1-2.3".parse().ok(),
            }),
        });
        let usb = found.usb.unwrap();
        assert_eq!(usb.id.to_string(), "1a86:7523");
        assert_eq!(usb.serial, None);
        assert_eq!(usb.path.as_deref(), Some("1-2.3"));
        assert!(!usb.maker.unwrap().contains('\u{1b}'));
        assert_eq!(usb.product.as_deref(), Some("USB Serial"));
    }
}
