//! The thread around [`Machine`]: opens, reads, waits, and does nothing of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::machine::{Machine, Next, ReaderConfig, ReaderMessage};
use crate::readers::transport::{Opener, REPORT_BYTES_MAX, Transport, opener};

/// Bytes of one read: a whole report fits.
const READ_BYTES: usize = REPORT_BYTES_MAX;

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

/// Starts a supervisor for the device of the config. `send` returns false when nobody
/// receives any more, which ends the thread; it must not wait for long.
pub fn spawn(
    config: ReaderConfig,
    send: impl FnMut(ReaderMessage) -> bool + Send + 'static,
) -> std::io::Result<SupervisorHandle> {
    let opener = opener(&config);
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
    let ReaderConfig {
        family,
        codec,
        device: _,
        line: _,
        name,
    } = config;
    let name = format!("reader {}", name.replace('\0', ""));
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        run(Machine::new(family, codec), opener, send, &flag);
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
                        machine.opened(began.elapsed());
                        machine.describes_itself(open.report_descriptor());
                        device = Some(open);
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;
    use crate::readers::codec::CodecSettings;
    use crate::readers::device::DeviceMatch;
    use crate::readers::event::CardRead;
    use crate::readers::family::Family;
    use crate::readers::supervisor::machine::Health;
    use crate::readers::transport::{LineSettings, TransportError, VirtualReader};

    const A: [u8; 5] = [0x00, 0x03, 0xa8, 0x62, 0x26];
    const B: [u8; 5] = [0x6f, 0x00, 0x7b, 0x39, 0x72];

    /// Longest time for a thing that must happen.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn config(reader: &VirtualReader) -> ReaderConfig {
        ReaderConfig {
            family: Family::Rdm6300,
            codec: CodecSettings::default(),
            device: DeviceMatch::Port(reader.path().to_owned()),
            line: LineSettings::default(),
            name: "test".to_owned(),
        }
    }

    fn start(config: ReaderConfig) -> (SupervisorHandle, Receiver<ReaderMessage>) {
        let (sender, messages) = channel();
        let handle = spawn(config, move |message| sender.send(message).is_ok()).unwrap();
        (handle, messages)
    }

    #[track_caller]
    fn next(messages: &Receiver<ReaderMessage>) -> ReaderMessage {
        messages.recv_timeout(PATIENCE).unwrap()
    }

    #[track_caller]
    fn next_card(messages: &Receiver<ReaderMessage>) -> CardRead {
        match next(messages) {
            ReaderMessage::Card(read) => read,
            other => panic!("{other:?}"),
        }
    }

    /// As [`SupervisorHandle::stop`], without its hurry: this machine may be busy.
    #[track_caller]
    fn stop(handle: &SupervisorHandle) {
        handle.signal();
        assert_eq!(
            handle.ended.recv_timeout(PATIENCE),
            Err(RecvTimeoutError::Disconnected)
        );
    }

    #[track_caller]
    fn ready(messages: &Receiver<ReaderMessage>) {
        assert_eq!(next(messages), ReaderMessage::Health(Health::Opening));
        assert_eq!(next(messages), ReaderMessage::Health(Health::Ready));
    }

    #[test]
    fn bytes_travel_through_a_port_and_old_ones_do_not() {
        let mut reader = VirtualReader::open().unwrap();
        reader.send(b"\xaa\x65\xd1\xb9\xf1").unwrap();
        reader.rest(B, 1).unwrap();
        reader.wait_sent().unwrap();
        let (handle, messages) = start(config(&reader));
        ready(&messages);
        reader.rest(A, 1).unwrap();
        assert_eq!(next_card(&messages).known_bytes(), A);
        assert_eq!(next(&messages), ReaderMessage::Gone);
        // Lift and return counts as new.
        reader.rest(A, 1).unwrap();
        assert_eq!(next_card(&messages).known_bytes(), A);
        assert_eq!(next(&messages), ReaderMessage::Gone);
        reader.send(b"ST,GS,+00.575kg\r\n").unwrap();
        assert!(matches!(next(&messages), ReaderMessage::Noise { .. }));
        stop(&handle);
        assert!(messages.recv().is_err(), "nothing more after the stop");
    }

    #[test]
    fn an_unplugged_reader_is_lost() {
        let mut reader = VirtualReader::open().unwrap();
        let (handle, messages) = start(config(&reader));
        ready(&messages);
        reader.rest(A, 1).unwrap();
        assert_eq!(next_card(&messages).known_bytes(), A);
        drop(reader);
        assert_eq!(next(&messages), ReaderMessage::Gone);
        assert!(matches!(
            next(&messages),
            ReaderMessage::Health(Health::Lost {
                why: TransportError::Lost,
                ..
            })
        ));
        // Before the next attempt: another test's terminal may have taken the name.
        stop(&handle);
    }

    #[test]
    fn one_port_has_one_reader() {
        let mut reader = VirtualReader::open().unwrap();
        let (first, first_messages) = start(config(&reader));
        ready(&first_messages);
        let (second, messages) = start(config(&reader));
        assert_eq!(next(&messages), ReaderMessage::Health(Health::Opening));
        let ReaderMessage::Health(Health::Absent {
            why: TransportError::Busy { by },
        }) = next(&messages)
        else {
            panic!("the first has it");
        };
        if cfg!(target_os = "linux") {
            assert_eq!(by.unwrap().pid, std::process::id());
        }
        reader.tap(A).unwrap();
        assert_eq!(next_card(&first_messages).known_bytes(), A);
        // Once the first lets go, the second gets the port by itself.
        stop(&first);
        assert_eq!(next(&messages), ReaderMessage::Health(Health::Ready));
        reader.tap(B).unwrap();
        assert_eq!(next_card(&messages).known_bytes(), B);
        stop(&second);
    }

    #[test]
    fn the_thread_ends_when_nobody_listens() {
        let reader = VirtualReader::open().unwrap();
        let handle = spawn_with(config(&reader), reader.opener(), |_| false).unwrap();
        assert_eq!(
            handle.ended.recv_timeout(PATIENCE),
            Err(RecvTimeoutError::Disconnected)
        );
    }

    #[test]
    fn a_missing_port_is_absent() {
        let (handle, messages) = start(ReaderConfig {
            family: Family::IronLogic,
            codec: CodecSettings::default(),
            device: DeviceMatch::Port("/dev/no-such-port".to_owned()),
            line: LineSettings::default(),
            name: "gone".to_owned(),
        });
        assert_eq!(next(&messages), ReaderMessage::Health(Health::Opening));
        assert_eq!(
            next(&messages),
            ReaderMessage::Health(Health::Absent {
                why: TransportError::Absent
            })
        );
        // Also while it waits for the next attempt.
        stop(&handle);
    }
}
