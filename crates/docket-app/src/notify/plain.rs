//! HTML as plain text, for the part of a mail that shows where HTML does not.

/// Elements that begin a line.
const BLOCKS: &[&str] = &["br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"];
/// Elements whose contents are not text.
const HIDDEN: &[&str] = &["style", "script", "head", "title"];

/// The text of some HTML: elements become nothing or a line break, references to characters the characters.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        text(before, &mut out);
        let Some((tag, behind)) = from.get(1..).and_then(|inner| inner.split_once('>')) else {
            // A sign that opens nothing.
            text(from, &mut out);
            return tidy(&out);
        };
        let closing = tag.starts_with('/');
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
        let name = name.to_ascii_lowercase();
        rest = behind;
        if BLOCKS.contains(&name.as_str()) {
            out.push('\n');
        } else if HIDDEN.contains(&name.as_str()) && !closing {
            rest = after_end(behind, &name);
        }
    }
    text(rest, &mut out);
    tidy(&out)
}

/// What comes behind the end of an element.
fn after_end<'a>(html: &'a str, name: &str) -> &'a str {
    let end = format!("</{name}");
    let found = html.to_ascii_lowercase().find(&end);
    let behind = found.and_then(|at| html.get(at..)).and_then(|from| from.split_once('>'));
    behind.map_or("", |(_, behind)| behind)
}

/// White space of the source is one blank; only elements break lines.
fn text(source: &str, out: &mut String) {
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let behind = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '&' => match reference(behind) {
                Some((meant, after)) => {
                    out.push(meant);
                    rest = after;
                    continue;
                }
                None => out.push('&'),
            },
            character if character.is_ascii_whitespace() => {
                if !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            character => out.push(character),
        }
        rest = behind;
    }
}

/// What a reference means, and what comes behind it.
fn reference(text: &str) -> Option<(char, &str)> {
    let (name, behind) = text.split_once(';').filter(|(name, _)| name.len() <= 8)?;
    let meant = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "copy" => '©',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number).filter(|character| !character.is_control())?
        }
    };
    Some((meant, behind))
}

/// No blanks at the ends of lines, and no two empty lines in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(|line| line.trim_matches(' ')) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 && !(out.is_empty() && line.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn elements_become_lines_and_references_characters() {
        let html = "<html><head><title>x</title><style>p { color: red }</style></head><body>\n<p>Dear Ann &amp; Bob,</p>\n\
                    <p>Your   order<br/>arrives &#x2014; at&nbsp;14:20 &euro;5</p><ul><li>a</li><li>b</li></ul></body>";
        let text = "Dear Ann & Bob,\n\nYour order\narrives — at\u{a0}14:20 €5\n\na\n\nb";
        assert_eq!(plain(html), text);
        assert_eq!(plain("1 < 2 & 3 &unknown; &#0; <"), "1 < 2 & 3 &unknown; &#0; <");
        assert_eq!(plain("<SCRIPT>alert(1)"), "");
    }
}
