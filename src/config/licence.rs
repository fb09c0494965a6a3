//! `[rkeeper.licence]`: how the site may write over r_keeper's interface.

use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// The licence for writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RkeeperLicence {
    /// Bought for ever or for a time.
    pub kind: LicenceKind,
    /// A word of [`PRODUCTS`] or a GUID.
    pub product: String,
    /// Nine digits; empty: r_keeper is asked.
    pub restaurant_code: String,
    /// The token; empty: the licence server is asked for it.
    pub token: Secret,
    /// Last day of the token that stands here, `2027-11-30`.
    pub token_expires: String,
    /// `https://host` of the licence server.
    pub url: String,
    /// Path of its call.
    pub path: String,
    /// `http://` in `url` is wanted.
    pub allow_plain_http: bool,
    /// `http://host:port` of a proxy; empty goes directly.
    pub proxy: String,
    /// Login that the site's dealer gave.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The developer's token.
    pub integration_token: Secret,
    /// Longest wait for its answer, in seconds.
    pub timeout_s: u64,
    /// How r_keeper's word for its count is read.
    pub resume: ResumeWord,
    /// So many days before its end the licence is spoken of.
    pub warn_days: u16,
}

impl Default for RkeeperLicence {
    fn default() -> Self {
        Self {
            kind: LicenceKind::Lifetime,
            product: TWELVE_MONTHS.into(),
            restaurant_code: String::new(),
            token: Secret::default(),
            token_expires: String::new(),
            url: "https://l.ucs.ru".into(),
            path: "/ls5api/api/License/GetLicenseIdByAnchor".into(),
            allow_plain_http: false,
            proxy: String::new(),
            user: String::new(),
            password: Secret::default(),
            integration_token: Secret::default(),
            timeout_s: 15,
            resume: ResumeWord::Next,
            warn_days: 30,
        }
    }
}

/// Word for a subscription of twelve months.
pub const TWELVE_MONTHS: &str = "12-months";
/// Word for a subscription of one month.
pub const ONE_MONTH: &str = "1-month";
/// What may be written for a product; anything else is its GUID.
pub const PRODUCTS: [&str; 2] = [TWELVE_MONTHS, ONE_MONTH];

/// Which kind of licence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LicenceKind {
    /// For ever.
    #[default]
    Lifetime,
    /// For a time.
    Subscription,
}

/// What r_keeper names when it is asked for its count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResumeWord {
    /// The last number taken.
    #[default]
    Next,
    /// The number that it takes next.
    Same,
}

impl RkeeperLicence {
    /// Keys that a subscription still needs.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        if self.kind == LicenceKind::Lifetime {
            return vec![];
        }
        let needed: &[(&'static str, bool)] = if self.token.is_set() {
            &[(
                "rkeeper.licence.token_expires",
                !self.token_expires.is_empty(),
            )]
        } else {
            &[
                ("rkeeper.licence.url", !self.url.is_empty()),
                ("rkeeper.licence.user", !self.user.is_empty()),
                ("rkeeper.licence.password", self.password.is_set()),
                (
                    "rkeeper.licence.integration_token",
                    self.integration_token.is_set(),
                ),
            ]
        };
        let absent = needed.iter().filter(|(_, there)| !there);
        absent.map(|(key, _)| *key).collect()
    }
}
