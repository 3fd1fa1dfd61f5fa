//! Where words fit on a drawing: beside what they name, not over each other.

/// A box: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area(pub f32, pub f32, pub f32, pub f32);

impl Area {
    /// Of a size around a point.
    pub(super) fn around((x, y): (f32, f32), reach: f32) -> Area {
        Area(x - reach, y - reach, x + reach, y + reach)
    }

    fn meets(self, other: Area) -> bool {
        self.0 < other.2 && other.0 < self.2 && self.1 < other.3 && other.1 < self.3
    }

    fn within(self, other: Area) -> bool {
        self.0 >= other.0 && self.1 >= other.1 && self.2 <= other.2 && self.3 <= other.3
    }
}

/// What is taken on a drawing.
pub(super) struct Room {
    whole: Area,
    taken: Vec<Area>,
}

impl Room {
    pub(super) fn new(whole: Area) -> Room {
        Room { whole, taken: Vec::new() }
    }

    /// Keeps words off a place.
    pub(super) fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Whether nothing is there yet.
    pub(super) fn is_free(&self, area: Area) -> bool {
        area.within(self.whole) && !self.taken.iter().any(|&taken| taken.meets(area))
    }

    /// Finds room for words of a size beside a point, at a distance from it, and takes it: left and top.
    pub(super) fn beside(&mut self, (x, y): (f32, f32), away: f32, (width, height): (f32, f32)) -> Option<(f32, f32)> {
        let slant = away * 0.7;
        let places = [
            (x + away, y - height / 2.0),
            (x - away - width, y - height / 2.0),
            (x + slant, y - slant - height),
            (x + slant, y + slant),
            (x - slant - width, y - slant - height),
            (x - slant - width, y + slant),
            (x - width / 2.0, y - away - height),
            (x - width / 2.0, y + away),
        ];
        let area = |(left, top): (f32, f32)| Area(left, top, left + width, top + height);
        let found = places.into_iter().find(|&place| self.is_free(area(place)))?;
        self.take(area(found));
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_do_not_lie_over_each_other() {
        let mut room = Room::new(Area(0.0, 0.0, 100.0, 100.0));
        let mut places = Vec::new();
        while let Some((x, y)) = room.beside((50.0, 50.0), 4.0, (30.0, 8.0)) {
            places.push(Area(x, y, x + 30.0, y + 8.0));
        }
        assert!(places.len() >= 4, "{places:?}");
        for (index, a) in places.iter().enumerate() {
            assert!(places.iter().skip(index + 1).all(|b| !a.meets(*b)), "{places:?}");
        }
        assert_eq!(room.beside((99.0, 99.0), 4.0, (120.0, 8.0)), None);
    }
}
