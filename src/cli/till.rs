//! What the commands need from the program.

use jiff::{Timestamp, ZonedDateTime};

use crate::domain::{Notation, Pin};
use crate::payment::lookback::Looked;
use crate::payment::orphan::Orphan;
use crate::payment::ports::{Pos, Wallet};
use crate::payment::reason::Problem;
use crate::payment::record::PaymentRecord;
use crate::payment::refund::{RefundId, RefundRequest};
use crate::payment::sale::{By, PaymentId, PaymentRequest};
use crate::payment::state::Decision;
use crate::payment::statement::Statements;
use crate::payment::view::{InDoubt, PaymentView};
use crate::reports::Labels;

use super::sign::People;

/// The journal and the names for reports; needs no server.
pub trait Books {
    /// Every payment to which anything happened since then, oldest first.
    fn payments(&self, since: Timestamp) -> Result<Vec<PaymentRecord>, Problem>;
    /// One payment.
    fn payment(&self, id: PaymentId) -> Result<Option<PaymentRecord>, Problem>;
    /// What looking back found and nobody settled yet.
    fn orphans(&self) -> Result<Vec<Orphan>, Problem>;
    /// How the site writes UIDs.
    fn notation(&self) -> Notation;
    /// Names for the reports.
    fn labels(&self) -> &Labels;
    /// The time with the till's zone.
    fn now(&self) -> ZonedDateTime;
    /// The people of the site.
    fn people(&self) -> &dyn People;
    /// The wallet's own reports; `None` where the site's wallet has none. `Err`: the settings do
    /// not do for asking.
    fn statements(&self) -> Result<Option<Box<dyn Statements>>, Problem>;
}

/// A till: the journal and both servers.
pub trait Till: Books {
    /// r_keeper.
    fn pos(&self) -> &dyn Pos;
    /// Lime.
    fn wallet(&self) -> &dyn Wallet;
    /// The PIN of the so-and-so-many-th guest who is asked: from the environment
    /// ([`ENV_GUEST_PIN`](super::guest_pin::ENV_GUEST_PIN)), else typed unseen. `None`: there is none.
    fn guest_pin(&self, guest: usize, prompt: &str) -> Option<Pin>;
    /// Pays, and comes back when the payment is at rest or parked. `Err`: nothing was sent.
    fn pay(&mut self, request: PaymentRequest) -> Result<PaymentView, Problem>;
    /// Gives money of a payment back; comes back when the refund is at rest, parked, or left to a
    /// person. `Err`: nothing was sent.
    fn refund(&mut self, request: RefundRequest) -> Result<PaymentView, Problem>;
    /// A person decides about a payment, or about a refund of it. `NothingToDecide` where something
    /// else is in doubt by now than was `seen`: the same word would mean another thing.
    fn decide(
        &mut self,
        payment: PaymentId,
        refund: Option<RefundId>,
        seen: InDoubt,
        decision: Decision,
    ) -> Result<PaymentView, Problem>;
    /// Takes up every payment that is not at rest; answers with how they stand then.
    fn recover(&mut self) -> Result<Vec<PaymentView>, Problem>;
    /// Asks both servers what this till did lately; `None` where the config does not want it.
    fn look_back(&mut self) -> Result<Option<Looked>, Problem>;
    /// A person knows of an orphan. `NothingToDecide` where there is none.
    fn settle_orphan(
        &mut self,
        payment: PaymentId,
        by: &By,
        reason: &str,
    ) -> Result<Orphan, Problem>;
}
