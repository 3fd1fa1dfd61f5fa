//! Files handed out by signed links: `/files/{blob}/{name}?type=…&until=…&signature=…`.
//!
//! Whoever has the link has the file until then, without credentials: that is what the APIs want that pass files on as
//! URLs. The signature is an HMAC-SHA256 over all that the link says, by a key that is made once and kept with the store,
//! so that every process of one store honours the links of the others.

use crate::hub::{Hub, fault};
use docket_core::Timestamp;
use docket_core::ids::AccountId;
use docket_core::ledger::{Fault, FileLink, Holder, Ledger, Record};
use docket_dialects::form;
use docket_store::{Append, Store, StoreError};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The hub's own records belong to no account.
pub(crate) const HUB: Holder = Holder::Account(AccountId(0));
const NAMESPACE: &str = "files";
const KEY: &str = "key";
/// The longest file name, in characters.
const NAME_LIMIT: usize = 120;
/// What need not be escaped in a segment of a path or a value of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Signs links and checks them.
pub struct Signer {
    /// As long as the hash takes in at once.
    key: [u8; 64],
}

/// Why a link leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no such link, or there is no such file.
    Unknown,
    /// The signature is not ours.
    Forged,
    /// Its time is over.
    Over,
}

impl Signer {
    /// With the key of a store, which is made on first use.
    pub(crate) async fn of(store: &Store) -> Result<Signer, StoreError> {
        let key = |text: Option<String>| {
            let mut key = [0; 64];
            text.and_then(|text| hex::decode_to_slice(text, &mut key).ok()).map(|()| Signer { key })
        };
        if let Some(signer) = key(store.record(HUB, NAMESPACE, KEY).await?) {
            return Ok(signer);
        }
        let made = hex::encode(rand::random::<[u8; 64]>());
        let record = Record {
            holder: HUB,
            namespace: NAMESPACE.to_owned(),
            key: KEY.to_owned(),
            value: Some(made),
            expected: Some(None),
        };
        match store.append(Append { records: vec![record], ..Append::default() }).await {
            // Somebody else made it meanwhile, or we did.
            Ok(_) | Err(StoreError::Outdated) => {}
            Err(error) => return Err(error),
        }
        let found = key(store.record(HUB, NAMESPACE, KEY).await?);
        found.ok_or_else(|| StoreError::Failed("the key that signs links to files cannot be read".to_owned()))
    }

    fn signature(&self, file: &FileLink, until: i64) -> [u8; 32] {
        self.code(&[file.blob.as_str(), &file.name, &file.media_type, &until.to_string()])
    }

    /// A code over some texts that nobody else can make. Each use has a first text of its own; a link's is a hash.
    pub(crate) fn code(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// The link to a file.
    pub fn link(&self, file: &FileLink, until: Timestamp) -> String {
        let until = until.as_second();
        let file =
            FileLink { blob: file.blob.clone(), name: safe_name(&file.name), media_type: safe_type(&file.media_type) };
        let signature = hex::encode(self.signature(&file, until));
        let (name, kind) = (utf8_percent_encode(&file.name, PLAIN), utf8_percent_encode(&file.media_type, PLAIN));
        format!("/files/{}/{name}?type={kind}&until={until}&signature={signature}", file.blob)
    }

    /// The file that a link names, if the link is ours and its time is not over.
    pub fn check(&self, path: &str, query: &str, now: Timestamp) -> Result<FileLink, Refusal> {
        let (blob, name) =
            path.strip_prefix("/files/").and_then(|rest| rest.split_once('/')).ok_or(Refusal::Unknown)?;
        let name = percent_decode_str(name).decode_utf8().map_err(|_| Refusal::Unknown)?.into_owned();
        let (mut kind, mut until, mut signature) = (String::new(), None, [0; 32]);
        let mut signed = false;
        for field in form::fields(query.as_bytes()) {
            let text = field.text();
            match field.name.as_str() {
                "type" => kind = text.into_owned(),
                "until" => until = text.parse::<i64>().ok(),
                "signature" => signed = hex::decode_to_slice(text.as_bytes(), &mut signature).is_ok(),
                _ => {}
            }
        }
        let file = FileLink { blob: blob.to_owned(), name, media_type: kind };
        let until = until.ok_or(Refusal::Forged)?;
        let ours = self.signature(&file, until).ct_eq(&signature);
        match signed && bool::from(ours) {
            false => Err(Refusal::Forged),
            true if now.as_second() > until => Err(Refusal::Over),
            true => Ok(file),
        }
    }
}

impl Hub {
    /// The bytes behind a link.
    pub async fn linked_file(&self, path: &str, query: &str) -> Result<Result<(FileLink, Vec<u8>), Refusal>, Fault> {
        let file = match self.signer().check(path, query, self.now()) {
            Ok(file) => file,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match self.blob(&file.blob).await? {
            Some(bytes) => Ok(Ok((file, bytes))),
            None => Ok(Err(Refusal::Unknown)),
        }
    }

    /// The bytes of a blob that must be there.
    pub async fn known_blob(&self, address: &str) -> Result<Vec<u8>, Fault> {
        let found = self.store().blob(address).await.map_err(fault)?;
        found.ok_or_else(|| fault(StoreError::Failed(format!("the file {address} is missing"))))
    }
}

/// The name that a `Content-Disposition` gives a file: `attachment; filename="report.pdf"` or `filename*=UTF-8''report.pdf`.
pub fn name_of(disposition: &str) -> Option<String> {
    let mut found = None;
    for part in disposition.split(';').skip(1) {
        let Some((name, value)) = part.split_once('=') else { continue };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let encoded = value.split_once("''").map(|(_, encoded)| encoded)?;
                return percent_decode_str(encoded).decode_utf8().ok().map(|name| name.into_owned());
            }
            "filename" => found = Some(value.trim_matches('"').to_owned()),
            _ => {}
        }
    }
    found.filter(|name| !name.is_empty())
}

/// A name that is one on every system: no folders, nothing that steers a terminal or hides an ending.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |c: char| match c {
        c if c.is_control() => '_',
        '"' | '<' | '>' | ':' | '|' | '?' | '*' => '_',
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '_',
        c => c,
    };
    let name: String = last.chars().map(plain).collect();
    let name = name.trim().trim_start_matches('.');
    let length = name.chars().count();
    // What is too long loses its beginning, not its ending.
    let name: String = name.chars().skip(length.saturating_sub(NAME_LIMIT)).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

/// A media type that is one, without parameters.
pub fn safe_type(media_type: &str) -> String {
    let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    match plain.split_once('/') {
        Some((kind, sub)) if plain.len() <= 127 && token(kind) && token(sub) => plain,
        _ => "application/octet-stream".to_owned(),
    }
}

/// How a browser is told to treat a file: shown where it is harmless and shown well, saved otherwise.
pub fn disposition(file: &FileLink) -> String {
    let shown = matches!(
        file.media_type.as_str(),
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" | "application/pdf" | "text/plain"
    );
    let ascii: String = file.name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let ascii = ascii.replace(['\\', '"'], "_");
    let kind = if shown { "inline" } else { "attachment" };
    match ascii == file.name {
        true => format!("{kind}; filename=\"{ascii}\""),
        false => {
            let encoded = utf8_percent_encode(&file.name, PLAIN);
            format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOB: &str = "ab00000000000000000000000000000000000000000000000000000000000000";

    fn signer() -> Signer {
        Signer { key: [7; 64] }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn file(name: &str) -> FileLink {
        FileLink { blob: BLOB.to_owned(), name: name.to_owned(), media_type: "image/jpeg".to_owned() }
    }

    fn check(link: &str, now: i64) -> Result<FileLink, Refusal> {
        let (path, query) = link.split_once('?').unwrap();
        signer().check(path, query, at(now))
    }

    #[test]
    fn a_link_leads_to_its_file_until_its_time_is_over() {
        let link = signer().link(&file("front door.jpg"), at(1000));
        assert!(link.starts_with(&format!("/files/{BLOB}/front%20door.jpg?type=image%2Fjpeg&until=1000&signature=")));
        assert_eq!(check(&link, 1000), Ok(file("front door.jpg")));
        assert_eq!(check(&link, 1001), Err(Refusal::Over));
    }

    #[test]
    fn nothing_of_a_link_can_be_changed() {
        let link = signer().link(&file("a.jpg"), at(1000));
        for (from, to) in [
            ("/ab00", "/cd00"),
            ("a.jpg", "b.jpg"),
            ("a.jpg", "a.jpg%00"),
            ("image%2Fjpeg", "text%2Fhtml"),
            ("until=1000", "until=9999"),
            ("until=1000", "until=x"),
            ("until=1000&", ""),
            ("signature=", "signature=0"),
            ("signature=", "s="),
        ] {
            let forged = link.replacen(from, to, 1);
            assert_ne!(forged, link);
            assert_eq!(check(&forged, 5), Err(Refusal::Forged), "{forged}");
        }
        let (start, _) = link.split_once("signature=").unwrap();
        assert_eq!(check(&format!("{start}signature={}", "0".repeat(64)), 5), Err(Refusal::Forged));
        assert_eq!(check(&format!("{start}signature="), 5), Err(Refusal::Forged));
        assert_eq!(check("/files/x?until=1", 0), Err(Refusal::Unknown));
        assert_eq!(check("/files/x/%FF?until=1", 0), Err(Refusal::Unknown));
    }

    #[test]
    fn names_are_harmless() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_name("C:\\x\\photo.jpg"), "photo.jpg");
        assert_eq!(safe_name("a\r\nSet-Cookie: x.jpg"), "a__Set-Cookie_ x.jpg");
        assert_eq!(safe_name("photo\u{202e}gpj.exe"), "photo_gpj.exe");
        assert_eq!(safe_name(" .. "), "file");
        assert_eq!(safe_name(&format!("{}.jpg", "x".repeat(500))).len(), NAME_LIMIT);
        assert_eq!(safe_type("Image/JPEG; q=1"), "image/jpeg");
        assert_eq!(safe_type("text/html\r\nx: y"), "application/octet-stream");
        assert_eq!(safe_type(""), "application/octet-stream");
    }

    #[test]
    fn browsers_show_pictures_and_save_the_rest() {
        assert_eq!(disposition(&file("a.jpg")), "inline; filename=\"a.jpg\"");
        let page = FileLink { media_type: "text/html".to_owned(), ..file("a.html") };
        assert_eq!(disposition(&page), "attachment; filename=\"a.html\"");
        assert_eq!(disposition(&file("ä.jpg")), "inline; filename=\"_.jpg\"; filename*=UTF-8''%C3%A4.jpg");
    }

    proptest! {
        #[test]
        fn what_is_linked_is_found_again(name in ".{0,200}", kind in ".{0,40}", second in 0_i64..1 << 40) {
            let asked = FileLink { blob: BLOB.to_owned(), name, media_type: kind };
            let link = signer().link(&asked, at(second.min(200_000_000_000)));
            let found = check(&link, 0).unwrap();
            prop_assert_eq!(&found.name, &safe_name(&asked.name));
            prop_assert_eq!(&found.media_type, &safe_type(&asked.media_type));
            prop_assert!(http::HeaderValue::from_str(&disposition(&found)).is_ok());
            prop_assert!(link.parse::<http::Uri>().is_ok());
        }

        #[test]
        fn no_link_breaks_the_check(path in ".{0,100}", query in ".{0,200}") {
            prop_assert!(signer().check(&path, &query, at(0)).is_err());
        }
    }

    #[test]
    fn file_names_are_read_from_their_header() {
        let name = |text: &str| name_of(text).unwrap_or_default();
        assert_eq!(name("attachment; filename=\"a b.pdf\""), "a b.pdf");
        assert_eq!(name("attachment; filename=a.pdf; size=3"), "a.pdf");
        assert_eq!(name("attachment; filename=x.pdf; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf"), "résumé.pdf");
        assert_eq!(name("attachment"), "");
        assert_eq!(name("attachment; filename=\"\""), "");
    }
}
