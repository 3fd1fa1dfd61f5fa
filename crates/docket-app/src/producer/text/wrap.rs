//! Where lines break.

use super::shape::is_ignorable;
use super::{Fonts, Weight};
use unicode_bidi::{BidiClass, bidi_class};

/// Begins a line whose paragraph is read in the other direction than the line's own first letter says.
const LEFT_TO_RIGHT: char = '\u{200e}';
const RIGHT_TO_LEFT: char = '\u{200f}';

/// Whether a text is read from right to left: what its first letter says.
pub(in crate::producer) fn is_right_to_left(text: &str) -> bool {
    let strong = |character: char| match bidi_class(character) {
        BidiClass::R | BidiClass::AL => Some(true),
        BidiClass::L => Some(false),
        _ => None,
    };
    text.chars().find_map(strong).unwrap_or(false)
}

/// Written without blanks between words: a line may break between any two.
fn is_dense(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{303f}' | '\u{3041}'..='\u{30ff}' | '\u{3105}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Never begins a line.
fn ends(character: char) -> bool {
    matches!(
        character,
        '、' | '。'
            | '，'
            | '．'
            | '）'
            | '」'
            | '』'
            | '】'
            | '〉'
            | '》'
            | '〕'
            | '］'
            | '｝'
            | '！'
            | '？'
            | '：'
            | '；'
            | 'ー'
            | '々'
            | '〜'
            | '・'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | ')'
            | ']'
            | '}'
            | ','
            | '.'
            | '!'
            | '?'
            | ':'
            | ';'
            | '…'
            | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// Never ends a line.
fn begins(character: char) -> bool {
    matches!(character, '（' | '「' | '『' | '【' | '〈' | '《' | '〔' | '［' | '｛' | '(' | '[' | '{')
}

/// Is drawn with the character before it.
fn clings(character: char) -> bool {
    is_ignorable(character) || bidi_class(character) == BidiClass::NSM || is_vowel_sign(character)
}

/// Signs of Indic and Thai vowels that take room of their own.
fn is_vowel_sign(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{dff}' if matches!(u32::from(character) & 0x7f, 0x3e..=0x4c | 0x57) )
        || matches!(character, '\u{e30}'..='\u{e3a}' | '\u{e45}'..='\u{e4e}' | '\u{eb0}'..='\u{ebc}')
}

/// The ends of the characters of a text, as people see them.
pub(super) fn cuts(text: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut before = None;
    for (at, character) in text.char_indices() {
        let joined = matches!(before, Some('\u{200d}' | '\u{94d}' | '\u{9cd}'));
        let flag = |character: Option<char>| character.is_some_and(|c| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c));
        // Two letters make a flag.
        let flags = flag(before)
            && flag(Some(character))
            && text.get(..at).is_some_and(|text| text.chars().rev().take_while(|&c| flag(Some(c))).count() % 2 == 1);
        let skin = ('\u{1f3fb}'..='\u{1f3ff}').contains(&character);
        if at > 0 && !clings(character) && !joined && !flags && !skin {
            cuts.push(at);
        }
        before = Some(character);
    }
    cuts.push(text.len());
    cuts
}

/// A word, or a part of one behind which a line may break.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in word.char_indices() {
        let may = before.is_some_and(|before| {
            let dense = is_dense(before) || is_dense(character);
            let hyphen = matches!(before, '-' | '\u{2010}' | '–' | '—' | '/') && character.is_alphanumeric();
            (dense && !begins(before) && !ends(character) && !clings(character) && before != '\u{200d}')
                || before == '\u{200b}'
                || (hyphen && at - start > 3)
        });
        if may {
            parts.extend(word.get(start..at));
            start = at;
        }
        before = Some(character);
    }
    parts.extend(word.get(start..));
    parts
}

impl Fonts<'_> {
    /// The lines of a text within a width: broken at blanks, where a script has none between its characters, and within
    /// words that are longer than a line.
    pub(in crate::producer) fn wrap(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<String> {
        let text = self.drawable(text);
        let mut lines = Vec::new();
        for paragraph in text.trim_end().split('\n') {
            let first = lines.len();
            let mut filling = Filling { fonts: self, weight, size, width, line: String::new(), used: 0.0, lines };
            paragraph.split_whitespace().for_each(|word| filling.word(word));
            let Filling { line, lines: mut done, .. } = filling;
            done.push(line);
            lines = done;
            let is_rtl = is_right_to_left(paragraph);
            for line in lines.iter_mut().skip(first).filter(|line| is_right_to_left(line) != is_rtl) {
                line.insert(0, if is_rtl { RIGHT_TO_LEFT } else { LEFT_TO_RIGHT });
            }
        }
        lines
    }
}

/// Lines being filled.
struct Filling<'a, 'd> {
    fonts: &'a Fonts<'d>,
    weight: Weight,
    size: f32,
    width: f32,
    line: String,
    used: f32,
    lines: Vec<String>,
}

impl Filling<'_, '_> {
    fn width_of(&self, text: &str) -> f32 {
        self.fonts.width(text, self.weight, self.size)
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line).trim_end().to_owned());
        self.used = 0.0;
    }

    /// Whether that much more fits. Kerning makes a line a little shorter or longer than its words, so close to the edge
    /// the line itself is measured.
    fn fits(&self, blank: &str, part: &str, needed: f32) -> bool {
        let after = self.used + needed;
        if (after - self.width).abs() > self.size * 0.3 {
            return after <= self.width;
        }
        self.width_of(&format!("{}{blank}{part}", self.line)) <= self.width
    }

    fn word(&mut self, word: &str) {
        let mut blank = if self.line.is_empty() { "" } else { " " };
        for part in parts(word) {
            let needed = self.width_of(part);
            let gap = if blank.is_empty() { 0.0 } else { self.width_of(blank) };
            if self.fits(blank, part, gap + needed) {
                self.line.push_str(blank);
                self.line.push_str(part);
                self.used += gap + needed;
            } else {
                if !self.line.is_empty() {
                    self.end_line();
                }
                if needed <= self.width && self.fits("", part, needed) {
                    self.line.push_str(part);
                    self.used = needed;
                } else {
                    self.long(part);
                }
            }
            blank = "";
        }
    }

    /// A word that is longer than a line.
    fn long(&mut self, word: &str) {
        let mut start = 0;
        let mut last = 0;
        for end in cuts(word) {
            let piece = word.get(start..end).unwrap_or_default();
            if self.width_of(piece) > self.width && last > start {
                self.line = word.get(start..last).unwrap_or_default().to_owned();
                self.end_line();
                start = last;
            }
            last = end;
        }
        self.line = word.get(start..).unwrap_or_default().to_owned();
        self.used = self.width_of(&self.line.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_cut_as_people_see_them() {
        let pieces = |text: &str| {
            let mut start = 0;
            cuts(text)
                .into_iter()
                .map(|end| {
                    let piece = text[start..end].to_owned();
                    start = end;
                    piece
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(pieces("ae\u{301}b"), ["a", "e\u{301}", "b"]);
        assert_eq!(pieces("👩‍🔧👍🏽🇳🇱🇧🇪x"), ["👩‍🔧", "👍🏽", "🇳🇱", "🇧🇪", "x"]);
        assert_eq!(pieces("क्षि"), ["क्षि"]);
        assert_eq!(pieces(""), [""]);
    }

    #[test]
    fn lines_may_break_between_ideographs_and_not_before_a_full_stop() {
        assert_eq!(parts("東京都。千代田"), ["東", "京", "都。", "千", "代", "田"]);
        assert_eq!(parts("「東」x"), ["「東」", "x"]);
        assert_eq!(parts("well-known"), ["well-", "known"]);
        assert_eq!(parts("a-b"), ["a-b"]);
        assert_eq!(parts("-5"), ["-5"]);
    }

    #[test]
    fn the_first_letter_says_the_direction() {
        assert!(is_right_to_left("12 שלום abc") && is_right_to_left("مرحبا"));
        assert!(!is_right_to_left("abc שלום") && !is_right_to_left("123") && !is_right_to_left(""));
    }
}
