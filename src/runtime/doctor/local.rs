//! What is on this machine: settings, journal, readers.

use std::path::Path;

use crate::cli::config::cut_cards;
use crate::cli::doctor::{Finding, Level, Subject};
use crate::cli::reader::words;
use crate::config::{Config, Loaded};
use crate::i18n::Texts;
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::journal::{JournalError, Room, reserve};
use crate::readers::device::{Access, Device, DeviceMatch, survey};
use crate::readers::transport::devices;
use crate::runtime::{connect, words as own_words};

use super::Findings;

/// The settings: what is missing keeps the program from starting.
pub(super) fn config(loaded: &Loaded, texts: Texts) -> Vec<Finding> {
    let mut findings = Findings::new(Subject::Config, texts);
    match loaded.check_all() {
        Ok(()) => {
            let file = loaded.file.as_ref().map(|file| file.display().to_string());
            findings.fine("doctor.config.fine", &[("file", &file.unwrap_or_default())]);
            if let Some(words) = cut_cards(&loaded.config, texts) {
                findings.push(Level::Note, words, None);
            }
        }
        Err(errors) => {
            for error in &errors.errors {
                findings.push(Level::Bad, error.render(texts), None);
            }
        }
    }
    findings.all
}

/// The journal can be read, its chain holds at its end, and its disk has room.
pub(super) fn journal(loaded: &Loaded, texts: Texts) -> Finding {
    let mut findings = Findings::new(Subject::Journal, texts);
    let finding = |level, what, todo| Finding {
        subject: Subject::Journal,
        level,
        what,
        todo,
    };
    let folder = match loaded.state_dir() {
        Ok(folder) => folder,
        Err(errors) => return finding(Level::Bad, errors.render(texts), None),
    };
    match SqliteJournal::open_to_read(&folder) {
        // The till beside it is at work: that is no fault.
        Ok(_) | Err(JournalError::SecondInstance { .. }) => {}
        Err(error) => return finding(Level::Bad, own_words::journal(&error, texts), None),
    }
    let there = folder.ancestors().find(|folder| folder.is_dir());
    let room = there.map(|there| reserve::room(there, loaded.config.journal.low_disk_mb));
    match room {
        Some(Room::Low { free_mib }) => {
            findings.wrong(Level::Note, "doctor.journal.low", &[("free", &free_mib)]);
        }
        Some(Room::Enough | Room::ReserveUsed) | None => {
            findings.fine("doctor.journal.fine", &[("folder", &folder.display())]);
        }
    }
    findings.all.remove(0)
}

/// The readers of the settings: plugged in, and may they be opened.
pub(super) fn readers(config: &Config, texts: Texts) -> Vec<Finding> {
    let mut findings = Findings::new(Subject::Readers, texts);
    let readers = match connect::readers(config) {
        Ok(readers) => readers,
        Err(error) => {
            findings.push(Level::Bad, error.to_string(), None);
            return findings.all;
        }
    };
    if readers.is_empty() {
        if config.wedge.enabled {
            findings.fine("doctor.readers.wedge", &[]);
        } else {
            findings.wrong(Level::Note, "doctor.readers.none", &[]);
        }
        return findings.all;
    }
    let found = survey(devices());
    for reader in readers {
        let name = &reader.name;
        let link = reader.family.link();
        let mut own: Vec<Access> = found
            .iter()
            .filter(|own| match (&own.device, &reader.device) {
                (Some(device), wanted) => device.link == link && wanted.fits(device),
                (None, DeviceMatch::Usb { id, .. }) => {
                    own.usb.as_ref().is_some_and(|usb| usb.id == *id)
                }
                (None, DeviceMatch::Port(_)) => false,
            })
            .map(|own| own.access.clone())
            .collect();
        // No system lists every node that there is: a link to a port, a pseudo terminal.
        if own.is_empty()
            && let DeviceMatch::Port(node) = &reader.device
            && Path::new(node).exists()
        {
            own.push(Access::of(&Device {
                link,
                node: node.clone(),
                usb: None,
            }));
        }
        let where_it_is = reader.device.to_string();
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("name", name), ("device", &where_it_is)];
        match own.as_slice() {
            [] => findings.wrong(Level::Note, "doctor.readers.absent", &values),
            [access] => match access {
                Access::Open | Access::Untold => findings.fine("doctor.readers.fine", &values),
                Access::NoPermission { .. }
                | Access::Busy { .. }
                | Access::NoDriver
                | Access::Taken { .. }
                | Access::NoService => {
                    let what = texts.fill("doctor.readers.closed", &values);
                    let todo = words::todo_about_access(access, texts);
                    findings.push(Level::Note, what, Some(todo));
                }
            },
            [_, _, ..] => findings.wrong(Level::Note, "doctor.readers.several", &values),
        }
    }
    findings.all
}
