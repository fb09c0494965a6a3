//! Which device is learnt: the one of the command line, or the one that is new after plugging.

use super::{Learner, Stop};
use crate::cli::exit::ExitCode;
use crate::cli::reader::words;
use crate::readers::Family;
use crate::readers::device::{Device, DeviceMatch, Found, Known, Link, Surveyed, known};
use crate::readers::learn::{Arrival, arrival, model};

/// Looks until something must have come.
const LOOKS_MAX: usize = 60;
/// Looks after the first sign of it, until all its nodes are there.
const SETTLE_LOOKS: usize = 2;

/// The device that is learnt.
pub(super) struct Subject {
    /// How it is spoken with.
    pub link: Link,
    /// Exactly this one, among equal ones.
    pub device: DeviceMatch,
    /// As the system lists it; a pseudo terminal is in no list.
    pub found: Option<Device>,
}

impl Subject {
    /// What its USB id says.
    pub fn known(&self) -> Option<&'static Known> {
        let usb = self.found.as_ref()?.usb.as_ref()?;
        known(usb.id)
    }

    fn of(device: Device) -> Self {
        Self {
            link: device.link,
            device: exactly(&device),
            found: Some(device),
        }
    }
}

/// The match that no other device fits. Of a reader of the smart card service, all slots: which of
/// them is for contactless cards shows only when one comes, and their places change.
fn exactly(device: &Device) -> DeviceMatch {
    let node = match device.link {
        Link::PcSc => model(&device.node),
        Link::Serial | Link::Hid => &device.node,
    };
    device.usb.as_ref().map_or_else(
        || DeviceMatch::Port(node.to_owned()),
        |usb| DeviceMatch::Usb {
            id: usb.id,
            serial: usb.serial.clone(),
            path: usb.path.clone(),
        },
    )
}

impl Learner<'_> {
    /// The device to learn.
    pub(super) fn subject(&mut self) -> Result<Subject, Stop> {
        let subject = match self.given.device.clone() {
            Some(given) => self.given_subject(given),
            None => self.plugged_subject(),
        }?;
        self.refuse_configured(&subject)?;
        Ok(subject)
    }

    /// A device that the config has already: another section would only be in its way.
    fn refuse_configured(&mut self, subject: &Subject) -> Result<(), Stop> {
        let Some(device) = &subject.found else {
            return Ok(());
        };
        let configured = self.given.configured.iter();
        let names: Vec<&str> = configured
            .filter(|(_, own)| own.fits(device))
            .map(|(name, _)| name.as_str())
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let names = names.join(", ");
        let words = self
            .texts
            .fill("reader.learn.configured", &[("names", &names)]);
        self.bench.tell(&words);
        Err(Stop(ExitCode::Refused))
    }

    fn given_subject(&mut self, given: DeviceMatch) -> Result<Subject, Stop> {
        let devices = nodes(self.bench.look());
        for link in [Link::Serial, Link::PcSc, Link::Hid] {
            match given.find(link, &devices) {
                Found::Nothing => {}
                Found::One(device) => return Ok(Subject::of(device.clone())),
                Found::Several(devices) => {
                    let nodes: Vec<&str> = devices.iter().map(|one| one.node.as_str()).collect();
                    return self.several(&nodes);
                }
            }
        }
        match given {
            // Not every port is in a list.
            DeviceMatch::Port(_) => Ok(Subject {
                link: Link::Serial,
                device: given,
                found: None,
            }),
            DeviceMatch::Usb { .. } => self.stop("reader.learn.not_there", ExitCode::NotFound),
        }
    }

    fn plugged_subject(&mut self) -> Result<Subject, Stop> {
        self.ask("reader.learn.unplug")?;
        let before = self.bench.look();
        self.tell("reader.learn.plug");
        let before_nodes = nodes(before.clone());
        for _ in 0..LOOKS_MAX {
            self.bench.pause();
            let now = self.bench.look();
            if arrival(&before_nodes, &nodes(now.clone())) != Arrival::Nothing {
                return self.arrived(&before_nodes);
            }
            if let Some(trouble) = new_without_node(&before, &now) {
                let words = words::access(&trouble.access, self.texts);
                let name = trouble.known.map_or("USB", |known| known.name);
                self.bench.tell(&format!("{name}: {words}"));
                return Err(Stop(ExitCode::Refused));
            }
        }
        self.stop("reader.learn.nothing_new", ExitCode::NotFound)
    }

    fn arrived(&mut self, before: &[Device]) -> Result<Subject, Stop> {
        for _ in 0..SETTLE_LOOKS {
            self.bench.pause();
        }
        match arrival(before, &nodes(self.bench.look())) {
            Arrival::Nothing => self.stop("reader.learn.gone_again", ExitCode::Refused),
            Arrival::Several(devices) => {
                let nodes: Vec<&str> = devices.iter().map(|one| one.node.as_str()).collect();
                self.several(&nodes)
            }
            Arrival::One(nodes) => {
                let Some(device) = best_node(&nodes) else {
                    return self.stop("reader.learn.gone_again", ExitCode::Refused);
                };
                let subject = Subject::of(device.clone());
                let mut what = vec![device.node.clone()];
                what.extend(device.usb.as_ref().map(|_| subject.device.to_string()));
                what.extend(subject.known().map(|known| known.name.to_owned()));
                let what = what.join(", ");
                let words = self.texts.fill("reader.learn.found", &[("what", &what)]);
                self.bench.tell(&words);
                Ok(subject)
            }
        }
    }

    fn several<T>(&mut self, nodes: &[&str]) -> Result<T, Stop> {
        let nodes = nodes.join(", ");
        let words = self
            .texts
            .fill("reader.learn.several", &[("nodes", &nodes)]);
        self.bench.tell(&words);
        Err(Stop(ExitCode::Refused))
    }
}

fn nodes(surveyed: Vec<Surveyed>) -> Vec<Device> {
    surveyed.into_iter().filter_map(|one| one.device).collect()
}

/// A device that came and has no node, which is told with its cure.
fn new_without_node<'a>(before: &[Surveyed], now: &'a [Surveyed]) -> Option<&'a Surveyed> {
    now.iter()
        .find(|one| one.device.is_none() && !before.contains(one))
}

/// Of a device with several nodes: the one by which its kind is known to speak, else the one that
/// says most: a serial port before a card service before keys.
fn best_node(nodes: &[Device]) -> Option<&Device> {
    let known = nodes.iter().find_map(|node| known(node.usb.as_ref()?.id));
    let families = known.map_or(&[][..], |known| known.families);
    let named = families
        .iter()
        .filter_map(|name| name.parse::<Family>().ok())
        .find_map(|family| nodes.iter().find(|node| node.link == family.link()));
    let any = [Link::Serial, Link::PcSc, Link::Hid]
        .into_iter()
        .find_map(|link| nodes.iter().find(|node| node.link == link));
    named.or(any)
}
