//! Any bytes as the config file. The settings are read from a file only, so one is written, where
//! `LIMEKEEPER_FUZZ_DIR` says or among the system's temporary files.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::{env, fs, process};

use libfuzzer_sys::fuzz_target;
use limekeeper::config::{Loaded, Need, Overrides, Surroundings, show};
use limekeeper::i18n::{Lang, Texts};

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let dir = env::var_os("LIMEKEEPER_FUZZ_DIR").map_or_else(env::temp_dir, PathBuf::from);
    dir.join(format!("limekeeper-fuzz-{}.toml", process::id()))
});

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("the fuzzer's file can be written");
    let overrides = Overrides {
        config: Some(FILE.clone()),
        ..Overrides::default()
    };
    let errors = match Loaded::load(&overrides, &Surroundings::default(), Need::File) {
        Ok(loaded) => {
            let _ = show::as_toml(&loaded);
            let _ = show::as_json(&loaded);
            let _ = loaded.state_dir();
            loaded.check_all().err()
        }
        Err(errors) => Some(errors),
    };
    if let Some(errors) = errors {
        assert!(!errors.errors.is_empty(), "refused for no reason");
        for lang in [Lang::Ru, Lang::En] {
            assert!(!errors.render(Texts::of(lang)).trim().is_empty());
        }
    }
});
