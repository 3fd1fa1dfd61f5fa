//! Pages filled from top to bottom: headings, facts, tables, charts, as boxes and texts at places.

use super::ops::{Drawn, Mark, Node, Op, Pages, Role, Step, Stroke};
use super::picture::Picture;
use super::text::{Fonts, Weight, is_right_to_left};
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

pub(super) use super::ops::Color;

/// Size of running text and the distance of its lines.
pub(super) const BODY: f32 = 9.0;
pub(super) const LEADING: f32 = 12.6;

pub(super) const INK: Color = Color(0x14, 0x1f, 0x33);
pub(super) const TEXT: Color = Color(0x2a, 0x36, 0x4a);
pub(super) const MUTED: Color = Color(0x66, 0x74, 0x8a);
pub(super) const RULE: Color = Color(0xdd, 0xe3, 0xec);
pub(super) const WASH: Color = Color(0xf5, 0xf7, 0xfa);
pub(super) const ACCENT: Color = Color(0x1f, 0x6f, 0xeb);
pub(super) const WHITE: Color = Color(0xff, 0xff, 0xff);

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
    fonts: &'f Fonts<'f>,
    pub(super) pictures: &'f BTreeMap<String, Picture>,
    pages: Pages,
    y: f32,
    /// The part that is being written.
    node: Option<usize>,
    /// Whether the first section has begun; what is before it belongs to the title.
    in_section: bool,
    /// Whether what an order consists of are sections.
    sections: bool,
}

impl<'f> Flow<'f> {
    pub(super) fn new(fonts: &'f Fonts<'f>, pictures: &'f BTreeMap<String, Picture>) -> Flow<'f> {
        let pages = Pages { sheets: vec![Vec::new()], ..Pages::default() };
        Flow { fonts, pictures, pages, y: TOP, node: None, in_section: false, sections: false }
    }

    pub(super) fn finish(self) -> Pages {
        self.pages
    }

    pub(super) fn fonts(&self) -> &'f Fonts<'f> {
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

    /// Draws what decorates; within a figure it is a part of that.
    fn push(&mut self, op: Op) {
        let role = |node: usize| self.pages.nodes.get(node).map(|node| &node.role);
        let figure = self.node.filter(|&node| matches!(role(node), Some(Role::Figure(_))));
        self.push_as(op, figure);
    }

    fn push_as(&mut self, op: Op, node: Option<usize>) {
        if let Some(sheet) = self.pages.sheets.last_mut() {
            sheet.push(Drawn { op, node });
        }
    }

    /// Begins a part within the one that is being written; [`Flow::close`] ends it.
    pub(super) fn open(&mut self, role: Role) -> usize {
        self.pages.nodes.push(Node { role, parent: self.node });
        let node = self.pages.nodes.len() - 1;
        self.node = Some(node);
        node
    }

    /// Ends a part, and those in it.
    pub(super) fn close(&mut self, node: usize) {
        self.node = self.pages.nodes.get(node).and_then(|node| node.parent);
    }

    /// Writes a part.
    pub(super) fn part<T>(&mut self, role: Role, write: impl FnOnce(&mut Self) -> T) -> T {
        let node = self.open(role);
        let written = write(self);
        self.close(node);
        written
    }

    /// Goes on writing a part that was ended.
    pub(super) fn resume(&mut self, node: Option<usize>) -> Option<usize> {
        std::mem::replace(&mut self.node, node)
    }

    pub(super) fn rect(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), radius: f32, color: Color) {
        self.push(Op::Box { x, y, width, height, radius, color });
    }

    /// One line at a place. The text must be drawable.
    pub(super) fn line(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let Style { size, weight, color } = style;
        self.push_as(Op::Text { x, y, size, weight, color, text: text.to_owned() }, self.node);
    }

    /// A shape.
    pub(super) fn path(&mut self, steps: Vec<Step>, fill: Option<(Color, f32)>, stroke: Option<Stroke>) {
        self.push(Op::Path { steps, fill, stroke });
    }

    /// Shows what is written within a box only.
    pub(super) fn clipped(&mut self, (x, y, width, height): (f32, f32, f32, f32), write: impl FnOnce(&mut Self)) {
        self.push(Op::Clip { x, y, width, height });
        write(self);
        self.push(Op::Back);
    }

    /// Turns what is written about a point.
    pub(super) fn turned(&mut self, (x, y): (f32, f32), degrees: f32, write: impl FnOnce(&mut Self)) {
        self.push(Op::Turn { x, y, degrees });
        write(self);
        self.push(Op::Back);
    }

    pub(super) fn image(&mut self, (x, y): (f32, f32), (width, height): (f32, f32), blob: &str) {
        self.push_as(Op::Image { x, y, width, height, blob: blob.to_owned() }, self.node);
    }

    pub(super) fn line_right(&mut self, right: f32, y: f32, text: &str, style: Style) {
        let width = self.fonts.width(text, style.weight, style.size);
        self.line(right - width, y, text, style);
    }

    /// One line within a column: at its left edge, or at its right when it is read from there.
    pub(super) fn line_from(&mut self, (x, width): (f32, f32), y: f32, text: &str, style: Style) {
        if is_right_to_left(text) { self.line_right(x + width, y, text, style) } else { self.line(x, y, text, style) }
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
        self.in_section = true;
        let style = Style::new(13.0, Weight::Semibold, INK);
        let text = self.fonts.drawable(title);
        self.part(Role::Heading(2, title.to_owned()), |flow| flow.line(LEFT, flow.y + 12.0, &text, style));
        self.space(20.0);
    }

    /// From here on what an order consists of are sections of their own.
    pub(super) fn make_sections(&mut self) {
        self.sections = true;
    }

    /// The heading of what an order consists of.
    pub(super) fn head(&mut self, title: &str, with: f32) {
        if self.sections { self.section(title, with) } else { self.label(title, with) }
    }

    /// A small heading.
    pub(super) fn label(&mut self, title: &str, with: f32) {
        self.need(16.0 + with);
        let level = if self.in_section { 3 } else { 2 };
        let role = Role::Heading(level, title.to_owned());
        self.part(role, |flow| flow.line(LEFT, flow.y + 8.0, &title.to_uppercase(), LABEL));
        self.space(13.0);
    }

    /// Text over the whole width, over as many pages as it takes.
    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        let leading = style.size * (LEADING / BODY);
        let lines = self.fonts.wrap(text, style.weight, style.size, WIDTH);
        let part = self.open(Role::Paragraph);
        for (at, line) in lines.iter().enumerate() {
            // Neither the first line nor the last is left alone on a page.
            let left = lines.len() - at;
            let together = if at == 0 || left == 2 { left.min(2) } else { 1 };
            self.need(leading * together as f32);
            self.line_from((LEFT, WIDTH), self.y + style.size, line, style);
            self.space(leading);
        }
        self.close(part);
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
            let mut parts = Vec::with_capacity(cells.len());
            for (index, (label, _)) in cells.iter().enumerate() {
                let x = LEFT + index as f32 * (width + FACT_GAP);
                let part = self.open(Role::Paragraph);
                self.line(x, top + 7.0, &label.to_uppercase(), LABEL);
                self.close(part);
                parts.push(part);
            }
            self.space(10.5);
            for at in 0..lines {
                self.need(LEADING);
                for ((index, (_, lines)), part) in cells.iter().enumerate().zip(&parts) {
                    if let Some(text) = lines.get(at) {
                        let x = LEFT + index as f32 * (width + FACT_GAP);
                        let around = self.resume(Some(*part));
                        self.line(x, self.y + BODY, text, PLAIN);
                        self.resume(around);
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
