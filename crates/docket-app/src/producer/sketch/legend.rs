//! What explains the sketch: the north arrow and the scale on it, and below it what the marks mean.

use super::frame::{Frame, METRIC, MILES, bar};
use super::labels::{Area, Room};
use super::{CHECK_IN, EDGE, OTHER, PHOTO, TRACK, shapes};
use crate::producer::flow::{ACCENT, Flow, INK, LEFT, MUTED, RIGHT, Style, WHITE};
use crate::producer::ops::{Step, Stroke};
use crate::producer::text::Weight;

/// What a mark means.
pub(super) enum Key {
    Place,
    Radius(f64),
    Track(String),
    CheckIn(usize),
    Photo(usize),
    Other,
}

/// The north arrow and the scale.
pub(super) fn furniture(flow: &mut Flow<'_>, frame: &Frame, room: &mut Room, miles: bool) {
    let (right, bottom) = (frame.x + frame.width, frame.y + frame.height);
    let (x, y) = (right - 17.0, frame.y + 25.0);
    flow.path(shapes::circle((x, y - 2.0), 13.5), Some((WHITE, 0.85)), Some(Stroke::new(EDGE, 0.6)));
    let needle = |side: f32| vec![(x, y - 13.0), (x + side, y + 2.0), (x, y - 1.5)];
    flow.path(shapes::closed(&needle(-4.2)), Some((INK, 1.0)), None);
    flow.path(shapes::closed(&needle(4.2)), Some((MUTED, 0.55)), None);
    let style = Style::new(6.6, Weight::Semibold, INK);
    let width = flow.fonts().width("N", style.weight, style.size);
    flow.line(x - width / 2.0, y + 9.0, "N", style);
    room.take(Area::around((x, y - 2.0), 15.0));
    let bars = [bar(frame.scale, 104.0, METRIC), bar(frame.scale, 104.0, MILES).filter(|_| miles)];
    let bars: Vec<(&str, f32)> = bars.into_iter().flatten().collect();
    let longest = bars.iter().map(|(_, length)| *length).fold(0.0, f32::max);
    let height = bars.len() as f32 * 15.0 + 3.0;
    let (left, top) = (right - longest - 16.0, bottom - height - 4.0);
    flow.path(shapes::rectangle((left, top), (longest + 12.0, height)), Some((WHITE, 0.85)), None);
    room.take(Area(left - 2.0, top - 2.0, right, bottom));
    let style = Style::new(6.4, Weight::Regular, INK);
    for (index, (label, length)) in bars.iter().enumerate() {
        let (start, line) = (right - 10.0 - length, top + 12.5 + index as f32 * 15.0);
        let steps = [(start, line - 3.0), (start, line), (start + length, line), (start + length, line - 3.0)];
        flow.path(shapes::line(steps), None, Some(Stroke::new(INK, 0.9)));
        let width = flow.fonts().width(label, style.weight, style.size);
        flow.line(start + (length - width) / 2.0, line - 3.0, label, style);
    }
}

/// What the marks mean, in one line or two.
pub(super) fn key(flow: &mut Flow<'_>, keys: &[Key]) {
    let style = Style::new(7.2, Weight::Regular, MUTED);
    let mut x = LEFT;
    for key in keys {
        let text = match key {
            Key::Place => "This place".to_owned(),
            Key::Radius(metres) => format!("Radius {metres:.0} m"),
            Key::Track(unit) if unit.is_empty() => "Track".to_owned(),
            Key::Track(unit) => format!("Track of {unit}"),
            Key::CheckIn(count) => format!("Check-in{}", if *count == 1 { "" } else { "s" }),
            Key::Photo(count) => format!("Photo{}", if *count == 1 { "" } else { "s" }),
            Key::Other => "Other places".to_owned(),
        };
        let text = flow.fonts().shorten(&text, style.weight, style.size, 160.0);
        let width = flow.fonts().width(&text, style.weight, style.size) + 30.0;
        if x + width > RIGHT {
            x = LEFT;
            flow.space(11.0);
        }
        let (at, baseline) = ((x + 5.0, flow.y() + 4.6), flow.y() + 7.2);
        match key {
            Key::Place => flow.path(shapes::circle(at, 3.6), Some((ACCENT, 1.0)), None),
            Key::Radius(_) => {
                let line = Stroke { color: ACCENT, width: 0.9, dash: Some((2.0, 1.4)) };
                flow.path(shapes::circle(at, 3.6), Some((ACCENT, 0.10)), Some(line));
            }
            Key::Track(_) => {
                let line = vec![Step::Move(x, at.1), Step::Line(x + 10.0, at.1)];
                flow.path(line, None, Some(Stroke::new(TRACK, 1.5)));
            }
            Key::CheckIn(_) => flow.path(shapes::diamond(at, 4.2), Some((CHECK_IN, 1.0)), None),
            Key::Photo(_) => flow.path(shapes::square(at, 3.2), Some((PHOTO, 1.0)), None),
            Key::Other => flow.path(shapes::circle(at, 2.5), Some((OTHER, 1.0)), None),
        }
        flow.line(x + 14.0, baseline, &text, style);
        x += width;
    }
    flow.space(12.0);
}
