//! Form bodies and query strings, read as tolerantly as real callers require.
//!
//! Three of the dialects put JSON into form values, and their callers do not agree on how to encode it: percent
//! encoded, raw, with literal `+` and `&`. So a [`Field`] keeps its bytes both as sent and decoded.

use bytes::Bytes;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// How many fields of a form or query are looked at. A body of nothing but `&` would become many times its size.
pub const FIELDS_LIMIT: usize = 1000;

/// One field of a form or query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name, decoded.
    pub name: String,
    /// Value as sent.
    pub raw: Bytes,
    /// Value with `%XX` and `+` decoded; for multipart, as sent.
    pub value: Bytes,
    /// File name, for a multipart file part.
    pub file_name: Option<String>,
    /// Content type, for a multipart part that names one.
    pub content_type: Option<String>,
}

impl Field {
    /// The decoded value as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }
}

/// Decodes `%XX` (and `+` as a blank). A `%` that starts no escape stays as it is.
pub fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, behind @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = behind;
                }
                _ => out.push(b'%'),
            },
            _ => out.push(byte),
        }
    }
    out
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The fields of a query string or urlencoded body, the first [`FIELDS_LIMIT`] of them.
pub fn fields(text: &[u8]) -> Vec<Field> {
    text.split(|&byte| byte == b'&')
        .filter(|part| !part.is_empty())
        .take(FIELDS_LIMIT)
        .map(|part| {
            let split = part.iter().position(|&byte| byte == b'=').unwrap_or(part.len());
            let raw = part.get(split + 1..).unwrap_or_default();
            Field {
                name: String::from_utf8_lossy(&decode(&part[..split])).into_owned(),
                raw: Bytes::copy_from_slice(raw),
                value: decode(raw).into(),
                file_name: None,
                content_type: None,
            }
        })
        .collect()
}

/// Everything after `name=` up to the end of the body, as sent: the last resort for raw JSON with `&` in it.
pub fn tail<'a>(body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let start = format!("{name}=");
    if body.starts_with(start.as_bytes()) {
        return Some(&body[start.len()..]);
    }
    let inner = format!("&{name}=");
    let at = body.windows(inner.len()).position(|window| window == inner.as_bytes())?;
    Some(&body[at + inner.len()..])
}

/// Whether a content type is that of a multipart form, with what its parts are parted by.
pub fn is_multipart(content_type: &str) -> bool {
    multer::parse_boundary(content_type).is_ok_and(|boundary| !boundary.is_empty())
}

/// The fields of a body: multipart when its content type says so, otherwise urlencoded.
///
/// A multipart body that breaks off gives the parts that were whole.
pub async fn body_fields(content_type: &str, body: &Bytes) -> Vec<Field> {
    let Ok(boundary) = multer::parse_boundary(content_type) else {
        return fields(body);
    };
    let whole = body.clone();
    let stream = futures_util::stream::once(async move { Ok::<Bytes, std::convert::Infallible>(whole) });
    let mut multipart = multer::Multipart::new(stream, boundary);
    let mut found = Vec::new();
    while found.len() < FIELDS_LIMIT
        && let Ok(Some(part)) = multipart.next_field().await
    {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let content_type = part.content_type().map(ToString::to_string);
        let Ok(value) = part.bytes().await else { break };
        found.push(Field { name, raw: value.clone(), value, file_name, content_type });
    }
    found
}

/// The bytes that may be the JSON of the form field `name`, the likeliest first; none when the field is not there.
///
/// Every encoder turns `{` into `%7B`. Where it stands bare nothing was encoded, and decoding would destroy each `+`
/// and `%`; a `&` cut the value short then, so the rest of the body may belong to it. A body that is JSON itself is
/// taken for the field.
pub async fn json_candidates(content_type: &str, body: &Bytes, name: &str) -> Vec<Bytes> {
    if multer::parse_boundary(content_type).is_ok() {
        let fields = body_fields(content_type, body).await;
        return find(&fields, name).map(|field| without_mark(&field.value)).into_iter().collect();
    }
    if is_json(body) {
        return vec![without_mark(body)];
    }
    let fields = fields(body);
    let Some(field) = find(&fields, name) else { return Vec::new() };
    let tail = tail(body, name).map(|tail| body.slice_ref(tail)).filter(|tail| tail.len() != field.raw.len());
    if !is_json(&field.raw) {
        let rest = tail.map(|tail| Bytes::from(decode(&tail)));
        return [field.value.clone()].into_iter().chain(rest).map(|value| without_mark(&value)).collect();
    }
    let bare: Vec<Bytes> = [field.raw.clone()].into_iter().chain(tail).collect();
    // Last, for callers that escape everything but braces.
    let decoded = bare.iter().filter(|raw| raw.contains(&b'%')).map(|raw| Cow::from(percent_decode(raw)));
    let decoded: Vec<Bytes> = decoded.map(|decoded| decoded.into_owned().into()).collect();
    bare.iter().chain(&decoded).map(without_mark).collect()
}

/// Without a byte order mark.
fn without_mark(bytes: &Bytes) -> Bytes {
    bytes.strip_prefix(b"\xef\xbb\xbf").map_or_else(|| bytes.clone(), |rest| bytes.slice_ref(rest))
}

/// Whether bytes start as a JSON object or array, a byte order mark aside.
pub fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The first field of a name.
pub fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn escapes_decode_and_lone_percents_stay() {
        assert_eq!(decode(b"a%20b+c%2Bd%zz%"), b"a b c+d%zz%");
        assert_eq!(decode("%E2%82%AC".as_bytes()), "€".as_bytes());
        assert_eq!(decode(b"%+1"), b"% 1");
    }

    #[test]
    fn a_body_of_separators_stays_small() {
        let body = Bytes::from("a&".repeat(1 << 20));
        assert_eq!(fields(&body).len(), FIELDS_LIMIT);
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
        let body = Bytes::from(part.repeat(FIELDS_LIMIT + 9) + "--b--\r\n");
        let found = body_fields("multipart/form-data; boundary=b", &body).now_or_never().unwrap();
        assert_eq!(found.len(), FIELDS_LIMIT);
    }

    #[test]
    fn json_is_found_however_it_was_put_into_the_form() {
        let found = |body: &'static str| {
            let found = json_candidates("", &Bytes::from_static(body.as_bytes()), "p").now_or_never().unwrap();
            found.into_iter().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(found("x=1"), [""; 0]);
        assert_eq!(found("[1]"), ["[1]"]);
        assert_eq!(found("\u{feff}{}"), ["{}"]);
        assert_eq!(found("p=%7B%22a%22:1+2%7D&x=1"), ["{\"a\":1 2}", "{\"a\":1 2}&x=1"]);
        assert_eq!(found("p={\"a\":1+2}"), ["{\"a\":1+2}"]);
        assert_eq!(found("p={1&2%}"), ["{1", "{1&2%}", "{1&2%}"]);
        assert_eq!(found("p={%22a+%22}"), ["{%22a+%22}", "{\"a+\"}"]);
    }

    #[test]
    fn raw_json_survives_as_tail() {
        let body = br#"payload={"a":"x & y + z"}"#;
        assert_eq!(tail(body, "payload"), Some(&br#"{"a":"x & y + z"}"#[..]));
        assert_eq!(tail(b"x=1&payload=2&3", "payload"), Some(&b"2&3"[..]));
        assert_eq!(tail(b"x=1", "payload"), None);
    }
}
