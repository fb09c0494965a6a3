//! The system's folders for this program's config and data.

use std::path::PathBuf;

/// Where this user's config and data of limekeeper are; `None` where the system names no such place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Config.
    pub config: Option<PathBuf>,
    /// Data of this machine: journal, log.
    pub state: Option<PathBuf>,
}

/// Those of the user who runs the program.
#[cfg(not(windows))]
pub fn of_user() -> Folders {
    directories::ProjectDirs::from("", "", "limekeeper").map_or_else(Folders::default, |dirs| {
        Folders {
            config: Some(dirs.config_dir().to_owned()),
            state: Some(dirs.data_local_dir().to_owned()),
        }
    })
}

/// Those of the user who runs the program, by the variables that Windows sets at log-on. `directories`
/// asks `combase.dll`, which Windows 7 does not have: there the program would not start.
#[cfg(windows)]
pub fn of_user() -> Folders {
    let folder = |variable, inner| {
        let root = PathBuf::from(std::env::var_os(variable)?);
        root.is_absolute()
            .then(|| root.join("limekeeper").join(inner))
    };
    Folders {
        config: folder("APPDATA", "config"),
        state: folder("LOCALAPPDATA", "data"),
    }
}
