//! The `offhost` command: parse arguments, run, exit code.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Blocks of records are freed by other threads than those that filled them. The allocator of glibc keeps what threads free apart, so
/// that a run took twice the memory that it had been given.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    offhost::cli::main()
}
