//! What the program takes from the machine around it: folders and a few environment variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::schema::SECRET_VARIABLES;
use crate::os::folders;

/// Environment variable with the path of the config file.
pub const ENV_CONFIG: &str = "LIMEKEEPER_CONFIG";
/// Name of the config file.
pub const FILE_NAME: &str = "config.toml";

/// The machine around the program, as far as the settings need it; given, so that tests can make
/// one up.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The working folder.
    pub working_dir: Option<PathBuf>,
    /// Folder of the executable.
    pub exe_dir: Option<PathBuf>,
    /// The system's folder for this program's config.
    pub config_dir: Option<PathBuf>,
    /// The system's folder for this program's data.
    pub state_dir: Option<PathBuf>,
    /// Our environment variables, where they are set and not empty.
    pub variables: BTreeMap<&'static str, OsString>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let dirs = folders::of_user();
        let secrets = SECRET_VARIABLES.iter().map(|(name, ..)| *name);
        let variables = secrets
            .chain([ENV_CONFIG])
            .filter_map(|name| Some((name, std::env::var_os(name)?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self {
            working_dir: std::env::current_dir().ok(),
            exe_dir: std::env::current_exe()
                .ok()
                .and_then(|exe| exe.parent().map(Path::to_owned)),
            config_dir: dirs.config,
            state_dir: dirs.state,
            variables,
        }
    }

    /// The config file that was asked for by name, as a full path.
    pub(super) fn named_file(&self, flag: Option<&Path>) -> Option<PathBuf> {
        let named = match flag {
            Some(flag) => flag.to_owned(),
            None => PathBuf::from(self.variables.get(ENV_CONFIG)?),
        };
        Some(self.absolute(named))
    }

    /// Where a config file is looked for when none is named, first place first.
    pub(super) fn usual_files(&self) -> Vec<PathBuf> {
        [&self.exe_dir, &self.config_dir]
            .into_iter()
            .flatten()
            .map(|dir| dir.join(FILE_NAME))
            .collect()
    }

    /// Paths given on the command line count from the working folder.
    pub(super) fn absolute(&self, path: PathBuf) -> PathBuf {
        match &self.working_dir {
            Some(dir) => dir.join(path),
            None => path,
        }
    }
}
