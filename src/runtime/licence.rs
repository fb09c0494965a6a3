//! r_keeper's licence for writing: from the config to the client, where its token is kept, and what
//! is said before it ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::ZonedDateTime;

use crate::config::licence::{self as own, LicenceKind, ResumeWord, RkeeperLicence};
use crate::http::{ChannelSettings, TlsProfile};
use crate::i18n::Texts;
use crate::payment::journal::seal::Sealer;
use crate::payment::journal::sqlite::KEY_FILE;
use crate::payment::ports::ReadError;
use crate::rkeeper::licence::Standing;
use crate::rkeeper::licence::settings::{
    Kind, ONE_MONTH, Resume, ServerSettings, Subscription, TWELVE_MONTHS, TokenSource,
};
use crate::rkeeper::licence::token::{Token, TokenStore, end_of};

use super::connect::secret;

/// Name of the token's file in the state folder.
const TOKEN_FILE: &str = "licence.token";
/// What the file is sealed for.
const PLACE: &str = "r_keeper licence token";
/// Between looks at a licence while the till's screen runs.
const LOOK_PAUSE: Duration = Duration::from_hours(6);

/// Asks how the licence stands.
pub type AskLicence = Arc<dyn Fn() -> Result<Standing, ReadError> + Send + Sync>;

/// A token beside the journal, sealed with its key: where there is no journal yet, nothing is kept.
#[derive(Debug)]
pub(super) struct SealedToken {
    /// State folder.
    pub folder: PathBuf,
    /// What is new is kept; `doctor` writes nothing.
    pub writes: bool,
}

impl SealedToken {
    fn sealer(&self) -> Option<Sealer> {
        Sealer::open(&self.folder.join(KEY_FILE), false).ok()
    }
}

impl TokenStore for SealedToken {
    fn load(&self) -> Option<Vec<u8>> {
        self.sealer()?.kept(&self.folder.join(TOKEN_FILE), PLACE)
    }

    fn save(&self, bytes: &[u8]) {
        if let Some(sealer) = self.sealer().filter(|_| self.writes)
            && let Err(error) = sealer.keep(&self.folder.join(TOKEN_FILE), PLACE, bytes)
        {
            tracing::warn!(%error, "the licence's token is not kept, and asked for again next time");
        }
    }
}

/// The licence as the client of r_keeper knows it.
pub(super) fn kind(config: &RkeeperLicence, timeout: Duration, store: SealedToken) -> Kind {
    if config.kind == LicenceKind::Lifetime {
        return Kind::Lifetime;
    }
    let product = match config.product.as_str() {
        own::TWELVE_MONTHS => TWELVE_MONTHS,
        own::ONE_MONTH => ONE_MONTH,
        guid => guid,
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let token = if config.token.is_set() {
        TokenSource::Given(Token {
            value: secret(&config.token),
            ends: end_of(&config.token_expires),
        })
    } else {
        TokenSource::Server(ServerSettings {
            channel: ChannelSettings {
                base: config.url.clone(),
                allow_plain_http: config.allow_plain_http,
                pins: vec![],
                proxy: text(&config.proxy),
                connect_timeout: timeout,
                tls: TlsProfile::Modern,
            },
            path: config.path.clone(),
            user: config.user.clone(),
            password: secret(&config.password),
            integration_token: secret(&config.integration_token),
            timeout: Duration::from_secs(config.timeout_s),
            store: Arc::new(store),
        })
    };
    Kind::Subscription(Box::new(Subscription {
        product: product.to_owned(),
        restaurant_code: text(&config.restaurant_code),
        token,
        resume: match config.resume {
            ResumeWord::Next => Resume::Next,
            ResumeWord::Same => Resume::Same,
        },
        warn_days: config.warn_days,
        now: Arc::new(|| ZonedDateTime::now().datetime()),
    }))
}

/// Looks at the licence now and then, on a thread of its own: nobody waits for the licence server.
/// Says what is to be said of it where that changed; ends once nobody listens to `say`, or where
/// there is nothing to look at.
pub(super) fn watch(ask: &AskLicence, texts: Texts, mut say: impl FnMut(String) -> bool) {
    let mut said = String::new();
    loop {
        match ask() {
            Ok(Standing::Lifetime) => return,
            Ok(standing) => {
                let words = words(&standing, texts).unwrap_or_default();
                if !words.is_empty() {
                    tracing::warn!(%words, "the licence");
                }
                if words != said && !say(words.clone()) {
                    return;
                }
                said = words;
            }
            Err(error) => tracing::warn!(problem = %error, "how the licence stands is not known"),
        }
        std::thread::sleep(LOOK_PAUSE);
    }
}

/// What is said of a licence that ends soon or has ended; `None` where all is well.
pub(super) fn words(standing: &Standing, texts: Texts) -> Option<String> {
    let Standing::Subscription {
        last_day: Some(day),
        days_left: Some(days),
        warn: true,
        ended,
        ..
    } = standing
    else {
        return None;
    };
    Some(if *ended {
        texts.fill("licence.ended", &[("day", day)])
    } else {
        texts.fill("licence.ends", &[("day", day), ("days", days)])
    })
}
