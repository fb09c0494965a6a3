//! What a process asked of the disk, in its order, as `strace` saw it.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};

use super::*;

/// Everything that can change a file or make it safe. A call of this list that the reader below does
/// not know fails the test, so that nothing is left out unseen.
const CALLS: &str = "trace=?open,openat,?creat,write,pwrite64,writev,pwritev,?pwritev2,ftruncate,\
                     ?truncate,fallocate,fsync,fdatasync,?sync_file_range,?rename,renameat,\
                     renameat2,?unlink,unlinkat,?link,linkat,lseek,close,dup,?dup2,dup3,\
                     sendfile,copy_file_range";

/// One thing that was asked of the disk. Files are numbered, names may come to mean others.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A name means this file from now on.
    Named(String, usize),
    Unnamed(String),
    Write(usize, usize, Vec<u8>),
    Length(usize, usize),
    /// Everything asked of this file before is safe now.
    Sync(usize),
    /// So are the names.
    SyncNames,
}

/// Runs one test of this program again under `strace`.
pub(super) fn under_strace(
    options: &[&str],
    test: &str,
    variables: &[(&str, &std::ffi::OsStr)],
) -> Output {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq"])
        .args(options)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"]);
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = command.output();
    let output = output.unwrap_or_else(|error| {
        panic!("`strace` is needed to see what reaches the disk: {error}; .ci/run installs it")
    });
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{options:?}\n{said}\n{errors}");
    assert!(
        said.contains("seen to the end"),
        "{options:?}\n{said}\n{errors}"
    );
    output
}

/// Runs the work and adds what it asked of the files in `folder`.
pub(super) fn record(folder: &Path, work: &str, record: &mut Record) -> String {
    let log = tempfile::NamedTempFile::new().unwrap();
    let to = log.path().to_str().unwrap();
    let output = under_strace(
        &["-xx", "-s", "70000", "-e", CALLS, "-o", to],
        "payment::driver::tests::recorded::works_while_somebody_writes_it_down",
        &[
            ("LIMEKEEPER_RECORDED_FOLDER", folder.as_os_str()),
            ("LIMEKEEPER_RECORDED_WORK", work.as_ref()),
        ],
    );
    record.handles.clear();
    for line in fs::read_to_string(log.path()).unwrap().lines() {
        if let Some((_, call)) = line.split_once(' ')
            && call.contains('(')
        {
            assert!(
                !call.contains("<unfinished") && !call.contains("resumed>"),
                "calls of two threads at once: {call}"
            );
            record.read(folder, call.trim_start());
        }
    }
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .filter_map(|line| line.split_once("seen to the end: "))
        .map(|(_, rest)| rest.to_owned())
        .collect()
}

/// What was asked of one folder.
#[derive(Default)]
pub(super) struct Record {
    pub deeds: Vec<Deed>,
    names: HashMap<String, usize>,
    files: usize,
    /// Open files of the running process, and where each goes on writing.
    handles: HashMap<i64, (Handle, usize)>,
}

#[derive(Clone, Copy)]
enum Handle {
    File(usize),
    Folder,
}

impl Record {
    /// What the name means at the end.
    pub fn file(&self, name: &str) -> usize {
        self.names[name]
    }

    fn read(&mut self, folder: &Path, call: &str) {
        let (name, rest) = call.split_once('(').unwrap();
        let (arguments, answer) = rest.rsplit_once(" = ").unwrap();
        let answer: i64 = answer
            .split(' ')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(-1);
        if answer < 0 {
            return;
        }
        match name {
            "open" | "openat" | "creat" => self.opened(folder, arguments, answer),
            "unlink" | "unlinkat" => {
                if let Some(name) = in_folder(folder, arguments) {
                    self.names.remove(&name);
                    self.deeds.push(Deed::Unnamed(name));
                }
            }
            "rename" | "renameat" | "renameat2" | "link" | "linkat" | "truncate" => {
                let ours = in_folder(folder, arguments);
                assert!(ours.is_none(), "not understood: {name} of {ours:?}");
            }
            _ => self.by_handle(name, arguments, answer),
        }
    }

    fn opened(&mut self, folder: &Path, arguments: &str, handle: i64) {
        let path = text(arguments).unwrap();
        if Path::new(&path) == folder {
            self.handles.insert(handle, (Handle::Folder, 0));
        } else if let Some(name) = in_folder(folder, arguments) {
            let files = self.files;
            let file = *self.names.entry(name.clone()).or_insert(files);
            if file == files {
                self.files += 1;
                self.deeds.push(Deed::Named(name, file));
            }
            if arguments.contains("O_TRUNC") {
                self.deeds.push(Deed::Length(file, 0));
            }
            assert!(!arguments.contains("O_APPEND"), "not understood: {path}");
            self.handles.insert(handle, (Handle::File(file), 0));
        }
    }

    fn by_handle(&mut self, name: &str, arguments: &str, answer: i64) {
        let handle = arguments.split([',', ')']).next().unwrap();
        let Some((kind, position)) = handle
            .parse()
            .ok()
            .and_then(|handle: i64| self.handles.get_mut(&handle))
        else {
            return;
        };
        let size = usize::try_from(answer).unwrap();
        let number = |from_the_end: usize| -> usize {
            let mut words = arguments.trim_end().trim_end_matches(')').rsplit(", ");
            words.nth(from_the_end).unwrap().parse().unwrap()
        };
        let deed = match (name, *kind) {
            ("fsync" | "fdatasync", Handle::File(file)) => Deed::Sync(file),
            ("fsync" | "fdatasync", Handle::Folder) => Deed::SyncNames,
            ("write", Handle::File(file)) => {
                *position += size;
                Deed::Write(file, *position - size, bytes(arguments, size))
            }
            ("pwrite64", Handle::File(file)) => {
                Deed::Write(file, number(0), bytes(arguments, size))
            }
            ("ftruncate", Handle::File(file)) => Deed::Length(file, number(0)),
            ("lseek", _) => {
                *position = size;
                return;
            }
            ("close", _) => {
                self.handles.remove(&handle.parse().unwrap());
                return;
            }
            (other, _) => panic!("not understood: {other}({arguments}"),
        };
        self.deeds.push(deed);
    }
}

/// The name of a file in the folder, where the first path among the arguments is one.
fn in_folder(folder: &Path, arguments: &str) -> Option<String> {
    let path = text(arguments)?;
    let path = Path::new(&path);
    (path.parent() == Some(folder)).then(|| path.file_name().unwrap().to_str().unwrap().to_owned())
}

fn text(arguments: &str) -> Option<String> {
    let quoted = arguments.split('"').nth(1)?;
    String::from_utf8(unhex(quoted)).ok()
}

fn bytes(arguments: &str, size: usize) -> Vec<u8> {
    let mut parts = arguments.split('"');
    let quoted = parts.nth(1).unwrap();
    assert!(!parts.next().unwrap().starts_with("..."), "cut short");
    let mut bytes = unhex(quoted);
    bytes.truncate(size);
    bytes
}

/// `\x6a\x6f` and so on.
fn unhex(quoted: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => c - b'0',
        b'a'..=b'f' => c - b'a' + 10,
        _ => panic!("not hexadecimal: {quoted}"),
    };
    quoted
        .as_bytes()
        .chunks(4)
        .map(|c| digit(c[2]) << 4 | digit(c[3]))
        .collect()
}
