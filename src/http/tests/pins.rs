//! Pinned certificates against real TLS servers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use ring::digest;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::super::certificate::Certificate;
use super::super::error::ChannelError;
use super::super::probe::{ProbeError, certificate};
use super::super::script::{answer, read_request};
use super::old_rsa::OldRsa;
use super::*;

/// Made with OpenSSL for these tests alone: X.509 v1, expired in 2011, no name that fits.
pub(super) const OLD_TILL: &[u8] = include_bytes!("../testdata/rsa2048-v1.der");
pub(super) const OLD_TILL_KEY: &[u8] = include_bytes!("../testdata/rsa2048.key.der");
pub(super) const OTHER_RSA_KEY: &[u8] = include_bytes!("../testdata/rsa2048-other.key.der");

/// RSA-1024, X.509 v1, signed with SHA-1, expired: what most old tills show.
pub(super) const OLDER_TILL: &[u8] = include_bytes!("../testdata/rsa1024-v1.der");
pub(super) const OLDER_TILL_KEY: &[u8] = include_bytes!("../testdata/rsa1024.key.der");
/// A key that anybody can break, in a certificate like the one above.
pub(super) const BROKEN: &[u8] = include_bytes!("../testdata/rsa512.der");
pub(super) const BROKEN_KEY: &[u8] = include_bytes!("../testdata/rsa512.key.der");

/// A certificate, and the key that its server signs with.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) certificate: Vec<u8>,
    pub(super) key: Vec<u8>,
    /// The key is too small for ring.
    pub(super) small: bool,
}

impl Identity {
    pub(super) fn generated(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["another.name".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        Self {
            certificate: certificate.der().to_vec(),
            key: key.serialize_der(),
            small: false,
        }
    }

    pub(super) fn new() -> Self {
        Self::generated(&rcgen::PKCS_ECDSA_P256_SHA256)
    }

    pub(super) fn old_till() -> Self {
        Self {
            certificate: OLD_TILL.to_vec(),
            key: OLD_TILL_KEY.to_vec(),
            small: false,
        }
    }

    pub(super) fn small(certificate: &[u8], key: &[u8]) -> Self {
        Self {
            certificate: certificate.to_vec(),
            key: key.to_vec(),
            small: true,
        }
    }

    pub(super) fn older_till() -> Self {
        Self::small(OLDER_TILL, OLDER_TILL_KEY)
    }

    fn signing_key(&self) -> Arc<dyn SigningKey> {
        if self.small {
            return OldRsa::of(&self.key);
        }
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        any_supported_type(&key).unwrap()
    }

    pub(super) fn pin(&self) -> [u8; 32] {
        let hash = digest::digest(&digest::SHA256, &self.certificate);
        hash.as_ref().try_into().unwrap()
    }
}

/// Shows one certificate, whether the key fits it or not.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        assert_eq!(
            hello.server_name(),
            None,
            "no name is told to a pinned server"
        );
        Some(self.0.clone())
    }
}

pub(super) struct TlsServer {
    pub(super) base: String,
    thread: JoinHandle<Vec<u8>>,
}

impl TlsServer {
    /// One connection. [`TlsServer::finish`] tells what came through TLS.
    pub(super) fn start(
        identity: &Identity,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let chain = vec![CertificateDer::from(identity.certificate.clone())];
        let shown = CertifiedKey::new(chain, identity.signing_key());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Shows(Arc::new(shown))));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let thread = thread::spawn(move || {
            let (tcp, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, tcp);
            let request = read_request(&mut stream);
            if !request.is_empty() {
                stream.write_all(&answer("200 OK", "", b"paid")).unwrap();
                stream.conn.send_close_notify();
                stream.flush().unwrap();
                stream.read_to_end(&mut Vec::new()).ok();
            }
            request
        });
        Self { base, thread }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.thread.join().unwrap()
    }
}

fn pinned(server: &TlsServer, pins: &[[u8; 32]]) -> ChannelSettings {
    ChannelSettings {
        allow_plain_http: false,
        pins: pins.to_vec(),
        ..settings(&server.base)
    }
}

/// Not one byte of the request, hence not the password, has left.
fn assert_refused(server: TlsServer, pins: &[[u8; 32]], why: &str) {
    let error = post(&pinned(&server, pins)).unwrap_err();
    assert!(error.is_surely_not_sent(), "{error:?}");
    assert!(error.to_string().contains(why), "{error}");
    assert_eq!(server.finish(), b"");
}

#[test]
fn the_pinned_certificate_is_believed_whatever_it_says() {
    for identity in [
        Identity::older_till(),
        Identity::old_till(),
        Identity::new(),
        Identity::generated(&rcgen::PKCS_ECDSA_P384_SHA384),
    ] {
        let server = TlsServer::start(&identity, rustls::ALL_VERSIONS);
        let got = post(&pinned(&server, &[identity.pin()])).unwrap();
        assert_eq!(got.body, b"paid");
        assert!(server.finish().ends_with(b"<debit/>"));
    }
}

#[test]
fn each_of_several_pins_is_believed() {
    let (now, next) = (Identity::older_till(), Identity::old_till());
    for identity in [&now, &next] {
        let server = TlsServer::start(identity, rustls::ALL_VERSIONS);
        post(&pinned(&server, &[now.pin(), next.pin()])).unwrap();
        server.finish();
    }
}

#[test]
fn another_certificate_is_refused_before_anything_is_sent() {
    for identity in [
        Identity::older_till(),
        Identity::old_till(),
        Identity::new(),
    ] {
        let server = TlsServer::start(&identity, rustls::ALL_VERSIONS);
        // The message names what was seen, for a person to compare.
        let seen: String = identity.pin().map(|byte| format!("{byte:02x}")).concat();
        let why = format!("has the SHA-256 fingerprint {seen}, which is not pinned");
        assert_refused(server, &[Identity::new().pin()], &why);
    }
}

#[test]
fn the_pinned_certificate_without_its_key_is_refused() {
    let other_rsa_key = Identity {
        key: OTHER_RSA_KEY.to_vec(),
        ..Identity::old_till()
    };
    // Whoever holds a key as small as the till's, or a good one, but not the till's.
    let other_small_key = Identity::small(OLDER_TILL, BROKEN_KEY);
    let large_key_for_small = Identity {
        certificate: OLDER_TILL.to_vec(),
        ..Identity::old_till()
    };
    let ec_for_rsa = Identity {
        key: Identity::new().key,
        ..Identity::old_till()
    };
    let other_ec_key = Identity {
        key: Identity::new().key,
        ..Identity::new()
    };
    let rsa_for_ec = Identity {
        key: OLD_TILL_KEY.to_vec(),
        ..Identity::new()
    };
    for evil in [
        other_rsa_key,
        other_small_key,
        large_key_for_small,
        ec_for_rsa,
        other_ec_key,
        rsa_for_ec,
    ] {
        let server = TlsServer::start(&evil, rustls::ALL_VERSIONS);
        assert_refused(server, &[evil.pin()], "BadSignature");
    }
}

#[test]
fn a_pinned_key_that_anybody_can_break_is_refused() {
    let identity = Identity::small(BROKEN, BROKEN_KEY);
    let server = TlsServer::start(&identity, rustls::ALL_VERSIONS);
    assert_refused(server, &[identity.pin()], "BadSignature");
}

#[test]
fn a_pinned_key_of_another_kind_is_refused() {
    let identity = Identity::generated(&rcgen::PKCS_ED25519);
    let server = TlsServer::start(&identity, rustls::ALL_VERSIONS);
    assert_refused(server, &[identity.pin()], "no connection");
}

#[test]
fn only_tls_1_2_is_spoken_with_a_pinned_server() {
    let identity = Identity::new();
    let server = TlsServer::start(&identity, &[&rustls::version::TLS13]);
    assert_refused(server, &[identity.pin()], "no connection");
}

/// Without pins a certificate that the system does not know is refused; on a system without any
/// roots the channel cannot even be made. Either way reqwest finds its provider.
#[test]
fn without_pins_the_systems_roots_decide() {
    let server = TlsServer::start(&Identity::new(), rustls::ALL_VERSIONS);
    let address = server.base.replace("localhost", "127.0.0.1");
    match Channel::new(&settings(&address)) {
        Ok(_) => assert_refused(
            TlsServer {
                base: address,
                ..server
            },
            &[],
            "no connection",
        ),
        Err(error) => assert!(matches!(error, ChannelError::Tls(_)), "{error}"),
    }
}

/// The time for connecting covers the handshake: nothing was sent when it is over.
#[test]
fn a_server_that_never_shakes_hands_is_not_connected() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = post(&ChannelSettings {
        allow_plain_http: false,
        pins: vec![[0; 32]],
        connect_timeout: Duration::from_millis(100),
        ..settings(&format!("https://{}", silent.local_addr().unwrap()))
    })
    .unwrap_err();
    assert!(error.is_surely_not_sent(), "{error:?}");
}

/// What a person is shown to compare is what a pin would have to be, and nothing was sent for it.
#[test]
fn a_look_tells_the_certificate_and_sends_nothing() {
    for identity in [Identity::older_till(), Identity::new()] {
        let server = TlsServer::start(&identity, rustls::ALL_VERSIONS);
        let shown = certificate(&pinned(&server, &[])).unwrap();
        assert_eq!(shown.certificate, Certificate::of(&identity.certificate));
        assert_eq!(shown.certificate.fingerprint, identity.pin());
        assert_eq!(server.finish(), b"");
    }
}

#[test]
fn a_certificate_without_its_key_is_not_shown() {
    let evil = Identity {
        key: OTHER_RSA_KEY.to_vec(),
        ..Identity::old_till()
    };
    let server = TlsServer::start(&evil, rustls::ALL_VERSIONS);
    let error = certificate(&pinned(&server, &[])).unwrap_err();
    assert!(matches!(error, ProbeError::Failed(_)), "{error}");
    server.finish();
}

/// A listener that answers whatever comes with these bytes.
fn answers(bytes: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        assert!(tcp.read(&mut [0; 1024]).unwrap() > 0);
        tcp.write_all(bytes).unwrap();
        tcp.read_to_end(&mut Vec::new()).ok();
    });
    (base, thread)
}

#[test]
fn a_look_says_why_there_is_nothing_to_see() {
    let look = |base: &str| certificate(&settings(base)).unwrap_err();
    let (base, thread) = answers(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert!(matches!(look(&base), ProbeError::WithoutTls));
    thread.join().unwrap();
    // Fatal alerts in records of TLS 1.0: protocol version, handshake failure.
    for alert in [
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\x15\x03\x01\x00\x02\x02\x28",
    ] {
        let (base, thread) = answers(alert);
        assert!(matches!(
            look(&base),
            ProbeError::NothingInCommon { spoken: None, .. }
        ));
        thread.join().unwrap();
    }
    let (base, thread) = answers(b"");
    drop(thread);
    let late = ChannelSettings {
        connect_timeout: Duration::from_millis(100),
        ..settings(&base)
    };
    assert!(matches!(
        certificate(&late).unwrap_err(),
        ProbeError::TimedOut(_)
    ));
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert!(matches!(
        look(&format!("https://{gone}")),
        ProbeError::NoPort(_)
    ));
    let unnamed = look("https://no-such-till.invalid:1");
    assert!(matches!(unnamed, ProbeError::NoHost(_)), "{unnamed}");
    for base in ["http://127.0.0.1:1", "127.0.0.1", "https://"] {
        assert!(matches!(look(base), ProbeError::NotHttps), "{base}");
    }
    let proxied = ChannelSettings {
        proxy: Some("http://127.0.0.1:1".to_owned()),
        ..settings("https://127.0.0.1:1")
    };
    assert!(matches!(
        certificate(&proxied).unwrap_err(),
        ProbeError::Proxy
    ));
}
