//! The versions and habits that the r_keeper stand-in plays.

use serde_json::json;

use super::client::{Bench, LOCK, ORDER, attribute, get_order, lock_command, pay_command, payment};

fn play(bench: &Bench, version: &str, habits: &[&str]) {
    let edit = json!({"op": "profile", "version": version, "habits": habits});
    bench.edit(&edit);
}

#[test]
fn commands_come_with_their_version() {
    let bench = Bench::new();
    for (command, since) in [
        ("GetSystemInfo", "7.5.2"),
        ("GetOrderList", "7.5.2"),
        ("GetFunctions", "7.5.2"),
        ("GetSystemInfo2", "7.6.0"),
        ("GetOrderList2", "7.6.0"),
        ("GetReceiptList", "7.6.0"),
    ] {
        let versions = ["7.5.2", "7.6.0", "7.6.4", "7.7", "7.25", "7.26"];
        let first = versions.iter().position(|own| *own == since).unwrap();
        for (number, version) in versions.into_iter().enumerate() {
            play(&bench, version, &[]);
            let answer = bench.command(&format!("<RK7CMD CMD=\"{command}\"/>"));
            let status = attribute(&answer, "Status").unwrap();
            if number < first {
                assert_eq!(status, "Bad Query Parameters", "{version} {command}");
                let text = attribute(&answer, "ErrorText").unwrap();
                assert_eq!(text, format!("Unknown command {command}"));
            } else {
                assert_eq!(status, "Ok", "{version} {command}");
            }
            let functions = bench.command("<RK7CMD CMD=\"GetFunctions\"/>");
            let listed = functions.contains(&format!("<Query name=\"{command}\""));
            assert_eq!(listed, number >= first, "{version} {command}");
        }
    }
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn only_newer_servers_tell_the_case_of_a_command() {
    let bench = Bench::new();
    for (version, status) in [("7.7", "Ok"), ("7.26", "Bad Query Parameters")] {
        play(&bench, version, &[]);
        let answer = bench.command("<RK7CMD CMD=\"GETORDERLIST2\"/>");
        assert_eq!(attribute(&answer, "Status").unwrap(), status, "{version}");
    }
}

/// The older list: its own names, and names of tables and waiters only where they were asked for.
#[test]
fn the_older_list_has_its_own_words() {
    let bench = Bench::new();
    play(&bench, "7.5.2", &[]);
    let plain = bench.command("<RK7CMD CMD=\"GetOrderList\" onlyOpened=\"1\"/>");
    for word in [
        "VisitID=",
        "OrderName=\"*/1\"",
        "ToPaySum=\"235000\"",
        "TableCode=",
    ] {
        assert!(plain.contains(word), "{word}: {plain}");
    }
    for word in ["unpaidSum", "orderName", "WaiterName", "<Waiter", "NetName"] {
        assert!(!plain.contains(word), "{word}: {plain}");
    }
    let named = bench.command("<RK7CMD CMD=\"GetOrderList\" onlyOpened=\"1\" needNames=\"1\"/>");
    assert!(named.contains("WaiterName=\""), "{named}");
    assert!(named.contains("<LockedByStation"), "{named}");
    assert_eq!(bench.violations(), [""; 0]);
}

#[test]
fn errors_are_told_in_the_way_of_the_version() {
    let bench = Bench::new();
    let refuse = |version: &str, habits: &[&str], arg: &str, command: &str| {
        play(&bench, version, habits);
        bench.fault("rkeeper.*", "refuse", &json!(arg));
        bench.command(command)
    };
    let get = get_order(ORDER);
    let old = refuse("7.6.4", &[], "Printer", &get);
    assert_eq!(attribute(&old, "RK7ErrorN").unwrap(), "3901");
    assert!(!old.contains("<Error"), "{old}");
    let new = refuse("7.26", &[], "Printer", &get);
    assert!(new.contains("Component=\"Printer\""), "{new}");
    let save = format!(
        "<RK7CMD CMD=\"SaveOrder\"><Order guid=\"{ORDER}\"/><Session><Station code=\"1\"/></Session></RK7CMD>"
    );
    let faulty = refuse("7.26", &[], "2142", &save);
    assert!(faulty.contains("<FaultyTag><Session>"), "{faulty}");
    assert!(!faulty.contains("<Errors>"), "{faulty}");
    let english = refuse("7.26", &["english"], "3373", &get);
    let text = attribute(&english, "ErrorText").unwrap();
    assert!(text.is_ascii(), "{text}");
    assert_eq!(attribute(&english, "RK7ErrorN").unwrap(), "3373");
}

#[test]
fn a_failed_receipt_stays_until_somebody_removes_it() {
    let bench = Bench::new();
    play(&bench, "7.26", &["printer_fails"]);
    bench.command(&lock_command(ORDER, "1899-12-30T00:02:00", LOCK));
    let pay = pay_command(ORDER, &payment("11", "235000"));
    let failed = bench.command(&pay);
    assert!(failed.contains("Component=\"Printer\""), "{failed}");
    let order = bench.command(&get_order(ORDER));
    assert!(order.contains("receiptError=\"1\""), "{order}");
    assert!(order.contains("unpaidSum=\"235000\""), "{order}");
    play(&bench, "7.26", &["printer_warns"]);
    let again = bench.command(&pay);
    assert_eq!(
        attribute(&again, "Status").unwrap(),
        "Query Executing Error"
    );
    bench.edit(&json!({"op": "tidy_order", "order": "*/1"}));
    let paid = bench.command(&pay);
    assert!(paid.contains("<PrintCheckWarning>"), "{paid}");
    assert_eq!(bench.violations(), [""; 0]);
}
