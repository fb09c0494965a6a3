//! What a site must say about its server of holds.

use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;

use crate::domain::Notation;
use crate::http::ChannelSettings;
use crate::lime::AccountType;

/// One site's server of holds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The way to the server.
    pub channel: ChannelSettings,
    /// Path in front of `/v1`; empty: none.
    pub path: String,
    /// Header that carries the key: `Authorization`.
    pub auth_header: String,
    /// Whole value of that header: `Bearer …`.
    pub auth_value: SecretString,
    /// The server cannot hold: reserving takes the money at once.
    pub capture: bool,
    /// How long a hold lives. It must outlive the longest recovery of a payment.
    pub ttl: Duration,
    /// Names this till: whose operations are listed, and «station» of the server's reports.
    pub station: String,
    /// «Operator» of the server's reports.
    pub operator: String,
    /// The site's rules by account type; what a server says of types without rules stands.
    pub account_types: Vec<AccountType>,
    /// Show the guest's name.
    pub show_holder: bool,
    /// The site takes cards by their printed number.
    pub keyed_cards: bool,
    /// How the site's readers write UIDs: a card found by its number gets such a one.
    pub uid: Notation,
    /// The site's time zone: the server writes moments, the accounts know local times.
    pub time_zone: TimeZone,
    /// Longest time of a call that changes nothing.
    pub read_timeout: Duration,
    /// Longest time of a call that moves money.
    pub write_timeout: Duration,
}
