//! Orders as waiters and guests make them: what is read out of each, and whether cards may pay it.

use super::super::testing::*;
use super::super::*;
use super::wire::{ok, with};
use crate::domain::{Discount, Hindrance, Money, Order, Quantity, ReceiptStage};
use crate::payment::ports::Pos as _;

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

/// An order with these attributes beside its guid, and this inside.
fn read(attributes: &str, inside: &str) -> Order {
    let guid = guid();
    let text = format!(
        "<RK7QueryResult Status='Ok' CMD='GetOrder'><Order guid='{guid}' version='3' {attributes}>\
         {inside}</Order></RK7QueryResult>"
    );
    order(&parse_answer(text.as_bytes()).unwrap(), &guid).unwrap()
}

/// A dish of that many kopecks.
fn dish(number: u32, amount: i64, inside: &str) -> String {
    format!(
        "<Dish id='{number}' code='{number}' name='D{number}' line_guid='{{{number}}}' state='4' \
         price='{amount}' amount='{amount}' quantity='1000'>{inside}</Dish>"
    )
}

fn dues(order: &Order) -> Vec<i64> {
    let rows = order.lines_due().unwrap();
    rows.iter().map(|row| row.due.kopecks()).collect()
}

#[test]
fn sessions_seats_and_guests() {
    let order = read(
        "orderSum='300' unpaidSum='300'",
        "<Guests count='3'/>\
         <Session uni='1'><Dish code='1' name='A' line_guid='{1}' price='100' amount='100' \
         quantity='1000' seat='1'/></Session>\
         <Session uni='9'><Dish code='2' name='B' line_guid='{2}' price='200' amount='200' \
         quantity='1000' seat='2'/></Session>",
    );
    assert_eq!(order.guests, 3);
    let seats: Vec<u32> = order.lines.iter().map(|line| line.seat).collect();
    assert_eq!(seats, [1, 2]);
    assert_eq!(order.hindrance(), None);
    let listed = "<Guests><Guest guestLabel='1'/><Guest guestLabel='2'/></Guests>";
    assert_eq!(read("orderSum='0' unpaidSum='0'", listed).guests, 2);
    let odd = "<Guests count='many'/>";
    assert_eq!(read("orderSum='0' unpaidSum='0'", odd).guests, 0);
}

#[test]
fn voids_weighed_dishes_and_what_is_given_back() {
    let order = read(
        "orderSum='33450' unpaidSum='33450'",
        "<Session>\
         <Dish code='1' name='A' line_guid='{1}' state='4' price='10000' amount='10000' \
         quantity='1000' srcQuantity='3000'><Void quantity='2000'/></Dish>\
         <Dish code='2' name='B' line_guid='{2}' state='4' price='70001' amount='24500' \
         quantity='350' srcQuantity='350'/>\
         <Dish code='3' name='C' line_guid='{3}' state='7' price='500' amount='500' quantity='1000'/>\
         <Dish code='4' name='D' line_guid='{4}' state='4' price='1050' amount='-1050' \
         quantity='-1000' srcQuantity='-1000'/></Session>",
    );
    let thousandths = |quantity: Quantity| quantity.thousandths();
    let read: Vec<_> = order
        .lines
        .iter()
        .map(|line| (thousandths(line.quantity), thousandths(line.ordered)))
        .collect();
    assert_eq!(read, [(1_000, 3_000), (350, 350), (-1_000, -1_000)]);
    assert_eq!(dues(&order), [9_696, 23_754], "the bottle in proportion");
}

#[test]
fn discounts_of_order_line_and_receipt() {
    let order = read(
        "orderSum='1458' unpaidSum='1458' discountSum='-62'",
        &format!(
            "<Session>{}{}\
             <Discount name='10 %' discountSum='-150' amount='10'/>\
             <Discount name='gone' discountSum='-99' deleted='1'/>\
             <Discount name='gone too' discountSum='-99' state='7'/>\
             <PrintCheck state='4' bill='1' CheckNum='5' amount='1458'>\
             <Discount name='service' discountSum='108'/></PrintCheck>\
             <PrintCheck state='7' CheckNum='4'><Discount name='old' discountSum='1'/></PrintCheck>\
             </Session>",
            dish(1, 1_000, ""),
            dish(2, 520, "<Discount name='friend' discountSum='-20'/>"),
        ),
    );
    let discount = |name: &str, sum| Discount {
        name: name.to_owned(),
        sum: money(sum),
    };
    assert_eq!(
        order.discounts,
        [discount("10 %", -150), discount("service", 108)]
    );
    assert_eq!(order.lines[1].discounts, [discount("friend", -20)]);
    assert_eq!(dues(&order), [900, 450, 108]);
    assert_eq!(order.hindrance(), None, "one pre-bill is no split");
}

#[test]
fn a_receipt_with_payments_that_is_not_printed_is_a_failed_one() {
    let inside = |check: &str| format!("<Session>{}{check}</Session>", dish(1, 100, ""));
    let sums = "orderSum='100' unpaidSum='100'";
    let pay = "<Pay code='11' amount='100'/>";
    for (check, stage, failed) in [
        (
            format!("<PrintCheck CheckNum='7'>{pay}</PrintCheck>"),
            ReceiptStage::Failed,
            true,
        ),
        (
            format!("<PrintCheck state='3' CheckNum='7'>{pay}</PrintCheck>"),
            ReceiptStage::Failed,
            true,
        ),
        (
            format!("<PrintCheck bill='1' state='3'>{pay}</PrintCheck>"),
            ReceiptStage::PreBill,
            false,
        ),
        (
            "<PrintCheck state='4'/>".to_owned(),
            ReceiptStage::PreBill,
            false,
        ),
        (
            "<PrintCheck state='1'/>".to_owned(),
            ReceiptStage::Draft,
            false,
        ),
        (
            "<PrintCheck state='3'><Pay code='11' amount='100' deleted='1'/></PrintCheck>"
                .to_owned(),
            ReceiptStage::Draft,
            false,
        ),
    ] {
        let order = read(sums, &inside(&check));
        assert_eq!(order.receipts[0].stage, stage, "{check}");
        assert_eq!(order.receipt_failed, failed, "{check}");
        assert_eq!(order.payments, [], "{check}");
        let wanted = failed.then(|| Hindrance::ReceiptFailed {
            check_num: Some("7".to_owned()),
        });
        assert_eq!(order.hindrance(), wanted, "{check}");
    }
    let said = read(&format!("{sums} receiptError='1'"), &inside(""));
    assert_eq!(
        said.hindrance(),
        Some(Hindrance::ReceiptFailed { check_num: None })
    );
}

#[test]
fn what_cannot_be_paid_from_cards() {
    let one = || dish(1, 100, "");
    let session = |inside: &str| format!("<Session>{inside}</Session>");
    for (attributes, inside, wanted) in [
        (
            "orderSum='0' unpaidSum='0' discountSum='-100'",
            session(&format!("{}<Discount discountSum='-100'/>", one())),
            Hindrance::ZeroTotal,
        ),
        (
            "orderSum='100' unpaidSum='0' promisedSum='100'",
            session(&format!("{}<Prepay amount='100' promised='1'/>", one())),
            Hindrance::Intended(money(100)),
        ),
        (
            "orderSum='100' unpaidSum='0' prepaySum='100'",
            session(&one()),
            Hindrance::NothingDue,
        ),
        (
            "orderSum='-50' unpaidSum='-50'",
            session("<Dish code='1' line_guid='{1}' price='50' amount='-50' quantity='-1000'/>"),
            Hindrance::NegativeTotal(money(-50)),
        ),
        (
            "orderSum='90' unpaidSum='90'",
            session(&one()),
            Hindrance::SumsDisagree {
                lines: money(100),
                order: money(90),
            },
        ),
        (
            "orderSum='100' unpaidSum='100'",
            session("<Dish name='Суп' line_guid='{1}' price='100' amount='100' quantity='1000'/>"),
            Hindrance::LineUnknown("Суп".to_owned()),
        ),
        (
            "orderSum='100' unpaidSum='100'",
            session("<Dish id='7' code='1' price='100' amount='100' quantity='1000'/>"),
            Hindrance::LineUnknown("1".to_owned()),
        ),
        (
            "orderSum='100' unpaidSum='50' prepaySum='0'",
            session(&format!(
                "{}<PrintCheck state='6' CheckNum='1' seat='1'><Pay code='1' amount='50'/></PrintCheck>",
                one()
            )),
            Hindrance::SeveralReceipts(2),
        ),
        (
            "orderSum='100' unpaidSum='100'",
            session(&format!(
                "{}<PrintCheck state='4' bill='1' seat='1'/><PrintCheck state='4' bill='1' seat='2'/>",
                one()
            )),
            Hindrance::SeveralReceipts(2),
        ),
    ] {
        assert_eq!(
            read(attributes, &inside).hindrance(),
            Some(wanted),
            "{attributes} {inside}"
        );
    }
}

#[test]
fn what_rkeeper_says_of_paying() {
    let answer = parse_answer(CALCULATED.as_bytes()).unwrap();
    let said = |codes: &[&str]| calculated(&answer, &guid(), codes).unwrap();
    assert_eq!(said(&["11", "13"]).no_currency, None, "one may");
    assert_eq!(said(&["99"]).no_currency, None, "nothing is said of it");
    assert_eq!(said(&[]).no_currency, None);
    assert_eq!(
        said(&["13"]).no_currency.as_deref(),
        Some("13 Lime кредит: Валюта недоступна на этой станции (errcode 17)")
    );
    assert_eq!(said(&["11"]).unpaid, money(185_000));
}

/// A list that did not change costs one request of a few hundred bytes, whatever its length.
#[test]
fn a_poll_of_an_unchanged_list_is_one_small_request() {
    let (first, requests) = with(vec![ok(ORDER_LIST), ok(NO_CHANGES)], |till| {
        let first = till.orders(None).unwrap();
        let second = till.orders(Some(first.version)).unwrap();
        assert_eq!((second.version, second.orders), (first.version, None));
        first.orders.unwrap()
    });
    assert_eq!(first.len(), 2);
    assert_eq!(requests.len(), 2, "and no GetOrder");
    let query = "<RK7Query><RK7CMD CMD=\"GetOrderList2\" onlyOpened=\"1\" lastversion=\"4711\"/></RK7Query>";
    assert!(requests[1].ends_with(query), "{}", requests[1]);
    assert!(requests[1].len() < 500, "{} bytes", requests[1].len());
}
