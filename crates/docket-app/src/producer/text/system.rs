//! The fonts of the machine, for scripts that those in the binary do not have.
//!
//! They are looked through once, when the first report needs one: each character is kept with the one font that has it
//! and is liked best, so what is remembered stays small. Bytes are read when a report is set, and forgotten with it.

use super::{Source, Weight};
use parking_lot::RwLock;
use skrifa::attribute::Style;
use skrifa::raw::FileRef;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How deep folders are looked through, and how many files.
const DEPTH: usize = 6;
const FILES: usize = 6_000;
/// The largest file that is read.
const FILE_BYTES: u64 = 64 << 20;
/// The most fonts of the machine in one report.
const FONTS_LIMIT: usize = 24;

/// Where fonts are looked for, and what was found; `None` while nobody looked.
static FOLDERS: RwLock<Vec<PathBuf>> = RwLock::new(Vec::new());
static FOUND: RwLock<Option<Arc<Found>>> = RwLock::new(None);

/// Says in which folders fonts are looked for: those in the first are liked best.
pub fn use_folders(folders: Vec<PathBuf>) {
    *FOLDERS.write() = folders;
    *FOUND.write() = None;
}

/// A font in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: PathBuf,
    index: u32,
}

/// A font that has characters no other has that is liked better.
#[derive(Debug)]
struct Known {
    family: String,
    regular: Place,
    bold: Option<Place>,
}

#[derive(Debug, Default)]
struct Found {
    fonts: Vec<Known>,
    /// First and last character, and which font has them.
    ranges: Vec<(u32, u32, usize)>,
}

impl Found {
    fn font_of(&self, character: char) -> Option<usize> {
        let code = u32::from(character);
        let at = self.ranges.partition_point(|(first, ..)| *first <= code).checked_sub(1)?;
        self.ranges.get(at).filter(|(_, last, _)| *last >= code).map(|(.., font)| *font)
    }
}

/// A font as it was looked at.
struct Seen {
    rank: (usize, usize, String),
    place: Place,
    is_bold: bool,
    family: String,
    characters: Vec<u32>,
}

/// The fonts that have some characters, as far as there are any.
pub(in crate::producer) fn with(characters: &BTreeSet<char>) -> Vec<Source> {
    let found = found();
    let fonts: BTreeSet<usize> = characters.iter().filter_map(|&character| found.font_of(character)).collect();
    let mut sources = Vec::new();
    for known in fonts.into_iter().take(FONTS_LIMIT).filter_map(|font| found.fonts.get(font)) {
        let both = known.bold.is_none();
        sources.extend(source(known, &known.regular, if both { None } else { Some(Weight::Regular) }));
        if let Some(bold) = &known.bold {
            sources.extend(source(known, bold, Some(Weight::Semibold)));
        }
    }
    sources
}

fn source(known: &Known, place: &Place, weight: Option<Weight>) -> Option<Source> {
    match std::fs::read(&place.path) {
        Ok(data) => Some(Source { data: Arc::new(data), index: place.index, weight, name: known.family.clone() }),
        Err(error) => {
            tracing::warn!(path = %place.path.display(), %error, "a font cannot be read");
            None
        }
    }
}

fn found() -> Arc<Found> {
    if let Some(found) = FOUND.read().as_ref() {
        return Arc::clone(found);
    }
    let mut slot = FOUND.write();
    if let Some(found) = slot.as_ref() {
        return Arc::clone(found);
    }
    let folders = FOLDERS.read().clone();
    let found = Arc::new(look(&folders));
    tracing::info!(fonts = found.fonts.len(), "fonts of the machine were looked through");
    *slot = Some(Arc::clone(&found));
    found
}

fn look(folders: &[PathBuf]) -> Found {
    let mut seen: Vec<Seen> = Vec::new();
    let mut bold: BTreeMap<String, Place> = BTreeMap::new();
    for (nearness, folder) in folders.iter().enumerate() {
        for path in files(folder) {
            for font in fonts_of(&path, nearness) {
                if font.is_bold {
                    bold.entry(font.family).or_insert(font.place);
                } else {
                    seen.push(font);
                }
            }
        }
    }
    seen.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.place.cmp(&b.place)));
    let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
    let mut fonts: Vec<Known> = Vec::new();
    for font in seen {
        let fresh: Vec<u32> = font.characters.into_iter().filter(|code| !taken.contains_key(code)).collect();
        if !fresh.is_empty() {
            let number = fonts.len();
            taken.extend(fresh.into_iter().map(|code| (code, number)));
            let bold = bold.get(&font.family).cloned();
            fonts.push(Known { family: font.family, regular: font.place, bold });
        }
    }
    let mut ranges: Vec<(u32, u32, usize)> = Vec::new();
    for (code, font) in taken {
        match ranges.last_mut() {
            Some((_, last, known)) if *last + 1 == code && *known == font => *last = code,
            _ => ranges.push((code, code, font)),
        }
    }
    Found { fonts, ranges }
}

/// The font files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                if depth < DEPTH {
                    folders.push((path, depth + 1));
                }
            } else if is_font(&path) && found.len() < FILES {
                found.push(path);
            }
        }
    }
    found
}

fn is_font(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let size = std::fs::metadata(path).map_or(u64::MAX, |about| about.len());
    matches!(ending.as_str(), "ttf" | "otf" | "ttc" | "otc") && size <= FILE_BYTES
}

fn fonts_of(path: &Path, nearness: usize) -> Vec<Seen> {
    let Ok(bytes) = std::fs::read(path) else { return Vec::new() };
    let Ok(file) = FileRef::new(&bytes) else { return Vec::new() };
    let fonts = file.fonts().enumerate();
    let mut seen: Vec<Seen> = Vec::new();
    for (index, font) in fonts.filter_map(|(index, font)| Some((u32::try_from(index).ok()?, font.ok()?))) {
        let place = Place { path: path.to_owned(), index };
        seen.extend(seen_in(&font, place, nearness));
        // The others of a collection have the same characters in another country's habits.
        if !seen.is_empty() {
            break;
        }
    }
    seen
}

fn seen_in(font: &FontRef<'_>, place: Place, nearness: usize) -> Option<Seen> {
    let attributes = font.attributes();
    let weight = attributes.weight.value();
    let (is_regular, is_bold) = ((350.0..=450.0).contains(&weight), (580.0..=720.0).contains(&weight));
    let upright = attributes.style == Style::Normal && (attributes.stretch.ratio() - 1.0).abs() < 0.05;
    if !upright || !(is_regular || is_bold) {
        return None;
    }
    let name = |id| font.localized_strings(id).english_or_first().map(|name| name.to_string());
    let family = name(StringId::TYPOGRAPHIC_FAMILY_NAME).or_else(|| name(StringId::FAMILY_NAME))?;
    let characters = if is_bold { Vec::new() } else { font.charmap().mappings().map(|(code, _)| code).collect() };
    Some(Seen { rank: (nearness, liking(&family), family.clone()), place, is_bold, family, characters })
}

/// How well a family goes with the rest of a report: less is better.
fn liking(family: &str) -> usize {
    let family = family.to_lowercase();
    let has = |word: &str| family.contains(word);
    if has("mono") || has("display") || has(" ui") || has("nastaliq") || has("math") {
        4
    } else if has("noto sans") {
        0
    } else if has("emoji") {
        1
    } else if has("serif") || has("kufi") || has("rashi") || has("looped") {
        3
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_one_font() {
        let found = look(&[PathBuf::from("/usr/share/fonts"), PathBuf::from("/nowhere")]);
        for pair in found.ranges.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
        for &(first, last, font) in &found.ranges {
            assert!(first <= last && font < found.fonts.len());
            if let Some(character) = char::from_u32(first) {
                assert_eq!(found.font_of(character), Some(font));
            }
        }
        assert_eq!(look(&[]).font_of('a'), None);
    }

    #[test]
    fn families_that_go_with_the_rest_are_liked() {
        assert!(liking("Noto Sans Arabic") < liking("Noto Kufi Arabic"));
        assert!(liking("Noto Sans CJK JP") < liking("Noto Serif CJK JP"));
        assert!(liking("Noto Sans Thai") < liking("Noto Sans Thai UI"));
    }
}
