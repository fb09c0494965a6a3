//! Round trips with a scripted HTTP server: bytes out, meaning in.

use std::net::TcpListener;
use std::time::Duration;

use super::super::testing::*;
use super::super::*;
use crate::domain::OrderGuid;
use crate::http::script::{Script, Step, answer};
use crate::payment::ports::{LockId, Pos, ReadError, Receipt, Reply};
use crate::payment::reason::{Problem, Reason, Server};

/// `кассир:p&ss` in UTF-8.
const BASIC: &str = "authorization: Basic 0LrQsNGB0YHQuNGAOnAmc3M=";

pub(in crate::rkeeper) fn lock_id() -> LockId {
    LockId("{0198C0DE-0000-7000-8000-00000000000A}".to_owned())
}

pub(in crate::rkeeper) fn ok(body: &str) -> Step {
    Step::Answer(answer("200 OK", "", body.as_bytes()))
}

/// Does something against a server that goes through these steps; the second is what came.
pub(in crate::rkeeper) fn with<T>(
    steps: Vec<Step>,
    act: impl FnOnce(&Rkeeper) -> T,
) -> (T, Vec<String>) {
    let server = Script::start(steps);
    let till = Rkeeper::new(settings(&server.base())).unwrap();
    let result = act(&till);
    let requests = server.finish();
    let requests = requests
        .into_iter()
        .map(|request| String::from_utf8(request).unwrap())
        .collect();
    (result, requests)
}

fn pay(step: Step) -> Reply<Receipt> {
    with(vec![step], |till| {
        let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
        till.pay(&body)
    })
    .0
}

fn lock(step: Step) -> Reply<()> {
    with(vec![step], |till| till.lock(&guid(), &lock_id())).0
}

pub(super) fn of(reason: Reason, detail: &str) -> Problem {
    Problem::of(Server::Rkeeper, reason, detail)
}

#[test]
fn a_payment_from_the_list_to_the_receipt() {
    let steps = [
        SYSTEM_INFO,
        ORDER_LIST,
        NO_CHANGES,
        LOCKED,
        ORDER_PLAIN,
        CALCULATED,
        PAID,
        ORDER_PAID,
        LOCKED,
    ];
    let ((), requests) = with(steps.map(ok).into(), |till| {
        assert_eq!(till.version(), None);
        assert_eq!(till.system_info().unwrap().node.as_deref(), Some("RK7SRV"));
        assert_eq!(till.version().as_deref(), Some("7.26.8.2001"));
        let list = till.orders(None).unwrap();
        let guid = list.orders.unwrap()[0].guid.clone();
        assert_eq!(till.orders(Some(list.version)).unwrap().orders, None);
        assert_eq!(till.lock(&guid, &lock_id()), Reply::Done(()));
        assert_eq!(till.order(&guid).unwrap().version, 7);
        assert_eq!(till.payable(&sale()).unwrap().unpaid, sale().due);
        let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
        let Reply::Done(receipt) = till.pay(&body) else {
            panic!("not paid");
        };
        assert_eq!(receipt.check_num.as_deref(), Some("123"));
        let warning = "Заканчивается бумага & лента; карта …B2C3";
        assert_eq!(
            receipt.warning.as_deref(),
            Some(warning),
            "the card is masked"
        );
        assert!(till.order(&guid).unwrap().paid);
        till.unlock(&guid, &lock_id());
    });
    let commands = [
        "CMD=\"GetSystemInfo2\"",
        "CMD=\"GetOrderList2\" onlyOpened=\"1\" lastversion=\"0\"",
        "CMD=\"GetOrderList2\" onlyOpened=\"1\" lastversion=\"4711\"",
        "CMD=\"LockOrder\" lockTime=\"1899-12-30T00:02:00\"",
        "CMD=\"GetOrder\"",
        "CMD=\"CalcOrder3\"",
        "CMD=\"PayOrder\" lockguid=\"{0198C0DE-0000-7000-8000-00000000000A}\"",
        "CMD=\"GetOrder\"",
        "CMD=\"LockOrder\" lockTime=\"1899-12-30T00:00:00\"",
    ];
    for (request, command) in requests.iter().zip(commands) {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("POST /rk7api/v0/xmlinterface.xml HTTP/1.1\r\n"),
            "{head}"
        );
        assert!(head.contains(BASIC), "{head}");
        assert!(
            head.contains("content-type: text/xml; charset=utf-8"),
            "{head}"
        );
        let start = "<?xml version=\"1.0\" encoding=\"utf-8\"?><RK7Query><RK7CMD ";
        assert!(body.starts_with(&format!("{start}{command}")), "{body}");
    }
}

/// The journal holds the bytes that leave.
#[test]
fn a_payment_leaves_as_it_was_written() {
    let (body, requests) = with(vec![ok(PAID)], |till| {
        let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
        till.pay(&body);
        String::from_utf8(body).unwrap()
    });
    assert_eq!(requests[0].split_once("\r\n\r\n").unwrap().1, body);
}

#[test]
fn replies_to_a_payment() {
    let paid = Reply::Done(Receipt {
        check_num: None,
        warning: None,
    });
    let executing = |text: &str| {
        format!(
            "<RK7QueryResult Status='Query Executing Error' CMD='PayOrder' ErrorText='{text}'/>"
        )
    };
    for (body, reply) in [
        ("<RK7QueryResult Status='Ok' CMD='PayOrder'/>", paid),
        (
            VISIT_CLOSED,
            Reply::Refused(of(
                Reason::OrderClosed,
                "Визит 1159 закрыт! (RK7ErrorN 2128)",
            )),
        ),
        (
            PRINTER,
            Reply::Unknown(of(
                Reason::PrinterFailed,
                "Ошибка печати; Нет бумаги (RK7ErrorN 3901)",
            )),
        ),
        (
            SHIFT_CLOSING,
            Reply::NotDone(of(
                Reason::ShiftClosing,
                "UCSERR(2172): В данный момент закрывается общая смена (RK7ErrorN 2172)",
            )),
        ),
        (
            "<RK7QueryResult Status='Bad Query Parameters' ErrorText='Unknown command PayOrder'/>",
            Reply::Refused(of(Reason::RequestNotUnderstood, "Unknown command PayOrder")),
        ),
        (
            &executing("Карта 04D4E5F6 неизвестна"),
            Reply::Unknown(of(Reason::ServerRefused, "Карта …E5F6 неизвестна")),
        ),
        (
            &executing("License check failed"),
            Reply::Refused(of(Reason::LicenceMissing, "License check failed")),
        ),
        (
            "<RK7QueryResult Status='No changes' CMD='PayOrder'/>",
            Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "PayOrder: a status that says nothing",
            )),
        ),
        (
            ORDER_PLAIN,
            Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "PayOrder was asked and GetOrder answered",
            )),
        ),
        (
            "<html Status='Ok'></html>",
            Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "the answer is <html>, not <RK7QueryResult>",
            )),
        ),
        (
            "",
            Reply::Unknown(of(Reason::AnswerNotUnderstood, "the answer is empty")),
        ),
    ] {
        assert_eq!(pay(ok(body)), reply, "{body}");
    }
}

#[test]
fn replies_to_a_lock() {
    let unclear = "LockOrder: the answer does not say whether the order is locked";
    let none = "LockOrder: Ok, but locked=\"0\": no lock was given";
    for (body, reply) in [
        (LOCKED, Reply::Done(())),
        (
            "<RK7QueryResult Status='Ok' locked='0'/>",
            Reply::Refused(of(Reason::OrderLocked, none)),
        ),
        (
            "<RK7QueryResult Status='Ok'/>",
            Reply::Unknown(of(Reason::AnswerNotUnderstood, unclear)),
        ),
        (
            "<RK7QueryResult Status='No changes' locked='1'/>",
            Reply::Unknown(of(
                Reason::AnswerNotUnderstood,
                "LockOrder: a status that says nothing",
            )),
        ),
        (
            "<RK7QueryResult Status='Query Executing Error' ErrorText='Заказ не найден'/>",
            Reply::Refused(of(Reason::OrderNotFound, "Заказ не найден")),
        ),
    ] {
        assert_eq!(lock(ok(body)), reply, "{body}");
    }
    let Reply::Refused(problem) = lock(ok(LOCKED_BY_OTHER)) else {
        panic!("not refused");
    };
    assert_eq!(problem.reason, Reason::OrderLocked);
    assert!(
        problem.detail.contains("станция RK7CASH002, оператор 7"),
        "{problem}"
    );
}

#[test]
fn http_without_an_answer() {
    let cut = &PAID.trim_end()[..PAID.len() - 10];
    for (bytes, reason) in [
        (
            answer("404 Not Found", "", b""),
            Reason::AnswerNotUnderstood,
        ),
        (
            answer("500 Oops", "", PAID.as_bytes()),
            Reason::AnswerNotUnderstood,
        ),
        (
            answer("302 Found", "Location: /login\r\n", b""),
            Reason::AnswerNotUnderstood,
        ),
        (
            answer("307 Temporary", "Location: /pay\r\n", b""),
            Reason::AnswerNotUnderstood,
        ),
        // L9: cut where no length was announced.
        (
            format!("HTTP/1.0 200 OK\r\n\r\n{cut}").into_bytes(),
            Reason::AnswerNotUnderstood,
        ),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{PAID}").into_bytes(),
            Reason::AnswerLost,
        ),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..40]).into_owned();
        let Reply::Unknown(problem) = pay(Step::Answer(bytes.clone())) else {
            panic!("{shown}");
        };
        assert_eq!(problem.reason, reason, "{shown}");
        let (read, _) = with(vec![Step::Answer(bytes)], |till| till.order(&guid()));
        let Err(ReadError::Failed(problem)) = read else {
            panic!("{shown}");
        };
        assert_eq!(problem.reason, reason, "{shown}");
    }
    for step in [Step::Close, Step::CloseUnread] {
        assert!(
            matches!(pay(step), Reply::Unknown(problem) if problem.reason == Reason::AnswerLost)
        );
    }
}

#[test]
fn a_wrong_login_is_told_apart() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let denied = of(Reason::AccessDenied, &format!("HTTP {}", &status[..3]));
        let step = || Step::Answer(answer(status, "", b"<html/>"));
        assert_eq!(pay(step()), Reply::Refused(denied.clone()));
        let (read, _) = with(vec![step()], |till| till.orders(None));
        assert_eq!(read, Err(ReadError::Refused(denied)));
    }
}

#[test]
fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let till = Rkeeper::new(settings(&format!("http://{free}"))).unwrap();
    let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
    assert!(
        matches!(till.pay(&body), Reply::NotDone(problem) if problem.reason == Reason::ServerUnreachable)
    );
    assert!(matches!(till.lock(&guid(), &lock_id()), Reply::NotDone(_)));
    assert!(
        matches!(till.order(&guid()), Err(ReadError::Failed(problem)) if problem.reason == Reason::ServerUnreachable)
    );
    till.unlock(&guid(), &lock_id());
}

#[test]
fn each_kind_of_call_has_its_own_time() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec();
    let server = Script::start(vec![Step::Drip(head), ok(LOCKED)]);
    let till = Rkeeper::new(Settings {
        pay_timeout: Duration::from_millis(100),
        ..settings(&server.base())
    })
    .unwrap();
    let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
    let Reply::Unknown(problem) = till.pay(&body) else {
        panic!("the deadline did not come");
    };
    assert_eq!(problem.reason, Reason::AnswerLost);
    assert_eq!(till.lock(&guid(), &lock_id()), Reply::Done(()));
    server.finish();
}

#[test]
fn what_r_keeper_refuses_to_read() {
    let refused = |body: &'static str, act: fn(&Rkeeper) -> Option<ReadError>| {
        with(vec![ok(body)], act).0.unwrap()
    };
    let gone = "<RK7QueryResult Status='Query Executing Error' \
                ErrorText='Не найден элемент {1} в коллекции Orders'/>";
    assert_eq!(
        refused(gone, |till| till.order(&guid()).err()),
        ReadError::Refused(of(
            Reason::OrderNotFound,
            "Не найден элемент {1} в коллекции Orders"
        ))
    );
    let error = refused(NO_CHANGES, |till| till.orders(None).err());
    assert!(matches!(error, ReadError::Failed(_)), "{error}");
    let error = refused(ORDER_PLAIN, |till| {
        till.order(&OrderGuid("{2}".to_owned())).err()
    });
    assert_eq!(
        error.problem().detail,
        format!("order {{2}} was asked and order {GUID} answered")
    );
}

#[test]
fn a_currency_that_may_not_pay_is_told_in_r_keepers_words() {
    let mut sale = sale();
    sale.legs[1].kind = crate::domain::AccountKind::Credit;
    let server = Script::start(vec![ok(CALCULATED)]);
    let mut settings = settings(&server.base());
    settings.currencies.credit = Some("13".to_owned());
    let till = Rkeeper::new(settings).unwrap();
    assert_eq!(
        till.payable(&sale),
        Err(ReadError::Refused(of(
            Reason::CurrencyNotAllowed,
            "13 Lime кредит: Валюта недоступна на этой станции (errcode 17)"
        )))
    );
    server.finish();
}

#[test]
fn a_kind_without_a_currency_is_not_asked_about() {
    let mut sale = sale();
    sale.legs[1].kind = crate::domain::AccountKind::Credit;
    let (read, requests) = with(vec![], |till| till.payable(&sale));
    assert_eq!(read.unwrap_err().problem().reason, Reason::ConfigIncomplete);
    assert_eq!(requests, [""; 0]);
}

#[test]
fn nothing_secret_is_in_a_debug_text() {
    let till = Rkeeper::new(settings("http://till.invalid")).unwrap();
    let shown = format!("{till:?} {:?}", parse_answer(PAID.as_bytes()).unwrap());
    for secret in ["p&ss", "7733", "0LrQsNGB0YHQuNGAOnAmc3M=", "04A1B2C3"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
