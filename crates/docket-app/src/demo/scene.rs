//! Photos of the demo world: small real JPEGs, painted here, before, during and after the work.

use docket_core::order::Stage;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Scenes are drawn on a grid of this size …
const WIDTH: i64 = 480;
const HEIGHT: i64 = 360;
/// … and painted two thirds as large.
const SCALE: (i64, i64) = (2, 3);
const QUALITY: u8 = 72;

type Color = [u8; 3];

/// What is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A house and its lawn.
    Lawn,
    /// A door and its lock.
    Door,
    /// A yard and what lies about in it.
    Yard,
}

impl Scene {
    /// What is seen where this work is done.
    pub(crate) fn of(work: &str) -> Scene {
        match work {
            "Grass Cut" | "Pest Treatment" | "Gutter Cleaning" | "Roof Tarp" | "Winterization" => Scene::Lawn,
            "Initial Secure" | "Lock Change" | "Occupancy Inspection" => Scene::Door,
            _ => Scene::Yard,
        }
    }
}

/// A picture. The same place looks the same at every stage.
pub(crate) fn photo(scene: Scene, place: u64, stage: Option<Stage>) -> Option<Vec<u8>> {
    let mut canvas = Canvas { image: RgbImage::new(pixels(WIDTH), pixels(HEIGHT)), rng: StdRng::seed_from_u64(place) };
    let done = match stage {
        Some(Stage::Before) | None => 0.0,
        Some(Stage::During) => 0.5,
        Some(Stage::After) => 1.0,
    };
    match scene {
        Scene::Lawn => lawn(&mut canvas, done),
        Scene::Door => door(&mut canvas, done),
        Scene::Yard => yard(&mut canvas, done),
    }
    canvas.grain();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&canvas.image).ok()?;
    Some(bytes)
}

struct Canvas {
    image: RgbImage,
    rng: StdRng,
}

impl Canvas {
    fn rect(&mut self, (x, y): (i64, i64), (width, height): (i64, i64), color: Color) {
        let (left, right) = (pixels(x), pixels(x + width).min(self.image.width()));
        let (top, bottom) = (pixels(y), pixels(y + height).min(self.image.height()));
        for y in top..bottom {
            for x in left..right {
                self.image.put_pixel(x, y, Rgb(color));
            }
        }
    }

    fn fade(&mut self, (from, to): (i64, i64), top: Color, bottom: Color) {
        for y in from..to {
            let share = (y - from) as f64 / (to - from).max(1) as f64;
            let color = mix(top, bottom, share);
            self.rect((0, y), (WIDTH, 1), color);
        }
    }

    fn disc(&mut self, (cx, cy): (i64, i64), radius: i64, color: Color) {
        for y in -radius..=radius {
            let half = ((radius * radius - y * y) as f64).sqrt() as i64;
            self.rect((cx - half, cy + y), (2 * half + 1, 1), color);
        }
    }

    /// A gable: as wide as its base at the bottom, a point at the top.
    fn gable(&mut self, (x, y): (i64, i64), (width, height): (i64, i64), color: Color) {
        for row in 0..height {
            let half = width / 2 * row / height.max(1);
            self.rect((x + width / 2 - half, y + row), (2 * half, 1), color);
        }
    }

    fn any(&mut self, from: i64, to: i64) -> i64 {
        self.rng.random_range(from..=to)
    }

    fn one_of(&mut self, colors: &[Color]) -> Color {
        let at = self.rng.random_range(0..colors.len());
        colors.get(at).copied().unwrap_or_default()
    }

    /// The noise of a phone's camera.
    fn grain(&mut self) {
        let rng = &mut self.rng;
        for pixel in self.image.pixels_mut() {
            let shift = rng.random_range(-7_i16..=7);
            pixel.0 =
                pixel.0.map(|channel| u8::try_from((i16::from(channel) + shift).clamp(0, 255)).unwrap_or(channel));
        }
    }
}

fn pixels(length: i64) -> u32 {
    u32::try_from(length * SCALE.0 / SCALE.1).unwrap_or(0)
}

fn mix(a: Color, b: Color, share: f64) -> Color {
    let channel = |index: usize| {
        let (a, b) = (f64::from(a.get(index).copied().unwrap_or(0)), f64::from(b.get(index).copied().unwrap_or(0)));
        (a + (b - a) * share) as u8
    };
    [channel(0), channel(1), channel(2)]
}

const WALLS: &[Color] = &[[214, 199, 172], [188, 200, 206], [222, 215, 205], [201, 173, 150], [176, 190, 170]];
const ROOFS: &[Color] = &[[92, 72, 66], [70, 76, 84], [120, 80, 62]];
const DOORS: &[Color] = &[[120, 46, 40], [46, 74, 106], [58, 84, 60], [84, 62, 44]];

fn lawn(canvas: &mut Canvas, done: f64) {
    let (wall, roof, door) = (canvas.one_of(WALLS), canvas.one_of(ROOFS), canvas.one_of(DOORS));
    let left = canvas.any(90, 160);
    canvas.fade((0, 215), [120, 170, 220], [214, 230, 242]);
    canvas.disc((left + 290, 150), 46, [74, 108, 62]);
    canvas.rect((left + 284, 180), (12, 50), [88, 66, 48]);
    canvas.rect((left, 120), (220, 105), wall);
    canvas.gable((left - 16, 62), (252, 60), roof);
    canvas.rect((left + 92, 160), (36, 65), door);
    canvas.disc((left + 122, 194), 2, [220, 200, 120]);
    for x in [28, 158] {
        canvas.rect((left + x - 3, 147), (44, 40), [245, 245, 240]);
        canvas.rect((left + x, 150), (38, 34), [88, 116, 140]);
        canvas.rect((left + x + 18, 150), (2, 34), [245, 245, 240]);
    }
    canvas.fade((225, HEIGHT), [104, 140, 66], [78, 118, 52]);
    // Mown stripes lead to the street; uncut grass stands in tufts.
    for stripe in 0..8 {
        let x = stripe * 60;
        canvas.rect((x, 226), ((30.0 * done) as i64, 134), [122, 160, 78]);
    }
    let blades = (2600.0 * (1.0 - done)) as i64;
    for _ in 0..blades {
        let (x, y) = (canvas.any(0, WIDTH), canvas.any(240, HEIGHT));
        let height = canvas.any(8, 16 + (y - 240) / 4);
        let color = canvas.one_of(&[[96, 132, 58], [126, 150, 70], [72, 104, 46], [148, 152, 84]]);
        canvas.rect((x, y - height), (2, height), color);
    }
    canvas.rect((left + 96, 226), (28, 134), [184, 178, 168]);
}

fn door(canvas: &mut Canvas, done: f64) {
    let (wall, door) = (canvas.one_of(WALLS), canvas.one_of(DOORS));
    canvas.rect((0, 0), (WIDTH, HEIGHT), wall);
    for row in 0..18 {
        canvas.rect((0, row * 20), (WIDTH, 1), mix(wall, [0, 0, 0], 0.18));
    }
    canvas.rect((128, 18), (224, 342), [240, 238, 232]);
    canvas.rect((142, 32), (196, 328), door);
    for (x, y) in [(160, 52), (248, 52), (160, 196), (248, 196)] {
        canvas.rect((x, y), (72, 124), mix(door, [0, 0, 0], 0.22));
        canvas.rect((x + 4, y + 4), (64, 116), mix(door, [255, 255, 255], 0.07));
    }
    let old = [128, 104, 70];
    let new = [206, 208, 212];
    let metal = if done > 0.4 { new } else { old };
    canvas.disc((322, 190), 15, mix(metal, [0, 0, 0], 0.35));
    canvas.disc((321, 188), 12, metal);
    if done > 0.4 {
        canvas.rect((311, 138), (22, 30), mix(new, [0, 0, 0], 0.3));
        canvas.rect((313, 140), (18, 26), new);
        canvas.disc((322, 152), 3, [30, 30, 34]);
    } else {
        // Where it was forced.
        for step in 0..26 {
            canvas.rect((306 + step % 5, 140 + step), (18, 1), [196, 168, 128]);
        }
    }
    if done > 0.9 {
        canvas.rect((196, 92), (88, 60), [250, 250, 246]);
        for row in 0..5 {
            canvas.rect((206, 102 + row * 9), (if row == 0 { 40 } else { 68 }, 3), [90, 96, 104]);
        }
    }
}

fn yard(canvas: &mut Canvas, done: f64) {
    canvas.fade((0, 150), [140, 180, 214], [216, 228, 236]);
    for post in 0..13 {
        canvas.rect((post * 40, 92), (34, 82), [150, 118, 84]);
        canvas.rect((post * 40, 92), (2, 82), [112, 86, 60]);
    }
    canvas.fade((170, HEIGHT), [128, 138, 84], [104, 116, 66]);
    let things = 46.0 * (1.0 - done);
    for _ in 0..things as i64 {
        let y = canvas.any(190, 320);
        let (x, width, height) = (canvas.any(40, 400), canvas.any(18, 66), canvas.any(12, 44));
        let color = canvas.one_of(&[
            [168, 130, 88],
            [96, 102, 110],
            [196, 196, 190],
            [126, 70, 58],
            [60, 80, 100],
            [180, 164, 120],
        ]);
        canvas.rect((x, y - height), (width, height), color);
        canvas.rect((x, y - height), (width, 3), mix(color, [255, 255, 255], 0.35));
        canvas.rect((x, y - 3), (width, 4), mix(color, [0, 0, 0], 0.45));
    }
    if done > 0.9 {
        for line in 0..9 {
            canvas.rect((0, 186 + line * 20), (WIDTH, 3), [118, 130, 76]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_are_small_and_real_and_differ() {
        for scene in [Scene::Lawn, Scene::Door, Scene::Yard] {
            let all: Vec<Vec<u8>> =
                [Stage::Before, Stage::During, Stage::After].map(|stage| photo(scene, 7, Some(stage)).unwrap()).into();
            for bytes in &all {
                let image = image::load_from_memory(bytes).unwrap();
                assert_eq!((image.width(), image.height()), (320, 240));
                assert!(bytes.len() < 60_000, "{}", bytes.len());
            }
            assert!(all[0] != all[1] && all[1] != all[2]);
            assert_eq!(photo(scene, 7, Some(Stage::After)).as_ref(), all.last(), "the same again");
        }
    }
}
