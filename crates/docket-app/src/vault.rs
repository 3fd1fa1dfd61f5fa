//! Secrets that calls are made with: encrypted with a key that is not in the database.
//!
//! Whoever has a copy of the database has no secret; whoever has the key alone has none either. Each is sealed by
//! XChaCha20-Poly1305 with a random nonce, bound to its connection and name, so that none can be put in another's place.
//! Which key the store's secrets were sealed with is noted there by a fingerprint: a process that cannot find that key
//! says so, instead of making another.

use crate::files::HUB;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use docket_core::connection::Connection;
use docket_core::ids::ConnectionId;
use docket_core::ledger::Record;
use docket_store::{Append, Store, StoreError};
use parking_lot::Mutex;
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Records of a connection in which its sealed secrets lie, by name.
pub const SECRETS: &str = "secret";
const VAULT: &str = "vault";
const FINGERPRINT: &str = "key";
const FORM: &str = "1";
const NONCE: usize = 24;
const KEY: usize = 32;
/// The largest secret, in bytes.
pub const SECRET_LIMIT: usize = 8 * 1024;

/// Where the key comes from.
#[derive(Clone, Debug)]
pub struct KeySource {
    /// The file it lies in; made on first need.
    pub file: PathBuf,
    /// The key itself, 64 hexadecimal digits, where it is given instead of a file.
    pub given: Option<String>,
}

impl KeySource {
    /// `secret.key` in the data directory.
    pub fn beside(data: &Path) -> KeySource {
        KeySource { file: data.join("secret.key"), given: None }
    }
}

/// Why a secret could not be kept or read.
#[derive(Clone, Debug)]
pub enum VaultError {
    /// The key is not there, or is no key, or another one.
    Key(String),
    /// A sealed text is not what was sealed.
    Broken(String),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VaultError::Key(what) | VaultError::Broken(what) => f.write_str(what),
            VaultError::Store(error) => write!(f, "the store failed: {error}"),
        }
    }
}

impl std::error::Error for VaultError {}

impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> VaultError {
        VaultError::Store(error)
    }
}

/// Seals secrets and opens them again.
pub struct Vault {
    source: KeySource,
    key: Mutex<Option<Key>>,
}

#[derive(Clone)]
struct Key {
    cipher: XChaCha20Poly1305,
    fingerprint: String,
}

impl Key {
    fn of(bytes: &[u8; KEY]) -> Key {
        let fingerprint = Sha256::digest([b"docket secret key".as_slice(), bytes].concat());
        let fingerprint = hex::encode(fingerprint.get(..6).unwrap_or_default());
        Key { cipher: XChaCha20Poly1305::new(bytes.into()), fingerprint }
    }

    fn read(text: &str, place: &str) -> Result<Key, VaultError> {
        let mut bytes = [0; KEY];
        let read = hex::decode_to_slice(text.trim(), &mut bytes);
        read.map_err(|_| VaultError::Key(format!("{place} holds no key: it must be {} hexadecimal digits", 2 * KEY)))?;
        Ok(Key::of(&bytes))
    }
}

impl Vault {
    /// With a key that is looked for when it is first needed.
    pub fn new(source: KeySource) -> Vault {
        Vault { source, key: Mutex::new(None) }
    }

    /// The key, which must be the one the store's secrets are sealed with; made when there are none yet.
    async fn key(&self, store: &Store) -> Result<Key, VaultError> {
        if let Some(key) = self.key.lock().clone() {
            return Ok(key);
        }
        let noted = store.record(HUB, VAULT, FINGERPRINT).await?;
        let key = match (self.find()?, &noted) {
            (Some(key), _) => key,
            (None, None) => self.make()?,
            (None, Some(noted)) => {
                let what = format!(
                    "the secrets of this store are sealed with the key {noted}, and {} does not exist: put the key \
                     file there, name its place in `[secrets] key_file`, or give the key in DOCKET_SECRET_KEY",
                    self.source.file.display()
                );
                return Err(VaultError::Key(what));
            }
        };
        if noted.is_none() {
            note(store, &key.fingerprint).await?;
        }
        let noted = store.record(HUB, VAULT, FINGERPRINT).await?.unwrap_or_default();
        if noted != key.fingerprint {
            let (place, own) = (self.place(), &key.fingerprint);
            let what =
                format!("the secrets of this store are sealed with the key {noted}; the key of {place} is {own}");
            return Err(VaultError::Key(what));
        }
        *self.key.lock() = Some(key.clone());
        Ok(key)
    }

    fn place(&self) -> String {
        match &self.source.given {
            Some(_) => "DOCKET_SECRET_KEY".to_owned(),
            None => self.source.file.display().to_string(),
        }
    }

    fn find(&self) -> Result<Option<Key>, VaultError> {
        if let Some(given) = &self.source.given {
            return Key::read(given, "DOCKET_SECRET_KEY").map(Some);
        }
        match std::fs::read_to_string(&self.source.file) {
            Ok(text) => Key::read(&text, &self.place()).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(VaultError::Key(format!("{}: {error}", self.place()))),
        }
    }

    fn make(&self) -> Result<Key, VaultError> {
        let mut bytes = [0; KEY];
        rand::rng().fill_bytes(&mut bytes);
        match write_secret(&self.source.file, &format!("{}\n", hex::encode(bytes))) {
            Ok(()) => Ok(Key::of(&bytes)),
            // Somebody else made it meanwhile: theirs it is.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.find()?.ok_or_else(|| VaultError::Key(format!("{}: {error}", self.place())))
            }
            Err(error) => {
                Err(VaultError::Key(format!("the key for secrets cannot be kept in {}: {error}", self.place())))
            }
        }
    }

    /// Keeps secrets of a connection; those with no value are removed.
    pub async fn keep(
        &self,
        store: &Store,
        connection: &Connection,
        secrets: &BTreeMap<String, Option<String>>,
    ) -> Result<(), VaultError> {
        let mut records = Vec::with_capacity(secrets.len());
        for (name, value) in secrets {
            let value = match value {
                Some(text) => Some(seal(&self.key(store).await?, connection.id, name, text)?),
                None => None,
            };
            records.push(Record {
                holder: connection.id.into(),
                namespace: SECRETS.to_owned(),
                key: name.clone(),
                value,
                expected: None,
            });
        }
        let append = Append { account: connection.account, records, ..Append::default() };
        store.append(append).await?;
        Ok(())
    }

    /// Seals a text that is no connection's; it opens only for the same place.
    pub async fn seal(&self, store: &Store, place: &str, text: &str) -> Result<String, VaultError> {
        seal_bound(&self.key(store).await?, place.as_bytes(), place, text)
    }

    /// Opens what was sealed for a place.
    pub async fn open(&self, store: &Store, place: &str, sealed: &str) -> Result<String, VaultError> {
        open_bound(&self.key(store).await?, place.as_bytes(), place, sealed)
    }

    /// One secret of a connection.
    pub async fn secret(
        &self,
        store: &Store,
        connection: ConnectionId,
        name: &str,
    ) -> Result<Option<String>, VaultError> {
        match store.record(connection.into(), SECRETS, name).await? {
            Some(sealed) => open(&self.key(store).await?, connection, name, &sealed).map(Some),
            None => Ok(None),
        }
    }

    /// The secrets of a connection, by name.
    pub async fn secrets(
        &self,
        store: &Store,
        connection: ConnectionId,
    ) -> Result<BTreeMap<String, String>, VaultError> {
        let mut secrets = BTreeMap::new();
        for (name, sealed) in store.records(connection.into(), SECRETS).await? {
            let text = open(&self.key(store).await?, connection, &name, &sealed)?;
            secrets.insert(name, text);
        }
        Ok(secrets)
    }
}

/// The names of the secrets a connection has.
pub async fn names(store: &Store, connection: ConnectionId) -> Result<Vec<String>, StoreError> {
    let kept = store.records(connection.into(), SECRETS).await?;
    Ok(kept.into_iter().map(|(name, _)| name).collect())
}

/// Which key it is, once; somebody else may be faster.
async fn note(store: &Store, fingerprint: &str) -> Result<(), StoreError> {
    let record = Record {
        holder: HUB,
        namespace: VAULT.to_owned(),
        key: FINGERPRINT.to_owned(),
        value: Some(fingerprint.to_owned()),
        expected: Some(None),
    };
    match store.append(Append { records: vec![record], ..Append::default() }).await {
        Ok(_) | Err(StoreError::Outdated) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A new file that only its owner reads; on disk when this answers, and whole or absent.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // Unlike a rename, a link does not replace what somebody else put there meanwhile.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    linked?;
    std::fs::File::open(folder)?.sync_all()
}

fn bound_to(connection: ConnectionId, name: &str) -> Vec<u8> {
    format!("{connection}\u{0}{name}").into_bytes()
}

fn seal(key: &Key, connection: ConnectionId, name: &str, text: &str) -> Result<String, VaultError> {
    seal_bound(key, &bound_to(connection, name), name, text)
}

fn seal_bound(key: &Key, aad: &[u8], name: &str, text: &str) -> Result<String, VaultError> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let sealed = key.cipher.encrypt(&XNonce::from(nonce), Payload { msg: text.as_bytes(), aad });
    let sealed = sealed.map_err(|_| VaultError::Broken(format!("`{name}` cannot be sealed")))?;
    Ok(format!("{FORM}.{}.{}.{}", key.fingerprint, hex::encode(nonce), hex::encode(sealed)))
}

fn open(key: &Key, connection: ConnectionId, name: &str, sealed: &str) -> Result<String, VaultError> {
    open_bound(key, &bound_to(connection, name), name, sealed)
}

fn open_bound(key: &Key, aad: &[u8], name: &str, sealed: &str) -> Result<String, VaultError> {
    let broken = || VaultError::Broken(format!("the secret `{name}` cannot be opened: give it anew"));
    let mut parts = sealed.split('.');
    let (form, _, nonce, body) = (parts.next(), parts.next(), parts.next(), parts.next());
    let mut bytes = [0; NONCE];
    if form != Some(FORM) || hex::decode_to_slice(nonce.unwrap_or_default(), &mut bytes).is_err() {
        return Err(broken());
    }
    let body = hex::decode(body.unwrap_or_default()).map_err(|_| broken())?;
    let opened = key.cipher.decrypt(&XNonce::from(bytes), Payload { msg: &body, aad });
    String::from_utf8(opened.map_err(|_| broken())?).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_store::StoreOptions;

    fn connection(id: i64) -> Connection {
        Connection {
            id: ConnectionId(id),
            account: docket_core::ids::AccountId(1),
            name: "c".to_owned(),
            dialect: "mews".to_owned(),
            role: docket_core::connection::Role::Connect,
            scope: docket_core::connection::Scope::Routed,
            enabled: true,
            settings: BTreeMap::new(),
            created_at: docket_core::Timestamp::UNIX_EPOCH,
        }
    }

    async fn store(folder: &Path) -> Store {
        let options = StoreOptions { data: folder.to_path_buf(), database_url: None, queue_limit: 8 };
        Store::open(options).await.unwrap()
    }

    fn one(value: Option<&str>) -> BTreeMap<String, Option<String>> {
        BTreeMap::from([("token".to_owned(), value.map(str::to_owned))])
    }

    #[tokio::test]
    async fn secrets_come_back_and_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let vault = Vault::new(KeySource::beside(folder.path()));
        vault.keep(&store, &connection(1), &one(Some("hush"))).await.unwrap();
        let kept = store.record(ConnectionId(1).into(), SECRETS, "token").await.unwrap().unwrap();
        assert!(!kept.contains("hush") && !kept.contains(&hex::encode("hush")), "{kept}");
        let again = Vault::new(KeySource::beside(folder.path()));
        assert_eq!(again.secrets(&store, ConnectionId(1)).await.unwrap()["token"], "hush");
        // The same text under another connection or name is worth nothing.
        let key = again.key(&store).await.unwrap();
        assert!(open(&key, ConnectionId(2), "token", &kept).is_err());
        assert!(open(&key, ConnectionId(1), "secret", &kept).is_err());
        let mut bent = kept.clone();
        bent.pop();
        bent.push(if kept.ends_with('0') { '1' } else { '0' });
        assert!(open(&key, ConnectionId(1), "token", &bent).is_err());
        vault.keep(&store, &connection(1), &one(None)).await.unwrap();
        assert!(again.secrets(&store, ConnectionId(1)).await.unwrap().is_empty());
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn the_key_is_the_owners_and_another_one_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let source = KeySource::beside(folder.path());
        Vault::new(source.clone()).keep(&store, &connection(1), &one(Some("hush"))).await.unwrap();
        assert_eq!(std::fs::metadata(&source.file).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&source.file).unwrap();
        let given = KeySource { given: Some(text.trim().to_owned()), file: folder.path().join("none") };
        assert_eq!(Vault::new(given).secrets(&store, ConnectionId(1)).await.unwrap()["token"], "hush");
        let other = KeySource { given: Some("11".repeat(KEY)), ..source.clone() };
        let error = Vault::new(other).secrets(&store, ConnectionId(1)).await.unwrap_err().to_string();
        assert!(error.contains("DOCKET_SECRET_KEY is"), "{error}");
        let short = KeySource { given: Some("11".to_owned()), ..source.clone() };
        let error = Vault::new(short).secrets(&store, ConnectionId(1)).await.unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
        std::fs::remove_file(&source.file).unwrap();
        let error = Vault::new(source.clone()).secrets(&store, ConnectionId(1)).await.unwrap_err().to_string();
        assert!(error.contains("does not exist"), "{error}");
        assert!(!source.file.exists(), "no other key is made");
        store.close().await.unwrap();
    }
}
