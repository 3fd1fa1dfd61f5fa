//! A fresh database on the PostgreSQL server the tests were given.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Makes an empty database and gives its URL.
pub fn fresh_database(server: &str) -> String {
    let name = format!("docket_it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let status = Command::new("psql").args(["-q", "-d", server, "-c", &format!("CREATE DATABASE {name}")]).status();
    assert!(status.expect("psql starts").success(), "CREATE DATABASE {name}");
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{name}")
}
