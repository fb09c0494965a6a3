//! Whom to believe: the system's roots, or certificates pinned by their SHA-256.
//!
//! Tills show self-signed certificates that no system knows: X.509 v1, RSA-1024, expired, without
//! the right name. A pin says which whole certificate is meant, so none of that matters; what still
//! matters is that the server holds the certificate's key, hence the signature of the handshake is
//! verified here, always. Nothing accepts everything.
//!
//! A pinned server is offered TLS 1.2 only and RSA PKCS#1 with SHA-256 or SHA-512: an RSA-1024
//! server that is offered more picks PSS, which nobody verifies below 2048 bits. ECDSA on P-256 and
//! P-384 is offered too, for sites that gave their server a new certificate; a server with an RSA
//! key is not touched by that. SHA-1 is never offered.

use std::sync::{Arc, Mutex};

use ring::signature;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use thiserror::Error;

use super::certificate::fingerprint;
use super::der::{self, Key};

/// Makes ring the provider that reqwest finds when it verifies by the system's roots; without one
/// reqwest panics. Doing it twice does no harm.
pub(super) fn install_provider() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}

/// TLS that believes only these certificates.
pub(super) fn pinned(pins: &[[u8; 32]]) -> Result<ClientConfig, rustls::Error> {
    proved(Certificates::Pinned(pins.to_vec()))
}

/// A certificate (DER) that was shown.
pub(super) type Seen = Arc<Mutex<Option<Vec<u8>>>>;

/// TLS for a look at the certificate alone: what is shown is put into `seen`, once the server has
/// proved that it holds the key. Nothing may be sent over it.
pub(super) fn looking(seen: Seen) -> Result<ClientConfig, rustls::Error> {
    proved(Certificates::Any(seen))
}

/// TLS with a server that has the key of one of these certificates.
fn proved(certificates: Certificates) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Proved { certificates }))
        .with_no_client_auth();
    config.enable_sni = false;
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// TLS that believes nobody: for channels without TLS, which need no roots.
pub(super) fn nobody() -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The server shows a certificate that is not pinned.
#[derive(Debug, Error)]
#[error("the server's certificate has the SHA-256 fingerprint {0}, which is not pinned")]
struct NotPinned(String);

/// The certificate is pinned, but its key cannot be used.
#[derive(Debug, Error)]
#[error("the pinned certificate has a key of a kind that cannot be verified")]
struct UnknownKey;

/// Which certificates may be shown.
#[derive(Debug)]
enum Certificates {
    /// One of these.
    Pinned(Vec<[u8; 32]>),
    /// Any; which it is, is put here once its key is proved.
    Any(Seen),
}

/// Believes a server that shows such a certificate and signs with its key.
#[derive(Debug)]
struct Proved {
    certificates: Certificates,
}

impl ServerCertVerifier for Proved {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Certificates::Pinned(pins) = &self.certificates {
            let shown = fingerprint(end_entity);
            if !pins.contains(&shown) {
                return Err(refuse(NotPinned(hex(&shown))));
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify(cert, dss.scheme, message, dss.signature())?;
        if let Certificates::Any(seen) = &self.certificates
            && let Ok(mut seen) = seen.lock()
        {
            *seen = Some(cert.to_vec());
        }
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // TLS 1.3 is not offered.
        Err(CertificateError::BadSignature.into())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP256_SHA256,
        ]
    }
}

/// Whether `signature` is made over `message` by the key of `certificate`. The legacy algorithms
/// of ring take RSA from 1024 bits on; only a pin makes that bearable.
fn verify(
    certificate: &[u8],
    scheme: SignatureScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), rustls::Error> {
    let key = der::key(certificate).ok_or_else(|| refuse(UnknownKey))?;
    // In TLS 1.2 an ECDSA scheme names the digest; the curve is the key's.
    let (algorithm, bytes): (&dyn signature::VerificationAlgorithm, &[u8]) = match (key, scheme) {
        (Key::Rsa(key), SignatureScheme::RSA_PKCS1_SHA256) => (
            &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            key,
        ),
        (Key::Rsa(key), SignatureScheme::RSA_PKCS1_SHA512) => (
            &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            key,
        ),
        (Key::P256(point), SignatureScheme::ECDSA_NISTP256_SHA256) => {
            (&signature::ECDSA_P256_SHA256_ASN1, point)
        }
        (Key::P256(point), SignatureScheme::ECDSA_NISTP384_SHA384) => {
            (&signature::ECDSA_P256_SHA384_ASN1, point)
        }
        (Key::P384(point), SignatureScheme::ECDSA_NISTP256_SHA256) => {
            (&signature::ECDSA_P384_SHA256_ASN1, point)
        }
        (Key::P384(point), SignatureScheme::ECDSA_NISTP384_SHA384) => {
            (&signature::ECDSA_P384_SHA384_ASN1, point)
        }
        // A scheme that was not offered, or one for the other kind of key.
        (Key::Rsa(_) | Key::P256(_) | Key::P384(_), _) => {
            return Err(CertificateError::BadSignature.into());
        }
    };
    signature::UnparsedPublicKey::new(algorithm, bytes)
        .verify(message, signature)
        .map_err(|_| CertificateError::BadSignature.into())
}

fn refuse(why: impl std::error::Error + Send + Sync + 'static) -> rustls::Error {
    // Not as a `CertificateError`: rustls shows the inside of those in their debug form.
    rustls::Error::Other(OtherError(Arc::new(why)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with OpenSSL: X.509 v1, RSA-1024, self-signed with SHA-1, expired in 2011.
    const OLD_TILL: &[u8] = include_bytes!("testdata/rsa1024-v1.der");
    const MESSAGE: &[u8] = b"what a handshake signs";
    const SHA256: &[u8] = include_bytes!("testdata/rsa1024-v1.sha256.sig");
    const SHA512: &[u8] = include_bytes!("testdata/rsa1024-v1.sha512.sig");
    const SHA1: &[u8] = include_bytes!("testdata/rsa1024-v1.sha1.sig");
    const SMALL: &[u8] = include_bytes!("testdata/rsa512.der");
    const SMALL_SHA256: &[u8] = include_bytes!("testdata/rsa512.sha256.sig");

    #[test]
    fn an_old_tills_signature_is_verified() {
        let v256 = SignatureScheme::RSA_PKCS1_SHA256;
        let v512 = SignatureScheme::RSA_PKCS1_SHA512;
        verify(OLD_TILL, v256, MESSAGE, SHA256).unwrap();
        verify(OLD_TILL, v512, MESSAGE, SHA512).unwrap();
        for (scheme, message, signature) in [
            (v256, b"something else".as_slice(), SHA256),
            (v256, MESSAGE, SHA512),
            (v512, MESSAGE, SHA256),
            (v256, MESSAGE, b"".as_slice()),
            (SignatureScheme::RSA_PKCS1_SHA1, MESSAGE, SHA1),
            (SignatureScheme::RSA_PSS_SHA256, MESSAGE, SHA256),
            (SignatureScheme::ECDSA_NISTP256_SHA256, MESSAGE, SHA256),
        ] {
            let error = verify(OLD_TILL, scheme, message, signature).unwrap_err();
            assert_eq!(error, CertificateError::BadSignature.into(), "{scheme:?}");
        }
    }

    #[test]
    fn a_key_that_anybody_can_break_is_refused_under_a_pin_too() {
        let scheme = SignatureScheme::RSA_PKCS1_SHA256;
        assert!(verify(SMALL, scheme, MESSAGE, SMALL_SHA256).is_err());
    }

    #[test]
    fn a_key_of_another_kind_is_named_as_the_reason() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let certificate = rcgen::CertificateParams::default()
            .self_signed(&key)
            .unwrap();
        let scheme = SignatureScheme::RSA_PKCS1_SHA256;
        let error = verify(certificate.der(), scheme, MESSAGE, SHA256).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("of a kind that cannot be verified"),
            "{error}"
        );
    }

    #[test]
    fn every_changed_bit_of_the_signature_is_noticed() {
        for bit in 0..SHA256.len() * 8 {
            let mut signature = SHA256.to_vec();
            signature[bit / 8] ^= 1 << (bit % 8);
            verify(
                OLD_TILL,
                SignatureScheme::RSA_PKCS1_SHA256,
                MESSAGE,
                &signature,
            )
            .unwrap_err();
        }
    }
}
