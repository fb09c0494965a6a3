//! How soon a card is told: from the last byte of its frame on the line to the event out of the
//! supervisor, beside the time that the line itself takes at 9600 baud. And what four idle readers
//! cost.
//!
//! `cargo bench --bench reader`; `-- --quick` takes few cards. It prints a table and judges nothing.
//! The pseudo terminal is a real serial port to the program. HID reports come through a channel of
//! this process, so that the kernel's part is not in them. It needs Linux.

#![cfg_attr(target_os = "linux", expect(clippy::unwrap_used))]
#![expect(
    clippy::print_stdout,
    reason = "a program for developers: it prints, and stops where anything is odd"
)]

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() {
    linux::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this benchmark needs pseudo terminals and /proc of Linux");
}
