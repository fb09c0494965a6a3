//! What the commands about live readers are told.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::cli::args::Output;
use crate::cli::operator::ChangedBy;
use crate::config::schema::READER_FAMILIES;
use crate::domain::Notation;
use crate::readers::UsbId;

use super::codec_args::CodecArgs;
use super::parse_notation;

/// One device, as in `[[readers]]` of the config.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct DeviceArgs {
    /// Its port: /dev/ttyUSB0, COM3
    #[arg(long, value_name = "PORT", conflicts_with = "usb")]
    pub port: Option<String>,
    /// What it is on USB, at whatever port: 0403:1234
    #[arg(long, value_name = "VID:PID")]
    pub usb: Option<UsbId>,
    /// Its serial number, where two are alike
    #[arg(long, value_name = "TEXT", requires = "usb")]
    pub serial: Option<String>,
    /// Its USB socket, where two are alike: 1-2.3
    #[arg(long, value_name = "PATH", requires = "usb")]
    pub usb_path: Option<String>,
    /// Bits per second [default: as the family has it]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(300..=3_000_000))]
    pub baud: Option<u32>,
    /// Raise DTR when the port is opened
    #[arg(long)]
    pub dtr: bool,
}

impl DeviceArgs {
    /// A device is named here, so that the config's readers do not matter.
    pub const fn is_given(&self) -> bool {
        self.port.is_some() || self.usb.is_some()
    }
}

/// What `reader watch` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct WatchArgs {
    /// One device instead of the config's.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How the device speaks
    #[arg(long, value_parser = PossibleValuesParser::new(READER_FAMILIES))]
    pub family: Option<String>,
    /// How the device is set.
    #[command(flatten)]
    pub codec: CodecArgs,
    /// How events are written.
    #[command(flatten)]
    pub output: Output,
}

/// What `reader learn` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct LearnArgs {
    /// The device, so that it need not be unplugged and plugged.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How the reader is called on the screen [default: asked]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Who writes it into the settings.
    #[command(flatten)]
    pub by: ChangedBy,
}

/// What `reader record` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct RecordArgs {
    /// File to make; it must not exist yet
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// One device instead of the config's.
    #[command(flatten)]
    pub device: DeviceArgs,
    /// How the device speaks; needed for a HID reader [default: any serial reader at 9600 baud]
    #[arg(long, value_parser = PossibleValuesParser::new(READER_FAMILIES))]
    pub family: Option<String>,
    /// Which of the config's readers, by name, where there are several
    #[arg(long, value_name = "NAME", conflicts_with_all = ["port", "usb"])]
    pub reader: Option<String>,
    /// Ends by itself after so many seconds [default: until Ctrl+C]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: Option<u64>,
}

/// What `reader decode` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct DecodeArgs {
    /// How the reader speaks
    #[arg(long, value_parser = PossibleValuesParser::new(READER_FAMILIES))]
    pub family: String,
    /// A name such as `dec10`, `3+5`, `hex`; or decimal, `hex_upper` or `hex_lower`, then optionally `:first_high` or `:first_low`, bytes
    /// to keep, digits to pad to: `decimal:first_low:4:10` [default: as printed on most cards]
    #[arg(long, value_parser = parse_notation)]
    pub notation: Option<Notation>,
    /// How the reader is set.
    #[command(flatten)]
    pub codec: CodecArgs,
}
