//! What the crews of the demo world send back: check-ins, photos, forms, charges.

use super::DemoError;
use super::scene::{self, Scene};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::ledger::Ledger;
use docket_core::order::{
    Answer, Attachment, Body, Charge, ChargeKind, CheckIn, Command, Field, Form, Item, Order, Origin, Point, Stage,
    Task, Transition, Value,
};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

/// How many places look different from each other.
const PLACES: u64 = 2;
const SCENES: [Scene; 3] = [Scene::Lawn, Scene::Door, Scene::Yard];
const STAGES: [Stage; 3] = [Stage::Before, Stage::During, Stage::After];
const MINUTE_MS: i64 = 60_000;

/// A painted photo that is kept.
#[derive(Clone)]
struct Kept {
    blob: String,
    size_bytes: i64,
}

/// The photos there are to send.
pub(super) struct Album {
    photos: BTreeMap<(usize, usize, u64), Kept>,
}

impl Album {
    /// Paints them all, beside one another, and keeps them.
    pub(super) async fn paint(hub: &Hub) -> Result<Album, DemoError> {
        let mut painting = Vec::new();
        for (scene, seen) in SCENES.into_iter().enumerate() {
            for (stage, when) in STAGES.into_iter().enumerate() {
                for place in 0..PLACES {
                    let key = (scene, stage, place);
                    painting.push((key, tokio::task::spawn_blocking(move || scene::photo(seen, place, Some(when)))));
                }
            }
        }
        let mut photos = BTreeMap::new();
        for (key, painted) in painting {
            let painted = painted.await.ok().flatten();
            let bytes = painted.ok_or_else(|| DemoError::Unexpected("a photo could not be painted".to_owned()))?;
            let size_bytes = i64::try_from(bytes.len()).unwrap_or_default();
            photos.insert(key, Kept { blob: Ledger::keep_blob(hub, bytes.into()).await?, size_bytes });
        }
        Ok(Album { photos })
    }

    fn photo(&self, scene: Scene, stage: Stage, place: u64) -> Option<&Kept> {
        let scene = SCENES.iter().position(|known| *known == scene)?;
        let stage = STAGES.iter().position(|known| *known == stage)?;
        self.photos.get(&(scene, stage, place % PLACES))
    }
}

/// One visit, as far as it is told.
struct Visit<'a> {
    album: &'a Album,
    order: &'a Order,
    who: String,
    work: String,
    at: Timestamp,
}

/// What comes in with a step of an order, beside it. Only work at places is told of this way.
pub(super) fn told(
    mut step: Command,
    album: &Album,
    order: &Order,
    (unit, at): (usize, Timestamp),
    transition: Transition,
    rng: &mut StdRng,
) -> Command {
    let fields = &order.fields;
    if !matches!(order.origin.dialect.as_str(), "ppw" | "pruvan" | "wialon" | "native") || fields.latitude.is_none() {
        return step;
    }
    if transition == Transition::Complete && !fields.tasks.is_empty() {
        let tasks = fields.tasks.iter().map(|task| Task { done: true, ..task.clone() });
        step = step.with(Field::Tasks, Value::Tasks(tasks.collect()));
    }
    let task = fields.tasks.first().map(|task| task.name.clone());
    let delivery = order.origin.dialect == "wialon";
    let work = if delivery { "Delivery".to_owned() } else { task.unwrap_or_else(|| "Work".to_owned()) };
    let visit = Visit { album, order, who: format!("Van {}", unit + 1), work, at };
    step.put.extend(match transition {
        Transition::Start if delivery => vec![visit.check_in(rng)],
        Transition::Start => {
            let mut items = vec![visit.check_in(rng)];
            items.extend(visit.photo("b1", Stage::Before, 3, rng));
            items.extend(visit.photo("b2", Stage::Before, 5, rng));
            items.extend(visit.open_form());
            items
        }
        Transition::Complete if delivery => visit.photo("drop", Stage::After, 0, rng).into_iter().collect(),
        Transition::Complete => visit.done(rng),
        Transition::Fail => visit.photo("f1", Stage::Before, 0, rng).into_iter().collect(),
        Transition::Submit | Transition::Invoice => visit.invoice(transition),
        _ => Vec::new(),
    });
    step
}

impl Visit<'_> {
    fn item(&self, id: &str, minutes: i64, body: impl Into<Body>) -> Item {
        let origin = Origin { connection: None, dialect: "native".to_owned() };
        Item::new(id, origin, self.later(minutes), body).by(self.who.clone())
    }

    fn later(&self, minutes: i64) -> Timestamp {
        Timestamp::from_millisecond(self.at.as_millisecond() + minutes * MINUTE_MS).unwrap_or(self.at)
    }

    /// Where the phone believes to be.
    fn here(&self, rng: &mut StdRng) -> Option<Point> {
        let (latitude, longitude) = self.order.fields.latitude.zip(self.order.fields.longitude)?;
        let mut off = |degrees: f64| ((degrees + rng.random_range(-0.00025..0.00025)) * 1e6).round() / 1e6;
        let (latitude, longitude) = (off(latitude), off(longitude));
        Some(Point { latitude, longitude, accuracy_m: Some(f64::from(rng.random_range(3_u8..18))) })
    }

    fn check_in(&self, rng: &mut StdRng) -> Item {
        self.item("arrival", 0, CheckIn { point: self.here(rng), data: None })
    }

    fn photo(&self, id: &str, stage: Stage, minutes_ago: i64, rng: &mut StdRng) -> Option<Item> {
        let scene = if self.work == "Delivery" { Scene::Door } else { Scene::of(&self.work) };
        let kept = self.album.photo(scene, stage, self.order.serial.0.unsigned_abs())?;
        let caption = match (scene, stage) {
            (Scene::Door, Stage::Before) => "Front door as found",
            (Scene::Door, _) => "Front door",
            (Scene::Lawn, Stage::Before) => "Street side, on arrival",
            (Scene::Lawn, _) => "Street side",
            (Scene::Yard, Stage::Before) => "Back yard, on arrival",
            (Scene::Yard, _) => "Back yard",
        };
        let taken_at = self.later(-minutes_ago);
        let photo = Attachment {
            photo: true,
            name: format!("{}-{id}.jpg", stage.word()),
            media_type: "image/jpeg".to_owned(),
            size_bytes: kept.size_bytes,
            blob: kept.blob.clone(),
            stage: Some(stage),
            task: Some(self.work.clone()).filter(|work| work != "Delivery"),
            caption: caption.to_owned(),
            taken_at: Some(taken_at),
            point: self.here(rng),
            note: None,
        };
        Some(self.item(id, 0, photo))
    }

    fn questions(&self) -> (&'static str, [&'static str; 4]) {
        match Scene::of(&self.work) {
            Scene::Lawn => (
                "Grounds survey",
                [
                    "Was the grass cut edge to edge?",
                    "Height on arrival, inches",
                    "Damage to report?",
                    "Site left clean?",
                ],
            ),
            Scene::Door => (
                "Property condition report",
                ["Is the property occupied?", "Doors secured", "Damage to report?", "Lockbox code posted?"],
            ),
            Scene::Yard => (
                "Debris survey",
                ["Is the property occupied?", "Cubic yards removed", "Hazardous materials found?", "Site left clean?"],
            ),
        }
    }

    /// What has to be answered before the order can be handed in.
    fn open_form(&self) -> Option<Item> {
        let (name, _) = self.questions();
        let required = self.order.origin.dialect == "ppw";
        let form = Form {
            name: name.to_owned(),
            template: "demo".to_owned(),
            version: "1".to_owned(),
            task: Some(self.work.clone()),
            required,
            ..Form::default()
        };
        required.then(|| self.item("survey", 0, form))
    }

    fn done(&self, rng: &mut StdRng) -> Vec<Item> {
        let mut items = Vec::new();
        items.extend(self.photo("d1", Stage::During, 16, rng));
        items.extend(self.photo("a1", Stage::After, 4, rng));
        items.extend(self.photo("a2", Stage::After, 2, rng));
        let (name, asked) = self.questions();
        let damage = rng.random_bool(0.25);
        let numbers = ["2", "4", "6", "9"];
        let number = numbers.get(rng.random_range(0..numbers.len())).copied().unwrap_or("4");
        let second = if asked[1] == "Doors secured" { vec!["Front door", "Side door"] } else { vec![number] };
        let given = [vec!["Yes"], second, vec![if damage { "Yes" } else { "No" }], vec!["Yes"]];
        let photos = [vec!["b1", "a1"], vec![], if damage { vec!["b2"] } else { vec![] }, vec!["a2"]];
        let answers = asked.iter().zip(given).zip(photos).enumerate().map(|(index, ((text, values), photos))| Answer {
            question: (index + 1).to_string(),
            text: (*text).to_owned(),
            kind: if values == ["Yes"] || values == ["No"] { "yesNo" } else { "text" }.to_owned(),
            values: values.into_iter().map(str::to_owned).collect(),
            photos: photos.into_iter().map(str::to_owned).collect(),
        });
        let form = Form {
            name: name.to_owned(),
            template: "demo".to_owned(),
            version: "1".to_owned(),
            task: Some(self.work.clone()),
            required: self.order.origin.dialect == "ppw",
            definition: None,
            submitted_at: Some(self.at),
            answers: answers.collect(),
        };
        items.push(self.item("survey", 0, form));
        items.push(self.charge("c1", ChargeKind::Completion, &self.work, 1.0, 65.0, &["a1"]));
        if damage {
            let what = "Repair the damage shown".to_owned();
            items.push(self.charge("bid1", ChargeKind::Bid, &what, 1.0, 180.0, &["b2"]));
        }
        items
    }

    fn charge(&self, id: &str, kind: ChargeKind, what: &str, quantity: f64, price: f64, photos: &[&str]) -> Item {
        let charge = Charge {
            kind,
            description: what.to_owned(),
            quantity: Some(quantity),
            unit_price: Some(price),
            photos: photos.iter().map(|photo| (*photo).to_owned()).collect(),
            ..Charge::default()
        };
        self.item(id, 0, charge)
    }

    /// What the office invoices: the work done, and the trip.
    fn invoice(&self, transition: Transition) -> Vec<Item> {
        if transition != Transition::Invoice || self.work == "Delivery" {
            return Vec::new();
        }
        let lines = [("i1", self.work.as_str(), 65.0), ("i2", "Trip charge", 20.0)];
        let line = |(id, what, price): (&str, &str, f64)| {
            self.charge(id, ChargeKind::Invoice, what, 1.0, price, &[]).by("user dana")
        };
        lines.into_iter().map(line).collect()
    }
}
