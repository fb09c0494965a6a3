//! The layers: built-in values, file, environment (secrets only), flags. A config that is broken in
//! any way starts nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::i18n::Lang;

use super::error::{ConfigError, ConfigErrors, Fault, Spot};
use super::places::{ENV_CONFIG, Surroundings};
use super::read::{self, FILE_BYTES_MAX, Spots};
use super::rules;
use super::schema::{
    self, ENV_INTEGRATION_TOKEN, ENV_LICENCE_PASSWORD, ENV_LICENCE_TOKEN, ENV_LIME_PASSWORD,
    ENV_MANAGER_PASSWORD, ENV_RKEEPER_PASSWORD, SECRET_VARIABLES,
};
use super::secret::Secret;
use super::settings::{Config, LimeKind, Rkeeper, Tls};

/// What the command line says about settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config FILE`
    pub config: Option<PathBuf>,
    /// `--lang`
    pub lang: Option<Lang>,
    /// `--state-dir DIR`
    pub state_dir: Option<PathBuf>,
}

/// Whether a command can do without a config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Built-in values are fine where no file is found.
    Optional,
    /// Without a file nothing starts.
    File,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The config file.
    File(Spot),
    /// An environment variable.
    Variable(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The file they come from; `None`: none was found and none was needed.
    pub file: Option<PathBuf>,
    spots: Spots,
    from_outside: BTreeMap<&'static str, Origin>,
    state_dir_flag: Option<PathBuf>,
    system_state_dir: Option<PathBuf>,
}

impl Loaded {
    /// Finds and reads the config file and puts the layers on each other.
    pub fn load(
        overrides: &Overrides,
        around: &Surroundings,
        need: Need,
    ) -> Result<Self, ConfigErrors> {
        let file = find(overrides, around, need)?;
        let parsed = match &file {
            None => read::Parsed {
                config: Config::default(),
                spots: Spots::new(),
            },
            Some(path) => parse(path)?,
        };
        let mut loaded = Self {
            config: parsed.config,
            file,
            spots: parsed.spots,
            from_outside: BTreeMap::new(),
            state_dir_flag: None,
            system_state_dir: around.state_dir.clone(),
        };
        loaded.take_variables(around)?;
        if let Some(lang) = overrides.lang {
            loaded.config.lang = lang;
            loaded.from_outside.insert("lang", Origin::Flag("--lang"));
        }
        if let Some(dir) = &overrides.state_dir {
            loaded.state_dir_flag = Some(around.absolute(dir.clone()));
            loaded
                .from_outside
                .insert("state_dir", Origin::Flag("--state-dir"));
        }
        Ok(loaded)
    }

    fn take_variables(&mut self, around: &Surroundings) -> Result<(), ConfigErrors> {
        for &(name, key, rule) in SECRET_VARIABLES {
            let Some(value) = around.variables.get(name) else {
                continue;
            };
            let fault = match value.to_str() {
                None => Some(Fault::VariableNotText(name)),
                Some(text) => rules::text_fault(rule, name, text),
            };
            if let Some(fault) = fault {
                return Err(ConfigErrors {
                    errors: vec![ConfigError::general(fault)],
                    lang: Some(self.config.lang),
                });
            }
            let secret = Secret::new(value.to_string_lossy());
            match name {
                ENV_RKEEPER_PASSWORD => self.config.rkeeper.password = secret,
                ENV_MANAGER_PASSWORD => self.config.rkeeper.manager_password = secret,
                ENV_LICENCE_TOKEN => self.config.rkeeper.licence.token = secret,
                ENV_LICENCE_PASSWORD => self.config.rkeeper.licence.password = secret,
                ENV_INTEGRATION_TOKEN => self.config.rkeeper.licence.integration_token = secret,
                ENV_LIME_PASSWORD => self.config.lime.login.password = secret,
                _ => self.config.lime.auth_value = secret,
            }
            self.from_outside.insert(key, Origin::Variable(name));
        }
        Ok(())
    }

    /// Where the value at that path (`rkeeper.url`) comes from.
    pub fn origin(&self, path: &str) -> Origin {
        if let Some(origin) = self.from_outside.get(path) {
            return *origin;
        }
        self.spots
            .get(path)
            .map_or(Origin::Default, |spot| Origin::File(*spot))
    }

    /// Folder of the journal and the log, as a full path: the flag, else the setting (counted from
    /// the config file's folder), else the system's place. Never relative to the working folder.
    pub fn state_dir(&self) -> Result<PathBuf, ConfigErrors> {
        let setting = &self.config.state_dir;
        let dir = if let Some(flag) = &self.state_dir_flag {
            Some(flag.clone())
        } else if setting.is_empty() {
            self.system_state_dir.clone()
        } else {
            let folder = self.file.as_deref().and_then(Path::parent);
            Some(folder.map_or_else(|| PathBuf::from(setting), |folder| folder.join(setting)))
        };
        let fault = match dir {
            None => Fault::NoStateDir,
            Some(dir) if rules::is_network(&dir.to_string_lossy()) => {
                Fault::NetworkFolder(dir.display().to_string())
            }
            Some(dir) if !dir.is_absolute() => Fault::NoStateDir,
            Some(dir) => return Ok(dir),
        };
        Err(self.errors(vec![("state_dir", fault)]))
    }

    /// Whether all that r_keeper needs is set.
    pub fn check_rkeeper(&self) -> Result<(), ConfigErrors> {
        let rkeeper = &self.config.rkeeper;
        let mut wrong = Vec::new();
        for (key, empty) in [
            ("rkeeper.url", rkeeper.url.is_empty()),
            ("rkeeper.user", rkeeper.user.is_empty()),
            ("rkeeper.password", !rkeeper.password.is_set()),
            ("rkeeper.station_code", rkeeper.station_code.is_empty()),
            ("rkeeper.cashier_code", rkeeper.cashier_code.is_empty()),
        ] {
            if empty {
                wrong.push((key, missing(key)));
            }
        }
        let takes_back = rkeeper.undo_receipt || rkeeper.remove_prepayments;
        for (key, lacks) in [
            (
                "rkeeper.part_payments",
                rkeeper.two_step_part_payments && !rkeeper.part_payments,
            ),
            (
                "rkeeper.undo_reason",
                rkeeper.undo_receipt && rkeeper.undo_reason.is_empty(),
            ),
            (
                "rkeeper.manager_code",
                takes_back && rkeeper.manager_code.is_empty(),
            ),
            (
                "rkeeper.manager_password",
                rkeeper.undo_receipt && !rkeeper.manager_password.is_set(),
            ),
        ] {
            if lacks {
                wrong.push((key, missing(key)));
            }
        }
        wrong.extend(legacy_tls(rkeeper, cfg!(feature = "legacy-tls")));
        let front = self.config.payment.front_s;
        if rkeeper.lock_s < front.saturating_add(rkeeper.pay_timeout_s) {
            let fault = Fault::LockTooShort {
                lock: rkeeper.lock_s,
                front,
                pay: rkeeper.pay_timeout_s,
            };
            wrong.push(("rkeeper.lock_s", fault));
        }
        for key in rkeeper.licence.missing() {
            wrong.push((key, missing(key)));
        }
        let currencies = &rkeeper.currencies;
        if [&currencies.money, &currencies.bonus, &currencies.credit]
            .iter()
            .all(|code| code.is_empty())
        {
            wrong.push(("rkeeper.currencies", Fault::NoCurrency));
        }
        self.verdict(wrong)
    }

    /// Whether all that Lime needs is set.
    pub fn check_lime(&self) -> Result<(), ConfigErrors> {
        let lime = &self.config.lime;
        // A server of holds knows its installation and its accounts by itself.
        let rpc = lime.kind == LimeKind::Rpc;
        let logs_in = rpc && lime.login.is_used();
        let mut wrong = Vec::new();
        for (key, empty) in [
            ("lime.url", lime.url.is_empty()),
            ("lime.auth_value", !logs_in && !lime.auth_value.is_set()),
            (
                "lime.login.password",
                logs_in && !lime.login.password.is_set(),
            ),
            ("lime.installation_id", rpc && lime.installation_id == 0),
            ("lime.cashdesk_id", rpc && lime.cashdesk_id == 0),
            ("lime.user_id", rpc && lime.user_id == 0),
            ("lime.account_types", rpc && lime.account_types.is_empty()),
        ] {
            if empty {
                wrong.push((key, missing(key)));
            }
        }
        self.verdict(wrong)
    }

    /// Both servers and the journal's folder: what a till needs. All that is missing at once.
    pub fn check_all(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        for part in [
            self.check_rkeeper(),
            self.check_lime(),
            self.state_dir().map(drop),
        ] {
            if let Err(more) = part {
                errors.extend(more.errors);
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors {
                errors,
                lang: Some(self.config.lang),
            })
        }
    }

    fn verdict(&self, wrong: Vec<(&str, Fault)>) -> Result<(), ConfigErrors> {
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(self.errors(wrong))
        }
    }

    /// Errors at keys: where the key stands empty, else at its table.
    fn errors(&self, wrong: Vec<(&str, Fault)>) -> ConfigErrors {
        let errors = wrong
            .into_iter()
            .map(|(key, fault)| {
                let table = key.rsplit_once('.').map_or(key, |(table, _)| table);
                let spot = self.spots.get(key).or_else(|| self.spots.get(table));
                ConfigError {
                    file: self.file.clone(),
                    spot: spot.copied(),
                    fault,
                }
            })
            .collect();
        ConfigErrors {
            errors,
            lang: Some(self.config.lang),
        }
    }
}

/// What old TLS lacks, where it is asked for: a pin above all, since nothing else is worth anything
/// in it.
fn legacy_tls(rkeeper: &Rkeeper, is_built: bool) -> Vec<(&'static str, Fault)> {
    if rkeeper.tls == Tls::Modern {
        return vec![];
    }
    let mut wrong = Vec::new();
    if !is_built {
        let fault = Fault::NoLegacyTls(rkeeper.tls.word().to_owned());
        wrong.push(("rkeeper.tls", fault));
    }
    if rkeeper.pins.is_empty() {
        wrong.push(("rkeeper.pins", missing("rkeeper.pins")));
    }
    if !rkeeper.proxy.is_empty() {
        wrong.push(("rkeeper.proxy", Fault::LegacyTlsByProxy));
    }
    wrong
}

fn missing(key: &'static str) -> Fault {
    let name = key.rsplit('.').next().unwrap_or(key);
    let rule = match schema::node(key) {
        Some(schema::Node::Value(rule)) => rule,
        Some(schema::Node::Table | schema::Node::Tables) | None => {
            return Fault::Missing {
                key: key.to_owned(),
                write: format!("[[{key}]]"),
            };
        }
    };
    let write = rules::example(name, rule);
    let mut secrets = SECRET_VARIABLES.iter();
    let Some((variable, ..)) = secrets.find(|(_, secret, _)| *secret == key) else {
        return Fault::Missing {
            key: key.to_owned(),
            write,
        };
    };
    Fault::MissingSecret {
        key: key.to_owned(),
        variable,
        write,
    }
}

/// The file to read: the named one, else the first of the usual ones that exists.
fn find(
    overrides: &Overrides,
    around: &Surroundings,
    need: Need,
) -> Result<Option<PathBuf>, ConfigErrors> {
    if let Some(named) = around.named_file(overrides.config.as_deref()) {
        return Ok(Some(named));
    }
    let usual = around.usual_files();
    for file in &usual {
        // What exists but cannot be looked at is an error later, not a reason to go on.
        if !matches!(file.try_exists(), Ok(false)) {
            return Ok(Some(file.clone()));
        }
    }
    match need {
        Need::Optional => Ok(None),
        Need::File => {
            let mut places = usual;
            places.insert(0, PathBuf::from("--config FILE"));
            places.insert(1, PathBuf::from(ENV_CONFIG));
            Err(ConfigError::general(Fault::NotFound(places)).into())
        }
    }
}

fn parse(path: &Path) -> Result<read::Parsed, ConfigErrors> {
    let at = |fault| ConfigError {
        file: Some(path.to_owned()),
        spot: None,
        fault,
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            at(match error.kind() {
                ErrorKind::NotFound => Fault::FileMissing,
                _ => Fault::Unreadable(error.to_string()),
            })
        })?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(at(Fault::TooLarge(limit)).into());
    }
    read::read(&bytes).map_err(|broken| ConfigErrors {
        errors: broken
            .errors
            .into_iter()
            .map(|error| ConfigError {
                file: Some(path.to_owned()),
                ..error
            })
            .collect(),
        lang: broken.lang,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Pin;

    #[test]
    fn old_tls_needs_its_feature_and_a_pin_and_no_proxy() {
        let keys = |rkeeper: &Rkeeper, is_built| -> Vec<&str> {
            let wrong = legacy_tls(rkeeper, is_built);
            wrong.into_iter().map(|(key, _)| key).collect()
        };
        let modern = Rkeeper::default();
        assert!(keys(&modern, false).is_empty());
        for tls in [Tls::OpensslTls12, Tls::OpensslTls10] {
            let bare = Rkeeper {
                tls,
                ..modern.clone()
            };
            assert_eq!(keys(&bare, false), ["rkeeper.tls", "rkeeper.pins"]);
            let pinned = Rkeeper {
                pins: vec![Pin([7; 32])],
                ..bare
            };
            assert!(keys(&pinned, true).is_empty());
            let proxied = Rkeeper {
                proxy: "http://10.0.0.1:3128".to_owned(),
                ..pinned
            };
            assert_eq!(keys(&proxied, true), ["rkeeper.proxy"]);
        }
    }

    #[test]
    fn a_build_without_old_tls_names_the_feature() {
        for lang in [Lang::Ru, Lang::En] {
            let fault = Fault::NoLegacyTls("openssl-tls10".to_owned());
            let errors = ConfigErrors::from(ConfigError::general(fault));
            let said = errors.render(crate::i18n::Texts::of(lang));
            assert!(said.contains("openssl-tls10"), "{said}");
            assert!(said.contains("--features legacy-tls"), "{said}");
        }
    }
}
