//! The site's licence for writing over r_keeper's XML interface.
//!
//! Two kinds are sold. With a *lifetime* licence requests say nothing of it. With a *subscription*
//! `PayOrder` and `SaveOrder` (and no other command that is sent here) carry a `LicenseInfo`: which
//! product and restaurant, a token, and a number that r_keeper counts (`Ticket`). Sources: the
//! vendor's schemas of 7.26, its page on the subscription, and public client programs; they agree on
//! all of this.
//!
//! [`settings`] says what a site must tell, [`token`] how long a token lasts and where it is kept,
//! `server` asks the vendor for one, `info` writes what requests carry. Which number a request
//! has is not decided here: the payment's driver counts, and the journal remembers.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::civil::Date;
use secrecy::ExposeSecret as _;

use crate::http::{ChannelError, Hidden};
use crate::payment::ports::ReadError;
use crate::payment::reason::{Problem, Reason, Server};

use super::client::Rkeeper;

pub(super) mod info;
mod server;
pub mod settings;
pub mod token;

#[cfg(test)]
mod tests;

use self::info::Info;
use self::server::LicenceServer;
use self::settings::{Kind, Subscription, TokenSource};
use self::token::Token;

/// Digits of a restaurant's code, by which licences are bound.
const CODE_DIGITS: usize = 9;

/// The licence of a site, as the client uses it. `Debug` hides tokens.
#[derive(Debug)]
pub(super) enum Licence {
    /// Requests say nothing of it.
    Lifetime,
    /// Requests that pay carry it.
    Subscription(Box<Subscribed>),
}

/// A subscription with what was found out about it.
#[derive(Debug)]
pub(super) struct Subscribed {
    settings: Subscription,
    /// `None`: the token is given.
    server: Option<LicenceServer>,
    /// The restaurant's code as r_keeper told it.
    code: OnceLock<String>,
    /// The log has it that the licence ends soon.
    warned: OnceLock<()>,
    /// Never held while anybody is asked: every answer's words are freed of it.
    token: Mutex<Option<Token>>,
    /// Held while the licence server is asked for a token that there is none of.
    asking: Mutex<()>,
}

/// What is known of a site's licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// For ever.
    Lifetime,
    /// For a time.
    Subscription {
        /// `6:<product>#<restaurant>/17`
        anchor: String,
        /// The last day on which it counts; `None`: nobody said.
        last_day: Option<Date>,
        /// Whole days until then, below zero afterwards.
        days_left: Option<i64>,
        /// It ends soon, or has ended: somebody must look after it.
        warn: bool,
        /// It has ended: no payment is taken.
        ended: bool,
    },
}

impl Licence {
    pub(super) fn new(kind: &Kind) -> Result<Self, ChannelError> {
        let Kind::Subscription(settings) = kind else {
            return Ok(Self::Lifetime);
        };
        let server = match &settings.token {
            TokenSource::Given(_) => None,
            TokenSource::Server(server) => Some(LicenceServer::new(server)?),
        };
        Ok(Self::Subscription(Box::new(Subscribed {
            settings: (**settings).clone(),
            server,
            code: OnceLock::new(),
            warned: OnceLock::new(),
            token: Mutex::default(),
            asking: Mutex::default(),
        })))
    }

    pub(super) const fn counts(&self) -> bool {
        matches!(self, Self::Subscription(_))
    }

    /// The number that r_keeper takes next, after it named one.
    pub(super) fn number_after(&self, named: u64) -> u64 {
        match self {
            Self::Subscription(own) => own.settings.resume.number_after(named),
            Self::Lifetime => named,
        }
    }

    /// Hides what no answer's words may show.
    pub(super) fn hide(&self, hidden: &mut Hidden) {
        let Self::Subscription(own) = self else {
            return;
        };
        if let TokenSource::Given(token) = &own.settings.token {
            hidden.hide(token.value.expose_secret(), "***");
        }
        if let Some(token) = own.held().as_ref() {
            hidden.hide(token.value.expose_secret(), "***");
        }
        if let Some(server) = &own.server {
            server.hide(hidden);
        }
    }
}

impl Subscribed {
    fn held(&self) -> MutexGuard<'_, Option<Token>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token for the anchor: the given one, or the newest that is known; asked for where there is
    /// none that lasts. `renew`: also where it ends soon, which is worth a try and no more.
    fn token(&self, anchor: &str, renew: bool) -> Result<Token, Problem> {
        let now = (self.settings.now)();
        let server = match (&self.settings.token, &self.server) {
            (TokenSource::Given(token), _) => return Ok(token.clone()),
            (TokenSource::Server(_), Some(server)) => server,
            (TokenSource::Server(_), None) => return Err(missing("rkeeper.licence.url")),
        };
        let lasting = || {
            let mut held = self.held();
            if held.is_none() {
                *held = server.stored(anchor);
            }
            held.clone().filter(|token| !token.has_ended(now))
        };
        let asked = || {
            let token = server.ask(anchor)?;
            *self.held() = Some(token.clone());
            Ok(token)
        };
        match lasting() {
            // It still works, and no payment waits while somebody asks for a newer one.
            Some(token) if renew && token.ends_within(self.settings.warn_days, now) => {
                Ok(asked().unwrap_or(token))
            }
            Some(token) => Ok(token),
            None => {
                let _alone = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
                // Whoever waited has the answer that the other one got.
                lasting().map_or_else(asked, Ok)
            }
        }
    }
}

impl Rkeeper {
    /// What is known of the licence; asks the licence server where the token is about to end. Says
    /// nothing of how r_keeper itself sees it.
    pub fn licence(&self) -> Result<Standing, ReadError> {
        let Licence::Subscription(own) = self.own_licence() else {
            return Ok(Standing::Lifetime);
        };
        let standing = self.anchor(own).and_then(|anchor| {
            let token = own.token(&anchor, true)?;
            let now = (own.settings.now)();
            Ok(Standing::Subscription {
                anchor,
                last_day: token.last_day(),
                days_left: token.days_left(now),
                warn: token.ends_within(own.settings.warn_days, now),
                ended: token.has_ended(now),
            })
        });
        self.without_secrets(&[])
            .read(standing.map_err(ReadError::Failed))
    }

    /// What a request that pays carries; `None` with a lifetime licence. `Err` with `LicenceExpired`
    /// once it has ended.
    pub(super) fn licence_info(&self) -> Result<Option<Info>, Problem> {
        let Licence::Subscription(own) = self.own_licence() else {
            return Ok(None);
        };
        let anchor = self.anchor(own)?;
        let token = own.token(&anchor, false)?;
        let now = (own.settings.now)();
        if token.ends_within(own.settings.warn_days, now) && own.warned.set(()).is_ok() {
            let days_left = token.days_left(now);
            tracing::warn!(days_left, "r_keeper's licence for writing ends");
        }
        if token.has_ended(now) {
            let detail = token.last_day().map(|day| day.to_string());
            let detail = detail.unwrap_or_default();
            return Err(Problem::of(Server::Rkeeper, Reason::LicenceExpired, detail));
        }
        Ok(Some(Info {
            anchor,
            token: token.value,
        }))
    }

    fn anchor(&self, own: &Subscribed) -> Result<String, Problem> {
        let product = &own.settings.product;
        if let Some(code) = &own.settings.restaurant_code {
            return Ok(info::anchor(product, code));
        }
        if let Some(code) = own.code.get() {
            return Ok(info::anchor(product, code));
        }
        let told = self
            .system_info()
            .map_err(|error| error.problem().clone())?;
        let code = told.restaurant_code.unwrap_or_default();
        if code.len() != CODE_DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(missing("rkeeper.licence.restaurant_code"));
        }
        Ok(info::anchor(product, own.code.get_or_init(|| code)))
    }
}

fn missing(key: &str) -> Problem {
    Problem::own(Reason::ConfigIncomplete, key)
}
