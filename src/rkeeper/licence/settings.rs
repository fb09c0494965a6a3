//! What a site must tell of its licence.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use secrecy::SecretString;

use crate::http::ChannelSettings;

use super::token::{Token, TokenStore};

/// Product of a subscription for twelve months. Public; the vendor's page on the subscription.
pub const TWELVE_MONTHS: &str = "655cee55-7bcd-4826-b6e0-a8ccf2017ef3";
/// Product of a subscription for one month. Public; the same page.
pub const ONE_MONTH: &str = "4458d8b1-0019-4025-8c7a-60a83ad64b66";

/// Which kind of licence a site has.
#[derive(Clone, Debug, Default)]
pub enum Kind {
    /// Bought once: the key for writing orders in the restaurant's properties.
    #[default]
    Lifetime,
    /// Bought for a time; requests that pay carry it.
    Subscription(Box<Subscription>),
}

/// A subscription.
#[derive(Clone)]
pub struct Subscription {
    /// GUID of the product: [`TWELVE_MONTHS`], [`ONE_MONTH`], or a developer's own.
    pub product: String,
    /// The restaurant's code, nine digits; `None`: r_keeper is asked.
    pub restaurant_code: Option<String>,
    /// Where the token comes from.
    pub token: TokenSource,
    /// How r_keeper's word for its count is read.
    pub resume: Resume,
    /// So many days before the end somebody is told.
    pub warn_days: u16,
    /// The till's local time.
    pub now: Now,
}

/// Gives the till's local time.
pub type Now = Arc<dyn Fn() -> DateTime + Send + Sync>;

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("product", &self.product)
            .field("restaurant_code", &self.restaurant_code)
            .field("token", &self.token)
            .field("resume", &self.resume)
            .field("warn_days", &self.warn_days)
            .finish_non_exhaustive()
    }
}

/// Where a token comes from.
#[derive(Clone, Debug)]
pub enum TokenSource {
    /// It stands in the config.
    Given(Token),
    /// The vendor's licence server is asked.
    Server(ServerSettings),
}

/// The vendor's licence server. `Debug` hides the secrets.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The way to it.
    pub channel: ChannelSettings,
    /// Path of the call.
    pub path: String,
    /// Login that the site's dealer gave.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The developer's own token.
    pub integration_token: SecretString,
    /// From connect to the last byte.
    pub timeout: Duration,
    /// Where an answer is kept until it ends.
    pub store: Arc<dyn TokenStore>,
}

/// What `GetXMLLicenseInstanceSeqNumber` names. Public clients disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// The last number that r_keeper took. It fits the texts of errors 5305 and 5310.
    #[default]
    Next,
    /// The number that it takes next.
    Same,
}

impl Resume {
    /// The number for the next request.
    pub const fn number_after(self, named: u64) -> u64 {
        match self {
            Self::Next => named.saturating_add(1),
            Self::Same => named,
        }
    }
}
