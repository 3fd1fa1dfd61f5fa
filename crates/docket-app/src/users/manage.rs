//! Who may do what: said by the administrators of an account about that account, and by whoever runs the hub about all.

use super::{UserError, hash_now, invalid, password};
use crate::enroll;
use crate::hub::Hub;
use docket_core::connection::Access;
use docket_core::ids::AccountId;
use docket_store::{MemberChange, NewPerson, Person, Removed, Store, StoreError};

/// The longest name.
pub const NAME_LIMIT: usize = 64;
/// What the journal calls those who are no people.
const TAKEN: [&str; 2] = ["hub", "nobody"];
const NOBODY: UserError = UserError::NotFound("there is no such user");
const ELSEWHERE: UserError = UserError::Forbidden(
    "this user belongs to other accounts, too: only whoever runs the hub may do that, with `docket user set`",
);
const ONESELF: UserError =
    UserError::Forbidden("this is you: use /v1/session/password and /v1/session/totp, which ask for your password");

/// A name as it is kept.
///
/// # Errors
/// When it is none.
pub fn check_name(name: &str) -> Result<String, UserError> {
    let name = name.to_lowercase();
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.@+".contains(letter));
    if !(1..=NAME_LIMIT).contains(&name.len()) || !plain || crate::enroll::is_dots(&name) {
        let how = format!("use 1 to {NAME_LIMIT} letters, digits, `-`, `_`, `.`, `@` and `+`");
        return Err(invalid("name", how));
    }
    if TAKEN.contains(&name.as_str()) {
        return Err(invalid("name", format!("`{name}` is nobody's name")));
    }
    Ok(name)
}

/// A user as an administrator of an account sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub access: Access,
    /// For the time being nothing.
    pub disabled: bool,
    /// Whether it needs codes.
    pub totp: bool,
    /// Since when it is here.
    pub created_ms: i64,
    /// When it was last seen here.
    pub seen_ms: Option<i64>,
}

/// Somebody who is asked for.
pub struct Added {
    /// Its name.
    pub name: String,
    /// Its first password.
    pub password: String,
    /// What it may do.
    pub access: Access,
}

/// What is changed of a user.
#[derive(Default)]
pub struct Change {
    /// What it may do.
    pub access: Option<Access>,
    /// Whether it may do that now.
    pub disabled: Option<bool>,
    /// A new password.
    pub password: Option<String>,
    /// Codes are asked for no more: its app is gone.
    pub no_totp: bool,
}

/// The users of an account, by name.
///
/// # Errors
/// When the store fails.
pub async fn list(hub: &Hub, account: AccountId) -> Result<Vec<Shown>, UserError> {
    hub.refresh_people().await?;
    let index = hub.users().index();
    let shown = |member: &docket_store::Member| {
        let person = index.person(member.person)?;
        Some(Shown {
            name: person.name.clone(),
            access: member.access,
            disabled: member.disabled,
            totp: person.totp,
            created_ms: member.created_ms,
            seen_ms: member.seen_ms,
        })
    };
    let mut users: Vec<Shown> = index.members(account).filter_map(shown).collect();
    users.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(users)
}

async fn one(hub: &Hub, account: AccountId, name: &str) -> Result<Shown, UserError> {
    list(hub, account).await?.into_iter().find(|user| user.name == name).ok_or(NOBODY)
}

/// Makes a user of an account.
///
/// # Errors
/// When the name is taken, anywhere on the hub.
pub async fn add(hub: &Hub, account: AccountId, added: Added) -> Result<Shown, UserError> {
    let name = check_name(&added.name)?;
    password::check("password", &name, &added.password)?;
    if hub.store().person(&name).await?.is_some() {
        return Err(UserError::Taken(name));
    }
    let new = NewPerson {
        password: hub.users().passwords.hash(added.password).await?,
        name: name.clone(),
        account,
        access: added.access,
        created_ms: hub.now().as_millisecond(),
        only_first: false,
    };
    match hub.store().add_person(new).await {
        Err(StoreError::Conflict) => return Err(UserError::Taken(name)),
        other => other?,
    };
    one(hub, account, &name).await
}

/// Somebody who is in an account, and whether it is in others, too.
async fn member(hub: &Hub, account: AccountId, name: &str) -> Result<(Person, bool), UserError> {
    hub.refresh_people().await?;
    let person = hub.store().person(&name.to_lowercase()).await?.ok_or(NOBODY)?;
    let accounts: Vec<AccountId> = hub.users().index().memberships(person.id).map(|member| member.account).collect();
    if !accounts.contains(&account) {
        return Err(NOBODY);
    }
    Ok((person, accounts.len() > 1))
}

/// Changes a user of an account, for `by`.
///
/// # Errors
/// When there is none such in this account, or it is not theirs to change.
pub async fn change(
    hub: &Hub,
    account: AccountId,
    (by, name): (Option<i64>, &str),
    change: Change,
) -> Result<Shown, UserError> {
    let (person, is_elsewhere) = member(hub, account, name).await?;
    if change.password.is_some() || change.no_totp {
        if by == Some(person.id) {
            return Err(ONESELF);
        }
        if is_elsewhere {
            return Err(ELSEWHERE);
        }
    }
    let hash = match change.password {
        Some(given) => {
            password::check("password", &person.name, &given)?;
            Some(hub.users().passwords.hash(given).await?)
        }
        None => None,
    };
    if change.access.is_some() || change.disabled.is_some() {
        let change = MemberChange { access: change.access, disabled: change.disabled, forced: false };
        judged(hub.store().change_member(person.id, account, change).await?)?;
    }
    if let Some(hash) = hash {
        hub.store().set_password(person.id, &hash, None).await?;
    }
    if change.no_totp {
        hub.store().remove_totp(person.id).await?;
    }
    one(hub, account, &person.name).await
}

fn judged(removed: Removed) -> Result<(), UserError> {
    match removed {
        Removed::Done => Ok(()),
        Removed::Nobody => Err(NOBODY),
        Removed::LastAdmin => Err(UserError::LastAdmin),
    }
}

/// Takes a user out of an account; who is in none any more is forgotten.
///
/// # Errors
/// When there is none such, or it is the last administrator.
pub async fn remove(hub: &Hub, account: AccountId, name: &str) -> Result<(), UserError> {
    let (person, _) = member(hub, account, name).await?;
    judged(hub.store().remove_member(person.id, account, false).await?)?;
    hub.refresh_people().await?;
    Ok(())
}

/// A user as whoever runs the hub sees it.
#[derive(Clone, Debug)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Whether it needs codes.
    pub totp: bool,
    /// Account, role, disabled, since when, last seen.
    pub accounts: Vec<(String, Shown)>,
}

/// All users, or those of one account, with what they may do where.
///
/// # Errors
/// When the store fails.
pub async fn list_account(store: &Store, account: Option<&str>) -> Result<Vec<User>, UserError> {
    let (people, accounts) = (store.people().await?, store.directory().await?.accounts);
    let named = |id: AccountId| accounts.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
    let mut users = Vec::new();
    for person in people.persons {
        let own = people.members.iter().filter(|member| member.person == person.id);
        let shown = own.filter_map(|member| {
            let shown = Shown {
                name: person.name.clone(),
                access: member.access,
                disabled: member.disabled,
                totp: person.totp,
                created_ms: member.created_ms,
                seen_ms: member.seen_ms,
            };
            Some((named(member.account)?, shown))
        });
        let accounts: Vec<(String, Shown)> = shown.collect();
        if account.is_none_or(|wanted| accounts.iter().any(|(name, _)| name == wanted)) {
            users.push(User { name: person.name, totp: person.totp, accounts });
        }
    }
    Ok(users)
}

/// Somebody by name, whatever account it is in.
///
/// # Errors
/// When there is nobody of that name.
pub async fn find(store: &Store, name: &str) -> Result<Person, UserError> {
    store.person(&name.to_lowercase()).await?.ok_or(NOBODY)
}

async fn account_of(store: &Store, name: &str) -> Result<AccountId, UserError> {
    enroll::account_of(store, name).await.map_err(|error| match error {
        enroll::EnrollError::Store(error) => error.into(),
        error => invalid("account", error.to_string()),
    })
}

/// Lets somebody into an account, or changes what it may do there; somebody new needs a password. For whoever runs the hub.
///
/// # Errors
/// When a name is none, or nobody is there and no password is given.
pub async fn grant(
    store: &Store,
    (name, account): (&str, &str),
    access: Access,
    given: Option<&str>,
    now_ms: i64,
) -> Result<(), UserError> {
    let name = check_name(name)?;
    if let Some(given) = given {
        if store.person(&name).await?.is_some() {
            return Err(UserError::Taken(name));
        }
        password::check("password", &name, given)?;
        let account = account_of(store, account).await?;
        let password = hash_now(given)?;
        let new = NewPerson { name: name.clone(), password, account, access, created_ms: now_ms, only_first: false };
        return match store.add_person(new).await {
            Err(StoreError::Conflict) => Err(UserError::Taken(name)),
            other => Ok(other.map(drop)?),
        };
    }
    let person = find(store, &name).await?;
    let account = account_of(store, account).await?;
    if !store.add_member(person.id, account, access, now_ms).await? {
        let change = MemberChange { access: Some(access), disabled: Some(false), forced: false };
        judged(store.change_member(person.id, account, change).await?)?;
    }
    Ok(())
}

/// Makes a user unless there is one of that name.
///
/// # Errors
/// As [`grant`].
pub async fn ensure(
    store: &Store,
    who: (&str, &str),
    access: Access,
    given: &str,
    now_ms: i64,
) -> Result<(), UserError> {
    match grant(store, who, access, Some(given), now_ms).await {
        Err(UserError::Taken(_)) => Ok(()),
        other => other,
    }
}

/// Changes what somebody may do in an account. For whoever runs the hub.
///
/// # Errors
/// When it is not in that account, or would be missed there.
pub async fn change_member(store: &Store, name: &str, account: &str, change: MemberChange) -> Result<(), UserError> {
    let person = find(store, name).await?;
    let account = store.account(account, false).await?.ok_or(UserError::NotFound("there is no such account"))?;
    judged(store.change_member(person.id, account, change).await?)
}

/// Takes somebody out of an account, or out of all. For whoever runs the hub.
///
/// # Errors
/// When it is not in that account, or would be missed there.
pub async fn remove_member(store: &Store, name: &str, account: Option<&str>, forced: bool) -> Result<(), UserError> {
    let person = find(store, name).await?;
    let accounts = match account {
        Some(account) => {
            vec![store.account(account, false).await?.ok_or(UserError::NotFound("there is no such account"))?]
        }
        None => {
            let members = store.people().await?.members;
            members.iter().filter(|member| member.person == person.id).map(|member| member.account).collect()
        }
    };
    for account in accounts {
        judged(store.remove_member(person.id, account, forced).await?)?;
    }
    Ok(())
}

/// Another password, and codes asked for no more; every session ends. For whoever runs the hub.
///
/// # Errors
/// When there is nobody of that name, or it is no password.
pub async fn set_password(store: &Store, name: &str, given: Option<&str>, no_totp: bool) -> Result<(), UserError> {
    let person = find(store, name).await?;
    if let Some(given) = given {
        password::check("password", &person.name, given)?;
        store.set_password(person.id, &hash_now(given)?, None).await?;
    }
    if no_totp {
        store.remove_totp(person.id).await?;
    }
    Ok(())
}
