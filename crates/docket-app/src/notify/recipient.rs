//! Phone numbers and addresses as people write them.

/// The fewest digits of a number that is one.
const DIGITS: usize = 4;

/// The numbers in some texts, each once: digits, with the sign of an international number in front. What people write
/// between digits is left away, and so is what follows the number.
pub(super) fn phones<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut numbers = Vec::new();
    for text in texts {
        // Several may stand in one field.
        for part in text.split([',', ';', '\n']) {
            let number = phone(part);
            if number.len() >= DIGITS && !numbers.contains(&number) {
                numbers.push(number);
            }
        }
    }
    numbers
}

fn phone(text: &str) -> String {
    let mut number = String::new();
    let starts = |character: char| character.is_ascii_digit() || character == '+';
    let from = text.find(starts).and_then(|at| text.get(at..)).unwrap_or_default();
    // The zero that is only dialled within the country.
    let from = if from.starts_with('+') { from.replace("(0)", "") } else { from.to_owned() };
    for character in from.chars() {
        match character {
            '+' if number.is_empty() => number.push('+'),
            digit if digit.is_ascii_digit() => number.push(digit),
            ' ' | '\u{a0}' | '-' | '\u{2011}' | '\u{2013}' | '.' | '/' | '(' | ')' | '\t' => {}
            _ => break,
        }
    }
    number
}

/// The addresses in a text, each once. Whether they are any is for the mail server to say.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let mut addresses: Vec<String> = Vec::new();
    for part in text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        if !addresses.iter().any(|known| known.eq_ignore_ascii_case(part)) {
            addresses.push(part.to_owned());
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::{addresses, phones};

    #[test]
    fn numbers_are_found_in_what_people_write() {
        let of = |text: &'static str| phones([text]);
        assert_eq!(of("+31 (0)6-12.34 56/78"), ["+31612345678"]);
        assert_eq!(of("tel. 06 1234 5678 (Ann)"), ["0612345678"]);
        assert_eq!(of("0612345678, 06 12 34 56 78; +49 30 1234"), ["0612345678", "+49301234"]);
        assert_eq!(of("none"), [""; 0]);
        assert_eq!(of("12"), [""; 0]);
        assert_eq!(phones(["112 233", "112233"]), ["112233"]);
    }

    #[test]
    fn addresses_are_told_apart() {
        assert_eq!(addresses(" ann@a.example; Bob@b.example ,ANN@a.example"), ["ann@a.example", "Bob@b.example"]);
        assert_eq!(addresses("no address"), ["no address"], "the person is to see that it is wrong");
    }
}
