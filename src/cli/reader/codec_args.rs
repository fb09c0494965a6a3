//! What a command line says of a reader beyond its family: the keys of `[[readers]]` as options.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::config::schema::CARD_TECHNOLOGIES;
use crate::config::value::{BYTES_MAX, parse_bytes};
use crate::readers::codec::{DigitRadix, Framing, Track, TrackSettings};
use crate::readers::{CodecSettings, Technology};

/// The settings of a decoder.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "What the reader is set to")]
pub struct CodecArgs {
    /// Kind of card that it reads, where its text does not tell
    #[arg(long, value_name = "KIND", value_parser = technology())]
    pub technology: Option<Technology>,
    /// It sends the last byte of the card first
    #[arg(long)]
    pub reversed: bool,
    /// Digits that it always sends; of a Wiegand frame, bits
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(4..=40))]
    pub digits: Option<u8>,
    /// Bits of the card that a decimal number holds: 24, 32, 40, 56 or 80 [default: by its digits]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(24..=80))]
    pub bits: Option<u8>,
    /// Digits of a frame or text that may hold either kind [default: as the family has them]
    #[arg(long, value_parser = radix())]
    pub radix: Option<DigitRadix>,
    /// With what each line begins; control bytes as `\x02`
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub prefix: Option<Bytes>,
    /// What stands behind the digits of a line
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub suffix: Option<Bytes>,
    /// Any of these bytes ends a line [default: `\r\n`]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub terminators: Option<Bytes>,
    /// It swaps 0 and 1 (Wiegand)
    #[arg(long)]
    pub inverted: bool,
    /// Track that holds the number of a magnetic card [default: 2]
    #[arg(long, value_name = "1|2|3", value_parser = track())]
    pub track: Option<Track>,
    /// Field of the track, counted from 0
    #[arg(long, value_name = "N", default_value_t, hide_default_value = true)]
    pub track_field: u8,
    /// It sends the checksum of each track
    #[arg(long)]
    pub track_lrc: bool,
}

/// A text of bytes, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(Vec<u8>);

impl CodecArgs {
    /// The same as a codec takes them.
    pub fn settings(&self) -> CodecSettings {
        let usual = Framing::default();
        let or = |own: &Option<Bytes>, usual| own.clone().map_or(usual, |Bytes(bytes)| bytes);
        CodecSettings {
            technology: self.technology,
            reversed: self.reversed,
            digits: self.digits,
            bits: self.bits,
            radix: self.radix,
            framing: Framing {
                prefix: or(&self.prefix, usual.prefix),
                suffix: or(&self.suffix, usual.suffix),
                terminators: or(&self.terminators, usual.terminators),
            },
            inverted: self.inverted,
            track: TrackSettings {
                number: self.track.unwrap_or_default(),
                field: self.track_field,
                lrc: self.track_lrc,
            },
            same_card: None,
        }
    }
}

fn technology() -> impl clap::builder::TypedValueParser<Value = Technology> {
    PossibleValuesParser::new(CARD_TECHNOLOGIES)
        .try_map(|name| Technology::from_name(&name).ok_or("not a kind of card"))
}

fn radix() -> impl clap::builder::TypedValueParser<Value = DigitRadix> {
    PossibleValuesParser::new(["hex", "decimal"]).map(|name| match name.as_str() {
        "decimal" => DigitRadix::Decimal,
        _ => DigitRadix::Hex,
    })
}

fn track() -> impl clap::builder::TypedValueParser<Value = Track> {
    PossibleValuesParser::new(["1", "2", "3"]).map(|name| match name.as_str() {
        "1" => Track::One,
        "3" => Track::Three,
        _ => Track::Two,
    })
}

fn bytes(text: &str) -> Result<Bytes, String> {
    parse_bytes(text).map(Bytes).ok_or_else(|| {
        format!(
            "printable ASCII, \\r, \\n, \\t, \\x02 or \\\\ are expected, {BYTES_MAX} bytes at most"
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        codec: CodecArgs,
    }

    fn settings(line: &str) -> Option<CodecSettings> {
        let line = Line::try_parse_from(line.split(' ')).ok()?;
        Some(line.codec.settings())
    }

    #[test]
    fn nothing_said_is_as_delivered() {
        assert_eq!(settings("x"), Some(CodecSettings::default()));
    }

    #[test]
    fn everything_said() {
        let line = "x --technology mifare --reversed --digits 10 --bits 32 --radix decimal \
                    --prefix \\x02 --suffix # --terminators \\x03 --inverted --track 3 \
                    --track-field 1 --track-lrc";
        let expected = CodecSettings {
            technology: Some(Technology::Mifare),
            reversed: true,
            digits: Some(10),
            bits: Some(32),
            radix: Some(DigitRadix::Decimal),
            framing: Framing {
                prefix: vec![2],
                suffix: b"#".to_vec(),
                terminators: vec![3],
            },
            inverted: true,
            track: TrackSettings {
                number: Track::Three,
                field: 1,
                lrc: true,
            },
            same_card: None,
        };
        assert_eq!(settings(line), Some(expected));
    }

    #[test]
    fn what_no_reader_has_is_refused() {
        for wrong in [
            "x --technology nfc",
            "x --technology other",
            "x --digits 3",
            "x --digits 41",
            "x --bits 81",
            "x --radix octal",
            "x --track 4",
            "x --prefix \\x0",
            "x --terminators 12345678901234567",
        ] {
            assert_eq!(settings(wrong), None, "{wrong}");
        }
    }
}
