use super::table::Source;
use super::*;

fn failure(status: Status, number: Option<u32>, component: &str, text: &str) -> Failure {
    Failure {
        status,
        number,
        components: vec![component.to_owned()],
        text: text.to_owned(),
    }
}

#[test]
fn every_number() {
    for (number, reason, weight) in [
        (2102, Reason::AccessDenied, Weight::Refused),
        (2128, Reason::OrderClosed, Weight::Refused),
        (2129, Reason::OrderLocked, Weight::Unknown),
        (2133, Reason::ShiftTooLong, Weight::Refused),
        (2142, Reason::PersonalLimit, Weight::Refused),
        (2172, Reason::ShiftClosing, Weight::NotDone),
        (2219, Reason::OrderLocked, Weight::Refused),
        (3373, Reason::SumMismatch, Weight::Refused),
        (3383, Reason::ConfigIncomplete, Weight::Refused),
        (5304, Reason::LicenceNumber, Weight::Refused),
        (5305, Reason::LicenceNumber, Weight::Refused),
        (5310, Reason::LicenceNumber, Weight::Refused),
        // Of commands that are not sent.
        (2101, Reason::ServerRefused, Weight::Unknown),
        (3444, Reason::ServerRefused, Weight::Unknown),
        (3813, Reason::CardSystemRefused, Weight::Unknown),
        // Not in the table.
        (9999, Reason::ServerRefused, Weight::Unknown),
    ] {
        let failure = failure(Status::QueryExecutingError, Some(number), "", "…");
        assert_eq!(meaning(&failure), (reason, weight), "{number}");
    }
    assert_eq!(NUMBERS.len(), 15);
}

#[test]
fn every_status() {
    for (status, number, reason, weight) in [
        (
            Status::QueryParseError,
            None,
            Reason::ServerRefused,
            Weight::Refused,
        ),
        (
            Status::QueryParseError,
            Some(2172),
            Reason::ShiftClosing,
            Weight::NotDone,
        ),
        (
            Status::BadQueryParameters,
            Some(9999),
            Reason::ServerRefused,
            Weight::Refused,
        ),
        (
            Status::QueryExecutingError,
            None,
            Reason::ServerRefused,
            Weight::Unknown,
        ),
        (
            Status::ResultWritingError,
            Some(2128),
            Reason::AnswerLost,
            Weight::Unknown,
        ),
        (
            Status::ExecutionStarted,
            None,
            Reason::AnswerNotUnderstood,
            Weight::Unknown,
        ),
        (
            Status::Unheard,
            Some(2128),
            Reason::AnswerNotUnderstood,
            Weight::Unknown,
        ),
        (
            Status::Ok,
            Some(2128),
            Reason::AnswerNotUnderstood,
            Weight::Unknown,
        ),
        (
            Status::NoChanges,
            Some(1),
            Reason::AnswerNotUnderstood,
            Weight::Unknown,
        ),
    ] {
        let failure = failure(status, number, "", "");
        assert_eq!(meaning(&failure), (reason, weight), "{status:?} {number:?}");
    }
}

#[test]
fn a_component_says_more_than_a_number() {
    for (component, number, reason, weight) in [
        (
            "Printer",
            Some(3373),
            Reason::PrinterFailed,
            Weight::Unknown,
        ),
        ("Printer", None, Reason::PrinterFailed, Weight::Unknown),
        (
            "Authorization terminal",
            Some(2128),
            Reason::TerminalFailed,
            Weight::Unknown,
        ),
        ("PDS", None, Reason::CardSystemRefused, Weight::Unknown),
        ("Rights", Some(9999), Reason::RightsMissing, Weight::Refused),
        ("News", Some(3373), Reason::SumMismatch, Weight::Refused),
    ] {
        let failure = failure(Status::QueryExecutingError, number, component, "");
        assert_eq!(meaning(&failure), (reason, weight), "{component}");
    }
    let both = Failure {
        components: vec!["Rights".to_owned(), "Printer".to_owned()],
        ..failure(Status::QueryExecutingError, None, "", "")
    };
    assert_eq!(meaning(&both), (Reason::PrinterFailed, Weight::Unknown));
}

#[test]
fn every_text() {
    for (text, reason, weight) in [
        (
            "Error in License check",
            Reason::LicenceMissing,
            Weight::Refused,
        ),
        (
            "Bad license anchor",
            Reason::LicenceMissing,
            Weight::Refused,
        ),
        (
            "Нет лицензии на запись",
            Reason::LicenceMissing,
            Weight::Unknown,
        ),
        (
            "Licence has expired",
            Reason::LicenceMissing,
            Weight::Unknown,
        ),
        (
            "Error: child element \"Order\" not found",
            Reason::RequestNotUnderstood,
            Weight::Unknown,
        ),
        (
            "Unknown command PayOrder",
            Reason::RequestNotUnderstood,
            Weight::Unknown,
        ),
        (
            "Attribute RK7CMD/@lockguid is not found",
            Reason::RequestNotUnderstood,
            Weight::Unknown,
        ),
        (
            "Bad integer attribute RK7CMD/@x value: \"true\"",
            Reason::RequestNotUnderstood,
            Weight::Unknown,
        ),
        (
            "Empty input XML",
            Reason::RequestNotUnderstood,
            Weight::Unknown,
        ),
        (
            "Sort collection \"A\": Required value is null",
            Reason::RequestNotUnderstood,
            Weight::Unknown,
        ),
        (
            "СБП оплата с гуид {…} не найдена",
            Reason::ServerRefused,
            Weight::Unknown,
        ),
        (
            "Не найден элемент 77 в коллекции Employees",
            Reason::ConfigIncomplete,
            Weight::Refused,
        ),
        (
            "Не найден элемент {…} в коллекции Orders",
            Reason::OrderNotFound,
            Weight::Unknown,
        ),
        (
            "Не найден элемент 12 в коллекции Visits",
            Reason::OrderNotFound,
            Weight::Unknown,
        ),
        (
            "У причины «Отказ» нет флага 'При удалении чека'",
            Reason::ConfigIncomplete,
            Weight::Refused,
        ),
        ("Заказ не найден", Reason::OrderNotFound, Weight::Unknown),
        ("Визит 12 не найден", Reason::OrderNotFound, Weight::Unknown),
        ("Order not found", Reason::OrderNotFound, Weight::Unknown),
        ("Visit 5 not found", Reason::OrderNotFound, Weight::Unknown),
        ("Что-то случилось", Reason::ServerRefused, Weight::Unknown),
    ] {
        let failure = failure(Status::QueryExecutingError, None, "", text);
        assert_eq!(meaning(&failure), (reason, weight), "{text}");
    }
}

#[test]
fn the_same_failure_for_a_read_a_lock_and_a_payment() {
    let gone = failure(Status::QueryExecutingError, None, "", "Заказ не найден");
    let problem = Problem::of(Server::Rkeeper, Reason::OrderNotFound, "Заказ не найден");
    assert_eq!(of_read(&gone), ReadError::Refused(problem.clone()));
    assert_eq!(of_lock::<()>(&gone), Reply::Refused(problem.clone()));
    assert_eq!(of_payment::<()>(&gone), Reply::Unknown(problem));

    let begun = failure(Status::ExecutionStarted, None, "", "");
    assert!(matches!(of_read(&begun), ReadError::Failed(_)));
    assert!(matches!(of_lock::<()>(&begun), Reply::Unknown(_)));

    let closing = failure(Status::QueryParseError, Some(2172), "", "Смена");
    let Reply::NotDone(problem) = of_payment::<()>(&closing) else {
        panic!("not done is not done");
    };
    assert_eq!(problem.detail, "Смена (RK7ErrorN 2172)");
    assert!(matches!(of_read(&closing), ReadError::Refused(_)));
}

#[test]
fn who_has_the_order_goes_with_the_refusal() {
    let text = "Не получается заблокировать. Заказ заблокирован другим ключом блокировки \
                (станция RK7CASH001, оператор 7)";
    let locked = failure(Status::QueryExecutingError, Some(2219), "", text);
    let Reply::Refused(problem) = of_lock::<()>(&locked) else {
        panic!("not refused");
    };
    let holder = problem.holder.unwrap();
    assert_eq!(holder.station.as_deref(), Some("RK7CASH001"));
    assert_eq!(holder.person.as_deref(), Some("7"));
    assert!(problem.detail.contains("RK7ErrorN 2219"));
    // Brackets of another error are nobody's name.
    let short = failure(
        Status::QueryExecutingError,
        Some(3373),
        "",
        "Недостаточно денег (станция RK7CASH001)",
    );
    let Reply::Refused(problem) = of_payment::<()>(&short) else {
        panic!("not refused");
    };
    assert_eq!(problem.holder, None);
}

/// The sentences of a language, by the reason's code.
fn sentences(locale: &str) -> toml::Table {
    let mut locale: toml::Table = locale.parse().unwrap();
    let Some(toml::Value::Table(sentences)) = locale.remove("reason") else {
        panic!("no sentences");
    };
    sentences
}

/// The list as it must stand in the docs.
fn list() -> String {
    let english = sentences(include_str!("../../../assets/locales/en.toml"));
    let weight = |weight: Weight| match weight {
        Weight::Refused => "refused",
        Weight::NotDone => "not done",
        Weight::Unknown => "not known",
    };
    let source = |source: Source| match source {
        Source::Live => "live",
        Source::Answer => "answer",
        Source::Clients => "clients",
        Source::Schema => "schema",
        Source::Guess => "guess",
    };
    let line = |key: String, words: &str, reason: Reason, own: Weight, seen: Source| {
        let sentence = english[reason.code()].as_str().unwrap();
        format!(
            "| {key} | {words} | {} | {} | {sentence} |\n",
            weight(own),
            source(seen)
        )
    };
    let head = |first: &str| {
        format!(
            "| {first} | r_keeper's words | taken for | seen | the cashier is told |\n|---|---|---|---|---|\n"
        )
    };
    let mut list = head("RK7ErrorN");
    for row in NUMBERS {
        let key = row.key.to_string();
        list += &line(key, row.words, row.reason, row.weight, row.source);
    }
    list += "\n";
    list += &head("Component");
    for row in COMPONENTS {
        let key = format!("`{}`", row.key);
        list += &line(key, row.words, row.reason, row.weight, row.source);
    }
    list += "\n";
    list += &head("without a number");
    for row in TEXTS {
        let key = format!("`{}`", row.key.join("` … `"));
        list += &line(key, row.words, row.reason, row.weight, row.source);
    }
    list
}

#[test]
fn the_list_in_the_docs_is_the_table() {
    let docs = include_str!("../../../docs/rkeeper.md");
    let (_, rest) = docs
        .split_once("<!-- errors: the table of the code -->\n")
        .unwrap();
    let (written, _) = rest.split_once("<!-- end of errors -->").unwrap();
    let wanted = list();
    assert!(written == wanted, "docs/rkeeper.md must say:\n{wanted}");
}

/// What is found by its words is found by those that the list shows.
#[test]
fn the_words_of_the_list_are_recognised() {
    for row in TEXTS {
        let failure = failure(Status::QueryExecutingError, None, "", row.words);
        assert_eq!(meaning(&failure), (row.reason, row.weight), "{}", row.words);
    }
    for row in NUMBERS {
        let once = NUMBERS.iter().filter(|own| own.key == row.key).count();
        assert_eq!(once, 1, "{}", row.key);
    }
}

/// Whoever reads a sentence about r_keeper is told what to do, in both languages.
#[test]
fn every_error_has_a_sentence_in_both_languages() {
    for locale in [
        include_str!("../../../assets/locales/ru.toml"),
        include_str!("../../../assets/locales/en.toml"),
    ] {
        let sentences = sentences(locale);
        let reasons = NUMBERS.iter().map(|row| row.reason);
        let reasons = reasons.chain(COMPONENTS.iter().map(|row| row.reason));
        for reason in reasons.chain(TEXTS.iter().map(|row| row.reason)) {
            let sentence = sentences[reason.code()].as_str().unwrap();
            assert!(!sentence.is_empty(), "{reason}");
        }
    }
}
