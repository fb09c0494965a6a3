//! The thread around [`Machine`]: opens, reads, waits, and does nothing of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::machine::{Machine, Next, ReaderConfig, ReaderMessage};
use crate::readers::transport::{Opener, SerialSettings, SerialTransport, Transport};

/// Bytes of one read.
const READ_BYTES: usize = 256;

/// How long [`SupervisorHandle::stop`] waits for the thread.
const STOP_WAIT: Duration = Duration::from_millis(200);

/// A running supervisor. Dropping it tells the thread to end, without waiting for it.
pub struct SupervisorHandle {
    stop: Arc<AtomicBool>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

impl SupervisorHandle {
    /// Ends the thread and closes the device. False when the system did not let go of it within
    /// 200 ms; it then ends by itself.
    pub fn stop(self) -> bool {
        self.signal();
        match self.ended.recv_timeout(STOP_WAIT) {
            Err(RecvTimeoutError::Timeout) => false,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
        }
    }

    fn signal(&self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
    }
}

impl Drop for SupervisorHandle {
    fn drop(&mut self) {
        self.signal();
    }
}

/// Starts a supervisor for the serial port of the config. `send` returns false when nobody
/// receives any more, which ends the thread; it must not wait for long.
pub fn spawn(
    config: ReaderConfig,
    send: impl FnMut(ReaderMessage) -> bool + Send + 'static,
) -> std::io::Result<SupervisorHandle> {
    let path = config.port.clone();
    let settings = SerialSettings::of(config.family);
    let opener: Opener = Box::new(move || Ok(Box::new(SerialTransport::open(&path, settings)?)));
    spawn_with(config, opener, send)
}

/// Starts a supervisor for a device that `opener` opens.
pub fn spawn_with(
    config: ReaderConfig,
    opener: Opener,
    send: impl FnMut(ReaderMessage) -> bool + Send + 'static,
) -> std::io::Result<SupervisorHandle> {
    let stop = Arc::new(AtomicBool::new(false));
    let (alive, ended) = channel();
    let flag = Arc::clone(&stop);
    let name = format!("reader {}", config.name.replace('\0', ""));
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        run(Machine::new(config.family), opener, send, &flag);
        // Its end is the signal that the device is closed.
        drop(alive);
    })?;
    Ok(SupervisorHandle {
        stop,
        ended,
        thread,
    })
}

fn run(
    mut machine: Machine,
    mut opener: Opener,
    mut send: impl FnMut(ReaderMessage) -> bool,
    stop: &AtomicBool,
) {
    let began = Instant::now();
    let mut device: Option<Box<dyn Transport>> = None;
    let mut buf = [0; READ_BYTES];
    while !stop.load(Ordering::Acquire) {
        let now = began.elapsed();
        match (machine.next(now), &mut device) {
            (Next::Wait(until), _) => {
                std::thread::park_timeout(until.saturating_sub(now));
            }
            (Next::Read, Some(open)) => match open.read(&mut buf) {
                Ok(count) => machine.read(buf.get(..count).unwrap_or_default(), began.elapsed()),
                Err(why) => {
                    // Dropped before anything else, so that a replugged device gets its name back.
                    device = None;
                    machine.lost(why, began.elapsed());
                }
            },
            (Next::Open | Next::Read, _) => {
                device = None;
                match opener() {
                    Ok(open) => {
                        device = Some(open);
                        machine.opened(began.elapsed());
                    }
                    Err(why) => machine.not_opened(why, began.elapsed()),
                }
            }
        }
        for message in machine.take_messages() {
            if !send(message) {
                return;
            }
        }
    }
}
