//! The file of a recording: its head, and what comes, bank cards left out.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::os::files::owner_only;
use crate::readers::recorder::{Full, Recorder};
use crate::readers::transport::SerialSettings;
use crate::readers::{Family, ReaderConfig};

/// What ends a recording early.
pub(in crate::runtime) enum Early {
    /// It has all that a recording may have.
    Full,
    /// The file cannot be written.
    Unwritten(io::Error),
}

impl From<Full> for Early {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<io::Error> for Early {
    fn from(error: io::Error) -> Self {
        Self::Unwritten(error)
    }
}

/// A recording under way.
pub(in crate::runtime) struct Tape {
    file: File,
    recorder: Recorder,
    /// Reads that brought something.
    pub(in crate::runtime) reads: u64,
    /// What they brought.
    pub(in crate::runtime) bytes: usize,
}

impl Tape {
    /// A new file. `family`: as far as it is said.
    pub(in crate::runtime) fn create(
        path: &Path,
        reader: &ReaderConfig,
        family: Option<Family>,
    ) -> io::Result<Self> {
        let mut file = create(path)?;
        let head = head(reader, family);
        write(&mut file, &head)?;
        Ok(Self {
            file,
            recorder: Recorder::new(family, &reader.codec, head.len()),
            reads: 0,
            bytes: 0,
        })
    }

    /// What a HID device says of its reports.
    pub(in crate::runtime) fn descriptor(&mut self, descriptor: &[u8]) -> Result<(), Early> {
        let lines = self.recorder.descriptor(descriptor)?;
        Ok(write(&mut self.file, &lines)?)
    }

    /// What one read brought, if anything, so long after the beginning. What is not yet written
    /// stays with the recorder.
    pub(in crate::runtime) fn read(&mut self, bytes: &[u8], at: Duration) -> Result<(), Early> {
        let lines = if bytes.is_empty() {
            self.recorder.poll(at)?
        } else {
            self.reads += 1;
            self.bytes += bytes.len();
            self.recorder.feed(bytes, at)?
        };
        Ok(write(&mut self.file, &lines)?)
    }

    /// Writes what is left.
    pub(in crate::runtime) fn finish(mut self) -> Result<(), Early> {
        let lines = self.recorder.finish()?;
        Ok(write(&mut self.file, &lines)?)
    }
}

fn write(file: &mut File, lines: &str) -> io::Result<()> {
    file.write_all(lines.as_bytes())?;
    file.flush()
}

/// What support must know beside the bytes.
fn head(reader: &ReaderConfig, family: Option<Family>) -> String {
    let family = family.map_or("not said", Family::name);
    let baud = SerialSettings::of(reader.family).with(reader.line).baud;
    let lines = [
        format!("# limekeeper recording, family {family}"),
        format!("# limekeeper {}", env!("CARGO_PKG_VERSION")),
        format!("# device {}, {baud} baud if it has a line", reader.device),
        format!("# began {}", Timestamp::now()),
        "# it holds the numbers of the cards that were read".to_owned(),
    ];
    format!("{}\n", lines.join("\n"))
}

/// Never over an older recording; readable by its owner only, as it holds the numbers of cards.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    options.open(path)
}
