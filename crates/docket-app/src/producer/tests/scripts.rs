//! Reports in any script, read back with another program.

use super::*;
use std::path::PathBuf;
use std::process::Command as Program;

/// A name in each script, and what the script is called.
const NAMES: &[(&str, &str)] = &[
    ("Latin", "Zoë Ångström-Đỗ"),
    ("Cyrillic", "Мария Щербакова"),
    ("Greek", "Ελένη Παπαδοπούλου"),
    ("Hebrew", "שלום כהן"),
    ("Arabic", "فاطمة الزهراء"),
    ("Armenian", "Արամ Խաչատրյան"),
    ("Georgian", "შოთა რუსთაველი"),
    ("Devanagari", "लक्ष्मी शर्मा"),
    ("Bengali", "রবীন্দ্রনাথ ঠাকুর"),
    ("Tamil", "தமிழ்ச்செல்வி"),
    ("Thai", "สมชาย ใจดี"),
    ("Han", "東京都千代田区"),
    ("Hiragana", "さくら"),
    ("Hangul", "김민수"),
    ("Ethiopic", "ሰላም"),
    ("Khmer", "សុខា"),
];

/// What another program reads in a PDF, without blanks and marks of direction.
pub(super) fn read(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, bytes).expect("written");
    let read = Program::new("pdftotext").args(["-enc", "UTF-8"]).arg(&path).arg("-").output();
    squashed(&String::from_utf8_lossy(&read.expect("pdftotext (poppler-utils)").stdout))
}

fn squashed(text: &str) -> String {
    let direction =
        |c: &char| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !c.is_whitespace()).filter(direction).collect()
}

fn input() -> ReportInput {
    let mut input = sample(NAMES.len());
    for ((order, _), (script, name)) in input.orders.iter_mut().zip(NAMES) {
        let mut own = (**order).clone();
        own.fields.customer_name = Some((*name).to_owned());
        own.fields.instructions = Some(format!("{script}: {name} {name} {name}. {name} {name}"));
        *order = Arc::new(own);
    }
    input
}

#[test]
fn names_are_read_back_in_every_script_there_are_fonts_for() {
    super::super::use_folders(vec![PathBuf::from("/usr/local/share/fonts"), PathBuf::from("/usr/share/fonts")]);
    let made = render(&input()).expect("made");
    let text = read(&made.bytes);
    let built_in = ["Latin", "Cyrillic", "Greek", "Hebrew", "Arabic", "Armenian", "Georgian"];
    for (script, name) in NAMES {
        let is_missing = made.missing.iter().any(|missing| missing == script);
        assert!(!(is_missing && built_in.contains(script)), "{script} is in the binary");
        let found = text.contains(&squashed(name));
        assert!(found, "{script}: {name} is not in\n{text}");
    }
    if let Ok(path) = std::env::var("DOCKET_REPORT_TO") {
        std::fs::write(format!("{path}.scripts.pdf"), &made.bytes).expect("written to disk");
    }
}

#[test]
fn without_fonts_the_scripts_are_named_and_the_text_is_kept() {
    let library = Library::embedded().expect("fonts");
    let fonts = Fonts::new(&library).expect("fonts");
    for (_, name) in NAMES {
        let runs = fonts.runs(name, Weight::Regular);
        let widths: f32 = runs.iter().map(|run| run.width()).sum();
        assert!(widths > 0.0, "{name}");
    }
    let missing = super::super::text::scripts(&fonts.missing());
    let expected =
        ["Bengali", "Devanagari", "Ethiopic", "Han", "Hangul", "Hiragana", "Khmer", "Tamil", "Thai"].map(str::to_owned);
    assert_eq!(missing, expected);
}

#[test]
fn a_pdf_says_what_it_is() {
    let made = render(&sample(3)).expect("made");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, &made.bytes).expect("written");
    let told = Program::new("pdfinfo").arg(&path).output().expect("pdfinfo (poppler-utils)");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    for expected in [
        "Title:           Site report – Utrechtsestraat 61",
        "Tagged:          yes",
        "Page size:       595.28 x 841.89 pts (A4)",
    ] {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
    let raw = String::from_utf8_lossy(&made.bytes);
    assert!(raw.contains("<pdfaid:part>2") && raw.contains("<pdfuaid:part>1"), "what it conforms to");
    let fonts = Program::new("pdffonts").arg(&path).output().expect("pdffonts (poppler-utils)");
    let fonts = String::from_utf8_lossy(&fonts.stdout).into_owned();
    for line in fonts.lines().skip(2) {
        // Name, type, encoding, embedded, subset, unicode.
        assert!(line.contains(" yes yes yes"), "{fonts}");
    }
}
