//! The grammar. Names are fixed: scripts rely on them.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::config::Overrides;
use crate::i18n::Lang;

use super::exit::ExitCode;
use super::operator::OperatorArgs;
use super::pin::PinArgs;
use super::reader::args::{DecodeArgs, LearnArgs, RecordArgs, WatchArgs};

/// Pays r_keeper 7 orders from Lime guest accounts.
#[derive(Clone, Debug, Parser)]
#[command(name = "limekeeper", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Args {
    /// Config file [default: `LIMEKEEPER_CONFIG`, else config.toml beside the program, else in the
    /// system's config folder]
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// Language of the screen and of the messages [default: as configured]
    #[arg(long, global = true, value_parser = lang_parser(), help_heading = EVERYWHERE)]
    pub lang: Option<Lang>,
    /// Folder of the journal and the log [default: as configured]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub state_dir: Option<PathBuf>,
    /// What to do; without a command the till screen is started.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EVERYWHERE: &str = "Options of every command";
const EXIT_CODES: &str = "\
Results go to stdout, messages to stderr. Exit codes:
  0 done                       5 outcome not yet known (`recover` decides)
  2 wrong usage                6 a server is not reachable, nothing moved
  3 wrong config               7 journal unusable, or another instance runs
  4 refused, nothing moved     8 not found
  1 result not written         9 no terminal for the till screen";

/// The commands.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// The till screen (the default)
    Run,
    /// The till screen with stand-in servers and sample cards; nothing to set up
    Demo,
    /// Commands that need both servers.
    #[command(flatten)]
    Till(TillCommand),
    /// Commands that need only the journal.
    #[command(flatten)]
    Books(BooksCommand),
    /// The journal's files
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Card readers
    #[command(subcommand)]
    Reader(ReaderCommand),
    /// The settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Looks at everything that a payment needs, and says what is missing and what to do
    Doctor {
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// Stand-ins for r_keeper and Lime; they keep their state in --state-dir
    Sim(SimArgs),
}

/// Commands that talk to the servers.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TillCommand {
    /// Open orders of r_keeper
    Orders {
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// One order with its dishes
    Order {
        /// Name as shown, such as "*/1", or GUID
        #[arg(value_name = "REF")]
        reference: String,
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// A card with its accounts and balances
    Card {
        /// UID in the site's notation
        #[arg(value_name = "UID", required_unless_present = "number")]
        uid: Option<String>,
        /// The number printed on it, of a card that cannot be read
        #[arg(long, value_name = "NUMBER", conflicts_with = "uid")]
        number: Option<String>,
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// Pay an order from the accounts of the cards
    Pay(PayArgs),
    /// Give money of a payment back to the accounts that it came from
    Refund(RefundArgs),
    /// Say what happened to a payment that asking did not settle, or that what looking back found
    /// is known
    Decide(DecideArgs),
    /// Finish payments that were interrupted or are not yet clear, and look back at both servers
    /// for what the journal does not have
    Recover {
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
}

/// Commands that read the journal.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum BooksCommand {
    /// Payments of this till
    Payments {
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// One payment with its dishes
    Payment {
        /// Payment id
        #[arg(value_name = "ID")]
        id: String,
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// Reports from this till's journal
    #[command(subcommand)]
    Report(ReportCommand),
}

/// Commands about the journal itself.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum JournalCommand {
    /// Is the journal what the till wrote? Names the first bad row; exit code 7 then
    Verify {
        /// A copy, with its key beside it [default: this till's journal]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// A copy of the journal and its key, also while the till works
    Export {
        /// File that does not exist yet [default: journal-DATE-TIME.db here]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Without the key: nobody can read UIDs and requests in the copy
        #[arg(long)]
        without_key: bool,
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// Who was at the till: logins, locks, managers' yes and refused logins
    Operators {
        /// So many days back, today included
        #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3660))]
        days: u16,
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// Go on with a journal that lost its end, after both servers were looked through
    Accept {
        /// Who decided it
        #[arg(long, value_name = "NAME")]
        operator: String,
        /// The manager who says yes to it, where the operator may not do it alone; asked for his PIN
        #[arg(long, value_name = "NAME")]
        manager: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Output {
    /// JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// What `pay` is told.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct PayArgs {
    /// Name of the order as shown, such as "*/1", or GUID
    #[arg(value_name = "REF")]
    pub reference: String,
    /// UID of a guest's card, in the order of tapping
    #[arg(long = "card", value_name = "UID", required_unless_present = "numbers")]
    pub cards: Vec<String>,
    /// Number printed on a card that cannot be read; such cards follow those with a UID
    #[arg(long = "number", value_name = "NUMBER")]
    pub numbers: Vec<String>,
    /// What an account gives; without any, the split is suggested. ACCOUNT is its id, or its name
    /// where that is unique on the card; a card without UID is number=NUMBER:ACCOUNT:AMOUNT
    #[arg(long = "take", value_name = "UID:ACCOUNT:AMOUNT")]
    pub takes: Vec<String>,
    /// A part of the bill is enough; the rest is paid at the till
    #[arg(long)]
    pub partial: bool,
    /// Who pays, where the site has operators; asked for his PIN unless `LIMEKEEPER_OPERATOR_PIN` has it
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// The manager who says yes, where one must; asked for his PIN unless `LIMEKEEPER_MANAGER_PIN` has it
    #[arg(long, value_name = "NAME")]
    pub manager: Option<String>,
    /// Ask for the guest's PIN where the sum needs it, unless `LIMEKEEPER_GUEST_PIN` has it
    #[arg(long)]
    pub guest_pin: bool,
    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// What `refund` is told.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct RefundArgs {
    /// Payment id
    #[arg(value_name = "PAYMENT_ID")]
    pub payment: String,
    /// What goes back: a leg by its number, whole or a sum of it; without any, all that is left
    #[arg(long = "leg", value_name = "N[:AMOUNT]")]
    pub legs: Vec<String>,
    /// `r_keeper` is put right by hand, even where the program could do it
    #[arg(long)]
    pub by_hand: bool,
    /// Who gives it back
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// The manager who says yes to it, where the operator may not do it alone; asked for his PIN
    #[arg(long, value_name = "NAME")]
    pub manager: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// What `decide` is told.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct DecideArgs {
    /// Payment id
    #[arg(value_name = "PAYMENT_ID")]
    pub payment: String,
    /// The refund that it is about, where it is about one
    #[arg(long, value_name = "REFUND_ID")]
    pub refund: Option<String>,
    /// What is to be believed.
    #[command(flatten)]
    pub verdict: VerdictArgs,
    /// What was in doubt when you looked, as `payment` says it; goes with --happened and --did-not
    #[arg(long, value_name = "WORD")]
    pub about: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    pub operator: String,
    /// The manager who says yes to it, where the operator may not do it alone; asked for his PIN
    #[arg(long, value_name = "NAME")]
    pub manager: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// One of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag each, of which one is given"
)]
#[group(required = true, multiple = false)]
pub struct VerdictArgs {
    /// Ask both servers once more
    #[arg(long)]
    pub ask_again: bool,
    /// What is in doubt did happen
    #[arg(long)]
    pub happened: bool,
    /// It did not, and cannot any more
    #[arg(long)]
    pub did_not: bool,
    /// What looking back found is known, and what had to be put right is
    #[arg(long)]
    pub known: bool,
}

/// The reports.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ReportCommand {
    /// Every check dish by dish, with who paid it («Детальный по продажам»)
    Sales {
        /// Days of the report.
        #[command(flatten)]
        days: Days,
        /// How the report is written.
        #[command(flatten)]
        output: ReportOutput,
    },
    /// What a card paid («История операций»)
    Card {
        /// UID in the site's notation
        #[arg(value_name = "UID")]
        uid: String,
        /// Days of the report.
        #[command(flatten)]
        days: Days,
        /// How the report is written.
        #[command(flatten)]
        output: ReportOutput,
    },
}

/// Days of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Days {
    /// First day, 2026-11-25 or 25.11.2026 [default: today; all days for a card]
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub from: Option<Date>,
    /// Last day, included [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub to: Option<Date>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
pub struct ReportOutput {
    /// Whose books: the journal of this till, or lime, where the site's server shows its own
    #[arg(long, value_enum, default_value_t = Source::Journal, hide_possible_values = true)]
    pub source: Source,
    /// table, csv (for a spreadsheet) or json
    #[arg(long, value_enum, default_value_t = Format::Table, hide_possible_values = true)]
    pub format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

impl ReportOutput {
    /// The format that both flags ask for.
    pub const fn format(self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// Whose books a report is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// This till's journal.
    Journal,
    /// The site's Lime.
    Lime,
}

/// Formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading
    Table,
    /// For a spreadsheet
    Csv,
    /// For programs
    Json,
}

/// Commands about readers.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ReaderCommand {
    /// What is plugged in, what it may be, and whether it can be opened; opens nothing
    List {
        /// How the list is written: with --json, a line per device
        #[command(flatten)]
        output: Output,
    },
    /// Finds out what a reader is and writes it into the config: unplug, plug, tap a card twice,
    /// type its number. Shows first what it would write
    Learn(LearnArgs),
    /// What the readers say, as it comes, each card in every notation; ends with Ctrl+C
    Watch(WatchArgs),
    /// What a reader sends, byte for byte with times, into a file for support; ends with Ctrl+C
    Record(RecordArgs),
    /// Bytes of a reader on stdin, one JSON line per event on stdout
    Decode(DecodeArgs),
    /// Linux: the udev rules on stdout, and the commands that install them on stderr
    Udev,
}

/// Commands about the settings.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Commands that read the settings.
    #[command(flatten)]
    Read(SettingsCommand),
    /// Trust the certificate that a server shows: compare its fingerprint, then it is written into
    /// the config. No request and no password is sent
    Pin(PinArgs),
    /// Adds somebody who works at the till: his PIN is typed unseen, and only its hash is written into
    /// the config
    Operator(OperatorArgs),
}

/// Commands that read the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum SettingsCommand {
    /// Is everything set that a till needs?
    Check {
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
    /// The settings in force and where each comes from; secrets are masked
    Show {
        /// How the result is written.
        #[command(flatten)]
        output: Output,
    },
}

/// What `sim` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct SimArgs {
    /// Orders, cards and accounts to begin with [default: the sample]
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Version of r_keeper to play: 7.5.2, 7.6.0, 7.6.4, 7.7, 7.25 or 7.26 [default: the scenario's]
    #[arg(long, value_name = "VERSION")]
    pub rkeeper_version: Option<String>,
    /// A habit of the site, such as `printer_fails`; may be given several times
    #[arg(long = "habit", value_name = "HABIT")]
    pub habits: Vec<String>,
    /// Address of the r_keeper stand-in [default: a free loopback port]
    #[arg(long, value_name = "ADDR")]
    pub rkeeper: Option<SocketAddr>,
    /// Address of the Lime stand-in [default: a free loopback port]
    #[arg(long, value_name = "ADDR")]
    pub lime: Option<SocketAddr>,
    /// Address of the control API [default: a free loopback port]
    #[arg(long, value_name = "ADDR")]
    pub control: Option<SocketAddr>,
}

impl Args {
    /// The arguments of a process, its name first. `Err`: help, version or a usage error was
    /// written, and the process ends with that code.
    pub fn parse_from_process(args: impl IntoIterator<Item = OsString>) -> Result<Self, ExitCode> {
        Self::try_parse_from(args).map_err(|error| {
            let written = error.print();
            match (error.use_stderr(), written) {
                (true, _) => ExitCode::Usage,
                (false, Ok(())) => ExitCode::Done,
                (false, Err(_)) => ExitCode::Failed,
            }
        })
    }

    /// What the flags say about settings.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            config: self.config.clone(),
            lang: self.lang,
            state_dir: self.state_dir.clone(),
        }
    }
}

fn lang_parser() -> impl TypedValueParser<Value = Lang> {
    PossibleValuesParser::new([Lang::Ru.code(), Lang::En.code()]).map(|code| {
        if code == Lang::En.code() {
            Lang::En
        } else {
            Lang::Ru
        }
    })
}

fn parse_day(text: &str) -> Result<Date, String> {
    let day = if text.contains('.') {
        Date::strptime("%d.%m.%Y", text)
    } else {
        text.parse()
    };
    day.map_err(|_| "a day is written 2026-11-25 or 25.11.2026".to_owned())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use clap::CommandFactory;
    use jiff::civil::date;

    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_grammar_is_sound_and_its_help_as_written() {
        Args::command().debug_assert();
        let mut help = String::new();
        for path in [
            &[][..],
            &["pay"],
            &["report", "sales"],
            &["report", "card"],
            &["journal", "verify"],
            &["journal", "export"],
            &["journal", "accept"],
            &["reader", "list"],
            &["reader", "learn"],
            &["reader", "watch"],
            &["reader", "record"],
            &["reader", "decode"],
            &["config", "operator"],
            &["sim"],
        ] {
            let args = ["limekeeper"].iter().chain(path).chain(&["--help"]);
            let text = Args::try_parse_from(args).unwrap_err().to_string();
            writeln!(help, "$ limekeeper {}\n{text}", path.join(" ")).unwrap();
        }
        insta::assert_snapshot!("help", help);
    }

    #[test]
    fn command_lines() {
        assert_eq!(parse("limekeeper").unwrap().command, None);
        let args =
            parse("limekeeper pay */1 --card 1 --card 2 --take 1:Депозит:5,00 --json --lang en");
        let args = args.unwrap();
        assert_eq!(args.lang, Some(Lang::En));
        let Some(Command::Till(TillCommand::Pay(pay))) = args.command else {
            panic!("{args:?}");
        };
        assert_eq!(pay.cards, ["1", "2"]);
        assert_eq!(pay.takes, ["1:Депозит:5,00"]);
        assert!(pay.output.json);

        let args = parse("limekeeper report sales --from 25.11.2026 --to 2026-11-26 --format csv");
        let Some(Command::Books(BooksCommand::Report(ReportCommand::Sales { days, output }))) =
            args.unwrap().command
        else {
            panic!();
        };
        assert_eq!(days.from, Some(date(2026, 11, 25)));
        assert_eq!(days.to, Some(date(2026, 11, 26)));
        assert_eq!(output.format(), Format::Csv);

        let args = parse("limekeeper sim --state-dir d --control 127.0.0.1:0").unwrap();
        assert_eq!(args.state_dir, Some("d".into()));

        for wrong in [
            "limekeeper pay */1",
            "limekeeper nothing",
            "limekeeper --lang de",
            "limekeeper report sales --from 31.02.2026",
            "limekeeper report sales --json --format csv",
            "limekeeper journal accept --operator Anna",
            "limekeeper reader decode --family nfc",
            "limekeeper reader decode --family rdm6300 --notation octal",
        ] {
            assert_eq!(parse(wrong).unwrap_err().exit_code(), 2, "{wrong}");
        }
    }
}
