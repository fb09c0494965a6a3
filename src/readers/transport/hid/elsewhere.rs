//! What HID devices are where there is no Linux: nothing is known beyond the library.

use super::super::TransportError;

/// Windows opens a keyboard without any rights, and the first read of it fails.
pub(super) const KEYBOARDS_READABLE: bool = !cfg!(windows);

/// The keys stay where they are.
pub(super) struct Grab;

impl Grab {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "on Linux another may have the keys"
    )]
    pub(super) fn of_device(_node: &str) -> Result<Self, TransportError> {
        Ok(Self)
    }
}

pub(super) fn usb_path(_node: &str) -> Option<String> {
    None
}

/// A listed device that does not open is held by somebody.
pub(super) fn why_not_open(node: &str) -> TransportError {
    let there =
        super::found(None).is_ok_and(|found| found.iter().any(|found| found.device.node == node));
    if there {
        TransportError::Busy { by: None }
    } else {
        TransportError::Absent
    }
}
