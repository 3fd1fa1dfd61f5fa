//! Who may call: connections, their credentials and native tokens, in memory, compared in constant time.

use docket_core::Timestamp;
use docket_core::connection::{Access, Caller, Connection, Role};
use docket_core::ids::{AccountId, ConnectionId};
use docket_core::ledger::{Claim, Grant};
use docket_store::{CredentialHash, Directory, Token};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::{Choice, ConstantTimeEq};

type Hash = [u8; 32];

/// Lower-case hexadecimal SHA-256 of what a caller presents: all that is ever stored of a credential.
pub fn credential_hash(presented: &str) -> String {
    hex::encode(Sha256::digest(presented.as_bytes()))
}

fn hash_of(presented: &str) -> Hash {
    Sha256::digest(presented.as_bytes()).into()
}

fn stored_hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
}

struct Member {
    connection: Arc<Connection>,
    credentials: Vec<(String, Hash)>,
    grants: Vec<Grant>,
}

impl Member {
    /// A connection that only calls is still called where it gave out a way in itself: a counterpart's pings.
    fn may_authenticate(&self, kind: &str) -> bool {
        self.connection.enabled && (self.connection.role != Role::Connect || kind == Grant::KIND)
    }

    /// Compares every credential of the kind, without stopping early.
    fn holds(&self, kind: &str, hash: &Hash) -> Choice {
        self.credentials
            .iter()
            .filter(|(kept, _)| kept == kind)
            .fold(Choice::from(0), |found, (_, kept)| found | kept.ct_eq(hash))
    }
}

/// The directory, indexed for authentication.
#[derive(Default)]
pub struct DirectoryIndex {
    /// The version it was read at.
    pub version: i64,
    accounts: Vec<(AccountId, String)>,
    members: Vec<Member>,
    /// Members by the hash of any credential. Finding by hash tells nothing about the credential.
    by_hash: FxHashMap<Hash, Vec<usize>>,
    by_id: FxHashMap<ConnectionId, usize>,
    tokens: FxHashMap<Hash, Token>,
}

impl DirectoryIndex {
    /// Indexes what the store holds.
    pub fn new(version: i64, directory: Directory) -> DirectoryIndex {
        let mut index = DirectoryIndex { version, accounts: directory.accounts, ..DirectoryIndex::default() };
        for connection in directory.connections {
            index.by_id.insert(connection.id, index.members.len());
            index.members.push(Member { connection, credentials: Vec::new(), grants: Vec::new() });
        }
        let granted = directory.grants.iter().map(|(connection, grant)| CredentialHash {
            connection: *connection,
            kind: Grant::KIND.to_owned(),
            hash: grant.hash.clone(),
        });
        for credential in directory.credentials.into_iter().chain(granted.collect::<Vec<_>>()) {
            let Some(&at) = index.by_id.get(&credential.connection) else { continue };
            let (Some(hash), Some(member)) = (stored_hash(&credential.hash), index.members.get_mut(at)) else {
                continue;
            };
            member.credentials.push((credential.kind, hash));
            let holders = index.by_hash.entry(hash).or_default();
            if !holders.contains(&at) {
                holders.push(at);
            }
        }
        for (connection, grant) in directory.grants {
            let at = index.by_id.get(&connection).copied();
            if let Some(member) = at.and_then(|at| index.members.get_mut(at)) {
                member.grants.push(grant);
            }
        }
        for token in directory.tokens {
            if let Some(hash) = stored_hash(&token.hash) {
                index.tokens.insert(hash, token);
            }
        }
        index
    }

    /// The one enabled connection of the dialect that all claims belong to.
    pub fn authenticate(&self, dialect: &str, claims: &[Claim<'_>]) -> Option<Caller> {
        let (first, rest) = claims.split_first()?;
        let identifying = hash_of(first.value);
        let rest: Vec<(&str, Hash)> = rest.iter().map(|claim| (claim.kind, hash_of(claim.value))).collect();
        let mut found = None;
        for &at in self.by_hash.get(&identifying).into_iter().flatten() {
            let Some(member) = self.members.get(at) else { continue };
            let mut holds = member.holds(first.kind, &identifying);
            for (kind, hash) in &rest {
                holds &= member.holds(kind, hash);
            }
            if bool::from(holds) && member.connection.dialect == dialect && member.may_authenticate(first.kind) {
                found.get_or_insert(member);
            }
        }
        found.map(|member| Caller::connection(Arc::clone(&member.connection)))
    }

    /// Who holds a native bearer token, and what it may do.
    pub fn bearer(&self, token: &str, now: Timestamp) -> Option<(Caller, Access)> {
        let hash = hash_of(token);
        let known = self.tokens.get(&hash)?;
        let is_valid = known.until_ms.is_none_or(|until_ms| now.as_millisecond() < until_ms);
        is_valid.then(|| (Caller::user(known.account, format!("token {}", known.name)), known.access))
    }

    /// A connection.
    pub fn connection(&self, id: ConnectionId) -> Option<&Arc<Connection>> {
        self.by_id.get(&id).and_then(|&at| self.members.get(at)).map(|member| &member.connection)
    }

    /// What a connection gave out itself.
    pub fn grants(&self, id: ConnectionId) -> impl Iterator<Item = &Grant> {
        self.by_id.get(&id).and_then(|&at| self.members.get(at)).into_iter().flat_map(|member| &member.grants)
    }

    /// All connections, of all accounts.
    pub fn connections(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.members.iter().map(|member| &member.connection)
    }

    /// All accounts: id and name.
    pub fn accounts(&self) -> &[(AccountId, String)] {
        &self.accounts
    }

    /// All tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::connection::Scope;
    use std::collections::BTreeMap;

    fn connection(id: i64, dialect: &str, enabled: bool) -> Arc<Connection> {
        Arc::new(Connection {
            id: ConnectionId(id),
            account: AccountId(1),
            name: format!("c{id}"),
            dialect: dialect.to_owned(),
            role: Role::Serve,
            scope: Scope::Own,
            enabled,
            settings: BTreeMap::new(),
            created_at: Timestamp::UNIX_EPOCH,
        })
    }

    fn credential(id: i64, kind: &str, value: &str) -> CredentialHash {
        CredentialHash { connection: ConnectionId(id), kind: kind.to_owned(), hash: credential_hash(value) }
    }

    fn index() -> DirectoryIndex {
        let directory = Directory {
            accounts: vec![(AccountId(1), "main".to_owned())],
            connections: vec![connection(1, "ppw", true), connection(2, "ppw", true), connection(3, "ppw", false)],
            credentials: vec![
                credential(1, "username", "ann"),
                credential(1, "password", "one"),
                credential(2, "username", "bob"),
                credential(2, "password", "two"),
                credential(3, "username", "off"),
                credential(3, "password", "three"),
            ],
            grants: vec![(ConnectionId(1), Grant { hash: credential_hash("given out"), data: "{}".to_owned() })],
            tokens: vec![Token {
                account: AccountId(1),
                name: "ci".to_owned(),
                hash: credential_hash("secret"),
                created_at: Timestamp::UNIX_EPOCH,
                access: Access::Viewer,
                until_ms: Some(1_000),
            }],
        };
        DirectoryIndex::new(7, directory)
    }

    fn who(dialect: &str, claims: &[(&str, &str)]) -> Option<i64> {
        let claims: Vec<Claim<'_>> = claims.iter().map(|&(kind, value)| Claim { kind, value }).collect();
        index().authenticate(dialect, &claims).and_then(|caller| caller.connection_id()).map(|id| id.0)
    }

    #[test]
    fn every_claim_must_be_of_the_same_connection() {
        assert_eq!(who("ppw", &[("username", "ann"), ("password", "one")]), Some(1));
        assert_eq!(who("ppw", &[("username", "ann"), ("password", "two")]), None);
        assert_eq!(who("ppw", &[("username", "bob"), ("password", "two")]), Some(2));
        assert_eq!(who("ppw", &[("password", "ann")]), None, "kinds are not mixed up");
        assert_eq!(who("pruvan", &[("username", "ann"), ("password", "one")]), None);
        assert_eq!(who("ppw", &[]), None);
    }

    #[test]
    fn what_a_connection_gave_out_is_a_way_in() {
        assert_eq!(who("ppw", &[("grant", "given out")]), Some(1));
        assert_eq!(who("ppw", &[("username", "given out")]), None);
        assert_eq!(index().grants(ConnectionId(1)).count(), 1);
        assert_eq!(index().grants(ConnectionId(2)).count(), 0);
    }

    #[test]
    fn disabled_connections_authenticate_nobody() {
        assert_eq!(who("ppw", &[("username", "off"), ("password", "three")]), None);
    }

    #[test]
    fn tokens_are_found_by_what_is_presented() {
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        let found = index().bearer("secret", at(999)).map(|(caller, access)| (caller.label, access));
        assert_eq!(found, Some(("token ci".to_owned(), Access::Viewer)));
        assert!(index().bearer("Secret", at(0)).is_none());
        assert!(index().bearer("secret", at(1_000)).is_none(), "its time is over");
    }
}
