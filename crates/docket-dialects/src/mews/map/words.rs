//! Small checks of what is sent.

use crate::mews::error::Error;
use crate::mews::wire::Members;

/// A member that, if it is there, is one of these words.
pub(in crate::mews) fn is_listed(members: Members<'_>, name: &'static str, words: &[&str]) -> Result<(), Error> {
    match members.text(name)? {
        Some(text) if !words.contains(&text) => Err(Error::invalid(name)),
        _ => Ok(()),
    }
}

/// An e-mail address, by its looks: what every mail program takes, not all that could be one.
pub(in crate::mews) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let dotted = |text: &str, allowed: fn(char) -> bool| {
        !text.is_empty() && text.split('.').all(|part| !part.is_empty() && part.chars().all(allowed))
    };
    let atom = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(letter);
    let label = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let edge = |part: &str| part.starts_with('-') || part.ends_with('-') || part.len() > 63;
    local.len() <= 64 && dotted(local, atom) && dotted(domain, label) && !domain.split('.').any(edge)
}
