use jiff::civil::date;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::domain::{AccountKind, Attribution, Part};
use crate::lime::stub::{self, leg, line, sale};

fn at() -> DateTime {
    date(2024, 3, 5).at(13, 20, 7, 123_456_789)
}

fn operation(id: &str) -> OperationId {
    OperationId(id.to_owned())
}

fn sale_body(settings: &Settings, sale: &Sale) -> Result<Vec<u8>, Problem> {
    body(settings, &operation("2226634"), None, sale, at())
}

/// The files are laid out for reading; the bytes sent have no white space.
fn golden(file: &str) -> String {
    file.lines().map(str::trim).collect()
}

fn assert_body(body: &Result<Vec<u8>, Problem>, file: &str) {
    let body = std::str::from_utf8(body.as_ref().unwrap()).unwrap();
    assert_eq!(body, golden(file));
}

#[test]
fn the_sample_bill_from_one_account() {
    let sale = sale(stub::sample_lines(), vec![leg(1, 1, 235_000)]);
    assert_body(
        &sale_body(&stub::settings(""), &sale),
        include_str!("../../../tests/data/lime/sale_one_leg.json"),
    );
}

#[test]
fn the_sample_bill_from_two_accounts_splits_a_dish() {
    let sale = sale(
        stub::sample_lines(),
        vec![leg(1, 1, 150_000), leg(2, 2, 85_000)],
    );
    assert_body(
        &sale_body(&stub::settings(""), &sale),
        include_str!("../../../tests/data/lime/sale_two_legs.json"),
    );
    let returned = body(
        &stub::settings(""),
        &operation("2226640"),
        Some((&operation("2226634"), &sale.attribution)),
        &sale,
        at(),
    );
    assert_body(
        &returned,
        include_str!("../../../tests/data/lime/return_two_legs.json"),
    );
}

#[test]
fn a_part_goes_back_to_the_dishes_and_accounts_that_it_came_from() {
    let sale = sale(
        stub::sample_lines(),
        vec![leg(1, 1, 150_000), leg(2, 2, 85_000)],
    );
    let returned = |parts: &[(usize, usize, i64)]| {
        let parts = parts.iter().map(|&(line, leg, kopecks)| Part {
            line,
            leg,
            amount: Money::from_kopecks(kopecks),
        });
        let back = Attribution {
            parts: parts.collect(),
        };
        let sold = operation("2226634");
        let body = body(
            &stub::settings(""),
            &operation("2226640"),
            Some((&sold, &back)),
            &sale,
            at(),
        )?;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        Ok::<_, Problem>(body)
    };
    // Half of the second dish, from the first account only.
    let body = returned(&[(1, 0, 18_000)]).unwrap();
    assert_eq!(body["check"]["returnCheckId"], 2_226_634);
    let entries = body["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    let entry = &entries[0]["entry"];
    assert_eq!(
        (&entry["id"], &entry["returnCheckEntryId"]),
        (&0.into(), &1.into())
    );
    assert_eq!(entry["amount"].to_string(), "180.0");
    assert_eq!(entry["price"].to_string(), "360.0");
    assert_eq!(entry["count"].to_string(), "0.5");
    assert_eq!(entries[0]["payments"].as_array().unwrap().len(), 1);
    // The whole of a dish keeps its count.
    let body = returned(&[(1, 0, 36_000)]).unwrap();
    assert_eq!(body["entries"][0]["entry"]["count"].to_string(), "1");
    for too_much in [
        &[(1, 0, 36_001)][..],
        &[(1, 1, 1)],
        &[(1, 0, 20_000), (1, 0, 20_000)],
        &[(0, 0, 0)],
        &[(99, 0, 1)],
    ] {
        let problem = returned(too_much).unwrap_err();
        assert_eq!(problem.reason, Reason::BillContradicts, "{too_much:?}");
    }
}

#[test]
fn weights_discounts_and_service_charge() {
    let mut settings = stub::settings("");
    settings.service_good_type_id = Some(77);
    settings.return_check_field = "origin".to_owned();
    let mut service = line("service", 1_000, 5_001, 5_001);
    service.line_id = SERVICE_LINE.to_owned();
    let lines = vec![
        // 0.350 kg at 1 000.00, discounted to 315.01.
        line("2500", 350, 100_000, 31_501),
        // Three at 33.33, of which 99.98 are due: 33.3266… each.
        line("2501", 3_000, 3_333, 9_998),
        service,
    ];
    let sale = sale(lines, vec![leg(1, 3, 46_500)]);
    assert_body(
        &sale_body(&settings, &sale),
        include_str!("../../../tests/data/lime/sale_weighed.json"),
    );
    let returned = body(
        &settings,
        &operation("8"),
        Some((&operation("7"), &sale.attribution)),
        &sale,
        at(),
    )
    .unwrap();
    assert!(
        String::from_utf8(returned).unwrap().contains(
            r#","type":1,"administrative":false,"delayFiscalization":false,"origin":7},"#
        )
    );
}

#[test]
fn prices_are_rounded_half_up() {
    for (thousandths, due, expected) in [
        (1_000, 29_000, Some(29_000)),
        (2_000, 1, Some(1)),
        (2_000, 5, Some(3)),
        (3_000, 10_000, Some(3_333)),
        (3_000, 20_000, Some(6_667)),
        (350, 31_501, Some(90_003)),
        (8_000, 1_004, Some(126)),
        (8_000, 1_003, Some(125)),
        (1, 1_000_000_000_000, Some(1_000_000_000_000_000)),
        (0, 100, None),
        (-1_000, 100, None),
    ] {
        let line = line("1", thousandths, 0, due);
        assert_eq!(
            price(&line).map(Money::kopecks),
            expected,
            "{due} / {thousandths}"
        );
    }
}

#[test]
fn what_the_config_lacks_is_said() {
    let settings = stub::settings("");
    let with = |settings: &Settings, lines, legs| sale_body(settings, &sale(lines, legs));
    let mut service = line("service", 1_000, 100, 100);
    service.line_id = SERVICE_LINE.to_owned();
    let mut odd = settings.clone();
    odd.transaction_reference = "{account}/{order}".to_owned();
    let bad_id = |id: &str| {
        body(
            &settings,
            &operation(id),
            None,
            &sale(stub::sample_lines(), vec![leg(1, 1, 235_000)]),
            at(),
        )
    };
    let dish = || vec![line("2470", 1_000, 100, 100)];
    for (result, words) in [
        (
            with(&settings, vec![service], vec![leg(1, 1, 100)]),
            "the order has a service charge: set `service_good_type_id` of Lime",
        ),
        (
            with(
                &settings,
                vec![line("A-7", 1_000, 100, 100)],
                vec![leg(1, 1, 100)],
            ),
            "dish «Блюдо A-7» has the menu code `A-7`; Lime needs a whole number: set it in \
             r_keeper",
        ),
        (
            with(
                &settings,
                vec![line("007", 1_000, 100, 100)],
                vec![leg(1, 1, 100)],
            ),
            "dish «Блюдо 007» has the menu code `007`; Lime needs a whole number: set it in \
             r_keeper",
        ),
        (
            with(&settings, dish(), vec![leg(1, 4, 100)]),
            "account type 4 («Депозит») has no `processing_id`: add the type to Lime's account \
             types",
        ),
        (
            with(&odd, dish(), vec![leg(1, 1, 100)]),
            "`transaction_reference` of Lime has {order}; known are {account}, {uid}, {payment} \
             and {leg}",
        ),
        (
            bad_id("h-1"),
            "the operation is not a check of Lime; was it made with another kind of wallet?",
        ),
        (
            bad_id("-1"),
            "the operation is not a check of Lime; was it made with another kind of wallet?",
        ),
    ] {
        assert_eq!(result, Err(Problem::own(Reason::ConfigIncomplete, words)));
    }
}

#[test]
fn a_bill_that_does_not_add_up_is_not_written() {
    let good = || {
        sale(
            stub::sample_lines(),
            vec![leg(1, 1, 150_000), leg(2, 1, 85_000)],
        )
    };
    let mut short = good();
    short.attribution.parts[0].amount = Money::from_kopecks(28_999);
    let mut extra = good();
    extra.attribution.parts.push(Part {
        line: 9,
        leg: 0,
        amount: Money::from_kopecks(1),
    });
    let mut swapped = good();
    swapped.attribution.parts[0].leg = 1;
    let mut other_due = good();
    other_due.due = Money::from_kopecks(235_001);
    let mut taken_back = good();
    taken_back.attribution.parts[0].amount = Money::from_kopecks(29_001);
    taken_back.attribution.parts.push(Part {
        line: 0,
        leg: 0,
        amount: Money::from_kopecks(-1),
    });
    for sale in [short, extra, swapped, other_due, taken_back] {
        let problem = sale_body(&stub::settings(""), &sale).unwrap_err();
        assert_eq!(problem.reason, Reason::BillContradicts);
    }
    let mut nothing = good();
    nothing.lines.clear();
    nothing.legs.clear();
    nothing.attribution = Attribution { parts: vec![] };
    nothing.due = Money::ZERO;
    let problem = sale_body(&stub::settings(""), &nothing).unwrap_err();
    assert_eq!(problem.reason, Reason::NothingDue);
}

#[test]
fn references_are_filled_in_once() {
    let mut settings = stub::settings("");
    let sale = sale(stub::sample_lines(), vec![leg(1, 1, 235_000)]);
    for (template, text) in [
        (
            "{account};{uid};{payment}/{leg}",
            "901;61366822;018e0d5a-8c00-7000-8000-000000000001/1",
        ),
        ("{uid}", "61366822"),
        ("", ""),
        ("x}y{leg}z", "x}y1z"),
    ] {
        template.clone_into(&mut settings.transaction_reference);
        assert_eq!(
            reference(&settings, &sale, &sale.legs[0]),
            Ok(text.to_owned())
        );
    }
    let mut tricky = sale.clone();
    tricky.legs[0].account.0 = "{uid}".to_owned();
    settings.transaction_reference = "{account}".to_owned();
    assert_eq!(
        reference(&settings, &tricky, &tricky.legs[0]),
        Ok("{uid}".to_owned())
    );
}

// The reader of the property test: another way to look at the bytes than the writer's.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadBody<'a> {
    #[serde(borrow)]
    check: &'a RawValue,
    #[serde(borrow)]
    entries: Vec<ReadEntries<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReadEntries<'a> {
    #[serde(borrow)]
    entry: ReadEntry<'a>,
    #[serde(borrow)]
    payments: Vec<ReadPayment<'a>>,
    check_entry_discounts: Vec<()>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadEntry<'a> {
    id: usize,
    #[serde(borrow)]
    amount: &'a RawValue,
    #[serde(borrow)]
    count: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadPayment<'a> {
    check_entry_id: usize,
    id: usize,
    #[serde(borrow)]
    amount: &'a RawValue,
    transaction_reference: &'a str,
}

/// Digits with exactly two decimals.
fn roubles(raw: &RawValue) -> Money {
    let (whole, decimals) = raw.get().split_once('.').unwrap();
    assert_eq!(decimals.len(), 2, "{raw}");
    assert!(whole.bytes().all(|b| b.is_ascii_digit()));
    Money::parse_decimal(raw.get()).unwrap()
}

proptest! {
    #[test]
    fn every_kopeck_arrives(
        dishes in prop::collection::vec((1_i64..20_000_000, 1_i64..100_000), 1..40),
        cuts in prop::collection::vec(0_i64..800_000_000, 0..20),
    ) {
        let total: i64 = dishes.iter().map(|&(due, _)| due).sum();
        let mut cuts: Vec<i64> = cuts.into_iter().map(|cut| cut.min(total)).collect();
        cuts.extend([0, total]);
        cuts.sort_unstable();
        cuts.dedup();
        let legs: Vec<Leg> = (1..)
            .zip(cuts.windows(2))
            .map(|(number, pair)| leg(number, 1 + i64::from(number % 3), pair[1] - pair[0]))
            .collect();
        let lines: Vec<LineDue> = (2_000..)
            .zip(&dishes)
            .map(|(code, &(due, count))| line(&code.to_string(), count, due, due))
            .collect();
        let sale = sale(lines, legs);
        let settings = stub::settings("");
        let bytes = sale_body(&settings, &sale).unwrap();
        prop_assert_eq!(&bytes, &sale_body(&settings, &sale.clone()).unwrap());
        let read: ReadBody<'_> = serde_json::from_slice(&bytes).unwrap();
        prop_assert!(read.check.get().contains("\"id\":2226634,"));
        prop_assert_eq!(read.entries.len(), dishes.len());
        for (index, (entry, line)) in read.entries.iter().zip(&sale.lines).enumerate() {
            prop_assert_eq!(entry.entry.id, index);
            prop_assert_eq!(roubles(entry.entry.amount), line.due);
            prop_assert_eq!(entry.entry.count.get(), line.quantity.to_string());
            prop_assert!(entry.check_entry_discounts.is_empty());
            let paid = entry.payments.iter().map(|payment| roubles(payment.amount));
            prop_assert_eq!(Money::total(paid), Some(line.due));
            for (number, payment) in entry.payments.iter().enumerate() {
                prop_assert_eq!((payment.check_entry_id, payment.id), (index, number));
                prop_assert!(roubles(payment.amount).is_positive());
            }
        }
        for leg in &sale.legs {
            let marker = format!("{};{};{}", leg.account, leg.uid.reveal(), sale.marker(leg));
            let paid = read
                .entries
                .iter()
                .flat_map(|entry| &entry.payments)
                .filter(|payment| payment.transaction_reference == marker)
                .map(|payment| roubles(payment.amount));
            prop_assert_eq!(Money::total(paid), Some(leg.amount));
        }
    }

    #[test]
    fn every_sum_keeps_its_digits(kopecks in 0_i64..1_000_000_000_000) {
        let sum = Money::from_kopecks(kopecks);
        let json = serde_json::to_string(&Digits(sum)).unwrap();
        let raw: &RawValue = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(roubles(raw), sum);
    }
}

#[test]
fn the_kind_of_an_account_is_not_written() {
    // Only `processingId` tells Lime where from; the kind is for r_keeper.
    let mut bonus = sale(stub::sample_lines(), vec![leg(1, 1, 235_000)]);
    let before = sale_body(&stub::settings(""), &bonus);
    bonus.legs[0].kind = AccountKind::Bonus;
    assert_eq!(before, sale_body(&stub::settings(""), &bonus));
}
