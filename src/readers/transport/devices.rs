//! Everything that a reader could be, on every link.

use super::hid::hid_devices;
use super::pcsc::pcsc_devices;
use super::serial_ports::serial_devices;
use crate::readers::device::Device;

/// The devices that are there now. Looking opens none of them. To be asked only when a person asks:
/// on Windows, listing all HID devices disturbs some of them.
pub fn devices() -> Vec<Device> {
    let mut devices = serial_devices();
    devices.extend(hid_devices(None));
    devices.extend(pcsc_devices());
    devices
}
