//! The log: one JSON line per event, a file per day in the state folder. Never on the screen.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::settings::LogLevel;

/// Days that are kept.
const FILES_MAX: usize = 30;
/// Most lines that wait to be written; more are lost. All of their room is made at the start, so every
/// command pays for it.
const LINES_MAX: usize = 8_192;

/// Starts logging. `None` where the folder cannot be written: that never stops a till. The guard
/// writes what is left when it is dropped.
pub(super) fn start(state_dir: &Path, level: LogLevel) -> Option<WorkerGuard> {
    let mut files = DailyFiles::new(state_dir.join("log"));
    files.of_day(today()).ok()?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_MAX)
        .finish(files);
    // Only our own events: libraries log addresses and headers.
    let filter = EnvFilter::new(format!("off,limekeeper={}", level.word()));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(writer)
        // By itself it writes its own failures to stderr, which is the till's screen.
        .log_internal_errors(false)
        .try_init()
        .ok()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Some(guard)
}

/// `limekeeper.2026-11-25.log`, by UTC like the times in it. Says nothing about its failures, since
/// there is no place to say it that is not the till's screen; the next line tries anew.
struct DailyFiles {
    folder: PathBuf,
    open: Option<(Date, File)>,
}

impl DailyFiles {
    const fn new(folder: PathBuf) -> Self {
        Self { folder, open: None }
    }

    fn of_day(&mut self, day: Date) -> io::Result<&mut File> {
        let file = match self.open.take() {
            Some((opened, file)) if opened == day => file,
            Some(_) | None => {
                fs::create_dir_all(&self.folder)?;
                let path = self.folder.join(format!("limekeeper.{day}.log"));
                let file = OpenOptions::new().append(true).create(true).open(path)?;
                self.prune();
                file
            }
        };
        Ok(&mut self.open.insert((day, file)).1)
    }

    /// Deletes the oldest of our files. What cannot be deleted stays.
    fn prune(&self) {
        let Ok(found) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut days: Vec<(Date, PathBuf)> = found
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some((day_of(&path)?, path))
            })
            .collect();
        days.sort();
        let old = days.len().saturating_sub(FILES_MAX);
        for (_, path) in days.into_iter().take(old) {
            let _ = fs::remove_file(path);
        }
    }
}

impl Write for DailyFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.of_day(today())?.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.open {
            Some((_, file)) => file.flush(),
            None => Ok(()),
        }
    }
}

fn day_of(path: &Path) -> Option<Date> {
    let name = path.file_name()?.to_str()?;
    let day = name.strip_prefix("limekeeper.")?.strip_suffix(".log")?;
    day.parse().ok()
}

fn today() -> Date {
    TimeZone::UTC.to_datetime(Timestamp::now()).date()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_file_per_day_and_only_our_old_ones_go() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("log");
        let mut files = DailyFiles::new(folder.clone());
        files.of_day(date(2026, 1, 1)).unwrap();
        let others = ["limekeeper.log", "limekeeper.x.log", "a.2026-01-01.log"];
        for other in others {
            fs::write(folder.join(other), "").unwrap();
        }
        for days in 0..40 {
            let day = date(2026, 1, 1).saturating_add(days.days());
            writeln!(files.of_day(day).unwrap(), "line").unwrap();
            writeln!(files.of_day(day).unwrap(), "line").unwrap();
        }
        let kept = fs::read_dir(&folder).unwrap().count();
        assert_eq!(kept, FILES_MAX + others.len());
        assert!(!folder.join("limekeeper.2026-01-10.log").exists());
        let last = fs::read_to_string(folder.join("limekeeper.2026-02-09.log"));
        assert_eq!(last.unwrap(), "line\nline\n");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_until_it_can() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("log");
        fs::write(&folder, "a file in the way").unwrap();
        let mut files = DailyFiles::new(folder.clone());
        assert!(files.write(b"lost\n").is_err());
        fs::remove_file(&folder).unwrap();
        files.write_all(b"kept\n").unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
