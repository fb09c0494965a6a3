//! A payment at a site that prints a receipt of intent first: what is sent, when, and how it is read.

use super::super::testing::{GUID, SHIFT_CLOSING, guid, sale, settings};
use super::super::{Rkeeper, Settings, parse_answer};
use super::wire::{lock_id, of, ok};
use crate::domain::{Hindrance, Money, Order, ReceiptStage};
use crate::http::script::{Script, Step};
use crate::payment::ports::{Pos, ReadError, Receipt, Reply};
use crate::payment::reason::Reason;
use crate::payment::sale::Sale;

const FINE: &str = "<RK7QueryResult Status='Ok'/>";
const PAID: &str = "<RK7QueryResult Status='Ok'><PrintCheck CheckNum='123' state='6'/>\
                    </RK7QueryResult>";

fn site(base: &str) -> Settings {
    Settings {
        intent_receipts: true,
        intent_void_reason: Some("5".to_owned()),
        ..settings(base)
    }
}

fn till() -> Rkeeper {
    Rkeeper::new(site("http://till.invalid")).unwrap()
}

fn refusal(number: u32, text: &str) -> String {
    format!(
        "<RK7QueryResult Status='Query Executing Error' ErrorText='{text}' RK7ErrorN='{number}'/>"
    )
}

/// The order of the sale with this in its session.
fn order(inside: &str) -> String {
    format!(
        "<RK7QueryResult Status='Ok'><Order guid='{GUID}' version='7' orderSum='185000' \
         unpaidSum='0' promisedSum='0'><Session>{inside}</Session></Order></RK7QueryResult>"
    )
}

/// Our receipt of intent.
fn meant() -> String {
    let sale = sale();
    let pays: String = sale
        .legs
        .iter()
        .map(|leg| {
            format!(
                "<Pay code='11' amount='{}' promised='1' line_guid='{{{}}}' \
                 extTransactionInfo='{}'/>",
                leg.amount.kopecks(),
                leg.number,
                sale.marker(leg)
            )
        })
        .collect();
    order(&format!(
        "<PrintCheck state='3' CheckNum='9' intentReceiptType='OneCheck' \
         intentReceiptStage='First stage'>{pays}</PrintCheck>"
    ))
}

/// Pays against a server that goes through these steps; the second is what came.
fn pay(steps: Vec<Step>) -> (Reply<Receipt>, Vec<String>) {
    let server = Script::start(steps);
    let till = Rkeeper::new(site(&server.base())).unwrap();
    let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
    let reply = till.pay(&body);
    let sent = server.finish().into_iter().map(|request| {
        let text = String::from_utf8(request).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    });
    (reply, sent.collect())
}

fn commands(sent: &[String]) -> Vec<&str> {
    let command = |text: &'_ str| -> usize { text.find("CMD=\"").unwrap() + 5 };
    sent.iter()
        .map(|text| text[command(text)..].split('"').next().unwrap())
        .collect()
}

fn read(answer: &str) -> Order {
    let answer = parse_answer(answer.as_bytes()).unwrap();
    super::super::order(&answer, &guid()).unwrap()
}

#[test]
fn exact_bytes() {
    let (reply, sent) = pay(vec![ok(&order("")), ok(FINE), ok(PAID)]);
    let Reply::Done(receipt) = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(receipt.check_num.as_deref(), Some("123"));
    let body = till().pay_request(&sale(), &lock_id(), None, None).unwrap();
    let body = String::from_utf8(body).unwrap();
    assert_eq!(body, sent[1..].join("\n"), "the journal holds what leaves");
    let (none, sent) = pay(vec![
        ok(&order("")),
        ok(FINE),
        ok(&refusal(3373, "мало")),
        ok(FINE),
        ok(&order("")),
    ]);
    assert!(matches!(none, Reply::Refused(why) if why.reason == Reason::SumMismatch));
    insta::assert_snapshot!(format!("{body}\n\n{}", sent[3]));
}

/// The first request is sent only where nothing of ours is meant yet.
#[test]
fn a_repeat_finishes_what_is_there() {
    let (reply, sent) = pay(vec![ok(&meant()), ok(PAID)]);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(commands(&sent), ["GetOrder", "PayOrder"]);
    assert!(!sent[1].contains("<Payment"), "{}", sent[1]);
    // A part of it, or a receipt that failed: nobody sends anything.
    let part = meant().replacen("amount='100000'", "amount='99999'", 1);
    let failed = meant().replacen("orderSum", "receiptError='1' orderSum", 1);
    for (shown, reason) in [
        (part, Reason::IntentReceiptStands),
        (failed, Reason::ReceiptFailed),
    ] {
        let (reply, sent) = pay(vec![ok(&shown)]);
        assert!(
            matches!(&reply, Reply::Unknown(why) if why.reason == reason),
            "{reply:?}"
        );
        assert_eq!(sent.len(), 1);
    }
}

/// Whether it knows our lock is not documented: where it does not, it is asked without one.
#[test]
fn a_lock_of_our_own_does_not_keep_it() {
    let locked = refusal(2219, "заблокирован другим ключом (станция 1, оператор 2)");
    let (reply, sent) = pay(vec![
        ok(&meant()),
        ok(&refusal(3373, "мало")),
        ok(&locked),
        ok(FINE),
        ok(FINE),
        ok(&order("")),
    ]);
    assert!(
        matches!(&reply, Reply::Refused(why) if why.reason == Reason::SumMismatch),
        "{reply:?}"
    );
    assert_eq!(
        commands(&sent),
        [
            "GetOrder",
            "PayOrder",
            "CorrectIntentReceipt",
            "LockOrder",
            "CorrectIntentReceipt",
            "GetOrder"
        ]
    );
    assert!(sent[2].contains("lockguid=") && !sent[4].contains("lockguid="));
}

#[test]
fn what_stands_is_told_with_both_words() {
    let (reply, _) = pay(vec![
        ok(&meant()),
        ok(&refusal(3373, "мало")),
        ok(&refusal(3383, "нет флага")),
    ]);
    let words = "мало (RK7ErrorN 3373); нет флага (RK7ErrorN 3383)";
    assert_eq!(
        reply,
        Reply::Unknown(of(Reason::IntentReceiptStands, words))
    );
    // What passes by itself takes nothing back.
    let (reply, sent) = pay(vec![ok(&meant()), ok(SHIFT_CLOSING)]);
    assert!(
        matches!(&reply, Reply::Unknown(why) if why.reason == Reason::ShiftClosing),
        "{reply:?}"
    );
    assert_eq!(sent.len(), 2);
}

#[test]
fn only_whole_bills() {
    let part = Sale {
        rest: Money::from_kopecks(1),
        ..sale()
    };
    let refused = |sale: &Sale, till: &Rkeeper| match till.payable(sale) {
        Err(ReadError::Refused(problem)) => problem.reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&part, &till()), Reason::IntentReceiptWhole);
    assert!(till().repeats(&sale(), None, None));
}

/// Told once that a receipt of intent comes first, the next guest's money is not taken for nothing.
#[test]
fn a_site_that_says_so_is_believed() {
    for text in [
        "Запрещено параметром &quot;Печатать пречек с чеком намерения&quot;",
        "Сначала нужен чек намерения",
        "An intent receipt is needed",
    ] {
        let answer = format!("<RK7QueryResult Status='Query Executing Error' ErrorText='{text}'/>");
        let server = Script::start(vec![ok(&answer)]);
        let till = Rkeeper::new(settings(&server.base())).unwrap();
        let body = till.pay_request(&sale(), &lock_id(), None, None).unwrap();
        let Reply::Refused(problem) = till.pay(&body) else {
            panic!("{text}");
        };
        assert_eq!(problem.reason, Reason::IntentReceiptWanted);
        let again = till.payable(&sale());
        assert!(
            matches!(&again, Err(ReadError::Refused(why)) if why.reason == problem.reason),
            "{again:?}"
        );
        server.finish();
    }
    // Where it was a receipt of intent that was refused, the setting is not what is missing.
    let answer = refusal(1, "Чеки намерения не используются");
    let (reply, _) = pay(vec![ok(&order("")), ok(&answer)]);
    assert!(
        matches!(&reply, Reply::Refused(why) if why.reason == Reason::ServerRefused),
        "{reply:?}"
    );
}

/// It is money only in a receipt that is finished, wherever r_keeper shows it.
#[test]
fn what_is_meant_is_no_payment() {
    let shown = read(&meant());
    assert_eq!(shown.payments, []);
    assert_eq!(shown.intended.len(), 3);
    assert_eq!(shown.receipts[0].stage, ReceiptStage::Intent);
    assert!(!shown.receipt_failed);
    let sale = sale();
    let marker = sale.marker(&sale.legs[0]);
    assert_eq!(shown.intended[0].ext_info.as_deref(), Some(&*marker));

    let line = |inside: &str, tag: &str| {
        format!("<{tag} code='11' amount='100' promised='1' line_guid='{{A1}}'>{inside}</{tag}>")
    };
    let check = |inside: &str, stage: &str| {
        format!(
            "<PrintCheck state='6' CheckNum='9' intentReceiptStage='{stage}'>{inside}</PrintCheck>"
        )
    };
    for (inside, meant, paid) in [
        (line("", "Prepay"), 1, 0),
        (check(&line("", "Pay"), "First stage"), 1, 0),
        (check(&line("", "Prepay"), "First stage"), 1, 0),
        // The same line at both places is one.
        (
            format!(
                "{}{}",
                line("", "Prepay"),
                check(&line("", "Pay"), "First stage")
            ),
            1,
            0,
        ),
        (check(&line("", "Pay"), "Completed"), 0, 1),
        (check(&line("", "Pay"), ""), 0, 1),
    ] {
        let shown = read(&order(&inside));
        assert_eq!(
            (shown.intended.len(), shown.payments.len()),
            (meant, paid),
            "{inside}"
        );
    }
    let promised = meant_sum();
    assert_eq!(
        promised.hindrance(),
        Some(Hindrance::Intended(Money::from_kopecks(185_000)))
    );
}

fn meant_sum() -> Order {
    read(&meant().replacen("promisedSum='0'", "promisedSum='185000'", 1))
}
