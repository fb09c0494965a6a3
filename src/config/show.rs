//! The settings in force with the origin of each, secrets masked: for support and `config show`.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};
use toml::Value;

use super::load::{Loaded, Origin};

impl Origin {
    /// `default`, `line 12`, the variable, the flag.
    pub fn word(self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::File(spot) => format!("line {}", spot.line),
            Self::Variable(name) => name.to_owned(),
            Self::Flag(flag) => flag.to_owned(),
        }
    }
}

/// A value and the path that names it.
struct Entry {
    /// `lime.account_types[0].kind`
    path: String,
    value: Value,
}

/// The settings as TOML that could be used as a config, each line with its origin.
pub fn as_toml(loaded: &Loaded) -> String {
    let mut text = String::new();
    if let Some(file) = &loaded.file {
        let _ = writeln!(text, "# {}", file.display());
    }
    write_table(&mut text, loaded, "", "", &table_of(loaded));
    text
}

/// The settings as one JSON object: `{file, state_dir, settings: {path: {value, origin}}}`.
pub fn as_json(loaded: &Loaded) -> Json {
    let mut entries = Vec::new();
    collect(&mut entries, "", &Value::Table(table_of(loaded)));
    let settings: Map<String, Json> = entries
        .into_iter()
        .map(|Entry { path, value }| {
            let origin = loaded.origin(&path).word();
            let value = serde_json::to_value(&value).unwrap_or(Json::Null);
            (path, json!({ "value": value, "origin": origin }))
        })
        .collect();
    json!({
        "file": loaded.file.as_ref().map(|file| file.display().to_string()),
        "state_dir": loaded.state_dir().ok().map(|dir| dir.display().to_string()),
        "settings": settings,
    })
}

fn table_of(loaded: &Loaded) -> toml::Table {
    let mut config = loaded.config.clone();
    if matches!(loaded.origin("state_dir"), Origin::Flag(_))
        && let Ok(dir) = loaded.state_dir()
    {
        config.state_dir = dir.display().to_string();
    }
    // Secrets serialize masked.
    match Value::try_from(&config) {
        Ok(Value::Table(table)) => table,
        Ok(_) | Err(_) => toml::Table::new(),
    }
}

fn tables_in(value: &Value) -> Option<Vec<&toml::Table>> {
    let list = value.as_array()?;
    let tables: Vec<&toml::Table> = list.iter().filter_map(Value::as_table).collect();
    (!tables.is_empty() && tables.len() == list.len()).then_some(tables)
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn write_table(text: &mut String, loaded: &Loaded, heading: &str, path: &str, table: &toml::Table) {
    let is_plain = |value: &Value| !value.is_table() && tables_in(value).is_none();
    for (key, value) in table.iter().filter(|(_, value)| is_plain(value)) {
        let origin = loaded.origin(&joined(path, key)).word();
        let _ = writeln!(text, "{key} = {value}  # {origin}");
    }
    for (key, value) in table.iter().filter(|(_, value)| !is_plain(value)) {
        let (heading, path) = (joined(heading, key), joined(path, key));
        if let Some(table) = value.as_table() {
            let _ = writeln!(text, "\n[{heading}]");
            write_table(text, loaded, &heading, &path, table);
        }
        for (index, table) in tables_in(value).into_iter().flatten().enumerate() {
            let _ = writeln!(text, "\n[[{heading}]]");
            write_table(text, loaded, &heading, &format!("{path}[{index}]"), table);
        }
    }
}

fn collect(entries: &mut Vec<Entry>, path: &str, value: &Value) {
    if let Some(table) = value.as_table() {
        for (key, value) in table {
            collect(entries, &joined(path, key), value);
        }
    } else if let Some(tables) = tables_in(value) {
        for (index, table) in tables.into_iter().enumerate() {
            for (key, value) in table {
                collect(entries, &joined(&format!("{path}[{index}]"), key), value);
            }
        }
    } else {
        entries.push(Entry {
            path: path.to_owned(),
            value: value.clone(),
        });
    }
}
