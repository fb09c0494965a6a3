//! HID devices: swipe readers, and readers that are keyboards to the system.
//!
//! One read is one report. A keyboard-like reader is read raw, past every layout, and its keys are
//! taken away from the screen meanwhile, so that nothing is typed twice. Windows gives no program
//! the reports of a keyboard; there such a reader is refused with a word that says what to do.

mod pcprox;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;

use std::ffi::CString;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use hidapi::{DeviceInfo, HidApi, HidDevice, HidError};

pub use pcprox::PcProxTransport;

use super::{READ_WAIT, REPORT_BYTES_MAX, Transport, TransportError};
use crate::domain::text::clean;
use crate::readers::codec::report_descriptor::{DESCRIPTOR_BYTES_MAX, Usage};
use crate::readers::device::{Device, DeviceMatch, Found, Link, UsbDevice, UsbId};
use crate::readers::family::Family;

/// Reports that the kernel keeps for us; more are dropped (`HIDRAW_BUFFER_SIZE` less one).
const QUEUE_REPORTS: usize = 63;

/// The library's list of devices. Enumerating twice at the same time is what it does not like.
static API: Mutex<Option<HidApi>> = Mutex::new(None);

/// A HID device that is there, with what its parts are.
struct HidFound {
    device: Device,
    applications: Vec<Usage>,
}

/// The HID devices that are there, of one kind or all. None of them is opened. To be asked for all
/// only when a person asks: on Windows it disturbs other devices.
pub fn hid_devices(id: Option<UsbId>) -> Vec<Device> {
    let found = found(id).unwrap_or_default();
    found.into_iter().map(|found| found.device).collect()
}

fn with_api<T>(act: impl FnOnce(&mut HidApi) -> Result<T, HidError>) -> Result<T, HidError> {
    let mut api = API.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut *api {
        Some(api) => act(api),
        empty @ None => act(empty.insert(HidApi::new()?)),
    }
}

fn found(id: Option<UsbId>) -> Result<Vec<HidFound>, HidError> {
    let (vendor, product) = id.map_or((0, 0), |id| (id.vendor, id.product));
    let listed: Vec<DeviceInfo> = with_api(|api| {
        api.reset_devices()?;
        api.add_devices(vendor, product)?;
        Ok(api.device_list().cloned().collect())
    })?;
    let mut devices: Vec<HidFound> = Vec::new();
    // A device is listed once for each of its parts.
    for info in &listed {
        let node = info.path().to_string_lossy().into_owned();
        let usage = Usage::new(info.usage_page(), info.usage());
        match devices.iter_mut().find(|found| found.device.node == node) {
            Some(known) => known.applications.push(usage),
            None => devices.push(HidFound {
                device: device(info, node),
                applications: vec![usage],
            }),
        }
    }
    devices.sort_by(|a, b| a.device.node.cmp(&b.device.node));
    Ok(devices)
}

fn device(info: &DeviceInfo, node: String) -> Device {
    let text = |text: Option<&str>| text.map(clean).filter(|text| !text.is_empty());
    Device {
        link: Link::Hid,
        usb: Some(UsbDevice {
            id: UsbId::new(info.vendor_id(), info.product_id()),
            serial: text(info.serial_number()),
            path: system::usb_path(&node),
            maker: text(info.manufacturer_string()),
            product: text(info.product_string()),
        }),
        node,
    }
}

/// A part of a device speaks as the family does.
fn speaks(family: Family, application: Usage) -> bool {
    match family.link() {
        Link::Hid if family.types() => matches!(application, Usage::KEYBOARD | Usage::KEYPAD),
        // The vendor's own pages, and the page of magnetic stripe readers.
        Link::Hid => application.page >= 0xff00 || application.page == 0x8e,
        Link::Serial | Link::PcSc => false,
    }
}

/// The device that is meant, among those that are there.
fn choose(
    wanted: &DeviceMatch,
    family: Family,
    found: Vec<HidFound>,
) -> Result<Device, TransportError> {
    let there = found.iter().any(|found| wanted.fits(&found.device));
    let devices: Vec<Device> = found
        .into_iter()
        .filter(|found| {
            found
                .applications
                .iter()
                .any(|&usage| speaks(family, usage))
        })
        .map(|found| found.device)
        .collect();
    match wanted.find(Link::Hid, &devices) {
        Found::One(device) => Ok(device.clone()),
        Found::Nothing if there => Err(TransportError::NotThisKind),
        Found::Nothing => Err(TransportError::Absent),
        Found::Several(devices) => Err(TransportError::Ambiguous {
            nodes: devices.iter().map(|device| device.node.clone()).collect(),
        }),
    }
}

/// A device just opened, and its keys taken away from the screen.
struct Opened {
    device: HidDevice,
    /// To be held as long as the device: dropped, the screen has the keys again.
    keys: Option<system::Grab>,
}

/// Opens the device of that family that the config means.
fn open_device(wanted: &DeviceMatch, family: Family) -> Result<Opened, TransportError> {
    let node = match wanted {
        DeviceMatch::Port(node) => node.clone(),
        DeviceMatch::Usb { id, .. } => {
            let found = found(Some(*id)).map_err(|_| TransportError::Absent)?;
            choose(wanted, family, found)?.node
        }
    };
    // First the keys: between the two, what is typed would go to the screen.
    let keys = family
        .types()
        .then(|| system::Grab::of_device(&node))
        .transpose()?;
    let path = CString::new(node.as_str()).map_err(|_| TransportError::Absent)?;
    let device = with_api(|api| api.open_path(&path)).map_err(|_| system::why_not_open(&node))?;
    Ok(Opened { device, keys })
}

/// An open HID device that sends reports by itself.
pub struct HidTransport {
    device: HidDevice,
    descriptor: Vec<u8>,
    queue: Queue,
    _keys: Option<system::Grab>,
}

impl HidTransport {
    /// Opens the device of that family that the config means.
    pub fn open(wanted: &DeviceMatch, family: Family) -> Result<Self, TransportError> {
        if family.types() && !system::KEYBOARDS_READABLE {
            return Err(TransportError::KeyboardForbidden);
        }
        let Opened { device, keys } = open_device(wanted, family)?;
        let mut descriptor = vec![0; DESCRIPTOR_BYTES_MAX];
        let length = device.get_report_descriptor(&mut descriptor).unwrap_or(0);
        descriptor.truncate(length);
        Ok(Self {
            device,
            descriptor,
            queue: Queue::default(),
            _keys: keys,
        })
    }

    /// A report that has come, waiting so long for one; 0 when none came.
    fn report(&self, buf: &mut [u8], wait_ms: i32) -> Result<usize, TransportError> {
        match self.device.read_timeout(buf, wait_ms) {
            Ok(count) => Ok(count),
            Err(HidError::IoError { error }) if error.kind() == ErrorKind::Interrupted => Ok(0),
            // The library has no word for a device that went away; every error is one.
            Err(_) => Err(TransportError::Lost),
        }
    }
}

impl Transport for HidTransport {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        if buf.len() < REPORT_BYTES_MAX {
            return Err(TransportError::NotThisKind);
        }
        if self.queue.was_full() {
            return Err(TransportError::ReportsLost);
        }
        let mut count = self.report(buf, 0)?;
        if count == 0 {
            self.queue.was_empty();
            let wait_ms = i32::try_from(READ_WAIT.as_millis()).unwrap_or(i32::MAX);
            count = self.report(buf, wait_ms)?;
        }
        if count > 0 {
            self.queue.took_one();
        }
        Ok(count)
    }

    fn report_descriptor(&self) -> Option<&[u8]> {
        Some(&self.descriptor)
            .filter(|bytes| !bytes.is_empty())
            .map(Vec::as_slice)
    }
}

/// How far we are behind the device: the reports that were taken since nothing waited.
///
/// The kernel keeps the oldest of them and drops the rest without a word, so that behind a full
/// queue anything may be missing: a digit of a card, for one. A report that ended a wait counts too:
/// by the time we run again, the queue behind it may be full.
#[derive(Debug, Default)]
struct Queue(usize);

impl Queue {
    /// Nothing waited.
    const fn was_empty(&mut self) {
        self.0 = 0;
    }

    const fn took_one(&mut self) {
        self.0 += 1;
    }

    /// As many came one after the other as the kernel keeps: behind them some may be missing.
    const fn was_full(&self) -> bool {
        self.0 >= QUEUE_REPORTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYCREADER: UsbId = UsbId::new(0xffff, 0x0035);

    fn part(node: &str, serial: Option<&str>, applications: &[Usage]) -> HidFound {
        HidFound {
            device: Device {
                link: Link::Hid,
                node: node.to_owned(),
                usb: Some(UsbDevice {
                    id: SYCREADER,
                    serial: serial.map(str::to_owned),
                    path: None,
                    maker: None,
                    product: None,
                }),
            },
            applications: applications.to_vec(),
        }
    }

    fn usb(serial: Option<&str>) -> DeviceMatch {
        DeviceMatch::Usb {
            id: SYCREADER,
            serial: serial.map(str::to_owned),
            path: None,
        }
    }

    #[test]
    fn of_a_device_with_several_parts_the_familys_is_taken() {
        let vendor = Usage::new(0xff00, 1);
        let media = Usage::new(0x0c, 1);
        let parts = || {
            vec![
                part("/dev/hidraw0", None, &[media, vendor]),
                part("/dev/hidraw1", None, &[Usage::KEYBOARD]),
            ]
        };
        let node = |family| choose(&usb(None), family, parts()).map(|device| device.node);
        assert_eq!(node(Family::Keyboard).as_deref(), Ok("/dev/hidraw1"));
        assert_eq!(node(Family::MagTek).as_deref(), Ok("/dev/hidraw0"));
        assert_eq!(node(Family::Rdm6300), Err(TransportError::NotThisKind));
    }

    #[test]
    fn absent_wrong_and_ambiguous_are_told_apart() {
        let keyboards = || {
            vec![
                part("/dev/hidraw0", Some("1"), &[Usage::KEYBOARD]),
                part("/dev/hidraw1", Some("2"), &[Usage::KEYBOARD]),
            ]
        };
        let choose = |serial, family| choose(&usb(serial), family, keyboards());
        assert_eq!(
            choose(Some("2"), Family::Keyboard).map(|device| device.node),
            Ok("/dev/hidraw1".to_owned())
        );
        assert_eq!(
            choose(Some("3"), Family::Keyboard),
            Err(TransportError::Absent)
        );
        assert_eq!(
            choose(Some("1"), Family::MagTek),
            Err(TransportError::NotThisKind)
        );
        assert!(matches!(
            choose(None, Family::Keyboard),
            Err(TransportError::Ambiguous { nodes }) if nodes.len() == 2
        ));
    }

    #[test]
    fn behind_a_full_queue_nothing_is_believed() {
        let mut queue = Queue::default();
        for _ in 0..3 {
            queue.was_empty();
            for _ in 1..QUEUE_REPORTS {
                queue.took_one();
                assert!(!queue.was_full());
            }
        }
        // The first of them ended a wait, in which the till stood still.
        queue.was_empty();
        for _ in 0..QUEUE_REPORTS {
            queue.took_one();
        }
        assert!(queue.was_full());
    }

    #[test]
    fn a_path_that_is_no_hid_device() {
        let open = |node: &str| {
            HidTransport::open(&DeviceMatch::Port(node.to_owned()), Family::MagTek).err()
        };
        assert_eq!(open("/dev/no-such-hidraw"), Some(TransportError::Absent));
        if cfg!(target_os = "linux") {
            assert_eq!(open("/dev/null"), Some(TransportError::NotThisKind));
        }
    }
}
