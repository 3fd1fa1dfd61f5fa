//! Who may call: accounts, connections, credentials, tokens. Every change moves a counter on, so that other
//! processes notice.

use crate::db::Weight;
use crate::forms::{decode_connection, encode_connection};
use crate::record::{micros, moment};
use crate::value::{Stmt, Val};
use crate::{Answer, CredentialHash, Directory, Store, StoreError, Token};
use docket_core::connection::{Access, Connection};
use docket_core::ids::{AccountId, ConnectionId};
use docket_core::ledger::Grant;
use std::sync::Arc;

const ACCOUNT: &str = "SELECT id FROM account WHERE name = $1";
const COUNT_ACCOUNT: &str = "UPDATE counter SET value = value + 1 WHERE name = 'account' RETURNING value";
const ADD_ACCOUNT: &str =
    "INSERT INTO account (id, name) SELECT c.value, CAST($1 AS TEXT) FROM counter c WHERE c.name = 'account'";
const ACCOUNTS: &str = "SELECT id, name FROM account ORDER BY id";
const CONNECTIONS: &str = "SELECT id, account, name, document FROM connection ORDER BY id";
const CREDENTIALS: &str = "SELECT connection, kind, hash FROM credential ORDER BY connection, kind";
const TOKENS: &str = "SELECT account, name, hash, at_us, at_ns, access, until_ms FROM token ORDER BY account, name";
const VERSION: &str = "SELECT value FROM counter WHERE name = 'directory'";
const CHANGED: &str = "UPDATE counter SET value = value + 1 WHERE name = 'directory'";
const COUNT_CONNECTION: &str = "UPDATE counter SET value = value + 1 WHERE name = 'connection' RETURNING value";
const ADD_CONNECTION: &str = "INSERT INTO connection (id, account, name, document) \
     SELECT c.value, CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT) FROM counter c WHERE c.name = 'connection'";
const ADD_FIRST_CREDENTIAL: &str = "INSERT INTO credential (connection, kind, hash) \
     SELECT c.value, CAST($1 AS TEXT), CAST($2 AS TEXT) FROM counter c WHERE c.name = 'connection'";
const PUT_CONNECTION: &str = "UPDATE connection SET document = $2 WHERE id = $1";
const PUT_CREDENTIAL: &str = "INSERT INTO credential (connection, kind, hash) VALUES ($1, $2, $3) \
     ON CONFLICT (connection, kind) DO UPDATE SET hash = excluded.hash";
const REMOVE_CONNECTION: &str = "DELETE FROM connection WHERE id = $1";
const REMOVE_CREDENTIALS: &str = "DELETE FROM credential WHERE connection = $1";
const REMOVE_RECORDS: &str = "DELETE FROM record WHERE connection = $1";
const REMOVE_DELIVERIES: &str = "DELETE FROM delivery WHERE connection = $1";
const REMOVE_DIFFERENCES: &str = "DELETE FROM difference WHERE connection = $1";
const GRANTS: &str = "SELECT connection, hash, data FROM issued ORDER BY connection, hash";
const PUT_GRANT: &str = "INSERT INTO issued (connection, hash, data) VALUES ($1, $2, $3) \
     ON CONFLICT (connection, hash) DO UPDATE SET data = excluded.data";
const REMOVE_GRANT: &str = "DELETE FROM issued WHERE connection = $1 AND hash = $2";
const REMOVE_GRANTS: &str = "DELETE FROM issued WHERE connection = $1";
const ADD_TOKEN: &str = "INSERT INTO token (account, name, hash, at_us, at_ns, access, until_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const REMOVE_TOKEN: &str = "DELETE FROM token WHERE account = $1 AND name = $2";

fn changed() -> Stmt {
    Stmt::new(CHANGED, [])
}

impl Store {
    /// The account of a name; made when `create`.
    pub async fn account(&self, name: &str, create: bool) -> Answer<Option<AccountId>> {
        let found = self.find_account(name).await?;
        if found.is_some() || !create {
            return Ok(found);
        }
        let statements = vec![Stmt::new(COUNT_ACCOUNT, []), Stmt::new(ADD_ACCOUNT, [Val::kept(name)]), changed()];
        match self.db().execute(statements).await {
            // Somebody else made it meanwhile, or we did.
            Ok(_) | Err(StoreError::Conflict) => self.find_account(name).await,
            Err(error) => Err(error),
        }
    }

    async fn find_account(&self, name: &str) -> Answer<Option<AccountId>> {
        let row = self.db().point(ACCOUNT, vec![Val::kept(name)]).await?;
        row.map(|row| row.int(0).map(AccountId)).transpose()
    }

    /// Everything about who may call.
    pub async fn directory(&self) -> Answer<Directory> {
        let mut directory = Directory::default();
        for mut row in self.db().query(Weight::Page, ACCOUNTS.to_owned(), Vec::new()).await? {
            directory.accounts.push((AccountId(row.int(0)?), row.kept(1)?));
        }
        for mut row in self.db().query(Weight::Page, CONNECTIONS.to_owned(), Vec::new()).await? {
            let (id, account) = (ConnectionId(row.int(0)?), AccountId(row.int(1)?));
            let name = row.kept(2)?;
            directory.connections.push(Arc::new(decode_connection(id, account, name, &row.text(3)?)?));
        }
        for mut row in self.db().query(Weight::Page, CREDENTIALS.to_owned(), Vec::new()).await? {
            let connection = ConnectionId(row.int(0)?);
            directory.credentials.push(CredentialHash { connection, kind: row.kept(1)?, hash: row.kept(2)? });
        }
        for mut row in self.db().query(Weight::Page, GRANTS.to_owned(), Vec::new()).await? {
            let connection = ConnectionId(row.int(0)?);
            directory.grants.push((connection, Grant { hash: row.kept(1)?, data: row.kept(2)? }));
        }
        for mut row in self.db().query(Weight::Page, TOKENS.to_owned(), Vec::new()).await? {
            let (account, created_at) = (AccountId(row.int(0)?), moment(row.int(3)?, row.int(4)?)?);
            let (name, hash, until_ms) = (row.kept(1)?, row.kept(2)?, row.maybe_int(6)?);
            let access = row.text(5)?;
            let access = Access::from_word(&access)
                .ok_or_else(|| StoreError::Failed(format!("the token {name} may do `{access}`, which is not known")))?;
            directory.tokens.push(Token { account, name, hash, created_at, access, until_ms });
        }
        Ok(directory)
    }

    /// Grows with every change of the directory, also by other processes. Cheap.
    pub async fn directory_version(&self) -> Answer<i64> {
        let row = self.db().point(VERSION, Vec::new()).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Adds a connection (its id is assigned here) with its credentials; `Conflict` when the name is taken.
    pub async fn add_connection(
        &self,
        connection: Connection,
        credentials: Vec<(String, String)>,
    ) -> Answer<Arc<Connection>> {
        let params =
            [Val::Int(connection.account.0), Val::kept(&connection.name), encode_connection(&connection).into()];
        let mut statements = vec![Stmt::new(COUNT_CONNECTION, []), Stmt::new(ADD_CONNECTION, params)];
        statements.extend(
            credentials.iter().map(|(kind, hash)| Stmt::new(ADD_FIRST_CREDENTIAL, [Val::kept(kind), Val::kept(hash)])),
        );
        statements.push(changed());
        let done = self.db().execute(statements).await?;
        let id = done.first().and_then(|done| done.rows.first());
        let id = id.ok_or_else(|| StoreError::Failed("there is no counter for connections".to_owned()))?.int(0)?;
        Ok(Arc::new(Connection { id: ConnectionId(id), ..connection }))
    }

    /// Replaces a connection's role, scope, enabled and settings.
    pub async fn put_connection(&self, connection: Connection) -> Answer<()> {
        let params = [connection.id.0.into(), encode_connection(&connection).into()];
        let done = self.db().execute(vec![Stmt::new(PUT_CONNECTION, params), changed()]).await?;
        if done.first().is_some_and(|done| done.touched == 1) {
            return Ok(());
        }
        Err(StoreError::Failed(format!("there is no connection {}", connection.id)))
    }

    /// Replaces the named credentials of a connection: (kind, hash). What it gave out itself is worth nothing from then
    /// on.
    pub async fn put_credentials(&self, connection: ConnectionId, credentials: Vec<(String, String)>) -> Answer<()> {
        let mut statements: Vec<Stmt> = credentials
            .iter()
            .map(|(kind, hash)| Stmt::new(PUT_CREDENTIAL, [connection.0.into(), Val::kept(kind), Val::kept(hash)]))
            .collect();
        statements.extend([Stmt::new(REMOVE_GRANTS, [connection.0.into()]), changed()]);
        self.db().execute(statements).await.map(drop)
    }

    /// Gives out one more way in, or replaces what is known about it.
    pub async fn put_grant(&self, connection: ConnectionId, grant: &Grant) -> Answer<()> {
        let params = [connection.0.into(), Val::kept(&grant.hash), Val::kept(&grant.data)];
        self.db().execute(vec![Stmt::new(PUT_GRANT, params), changed()]).await.map(drop)
    }

    /// Takes one back; `false` when there was none.
    pub async fn remove_grant(&self, connection: ConnectionId, hash: &str) -> Answer<bool> {
        let statement = Stmt::new(REMOVE_GRANT, [connection.0.into(), Val::kept(hash)]);
        let done = self.db().execute(vec![statement, changed()]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// Removes a connection, its credentials and records. Orders and journal keep its id.
    pub async fn remove_connection(&self, connection: ConnectionId) -> Answer<()> {
        let gone = [
            REMOVE_CONNECTION,
            REMOVE_CREDENTIALS,
            REMOVE_GRANTS,
            REMOVE_RECORDS,
            REMOVE_DELIVERIES,
            REMOVE_DIFFERENCES,
        ];
        let mut statements: Vec<Stmt> = gone.into_iter().map(|sql| Stmt::new(sql, [connection.0.into()])).collect();
        statements.push(changed());
        self.db().execute(statements).await.map(drop)
    }

    /// Adds a token; `Conflict` when the name is taken.
    pub async fn add_token(&self, token: Token) -> Answer<()> {
        let (at_us, at_ns) = micros(token.created_at);
        let params = [
            token.account.0.into(),
            Val::kept(&token.name),
            Val::kept(&token.hash),
            at_us.into(),
            at_ns.into(),
            token.access.word().to_owned().into(),
            token.until_ms.into(),
        ];
        self.db().execute(vec![Stmt::new(ADD_TOKEN, params), changed()]).await.map(drop)
    }

    /// Takes a token back; `false` when there is none.
    pub async fn remove_token(&self, account: AccountId, name: &str) -> Answer<bool> {
        let statement = Stmt::new(REMOVE_TOKEN, [account.0.into(), Val::kept(name)]);
        let done = self.db().execute(vec![statement, changed()]).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }
}
