//! A part payment in two steps: what is sent, and what its answers mean.

use super::super::testing::{SHIFT_CLOSING, VISIT_CLOSED, sale, to_any};
use super::super::{Rkeeper, Settings};
use super::wire::{lock_id, of, ok, with};
use crate::domain::Money;
use crate::http::script::Step;
use crate::payment::ports::{LineId, Pos, Receipt, Reply};
use crate::payment::reason::Reason;
use crate::payment::sale::Sale;

const LINE: &str = "{8C9E446E-0000-4000-8000-0000000000E4}";

/// 1000.00 of 1850.00 by one account.
fn part() -> Sale {
    let mut sale = sale();
    sale.legs.truncate(1);
    sale.due = Money::from_kopecks(100_000);
    sale.rest = Money::from_kopecks(85_000);
    sale
}

fn line() -> LineId {
    LineId(LINE.to_owned())
}

fn bytes_of(request: &str) -> &str {
    request.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn exact_bytes() {
    let begun =
        format!("<RK7QueryResult Status='Ok' CMD='TerminalAuthStart2' line_guid='{LINE}'/>");
    let fine = "<RK7QueryResult Status='Ok'/>";
    let (pay, sent) = with(vec![ok(&begun), ok(fine), ok(fine)], |till| {
        assert_eq!(
            till.begin_part(&part(), &lock_id()),
            Reply::Done(Some(line()))
        );
        let pay = till
            .pay_request(&part(), &lock_id(), Some(&line()), None)
            .unwrap();
        assert_eq!(
            till.pay(&pay),
            Reply::Done(Receipt {
                check_num: None,
                warning: None
            })
        );
        assert_eq!(till.abandon(&part(), &lock_id(), &line()), Reply::Done(()));
        String::from_utf8(pay).unwrap()
    });
    assert_eq!(
        bytes_of(&sent[1]),
        pay,
        "the journal holds the bytes that leave"
    );
    let all: Vec<&str> = sent.iter().map(|request| bytes_of(request)).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn one_line_holds_one_account_the_rest_goes_in_one_step() {
    let several = Sale {
        rest: Money::from_kopecks(1),
        ..sale()
    };
    for (two_step, sale) in [(true, several), (false, part())] {
        let mut own = settings();
        own.two_step_part_payments = two_step;
        let till = Rkeeper::new(own).unwrap();
        assert_eq!(till.begin_part(&sale, &lock_id()), Reply::Done(None));
        let pay = till.pay_request(&sale, &lock_id(), None, None).unwrap();
        assert!(
            String::from_utf8(pay)
                .unwrap()
                .contains("CMD=\"SaveOrder\"")
        );
    }
    let mut own = settings();
    own.part_payments = false;
    let off = Rkeeper::new(own).unwrap().begin_part(&part(), &lock_id());
    assert!(matches!(off, Reply::Refused(why) if why.reason == Reason::ConfigIncomplete));
    let mut own = settings();
    own.currencies.money = None;
    let none = Rkeeper::new(own).unwrap().begin_part(&part(), &lock_id());
    assert!(matches!(none, Reply::Refused(why) if why.reason == Reason::ConfigIncomplete));
}

fn settings() -> Settings {
    super::super::testing::settings("http://till.invalid")
}

#[test]
fn no_part_is_repeated() {
    let till = Rkeeper::new(settings()).unwrap();
    assert!(till.repeats(&sale(), None, None));
    assert!(!till.repeats(&part(), None, None));
    assert!(!till.repeats(&part(), Some(&line()), None));
}

#[test]
fn replies_to_each_step() {
    let failing = |status: &str, text: &str| {
        format!("<RK7QueryResult Status='{status}' ErrorText='{text}'/>")
    };
    let unknown_command = failing("Bad Query Parameters", "Unknown command X");
    let odd = failing("Query Executing Error", "Карта 04A1B2C3 не подходит");
    let no_line = "TerminalAuthStart2: the answer names no line";
    let unclear = |text: &str| of(Reason::AnswerNotUnderstood, text);
    let begin = |answer: &str| {
        with(vec![ok(answer)], |till| {
            till.begin_part(&part(), &lock_id())
        })
        .0
    };
    for (answer, reply) in [
        (
            "<RK7QueryResult Status='Ok'/>",
            Reply::Unknown(unclear(no_line)),
        ),
        (
            "<RK7QueryResult Status='Ok' line_guid='7'/>",
            Reply::Unknown(unclear(no_line)),
        ),
        (
            &unknown_command,
            Reply::Refused(of(Reason::RequestNotUnderstood, "Unknown command X")),
        ),
        (
            &to_any(VISIT_CLOSED),
            Reply::Refused(of(
                Reason::OrderClosed,
                "Визит 1159 закрыт! (RK7ErrorN 2128)",
            )),
        ),
        (
            &odd,
            Reply::Unknown(of(Reason::ServerRefused, "Карта …B2C3 не подходит")),
        ),
        ("", Reply::Unknown(unclear("the answer is empty"))),
    ] {
        assert_eq!(begin(answer), reply, "{answer}");
    }
    assert!(matches!(begin(&to_any(SHIFT_CLOSING)), Reply::NotDone(_)));

    let pay = |step| {
        with(vec![step], |till| {
            let body = till
                .pay_request(&part(), &lock_id(), Some(&line()), None)
                .unwrap();
            till.pay(&body)
        })
        .0
    };
    assert!(matches!(pay(ok(&unknown_command)), Reply::Refused(_)));
    assert!(matches!(pay(ok(&to_any(SHIFT_CLOSING))), Reply::NotDone(_)));
    assert!(matches!(pay(Step::Close), Reply::Unknown(_)));
    let masked = of(Reason::ServerRefused, "Карта …B2C3 не подходит");
    assert_eq!(pay(ok(&odd)), Reply::Unknown(masked.clone()));
    let other = pay(ok("<RK7QueryResult Status='Ok' CMD='TerminalAuthStart2'/>"));
    let asked = "TerminalAuthPay2 was asked and TerminalAuthStart2 answered";
    assert_eq!(other, Reply::Unknown(unclear(asked)));

    let abandon = |steps| with(steps, |till| till.abandon(&part(), &lock_id(), &line())).0;
    // Once more where nobody knows what came of it, and no oftener.
    let fine = || ok("<RK7QueryResult Status='Ok'/>");
    assert_eq!(abandon(vec![Step::Close, fine()]), Reply::Done(()));
    assert!(matches!(
        abandon(vec![Step::Close, Step::Close]),
        Reply::Unknown(_)
    ));
    assert_eq!(abandon(vec![ok(&odd), ok(&odd)]), Reply::Unknown(masked));
    assert!(matches!(
        abandon(vec![ok(&unknown_command)]),
        Reply::Refused(_)
    ));
}
