//! The contract with r_keeper: the real client over real HTTP, the stand-in as every version and with
//! every habit, every error for every command. What is expected is written down here anew.

use limekeeper::config::{Loaded, Need, Overrides, Surroundings};
use limekeeper::domain::{AccountId, AccountKind, Attribution, Money, OrderGuid, Uid};
use limekeeper::payment::ports::{LockId, Pos, ReadError, Reply, SeenReceipt};
use limekeeper::payment::reason::{Problem, Reason};
use limekeeper::payment::sale::{Leg, PaymentId, Sale};
use limekeeper::rkeeper::{Reference, Rkeeper};
use limekeeper::runtime::connect;
use limekeeper::sim::{Habit, Version};
use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};

const CARD: &str = "61366822";
const ORDER: &str = "{5B1A7C00-2350-4F31-9E2A-0A833D4F0001}";
const LOCK: &str = "{AAAAAAAA-0000-4000-8000-000000000001}";
const FORMS: [&str; 3] = ["RK7CMD", "RK7Command", "RK7Command2"];

/// What came of a command, and why.
type Came = (Class, Option<Reason>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Done,
    Refused,
    NotDone,
    /// It may have happened.
    Unknown,
    /// Nothing could be read.
    Failed,
}

fn of_read<T>(read: Result<T, ReadError>) -> Came {
    match read {
        Ok(_) => (Class::Done, None),
        Err(ReadError::Refused(problem)) => (Class::Refused, Some(problem.reason)),
        Err(ReadError::Failed(problem)) => (Class::Failed, Some(problem.reason)),
    }
}

fn of_reply<T>(reply: Reply<T>) -> Came {
    let why = |problem: Problem| Some(problem.reason);
    match reply {
        Reply::Done(_) => (Class::Done, None),
        Reply::Refused(problem) => (Class::Refused, why(problem)),
        Reply::NotDone(problem) => (Class::NotDone, why(problem)),
        Reply::Unknown(problem) => (Class::Unknown, why(problem)),
    }
}

/// A command, by what the till wants of it.
#[derive(Clone, Copy, Debug)]
enum Ask {
    System,
    List,
    Order,
    Calculation,
    Receipts,
    References,
    Functions,
    Lock,
    Pay,
    Prepay,
    Begin,
    Annul,
    RemovePrepayments,
}

impl Ask {
    const ALL: [Self; 13] = [
        Self::System,
        Self::List,
        Self::Order,
        Self::Calculation,
        Self::Receipts,
        Self::References,
        Self::Functions,
        Self::Lock,
        Self::Pay,
        Self::Prepay,
        Self::Begin,
        Self::Annul,
        Self::RemovePrepayments,
    ];

    fn of(self, till: &Rkeeper) -> Came {
        let guid = OrderGuid(ORDER.to_owned());
        let written = |command: &str, inside: &str| {
            format!("<RK7Query><RK7CMD CMD=\"{command}\" lockguid=\"{LOCK}\">{inside}</RK7CMD></RK7Query>")
                .into_bytes()
        };
        let order = format!("<Order guid=\"{ORDER}\"/>");
        match self {
            Self::System => of_read(till.system_info()),
            Self::List => of_read(till.orders(None)),
            Self::Order => of_read(till.order(&guid)),
            Self::Calculation => of_read(till.payable(&sale())),
            Self::Receipts => of_read(till.receipts_since(jiff::civil::DateTime::MIN)),
            Self::References => of_read(till.reference(Reference::Currencies)),
            Self::Functions => of_read(till.unlisted()),
            Self::Lock => of_reply(till.lock(&guid, &lock())),
            Self::Pay => of_reply(till.pay(&written("PayOrder", &order))),
            Self::Prepay => of_reply(till.pay(&written("SaveOrder", &order))),
            Self::Begin => of_reply(till.begin_part(&part(), &lock())),
            Self::Annul => of_reply(till.annul(&written("UndoReceipt", ""))),
            Self::RemovePrepayments => {
                of_reply(till.annul(&written("DeleteReceiptPayments", &order)))
            }
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::System
            | Self::List
            | Self::Order
            | Self::Calculation
            | Self::Receipts
            | Self::References
            | Self::Functions => Kind::Read,
            Self::Lock => Kind::Lock,
            Self::Pay | Self::Prepay | Self::Begin => Kind::Money,
            Self::Annul | Self::RemovePrepayments => Kind::Undo,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Lock,
    Money,
    Undo,
}

fn lock() -> LockId {
    LockId(LOCK.to_owned())
}

fn leg(number: u32, kopecks: i64) -> Leg {
    Leg {
        number,
        uid: Uid::new(CARD).unwrap(),
        card_id: "1".to_owned(),
        client_id: "1".to_owned(),
        card_number: None,
        account: AccountId(number.to_string()),
        account_name: "Депозит".to_owned(),
        type_id: "1".to_owned(),
        kind: AccountKind::Money,
        amount: Money::from_kopecks(kopecks),
    }
}

fn sale_of(due: i64, legs: Vec<Leg>) -> Sale {
    const TOTAL: i64 = 235_000;
    Sale {
        payment: PaymentId::new(),
        order: OrderGuid(ORDER.to_owned()),
        order_name: "*/1".to_owned(),
        station: None,
        waiter: None,
        version: 3,
        total: Money::from_kopecks(TOTAL),
        due: Money::from_kopecks(due),
        rest: Money::from_kopecks(TOTAL - due),
        lines: vec![],
        legs,
        attribution: Attribution::in_order(&[], &[]).unwrap(),
    }
}

/// The whole sample order by two accounts.
fn sale() -> Sale {
    sale_of(235_000, vec![leg(1, 150_000), leg(2, 85_000)])
}

/// A part of it by one.
fn part() -> Sale {
    sale_of(50_000, vec![leg(1, 50_000)])
}

fn client(sim: &Sim, form: &str) -> Rkeeper {
    let path = sim.config_with(&format!("contract-{form}.toml"), |text| {
        let more = format!("[rkeeper]\ncommand_form = \"{form}\"\ntwo_step_part_payments = true\n");
        text.replacen("[rkeeper]\n", &more, 1)
    });
    let overrides = Overrides {
        config: Some(path),
        ..Overrides::default()
    };
    let loaded = Loaded::load(&overrides, &Surroundings::default(), Need::File).unwrap();
    connect::rkeeper(&loaded, false).unwrap()
}

fn play(sim: &Sim, version: Version, habits: &[Habit]) {
    let habits: Vec<&str> = habits.iter().map(|habit| habit.word()).collect();
    sim.edit(&json!({"op": "profile", "version": version.word(), "habits": habits}));
}

/// When in the life of a query an error comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// r_keeper says that it did not execute it.
    Before,
    /// It failed on the way; the class is what it is taken for.
    During(Class),
    /// It was done, or only begun.
    After,
}

/// An error that the stand-in can be ordered to say.
struct Error {
    arg: &'static str,
    when: When,
    reason: Reason,
    /// What says it: a number, which every server gives; the component, which only new ones give;
    /// or words, which only Russian ones give.
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Number,
    Component,
    Words,
    Protocol,
}

const fn error(arg: &'static str, when: When, reason: Reason, by: By) -> Error {
    Error {
        arg,
        when,
        reason,
        by,
    }
}

const REFUSED: When = When::During(Class::Refused);
const UNKNOWN: When = When::During(Class::Unknown);

const ERRORS: &[Error] = &[
    error("2101", UNKNOWN, Reason::ServerRefused, By::Number),
    error("2102", REFUSED, Reason::AccessDenied, By::Number),
    error("2128", REFUSED, Reason::OrderClosed, By::Number),
    error("2129", UNKNOWN, Reason::OrderLocked, By::Number),
    error("2133", REFUSED, Reason::ShiftTooLong, By::Number),
    error("2142", REFUSED, Reason::PersonalLimit, By::Number),
    error(
        "2172",
        When::During(Class::NotDone),
        Reason::ShiftClosing,
        By::Number,
    ),
    error("2219", REFUSED, Reason::OrderLocked, By::Number),
    error("3373", REFUSED, Reason::SumMismatch, By::Number),
    error("3383", REFUSED, Reason::ConfigIncomplete, By::Number),
    error("3444", UNKNOWN, Reason::ServerRefused, By::Number),
    error("3813", UNKNOWN, Reason::CardSystemRefused, By::Number),
    error("5304", REFUSED, Reason::LicenceNumber, By::Number),
    error("5305", REFUSED, Reason::LicenceNumber, By::Number),
    error("5310", REFUSED, Reason::LicenceNumber, By::Number),
    error("9999", UNKNOWN, Reason::ServerRefused, By::Number),
    error("Printer", UNKNOWN, Reason::PrinterFailed, By::Component),
    error(
        "Authorization terminal",
        UNKNOWN,
        Reason::TerminalFailed,
        By::Component,
    ),
    error("PDS", UNKNOWN, Reason::CardSystemRefused, By::Component),
    error("Rights", REFUSED, Reason::RightsMissing, By::Component),
    error("licence", REFUSED, Reason::LicenceMissing, By::Protocol),
    error("anchor", REFUSED, Reason::LicenceMissing, By::Protocol),
    error(
        "child",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "attribute",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "integer",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "empty",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error(
        "encoding",
        When::Before,
        Reason::RequestNotUnderstood,
        By::Protocol,
    ),
    error("reference", REFUSED, Reason::ConfigIncomplete, By::Words),
    error("flag", REFUSED, Reason::ConfigIncomplete, By::Words),
    error("sbp", UNKNOWN, Reason::ServerRefused, By::Words),
    error("words", UNKNOWN, Reason::ServerRefused, By::Words),
    error("written", When::After, Reason::AnswerLost, By::Words),
    error(
        "started",
        When::After,
        Reason::AnswerNotUnderstood,
        By::Protocol,
    ),
];

impl Error {
    /// What it is taken for, by a command of that kind, from that server.
    fn expected(&self, kind: Kind, version: Version, english: bool) -> Came {
        let unheard = match self.by {
            By::Component => version != Version::V7_26,
            By::Words => english,
            By::Number | By::Protocol => false,
        };
        let (when, reason) = match (self.when, unheard) {
            (When::During(_), true) => (UNKNOWN, Reason::ServerRefused),
            (when, _) => (when, self.reason),
        };
        let class = match (kind, when) {
            (Kind::Read, When::After) => Class::Failed,
            (Kind::Read, _) | (_, When::Before) => Class::Refused,
            // No money hangs on a lock.
            (Kind::Lock, When::During(Class::Unknown)) => Class::Refused,
            (_, When::During(class)) => class,
            (_, When::After) => Class::Unknown,
        };
        let not_allowed = matches!(reason, Reason::RightsMissing | Reason::AccessDenied);
        if kind == Kind::Undo && class == Class::Refused && not_allowed {
            return (class, Some(Reason::AnnulByHand));
        }
        (class, Some(reason))
    }
}

#[test]
fn every_error_of_every_version_means_the_same_to_every_command() {
    let sim = Sim::start();
    let tills = FORMS.map(|form| client(&sim, form));
    let mut asked = 0;
    for (number, version) in Version::ALL.into_iter().enumerate() {
        // The forms take turns, and so do the quirks that must not matter.
        let quirks = [Habit::Bom, Habit::RootAttributes, Habit::English];
        let habits = &quirks[..number % 4];
        play(&sim, version, habits);
        let english = habits.contains(&Habit::English);
        for (turn, error) in ERRORS.iter().enumerate() {
            let till = &tills[(number + turn) % tills.len()];
            sim.fault_with("rkeeper.*", "refuse", 1_000, &json!(error.arg));
            for ask in Ask::ALL {
                let wanted = error.expected(ask.kind(), version, english);
                let came = ask.of(till);
                assert_eq!(came, wanted, "{version:?} {ask:?} {}", error.arg);
                asked += 1;
            }
            sim.fault("rkeeper.*", "refuse", 0);
        }
    }
    assert_eq!(asked, Version::ALL.len() * ERRORS.len() * Ask::ALL.len());
    // Nothing of it did anything.
    let order = sim.order("*/1");
    assert_eq!(order["payments"], json!([]), "{order}");
    sim.assert_no_violations();
}

/// What any version shows of its orders is the same list, whichever command it comes by.
#[test]
fn orders_are_the_same_from_every_version_in_every_form() {
    let sim = Sim::start();
    let tills = FORMS.map(|form| client(&sim, form));
    let wanted = tills[0].orders(None).unwrap().orders.unwrap();
    assert!(wanted.iter().any(|order| order.locked_by.is_some()));
    for version in Version::ALL {
        for habits in [&[][..], &[Habit::Bom, Habit::RootAttributes]] {
            play(&sim, version, habits);
            for form in FORMS {
                // A client that knows nothing of the version yet.
                let till = client(&sim, form);
                let list = till.orders(None).unwrap();
                assert_eq!(list.orders.as_ref(), Some(&wanted), "{version:?} {form}");
                assert_ne!(list.version, 0, "{version:?} {form}");
                let again = till.orders(Some(list.version)).unwrap();
                assert_eq!(again.orders, None, "{version:?} {form}");
                let guid = OrderGuid(ORDER.to_owned());
                assert_eq!(till.order(&guid).unwrap().unpaid, sale().due);
                assert_eq!(till.payable(&sale()).unwrap().unpaid, sale().due);
                let info = till.system_info().unwrap();
                let number = info.server_version.unwrap();
                assert!(number.starts_with(version.word()), "{number}");
                assert!(info.shift_date.is_some() && info.node.is_some());
            }
        }
    }
    // Finding out costs one request each, not one per look.
    play(&sim, Version::V7_5_2, &[]);
    let till = client(&sim, FORMS[0]);
    let count = |name: &str| sim.state()["requests"][name].as_u64().unwrap_or(0);
    let before = ["rkeeper.GetOrderList2", "rkeeper.GetOrderList"].map(count);
    for _ in 0..5 {
        till.orders(None).unwrap();
    }
    let after = ["rkeeper.GetOrderList2", "rkeeper.GetOrderList"].map(count);
    assert_eq!([after[0] - before[0], after[1] - before[1]], [1, 5]);
    sim.assert_no_violations();
}

/// From the lock to the receipt and back on every version that locks, in every form.
#[test]
fn a_payment_on_every_version_in_every_form() {
    let sim = Sim::start();
    let guid = OrderGuid(ORDER.to_owned());
    for version in Version::ALL {
        for (turn, form) in FORMS.into_iter().enumerate() {
            let quirks = [Habit::Bom, Habit::RootAttributes];
            play(&sim, version, &quirks[..turn]);
            let context = format!("{version:?} {form}");
            let till = client(&sim, form);
            let sale = sale();
            if version < Version::V7_6_4 {
                let Reply::Refused(problem) = till.lock(&guid, &lock()) else {
                    panic!("{context}");
                };
                assert_eq!(problem.reason, Reason::RequestNotUnderstood, "{context}");
                assert!(problem.detail.contains("LockOrder"), "{problem}");
                continue;
            }
            assert_eq!(till.lock(&guid, &lock()), Reply::Done(()), "{context}");
            assert_eq!(till.payable(&sale).unwrap().unpaid, sale.due);
            let body = till.pay_request(&sale, &lock(), None, None).unwrap();
            let Reply::Done(receipt) = till.pay(&body) else {
                panic!("{context}");
            };
            let paid = till.order(&guid).unwrap();
            assert!(paid.paid && paid.unpaid == Money::ZERO, "{context}");
            let markers: Vec<String> = sale.legs.iter().map(|leg| sale.marker(leg)).collect();
            let shown: Vec<String> = paid
                .payments
                .iter()
                .filter_map(|payment| payment.ext_info.clone())
                .collect();
            assert_eq!(shown, markers, "{context}");
            // The same bytes again pay nothing.
            let again = of_reply(till.pay(&body));
            assert_eq!(
                again,
                (Class::Refused, Some(Reason::OrderClosed)),
                "{context}"
            );
            let number = receipt.check_num.unwrap();
            let receipts = till.receipts_since(jiff::civil::DateTime::MIN).unwrap();
            let listed = |seen: &SeenReceipt| seen.check_num.as_ref() == Some(&number);
            assert!(receipts.unwrap().iter().any(listed), "{context}");
            sim.edit(&json!({"op": "undo_receipt", "order": "*/1"}));
            assert!(!till.order(&guid).unwrap().paid, "{context}");
        }
    }
    sim.assert_no_violations();
}

/// What a site with a habit is to the cashier: the whole program, one payment each.
#[test]
fn a_payment_at_a_site_with_each_habit() {
    for (habit, code, reason, order_paid) in [
        (Habit::English, 0, None, true),
        (Habit::Bom, 0, None, true),
        (Habit::RootAttributes, 0, None, true),
        (Habit::PrinterWarns, 0, Some("printer_failed"), true),
        (Habit::ForgetsMarkers, 5, Some("paid_unclear"), true),
        (Habit::PrinterFails, 5, Some("receipt_failed"), false),
        (Habit::IntentReceipts, 5, Some("server_refused"), false),
    ] {
        let sim = Sim::start();
        play(&sim, Version::V7_26, &[habit]);
        let said = pay(&sim, |text| {
            format!("{text}\n[payment]\nfront_s = 2\nretry_s = [1]\n")
        });
        let context = format!("{habit:?}: {said:?}");
        assert_eq!(said.code, code, "{context}");
        let told = said.json()["reason"].clone();
        match reason {
            None => assert_eq!(told, Value::Null, "{context}"),
            Some(reason) => assert_eq!(told, reason, "{context}"),
        }
        let order = sim.order("*/1");
        let is_paid = order["unpaid"] == "0.00";
        assert_eq!(is_paid, order_paid, "{context} {order}");
        // Debited once and never lost: paid, or kept until somebody knows.
        assert_eq!(sim.balance(CARD, "Депозит"), "2650.00", "{context}");
        if habit == Habit::PrinterFails {
            // Not one receipt is sent after a failed one. Once it is put right, the payment goes on.
            assert_eq!(sim.state()["requests"]["rkeeper.PayOrder"], 1, "{context}");
            play(&sim, Version::V7_26, &[]);
            sim.edit(&json!({"op": "clear_failed_receipt", "order": "*/1"}));
            sim.till(&["recover", "--json"]).expect_code(0);
            assert_eq!(sim.order("*/1")["unpaid"], "0.00");
            assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
        }
    }
}

/// The tail of another's operation is waited for, and the receipt's printing, however long.
#[test]
fn what_passes_by_itself_is_waited_for() {
    let sim = Sim::start();
    play(&sim, Version::V7_7, &[Habit::LockTail]);
    let said = pay(&sim, |text| {
        text.replace("locked_retry_s = 0", "locked_retry_s = 1")
    });
    said.expect_code(0);
    let locks = &sim.state()["requests"]["rkeeper.LockOrder"];
    assert!(locks.as_u64() >= Some(2), "{locks}");

    let sim = Sim::start();
    play(&sim, Version::V7_7, &[Habit::LockTail]);
    let said = pay(&sim, |text| text).expect_code(4);
    assert_eq!(said.json()["reason"], "order_locked");
    assert!(
        said.err
            .contains("Заказ занят: касса RK7CASH001, оператор 7"),
        "{said:?}"
    );

    let sim = Sim::start();
    sim.edit(&json!({"op": "profile", "version": "7.6.4", "print_ms": 1_500}));
    let said = pay(&sim, |text| {
        format!("{text}\n[payment]\nfront_s = 1\nretry_s = [1]\n")
    });
    said.expect_code(0);
    assert_eq!(sim.state()["requests"]["rkeeper.PayOrder"], 1);

    let sim = Sim::start();
    sim.fault_with("rkeeper.LockOrder", "refuse", 2, &json!("2172"));
    let said = pay(&sim, |text| format!("{text}\n[payment]\nretry_s = [1]\n"));
    said.expect_code(0);
    assert_eq!(sim.balance(CARD, "Депозит"), "2650.00");
}

/// What is to be played is said on the command line, too; what is not known is named.
#[test]
fn the_command_line_says_which_r_keeper_is_played() {
    let folder = tempfile::tempdir().unwrap();
    let sim = |words: &[&str]| {
        let mut command = std::process::Command::new(crate::harness::program());
        command.args(["sim", "--state-dir"]).arg(folder.path());
        Said::of(&command.args(words).output().unwrap())
    };
    let said = sim(&["--rkeeper-version", "8"]).expect_code(2);
    assert!(
        said.err.contains("7.5.2, 7.6.0, 7.6.4, 7.7, 7.25, 7.26"),
        "{said:?}"
    );
    let said = sim(&["--habit", "polite"]).expect_code(2);
    assert!(said.err.contains("english, bom"), "{said:?}");

    let sample = include_str!("../../assets/scenarios/sample.toml");
    let scenario = sample.replace("version = \"7.26\"", "version = \"7.6.0\"");
    assert_ne!(scenario, sample);
    let info = client(&Sim::start_with(&scenario), FORMS[0]).system_info();
    assert_eq!(info.unwrap().server_version.unwrap(), "7.6.0.81");
}

fn pay(sim: &Sim, change: impl Fn(String) -> String) -> Said {
    let config = sim.config_with("contract.toml", change);
    let args = ["pay", "*/1", "--card", CARD, "--json"];
    Said::of(&till_command(&config, &args).output().unwrap())
}
