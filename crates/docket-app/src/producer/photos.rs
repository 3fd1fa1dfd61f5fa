//! Photos: the newest of a place in a row, those of an order in a grid.

use super::flow::{Color, Flow, INK, LABEL, LEFT, MUTED, Style, TEXT, WASH, WIDTH};
use super::ops::Role;
use super::picture::is_picture;
use super::text::Weight;
use super::{ReportInput, words};
use docket_core::ids::ConnectionId;
use docket_core::order::{Attachment, Item, Order, Point, Stage};
use std::collections::BTreeMap;

/// Photos beside each other.
const COLUMNS: usize = 3;
const GAP: f32 = 10.0;
const PHOTO_HEIGHT: f32 = 118.0;
const CAPTION: Style = Style::new(7.8, Weight::Regular, TEXT);
const CAPTION_LEADING: f32 = 10.4;
/// How many photos of the place are shown on the first page.
const STRIP: usize = 4;

const BEFORE: Color = Color(0x64, 0x74, 0x8b);
const DURING: Color = Color(0xb4, 0x5f, 0x06);
const AFTER: Color = Color(0x15, 0x80, 0x3d);

/// The photos of an order in the order they are shown, numbered from 1.
pub(super) struct Photos<'a> {
    shown: Vec<(&'a Item, &'a Attachment)>,
    numbers: BTreeMap<(Option<ConnectionId>, &'a str), usize>,
}

impl<'a> Photos<'a> {
    pub(super) fn of(order: &'a Order) -> Photos<'a> {
        let mut shown: Vec<_> = order.attachments().filter(|(_, attachment)| is_picture(attachment)).collect();
        let stage = |attachment: &Attachment| match attachment.stage {
            Some(Stage::Before) => 0,
            Some(Stage::During) => 1,
            Some(Stage::After) => 2,
            None => 3,
        };
        shown.sort_by_key(|(item, photo)| {
            (photo.task.clone(), stage(photo), photo.taken_at.unwrap_or(item.at), item.place)
        });
        let numbers = shown.iter().enumerate();
        let numbers = numbers.map(|(at, (item, _))| ((item.origin.connection, item.id.as_str()), at + 1)).collect();
        Photos { shown, numbers }
    }

    /// Where photos were taken: their numbers and points.
    pub(super) fn points(&self) -> Vec<(usize, Point)> {
        let numbered = self.shown.iter().enumerate();
        numbered.filter_map(|(at, (_, photo))| photo.point.map(|point| (at + 1, point))).collect()
    }

    /// The number of the photo that an item means by an id: its own sender's, or else anybody's.
    fn number(&self, from: &Item, id: &str) -> Option<usize> {
        let own = self.numbers.get(&(from.origin.connection, id));
        own.or_else(|| self.numbers.iter().find(|((_, known), _)| *known == id).map(|(_, number)| number)).copied()
    }

    /// Those that an item names: the words for them, and their pictures' addresses.
    pub(super) fn named(&self, from: &Item, ids: &[String]) -> (String, Vec<String>) {
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            match self.number(from, id) {
                Some(number) => known.push(number),
                None => missing.push(id.as_str()),
            }
        }
        known.sort_unstable();
        let blob = |number: &usize| self.shown.get(number - 1).map(|(_, photo)| photo.blob.clone());
        let blobs = known.iter().filter_map(blob).collect();
        let numbers: Vec<String> = known.iter().map(usize::to_string).collect();
        let mut text = match numbers.len() {
            0 => String::new(),
            1 => format!("Photo {}", numbers.concat()),
            _ => format!("Photos {}", numbers.join(", ")),
        };
        if !missing.is_empty() {
            let and = if text.is_empty() { "" } else { "; " };
            text.push_str(&format!("{and}not here yet: {}", missing.join(", ")));
        }
        (text, blobs)
    }
}

/// The newest photos of all orders in one row, on the first page.
pub(super) fn strip(flow: &mut Flow<'_>, input: &ReportInput) {
    let mut newest: Vec<(&Item, &Attachment, String)> = Vec::new();
    for (order, _) in input.shown() {
        let photos = order.attachments().filter(|(_, photo)| input.pictures.contains_key(&photo.blob));
        newest.extend(photos.map(|(item, photo)| (item, photo, words::number(order))));
    }
    newest.sort_by_key(|(item, photo, _)| std::cmp::Reverse((photo.taken_at.unwrap_or(item.at), item.place)));
    newest.dedup_by(|a, b| a.1.blob == b.1.blob);
    newest.truncate(STRIP);
    if newest.is_empty() {
        return;
    }
    flow.label("Latest photos", 110.0);
    let width = (WIDTH - GAP * (STRIP as f32 - 1.0)) / STRIP as f32;
    let top = flow.y();
    for (column, (item, photo, number)) in newest.iter().enumerate() {
        let x = LEFT + column as f32 * (width + GAP);
        let said = format!("Photo of order {number}");
        let part = flow.open(Role::Section);
        picture(flow, input, (&photo.blob, &said), (x, top), (width, 84.0));
        let caption = flow.open(Role::Paragraph);
        let when = words::short_time(photo.taken_at.unwrap_or(item.at));
        let style = Style::new(7.4, Weight::Semibold, INK);
        let number = flow.fonts().shorten(number, style.weight, style.size, width);
        flow.line(x, top + 94.0, &number, style);
        flow.line(x, top + 103.5, &when, Style::new(7.2, Weight::Regular, MUTED));
        flow.close(caption);
        flow.close(part);
    }
    flow.space(122.0);
}

/// A picture in the middle of its box.
fn picture(
    flow: &mut Flow<'_>,
    input: &ReportInput,
    (blob, said): (&str, &str),
    (x, y): (f32, f32),
    (width, height): (f32, f32),
) {
    flow.rect((x, y), (width, height), 3.0, WASH);
    match input.pictures.get(blob) {
        Some(picture) => {
            let (wide, high) = picture.within(width, height);
            flow.part(Role::Figure(said.to_owned()), |flow| {
                flow.image((x + (width - wide) / 2.0, y + (height - high) / 2.0), (wide, high), blob);
            });
        }
        None => flow.line(x + 8.0, y + height / 2.0 + 2.0, "No preview", Style::new(7.4, Weight::Regular, MUTED)),
    }
}

/// All photos of an order, by task and stage.
pub(super) fn grid(flow: &mut Flow<'_>, input: &ReportInput, photos: &Photos<'_>) {
    let mut rest: &[(&Item, &Attachment)] = &photos.shown;
    let mut number = 0;
    while let Some((_, first)) = rest.first() {
        let together = rest.iter().take_while(|(_, photo)| photo.task == first.task).count();
        let (group, after) = rest.split_at(together);
        rest = after;
        let title = match &first.task {
            Some(task) => format!("Photos · {}", words::plain(task)),
            None => "Photos".to_owned(),
        };
        let title = flow.fonts().shorten(&title, LABEL.weight, LABEL.size, WIDTH * 0.8);
        flow.head(&title, PHOTO_HEIGHT + 50.0);
        for row in group.chunks(COLUMNS) {
            photo_row(flow, input, row, number);
            number += row.len();
        }
        flow.space(4.0);
    }
}

fn photo_row(flow: &mut Flow<'_>, input: &ReportInput, row: &[(&Item, &Attachment)], before: usize) {
    let width = (WIDTH - GAP * (COLUMNS as f32 - 1.0)) / COLUMNS as f32;
    let captions: Vec<Vec<(String, Style)>> =
        row.iter().map(|(item, photo)| caption(flow, item, photo, width)).collect();
    let lines = captions.iter().map(Vec::len).max().unwrap_or(0);
    let height = PHOTO_HEIGHT + 18.0 + lines as f32 * CAPTION_LEADING + 8.0;
    flow.need(height);
    let top = flow.y();
    for (column, ((_, photo), caption)) in row.iter().zip(&captions).enumerate() {
        let x = LEFT + column as f32 * (width + GAP);
        let section = flow.open(Role::Section);
        let said = format!("Photo {}: {}", before + column + 1, words::plain(&photo.caption));
        picture(flow, input, (&photo.blob, said.trim_end_matches([':', ' '])), (x, top), (width, PHOTO_HEIGHT));
        let said = flow.open(Role::Paragraph);
        let style = Style::new(8.2, Weight::Semibold, INK);
        let number = format!("Photo {}", before + column + 1);
        let baseline = top + PHOTO_HEIGHT + 12.5;
        flow.line(x, baseline, &number, style);
        if let Some(stage) = photo.stage {
            let at = x + flow.fonts().width(&number, style.weight, style.size) + 7.0;
            let color = match stage {
                Stage::Before => BEFORE,
                Stage::During => DURING,
                Stage::After => AFTER,
            };
            flow.pill_at(at, baseline - 9.2, stage.word(), color);
        }
        for (line, (text, style)) in caption.iter().enumerate() {
            flow.line(x, baseline + 1.5 + (line + 1) as f32 * CAPTION_LEADING, text, *style);
        }
        flow.close(said);
        flow.close(section);
    }
    flow.space(height);
}

/// What is written below a photo.
fn caption(flow: &Flow<'_>, item: &Item, photo: &Attachment, width: f32) -> Vec<(String, Style)> {
    let faint = Style::new(7.2, Weight::Regular, MUTED);
    let said = if photo.caption.trim().is_empty() { String::new() } else { words::plain(&photo.caption) };
    let mut lines: Vec<(String, Style)> = Vec::new();
    if !said.is_empty() {
        let wrapped = flow.fonts().wrap(&said, CAPTION.weight, CAPTION.size, width);
        let more = wrapped.len() > 3;
        lines.extend(wrapped.into_iter().take(3).map(|line| (line, CAPTION)));
        if let (true, Some((last, _))) = (more, lines.last_mut()) {
            *last = flow.fonts().shorten(&format!("{last} …"), CAPTION.weight, CAPTION.size, width);
        }
    }
    let when = words::short_time(photo.taken_at.unwrap_or(item.at));
    let who = if item.author.is_empty() { when } else { format!("{when} · {}", item.author) };
    lines.push((flow.fonts().shorten(&who, faint.weight, faint.size, width), faint));
    if let Some(point) = photo.point {
        lines.push((flow.fonts().shorten(&words::point(point), faint.weight, faint.size, width), faint));
    }
    lines
}
