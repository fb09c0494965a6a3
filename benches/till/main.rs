//! How soon the till screen answers, beside the floor that nobody can go below: a key → its frame, a
//! card → its accounts on the screen, start → first frame; what an idle till costs; how many bytes go
//! to the terminal.
//!
//! `cargo bench --bench till`; `-- --quick` takes few samples. It prints tables and judges nothing. It
//! needs Linux: pseudo terminals and /proc.

#![cfg_attr(target_os = "linux", expect(clippy::unwrap_used))]
#![expect(
    clippy::print_stdout,
    reason = "a program for developers: it prints, and stops where anything is odd"
)]

#[cfg(target_os = "linux")]
mod frames;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
#[path = "../stand_ins/mod.rs"]
#[expect(
    dead_code,
    reason = "this one asks nothing of the library's own clients"
)]
mod stand_ins;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    table::head();
    frames::run(if quick { 50 } else { 1_000 });
    program::run(if quick { 20 } else { 200 }, if quick { 3 } else { 30 });
    idle::run(std::time::Duration::from_secs(if quick { 15 } else { 120 }));
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this benchmark needs pseudo terminals and /proc of Linux");
}
