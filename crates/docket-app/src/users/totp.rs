//! Codes of authenticator apps, as RFC 6238 has them: six digits, SHA-1, a new one every 30 seconds. And the codes
//! that open once when the app is gone.

use docket_core::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;
use rand::Rng;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const STEP_S: i64 = 30;
const DIGITS: usize = 6;
/// As many steps before and after now are right: clocks differ, and people type slowly.
const SLACK: i64 = 1;
const SECRET: usize = 20;
const ISSUER: &str = "Docket";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// How many recovery codes somebody gets, and how long each is.
const RECOVERY_CODES: usize = 10;
const RECOVERY_LETTERS: usize = 16;
/// Letters that are not easily taken for others: 80 bits in sixteen of them.
const RECOVERY: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A new secret, as base32 without padding.
pub(super) fn secret() -> String {
    base32(&rand::random::<[u8; SECRET]>())
}

fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0u32, 0u32);
    let mut put = |index: u32| text.extend(BASE32.get((index & 31) as usize).map(|&byte| char::from(byte)));
    for &byte in bytes {
        held = (held & 0xff) << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            put(held >> bits);
        }
    }
    if bits > 0 {
        put(held << (5 - bits));
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0u32, 0u32);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|&known| known == letter)?;
        held = (held & 0xff) << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// The code of a step.
fn code(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let at = usize::from(digest.last()? & 0x0f);
    let four: [u8; 4] = digest.get(at..at + 4)?.try_into().ok()?;
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 10u32.pow(DIGITS as u32);
    Some(format!("{number:0DIGITS$}"))
}

/// What is typed: groups do not matter.
pub(super) fn tidied(typed: &str) -> String {
    typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect::<String>().to_ascii_lowercase()
}

/// Whether it looks like a code of an app, rather than a recovery code.
pub(super) fn is_code(tidied: &str) -> bool {
    tidied.len() == DIGITS && tidied.bytes().all(|byte| byte.is_ascii_digit())
}

/// The step whose code it is, near now.
pub(super) fn step_of(secret: &str, typed: &str, now: Timestamp) -> Option<i64> {
    let secret = from_base32(secret)?;
    let step = now.as_second().div_euclid(STEP_S);
    let mut found = None;
    // All are compared, whichever is right.
    for step in step - SLACK..=step + SLACK {
        if bool::from(code(&secret, step)?.as_bytes().ct_eq(typed.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// What an app is told, as a link.
pub(super) fn uri(name: &str, secret: &str) -> String {
    let name = utf8_percent_encode(name, PLAIN);
    format!(
        "otpauth://totp/{ISSUER}:{name}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )
}

/// The link as a picture that an app can read, to be put into a page.
pub(super) fn picture(uri: &str) -> Option<String> {
    let code = QrCode::new(uri.as_bytes()).ok()?;
    let text = code.render::<svg::Color<'_>>().module_dimensions(4, 4).build();
    // Within a page there is no place for the first line of a document.
    Some(text.split_once("?>").map_or(text.as_str(), |(_, picture)| picture).trim_start().to_owned())
}

/// New recovery codes, as they are shown once.
pub(super) fn recovery_codes() -> Vec<String> {
    let mut rng = rand::rng();
    let mut one = || {
        let letters: Vec<char> = (0..RECOVERY_LETTERS)
            .filter_map(|_| RECOVERY.get(rng.random_range(0..RECOVERY.len())).map(|&byte| char::from(byte)))
            .collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    };
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

/// What is kept of one. They are as long as keys, so that nothing slower is needed.
pub(super) fn recovery_hash(code: &str) -> String {
    hex::encode(Sha256::digest(["docket recovery ", &tidied(code)].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, SHA-1; the last six of its eight digits.
        for (second, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(KEY, second / STEP_S).unwrap(), wanted, "{second}");
        }
    }

    #[test]
    fn secrets_come_back() {
        assert_eq!(base32(KEY), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap(), KEY);
        assert_eq!((base32(b"f"), base32(b"foobar")), ("MY".to_owned(), "MZXW6YTBOI".to_owned()));
        assert_eq!(from_base32("MZXW6YTBOI").unwrap(), b"foobar");
        assert_eq!(from_base32("a1"), None);
        assert_eq!(secret().len(), 32);
    }

    #[test]
    fn a_code_is_right_for_a_step_more_or_less() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let secret = base32(KEY);
        for (second, step) in [(29, None), (30, Some(37_037_037)), (89, Some(37_037_037)), (120, None)] {
            let now = at(1_111_111_110 - 60 + second);
            assert_eq!(step_of(&secret, "050471", now), step, "{second}");
        }
        assert_eq!(step_of(&secret, "", at(59)), None);
        assert_eq!(step_of("not base32", "287082", at(59)), None);
    }

    #[test]
    fn what_an_app_is_told() {
        let uri = uri("ann@acme", "MZXW6YTBOI");
        assert_eq!(
            uri,
            "otpauth://totp/Docket:ann%40acme?secret=MZXW6YTBOI&issuer=Docket&algorithm=SHA1&digits=6&period=30"
        );
        let picture = picture(&uri).unwrap();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"), "{picture}");
    }

    #[test]
    fn recovery_codes_are_many_and_known_in_any_spelling() {
        let codes = recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert!(codes.iter().all(|code| code.len() == 19 && code.matches('-').count() == 3), "{codes:?}");
        assert_eq!(recovery_hash("abcd-efgh-ijkm-npqr"), recovery_hash(" ABCD efgh-ijkmnpqr "));
        assert!(codes.iter().all(|code| !is_code(&tidied(code))) && is_code(&tidied("123 456")));
    }
}
