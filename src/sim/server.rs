//! The running stand-ins: one thread with a runtime of its own, three ports.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use thiserror::Error;
use tokio::sync::oneshot;

use super::front::{Shared, local_now};
use super::rkeeper::profile::{Habit, Version};
use super::scenario::{self, ScenarioError};
use super::store::{Store, StoreError};
use super::wire::{Wire, WireListener};
use super::world::World;
use super::{control, gateway, lime, rkeeper, till_config};

/// File in the state directory that fits the running stand-ins.
const CONFIG_NAME: &str = "config.toml";

/// Largest request that is read.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How to start.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Where the state lives; made if missing.
    pub state_dir: PathBuf,
    /// What to start with where there is no state yet; the built-in sample if `None`.
    pub scenario: Option<PathBuf>,
    /// Which r_keeper is played, where it is not the scenario's.
    pub version: Option<Version>,
    /// Habits of the site beside the scenario's.
    pub habits: Vec<Habit>,
    /// Address of the r_keeper stand-in; port 0 takes a free one.
    pub rkeeper: SocketAddr,
    /// Address of the Lime stand-in.
    pub lime: SocketAddr,
    /// Address of the control API.
    pub control: SocketAddr,
}

impl Default for SimOptions {
    /// The sample on free loopback ports, with the state in the current directory.
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            state_dir: PathBuf::from("."),
            scenario: None,
            version: None,
            habits: Vec::new(),
            rkeeper: free,
            lime: free,
            control: free,
        }
    }
}

/// Why the stand-ins do not start.
#[derive(Debug, Error)]
pub enum SimError {
    /// The scenario is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The stored state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A port cannot be opened.
    #[error("address {address} cannot be opened")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or directory cannot be made.
    #[error("{path} cannot be written")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No thread, no runtime.
    #[error("the stand-ins cannot run")]
    Run(#[from] io::Error),
}

/// A card of the scenario, for the demo's menu of cards to tap.
#[derive(Clone, PartialEq, Eq)]
pub struct SampleCard {
    /// What to call it.
    pub label: String,
    /// The UID in decimal.
    pub uid: String,
    /// The five bytes of an EM-Marine chip: one of the maker, four of the number, highest first.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for SampleCard {
    /// The label only: a UID has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampleCard")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// The running stand-ins. They end when this is dropped.
pub struct Sim {
    shared: Arc<Shared>,
    rkeeper: SocketAddr,
    lime: SocketAddr,
    control: SocketAddr,
    config_path: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sim {
    /// Opens the ports, resumes the state or loads the scenario, writes the till's config, and
    /// serves until dropped.
    ///
    /// # Errors
    /// Where something of that cannot be done; nothing runs then.
    pub fn start(options: SimOptions) -> Result<Self, SimError> {
        let state_dir = options.state_dir;
        std::fs::create_dir_all(&state_dir).map_err(|source| SimError::Write {
            path: state_dir.clone(),
            source,
        })?;
        let store = Store::open(&state_dir)?;
        let mut world = match store.load()? {
            Some(world) => world,
            None => scenario::load(options.scenario.as_deref(), local_now())?,
        };
        let profile = &mut world.till.profile;
        profile.version = options.version.unwrap_or(profile.version);
        profile.habits.extend(options.habits);
        store.save(&world)?;
        let rkeeper = bind(options.rkeeper)?;
        let lime = bind(options.lime)?;
        let control = bind(options.control)?;
        let addresses = (
            rkeeper.local_addr()?,
            lime.local_addr()?,
            control.local_addr()?,
        );
        let config_path = write_config(&state_dir, &world, addresses.0, addresses.1)?;
        let shared = Arc::new(Shared::new(world, store));
        let listeners = [
            (rkeeper, rkeeper::http::router(Arc::clone(&shared))),
            (
                lime,
                lime::http::router(Arc::clone(&shared))
                    .merge(gateway::http::router(Arc::clone(&shared))),
            ),
            (control, control::router(Arc::clone(&shared))),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("stand-ins".to_owned())
            .spawn(move || {
                runtime.block_on(serve(listeners, stopped));
                // Dropping the runtime drops every connection with it.
            })?;
        Ok(Self {
            shared,
            rkeeper: addresses.0,
            lime: addresses.1,
            control: addresses.2,
            config_path,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Base URL of the r_keeper stand-in.
    pub fn rkeeper_url(&self) -> String {
        url(self.rkeeper)
    }

    /// Base URL of the Lime stand-in, without `/api`.
    pub fn lime_url(&self) -> String {
        url(self.lime)
    }

    /// Base URL of the control API.
    pub fn control_url(&self) -> String {
        url(self.control)
    }

    /// A config file for a till that fits these stand-ins.
    pub fn config_path(&self) -> &Path {
        &self.config_path
    }

    /// The cards of the scenario.
    pub fn sample_cards(&self) -> Vec<SampleCard> {
        self.shared.look(|world| {
            let cards = world.resort.cards.iter();
            cards
                .filter_map(|card| {
                    let number: u32 = card.uid.parse().ok()?;
                    let mut bytes = vec![0];
                    bytes.extend(number.to_be_bytes());
                    Some(SampleCard {
                        label: card.label.clone(),
                        uid: card.uid.clone(),
                        bytes,
                    })
                })
                .collect()
        })
    }

    /// Ends the servers and closes the ports; every connection is cut.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that has ended already needs no word.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // Its panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn bind(address: SocketAddr) -> Result<TcpListener, SimError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|source| SimError::Bind { address, source })
}

fn write_config(
    state_dir: &Path,
    world: &World,
    rkeeper: SocketAddr,
    lime: SocketAddr,
) -> Result<PathBuf, SimError> {
    let path = state_dir.join(CONFIG_NAME);
    let text = till_config::text(world, &url(rkeeper), &url(lime));
    match std::fs::write(&path, text) {
        Ok(()) => Ok(path),
        Err(source) => Err(SimError::Write { path, source }),
    }
}

async fn serve(listeners: [(TcpListener, Router); 3], stopped: oneshot::Receiver<()>) {
    for (listener, router) in listeners {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => WireListener(listener),
            Err(error) => {
                tracing::error!(%error, "a stand-in cannot listen");
                return;
            }
        };
        let router = router.layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
        let service = router.into_make_service_with_connect_info::<Wire>();
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "a stand-in stopped");
            }
        });
    }
    // A dropped sender is as good as a word.
    let _ = stopped.await;
}
