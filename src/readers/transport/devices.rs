//! Everything that a reader could be, on every link.

use super::serial_ports::serial_devices;
use crate::readers::device::Device;

/// The devices that are there now. Looking opens none of them.
pub fn devices() -> Vec<Device> {
    serial_devices()
}
