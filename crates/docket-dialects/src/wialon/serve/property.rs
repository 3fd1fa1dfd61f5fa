//! What a session can be set to.

use super::super::error::Error;
use super::super::wire::{Json, Object, integer};
use super::Scope;
use super::session::lock;
use serde_json::json;

/// `core/set_session_property`. No unit here is ever deactivated, so there is none to hide.
pub(super) fn set_session_property(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let is_on = match params.get("prop_value").and_then(integer) {
        Some(1) => true,
        Some(0 | 2) => false,
        _ => return Err(Error::Input),
    };
    match params.get("prop_name").and_then(Json::as_str) {
        Some("long_values") => lock(&scope.session).long_texts = is_on,
        Some("skip_nonactive_items") => {}
        _ => return Err(Error::Input),
    }
    Ok(json!({}))
}

/// The answer with those integers as texts that a double cannot hold.
pub(super) fn with_long_texts(body: String) -> String {
    const EXACT: u64 = 1 << 53;
    fn rewrite(value: &mut Json) {
        match value {
            Json::Number(number) => {
                let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
                if size.is_some_and(|size| size > EXACT) {
                    *value = number.to_string().into();
                }
            }
            Json::Array(items) => items.iter_mut().for_each(rewrite),
            Json::Object(members) => members.values_mut().for_each(rewrite),
            Json::Null | Json::Bool(_) | Json::String(_) => {}
        }
    }
    match serde_json::from_str::<Json>(&body) {
        Ok(mut value) => {
            rewrite(&mut value);
            value.to_string()
        }
        Err(_) => body,
    }
}
