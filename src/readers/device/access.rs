//! May we open a device, and why not: told without opening it.

use std::path::Path;

use super::holder::{Holder, holders};
use super::usb_tree::{Obstacle, UsbNode};
use super::{Device, Link};
use crate::os::nodes;

/// May we open a device?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes, as far as can be seen from outside.
    Open,
    /// This user may not.
    NoPermission {
        /// The group whose members may, where the system has groups.
        group: Option<String>,
    },
    /// Somebody has it open.
    Busy {
        /// Who, as far as this user may know.
        by: Vec<Holder>,
    },
    /// It is plugged in, but the system has no driver for it, so it has no node.
    NoDriver,
    /// It is plugged in, but something else took it, so it has no node.
    Taken {
        /// A program, or a driver of the system.
        by: String,
    },
    /// It is a reader of the smart card service, which does not show it.
    NoService,
    /// The system tells only when it is opened.
    Untold,
}

impl Access {
    /// Its name in JSON and the last part of its locale key `reader.access.<word>`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NoPermission { .. } => "no_permission",
            Self::Busy { .. } => "busy",
            Self::NoDriver => "no_driver",
            Self::Taken { .. } => "taken",
            Self::NoService => "no_service",
            Self::Untold => "untold",
        }
    }

    /// Of a device that has a node.
    pub fn of(device: &Device) -> Self {
        match device.link {
            // Readers of the smart card service are no files; several programs may share them.
            Link::PcSc => Self::Open,
            Link::Serial | Link::Hid => Self::of_node(&device.node, device.link),
        }
    }

    fn of_node(node: &str, link: Link) -> Self {
        let path = Path::new(node);
        match nodes::may_open(path) {
            None => Self::Untold,
            Some(false) => Self::NoPermission {
                group: nodes::owning_group(path),
            },
            Some(true) => {
                let by = holders(node);
                // A HID node may be open in several programs; only the grab is exclusive.
                if by.is_empty() || link == Link::Hid {
                    Self::Open
                } else {
                    Self::Busy { by }
                }
            }
        }
    }

    /// Of a device that is on USB and has no node of the kind that we need; `None` where it should
    /// have one or is about to get it.
    pub fn without_node(node: &UsbNode) -> Option<Self> {
        node.obstacle().and_then(|obstacle| match obstacle {
            Obstacle::NoDriver => Some(Self::NoDriver),
            Obstacle::Program => Some(Self::Taken {
                by: holders(&node.raw_node)
                    .first()
                    .map_or_else(|| "usbfs".to_owned(), Holder::to_string),
            }),
            Obstacle::Driver(driver) => Some(Self::Taken { by: driver }),
            Obstacle::Hid => None,
        })
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn serial(node: &str) -> Device {
        Device {
            link: Link::Serial,
            node: node.to_owned(),
            usb: None,
        }
    }

    #[test]
    fn a_node_that_somebody_has_open_is_busy() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let node = file.path().to_str().unwrap().to_owned();
        let Access::Busy { by } = Access::of(&serial(&node)) else {
            panic!("this test has it open");
        };
        assert_eq!(by[0].pid, std::process::id());
        let path = file.into_temp_path();
        assert_eq!(Access::of(&serial(path.to_str().unwrap())), Access::Open);
    }

    #[test]
    fn a_node_that_is_not_there_cannot_be_opened() {
        let access = Access::of(&serial("/dev/no-such-port"));
        assert_eq!(access, Access::NoPermission { group: None });
    }
}
