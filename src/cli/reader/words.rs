//! The state of a reader in words, with what to do: for the status bar and the command line.

use crate::i18n::Texts;
use crate::readers::device::{Access, Holder};
use crate::readers::transport::{PCSC_BUILT_IN, TransportError};
use crate::readers::{Health, Unread};

/// Programs that take ports without being asked, with the locale key of what to do about each.
const MEDDLERS: [(&str, &str); 2] = [
    ("brltty", "reader.todo.brltty"),
    ("ModemManager", "reader.todo.modem_manager"),
];

/// A state with what to do about it.
pub fn health(health: &Health, texts: Texts) -> String {
    let state = texts.get(&format!("till.reader.{}", state_word(health)));
    let cure = todo(health, texts);
    if cure.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {cure}")
    }
}

/// What to do about the state of a reader; empty where it is well or mends itself.
pub fn todo(health: &Health, texts: Texts) -> String {
    match health {
        Health::Lost {
            why: TransportError::ReportsLost,
            ..
        } => texts.get("reader.todo.behind").to_owned(),
        Health::Opening | Health::Ready | Health::Lost { at_once: false, .. } => String::new(),
        Health::Lost { at_once: true, .. } => texts.get("reader.todo.lost_at_once").to_owned(),
        Health::Absent { why } => todo_about(why, texts),
    }
}

/// What to do about a device that cannot be opened.
pub fn todo_about(why: &TransportError, texts: Texts) -> String {
    match why {
        TransportError::Absent | TransportError::Lost | TransportError::RecordingEnded => {
            String::new()
        }
        TransportError::ReportsLost => texts.get("reader.todo.behind").to_owned(),
        TransportError::Busy { by } => busy(by.as_ref(), texts),
        TransportError::NoPermission { group } => no_permission(group.as_deref(), texts),
        TransportError::NoDriver => texts.get("reader.todo.no_driver").to_owned(),
        TransportError::Taken { by } => taken(by, texts),
        TransportError::Ambiguous { nodes } => {
            texts.fill("reader.todo.ambiguous", &[("nodes", &nodes.join(", "))])
        }
        TransportError::NotSerial => texts.get("reader.todo.not_serial").to_owned(),
        TransportError::NotThisKind => texts.get("reader.todo.not_this_kind").to_owned(),
        TransportError::NotBuiltIn => texts.get("reader.todo.not_built_in").to_owned(),
        TransportError::NoService => texts.get("reader.todo.no_service").to_owned(),
        TransportError::KeyboardForbidden => texts.get("reader.todo.keyboard_forbidden").to_owned(),
    }
}

/// What to do about a device that was only looked at.
pub fn todo_about_access(access: &Access, texts: Texts) -> String {
    match access {
        Access::Open | Access::Untold => String::new(),
        Access::NoPermission { group } => no_permission(group.as_deref(), texts),
        Access::Busy { by } => busy(by.first(), texts),
        Access::NoDriver => texts.get("reader.todo.no_driver").to_owned(),
        Access::Taken { by } => taken(by, texts),
        Access::NoService if PCSC_BUILT_IN => texts.get("reader.todo.no_service").to_owned(),
        Access::NoService => texts.get("reader.todo.not_built_in").to_owned(),
    }
}

/// Whether a device can be opened, with what to do where not.
pub(super) fn access(access: &Access, texts: Texts) -> String {
    let words = texts.get(&format!("reader.access.{}", access.word()));
    let cure = todo_about_access(access, texts);
    if cure.is_empty() {
        words.to_owned()
    } else {
        format!("{words}: {cure}")
    }
}

/// The last part of the locale key `till.reader.<word>` for a state, and its name in JSON.
pub const fn state_word(health: &Health) -> &'static str {
    match health {
        Health::Opening => "opening",
        Health::Ready => "ready",
        Health::Lost {
            why: TransportError::ReportsLost,
            ..
        } => "behind",
        Health::Lost { .. } => "lost",
        Health::Absent { why } => match why {
            TransportError::Busy { .. } => "busy",
            TransportError::NoPermission { .. } => "no_permission",
            TransportError::NoDriver | TransportError::NotBuiltIn | TransportError::NoService => {
                "no_driver"
            }
            TransportError::Taken { .. } => "taken",
            TransportError::Ambiguous { .. } => "ambiguous",
            TransportError::NotSerial | TransportError::NotThisKind => "unfit",
            TransportError::KeyboardForbidden => "forbidden",
            TransportError::ReportsLost => "behind",
            TransportError::Absent | TransportError::Lost | TransportError::RecordingEnded => {
                "absent"
            }
        },
    }
}

/// The locale key of why a card is not taken.
pub(super) const fn unread(why: Unread) -> &'static str {
    match why {
        Unread::BankCard => "till.card_trouble.bank_card",
        Unread::Again => "till.card_trouble.partial",
    }
}

/// Somebody has it open.
fn busy(by: Option<&Holder>, texts: Texts) -> String {
    let Some(holder) = by else {
        return texts.get("reader.todo.busy").to_owned();
    };
    let meddler = MEDDLERS.iter().find(|(name, _)| holder.name == *name);
    let key = meddler.map_or("reader.todo.busy_by", |(_, key)| *key);
    texts.fill(key, &[("by", holder)])
}

/// This user may not open it.
fn no_permission(group: Option<&str>, texts: Texts) -> String {
    match group {
        // Nobody is put into the administrator's group.
        Some(group) if group != "root" => {
            texts.fill("reader.todo.no_permission_group", &[("group", &group)])
        }
        Some(_) | None => texts.get("reader.todo.no_permission").to_owned(),
    }
}

/// A program or a driver took it away.
fn taken(by: &str, texts: Texts) -> String {
    let key = if by.starts_with("brltty") {
        "reader.todo.brltty"
    } else if by.starts_with("pn533") || by.starts_with("port100") {
        "reader.todo.module"
    } else {
        "reader.todo.taken"
    };
    texts.fill(key, &[("by", &by)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    fn holder(name: &str) -> Holder {
        Holder {
            name: name.to_owned(),
            pid: 812,
        }
    }

    #[test]
    fn what_to_do_is_said_in_both_languages() {
        let group = |group: &str| Some(group.to_owned());
        let by = |by: &str| TransportError::Taken { by: by.to_owned() };
        for (why, ru) in [
            (TransportError::Absent, ""),
            (
                TransportError::ReportsLost,
                "компьютер не успевал, приложите карту ещё раз",
            ),
            (
                TransportError::Busy { by: None },
                "закройте другую программу",
            ),
            (
                TransportError::Busy {
                    by: Some(holder("rk7cash")),
                },
                "его держит rk7cash (812)",
            ),
            (
                TransportError::Busy {
                    by: Some(holder("ModemManager")),
                },
                "ModemManager (812) опрашивает порты: добавьте правила udev (limekeeper reader udev)",
            ),
            (
                TransportError::Busy {
                    by: Some(holder("brltty")),
                },
                "удалите программу brltty",
            ),
            (
                TransportError::NoPermission {
                    group: group("dialout"),
                },
                "добавьте правила udev (limekeeper reader udev) или пользователя в группу dialout",
            ),
            (
                TransportError::NoPermission {
                    group: group("root"),
                },
                "добавьте правила udev (limekeeper reader udev)",
            ),
            (
                TransportError::NoPermission { group: None },
                "добавьте правила udev (limekeeper reader udev)",
            ),
            (
                TransportError::NoDriver,
                "добавьте правила udev (limekeeper reader udev)",
            ),
            (by("brltty (7)"), "удалите программу brltty"),
            (by("pn533_usb"), "запретите модуль pn533_usb"),
            (by("usbfs"), "его забрала другая программа (usbfs)"),
            (
                TransportError::Ambiguous {
                    nodes: vec!["COM3".to_owned(), "COM4".to_owned()],
                },
                "подходят COM3, COM4: укажите serial или usb_path",
            ),
            (TransportError::NotSerial, "проверьте port и family"),
            (
                TransportError::NotThisKind,
                "проверьте family и режим считывателя",
            ),
            (
                TransportError::NotBuiltIn,
                "нужна программа, собранная с PC/SC",
            ),
            (TransportError::NoService, "запустите службу pcscd"),
            (
                TransportError::KeyboardForbidden,
                "переключите его в COM или HID-POS, или пусть печатает: [wedge]",
            ),
        ] {
            assert_eq!(todo_about(&why, Texts::of(Lang::Ru)), ru, "{why:?}");
            let en = todo_about(&why, Texts::of(Lang::En));
            assert_eq!(en.is_empty(), ru.is_empty(), "{en}");
            assert!(!en.contains("reader.todo") && !en.contains('{'), "{en}");
        }
    }

    #[test]
    fn a_reader_that_is_well_needs_nothing() {
        let texts = Texts::of(Lang::Ru);
        let lost = |at_once| Health::Lost {
            why: TransportError::Lost,
            at_once,
        };
        for health in [Health::Opening, Health::Ready, lost(false)] {
            assert_eq!(todo(&health, texts), "");
        }
        let behind = Health::Lost {
            why: TransportError::ReportsLost,
            at_once: false,
        };
        assert_eq!(
            health(&behind, texts),
            "прочитано не всё: компьютер не успевал, приложите карту ещё раз"
        );
        assert_eq!(
            todo(&lost(true), texts),
            "пропадает сразу: мешает brltty или плохой контакт"
        );
    }
}
