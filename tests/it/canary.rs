//! The privacy canary: cards, key and password that stand nowhere else are used in every way there
//! is, and then every byte that was written is searched for them: the whole state folder, stderr of
//! every run, stdout but for the places that must name a card, and all that went to the terminal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::guest_pin::type_pin;
use crate::harness::{FAULT_KINDS, Said, Sim, till_command};
use crate::operators::person;
use crate::relay::{Deed, Relay, Seen, ok};
use crate::screen::{ReaderPort, Screen, frame, press_until};

/// Cards of the scenario: good, of a family, blocked; and one that Lime does not know.
const GOOD: &str = "2718281828";
const FAMILY: &str = "3141592653";
const BLOCKED: &str = "1618033988";
const NOBODY: &str = "1414213562";
const CARDS: [&str; 4] = [GOOD, FAMILY, BLOCKED, NOBODY];
const TOKEN: &str = "canary-token-7f3e19";
const PASSWORD: &str = "canary-password-9b1d42";
/// Of the manager who takes receipts back: it travels inside a request.
const MANAGER: &str = "canary-manager-5c80e6";
/// Of r_keeper's subscription: the token travels inside every request that pays.
const LICENCE_TOKEN: &str = "canary-licence-2a61f7";
const LICENCE_PASSWORD: &str = "canary-dealer-8d04b3";
const INTEGRATION: &str = "canary-integration-e95c18";
/// Of Lime's user where one logs in: the password is sent as a form, the tokens begin with these words.
const LIME_PASSWORD: &str = "canary-lime-password-61c7d0";
const BEARER: &str = "canary-bearer-4d2b7e";
/// An operator's PIN, and one that is none.
const PIN: &str = "860975314267";
const WRONG_PIN: &str = "975318642086";
/// A guest's.
const GUEST_PIN: &str = "579135802468";

const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");
/// Small orders `c1`, `c2`, …: one for every payment that is tried.
const ORDERS: usize = 60;

fn world() -> String {
    let mut world = SAMPLE.to_owned();
    let subscription = format!(
        "write_licence = true\nsubscription = {{ token = \"{LICENCE_TOKEN}\", expires = \
         \"2099-12-31\", user = \"dealer\", password = \"{LICENCE_PASSWORD}\", \
         integration_token = \"{INTEGRATION}\" }}\n"
    );
    for (from, to) in [
        ("61366822", GOOD),
        ("50331649", FAMILY),
        ("83886081", BLOCKED),
        ("sample-password", PASSWORD),
        ("\"7733\"", &format!("\"{MANAGER}\"")),
        ("sample-key-0001", TOKEN),
        ("amount = \"5000.00\"", "amount = \"500000.00\""),
        ("write_licence = true\n", &subscription),
    ] {
        assert!(world.contains(from), "{from}");
        world = world.replace(from, to);
    }
    let order = |number: usize| {
        format!(
            "[[orders]]\nguid = \"{{5B1A7C00-2350-4F31-9E2A-0A833D4F{:04}}}\"\nvisit = {}\n\
             name = \"c{number}\"\ntable = \"9\"\nhall = \"Зал\"\nwaiter = \"5\"\nstation = \"1\"\n\
             opened_at = \"2024-03-05T13:15:00\"\nlines = [{{ code = 2470 }}, {{ code = 2521 }}]\n\n",
            1_000 + number,
            2_000 + number,
        )
    };
    let orders: String = (1..=ORDERS).map(order).collect();
    world.replacen("[[orders]]", &format!("{orders}[[orders]]"), 1)
}

/// Every way in which a secret might be written down, with its name.
fn forms() -> Vec<(String, Vec<u8>)> {
    let mut forms = Vec::new();
    for card in CARDS {
        let number: u32 = card.parse().unwrap();
        let swapped = number.swap_bytes();
        for form in [
            card.to_owned(),
            card.chars().rev().collect(),
            format!("{number:08X}"),
            format!("{number:08x}"),
            format!("{swapped:08X}"),
            format!("{swapped:08x}"),
            swapped.to_string(),
            hex(card.as_bytes()),
        ] {
            forms.push((format!("card {card} as {form}"), form.clone().into_bytes()));
            forms.push((format!("card {card} as wide {form}"), wide(&form)));
        }
    }
    let login = BASE64.encode(format!("limekeeper:{PASSWORD}"));
    let usr = licence_login();
    for secret in [
        TOKEN,
        PASSWORD,
        MANAGER,
        LICENCE_TOKEN,
        LICENCE_PASSWORD,
        INTEGRATION,
        LIME_PASSWORD,
        BEARER,
        PIN,
        WRONG_PIN,
        GUEST_PIN,
        usr.trim_end_matches('='),
        login.trim_end_matches('='),
    ] {
        for form in [
            secret.to_owned(),
            secret.chars().rev().collect(),
            hex(secret.as_bytes()),
        ] {
            forms.push((form.clone(), form.clone().into_bytes()));
            forms.push((format!("wide {form}"), wide(&form)));
        }
        // Without the ends, which depend on what stands beside it.
        for before in ["", "x", "xx"] {
            let inner = BASE64.encode(format!("{before}{secret}"));
            let form = inner[4..inner.len() - 4].to_owned();
            forms.push((format!("base64 of {secret}"), form.into_bytes()));
        }
    }
    forms
}

/// What the licence server is told.
fn licence_login() -> String {
    let password = md5::compute(format!("dealer{LICENCE_PASSWORD}"));
    let integration = md5::compute(INTEGRATION);
    BASE64.encode(format!("dealer;{password:x};{integration:x}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// UTF-16, as Windows writes it.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// All forms, and which of them begin with which two bytes: one pass over any bytes looks for all.
struct Search {
    forms: Vec<(String, Vec<u8>)>,
    beginning: Vec<Vec<usize>>,
}

static SEARCH: LazyLock<Search> = LazyLock::new(|| {
    let forms = forms();
    let mut beginning = vec![vec![]; 1 << 16];
    for (number, (_, form)) in forms.iter().enumerate() {
        beginning[pair(form[0], form[1])].push(number);
    }
    Search { forms, beginning }
});

fn pair(first: u8, second: u8) -> usize {
    usize::from(u16::from_be_bytes([first, second]))
}

/// Which secrets stand in the bytes.
fn found(bytes: &[u8]) -> Vec<String> {
    let mut standing = BTreeSet::new();
    for (at, two) in bytes.windows(2).enumerate() {
        for &number in &SEARCH.beginning[pair(two[0], two[1])] {
            if bytes[at..].starts_with(&SEARCH.forms[number].1) {
                standing.insert(number);
            }
        }
    }
    let names = standing.into_iter().map(|number| &SEARCH.forms[number].0);
    names.cloned().collect()
}

/// What stands in any file below the folder, and how many files there are.
fn found_below(folder: &Path) -> (Vec<String>, usize) {
    let (mut all, mut files) = (Vec::new(), 0);
    let mut places = vec![folder.to_owned()];
    while let Some(place) = places.pop() {
        all.extend(found(place.as_os_str().as_encoded_bytes()));
        if place.is_dir() {
            places.extend(
                fs::read_dir(&place)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        files += 1;
        let inside = found(&fs::read(&place).unwrap()).into_iter();
        all.extend(inside.map(|name| format!("{name} in {}", place.display())));
    }
    (all, files)
}

/// A till whose every word is searched as it is said.
struct Till<'a> {
    sim: &'a Sim,
    config: PathBuf,
}

impl<'a> Till<'a> {
    /// One that waits little for an answer.
    fn new(sim: &'a Sim, change: impl Fn(String) -> String) -> Self {
        Self::waiting((1, 2), sim, change)
    }

    /// One that waits for every answer, however busy the machine is.
    fn patient(sim: &'a Sim, change: impl Fn(String) -> String) -> Self {
        Self::waiting((30, 60), sim, change)
    }

    /// One that waits so many seconds for an answer, and so many for all of a payment.
    fn waiting(
        (seconds, front): (u32, u32),
        sim: &'a Sim,
        change: impl Fn(String) -> String,
    ) -> Self {
        let config = sim.config_with("canary.toml", |text| {
            let text = change(format!("log_level = \"trace\"\n{text}"))
                .replace(
                    "[rkeeper]\n",
                    &format!("[rkeeper]\nread_timeout_s = {seconds}\npay_timeout_s = {seconds}\n"),
                )
                .replace(
                    "[lime]\n",
                    &format!("[lime]\nread_timeout_s = {seconds}\nwrite_timeout_s = {seconds}\n"),
                );
            format!("{text}\n[payment]\nfront_s = {front}\nretry_s = [1]\n")
        });
        Self { sim, config }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = till_command(&self.config, args);
        command
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        command
    }

    /// Runs a command that has no reason to name a card in full.
    #[track_caller]
    fn run(&self, args: &[&str]) -> Said {
        let said = self.run_that_names_cards(args);
        assert_eq!(
            found(said.out.as_bytes()),
            [""; 0],
            "stdout of {args:?}: {said:?}"
        );
        said
    }

    /// Runs a command whose stdout is looked at by the test itself.
    #[track_caller]
    fn run_that_names_cards(&self, args: &[&str]) -> Said {
        let said = Said::of(&self.command(args).output().unwrap());
        assert_eq!(
            found(said.err.as_bytes()),
            [""; 0],
            "stderr of {args:?}: {said:?}"
        );
        said
    }

    /// Runs a command whose JSON names cards, and only cards, at these places alone.
    #[track_caller]
    fn run_naming(&self, args: &[&str], places: &[&str]) -> Said {
        let said = self.run_that_names_cards(args);
        let mut named = BTreeSet::new();
        places_of(&said.json(), "", &mut named);
        assert_eq!(
            named,
            places.iter().map(|&place| place.to_owned()).collect(),
            "{args:?}"
        );
        said
    }

    #[track_caller]
    fn pay(&self, order: &str) -> Said {
        self.paying(&["pay", order, "--card", GOOD, "--card", FAMILY, "--json"])
    }

    /// A part of a bill.
    #[track_caller]
    fn part(&self, order: &str) -> Said {
        let take = format!("{GOOD}:Депозит:1");
        let sum = ["--card", GOOD, "--take", &take, "--partial", "--json"];
        self.paying(&[&["pay", order][..], &sum].concat())
    }

    #[track_caller]
    fn paying(&self, args: &[&str]) -> Said {
        let said = self.run_that_names_cards(args);
        let mut named = BTreeSet::new();
        if !said.out.is_empty() {
            places_of(&said.json(), "", &mut named);
        }
        let allowed = BTreeSet::from(["legs[].card_uid".to_owned()]);
        assert!(named.is_subset(&allowed), "{named:?}: {said:?}");
        said
    }

    #[track_caller]
    fn assert_folder_is_clean(&self) {
        let (secrets, files) = found_below(&self.sim.till_folder());
        assert_eq!(secrets, [""; 0]);
        assert!(
            files >= 4,
            "journal, key, lock and log are looked at, not {files} files"
        );
        let log = fs::read_dir(self.sim.till_folder().join("log"))
            .unwrap()
            .next();
        let log = fs::read_to_string(log.unwrap().unwrap().path()).unwrap();
        assert!(log.contains("DEBUG"), "the log is not at its wordiest");
    }
}

/// Where in a JSON value secrets stand.
fn places_of(value: &Value, at: &str, places: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            if !found(text.as_bytes()).is_empty() {
                places.insert(at.to_owned());
            }
        }
        Value::Number(number) => {
            assert_eq!(found(number.to_string().as_bytes()), [""; 0], "{at}");
        }
        Value::Array(list) => {
            for value in list {
                places_of(value, &format!("{at}[]"), places);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                assert_eq!(found(key.as_bytes()), [""; 0], "{at}");
                let dot = if at.is_empty() { "" } else { "." };
                places_of(value, &format!("{at}{dot}{key}"), places);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// A test that cannot fail is a defect: whatever is planted, wherever, is found.
#[test]
fn the_search_finds_what_is_planted() {
    let place = tempfile::tempdir().unwrap();
    let deep = place.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("clean"), "…1828 card, c1, LimeToken, limekeeper").unwrap();
    assert_eq!(found_below(place.path()), (vec![], 1));
    for (name, form) in forms() {
        for around in [[&b"\x00\xff"[..], b"\n"], [b"", b""]] {
            let file = deep.join("journal.db-wal");
            fs::write(&file, [around[0], &form, around[1]].concat()).unwrap();
            let (secrets, _) = found_below(place.path());
            assert!(
                secrets.iter().any(|found| found.starts_with(&name)),
                "{name}"
            );
            fs::remove_file(file).unwrap();
        }
    }
    // A file's name is written, too.
    fs::write(deep.join(GOOD), "").unwrap();
    assert!(!found_below(place.path()).0.is_empty());
    let mut places = BTreeSet::new();
    places_of(&json!({"a": [{"b": format!("x{GOOD}")}]}), "", &mut places);
    assert_eq!(places, BTreeSet::from(["a[].b".to_owned()]));
    // The stand-ins' own books hold cards, and the search of a whole folder sees it.
    let sim = Sim::start_with(&world());
    assert!(!found_below(sim.config.parent().unwrap()).0.is_empty());
}

/// A refund of a whole payment, of a part, a decision, and a part of another bill that goes back.
fn money_back_and_parts(till: &Till<'_>, whole: &str, id: &str) {
    let annulled = till.run(&["refund", whole]).expect_code(0);
    assert!(!annulled.out.contains("вручную"), "{annulled:?}");
    let refund = [
        "refund",
        id,
        "--leg",
        "1:1.00",
        "--operator",
        "Admin",
        "--reason",
        "холодное",
    ];
    till.run(&refund);
    till.run_naming(
        &["payment", id, "--json"],
        &["legs[].card_uid", "refunds[].legs[].card_uid"],
    );
    let decide = [
        "decide",
        id,
        "--happened",
        "--operator",
        "Admin",
        "--reason",
        "видел чек",
    ];
    till.run(&decide);
    for (two_step, order) in [(false, "c3"), (true, "c4")] {
        let till = Till::patient(till.sim, |text| with_two_steps(text, two_step));
        let part = till.part(order).expect_code(0).json();
        let id = part["payment_id"].as_str().unwrap();
        let removed = till.run(&["refund", id]).expect_code(0);
        assert!(!removed.out.contains("вручную"), "{removed:?}");
    }
}

fn with_two_steps(text: String, on: bool) -> String {
    let part_payments = "part_payments = true\n";
    assert!(text.contains(part_payments), "{text}");
    if on {
        text.replace(
            part_payments,
            "part_payments = true\ntwo_step_part_payments = true\n",
        )
    } else {
        text
    }
}

#[test]
fn the_command_line_names_cards_only_where_it_must() {
    let sim = Sim::start_with(&world());
    let till = Till::patient(&sim, |text| text);
    till.run(&["card", GOOD]).expect_code(0);
    till.run_naming(&["card", GOOD, "--json"], &["uid"])
        .expect_code(0);
    till.run_naming(&["card", BLOCKED, "--json"], &["uid"]);
    till.run(&["card", BLOCKED]);
    for card in [NOBODY, "2718281828x!", "#3141592653", "3141592653/1"] {
        for args in [
            &["card", card][..],
            &["card", card, "--json"],
            &["pay", "c1", "--card", card],
            &["pay", "c1", "--card", GOOD, "--card", card, "--json"],
            &["report", "card", card],
        ] {
            let said = till.run_that_names_cards(args);
            let report = args[0] == "report" && said.code == 0;
            assert!(
                report || found(said.out.as_bytes()).is_empty(),
                "{args:?}: {said:?}"
            );
        }
    }
    for take in [
        format!("{GOOD}:Депозит:1.250"),
        format!("{GOOD}:нет:1"),
        format!("{GOOD}:Депозит"),
        format!("{NOBODY}:Депозит:1"),
        format!("{FAMILY}:Депозит:1"),
        GOOD.to_owned(),
    ] {
        till.run(&["pay", "c1", "--card", GOOD, "--take", &take]);
        till.run(&["pay", "c1", "--card", GOOD, "--take", &take, "--json"]);
    }
    till.run(&["pay", "c1", "--card", BLOCKED]).expect_code(4);
    let whole = till.run_naming(
        &["pay", "c1", "--card", GOOD, "--json"],
        &["legs[].card_uid"],
    );
    let whole = whole.expect_code(0).json()["payment_id"].clone();
    let paid = till.run_naming(
        &["pay", "c2", "--card", GOOD, "--card", FAMILY, "--json"],
        &["legs[].card_uid"],
    );
    let id = paid.expect_code(0).json()["payment_id"]
        .as_str()
        .unwrap()
        .to_owned();
    till.run(&["payments"]);
    till.run_naming(&["payments", "--json"], &["[].legs[].card_uid"]);
    till.run(&["payment", &id]);
    till.run_naming(&["payment", &id, "--json"], &["legs[].card_uid"]);
    till.run(&["recover"]);
    till.run(&["recover", "--json"]);
    money_back_and_parts(&till, whole.as_str().unwrap(), &id);
    // Reports are for those who must know whose card it was.
    till.run_naming(
        &["report", "sales", "--format", "json"],
        &["sales[].lines[].payments[]"],
    );
    till.run_naming(
        &["report", "card", GOOD, "--json"],
        &["rows[].payer_card", "uid"],
    );
    for format in ["table", "csv"] {
        for report in [&["report", "sales"][..], &["report", "card", GOOD]] {
            let args = [report, &["--format", format]].concat();
            let said = till.run_that_names_cards(&args).expect_code(0);
            // Those who paid, as the site writes them, and nobody and nothing else.
            let payers = if report[1] == "sales" {
                &[GOOD, FAMILY][..]
            } else {
                &[GOOD]
            };
            let named: Vec<String> = payers
                .iter()
                .map(|card| format!("card {card} as {card}"))
                .collect();
            assert_eq!(found(said.out.as_bytes()), named, "{args:?}");
        }
    }
    for args in [
        &["config", "show"][..],
        &["config", "show", "--json"],
        &["config", "check"],
        &["config", "check", "--json"],
        &["orders"],
        &["orders", "--json"],
        &["order", "c2", "--json"],
        &["journal", "verify"],
        &["journal", "verify", "--json"],
    ] {
        till.run(args);
    }
    // The copy lies in the folder, so it is searched with it.
    let copy = sim.till_folder().join("copy.db");
    till.run(&["journal", "export", copy.to_str().unwrap()])
        .expect_code(0);
    assert!(copy.exists());
    till.assert_folder_is_clean();
}

/// Every fault of the stand-ins at the three calls that know the card, and recovery after each.
#[test]
fn no_fault_makes_the_till_write_a_secret_down() {
    std::thread::scope(|scope| {
        for call in ["lime.PutCheck", "rkeeper.PayOrder", "rkeeper.GetOrder"] {
            scope.spawn(move || {
                let sim = Sim::start_with(&world());
                let till = Till::new(&sim, |text| text);
                for (number, kind) in (1..).zip(FAULT_KINDS) {
                    let arg = match kind {
                        "delay" => json!(1_300),
                        "drip" => json!(50),
                        // A refusal that quotes what it refuses.
                        "refuse" if call.starts_with("lime") => {
                            json!(format!("No card {GOOD} for LimeToken {TOKEN}"))
                        }
                        _ => Value::Null,
                    };
                    sim.fault_with(call, kind, 2, &arg);
                    let said = till.pay(&format!("c{number}"));
                    if said.code == 5 {
                        till.run(&["recover"]);
                    }
                    sim.fault_with(call, kind, 0, &Value::Null);
                    till.run(&["recover"]);
                    till.run(&["payments"]);
                }
                till.assert_folder_is_clean();
            });
        }
    });
}

/// Asks r_keeper where its licence's count stands.
const COUNT: &str = "GetXMLLicenseInstanceSeqNumber";
/// Asks the licence server for the token.
const LICENCE_SERVER: &str = "GetLicenseIdByAnchor";

/// Words of a server that repeat all it was told, in more than one way of writing.
fn quoting(seen: &Seen) -> String {
    let is_rkeeper = is_rkeeper(seen);
    let number: u32 = GOOD.parse().unwrap();
    let key = if is_rkeeper {
        let login = BASE64.encode(format!("limekeeper:{PASSWORD}"));
        format!("login limekeeper:{PASSWORD} Basic {login} manager {MANAGER} token {LICENCE_TOKEN}")
    } else if seen.name == LICENCE_SERVER {
        let usr = licence_login();
        format!("dealer {LICENCE_PASSWORD} {INTEGRATION} {usr} {LICENCE_TOKEN}")
    } else {
        format!("LimeToken {TOKEN}")
    };
    // Where words are cut, it is the first secret that is cut.
    let first = match seen.name.as_str() {
        "UndoReceipt" => MANAGER,
        COUNT => LICENCE_TOKEN,
        LICENCE_SERVER => LICENCE_PASSWORD,
        _ => GOOD,
    };
    format!("card {first} {GOOD} {number:08X} {number:08x} and {FAMILY}, {key}")
}

fn is_rkeeper(seen: &Seen) -> bool {
    seen.head.starts_with("POST /rk7api")
}

/// An answer of the right kind for the call, full of what the server was told.
fn quoting_answer(seen: &Seen, how: &str) -> Vec<u8> {
    let is_xml = is_rkeeper(seen);
    let words = quoting(seen);
    let name = &seen.name;
    let (status, body) = match (how, is_xml) {
        ("error", true) => (
            "200 OK",
            format!(
                "<RK7QueryResult Status=\"Query Executing Error\" CMD=\"{name}\" \
                 RK7ErrorN=\"3373\" ErrorText=\"{words}\"/>"
            ),
        ),
        // The words are cut somewhere, and that is in the middle of a secret.
        ("cut error", true) => (
            "200 OK",
            format!(
                "<RK7QueryResult Status=\"Query Executing Error\" CMD=\"{name}\" \
                 RK7ErrorN=\"3373\" ErrorText=\"{}{words}\"/>",
                "я".repeat(188)
            ),
        ),
        ("odd", true) => (
            "200 OK",
            format!(
                "<RK7QueryResult Status=\"Ok\" CMD=\"{name}\" locked=\"{GOOD}\"><Order \
                 guid=\"{GOOD}\" orderSum=\"{PASSWORD}\" version=\"{GOOD}.5\"/></RK7QueryResult>"
            ),
        ),
        ("root", true) => ("200 OK", format!("<_{GOOD} a=\"{PASSWORD}\"></_{FAMILY}>")),
        ("error" | "cut error", false) if seen.name == LICENCE_SERVER => {
            let cut = if how == "error" { 0 } else { 160 };
            let message = format!("{}{words}", "я".repeat(cut));
            let answer = json!({"id": null, "ErrorCode": words, "ErrorMessage": message});
            ("200 OK", answer.to_string())
        }
        ("odd", false) if seen.name == LICENCE_SERVER => {
            let answer = json!({"id": LICENCE_TOKEN, "expirationDate": words});
            ("200 OK", answer.to_string())
        }
        ("error", false) => (
            "200 OK",
            json!({"error": "Odd", "message": words}).to_string(),
        ),
        ("cut error", false) => {
            let message = format!("{}{words}", "я".repeat(185));
            (
                "200 OK",
                json!({"error": "Odd", "message": message}).to_string(),
            )
        }
        ("odd", false) => (
            "200 OK",
            json!({"check": {"id": GOOD}, "card": {"id": GOOD, "userId": TOKEN}}).to_string(),
        ),
        ("root", false) => (
            "200 OK",
            format!("{{\"{GOOD}\": \"{TOKEN}\", \"{GOOD}\": 1}}"),
        ),
        ("code", false) => (
            "400 Bad Request",
            json!({"error": words, "message": words}).to_string(),
        ),
        ("code", true) => ("400 Bad Request", words),
        ("denied", _) => ("401 Unauthorized", words),
        (other, _) => panic!("{other}"),
    };
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    answer.push_str(&body);
    answer.into_bytes()
}

#[test]
fn no_server_can_make_the_till_repeat_a_secret() {
    const HOW: [&str; 7] = [
        "error",
        "cut error",
        "odd",
        "root",
        "code",
        "denied",
        "redirect",
    ];
    const CALLS: [&str; 16] = [
        COUNT,
        LICENCE_SERVER,
        "UndoReceipt",
        "DeleteReceiptPayments",
        "TerminalAuthStart2",
        "TerminalAuthPay2",
        "TerminalAuthError2",
        "PutCheck",
        "GetCardInfoByCardUid",
        "GetRights",
        "GetCheck",
        "PayOrder",
        "GetOrder",
        "LockOrder",
        "CalcOrder3",
        "GetOrderList2",
    ];
    std::thread::scope(|scope| {
        for call in CALLS {
            scope.spawn(move || {
                for how in HOW {
                    // Each with all its money: what one answer left unknown stays debited.
                    quote(&Sim::start_with(&world()), call, how);
                }
            });
        }
    });
}

/// One payment with every answer to `call` a quoting one, and its recovery.
#[track_caller]
fn quote(sim: &Sim, call: &'static str, how: &'static str) {
    let rule = move |seen: &Seen| {
        // Before GetCheck is asked, PutCheck must be lost; before a late GetOrder, all went well.
        if call == "GetCheck" && seen.name == "PutCheck" && seen.before == 0 {
            Deed::Close { passed_on: false }
        } else if call == COUNT && seen.name == "PayOrder" && seen.before == 0 {
            // Only a number that is not taken makes the till ask.
            let refused = "<RK7QueryResult Status=\"Query Executing Error\" CMD=\"PayOrder\" \
                           RK7ErrorN=\"5305\" ErrorText=\"SeqNumber\"/>";
            Deed::Say(ok(refused.as_bytes()))
        } else if seen.name != call {
            Deed::Pass
        } else if how == "redirect" {
            let words = quoting(seen).replace(' ', "+");
            let head = format!(
                "HTTP/1.1 302 Elsewhere\r\nLocation: http://elsewhere.invalid/{words}?uid={words}\
                 \r\nContent-Length: 0\r\n\r\n"
            );
            Deed::Say(head.into_bytes())
        } else {
            Deed::Say(quoting_answer(seen, how))
        }
    };
    let relays = [
        Relay::start(&sim.rkeeper, rule),
        Relay::start(&sim.lime, rule),
    ];
    let till = Till::waiting((10, 5), sim, |text| {
        let text = text
            .replace(&sim.rkeeper, &relays[0].base)
            .replace(&sim.lime, &relays[1].base);
        with_two_steps(text, call.starts_with("Terminal"))
    });
    let free = sim.state()["orders"].as_array().unwrap().clone();
    let free = free
        .iter()
        .filter(|order| order["paid"] == false && order["locked"] == false);
    let names: Vec<&str> = free.filter_map(|order| order["name"].as_str()).collect();
    let order = names.iter().rfind(|name| name.starts_with('c')).unwrap();
    let said = match call {
        "TerminalAuthError2" => {
            let arg = json!("NotEnoughMoney");
            sim.fault_with("lime.PutCheck", "refuse", 1, &arg);
            till.part(order)
        }
        "DeleteReceiptPayments" | "TerminalAuthStart2" | "TerminalAuthPay2" => till.part(order),
        _ => till.pay(order),
    };
    assert_ne!(said.code, 2, "{call} {how}: {said:?}");
    if ["UndoReceipt", "DeleteReceiptPayments"].contains(&call) {
        let id = said.json()["payment_id"].as_str().unwrap().to_owned();
        till.run(&["refund", &id]);
        till.run_naming(
            &["payment", &id, "--json"],
            &["legs[].card_uid", "refunds[].legs[].card_uid"],
        );
    }
    till.run(&["recover"]);
    let all = relays.iter().flat_map(Relay::seen);
    assert!(
        all.filter(|seen| seen.name == call).count() > 0,
        "{call} {how}: {said:?}"
    );
    till.run(&["card", GOOD]);
    till.run(&["orders"]);
    // The wires are mended; what was open is settled and everything looked at once more.
    let till = Till::new(sim, |text| text);
    till.run(&["recover"]);
    till.run(&["payments"]);
    till.run_that_names_cards(&["payments", "--json"]);
    till.assert_folder_is_clean();
}

/// The world where a user of Lime logs in instead of the key.
fn world_with_login() -> String {
    let login = format!(
        "list_checks = true\nlogin = {{ user = \"till\", password = \"{LIME_PASSWORD}\", tokens = \
         \"{BEARER}\" }}\n"
    );
    world().replacen("list_checks = true\n", &login, 1)
}

#[test]
fn a_login_writes_neither_password_nor_token_down() {
    const HOW: [&str; 5] = ["error", "cut error", "root", "code", "denied"];
    std::thread::scope(|scope| {
        for call in ["token", "GetNextCheckId", "PutCheck", "GetCheck"] {
            scope.spawn(move || {
                for how in HOW {
                    let sim = Sim::start_with(&world_with_login());
                    let rule = move |seen: &Seen| {
                        if call == "GetCheck" && seen.name == "PutCheck" && seen.before == 0 {
                            return Deed::Close { passed_on: false };
                        }
                        if seen.name == call {
                            return Deed::Say(quoting_login(seen, how));
                        }
                        Deed::PassWhole
                    };
                    let relay = Relay::start(&sim.lime, rule);
                    let till =
                        Till::waiting((10, 5), &sim, |text| text.replace(&sim.lime, &relay.base));
                    till.pay("c1");
                    let seen = relay.seen();
                    assert!(seen.iter().any(|seen| seen.name == call), "{call} {how}");
                    till.run(&["recover"]);
                    till.run(&["doctor"]);
                    till.run(&["config", "show"]);
                    till.run(&["payments"]);
                    till.assert_folder_is_clean();
                }
            });
        }
    });
}

/// A refusal full of what a server was told, and of the token that goes with it.
fn quoting_login(seen: &Seen, how: &str) -> Vec<u8> {
    let key = seen.head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then_some(value)
    });
    let access = key.map_or("", |key| key.trim_start_matches("Bearer "));
    let refresh = access.replace("access", "refresh");
    let words = format!("{LIME_PASSWORD} {access} {refresh} Bearer {access}");
    let cut = format!("{}{words}", "я".repeat(170));
    let (status, body) = match how {
        "error" => (
            "200 OK",
            json!({"error": "Odd", "message": words, "error_description": words}),
        ),
        "cut error" => (
            "200 OK",
            json!({"error": "Odd", "message": cut, "error_description": cut}),
        ),
        "root" => (
            "200 OK",
            json!({words.as_str(): words, "access_token": [words]}),
        ),
        "code" => (
            "400 Bad Request",
            json!({"error": words, "error_description": words}),
        ),
        _ => (
            "401 Unauthorized",
            json!({"error": words, "message": words}),
        ),
    };
    let body = body.to_string();
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// The till screen with taps, typed cards and a payment, its stream and its copy; and a panic.
#[test]
fn the_screen_and_a_panic_show_no_secret() {
    let sim = Sim::start_with(&world());
    let mut port = ReaderPort::open();
    let path = port.path.clone();
    let till = Till::new(&sim, move |text| {
        format!("{text}\n[[readers]]\nname = \"Стойка\"\nfamily = \"rdm6300\"\nport = \"{path}\"\n")
    });
    let mut screen = Screen::start(&["run"], Some(&till.config));
    screen.wait_for("c7");
    screen.type_text("c7", |typed| format!("Найти: {typed}"));
    screen.press("\r");
    screen.wait_for("Морс клюквенный");
    screen.wait("the reader is ready", |text| text.contains("● Стойка"));
    let tap = |port: &mut ReaderPort, card: &str| port.tap(&frame(card.parse().unwrap()));
    tap(&mut port, GOOD);
    screen.wait_for("100038");
    tap(&mut port, BLOCKED);
    screen.wait_for("заблокирована");
    tap(&mut port, NOBODY);
    screen.wait("the unknown card", |text| {
        text.to_lowercase().contains("не найдена")
    });
    let mut copies = screen.text();
    // A reader that types, where a sum is typed.
    screen.press(&format!("{FAMILY}\r"));
    copies.push_str(&screen.wait("an answer to the burst", |text| {
        text.contains("100101") || text.contains("не полностью") || text.contains("не принята")
    }));
    screen.press("\x1bOQ"); // F2: the suggestion
    screen.wait_for("Осталось 0,00");
    copies.push_str(&screen.text());
    screen.pay();
    copies.push_str(&screen.text());
    screen.leave();
    copies.push_str(&screen.text());
    assert_eq!(found(copies.as_bytes()), [""; 0]);
    assert_eq!(found(&screen.raw), [""; 0]);
    till.assert_folder_is_clean();
    // A panic, with a journal that knows cards.
    for worker in ["orders", "payments"] {
        let panic = Some(("LIMEKEEPER_REHEARSE_PANIC", worker));
        let mut screen = Screen::start_with(&["run"], Some(&till.config), panic);
        screen.end();
        assert_eq!(found(&screen.raw), [""; 0], "{worker}");
        assert!(!screen.raw.is_empty());
    }
    till.assert_folder_is_clean();
}

/// A PIN typed at the till screen, right and wrong, over a manager's shoulder, in the environment of a
/// command, and where the thread that checks it panics.
#[test]
fn an_operators_pin_is_written_nowhere() {
    let sim = Sim::start_with(&world());
    let till = Till::patient(&sim, |text| {
        let cashier = person("Анна", PIN, "\"pay\"");
        let manager = person("Борис", PIN, "\"pay\", \"refund_today\", \"manager\"");
        format!("{text}{cashier}{manager}")
    });
    let pay = |pin: &str, code| {
        let args = ["pay", "c1", "--card", GOOD, "--operator", "Анна"];
        let mut command = till.command(&args);
        command.env("LIMEKEEPER_OPERATOR_PIN", pin);
        let said = Said::of(&command.output().unwrap()).expect_code(code);
        assert_eq!(
            found(format!("{}{}", said.out, said.err).as_bytes()),
            [""; 0]
        );
    };
    pay(WRONG_PIN, 4);
    pay(PIN, 0);
    let mut copies = String::new();
    let mut screen = Screen::start(&["run"], Some(&till.config));
    let answer = |screen: &mut Screen, pin: &str| {
        // Twelve digits leave no place for another one.
        let dots = |typed: &str| {
            let place = if typed.len() < 12 { "_" } else { "" };
            format!("ПИН  {}{place}", "●".repeat(typed.len()))
        };
        screen.type_text(pin, dots);
        screen.press("\r");
    };
    screen.wait_for("Кто за кассой?");
    answer(&mut screen, WRONG_PIN);
    copies.push_str(&screen.wait_for("Неверный"));
    answer(&mut screen, PIN);
    screen.wait("the orders", |text| text.contains("c7"));
    screen.press("\x1b[20~"); // F9
    screen.wait_for("Платежи за сегодня");
    screen.wait("the payment", |text| text.contains("c1"));
    screen.press("\x1bOS"); // F4
    screen.wait_for("Нужно разрешение менеджера");
    answer(&mut screen, WRONG_PIN);
    copies.push_str(&screen.wait_for("Неверный"));
    answer(&mut screen, PIN);
    copies.push_str(&screen.wait_for("Что вернуть?"));
    press_until(&mut screen, "\x1b", |text| !text.contains("Что вернуть?"));
    screen.leave();
    copies.push_str(&screen.text());
    assert_eq!(found(copies.as_bytes()), [""; 0]);
    assert_eq!(found(&screen.raw), [""; 0]);
    let panic = Some(("LIMEKEEPER_REHEARSE_PANIC", "operators"));
    let mut screen = Screen::start_with(&["run"], Some(&till.config), panic);
    screen.wait_for("Кто за кассой?");
    answer(&mut screen, PIN);
    screen.end();
    assert_eq!(found(&screen.raw), [""; 0]);
    till.assert_folder_is_clean();
}

/// A guest's PIN at the till screen, wrong and right, also where Lime answers with it.
#[test]
fn a_guests_pin_at_the_screen_is_written_nowhere() {
    let world = world();
    assert!(world.contains("pin = \"2580\""));
    let world = world.replacen("pin = \"2580\"", &format!("pin = \"{GUEST_PIN}\""), 1);
    let sim = Sim::start_with(&world);
    let relay = Relay::start(&sim.lime, |seen: &Seen| {
        if seen.name == "CheckPin" && seen.before == 0 {
            let words = json!({"error": "Odd", "message": format!("no {GUEST_PIN} {GOOD}")});
            Deed::Say(ok(words.to_string().as_bytes()))
        } else {
            Deed::Pass
        }
    });
    let till = Till::patient(&sim, |text| {
        let own = "good_type_id = 1\n";
        let text = text.replacen(own, &format!("{own}pin_above = \"1.00\"\n"), 1);
        text.replace(&sim.lime, &relay.base)
    });
    let ask = |screen: &mut Screen| {
        screen.wait_for("c7");
        screen.type_text("c7", |typed| format!("Найти: {typed}"));
        screen.press("\r");
        screen.wait_for("Морс клюквенный");
        screen.tap_typed(GOOD, "100038");
        screen.wait_for("F5 – спросить ПИН-код гостя");
        press_until(screen, "\x1b[15~", |text| text.contains("Гость набирает"));
    };
    let mut screen = Screen::start(&["run"], Some(&till.config));
    ask(&mut screen);
    let mut copies = String::new();
    for (pin, words) in [
        (GUEST_PIN, "набрать снова"),
        (WRONG_PIN, "не подошёл"),
        (GUEST_PIN, "ПИН-код гостя проверен"),
    ] {
        type_pin(&mut screen, pin);
        copies.push_str(&screen.text());
        screen.press("\r");
        copies.push_str(&screen.wait_for(words));
    }
    screen.answer("Оплатить?");
    copies.push_str(&screen.wait("paid", |text| text.to_lowercase().contains("оплачено")));
    screen.leave();
    assert_eq!(found(copies.as_bytes()), [""; 0]);
    assert_eq!(found(&screen.raw), [""; 0]);
    till.assert_folder_is_clean();
}
