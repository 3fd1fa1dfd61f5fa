//! The map sketch: the place with its radius in the middle, and around it what the ledger knows: other places, streets,
//! the way the unit came, where people checked in and took photos. Drawn from coordinates alone; nothing is fetched.

mod frame;
mod labels;
mod legend;
mod shapes;

use super::flow::{ACCENT, Color, FAINT, Flow, INK, LEFT, MUTED, Style, WHITE, WIDTH};
use super::ops::{Role, Step, Stroke};
use super::photos::Photos;
use super::text::Weight;
use super::{ReportInput, words};
use docket_core::Timestamp;
use docket_core::geo::{Place, distance_m};
use docket_core::order::Order;
use frame::Frame;
use labels::{Area, Room};
use legend::{Key, furniture, key};

const HEIGHT: f32 = 226.0;
const PAPER: Color = Color(0xf1, 0xf4, 0xf8);
const EDGE: Color = Color(0xc6, 0xcf, 0xdb);
const GRID: Color = Color(0xda, 0xe1, 0xea);
const TRACK: Color = Color(0x7c, 0x3a, 0xed);
const CHECK_IN: Color = Color(0x15, 0x80, 0x3d);
const PHOTO: Color = Color(0xd9, 0x77, 0x06);
const OTHER: Color = Color(0x5b, 0x6b, 0x82);

/// How far away what the field sent from still decides how much is shown.
const SEEN_WITHIN_M: f64 = 2_500.0;
/// So many of the next places are to be seen, if they are near.
const NEIGHBOURS_SEEN: usize = 4;
const NEIGHBOUR_WITHIN_M: f64 = 1_200.0;
/// Photos and check-ins closer than this on paper are one mark.
const TOGETHER: f32 = 13.0;

/// Another place.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// What it is called.
    pub label: String,
    /// Where.
    pub place: Place,
}

/// A street or another line of the surroundings.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What it is called.
    pub name: String,
    /// Its course.
    pub course: Vec<Place>,
}

/// How a unit came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Whose.
    pub unit: String,
    /// Where it was when, oldest first.
    pub course: Vec<(Timestamp, Place)>,
}

/// What is around the place, beyond what its orders say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// Other places, the nearest first.
    pub neighbours: Vec<Neighbour>,
    /// Streets.
    pub ways: Vec<Way>,
    /// How units came.
    pub tracks: Vec<Track>,
}

/// Something that happened at a point.
struct Spot {
    place: Place,
    /// The photo's number, where it is shown with one.
    number: Option<usize>,
}

/// All that is drawn.
struct Scene<'a> {
    place: Place,
    radius_m: Option<f64>,
    around: &'a Surroundings,
    check_ins: Vec<Spot>,
    photos: Vec<Spot>,
}

impl<'a> Scene<'a> {
    fn of(input: &'a ReportInput, place: Place) -> Scene<'a> {
        let orders: Vec<&Order> = input.shown().map(|(order, _)| order.as_ref()).collect();
        let radius = orders.iter().filter_map(|order| order.fields.radius_m).max();
        let spot = |point: docket_core::order::Point, number| Spot { place: (point.latitude, point.longitude), number };
        let check_ins = orders.iter().flat_map(|order| order.check_ins());
        let photos = orders.iter().flat_map(|order| {
            // Numbers are those of the order's own photos, so of several orders they would say nothing.
            let numbered = orders.len() == 1;
            Photos::of(order).points().into_iter().map(move |(number, point)| spot(point, numbered.then_some(number)))
        });
        Scene {
            place,
            radius_m: radius.filter(|&radius| radius > 0).map(|radius| radius as f64),
            around: &input.surroundings,
            check_ins: check_ins.filter_map(|(_, check_in)| check_in.point).map(|at| spot(at, None)).collect(),
            photos: photos.collect(),
        }
    }

    /// What decides how much is shown.
    fn seen(&self) -> Vec<Place> {
        let near = |within: f64| move |place: &Place| distance_m(self.place, *place) <= within;
        let spots = self.check_ins.iter().chain(&self.photos).map(|spot| spot.place).filter(near(SEEN_WITHIN_M));
        let others = self.around.neighbours.iter().map(|other| other.place).filter(near(NEIGHBOUR_WITHIN_M));
        spots.chain(others.take(NEIGHBOURS_SEEN)).collect()
    }
}

/// Where the report's place is, if that is known.
pub(super) fn place_of(input: &ReportInput) -> Option<Place> {
    let of_order = |order: &Order| order.fields.latitude.zip(order.fields.longitude);
    let known = input.site.point.or_else(|| input.shown().find_map(|(order, _)| of_order(order)))?;
    let valid = known.0.abs() <= 90.0 && known.1.abs() <= 180.0;
    valid.then_some(known)
}

/// Draws the section.
pub(super) fn sketch(flow: &mut Flow<'_>, input: &ReportInput) {
    flow.label("Map sketch", HEIGHT + 40.0);
    let Some(place) = place_of(input) else {
        flow.paragraph("There is no map: the coordinates of this place are not known.", FAINT);
        flow.space(8.0);
        return;
    };
    let scene = Scene::of(input, place);
    let boxed = (LEFT, flow.y(), WIDTH, HEIGHT);
    let frame = Frame::fitting(boxed, place, scene.radius_m.unwrap_or(0.0), &scene.seen());
    let miles = words::measures_miles(&input.site.country);
    let legend = flow.part(Role::Figure(said(&scene)), |flow| draw(flow, &frame, &scene, miles));
    flow.move_to(boxed.1 + HEIGHT + 6.0);
    flow.part(Role::Paragraph, |flow| key(flow, &legend));
    flow.space(10.0);
}

/// The sketch in words.
fn said(scene: &Scene<'_>) -> String {
    let mut said = format!("Map sketch of the surroundings of {:.5}, {:.5}", scene.place.0, scene.place.1);
    let counted = [
        ("check-ins", scene.check_ins.len()),
        ("places of photos", scene.photos.len()),
        ("other places", scene.around.neighbours.len()),
        ("tracks", scene.around.tracks.len()),
    ];
    for (what, count) in counted.into_iter().filter(|(_, count)| *count > 0) {
        said.push_str(&format!(", {count} {what}"));
    }
    said
}

/// Draws it and gives what is to be explained.
fn draw(flow: &mut Flow<'_>, frame: &Frame, scene: &Scene<'_>, miles: bool) -> Vec<Key> {
    let mut keys = vec![Key::Place];
    let corner = (frame.x, frame.y);
    let edge = Area(frame.x + 2.0, frame.y + 2.0, frame.x + frame.width - 2.0, frame.y + frame.height - 2.0);
    let mut room = Room::new(edge);
    flow.clipped((frame.x, frame.y, frame.width, frame.height), |flow| {
        flow.rect(corner, (frame.width, frame.height), 0.0, PAPER);
        grid(flow, frame, &mut room);
        ways(flow, frame, &scene.around.ways);
        if let Some(radius) = scene.radius_m {
            let reach = (radius * frame.scale) as f32;
            let line = Stroke { color: ACCENT, width: 1.0, dash: Some((4.0, 2.5)) };
            flow.path(shapes::circle(frame.at(scene.place), reach), Some((ACCENT, 0.10)), Some(line));
            keys.push(Key::Radius(radius));
        }
        for track in &scene.around.tracks {
            if course(flow, frame, track) {
                keys.push(Key::Track(track.unit.clone()));
            }
        }
        furniture(flow, frame, &mut room, miles);
        pin(flow, frame, scene.place, &mut room);
        let check_ins = marks(flow, frame, &mut room, &scene.check_ins, CHECK_IN);
        let photos = marks(flow, frame, &mut room, &scene.photos, PHOTO);
        keys.extend((check_ins > 0).then_some(Key::CheckIn(scene.check_ins.len())));
        keys.extend((photos > 0).then_some(Key::Photo(scene.photos.len())));
        if others(flow, frame, &mut room, scene) {
            keys.push(Key::Other);
        }
        street_names(flow, frame, &mut room, &scene.around.ways);
    });
    flow.path(shapes::rectangle(corner, (frame.width, frame.height)), None, Some(Stroke::new(EDGE, 0.8)));
    keys
}

/// Lines of latitude and longitude, with their degrees at the edge.
fn grid(flow: &mut Flow<'_>, frame: &Frame, room: &mut Room) {
    let style = Style::new(6.2, Weight::Regular, MUTED);
    let line = Some(Stroke::new(GRID, 0.6));
    let (parallels, digits) = frame.lines(true);
    for (degrees, y) in parallels {
        flow.path(vec![Step::Move(frame.x, y), Step::Line(frame.x + frame.width, y)], None, line);
        let text = format!("{:.digits$}° {}", degrees.abs(), if degrees < 0.0 { "S" } else { "N" });
        flow.line(frame.x + 4.0, y - 2.2, &text, style);
        let width = flow.fonts().width(&text, style.weight, style.size);
        room.take(Area(frame.x, y - 9.0, frame.x + width + 6.0, y + 1.0));
    }
    let (meridians, digits) = frame.lines(false);
    let bottom = frame.y + frame.height;
    for (degrees, x) in meridians {
        flow.path(vec![Step::Move(x, frame.y), Step::Line(x, bottom)], None, line);
        let degrees = (degrees + 540.0).rem_euclid(360.0) - 180.0;
        let text = format!("{:.digits$}° {}", degrees.abs(), if degrees < 0.0 { "W" } else { "E" });
        let width = flow.fonts().width(&text, style.weight, style.size);
        if x + width + 6.0 < frame.x + frame.width - 130.0 {
            flow.line(x + 2.5, bottom - 3.6, &text, style);
            room.take(Area(x, bottom - 11.0, x + width + 4.0, bottom));
        }
    }
}

fn ways(flow: &mut Flow<'_>, frame: &Frame, ways: &[Way]) {
    let casing = [Stroke::new(Color(0xcf, 0xd7, 0xe2), 6.4), Stroke::new(WHITE, 5.0)];
    for stroke in casing {
        for way in ways {
            let steps = shapes::line(way.course.iter().map(|&place| frame.at(place)));
            flow.path(steps, None, Some(stroke));
        }
    }
}

/// Names along streets, where a straight piece is long enough on paper and there is room.
fn street_names(flow: &mut Flow<'_>, frame: &Frame, room: &mut Room, ways: &[Way]) {
    let style = Style::new(6.4, Weight::Regular, OTHER);
    for way in ways {
        let name = flow.fonts().shorten(&way.name, style.weight, style.size, 120.0);
        let width = flow.fonts().width(&name, style.weight, style.size);
        let on_paper = way.course.iter().map(|&place| frame.at(place));
        let fits = shapes::along(on_paper, 17.0).into_iter().find_map(|((x, y), degrees, length)| {
            let turned = shapes::upright(degrees);
            let (sine, cosine) = turned.to_radians().sin_cos();
            // A row of small boxes along the slanted words.
            let boxes = (-4..=4_i16).map(|part| {
                let off = width * f32::from(part) / 8.5;
                Area::around((x + off * cosine, y + off * sine), 4.4)
            });
            let boxes: Vec<Area> = boxes.collect();
            (length >= width && boxes.iter().all(|&area| room.is_free(area))).then_some(((x, y), turned, boxes))
        });
        if let Some(((x, y), degrees, boxes)) = fits {
            flow.turned((x, y), degrees, |flow| flow.line(x - width / 2.0, y + 2.2, &name, style));
            boxes.into_iter().for_each(|area| room.take(area));
        }
    }
}

/// The way a unit came; `false` when none of it is on paper.
fn course(flow: &mut Flow<'_>, frame: &Frame, track: &Track) -> bool {
    let shown = track.course.iter().filter(|(_, place)| frame.shows(*place, 0.0)).count();
    if shown < 2 {
        return false;
    }
    let points: Vec<(f32, f32)> = track.course.iter().map(|(_, place)| frame.at(*place)).collect();
    flow.path(shapes::line(points.iter().copied()), None, Some(Stroke::new(WHITE, 3.4)));
    flow.path(shapes::line(points.iter().copied()), None, Some(Stroke::new(TRACK, 1.5)));
    for ((x, y), degrees, _) in shapes::along(points.iter().copied(), 58.0) {
        flow.turned((x, y), degrees, |flow| flow.path(shapes::arrow((x, y)), Some((TRACK, 1.0)), None));
    }
    true
}

fn pin(flow: &mut Flow<'_>, frame: &Frame, place: Place, room: &mut Room) {
    let (x, y) = frame.at(place);
    flow.path(shapes::circle((x, y), 2.6), Some((INK, 0.35)), None);
    flow.path(shapes::pin((x, y)), Some((ACCENT, 1.0)), Some(Stroke::new(WHITE, 1.2)));
    flow.path(shapes::circle((x, y - 13.5), 3.1), Some((WHITE, 1.0)), None);
    room.take(Area(x - 9.0, y - 23.0, x + 9.0, y + 3.0));
}

/// Spots beside each other: where they are drawn, and the numbers they have.
type Group = ((f32, f32), Vec<Option<usize>>);

/// Marks for what happened at points, those beside each other as one; gives how many there are.
fn marks(flow: &mut Flow<'_>, frame: &Frame, room: &mut Room, spots: &[Spot], color: Color) -> usize {
    let mut groups: Vec<Group> = Vec::new();
    for spot in spots.iter().filter(|spot| frame.shows(spot.place, 4.0)) {
        let (x, y) = frame.at(spot.place);
        let near = |((at_x, at_y), _): &&mut ((f32, f32), _)| (at_x - x).hypot(at_y - y) < TOGETHER;
        match groups.iter_mut().find(near) {
            Some((_, numbers)) => numbers.push(spot.number),
            None => groups.push(((x, y), vec![spot.number])),
        }
    }
    for (at, _) in &groups {
        let shape = if color == CHECK_IN { shapes::diamond(*at, 4.6) } else { shapes::square(*at, 3.6) };
        flow.path(shape, Some((color, 1.0)), Some(Stroke::new(WHITE, 1.0)));
        room.take(Area::around(*at, 4.5));
    }
    let style = Style::new(6.8, Weight::Semibold, color);
    for (at, numbers) in &groups {
        let text = match ranges(numbers) {
            text if !text.is_empty() => text,
            _ if numbers.len() > 1 => format!("× {}", numbers.len()),
            _ => continue,
        };
        let text = flow.fonts().shorten(&text, style.weight, style.size, 70.0);
        named(flow, room, *at, &text, style);
    }
    groups.len()
}

/// Numbers, those that follow each other as first and last: `1–4, 7`.
fn ranges(numbers: &[Option<usize>]) -> String {
    let mut sorted: Vec<usize> = numbers.iter().flatten().copied().collect();
    sorted.sort_unstable();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in sorted {
        match runs.last_mut() {
            Some((_, last)) if number <= *last + 1 => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |(first, last): &(usize, usize)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

/// Words beside a mark, if there is room; `false` when there is none.
fn named(flow: &mut Flow<'_>, room: &mut Room, at: (f32, f32), text: &str, style: Style) -> bool {
    let width = flow.fonts().width(text, style.weight, style.size) + 2.0;
    let height = style.size + 1.6;
    let Some((x, y)) = room.beside(at, 6.0, (width, height)) else { return false };
    flow.path(shapes::rectangle((x, y), (width, height)), Some((PAPER, 0.75)), None);
    flow.line(x + 1.0, y + style.size - 0.4, text, style);
    true
}

/// Other places; `false` when none is on paper.
fn others(flow: &mut Flow<'_>, frame: &Frame, room: &mut Room, scene: &Scene<'_>) -> bool {
    let shown = scene.around.neighbours.iter().filter(|other| frame.shows(other.place, 5.0));
    let style = Style::new(6.6, Weight::Regular, OTHER);
    let shown: Vec<(&Neighbour, (f32, f32))> = shown.map(|other| (other, frame.at(other.place))).collect();
    for (_, at) in &shown {
        flow.path(shapes::circle(*at, 2.5), Some((OTHER, 1.0)), Some(Stroke::new(WHITE, 0.9)));
        room.take(Area::around(*at, 3.0));
    }
    for (other, at) in &shown {
        let label = flow.fonts().shorten(&other.label, style.weight, style.size, 96.0);
        named(flow, room, *at, &label, style);
    }
    !shown.is_empty()
}
