//! The `offhost` command: parse arguments, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    offhost::cli::main()
}
