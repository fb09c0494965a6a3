//! What is sent to take a payment back, and what its answers mean.

use uuid::Uuid;

use super::super::testing::*;
use super::super::*;
use super::wire::{lock_id, of, ok, with};
use crate::domain::{Attribution, Money, Order, PosPayment};
use crate::http::script::{Step, answer};
use crate::payment::ports::{Pos, Reply};
use crate::payment::reason::{Problem, Reason};
use crate::payment::refund::{Refund, RefundId, RefundPart};
use crate::payment::sale::Sale;

const PASSWORD: &str = "7733 \"&";

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn part() -> Sale {
    Sale {
        rest: money(50_000),
        ..sale()
    }
}

fn refund(whole: bool) -> Refund {
    Refund {
        id: RefundId::from_uuid(Uuid::nil()),
        parts: vec![RefundPart {
            leg: 1,
            amount: money(100_000),
        }],
        rows: Attribution::in_order(&[], &[]).unwrap(),
        whole,
        by_hand: false,
        operator: "Admin".to_owned(),
        approver: None,
        why: String::new(),
        lock: lock_id(),
    }
}

/// The paid order of the golden answer.
fn paid() -> Order {
    order(&parse_answer(ORDER_PAID.as_bytes()).unwrap(), &guid()).unwrap()
}

/// An open order with a prepayment for every leg.
fn prepaid() -> Order {
    let lines = ["E4", "E5", "E6"].iter().zip(sale().legs);
    let payments = lines.map(|(line, leg)| PosPayment {
        amount: leg.amount,
        ext_info: Some(sale().marker(&leg)),
        prepayment: true,
        check_num: None,
        currency: Some("11".to_owned()),
        card_code: Some(leg.uid),
        line_guid: Some(format!("{{8C9E446E-0000-4000-8000-0000000000{line}}}")),
        begun: false,
    });
    Order {
        paid: false,
        finished: false,
        unpaid: money(50_000),
        prepaid: money(185_000),
        total: money(235_000),
        payments: payments.collect(),
        ..paid()
    }
}

fn till(change: impl FnOnce(&mut Settings)) -> Rkeeper {
    let mut settings = settings("http://till.invalid");
    change(&mut settings);
    Rkeeper::new(settings).unwrap()
}

fn receipt_body() -> Vec<u8> {
    let request = till(|_| {}).annul_request(&sale(), &refund(true), &paid());
    request.unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn exact_bytes() {
    let prepayments = till(|_| {}).annul_request(&part(), &refund(true), &prepaid());
    let (_, sent) = with(vec![ok("<RK7QueryResult Status='Ok'/>")], |till| {
        till.annul(&receipt_body())
    });
    let sent = sent[0].split_once("\r\n\r\n").unwrap().1;
    insta::assert_snapshot!(format!(
        "journalled:\n{}\n\nsent:\n{sent}\n\nprepayments:\n{}",
        text(receipt_body()),
        text(prepayments.unwrap())
    ));
}

#[test]
fn the_password_is_in_the_bytes_only_when_they_leave() {
    let body = text(receipt_body());
    assert!(
        !body.contains("7733") && !body.contains("Password"),
        "{body}"
    );
    let shown = format!("{:?}", till(|_| {}));
    assert!(!shown.contains("7733"), "{shown}");
    // An attribute that only looks like the command stays as it is.
    let odd = body.replace(
        "ReceiptNum=\"123\"",
        "ReceiptNum=\"CMD=&quot;UndoReceipt&quot;\"",
    );
    let (_, sent) = with(vec![ok("<RK7QueryResult Status='Ok'/>")], |till| {
        till.annul(odd.as_bytes())
    });
    assert_eq!(sent[0].matches("ManagerPassword").count(), 1, "{sent:?}");
    // A prepayment is removed without one.
    let lines = till(|_| {}).annul_request(&part(), &refund(true), &prepaid());
    let lines = lines.unwrap();
    let (_, sent) = with(vec![ok("<RK7QueryResult Status='Ok'/>")], |till| {
        till.annul(&lines)
    });
    assert_eq!(sent[0].split_once("\r\n\r\n").unwrap().1, text(lines));
}

/// What a request is made from.
struct Case {
    own: Settings,
    sale: Sale,
    refund: Refund,
    order: Order,
}

impl Case {
    fn of(sale: Sale, order: Order) -> Self {
        Self {
            own: settings("http://till.invalid"),
            sale,
            refund: refund(true),
            order,
        }
    }

    fn request(self) -> Result<Vec<u8>, Problem> {
        let till = Rkeeper::new(self.own).unwrap();
        till.annul_request(&self.sale, &self.refund, &self.order)
    }

    /// Somebody's cash beside ours.
    fn add_cash(&mut self, prepayment: bool) {
        let mut cash = self.order.payments[0].clone();
        cash.ext_info = None;
        cash.card_code = None;
        cash.check_num = cash.check_num.filter(|_| !prepayment);
        cash.prepayment = prepayment;
        self.order.payments.push(cash);
    }
}

/// What is changed, how, and the sums that tell the person why.
type Change = (&'static str, fn(&mut Case), &'static str);

const NOT_A_RECEIPT_OF_OURS: [Change; 14] = [
    ("off", |case| case.own.take_back.undo_receipt = false, ""),
    (
        "a part",
        |case| case.refund.whole = false,
        "1000.00 / 1850.00",
    ),
    (
        "no manager",
        |case| case.own.take_back.manager_code = None,
        "rkeeper.manager_code",
    ),
    (
        "no reason",
        |case| case.own.take_back.undo_reason = None,
        "rkeeper.undo_reason",
    ),
    (
        "no password",
        |case| case.own.take_back.manager_password = "".into(),
        "rkeeper.manager_password",
    ),
    ("open", |case| case.order.paid = false, ""),
    ("removed", |case| case.order.deleted = true, ""),
    (
        "not ours",
        |case| {
            for payment in &mut case.order.payments {
                payment.ext_info = None;
            }
        },
        "",
    ),
    (
        "no number",
        |case| {
            for payment in &mut case.order.payments {
                payment.check_num = None;
            }
        },
        "",
    ),
    (
        "cash beside",
        |case| case.add_cash(false),
        "№ 123: 1850.00 / 1850.00",
    ),
    (
        "prepaid in cash",
        |case| case.add_cash(true),
        "№ 123: 1850.00 / 1850.00",
    ),
    (
        "less than all of ours",
        |case| drop(case.order.payments.pop()),
        "№ 123: 1600.00 / 1850.00",
    ),
    (
        "a prepayment that is not shown",
        |case| case.order.total = money(200_000),
        "№ 123: 1850.00 / 2000.00",
    ),
    (
        "two receipts",
        |case| case.order.payments[1].check_num = Some("124".to_owned()),
        "№ 123: 1850.00 / 1850.00",
    ),
];

const NOT_A_PREPAYMENT_TO_REMOVE: [Change; 8] = [
    (
        "off",
        |case| case.own.take_back.remove_prepayments = false,
        "",
    ),
    (
        "a part",
        |case| case.refund.whole = false,
        "1000.00 / 1850.00",
    ),
    (
        "no manager",
        |case| case.own.take_back.manager_code = None,
        "rkeeper.manager_code",
    ),
    ("closed", |case| case.order.paid = true, ""),
    (
        "closed by a receipt",
        |case| {
            case.order.paid = true;
            case.add_cash(false);
            case.order.payments[3].check_num = Some("502".to_owned());
        },
        "№ 502",
    ),
    (
        "twice",
        |case| case.order.payments.extend_from_within(..),
        "3700.00 / 1850.00",
    ),
    (
        "begun only",
        |case| case.order.payments[0].begun = true,
        "850.00 / 1850.00",
    ),
    (
        "nameless",
        |case| case.order.payments[0].line_guid = None,
        "1850.00 / 1850.00",
    ),
];

/// What r_keeper cannot undo alone, or may not, is left to a person with the sums that say why.
#[test]
fn what_is_left_to_a_person() {
    let whole = || Case::of(sale(), paid());
    let part = || Case::of(part(), prepaid());
    let cases = [
        (&NOT_A_RECEIPT_OF_OURS[..], &whole as &dyn Fn() -> Case),
        (&NOT_A_PREPAYMENT_TO_REMOVE[..], &part),
    ];
    for (changes, case) in cases {
        for &(name, change, why) in changes {
            let mut case = case();
            change(&mut case);
            let problem = case.request().unwrap_err();
            assert_eq!(problem, of(Reason::AnnulByHand, why), "{name}");
        }
    }
    // Another's prepayment beside ours is not touched and stands in nobody's way.
    let mut beside = part();
    beside.add_cash(true);
    assert_eq!(beside.request(), part().request());
}

#[test]
fn replies() {
    let executing = |number: &str, text: &str| {
        format!("<RK7QueryResult Status='Query Executing Error' ErrorText='{text}' {number}/>")
    };
    let lines = till(|_| {}).annul_request(&part(), &refund(true), &prepaid());
    for body in [receipt_body(), lines.unwrap()] {
        let annul = |step| with(vec![step], |till| till.annul(&body)).0;
        let cases: [(String, Reply<()>); 10] = [
            ("<RK7QueryResult Status='Ok'/>".to_owned(), Reply::Done(())),
            (
                executing("RK7ErrorN='2102'", "Неправильный пароль"),
                Reply::Refused(of(
                    Reason::AnnulByHand,
                    "Неправильный пароль (RK7ErrorN 2102)",
                )),
            ),
            (
                executing("", "У причины «Отказ» нет флага"),
                Reply::Refused(of(Reason::ConfigIncomplete, "У причины «Отказ» нет флага")),
            ),
            (
                to_any(SHIFT_CLOSING),
                Reply::NotDone(of(
                    Reason::ShiftClosing,
                    "UCSERR(2172): В данный момент закрывается общая смена (RK7ErrorN 2172)",
                )),
            ),
            (
                executing("", "У Admin нет прав на отмену чека"),
                Reply::Refused(of(Reason::AnnulByHand, "У Admin нет прав на отмену чека")),
            ),
            (
                executing("", "Чек 123 уже удалён"),
                Reply::Unknown(of(Reason::ServerRefused, "Чек 123 уже удалён")),
            ),
            (
                to_any(PRINTER),
                Reply::Unknown(of(
                    Reason::PrinterFailed,
                    "Ошибка печати; Нет бумаги (RK7ErrorN 3901)",
                )),
            ),
            (
                executing(
                    "",
                    &format!("Пароль {} неверен", PASSWORD.replace('&', "&amp;")),
                ),
                Reply::Unknown(of(Reason::ServerRefused, "Пароль *** неверен")),
            ),
            (
                executing("", "ManagerPassword=&quot;7733 &amp;quot;&amp;amp;&quot;"),
                Reply::Unknown(of(Reason::ServerRefused, "ManagerPassword=\"***\"")),
            ),
            (
                String::new(),
                Reply::Unknown(of(Reason::AnswerNotUnderstood, "the answer is empty")),
            ),
        ];
        for (answer, reply) in cases {
            assert_eq!(annul(ok(&answer)), reply, "{answer}");
        }
        assert!(matches!(annul(Step::Close), Reply::Unknown(_)));
        let denied = Step::Answer(answer("401 Unauthorized", "", b""));
        assert!(matches!(annul(denied), Reply::Refused(_)));
        assert!(matches!(
            till(|own| own.channel.base = "http://127.0.0.1:9".to_owned()).annul(&body),
            Reply::NotDone(_)
        ));
    }
}

/// A manager may have a password of two digits.
#[test]
fn a_short_password_is_not_repeated() {
    let server = crate::http::script::Script::start(vec![ok(
        "<RK7QueryResult Status='Query Executing Error' ErrorText='Пароль 12 неверен, чек 512'/>",
    )]);
    let till = till(|own| {
        own.channel.base = server.base();
        own.take_back.manager_password = "12".into();
    });
    let wanted = of(Reason::ServerRefused, "Пароль *** неверен, чек 512");
    assert_eq!(till.annul(&receipt_body()), Reply::Unknown(wanted));
    server.finish();
}

#[test]
fn nothing_is_sent_that_cannot_be_sent_whole() {
    let without = till(|own| own.take_back.manager_password = "".into());
    let reply = without.annul(&receipt_body());
    let wanted: Problem = of(Reason::AnnulByHand, "rkeeper.manager_password");
    assert_eq!(reply, Reply::Refused(wanted));
    for body in [
        &b""[..],
        b"?",
        b"<RK7Query><RK7CMD CMD=\"PayOrder\"/></RK7Query>",
    ] {
        let reply = without.annul(body);
        assert_eq!(reply, Reply::Refused(of(Reason::AnnulByHand, "")));
    }
}
