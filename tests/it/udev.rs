//! The udev rules that are shipped fit the table of known readers. What they do is tried by
//! `tests/lab/run`, under a real udev.

use std::fs;
use std::path::Path;

use limekeeper::readers::device::UsbId;
use limekeeper::readers::device::known::{KNOWN, Nature};

/// Behind this number the tag `uaccess` is without effect.
const SEAT_RULES: u32 = 73;

fn rules() -> (String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/udev");
    let mut files = fs::read_dir(folder).unwrap();
    let file = files.next().unwrap().unwrap();
    assert!(files.next().is_none(), "one file is installed by the docs");
    let name = file.file_name().into_string().unwrap();
    (name, fs::read_to_string(file.path()).unwrap())
}

fn serial_rule(id: UsbId) -> String {
    let (vendor, product) = (id.vendor, id.product);
    format!(r#"ATTRS{{idVendor}}=="{vendor:04x}", ATTRS{{idProduct}}=="{product:04x}", ENV"#)
}

fn hid_rule(id: UsbId) -> String {
    format!(
        r#"KERNELS=="0003:{:04X}:{:04X}.*", ENV"#,
        id.vendor, id.product
    )
}

#[test]
fn every_known_reader_has_its_rule_and_nothing_else_has_one() {
    let (name, text) = rules();
    let number: u32 = name.split('-').next().unwrap().parse().unwrap();
    assert!(number < SEAT_RULES, "{name}");
    let lines: Vec<&str> = text.lines().collect();
    let has = |rule: &str| lines.iter().any(|line| line.starts_with(rule));
    let mut ruled = 0;
    for known in KNOWN {
        let serial = has(&serial_rule(known.id));
        let hid = has(&hid_rule(known.id));
        ruled += usize::from(serial) + usize::from(hid);
        // The service opens smart card readers; of the WinChipHead nobody knows how it speaks.
        let unruled = known.families == ["pcsc"] || known.id == UsbId::new(0x4348, 0x5537);
        let wanted = known.nature == Nature::Reader && !unruled;
        assert_eq!(serial || hid, wanted, "{known:?}");
    }
    let all = lines.iter().filter(|line| {
        !line.starts_with("SUBSYSTEM") && line.contains("ENV{LIMEKEEPER_READER}=\"")
    });
    assert_eq!(all.count(), ruled, "a rule names what the table does not");
}

#[test]
fn the_commands_that_install_the_rules_are_those_of_the_docs() {
    let (name, text) = rules();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/readers.md");
    let docs = fs::read_to_string(docs).unwrap();
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .collect();
    assert_eq!(commands.len(), 3);
    assert!(commands[0].contains(&format!("/etc/udev/rules.d/{name}")));
    for command in commands {
        assert!(docs.contains(command), "{command}");
    }
}
