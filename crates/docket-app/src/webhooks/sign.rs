//! Secrets and signatures as the Standard Webhooks specification has them: HMAC-SHA256 over identity, moment and body.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngCore;
use sha2::Sha256;

/// What secrets begin with.
pub const PREFIX: &str = "whsec_";
/// How many bytes a secret has that is made here, and how many it may have.
const MADE: usize = 32;
const LEAST: usize = 24;
const MOST: usize = 64;

/// A secret: the key that is signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Secret {
    /// A new one.
    pub fn make() -> Secret {
        let mut bytes = vec![0; MADE];
        rand::rng().fill_bytes(&mut bytes);
        Secret(bytes)
    }

    /// As it is given: `whsec_` and base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// When it is no such thing.
    pub fn read(text: &str) -> Result<Secret, String> {
        let encoded = text.trim().strip_prefix(PREFIX).unwrap_or(text.trim()).trim_end_matches('=');
        let bytes = STANDARD_NO_PAD.decode(encoded).ok().filter(|bytes| (LEAST..=MOST).contains(&bytes.len()));
        bytes.map(Secret).ok_or_else(|| format!("must be `{PREFIX}` and base64 of {LEAST} to {MOST} bytes"))
    }

    /// As it is shown.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// One signature.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The header `webhook-signature`: a signature by each secret that is valid, blanks between.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let signed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signatures(std::slice::from_ref(&secret), id, 1_614_265_330, body), signed);
        let both = signatures(&[Secret::make(), secret], id, 1_614_265_330, body);
        assert!(both.starts_with("v1,") && both.ends_with(&format!(" {signed}")), "{both}");
    }

    #[test]
    fn secrets_are_read_as_they_are_shown() {
        let secret = Secret::make();
        assert_eq!(Secret::read(&secret.text()).unwrap(), secret);
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_***", &format!("whsec_{}", "QUJD".repeat(30))] {
            assert!(Secret::read(wrong).is_err(), "{wrong}");
        }
    }
}
