//! Adds a reader or a pin to a config file and sets how the site writes UIDs, with every comment and
//! every other line left as it is.
//!
//! The file is changed as text, and the result is read as any config is: where it is not the old
//! settings with just this change, nothing is written and the person is shown what to write.

mod lines;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::Value;

use super::operators::PersonSettings;
use super::read::read;
use super::settings::{Config, Reader, UidSettings};
use super::value::Pin;
use crate::os::files::owner_only;

/// Why a config file is left as it is.
#[derive(Debug, Error)]
pub enum EditError {
    /// It is broken already; `config check` says where.
    #[error("the config is broken; `limekeeper config check` says where")]
    Broken,
    /// The change cannot be made line by line, as the file is written in an unusual way.
    #[error("the file is written in a way that only a person can change")]
    Unusual,
    /// With this reader the settings would not be right: another section means the same device.
    #[error("another section of [[readers]] means the same device")]
    SameDevice,
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// The section of a reader as it is written in the file; what has its usual value is left out.
pub fn reader_block(reader: &Reader) -> String {
    let mut lines = vec!["[[readers]]".to_owned()];
    // Serialized in the order of the struct, which is that of the shipped file.
    if let Ok(Value::Table(table)) = Value::try_from(reader) {
        for name in READER_KEYS {
            match table.get(*name) {
                None | Some(Value::Boolean(false)) => {}
                Some(value) => lines.push(format!("{name} = {value}")),
            }
        }
    }
    format!("{}\n", lines.join("\n"))
}

/// The keys of a reader in the order of the shipped file.
const READER_KEYS: &[&str] = &[
    "name",
    "family",
    "port",
    "usb",
    "serial",
    "usb_path",
    "baud",
    "dtr",
    "technology",
    "reversed",
    "digits",
    "bits",
    "radix",
    "prefix",
    "suffix",
    "terminators",
    "inverted",
    "track",
    "track_field",
    "track_lrc",
    "same_card_ms",
];

/// The keys of `[lime.uid]` that must change, as they are written: `keep_bytes = 4`.
pub fn uid_lines(now: UidSettings, wanted: UidSettings) -> Vec<String> {
    changed(now, wanted)
        .into_iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect()
}

fn changed(now: UidSettings, wanted: UidSettings) -> Vec<(String, String)> {
    let table = |uid: UidSettings| match Value::try_from(uid) {
        Ok(Value::Table(table)) => table,
        Ok(_) | Err(_) => toml::Table::new(),
    };
    let now = table(now);
    table(wanted)
        .into_iter()
        .filter(|(name, value)| now.get(name) != Some(value))
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}

/// The text of a config with one reader more and, if so wanted, another notation.
///
/// # Errors
/// All but [`EditError::File`].
pub fn with_reader(
    text: &str,
    reader: &Reader,
    uid: Option<UidSettings>,
) -> Result<String, EditError> {
    let old = config_of(text).ok_or(EditError::Broken)?;
    let mut wanted = old.clone();
    wanted.readers.push(reader.clone());
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(uid) = uid {
        lines::set_keys(&mut lines, "[lime.uid]", &changed(old.lime.uid, uid));
        wanted.lime.uid = uid;
    }
    lines.push(String::new());
    lines.extend(reader_block(reader).lines().map(str::to_owned));
    let new = format!("{}{line_end}", lines.join(line_end));
    match config_of(&new) {
        Some(config) if config == wanted => Ok(new),
        Some(_) => Err(EditError::Unusual),
        None if super::rules::together(&wanted).is_empty() => Err(EditError::Unusual),
        None => Err(EditError::SameDevice),
    }
}

/// The text of a config with one pin more in `rkeeper` or `lime`.
///
/// # Errors
/// [`EditError::Broken`] and [`EditError::Unusual`].
pub fn with_pin(text: &str, table: &str, pin: Pin) -> Result<String, EditError> {
    let mut wanted = config_of(text).ok_or(EditError::Broken)?;
    let pins = match table {
        "rkeeper" => &mut wanted.rkeeper.pins,
        "lime" => &mut wanted.lime.pins,
        _ => return Err(EditError::Unusual),
    };
    pins.push(pin);
    let written: Vec<String> = pins.iter().map(|pin| format!("\"{pin}\"")).collect();
    let keys = [("pins".to_owned(), format!("[{}]", written.join(", ")))];
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines::set_keys(&mut lines, &format!("[{table}]"), &keys);
    let new = format!("{}{line_end}", lines.join(line_end));
    let is_right = config_of(&new).is_some_and(|config| config == wanted);
    is_right.then_some(new).ok_or(EditError::Unusual)
}

/// The section of an operator as it is written in the file.
pub fn person_block(person: &PersonSettings) -> String {
    let text = |text: &str| Value::String(text.to_owned()).to_string();
    let rights: Vec<String> = person
        .rights
        .iter()
        .map(|right| text(right.word()))
        .collect();
    let mut lines = vec![
        "[[operators.people]]".to_owned(),
        format!("name = {}", text(&person.name)),
        format!("rights = [{}]", rights.join(", ")),
    ];
    for (key, hash) in [("pin", &person.pin), ("card", &person.card)] {
        if hash.is_set() {
            lines.push(format!("{key} = {}", text(hash.reveal())));
        }
    }
    format!("{}\n", lines.join("\n"))
}

/// The text of a config with one operator more.
///
/// # Errors
/// [`EditError::Broken`] and [`EditError::Unusual`].
pub fn with_person(text: &str, person: &PersonSettings) -> Result<String, EditError> {
    let mut wanted = config_of(text).ok_or(EditError::Broken)?;
    wanted.operators.people.push(person.clone());
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.push(String::new());
    lines.extend(person_block(person).lines().map(str::to_owned));
    let new = format!("{}{line_end}", lines.join(line_end));
    let is_right = config_of(&new).is_some_and(|config| config == wanted);
    is_right.then_some(new).ok_or(EditError::Unusual)
}

fn config_of(text: &str) -> Option<Config> {
    read(text.as_bytes()).ok().map(|parsed| parsed.config)
}

/// Puts the reader into the file, all or nothing: beside it a new file is written, which then takes
/// its place and has its rights.
pub fn add_reader(file: &Path, reader: &Reader, uid: Option<UidSettings>) -> Result<(), EditError> {
    replace(file, |text| with_reader(text, reader, uid))
}

/// Adds an operator to the file, all or nothing.
pub fn add_person(file: &Path, person: &PersonSettings) -> Result<(), EditError> {
    replace(file, |text| with_person(text, person))
}

/// Adds a pin to `rkeeper` or `lime` in the file, all or nothing.
pub fn add_pin(file: &Path, table: &str, pin: Pin) -> Result<(), EditError> {
    replace(file, |text| with_pin(text, table, pin))
}

fn replace(
    file: &Path,
    change: impl FnOnce(&str) -> Result<String, EditError>,
) -> Result<(), EditError> {
    // Behind a link is the file that is meant.
    let file = file.canonicalize()?;
    let text = fs::read_to_string(&file)?;
    let new = change(&text)?;
    let beside = beside(&file);
    let written = write_beside(&file, &beside, &new).and_then(|()| fs::rename(&beside, &file));
    if written.is_err() {
        // What is left of it helps nobody.
        let _ = fs::remove_file(&beside);
    }
    Ok(written?)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    file.with_file_name(name)
}

fn write_beside(file: &Path, beside: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // It may hold passwords; the rights of the old file come below.
    owner_only(&mut options);
    let mut new = options.open(beside)?;
    new.set_permissions(fs::metadata(file)?.permissions())?;
    new.write_all(text.as_bytes())?;
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Notation;

    const SHIPPED: &str = include_str!("../../config.toml");

    fn reader() -> Reader {
        Reader {
            name: "Касса".to_owned(),
            family: "hex".to_owned(),
            port: None,
            usb: Some("1a86:7523".to_owned()),
            serial: None,
            usb_path: Some("1-2".to_owned()),
            baud: Some(19_200),
            dtr: false,
            technology: None,
            reversed: true,
            digits: Some(10),
            bits: None,
            radix: None,
            prefix: Some(r"\x02".to_owned()),
            suffix: None,
            terminators: None,
            inverted: false,
            track: None,
            track_field: None,
            track_lrc: false,
            same_card_ms: None,
        }
    }

    fn uid(name: &str) -> UidSettings {
        UidSettings::from(Notation::named(name).unwrap())
    }

    #[test]
    fn a_block_has_what_is_not_usual() {
        let block = "[[readers]]\nname = \"Касса\"\nfamily = \"hex\"\nusb = \"1a86:7523\"\n\
                     usb_path = \"1-2\"\nbaud = 19200\nreversed = true\ndigits = 10\nprefix = '\\x02'\n";
        assert_eq!(reader_block(&reader()), block);
        let keys = READER_KEYS.iter().map(|name| format!("readers[].{name}"));
        let known = super::super::schema::SETTINGS
            .iter()
            .map(|setting| setting.path);
        let known: Vec<&str> = known.filter(|path| path.starts_with("readers[]")).collect();
        assert_eq!(keys.collect::<Vec<_>>(), known);
    }

    #[test]
    fn a_reader_is_added_and_nothing_else_moves() {
        let new = with_reader(SHIPPED, &reader(), None).unwrap();
        assert!(new.starts_with(SHIPPED));
        assert!(new.ends_with(&reader_block(&reader())));
        let windows = SHIPPED.replace('\n', "\r\n");
        let new = with_reader(&windows, &reader(), None).unwrap();
        assert!(new.starts_with(&windows));
        assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
        let new = with_reader("", &reader(), None).unwrap();
        assert_eq!(config_of(&new).unwrap().readers, [reader()]);
        let marked = format!("\u{feff}{SHIPPED}");
        assert!(
            with_reader(&marked, &reader(), None)
                .unwrap()
                .starts_with(&marked)
        );
    }

    #[test]
    fn the_notation_is_changed_in_its_place_with_its_comments() {
        let new = with_reader(SHIPPED, &reader(), Some(uid("hex-low-first"))).unwrap();
        let moved: Vec<(&str, &str)> = SHIPPED
            .lines()
            .zip(new.lines())
            .filter(|(old, new)| old != new)
            .collect();
        assert_eq!(
            moved,
            [
                ("radix = \"decimal\"", "radix = \"hex_upper\""),
                ("byte_order = \"first_high\"", "byte_order = \"first_low\""),
            ]
        );
        let text =
            "[lime.uid] # here\n  radix = \"decimal\" # as # printed\n[payment]\ntries = 3\n";
        let new = with_reader(text, &reader(), Some(uid("hex"))).unwrap();
        assert!(
            new.starts_with(
                "[lime.uid] # here\nradix = \"hex_upper\"  # as # printed\n[payment]\n"
            ),
            "{new}"
        );
        let new = with_reader("lang = \"en\"\n", &reader(), Some(uid("hex"))).unwrap();
        assert!(
            new.contains("\n[lime.uid]\nradix = \"hex_upper\"\n"),
            "{new}"
        );
    }

    #[test]
    fn an_operator_is_added_and_nothing_else_moves() {
        use super::super::secret::Secret;
        use crate::operators::{Right, SlowHash};

        let rounds = std::num::NonZeroU32::new(1_000).unwrap();
        let hash = SlowHash::of("1234", rounds).unwrap().to_string();
        let person = |name: &str| PersonSettings {
            name: name.into(),
            rights: vec![Right::Pay, Right::Manager],
            pin: Secret::new(hash.clone()),
            card: Secret::default(),
        };
        let old = "# ours\r\nlang = \"en\"\r\n[operators]\r\nattempts = 3 # few\r\n";
        let one = with_person(old, &person("Анна \"А\"")).unwrap();
        assert!(one.starts_with(old), "{one}");
        let two = with_person(&one, &person("Борис")).unwrap();
        let people = config_of(&two).unwrap().operators.people;
        assert_eq!(people, [person("Анна \"А\""), person("Борис")]);
        assert!(
            people[0]
                .pin
                .reveal()
                .parse::<SlowHash>()
                .unwrap()
                .is_of("1234")
        );
        // The name is taken.
        assert!(with_person(&two, &person("борис")).is_err());
    }

    #[test]
    fn a_pin_is_added_in_its_place_with_its_comments() {
        let (one, two) = (Pin([0xab; 32]), Pin([0xcd; 32]));
        let new = with_pin(SHIPPED, "rkeeper", one).unwrap();
        let moved = |old: &str, new: &str| -> Vec<String> {
            let lines = old.lines().zip(new.lines());
            let moved = lines.filter(|(old, new)| old != new);
            moved.map(|(_, new)| new.to_owned()).collect()
        };
        assert_eq!(moved(SHIPPED, &new), [format!("pins = [\"{one}\"]")]);
        let both = with_pin(&new, "rkeeper", two).unwrap();
        assert_eq!(config_of(&both).unwrap().rkeeper.pins, [one, two]);
        assert_eq!(moved(&new, &both).len(), 1);
        let windows = with_pin(&SHIPPED.replace('\n', "\r\n"), "lime", two).unwrap();
        assert_eq!(config_of(&windows).unwrap().lime.pins, [two]);
        assert_eq!(
            windows.matches('\n').count(),
            windows.matches("\r\n").count()
        );
        let text = "[rkeeper] # till\npins = [] # none yet\n[lime]\npins = []\n";
        let new = with_pin(text, "rkeeper", one).unwrap();
        let expected =
            format!("[rkeeper] # till\npins = [\"{one}\"]  # none yet\n[lime]\npins = []\n");
        assert_eq!(new, expected);
        let bare = with_pin("[rkeeper]\nuser = \"a\"\n", "rkeeper", one).unwrap();
        assert_eq!(config_of(&bare).unwrap().rkeeper.pins, [one]);
    }

    #[test]
    fn pins_that_stand_on_several_lines_are_left_to_a_person() {
        let pin = Pin([0xab; 32]);
        let of = |text: &str| with_pin(text, "rkeeper", pin).unwrap_err();
        let several = format!("[rkeeper]\npins = [\n  \"{}\",\n]\n", Pin([1; 32]));
        assert!(matches!(of(&several), EditError::Unusual));
        assert!(matches!(of("rkeeper.user = \"a\"\n"), EditError::Unusual));
        assert!(matches!(of("[rkeeper]\nprot = 1\n"), EditError::Broken));
    }

    #[test]
    fn what_cannot_be_changed_by_lines_is_left_to_a_person() {
        let of = |text: &str| with_reader(text, &reader(), Some(uid("hex"))).unwrap_err();
        assert!(matches!(of("lang = \n"), EditError::Broken));
        assert!(matches!(
            of("[lime]\nuid = { radix = \"decimal\" }\n"),
            EditError::Unusual
        ));
        assert!(matches!(
            of("lime.uid.radix = \"decimal\"\n"),
            EditError::Unusual
        ));
        assert!(matches!(of("readers = []\n"), EditError::Unusual));
        assert!(matches!(
            of(&reader_block(&reader())),
            EditError::SameDevice
        ));
    }

    #[test]
    fn the_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, SHIPPED).unwrap();
        add_reader(&file, &reader(), None).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(config_of(&text).unwrap().readers, [reader()]);
        assert!(matches!(
            add_reader(&file, &reader(), None),
            Err(EditError::SameDevice)
        ));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[cfg(unix)]
    #[test]
    fn its_rights_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        add_reader(&file, &reader(), None).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
}
