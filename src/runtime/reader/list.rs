//! `reader list`.

use crate::cli::reader::list::{Listed, list};
use crate::cli::{ExitCode, Io};
use crate::config::Loaded;
use crate::readers::device::survey;
use crate::readers::transport::devices;
use crate::runtime::connect;

/// What is plugged in, with the readers of the config that mean it. A config that is not there or
/// not right does not keep anybody from looking.
pub(in crate::runtime) fn list_devices(
    loaded: Option<&Loaded>,
    as_json: bool,
    io: &mut Io<'_>,
) -> ExitCode {
    let readers = loaded.map_or_else(Vec::new, |loaded| {
        connect::readers(&loaded.config).unwrap_or_default()
    });
    let listed: Vec<Listed> = survey(devices())
        .into_iter()
        .map(|found| Listed {
            configured: found
                .device
                .iter()
                .flat_map(|device| readers.iter().filter(|own| own.device.fits(device)))
                .map(|own| own.name.clone())
                .collect(),
            found,
        })
        .collect();
    list(&listed, as_json, io)
}
