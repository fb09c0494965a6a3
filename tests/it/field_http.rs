//! HTTP, JSON and XML as the field knows them (area 4): the real program with a [`Relay`] between it
//! and the stand-ins. The number of the case is in the name.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use limekeeper::config::{Loaded, Need, Overrides, Surroundings};
use limekeeper::domain::Uid;
use limekeeper::runtime::connect;
use serde_json::{Value, json};

use crate::harness::{Said, Sim, till_command};
use crate::relay::{Deed, Relay, Seen, ok, tls, without_length};

const CARD: &str = "61366822";
const PAY: [&str; 5] = ["pay", "*/1", "--card", CARD, "--json"];
const SAMPLE: &str = include_str!("../../assets/scenarios/sample.toml");

/// The stand-ins with one relay before each.
struct Site {
    sim: Sim,
    rkeeper: Relay,
    lime: Relay,
    config: PathBuf,
}

impl Site {
    fn start(rule: impl Fn(&Seen) -> Deed + Send + Sync + Clone + 'static) -> Self {
        Self::before(Sim::start(), rule)
    }

    fn before(sim: Sim, rule: impl Fn(&Seen) -> Deed + Send + Sync + Clone + 'static) -> Self {
        let rkeeper = Relay::start(&sim.rkeeper, rule.clone());
        let lime = Relay::start(&sim.lime, rule);
        let config = sim.config_with("relayed.toml", |text| {
            let text = text
                .replace(&sim.rkeeper, &rkeeper.base)
                .replace(&sim.lime, &lime.base);
            impatient(&text)
        });
        Self {
            sim,
            rkeeper,
            lime,
            config,
        }
    }

    fn till(&self, args: &[&str]) -> Said {
        Said::of(&till_command(&self.config, args).output().unwrap())
    }

    /// Once debited, once paid, and both by the first name.
    #[track_caller]
    fn assert_paid_once(&self) {
        let state = self.sim.state();
        assert_eq!(self.sim.balance(CARD, "Депозит"), "2650.00", "{state}");
        assert_eq!(state["checks"].as_array().unwrap().len(), 1, "{state}");
        assert_eq!(state["requests"]["lime.GetNextCheckId"], 1, "{state}");
        let order = self.sim.order("*/1");
        assert_eq!(order["payments"].as_array().unwrap().len(), 1, "{order}");
        self.sim.assert_no_violations();
    }

    #[track_caller]
    fn assert_nothing_moved(&self) {
        let state = self.sim.state();
        assert_eq!(self.sim.balance(CARD, "Депозит"), "5000.00", "{state}");
        assert_eq!(state["checks"], json!([]), "{state}");
        assert_eq!(self.sim.order("*/1")["unpaid"], "2350.00");
    }
}

/// A till that does not wait long.
fn impatient(text: &str) -> String {
    let rkeeper = "[rkeeper]\nread_timeout_s = 1\npay_timeout_s = 1\n";
    let lime = "[lime]\nread_timeout_s = 1\nwrite_timeout_s = 1\n";
    format!("{text}\n[payment]\nfront_s = 3\nretry_s = [1]\n")
        .replace("[rkeeper]\n", rkeeper)
        .replace("[lime]\n", lime)
}

fn one_body(mut bodies: Vec<Vec<u8>>) -> usize {
    let sent = bodies.len();
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "other bytes were sent the second time");
    sent
}

/// L3, L4: the server had everything, or nothing; the client cannot know. The same id is asked about
/// and, only where it is absent, the same bytes are sent again.
#[test]
fn case_37_a_lost_connection_is_one_debit_and_one_receipt() {
    for call in ["PutCheck", "PayOrder"] {
        for (how, sent_at_most) in [("done", 1), ("not done", 2), ("unread", 2)] {
            let site = Site::start(move |seen| match how {
                _ if seen.name != call || seen.before > 0 => Deed::Pass,
                "done" => Deed::Close { passed_on: true },
                "not done" => Deed::Close { passed_on: false },
                _ => Deed::Unread,
            });
            let said = site.till(&PAY).expect_code(0);
            assert_eq!(said.json()["state"], "paid", "{call} {how}");
            site.assert_paid_once();
            for sent in [
                site.lime.bodies("PutCheck"),
                site.rkeeper.bodies("PayOrder"),
            ] {
                assert!(one_body(sent) <= sent_at_most, "{call} {how}");
            }
            // Both servers offer to keep connections; only what looks a card up goes over a used one.
            let look_ups = [
                "GetCardInfoByCardUid",
                "GetClientInfoByCardUid",
                "GetRights",
            ];
            for seen in site.rkeeper.seen().iter().chain(&site.lime.seen()) {
                let may = look_ups.contains(&seen.name.as_str());
                assert!(may || seen.on_connection == 0, "{}", seen.name);
            }
        }
    }
}

/// While the connection is lost every time, nothing is called failed and no new id is made.
#[test]
fn case_37_an_outcome_that_stays_open_is_said_to_be_open() {
    for call in ["PutCheck", "PayOrder"] {
        let site = Site::start(move |seen| {
            if seen.name == call || matches!(seen.name.as_str(), "GetCheck") {
                Deed::Close { passed_on: true }
            } else if seen.name == "GetOrder" && seen.before > 1 {
                Deed::Close { passed_on: false }
            } else {
                Deed::Pass
            }
        });
        let said = site.till(&PAY).expect_code(5);
        assert_eq!(said.json()["state"], "unknown", "{said:?}");
        for lie in ["не списаны", "оплачено", "отказ"] {
            assert!(!said.err.to_lowercase().contains(lie), "{said:?}");
        }
        one_body(site.lime.bodies("PutCheck"));
        site.sim.till(&["recover"]).expect_code(0);
        let state = site.sim.state();
        let paid = site.sim.order("*/1")["unpaid"] == "0.00";
        let left = if paid { "2650.00" } else { "5000.00" };
        assert_eq!(site.sim.balance(CARD, "Депозит"), left, "{state}");
        site.sim.assert_no_violations();
    }
}

/// L7: the environment has no say; a proxy of the config is used for its server alone, and
/// `config check` tells which way each server is reached.
#[test]
fn case_38_only_a_configured_proxy_is_used_and_config_check_says_so() {
    let sim = Sim::start();
    let nobody = free_address();
    let mut command = till_command(&sim.config, &PAY);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
        command.env(name, &nobody);
    }
    Said::of(&command.output().unwrap()).expect_code(0);
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");

    let sim = Sim::start();
    let proxy = Relay::start(&sim.lime, |_| Deed::Pass);
    let config = sim.config_with("proxied.toml", |text| {
        text.replace("[lime]\n", &format!("[lime]\nproxy = \"{}\"\n", proxy.base))
    });
    let run = |args: &[&str]| Said::of(&till_command(&config, args).output().unwrap());
    run(&PAY).expect_code(0);
    let seen = proxy.seen();
    assert!(seen.iter().any(|seen| seen.name == "PutCheck"));
    for seen in &seen {
        let asked = seen.head.split_whitespace().nth(1).unwrap();
        assert!(asked.starts_with(&format!("{}/", sim.lime)), "{asked}");
    }
    let said = run(&["config", "check"]).expect_code(0).out;
    let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("Lime").contains(&proxy.base), "{said}");
    assert!(line("Lime").contains(&sim.lime), "{said}");
    assert!(line("r_keeper").contains(&sim.rkeeper), "{said}");
    assert!(!line("r_keeper").contains(&proxy.base), "{said}");
    let said = run(&["config", "check", "--json"]).json();
    assert_eq!(said["proxy"]["lime"], proxy.base);
    assert_eq!(said["proxy"]["rkeeper"], "");
}

/// L5, L6: nobody goes where a redirect points, least of all with a debit.
#[test]
fn case_39_a_redirect_is_told_with_both_addresses_and_pays_nothing() {
    for (call, status) in [
        ("PutCheck", 301),
        ("PutCheck", 302),
        ("PutCheck", 307),
        ("PayOrder", 301),
        ("PayOrder", 308),
        ("GetOrderList2", 302),
        ("GetCardInfoByCardUid", 307),
    ] {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let target = format!("http://{}/login", elsewhere.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        );
        let site = Site::start(move |seen| {
            if seen.name == call {
                Deed::Say(answer.clone().into_bytes())
            } else {
                Deed::Pass
            }
        });
        let said = site.till(&PAY);
        let context = format!("{call} {status}: {said:?}");
        let writes = matches!(call, "PutCheck" | "PayOrder");
        let (own, path) = if matches!(call, "PayOrder" | "GetOrderList2") {
            (&site.rkeeper.base, "xmlinterface.xml")
        } else {
            (&site.lime.base, call)
        };
        assert_eq!(said.code, if writes { 5 } else { 6 }, "{context}");
        for part in [own, path, &target] {
            assert!(said.err.contains(part), "{part} in {context}");
        }
        assert!(!said.err.contains(CARD), "{context}");
        let came = elsewhere.accept().map(drop).unwrap_err();
        assert_eq!(came.kind(), std::io::ErrorKind::WouldBlock, "{context}");
        assert_eq!(site.sim.order("*/1")["unpaid"], "2350.00", "{context}");
        // With the right address all of it is settled.
        site.sim.till(&["recover"]).expect_code(0);
        let paid = site.sim.order("*/1")["unpaid"] == "0.00";
        let left = if paid { "2650.00" } else { "5000.00" };
        assert_eq!(site.sim.balance(CARD, "Депозит"), left, "{context}");
        site.sim.assert_no_violations();
    }
}

/// L9, L10: where an answer has no length, only its own end says that it is whole.
#[test]
fn case_40_a_cut_list_is_not_a_shorter_list() {
    let sim = Sim::start();
    let full = sim.till(&["orders", "--json"]).expect_code(0);
    let list = rkeeper_answer(&sim, "GetOrderList2");
    // Behind every element, and in the middle of some.
    let ends = list
        .iter()
        .enumerate()
        .filter(|&(at, _)| list[at] == b'>' && at + 1 < list.len() || at % 97 == 0);
    let cuts: Vec<usize> = ends.map(|(at, _)| at + 1).collect();
    assert!(cuts.len() > 20, "{}", cuts.len());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let sizes = cuts.clone();
    let relay = Relay::start(&sim.rkeeper, move |_| {
        let at = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let keep = sizes.get(at).copied().unwrap_or(usize::MAX);
        Deed::Distort(Box::new(move |mut body| {
            body.truncate(keep);
            without_length(&body)
        }))
    });
    let config = sim.config_with("cut.toml", |text| text.replace(&sim.rkeeper, &relay.base));
    let orders = || {
        Said::of(
            &till_command(&config, &["orders", "--json"])
                .output()
                .unwrap(),
        )
    };
    for cut in cuts {
        let said = orders();
        assert_eq!((said.code, said.out.as_str()), (6, ""), "{cut}: {said:?}");
    }
    // Whole, and still without a length: it is the same list.
    assert_eq!(orders().expect_code(0).out, full.out);
}

#[test]
fn case_40_a_cut_answer_to_a_payment_is_asked_about() {
    for call in [
        "PutCheck",
        "PayOrder",
        "GetOrder",
        "CalcOrder3",
        "LockOrder",
    ] {
        for left_off in [1, 19] {
            let site = Site::start(move |seen| {
                if seen.name == call && seen.before == 0 {
                    Deed::Distort(Box::new(move |mut body| {
                        body.truncate(body.trim_ascii_end().len() - left_off);
                        without_length(&body)
                    }))
                } else {
                    Deed::Pass
                }
            });
            let said = site.till(&PAY);
            let context = format!("{call} −{left_off}: {said:?}");
            if said.code == 0 {
                site.assert_paid_once();
            } else {
                assert!([4, 6].contains(&said.code), "{context}");
                assert!(!["PutCheck", "PayOrder"].contains(&call), "{context}");
                site.assert_nothing_moved();
            }
        }
    }
}

/// L15.
#[test]
fn case_41_a_byte_order_mark_before_every_answer_harms_nobody() {
    let site =
        Site::start(|_| Deed::Distort(Box::new(|body| ok(&[b"\xef\xbb\xbf", &body[..]].concat()))));
    assert_eq!(site.till(&PAY).expect_code(0).json()["state"], "paid");
    site.assert_paid_once();
    site.till(&["orders"]).expect_code(0);
    site.till(&["card", CARD]).expect_code(0);
}

/// Replaces in the answers to one call; every text must be there.
fn replacing(call: &'static str, pairs: &'static [(&str, &str)]) -> impl Fn(&Seen) -> Deed + Clone {
    move |seen| {
        if seen.name != call {
            return Deed::Pass;
        }
        Deed::Distort(Box::new(move |body| {
            let mut text = String::from_utf8(body).unwrap();
            for (from, to) in pairs {
                assert!(text.contains(from), "{from} in {text}");
                text = text.replacen(from, to, 1);
            }
            ok(text.as_bytes())
        }))
    }
}

/// L17: what nobody needs may be null or absent.
#[test]
fn case_43_null_where_nobody_needs_a_value_harms_nobody() {
    for (call, pairs) in [
        (
            "GetCardInfoByCardUid",
            &[
                ("\"isBlocked\":false", "\"isBlocked\":null,\"fee\":null"),
                ("\"isLost\":false", "\"isLost\":null"),
                ("\"code\":\"100038\"", "\"code\":null"),
            ][..],
        ),
        (
            "GetRights",
            &[
                (
                    "\"amount\":500000",
                    "\"amount\":500000,\"held\":null,\"fee\":null",
                ),
                ("\"isActive\":true", "\"isActive\":null"),
            ][..],
        ),
        (
            "PutCheck",
            &[("{", "{\"fee\":null,\"held\":null,\"error\":null,")][..],
        ),
    ] {
        let site = Site::start(replacing(call, pairs));
        let said = site.till(&PAY).expect_code(0);
        assert_eq!(said.json()["state"], "paid", "{call}");
        site.assert_paid_once();
    }
}

#[test]
fn case_43_a_value_that_is_needed_is_named() {
    for (call, pairs, field) in [
        (
            "GetCardInfoByCardUid",
            &[("\"userId\":7001", "\"userId\":null")][..],
            "card.userId",
        ),
        (
            "GetRights",
            &[("\"amount\":500000", "\"amount\":null")][..],
            "right.amount",
        ),
        (
            "GetRights",
            &[("\"amount\":500000,", "")][..],
            "right.amount",
        ),
        (
            "GetRights",
            &[("\"goodTypeId\":1", "\"goodTypeId\":null")][..],
            "right.goodTypeId",
        ),
    ] {
        let site = Site::start(replacing(call, pairs));
        let said = site.till(&PAY).expect_code(6);
        assert!(said.err.contains(field), "{said:?}");
        site.assert_nothing_moved();
    }
    for (call, pairs, attribute) in [
        (
            "GetOrderList2",
            &[("\"256\" guid=", "\"256\" guide=")][..],
            "guid",
        ),
        (
            "GetOrder",
            &[("unpaidSum=", "unpaidSumme=")][..],
            "unpaidSum",
        ),
        (
            "GetOrder",
            &[("price=\"29000\"", "price=\"290.00\"")][..],
            "price",
        ),
    ] {
        let site = Site::start(replacing(call, pairs));
        let said = site.till(&PAY).expect_code(6);
        assert!(said.err.contains(attribute), "{said:?}");
        site.assert_nothing_moved();
    }
}

/// L18, L19: a balance is whole kopecks to the digit, or it is refused with field and value.
#[test]
fn case_45_a_balance_is_its_digits_or_refused() {
    for written in [
        "16.7",
        "4.81",
        "1e2",
        "100.0",
        "0.1",
        "1E5",
        "500000.00",
        "-0.5",
    ] {
        let pair: &'static str = format!("\"amount\":{written}").leak();
        let pairs: &'static [(&str, &str)] = vec![("\"amount\":500000", pair)].leak();
        let site = Site::start(replacing("GetRights", pairs));
        for args in [&PAY[..], &["card", CARD]] {
            let said = site.till(args).expect_code(6);
            assert!(said.err.contains("right.amount"), "{said:?}");
            assert!(said.err.contains(written), "{written}: {said:?}");
        }
        site.assert_nothing_moved();
    }
    let site = Site::start(replacing(
        "GetRights",
        &[("\"amount\":500000", "\"amount\":\"500000\"")],
    ));
    assert!(site.till(&PAY).expect_code(6).err.contains("right.amount"));
}

/// Every sum from 0.01 to 100.00, through a socket, the real client and back to text.
#[test]
fn case_45_every_two_digit_decimal_survives_the_way_from_lime() {
    const AT_ONCE: u64 = 1_000;
    let asked = std::sync::atomic::AtomicU64::new(0);
    let sim = Sim::start();
    let relay = Relay::start(&sim.lime, move |seen| {
        if seen.name != "GetRights" {
            return Deed::Pass;
        }
        let from = asked.fetch_add(AT_ONCE, std::sync::atomic::Ordering::SeqCst);
        let right = |kopecks: u64| json!({"right": {"id": kopecks + 1, "goodTypeId": 1, "amount": kopecks}});
        let rights: Value = (from..from + AT_ONCE).map(right).collect();
        Deed::Say(ok(rights.to_string().as_bytes()))
    });
    let config = sim.config_with("many.toml", |text| text.replace(&sim.lime, &relay.base));
    let overrides = Overrides {
        config: Some(config),
        ..Overrides::default()
    };
    let loaded = Loaded::load(&overrides, &Surroundings::default(), Need::File).unwrap();
    let means = connect::means(&loaded).unwrap();
    let uid = Uid::new(CARD).unwrap();
    let mut kopecks = 0;
    while kopecks <= 10_000 {
        for account in means.wallet.card(&uid).unwrap().accounts {
            let text = format!("{}.{:02}", kopecks / 100, kopecks % 100);
            assert_eq!(account.balance.to_string(), text);
            kopecks += 1;
        }
    }
}

/// The deadline is from connecting to the last byte: the client leaves by itself, and then asks.
#[test]
fn case_47_a_dripping_answer_is_left_and_asked_about() {
    for call in ["PutCheck", "PayOrder", "GetOrder", "GetRights"] {
        let site = Site::start(move |seen| {
            if seen.name == call && seen.before == 0 {
                Deed::Drip
            } else {
                Deed::Pass
            }
        });
        let said = site.till(&PAY);
        if matches!(call, "PutCheck" | "PayOrder") {
            assert_eq!(said.code, 0, "{call}: {said:?}");
            site.assert_paid_once();
        } else {
            assert_eq!(said.code, 6, "{call}: {said:?}");
            site.assert_nothing_moved();
        }
        let left = || site.rkeeper.was_left_dripping() || site.lime.was_left_dripping();
        let until = std::time::Instant::now() + crate::harness::PATIENCE;
        while !left() {
            assert!(std::time::Instant::now() < until, "{call} drips on");
            std::thread::yield_now();
        }
    }
}

/// The server works longer than the client waits, and then says Ok.
#[test]
fn case_47_a_server_that_answers_too_late_is_asked_not_called_failed() {
    for call in ["lime.PutCheck", "rkeeper.PayOrder"] {
        let sim = Sim::start();
        sim.fault_with(call, "delay", 1, &json!(1_500));
        let site = Site::before(sim, |_| Deed::Pass);
        let said = site.till(&PAY);
        if said.code == 5 {
            site.till(&["recover"]).expect_code(0);
        } else {
            assert_eq!(said.code, 0, "{call}: {said:?}");
        }
        // Whether paid or given back: the copy that came late changed nothing.
        let paid = site.sim.order("*/1")["unpaid"] == "0.00";
        let left = if paid { "2650.00" } else { "5000.00" };
        assert_eq!(site.sim.balance(CARD, "Депозит"), left, "{call}");
        site.sim.assert_no_violations();
    }
}

/// X.509 v1, expired, RSA, no alternative name, reached by its address: as stations have it.
#[test]
fn case_49_an_old_certificate_is_believed_by_its_pin_alone() {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    const CERTIFICATE: &[u8] = include_bytes!("../../src/http/testdata/rsa2048-v1.der");
    const KEY: &[u8] = include_bytes!("../../src/http/testdata/rsa2048.key.der");
    const OTHER_KEY: &[u8] = include_bytes!("../../src/http/testdata/rsa2048-other.key.der");
    let hash = ring::digest::digest(&ring::digest::SHA256, CERTIFICATE);
    let pin: String = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for (key, pin_given, code, words) in [
        (KEY, pin.clone(), 0, String::new()),
        // Another certificate is expected: told with what was shown, so that it can be compared.
        (KEY, "0".repeat(64), 6, pin.clone()),
        // The right certificate, and somebody who has not its key.
        (OTHER_KEY, pin.clone(), 6, "BadSignature".to_owned()),
    ] {
        let sim = Sim::start();
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .unwrap()
            .with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
        let signing = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        let shown = rustls::sign::CertifiedKey::new(
            vec![CertificateDer::from(CERTIFICATE.to_vec())],
            signing,
        );
        let server = server.with_cert_resolver(std::sync::Arc::new(Shows(shown.into())));
        let address = tls(&sim.rkeeper, server);
        let config = sim.config_with("pinned.toml", |text| {
            text.replace(&sim.rkeeper, &format!("https://{address}"))
                .replace(
                    "[rkeeper]\n",
                    &format!("[rkeeper]\npins = [\"{pin_given}\"]\n"),
                )
        });
        let said = Said::of(&till_command(&config, &PAY).output().unwrap());
        assert_eq!(said.code, code, "{said:?}");
        assert!(said.err.contains(&words), "{words}: {said:?}");
        let unpaid = if code == 0 { "0.00" } else { "2350.00" };
        assert_eq!(sim.order("*/1")["unpaid"], unpaid);
    }
}

#[derive(Debug)]
struct Shows(std::sync::Arc<rustls::sign::CertifiedKey>);

impl rustls::server::ResolvesServerCert for Shows {
    fn resolve(
        &self,
        _hello: rustls::server::ClientHello<'_>,
    ) -> Option<std::sync::Arc<rustls::sign::CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// Names with everything that XML and JSON mark up, in what is sent and in what comes.
#[test]
fn case_51_markup_in_names_is_escaped_and_paid() {
    let hostile = r#"Рога & Копыта <"А"> ]]> &amp; 'х'"#;
    let toml = |text: &str| format!("'''{text}'''");
    let mut world = SAMPLE.to_owned();
    for (from, to) in [
        ("name = \"Admin\"", format!("name = {}", toml(hostile))),
        ("user = \"limekeeper\"", format!("user = {}", toml(hostile))),
        ("\"Запеченный ролл с угрем\"", toml(hostile)),
        ("\"Депозит\"", toml(hostile)),
    ] {
        assert!(world.contains(from), "{from}");
        world = world.replacen(from, &to, 1);
    }
    let site = Site::before(Sim::start_with(&world), |_| Deed::Pass);
    let said = site.till(&PAY).expect_code(0);
    assert_eq!(said.json()["legs"][0]["account"], hostile);
    assert_eq!(site.sim.order("*/1")["unpaid"], "0.00");
    site.sim.assert_no_violations();
    // What goes into a request comes from the config, and there only digits are codes.
    for code in ["1\\u0001", "Рога & Копыта", "]]>"] {
        let broken = site.sim.config_with("control.toml", |text| {
            text.replace(
                "cashier_code = \"5\"",
                &format!("cashier_code = \"{code}\""),
            )
        });
        let said = Said::of(&till_command(&broken, &PAY).output().unwrap());
        assert_eq!(said.code, 3, "{said:?}");
    }
}

#[test]
fn case_51_a_raw_ampersand_is_borne_in_text_alone() {
    let site = Site::start(|seen| {
        if seen.name != "GetOrderList2" {
            return Deed::Pass;
        }
        Deed::Distort(Box::new(|body| {
            let text = String::from_utf8(body).unwrap();
            let end = "</RK7QueryResult>";
            assert!(text.contains(end), "{text}");
            ok(text.replace(end, &format!("Рога & Копыта{end}")).as_bytes())
        }))
    });
    site.till(&["orders"]).expect_code(0);
    let site = Site::start(replacing(
        "GetOrderList2",
        &[("orderName=\"", "orderName=\"A & B ")],
    ));
    let said = site.till(&["orders"]).expect_code(6);
    assert_eq!(said.out, "", "{said:?}");
}

/// `localhost` may name `::1` first, where nobody listens.
#[test]
fn case_53_localhost_finds_a_server_on_ipv4_alone() {
    let sim = Sim::start();
    let config = sim.config_with("localhost.toml", |text| {
        text.replace("127.0.0.1", "localhost")
    });
    assert!(fs::read_to_string(&config).unwrap().contains("localhost"));
    let said = Said::of(&till_command(&config, &PAY).output().unwrap());
    assert_eq!(said.expect_code(0).json()["state"], "paid");
    assert_eq!(sim.order("*/1")["unpaid"], "0.00");
}

/// L13, L14, L16: what cannot be read for sure is no answer, and its reason is named.
#[test]
fn answers_that_cannot_be_read_for_sure_are_refused_with_the_reason() {
    let koi8: &[u8] = b"<?xml version=\"1.0\" encoding=\"koi8-r\"?><RK7QueryResult \
        Status=\"Ok\" CMD=\"GetOrderList2\" ErrorText=\"\xc2\xe8\xe7\xe8\xf2\"/>";
    let twice = b"<RK7QueryResult Status=\"Error\"/><RK7QueryResult Status=\"Ok\"/>";
    let html = b"<html Status=\"Ok\"></html>";
    for (body, words) in [
        (koi8, "koi8-r"),
        (&twice[..], "something follows"),
        (&html[..], "<html>"),
        (
            &b"<RK7QueryResult Status=\"Ok\" Status=\"Ok\"/>"[..],
            "twice",
        ),
        (&b""[..], "empty"),
    ] {
        let site = Site::start(move |seen| {
            if seen.name == "GetOrderList2" {
                Deed::Say(ok(body))
            } else {
                Deed::Pass
            }
        });
        let said = site.till(&["orders"]).expect_code(6);
        assert_eq!(said.out, "", "{words}");
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    let site = Site::start(replacing(
        "GetRights",
        &[("\"amount\":500000", "\"amount\":1,\"amount\":500000")],
    ));
    let said = site.till(&PAY).expect_code(6);
    assert!(said.err.contains("twice"), "{said:?}");
    site.assert_nothing_moved();
    // A wrong charset in the head changes no letter of the body.
    let site = Site::start(|_| {
        Deed::Distort(Box::new(|body| {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=windows-1251\r\n\
                 Content-Length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), &body].concat()
        }))
    });
    let theirs = site.till(&["order", "*/1"]).expect_code(0).out;
    assert_eq!(theirs, site.sim.till(&["order", "*/1"]).expect_code(0).out);
}

/// L8: a body shorter than announced.
#[test]
fn a_body_shorter_than_announced_is_a_lost_answer() {
    for call in ["PutCheck", "PayOrder"] {
        let site = Site::start(move |seen| {
            if seen.name == call && seen.before == 0 {
                Deed::Distort(Box::new(|body| {
                    let mut whole = ok(&body);
                    whole.truncate(whole.len() - 1);
                    whole
                }))
            } else {
                Deed::Pass
            }
        });
        assert_eq!(site.till(&PAY).expect_code(0).json()["state"], "paid");
        site.assert_paid_once();
    }
}

/// What the stand-in answers to a command, as bytes.
fn rkeeper_answer(sim: &Sim, command: &'static str) -> Vec<u8> {
    let (send, answers) = std::sync::mpsc::channel();
    let relay = Relay::start(&sim.rkeeper, move |seen| {
        if seen.name != command {
            return Deed::Pass;
        }
        let send = send.clone();
        Deed::Distort(Box::new(move |body| {
            send.send(body.clone()).unwrap();
            ok(&body)
        }))
    });
    let config = sim.config_with("ask.toml", |text| text.replace(&sim.rkeeper, &relay.base));
    Said::of(&till_command(&config, &["orders"]).output().unwrap()).expect_code(0);
    answers.recv().unwrap()
}

/// An address where nobody listens.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
