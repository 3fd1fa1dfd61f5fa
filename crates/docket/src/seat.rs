//! The seat of a hub: a file in its data directory, held by one process at a time, with the name under which that process
//! holds its leases.
//!
//! A process that is killed leaves leases behind that run for half a minute. Whoever takes its seat knows that it is gone,
//! and need not wait.

use docket_core::ids::Uuid;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

const NAME: &str = "hub.lock";

/// A seat that is taken; free again when this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct Seat {
    _file: File,
}

impl Seat {
    /// Takes the seat of a data directory under a name, and gives the name of who had it last. `None` while another
    /// process has it.
    pub fn take(data: &Path, holder: Uuid) -> std::io::Result<Option<(Seat, Option<Uuid>)>> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(data.join(NAME))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut last = String::new();
        // A name that was cut off in the middle is nobody's.
        let last = file.read_to_string(&mut last).ok().and_then(|_| Uuid::try_parse(last.trim()).ok());
        file.seek(SeekFrom::Start(0))?;
        file.set_len(0)?;
        writeln!(file, "{holder}")?;
        Ok(Some((Seat { _file: file }, last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sits_at_a_time_and_the_next_knows_who_it_was() {
        let data = tempfile::tempdir().unwrap();
        let [first, second] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let (seat, last) = Seat::take(data.path(), first).unwrap().expect("it is free");
        assert_eq!(last, None);
        assert!(Seat::take(data.path(), second).unwrap().is_none(), "it is taken");
        drop(seat);
        let (_seat, last) = Seat::take(data.path(), second).unwrap().expect("it is free again");
        assert_eq!(last, Some(first));
    }
}
