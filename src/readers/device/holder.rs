//! Who holds a node. On Linux `/proc` tells it of programs of this user, and to an administrator of
//! all; other systems have no such folder, and then nobody is named.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::domain::text::clean;

/// Where Linux shows its processes.
const PROC: &str = "/proc";
/// Most holders that are named.
const HOLDERS_MAX: usize = 4;
/// Most processes, and most open files of one, that are looked at.
const ENTRIES_MAX: usize = 8_192;

/// A program that has a node open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its name, at most 15 bytes as the system keeps it.
    pub name: String,
    /// Its process id.
    pub pid: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.pid)
    }
}

/// The programs that have the node open, as far as this user may know.
pub fn holders(node: &str) -> Vec<Holder> {
    holders_in(Path::new(PROC), Path::new(node))
}

fn holders_in(proc: &Path, node: &Path) -> Vec<Holder> {
    // Behind a link of `/dev/serial/by-id` is the node that the others have open.
    let Ok(node) = node.canonicalize() else {
        return Vec::new();
    };
    let mut found: Vec<Holder> = entries(proc)
        .filter_map(|process| {
            let pid = process.file_name()?.to_str()?.parse().ok()?;
            let holds = entries(&process.join("fd"))
                .any(|open| fs::read_link(open).is_ok_and(|target| target == node));
            holds.then(|| Holder {
                name: clean(
                    fs::read_to_string(process.join("comm"))
                        .unwrap_or_default()
                        .trim(),
                ),
                pid,
            })
        })
        .take(HOLDERS_MAX)
        .collect();
    found.sort_by_key(|holder| holder.pid);
    found
}

fn entries(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .take(ENTRIES_MAX)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_one_who_holds_a_port_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let node = folder.path().canonicalize().unwrap().join("ttyUSB0");
        fs::write(&node, "").unwrap();
        let by_id = folder.path().join("by-id");
        symlink(&node, &by_id).unwrap();
        let proc = folder.path().join("proc");
        for (pid, name, open) in [
            ("812", "rk7cash\n", Some(&node)),
            ("7", "brl\u{1b}tty\n", Some(&node)),
            ("9", "sshd\n", None),
        ] {
            let fd = proc.join(pid).join("fd");
            fs::create_dir_all(&fd).unwrap();
            fs::write(proc.join(pid).join("comm"), name).unwrap();
            symlink("/dev/null", fd.join("0")).unwrap();
            if let Some(open) = open {
                symlink(open, fd.join("5")).unwrap();
            }
        }
        fs::create_dir_all(proc.join("sys")).unwrap();
        let shown: Vec<String> = holders_in(&proc, &by_id)
            .iter()
            .map(Holder::to_string)
            .collect();
        assert_eq!(shown, ["brl tty (7)", "rk7cash (812)"]);
        assert_eq!(holders_in(&proc, &folder.path().join("ttyUSB1")), []);
        assert_eq!(holders_in(&folder.path().join("no-proc"), &node), []);
    }

    #[test]
    fn this_program_is_found_by_its_own_open_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let pids: Vec<u32> = holders(file.path().to_str().unwrap())
            .iter()
            .map(|holder| holder.pid)
            .collect();
        assert_eq!(pids, [std::process::id()]);
    }
}
