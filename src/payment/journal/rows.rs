//! An entry as a row: a readable part without secrets, and a sealed part.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::seal::Sealer;
use crate::payment::ports::{LockId, Ticket};
use crate::payment::progress::{Entry, RefundNote, RefundRequestKind, RequestKind};
use crate::payment::refund::{Refund, RefundId};
use crate::payment::sale::{PaymentId, Sale};
use crate::payment::state::Event;
use crate::payment::state::refund::RefundEvent;

/// Kind of the rows with a number of r_keeper's licence.
pub const TICKET: &str = "ticket";

/// A row before it gets its number and its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `intent`, `request.reserve`, `event`, …
    pub kind: String,
    /// JSON that anybody may read.
    pub clear: String,
    /// What only the key opens.
    pub sealed: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct IntentRow {
    sale: Value,
    lock: LockId,
}

#[derive(Serialize, Deserialize)]
struct RequestRow {
    bytes: usize,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct RefundRequestRow {
    refund: RefundId,
    bytes: usize,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct RefundNoteRow {
    refund: RefundId,
    note: RefundNote,
}

#[derive(Serialize, Deserialize)]
struct RefundEventRow {
    refund: RefundId,
    event: RefundEvent,
}

/// The row of an entry; `None` where something cannot be written, which cannot happen with the
/// types given.
pub fn encode(payment: PaymentId, entry: &Entry, sealer: &Sealer) -> Option<Row> {
    match entry {
        Entry::Intent { sale, lock } => {
            let uids: Vec<&str> = sale.legs.iter().map(|leg| leg.uid.reveal()).collect();
            let mut shown = serde_json::to_value(sale).ok()?;
            for (leg, row) in sale.legs.iter().zip(shown.get_mut("legs")?.as_array_mut()?) {
                let row = row.as_object_mut()?;
                row.insert("uid".into(), leg.uid.masked().into());
                row.insert("uid_name".into(), sealer.name(leg.uid.reveal()).into());
            }
            let clear = serde_json::to_string(&IntentRow {
                sale: shown,
                lock: lock.clone(),
            })
            .ok()?;
            let plain = serde_json::to_vec(&uids).ok()?;
            let sealed = sealer.seal(&place(payment, "intent"), &plain)?;
            Some(Row {
                kind: "intent".into(),
                clear,
                sealed: Some(sealed),
            })
        }
        Entry::Request(request, body) => {
            let kind = format!("request.{}", request.word());
            let clear = RequestRow {
                bytes: body.len(),
                sha256: sha256_hex(body),
            };
            let sealed = sealer.seal(&place(payment, &kind), body)?;
            Some(Row {
                kind,
                clear: serde_json::to_string(&clear).ok()?,
                sealed: Some(sealed),
            })
        }
        Entry::Ticket(ticket) => Some(Row {
            kind: TICKET.into(),
            clear: serde_json::to_string(ticket).ok()?,
            sealed: None,
        }),
        Entry::Event(event) => Some(Row {
            kind: "event".into(),
            clear: serde_json::to_string(event).ok()?,
            sealed: None,
        }),
        Entry::Refund(refund) => Some(Row {
            kind: "refund".into(),
            clear: serde_json::to_string(refund).ok()?,
            sealed: None,
        }),
        Entry::RefundRequest(refund, request, body) => {
            let kind = format!("refund.request.{}", request.word());
            let clear = RefundRequestRow {
                refund: *refund,
                bytes: body.len(),
                sha256: sha256_hex(body),
            };
            let sealed = sealer.seal(&place(payment, &kind), body)?;
            Some(Row {
                kind,
                clear: serde_json::to_string(&clear).ok()?,
                sealed: Some(sealed),
            })
        }
        Entry::RefundEvent(refund, event) => Some(Row {
            kind: "refund.event".into(),
            clear: serde_json::to_string(&RefundEventRow {
                refund: *refund,
                event: event.clone(),
            })
            .ok()?,
            sealed: None,
        }),
        Entry::RefundNote(refund, note) => Some(Row {
            kind: "refund.note".into(),
            clear: serde_json::to_string(&RefundNoteRow {
                refund: *refund,
                note: *note,
            })
            .ok()?,
            sealed: None,
        }),
    }
}

/// The entry of a row, or what is wrong with the row.
pub fn decode(payment: PaymentId, row: &Row, sealer: &Sealer) -> Result<Entry, String> {
    let unseal = || {
        let sealed = row.sealed.as_deref().ok_or("the sealed part is missing")?;
        sealer
            .open_sealed(&place(payment, &row.kind), sealed)
            .ok_or("the key does not open it")
    };
    let json = |error: serde_json::Error| error.to_string();
    match row.kind.as_str() {
        "intent" => {
            let mut intent: IntentRow = serde_json::from_str(&row.clear).map_err(json)?;
            let uids: Vec<String> = serde_json::from_slice(&unseal()?).map_err(json)?;
            let legs = intent.sale.get_mut("legs").and_then(Value::as_array_mut);
            let legs = legs.ok_or("there are no legs")?;
            if legs.len() != uids.len() {
                return Err("the number of UIDs is not the number of legs".into());
            }
            for (leg, uid) in legs.iter_mut().zip(uids) {
                let leg = leg.as_object_mut().ok_or("a leg is no object")?;
                leg.insert("uid".into(), uid.into());
                leg.remove("uid_name");
            }
            let sale: Sale = serde_json::from_value(intent.sale).map_err(json)?;
            Ok(Entry::Intent {
                sale: Box::new(sale),
                lock: intent.lock,
            })
        }
        TICKET => {
            let ticket: Ticket = serde_json::from_str(&row.clear).map_err(json)?;
            Ok(Entry::Ticket(ticket))
        }
        "event" => {
            let event: Event = serde_json::from_str(&row.clear).map_err(json)?;
            Ok(Entry::Event(event))
        }
        "refund" => {
            let refund: Refund = serde_json::from_str(&row.clear).map_err(json)?;
            Ok(Entry::Refund(Box::new(refund)))
        }
        "refund.event" => {
            let row: RefundEventRow = serde_json::from_str(&row.clear).map_err(json)?;
            Ok(Entry::RefundEvent(row.refund, row.event))
        }
        "refund.note" => {
            let row: RefundNoteRow = serde_json::from_str(&row.clear).map_err(json)?;
            Ok(Entry::RefundNote(row.refund, row.note))
        }
        "refund.request.return" | "refund.request.annul" => {
            let kind = if row.kind.ends_with("return") {
                RefundRequestKind::Return
            } else {
                RefundRequestKind::Annul
            };
            let clear: RefundRequestRow = serde_json::from_str(&row.clear).map_err(json)?;
            let body = unseal()?;
            if clear.sha256 != sha256_hex(&body) {
                return Err("the body is not the one that was written".into());
            }
            Ok(Entry::RefundRequest(clear.refund, kind, body))
        }
        other => {
            let request = match other {
                "request.reserve" => RequestKind::Reserve,
                "request.pay" => RequestKind::Pay,
                "request.undo" => RequestKind::Undo,
                _ => return Err(format!("unknown kind `{other}`")),
            };
            let clear: RequestRow = serde_json::from_str(&row.clear).map_err(json)?;
            let body = unseal()?;
            if clear.sha256 != sha256_hex(&body) {
                return Err("the body is not the one that was written".into());
            }
            Ok(Entry::Request(request, body))
        }
    }
}

/// Whether the key opens the row's sealed part, where it has one.
pub fn opens(payment: PaymentId, row: &Row, sealer: &Sealer) -> bool {
    row.sealed.as_deref().is_none_or(|sealed| {
        sealer
            .open_sealed(&place(payment, &row.kind), sealed)
            .is_some()
    })
}

fn place(payment: PaymentId, kind: &str) -> String {
    format!("{payment}/{kind}")
}

fn sha256_hex(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
