//! What the system says of a node without opening it. Opening a serial port raises DTR, which starts
//! some devices anew, so that nothing here ever opens one.

use std::path::Path;

/// Whether this user may read and write the node; `None` where only opening tells.
#[cfg(unix)]
pub fn may_open(node: &Path) -> Option<bool> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    // With the rights of the process as they are, lists of `uaccess` included.
    let wanted = Access::READ_OK | Access::WRITE_OK;
    Some(accessat(CWD, node, wanted, AtFlags::EACCESS).is_ok())
}

/// Whether this user may read and write the node; `None` where only opening tells.
#[cfg(not(unix))]
pub fn may_open(_node: &Path) -> Option<bool> {
    None
}

/// The group whose members may open the node, by name where it has one.
#[cfg(unix)]
pub fn owning_group(node: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let gid = std::fs::metadata(node).ok()?.gid();
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    Some(group_name(gid, &groups))
}

/// The group whose members may open the node, by name where it has one.
#[cfg(not(unix))]
pub fn owning_group(_node: &Path) -> Option<String> {
    None
}

/// The name of a group in the text of `/etc/group`, or its number.
#[cfg(unix)]
fn group_name(gid: u32, groups: &str) -> String {
    groups
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let number: u32 = fields.nth(1)?.parse().ok()?;
            (number == gid).then(|| name.to_owned())
        })
        .unwrap_or_else(|| gid.to_string())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_a_node_is_read_from_it() {
        let groups = "root:x:0:\ndialout:x:20:petr\nuucp:x:14:\nbroken\n";
        assert_eq!(group_name(14, groups), "uucp");
        assert_eq!(group_name(987, groups), "987");
        assert!(owning_group(Path::new("/dev/null")).is_some_and(|group| !group.is_empty()));
        assert_eq!(owning_group(Path::new("/dev/no-such-port")), None);
    }

    #[test]
    fn what_everybody_may_open_we_may() {
        assert_eq!(may_open(Path::new("/dev/null")), Some(true));
        assert_eq!(may_open(Path::new("/dev/no-such-port")), Some(false));
    }
}
