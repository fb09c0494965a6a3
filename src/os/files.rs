//! Who may read a file, which file it is, whether its folder is on this machine, and how a small file of
//! ours takes the place of the one before.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// File systems over a network: their locks and their synchronisation promise too little.
#[cfg(any(target_os = "linux", test))]
const NETWORK: [&str; 10] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "fuse.sshfs",
    "fuse.davfs",
    "davfs",
];

/// What is opened so and made by it is readable and writable by its owner only. Windows knows no
/// such thing at opening: there a file has the rights of its folder.
pub fn owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = options;
}

/// The same for a file that is there already; another owner's file stays as it is.
pub fn make_owner_only(file: &File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// Puts a file that only its owner reads in the place of the one before, whole: a program that ends in
/// the middle leaves the old one. The new one is written beside it, with the ending `.new`.
///
/// Errors: the folder cannot be written, or the disk is full; the old file is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

/// Makes what was made or deleted in a folder last: a name is safe only when its folder is. Windows has no
/// such call and needs none.
///
/// Errors: the folder cannot be opened or synchronised.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// A file's name as a URI, the way SQLite reads them («URI Filenames», 3.1); `None` where the name is no
/// text.
pub fn uri(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    Some(uri_of(path.to_str()?, cfg!(windows)))
}

/// The same of a whole path. With `drives` it begins with a drive's letter, and `\` parts its folders.
fn uri_of(path: &str, drives: bool) -> String {
    let mut uri = if drives { "file:/" } else { "file:" }.to_owned();
    for c in path.chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            '\\' if drives => uri.push('/'),
            c => uri.push(c),
        }
    }
    uri
}

/// Which file has a name, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

/// When a file was written last, in seconds and nanoseconds since 1970.
pub type Written = (i64, i64);

/// Which file this is and when it was written. `None` on Windows, where std does not say, and where
/// nobody can delete or replace a file that SQLite has open.
pub fn identity(file: &Metadata) -> Option<(FileId, Written)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = FileId {
            device: file.dev(),
            inode: file.ino(),
        };
        Some((id, (file.mtime(), file.mtime_nsec())))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// The kind of the file system that holds a folder, if it is one over a network and the system tells
/// cheaply: on Linux by the list of mounts, on Windows by what the folder's name, or its drive letter,
/// really stands for.
pub fn network_kind(folder: &Path) -> Option<String> {
    let whole = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    #[cfg(target_os = "linux")]
    {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        network_mount(&mounts, &whole).map(str::to_owned)
    }
    #[cfg(windows)]
    {
        share(&whole.to_string_lossy())
    }
    #[cfg(not(any(target_os = "linux", windows)))]
    {
        let _ = whole;
        None
    }
}

/// The share that a whole Windows path lies on, as `\\server\share`: also behind `\\?\`, as Windows writes
/// what a drive letter stands for («Naming Files, Paths, and Namespaces»). What a program cannot know the
/// place of, such as `\\.\`, is no share.
#[cfg(any(windows, test))]
fn share(path: &str) -> Option<String> {
    let path = path.replace('/', r"\");
    let rest = match path.strip_prefix(r"\\?\") {
        Some(whole) => {
            let unc = whole
                .get(..4)
                .is_some_and(|kind| kind.eq_ignore_ascii_case(r"UNC\"));
            if !unc {
                return None;
            }
            whole.get(4..)?
        }
        None => path.strip_prefix(r"\\")?,
    };
    let mut names = rest.split('\\');
    match (names.next()?, names.next()) {
        ("" | "." | "?", _) => None,
        (server, share) => Some(format!(r"\\{server}\{}", share.unwrap_or_default())),
    }
}

/// The kind of the file system that holds the folder, if it is one over a network.
#[cfg(any(target_os = "linux", test))]
fn network_mount<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mut found = (0, "");
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(point), Some(kind)) = (words.next(), words.next()) else {
            continue;
        };
        let point = std::path::PathBuf::from(point.replace("\\040", " ").replace("\\134", "\\"));
        let depth = point.components().count();
        // Of two mounts on the same point the later one is seen.
        if folder.starts_with(&point) && depth >= found.0 {
            found = (depth, kind);
        }
    }
    NETWORK.contains(&found.1).then_some(found.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_on_a_network_are_told_from_others() {
        let mounts = "/dev/vda / ext4 rw,relatime 0 0\n\
                      server:/till /mnt/till nfs4 rw 0 0\n\
                      //server/share /mnt/with\\040space cifs rw 0 0\n\
                      /dev/vdb /mnt/till/disk ext4 rw 0 0\n\
                      me@host: /home/me/far fuse.sshfs rw 0 0\n\
                      server:/twice /mnt/twice nfs rw 0 0\n\
                      /dev/vdc /mnt/twice xfs rw 0 0\n\
                      broken\n";
        for (folder, kind) in [
            ("/var/lib/limekeeper", None),
            ("/mnt/till", Some("nfs4")),
            ("/mnt/till/state", Some("nfs4")),
            ("/mnt/till2", None),
            ("/mnt/till/disk/state", None),
            ("/mnt/with space/state", Some("cifs")),
            ("/home/me/far", Some("fuse.sshfs")),
            ("/mnt/twice/state", None),
        ] {
            assert_eq!(network_mount(mounts, Path::new(folder)), kind, "{folder}");
        }
        assert_eq!(network_kind(tempfile::tempdir().unwrap().path()), None);
    }

    #[test]
    fn a_share_is_told_from_a_disk_of_this_machine() {
        for (path, on) in [
            (r"C:\limekeeper", None),
            (r"\\?\C:\limekeeper", None),
            (r"\\.\C:\limekeeper", None),
            (r"\\?\Volume{5f3a}\limekeeper", None),
            (r"\\?\UN", None),
            (r"\\", None),
            ("", None),
            ("касса", None),
            (r"\\?\касса", None),
            (r"\\server\till\state", Some(r"\\server\till")),
            ("//server/till/state", Some(r"\\server\till")),
            (r"\\?\UNC\server\till", Some(r"\\server\till")),
            (r"\\?\unc\сервер\касса\state", Some(r"\\сервер\касса")),
            (r"\\server", Some(r"\\server\")),
        ] {
            assert_eq!(share(path).as_deref(), on, "{path}");
        }
    }

    #[test]
    fn names_of_files_become_uris() {
        for (path, drives, expected) in [
            ("/var/till/journal.db", false, "file:/var/till/journal.db"),
            (r"/odd\a?b#c%d", false, r"file:/odd\a%3fb%23c%25d"),
            (
                r"C:\касса\100%#1\journal.db",
                true,
                "file:/C:/касса/100%25%231/journal.db",
            ),
        ] {
            assert_eq!(uri_of(path, drives), expected);
        }
        let here = uri(Path::new("journal.db")).unwrap();
        assert!(
            here.starts_with("file:/") && here.ends_with("/journal.db"),
            "{here}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_when_made_and_when_found() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        owner_only(&mut options);
        let file = options.open(&path).unwrap();
        assert_eq!(mode(), 0o600);
        file.set_permissions(std::fs::Permissions::from_mode(0o644))
            .unwrap();
        make_owner_only(&file);
        assert_eq!(mode(), 0o600);
    }
}
