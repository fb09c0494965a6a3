//! The system's wish that the program ends: SIGTERM, SIGHUP, SIGINT; on Windows the console's
//! close, log-off and shutdown.

use std::future::pending;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

/// A loop that hangs (its terminal is gone, its output is blocked) gets that long to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// Calls `wish` once when the system wants the end. If the process still lives a moment later,
/// `last` is called and the process ends with `code`: the journal alone must be enough, and is.
pub fn watch(
    wish: impl FnOnce() + Send + 'static,
    last: impl FnOnce() + Send + 'static,
    code: i32,
) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let asked = runtime.block_on(async { Signals::new() })?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(asked.wait());
            tracing::info!("the system wants the program to end");
            wish();
            thread::sleep(GRACE);
            last();
            std::process::exit(code);
        })?;
    Ok(())
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
        ]))
    }

    async fn wait(mut self) {
        let [terminate, hangup, interrupt] = &mut self.0;
        let got = tokio::select! {
            got = terminate.recv() => got,
            got = hangup.recv() => got,
            got = interrupt.recv() => got,
        };
        if got.is_none() {
            pending::<()>().await;
        }
    }
}

#[cfg(windows)]
struct Signals {
    close: tokio::signal::windows::CtrlClose,
    log_off: tokio::signal::windows::CtrlLogoff,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_close, ctrl_logoff, ctrl_shutdown};
        Ok(Self {
            close: ctrl_close()?,
            log_off: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    async fn wait(mut self) {
        let got = tokio::select! {
            got = self.close.recv() => got,
            got = self.log_off.recv() => got,
            got = self.shutdown.recv() => got,
        };
        if got.is_none() {
            pending::<()>().await;
        }
    }
}
