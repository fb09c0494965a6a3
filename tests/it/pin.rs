//! `config pin`: a person agrees to a certificate, through the real binary and a real TLS server.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde_json::json;

use crate::harness::{Said, Sim, till_command};
use crate::relay::tls;

const OLD_TILL: &[u8] = include_bytes!("../../src/http/testdata/rsa2048-v1.der");
const KEY: &[u8] = include_bytes!("../../src/http/testdata/rsa2048.key.der");
const OTHER_KEY: &[u8] = include_bytes!("../../src/http/testdata/rsa2048-other.key.der");

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// r_keeper's stand-in behind TLS.
fn till(sim: &Sim, certificate: &[u8], key: &[u8]) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let chain = vec![CertificateDer::from(certificate.to_vec())];
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shows(CertifiedKey::new(chain, key).into())));
    tls(&sim.rkeeper, config)
}

fn fingerprint(certificate: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, certificate);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A config that leads to that till, with a comment and no pins.
fn config(sim: &Sim, till: SocketAddr) -> PathBuf {
    sim.config_with("pin.toml", |text| {
        text.replace(&sim.rkeeper, &format!("https://{till}"))
            .replace("[rkeeper]\n", "[rkeeper] # the till\n")
    })
}

fn pin(config: &Path, more: &[&str], typed: &str) -> Said {
    let args = [&["config", "pin", "rkeeper", "--lang", "en"], more].concat();
    let mut child = till_command(config, &args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may have ended without asking.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    Said::of(&child.wait_with_output().unwrap())
}

#[test]
fn a_certificate_is_pinned_by_its_end_as_it_is_seen_at_the_server() {
    let sim = Sim::start();
    let till = till(&sim, OLD_TILL, KEY);
    let config = config(&sim, till);
    let before = fs::read_to_string(&config).unwrap();
    let print = fingerprint(OLD_TILL);
    let (shown, end) = print.split_at(print.len() - 8);

    let said = pin(&config, &[], "0000 0000\n").expect_code(4);
    assert!(said.err.contains("Nothing is written"), "{said:?}");
    assert_eq!(fs::read_to_string(&config).unwrap(), before);

    let said = pin(&config, &[], &format!("{}\n", end.to_uppercase())).expect_code(0);
    for words in [
        "RK7SRV",
        "RSA-2048",
        "2011-01-01",
        &shown[..4].to_uppercase(),
    ] {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    let flat = said.err.to_lowercase().replace([' ', '\n'], "");
    assert!(flat.contains(shown), "{said:?}");
    assert!(
        !flat.contains(end),
        "the end is for the person to find: {said:?}"
    );
    let after = fs::read_to_string(&config).unwrap();
    assert!(after.contains("[rkeeper] # the till\n"), "{after}");
    assert!(after.contains(&format!("pins = [\"{print}\"]")), "{after}");
    // r_keeper was asked nothing for all that.
    assert_eq!(sim.state()["requests"], json!({}));

    // Again: it is there. And the till is spoken to.
    let said = pin(&config, &[], "").expect_code(0);
    assert!(said.err.contains("pinned already"), "{said:?}");
    let args = ["doctor", "--lang", "en"];
    let said = Said::of(&till_command(&config, &args).output().unwrap()).expect_code(0);
    assert!(said.out.contains("is pinned"), "{said:?}");
}

#[test]
fn a_script_names_the_fingerprint_and_a_second_certificate_is_added() {
    let sim = Sim::start();
    let old = till(&sim, OLD_TILL, KEY);
    let config = config(&sim, old);
    let print = fingerprint(OLD_TILL);
    let said = pin(&config, &["--yes", &"ab".repeat(32)], "").expect_code(4);
    assert!(
        said.err.to_lowercase().replace(':', "").contains(&print),
        "{said:?}"
    );
    let also = format!("https://{}", till(&sim, OLD_TILL, KEY));
    let said = pin(&config, &["--yes", &print, "--compare", &also], "").expect_code(0);
    assert!(said.err.contains("The tills share one key"), "{said:?}");

    // The till gets a new certificate: both are believed until the old one is taken out.
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let new = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    let next = till(&sim, new.der(), &key.serialize_der());
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace(&old.to_string(), &next.to_string())).unwrap();
    let said = pin(&config, &["--yes", &fingerprint(new.der())], "").expect_code(0);
    assert!(said.err.contains("remove the old one"), "{said:?}");
    let text = fs::read_to_string(&config).unwrap();
    let both = format!("pins = [\"{print}\", \"{}\"]", fingerprint(new.der()));
    assert!(text.contains(&both), "{text}");
    for till in [old, next] {
        fs::write(&config, text.replace(&next.to_string(), &till.to_string())).unwrap();
        let said = Said::of(
            &till_command(&config, &["orders", "--json"])
                .output()
                .unwrap(),
        );
        said.expect_code(0);
    }
}

#[test]
fn a_server_without_the_certificates_key_is_not_shown() {
    let sim = Sim::start();
    let config = config(&sim, till(&sim, OLD_TILL, OTHER_KEY));
    let before = fs::read_to_string(&config).unwrap();
    let said = pin(&config, &["--yes", &fingerprint(OLD_TILL)], "").expect_code(6);
    assert!(said.err.contains("was not seen"), "{said:?}");
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
    assert_eq!(sim.state()["requests"], json!({}));
}
