//! Tables: rows of cells that break over pages, with asides and small pictures in them.

use super::flow::{BODY, BOTTOM, Color, Flow, LABEL, LEADING, LEFT, MUTED, RULE, Style, TOP, WASH, WHITE, WIDTH};
use super::ops::Role;
use super::text::Weight;

const ASIDE: Style = Style::new(8.2, Weight::Regular, MUTED);

/// A cell of a table.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub text: String,
    pub style: Style,
    /// Drawn as a pill of this color, on one line.
    pub pill: Option<Color>,
    /// Ends at the right edge of its column.
    pub right: bool,
    /// Said in a lower voice below the text.
    pub aside: String,
    /// Small pictures below all that, by content address.
    pub thumbs: Vec<String>,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Cell {
        Cell { text: text.into(), style, pill: None, right: false, aside: String::new(), thumbs: Vec::new() }
    }

    pub(super) fn pill(text: &str, color: Color) -> Cell {
        Cell { pill: Some(color), ..Cell::new(text, Style::new(7.4, Weight::Semibold, WHITE)) }
    }

    pub(super) fn right(mut self) -> Cell {
        self.right = true;
        self
    }

    pub(super) fn with_aside(mut self, aside: String) -> Cell {
        self.aside = aside;
        self
    }

    pub(super) fn with_thumbs(mut self, thumbs: Vec<String>) -> Cell {
        self.thumbs = thumbs;
        self
    }
}

/// A column of a table: its head and its share of the width.
pub(super) struct Column(pub &'static str, pub f32);

/// Where a column's cells are drawn.
struct Place {
    x: f32,
    width: f32,
    right: bool,
}

const CELL_GAP: f32 = 8.0;
const CELL_PAD: f32 = 4.5;
const HEAD_HEIGHT: f32 = 18.0;
/// The edge of the square a small picture lies in.
const THUMB: f32 = 40.0;
const THUMB_GAP: f32 = 5.0;

/// How many rows of small pictures a cell has at most.
const THUMB_ROWS: usize = 3;

fn thumbs_per_row(width: f32) -> usize {
    ((width + THUMB_GAP) / (THUMB + THUMB_GAP)).floor().max(1.0) as usize
}

fn thumbs_height(cell: &Cell, width: f32) -> f32 {
    let rows = cell.thumbs.len().div_ceil(thumbs_per_row(width)).min(THUMB_ROWS);
    if rows == 0 { 0.0 } else { rows as f32 * (THUMB + THUMB_GAP) + 1.0 }
}

impl Flow<'_> {
    /// A table. Its head is repeated on every page, and rows longer than a page go on on the next.
    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>]) {
        let shares: f32 = columns.iter().map(|column| column.1).sum();
        let unit = WIDTH / shares.max(1.0);
        let mut places = Vec::with_capacity(columns.len());
        let mut x = LEFT;
        for column in columns {
            let right = rows.first().and_then(|row| row.get(places.len())).is_some_and(|cell| cell.right);
            places.push(Place { x: x + CELL_GAP / 2.0, width: column.1 * unit - CELL_GAP, right });
            x += column.1 * unit;
        }
        self.need(HEAD_HEIGHT + LEADING + 2.0 * CELL_PAD);
        let table = self.open(Role::Table);
        self.part(Role::Row, |flow| flow.table_head(columns, &places, true));
        for (index, row) in rows.iter().enumerate() {
            self.table_row(columns, &places, row, index % 2 == 1);
        }
        self.close(table);
        self.space(8.0);
    }

    /// The head; where it is repeated it only decorates.
    fn table_head(&mut self, columns: &[Column], places: &[Place], is_first: bool) {
        for (column, place) in columns.iter().zip(places) {
            let (head, y) = (column.0.to_uppercase(), self.y() + 11.0);
            let around = if is_first { Some(self.open(Role::HeadCell)) } else { None };
            match place.right {
                true => self.line_right(place.x + place.width, y, &head, LABEL),
                false => self.line(place.x, y, &head, LABEL),
            }
            if let Some(cell) = around {
                self.close(cell);
            }
        }
        self.rect((LEFT, self.y() + HEAD_HEIGHT - 1.4), (WIDTH, 0.9), 0.0, MUTED);
        self.space(HEAD_HEIGHT);
    }

    fn table_row(&mut self, columns: &[Column], places: &[Place], row: &[Cell], washed: bool) {
        let cells: Vec<Vec<(String, Style)>> =
            row.iter().zip(places).map(|(cell, place)| self.lines_of(cell, place.width)).collect();
        let lines = cells.iter().map(Vec::len).max().unwrap_or(0);
        let thumbs = row.iter().zip(places).map(|(cell, place)| thumbs_height(cell, place.width)).fold(0.0, f32::max);
        let whole_row = self.open(Role::Row);
        let parts: Vec<usize> = row
            .iter()
            .map(|_| {
                let part = self.open(Role::Cell);
                self.close(part);
                part
            })
            .collect();
        self.row_lines((columns, places), (row, &parts), &cells, (lines, thumbs), washed);
        self.close(whole_row);
    }

    fn row_lines(
        &mut self,
        (columns, places): (&[Column], &[Place]),
        (row, parts): (&[Cell], &[usize]),
        cells: &[Vec<(String, Style)>],
        (lines, thumbs): (usize, f32),
        washed: bool,
    ) {
        let mut from = 0;
        while from < lines {
            let free = BOTTOM - self.y() - 2.0 * CELL_PAD;
            let whole = (lines - from) as f32 * LEADING + thumbs <= free;
            // The last lines go with the pictures below them.
            let room = (free / LEADING).floor().max(0.0) as usize;
            let room = if whole || thumbs == 0.0 { room } else { room.min((lines - from).saturating_sub(1)) };
            if room < (lines - from).min(3) {
                if self.y() <= TOP + HEAD_HEIGHT && !whole {
                    // Pictures of which not even these fit on a page of their own are not drawn.
                    return;
                }
                self.next_page();
                let around = self.resume(None);
                self.table_head(columns, places, false);
                self.resume(around);
                continue;
            }
            let take = room.min(lines - from);
            let last = from + take == lines;
            let height = take as f32 * LEADING + 2.0 * CELL_PAD + if last { thumbs } else { 0.0 };
            if washed {
                self.rect((LEFT, self.y()), (WIDTH, height), 0.0, WASH);
            }
            self.rect((LEFT, self.y() + height - 0.5), (WIDTH, 0.5), 0.0, RULE);
            for (((cell, texts), place), part) in row.iter().zip(cells).zip(places).zip(parts) {
                let around = self.resume(Some(*part));
                self.cell(cell, texts.get(from..).unwrap_or_default(), take, (place.x, place.width));
                if last {
                    self.thumbs(cell, (place.x, self.y() + CELL_PAD + take as f32 * LEADING), place.width);
                }
                self.resume(around);
            }
            self.space(height);
            from += take;
        }
    }

    /// Small pictures in rows; where they do not all fit, the number is in the words above.
    fn thumbs(&mut self, cell: &Cell, (x, y): (f32, f32), width: f32) {
        let per_row = thumbs_per_row(width);
        for (index, blob) in cell.thumbs.iter().enumerate().take(per_row * THUMB_ROWS) {
            let x = x + (index % per_row) as f32 * (THUMB + THUMB_GAP);
            let y = y + 3.0 + (index / per_row) as f32 * (THUMB + THUMB_GAP);
            let (wide, high) = self.pictures.get(blob).map_or((THUMB, THUMB), |picture| picture.within(THUMB, THUMB));
            self.part(Role::Figure("Photo".to_owned()), |flow| {
                flow.image((x, y + (THUMB - high) / 2.0), (wide, high), blob);
            });
        }
    }

    fn lines_of(&self, cell: &Cell, width: f32) -> Vec<(String, Style)> {
        let Style { size, weight, .. } = cell.style;
        if cell.pill.is_some() {
            return vec![(self.fonts().shorten(&cell.text, weight, size, width - 12.0), cell.style)];
        }
        let lines = self.fonts().wrap(&cell.text, weight, size, width);
        let mut lines: Vec<_> = lines.into_iter().map(|line| (line, cell.style)).collect();
        if !cell.aside.is_empty() {
            let aside = self.fonts().wrap(&cell.aside, ASIDE.weight, ASIDE.size, width);
            lines.extend(aside.into_iter().map(|line| (line, ASIDE)));
        }
        lines
    }

    fn cell(&mut self, cell: &Cell, texts: &[(String, Style)], take: usize, (x, width): (f32, f32)) {
        let top = self.y() + CELL_PAD;
        if let (Some(color), Some((text, _))) = (cell.pill, texts.first()) {
            self.pill_at(x, top - 0.2, text, color);
            return;
        }
        for (index, (text, style)) in texts.iter().take(take).enumerate() {
            let y = top + index as f32 * LEADING + BODY;
            match cell.right {
                true => self.line_right(x + width, y, text, *style),
                false => self.line_from((x, width), y, text, *style),
            }
        }
    }
}
