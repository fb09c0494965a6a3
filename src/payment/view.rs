//! What a screen or a script may know of a payment. The words «paid» and «not charged» exist here
//! only for payments at rest.

use jiff::Timestamp;

use crate::domain::{AccountId, CardEntry, Money, OrderGuid, Uid};

use super::reason::{Problem, Reason};
use super::sale::{By, PaymentId};

// What a screen answers with, beside what it may know.
pub use super::refund::{RefundId, RefundRequest};
pub use super::state::{Decision, Verdict};

/// Where a payment stands, as one word for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Under way in front of the cashier.
    Working,
    /// At rest: every leg debited, r_keeper closed the order by our payment.
    Paid,
    /// At rest: no leg is debited (or every debit was given back), r_keeper not paid by us.
    Refused,
    /// Not known yet; the program goes on asking.
    Unknown,
    /// Not known, and asking did not help so far.
    NeedsManager,
}

impl Standing {
    /// The `state` of the JSON answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Paid => "paid",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NeedsManager => "needs_manager",
        }
    }

    /// Nothing more will happen by itself.
    pub const fn is_rest(self) -> bool {
        match self {
            Self::Paid | Self::Refused => true,
            Self::Working | Self::Unknown | Self::NeedsManager => false,
        }
    }
}

/// What the program is doing right now, for the progress line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Asking r_keeper to lock and recalculate the order.
    CheckingOrder,
    /// Somebody else has the order: it is tried again shortly.
    WaitingForOrder,
    /// The common shift of r_keeper is closing: the order is tried again shortly.
    WaitingForShift,
    /// Debiting the accounts (or holding the money).
    Debiting,
    /// Asking Lime whether the debit went through.
    AskingLime,
    /// Paying the order in r_keeper; a receipt may be printing.
    Paying,
    /// Asking r_keeper whether the payment went through.
    AskingRkeeper,
    /// Making the reservation final.
    Confirming,
    /// Giving the money back.
    GivingBack,
    /// At rest, or waiting for a person.
    Finished,
}

impl Step {
    /// The last part of its locale key `step.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CheckingOrder => "checking_order",
            Self::WaitingForOrder => "waiting_for_order",
            Self::WaitingForShift => "waiting_for_shift",
            Self::Debiting => "debiting",
            Self::AskingLime => "asking_lime",
            Self::Paying => "paying",
            Self::AskingRkeeper => "asking_rkeeper",
            Self::Confirming => "confirming",
            Self::GivingBack => "giving_back",
            Self::Finished => "finished",
        }
    }
}

/// What is known of one leg's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LegState {
    /// Nothing was sent for it.
    Waiting,
    /// The debit was sent; no answer yet, or none that says what happened.
    Asking,
    /// Debited (or held); r_keeper is not settled yet.
    Debited,
    /// Debited for good, the order is paid by it.
    Paid,
    /// Being given back.
    GivingBack,
    /// Was debited and given back.
    GivenBack,
    /// Surely not debited.
    NotCharged,
}

impl LegState {
    /// The `state` of a leg in the JSON answers, and the last part of its locale key `leg.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Asking => "asking",
            Self::Debited => "debited",
            Self::Paid => "paid",
            Self::GivingBack => "giving_back",
            Self::GivenBack => "given_back",
            Self::NotCharged => "not_charged",
        }
    }
}

/// One leg on a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegView {
    /// 1, 2, …
    pub number: u32,
    /// What of it is, or may be, back at the account by refunds.
    pub refunded: Money,
    /// The card; masked wherever it is printed, revealed only in the command line's JSON.
    pub uid: Uid,
    /// The number printed on the card.
    pub card_number: Option<String>,
    /// How the card was named.
    pub entry: CardEntry,
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// Its part of the bill.
    pub amount: Money,
    /// What is known of the money.
    pub state: LegState,
    /// When the guest's PIN was found right, where the site asks for it.
    pub pin_checked_at: Option<Timestamp>,
}

/// What is in doubt about a payment or a refund that waits: what a person decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InDoubt {
    /// Whether Lime debited; nothing was sent to r_keeper.
    Debit,
    /// Debited; whether r_keeper took the payment.
    Pay,
    /// r_keeper took it; whether Lime made the debit final.
    Confirm,
    /// Not paid in r_keeper; whether Lime gave the debit back.
    GiveBack,
    /// Whether Lime booked the return of a refund.
    Return,
    /// The refund's money is back; whether r_keeper shows it.
    Annul,
    /// The refund's money is back; whether somebody put r_keeper right.
    ByHand,
}

impl InDoubt {
    /// All, in the order in which a payment and its refund come to them.
    pub const ALL: [Self; 7] = [
        Self::Debit,
        Self::Pay,
        Self::Confirm,
        Self::GiveBack,
        Self::Return,
        Self::Annul,
        Self::ByHand,
    ];

    /// Its word for scripts, and the middle of its locale keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Pay => "pay",
            Self::Confirm => "confirm",
            Self::GiveBack => "give_back",
            Self::Return => "return",
            Self::Annul => "annul",
            Self::ByHand => "by_hand",
        }
    }
}

/// Names under which the servers know a payment, for whoever looks there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The lock taken in r_keeper.
    pub lock: String,
    /// Lime's id of the return of an aborted payment, once known.
    pub give_back: Option<String>,
    /// The line that r_keeper began for a part payment.
    pub line: Option<String>,
}

/// A payment on a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// Names it.
    pub id: PaymentId,
    /// The order in r_keeper.
    pub order: OrderGuid,
    /// As the waiters see it.
    pub order_name: String,
    /// What it pays.
    pub total: Money,
    /// What it leaves to the till; above zero for a part payment.
    pub rest: Money,
    /// Who asked for it, where the site has operators.
    pub by: By,
    /// When the cashier asked for it.
    pub started_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// What is being done.
    pub step: Step,
    /// The legs in order.
    pub legs: Vec<LegView>,
    /// Number of r_keeper's receipt, once known.
    pub check_num: Option<String>,
    /// Lime's check id, once known.
    pub lime_check: Option<String>,
    /// What stands in the way, or why it was refused; on paid ones what r_keeper said of the receipt's
    /// printing, see [`receipt_warning`](Self::receipt_warning).
    pub problem: Option<Problem>,
    /// Asked without a definite answer so far.
    pub tries: u32,
    /// Seconds that the cashier still waits in front of the guest before the payment is parked.
    pub seconds_left: Option<u64>,
    /// What a person may decide about it now.
    pub may_say: Vec<Verdict>,
    /// What he decides about.
    pub in_doubt: Option<InDoubt>,
    /// Where to find it on the servers.
    pub references: References,
    /// What was given back of it, oldest first.
    pub refunds: Vec<RefundView>,
}

impl PaymentView {
    /// What r_keeper said of the receipt's printing though the order is paid, in its own words:
    /// «Заканчивается бумага» is no failed printer.
    pub fn receipt_warning(&self) -> Option<&str> {
        let problem = self.problem.as_ref()?;
        let warned = self.standing == Standing::Paid && problem.reason == Reason::PrinterFailed;
        (warned && !problem.detail.is_empty()).then_some(problem.detail.as_str())
    }

    /// What a person may settle of the payment itself, or of that refund of it.
    pub fn in_doubt_of(&self, refund: Option<RefundId>) -> Option<InDoubt> {
        match refund {
            None => self.in_doubt,
            Some(id) => {
                let refund = self.refunds.iter().find(|refund| refund.id == id);
                refund.and_then(|refund| refund.in_doubt)
            }
        }
    }

    /// Whether somebody must look at it: its outcome, or a refund's, is not known, or a refund is
    /// left to a person.
    pub fn concern(&self) -> Option<Concern> {
        let own = match self.standing {
            Standing::NeedsManager => Some(Concern::NeedsManager),
            Standing::Unknown => Some(Concern::Unknown),
            Standing::Working | Standing::Paid | Standing::Refused => None,
        };
        let of_refunds = self
            .refunds
            .iter()
            .filter_map(|refund| refund.standing.concern());
        own.into_iter().chain(of_refunds).max()
    }

    /// How much of it somebody must look at: all of it, or the refunds that need it.
    pub fn concern_sum(&self) -> Money {
        if !self.standing.is_rest() {
            return self.total;
        }
        let refunds = self.refunds.iter();
        let needed = refunds.filter(|refund| refund.standing.needs_a_person());
        Money::total(needed.map(|refund| refund.total)).unwrap_or(Money::CEILING)
    }

    /// The program itself has something to ask about it or its refunds.
    pub fn is_open(&self) -> bool {
        let unsettled = |refund: &RefundView| match refund.standing {
            RefundStanding::Working | RefundStanding::Unknown | RefundStanding::NeedsManager => {
                true
            }
            RefundStanding::Refunded | RefundStanding::ByHand | RefundStanding::Refused => false,
        };
        !self.standing.is_rest() || self.refunds.iter().any(unsettled)
    }

    /// Cards paid a part of the bill, and the till takes the rest.
    pub fn paid_a_part(&self) -> bool {
        self.standing == Standing::Paid && self.rest.is_positive()
    }

    /// What of it is, or may be, given back.
    pub fn refunded(&self) -> Money {
        Money::total(self.legs.iter().map(|leg| leg.refunded)).unwrap_or(Money::CEILING)
    }
}

/// Why a payment is on the list of what needs a person. The later, the more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concern {
    /// Money is right in Lime; r_keeper must be told by hand.
    ByHand,
    /// Not known yet; the program goes on asking.
    Unknown,
    /// Asking did not help so far.
    NeedsManager,
}

impl Concern {
    /// Its word for scripts, and the last part of its locale key `concern.<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Unknown => "unknown",
            Self::NeedsManager => "needs_manager",
        }
    }
}

/// Where a refund stands, as one word for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundStanding {
    /// Under way.
    Working,
    /// At rest: the money is back, and r_keeper shows it.
    Refunded,
    /// The money is back; somebody must tell r_keeper by hand.
    ByHand,
    /// At rest: nothing was given back.
    Refused,
    /// Not known yet; the program goes on asking.
    Unknown,
    /// Not known, and asking did not help so far.
    NeedsManager,
}

impl RefundStanding {
    /// The `state` of the JSON answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Refunded => "refunded",
            Self::ByHand => "by_hand",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NeedsManager => "needs_manager",
        }
    }

    /// Somebody must look at it.
    pub const fn needs_a_person(self) -> bool {
        self.concern().is_some()
    }

    const fn concern(self) -> Option<Concern> {
        match self {
            Self::ByHand => Some(Concern::ByHand),
            Self::Unknown => Some(Concern::Unknown),
            Self::NeedsManager => Some(Concern::NeedsManager),
            Self::Working | Self::Refunded | Self::Refused => None,
        }
    }
}

/// A refund on a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundView {
    /// Names it.
    pub id: RefundId,
    /// Number of the leg, and what goes back to its account.
    pub parts: Vec<(u32, Money)>,
    /// What goes back in all.
    pub total: Money,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// Who asked for it.
    pub operator: String,
    /// The manager who said yes to it.
    pub approver: Option<String>,
    /// Why.
    pub why: String,
    /// Where it stands.
    pub standing: RefundStanding,
    /// The money is surely back.
    pub returned: bool,
    /// Lime's id of the return check, once known.
    pub lime_check: Option<String>,
    /// What stands in the way, or why r_keeper is left to a person.
    pub problem: Option<Problem>,
    /// What a person may decide about it now.
    pub may_say: Vec<Verdict>,
    /// What he decides about.
    pub in_doubt: Option<InDoubt>,
    /// The lock for r_keeper.
    pub lock: String,
    /// An account had run out before its money came back.
    pub restored_expired: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of scripts and locales: changing one breaks somebody's script.
    #[test]
    fn words_stay_as_they_are() {
        let standings = [
            (Standing::Working, "working", false),
            (Standing::Paid, "paid", true),
            (Standing::Refused, "refused", true),
            (Standing::Unknown, "unknown", false),
            (Standing::NeedsManager, "needs_manager", false),
        ];
        for (standing, word, rests) in standings {
            assert_eq!((standing.word(), standing.is_rest()), (word, rests));
        }
        for (step, word) in [
            (Step::CheckingOrder, "checking_order"),
            (Step::WaitingForOrder, "waiting_for_order"),
            (Step::WaitingForShift, "waiting_for_shift"),
            (Step::Debiting, "debiting"),
            (Step::AskingLime, "asking_lime"),
            (Step::Paying, "paying"),
            (Step::AskingRkeeper, "asking_rkeeper"),
            (Step::Confirming, "confirming"),
            (Step::GivingBack, "giving_back"),
            (Step::Finished, "finished"),
        ] {
            assert_eq!(step.word(), word);
        }
        for (state, word) in [
            (LegState::Waiting, "waiting"),
            (LegState::Asking, "asking"),
            (LegState::Debited, "debited"),
            (LegState::Paid, "paid"),
            (LegState::GivingBack, "giving_back"),
            (LegState::GivenBack, "given_back"),
            (LegState::NotCharged, "not_charged"),
        ] {
            assert_eq!(state.word(), word);
        }
        let in_doubt = InDoubt::ALL.map(InDoubt::word);
        assert_eq!(
            in_doubt,
            [
                "debit",
                "pay",
                "confirm",
                "give_back",
                "return",
                "annul",
                "by_hand"
            ]
        );
    }

    /// A part is paid where the payment is and something is left for the till.
    #[test]
    fn a_part_is_paid_where_a_rest_is_left() {
        for (standing, rest, part) in [
            (Standing::Paid, 1, true),
            (Standing::Paid, 0, false),
            (Standing::Working, 1, false),
            (Standing::Refused, 1, false),
            (Standing::Unknown, 1, false),
            (Standing::NeedsManager, 1, false),
        ] {
            let shown = PaymentView {
                rest: Money::from_kopecks(rest),
                ..view(standing, &[])
            };
            assert_eq!(shown.paid_a_part(), part, "{standing:?} {rest}");
        }
    }

    /// What a refund's standing asks of people, and whether the program still has to ask.
    #[test]
    fn what_concerns_whom() {
        use Concern::{ByHand, NeedsManager, Unknown};
        for (standing, word, concern, open) in [
            (RefundStanding::Working, "working", None, true),
            (RefundStanding::Refunded, "refunded", None, false),
            (RefundStanding::ByHand, "by_hand", Some(ByHand), false),
            (RefundStanding::Refused, "refused", None, false),
            (RefundStanding::Unknown, "unknown", Some(Unknown), true),
            (
                RefundStanding::NeedsManager,
                "needs_manager",
                Some(NeedsManager),
                true,
            ),
        ] {
            assert_eq!(standing.word(), word);
            assert_eq!(standing.needs_a_person(), concern.is_some(), "{word}");
            let paid = view(Standing::Paid, &[(standing, 300)]);
            assert_eq!(paid.concern(), concern, "{word}");
            assert_eq!(paid.is_open(), open, "{word}");
            let sum = if concern.is_some() { 300 } else { 0 };
            assert_eq!(paid.concern_sum(), Money::from_kopecks(sum), "{word}");
            if let Some(concern) = concern {
                assert_eq!(concern.word(), word);
            }
        }
        // The most urgent one counts; of a payment that is not at rest all of it.
        let both = [
            (RefundStanding::NeedsManager, 300),
            (RefundStanding::ByHand, 200),
        ];
        let paid = view(Standing::Paid, &both);
        assert_eq!(paid.concern(), Some(NeedsManager));
        assert_eq!(paid.concern_sum(), Money::from_kopecks(500));
        for (standing, concern, open) in [
            (Standing::Working, None, true),
            (Standing::Paid, None, false),
            (Standing::Refused, None, false),
            (Standing::Unknown, Some(Unknown), true),
            (Standing::NeedsManager, Some(NeedsManager), true),
        ] {
            let view = view(standing, &[]);
            assert_eq!(
                (view.concern(), view.is_open()),
                (concern, open),
                "{standing:?}"
            );
            let sum = if standing.is_rest() { 0 } else { 1_000 };
            assert_eq!(view.concern_sum(), Money::from_kopecks(sum), "{standing:?}");
        }
        assert_eq!(paid.refunded(), Money::from_kopecks(500));
    }

    /// A payment of two legs, with refunds by standing and kopecks.
    fn view(standing: Standing, refunds: &[(RefundStanding, i64)]) -> PaymentView {
        let leg = |number: u32, refunded: i64| LegView {
            number,
            refunded: Money::from_kopecks(refunded),
            uid: Uid::new("61366822").unwrap(),
            card_number: None,
            entry: CardEntry::Reader,
            account: AccountId(number.to_string()),
            account_name: String::new(),
            amount: Money::from_kopecks(500),
            state: LegState::Paid,
            pin_checked_at: None,
        };
        let sums: Vec<i64> = refunds.iter().map(|refund| refund.1).collect();
        let refund = |&(standing, kopecks): &(RefundStanding, i64)| RefundView {
            id: RefundId::new(),
            parts: vec![(1, Money::from_kopecks(kopecks))],
            total: Money::from_kopecks(kopecks),
            started_at: Timestamp::UNIX_EPOCH,
            operator: String::new(),
            approver: None,
            why: String::new(),
            standing,
            returned: false,
            lime_check: None,
            problem: None,
            may_say: vec![],
            in_doubt: None,
            lock: String::new(),
            restored_expired: false,
        };
        PaymentView {
            id: PaymentId::new(),
            order: OrderGuid("{G}".into()),
            order_name: "1".into(),
            total: Money::from_kopecks(1_000),
            rest: Money::ZERO,
            by: By::default(),
            started_at: Timestamp::UNIX_EPOCH,
            standing,
            step: Step::Finished,
            legs: vec![
                leg(1, sums.first().copied().unwrap_or_default()),
                leg(2, sums.get(1).copied().unwrap_or_default()),
            ],
            check_num: None,
            lime_check: None,
            problem: None,
            tries: 0,
            seconds_left: None,
            may_say: vec![],
            in_doubt: None,
            references: References::default(),
            refunds: refunds.iter().map(refund).collect(),
        }
    }
}
