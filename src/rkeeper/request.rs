//! What is sent: one `RK7CMD` per query, in the child order of the schema, references by code. The
//! other elements that a command can come in are put on afterwards (`form`).

use std::time::Duration;

use crate::domain::{Money, OrderGuid};
use crate::payment::ports::{LockId, Ticket};
use crate::payment::reason::{Problem, Reason};
use crate::payment::sale::{Leg, Sale};

use super::licence::info::{self, Info};
use super::reference::Reference;
use super::settings::Settings;
use super::xml::Document;

/// `Content-Type` of every query. Form types make the server see no body at all.
pub(super) const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// Longest lock that the time of a Delphi date can say.
const LOCK_SECONDS_MAX: u64 = 24 * 60 * 60 - 1;

/// `GetSystemInfo2`.
pub(super) fn system_info() -> Vec<u8> {
    command("GetSystemInfo2").finish()
}

/// `GetFunctions`.
pub(super) fn functions() -> Vec<u8> {
    command("GetFunctions").finish()
}

/// `GetOrderList2` of the open orders, if anything changed since that version; 0 asks for all.
pub(super) fn order_list(since: i64) -> Vec<u8> {
    let mut query = command("GetOrderList2");
    query
        .attribute("onlyOpened", "1")
        .attribute("lastversion", &since.to_string());
    query.finish()
}

/// `GetOrder`.
pub(super) fn order(guid: &OrderGuid) -> Vec<u8> {
    let mut query = command("GetOrder");
    reference_order(&mut query, guid);
    query.finish()
}

/// `GetReceiptList` of everything that the cash server still knows.
pub(super) fn receipt_list() -> Vec<u8> {
    command("GetReceiptList").finish()
}

/// `GetRefData` of a whole reference.
pub(super) fn reference(reference: Reference) -> Vec<u8> {
    let mut query = command("GetRefData");
    query
        .attribute("RefName", reference.name())
        .attribute("PropMask", reference.mask());
    query.finish()
}

/// `GetRefData` of a reference by its name, with these properties.
pub(super) fn items(name: &str, mask: &str) -> Vec<u8> {
    let mut query = command("GetRefData");
    query.attribute("RefName", name).attribute("PropMask", mask);
    query.finish()
}

/// `CheckLicense` for writing orders.
pub(super) fn licence(restaurant_id: &str) -> Vec<u8> {
    let mut query = command("CheckLicense");
    query.attribute("license", "XMLSaveOrder");
    query
        .open("Restaurant")
        .attribute("id", restaurant_id)
        .close();
    query.finish()
}

/// `LockOrder` for that long, rounded up to seconds; [`Duration::ZERO`] gives the order back. The
/// time is a Delphi date: what the schema says (`00:01:00`) is answered with Ok and locks nothing.
pub(super) fn lock(
    settings: &Settings,
    guid: &OrderGuid,
    lock: &LockId,
    time: Duration,
) -> Vec<u8> {
    let seconds = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0))
        .min(LOCK_SECONDS_MAX);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let until = format!("1899-12-30T{hours:02}:{minutes:02}:{:02}", seconds % 60);
    let mut query = command("LockOrder");
    query
        .attribute("lockTime", &until)
        .attribute("lockguid", &braced(&lock.0));
    reference_order(&mut query, guid);
    if settings.lock_with_station {
        reference_code(&mut query, "Station", &settings.station_code);
    }
    query.finish()
}

/// `CalcOrder3` with what each currency is to pay.
pub(super) fn calculation(settings: &Settings, sale: &Sale) -> Result<Vec<u8>, Problem> {
    let mut query = command("CalcOrder3");
    reference_order(&mut query, &sale.order);
    reference_code(&mut query, "Station", &settings.station_code);
    reference_code(&mut query, "Cashier", &settings.cashier_code);
    query.open("Payments");
    for (code, amount) in sums(settings, sale)? {
        query
            .open("Pay")
            .attribute("code", code)
            .attribute("amount", &amount.kopecks().to_string())
            .close();
    }
    Ok(query.finish())
}

/// `CalcOrder3` of an order that nobody has said yet how to pay: r_keeper lists what it takes.
pub(super) fn calculation_of(settings: &Settings, order: &OrderGuid) -> Vec<u8> {
    let mut query = command("CalcOrder3");
    reference_order(&mut query, order);
    reference_code(&mut query, "Station", &settings.station_code);
    reference_code(&mut query, "Cashier", &settings.cashier_code);
    query.open("Payments");
    query.finish()
}

/// `PayOrder` with one payment per leg. It prints the receipt and closes the order.
pub(super) fn payment(
    settings: &Settings,
    sale: &Sale,
    lock: &LockId,
    licence: Option<(&Info, &Ticket)>,
) -> Result<Vec<u8>, Problem> {
    paying("PayOrder", settings, sale, lock, licence)
}

/// The payments of the legs, in a command that takes them all or none: `PayOrder`, `IntentPayOrder`.
pub(super) fn paying(
    name: &str,
    settings: &Settings,
    sale: &Sale,
    lock: &LockId,
    licence: Option<(&Info, &Ticket)>,
) -> Result<Vec<u8>, Problem> {
    check(sale)?;
    let mut query = command(name);
    query.attribute("lockguid", &braced(&lock.0));
    if let Some((info, ticket)) = licence {
        info::write(&mut query, info, ticket);
    }
    reference_order(&mut query, &sale.order);
    reference_code(&mut query, "Station", &settings.station_code);
    reference_code(&mut query, "Cashier", &settings.cashier_code);
    for leg in &sale.legs {
        query
            .open("Payment")
            .attribute("code", currency(settings, leg)?)
            .attribute("amount", &leg.amount.kopecks().to_string())
            .attribute("cardCode", leg.uid.reveal())
            .attribute("extTransactionInfo", &sale.marker(leg))
            .close();
    }
    Ok(query.finish())
}

/// `SaveOrder` with one prepayment per leg; the order stays open. Each arrival adds them anew, unless
/// a licence counts it: without one it is never sent twice. Never with a `uni`, which would overwrite another package.
pub(super) fn prepayment(
    settings: &Settings,
    sale: &Sale,
    lock: &LockId,
    licence: Option<(&Info, &Ticket)>,
) -> Result<Vec<u8>, Problem> {
    check(sale)?;
    let mut query = command("SaveOrder");
    query.attribute("lockguid", &braced(&lock.0));
    if let Some((info, ticket)) = licence {
        info::write(&mut query, info, ticket);
    }
    reference_order(&mut query, &sale.order);
    query.open("Session");
    reference_code(&mut query, "Station", &settings.station_code);
    for leg in &sale.legs {
        query
            .open("Prepay")
            .attribute("code", currency(settings, leg)?)
            .attribute("amount", &leg.amount.kopecks().to_string())
            .attribute("cardCode", leg.uid.reveal())
            .attribute("extTransactionInfo", &sale.marker(leg));
        if let Some(reason) = &settings.prepay_reason {
            reference_code(&mut query, "Reason", reason);
        }
        query.close();
    }
    Ok(query.finish())
}

/// What each currency is to pay, in the order of the legs.
pub(super) fn sums<'a>(
    settings: &'a Settings,
    sale: &Sale,
) -> Result<Vec<(&'a str, Money)>, Problem> {
    let mut sums: Vec<(&str, Money)> = Vec::new();
    for leg in &sale.legs {
        let code = currency(settings, leg)?;
        match sums.iter_mut().find(|(known, _)| *known == code) {
            Some((_, sum)) => {
                *sum = sum
                    .checked_add(leg.amount)
                    .ok_or_else(|| Problem::own(Reason::SplitInvalid, "the sum is too large"))?;
            }
            None => sums.push((code, leg.amount)),
        }
    }
    Ok(sums)
}

/// More than is due is never sent: what r_keeper does with it is not documented.
pub(super) fn check(sale: &Sale) -> Result<(), Problem> {
    let sum = Money::total(sale.legs.iter().map(|leg| leg.amount));
    if sum != Some(sale.due) || sale.legs.iter().any(|leg| !leg.amount.is_positive()) {
        return Err(Problem::own(
            Reason::SplitInvalid,
            format!("the legs do not add up to {}", sale.due),
        ));
    }
    Ok(())
}

/// The currency that stands for the leg's kind of account.
pub(super) fn currency<'a>(settings: &'a Settings, leg: &Leg) -> Result<&'a str, Problem> {
    settings.currencies.of(leg.kind).ok_or_else(|| {
        Problem::own(
            Reason::ConfigIncomplete,
            format!(
                "no r_keeper currency is set for accounts of kind {} («{}»)",
                leg.kind.word(),
                leg.account_name
            ),
        )
    })
}

/// A query of one command, its element still open.
pub(super) fn command(name: &str) -> Document {
    let mut query = Document::declared();
    query.open("RK7Query").open("RK7CMD").attribute("CMD", name);
    query
}

pub(super) fn reference_order(query: &mut Document, guid: &OrderGuid) {
    query
        .open("Order")
        .attribute("guid", &braced(&guid.0))
        .close();
}

pub(super) fn reference_code(query: &mut Document, element: &'static str, code: &str) {
    query.open(element).attribute("code", code).close();
}

/// A GUID as the schema wants it: upper case, in braces.
pub(super) fn braced(guid: &str) -> String {
    let bare = guid.trim().trim_start_matches('{').trim_end_matches('}');
    format!("{{{}}}", bare.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sale, settings};
    use super::*;

    const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

    fn text(bytes: Vec<u8>) -> String {
        let text = String::from_utf8(bytes).unwrap();
        text.strip_prefix(DECLARATION).unwrap().replace('"', "'")
    }

    fn guid() -> OrderGuid {
        OrderGuid("{8C9E446E-0000-4000-8000-000000000001}".to_owned())
    }

    fn lock_id() -> LockId {
        LockId("0198c0de-0000-7000-8000-00000000000a".to_owned())
    }

    #[test]
    fn reads() {
        assert_eq!(
            text(system_info()),
            "<RK7Query><RK7CMD CMD='GetSystemInfo2'/></RK7Query>"
        );
        assert_eq!(
            text(order_list(17)),
            "<RK7Query><RK7CMD CMD='GetOrderList2' onlyOpened='1' lastversion='17'/></RK7Query>"
        );
        let wanted = "<RK7Query><RK7CMD CMD='GetOrder'>\
             <Order guid='{8C9E446E-0000-4000-8000-000000000001}'/></RK7CMD></RK7Query>";
        assert_eq!(text(order(&guid())), wanted);
        // As a person may write it.
        let bare = OrderGuid("8c9e446e-0000-4000-8000-000000000001".to_owned());
        assert_eq!(text(order(&bare)), wanted);
    }

    #[test]
    fn a_lock_says_its_time_as_a_delphi_date() {
        for (time, wanted) in [
            (Duration::from_mins(2), "00:02:00"),
            (Duration::from_millis(1), "00:00:01"),
            (Duration::from_millis(59_001), "00:01:00"),
            (Duration::from_secs(3 * 3600 + 62), "03:01:02"),
            (Duration::MAX, "23:59:59"),
            (Duration::ZERO, "00:00:00"),
        ] {
            let mut settings = settings("http://till.invalid");
            for (named, station) in [(true, "<Station code='1'/>"), (false, "")] {
                settings.lock_with_station = named;
                assert_eq!(
                    text(lock(&settings, &guid(), &lock_id(), time)),
                    format!(
                        "<RK7Query><RK7CMD CMD='LockOrder' lockTime='1899-12-30T{wanted}' \
                         lockguid='{{0198C0DE-0000-7000-8000-00000000000A}}'>\
                         <Order guid='{{8C9E446E-0000-4000-8000-000000000001}}'/>{station}\
                         </RK7CMD></RK7Query>"
                    )
                );
            }
        }
    }

    #[test]
    fn a_payment_has_a_line_per_leg_and_a_calculation_one_per_currency() {
        let (settings, sale) = (settings("http://till.invalid"), sale());
        assert_eq!(
            text(payment(&settings, &sale, &lock_id(), None).unwrap()),
            "<RK7Query><RK7CMD CMD='PayOrder' lockguid='{0198C0DE-0000-7000-8000-00000000000A}'>\
             <Order guid='{8C9E446E-0000-4000-8000-000000000001}'/>\
             <Station code='1'/><Cashier code='&lt;5&gt; Рога &amp; Копыта &quot;А&quot;'/>\
             <Payment code='11' amount='100000' cardCode='04A1B2C3' \
             extTransactionInfo='0198c0de-0000-7000-8000-000000000001/1'/>\
             <Payment code='12' amount='25000' cardCode='04A1B2C3' \
             extTransactionInfo='0198c0de-0000-7000-8000-000000000001/2'/>\
             <Payment code='11' amount='60000' cardCode='04D4E5F6' \
             extTransactionInfo='0198c0de-0000-7000-8000-000000000001/3'/>\
             </RK7CMD></RK7Query>"
        );
        assert_eq!(
            text(calculation(&settings, &sale).unwrap()),
            "<RK7Query><RK7CMD CMD='CalcOrder3'>\
             <Order guid='{8C9E446E-0000-4000-8000-000000000001}'/>\
             <Station code='1'/><Cashier code='&lt;5&gt; Рога &amp; Копыта &quot;А&quot;'/>\
             <Payments><Pay code='11' amount='160000'/><Pay code='12' amount='25000'/></Payments>\
             </RK7CMD></RK7Query>"
        );
    }

    #[test]
    fn a_part_is_a_prepayment_per_leg() {
        let (settings, sale) = (settings("http://till.invalid"), sale());
        assert_eq!(
            text(prepayment(&settings, &sale, &lock_id(), None).unwrap()),
            "<RK7Query><RK7CMD CMD='SaveOrder' lockguid='{0198C0DE-0000-7000-8000-00000000000A}'>\
             <Order guid='{8C9E446E-0000-4000-8000-000000000001}'/>\
             <Session><Station code='1'/>\
             <Prepay code='11' amount='100000' cardCode='04A1B2C3' \
             extTransactionInfo='0198c0de-0000-7000-8000-000000000001/1'><Reason code='3'/></Prepay>\
             <Prepay code='12' amount='25000' cardCode='04A1B2C3' \
             extTransactionInfo='0198c0de-0000-7000-8000-000000000001/2'><Reason code='3'/></Prepay>\
             <Prepay code='11' amount='60000' cardCode='04D4E5F6' \
             extTransactionInfo='0198c0de-0000-7000-8000-000000000001/3'><Reason code='3'/></Prepay>\
             </Session></RK7CMD></RK7Query>"
        );
    }

    #[test]
    fn a_payment_that_is_not_exact_is_not_written() {
        let mut more = sale();
        more.legs[0].amount = Money::from_kopecks(100_001);
        let mut negative = sale();
        negative.legs[0].amount = Money::from_kopecks(185_000);
        negative.legs[2].amount = Money::from_kopecks(-25_000);
        for sale in [more, negative] {
            let problem =
                payment(&settings("http://till.invalid"), &sale, &lock_id(), None).unwrap_err();
            assert_eq!(problem.reason, Reason::SplitInvalid);
        }
    }

    #[test]
    fn a_kind_without_a_currency_is_named() {
        let mut settings = settings("http://till.invalid");
        settings.currencies.bonus = None;
        let problem = payment(&settings, &sale(), &lock_id(), None).unwrap_err();
        assert_eq!(problem.reason, Reason::ConfigIncomplete);
        assert!(problem.detail.contains("bonus («Бонусы»)"), "{problem}");
        assert_eq!(calculation(&settings, &sale()).unwrap_err(), problem);
    }
}
