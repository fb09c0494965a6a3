//! What looking back found, on every list; and what a person says of it.

use super::*;
use crate::payment::orphan::{OrphanKind, Sums};

const LOST: &str = "01a210bc-796d-766e-9f25-784e06470d5a";
const ANNULLED: &str = "01a210bc-796d-766e-9f25-784e06470d5b";

fn sums(shown: i64, believed: i64) -> Sums {
    Sums {
        shown: money(shown),
        believed: money(believed),
    }
}

fn orphans() -> Vec<Orphan> {
    vec![
        Orphan {
            payment: LOST.parse().unwrap(),
            kind: OrphanKind::NotInJournal,
            wallet: Some(sums(235_000, 0)),
            operations: vec![OperationId("2226634".into())],
            pos: None,
            order: None,
            order_name: None,
            check_num: None,
        },
        Orphan {
            payment: ANNULLED.parse().unwrap(),
            kind: OrphanKind::Missing,
            wallet: Some(sums(100_000, 100_000)),
            operations: vec![OperationId("2226635".into()), OperationId("2226640".into())],
            pos: Some(sums(0, 100_000)),
            order: Some(OrderGuid(GUID.into())),
            order_name: Some("*/1\u{1b}[2J".into()),
            check_num: Some("8102".into()),
        },
    ]
}

fn found() -> FakeTill {
    FakeTill {
        orphans: orphans(),
        looked: Some((Asked::Whole, Asked::Whole)),
        ..till()
    }
}

#[test]
fn every_list_ends_with_them() {
    let mut till = found();
    till.records.clear();
    let recovered = run_line(&mut till, "recover");
    assert_eq!(recovered.code, ExitCode::Unknown);
    let payments = run_line(&mut till, "payments");
    assert_eq!(payments.code, ExitCode::Done);
    assert_eq!(payments.out, recovered.out);
    let english = run_line(&mut till, "payments --lang en").out;
    insta::assert_snapshot!(
        "orphans",
        format!("{}{}\n{english}", recovered.out, recovered.err)
    );
    let day = "report sales --from 2026-11-25 --to 2026-11-25";
    let (report, end) = (run_line(&mut till, day).out, "--known --operator");
    assert!(report.contains(LOST) && report.contains(end), "{report}");
    let json = run_line(&mut till, &format!("{day} --json")).json();
    assert_eq!(json["orphans"][1]["payment_id"], ANNULLED);
    // The rows of a spreadsheet stay rows of sales.
    let csv = run_line(&mut till, &format!("{day} --format csv")).out;
    assert!(!csv.contains(LOST), "{csv}");
    till.orphans.clear();
    assert_eq!(run_line(&mut till, "recover").code, ExitCode::Done);
    assert_eq!(
        run_line(&mut till, &format!("{day} --json")).json()["orphans"],
        Json::Null
    );
}

#[test]
fn for_scripts_they_are_elements_of_the_list_with_its_keys() {
    let mut till = found();
    let json = run_line(&mut till, "payments --json").json();
    let all = json.as_array().unwrap();
    let (lost, annulled) = (&all[all.len() - 2], &all[all.len() - 1]);
    insta::assert_snapshot!("orphans_json", format!("{lost:#}\n{annulled:#}"));
    let mut wanted = keys(&all[0]);
    wanted.push("orphan");
    wanted.sort_unstable();
    assert_eq!(keys(lost), wanted, "a script finds what it knows");
    let recovered = run_line(&mut till, "recover --json").json();
    assert_eq!(recovered.as_array().unwrap().last(), Some(annulled));
}

#[test]
fn how_far_the_servers_could_be_asked() {
    let failed = Asked::Failed(Problem::of(Server::Lime, Reason::AnswerLost, "cut"));
    for (wallet, pos, said) in [
        (Asked::Whole, Asked::Whole, &[][..]),
        (Asked::Cannot, Asked::Whole, &["lime.assumed.list_checks"]),
        (Asked::Whole, Asked::Cannot, &["GetReceiptList"]),
        (Asked::Partly, Asked::Partly, &["Lime: ", "r_keeper: "]),
        (failed, Asked::Cannot, &["cut", "GetReceiptList"]),
    ] {
        let mut till = FakeTill {
            looked: Some((wallet, pos)),
            ..till()
        };
        till.records.clear();
        let ran = run_line(&mut till, "recover");
        assert_eq!(ran.code, ExitCode::Done);
        assert_eq!(ran.err.lines().count(), said.len(), "{}", ran.err);
        for (line, words) in ran.err.lines().zip(said) {
            assert!(line.contains(words), "{line}");
        }
    }
}

#[test]
fn a_person_says_that_it_is_known() {
    let mut till = found();
    let decide = |payment: &str, more: &[&str]| -> Vec<String> {
        let line = ["decide", payment, "--known", "--operator", "И. Иванов"];
        let all = line.iter().chain(more);
        all.map(|word| (*word).to_owned()).collect()
    };
    let mut run = |args: Vec<String>| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        run_args(&mut till, &args)
    };
    for (args, code) in [
        (decide("1", &["--reason", "x"]), ExitCode::Usage),
        (decide(LOST, &["--reason", " \u{1b}"]), ExitCode::Usage),
        (
            decide(LOST, &["--reason", "x", "--refund", LOST]),
            ExitCode::Usage,
        ),
        (decide(PAYMENT, &["--reason", "x"]), ExitCode::NotFound),
        (
            decide(LOST, &["--reason", "вернули  в Lime", "--json"]),
            ExitCode::Done,
        ),
        (decide(LOST, &["--reason", "x"]), ExitCode::NotFound),
        (decide(ANNULLED, &["--reason", "x"]), ExitCode::Done),
    ] {
        let ran = run(args.clone());
        assert_eq!(ran.code, code, "{args:?}: {}{}", ran.out, ran.err);
        if args.iter().any(|arg| arg == "--json") {
            assert_eq!(ran.json()["state"], "settled");
            assert_eq!(ran.json()["attention"], Json::Null);
        }
    }
    let asked = till.asked.lock().unwrap().clone();
    assert!(
        asked[0].starts_with("settle И. Иванов вернули"),
        "{asked:?}"
    );
    assert_eq!(asked.len(), 2);
}
