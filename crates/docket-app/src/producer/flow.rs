//! Pages filled from top to bottom: headings, facts, tables, charts, as boxes and texts at places.

use super::picture::Picture;
use super::text::{Fonts, Weight};
use std::collections::BTreeMap;

/// A4, in points.
pub(super) const PAGE_WIDTH: f32 = 595.28;
pub(super) const PAGE_HEIGHT: f32 = 841.89;

/// Margins.
pub(super) const LEFT: f32 = 46.0;
pub(super) const RIGHT: f32 = PAGE_WIDTH - 46.0;
pub(super) const WIDTH: f32 = RIGHT - LEFT;
pub(super) const TOP: f32 = 66.0;
pub(super) const BOTTOM: f32 = PAGE_HEIGHT - 58.0;

/// Size of running text and the distance of its lines.
pub(super) const BODY: f32 = 9.0;
pub(super) const LEADING: f32 = 12.6;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub u8, pub u8, pub u8);

pub(super) const INK: Color = Color(0x14, 0x1f, 0x33);
pub(super) const TEXT: Color = Color(0x2a, 0x36, 0x4a);
pub(super) const MUTED: Color = Color(0x66, 0x74, 0x8a);
pub(super) const RULE: Color = Color(0xdd, 0xe3, 0xec);
pub(super) const WASH: Color = Color(0xf5, 0xf7, 0xfa);
pub(super) const ACCENT: Color = Color(0x1f, 0x6f, 0xeb);
pub(super) const WHITE: Color = Color(0xff, 0xff, 0xff);

/// Something drawn.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// A filled box.
    Box { x: f32, y: f32, width: f32, height: f32, radius: f32, color: Color },
    /// One line of text, its baseline at `y`.
    Text { x: f32, y: f32, size: f32, weight: Weight, color: Color, text: String },
    /// A picture, by content address.
    Image { x: f32, y: f32, width: f32, height: f32, blob: String },
}

/// A place that the outline leads to.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub title: String,
    pub sheet: usize,
    pub y: f32,
    /// 0 for sections, 1 for what is in them.
    pub level: u8,
}

/// Laid out pages.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub sheets: Vec<Vec<Op>>,
    pub marks: Vec<Mark>,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub size: f32,
    pub weight: Weight,
    pub color: Color,
}

impl Style {
    pub(super) const fn new(size: f32, weight: Weight, color: Color) -> Style {
        Style { size, weight, color }
    }
}

pub(super) const PLAIN: Style = Style::new(BODY, Weight::Regular, TEXT);
pub(super) const STRONG: Style = Style::new(BODY, Weight::Semibold, INK);
pub(super) const FAINT: Style = Style::new(BODY, Weight::Regular, MUTED);
pub(super) const LABEL: Style = Style::new(7.2, Weight::Semibold, MUTED);

/// The distance of facts beside each other.
const FACT_GAP: f32 = 8.0;

/// The page being filled.
pub(super) struct Flow<'f> {
    fonts: &'f Fonts,
    pub(super) pictures: &'f BTreeMap<String, Picture>,
    pages: Pages,
    y: f32,
}

impl<'f> Flow<'f> {
    pub(super) fn new(fonts: &'f Fonts, pictures: &'f BTreeMap<String, Picture>) -> Flow<'f> {
        let pages = Pages { sheets: vec![Vec::new()], marks: Vec::new() };
        Flow { fonts, pictures, pages, y: TOP }
    }

    pub(super) fn finish(self) -> Pages {
        self.pages
    }

    pub(super) fn fonts(&self) -> &'f Fonts {
        self.fonts
    }

    pub(super) fn y(&self) -> f32 {
        self.y
    }

    pub(super) fn move_to(&mut self, y: f32) {
        self.y = y;
    }

    pub(super) fn space(&mut self, height: f32) {
        self.y += height;
    }

    pub(super) fn next_page(&mut self) {
        self.pages.sheets.push(Vec::new());
        self.y = TOP;
    }

    /// Starts a page unless this much fits on the current one.
    pub(super) fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.next_page();
        }
    }

    fn push(&mut self, op: Op) {
        if let Some(sheet) = self.pages.sheets.last_mut() {
            sheet.push(op);
        }
    }

    pub(super) fn rect(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), radius: f32, color: Color) {
        self.push(Op::Box { x, y, width, height, radius, color });
    }

    /// One line at a place. The text must be drawable.
    pub(super) fn line(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let Style { size, weight, color } = style;
        self.push(Op::Text { x, y, size, weight, color, text: text.to_owned() });
    }

    pub(super) fn image(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), blob: &str) {
        self.push(Op::Image { x, y, width, height, blob: blob.to_owned() });
    }

    pub(super) fn line_right(&mut self, right: f32, y: f32, text: &str, style: Style) {
        let width = self.fonts.width(text, style.weight, style.size);
        self.line(right - width, y, text, style);
    }

    pub(super) fn mark(&mut self, title: &str, level: u8) {
        let sheet = self.pages.sheets.len() - 1;
        self.pages.marks.push(Mark { title: title.to_owned(), sheet, y: self.y, level });
    }

    /// A section's heading, kept with at least `with` points of what follows.
    pub(super) fn section(&mut self, title: &str, with: f32) {
        self.need(34.0 + with);
        if self.y > TOP {
            self.space(12.0);
        }
        self.mark(title, 0);
        let style = Style::new(13.0, Weight::Semibold, INK);
        let text = self.fonts.drawable(title);
        self.line(LEFT, self.y + 12.0, &text, style);
        self.space(20.0);
    }

    /// A small heading.
    pub(super) fn label(&mut self, title: &str, with: f32) {
        self.need(16.0 + with);
        self.line(LEFT, self.y + 8.0, &title.to_uppercase(), LABEL);
        self.space(13.0);
    }

    /// Text over the whole width, over as many pages as it takes.
    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        let leading = style.size * (LEADING / BODY);
        for line in self.fonts.wrap(text, style.weight, style.size, WIDTH) {
            self.need(leading);
            self.line(LEFT, self.y + style.size, &line, style);
            self.space(leading);
        }
    }

    /// Labels with values, in columns.
    pub(super) fn facts(&mut self, facts: &[(&str, String)], columns: usize) {
        let width = (WIDTH - FACT_GAP * (columns as f32 - 1.0)) / columns as f32;
        for row in facts.chunks(columns.max(1)) {
            let cells: Vec<(&str, Vec<String>)> = row
                .iter()
                .map(|(label, value)| (*label, self.fonts.wrap(value, Weight::Regular, BODY, width)))
                .collect();
            let lines = cells.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
            self.need(14.0 + lines.min(4) as f32 * LEADING);
            let top = self.y;
            for (index, (label, _)) in cells.iter().enumerate() {
                let x = LEFT + index as f32 * (width + FACT_GAP);
                self.line(x, top + 7.0, &label.to_uppercase(), LABEL);
            }
            self.space(10.5);
            for at in 0..lines {
                self.need(LEADING);
                for (index, (_, lines)) in cells.iter().enumerate() {
                    if let Some(text) = lines.get(at) {
                        let x = LEFT + index as f32 * (width + FACT_GAP);
                        self.line(x, self.y + BODY, text, PLAIN);
                    }
                }
                self.space(LEADING);
            }
            self.space(5.0);
        }
    }

    /// A pill; gives its width.
    pub(super) fn pill_at(&mut self, x: f32, y: f32, text: &str, color: Color) -> f32 {
        let style = Style::new(7.4, Weight::Semibold, WHITE);
        let width = self.fonts.width(text, style.weight, style.size) + 12.0;
        self.rect((x, y), (width, 12.4), 6.2, color);
        self.line(x + 6.0, y + 8.9, text, style);
        width
    }
}
