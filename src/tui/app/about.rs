//! What support asks first.

use super::super::msg::Effect;
use super::{App, Layer};

/// Which program this is, and where it keeps its things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// System and processor that it was built for: `linux x86_64`.
    pub target: String,
    /// What was built in beyond the ordinary: `pcsc`, `legacy-tls`.
    pub features: Vec<&'static str>,
    /// The config file; empty: there is none.
    pub config: String,
    /// Folder of journal and log.
    pub folder: String,
}

impl App {
    /// F2 in the help.
    pub(super) fn open_about(&mut self) -> Vec<Effect> {
        self.layers.push(Layer::About { scroll: 0 });
        vec![]
    }
}
