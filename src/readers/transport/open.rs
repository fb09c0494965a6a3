//! From the reader of the config to an open device: looked for anew at each attempt.

use super::serial_ports::serial_devices;
use super::{Opener, SerialSettings, SerialTransport, TransportError};
use crate::readers::device::{Device, DeviceMatch, Found, Link};
use crate::readers::supervisor::ReaderConfig;

/// What opens the device of the config, whatever node it has at that moment.
pub fn opener(config: &ReaderConfig) -> Opener {
    let wanted = config.device.clone();
    let line = config.line;
    let settings = SerialSettings::of(config.family).with(line);
    Box::new(move || {
        let node = serial_node(&wanted, serial_devices)?;
        Ok(Box::new(SerialTransport::open(&node, settings)?))
    })
}

/// The node of the port that is meant.
fn serial_node(
    wanted: &DeviceMatch,
    devices: impl FnOnce() -> Vec<Device>,
) -> Result<String, TransportError> {
    match wanted {
        DeviceMatch::Port(node) => Ok(node.clone()),
        DeviceMatch::Usb { .. } => match wanted.find(Link::Serial, &devices()) {
            Found::Nothing => Err(TransportError::Absent),
            Found::One(device) => Ok(device.node.clone()),
            Found::Several(devices) => Err(TransportError::Ambiguous {
                nodes: devices.iter().map(|device| device.node.clone()).collect(),
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::device::{UsbDevice, UsbId};

    fn adapter(node: &str) -> Device {
        Device {
            link: Link::Serial,
            node: node.to_owned(),
            usb: Some(UsbDevice {
                id: UsbId::new(0x1a86, 0x7523),
                serial: None,
                path: None,
                maker: None,
                product: None,
            }),
        }
    }

    #[test]
    fn the_node_is_looked_up_for_what_is_named_by_usb() {
        let wanted = DeviceMatch::Usb {
            id: UsbId::new(0x1a86, 0x7523),
            serial: None,
            path: None,
        };
        assert_eq!(serial_node(&wanted, Vec::new), Err(TransportError::Absent));
        let one = || vec![adapter("/dev/ttyUSB1")];
        assert_eq!(serial_node(&wanted, one), Ok("/dev/ttyUSB1".to_owned()));
        let two = || vec![adapter("/dev/ttyUSB0"), adapter("/dev/ttyUSB1")];
        assert_eq!(
            serial_node(&wanted, two),
            Err(TransportError::Ambiguous {
                nodes: vec!["/dev/ttyUSB0".to_owned(), "/dev/ttyUSB1".to_owned()]
            })
        );
        let port = DeviceMatch::Port("/dev/pts/3".to_owned());
        assert_eq!(serial_node(&port, Vec::new), Ok("/dev/pts/3".to_owned()));
    }
}
