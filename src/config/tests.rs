//! The shipped file, the corpus of valid and broken files, and where a config is looked for.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::load::{Loaded, Need, Origin, Overrides};
use super::places::{ENV_CONFIG, Surroundings};
use super::read::read;
use super::schema::{ENV_LIME_AUTH, ENV_MANAGER_PASSWORD, ENV_RKEEPER_PASSWORD, SETTINGS};
use super::{Config, ConfigError, ConfigErrors, Fault, show};
use crate::domain::{AccountKind, Money};
use crate::i18n::{Lang, Texts};
use crate::payment::reason::Reason;

const SHIPPED: &str = include_str!("../../config.toml");

fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/config")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn the_shipped_file_is_the_built_in_values_and_names_every_key() {
    let parsed = read(SHIPPED.as_bytes()).unwrap();
    assert_eq!(parsed.config, Config::default());
    for setting in SETTINGS {
        let path = setting.path.replace("account_types[]", "account_types[0]");
        let path = path.replace('*', "BadCheck");
        if path.starts_with("readers[]") || path.starts_with("operators.people[]") {
            let name = path.rsplit('.').next().unwrap();
            assert!(SHIPPED.contains(&format!("# {name} = ")), "{path}");
        } else {
            assert!(
                parsed.spots.contains_key(&path),
                "{path} is not in config.toml"
            );
        }
    }
    // The commented reader is right, too.
    let (_, reader) = SHIPPED.split_once("# [[readers]]").unwrap();
    let reader = format!("[[readers]]{}", reader.replace("\n# ", "\n"));
    let readers = read(reader.as_bytes()).unwrap().config.readers;
    assert_eq!(readers[0].port.as_deref(), Some("COM3"));
    assert_eq!(readers[1].usb.as_deref(), Some("0403:1234"));
}

#[test]
fn valid_files_are_read() {
    for (name, bytes) in corpus("valid") {
        let config = read(&bytes)
            .unwrap_or_else(|broken| panic!("{name}: {broken:?}"))
            .config;
        match name.as_str() {
            "empty.toml" => assert_eq!(config, Config::default()),
            "windows.toml" => assert_eq!(config.state_dir, "D:\\limekeeper"),
            "site.toml" => {
                assert_eq!(config.rkeeper.currencies.of(AccountKind::Money), Some("11"));
                assert_eq!(config.rkeeper.currencies.of(AccountKind::Bonus), None);
                assert_eq!(config.lime.uid.keep_bytes, 0);
                assert_eq!(config.lime.assumed.refusals["Blocked"], Reason::CardBlocked);
                assert_eq!(config.rkeeper.pins[0].0[1], 0x11);
                assert_eq!(config.readers[0].family, "ironlogic");
                assert_eq!(config.payment.sum_max, Money::from_kopecks(100_000_000));
            }
            other => panic!("{other} is not expected"),
        }
    }
}

#[test]
fn broken_files_say_where_what_and_what_to_write() {
    for lang in [Lang::Ru, Lang::En] {
        let mut report = String::new();
        for (name, bytes) in corpus("invalid") {
            let broken = read(&bytes)
                .err()
                .unwrap_or_else(|| panic!("{name} is accepted"));
            assert!(!broken.errors.is_empty(), "{name}");
            let errors = broken.errors.into_iter().map(|error| ConfigError {
                file: Some(PathBuf::from(&name)),
                ..error
            });
            let errors = ConfigErrors {
                errors: errors.collect(),
                lang: broken.lang,
            };
            let text = errors.render(Texts::of(lang));
            assert!(
                !text.contains("hunter2") && !text.contains("12345"),
                "{name}"
            );
            let unfilled = [
                "{",
                "config.fault",
                "config.cure",
                "config.kind",
                "config.url",
            ];
            assert!(
                !unfilled.iter().any(|mark| text.contains(mark)),
                "{name}: {text}"
            );
            writeln!(report, "{text}\n").unwrap();
        }
        insta::assert_snapshot!(format!("broken_{}", lang.code()), report);
    }
}

#[test]
fn faults_without_a_place_have_texts_too() {
    let faults = [
        Fault::NotFound(vec![
            "--config FILE".into(),
            "/etc/limekeeper/config.toml".into(),
        ]),
        Fault::FileMissing,
        Fault::Unreadable("denied".into()),
        Fault::TooLarge(1_048_576),
        Fault::VariableNotText(ENV_LIME_AUTH),
        Fault::NoStateDir,
        Fault::Rejected("unknown variant".into()),
    ];
    let mut report = String::new();
    for lang in [Lang::Ru, Lang::En] {
        for fault in &faults {
            let text = ConfigError::general(fault.clone()).render(Texts::of(lang));
            assert!(
                !text.contains("config.fault") && !text.contains("config.cure"),
                "{text}"
            );
            writeln!(report, "{text}").unwrap();
        }
    }
    insta::assert_snapshot!("without_place", report);
}

#[test]
fn a_file_that_cannot_be_read_or_is_no_config_is_told() {
    let temp = tempfile::tempdir().unwrap();
    let load = |path: &Path| {
        let overrides = Overrides {
            config: Some(path.to_owned()),
            ..Overrides::default()
        };
        faults(Loaded::load(
            &overrides,
            &Surroundings::default(),
            Need::File,
        ))
        .remove(0)
    };
    assert!(
        matches!(load(temp.path()), Fault::Unreadable(_)),
        "a folder"
    );
    let large = temp.path().join("large");
    fs::write(&large, "#".repeat(2 * 1024 * 1024)).unwrap();
    assert_eq!(load(&large), Fault::TooLarge(1024 * 1024));
}

fn around(dir: &Path) -> Surroundings {
    Surroundings {
        working_dir: Some(dir.join("System32")),
        exe_dir: Some(dir.join("program")),
        config_dir: Some(dir.join("etc")),
        state_dir: Some(dir.join("var")),
        variables: [].into(),
    }
}

fn faults(result: Result<Loaded, ConfigErrors>) -> Vec<Fault> {
    result
        .unwrap_err()
        .errors
        .into_iter()
        .map(|error| error.fault)
        .collect()
}

#[test]
fn the_file_is_looked_for_in_four_places() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    for folder in ["program", "etc", "System32", "own"] {
        fs::create_dir(dir.join(folder)).unwrap();
    }
    let mut around = around(dir);
    let mut overrides = Overrides::default();
    let load = |overrides: &Overrides, around: &Surroundings| {
        Loaded::load(overrides, around, Need::File).map(|loaded| loaded.file.unwrap())
    };
    assert_eq!(
        faults(Loaded::load(&overrides, &around, Need::File)),
        [Fault::NotFound(vec![
            "--config FILE".into(),
            ENV_CONFIG.into(),
            dir.join("program/config.toml"),
            dir.join("etc/config.toml"),
        ])]
    );
    assert!(
        Loaded::load(&overrides, &around, Need::Optional)
            .unwrap()
            .file
            .is_none()
    );

    let expected = |file: PathBuf, overrides: &Overrides, around: &Surroundings| {
        fs::write(&file, "").unwrap();
        assert_eq!(load(overrides, around).unwrap(), file);
    };
    // A file in the working folder is nobody's config.
    fs::write(dir.join("System32/config.toml"), "lang = \"en\"").unwrap();
    expected(dir.join("etc/config.toml"), &overrides, &around);
    expected(dir.join("program/config.toml"), &overrides, &around);
    around
        .variables
        .insert(ENV_CONFIG, dir.join("own/env.toml").into_os_string());
    expected(dir.join("own/env.toml"), &overrides, &around);
    overrides.config = Some("../own/flag.toml".into());
    assert_eq!(
        faults(Loaded::load(&overrides, &around, Need::Optional)),
        [Fault::FileMissing],
        "a file that was named must be there"
    );
    expected(dir.join("System32/../own/flag.toml"), &overrides, &around);
}

#[test]
fn layers_and_their_origins() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    fs::create_dir(dir.join("program")).unwrap();
    let file = dir.join("program/config.toml");
    fs::write(
        &file,
        "lang = \"ru\"\nstate_dir = \"till\"\n[rkeeper]\npassword = \"file\"\n[lime]\nauth_value = \"LimeToken file\"\n",
    )
    .unwrap();
    let mut around = around(dir);
    let overrides = Overrides::default();
    let loaded = Loaded::load(&overrides, &around, Need::File).unwrap();
    assert_eq!(loaded.config.rkeeper.password.reveal(), "file");
    assert_eq!(loaded.state_dir().unwrap(), dir.join("program/till"));
    assert_eq!(loaded.origin("lang").word(), "line 1");
    assert_eq!(loaded.origin("payment.tries"), Origin::Default);

    around
        .variables
        .insert(ENV_RKEEPER_PASSWORD, OsString::from("env"));
    let overrides = Overrides {
        lang: Some(Lang::En),
        state_dir: Some("here".into()),
        ..overrides
    };
    let loaded = Loaded::load(&overrides, &around, Need::File).unwrap();
    assert_eq!(loaded.config.rkeeper.password.reveal(), "env");
    assert_eq!(loaded.config.lime.auth_value.reveal(), "LimeToken file");
    assert_eq!(loaded.config.lang, Lang::En);
    assert_eq!(loaded.state_dir().unwrap(), dir.join("System32/here"));
    assert_eq!(
        loaded.origin("rkeeper.password"),
        Origin::Variable(ENV_RKEEPER_PASSWORD)
    );
    assert_eq!(loaded.origin("state_dir"), Origin::Flag("--state-dir"));

    let shown = show::as_toml(&loaded);
    assert!(!shown.contains("LimeToken file") && !shown.contains("\"env\""));
    assert!(
        shown.contains("password = \"***\"  # LIMEKEEPER_RKEEPER_PASSWORD"),
        "{shown}"
    );
    assert!(shown.contains("lang = \"en\"  # --lang"), "{shown}");
    assert!(shown.contains("kind = \"credit\"  # default"), "{shown}");
    // What is shown can be used as a config.
    read(shown.as_bytes()).unwrap();
    let json = show::as_json(&loaded);
    assert_eq!(json["settings"]["rkeeper.password"]["value"], "***");
    assert_eq!(json["settings"]["lime.auth_value"]["origin"], "line 6");
    assert_eq!(
        json["settings"]["lime.account_types[1].kind"]["value"],
        "bonus"
    );

    around
        .variables
        .insert(ENV_LIME_AUTH, OsString::from("LimeToken a\r\nX: y"));
    assert_eq!(
        faults(Loaded::load(&overrides, &around, Need::File)),
        [Fault::ControlCharacter(ENV_LIME_AUTH.to_owned())]
    );
}

#[test]
fn the_journals_folder_is_never_relative_and_never_a_share() {
    let around = Surroundings::default();
    let load = |dir: Option<&str>| {
        let overrides = Overrides {
            state_dir: dir.map(PathBuf::from),
            ..Overrides::default()
        };
        Loaded::load(&overrides, &around, Need::Optional)
            .unwrap()
            .state_dir()
            .map_err(|errors| errors.errors[0].fault.clone())
    };
    assert_eq!(load(None), Err(Fault::NoStateDir));
    assert_eq!(load(Some("till")), Err(Fault::NoStateDir));
    assert_eq!(
        load(Some(r"\\server\share")),
        Err(Fault::NetworkFolder(r"\\server\share".into()))
    );
    // HOME=relative: the system's own place would count from the working folder.
    let odd = Surroundings {
        state_dir: Some("home/.local/share/limekeeper".into()),
        ..Surroundings::default()
    };
    let loaded = Loaded::load(&Overrides::default(), &odd, Need::Optional).unwrap();
    assert_eq!(
        loaded.state_dir().unwrap_err().errors[0].fault,
        Fault::NoStateDir
    );
}

#[test]
fn what_the_servers_need_is_named_with_its_place() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    fs::create_dir(dir.join("program")).unwrap();
    fs::write(
        dir.join("program/config.toml"),
        "lang = \"ru\"\n[rkeeper]\nuser = \"\"\n\n[lime]\nurl = \"https://lime.local\"\n",
    )
    .unwrap();
    let loaded = Loaded::load(&Overrides::default(), &around(dir), Need::File).unwrap();
    let both = [Lang::Ru, Lang::En].map(|lang| {
        loaded
            .check_all()
            .unwrap_err()
            .render(Texts::of(lang))
            .replace(&dir.display().to_string(), "…")
    });
    insta::assert_snapshot!("missing", both.join("\n\n"));
}

/// A till that may take payments back must be able to; and the manager's password is as secret as
/// the others.
#[test]
fn taking_payments_back_needs_a_manager() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    fs::create_dir(dir.join("program")).unwrap();
    let servers = "[rkeeper]\nurl = \"https://10.0.0.5\"\nuser = \"u\"\npassword = \"p\"\n\
                   station_code = \"1\"\ncashier_code = \"9\"\ncurrencies.money = \"11\"\n";
    let load = |more: &str, password: &str| {
        fs::write(dir.join("program/config.toml"), format!("{servers}{more}")).unwrap();
        let mut around = around(dir);
        if !password.is_empty() {
            let password = OsString::from(password);
            around.variables.insert(ENV_MANAGER_PASSWORD, password);
        }
        Loaded::load(&Overrides::default(), &around, Need::File).unwrap()
    };
    let complaints = |more: &str, password: &str| -> Vec<String> {
        let errors = match load(more, password).check_rkeeper() {
            Ok(()) => return vec![],
            Err(errors) => errors.errors,
        };
        let keys = errors.into_iter().map(|error| match error.fault {
            Fault::Missing { key, write } => format!("{key}: {write}"),
            Fault::MissingSecret { key, variable, .. } => format!("{key}: {variable}"),
            other => format!("{other:?}"),
        });
        keys.collect()
    };
    let code = "rkeeper.manager_code: manager_code = \"1\"";
    let reason = "rkeeper.undo_reason: undo_reason = \"1\"";
    let password = "rkeeper.manager_password: LIMEKEEPER_RKEEPER_MANAGER_PASSWORD";
    let first = "rkeeper.part_payments: part_payments = true";
    for (more, given, wanted) in [
        ("", "", &[][..]),
        ("undo_receipt = true", "", &[reason, code, password]),
        ("undo_receipt = true", "7733", &[reason, code]),
        ("remove_prepayments = true", "", &[code]),
        ("two_step_part_payments = true", "", &[first]),
        (
            "undo_receipt = true\nundo_reason = \"5\"\nmanager_code = \"99\"",
            "7733",
            &[],
        ),
    ] {
        assert_eq!(complaints(more, given), wanted, "{more}");
    }
    let loaded = load("manager_password = \"hunter2\"", "7733");
    assert_eq!(loaded.config.rkeeper.manager_password.reveal(), "7733");
    let shown = format!(
        "{} {} {loaded:?}",
        show::as_toml(&loaded),
        show::as_json(&loaded)
    );
    assert!(
        shown.contains("manager_password = \"***\"  # LIMEKEEPER_RKEEPER_MANAGER_PASSWORD"),
        "{shown}"
    );
    assert!(!shown.contains("7733") && !shown.contains("hunter2"));
}

/// A payment is begun within the cashier's wait and may take as long as its answer: the lock holds
/// to the end of it, by default too.
#[test]
fn a_lock_outlasts_the_payment() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    fs::create_dir(dir.join("program")).unwrap();
    let servers = "[rkeeper]\nurl = \"https://10.0.0.5\"\nuser = \"u\"\npassword = \"p\"\n\
                   station_code = \"1\"\ncashier_code = \"9\"\ncurrencies.money = \"11\"\n";
    let check = |more: &str| {
        fs::write(dir.join("program/config.toml"), format!("{servers}{more}")).unwrap();
        let loaded = Loaded::load(&Overrides::default(), &around(dir), Need::File).unwrap();
        loaded.check_rkeeper()
    };
    for fits in [
        "",
        "lock_s = 135\n",
        "lock_s = 30\npay_timeout_s = 20\n[payment]\nfront_s = 10\n",
    ] {
        assert!(check(fits).is_ok(), "{fits}");
    }
    let errors = check("lock_s = 134\n").unwrap_err();
    let [error] = errors.errors.as_slice() else {
        panic!("{errors:?}");
    };
    assert_eq!(
        error.fault,
        Fault::LockTooShort {
            lock: 134,
            front: 45,
            pay: 90
        }
    );
    assert_eq!(error.spot.map(|spot| spot.line), Some(8));
    for (lang, words) in [
        (Lang::Ru, "lock_s = 135 или больше"),
        (Lang::En, "lock_s = 135 or more"),
    ] {
        let text = errors.render(Texts::of(lang));
        assert!(text.contains(words), "{text}");
    }
}
