//! Text in any script: which font has a character, how it is shaped, how wide it is, where it breaks.
//!
//! Text is set in Inter, with a part of DejaVu Sans where Inter lacks a character; both are in the binary. What neither
//! has is looked for among the fonts of the machine ([`system`]), once it is known to be needed. What no font has is
//! shown as □, and the scripts that are missing are told. A line is cut into runs of one direction, script and font, and
//! each is shaped by itself ([`shape`]); runs are put in the order they are read in.

mod embedded;
mod shape;
pub(super) mod system;
mod wrap;

use super::ReportError;
use krilla::text::Font;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use shape::Run;
use std::collections::BTreeSet;
use std::sync::Arc;
use unicode_script::{Script, UnicodeScript};

pub(super) use wrap::is_right_to_left;

/// Shown where no font has the character.
const MISSING: char = '\u{25a1}';
/// How many widths are remembered.
const WIDTHS: usize = 60_000;

/// How heavy a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Weight {
    Regular,
    Semibold,
}

/// The bytes of a font.
#[derive(Clone)]
pub(super) struct Source {
    data: Arc<Vec<u8>>,
    /// Which of the fonts in the file.
    index: u32,
    /// `None` for both.
    weight: Option<Weight>,
    name: String,
}

/// Fonts in the order in which characters are looked for.
#[derive(Clone)]
pub(super) struct Library {
    sources: Vec<Source>,
    /// In whose habits characters are drawn that several languages share.
    language: Option<&'static str>,
}

impl Library {
    /// The fonts in the binary.
    pub(super) fn embedded() -> Result<Library, ReportError> {
        Ok(Library { sources: embedded::sources()?, language: None })
    }

    /// With those that have more characters.
    pub(super) fn with(mut self, more: Vec<Source>) -> Library {
        self.sources.extend(more);
        self
    }

    /// Han characters are drawn as they are in a country.
    pub(super) fn for_country(mut self, country: &str) -> Library {
        let letters: String = country.chars().filter(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
        self.language = match letters.as_str() {
            "cn" | "chn" | "china" | "中国" | "sg" | "singapore" => Some("zh-hans"),
            "tw" | "twn" | "taiwan" | "台灣" | "臺灣" => Some("zh-hant"),
            "hk" | "hkg" | "hongkong" | "香港" => Some("zh-hk"),
            "kr" | "kor" | "korea" | "southkorea" | "republicofkorea" | "대한민국" | "한국" => Some("ko"),
            "jp" | "jpn" | "japan" | "日本" => Some("ja"),
            _ => None,
        };
        self
    }
}

/// A font that is being set with.
struct Face<'d> {
    font: Font,
    shaper: rustybuzz::Face<'d>,
    weight: Option<Weight>,
}

impl Face<'_> {
    fn has(&self, character: char) -> bool {
        self.shaper.glyph_index(character).is_some()
    }
}

/// The fonts of a report.
pub(super) struct Fonts<'d> {
    faces: Vec<Face<'d>>,
    language: Option<rustybuzz::Language>,
    missing: Mutex<BTreeSet<char>>,
    widths: Mutex<FxHashMap<(Weight, String), f32>>,
}

impl<'d> Fonts<'d> {
    pub(super) fn new(library: &'d Library) -> Result<Fonts<'d>, ReportError> {
        let face = |source: &'d Source| {
            let wrong = || ReportError::Font(source.name.clone());
            let font = Font::new(Arc::clone(&source.data).into(), source.index).ok_or_else(wrong)?;
            let shaper = rustybuzz::Face::from_slice(&source.data, source.index).ok_or_else(wrong)?;
            Ok(Face { font, shaper, weight: source.weight })
        };
        let faces = library.sources.iter().map(face).collect::<Result<_, ReportError>>()?;
        let language = library.language.and_then(|language| language.parse().ok());
        Ok(Fonts { faces, language, missing: Mutex::default(), widths: Mutex::default() })
    }

    /// The characters that no font had so far.
    pub(super) fn missing(&self) -> BTreeSet<char> {
        self.missing.lock().clone()
    }

    /// The first face that has a character in a weight, or if there is none in that weight, in another.
    fn face_of(&self, character: char, weight: Weight) -> Option<usize> {
        let fits = |face: &Face<'_>| face.weight.is_none_or(|own| own == weight);
        let first = |fitting: bool| self.faces.iter().position(|face| fits(face) == fitting && face.has(character));
        first(true).or_else(|| first(false))
    }

    /// A text that can be set: controls become blanks.
    pub(super) fn drawable(&self, text: &str) -> String {
        text.chars()
            .map(|c| match c {
                '\n' => '\n',
                _ if c.is_control() || (c.is_whitespace() && c != '\u{a0}') => ' ',
                _ => c,
            })
            .collect()
    }

    /// How wide a line is.
    pub(super) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let key = (weight, text.to_owned());
        if let Some(width) = self.widths.lock().get(&key) {
            return width * size;
        }
        let width: f32 = self.runs(text, weight).iter().map(Run::width).sum();
        let mut widths = self.widths.lock();
        if widths.len() >= WIDTHS {
            widths.clear();
        }
        widths.insert(key, width);
        width * size
    }

    /// The start of a text that fits on one line, with … where it was cut.
    pub(super) fn shorten(&self, text: &str, weight: Weight, size: f32, width: f32) -> String {
        let text = self.drawable(&text.replace('\n', " "));
        if self.width(&text, weight, size) <= width {
            return text;
        }
        // What is cut are whole characters as people see them.
        let cuts = wrap::cuts(&text);
        let fits = |end: usize| {
            let start = text.get(..end).unwrap_or_default().trim_end();
            let short = format!("{start}…");
            (self.width(&short, weight, size) <= width).then_some(short)
        };
        let (mut least, mut most) = (0, cuts.len());
        let mut best = "…".to_owned();
        while least < most {
            let middle = usize::midpoint(least, most);
            match cuts.get(middle).copied().and_then(fits) {
                Some(short) => {
                    best = short;
                    least = middle + 1;
                }
                None => most = middle,
            }
        }
        best
    }
}

/// The scripts of some characters, for people.
pub(super) fn scripts(characters: &BTreeSet<char>) -> Vec<String> {
    let name = |&character: &char| match character.script() {
        Script::Common | Script::Inherited | Script::Unknown => "symbols".to_owned(),
        script => script.full_name().replace('_', " "),
    };
    let names: BTreeSet<String> = characters.iter().map(name).collect();
    names.into_iter().collect()
}
