//! A serial port, real or virtual.

use std::io::{ErrorKind, Read};
use std::path::Path;

use serialport::{ClearBuffer, DataBits, FlowControl, Parity, SerialPort, StopBits};

use super::{READ_WAIT, Transport, TransportError};
use crate::os::nodes::owning_group;
use crate::readers::device::holders;
use crate::readers::family::Family;

/// What the config says of the line; the rest is as the family's readers are delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineSettings {
    /// Bits per second, where they are not the family's.
    pub baud: Option<u32>,
    /// Raise DTR: some readers send nothing without it, others start anew each time.
    pub dtr: bool,
}

/// How the line of a family is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialSettings {
    /// Bits per second.
    pub baud: u32,
    /// Bits of one character.
    pub data_bits: DataBits,
    /// Parity bit.
    pub parity: Parity,
    /// Stop bits.
    pub stop_bits: StopBits,
    /// Raise DTR when the port is opened; otherwise it is left as the system has it.
    pub dtr: bool,
}

impl SerialSettings {
    /// What the readers of a family use as delivered: 9600 8N1 for all of them. What
    /// shows itself as a serial port over USB ignores it; families without a line have no use for it.
    pub const fn of(family: Family) -> Self {
        match family {
            Family::Rdm6300
            | Family::IronLogic
            | Family::Framed
            | Family::Twn3
            | Family::Twn4
            | Family::Idteck
            | Family::Perco
            | Family::Wiegand
            | Family::Text
            | Family::Hex
            | Family::Decimal
            | Family::Track
            | Family::Keyboard
            | Family::MagTek
            | Family::IdTech
            | Family::PcProx
            | Family::PcSc => Self {
                baud: 9600,
                data_bits: DataBits::Eight,
                parity: Parity::None,
                stop_bits: StopBits::One,
                dtr: false,
            },
        }
    }

    /// The same with what the config says.
    #[must_use]
    pub fn with(self, line: LineSettings) -> Self {
        Self {
            baud: line.baud.unwrap_or(self.baud),
            dtr: line.dtr,
            ..self
        }
    }
}

/// An open serial port, ours alone. Nothing is ever written to it, DTR is raised only where asked.
pub struct SerialTransport {
    port: Box<dyn SerialPort>,
}

impl SerialTransport {
    /// Opens the port and throws away what has waited in it: a card read before is none of ours.
    pub fn open(path: &str, settings: SerialSettings) -> Result<Self, TransportError> {
        let builder = serialport::new(path, settings.baud)
            .data_bits(settings.data_bits)
            .parity(settings.parity)
            .stop_bits(settings.stop_bits)
            .flow_control(FlowControl::None)
            .timeout(READ_WAIT);
        let builder = if settings.dtr {
            builder.dtr_on_open(true)
        } else {
            builder.preserve_dtr_on_open()
        };
        let port = builder
            .open()
            .map_err(|error| why_not_open(error.kind(), path))?;
        port.clear(ClearBuffer::Input)
            .map_err(|error| why_not_open(error.kind(), path))?;
        Ok(Self { port })
    }
}

impl Transport for SerialTransport {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, TransportError> {
        match self.port.read(buf) {
            // A port that is ready with nothing is gone; reading on would spin for ever.
            Ok(0) => Err(TransportError::Lost),
            Ok(count) => Ok(count),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                // Windows lets reads of an unplugged port time out for ever; asking its state
                // tells.
                self.port
                    .bytes_to_read()
                    .map(|_| 0)
                    .map_err(|_| TransportError::Lost)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
            Err(_) => Err(TransportError::Lost),
        }
    }
}

/// The library says `NoDevice` for a port that another program holds as for one that is not
/// there, so the file system is asked.
fn why_not_open(kind: serialport::ErrorKind, path: &str) -> TransportError {
    let there = !cfg!(unix) || Path::new(path).exists();
    match kind {
        serialport::ErrorKind::Io(ErrorKind::PermissionDenied) => TransportError::NoPermission {
            group: owning_group(Path::new(path)),
        },
        serialport::ErrorKind::Io(ErrorKind::NotFound) => TransportError::Absent,
        serialport::ErrorKind::NoDevice | serialport::ErrorKind::Io(_) if cfg!(windows) => {
            windows_reason(path)
        }
        serialport::ErrorKind::NoDevice if there => busy(path),
        serialport::ErrorKind::InvalidInput | serialport::ErrorKind::Unknown if there => {
            TransportError::NotSerial
        }
        serialport::ErrorKind::NoDevice
        | serialport::ErrorKind::InvalidInput
        | serialport::ErrorKind::Unknown
        | serialport::ErrorKind::Io(_) => TransportError::Absent,
    }
}

/// Windows has no file to look at; a port that is listed but does not open is held by somebody.
fn windows_reason(path: &str) -> TransportError {
    let name = path.trim_start_matches(r"\\.\");
    let listed = serialport::available_ports().is_ok_and(|ports| {
        ports
            .iter()
            .any(|port| port.port_name.eq_ignore_ascii_case(name))
    });
    if listed {
        busy(path)
    } else {
        TransportError::Absent
    }
}

/// Held by somebody; by whom, where the system tells.
fn busy(path: &str) -> TransportError {
    TransportError::Busy {
        by: holders(path).into_iter().next(),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn open(path: &str) -> Option<TransportError> {
        SerialTransport::open(path, SerialSettings::of(Family::Rdm6300)).err()
    }

    #[test]
    fn why_a_port_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("ttyUSB7");
        assert_eq!(
            open(missing.to_str().unwrap()),
            Some(TransportError::Absent)
        );
        let file = folder.path().join("file");
        std::fs::write(&file, "no port").unwrap();
        assert_eq!(
            open(file.to_str().unwrap()),
            Some(TransportError::NotSerial)
        );
        assert_eq!(
            open(folder.path().to_str().unwrap()),
            Some(TransportError::NotSerial)
        );
        assert_eq!(
            why_not_open(serialport::ErrorKind::NoDevice, file.to_str().unwrap()),
            TransportError::Busy { by: None }
        );
        assert_eq!(
            why_not_open(serialport::ErrorKind::NoDevice, missing.to_str().unwrap()),
            TransportError::Absent
        );
    }

    #[test]
    fn no_permission_names_the_group_of_the_file() {
        let denied = serialport::ErrorKind::Io(ErrorKind::PermissionDenied);
        let TransportError::NoPermission { group: Some(group) } = why_not_open(denied, "/dev/null")
        else {
            panic!("the group must be known");
        };
        assert!(!group.is_empty());
        let shown = TransportError::NoPermission {
            group: Some("uucp".to_owned()),
        };
        assert_eq!(
            shown.to_string(),
            "no permission to open the port (group uucp may)"
        );
    }
}
