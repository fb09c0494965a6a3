//! The errors of r_keeper that a `refuse` fault can order, by number, component or word. Written down
//! anew from the sources, not taken from the client.

use super::answer::{Refusal, Status};

/// One error.
struct Known {
    /// The fault's `arg`.
    arg: &'static str,
    status: Status,
    number: Option<i64>,
    component: Option<&'static str>,
    text: &'static str,
}

const fn numbered(arg: &'static str, number: i64, text: &'static str) -> Known {
    Known {
        arg,
        status: Status::ExecutingError,
        number: Some(number),
        component: None,
        text,
    }
}

const fn component(arg: &'static str, number: i64, text: &'static str) -> Known {
    Known {
        component: Some(arg),
        ..numbered(arg, number, text)
    }
}

const fn worded(arg: &'static str, status: Status, text: &'static str) -> Known {
    Known {
        arg,
        status,
        number: None,
        component: None,
        text,
    }
}

const KNOWN: &[Known] = &[
    numbered("2101", 2101, "Сотрудник уже зарегистрирован"),
    numbered("2102", 2102, "Неправильный код пользователя или пароль"),
    numbered("2128", 2128, "Визит 1001 закрыт!"),
    numbered(
        "2129",
        2129,
        "Визит 1001 не может быть завершён. Заказ 1001.256 заблокирован станцией Касса 2",
    ),
    numbered(
        "2133",
        2133,
        "Общая смена 1 была открыта слишком давно. Нужно закрыть",
    ),
    numbered("2142", 2142, "Персональное ограничение для Admin"),
    Known {
        status: Status::ParseError,
        ..numbered(
            "2172",
            2172,
            "UCSERR(2172): В данный момент закрывается общая смена",
        )
    },
    numbered(
        "2219",
        2219,
        "Не получается заблокировать. Заказ заблокирован другим ключом блокировки \
         (станция Касса 2, оператор 8)",
    ),
    numbered("3373", 3373, "Недостаточно денег для полной оплаты заказа"),
    numbered("3383", 3383, "У причины «Отказ» нет нужного флага"),
    numbered("3444", 3444, "Количество гостей не может быть равно нулю"),
    numbered("3813", 3813, "Карта не найдена"),
    numbered("5304", 5304, "Инстанс лицензии не найден"),
    numbered(
        "5305",
        5305,
        "В инстансе неверно заполнен атрибут SeqNumber. Атрибут должен именить значение из \
         множества [1, 2].",
    ),
    numbered("5310", 5310, "SeqNumber должен быть увеличен."),
    component("Printer", 3901, "Нет бумаги"),
    component("Authorization terminal", 3902, "Нет связи с терминалом"),
    component("PDS", 3903, "Нет связи с карточной системой"),
    component("Rights", 3904, "Недостаточно прав"),
    worded(
        "licence",
        Status::ExecutingError,
        "License check: no write licence",
    ),
    worded("anchor", Status::ExecutingError, "Bad license anchor"),
    worded(
        "child",
        Status::BadParameters,
        "Error: child element \"Order\" not found",
    ),
    worded(
        "attribute",
        Status::BadParameters,
        "Attribute RK7CMD/@CMD is not found",
    ),
    worded(
        "integer",
        Status::BadParameters,
        "Bad integer attribute RK7CMD/@lastversion value: \"true\"",
    ),
    worded("empty", Status::ParseError, "Empty input XML"),
    worded(
        "encoding",
        Status::ParseError,
        "Sort collection \"Attributes\": Required value is null",
    ),
    worded(
        "reference",
        Status::ExecutingError,
        "Не найден элемент 77 в коллекции Employees",
    ),
    worded(
        "flag",
        Status::ExecutingError,
        "У причины «Отказ» нет флага 'При удалении чека'",
    ),
    worded(
        "sbp",
        Status::ExecutingError,
        "СБП оплата с гуид {0198C0DE-0000-7000-8000-000000000001} не найдена",
    ),
    // What no source tells of.
    numbered("9999", 9999, "Неизвестная ошибка"),
    worded("words", Status::ExecutingError, "Что-то случилось"),
    worded("written", Status::WritingError, "Ошибка записи ответа"),
    worded("started", Status::Started, ""),
];

/// The error that `arg` names; without one, or with one that is not known, too little money.
pub(super) fn ordered(arg: Option<&str>) -> Refusal {
    let named = |arg: &str| KNOWN.iter().find(|own| own.arg == arg);
    let Some(known) = arg.and_then(named) else {
        let number = arg.and_then(|arg| arg.parse().ok()).unwrap_or(3373);
        let text = match number {
            3373 => "Недостаточно денег для полной оплаты заказа",
            _ => "Ошибка",
        };
        return Refusal::numbered(number, text.to_owned());
    };
    Refusal {
        status: known.status,
        number: known.number,
        text: known.text.to_owned(),
        component: known.component,
    }
}

/// What a site that speaks English may say instead; made up.
pub(super) fn english(refusal: &Refusal) -> String {
    if refusal.text.is_ascii() {
        // The protocol's own words are English everywhere.
        return refusal.text.clone();
    }
    let text = match refusal.number {
        Some(2128) => "The visit is closed!",
        Some(2172) => "UCSERR(2172): The common shift is being closed",
        Some(2219) => {
            "The order cannot be locked: it is locked by another key (station BAR, operator 8)"
        }
        Some(3373) => "Not enough money to pay the order",
        Some(_) | None => "Error",
    };
    text.to_owned()
}
