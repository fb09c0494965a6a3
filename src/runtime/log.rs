//! The log: one JSON line per event, a file per day in the state folder. Never on the screen.

use std::fs;
use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

use crate::config::settings::LogLevel;

/// Days that are kept.
const FILES_MAX: usize = 30;

/// Starts logging. `None` where the folder cannot be written: that never stops a till. The guard
/// writes what is left when it is dropped.
pub(super) fn start(state_dir: &Path, level: LogLevel) -> Option<WorkerGuard> {
    let folder = state_dir.join("log");
    // The appender complains on stderr where there is no folder yet.
    fs::create_dir_all(&folder).ok()?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("limekeeper")
        .filename_suffix("log")
        .max_log_files(FILES_MAX)
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    // Only our own events: libraries log addresses and headers.
    let filter = EnvFilter::new(format!("off,limekeeper={}", level.word()));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(writer)
        .try_init()
        .ok()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Some(guard)
}
