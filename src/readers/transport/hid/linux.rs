//! HID devices as Linux has them: `/dev/hidraw*` for the reports, `/dev/input/event*` for the keys
//! that the same device types, `/sys` for what belongs together.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evdev::raw_stream::RawDevice;

use super::super::TransportError;
use crate::os::nodes::owning_group;
use crate::readers::device::holder::holders;

pub(super) const KEYBOARDS_READABLE: bool = true;

const HIDRAW: &str = "/sys/class/hidraw";

/// How often, and how long in between, it is waited for a key to come up before the keys are taken
/// away: the screen would believe it to be down for ever.
const KEYS_UP_TRIES: u32 = 20;
const KEYS_UP_WAIT: Duration = Duration::from_millis(20);

/// Most input nodes of one device.
const NODES_MAX: usize = 16;

/// The keys of a device, taken away from everybody else while this lives.
pub(super) struct Grab {
    /// Closing a node gives its keys back.
    _nodes: Vec<RawDevice>,
}

impl Grab {
    /// Takes the keys of the device whose reports come from that node. A second one that wants
    /// them is told that the device is busy.
    pub(super) fn of_device(node: &str) -> Result<Self, TransportError> {
        let nodes = event_nodes(Path::new(HIDRAW), node)
            .iter()
            .map(|node| grab(node))
            .collect::<Result<_, _>>()?;
        Ok(Self { _nodes: nodes })
    }
}

fn grab(node: &Path) -> Result<RawDevice, TransportError> {
    let why = |error: &std::io::Error| why(error.kind(), node);
    let mut device = RawDevice::open(node).map_err(|error| why(&error))?;
    for _ in 0..KEYS_UP_TRIES {
        let down = device.get_key_state().map_err(|error| why(&error))?;
        if down.iter().next().is_none() {
            break;
        }
        std::thread::sleep(KEYS_UP_WAIT);
    }
    match device.grab() {
        Ok(()) => Ok(device),
        Err(error) => {
            // Closed before it is asked who holds it: it is not us.
            drop(device);
            Err(why(&error))
        }
    }
}

/// The input nodes of a device: what it types comes out of these.
fn event_nodes(hidraw: &Path, node: &str) -> Vec<PathBuf> {
    let Some(name) = Path::new(node).file_name() else {
        return Vec::new();
    };
    let inputs = names(&hidraw.join(name).join("device/input"), "input");
    let mut nodes: Vec<PathBuf> = inputs
        .iter()
        .flat_map(|input| names(input, "event"))
        .filter_map(|event| Some(Path::new("/dev/input").join(event.file_name()?)))
        .take(NODES_MAX)
        .collect();
    nodes.sort();
    nodes
}

/// What is in a folder under names that begin so.
fn names(folder: &Path, begin: &str) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(begin))
        .map(|entry| entry.path())
        .collect()
}

/// The socket that a device is plugged into, `1-2.3`.
pub(super) fn usb_path(node: &str) -> Option<String> {
    let name = Path::new(node).file_name()?;
    let device = std::fs::canonicalize(Path::new(HIDRAW).join(name).join("device")).ok()?;
    socket(&device)
}

/// Of `…/usb1/1-2/1-2.3/1-2.3:1.0/0003:FFFF:0035.0001` the part before the first interface.
fn socket(device: &Path) -> Option<String> {
    device.iter().find_map(|part| {
        let (socket, interface) = part.to_str()?.split_once(':')?;
        let usb = socket.contains('-') && interface.contains('.');
        usb.then(|| socket.to_owned())
    })
}

/// The library gives a text only, so the node itself is asked.
pub(super) fn why_not_open(node: &str) -> TransportError {
    match OpenOptions::new().read(true).write(true).open(node) {
        // It opens, but does not answer as a HID device does.
        Ok(_) => TransportError::NotThisKind,
        Err(error) => why(error.kind(), Path::new(node)),
    }
}

fn why(kind: ErrorKind, node: &Path) -> TransportError {
    match kind {
        ErrorKind::PermissionDenied => TransportError::NoPermission {
            group: owning_group(node),
        },
        ErrorKind::ResourceBusy => TransportError::Busy {
            by: holders(&node.to_string_lossy()).into_iter().next(),
        },
        ErrorKind::IsADirectory | ErrorKind::NotADirectory => TransportError::NotThisKind,
        // The many others all mean that it is not there, or is going.
        _ => TransportError::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_belong_to_the_reports() {
        let folder = tempfile::tempdir().unwrap();
        let device = folder.path().join("hidraw3/device");
        for path in [
            "input/input17/event5",
            "input/input18/event6",
            "input/input18/capabilities",
            "power",
        ] {
            std::fs::create_dir_all(device.join(path)).unwrap();
        }
        let nodes = event_nodes(folder.path(), "/dev/hidraw3");
        assert_eq!(
            nodes,
            [
                PathBuf::from("/dev/input/event5"),
                PathBuf::from("/dev/input/event6")
            ]
        );
        assert!(event_nodes(folder.path(), "/dev/hidraw4").is_empty());
    }

    #[test]
    fn the_socket_is_in_the_path() {
        let socket = |path: &str| socket(Path::new(path));
        let usb = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.0/0003:FFFF:0035.1";
        assert_eq!(socket(usb).as_deref(), Some("1-2.3"));
        let virtual_ = "/sys/devices/virtual/misc/uhid/0003:FFFF:0035.0001";
        assert_eq!(socket(virtual_), None);
    }

    #[test]
    fn why_a_node_does_not_open() {
        let null = Path::new("/dev/null");
        assert!(matches!(
            why(ErrorKind::PermissionDenied, null),
            TransportError::NoPermission { group: Some(_) }
        ));
        assert!(matches!(
            why(ErrorKind::ResourceBusy, null),
            TransportError::Busy { .. }
        ));
        assert_eq!(why(ErrorKind::NotFound, null), TransportError::Absent);
    }
}
