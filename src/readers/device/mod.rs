//! What is plugged in, and which of it a reader of the config means.
//!
//! A reader is known by what it is (vendor, product, serial number, USB port), never by the number
//! that the system gave its node: after a hiccup `/dev/ttyUSB0` comes back as `/dev/ttyUSB1`, and
//! the old name may then be a scale.

pub mod access;
pub mod holder;
pub mod known;
pub mod matching;
pub mod survey;
pub mod usb;
pub mod usb_tree;

pub use access::Access;
pub use holder::{Holder, holders};
pub use known::{Hazard, Known, Nature, known};
pub use matching::{DeviceMatch, Found};
pub use survey::{Surveyed, survey};
pub use usb::{UnreadableUsbId, UsbDevice, UsbId};

/// How a device is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// A serial port, most often a USB adapter.
    Serial,
    /// A HID device: keyboard-like or of its own kind.
    Hid,
    /// A reader of the system's smart card service.
    PcSc,
}

/// A device that is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// How it is reached.
    pub link: Link,
    /// What is opened: `/dev/ttyUSB0`, `COM3`, `/dev/hidraw0`, the name of a PC/SC reader.
    pub node: String,
    /// What it says of itself, where it hangs on USB.
    pub usb: Option<UsbDevice>,
}
