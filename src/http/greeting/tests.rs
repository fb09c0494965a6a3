use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::*;
use crate::http::KeyKind;

const OLD_TILL: &[u8] = include_bytes!("../testdata/rsa1024-v1.der");
const PATIENCE: Duration = Duration::from_secs(20);

/// Length in three bytes, then the bytes.
fn counted3(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[1..], bytes].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], counted3(body).as_slice()].concat()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, 3, 1], length.as_slice(), body].concat()
}

fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let (version, suite) = (version.to_be_bytes(), suite.to_be_bytes());
    let session = [4, 1, 2, 3, 4];
    let body = [version.as_slice(), &[7; 32], &session, &suite, &[0]];
    message(2, &body.concat())
}

fn certificate_message() -> Vec<u8> {
    message(11, &counted3(&counted3(OLD_TILL)))
}

/// The key exchange of an elliptic curve, signed with this.
fn signed_with(scheme: u16) -> Vec<u8> {
    let scheme = scheme.to_be_bytes();
    let body = [&[3, 0, 0x17, 2, 9, 9], scheme.as_slice(), &[0, 1, 5]];
    message(12, &body.concat())
}

/// As a server sends it: several messages in a record, one over two records.
fn flight(version: u16, suite: u16, scheme: Option<u16>) -> Vec<u8> {
    let exchange = scheme.map(signed_with).unwrap_or_default();
    let all = [
        server_hello(version, suite),
        certificate_message(),
        exchange,
        message(14, &[]),
    ];
    let all = all.concat();
    let (one, two) = all.split_at(300);
    [record(22, one), record(22, two)].concat()
}

fn heard(bytes: &[u8]) -> Heard {
    Flight::default().feed(bytes, false)
}

fn spoken(bytes: &[u8]) -> Spoken {
    match heard(bytes) {
        Heard::Spoken(spoken) => spoken,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_server_speaks_decides_what_fits_it() {
    for (version, suite, scheme, name, fit) in [
        (
            0x0303,
            0xc02f,
            Some(0x0601),
            "TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256",
            Fit::Modern,
        ),
        (
            0x0303,
            0xc02f,
            Some(0x0804),
            "TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256",
            Fit::OpensslTls12,
        ),
        (
            0x0303,
            0xc02f,
            Some(0x0201),
            "TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256",
            Fit::OpensslTls10,
        ),
        (
            0x0303,
            0xc013,
            Some(0x0401),
            "TLS 1.2, ECDHE-RSA-AES128-CBC-SHA",
            Fit::OpensslTls12,
        ),
        (
            0x0303,
            0x009c,
            None,
            "TLS 1.2, RSA-AES128-GCM-SHA256",
            Fit::OpensslTls12,
        ),
        (
            0x0302,
            0xc014,
            None,
            "TLS 1.1, ECDHE-RSA-AES256-CBC-SHA",
            Fit::OpensslTls10,
        ),
        (
            0x0301,
            0x002f,
            None,
            "TLS 1.0, RSA-AES128-CBC-SHA",
            Fit::OpensslTls10,
        ),
        (
            0x0301,
            0x000a,
            None,
            "TLS 1.0, RSA-3DES-CBC-SHA",
            Fit::Nothing,
        ),
        (0x0303, 0x0005, None, "TLS 1.2, RSA-RC4-SHA", Fit::Nothing),
        (
            0x0300,
            0x002f,
            None,
            "SSL 3.0, RSA-AES128-CBC-SHA",
            Fit::Nothing,
        ),
    ] {
        let told = spoken(&flight(version, suite, scheme));
        assert_eq!(
            format!("{}, {}", told.version.name(), told.suite.name()),
            name
        );
        assert_eq!(told.fit(), fit, "{name} {scheme:x?}");
        assert_eq!(told.certificate.unwrap().key, KeyKind::Rsa(1024));
    }
}

#[test]
fn what_is_no_answer_says_which_kind_of_none() {
    assert_eq!(heard(b"HTTP/1.1 400 Bad Request\r\n"), Heard::NotTls);
    assert_eq!(heard(b"\x16\x02\x00"), Heard::NotTls);
    assert_eq!(heard(&record(21, &[2, 70])), Heard::Alert(70));
    assert_eq!(heard(b""), Heard::More);
    assert_eq!(Flight::default().feed(b"", true), Heard::Strange);
    // A certificate before anybody said hello; a version, a suite that nobody offered.
    assert_eq!(heard(&record(22, &certificate_message())), Heard::Strange);
    assert_eq!(
        heard(&record(22, &server_hello(0x0305, 0xc02f))),
        Heard::Strange
    );
    assert_eq!(
        heard(&record(22, &server_hello(0x0303, 0x0001))),
        Heard::Strange
    );
}

#[test]
fn a_hello_counts_even_where_the_server_then_hangs_up() {
    let hello = record(22, &server_hello(0x0301, 0x002f));
    assert_eq!(heard(&hello), Heard::More);
    for (behind, ended) in [(vec![], true), (record(21, &[2, 80]), false)] {
        let told = Flight::default().feed(&[hello.clone(), behind].concat(), ended);
        assert!(matches!(told, Heard::Spoken(spoken) if spoken.certificate.is_none()));
    }
}

#[test]
fn an_answer_without_end_is_read_to_a_limit() {
    let endless = record(22, &[0; 16_000]);
    let mut flight = Flight::default();
    let heard: Vec<Heard> = (0..8).map(|_| flight.feed(&endless, false)).collect();
    assert_eq!(heard.last(), Some(&Heard::Strange));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        heard(&bytes);
    }

    #[test]
    fn a_damaged_answer_is_survived(
        changes in prop::collection::vec((0..480_usize, any::<u8>()), 1..8),
        cut in 0..480_usize,
    ) {
        let mut bytes = flight(0x0303, 0xc013, Some(0x0401));
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        heard(&bytes);
    }

    #[test]
    fn how_it_is_cut_into_pieces_changes_nothing(
        cuts in prop::collection::vec(0..480_usize, 0..6),
    ) {
        let bytes = flight(0x0303, 0xc013, Some(0x0401));
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut flight = Flight::default();
        let mut from = 0;
        for cut in cuts {
            prop_assert_eq!(flight.feed(&bytes[from..cut], false), Heard::More);
            from = cut;
        }
        let whole = Heard::Spoken(spoken(&bytes));
        prop_assert_eq!(flight.feed(&bytes[from..], false), whole);
    }
}

/// A real server, as often as it is asked. A broken handshake is what it must bear.
fn rustls_server(version: &'static SupportedProtocolVersion) -> SocketAddr {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((mut tcp, _)) = listener.accept() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            while connection
                .complete_io(&mut tcp)
                .is_ok_and(|(read, _)| read > 0)
            {}
        }
    });
    address
}

#[test]
fn a_real_server_understands_the_offer() {
    for (version, spoken, fit) in [
        (&rustls::version::TLS12, Version::Tls12, Fit::Modern),
        (&rustls::version::TLS13, Version::Tls13, Fit::OnlyTls13),
    ] {
        let address = rustls_server(version);
        let told = ask(|| TcpStream::connect(address).ok(), PATIENCE).unwrap();
        assert_eq!((told.version, told.fit()), (spoken, fit));
        // In TLS 1.3 the certificate is not shown to everybody.
        let seen = told.certificate.map(|certificate| certificate.key);
        let open = version.version == rustls::ProtocolVersion::TLSv1_2;
        assert_eq!(seen, open.then_some(KeyKind::P256));
    }
}

#[test]
fn a_server_that_stumbles_over_new_offers_gets_a_plain_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let mut offered = Vec::new();
        for answer in [vec![], flight(0x0301, 0x002f, None)] {
            let (mut tcp, _) = listener.accept().unwrap();
            let mut record = [0; 1024];
            let length = tcp.read(&mut record).unwrap();
            tcp.write_all(&answer).unwrap();
            offered.push(record[..length].to_vec());
        }
        offered
    });
    let told = ask(|| TcpStream::connect(address).ok(), PATIENCE).unwrap();
    assert_eq!(told.fit(), Fit::OpensslTls10);
    let offered = server.join().unwrap();
    // The version in the hello, and nothing behind the compression methods.
    assert_eq!(offered[0][9..11], [3, 3]);
    assert_eq!(offered[1][9..11], [3, 1]);
    assert_eq!(offered[1][offered[1].len() - 2..], [1, 0]);
}
