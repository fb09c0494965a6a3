//! The technician's tools for readers.

use jiff::Timestamp;

use super::screens::{SIZES, SIZES_BILL, check};
use crate::i18n::Lang;
use crate::tui::keys::Ctx;
use crate::tui::test_util::*;
use crate::tui::{
    CardSeen, CardTrouble, DeviceRow, Effect, Msg, ReaderSaw, ReaderState, ToolNews, ToolWish,
};

fn news(till: &mut Till, news: ToolNews) {
    till.send(Msg::Tools(news));
}

fn told(till: &mut Till, words: &str) {
    news(till, ToolNews::Told(words.to_owned()));
}

fn asked(till: &mut Till, words: &str) {
    news(till, ToolNews::Asked(words.to_owned()));
}

/// What the tools were asked for since it was looked last.
fn wishes(till: &mut Till) -> Vec<ToolWish> {
    till.take_effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Tools(wish) => Some(wish),
            _ => None,
        })
        .collect()
}

fn devices() -> Vec<DeviceRow> {
    let row = |node: Option<&str>, lines: &[&str]| DeviceRow {
        node: node.map(str::to_owned),
        lines: lines.iter().map(|&line| line.to_owned()).collect(),
    };
    vec![
        row(
            Some("/dev/ttyUSB0"),
            &[
                "/dev/ttyUSB0  0403:1234, серийный IL03E3BH, гнездо 1-2",
                "IronLogic Z-2 USB (ILogic)",
                "считыватель, семейство: ironlogic",
                "открыть можно",
                "в настройках: Касса",
            ],
        ),
        row(
            None,
            &[
                "–  0403:1234, гнездо 1-3",
                "IronLogic Z-2 USB",
                "нет драйвера: добавьте правила udev (limekeeper reader udev)",
            ],
        ),
        row(
            Some("/dev/ttyUSB1"),
            &[
                "/dev/ttyUSB1  1a86:7523, гнездо 1-4",
                "CH340",
                "открыть можно",
            ],
        ),
    ]
}

fn at_devices(lang: Lang) -> Till {
    let mut till = Till::ready(lang);
    till.keys("<C-r><F2>");
    till
}

#[test]
fn what_is_plugged_in_is_listed_and_one_of_it_is_learnt() {
    let mut till = at_devices(Lang::Ru);
    assert_eq!(wishes(&mut till), [ToolWish::Devices]);
    assert_eq!(till.app.ctx(), Ctx::Devices);
    news(&mut till, ToolNews::Devices(devices()));
    // One without a node cannot be opened, so that it cannot be learnt either.
    till.keys("<Down><Enter>");
    assert_eq!(wishes(&mut till), []);
    assert!(till.shows("пока не открыть"));
    till.keys("<Down><Down><Enter>");
    assert_eq!(till.app.ctx(), Ctx::Learn);
    let node = Some("/dev/ttyUSB1".to_owned());
    assert_eq!(wishes(&mut till), [ToolWish::Learn(node)]);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Devices);
    assert_eq!(wishes(&mut till), [ToolWish::StopLearning]);
    till.keys("<F7>");
    assert_eq!(wishes(&mut till), [ToolWish::Devices]);
}

fn at_question(lang: Lang) -> Till {
    let mut till = Till::ready(lang);
    till.keys("<C-r><F4>");
    news(&mut till, ToolNews::LearningBegan);
    told(&mut till, "Подключите считыватель и подождите…");
    told(&mut till, "Найден: /dev/ttyUSB1, 1a86:7523 @1-4, CH340");
    told(&mut till, "Приложите карту на секунду и уберите.");
    told(&mut till, "Ту же карту ещё раз: приложите и уберите.");
    asked(
        &mut till,
        "Наберите номер этой карты, как в Lime (обычно он напечатан на карте); Enter – пропустить: ",
    );
    till.keys("0061366822");
    till
}

#[test]
fn a_dialogue_is_answered_and_what_is_typed_stays_between_the_two() {
    let mut till = at_question(Lang::Ru);
    assert_eq!(wishes(&mut till), [ToolWish::Learn(None)]);
    assert!(till.shows("> 0061366822_"));
    assert!(!format!("{:?}", till.app.tools).contains("0061366822"));
    till.keys("<Back>2<Enter>");
    let answer = ToolWish::Answer("0061366822".to_owned());
    assert_eq!(format!("{answer:?}"), "Answer");
    assert_eq!(wishes(&mut till), [answer]);
    // The question stays to be read, the number does not.
    assert!(till.shows("Наберите номер этой карты") && !till.shows("0061366822"));
    // Where nothing is asked, keys do nothing.
    till.keys("7<Enter><Del>");
    assert_eq!(wishes(&mut till), []);
    asked(&mut till, "Записать? ");
    till.keys("да<Enter>");
    assert_eq!(wishes(&mut till), [ToolWish::Answer("да".to_owned())]);
    news(&mut till, ToolNews::LearningEnded);
    assert!(till.shows("Закончено."));
    till.keys("<Esc>");
    assert_eq!(wishes(&mut till), [], "it is over already");
    assert_eq!(till.app.ctx(), Ctx::Readers);
}

#[test]
fn a_guest_comes_amid_the_dialogue() {
    let mut till = at_question(Lang::Ru);
    till.take_effects();
    // A card on a reader that works: its page, as everywhere; no bill waits for a technician.
    let card = sample_card();
    till.send(Msg::CardRead(card.uid.clone()));
    assert_eq!(till.app.ctx(), Ctx::Card);
    till.keys("<Esc>");
    assert_eq!(till.app.ctx(), Ctx::Learn);
    assert!(till.shows("> 0061366822_"));
    // On an open order the tap clears what lies over it; the dialogue waits, and is found again.
    let mut till = Till::open(Lang::Ru, vec![]);
    till.keys("<C-r><F4>");
    asked(&mut till, "Как назвать?");
    till.send(Msg::CardRead(card.uid));
    assert_eq!(till.app.ctx(), Ctx::Bill);
    till.take_effects();
    till.keys("<C-r><F4>");
    assert_eq!(wishes(&mut till), [], "it is not begun anew");
    assert!(till.shows("Как назвать?"));
}

fn saw(till: &mut Till, second: i64, saw: ReaderSaw) {
    till.send(Msg::ReaderSaw {
        name: "RDM6300".to_owned(),
        at: Timestamp::from_second(1_764_400_000 + second).unwrap(),
        saw,
    });
}

fn watched(lang: Lang) -> Till {
    let mut till = Till::ready(lang);
    let seen = |masked: Option<&str>, technology, bits, trouble| {
        ReaderSaw::Card(CardSeen {
            masked: masked.map(str::to_owned),
            technology,
            bits,
            trouble,
        })
    };
    saw(&mut till, 0, ReaderSaw::State(ReaderState::Ready));
    saw(&mut till, 5, seen(Some("…6822"), "em-marine", 40, None));
    saw(&mut till, 6, ReaderSaw::Gone);
    saw(&mut till, 20, ReaderSaw::Noise(3));
    let part = Some(CardTrouble::Partial);
    saw(&mut till, 30, seen(None, "other", 24, part));
    saw(&mut till, 40, ReaderSaw::Unread(CardTrouble::BankCard));
    saw(&mut till, 50, ReaderSaw::State(ReaderState::Behind));
    till.keys("<C-r><F3>");
    till
}

#[test]
fn what_readers_say_is_seen_as_it_comes() {
    let mut till = watched(Lang::Ru);
    assert_eq!(till.app.ctx(), Ctx::Watch);
    assert!(till.shows("прочитано не всё") && till.shows("карту убрали"));
    for second in 100..400 {
        saw(&mut till, second, ReaderSaw::Noise(1));
    }
    assert_eq!(till.app.tools.log.len(), 100);
}

#[test]
fn a_recording_is_begun_and_ended_with_the_same_key() {
    let mut till = Till::ready(Lang::Ru);
    till.keys("<C-r><F5>");
    assert_eq!(wishes(&mut till), [ToolWish::Record]);
    let began = || ToolNews::RecordingBegan {
        reader: "RDM6300".to_owned(),
        file: "/var/lib/limekeeper/reader-20261130-101500-1.txt".to_owned(),
    };
    news(&mut till, began());
    assert!(till.shows("идёт запись"));
    till.keys("<F5>");
    assert_eq!(wishes(&mut till), [ToolWish::StopRecording]);
    news(
        &mut till,
        ToolNews::RecordingEnded {
            reader: "RDM6300".to_owned(),
            reads: 12,
            why: String::new(),
        },
    );
    assert!(till.shows("записано чтений: 12"));
    till.keys("<F5>");
    assert_eq!(wishes(&mut till), [ToolWish::Record]);
    // Without a reader there is nothing to record.
    let mut till = Till::new(Lang::Ru);
    till.keys("<C-r><F5>");
    assert_eq!(wishes(&mut till), []);
    assert!(till.shows("записывать нечего"));
}

#[test]
fn the_tools() {
    check("tools_devices", SIZES_BILL, |lang| {
        let mut till = at_devices(lang);
        news(&mut till, ToolNews::Devices(devices()));
        till.keys("<Down>");
        till
    });
    check("tools_devices_looking", SIZES, at_devices);
    check("tools_learn", SIZES_BILL, at_question);
    check("tools_learn_written", SIZES, |lang| {
        let mut till = at_question(lang);
        till.keys("<Enter>");
        told(
            &mut till,
            "Семейство rdm6300:\n  у формата есть контрольная сумма или своя форма\n  номер сошёлся",
        );
        told(&mut till, "В настройки добавится:");
        told(
            &mut till,
            "[[readers]]\nname = \"Бар\"\nfamily = \"rdm6300\"\nusb = \"1a86:7523\"\n",
        );
        told(&mut till, "Записано в /etc/limekeeper/config.toml.");
        told(&mut till, "Считыватель уже работает, перезапуск не нужен.");
        news(&mut till, ToolNews::LearningEnded);
        till
    });
    check("tools_watch", SIZES_BILL, watched);
    check("readers_recording", SIZES, |lang| {
        let mut till = Till::ready(lang);
        till.keys("<C-r><F5>");
        for (reader, file) in [("RDM6300", "1"), ("Бар", "2")] {
            news(
                &mut till,
                ToolNews::RecordingBegan {
                    reader: reader.to_owned(),
                    file: format!("/var/lib/limekeeper/reader-20261130-101500-{file}.txt"),
                },
            );
        }
        news(
            &mut till,
            ToolNews::RecordingEnded {
                reader: "Бар".to_owned(),
                reads: 0,
                why: "Больше в одну запись не помещается.".to_owned(),
            },
        );
        till
    });
}
