//! The one thread that drives all sockets.

use std::future::Future;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// Runs an exchange to its end on the calling thread; sockets and timers are driven by the shared
/// thread. `None` where the system gives no thread.
pub(super) fn block_on<T>(exchange: impl Future<Output = T>) -> Option<T> {
    Some(handle()?.block_on(exchange))
}

fn handle() -> Option<&'static Handle> {
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("http")
                .enable_io()
                .enable_time()
                .build()
                .ok()
        })
        .as_ref()
        .map(Runtime::handle)
}

/// Lets something run on the shared thread. `None` where the system gives no thread.
pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Option<JoinHandle<()>> {
    Some(handle()?.spawn(task))
}
