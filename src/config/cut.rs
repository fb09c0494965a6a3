//! A notation that cuts cards, beside readers that read long ones.

use super::settings::{Config, Reader};

/// Bits of the longest number that Mifare cards commonly have: seven bytes.
const MIFARE_BITS: u16 = 56;

/// What of a card `[lime.uid]` leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// So many of its last bits.
    pub bits: u16,
    /// Readers that read longer cards, by name.
    pub readers: Vec<String>,
}

/// The readers whose seven-byte Mifare cards `[lime.uid]` cuts, so that two of them may become one
/// UID; `None` where it cuts none. It is no error: a site's card base may hold just that.
pub fn cut(config: &Config) -> Option<Cut> {
    let bits = config.lime.uid.notation().written_bits();
    let readers = config.readers.iter().filter(|own| reads_mifare(own));
    let readers: Vec<String> = readers.map(|own| own.name.clone()).collect();
    (bits < MIFARE_BITS && !readers.is_empty()).then_some(Cut { bits, readers })
}

/// It is said to read Mifare cards, or it tells by itself what it read.
fn reads_mifare(reader: &Reader) -> bool {
    match reader.technology.as_deref() {
        Some(technology) => technology == "mifare",
        None => matches!(
            reader.family.as_str(),
            "pcsc" | "ironlogic" | "framed" | "twn3"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::UidSettings;
    use crate::domain::Notation;

    fn config(notation: &str, readers: &str) -> Config {
        let mut config: Config = toml::from_str(readers).unwrap();
        config.lime.uid = UidSettings::from(Notation::named(notation).unwrap());
        config
    }

    fn reader(family: &str, technology: &str) -> String {
        format!(
            "[[readers]]\nname = \"{family}\"\nfamily = \"{family}\"\nport = \"COM3\"\n{technology}\n"
        )
    }

    #[test]
    fn a_cut_beside_readers_of_mifare_is_told() {
        let readers = [
            reader("pcsc", ""),
            reader("rdm6300", ""),
            reader("hex", "technology = \"mifare\""),
            reader("twn3", "technology = \"em-marine\""),
        ]
        .concat();
        assert_eq!(
            cut(&config("dec10-low-first", &readers)),
            Some(Cut {
                bits: 32,
                readers: vec!["pcsc".to_owned(), "hex".to_owned()],
            })
        );
        assert_eq!(cut(&config("hex", &readers)), None);
        assert_eq!(cut(&config("dec10", &reader("rdm6300", ""))), None);
        assert_eq!(cut(&config("dec10", "")), None);
    }
}
