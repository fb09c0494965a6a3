//! `LicenseInfo` as requests carry it.

use secrecy::{ExposeSecret as _, SecretString};

use crate::payment::ports::Ticket;

use super::super::answer::{AnswerError, QueryResult};
use super::super::request::command;
use super::super::xml::{Document, Element};

/// Asks where r_keeper's count of an installation stands; changes nothing.
pub(in super::super) const NEXT_NUMBER: &str = "GetXMLLicenseInstanceSeqNumber";

/// What a request says of the licence, but for its number. `Debug` hides the token.
#[derive(Clone, Debug)]
pub(in super::super) struct Info {
    pub anchor: String,
    pub token: SecretString,
}

/// Which product of which restaurant (schema of 7.26; all public clients).
pub(super) fn anchor(product: &str, code: &str) -> String {
    format!("6:{product}#{code}/17")
}

/// Writes the element, in the child order of the schema: it comes first.
pub(in super::super) fn write(query: &mut Document, info: &Info, ticket: &Ticket) {
    open(query, info);
    query
        .open("LicenseInstance")
        .attribute("guid", &ticket.instance)
        .attribute("seqNumber", &ticket.number.to_string())
        .close()
        .close();
}

/// The question for an installation's count.
pub(in super::super) fn next_number(info: &Info, instance: &str) -> Vec<u8> {
    let mut query = command(NEXT_NUMBER);
    open(&mut query, info);
    query
        .open("LicenseInstance")
        .attribute("guid", instance)
        .close()
        .close();
    query.finish()
}

fn open(query: &mut Document, info: &Info) {
    query
        .open("LicenseInfo")
        .attribute("anchor", &info.anchor)
        .attribute("licenseToken", info.token.expose_secret());
}

/// The number that r_keeper names.
pub(in super::super) fn named_number(answer: &QueryResult) -> Result<u64, AnswerError> {
    let missing = |element: Element<'_>, what| AnswerError::Missing {
        element: element.name().to_owned(),
        what,
    };
    let payload = answer.payload();
    let info = payload
        .child("LicenseInfo")
        .ok_or_else(|| missing(payload, "LicenseInfo"))?;
    let own = info
        .child("LicenseInstance")
        .ok_or_else(|| missing(info, "LicenseInstance"))?;
    let text = own
        .attribute("seqNumber")
        .ok_or_else(|| missing(own, "seqNumber"))?;
    text.trim().parse().map_err(|_| AnswerError::Wrong {
        element: own.name().to_owned(),
        attribute: "seqNumber",
        value: crate::domain::text::clean(text),
    })
}

/// Every token that a request holds; r_keeper may repeat it in its words.
pub(in super::super) fn tokens(element: Element<'_>) -> Vec<String> {
    let mut found: Vec<String> = element
        .attribute("licenseToken")
        .map(str::to_owned)
        .into_iter()
        .collect();
    // No deeper than documents are read.
    for child in element.children() {
        found.extend(tokens(child));
    }
    found
}
