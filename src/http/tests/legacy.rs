//! Old TLS against real OpenSSL servers, and against whoever shows a till's certificate without its
//! key.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslStream, SslVersion};
use openssl::x509::X509;

use super::super::error::ChannelError;
use super::super::probe::{ProbeError, certificate};
use super::super::script::{answer, read_request};
use super::pins::{BROKEN, BROKEN_KEY, Identity, OLDER_TILL, OTHER_RSA_KEY, TlsServer};
use super::*;

const TLS12: TlsProfile = TlsProfile::OpensslTls12;
const TLS10: TlsProfile = TlsProfile::OpensslTls10;

/// One connection of an OpenSSL server; it tells what came through TLS.
struct OldServer {
    base: String,
    thread: JoinHandle<Vec<u8>>,
}

/// What a server speaks.
#[derive(Clone, Copy)]
struct Speech {
    version: SslVersion,
    suites: &'static str,
}

const fn speech(version: SslVersion, suites: &'static str) -> Speech {
    Speech { version, suites }
}

fn context(identity: &Identity, speech: Speech) -> SslContext {
    let mut builder = SslContextBuilder::new(SslMethod::tls_server()).unwrap();
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(speech.version)).unwrap();
    builder.set_max_proto_version(Some(speech.version)).unwrap();
    builder.set_cipher_list(speech.suites).unwrap();
    let certificate = X509::from_der(&identity.certificate).unwrap();
    builder.set_certificate(&certificate).unwrap();
    let key = PKey::private_key_from_der(&identity.key).unwrap();
    builder.set_private_key(&key).unwrap();
    builder.build()
}

impl OldServer {
    fn start(identity: &Identity, speech: Speech) -> Self {
        Self::answering(identity, speech, answer("200 OK", "", b"paid"))
    }

    fn answering(identity: &Identity, speech: Speech, answer: Vec<u8>) -> Self {
        let context = context(identity, speech);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let (tcp, _) = listener.accept().unwrap();
            let mut stream = SslStream::new(Ssl::new(&context).unwrap(), tcp).unwrap();
            if stream.accept().is_err() {
                return Vec::new();
            }
            let request = read_request(&mut stream);
            if !request.is_empty() {
                stream.write_all(&answer).unwrap();
                stream.shutdown().ok();
                stream.read_to_end(&mut Vec::new()).ok();
            }
            request
        });
        Self {
            base: format!("https://localhost:{port}"),
            thread,
        }
    }

    fn finish(self) -> Vec<u8> {
        self.thread.join().unwrap()
    }
}

fn legacy(base: &str, tls: TlsProfile, pins: &[[u8; 32]]) -> ChannelSettings {
    ChannelSettings {
        allow_plain_http: false,
        pins: pins.to_vec(),
        tls,
        ..settings(base)
    }
}

/// Not one byte of the request, hence not the password, has left.
fn assert_refused(server: OldServer, tls: TlsProfile, pins: &[[u8; 32]], why: &str) {
    let error = post(&legacy(&server.base, tls, pins)).unwrap_err();
    assert!(error.is_surely_not_sent(), "{error:?}");
    assert!(error.to_string().contains(why), "{error}");
    assert_eq!(server.finish(), b"");
}

#[test]
fn tills_that_no_library_of_today_speaks_to_are_paid_at() {
    let (tls12, tls10) = (SslVersion::TLS1_2, SslVersion::TLS1);
    for (profile, spoken) in [
        (TLS12, speech(tls12, "ECDHE-RSA-AES128-SHA")),
        (TLS12, speech(tls12, "AES128-GCM-SHA256")),
        (TLS12, speech(tls12, "AES256-SHA")),
        (TLS10, speech(tls12, "AES128-SHA256")),
        (
            TLS10,
            speech(SslVersion::TLS1_1, "ECDHE-RSA-AES256-SHA:@SECLEVEL=0"),
        ),
        (TLS10, speech(tls10, "AES128-SHA:@SECLEVEL=0")),
    ] {
        for identity in [Identity::older_till(), Identity::old_till()] {
            let server = OldServer::start(&identity, spoken);
            let got = post(&legacy(&server.base, profile, &[[0; 32], identity.pin()]));
            let got = got.unwrap_or_else(|error| panic!("{}: {error}", spoken.suites));
            assert_eq!((got.status, got.body.as_slice()), (200, b"paid".as_slice()));
            assert!(got.whole);
            let request = String::from_utf8(server.finish()).unwrap().to_lowercase();
            assert!(request.starts_with("post /pay http/1.1\r\n"), "{request}");
            assert!(request.contains("\r\nhost: localhost:"), "{request}");
            assert!(request.contains("\r\nauthorization: basic "), "{request}");
            assert!(request.ends_with("<debit/>"), "{request}");
        }
    }
}

#[test]
fn servers_of_today_are_spoken_to_as_well() {
    for identity in [Identity::old_till(), Identity::new()] {
        let server = TlsServer::start(&identity, rustls::ALL_VERSIONS);
        let got = post(&legacy(&server.base, TLS12, &[identity.pin()])).unwrap();
        assert_eq!(got.body, b"paid");
        assert!(server.finish().ends_with(b"<debit/>"));
    }
}

#[test]
fn another_certificate_is_refused_before_anything_is_sent() {
    let spoken = speech(SslVersion::TLS1, "AES128-SHA:@SECLEVEL=0");
    let identity = Identity::older_till();
    let seen: String = identity.pin().map(|byte| format!("{byte:02x}")).concat();
    let server = OldServer::start(&identity, spoken);
    let why = format!("has the SHA-256 fingerprint {seen}, which is not pinned");
    assert_refused(server, TLS10, &[Identity::old_till().pin()], &why);
}

#[test]
fn the_pinned_certificate_without_its_key_is_refused() {
    for evil in [
        Identity {
            key: OTHER_RSA_KEY.to_vec(),
            ..Identity::old_till()
        },
        Identity {
            certificate: OLDER_TILL.to_vec(),
            ..Identity::old_till()
        },
        Identity {
            key: Identity::new().key,
            ..Identity::new()
        },
    ] {
        for profile in [TLS12, TLS10] {
            let server = TlsServer::start(&evil, rustls::ALL_VERSIONS);
            let error = post(&legacy(&server.base, profile, &[evil.pin()])).unwrap_err();
            assert!(error.is_surely_not_sent(), "{error:?}");
            assert_eq!(server.finish(), b"");
        }
    }
}

#[test]
fn keys_that_anybody_can_break_are_refused_under_a_pin() {
    let broken = Identity {
        certificate: BROKEN.to_vec(),
        key: BROKEN_KEY.to_vec(),
        ..Identity::old_till()
    };
    let spoken = speech(SslVersion::TLS1, "AES128-SHA:@SECLEVEL=0");
    for profile in [TLS12, TLS10] {
        let version = match profile {
            TLS10 => spoken,
            _ => speech(SslVersion::TLS1_2, "AES128-SHA"),
        };
        let server = OldServer::start(&broken, version);
        assert_refused(server, profile, &[broken.pin()], "too small");
    }
}

/// The profile is what a person said: nothing older is tried.
#[test]
fn an_older_version_than_named_is_not_spoken() {
    let identity = Identity::old_till();
    let server = OldServer::start(&identity, speech(SslVersion::TLS1, "ALL:@SECLEVEL=0"));
    assert_refused(server, TLS12, &[identity.pin()], "");
}

#[test]
fn an_answer_keeps_its_rules() {
    let identity = Identity::older_till();
    let spoken = speech(SslVersion::TLS1, "AES128-SHA:@SECLEVEL=0");
    let pins = [identity.pin()];
    let ask = |answer: &[u8]| {
        let server = OldServer::answering(&identity, spoken, answer.to_vec());
        let got = post(&legacy(&server.base, TLS10, &pins));
        server.finish();
        got
    };
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npaid\r\n0\r\n\r\n";
    let got = ask(chunked).unwrap();
    assert_eq!((got.body.as_slice(), got.whole), (b"paid".as_slice(), true));
    let got = ask(b"HTTP/1.0 200 OK\r\n\r\n\xef\xbb\xbfpaid").unwrap();
    assert_eq!(
        (got.body.as_slice(), got.whole),
        (b"paid".as_slice(), false)
    );
    let cut = ask(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\npaid").unwrap_err();
    assert!(matches!(cut, CallError::Lost(_)), "{cut:?}");
    let away = b"HTTP/1.1 307 Away\r\nLocation: https://evil/\r\nContent-Length: 0\r\n\r\n";
    let away = ask(away).unwrap_err();
    assert!(matches!(away, CallError::Redirected { .. }), "{away:?}");
}

#[test]
fn a_silent_server_is_not_connected_and_a_slow_one_is_left() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", silent.local_addr().unwrap());
    let short = ChannelSettings {
        connect_timeout: Duration::from_millis(100),
        ..legacy(&base, TLS10, &[[1; 32]])
    };
    let error = post(&short).unwrap_err();
    assert!(error.is_surely_not_sent(), "{error:?}");
}

#[test]
fn a_look_tells_the_certificate_and_sends_nothing() {
    let identity = Identity::older_till();
    let spoken = speech(SslVersion::TLS1, "AES128-SHA:@SECLEVEL=0");
    let server = OldServer::start(&identity, spoken);
    let shown = certificate(&legacy(&server.base, TLS10, &[])).unwrap();
    assert_eq!(shown.certificate.fingerprint, identity.pin());
    assert_eq!(server.finish(), b"");
    let gone = certificate(&legacy("https://127.0.0.1:1", TLS10, &[])).unwrap_err();
    assert!(matches!(gone, ProbeError::NoPort(_)), "{gone}");
}

#[test]
fn without_a_pin_or_by_a_proxy_there_is_no_old_tls() {
    let base = "https://127.0.0.1:1";
    let bare = Channel::new(&legacy(base, TLS12, &[])).unwrap_err();
    assert!(matches!(bare, ChannelError::Tls(_)), "{bare}");
    let proxied = Channel::new(&ChannelSettings {
        proxy: Some("http://127.0.0.1:2".to_owned()),
        ..legacy(base, TLS12, &[[1; 32]])
    });
    assert!(matches!(proxied.unwrap_err(), ChannelError::Tls(_)));
}
