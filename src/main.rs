//! The program `limekeeper`.

use std::process::ExitCode;

fn main() -> ExitCode {
    limekeeper::runtime::program::run(std::env::args_os())
}
