//! From a line of text to glyphs at their places.

use super::wrap::is_right_to_left;
use super::{Fonts, MISSING, Weight};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};
use std::ops::Range;
use unicode_bidi::{BidiInfo, Level};
use unicode_script::{Script, UnicodeScript};

/// A piece of a line in one font, its glyphs from left to right.
pub(in crate::producer) struct Run<'f> {
    pub font: &'f Font,
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
}

impl Run<'_> {
    /// In parts of the font size.
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

/// What is the same from one character to the next within a run.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    /// `None` where no font has the character.
    face: Option<usize>,
    script: Script,
}

impl Fonts<'_> {
    /// The runs of a line, from left to right.
    pub(in crate::producer) fn runs(&self, text: &str, weight: Weight) -> Vec<Run<'_>> {
        if text.is_ascii() {
            // Nothing to put in order, and one script.
            return self.pieces(text, weight, false);
        }
        let base = if is_right_to_left(text) { Level::rtl() } else { Level::ltr() };
        let bidi = BidiInfo::new(text, Some(base));
        let mut runs = Vec::new();
        for paragraph in &bidi.paragraphs {
            let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in ranges {
                let is_rtl = levels.get(range.start).is_some_and(|level: &Level| level.is_rtl());
                runs.extend(self.pieces(text.get(range).unwrap_or_default(), weight, is_rtl));
            }
        }
        runs
    }

    /// The pieces of text of one direction, from left to right.
    fn pieces(&self, text: &str, weight: Weight, is_rtl: bool) -> Vec<Run<'_>> {
        let mut kinds: Vec<(Range<usize>, Kind)> = Vec::new();
        for (at, character) in text.char_indices() {
            let range = at..at + character.len_utf8();
            let before = kinds.last().map(|(_, kind)| *kind);
            if let (true, Some((last, _))) = (is_ignorable(character), kinds.last_mut()) {
                last.end = range.end;
                continue;
            }
            let kind = self.kind(character, weight, before);
            match kinds.last_mut() {
                Some((last, known)) if *known == kind => last.end = range.end,
                // What came before had no script of its own and goes with what follows.
                Some((last, known)) if known.script == Script::Common && known.face == kind.face => {
                    last.end = range.end;
                    *known = kind;
                }
                _ => kinds.push((range, kind)),
            }
        }
        let piece =
            |(range, kind): (Range<usize>, Kind)| self.shaped(text.get(range).unwrap_or_default(), kind, is_rtl);
        let mut runs: Vec<Run<'_>> = kinds.into_iter().filter_map(piece).collect();
        if is_rtl {
            runs.reverse();
        }
        runs
    }

    /// Which font a character is set in, and as what. What all scripts share goes with what is before it.
    fn kind(&self, character: char, weight: Weight, before: Option<Kind>) -> Kind {
        let own = character.script();
        let is_shared = matches!(own, Script::Common | Script::Inherited | Script::Unknown);
        let script = match before {
            Some(before) if is_shared => before.script,
            _ if is_shared => Script::Common,
            _ => own,
        };
        if let (true, Some(Kind { face: Some(face), .. })) = (is_shared, before)
            && self.faces.get(face).is_some_and(|face| face.has(character))
        {
            return Kind { face: Some(face), script };
        }
        let face = self.face_of(character, weight);
        if face.is_none() && !is_ignorable(character) {
            self.missing.lock().insert(character);
        }
        Kind { face, script }
    }

    fn shaped(&self, text: &str, kind: Kind, is_rtl: bool) -> Option<Run<'_>> {
        let stand_in = self.face_of(MISSING, Weight::Regular);
        let face = self.faces.get(kind.face.or(stand_in)?)?;
        let mut buffer = UnicodeBuffer::new();
        for (at, character) in text.char_indices().filter(|(_, character)| !is_direction(*character)) {
            // The box stands for the character, and is that when it is copied.
            let shown = if kind.face.is_none() { MISSING } else { character };
            buffer.add(shown, u32::try_from(at).unwrap_or(u32::MAX));
        }
        buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        let tag =
            rustybuzz::ttf_parser::Tag::from_bytes(kind.script.short_name().as_bytes().try_into().unwrap_or(b"Zyyy"));
        if let (Some(script), true) = (rustybuzz::Script::from_iso15924_tag(tag), kind.face.is_some()) {
            buffer.set_script(script);
        }
        if let Some(language) = &self.language {
            buffer.set_language(language.clone());
        }
        let shaped = rustybuzz::shape(&face.shaper, &[], buffer);
        let em = face.shaper.units_per_em() as f32;
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let range = |start: usize| {
            let next = starts.partition_point(|&other| other <= start);
            start..starts.get(next).copied().unwrap_or(text.len())
        };
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, place)| {
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                place.x_advance as f32 / em,
                place.x_offset as f32 / em,
                place.y_offset as f32 / em,
                place.y_advance as f32 / em,
                range(info.cluster as usize),
                None,
            )
        });
        Some(Run { font: &face.font, text: text.to_owned(), glyphs: glyphs.collect() })
    }
}

/// Marks of direction: they were heeded when the runs were ordered.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that are not seen themselves: no font needs to have them.
pub(super) fn is_ignorable(character: char) -> bool {
    is_direction(character)
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
