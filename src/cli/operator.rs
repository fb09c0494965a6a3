//! `config operator`: somebody new at the till.

use crate::operators::Right;

/// Environment variable with the PIN of whoever is added.
pub const ENV_NEW_PIN: &str = "LIMEKEEPER_NEW_PIN";

/// Who changes the settings, where the site has operators.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct ChangedBy {
    /// Who changes the settings, where the site has operators already
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// The manager who says yes to it, where the operator may not do it alone
    #[arg(long, value_name = "NAME")]
    pub manager: Option<String>,
}

/// What `config operator` is told.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct OperatorArgs {
    /// Name, as it will stand in the journal
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What he may do: pay, `refund_today`, `refund_older`, resolve, settings, manager
    #[arg(long, value_name = "RIGHTS", value_delimiter = ',', required = true, value_parser = parse_right)]
    pub rights: Vec<Right>,
    /// UID of his staff card, in the site's notation
    #[arg(long, value_name = "UID")]
    pub card: Option<String>,
    /// He has no PIN: only his card opens the till screen
    #[arg(long, requires = "card")]
    pub without_pin: bool,
    /// Who adds him.
    #[command(flatten)]
    pub by: ChangedBy,
}

fn parse_right(word: &str) -> Result<Right, String> {
    let known = || format!("one of {} is expected", Right::WORDS.join(", "));
    Right::of_word(word.trim()).ok_or_else(known)
}
