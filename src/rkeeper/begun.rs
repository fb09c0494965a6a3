//! A part payment in two steps, as an external terminal makes it: `TerminalAuthStart2` writes a line
//! that is no money, `TerminalAuthPay2` makes it money, `TerminalAuthError2` takes it away. One line
//! per authorisation, hence one account.
//!
//! Assumed, for want of a source: that `Prepay` takes our marker and card here as it does in
//! `SaveOrder`, that a begun line is shown with `TransactionStatus="1"`, and what the ids of the
//! second step may look like.

use uuid::Uuid;

use crate::payment::ports::{LineId, LockId, Reply};
use crate::payment::reason::{Problem, Reason, Server};
use crate::payment::sale::Sale;

use super::answer::QueryResult;
use super::request::{braced, check, command, currency, reference_code, reference_order};
use super::settings::Settings;

/// Writes the line.
pub(super) const START: &str = "TerminalAuthStart2";
/// Makes it money.
pub(super) const PAY: &str = "TerminalAuthPay2";
/// Takes it away.
pub(super) const ERROR: &str = "TerminalAuthError2";

/// What a waiter may read about a line that was given up.
const GIVEN_UP: &str = "not paid";

/// `TerminalAuthStart2`; `None` for a sale that one line cannot hold.
pub(super) fn start(
    settings: &Settings,
    sale: &Sale,
    lock: &LockId,
) -> Option<Result<Vec<u8>, Problem>> {
    let [leg] = sale.legs.as_slice() else {
        return None;
    };
    let code = match check(sale).and_then(|()| currency(settings, leg)) {
        Ok(code) => code,
        Err(problem) => return Some(Err(problem)),
    };
    let mut query = command(START);
    query.attribute("lockguid", &braced(&lock.0));
    reference_order(&mut query, &sale.order);
    reference_code(&mut query, "Station", &settings.station_code);
    query
        .open("Prepay")
        .attribute("code", code)
        .attribute("amount", &leg.amount.kopecks().to_string())
        .attribute("cardCode", leg.uid.reveal())
        .attribute("extTransactionInfo", &sale.marker(leg))
        .close();
    Some(Ok(query.finish()))
}

/// The line that `TerminalAuthStart2` answers with.
pub(super) fn line(answer: &QueryResult) -> Reply<Option<LineId>> {
    let line = answer.attribute("line_guid").unwrap_or_default();
    if Uuid::try_parse(line.trim_matches(['{', '}'])).is_ok() {
        return Reply::Done(Some(LineId(line.to_owned())));
    }
    let detail = format!("{START}: the answer names no line");
    Reply::Unknown(Problem::of(
        Server::Rkeeper,
        Reason::AnswerNotUnderstood,
        detail,
    ))
}

/// `TerminalAuthPay2`.
pub(super) fn pay(sale: &Sale, lock: &LockId, line: &LineId) -> Result<Vec<u8>, Problem> {
    check(sale)?;
    let number = number(sale).to_string();
    let mut query = command(PAY);
    query
        .attribute("lockguid", &braced(&lock.0))
        .attribute("line_guid", &line.0)
        .attribute("transactionID", &number)
        .attribute("authCode", &number);
    if let [leg] = sale.legs.as_slice() {
        query.attribute("cardCode", leg.uid.reveal());
    }
    Ok(query.finish())
}

/// `TerminalAuthError2`.
pub(super) fn error(lock: &LockId, line: &LineId) -> Vec<u8> {
    let mut query = command(ERROR);
    query
        .attribute("lockguid", &braced(&lock.0))
        .attribute("line_guid", &line.0)
        .attribute("errorText", GIVEN_UP);
    query.finish()
}

/// A number for r_keeper's lists. The marker is what we look for; this only has to be one that fits
/// wherever r_keeper keeps it, be it a text or 32 bits.
fn number(sale: &Sale) -> u32 {
    let [.., a, b, c, d] = *sale.payment.as_bytes();
    (u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff).max(1)
}
