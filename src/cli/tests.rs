//! The commands against a till made up for the purpose.

mod keyed;
mod orphans;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;
use jiff::ZonedDateTime;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::args::{Args, Command};
use super::{AskedAs, Books, ExitCode, Io, NotProven, People, Till, config, run};
use crate::config::{Loaded, Need, Overrides, Surroundings};
use crate::domain::{
    Account, AccountId, AccountKind, Attribution, Card, CardNumber, CardStatus, Line, Modifier,
    Money, NotSpendable, Notation, Order, OrderGuid, OrderSummary, Pin, Quantity, Uid,
};
use crate::i18n::{Lang, Texts};
use crate::operators::{PersonId, Roster};
use crate::payment::lookback::{Asked, Looked};
use crate::payment::orphan::Orphan;
use crate::payment::ports::{
    Found, LineId, LockId, OperationId, OrderList, Pos, ReadError, Receipt, Reply, SeenOperations,
    SeenReceipt, Stored, Ticket, Wallet,
};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::record::{BookingKind, PaymentRecord};
use crate::payment::refund::{Refund, RefundId, RefundRequest};
use crate::payment::sale::{By, PaymentId, PaymentRequest, Sale};
use crate::payment::state::{Decision, Verdict};
use crate::payment::statement::Statements;
use crate::payment::view::{
    InDoubt, LegState, LegView, PaymentView, References, RefundStanding, RefundView, Standing, Step,
};
use crate::reports::Labels;
use crate::reports::tests::{NOON, labels, sample};

const GUID: &str = "{8C9E446E-0000-0000-0000-000000000001}";
const PAYMENT: &str = "01900000-0000-7000-8000-000000000001";

/// Both servers and the journal.
struct FakeTill {
    orders: Vec<Order>,
    cards: Vec<Card>,
    records: Vec<PaymentRecord>,
    notation: Notation,
    labels: Labels,
    /// What every server call answers, where set.
    down: Option<Problem>,
    /// How the next payment ends.
    ends: (Standing, LegState, Option<Problem>),
    asked: Mutex<Vec<String>>,
    paid: AtomicUsize,
    orphans: Vec<Orphan>,
    /// How far a look back gets; `None`: it is not wanted.
    looked: Option<(Asked, Asked)>,
    roster: Roster,
}

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn account(id: &str, name: &str, kopecks: i64) -> Account {
    Account {
        id: AccountId(id.into()),
        type_id: "1".into(),
        name: name.into(),
        kind: AccountKind::Money,
        balance: money(kopecks),
        available: money(kopecks),
        valid_to: None,
        priority: 10,
        not_spendable: None,
        terms: crate::domain::Terms::default(),
    }
}

fn card(uid: &str, number: &str, accounts: Vec<Account>) -> Card {
    Card {
        uid: Uid::new(uid).unwrap(),
        card_id: "7".into(),
        client_id: "5012".into(),
        number: Some(number.into()),
        status: CardStatus::Active,
        holder: Some("Иван И.".into()),
        accounts,
    }
}

fn order(guid: &str, name: &str) -> Order {
    let line = |id: &str, code: &str, name: &str, thousandths, price, amount| Line {
        id: id.into(),
        code: code.into(),
        name: name.into(),
        quantity: Quantity::from_thousandths(thousandths),
        base_price: money(price),
        amount: money(amount),
        modifiers: vec![],
        ..Line::default()
    };
    let mut lines = vec![
        line(
            "1",
            "2470",
            "Запеченный ролл с курицей",
            1_000,
            29_000,
            29_000,
        ),
        line("2", "3001", "Лосось, кг", 350, 200_000, 71_000),
    ];
    lines[1].modifiers.push(Modifier {
        name: "соус".into(),
        count: 1,
        price: money(1_000),
    });
    Order {
        guid: OrderGuid(guid.into()),
        name: name.into(),
        table: Some("12".into()),
        waiter: Some("Admin".into()),
        station: Some("Касса 1".into()),
        opened_at: Some(date(2024, 3, 5).at(13, 15, 0, 0)),
        version: 3,
        total: money(100_000),
        unpaid: money(100_000),
        discount: Money::ZERO,
        prepaid: Money::ZERO,
        paid: false,
        finished: false,
        deleted: false,
        lines,
        payments: vec![],
        ..Order::default()
    }
}

fn till() -> FakeTill {
    let mut bonus = account("12", "Бонусы", 20_000);
    bonus.kind = AccountKind::Bonus;
    bonus.valid_to = Some(date(2026, 12, 31).at(23, 59, 59, 0));
    let mut old = account("13", "Подарок", 50_000);
    old.not_spendable = Some(NotSpendable::Expired);
    old.available = Money::ZERO;
    let mut blocked = card("40", "100040", vec![account("41", "Депозит", 900_000)]);
    blocked.status = CardStatus::Blocked;
    blocked.accounts[0].not_spendable = Some(NotSpendable::CardNotActive);
    FakeTill {
        orders: vec![
            order(GUID, "*/1"),
            order("{8C9E446E-0000-0000-0000-000000000002}", "*/2"),
            order("{8C9E446E-0000-0000-0000-000000000003}", "*/2"),
        ],
        cards: vec![
            card(
                "61366822",
                "100038",
                vec![account("11", "Депозит", 500_000), bonus, old],
            ),
            card(
                "61366823",
                "100039",
                vec![
                    account("21", "Депозит", 10_000),
                    account("22", "Депозит", 5_000),
                ],
            ),
            blocked,
        ],
        records: vec![sample(
            &[("61366822", "100038", "Депозит", 235_000)],
            &[("2226634", BookingKind::Debit, NOON)],
        )],
        notation: Notation::default(),
        labels: labels(),
        down: None,
        ends: (Standing::Paid, LegState::Paid, None),
        asked: Mutex::default(),
        paid: AtomicUsize::new(0),
        orphans: vec![],
        looked: None,
        roster: Roster::default(),
    }
}

impl FakeTill {
    fn ask(&self, what: impl Into<String>) -> Result<(), ReadError> {
        self.asked.lock().unwrap().push(what.into());
        match &self.down {
            Some(problem) => Err(ReadError::Failed(problem.clone())),
            None => Ok(()),
        }
    }

    fn view(&self, sale: &Sale) -> PaymentView {
        let (standing, state, problem) = self.ends.clone();
        let legs = sale.legs.iter().map(|leg| LegView {
            number: leg.number,
            refunded: Money::ZERO,
            uid: leg.uid.clone(),
            card_number: leg.card_number.clone(),
            pin_checked_at: leg.pin_checked_at,
            entry: leg.entry,
            account: leg.account.clone(),
            account_name: leg.account_name.clone(),
            amount: leg.amount,
            state,
        });
        let is_paid = standing == Standing::Paid;
        PaymentView {
            id: sale.payment,
            order: sale.order.clone(),
            order_name: sale.order_name.clone(),
            total: sale.due,
            rest: sale.rest,
            by: crate::payment::sale::By::default(),
            started_at: NOON.parse().unwrap(),
            standing,
            step: Step::Finished,
            legs: legs.collect(),
            check_num: is_paid.then(|| "8102".into()),
            lime_check: is_paid.then(|| "2226634".into()),
            problem,
            tries: 0,
            seconds_left: None,
            may_say: vec![],
            in_doubt: None,
            references: References::default(),
            refunds: vec![],
        }
    }
}

impl Pos for FakeTill {
    fn orders(&self, _: Option<i64>) -> Result<OrderList, ReadError> {
        self.ask("orders")?;
        let orders = self.orders.iter().map(|order| OrderSummary {
            guid: order.guid.clone(),
            name: order.name.clone(),
            table: order.table.clone(),
            waiter: order.waiter.clone(),
            total: order.total,
            unpaid: order.unpaid,
            locked_by: None,
            opened_at: order.opened_at,
            ..OrderSummary::default()
        });
        Ok(OrderList {
            version: 1,
            orders: Some(orders.collect()),
        })
    }
    fn order(&self, guid: &OrderGuid) -> Result<Order, ReadError> {
        self.ask(format!("order {guid}"))?;
        let found = self.orders.iter().find(|order| &order.guid == guid);
        found.cloned().ok_or_else(|| {
            ReadError::Refused(Problem::of(Server::Rkeeper, Reason::OrderNotFound, ""))
        })
    }
    fn lock(&self, _: &OrderGuid, _: &LockId) -> Reply<()> {
        unreachable!()
    }
    fn unlock(&self, _: &OrderGuid, _: &LockId) {}
    fn payable(&self, _: &Sale) -> Result<Order, ReadError> {
        unreachable!()
    }
    fn begin_part(&self, _: &Sale, _: &LockId) -> Reply<Option<LineId>> {
        Reply::Done(None)
    }
    fn abandon(&self, _: &Sale, _: &LockId, _: &LineId) -> Reply<()> {
        Reply::Done(())
    }
    fn repeats(&self, sale: &Sale, _: Option<&LineId>, _: Option<&Ticket>) -> bool {
        !sale.is_part()
    }
    fn annul_request(&self, _: &Sale, _: &Refund, _: &Order) -> Result<Vec<u8>, Problem> {
        Err(Problem::own(Reason::AnnulByHand, ""))
    }
    fn annul(&self, _: &[u8]) -> Reply<()> {
        Reply::Done(())
    }
    fn receipts_since(&self, _: DateTime) -> Result<Option<Vec<SeenReceipt>>, ReadError> {
        unreachable!()
    }
    fn counts(&self, _: &Sale, _: Option<&LineId>) -> bool {
        false
    }

    fn next_number(&self, _: &str) -> Result<u64, ReadError> {
        Ok(0)
    }

    fn pay_request(
        &self,
        _: &Sale,
        _: &LockId,
        _: Option<&LineId>,
        _: Option<&Ticket>,
    ) -> Result<Vec<u8>, Problem> {
        unreachable!()
    }
    fn pays_in(&self, _: &str) -> bool {
        unreachable!()
    }
    fn pay(&self, _: &[u8]) -> Reply<Receipt> {
        unreachable!()
    }
}

impl Wallet for FakeTill {
    fn holds(&self) -> bool {
        false
    }
    fn reachable(&self) -> Result<(), ReadError> {
        Ok(())
    }
    fn card(&self, uid: &Uid) -> Result<Card, ReadError> {
        self.ask("card")?;
        let found = self.cards.iter().find(|card| &card.uid == uid);
        found
            .cloned()
            .ok_or_else(|| ReadError::Refused(Problem::of(Server::Lime, Reason::CardNotFound, "")))
    }
    fn card_by_number(&self, number: &CardNumber) -> Result<Card, ReadError> {
        self.ask("card")?;
        let of_card = |card: &&Card| card.number.as_deref() == Some(number.as_str());
        let found = self.cards.iter().find(of_card);
        found
            .cloned()
            .ok_or_else(|| ReadError::Refused(Problem::of(Server::Lime, Reason::CardNotFound, "")))
    }
    fn next_operation(&self) -> Result<OperationId, ReadError> {
        unreachable!()
    }
    fn reserve_request(&self, _: &OperationId, _: &Sale, _: DateTime) -> Result<Vec<u8>, Problem> {
        unreachable!()
    }
    fn reserve(&self, _: &OperationId, _: &[u8]) -> Reply<Stored> {
        unreachable!()
    }
    fn confirm(&self, _: &OperationId) -> Reply<()> {
        unreachable!()
    }
    fn undo_request(
        &self,
        _: &OperationId,
        _: &OperationId,
        _: &Sale,
        _: &Attribution,
        _: DateTime,
    ) -> Result<Vec<u8>, Problem> {
        unreachable!()
    }
    fn undo(&self, _: &OperationId, _: &[u8]) -> Reply<Stored> {
        unreachable!()
    }
    fn find(&self, _: &OperationId, _: &[u8]) -> Result<Found, ReadError> {
        unreachable!()
    }
    fn may_repeat(&self) -> bool {
        true
    }
    fn made_since(&self, _: DateTime) -> Result<Option<SeenOperations>, ReadError> {
        unreachable!()
    }
}

impl Books for FakeTill {
    fn payments(&self, since: jiff::Timestamp) -> Result<Vec<PaymentRecord>, Problem> {
        let lately = |record: &&PaymentRecord| {
            record.view.started_at >= since || record.bookings.iter().any(|b| b.at >= since)
        };
        Ok(self.records.iter().filter(lately).cloned().collect())
    }
    fn payment(&self, id: PaymentId) -> Result<Option<PaymentRecord>, Problem> {
        Ok(self
            .records
            .iter()
            .find(|record| record.view.id == id)
            .cloned())
    }
    fn orphans(&self) -> Result<Vec<Orphan>, Problem> {
        Ok(self.orphans.clone())
    }
    fn notation(&self) -> Notation {
        self.notation
    }
    fn labels(&self) -> &Labels {
        &self.labels
    }
    fn now(&self) -> ZonedDateTime {
        let at: jiff::Timestamp = "2026-11-25T15:00:00Z".parse().unwrap();
        ZonedDateTime::new(at, TimeZone::fixed(jiff::tz::offset(3)))
    }
    fn people(&self) -> &dyn People {
        self
    }
    fn statements(&self) -> Result<Option<Box<dyn Statements>>, Problem> {
        Ok(None)
    }
}

impl People for FakeTill {
    fn roster(&self) -> &Roster {
        &self.roster
    }
    fn prove(&self, _: PersonId, _: AskedAs) -> Result<(), NotProven> {
        Ok(())
    }
}

impl Till for FakeTill {
    fn pos(&self) -> &dyn Pos {
        self
    }
    fn wallet(&self) -> &dyn Wallet {
        self
    }
    fn guest_pin(&self, _: usize, _: &str) -> Option<Pin> {
        None
    }
    fn pay(&mut self, request: PaymentRequest) -> Result<PaymentView, Problem> {
        self.paid.fetch_add(1, Ordering::SeqCst);
        let sale = Sale::new(PAYMENT.parse().unwrap(), &request)?;
        Ok(self.view(&sale))
    }
    fn refund(&mut self, request: RefundRequest) -> Result<PaymentView, Problem> {
        let record = self.payment(request.payment)?.unwrap();
        let mut view = self.view(&record.sale);
        let parts: Vec<(u32, Money)> = request
            .legs
            .iter()
            .map(|&(leg, amount)| (leg, amount.unwrap_or(view.total)))
            .collect();
        view.refunds = vec![RefundView {
            id: RefundId::from_uuid(uuid::Uuid::from_u128(7)),
            total: Money::total(parts.iter().map(|part| part.1)).unwrap(),
            parts,
            started_at: NOON.parse().unwrap(),
            operator: request.operator,
            approver: request.approver,
            why: request.why,
            standing: if request.by_hand {
                RefundStanding::ByHand
            } else {
                RefundStanding::Unknown
            },
            returned: request.by_hand,
            lime_check: None,
            problem: None,
            may_say: vec![],
            in_doubt: None,
            lock: String::new(),
            restored_expired: false,
        }];
        Ok(view)
    }
    fn decide(
        &mut self,
        payment: PaymentId,
        refund: Option<RefundId>,
        seen: InDoubt,
        decision: Decision,
    ) -> Result<PaymentView, Problem> {
        let record = self.payment(payment)?.unwrap();
        assert_eq!(record.view.in_doubt_of(refund), Some(seen));
        let mut view = self.view(&record.sale);
        view.standing = match decision.verdict {
            Verdict::AskAgain => Standing::NeedsManager,
            Verdict::Happened => Standing::Paid,
            Verdict::DidNot => Standing::Refused,
        };
        Ok(view)
    }
    fn look_back(&mut self) -> Result<Option<Looked>, Problem> {
        Ok(self.looked.clone().map(|(wallet, pos)| Looked {
            orphans: self.orphans.clone(),
            wallet,
            pos,
        }))
    }
    fn settle_orphan(
        &mut self,
        payment: PaymentId,
        by: &By,
        reason: &str,
    ) -> Result<Orphan, Problem> {
        let at = self.orphans.iter().position(|own| own.payment == payment);
        let at = at.ok_or_else(|| Problem::own(Reason::NothingToDecide, ""))?;
        self.asked.lock().unwrap().push(format!(
            "settle {} {reason}",
            by.operator.as_deref().unwrap()
        ));
        Ok(self.orphans.remove(at))
    }
    fn recover(&mut self) -> Result<Vec<PaymentView>, Problem> {
        Ok(self
            .records
            .iter()
            .map(|record| self.view(&record.sale))
            .collect())
    }
}

/// What a command line gave: code, stdout, stderr.
struct Ran {
    code: ExitCode,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap()
    }
}

fn run_args(till: &mut FakeTill, args: &[&str]) -> Ran {
    let args = ["limekeeper"].iter().chain(args);
    let args = Args::try_parse_from(args).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut io = Io {
        out: &mut out,
        err: &mut err,
        texts: Texts::of(args.lang.unwrap_or(Lang::Ru)),
    };
    let code = match args.command.unwrap() {
        Command::Till(command) => run::with_till(&command, till, &mut io),
        Command::Books(command) => run::with_books(&command, till, &mut io),
        other => panic!("{other:?}"),
    };
    let (out, err) = (
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    );
    let plain = |text: &str| {
        text.chars()
            .all(|c| c == '\n' || c == '\u{feff}' || !c.is_control())
    };
    assert!(
        plain(&out.replace("\r\n", "\n")) && plain(&err),
        "{out}{err}"
    );
    Ran { code, out, err }
}

fn run_line(till: &mut FakeTill, line: &str) -> Ran {
    run_args(till, &line.split(' ').collect::<Vec<_>>())
}

fn keys(json: &Json) -> Vec<&str> {
    let mut keys: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

#[test]
fn orders_and_one_order() {
    let mut till = till();
    let json = run_line(&mut till, "orders --json").json();
    assert_eq!(
        keys(&json[0]),
        [
            "detail",
            "guid",
            "hall",
            "locked_by",
            "name",
            "opened_at",
            "payable",
            "promised",
            "reason",
            "table",
            "total",
            "unpaid",
            "waiter"
        ]
    );
    assert_eq!(json[0]["total"], "1000.00");
    assert_eq!(json[0]["opened_at"], "2024-03-05T13:15:00");
    insta::assert_snapshot!("orders", run_line(&mut till, "orders").out);
    insta::assert_snapshot!("order", run_line(&mut till, "order */1").out);
    let json = run_line(&mut till, "order */1 --json").json();
    assert_eq!(json["lines"][1]["quantity"], "0.350");
    assert_eq!(json["lines"][1]["modifiers"][0]["price"], "10.00");
    till.orders.clear();
    assert_eq!(
        run_line(&mut till, "orders --lang en").out,
        "No open orders\n"
    );
}

#[test]
fn an_order_is_named_by_its_name_or_guid() {
    let mut till = till();
    for reference in [
        "*/1",
        GUID,
        "8c9e446e-0000-0000-0000-000000000001",
        "{8c9e446e-0000-0000-0000-000000000001}",
        " 8C9E446E-0000-0000-0000-000000000001 ",
    ] {
        let ran = run_args(&mut till, &["order", reference, "--json"]);
        assert_eq!(ran.json()["guid"], GUID, "{reference}");
    }
    let ran = run_line(&mut till, "order */2");
    assert_eq!(ran.code, ExitCode::Refused);
    assert!(ran.err.contains("000000000002}") && ran.err.contains("000000000003}"));
    assert_eq!(ran.out, "");
    for missing in ["*/3", "8c9e446e-0000-0000-0000-000000000009"] {
        let ran = run_args(&mut till, &["order", missing]);
        assert_eq!(ran.code, ExitCode::NotFound);
        assert!(
            ran.err.starts_with("Заказ не найден в r_keeper"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_card_with_its_accounts() {
    let mut till = till();
    let json = run_line(&mut till, "card 61366822 --json").json();
    assert_eq!(
        keys(&json),
        [
            "accounts",
            "card_number",
            "entry",
            "holder",
            "status",
            "uid"
        ]
    );
    assert_eq!(
        keys(&json["accounts"][0]),
        [
            "available",
            "balance",
            "held",
            "id",
            "kind",
            "name",
            "reason",
            "spendable",
            "type_id",
            "valid_from",
            "valid_to"
        ]
    );
    assert_eq!(json["uid"], "61366822");
    assert_eq!(json["accounts"][2]["reason"], "expired");
    assert_eq!(json["accounts"][2]["spendable"], false);
    let text = run_line(&mut till, "card 61366822").out;
    assert!(!text.contains("61366822"));
    insta::assert_snapshot!("card", text);
    assert_eq!(run_line(&mut till, "card 99").code, ExitCode::NotFound);
    assert_eq!(run_line(&mut till, "card 3A86226").code, ExitCode::Usage);
}

#[test]
fn a_payment_with_the_suggested_split() {
    let mut till = till();
    let ran = run_line(&mut till, "pay */1 --card 61366822 --card 61366822 --json");
    assert_eq!((ran.code, ran.err.as_str()), (ExitCode::Done, ""));
    let json = ran.json();
    for key in [
        "payment_id",
        "state",
        "order",
        "total",
        "legs",
        "receipt",
        "lime",
        "reason",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["state"], "paid");
    assert_eq!(json["total"], "1000.00");
    assert_eq!(json["order"]["name"], "*/1");
    assert_eq!(json["lime"]["check_id"], 2_226_634);
    assert_eq!(json["receipt"]["check_num"], "8102");
    // The bonus burns first; both accounts are named once.
    let legs: Vec<_> = json["legs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| {
            (
                leg["account_id"].as_str().unwrap(),
                leg["amount"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(legs, [("11", "800.00"), ("12", "200.00")]);
    assert_eq!(json["legs"][0]["card_uid"], "61366822");
    let text = run_line(&mut till, "pay */1 --card 61366822").out;
    assert!(!text.contains("61366822"));
    insta::assert_snapshot!("pay", text);
}

#[test]
fn a_payment_with_sums_of_ones_own() {
    let mut till = till();
    let both = [
        "pay", "*/1", "--card", "61366822", "--card", "61366823", "--json",
    ];
    let take = |till: &mut FakeTill, takes: &[&str]| {
        let mut args = both.to_vec();
        for take in takes {
            args.extend(["--take", take]);
        }
        let ran = run_args(till, &args);
        (ran.code, ran.out, ran.err)
    };
    let (code, out, _) = take(&mut till, &["61366822:Депозит:950,00", "61366823:22:50"]);
    assert_eq!(code, ExitCode::Done, "{out}");
    assert_eq!(till.paid.load(Ordering::SeqCst), 1);
    for (takes, code, reason) in [
        // Two accounts of that name on the second card.
        (
            &["61366823:Депозит:10"][..],
            ExitCode::Refused,
            "split_invalid",
        ),
        (&["61366822:11:999.99"], ExitCode::Refused, "split_invalid"),
        (&["61366822:11:1000.01"], ExitCode::Refused, "split_invalid"),
        (
            &["61366822:11:500", "61366822:11:500"],
            ExitCode::Refused,
            "split_invalid",
        ),
        (&["61366823:21:1000"], ExitCode::Refused, "not_enough_money"),
        (&["61366822:13:1000"], ExitCode::Refused, "account_expired"),
        (
            &["61366822:99:1000"],
            ExitCode::NotFound,
            "account_not_found",
        ),
        // The account is the other card's.
        (
            &["61366822:21:1000"],
            ExitCode::NotFound,
            "account_not_found",
        ),
    ] {
        let (got, out, err) = take(&mut till, takes);
        assert_eq!(got, code, "{takes:?} {err}");
        let json: Json = serde_json::from_str(&out).unwrap();
        assert_eq!(json["reason"], reason, "{takes:?}");
        assert_eq!(json["state"], "refused");
        assert_eq!(json["payment_id"], Json::Null);
    }
    for wrong in [
        "61366822:11",
        "x",
        "61366822:11:",
        "61366822:11:-1",
        "61366822:11:0",
        "61366822::5",
        "61366822:11:1.005",
        "61366822:11:1 000",
        "40:41:1000",
        "3A:11:1000",
    ] {
        let (code, out, err) = take(&mut till, &[wrong]);
        assert_eq!((code, out.as_str()), (ExitCode::Usage, ""), "{wrong}");
        assert!(!err.is_empty());
    }
    assert_eq!(till.paid.load(Ordering::SeqCst), 1);
}

#[test]
fn what_refuses_a_payment_before_it_begins() {
    #[track_caller]
    fn check(
        edit: impl FnOnce(&mut FakeTill),
        uid: &str,
        code: ExitCode,
        reason: &str,
        says: &str,
    ) {
        let mut till = till();
        edit(&mut till);
        let ran = run_line(&mut till, &format!("pay */1 --card {uid} --json"));
        assert_eq!(ran.code, code);
        assert_eq!(ran.json()["reason"], reason);
        assert_eq!(ran.json()["message"], ran.err.trim());
        assert!(ran.err.contains(says), "{}", ran.err);
        assert_eq!(till.paid.load(Ordering::SeqCst), 0);
    }
    let none = |_: &mut FakeTill| {};
    check(
        none,
        "61366823",
        ExitCode::Refused,
        "not_enough_money",
        "Не хватает денег на счетах: к оплате 1000.00, доступно 150.00",
    );
    check(
        none,
        "99",
        ExitCode::NotFound,
        "card_not_found",
        "Карта не найдена в Lime",
    );
    check(
        none,
        "40",
        ExitCode::Refused,
        "card_blocked",
        "Карта заблокирована",
    );
    let closed = |till: &mut FakeTill| till.orders[0].finished = true;
    check(
        closed,
        "61366822",
        ExitCode::Refused,
        "order_closed",
        "Заказ уже закрыт",
    );
    let free = |till: &mut FakeTill| till.orders[0].unpaid = Money::ZERO;
    check(
        free,
        "61366822",
        ExitCode::Refused,
        "nothing_due",
        "нечего платить",
    );
    let gone = |till: &mut FakeTill| till.orders.clear();
    check(
        gone,
        "61366822",
        ExitCode::NotFound,
        "order_not_found",
        "Заказ не найден",
    );
    let down = |till: &mut FakeTill| {
        till.down = Some(Problem::of(
            Server::Rkeeper,
            Reason::ServerUnreachable,
            "refused",
        ));
    };
    check(
        down,
        "61366822",
        ExitCode::Unreachable,
        "server_unreachable",
        "Сервер не отвечает (r_keeper): refused",
    );
}

#[test]
fn an_account_or_card_that_cannot_pay_is_named() {
    let mut till = till();
    till.cards[0].accounts.drain(..2);
    let ran = run_line(&mut till, "pay */1 --card 61366822");
    assert_eq!(ran.code, ExitCode::Refused);
    assert_eq!(ran.err, "Срок действия счёта истёк: Подарок\n");
    let ran = run_line(&mut till, "pay */1 --card 61366823 --card 40 --lang en");
    assert_eq!(ran.err, "The card is blocked: 100040\n");
    let ran = run_line(&mut till, "pay */1 --card 40 --take 40:41:1000");
    assert_eq!(ran.err, "Карта заблокирована: Депозит\n");
}

#[test]
fn every_word_has_a_text() {
    let texts = Texts::of(Lang::Ru);
    let legs = [
        LegState::Waiting,
        LegState::Asking,
        LegState::Debited,
        LegState::Paid,
        LegState::GivingBack,
        LegState::GivenBack,
        LegState::NotCharged,
    ];
    let standings = [
        Standing::Working,
        Standing::Paid,
        Standing::Refused,
        Standing::Unknown,
        Standing::NeedsManager,
    ];
    let statuses = [
        CardStatus::Active,
        CardStatus::Blocked,
        CardStatus::Expired,
        CardStatus::Lost,
    ];
    let whys = [
        NotSpendable::CardNotActive,
        NotSpendable::Expired,
        NotSpendable::NotYetValid,
        NotSpendable::Empty,
        NotSpendable::NoCreditLimit,
        NotSpendable::NotMoney,
    ];
    let keys = legs
        .map(|leg| format!("cli.leg.{}", leg.word()))
        .into_iter()
        .chain(standings.map(|standing| format!("cli.standing.{}", standing.word())))
        .chain(statuses.map(|status| format!("cli.card_status.{}", status.word())))
        .chain(whys.map(|why| format!("cli.not_spendable.{}", why.word())));
    for key in keys {
        assert!(texts.has(&key), "{key}");
    }
}

#[test]
fn names_for_reports_come_from_the_settings() {
    let mut config = crate::config::Config::default();
    config.lime.installation_id = 7;
    let texts = Texts::of(Lang::Ru);
    assert_eq!(config::labels(&config, texts).installation, "7");
    assert_eq!(config::labels(&config, texts).cash_desk, "Касса r-keeper");
    config.lime.installation_name = "Тестовая".into();
    config.lime.cashdesk_name = "Касса 5".into();
    config.lime.operator = "Admin".into();
    let labels = config::labels(&config, texts);
    assert_eq!(
        (&*labels.installation, &*labels.cash_desk),
        ("Тестовая", "Касса 5")
    );
}

/// What the person saw in doubt goes with the decision: not what is in doubt by now.
#[test]
fn a_decision_says_what_was_seen_in_doubt() {
    let nothing = (None, ExitCode::Refused, "Решать нечего");
    let about_what = (
        Some(InDoubt::Pay),
        ExitCode::Usage,
        "--about pay (Есть ли эта оплата",
    );
    let other = (
        Some(InDoubt::Debit),
        ExitCode::Refused,
        "неясно другое: Списал ли Lime",
    );
    let done = (Some(InDoubt::Pay), ExitCode::Done, "");
    for (say, (in_doubt, code, words)) in [
        (&["--happened"][..], nothing),
        (&["--happened", "--about", "pay"], nothing),
        (&["--happened"], about_what),
        (&["--did-not", "--about", "money"], about_what),
        (&["--happened", "--about", "pay"], other),
        (&["--happened", "--about", "pay"], done),
    ] {
        let mut till = till();
        let mut record = till.payment(PAYMENT.parse().unwrap()).unwrap().unwrap();
        record.view.in_doubt = in_doubt;
        till.records = vec![record];
        let said = ["decide", PAYMENT, "--operator", "А", "--reason", "Б"];
        let said = [&said[..], say].concat();
        let ran = run_args(&mut till, &said);
        assert_eq!(ran.code, code, "{say:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(words), "{say:?}: {}", ran.err);
        // Of a refund that nobody made nothing is in doubt.
        let of_refund = [&said[..], &["--refund", PAYMENT]].concat();
        assert_eq!(run_args(&mut till, &of_refund).code, ExitCode::Refused);
    }
    // Asking again decides nothing.
    let mut till = till();
    let mut record = till.payment(PAYMENT.parse().unwrap()).unwrap().unwrap();
    record.view.in_doubt = Some(InDoubt::Debit);
    till.records = vec![record];
    let ask = [
        "decide",
        PAYMENT,
        "--ask-again",
        "--operator",
        "А",
        "--reason",
        "Б",
    ];
    assert_eq!(run_args(&mut till, &ask).code, ExitCode::Unknown);
    let shown = run_args(&mut till, &["payment", PAYMENT]);
    assert!(shown.out.contains("(--about debit)"), "{}", shown.out);
    let shown = run_args(&mut till, &["payment", PAYMENT, "--json"]);
    assert!(
        shown.out.contains("\"in_doubt\":\"debit\""),
        "{}",
        shown.out
    );
}

#[test]
fn how_a_payment_ends_decides_the_code() {
    let lime = |reason| Some(Problem::of(Server::Lime, reason, ""));
    for (ends, code, says) in [
        ((Standing::Paid, LegState::Paid, None), ExitCode::Done, ""),
        (
            (
                Standing::Refused,
                LegState::NotCharged,
                lime(Reason::NotEnoughMoney),
            ),
            ExitCode::Refused,
            "No money was taken: Not enough money on the accounts (Lime)\n",
        ),
        (
            (
                Standing::Refused,
                LegState::GivenBack,
                lime(Reason::OrderPaidElsewhere),
            ),
            ExitCode::Refused,
            "The money was given back to the accounts: The order was already paid at another till (Lime)\n",
        ),
        (
            (
                Standing::Refused,
                LegState::NotCharged,
                lime(Reason::ServerUnreachable),
            ),
            ExitCode::Unreachable,
            "No money was taken: The server does not answer (Lime)\n",
        ),
        (
            (Standing::Refused, LegState::NotCharged, None),
            ExitCode::Refused,
            "No money was taken\n",
        ),
        (
            (
                Standing::Unknown,
                LegState::Asking,
                lime(Reason::AnswerLost),
            ),
            ExitCode::Unknown,
            "The outcome of the payment is not known yet: money may have been taken and the order may still be unpaid. Do not settle it in another way, check by the command recover: The server's answer was not received (Lime)\n",
        ),
        (
            (Standing::NeedsManager, LegState::Debited, None),
            ExitCode::Unknown,
            "The outcome of the payment is not known, a manager is needed\n",
        ),
        (
            (Standing::Working, LegState::Waiting, None),
            ExitCode::Unknown,
            "The payment is under way\n",
        ),
    ] {
        let mut till = till();
        till.ends = ends;
        let ran = run_line(&mut till, "pay */1 --card 61366822 --json --lang en");
        assert_eq!((ran.code, ran.err.as_str()), (code, says));
        assert_eq!(ran.json()["state"], till.ends.0.word());
        let ran = run_line(&mut till, "recover --json");
        let open = !till.ends.0.is_rest();
        assert_eq!(
            ran.code,
            if open {
                ExitCode::Unknown
            } else {
                ExitCode::Done
            }
        );
        assert_eq!(ran.json()[0]["state"], till.ends.0.word());
    }
}

#[test]
fn payments_of_the_journal() {
    let mut till = till();
    let json = run_line(&mut till, "payments --json").json();
    assert_eq!(json[0]["payment_id"], PAYMENT);
    assert!(till.asked.lock().unwrap().is_empty(), "no server is asked");
    insta::assert_snapshot!("payments", run_line(&mut till, "payments").out);
    let json = run_line(&mut till, &format!("payment {PAYMENT} --json")).json();
    assert_eq!(json["lines"][0]["parts"][0]["amount"], "290.00");
    assert_eq!(json["bookings"][0]["check_id"], 2_226_634);
    let other = PAYMENT.replace("000001", "000002");
    let ran = run_line(&mut till, &format!("payment {other}"));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (ExitCode::NotFound, "Платёж не найден\n")
    );
    assert_eq!(run_line(&mut till, "payment 12").code, ExitCode::Usage);
    till.records.clear();
    assert_eq!(run_line(&mut till, "payments").out, "Платежей нет\n");
}

#[test]
fn reports() {
    let mut till = till();
    // Today by default.
    let json = run_line(&mut till, "report sales --json").json();
    assert_eq!(json["installation"], "Тестовая");
    assert_eq!(
        json["sales"][0]["lines"][0]["payments"][0],
        "Депозит (счет): 290; 61366822"
    );
    let later = run_line(
        &mut till,
        "report sales --from 2026-11-26 --to 2026-11-27 --json",
    );
    assert_eq!(later.json()["sales"], Json::Array(vec![]));
    let json = run_line(&mut till, "report card 61366822 --format json").json();
    assert_eq!(json["rows"][0]["amount"], "-290.00");
    assert_eq!(json["rows"][0]["service_point"], "Касса r-keeper");
    assert!(
        run_line(&mut till, "report card 61366822 --format csv")
            .out
            .starts_with('\u{feff}')
    );
    let ran = run_line(&mut till, "report sales --from 2026-11-26");
    assert_eq!(ran.code, ExitCode::Usage, "from tomorrow to today");
    let ran = run_line(&mut till, "report sales --to 2026-11-01 --json");
    assert_eq!(ran.json()["from"], "2026-11-01");
}

#[test]
fn a_full_disk_is_told_but_never_hides_how_a_payment_ended() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut till = till();
    for (line, code) in [
        ("limekeeper orders", ExitCode::Failed),
        ("limekeeper pay */1 --card 61366822", ExitCode::Done),
    ] {
        let args = Args::try_parse_from(line.split(' ')).unwrap();
        let Some(Command::Till(command)) = args.command else {
            panic!();
        };
        let mut io = Io {
            out: &mut Full,
            err: &mut Full,
            texts: Texts::of(Lang::Ru),
        };
        assert_eq!(run::with_till(&command, &mut till, &mut io), code, "{line}");
    }
}

#[test]
fn the_config_commands() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("config.toml");
    let around = Surroundings {
        state_dir: Some(PathBuf::from("/var/lib/limekeeper")),
        ..Surroundings::default()
    };
    let overrides = Overrides {
        config: Some(file.clone()),
        ..Overrides::default()
    };
    let run = |text: &str, line: &str| {
        std::fs::write(&file, text).unwrap();
        let loaded = Loaded::load(&overrides, &around, Need::File);
        let args = Args::try_parse_from(line.split(' ')).unwrap();
        let Some(Command::Config(super::ConfigCommand::Read(command))) = args.command else {
            panic!();
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = Io {
            out: &mut out,
            err: &mut err,
            texts: Texts::of(Lang::Ru),
        };
        let code = config::config(command, &loaded, &mut io);
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&temp.path().display().to_string(), "…")
        };
        (code, text(out), text(err))
    };
    let good = "[rkeeper]\nurl = \"http://10.0.0.5:8086\"\nallow_plain_http = true\nuser = \"lime\"\n\
        password = \"hunter2\"\nstation_code = \"1\"\ncashier_code = \"9\"\ncurrencies.money = \"11\"\n\
        [lime]\nurl = \"https://lime.local\"\nproxy = \"http://10.0.0.1:3128\"\n\
        auth_value = \"LimeToken hunter2\"\ninstallation_id = 1\ncashdesk_id = 2\nuser_id = 3\n";
    let (code, out, err) = run(good, "limekeeper config check");
    assert_eq!((code, err.as_str()), (ExitCode::Done, ""));
    insta::assert_snapshot!("config_check", out);
    let (code, out, _) = run(good, "limekeeper config check --json");
    assert_eq!(code, ExitCode::Done);
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["plain_http"]["rkeeper"], true);
    for line in ["limekeeper config show", "limekeeper config show --json"] {
        let (code, out, _) = run(good, line);
        assert_eq!(code, ExitCode::Done);
        assert!(out.contains("***") && !out.contains("hunter2"));
    }

    let (code, out, err) = run("lang = \"ru\"\n", "limekeeper config check");
    assert_eq!(code, ExitCode::Config);
    assert!(out.contains("rkeeper.password") && err.contains("LIMEKEEPER_LIME_AUTH"));
    let (code, out, err) = run("lng = \"ru\"\n", "limekeeper config check --json");
    assert_eq!(code, ExitCode::Config);
    let json: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&json["ok"], &json["errors"][0]["line"]),
        (&false.into(), &1.into())
    );
    assert!(
        err.contains("строка 1, столбец 1: нет такого ключа: `lng`"),
        "{err}"
    );
    let (code, out, _) = run("lng = \"ru\"\n", "limekeeper config show");
    assert_eq!((code, out.as_str()), (ExitCode::Config, ""));
}
