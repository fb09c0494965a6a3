//! The journal's files under the real program: copies, changes, an older journal, a file that goes
//! away, a disk that takes no more. What the program says is true, and nothing is sent over a
//! journal that is not the one it wrote.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Said, Sim, program, till_command};
#[cfg(unix)]
use crate::screen::Screen;

const CARD: &str = "61366822";
const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];

fn database(sim: &Sim) -> PathBuf {
    sim.till_folder().join("journal.db")
}

/// Lime took for the order exactly what r_keeper was paid.
#[track_caller]
fn books_agree(sim: &Sim) {
    let paid = sim.order("*/1")["unpaid"] == "0.00";
    let expected = if paid { "2650.00" } else { "5000.00" };
    assert_eq!(sim.balance(CARD, "Депозит"), expected, "{}", sim.state());
    sim.assert_no_violations();
}

#[test]
fn verify_and_export_from_the_command_line() {
    let sim = Sim::start();
    let verify = |code| {
        sim.till(&["journal", "verify", "--json"])
            .expect_code(code)
            .json()
    };
    let nothing = json!({"ok": true, "rows": 0, "payments": 0, "first_bad": null});
    assert_eq!(verify(0), nothing, "no journal yet");
    sim.till(&["journal", "export", "copy.db"]).expect_code(8);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().unwrap();

    // While the till works.
    sim.fault_with("lime.PutCheck", "delay", 1, &json!(2_000));
    let mut paying = sim.till_in_background(&PAY);
    sim.wait_for_calls("lime.PutCheck", 1);
    let said = sim
        .till(&["journal", "export", copy, "--json"])
        .expect_code(0)
        .json();
    assert_eq!((&said["ok"], &said["payments"]), (&json!(true), &json!(1)));
    assert!(
        said["key"].as_str().unwrap().ends_with("copy.key"),
        "{said}"
    );
    assert!(verify(0)["rows"].as_u64().unwrap() >= 1);
    assert!(paying.wait().unwrap().success());
    let of_copy = sim
        .till(&["journal", "verify", "--file", copy, "--json"])
        .expect_code(0)
        .json();
    let of_till = verify(0);
    assert!(of_copy["rows"].as_u64() < of_till["rows"].as_u64());
    sim.till(&["journal", "export", copy]).expect_code(7);
    for (lang, word) in [("ru", "Журнал цел"), ("en", "as it was written")] {
        let said = sim
            .till(&["journal", "verify", "--lang", lang])
            .expect_code(0);
        assert!(said.out.contains(word), "{said:?}");
    }

    // The default name lies where the program is called.
    let output = till_command(&sim.config, &["journal", "export", "--without-key"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    Said::of(&output).expect_code(0);
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(
        names[2]
            .strip_suffix(".db")
            .is_some_and(|name| name.starts_with("journal-")),
        "{names:?}"
    );

    // Somebody with a database tool.
    let connection = rusqlite::Connection::open(database(&sim)).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER events_stay; UPDATE events SET at_ms = at_ms + 1 WHERE seq = 2",
        )
        .unwrap();
    drop(connection);
    let said = verify(7);
    assert_eq!(
        said["first_bad"],
        json!({"row": 2, "what": "not_as_written"})
    );
    let said = sim.till(&["journal", "verify"]).expect_code(7);
    assert!(said.out.contains("Строка 2"), "{said:?}");
    let before = sim.calls("lime.PutCheck");
    sim.till(&["pay", "7/1", "--card", CARD]).expect_code(7);
    assert_eq!(sim.calls("lime.PutCheck"), before, "nothing is sent");
}

/// Field case 64 with the real program: yesterday's journal put back.
#[test]
fn case_64_an_older_journal_is_accepted_only_by_name() {
    let sim = Sim::start();
    sim.till(&["recover"]).expect_code(0);
    let older = fs::read(database(&sim)).unwrap();
    sim.till(&PAY).expect_code(0);
    let requests = sim.state()["requests"].clone();
    fs::write(database(&sim), older).unwrap();
    for command in [&["recover", "--json"][..], &["pay", "7/1", "--card", CARD]] {
        let said = sim.till(command).expect_code(7);
        assert!(said.err.contains("limekeeper journal accept"), "{said:?}");
    }
    let said = sim
        .till(&["journal", "verify", "--json"])
        .expect_code(7)
        .json();
    assert_eq!(said["first_bad"]["what"], "shorter", "{said}");
    for name in ["lime.PutCheck", "rkeeper.PayOrder", "rkeeper.LockOrder"] {
        assert_eq!(sim.state()["requests"][name], requests[name], "{name}");
    }
    sim.till(&["journal", "accept", "--operator", "Анна"])
        .expect_code(2);
    sim.till(&["journal", "accept", "--operator", " ", "--reason", "x"])
        .expect_code(2);
    let accept = [
        "journal",
        "accept",
        "--operator",
        "Анна",
        "--reason",
        "сверено с Lime",
    ];
    sim.till(&accept).expect_code(0);
    let said = sim
        .till(&["journal", "verify", "--json"])
        .expect_code(0)
        .json();
    assert_eq!((&said["rows"], &said["payments"]), (&json!(1), &json!(0)));
    assert_eq!(
        sim.till(&["payments", "--json"]).expect_code(0).json(),
        json!([])
    );
    sim.till(&accept).expect_code(0);
    books_agree(&sim);
}

/// The file goes away between the debit's sending and its answer: the answer is not written, and
/// nothing more is sent. Put back, the payment is finished.
#[cfg(unix)]
#[test]
fn a_journal_moved_away_during_a_payment_stops_it() {
    let sim = Sim::start();
    sim.fault_with("lime.PutCheck", "delay", 1, &json!(1_500));
    let paying = sim.till_in_background(&PAY);
    sim.wait_for_calls("lime.PutCheck", 1);
    let away = sim.till_folder().join("away.db");
    fs::rename(database(&sim), &away).unwrap();
    let said = Said::of(&paying.wait_with_output().unwrap()).expect_code(5);
    assert!(said.err.contains("journal.db"), "{said:?}");
    assert_eq!(sim.calls("rkeeper.PayOrder"), 0);
    let said = sim.till(&["recover"]).expect_code(7);
    assert!(said.err.contains("limekeeper journal accept"), "{said:?}");
    fs::rename(&away, database(&sim)).unwrap();
    sim.till(&["recover"]).expect_code(0);
    books_agree(&sim);
}

/// Field case 72: what a power cut left of an earlier program, with the number of a living process.
#[test]
fn case_72_a_left_over_lock_keeps_nobody_out() {
    let sim = Sim::start();
    let folder = sim.till_folder();
    fs::create_dir_all(&folder).unwrap();
    let number = std::process::id().to_string();
    for name in ["limekeeper.lock", "limekeeper.pid"] {
        fs::write(folder.join(name), &number).unwrap();
    }
    sim.till(&PAY).expect_code(0);
    books_agree(&sim);
}

/// Field case 67 and write errors that are no full disk: the system refuses bytes beyond some
/// length of a file, at ever other moments of a payment.
#[cfg(target_os = "linux")]
#[test]
fn case_67_a_write_that_fails_at_any_moment_stops_the_payment() {
    const LIMITED: &str = r#"trap "" XFSZ; ulimit -f "$1"; shift; exec "$@""#;
    let mut codes = Vec::new();
    for kibibytes in [4, 20, 40, 60, 80, 100, 130, 160] {
        let sim = Sim::start();
        sim.till(&["recover"]).expect_code(0);
        let mut command = Command::new("bash");
        command.args([
            "-c",
            LIMITED,
            "bash",
            &kibibytes.to_string(),
            program(),
            "--config",
        ]);
        command
            .arg(&sim.config)
            .args(PAY)
            .env_remove("LIMEKEEPER_LIME_AUTH");
        let said = Said::of(&command.output().unwrap());
        let context = format!("{kibibytes} KiB: {said:?}");
        match said.code {
            0 => assert_eq!(said.json()["state"], "paid", "{context}"),
            5 => assert!(
                ["unknown", "needs_manager"]
                    .map(Value::from)
                    .contains(&said.json()["state"]),
                "{context}"
            ),
            7 => assert_eq!(sim.calls("lime.PutCheck"), 0, "{context}"),
            other => panic!("{other}: {context}"),
        }
        codes.push(said.code);
        // The limit is gone.
        sim.till(&["recover"]).expect_code(0);
        sim.till(&["journal", "verify"]).expect_code(0);
        books_agree(&sim);
    }
    println!("{codes:?}");
    for code in [0, 7] {
        assert!(codes.contains(&code), "{codes:?}");
    }
}

/// A disk that fills is said wherever somebody looks, long before payments stop.
#[cfg(unix)]
#[test]
fn low_room_is_said_by_the_check_the_log_and_the_screen() {
    let sim = Sim::start();
    let config = sim.config_with("low.toml", |text| {
        format!("{text}\n[journal]\nlow_disk_mb = 1000000000\n")
    });
    let run = |args: &[&str]| Said::of(&till_command(&config, args).output().unwrap());
    let said = run(&["config", "check"]).expect_code(0);
    assert!(said.out.contains("мало места"), "{said:?}");
    let said = run(&["config", "check", "--json"]).expect_code(0).json();
    assert_eq!(said["low_disk"], true);
    run(&PAY).expect_code(0);
    let logged: String = fs::read_dir(sim.till_folder().join("log"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert!(logged.contains("the disk of the journal fills"), "{logged}");
    let mut screen = Screen::start(&["run"], Some(&config));
    screen.wait_for("мало места");
    assert!(screen.leave().success());
    // With room enough nobody says anything.
    let said = sim.till(&["config", "check"]).expect_code(0);
    assert!(!said.out.contains("мало места"), "{said:?}");
}

/// A state folder that takes no writes: payments stop with a reason, lists go on. Root may write
/// everywhere: it gives that right up first.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_state_folder_takes_no_payments_and_keeps_its_lists() {
    use std::os::unix::fs::PermissionsExt as _;
    let rights = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let sim = Sim::start();
    sim.till(&PAY).expect_code(0);
    let folder = sim.till_folder();
    let probe = folder.join("probe");
    fs::write(&probe, "").unwrap();
    rights(&probe, 0o400);
    let root = fs::OpenOptions::new().write(true).open(&probe).is_ok();
    fs::remove_file(&probe).unwrap();
    let files = || {
        let files = fs::read_dir(&folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths.filter(|path| path.is_file())
    };
    files().for_each(|file| rights(&file, 0o400));
    rights(&folder, 0o500);
    let run = |args: &[&str]| {
        let mut command = Command::new(if root { "setpriv" } else { "env" });
        if root {
            command.args(["--bounding-set", "-dac_override,-dac_read_search,-fowner"]);
            command.arg("--");
        }
        command
            .arg(program())
            .arg("--config")
            .arg(&sim.config)
            .args(args);
        command.env_remove("LIMEKEEPER_LIME_AUTH");
        Said::of(&command.output().unwrap())
    };
    let before = sim.state()["requests"].clone();
    for args in [&["pay", "7/1", "--card", CARD][..], &["recover"]] {
        let said = run(args).expect_code(7);
        assert!(said.err.contains("Журнал"), "{said:?}");
    }
    for name in ["lime.PutCheck", "rkeeper.PayOrder", "rkeeper.LockOrder"] {
        assert_eq!(sim.state()["requests"][name], before[name], "{name}");
    }
    let listed = run(&["payments", "--json"]).expect_code(0).json();
    assert_eq!(listed[0]["state"], "paid", "{listed}");
    run(&["journal", "verify"]).expect_code(0);
    rights(&folder, 0o700);
    files().for_each(|file| rights(&file, 0o600));
    sim.till(&["recover"]).expect_code(0);
    books_agree(&sim);
}
