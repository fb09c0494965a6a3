//! What a server's certificate says, what TLS it speaks, and what a person should do about both.

use jiff::civil::DateTime;

use crate::cli::doctor::Level;
use crate::config::settings;
use crate::config::value::Pin;
use crate::domain::text::clean;
use crate::http::{Certificate, Fit, KeyKind, ProbeError, Shown, Spoken};
use crate::i18n::Texts;

use super::Findings;

/// RSA keys below that are found weak.
const RSA_BITS_GOOD: usize = 2048;

/// As it is written into the settings, and shown by browsers.
pub(in crate::runtime) fn fingerprint(certificate: &Certificate) -> String {
    let bytes = certificate.fingerprint.map(|byte| format!("{byte:02X}"));
    bytes.join(":")
}

/// Whose it is, what key, until when: `RK7SRV, RSA-1024, до 2011-01-01`.
pub(in crate::runtime) fn words(certificate: &Certificate, texts: Texts) -> String {
    let unknown = || "–".to_owned();
    let subject = certificate.subject.as_deref().map(clean);
    let until = certificate.until.map(|until| until.date().to_string());
    let values: [(&str, &dyn std::fmt::Display); 3] = [
        ("subject", &subject.unwrap_or_else(unknown)),
        ("key", &certificate.key.name()),
        ("until", &until.unwrap_or_else(unknown)),
    ];
    texts.fill("doctor.tls.words", &values)
}

/// Whether the pins have this certificate.
pub(super) fn is_pinned(pins: &[Pin], shown: &Shown) -> bool {
    pins.iter()
        .any(|pin| pin.0 == shown.certificate.fingerprint)
}

/// A certificate that is not pinned, with the line that would pin it.
pub(super) fn not_pinned(findings: &mut Findings, table: &str, shown: &Shown) {
    let values: [(&str, &dyn std::fmt::Display); 3] = [
        ("pin", &fingerprint(&shown.certificate)),
        ("words", &words(&shown.certificate, findings.texts)),
        ("table", &table),
    ];
    findings.wrong(Level::Bad, "doctor.tls.not_pinned", &values);
}

/// A certificate that is believed by its pin: what there is to say of it.
pub(super) fn pinned(findings: &mut Findings, shown: &Shown, now: &DateTime) {
    let certificate = &shown.certificate;
    let words = words(certificate, findings.texts);
    let values: [(&str, &dyn std::fmt::Display); 1] = [("words", &words)];
    match certificate.key {
        KeyKind::Rsa(bits) if bits < RSA_BITS_GOOD => {
            findings.wrong(Level::Note, "doctor.tls.weak_key", &values);
        }
        KeyKind::Rsa(_) | KeyKind::P256 | KeyKind::P384 | KeyKind::Other
            if certificate.until.is_some_and(|until| until < *now) =>
        {
            findings.fine("doctor.tls.expired", &values);
        }
        KeyKind::Rsa(_) | KeyKind::P256 | KeyKind::P384 | KeyKind::Other => {
            findings.fine("doctor.tls.pinned", &values);
        }
    }
}

/// Old TLS is never as it should be, and one day the server does not need it any more.
pub(super) fn old(findings: &mut Findings, own: &settings::Rkeeper, spoken: Option<&Spoken>) {
    let values: [(&str, &dyn std::fmt::Display); 1] = [("tls", &own.tls.word())];
    let key = match (own.tls, spoken.map(Spoken::fit)) {
        (settings::Tls::Modern, _) => return,
        (_, Some(Fit::Modern)) => "doctor.tls.not_needed",
        (settings::Tls::OpensslTls10, Some(Fit::OpensslTls12)) => "doctor.tls.too_old",
        (settings::Tls::OpensslTls12 | settings::Tls::OpensslTls10, _) => "doctor.tls.old",
    };
    findings.wrong(Level::Note, key, &values);
}

/// What to do about a server that this program's TLS cannot speak to; `None` where that is not why.
pub(in crate::runtime) fn advice(error: &ProbeError, texts: Texts) -> Option<String> {
    let ProbeError::NothingInCommon { spoken, .. } = error else {
        return None;
    };
    let spoken = spoken.as_deref();
    let todo = match spoken.map(Spoken::fit) {
        Some(Fit::OpensslTls12) => "doctor.tls.openssl12_todo",
        Some(Fit::OpensslTls10) => "doctor.tls.openssl10_todo",
        Some(Fit::OnlyTls13) => "doctor.tls.only13_todo",
        Some(Fit::Nothing) => "doctor.tls.broken_todo",
        Some(Fit::Modern) | None => "doctor.tls.unknown_todo",
    };
    let todo = texts.get(todo);
    Some(match spoken {
        None => todo.to_owned(),
        Some(spoken) => format!("{}; {todo}", speaks(spoken, texts)),
    })
}

/// `сервер говорит TLS 1.0, RSA-AES128-CBC-SHA; его сертификат: …`
fn speaks(spoken: &Spoken, texts: Texts) -> String {
    let values: [(&str, &dyn std::fmt::Display); 2] = [
        ("version", &spoken.version.name()),
        ("suite", &spoken.suite.name()),
    ];
    let mut said = texts.fill("doctor.tls.speaks", &values);
    if spoken.signs_with_sha1() {
        said.push_str(texts.get("doctor.tls.sha1"));
    }
    if let Some(certificate) = &spoken.certificate {
        let words = words(certificate, texts);
        said.push_str(&texts.fill("doctor.tls.shows", &[("words", &words)]));
    }
    said
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::cli::doctor::{Finding, Subject};
    use crate::i18n::Lang;

    fn certificate(key: KeyKind, until: i16) -> Shown {
        Shown {
            certificate: Certificate {
                fingerprint: [0xab; 32],
                subject: Some("RK7\u{202e}SRV\r\n".to_owned()),
                from: None,
                until: Some(date(until, 3, 1).at(0, 0, 0, 0)),
                key,
            },
        }
    }

    fn told(key: KeyKind, until: i16) -> Finding {
        let mut findings = Findings::new(Subject::Rkeeper, Texts::of(Lang::Ru));
        let now = date(2026, 11, 29).at(12, 0, 0, 0);
        pinned(&mut findings, &certificate(key, until), &now);
        findings.all.remove(0)
    }

    #[test]
    fn a_pinned_certificate_is_told_with_what_is_weak_in_it() {
        let weak = told(KeyKind::Rsa(1024), 2010);
        assert_eq!(weak.level, Level::Note);
        assert!(
            weak.what.contains("RK7SRV, RSA-1024, до 2010-03-01"),
            "{weak:?}"
        );
        assert!(weak.todo.is_some_and(|todo| todo.contains("RSA-2048")));
        let old = told(KeyKind::Rsa(2048), 2010);
        assert_eq!(old.level, Level::Fine);
        assert!(old.what.contains("срок вышел"), "{old:?}");
        let good = told(KeyKind::P256, 2036);
        assert_eq!(good.level, Level::Fine);
        assert!(!good.what.contains("срок вышел"), "{good:?}");
    }

    #[test]
    fn what_a_server_speaks_is_told_with_the_first_thing_to_do() {
        for lang in [Lang::Ru, Lang::En] {
            let texts = Texts::of(lang);
            let nothing = ProbeError::NothingInCommon {
                why: String::new(),
                spoken: None,
            };
            let todo = advice(&nothing, texts).unwrap();
            assert!(todo.contains("RSA-2048"), "{todo}");
            assert_eq!(advice(&ProbeError::WithoutTls, texts), None);
        }
    }

    #[test]
    fn old_tls_is_a_note_until_it_is_gone() {
        let said = |tls| {
            let mut findings = Findings::new(Subject::Rkeeper, Texts::of(Lang::Ru));
            let own = settings::Rkeeper {
                tls,
                ..settings::Rkeeper::default()
            };
            old(&mut findings, &own, None);
            findings.all
        };
        assert!(said(settings::Tls::Modern).is_empty());
        let told = said(settings::Tls::OpensslTls10).remove(0);
        assert_eq!(told.level, Level::Note);
        assert!(told.what.contains("openssl-tls10"), "{told:?}");
    }
}
