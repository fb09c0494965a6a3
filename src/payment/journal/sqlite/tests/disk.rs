//! Full and read-only, on real file systems.
//!
//! A small disk is a tmpfs that the test mounts for itself in a namespace of its own: as an ordinary
//! user, or as root where user namespaces are forbidden. In a container that may mount nothing,
//! `/dev/shm` is a small disk already. One of them is found, or the test fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::*;
use crate::payment::journal::reserve::RESERVE_FILE;

const SMALL_DISK: &str = "LIMEKEEPER_SMALL_DISK";
const READ_ONLY_FOLDER: &str = "LIMEKEEPER_READ_ONLY_FOLDER";
/// What a disk of the test may hold: more would be filled for too long.
const SMALL_MIB: u64 = 256;
const MOUNT: &str =
    r#"mount -t tmpfs -o size=16m,mode=700 none "$1" && exec "$2" --exact "$3" --nocapture"#;
const TESTS: &str = "payment::journal::sqlite::tests::disk::";

/// This program again, with one test, by another program's hands.
fn again(by: &[&str], test: &str, variable: &str, folder: &Path) -> Output {
    let (program, arguments) = by.split_first().unwrap();
    Command::new(program)
        .args(arguments)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{TESTS}{test}"), "--nocapture"])
        .env(variable, folder)
        .output()
        .unwrap()
}

fn seen_to_the_end(way: &str, output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{way}: {said}\n{errors}");
    assert!(said.contains("seen to the end"), "{way}: {said}\n{errors}");
    println!("{way}");
    for line in said.lines().filter(|line| line.starts_with("start on")) {
        println!("{line}");
    }
}

#[test]
fn a_real_small_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = |own_user: &[&str]| {
        let mut tried = Command::new("unshare");
        tried.args(own_user).args(["-m", "sh", "-ec"]);
        let may = Command::new("unshare")
            .args(own_user)
            .args(["-m", "mount", "-t", "tmpfs", "none"])
            .arg(folder.path())
            .output();
        if !may.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let output = tried
            .args([MOUNT, "sh"])
            .arg(folder.path())
            .arg(std::env::current_exe().unwrap())
            .arg(format!("{TESTS}on_the_small_disk"))
            .env(SMALL_DISK, folder.path())
            .output();
        Some(output.unwrap())
    };
    if let Some(output) = mounted(&["-r"]) {
        seen_to_the_end("a mount in a user namespace", &output);
    } else if let Some(output) = mounted(&[]) {
        seen_to_the_end("a mount as root", &output);
    } else {
        let total = fs4::total_space("/dev/shm").unwrap_or(u64::MAX) / 1024 / 1024;
        assert!(
            total <= SMALL_MIB && fs4::total_space("/").unwrap_or(0) / 1024 / 1024 != total,
            "no small disk to fill: neither `unshare -rm` nor `unshare -m` may mount a tmpfs here, \
             and /dev/shm, of {total} MiB, is none of at most {SMALL_MIB} MiB"
        );
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let output = again(&["env"], "on_the_small_disk", SMALL_DISK, folder.path());
        seen_to_the_end("/dev/shm of the container", &output);
    }
}

/// Leaves not a byte free.
fn fill(folder: &Path) -> PathBuf {
    use std::io::Write as _;
    let path = folder.join("filler");
    let mut file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .unwrap();
    for size in [65_536, 4_096, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
    path
}

fn large() -> Entry {
    Entry::Request(RequestKind::Pay, vec![7; 300_000])
}

fn small() -> Entry {
    Entry::Request(RequestKind::Pay, b"again".to_vec())
}

/// Names in the folder, without what SQLite makes anew where it only looks: the log's index, and a
/// log without a byte.
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .filter(|file| {
            let name = file.file_name();
            let log = name.to_string_lossy().ends_with("-wal");
            !(log && file.metadata().unwrap().len() == 0)
        })
        .map(|file| file.file_name())
        .collect();
    names.retain(|name| !name.to_string_lossy().ends_with("-shm"));
    names.sort();
    names
}

#[test]
fn on_the_small_disk() {
    let Some(folder) = std::env::var_os(SMALL_DISK).map(PathBuf::from) else {
        return;
    };
    let (begun, next) = (sale(), sale());
    let (rows, written) = a_disk_that_fills(&folder, &begun, &next);
    starts_on_a_full_disk(&folder, (&begun, rows), (&next, written));
    println!("seen to the end");
}

/// Number of rows of both payments.
fn a_disk_that_fills(folder: &Path, begun: &Sale, next: &Sale) -> (usize, usize) {
    let reserve = folder.join(RESERVE_FILE);
    let other = sale();
    let all = entries(begun);
    let mut journal = SqliteJournal::open(folder, at()).unwrap();
    assert!(matches!(journal.room(64), Room::Low { free_mib: 0..=16 }));
    journal.append(begun, &all[..1], false, at()).unwrap();

    // Full: nothing is begun, and the reserve stays for those that are.
    let filler = fill(folder);
    let mut error = journal.append(&other, &entries(&other)[..1], false, at());
    while error.is_ok() {
        // The log had room left from before.
        let another = sale();
        error = journal.append(&another, &entries(&another)[..1], false, at());
    }
    assert!(matches!(error, Err(JournalError::Full)), "{error:?}");
    assert!(reserve.exists());
    // What has begun goes on, and has used the reserve.
    journal.append(begun, &all[1..], false, at()).unwrap();
    journal.append(begun, &[large()], false, at()).unwrap();
    assert!(!reserve.exists());
    assert_eq!(journal.room(64), Room::ReserveUsed);
    let refused = journal.append(next, &entries(next)[..1], false, at());
    assert!(matches!(refused, Err(JournalError::Full)), "{refused:?}");
    journal.append(begun, &[small()], false, at()).unwrap();
    let rows = journal.entries(begun.payment).unwrap().len();
    assert_eq!(rows, all.len() + 2);

    // Somebody makes room: payments are taken again, without a new start.
    fs::remove_file(&filler).unwrap();
    journal
        .append(next, &entries(next)[..1], false, at())
        .unwrap();
    assert!(reserve.exists());
    assert_ne!(journal.room(64), Room::ReserveUsed);

    // Field case 67: full at the row of a result, twice: stopped, and the payment stays open.
    fill(folder);
    let mut written = 1;
    let error = loop {
        match journal.append(next, &[large()], false, at()) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Write(_)), "{error}");
    let stopped = journal.append(next, &[large()], false, at());
    assert!(matches!(stopped, Err(JournalError::Stopped)));
    assert!(journal.unfinished().unwrap().contains(&next.payment));
    drop(journal);
    assert!(!reserve.exists());

    (rows, written)
}

fn starts_on_a_full_disk(folder: &Path, begun: (&Sale, usize), next: (&Sale, usize)) {
    let reserve = folder.join(RESERVE_FILE);
    let (begun, rows) = begun;
    // Where the log has room left from before, a start finds room for what has begun, and for no
    // more.
    let filler = fill(folder);
    let before = names(folder);
    match SqliteJournal::open(folder, at()) {
        Ok(mut journal) => {
            assert_eq!(journal.room(64), Room::ReserveUsed);
            let fresh = sale();
            let refused = journal.append(&fresh, &entries(&fresh)[..1], false, at());
            assert!(matches!(refused, Err(JournalError::Full)), "{refused:?}");
        }
        Err(error) => assert!(matches!(error, JournalError::Full), "{error}"),
    }
    assert!(names(folder).iter().all(|name| before.contains(name)));
    fs::remove_file(&filler).unwrap();
    drop(SqliteJournal::open(folder, at()).unwrap());
    fs::remove_file(&reserve).unwrap();

    // Field case 66: a start on a full disk without a reserve takes no payments and deletes nothing.
    let filler = fill(folder);
    let before = names(folder);
    let error = SqliteJournal::open(folder, at()).unwrap_err();
    assert!(matches!(error, JournalError::Full), "{error}");
    println!("start on a full disk: {error}");
    assert_eq!(names(folder), before);
    fs::remove_file(&filler).unwrap();

    // Everything acknowledged is there. A start with a reserve on a full disk finishes what is open.
    let journal = SqliteJournal::open(folder, at()).unwrap();
    assert_eq!(journal.entries(begun.payment).unwrap().len(), rows);
    assert_eq!(journal.entries(next.0.payment).unwrap().len(), next.1);
    assert_eq!(journal.verify().first_bad, None);
    drop(journal);
    assert!(reserve.exists());
    let filler = fill(folder);
    let mut journal = SqliteJournal::open(folder, at()).unwrap();
    assert_eq!(journal.room(64), Room::ReserveUsed);
    journal.append(begun, &[small()], false, at()).unwrap();
    let fresh = sale();
    let refused = journal.append(&fresh, &entries(&fresh)[..1], false, at());
    assert!(matches!(refused, Err(JournalError::Full)), "{refused:?}");
    drop(journal);
    fs::remove_file(&filler).unwrap();

    // Read-only: no payments, history stays. A container's /dev/shm cannot be made read-only.
    drop(SqliteJournal::open(folder, at()).unwrap());
    if folder.starts_with("/dev/shm") {
        return;
    }
    let remount = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(folder)
        .status();
    assert!(remount.unwrap().success());
    no_payments_history_stays(folder, "disk", begun, rows + 1);
}

fn no_payments_history_stays(folder: &Path, what: &str, sale: &Sale, rows: usize) {
    let error = SqliteJournal::open(folder, at()).unwrap_err();
    assert!(matches!(error, JournalError::Unusable { .. }), "{error}");
    println!("start on a read-only {what}: {error}");
    let reader = SqliteJournal::open_to_read(folder).unwrap().unwrap();
    assert_eq!(reader.entries(sale.payment).unwrap().len(), rows);
}

/// A folder that nobody may write to. Root may always: it gives that right up first.
#[test]
fn a_read_only_folder() {
    let folder = tempfile::tempdir().unwrap();
    let probe = folder.path().join("probe");
    fs::write(&probe, "").unwrap();
    rights(&probe, 0o400);
    let root = fs::OpenOptions::new().write(true).open(&probe).is_ok();
    let by: &[&str] = if root {
        &[
            "setpriv",
            "--bounding-set",
            "-dac_override,-dac_read_search,-fowner",
            "--",
        ]
    } else {
        &["env"]
    };
    let output = again(
        by,
        "in_the_read_only_folder",
        READ_ONLY_FOLDER,
        folder.path(),
    );
    seen_to_the_end(
        if root {
            "root without its right"
        } else {
            "not root"
        },
        &output,
    );
}

#[test]
fn in_the_read_only_folder() {
    let Some(folder) = std::env::var_os(READ_ONLY_FOLDER).map(PathBuf::from) else {
        return;
    };
    let folder = folder.join("state");
    let sale = sale();
    let mut journal = SqliteJournal::open(&folder, at()).unwrap();
    journal.append(&sale, &entries(&sale), false, at()).unwrap();
    drop(journal);
    let before = names(&folder);
    for name in &before {
        rights(&folder.join(name), 0o400);
    }
    rights(&folder, 0o500);
    no_payments_history_stays(&folder, "folder", &sale, 5);
    assert_eq!(names(&folder), before);
    // Given back, everything goes on.
    rights(&folder, 0o700);
    for name in &before {
        rights(&folder.join(name), 0o600);
    }
    let mut journal = SqliteJournal::open(&folder, at()).unwrap();
    journal.append(&sale, &[small()], false, at()).unwrap();
    println!("seen to the end");
}

fn rights(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
