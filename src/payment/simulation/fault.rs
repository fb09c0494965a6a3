//! Everything that can go wrong at the ports, by its number in the project's list of faults, with
//! its weight. B17 is a report from the field: two tills are given one number.
//!
//! Not here: F16 (a hold runs out) is one of the broken designs, sites must not have it; F19 and F21
//! (another sum, another unit) are for the clients' tests; F41, F44, F47 (a bad page, a second
//! program, an older file) for the journal's; F51, F52, F55, F56's terminal for the screen's. F57, the
//! guest leaves, is every course in which a payment is taken up later.

use super::rng::Rng;

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Reserve,
    Confirm,
    /// A return, of a payment or of a refund.
    Undo,
    Pay,
    Annul,
    Begin,
    Lock,
    /// A question to the wallet.
    AskWallet,
    /// A question to r_keeper.
    AskPos,
    /// r_keeper recalculates the order.
    Payable,
    /// A write of the journal.
    Journal,
    /// A pause.
    Pause,
    /// The screen is drawn.
    Screen,
    /// The cashier asks for a payment.
    Request,
    /// A request is written.
    Bytes,
}

use Place::{
    Annul, AskPos, AskWallet, Begin, Bytes, Confirm, Journal, Lock, Pause, Pay, Payable, Request,
    Reserve, Screen, Undo,
};

const SENT: &[Place] = &[Reserve, Confirm, Undo, Pay, Annul, Begin];
const CALLED: &[Place] = &[
    Reserve, Confirm, Undo, Pay, Annul, Begin, Lock, AskWallet, AskPos, Payable,
];
const POS: &[Place] = &[Pay, Annul, Begin, Lock, AskPos, Payable];
const ANYWHERE: &[Place] = &[
    Reserve, Confirm, Undo, Pay, Annul, Begin, Lock, AskWallet, AskPos, Payable, Pause,
];

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $number:literal $weight:literal $places:expr,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its number in the list of faults.
            pub(super) const fn number(self) -> &'static str {
                match self { $(Self::$name => $number,)* }
            }

            /// How often it is chosen among those that can strike at a place.
            const fn weight(self) -> u64 {
                match self { $(Self::$name => $weight,)* }
            }

            const fn places(self) -> &'static [Place] {
                match self { $(Self::$name => $places,)* }
            }
        }
    };
}

faults! {
    /// No connection; nothing left.
    NotConnected = "F1" 8 CALLED,
    /// The name cannot be resolved, the route is gone, for a while.
    RouteLost = "F2" 10 CALLED,
    RequestLost = "F3" 10 SENT,
    ReplyLost = "F4" 14 SENT,
    /// Executed long after the caller gave up.
    Delayed = "F5" 14 SENT,
    /// The answer comes after the caller gave up.
    LateReply = "F6" 4 SENT,
    /// Something between sends it twice and gives the second answer.
    Doubled = "F7" 6 SENT,
    /// Executed after what was sent next.
    Overtaken = "F8" 5 SENT,
    HalfBody = "F9" 4 SENT,
    /// A page of the network's own instead of the server.
    ForeignPage = "F10" 4 CALLED,
    /// «200» with an error inside that nobody knows; nothing happened.
    ErrorInside = "F11" 4 SENT,
    /// «500» after it was done.
    ErrorAfter = "F12" 4 SENT,
    TooManyRequests = "F13" 3 CALLED,
    Denied = "F14" 4 CALLED,
    /// The answer comes byte by byte.
    SlowDrip = "F15" 5 CALLED,
    /// Somebody else spends the money between look and debit.
    BalanceMoved = "F17" 5 &[Reserve],
    AccountBlocked = "F18" 5 &[Reserve],
    CommitRefused = "F20" 20 &[Confirm],
    /// The wallet takes no request with a name of a past day.
    NameTooOld = "F22" 4 &[Reserve, Undo],
    /// The wallet is restored from a copy and forgets what it never acknowledged.
    WalletForgets = "F23" 6 &[Pause, AskWallet],
    OrderChanged = "F24" 6 ANYWHERE,
    PaidElsewhere = "F25" 8 ANYWHERE,
    DeletedElsewhere = "F25" 3 ANYWHERE,
    LockedElsewhere = "F26" 6 &[Lock, Pay, Begin],
    SumMismatch = "F27" 4 &[Pay, Payable, Begin],
    LicenceRefused = "F28" 3 &[Pay, Annul, Begin],
    ShiftClosing = "F29" 4 &[Pay, Annul, Reserve, Undo],
    StationRestarts = "F30" 3 POS,
    /// Paid, and the receipt cannot be printed.
    PrinterFails = "F31" 6 &[Pay],
    /// An answer in another code page, an unknown attribute.
    StrangeAnswer = "F32" 4 POS,
    CertificateReplaced = "F33" 2 POS,
    /// A currency is disabled or renamed; some requests cannot even be written.
    CurrencyDisabled = "F34" 3 &[Pay, Payable, Bytes],
    /// The program ends right there, before or after.
    Killed = "F35" 7 &[
        Reserve, Confirm, Undo, Pay, Annul, Begin, Lock, AskWallet, AskPos, Payable, Journal,
        Pause, Screen,
    ],
    /// The power goes while a row is written.
    PowerCut = "F36" 5 &[Journal],
    /// The row may be on the disk; nobody knows.
    SyncFails = "F37" 5 &[Journal],
    DiskFull = "F38" 5 &[Journal],
    ReadOnlyDisk = "F39" 3 &[Journal],
    JournalMoved = "F40" 3 &[Journal],
    ClockJumps = "F42" 5 &[Pause, Journal, AskPos],
    Sleeps = "F43" 6 &[Pause],
    /// Something holds the file for a while.
    SlowDisk = "F45" 4 &[Journal],
    Panics = "F46" 3 &[Screen],
    /// One card twice in a split.
    DoubleTap = "F48" 3 &[Request],
    /// Another till pays the same order, or from the same accounts.
    OtherTill = "F49" 9 ANYWHERE,
    /// Two cards that lead to one account.
    SharedAccount = "F50" 6 &[Request],
    /// Enter is held down: the same payment is asked for again.
    EnterHeld = "F53" 6 &[Request],
    Escape = "F54" 8 &[Screen],
    /// The terminal is gone: pauses end at once.
    Hangup = "F56" 9 &[Pause],
    /// Another till was given the same name by the wallet, and used it.
    NameTaken = "B17" 4 &[Reserve, Undo],
}

/// What leaves the program in doubt, and what turns a payment meanwhile.
const STORM: [Fault; 16] = [
    Fault::RouteLost,
    Fault::RequestLost,
    Fault::ReplyLost,
    Fault::Delayed,
    Fault::LateReply,
    Fault::Overtaken,
    Fault::NameTooOld,
    Fault::NameTaken,
    Fault::CommitRefused,
    Fault::PaidElsewhere,
    Fault::CertificateReplaced,
    Fault::SlowDrip,
    Fault::PrinterFails,
    Fault::Escape,
    Fault::Killed,
    Fault::OtherTill,
];

/// What may strike in one course, and how often.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    enabled: Vec<Fault>,
    percent: u64,
    /// How many strike at most.
    pub(super) left: u32,
}

impl Plan {
    /// Either a swarm, some kinds only, rarely or often; or a storm of what makes outcomes unknown.
    pub(super) fn new(rng: &mut Rng) -> Self {
        if rng.chance(40) {
            return Self {
                enabled: STORM.to_vec(),
                percent: rng.pick(&[10, 20, 40]),
                left: rng.pick(&[4, 8, 16, 32]),
            };
        }
        let keep = rng.pick(&[5, 20, 40, 70, 100]);
        let all = Fault::ALL.iter().copied();
        Self {
            enabled: all.filter(|_| rng.chance(keep)).collect(),
            percent: rng.pick(&[6, 12, 20, 40]),
            left: rng.pick(&[0, 4, 10, 20, 40]),
        }
    }

    pub(super) fn strike(&mut self, place: Place, rng: &mut Rng) -> Option<Fault> {
        // What changes something is rare among the calls, and what is drawn and written is frequent.
        let percent = match place {
            Reserve | Confirm | Undo | Pay | Annul | Begin => self.percent * 2,
            Lock | AskWallet | AskPos | Payable | Request => self.percent,
            Screen | Journal | Bytes | Pause => self.percent / 3,
        };
        if self.left == 0 || !rng.chance(percent) {
            return None;
        }
        let can = |fault: &&Fault| fault.places().contains(&place);
        let total: u64 = self.enabled.iter().filter(can).map(|f| f.weight()).sum();
        let mut at = rng.below(total);
        let chosen = self.enabled.iter().filter(can).find(|fault| {
            let here = at < fault.weight();
            at = at.saturating_sub(fault.weight());
            here
        })?;
        self.left -= 1;
        Some(*chosen)
    }

    pub(super) fn end(&mut self) {
        self.left = 0;
    }
}
