//! What must be known of a till before it can be asked anything.

use std::time::Duration;

use secrecy::SecretString;

use crate::domain::AccountKind;
use crate::http::ChannelSettings;

use super::form::CommandForm;
use super::licence::settings::Kind;

/// Path of the XML interface on every cash server.
pub const DEFAULT_PATH: &str = "/rk7api/v0/xmlinterface.xml";

/// How to reach and use the till's cash server. `Debug` hides the password.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a site"
)]
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address, certificate pins, proxy.
    pub channel: ChannelSettings,
    /// Usually [`DEFAULT_PATH`].
    pub path: String,
    /// Name of an r_keeper employee with the right «HTTP access». ASCII is known to work.
    pub user: String,
    /// That employee's password.
    pub password: SecretString,
    /// Code of the station that prints the receipt.
    pub station_code: String,
    /// Code of the employee who is named as the cashier of the payment.
    pub cashier_code: String,
    /// Part payments, as prepayments, are allowed at this site.
    pub part_payments: bool,
    /// Code of the reason that a prepayment needs (`DEPOSITCOLLECTREASONS`), where the site has one.
    pub prepay_reason: Option<String>,
    /// A part that one account pays is written in two steps; the others in one.
    pub two_step_part_payments: bool,
    /// Payments are made in two requests: r_keeper prints a receipt of intent before each.
    pub intent_receipts: bool,
    /// Code of the reason to take a receipt of intent back with (`ORDERVOIDS`), where the site has one.
    pub intent_void_reason: Option<String>,
    /// What may be taken back, and in whose name.
    pub take_back: TakeBack,
    /// The licence for writing.
    pub licence: Kind,
    /// Which r_keeper currency stands for which kind of account.
    pub currencies: Currencies,
    /// The groups of dishes are read, as accounts may pay some dishes only.
    pub read_menu: bool,
    /// How long a lock is taken for; rounded up to seconds, less than a day.
    pub lock_for: Duration,
    /// A lock is taken in the station's name. Without it r_keeper takes it in the cash server's own,
    /// and a till that is refused is told nothing of ours (seen on 7.26.8).
    pub lock_with_station: bool,
    /// Bills are paid as a whole where this r_keeper knows no locks.
    pub pay_without_lock: bool,
    /// The element that commands are sent in.
    pub command_form: CommandForm,
    /// From connect to the last byte, for everything but a payment; 10 s are usual.
    pub read_timeout: Duration,
    /// The same for a payment, which prints a receipt: 60 to 90 s.
    pub pay_timeout: Duration,
}

/// What the site lets this program take back over the interface. `Debug` hides the password.
#[derive(Clone, Debug, Default)]
pub struct TakeBack {
    /// Receipts may be annulled.
    pub undo_receipt: bool,
    /// Prepayments may be removed.
    pub remove_prepayments: bool,
    /// Code of the manager in whose name it is done.
    pub manager_code: Option<String>,
    /// That manager's password, for receipts. It travels in clear inside the request, and so is put
    /// into it only when it is sent.
    pub manager_password: SecretString,
    /// Code of the reason to annul a receipt (`ORDERVOIDS` with the flag for it).
    pub undo_reason: Option<String>,
}

/// Codes of r_keeper currencies by kind of account; `None`: that kind cannot pay at this till.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Currencies {
    /// For [`AccountKind::Money`].
    pub money: Option<String>,
    /// For [`AccountKind::Bonus`].
    pub bonus: Option<String>,
    /// For [`AccountKind::Credit`].
    pub credit: Option<String>,
}

impl Currencies {
    /// The currency that stands for a kind of account.
    pub fn of(&self, kind: AccountKind) -> Option<&str> {
        match kind {
            AccountKind::Money => self.money.as_deref(),
            AccountKind::Bonus => self.bonus.as_deref(),
            AccountKind::Credit => self.credit.as_deref(),
            AccountKind::Other => None,
        }
    }

    /// The currencies that this till pays in, each once.
    pub fn codes(&self) -> Vec<&str> {
        let all = [&self.money, &self.bonus, &self.credit];
        let mut codes: Vec<&str> = all.into_iter().filter_map(|own| own.as_deref()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Whether this till pays in the currency with that code.
    pub fn has(&self, code: &str) -> bool {
        self.codes().contains(&code)
    }
}
