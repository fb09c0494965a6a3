//! Faults that can be ordered through the control API, and the endpoints they may be ordered for.

use serde::{Deserialize, Serialize};

/// Most faults that may wait at once.
pub(super) const FAULTS_MAX: usize = 1_000;
/// Longest pause of `delay`, `hang_before` and `hang_after`, and between two bytes of `drip`.
pub(super) const PAUSE_MS_MAX: u64 = 600_000;
/// Pause where none is given.
pub(super) const PAUSE_MS_DEFAULT: u64 = 100;
/// How long a server sits on a request where no time is given.
pub(super) const HANG_MS_DEFAULT: u64 = 30_000;

/// Commands of the r_keeper stand-in.
pub(super) const RKEEPER_COMMANDS: [&str; 22] = [
    "GetFunctions",
    "GetSystemInfo",
    "GetSystemInfo2",
    "GetOrderList",
    "GetOrderList2",
    "GetOrder",
    "LockOrder",
    "CalcOrder2",
    "CalcOrder3",
    "PayOrder",
    "IntentPayOrder",
    "CorrectIntentReceipt",
    "SaveOrder",
    "TerminalAuthStart2",
    "TerminalAuthPay2",
    "TerminalAuthError2",
    "DeleteReceiptPayments",
    "UndoReceipt",
    "GetReceiptList",
    "GetRefData",
    "CheckLicense",
    "GetXMLLicenseInstanceSeqNumber",
];

/// The licence server of r_keeper's vendor.
pub(super) const LICENCE_SERVER: &str = "licence.GetLicenseIdByAnchor";

/// Methods of the Lime stand-in, as controller and method.
pub(super) const LIME_METHODS: [(&str, &str); 16] = [
    ("CashdeskServer", "GetCardInfo"),
    ("ClientManagement", "GetCardInfoByCardUid"),
    ("ClientManagement", "GetCardInfoByCardCode"),
    ("ClientManagement", "CheckPin"),
    ("ClientManagement", "GetClientInfoByCardUid"),
    ("ClientManagement", "GetRights"),
    ("CashdeskServer", "GetShift"),
    ("CashdeskServer", "OpenShift"),
    ("CashdeskServer", "GetServerCurrentTime"),
    ("CashdeskServer", "GetNextCheckId"),
    ("CashdeskServer", "PutCheck"),
    ("CashdeskServer", "GetCheck"),
    ("CashdeskServer", "GetChecks"),
    ("Installations", "Select"),
    ("Cashdesks", "Select"),
    ("GoodTypes", "Select"),
];

/// Where Lime gives out tokens.
pub(super) const LIME_TOKEN: &str = "lime.token";

/// Calls of the server of holds.
pub(super) const HOLDS_CALLS: [&str; 10] = [
    "holds.capabilities",
    "holds.lookup",
    "holds.operations",
    "holds.operation",
    "holds.reserve",
    "holds.commit",
    "holds.release",
    "holds.reverse",
    "holds.history",
    "holds.sales",
];

/// The name of a Lime method in counters and faults: the bare method, with its controller where
/// the method alone says nothing (`Installations.Select`).
pub(super) fn lime_name(controller: &str, method: &str) -> String {
    if method == "Select" {
        format!("lime.{controller}.{method}")
    } else {
        format!("lime.{method}")
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultKind {
    /// Nothing is done; the answer is the error named by `arg` (code of Lime, number of r_keeper).
    Refuse,
    /// Nothing is done; the connection is closed without an answer.
    LoseRequest,
    /// Done; the connection is closed without an answer.
    LoseReply,
    /// Done `arg` milliseconds later, whether the client still waits or not.
    Delay,
    /// Done twice; the first answer is given.
    Duplicate,
    /// Nothing is done; HTTP 500, another status of the server's or of a proxy's by `arg` (`504`), or the
    /// error that `arg` names, as in [`FaultKind::Refuse`].
    ErrorBefore,
    /// Done; the answer as in [`FaultKind::ErrorBefore`].
    ErrorAfter,
    /// Done; the answer is rubbish with HTTP 200.
    Garbage,
    /// Done; half of the answer without a length, then the connection is closed.
    CutBody,
    /// Nothing is done; a web page with HTTP 200.
    Html,
    /// Counted, then nothing for `arg` milliseconds; then done, but only if the client still waits.
    HangBefore,
    /// Done at once; the answer comes `arg` milliseconds later.
    HangAfter,
    /// Done; the answer's body comes one byte every `arg` milliseconds.
    Drip,
}

/// An ordered fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fault {
    /// `lime.PutCheck`, `rkeeper.PayOrder`, `lime.*`, `rkeeper.*`.
    pub at: String,
    pub kind: FaultKind,
    /// How many requests are still to be hit.
    pub count: u32,
    /// Error code, number or milliseconds, by kind.
    pub arg: Option<String>,
}

impl Fault {
    /// Whether a request named `at` is hit.
    pub fn hits(&self, at: &str) -> bool {
        self.at == at
            || self
                .at
                .strip_suffix('*')
                .is_some_and(|server| at.starts_with(server))
    }

    /// `arg` as the status of a server that failed.
    pub fn status(&self) -> Option<u16> {
        let given = self.arg.as_deref()?.parse().ok();
        given.filter(|status| (500..600).contains(status))
    }

    /// `arg` as milliseconds.
    pub fn pause_ms(&self) -> u64 {
        let given = self.arg.as_deref().and_then(|arg| arg.parse().ok());
        let default = match self.kind {
            FaultKind::HangBefore | FaultKind::HangAfter => HANG_MS_DEFAULT,
            FaultKind::Refuse
            | FaultKind::LoseRequest
            | FaultKind::LoseReply
            | FaultKind::Delay
            | FaultKind::Duplicate
            | FaultKind::ErrorBefore
            | FaultKind::ErrorAfter
            | FaultKind::Garbage
            | FaultKind::CutBody
            | FaultKind::Html
            | FaultKind::Drip => PAUSE_MS_DEFAULT,
        };
        given.unwrap_or(default).min(PAUSE_MS_MAX)
    }
}

/// Whether a fault may be ordered there.
pub(super) fn is_known_place(at: &str) -> bool {
    matches!(
        at,
        "lime.*" | "rkeeper.*" | "holds.*" | LICENCE_SERVER | LIME_TOKEN
    ) || HOLDS_CALLS.contains(&at)
        || at
            .strip_prefix("rkeeper.")
            .is_some_and(|command| RKEEPER_COMMANDS.contains(&command))
        || LIME_METHODS
            .iter()
            .any(|&(controller, method)| lime_name(controller, method) == at)
}
