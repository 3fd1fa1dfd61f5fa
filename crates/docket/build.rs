//! The console is embedded as `cargo xtask console` built it. A hub that is built without it says so where it would be.

use std::path::Path;

fn main() {
    let built = Path::new("../../console/dist");
    if let Err(error) = std::fs::create_dir_all(built) {
        println!("cargo::warning=the console's folder cannot be made: {error}");
    }
    println!("cargo::rerun-if-changed=../../console/dist");
}
