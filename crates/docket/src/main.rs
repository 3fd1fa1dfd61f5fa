//! Docket: one ledger for every order system.

/// Every request makes and drops many small pieces of text; this allocator is faster at that than the system's, and
/// gives memory back after a burst of large answers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    docket::cli::main()
}
