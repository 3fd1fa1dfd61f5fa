//! Docket: one ledger for every order system.

fn main() -> std::process::ExitCode {
    docket::cli::main()
}
