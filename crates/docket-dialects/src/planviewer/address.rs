//! Address lines to the properties of an `adres`, in Dutch order (`Utrechtsestraat 61`) and American (`111 East Main`).

use super::wire::Address;
use docket_core::catalogue::Site;

/// A line taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Name of the street.
    pub street: String,
    /// The number's digits.
    pub number: String,
    /// A single letter behind the number.
    pub letter: Option<String>,
    /// Whatever follows.
    pub addition: Option<String>,
}

/// Takes an address line apart. Without a number the whole line is the street.
pub(super) fn split(line: &str) -> Line {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let [first, street @ ..] = words.as_slice()
        && !street.is_empty()
        && starts_like_a_number(first)
        && !is_ordinal(first)
    {
        return american(first, street);
    }
    // Dutch: the last word that starts with a digit and has a street before it.
    let at = words.iter().enumerate().skip(1).rev().find(|(_, word)| starts_like_a_number(word)).map(|(at, _)| at);
    let Some((street, [number, rest @ ..])) = at.and_then(|at| words.split_at_checked(at)) else {
        return Line { street: words.join(" "), ..Line::default() };
    };
    let (street, number, rest) = before_addition(street, number, rest);
    let mut line = house_number(&number, &rest);
    line.street = street;
    line
}

/// In `Plein 7 2` the number is 7 and 2 is an addition, but in `Plein 1944 12` the number is 12.
fn before_addition(street: &[&str], number: &str, rest: &[&str]) -> (String, String, Vec<String>) {
    let mut rest: Vec<String> = rest.iter().map(|&word| word.to_owned()).collect();
    // A letter between two numbers belongs to the first of them: `Dam 7 a 2`.
    if let [name @ .., house, letter] = street
        && is_letter(letter)
        && starts_like_a_number(house)
        && !name.is_empty()
    {
        rest.insert(0, number.to_owned());
        rest.insert(0, (*letter).to_owned());
        return (name.join(" "), (*house).to_owned(), rest);
    }
    (street.join(" "), number.to_owned(), rest)
}

fn american(first: &str, street: &[&str]) -> Line {
    // `123 1/2 Oak`: the fraction is an addition.
    let (rest, street) = match street {
        [fraction, name @ ..] if !name.is_empty() && fraction.contains('/') && starts_like_a_number(fraction) => {
            (vec![(*fraction).to_owned()], name)
        }
        _ => (Vec::new(), street),
    };
    let mut line = house_number(first, &rest);
    line.street = street.join(" ");
    line
}

/// `7`, `7a`, `7-2`, `7a-2`, and words behind it: a single letter, or an addition.
fn house_number(word: &str, rest: &[String]) -> Line {
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, tail) = word.split_at(digits);
    let mut parts: Vec<String> = Vec::new();
    let mut letter = None;
    let mut characters = tail.chars();
    match (characters.next(), characters.next()) {
        (Some(first), second) if first.is_alphabetic() && second.is_none_or(|c| !c.is_alphanumeric()) => {
            letter = Some(first.to_string());
            parts.push(tail.chars().skip(1).collect());
        }
        _ => parts.push(tail.to_owned()),
    }
    parts.extend(rest.iter().cloned());
    let mut parts: Vec<String> = parts
        .iter()
        .map(|part| part.trim_matches(|c: char| matches!(c, '-' | ',' | '/' | '#' | ' ')).to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    if letter.is_none() && tail.is_empty() && parts.first().is_some_and(|part| is_letter(part)) {
        letter = Some(parts.remove(0));
    }
    let addition = Some(parts.join(" ")).filter(|addition| !addition.is_empty());
    Line { street: String::new(), number: number.to_owned(), letter, addition }
}

fn starts_like_a_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn is_letter(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

/// `1e`, `2de`, `3rd`, `5th`: part of a street's name. (`1e` could be a number with a letter, and rarely is.)
fn is_ordinal(word: &str) -> bool {
    let tail = word.trim_start_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    matches!(tail.as_str(), "e" | "de" | "ste" | "st" | "nd" | "rd" | "th")
}

/// A house as it is compared: which street and number, and which part of it, if the address names one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct House {
    /// Name of the street, folded.
    pub street: String,
    /// The number's digits.
    pub number: String,
    /// Letter, addition, second address line and what follows `Apt` or `Unit`: letters and digits, folded.
    pub part: String,
}

/// The house of an address; `None` without street or number.
pub(super) fn house(site: &Site) -> Option<House> {
    let mut words: Vec<&str> = site.address1.split_whitespace().collect();
    // `111 East Main Apt 4`: everything from there on names the part.
    let from = words.iter().enumerate().skip(2).find(|(_, word)| names_a_part(word)).map_or(words.len(), |(at, _)| at);
    let tail = words.split_off(from);
    let line = split(&words.join(" "));
    if line.street.is_empty() || line.number.is_empty() {
        return None;
    }
    let letter = [line.letter.as_deref(), line.addition.as_deref()];
    let part = letter.into_iter().flatten().chain(tail).chain(site.address2.split_whitespace());
    let part: Vec<&str> = part.flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
    let part = part.into_iter().filter(|word| !names_a_part(word)).map(folded).collect();
    let street = folded(&line.street).split(|c: char| !c.is_alphanumeric()).collect();
    Some(House { street, number: line.number, part })
}

/// Words that say that a part of a house follows.
fn names_a_part(word: &str) -> bool {
    let word = word.trim_matches(|c: char| matches!(c, '.' | ',')).to_lowercase();
    matches!(word.as_str(), "apt" | "apartment" | "unit" | "suite" | "ste" | "appartement") || word.starts_with('#')
}

/// The properties of a site.
pub(super) fn properties(site: &Site) -> Address {
    let line = split(&site.address1);
    let second = Some(site.address2.trim().to_owned()).filter(|text| !text.is_empty());
    Address {
        r#type: "adres",
        postcode: squashed(&site.postal_code),
        huisnummer: line.number,
        huisnummertoevoeging: line.addition.or(second),
        huisletter: line.letter,
        openbareruimtenaam: line.street,
        woonplaatsnaam: site.city.clone(),
    }
}

/// What a place is called: `Utrechtsestraat 61, 6811LW Arnhem`.
pub(super) fn title(address1: &str, address2: &str, postal_code: &str, city: &str) -> String {
    let join = |parts: [&str; 2]| {
        parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let street = join([address1, address2]);
    let place = join([&squashed(postal_code), city]);
    if street.is_empty() || place.is_empty() { street + &place } else { format!("{street}, {place}") }
}

/// What a site is called.
pub(super) fn site_title(site: &Site) -> String {
    title(&site.address1, &site.address2, &site.postal_code, &site.city)
}

/// Without blanks: Dutch postal codes are written `6811LW` on this wire.
pub(super) fn squashed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The plain letter of an accented one, for file names and comparison; others stay.
pub(super) fn fold(character: char) -> &'static str {
    match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'į' | 'ı' => "i",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ŕ' | 'ř' => "r",
        'ś' | 'ş' | 'š' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ĳ' => "ij",
        _ => "",
    }
}

/// Lower case, accents off.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match fold(character) {
            "" => out.push(character),
            plain => out.push_str(plain),
        }
    }
    out
}
