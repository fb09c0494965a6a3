//! Full, read-only: on a small real file system, where the system lets an ordinary user mount one.
//!
//! The test starts itself again in a mount namespace of its own; nothing is left behind there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::payment::journal::reserve::RESERVE_FILE;

const SMALL_DISK: &str = "LIMEKEEPER_SMALL_DISK";
const MOUNT: &str =
    r#"mount -t tmpfs -o size=16m,mode=700 none "$1" && exec "$2" --exact "$3" --nocapture"#;
const INSIDE: &str = "payment::journal::sqlite::tests::disk::on_the_small_disk";

#[cfg(target_os = "linux")]
#[test]
fn a_real_small_disk() {
    let may = Command::new("unshare").args(["-rm", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        println!("not tried: no mount namespaces here; `ends` has a full database");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-ec", MOUNT, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .arg(INSIDE)
        .env(SMALL_DISK, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("seen to the end"), "{said}\n{errors}");
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

/// Names in the folder, without the index that SQLite makes anew.
fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name())
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
    assert!(matches!(journal.room(), Room::Low { free_mib: 0..=16 }));
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
    assert_eq!(journal.room(), Room::ReserveUsed);
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
    assert_ne!(journal.room(), Room::ReserveUsed);

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
    // Field case 66: a start on a full disk without a reserve takes no payments and deletes nothing.
    let filler = fill(folder);
    let before = names(folder);
    let error = SqliteJournal::open(folder, at()).unwrap_err();
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
    assert_eq!(journal.room(), Room::ReserveUsed);
    journal.append(begun, &[small()], false, at()).unwrap();
    let fresh = sale();
    let refused = journal.append(&fresh, &entries(&fresh)[..1], false, at());
    assert!(matches!(refused, Err(JournalError::Full)), "{refused:?}");
    drop(journal);
    fs::remove_file(&filler).unwrap();

    // Read-only: no payments, history stays.
    drop(SqliteJournal::open(folder, at()).unwrap());
    let remount = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(folder)
        .status();
    assert!(remount.unwrap().success());
    let error = SqliteJournal::open(folder, at()).unwrap_err();
    assert!(matches!(error, JournalError::Unusable { .. }), "{error}");
    println!("start on a read-only disk: {error}");
    let reader = SqliteJournal::open_to_read(folder).unwrap().unwrap();
    assert_eq!(reader.entries(begun.payment).unwrap().len(), rows + 1);
}
