//! What is read out of golden answers.

use jiff::civil::date;

use super::super::testing::*;
use super::super::*;
use crate::domain::{
    Component, Discount, Line, Modifier, Money, Order, OrderGuid, PosPayment, Quantity, Uid,
};
use crate::payment::ports::Receipt;

fn read(text: &str) -> QueryResult {
    parse_answer(text.as_bytes()).unwrap()
}

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn rich() -> OrderGuid {
    OrderGuid("8c9e446e-0000-4000-8000-000000000002".to_owned())
}

fn line(number: u32, code: &str, name: &str, quantity: i64, price: i64, amount: i64) -> Line {
    Line {
        id: format!("{{8C9E446E-0000-4000-8000-0000000000{number:X}}}"),
        code: code.to_owned(),
        name: name.to_owned(),
        quantity: Quantity::from_thousandths(quantity),
        ordered: Quantity::from_thousandths(quantity),
        base_price: money(price),
        amount: money(amount),
        modifiers: vec![],
        ..Line::default()
    }
}

#[test]
fn a_plain_order() {
    assert_eq!(
        order(&read(ORDER_PLAIN), &guid()).unwrap(),
        Order {
            guid: guid(),
            name: "12.1".to_owned(),
            table: Some("12".to_owned()),
            table_id: Some("12".to_owned()),
            waiter: Some("Admin".to_owned()),
            station: Some("Касса 1".to_owned()),
            opened_at: Some(date(2024, 3, 5).at(13, 15, 0, 0)),
            version: 7,
            total: money(185_000),
            unpaid: money(185_000),
            discount: Money::ZERO,
            prepaid: Money::ZERO,
            paid: false,
            finished: false,
            deleted: false,
            lines: vec![
                line(
                    0xb1,
                    "2470",
                    "Запеченный ролл с курицей",
                    2_000,
                    29_000,
                    58_000
                ),
                line(
                    0xb2,
                    "2469",
                    "Ролл «Нежный» & соус",
                    1_000,
                    127_000,
                    127_000
                ),
            ],
            guests: 2,
            payments: vec![],
            ..Order::default()
        }
    );
}

#[test]
fn an_order_with_everything() {
    let order = order(&read(ORDER_RICH), &rich()).unwrap();
    assert_eq!(
        order.table.as_deref(),
        Some("12"),
        "the code, for want of a name"
    );
    assert_eq!(order.station, None);
    assert_eq!((order.total, order.unpaid), (money(102_150), money(72_150)));
    assert_eq!(
        (order.discount, order.prepaid),
        (money(-11_350), money(30_000))
    );
    let steak = Line {
        ordered: Quantity::from_thousandths(2_000),
        modifiers: vec![
            Modifier {
                name: "двойной сыр".to_owned(),
                count: 2,
                price: money(6_000),
            },
            Modifier {
                name: "без лука".to_owned(),
                count: 1,
                price: Money::ZERO,
            },
        ],
        ..line(0xc2, "102", "Стейк", 1_000, 70_000, 82_000)
    };
    let returned = Line {
        id: "10".to_owned(),
        ..line(0, "104", "Тара, возврат", -1_000, 0, 0)
    };
    assert_eq!(
        order.lines,
        [
            line(0xc1, "101", "Плов на вес", 350, 90_000, 31_500),
            steak,
            returned
        ],
        "without the removed soup"
    );
    assert_eq!(
        order.payments,
        [PosPayment {
            amount: money(30_000),
            ext_info: None,
            prepayment: true,
            check_num: None,
            currency: Some("1".to_owned()),
            card_code: None,
            line_guid: Some("{8C9E446E-0000-4000-8000-0000000000C5}".to_owned()),
            begun: false,
        }],
        "without the promised and the deleted one"
    );
    assert_eq!(order.promised, money(5_000));
    assert_eq!(
        order.discounts,
        [Discount {
            name: "1".to_owned(),
            sum: money(-11_350)
        }]
    );
    let rows = order.lines_due().unwrap();
    assert_eq!(
        Money::total(rows.iter().map(|row| row.due)),
        Some(order.unpaid)
    );
}

#[test]
fn a_paid_order_shows_the_payments_of_its_receipt() {
    let order = order(&read(ORDER_PAID), &guid()).unwrap();
    assert!(order.paid && order.finished && !order.deleted);
    let payment = |amount, currency: &str, marker: &str, line: &str| PosPayment {
        amount: money(amount),
        ext_info: Some(marker.to_owned()),
        prepayment: false,
        check_num: Some("123".to_owned()),
        currency: Some(currency.to_owned()),
        card_code: Some(Uid::new("04A1B2C3").unwrap()),
        line_guid: Some(format!("{{8C9E446E-0000-4000-8000-0000000000{line}}}")),
        begun: false,
    };
    assert_eq!(
        order.payments,
        [
            payment(
                160_000,
                "11",
                "0198c0de-0000-7000-8000-000000000001/1",
                "E4"
            ),
            payment(25_000, "12", "0198c0de-0000-7000-8000-000000000001/2", "E5"),
        ],
        "not of an annulled receipt, a bill, or no receipt at all"
    );
}

#[test]
fn a_combo_is_one_line() {
    let text = ORDER_PLAIN
        .replace("<Dish id=\"1002470\"", "<Combo id=\"1002470\"")
        .replacen(
            "seat=\"0\"/>",
            "><Component id=\"1\" code=\"9\" price=\"1\" amount=\"1\" quantity=\"1\"/></Combo>",
            1,
        );
    let combo = order(&read(&text), &guid()).unwrap();
    let mut plain = order(&read(ORDER_PLAIN), &guid()).unwrap();
    plain.lines[0].components = vec![Component {
        name: "9".to_owned(),
        quantity: Quantity::from_thousandths(1),
    }];
    assert_eq!(combo, plain);
}

#[test]
fn the_list_of_open_orders() {
    let list = order_list(&read(ORDER_LIST)).unwrap();
    assert_eq!(list.version, 4711);
    let orders = list.orders.unwrap();
    assert_eq!(orders.len(), 2, "without the finished one");
    assert_eq!(orders[0].guid, guid());
    assert_eq!(orders[0].locked_by, None);
    assert_eq!(orders[0].table.as_deref(), Some("12"));
    assert_eq!(orders[1].name, "12.2");
    assert_eq!(
        orders[1].waiter.as_deref(),
        Some("5"),
        "the code, for want of a name"
    );
    assert_eq!(orders[1].locked_by.as_deref(), Some("Касса 2, Иванова"));
    assert_eq!(
        (orders[1].total, orders[1].unpaid),
        (money(100_000), money(70_000))
    );

    let none = order_list(&read(NO_CHANGES)).unwrap();
    assert_eq!((none.version, none.orders), (4711, None));

    let empty = "<RK7QueryResult Status='Ok' lastversion='1'/>";
    assert_eq!(order_list(&read(empty)).unwrap().orders, Some(vec![]));
}

#[test]
fn a_lock_without_a_holder_is_a_lock() {
    for (locked, holders, shown) in [
        ("locked='1'", "", Some("?")),
        ("locked='1'", "<LockedByStation code='3'/>", Some("3")),
        ("", "<LockedByWaiter name='Иванова'/>", Some("Иванова")),
        ("locked='0'", "<LockedByWaiter name='Иванова'/>", None),
        ("locked=''", "<LockedByWaiter name=''/>", None),
        ("", "", None),
    ] {
        let text = format!(
            "<RK7QueryResult Status='Ok'><Visit><Orders><Order guid='{{1}}' orderSum='1' \
             unpaidSum='1' {locked}>{holders}</Order></Orders></Visit></RK7QueryResult>"
        );
        let orders = order_list(&read(&text)).unwrap().orders.unwrap();
        assert_eq!(orders[0].locked_by.as_deref(), shown, "{text}");
        assert_eq!(orders[0].name, "{1}", "an order without a name");
    }
}

#[test]
fn a_receipt() {
    assert_eq!(
        receipt(&read(PAID)),
        Receipt {
            check_num: Some("123".to_owned()),
            warning: Some("Заканчивается бумага & лента; карта 04A1B2C3".to_owned()),
        }
    );
    let nothing = Receipt {
        check_num: None,
        warning: None,
    };
    assert_eq!(receipt(&read("<RK7QueryResult Status='Ok'/>")), nothing);
}

#[test]
fn currencies_that_may_not_pay() {
    let answer = read(CALCULATED);
    assert_eq!(currency_refused(&answer, &["11", "12", "1"]), Ok(None));
    assert_eq!(
        currency_refused(&answer, &["11", "13"]),
        Ok(Some(
            "13 Lime кредит: Валюта недоступна на этой станции (errcode 17)".to_owned()
        ))
    );
    assert_eq!(
        currency_refused(&answer, &["11", "99"]),
        Ok(Some("99: not among the order's currencies".to_owned()))
    );
    let error = currency_refused(&read(PAID), &["11"]).unwrap_err();
    assert_eq!(error.to_string(), "RK7QueryResult has no Payments");
}

#[test]
fn what_a_cash_server_says_of_itself() {
    let info = SystemInfo::of(&read(SYSTEM_INFO)).unwrap();
    assert_eq!(
        info,
        SystemInfo {
            server_version: Some("7.26.8.2001".to_owned()),
            node: Some("RK7SRV".to_owned()),
            restaurant: Some("Ресторан «Тестовый»".to_owned()),
            restaurant_id: Some("1000001".to_owned()),
            restaurant_code: Some("990010001".to_owned()),
            cash_server: Some("Кассовый сервер".to_owned()),
            shift_number: Some("218".to_owned()),
            shift_date: Some(date(2024, 3, 5).at(0, 0, 0, 0)),
            clock: Some(date(2024, 3, 5).at(13, 40, 0, 0)),
        }
    );
    let bare = read("<RK7QueryResult Status='Ok'><SystemInfo/></RK7QueryResult>");
    assert_eq!(SystemInfo::of(&bare).unwrap().node, None);
}

#[test]
fn both_shapes_say_the_same() {
    for (file, flat) in GOLDEN {
        let flat_answer = read(flat);
        let nested = read(&as_command_result(flat));
        assert_eq!(nested.status(), flat_answer.status(), "{file}");
        assert_eq!(nested.failure(), flat_answer.failure(), "{file}");
        assert_eq!(nested.attribute("CMD"), flat_answer.attribute("CMD"));
        assert_eq!(order_list(&nested), order_list(&flat_answer), "{file}");
        assert_eq!(receipt(&nested), receipt(&flat_answer), "{file}");
        for guid in [guid(), rich()] {
            // The error names the element that was looked into, which is another.
            assert_eq!(
                order(&nested, &guid).ok(),
                order(&flat_answer, &guid).ok(),
                "{file}"
            );
        }
    }
}

#[test]
fn the_worse_status_counts() {
    for (root, command, status) in [
        ("Ok", "Ok", Status::Ok),
        ("Ok", "Query Executing Error", Status::QueryExecutingError),
        ("Query Executing Error", "Ok", Status::QueryExecutingError),
        ("Ok", "Execution Started", Status::ExecutionStarted),
        ("Ok", "Result Writing Error", Status::ResultWritingError),
        ("Ok", "Bad Query Parameters", Status::BadQueryParameters),
        ("Ok", "Query Parse Error", Status::QueryParseError),
        ("Ok", "No changes", Status::NoChanges),
        ("Ok", "ok", Status::Unheard),
        ("", "Ok", Status::Unheard),
    ] {
        let answer = read(&format!(
            "<RK7QueryResult Status='{root}'><CommandResult Status='{command}'/></RK7QueryResult>"
        ));
        assert_eq!(answer.status(), status, "{root}, {command}");
    }
    let error = parse_answer(b"<RK7QueryResult/>").unwrap_err().to_string();
    assert_eq!(error, "RK7QueryResult has no Status");
    let two = b"<RK7QueryResult Status='Ok'><CommandResult/><CommandResult/></RK7QueryResult>";
    assert_eq!(parse_answer(two), Err(AnswerError::Results(2)));
}

#[test]
fn failures() {
    let failure = |text| read(text).failure().unwrap();
    let closed = failure(VISIT_CLOSED);
    assert_eq!(
        (closed.number, closed.text.as_str()),
        (Some(2128), "Визит 1159 закрыт!")
    );
    let printer = failure(PRINTER);
    assert_eq!(printer.components, ["Printer"]);
    assert_eq!(printer.text, "Ошибка печати; Нет бумаги");
    // The number only in the text, and the same text twice.
    assert_eq!(failure(SHIFT_CLOSING).number, Some(2172));
    let locked = failure(LOCKED_BY_OTHER);
    assert_eq!(locked.number, Some(2219));
    assert!(
        locked.text.ends_with("(станция RK7CASH002, оператор 7)"),
        "{locked:?}"
    );
    assert_eq!(locked.text.matches("оператор").count(), 1);

    // The number only in the stack; a faulty tag beside it.
    let stack = failure(
        "<RK7QueryResult Status='Query Executing Error' ErrorText='' RK7ErrorN=''>\
         <Error RK7ErrorN='3373' ErrorText='' Component=''>Мало<FaultyTag><x/></FaultyTag></Error>\
         </RK7QueryResult>",
    );
    assert_eq!((stack.number, stack.text.as_str()), (Some(3373), "Мало"));
    // As SaveOrder answers: the words in an attribute, and what it disliked without its values.
    let faulty = failure(
        "<RK7QueryResult Status='Query Executing Error'><Error RK7ErrorN='9999' \
         ErrorText='Нельзя' Component='Rights'><FaultyTag><Prepay cardCode='04A1B2C3'/><Station/><New/>\
         </FaultyTag></Error><Error RK7ErrorN='1' ErrorText='И ещё'><FaultyTag/></Error>\
         </RK7QueryResult>",
    );
    assert_eq!(faulty.text, "Нельзя; <Prepay>, <Station>; И ещё");
    assert_eq!(faulty.number, Some(9999));
    assert_eq!(faulty.components, ["Rights"]);
    assert_eq!(stack.components, [""; 0]);

    // Ok and an error number contradict each other.
    let both = failure("<RK7QueryResult Status='Ok' RK7ErrorN='3373'/>");
    assert_eq!((both.status, both.number), (Status::Ok, Some(3373)));
    assert_eq!(
        read("<RK7QueryResult Status='Ok' RK7ErrorN='0'/>").failure(),
        None
    );
    assert_eq!(read(NO_CHANGES).failure(), None);
}

#[test]
fn the_answer_to_something_else_is_refused() {
    let answer = read(ORDER_PLAIN);
    answer.answers("GetOrder").unwrap();
    let error = answer.answers("PayOrder").unwrap_err().to_string();
    assert_eq!(error, "PayOrder was asked and GetOrder answered");
    read("<RK7QueryResult Status='Ok'/>")
        .answers("PayOrder")
        .unwrap();

    let error = order(&answer, &rich()).unwrap_err().to_string();
    assert!(error.starts_with("order 8c9e446e-"), "{error}");
    let error = order(&read(LOCKED), &guid()).unwrap_err().to_string();
    assert_eq!(error, "RK7QueryResult has no Order");
}

/// Case 43: what is needed is named, what is not needed is not missed.
#[test]
fn a_missing_or_odd_attribute_is_named_where_it_is_needed() {
    for (attribute, complaint) in [
        (
            "guid=\"{8C9E446E-0000-4000-8000-000000000001}\"",
            Some("Order has no guid"),
        ),
        ("version=\"7\"", Some("Order has no version")),
        ("orderSum=\"185000\"", Some("Order has no orderSum")),
        ("unpaidSum=\"185000\"", Some("Order has no unpaidSum")),
        ("price=\"29000\"", Some("Dish has no price")),
        ("amount=\"58000\"", Some("Dish has no amount")),
        (" quantity=\"2000\"", Some("Dish has no quantity")),
        ("orderName=\"12.1\"", None),
        ("openTime=\"2024-03-05T13:15:00\"", None),
        ("discountSum=\"0\"", None),
        ("prepaySum=\"0\"", None),
        ("paid=\"0\"", None),
        ("finished=\"0\"", None),
        ("deleted=\"0\"", None),
        ("name=\"Запеченный ролл с курицей\"", None),
        ("line_guid=\"{8C9E446E-0000-4000-8000-0000000000B1}\"", None),
    ] {
        assert!(ORDER_PLAIN.contains(attribute), "{attribute}");
        let without = read(&ORDER_PLAIN.replacen(attribute, "", 1));
        let got = order(&without, &guid()).map_err(|error| error.to_string());
        assert_eq!(got.err().as_deref(), complaint, "{attribute}");
    }
    for (from, to, complaint) in [
        (
            "orderSum=\"185000\"",
            "orderSum=\"1850.00\"",
            "Order/@orderSum is \"1850.00\"",
        ),
        (
            "unpaidSum=\"185000\"",
            "unpaidSum=\"1e5\"",
            "Order/@unpaidSum is \"1e5\"",
        ),
        ("paid=\"0\"", "paid=\"maybe\"", "Order/@paid is \"maybe\""),
        (
            " quantity=\"2000\"",
            " quantity=\"2,0\"",
            "Dish/@quantity is \"2,0\"",
        ),
    ] {
        assert!(ORDER_PLAIN.contains(from), "{from}");
        let error = order(&read(&ORDER_PLAIN.replacen(from, to, 1)), &guid()).unwrap_err();
        assert_eq!(error.to_string(), complaint);
    }
}

#[test]
fn foreign_text_is_cleaned_where_it_enters() {
    let text = ORDER_PLAIN
        .replace("name=\"Admin\"", "name=\"Ad&#x1b;[2J&#x202e;min\"")
        .replace("orderName=\"12.1\"", "orderName=\"12&#10;.1\"");
    let order = order(&read(&text), &guid()).unwrap();
    assert_eq!(order.waiter.as_deref(), Some("Ad [2Jmin"));
    assert_eq!(order.name, "12 .1");
}
