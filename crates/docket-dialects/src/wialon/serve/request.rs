//! Where callers put the parts of a call: query, body, any mixture.

use super::super::error::Error;
use super::super::wire::{Json, Object, first_value};
use crate::dialect::WireRequest;
use crate::form;
use percent_encoding::percent_decode;

/// A call, taken apart.
pub(super) struct Call {
    /// Service name.
    pub svc: String,
    /// Session id; words that mean "none" are empty.
    pub sid: String,
    /// Parameters: `None` when they are no JSON.
    pub params: Option<Json>,
    /// The fields of the body, for calls with files.
    pub form: Vec<form::Field>,
    /// The function a script wants the answer in.
    pub callback: Option<String>,
}

impl Call {
    /// Takes a request apart: `svc` and `sid` from the query before the body, `params` from the body before the query.
    pub(super) async fn read(request: &WireRequest) -> Call {
        let query = form::fields(request.query.as_bytes());
        let body = form::body_fields(request.header("content-type"), &request.body).await;
        let text = |name: &str| {
            let said = |fields: &[form::Field]| {
                form::find(fields, name).map(|field| field.text().trim().to_owned()).filter(|text| !text.is_empty())
            };
            said(&query).or_else(|| said(&body)).unwrap_or_default()
        };
        let sid = text("sid");
        let callback = Some(text("callback")).filter(|name| is_callback(name));
        Call {
            svc: text("svc"),
            sid: if matches!(sid.as_str(), "None" | "null" | "undefined") { String::new() } else { sid },
            params: read_params(request, &query, &body),
            form: body,
            callback,
        }
    }

    /// The parameters as an object. The vendor's Python library sends `[]` where there are none.
    pub(super) fn object(params: Option<Json>) -> Result<Object, Error> {
        match params {
            Some(Json::Object(object)) => Ok(object),
            Some(Json::Array(none)) if none.is_empty() => Ok(Object::new()),
            Some(Json::Null) => Ok(Object::new()),
            _ => Err(Error::Input),
        }
    }
}

fn read_params(request: &WireRequest, query: &[form::Field], body: &[form::Field]) -> Option<Json> {
    let given = [(body, &request.body[..]), (query, request.query.as_bytes())]
        .into_iter()
        .find_map(|(fields, raw)| Some((form::find(fields, "params").filter(|field| !field.value.is_empty())?, raw)));
    let Some((field, raw)) = given else {
        return Some(Json::Object(Object::new()));
    };
    // Libraries write their language's word for "none" where a call has no parameters.
    if matches!(field.text().trim(), "None" | "undefined") {
        return Some(Json::Object(Object::new()));
    }
    // Some callers escape nothing: then pluses are pluses, the value goes on behind an `&`, and whatever follows the
    // JSON is ignored. Others, address lines of browsers among them, escape quotes and blanks only.
    let tail = form::tail(raw, "params");
    let bare = tail.filter(|_| form::is_json(&field.raw));
    bare.and_then(|tail| first_value(tail).or_else(|| first_value(&percent_decode(tail).collect::<Vec<u8>>())))
        .or_else(|| first_value(&field.value))
        .or_else(|| first_value(&form::decode(tail?)).or_else(|| first_value(tail?)))
}

/// Whether a name can be called back without harm.
fn is_callback(name: &str) -> bool {
    const LONGEST: usize = 128;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.');
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(plain)
}
