//! What a request may say. The real server ignores what it does not know; here it is a violation.

use crate::sim::world::World;
use crate::sim::xml::Element;

/// Attributes and children that an element may have.
pub(super) struct Shape {
    attributes: &'static [&'static str],
    children: &'static [(&'static str, &'static Shape)],
}

const REFERENCE: Shape = Shape {
    attributes: &["id", "code", "guid"],
    children: &[],
};
const ORDER: Shape = Shape {
    attributes: &["guid", "visit", "orderIdent"],
    children: &[],
};
const NO_PARAMETERS: Shape = Shape {
    attributes: &["CMD"],
    children: &[],
};
const GET_ORDER_LIST: Shape = Shape {
    attributes: &[
        "CMD",
        "onlyOpened",
        "lastversion",
        "needIdents",
        "needCodes",
        "needNames",
    ],
    children: &[("Waiter", &REFERENCE), ("Table", &REFERENCE)],
};
const GET_ORDER_LIST2: Shape = Shape {
    attributes: &["CMD", "onlyOpened", "lastversion"],
    children: &[("Waiter", &REFERENCE), ("Table", &REFERENCE)],
};
const GET_ORDER: Shape = Shape {
    attributes: &["CMD"],
    children: &[("Order", &ORDER)],
};
const LOCK_ORDER: Shape = Shape {
    attributes: &["CMD", "lockTime", "lockguid"],
    children: &[
        ("Order", &ORDER),
        ("Station", &REFERENCE),
        ("Employee", &REFERENCE),
    ],
};
const CALC_PAY: Shape = Shape {
    attributes: &["id", "code", "guid", "amount"],
    children: &[],
};
const CALC_PAYMENTS: Shape = Shape {
    attributes: &[],
    children: &[("Pay", &CALC_PAY), ("Prepay", &CALC_PAY)],
};
const CALC_ORDER3: Shape = Shape {
    attributes: &["CMD", "calcBySeats", "seat"],
    children: &[
        ("Order", &ORDER),
        ("Station", &REFERENCE),
        ("Cashier", &REFERENCE),
        ("PrepayReason", &REFERENCE),
        ("Payments", &CALC_PAYMENTS),
    ],
};
const LICENCE_INSTANCE: Shape = Shape {
    attributes: &["guid", "seqNumber"],
    children: &[],
};
const LICENCE: Shape = Shape {
    attributes: &["anchor", "licenseToken"],
    children: &[("LicenseInstance", &LICENCE_INSTANCE)],
};
const PAYMENT: Shape = Shape {
    attributes: &[
        "id",
        "code",
        "guid",
        "amount",
        "basicSum",
        "cardCode",
        "extTransactionInfo",
        "TransactionStatus",
        "authtype",
        "authcode",
        "extIntegerInfo",
        "transactionNumber",
        "owner",
        "seat",
        "tipAmount",
        "terminalNumber",
    ],
    children: &[],
};
const PAY_ORDER: Shape = Shape {
    attributes: &["CMD", "lockguid", "sendtovdu", "pdsPaysTimeout"],
    children: &[
        ("LicenseInfo", &LICENCE),
        ("Order", &ORDER),
        ("Station", &REFERENCE),
        ("Cashier", &REFERENCE),
        ("ReceiptMaket", &REFERENCE),
        ("Payment", &PAYMENT),
    ],
};
/// The schema of `PayOrder` and a maket for the pre-bill.
const INTENT_PAY_ORDER: Shape = Shape {
    attributes: PAY_ORDER.attributes,
    children: &[
        ("LicenseInfo", &LICENCE),
        ("Order", &ORDER),
        ("Station", &REFERENCE),
        ("Cashier", &REFERENCE),
        ("ReceiptMaket", &REFERENCE),
        ("BillMaket", &REFERENCE),
        ("Payment", &PAYMENT),
    ],
};
/// Whether it knows `lockguid` is not documented.
const CORRECT_INTENT_RECEIPT: Shape = Shape {
    attributes: &["CMD", "lockguid", "seat"],
    children: &[
        ("Order", &ORDER),
        ("Station", &REFERENCE),
        ("Cashier", &REFERENCE),
        ("DeleteReason", &REFERENCE),
    ],
};

const PREPAY: Shape = Shape {
    attributes: &[
        "id",
        "code",
        "guid",
        "amount",
        "basicSum",
        "promised",
        "cardCode",
        "extTransactionInfo",
        "TransactionStatus",
        "authtype",
        "authcode",
        "transactionNumber",
        "owner",
    ],
    children: &[("Reason", &REFERENCE)],
};
const SESSION: Shape = Shape {
    attributes: &[],
    children: &[("Station", &REFERENCE), ("Prepay", &PREPAY)],
};
const SAVE_ORDER: Shape = Shape {
    attributes: &["CMD", "lockguid"],
    children: &[
        ("LicenseInfo", &LICENCE),
        ("Order", &ORDER),
        ("Session", &SESSION),
    ],
};
const TERMINAL_AUTH_START2: Shape = Shape {
    attributes: &["CMD", "lockguid"],
    children: &[
        ("Order", &ORDER),
        ("Station", &REFERENCE),
        ("Waiter", &REFERENCE),
        ("Prepay", &PREPAY),
    ],
};
const TERMINAL_AUTH_PAY2: Shape = Shape {
    attributes: &[
        "CMD",
        "lockguid",
        "line_guid",
        "transactionID",
        "authCode",
        "cardCode",
    ],
    children: &[],
};
const TERMINAL_AUTH_ERROR2: Shape = Shape {
    attributes: &["CMD", "lockguid", "line_guid", "errorText"],
    children: &[],
};
const LINE: Shape = Shape {
    attributes: &["line_guid"],
    children: &[],
};
const DELETE_RECEIPT_PAYMENTS: Shape = Shape {
    attributes: &["CMD", "lockguid"],
    children: &[
        ("Order", &ORDER),
        ("Manager", &REFERENCE),
        ("LockStation", &REFERENCE),
        ("Pay", &LINE),
    ],
};
const UNDO_RECEIPT: Shape = Shape {
    attributes: &["CMD", "lockguid", "ReceiptNum", "ManagerPassword"],
    children: &[
        ("Manager", &REFERENCE),
        ("Maket", &REFERENCE),
        ("DeleteReason", &REFERENCE),
    ],
};
const GET_RECEIPT_LIST: Shape = Shape {
    attributes: &["CMD", "lastversion", "line_guid"],
    children: &[("Order", &ORDER)],
};
const GET_REF_DATA: Shape = Shape {
    attributes: &[
        "CMD",
        "RefName",
        "OnlyActive",
        "PropMask",
        "RefItemIdent",
        "RefItemGUID",
        "IgnoreEnums",
        "WithChildItems",
        "WithMacroProp",
        "Offset",
        "ItemCount",
        "MaxRunMs",
    ],
    children: &[],
};
const CHECK_LICENSE: Shape = Shape {
    attributes: &["CMD", "license"],
    children: &[("Restaurant", &REFERENCE)],
};

const INSTANCE_COUNT: Shape = Shape {
    attributes: &["CMD"],
    children: &[("LicenseInfo", &LICENCE)],
};

/// What a command may say; `None` if there is no such command.
pub(super) fn shape(command: &str) -> Option<&'static Shape> {
    match command {
        "GetFunctions" | "GetSystemInfo" | "GetSystemInfo2" => Some(&NO_PARAMETERS),
        "GetOrderList" => Some(&GET_ORDER_LIST),
        "GetOrderList2" => Some(&GET_ORDER_LIST2),
        "GetOrder" => Some(&GET_ORDER),
        "LockOrder" => Some(&LOCK_ORDER),
        "CalcOrder2" | "CalcOrder3" => Some(&CALC_ORDER3),
        "PayOrder" => Some(&PAY_ORDER),
        "IntentPayOrder" => Some(&INTENT_PAY_ORDER),
        "CorrectIntentReceipt" => Some(&CORRECT_INTENT_RECEIPT),
        "SaveOrder" => Some(&SAVE_ORDER),
        "TerminalAuthStart2" => Some(&TERMINAL_AUTH_START2),
        "TerminalAuthPay2" => Some(&TERMINAL_AUTH_PAY2),
        "TerminalAuthError2" => Some(&TERMINAL_AUTH_ERROR2),
        "DeleteReceiptPayments" => Some(&DELETE_RECEIPT_PAYMENTS),
        "UndoReceipt" => Some(&UNDO_RECEIPT),
        "GetReceiptList" => Some(&GET_RECEIPT_LIST),
        "GetRefData" => Some(&GET_REF_DATA),
        "CheckLicense" => Some(&CHECK_LICENSE),
        "GetXMLLicenseInstanceSeqNumber" => Some(&INSTANCE_COUNT),
        _ => None,
    }
}

/// Records everything that the command says and the server does not understand.
pub(super) fn check(world: &mut World, command: &str, element: &Element, shape: &Shape) {
    for (name, _) in &element.attributes {
        if !shape.attributes.contains(&name.as_str()) {
            world.violation(format!(
                "rkeeper.{command}: unknown attribute {}/@{name}",
                element.name
            ));
        }
    }
    if !element.text.is_empty() {
        world.violation(format!("rkeeper.{command}: text inside {}", element.name));
    }
    for child in &element.children {
        match shape.children.iter().find(|(name, _)| *name == child.name) {
            Some((_, inner)) => check(world, command, child, inner),
            None => world.violation(format!(
                "rkeeper.{command}: unknown element {}/{}",
                element.name, child.name
            )),
        }
        let single = !matches!(child.name.as_str(), "Payment" | "Pay" | "Prepay");
        if single && element.all(&child.name).count() > 1 {
            world.violation(format!(
                "rkeeper.{command}: element {} more than once",
                child.name
            ));
        }
    }
}
