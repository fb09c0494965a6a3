use super::super::testing::*;
use super::super::tests::wire::{lock_id, ok, with};
use super::super::*;
use super::{Dialect, Failure, Newer, Status, is_unknown_command};
use crate::domain::Money;
use crate::http::script::Step;
use crate::payment::ports::{Pos, ReadError};
use crate::payment::reason::Reason;

/// A list as `GetOrderList` writes it: its own names, no elements for table and waiter.
const OLD_LIST: &str = "<RK7QueryResult ServerVersion='7.5.2.34' XmlVersion='66' Status='Ok' \
    CMD='GetOrderList' ErrorText='' lastversion='41'><Visit VisitID='7' guid='{A}' Finished='0' \
    GuestsCount='2'><Guests count='2'/><Orders>\
    <Order OrderID='256' Version='3' crc32='-5' guid='{8C9E446E-0000-4000-8000-000000000001}' url='' \
    OrderName='12.1' OrderSum='150000' ToPaySum='120000' PrepaySum='30000' PriceListSum='150000' \
    TotalPieces='1000' CreateTime='2024-03-05T12:00:00' Finished='0' Bill='0' ReceiptError='0' \
    TableID='1' TableCode='12' TableName='Терраса 12' WaiterID='2' WaiterCode='9' WaiterName='Анна'>\
    <LockedByWaiter id='3' code='7' name='Иван'/></Order>\
    <Order OrderID='512' guid='{B}' OrderName='Ушёл' OrderSum='1' ToPaySum='0' Finished='1'/>\
    </Orders></Visit><Visit VisitID='8' guid='{C}'/></RK7QueryResult>";

fn unknown(command: &str) -> Step {
    ok(&format!(
        "<RK7QueryResult Status='Bad Query Parameters' CMD='{command}' \
         ErrorText='Unknown command {command}' Processed='0'/>"
    ))
}

fn commands(requests: &[String]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| {
            let (_, rest) = request.split_once("CMD=\"").unwrap();
            rest.split_once('"').unwrap().0
        })
        .collect()
}

#[test]
fn the_older_list_says_the_same_and_is_asked_at_once_from_then_on() {
    let no_changes = "<RK7QueryResult Status='No changes' CMD='GetOrderList' lastversion='41'/>";
    let steps = vec![
        unknown("GetOrderList2"),
        ok(OLD_LIST),
        ok(no_changes),
        ok(OLD_LIST),
    ];
    let (list, requests) = with(steps, |till| {
        let list = till.orders(None).unwrap();
        assert_eq!(till.orders(Some(list.version)).unwrap().orders, None);
        till.orders(None).unwrap();
        list
    });
    assert_eq!(
        commands(&requests),
        [
            "GetOrderList2",
            "GetOrderList",
            "GetOrderList",
            "GetOrderList"
        ]
    );
    assert!(requests[1].contains(
        "CMD=\"GetOrderList\" needCodes=\"1\" needNames=\"1\" onlyOpened=\"1\" lastversion=\"0\""
    ));
    assert!(requests[2].contains("lastversion=\"41\""));
    assert_eq!(list.version, 41);
    let orders = list.orders.unwrap();
    let [order] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!(order.name, "12.1");
    assert_eq!(order.table.as_deref(), Some("Терраса 12"));
    assert_eq!(order.waiter.as_deref(), Some("Анна"));
    assert_eq!(order.total, Money::from_kopecks(150_000));
    assert_eq!(order.unpaid, Money::from_kopecks(120_000));
    assert_eq!(order.locked_by.as_deref(), Some("Иван"));
    assert!(order.opened_at.is_some());
}

/// The old list may also have the newer words, as a server in between would.
#[test]
fn newer_words_in_the_older_list_are_kept() {
    let text = OLD_LIST
        .replace("ToPaySum=", "unpaidSum='7' ToPaySum=")
        .replace(
            "<LockedByWaiter",
            "<Table code='1' name='Зал 1'/><LockedByWaiter",
        );
    let answer = parse_answer(text.as_bytes()).unwrap();
    let list = order_list(&answer).unwrap();
    let order = list.orders.unwrap().remove(0);
    assert_eq!(order.unpaid, Money::from_kopecks(7));
    assert_eq!(order.table.as_deref(), Some("Зал 1"));
}

#[test]
fn the_older_calculation_knows_which_currencies_may_pay() {
    let older = CALCULATED.replace("CalcOrder3", "CalcOrder2");
    let steps = || vec![unknown("CalcOrder3"), ok(&older), ok(&older)];
    let (unpaid, requests) = with(steps(), |till| {
        till.payable(&sale()).unwrap();
        till.payable(&sale()).unwrap().unpaid
    });
    assert_eq!(unpaid, sale().due);
    assert_eq!(
        commands(&requests),
        ["CalcOrder3", "CalcOrder2", "CalcOrder2"]
    );
    // A currency that it does not list may not pay.
    let without = older.replace("code=\"12\"", "code=\"99\"");
    assert_ne!(without, older);
    let (refused, _) = with(vec![unknown("CalcOrder3"), ok(&without)], |till| {
        till.payable(&sale()).unwrap_err()
    });
    assert_eq!(refused.problem().reason, Reason::CurrencyNotAllowed);
}

#[test]
fn the_older_system_info_tells_what_it_can() {
    let older = "<RK7QueryResult ServerVersion='7.5.2.34' XmlVersion='66' Status='Ok' \
                 CMD='GetSystemInfo' ErrorText='' DateTime='2024-03-05T13:15:00'>\
                 <SystemInfo SystemTime='3918539700000' ReqSysVer='2' NetName='RK7SRV' ProcessID='4' \
                 ShiftDate='20240305' RestCode='199990001'><CashGroup id='1' code='1' name='Зал'/>\
                 <Restaurant id='2' code='1' name='Тест'/></SystemInfo></RK7QueryResult>";
    let (info, requests) = with(vec![unknown("GetSystemInfo2"), ok(older)], |till| {
        till.system_info().unwrap()
    });
    assert_eq!(commands(&requests), ["GetSystemInfo2", "GetSystemInfo"]);
    assert_eq!(info.server_version.as_deref(), Some("7.5.2.34"));
    assert_eq!(info.node.as_deref(), Some("RK7SRV"));
    assert_eq!(info.restaurant_code.as_deref(), Some("199990001"));
    assert_eq!(info.shift_number, None);
    let date = jiff::civil::date(2024, 3, 5).to_datetime(jiff::civil::Time::MIN);
    assert_eq!(info.shift_date, Some(date));
    // A date that cannot be read is none.
    let odd = older.replace("20240305", "5 марта");
    let answer = parse_answer(odd.as_bytes()).unwrap();
    assert_eq!(SystemInfo::of(&answer).unwrap().shift_date, None);
}

/// Another refusal says nothing of the command; one that knows neither says so; one that was away is
/// asked the newer first again.
#[test]
fn only_an_unknown_command_is_one() {
    let (error, requests) = with(
        vec![ok(&SHIFT_CLOSING.replace("PayOrder", "GetOrderList2"))],
        |till| till.orders(None).unwrap_err(),
    );
    assert_eq!(error.problem().reason, Reason::ShiftClosing);
    assert_eq!(requests.len(), 1);
    let neither = vec![unknown("GetOrderList2"), unknown("GetOrderList")];
    let (error, _) = with(neither, |till| till.orders(None).unwrap_err());
    let ReadError::Refused(problem) = error else {
        panic!("{error}");
    };
    assert_eq!(problem.reason, Reason::RequestNotUnderstood);

    let dialect = Dialect::default();
    for command in Newer::ALL {
        assert!(!dialect.is_old(command));
        dialect.learn(command);
        assert!(dialect.is_old(command));
    }
    dialect.forget();
    assert!(
        Newer::ALL
            .into_iter()
            .all(|command| !dialect.is_old(command))
    );
}

/// Whatever form is set, reads and writes come in it, each alone, and mean the same.
#[test]
fn every_command_comes_in_the_form_of_the_settings() {
    for form in [CommandForm::Many, CommandForm::ManyEchoed] {
        let name = form.element();
        let enveloped = |flat: &str, command: &str| {
            let (_, body) = flat.split_once("<RK7QueryResult").unwrap();
            let echo = format!("<SourceCommand><{name} CMD=\"{command}\"/></SourceCommand>");
            let inner = format!("<CommandResult{body}")
                .replace("</RK7QueryResult>", "</CommandResult>")
                .replacen('>', &format!(">{echo}"), 1);
            ok(&format!(
                "<RK7QueryResult ServerVersion=\"7.7.0.244\" Status=\"Ok\" Processed=\"1\">{inner}\
                 </RK7QueryResult>"
            ))
        };
        let steps = vec![
            enveloped(ORDER_LIST, "GetOrderList2"),
            enveloped(LOCKED, "LockOrder"),
            enveloped(PAID, "PayOrder"),
        ];
        let server = crate::http::script::Script::start(steps);
        let mut own = settings(&server.base());
        own.command_form = form;
        let till = Rkeeper::new(own).unwrap();
        let list = till.orders(None).unwrap();
        assert_eq!(list.version, 4711);
        assert!(list.orders.is_some());
        till.lock(&guid(), &lock_id());
        let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
        let crate::payment::ports::Reply::Done(receipt) = till.pay(&body) else {
            panic!("not paid");
        };
        assert_eq!(receipt.check_num.as_deref(), Some("123"));
        for request in server.finish() {
            let request = String::from_utf8(request).unwrap();
            assert_eq!(request.matches("CMD=").count(), 1, "{request}");
            assert!(
                request.contains(&format!("<RK7Query><{name} CMD=")),
                "{request}"
            );
            assert!(request.ends_with("</RK7Query>"), "{request}");
        }
        // What is in the journal in another form is sent as it is there.
        let (_, sent) = with(vec![ok(PAID)], |other| other.pay(&body));
        assert_eq!(sent[0].split_once("\r\n\r\n").unwrap().1.as_bytes(), body);
    }
}

#[test]
fn only_an_unknown_command_is_an_older_server() {
    let failure = |status, text: &str| Failure {
        status,
        number: None,
        components: vec![],
        text: text.to_owned(),
    };
    let unknown = "Unknown command GetReceiptList";
    for (failure, older) in [
        (failure(Status::BadQueryParameters, unknown), true),
        (failure(Status::QueryExecutingError, unknown), false),
        (
            failure(Status::BadQueryParameters, "Bad line_guid value"),
            false,
        ),
    ] {
        assert_eq!(is_unknown_command(&failure), older, "{failure:?}");
    }
}
