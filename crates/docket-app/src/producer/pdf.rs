//! From laid out pages to PDF bytes.

use super::flow::{Color, LEFT, MUTED, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, RULE, Style};
use super::ops::{Drawn, Mark, Op, Step, Stroke};
use super::picture::Picture;
use super::tags::Tags;
use super::text::{Fonts, Weight};
use super::{Laid, ReportError, words};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, StrokeDash};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use std::collections::BTreeMap;

/// How far a cubic's handles reach to draw a quarter of a circle.
const QUARTER: f32 = 0.5523;

/// Writes the pages with their headers, footers, outline and metadata, as PDF/A-2a and PDF/UA-1.
pub(super) fn write(laid: &Laid) -> Result<Vec<u8>, ReportError> {
    let standards = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish();
    match standards.map_err(|error| format!("{error:?}")).and_then(|standards| write_as(laid, standards)) {
        Ok(bytes) => Ok(bytes),
        Err(reason) => {
            // A font of the machine may lack what the standards ask for; then the report is worth more than they are.
            tracing::warn!(%reason, "a report is written as plain PDF");
            write_as(laid, Configuration::default()).map_err(ReportError::Write)
        }
    }
}

fn write_as(laid: &Laid, configuration: Configuration) -> Result<Vec<u8>, String> {
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let fonts = Fonts::new(&laid.library).map_err(|error| error.to_string())?;
    let images = images(&laid.pictures)?;
    let total = laid.pages.sheets.len();
    let mut tags = Tags::new(&laid.pages.nodes);
    for (index, sheet) in laid.pages.sheets.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT);
        let settings = settings.ok_or_else(|| "the page has no size".to_owned())?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        // What belongs together is marked together.
        for together in sheet.chunk_by(|a, b| a.node == b.node) {
            let node = together.first().and_then(|drawn| drawn.node);
            tags.begin(&mut surface, node);
            together.iter().for_each(|Drawn { op, .. }| draw(&mut surface, &fonts, &images, op));
            surface.end_tagged();
        }
        tags.furniture(&mut surface);
        furniture(laid, &fonts, index, total).iter().for_each(|op| draw(&mut surface, &fonts, &images, op));
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tags.tree());
    document.set_outline(outline(&laid.pages.marks));
    document.set_metadata(metadata(laid));
    document.finish().map_err(|error| format!("{error:?}"))
}

fn metadata(laid: &Laid) -> Metadata {
    let at = laid.at.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let created = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(laid.title.clone())
        .creator("Docket".to_owned())
        .authors(vec!["Docket".to_owned()])
        .language("en".to_owned())
        .document_id(laid.id.clone())
        .creation_date(created)
}

fn outline(marks: &[Mark]) -> Outline {
    let mut outline = Outline::new();
    let mut section: Option<OutlineNode> = None;
    for mark in marks {
        let point = Point::from_xy(0.0, (mark.y - 12.0).max(0.0));
        let node = OutlineNode::new(mark.title.clone(), XyzDestination::new(mark.sheet, point));
        match (&mut section, mark.level) {
            (Some(open), 1..) => open.push_child(node),
            (open, _) => {
                if let Some(done) = open.replace(node) {
                    outline.push_child(done);
                }
            }
        }
    }
    if let Some(done) = section {
        outline.push_child(done);
    }
    outline
}

/// What every page has: its number, the document's id, and from the second on the title.
fn furniture(laid: &Laid, fonts: &Fonts<'_>, index: usize, total: usize) -> Vec<Op> {
    let style = Style::new(7.6, Weight::Regular, MUTED);
    let text = |x: f32, y: f32, text: String| Op::Text {
        x,
        y,
        size: style.size,
        weight: style.weight,
        color: style.color,
        text,
    };
    let right = |y: f32, line: String| {
        let width = fonts.width(&line, style.weight, style.size);
        text(RIGHT - width, y, line)
    };
    let rule = |y: f32| Op::Box { x: LEFT, y, width: RIGHT - LEFT, height: 0.6, radius: 0.0, color: RULE };
    let foot = PAGE_HEIGHT - 34.0;
    let mut ops = vec![
        rule(foot - 12.0),
        text(LEFT, foot, format!("Docket · {} · {}", words::time(laid.at), laid.id)),
        right(foot, format!("Page {} of {total}", index + 1)),
    ];
    if index > 0 {
        let title = fonts.shorten(&laid.title, style.weight, style.size, RIGHT - LEFT);
        ops.extend([text(LEFT, 40.0, title), rule(48.0)]);
    }
    ops
}

/// The pictures, ready to be drawn any number of times.
fn images(pictures: &BTreeMap<String, Picture>) -> Result<BTreeMap<&str, Image>, String> {
    let mut images = BTreeMap::new();
    for (blob, picture) in pictures {
        let image = Image::from_jpeg(picture.jpeg.to_vec().into(), false)?;
        images.insert(blob.as_str(), image);
    }
    Ok(images)
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts<'_>, images: &BTreeMap<&str, Image>, op: &Op) {
    match op {
        Op::Box { x, y, width, height, radius, color } => {
            surface.set_fill(Some(fill(*color)));
            if let Some(path) = rounded((*x, *y), (*width, *height), *radius) {
                surface.draw_path(&path);
            }
        }
        Op::Text { x, y, size, weight, color, text } => {
            surface.set_fill(Some(fill(*color)));
            let mut at = *x;
            for run in fonts.runs(text, *weight) {
                surface.draw_glyphs(Point::from_xy(at, *y), &run.glyphs, run.font.clone(), &run.text, *size, false);
                at += run.width() * size;
            }
        }
        Op::Path { steps, fill: inside, stroke } => {
            surface.set_fill(inside.map(|(color, opacity)| Fill { opacity: part(opacity), ..fill(color) }));
            surface.set_stroke(stroke.map(line));
            if let Some(path) = path(steps) {
                surface.draw_path(&path);
            }
            surface.set_stroke(None);
        }
        Op::Clip { x, y, width, height } => {
            // What is pushed must be popped, whatever the numbers.
            let boxed = rounded((*x, *y), (*width, *height), 0.0).or_else(|| rounded((0.0, 0.0), (1.0, 1.0), 0.0));
            if let Some(boxed) = boxed {
                surface.push_clip_path(&boxed, &FillRule::NonZero);
            }
        }
        Op::Turn { x, y, degrees } => surface.push_transform(&Transform::from_rotate_at(*degrees, *x, *y)),
        Op::Back => surface.pop(),
        Op::Image { x, y, width, height, blob } => {
            let size = Size::from_wh(*width, *height);
            if let (Some(image), Some(size)) = (images.get(blob.as_str()), size) {
                surface.push_transform(&Transform::from_translate(*x, *y));
                surface.draw_image(image.clone(), size);
                surface.pop();
            }
        }
    }
}

fn fill(Color(red, green, blue): Color) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

fn part(opacity: f32) -> NormalizedF32 {
    NormalizedF32::new(opacity).unwrap_or(NormalizedF32::ONE)
}

fn line(Stroke { color: Color(red, green, blue), width, dash }: Stroke) -> krilla::paint::Stroke {
    krilla::paint::Stroke {
        paint: rgb::Color::new(red, green, blue).into(),
        width,
        line_cap: if dash.is_some() { LineCap::Butt } else { LineCap::Round },
        line_join: LineJoin::Round,
        dash: dash.map(|(on, off)| StrokeDash { array: vec![on, off], offset: 0.0 }),
        ..krilla::paint::Stroke::default()
    }
}

fn path(steps: &[Step]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for step in steps {
        match *step {
            Step::Move(x, y) => path.move_to(x, y),
            Step::Line(x, y) => path.line_to(x, y),
            Step::Curve([x1, y1, x2, y2, x, y]) => path.cubic_to(x1, y1, x2, y2, x, y),
            Step::Close => path.close(),
        }
    }
    path.finish()
}

fn rounded((x, y): (f32, f32), (width, height): (f32, f32), radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    let r = radius.min(width / 2.0).min(height / 2.0);
    if r <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
        return path.finish();
    }
    let (right, bottom, k) = (x + width, y + height, r * (1.0 - QUARTER));
    path.move_to(x + r, y);
    path.line_to(right - r, y);
    path.cubic_to(right - k, y, right, y + k, right, y + r);
    path.line_to(right, bottom - r);
    path.cubic_to(right, bottom - k, right - k, bottom, right - r, bottom);
    path.line_to(x + r, bottom);
    path.cubic_to(x + k, bottom, x, bottom - k, x, bottom - r);
    path.line_to(x, y + r);
    path.cubic_to(x, y + k, x + k, y, x + r, y);
    path.close();
    path.finish()
}
