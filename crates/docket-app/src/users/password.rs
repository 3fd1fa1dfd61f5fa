//! Passwords: argon2id, off the threads that serve requests, a few at a time.

use super::{UserError, invalid};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use docket_core::ledger::Fault;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// 19 MiB and two passes: what OWASP's password storage page recommends where a server has other things to do.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT: usize = 16;
/// How many are worked on at once: each wants its memory, and a processor.
const AT_ONCE: usize = 2;
/// How many may wait; whoever comes then is told to come back.
const MOST_WAITING: usize = 64;
/// The shortest password, in characters.
pub const LEAST_PASSWORD: usize = 10;
/// The longest, in bytes.
const MOST_PASSWORD: usize = 1024;
/// Nobody's: of an unknown name it is verified instead, which takes as long.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZG9ja2V0OiBub2JvZHkncw$GnTBdykcychRzszuKt6VbWsvczwRdl3n4h9yKZTRm7I";

/// Hashes and compares.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords { turns: Arc::new(Semaphore::new(AT_ONCE)), room: Arc::new(Semaphore::new(AT_ONCE + MOST_WAITING)) }
    }
}

fn costs() -> Result<Argon2<'static>, UserError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken(error: impl std::fmt::Display) -> UserError {
    UserError::Fault(Fault::Store(format!("a password cannot be hashed: {error}")))
}

/// The hash of a password, on this thread.
///
/// # Errors
/// When that cannot be.
pub fn hash_now(password: &str) -> Result<String, UserError> {
    let salt: [u8; SALT] = rand::random();
    let hash = costs()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(broken)?;
    Ok(hash.to_string())
}

fn is_right(password: &str, hash: &str) -> bool {
    // Costs are as the hash says, so that they can be raised.
    costs().is_ok_and(|costs| costs.verify_password(password.as_bytes(), hash).is_ok())
}

/// Whether it can be somebody's password.
pub(super) fn check(member: &'static str, name: &str, password: &str) -> Result<(), UserError> {
    if password.chars().count() < LEAST_PASSWORD {
        return Err(invalid(member, format!("use at least {LEAST_PASSWORD} characters")));
    }
    if password.len() > MOST_PASSWORD {
        return Err(invalid(member, format!("use at most {MOST_PASSWORD} bytes")));
    }
    let mut characters = password.chars();
    let first = characters.next();
    if characters.all(|character| Some(character) == first) {
        return Err(invalid(member, "use more than one character again and again"));
    }
    if password.eq_ignore_ascii_case(name) {
        return Err(invalid(member, "use something else than the name"));
    }
    Ok(())
}

impl Passwords {
    async fn off<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, UserError> {
        let busy = |_| UserError::Fault(Fault::Busy);
        let _room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| UserError::Fault(Fault::Busy))?;
        // It goes along, so that who leaves meanwhile does not let one more in.
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(busy)?;
        let worked = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        worked.await.map_err(broken)
    }

    /// The hash of a password.
    pub(super) async fn hash(&self, password: String) -> Result<String, UserError> {
        self.off(move || hash_now(&password)).await?
    }

    /// Whether it is the password; without a hash it never is, and takes as long.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, UserError> {
        self.off(move || {
            let right = is_right(&password, hash.as_deref().unwrap_or(DECOY));
            right && hash.is_some()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::phc::PasswordHash;

    #[test]
    fn a_password_opens_its_own_hash() {
        let hash = hash_now("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_right("correct horse", &hash) && !is_right("correct horse ", &hash));
        assert_ne!(hash, hash_now("correct horse").unwrap(), "each has a salt of its own");
        assert!(!is_right("x", "no hash"));
    }

    #[test]
    fn nobodys_costs_as_much_as_anybodys() {
        let made = hash_now("correct horse").unwrap();
        let (decoy, made) = (PasswordHash::new(DECOY).unwrap(), PasswordHash::new(&made).unwrap());
        assert_eq!((decoy.params, decoy.algorithm, decoy.version), (made.params, made.algorithm, made.version));
        assert_eq!(decoy.hash.unwrap().len(), made.hash.unwrap().len());
        assert_eq!(decoy.salt.unwrap().len(), made.salt.unwrap().len());
    }

    #[test]
    fn what_is_no_password() {
        assert!(check("password", "ann", "docket-demo").is_ok());
        for wrong in ["short", "ninechars", "aaaaaaaaaaaa", "Ann-Of-The-Hub", &"x1".repeat(600)] {
            assert!(check("password", "ann-of-the-hub", wrong).is_err(), "{wrong}");
        }
        assert!(check("password", "ann", "пароль-длин").is_ok(), "characters count, not bytes");
    }
}
