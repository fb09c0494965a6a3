//! What a server may speak, and which of this program's ways of TLS fits it.
//!
//! Numbers and names are those of IANA's registry of TLS parameters.

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Version {
    /// As it stands in a `ServerHello`.
    pub(super) const fn from_wire(wire: u16) -> Option<Self> {
        match wire {
            0x0300 => Some(Self::Ssl3),
            0x0301 => Some(Self::Tls10),
            0x0302 => Some(Self::Tls11),
            0x0303 => Some(Self::Tls12),
            0x0304 => Some(Self::Tls13),
            _ => None,
        }
    }

    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

/// How the common secret comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    /// Elliptic curves, a fresh key each time.
    Ecdhe,
    /// Finite fields, a fresh key each time.
    Dhe,
    /// The certificate's RSA key encrypts it.
    Rsa,
}

/// What protects the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    /// AES-GCM, ChaCha20-Poly1305.
    Modern,
    /// AES-CBC.
    Cbc,
    /// 3DES, RC4: no TLS library of today speaks them.
    Broken,
}

/// A cipher suite by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite(pub(super) u16);

/// All that is offered to a server to hear what it takes, best first.
pub(super) const SUITES: &[(u16, &str)] = &[
    (0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"),
    (0xc030, "ECDHE-RSA-AES256-GCM-SHA384"),
    (0xcca8, "ECDHE-RSA-CHACHA20-POLY1305"),
    (0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    (0x009e, "DHE-RSA-AES128-GCM-SHA256"),
    (0x009f, "DHE-RSA-AES256-GCM-SHA384"),
    (0xc027, "ECDHE-RSA-AES128-CBC-SHA256"),
    (0xc028, "ECDHE-RSA-AES256-CBC-SHA384"),
    (0xc013, "ECDHE-RSA-AES128-CBC-SHA"),
    (0xc014, "ECDHE-RSA-AES256-CBC-SHA"),
    (0xc009, "ECDHE-ECDSA-AES128-CBC-SHA"),
    (0xc00a, "ECDHE-ECDSA-AES256-CBC-SHA"),
    (0x0067, "DHE-RSA-AES128-CBC-SHA256"),
    (0x006b, "DHE-RSA-AES256-CBC-SHA256"),
    (0x0033, "DHE-RSA-AES128-CBC-SHA"),
    (0x0039, "DHE-RSA-AES256-CBC-SHA"),
    (0x009c, "RSA-AES128-GCM-SHA256"),
    (0x009d, "RSA-AES256-GCM-SHA384"),
    (0x003c, "RSA-AES128-CBC-SHA256"),
    (0x003d, "RSA-AES256-CBC-SHA256"),
    (0x002f, "RSA-AES128-CBC-SHA"),
    (0x0035, "RSA-AES256-CBC-SHA"),
    (0xc012, "ECDHE-RSA-3DES-CBC-SHA"),
    (0x0016, "DHE-RSA-3DES-CBC-SHA"),
    (0x000a, "RSA-3DES-CBC-SHA"),
    (0x0005, "RSA-RC4-SHA"),
    (0x0004, "RSA-RC4-MD5"),
];

/// The suites of TLS 1.3, which say nothing of the key exchange.
pub(super) const SUITES_13: &[(u16, &str)] = &[
    (0x1301, "TLS13-AES128-GCM-SHA256"),
    (0x1302, "TLS13-AES256-GCM-SHA384"),
    (0x1303, "TLS13-CHACHA20-POLY1305"),
];

impl Suite {
    /// A suite that was offered.
    pub(super) fn from_wire(wire: u16) -> Option<Self> {
        let suite = Self(wire);
        (!suite.name().is_empty()).then_some(suite)
    }

    /// As OpenSSL writes it, with key exchange and cipher: `RSA-AES128-CBC-SHA`.
    pub fn name(self) -> &'static str {
        let mut known = SUITES.iter().chain(SUITES_13);
        known
            .find(|(wire, _)| *wire == self.0)
            .map_or("", |(_, name)| name)
    }

    pub(super) fn exchange(self) -> Exchange {
        let name = self.name();
        if name.starts_with("DHE-") {
            Exchange::Dhe
        } else if name.starts_with("RSA-") {
            Exchange::Rsa
        } else {
            Exchange::Ecdhe
        }
    }

    pub(super) fn cipher(self) -> Cipher {
        let name = self.name();
        if name.contains("-3DES-") || name.contains("-RC4-") {
            Cipher::Broken
        } else if name.contains("-CBC-") {
            Cipher::Cbc
        } else {
            Cipher::Modern
        }
    }
}

/// Which of this program's ways of TLS a server can be spoken to by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The ordinary one.
    Modern,
    /// Only without pins, where the system's roots vouch for the server: it speaks nothing but
    /// TLS 1.3, which a pinned server is not offered.
    OnlyTls13,
    /// OpenSSL with TLS 1.2: CBC, or a key exchange without a fresh key.
    OpensslTls12,
    /// OpenSSL with everything from TLS 1.0 on, and signatures with SHA-1.
    OpensslTls10,
    /// None: SSL 3.0, 3DES, RC4.
    Nothing,
}
