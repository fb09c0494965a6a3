//! Every error of r_keeper that a public source tells of, and what it means for us. The list in
//! `docs/rkeeper.md` is this table; a test compares them.

use crate::payment::reason::Reason;

use super::Weight;
use Weight::{NotDone, Refused, Unknown};

/// r_keeper's licence does not know the installation; its count begins at 0.
pub(in super::super) const INSTANCE_UNKNOWN: u32 = 5304;

/// Who saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A third party, on a 7.26.8 server.
    Live,
    /// A whole answer of a server, in somebody's program or documentation.
    Answer,
    /// Public client programs.
    Clients,
    /// The vendor's schema.
    Schema,
    /// Nobody: guessed after words of the same kind.
    Guess,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "words and source are for the list in the docs, which a test compares"
    )
)]
pub(super) struct Row<Key> {
    /// By what it is recognised.
    pub key: Key,
    /// In which words it comes, shortened; of `Component` what failed.
    pub words: &'static str,
    /// What it is taken for.
    pub reason: Reason,
    /// How sure it is that nothing happened.
    pub weight: Weight,
    /// Who saw it.
    pub source: Source,
}

const fn row<Key: Copy>(
    key: Key,
    words: &'static str,
    reason: Reason,
    weight: Weight,
    source: Source,
) -> Row<Key> {
    Row {
        key,
        words,
        reason,
        weight,
        source,
    }
}

/// By `RK7ErrorN`. Numbers of commands that this program never sends are here for their words; as an
/// answer to one that it sends they would prove nothing.
pub(super) const NUMBERS: &[Row<u32>] = &[
    row(
        2101,
        "уже зарегистрирован (RegisterEmployee)",
        Reason::ServerRefused,
        Unknown,
        Source::Clients,
    ),
    row(
        2102,
        "Неправильный код пользователя или пароль",
        Reason::AccessDenied,
        Refused,
        Source::Live,
    ),
    row(
        2128,
        "Визит N закрыт!",
        Reason::OrderClosed,
        Refused,
        Source::Answer,
    ),
    // Seen of CloseVisit: a payment that answers this may have got as far as closing the visit.
    row(
        2129,
        "Визит … не может быть завершён. Заказ … заблокирован станцией",
        Reason::OrderLocked,
        Unknown,
        Source::Live,
    ),
    row(
        2133,
        "Общая смена N была открыта слишком давно. Нужно закрыть",
        Reason::ShiftTooLong,
        Refused,
        Source::Live,
    ),
    row(
        2142,
        "Персональное ограничение для …",
        Reason::PersonalLimit,
        Refused,
        Source::Live,
    ),
    row(
        2172,
        "UCSERR(2172): В данный момент закрывается общая смена",
        Reason::ShiftClosing,
        NotDone,
        Source::Live,
    ),
    row(
        2219,
        "Не получается заблокировать. Заказ заблокирован другим ключом блокировки (станция …, оператор …)",
        Reason::OrderLocked,
        Refused,
        Source::Live,
    ),
    // Nothing is paid.
    row(
        3373,
        "Недостаточно денег для полной оплаты заказа",
        Reason::SumMismatch,
        Refused,
        Source::Live,
    ),
    // Seen of CorrectIntentReceipt.
    row(
        3383,
        "у причины нет нужного флага",
        Reason::ConfigIncomplete,
        Refused,
        Source::Live,
    ),
    row(
        3444,
        "Количество гостей не может быть равно нулю (CreateOrder)",
        Reason::ServerRefused,
        Unknown,
        Source::Live,
    ),
    // What the card system had done before it said so is not known.
    row(
        3813,
        "слова карточной системы: карта ей неизвестна",
        Reason::CardSystemRefused,
        Unknown,
        Source::Live,
    ),
    row(
        INSTANCE_UNKNOWN,
        "экземпляр лицензии не найден",
        Reason::LicenceNumber,
        Refused,
        Source::Clients,
    ),
    row(
        5305,
        "В инстансе неверно заполнен атрибут SeqNumber …",
        Reason::LicenceNumber,
        Refused,
        Source::Clients,
    ),
    row(
        5310,
        "SeqNumber должен быть увеличен.",
        Reason::LicenceNumber,
        Refused,
        Source::Clients,
    ),
];

/// By `Component` of the error stack. Behind a printer or a terminal part of the payment may stand.
pub(super) const COMPONENTS: &[Row<&str>] = &[
    row(
        "Printer",
        "принтер чеков",
        Reason::PrinterFailed,
        Unknown,
        Source::Schema,
    ),
    row(
        "Authorization terminal",
        "банковский терминал",
        Reason::TerminalFailed,
        Unknown,
        Source::Schema,
    ),
    row(
        "PDS",
        "карточная система",
        Reason::CardSystemRefused,
        Unknown,
        Source::Schema,
    ),
    row(
        "Rights",
        "права сотрудника",
        Reason::RightsMissing,
        Refused,
        Source::Schema,
    ),
];

/// By words, where no number says it: every part must be in the text, whose letters are made small
/// first. The first row that fits counts.
pub(super) const TEXTS: &[Row<&[&str]>] = &[
    row(
        &["license check"],
        "License check …",
        Reason::LicenceMissing,
        Refused,
        Source::Clients,
    ),
    row(
        &["bad license anchor"],
        "Bad license anchor",
        Reason::LicenceMissing,
        Refused,
        Source::Live,
    ),
    // Our markup is not this version's. Which status comes with these is not known, and none of them
    // may be taken for a missing order.
    row(
        &["unknown command"],
        "Unknown command X",
        Reason::RequestNotUnderstood,
        Unknown,
        Source::Live,
    ),
    row(
        &["child element"],
        "Error: child element \"X\" not found",
        Reason::RequestNotUnderstood,
        Unknown,
        Source::Live,
    ),
    row(
        &["attribute", "is not found"],
        "Attribute RK7CMD/@x is not found",
        Reason::RequestNotUnderstood,
        Unknown,
        Source::Live,
    ),
    row(
        &["bad integer attribute"],
        "Bad integer attribute … value: \"…\"",
        Reason::RequestNotUnderstood,
        Unknown,
        Source::Live,
    ),
    row(
        &["empty input xml"],
        "Empty input XML",
        Reason::RequestNotUnderstood,
        Unknown,
        Source::Live,
    ),
    row(
        &["required value is null"],
        "Sort collection … Required value is null (запрос не в UTF-8)",
        Reason::RequestNotUnderstood,
        Unknown,
        Source::Live,
    ),
    row(
        &["нет флага"],
        "нет флага 'При удалении чека'",
        Reason::ConfigIncomplete,
        Refused,
        Source::Live,
    ),
    // A parameter of the site forbids it, in the words of the parameter (so seen of PrintBill).
    row(
        &["чек", "намерени"],
        "… чек намерения …, Печатать пречек с чеком намерения",
        Reason::IntentReceiptWanted,
        Refused,
        Source::Guess,
    ),
    row(
        &["intent", "receipt"],
        "… intent receipt …",
        Reason::IntentReceiptWanted,
        Refused,
        Source::Guess,
    ),
    row(
        &["сбп", "не найдена"],
        "СБП оплата с гуид … не найдена (CancelSbpPay)",
        Reason::ServerRefused,
        Unknown,
        Source::Live,
    ),
    // No such order. Unknown, since the order of a payment whose answer was lost is gone as well
    // once the shift is closed.
    row(
        &["не найден", "коллекции orders"],
        "Не найден элемент N в коллекции Orders",
        Reason::OrderNotFound,
        Unknown,
        Source::Guess,
    ),
    row(
        &["не найден", "коллекции visits"],
        "Не найден элемент N в коллекции Visits",
        Reason::OrderNotFound,
        Unknown,
        Source::Guess,
    ),
    row(
        &["не найден", "заказ"],
        "Заказ не найден",
        Reason::OrderNotFound,
        Unknown,
        Source::Guess,
    ),
    row(
        &["не найден", "визит"],
        "Визит не найден",
        Reason::OrderNotFound,
        Unknown,
        Source::Guess,
    ),
    row(
        &["not found", "order"],
        "Order not found",
        Reason::OrderNotFound,
        Unknown,
        Source::Guess,
    ),
    row(
        &["not found", "visit"],
        "Visit not found",
        Reason::OrderNotFound,
        Unknown,
        Source::Guess,
    ),
    // A station, cashier or currency of the config that r_keeper does not have.
    row(
        &["не найден", "в коллекции"],
        "Не найден элемент N в коллекции Employees",
        Reason::ConfigIncomplete,
        Refused,
        Source::Live,
    ),
    row(
        &["лиценз"],
        "… лицензия …",
        Reason::LicenceMissing,
        Unknown,
        Source::Guess,
    ),
    row(
        &["licen"],
        "… licence …",
        Reason::LicenceMissing,
        Unknown,
        Source::Guess,
    ),
];
