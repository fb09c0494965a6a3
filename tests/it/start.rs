//! How the program starts, or does not: config, folders, journal, terminal. Cases 74–82 of the
//! field, through the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Said, Sim, program, till_command};

const CARD: &str = "61366822";

/// A config that lacks nothing. Its servers are never called here.
const COMPLETE: &str = "\
[rkeeper]
url = \"https://till.invalid:8086\"
user = \"limekeeper\"
password = \"hunter2-password\"
station_code = \"1\"
cashier_code = \"9\"
currencies.money = \"11\"

[lime]
url = \"https://lime.invalid\"
auth_value = \"LimeToken hunter2-token\"
installation_id = 1
cashdesk_id = 1
user_id = 1
";

/// The program as a service or an autostart entry runs it: no environment, no terminal.
fn bare(working_dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(args)
        .env_clear()
        .current_dir(working_dir)
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Said {
    Said::of(&command.output().unwrap())
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), vec![]);
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn temp() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn config_in(folder: &Path, text: &str) -> String {
    let path = folder.join("config.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Case 78: a shortcut or the task scheduler starts the program somewhere.
#[test]
fn without_a_config_every_place_that_was_looked_at_is_named() {
    let beside = Path::new(program()).with_file_name("config.toml");
    for args in [
        &["run"][..],
        &[],
        &["orders"],
        &["pay", "*/1", "--card", CARD],
        &["recover"],
        &["config", "check"],
        &["config", "show"],
    ] {
        let said = run(&mut bare(Path::new("/"), args)).expect_code(3);
        assert_eq!(said.out, "", "{args:?}");
        assert!(said.err.contains(beside.to_str().unwrap()), "{said:?}");
        assert!(said.err.contains("LIMEKEEPER_CONFIG"), "{said:?}");
        assert!(said.err.contains("файл настроек не найден"), "{said:?}");
    }
    let said = run(&mut bare(Path::new("/"), &["--lang", "en", "orders"])).expect_code(3);
    assert!(said.err.contains("no config file was found"), "{said:?}");
}

/// Case 78.
#[test]
fn a_config_that_was_named_is_missed_by_its_full_path() {
    let here = temp();
    let full = here
        .path()
        .canonicalize()
        .unwrap()
        .join("Касса 1/till.toml");
    let said = run(&mut bare(
        here.path(),
        &["--config", "Касса 1/till.toml", "orders"],
    ));
    assert_eq!(said.code, 3);
    assert!(said.err.contains(full.to_str().unwrap()), "{said:?}");
    let said = run(bare(here.path(), &["orders"]).env("LIMEKEEPER_CONFIG", "Касса 1/till.toml"));
    assert_eq!(said.code, 3);
    assert!(said.err.contains(full.to_str().unwrap()), "{said:?}");
    assert!(contents(here.path()).is_empty());
}

/// Case 78: the same folder wherever the program is started.
#[test]
fn a_relative_folder_counts_from_the_config_file() {
    let place = temp();
    let folder = place.path().join("Касса 1");
    fs::create_dir(&folder).unwrap();
    // Nobody is asked: it is about folders.
    let quiet = "[payment]\nlookback_h = 0\n";
    let config = config_in(&folder, &format!("state_dir = 'till'\n{COMPLETE}{quiet}"));
    let here = temp();
    for working_dir in [here.path(), Path::new("/")] {
        let said = run(&mut bare(working_dir, &["--config", &config, "recover"]));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
        assert!(folder.join("till/journal.db").exists());
    }
    assert!(contents(here.path()).is_empty());
    // A flag is typed by somebody who stands in a folder.
    let args = ["--config", &config, "--state-dir", "mine", "recover"];
    run(&mut bare(here.path(), &args)).expect_code(0);
    assert!(here.path().join("mine/journal.db").exists());
}

/// Case 80.
#[test]
fn without_a_home_there_is_no_journal_beside_the_working_folder() {
    let place = temp();
    let config = config_in(place.path(), COMPLETE);
    let here = temp();
    for (home, code) in [("home", 3), ("./home", 3), ("/dev/null/home", 7)] {
        for command in ["recover", "payments"] {
            let said = run(bare(here.path(), &["--config", &config, command])
                .env("HOME", home)
                .env("XDG_DATA_HOME", "data"));
            assert_eq!(said.code, code, "{home} {command}: {said:?}");
            assert!(!said.err.is_empty(), "{home} {command}");
        }
    }
    assert!(contents(here.path()).is_empty());
    assert_eq!(contents(place.path()).len(), 1);
    // No variable at all: the system's user database names a folder, or nothing does.
    let said = run(&mut bare(
        here.path(),
        &["--config", &config, "config", "check", "--json"],
    ));
    let folder = said.json()["state_dir"].clone();
    match folder.as_str() {
        Some(folder) => assert!(Path::new(folder).is_absolute(), "{folder}"),
        None => assert!(said.err.contains("--state-dir"), "{said:?}"),
    }
    assert!(contents(here.path()).is_empty());
}

/// Two guests' cards that end alike must not become one account unnoticed.
#[test]
fn a_notation_that_cuts_cards_is_told_beside_readers_that_read_longer_ones() {
    let place = temp();
    let checked = |uid: &str| {
        let reader = "[[readers]]\nname = \"Бар\"\nfamily = \"ironlogic\"\nport = \"COM3\"\n";
        let config = config_in(place.path(), &format!("{COMPLETE}{uid}\n{reader}"));
        let check = |args: &[&str]| {
            let all = [&["--config", &config, "config", "check"], args].concat();
            run(bare(place.path(), &all).env("HOME", place.path())).expect_code(0)
        };
        (
            check(&[]).out,
            check(&["--json"]).json()["cut_cards_of"].clone(),
        )
    };
    let (words, json) = checked("uid.keep_bytes = 4");
    assert!(
        words.contains("две карты могут стать одной (считыватели: Бар)"),
        "{words}"
    );
    assert_eq!(json, serde_json::json!(["Бар"]));
    let (words, json) = checked("");
    assert!(!words.contains("две карты"), "{words}");
    assert_eq!(json, serde_json::json!([]));
}

/// Cases 74, 75, 76: whatever is wrong in the file, nothing starts with other values.
#[test]
fn no_broken_config_starts_anything() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config/invalid");
    let mut tried = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let source = entry.unwrap().path();
        let place = temp();
        let path = place.path().join("config.toml");
        fs::copy(&source, &path).unwrap();
        let config = path.to_str().unwrap();
        let before = contents(place.path());
        for args in [
            &["run"][..],
            &["recover"],
            &["payments"],
            &["config", "check"],
            &["config", "show"],
        ] {
            let said = run(bare(place.path(), &[&["--config", config], args].concat())
                .env("HOME", place.path()));
            let context = format!("{} {args:?}: {said:?}", source.display());
            assert_eq!(said.code, 3, "{context}");
            assert_eq!(said.out, "", "{context}");
            assert!(said.err.contains(config), "{context}");
            assert!(
                said.err.contains("Что сделать:") || said.err.contains("What to do:"),
                "{context}"
            );
            // No name of a text where the text should be.
            for name in ["config.fault", "config.cure", "config.kind", "config.write"] {
                assert!(!said.err.contains(name), "{context}");
            }
            assert!(!said.err.contains("hunter2"), "{context}");
            assert!(
                said.err.chars().all(|c| c == '\n' || !c.is_control()),
                "{context}"
            );
        }
        assert_eq!(contents(place.path()), before, "{}", source.display());
        tried += 1;
    }
    assert!(tried >= 20);
}

/// A broken file still says in which language its errors are wanted; a flag says it louder.
#[test]
fn a_broken_config_is_told_in_its_own_language() {
    let place = temp();
    let config = config_in(place.path(), "lang = \"en\"\nlog_levle = \"info\"\n");
    for args in [&["config", "check"][..], &["orders"], &["run"]] {
        let args = [&["--config", &config], args].concat();
        let said = run(&mut bare(place.path(), &args)).expect_code(3);
        assert!(said.err.contains("line 2, column 1"), "{args:?}: {said:?}");
        let args = [&["--lang", "ru"], &args[..]].concat();
        let said = run(&mut bare(place.path(), &args)).expect_code(3);
        assert!(
            said.err.contains("строка 2, столбец 1"),
            "{args:?}: {said:?}"
        );
    }
}

/// Case 74.
#[test]
fn a_config_with_a_byte_order_mark_and_windows_line_ends_is_fine() {
    let place = temp();
    let text = format!("\u{feff}# касса\r\n{}", COMPLETE.replace('\n', "\r\n"));
    let config = config_in(place.path(), &text);
    let args = [
        "--config",
        &config,
        "--state-dir",
        "till",
        "config",
        "check",
    ];
    let said = run(&mut bare(place.path(), &args)).expect_code(0);
    assert_eq!(said.err, "");
}

#[test]
fn a_missing_secret_is_named_with_file_key_and_variable() {
    let place = temp();
    for (key, line, variable) in [
        (
            "password",
            "password = \"hunter2-password\"\n",
            "LIMEKEEPER_RKEEPER_PASSWORD",
        ),
        (
            "auth_value",
            "auth_value = \"LimeToken hunter2-token\"\n",
            "LIMEKEEPER_LIME_AUTH",
        ),
    ] {
        let text = COMPLETE.replace(line, "");
        assert_ne!(text, COMPLETE);
        let config = config_in(place.path(), &format!("state_dir = 'till'\n{text}"));
        for (lang, words, to_do) in [
            (&[][..], "не задан", "задайте переменную среды"),
            (&["--lang", "en"], "is not set", "environment variable"),
        ] {
            for command in ["run", "orders", "recover"] {
                let args = [lang, &["--config", &config, command]].concat();
                let said = run(&mut bare(place.path(), &args)).expect_code(3);
                for part in [config.as_str(), key, variable, words, to_do] {
                    assert!(said.err.contains(part), "{part}: {said:?}");
                }
            }
        }
        // The variable is enough.
        let args = ["--config", &config, "recover"];
        run(bare(place.path(), &args).env(variable, "hunter2")).expect_code(0);
        fs::remove_dir_all(place.path().join("till")).unwrap();
    }
}

#[test]
fn the_shipped_config_lacks_only_what_a_site_must_say() {
    let place = temp();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.toml");
    let config = place.path().join("config.toml");
    fs::copy(shipped, &config).unwrap();
    let args = [
        "--config",
        "config.toml",
        "--state-dir",
        "till",
        "config",
        "check",
    ];
    let said = run(&mut bare(place.path(), &args)).expect_code(3);
    for key in [
        "rkeeper.url",
        "rkeeper.user",
        "rkeeper.password",
        "rkeeper.station_code",
        "rkeeper.cashier_code",
        "[rkeeper.currencies]",
        "lime.url",
        "lime.auth_value",
        "lime.installation_id",
        "lime.cashdesk_id",
        "lime.user_id",
    ] {
        assert!(said.err.contains(key), "{key}: {said:?}");
    }
    assert_eq!(said.err.matches("Что сделать:").count(), 11, "{said:?}");
    assert!(!place.path().join("till").exists());
}

#[test]
fn no_config_command_prints_a_secret() {
    let place = temp();
    let config = config_in(place.path(), &format!("state_dir = 'till'\n{COMPLETE}"));
    for args in [
        &["config", "show"][..],
        &["config", "show", "--json"],
        &["config", "check"],
        &["config", "check", "--json"],
    ] {
        let args = [&["--config", &config], args].concat();
        let from_file = run(&mut bare(place.path(), &args)).expect_code(0);
        let from_variables = run(bare(place.path(), &args)
            .env("LIMEKEEPER_RKEEPER_PASSWORD", "hunter2-env")
            .env("LIMEKEEPER_RKEEPER_MANAGER_PASSWORD", "hunter2-manager")
            .env("LIMEKEEPER_LIME_AUTH", "LimeToken hunter2-env"))
        .expect_code(0);
        for said in [from_file, from_variables] {
            assert!(!said.out.contains("hunter2"), "{said:?}");
            assert!(!said.err.contains("hunter2"), "{said:?}");
        }
    }
}

/// Case 82.
#[test]
fn without_a_terminal_the_screen_says_so_and_touches_nothing() {
    let sim = Sim::start();
    sim.till(&["pay", "*/1", "--card", CARD]).expect_code(0);
    let before = contents(&sim.till_folder());
    for args in [&["run"][..], &[], &["demo"]] {
        let said = sim.till(args).expect_code(9);
        assert_eq!(said.out, "", "{args:?}");
        assert_eq!(said.err.lines().count(), 1, "{args:?}: {said:?}");
        assert!(said.err.contains("Здесь нет терминала"), "{said:?}");
        let said = sim.till(&[args, &["--lang", "en"]].concat()).expect_code(9);
        assert!(said.err.contains("no terminal"), "{said:?}");
    }
    assert_eq!(contents(&sim.till_folder()), before);
}

/// Case 78.
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let sim = Sim::start();
    let folder = sim.till_folder();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("log"), "a file where the folder should be").unwrap();
    let said = sim.till(&["pay", "*/1", "--card", CARD, "--json"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    let said = sim.till(&["recover", "--json"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(folder.join("log").is_file());
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_hold_a_journal_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let sim = Sim::start();
    let place = temp();
    let file = place.path().join("file");
    fs::write(&file, "a letter").unwrap();
    let mut folders = vec![file.clone(), file.join("below"), "/dev/null/till".into()];
    let locked = place.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    // Nothing is closed to the system's own user.
    if fs::write(locked.join("probe"), "").is_err() {
        folders.push(locked.join("till"));
        folders.push(locked);
    }
    if Path::new("/proc/self").exists() {
        folders.push("/proc/limekeeper".into());
    }
    for folder in folders {
        let shown = folder.to_str().unwrap();
        for command in [&["recover"][..], &["pay", "*/1", "--card", CARD]] {
            let said = sim.till(&[command, &["--state-dir", shown]].concat());
            assert_eq!(said.code, 7, "{shown}: {said:?}");
            assert!(said.err.contains("Журнал"), "{shown}: {said:?}");
            assert!(said.err.contains(shown), "{shown}: {said:?}");
        }
    }
    let said = sim.till(&["payments", "--state-dir", file.to_str().unwrap()]);
    assert_eq!(said.code, 7, "{said:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a letter");
    assert_eq!(sim.state()["checks"], Value::Array(vec![]));
    assert_eq!(sim.balance(CARD, "Депозит"), "5000.00");
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_as_it_is() {
    let sim = Sim::start();
    let folder = sim.till_folder();
    let letter = "Смена 24-го: сдача 500, ключ у Вишнёвой.\n".repeat(200);
    for (bytes, key) in [
        (letter.as_bytes(), false),
        (letter.as_bytes(), true),
        (b"SQLite format 3\0 and then not".as_slice(), true),
    ] {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("journal.db"), bytes).unwrap();
        if key {
            fs::write(folder.join("journal.key"), [7; 32]).unwrap();
        }
        for args in [
            &["recover"][..],
            &["pay", "*/1", "--card", CARD],
            &["payments"],
            &["report", "sales"],
        ] {
            let said = sim.till(args);
            assert_eq!(said.code, 7, "{args:?}: {said:?}");
            assert!(said.err.contains("Журнал"), "{said:?}");
            assert_eq!(
                fs::read(folder.join("journal.db")).unwrap(),
                bytes,
                "{args:?}"
            );
        }
        fs::remove_dir_all(&folder).unwrap();
    }
    assert_eq!(sim.state()["checks"], Value::Array(vec![]));
}

/// Case 38, as a site meets it.
#[test]
fn the_environment_has_no_say_in_how_servers_are_reached() {
    let sim = Sim::start();
    let mut command = till_command(&sim.config, &["orders", "--json"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:9");
    }
    let said = run(&mut command).expect_code(0);
    assert_eq!(said.json()[0]["name"], "*/1");
}
