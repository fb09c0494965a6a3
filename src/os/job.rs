//! The program as a job of a shell: Ctrl+Z stops it, `fg` wakes it.
//!
//! A till that starts by itself has no shell that could wake it, and must never be stopped by a key:
//! the kernel keeps Ctrl+Z from such a program, and so do we, who read that key ourselves.

/// What happens to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// It is to stop (SIGTSTP).
    Stop,
    /// It goes on (SIGCONT), also after a stop that nobody could see coming (SIGSTOP).
    Continued,
}

#[cfg(target_os = "linux")]
pub use linux::{ask_to_stop, stop, watch};

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io, thread};

    use rustix::process::{self, Signal};
    use tokio::runtime::Builder;
    use tokio::signal::unix::{SignalKind, signal};

    use super::Job;

    /// Most programs between us and the shell.
    const PARENTS_MAX: usize = 32;

    /// From now on the program stops only by [`stop`]; `hear` is told of each wish for that, and of
    /// each waking.
    pub fn watch(mut hear: impl FnMut(Job) + Send + 'static) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let of = |own: Signal| signal(SignalKind::from_raw(own.as_raw()));
        let (mut stop, mut goes_on) =
            runtime.block_on(async { io::Result::Ok((of(Signal::TSTP)?, of(Signal::CONT)?)) })?;
        thread::Builder::new().name("job".into()).spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        Some(()) = stop.recv() => hear(Job::Stop),
                        Some(()) = goes_on.recv() => hear(Job::Continued),
                        else => return,
                    }
                }
            });
        })?;
        Ok(())
    }

    /// What Ctrl+Z does where the terminal itself hears that key: the whole job is to stop. Does
    /// nothing where no shell would wake it.
    pub fn ask_to_stop() {
        if is_watched() {
            // A group that cannot be told is as one that has no shell.
            let _ = process::kill_current_process_group(Signal::TSTP);
        }
    }

    /// Stops here, until somebody wakes the process; `before` is done first, while it still runs.
    /// Does neither where no shell would wake it.
    pub fn stop(before: impl FnOnce()) {
        if is_watched() {
            before();
            let _ = process::kill_process(process::getpid(), Signal::STOP);
        }
    }

    /// Whether a shell with jobs looks after us: POSIX' «the process group is not orphaned», seen up
    /// the line of our own parents.
    fn is_watched() -> bool {
        let mut stat = fs::read_to_string("/proc/self/stat");
        for _ in 0..PARENTS_MAX {
            let Some(own) = stat.ok().as_deref().and_then(Place::parse) else {
                return false;
            };
            let above = fs::read_to_string(format!("/proc/{}/stat", own.parent));
            match above.as_deref().ok().and_then(Place::parse) {
                Some(parent) if parent.session != own.session => return false,
                Some(parent) if parent.group != own.group => return true,
                Some(_) => stat = above,
                None => return false,
            }
        }
        false
    }

    /// Where a process stands among the others.
    #[derive(Debug, PartialEq, Eq)]
    struct Place {
        parent: u32,
        group: u32,
        session: u32,
    }

    impl Place {
        /// From `/proc/ID/stat`: the name may have brackets and spaces in it, its end is the last bracket.
        fn parse(stat: &str) -> Option<Self> {
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
            let mut number = || fields.next()?.parse().ok();
            Some(Self {
                parent: number()?,
                group: number()?,
                session: number()?,
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_name_with_brackets_hides_nothing() {
            let stat = "4242 (lime) 1 2 (x) S 17 4240 1701 34816 4240 4194560 0";
            let place = Place {
                parent: 17,
                group: 4240,
                session: 1701,
            };
            assert_eq!(Place::parse(stat), Some(place));
            assert_eq!(Place::parse("4242 (lime) S 17"), None);
            assert_eq!(Place::parse(""), None);
        }
    }
}

/// There are no jobs here.
#[cfg(not(target_os = "linux"))]
pub fn watch(_hear: impl FnMut(Job) + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// There are no jobs here.
#[cfg(not(target_os = "linux"))]
pub fn ask_to_stop() {}

/// There are no jobs here.
#[cfg(not(target_os = "linux"))]
pub fn stop(_before: impl FnOnce()) {}
