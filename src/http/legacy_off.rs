//! In place of `legacy.rs` where the program is built without `legacy-tls`: there is no such way.

use reqwest::{Request, Response, Url};

use super::channel::ChannelSettings;
use super::error::{CallError, ChannelError};

/// Nobody has one.
#[derive(Clone, Debug)]
pub(super) enum Legacy {}

impl Legacy {
    pub fn new(_settings: &ChannelSettings) -> Result<Self, ChannelError> {
        Err(ChannelError::NoLegacyTls)
    }

    #[expect(clippy::unused_async, reason = "the other one waits")]
    pub async fn execute(&self, _request: Request) -> Result<(Response, ()), CallError> {
        match *self {}
    }
}

#[expect(clippy::unused_async, reason = "the other one waits")]
pub(super) async fn look(_settings: &ChannelSettings, _url: &Url) -> Result<Vec<u8>, String> {
    Err(ChannelError::NoLegacyTls.to_string())
}
