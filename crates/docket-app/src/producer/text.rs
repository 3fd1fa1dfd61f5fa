//! Fonts: which one has a character, how wide a text is, where it breaks.

use super::ReportError;
use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

static INTER_REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
static INTER_SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
static DEJAVU_SANS: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");

/// Shown where no font has the character.
const MISSING: char = '\u{25a1}';

/// How heavy a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Semibold,
}

struct Face {
    font: Font,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

impl Face {
    fn load(name: &'static str, data: &'static [u8]) -> Result<Face, ReportError> {
        let wrong = || ReportError::Font(name);
        let font = Font::new(data.into(), 0).ok_or_else(wrong)?;
        let reference = FontRef::new(data).map_err(|_| wrong())?;
        Ok(Face {
            units_per_em: font.units_per_em(),
            font,
            characters: reference.charmap(),
            metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    fn has(&self, character: char) -> bool {
        self.characters.map(character).is_some()
    }

    /// In parts of the font size.
    fn advance(&self, character: char) -> f32 {
        let glyph = self.characters.map(character).unwrap_or_default();
        self.metrics.advance_width(glyph).unwrap_or(self.units_per_em / 2.0) / self.units_per_em
    }
}

/// The embedded fonts.
pub(super) struct Fonts {
    regular: Face,
    semibold: Face,
    fallback: Face,
}

/// A piece of text in one font.
pub(super) struct Run<'a> {
    pub font: &'a Font,
    pub text: &'a str,
    /// In parts of the font size.
    pub width: f32,
}

impl Fonts {
    pub(super) fn load() -> Result<Fonts, ReportError> {
        Ok(Fonts {
            regular: Face::load("Inter Regular", INTER_REGULAR)?,
            semibold: Face::load("Inter SemiBold", INTER_SEMIBOLD)?,
            fallback: Face::load("DejaVu Sans", DEJAVU_SANS)?,
        })
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Semibold => &self.semibold,
        }
    }

    fn face_of(&self, character: char, weight: Weight) -> &Face {
        let face = self.face(weight);
        if face.has(character) || !self.fallback.has(character) { face } else { &self.fallback }
    }

    /// A text whose every character can be drawn: controls become blanks, invisible marks go, □ stands for the rest.
    pub(super) fn drawable(&self, text: &str) -> String {
        text.chars()
            .filter(|&c| !is_invisible(c))
            .map(|c| match c {
                '\n' => '\n',
                _ if c.is_control() || c.is_whitespace() => ' ',
                _ if self.regular.has(c) || self.fallback.has(c) => c,
                _ => MISSING,
            })
            .collect()
    }

    /// Pieces that one font has.
    pub(super) fn runs<'a>(&'a self, text: &'a str, weight: Weight) -> Vec<Run<'a>> {
        let mut runs: Vec<Run<'a>> = Vec::new();
        let mut start = 0;
        for (at, character) in text.char_indices() {
            let face = self.face_of(character, weight);
            let end = at + character.len_utf8();
            match runs.last_mut() {
                Some(run) if std::ptr::eq(run.font, &face.font) => {
                    run.text = text.get(start..end).unwrap_or_default();
                    run.width += face.advance(character);
                }
                _ => {
                    start = at;
                    let piece = text.get(start..end).unwrap_or_default();
                    runs.push(Run { font: &face.font, text: piece, width: face.advance(character) });
                }
            }
        }
        runs
    }

    /// How wide a text is.
    pub(super) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        text.chars().map(|c| self.face_of(c, weight).advance(c)).sum::<f32>() * size
    }

    /// The lines of a text within a width: broken at blanks, and within words that are longer than a line.
    pub(super) fn wrap(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<String> {
        let text = self.drawable(text);
        let mut lines = Vec::new();
        for paragraph in text.trim_end().split('\n') {
            self.wrap_paragraph(paragraph, weight, size, width, &mut lines);
        }
        lines
    }

    fn wrap_paragraph(&self, text: &str, weight: Weight, size: f32, width: f32, lines: &mut Vec<String>) {
        let blank = self.width(" ", weight, size);
        let mut line = String::new();
        let mut used = 0.0;
        for word in text.split_whitespace() {
            let needed = self.width(word, weight, size);
            if !line.is_empty() && used + blank + needed > width {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                used += blank;
            }
            if needed <= width {
                line.push_str(word);
                used += needed;
                continue;
            }
            for character in word.chars() {
                let needed = self.face_of(character, weight).advance(character) * size;
                if used + needed > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(character);
                used += needed;
            }
        }
        lines.push(line);
    }

    /// The start of a text that fits on one line, with … where it was cut.
    pub(super) fn shorten(&self, text: &str, weight: Weight, size: f32, width: f32) -> String {
        let text = self.drawable(&text.replace('\n', " "));
        if self.width(&text, weight, size) <= width {
            return text;
        }
        let mut used = self.width("…", weight, size);
        let mut short = String::new();
        for character in text.chars() {
            used += self.face_of(character, weight).advance(character) * size;
            if used > width {
                break;
            }
            short.push(character);
        }
        short.truncate(short.trim_end().len());
        short.push('…');
        short
    }
}

/// Joiners, direction marks, variation selectors: they matter to shaping that is not done here.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ad}')
}
