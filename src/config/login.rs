//! `[lime.login]`: a user of Lime instead of a key.

use serde::{Deserialize, Serialize};

use super::secret::Secret;

/// A login that brings tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimeLogin {
    /// Who logs in; empty: nobody, `lime.auth_value` is the key.
    pub user: String,
    /// His password.
    pub password: Secret,
    /// Where tokens are given out, from the server's root.
    pub path: String,
    /// Name of the program among Lime's clients.
    pub client_id: String,
    /// `scope` of the request; empty: none is sent.
    pub scope: String,
}

impl Default for LimeLogin {
    fn default() -> Self {
        Self {
            user: String::new(),
            password: Secret::default(),
            path: "/connect/token".into(),
            client_id: "Jade.Api".into(),
            scope: String::new(),
        }
    }
}

impl LimeLogin {
    /// Somebody logs in.
    pub const fn is_used(&self) -> bool {
        !self.user.is_empty()
    }
}
