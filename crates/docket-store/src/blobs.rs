//! Large bytes, by content, in a folder: `blobs/ab/cdef…`.
//!
//! A blob is written beside its place, synced, and moved there; then the folder is synced. So a blob that has its
//! name is whole, also after a power cut.

use crate::{Answer, Store, StoreError};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

fn failed(path: &Path, error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("{}: {error}", path.display()))
}

/// Folder and file of an address; `None` when it is none.
fn place(blobs: &Path, address: &str) -> Option<(PathBuf, PathBuf)> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if address.len() != 64 || !address.bytes().all(hex) {
        return None;
    }
    let (first, rest) = address.split_at_checked(2)?;
    let folder = blobs.join(first);
    let file = folder.join(rest);
    Some((folder, file))
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

fn write_blob(blobs: &Path, bytes: &[u8]) -> Answer<String> {
    static TURN: AtomicU64 = AtomicU64::new(0);
    let address = hex::encode(Sha256::digest(bytes));
    let Some((folder, file)) = place(blobs, &address) else {
        return Err(StoreError::Failed("no place for a blob".to_owned()));
    };
    if fs::metadata(&file).is_ok_and(|known| known.len() == bytes.len() as u64) {
        // Whoever put it there may still be about to sync the folder.
        sync_folder(&folder).map_err(|error| failed(&folder, error))?;
        return Ok(address);
    }
    if !folder.is_dir() {
        fs::create_dir_all(&folder).and_then(|()| sync_folder(blobs)).map_err(|error| failed(&folder, error))?;
    }
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".{address}.{}.{turn}", std::process::id()));
    let write = || {
        let mut out = OpenOptions::new().write(true).create(true).truncate(true).open(&beside)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        fs::rename(&beside, &file)?;
        sync_folder(&folder)
    };
    write().map_err(|error| {
        // What is left beside is no blob; if it cannot be removed either, it is only in the way.
        let _ = fs::remove_file(&beside);
        failed(&file, error)
    })?;
    Ok(address)
}

impl Store {
    /// Keeps a blob; answers its content address (hex SHA-256) when it is on disk.
    pub async fn put_blob(&self, bytes: Vec<u8>) -> Answer<String> {
        let blobs = self.blobs_folder().to_owned();
        let written = tokio::task::spawn_blocking(move || write_blob(&blobs, &bytes));
        written.await.map_err(|error| StoreError::Failed(format!("writing was cut short: {error}")))?
    }

    /// The bytes of a blob.
    pub async fn blob(&self, address: &str) -> Answer<Option<Vec<u8>>> {
        let Some((_, file)) = place(self.blobs_folder(), address) else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || match fs::read(&file) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&file, error)),
        });
        read.await.map_err(|error| StoreError::Failed(format!("reading was cut short: {error}")))?
    }
}
