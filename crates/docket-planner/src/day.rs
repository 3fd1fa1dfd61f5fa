//! A vehicle's day: its shift, less the absences at its ends.

use crate::model::{Busy, Vehicle, Window};

/// A vehicle's day without the busy times that only shorten it.
pub(crate) struct Day {
    pub shift: Window,
    pub start: Option<usize>,
    pub end: Option<usize>,
    pub busy: Vec<(usize, Busy)>,
}

impl Day {
    /// An absence over either end of the shift moves that end; one outside of it does not matter.
    pub fn of(vehicle: &Vehicle) -> Self {
        let mut day = Self { shift: vehicle.shift, start: vehicle.start, end: vehicle.end, busy: Vec::new() };
        let mut all: Vec<(usize, Busy)> = vehicle.busy.iter().cloned().enumerate().collect();
        all.sort_by_key(|(index, busy)| (busy.begin.close, busy.begin.open, *index));
        for (index, busy) in all {
            let Window { open, close } = busy.begin;
            // One that has to begin before the shift is taken to begin as early as it can.
            let early = open == close || close < day.shift.open;
            let until = open.saturating_add(busy.duration_s);
            if open >= day.shift.close || (early && until <= day.shift.open) {
                continue;
            }
            if early && open <= day.shift.open {
                day.shift.open = until;
                day.start = busy.to.or(busy.from).or(day.start);
            } else if until > day.shift.close {
                day.shift.close = close.min(day.shift.close);
                day.end = busy.from.or(day.end);
            } else {
                day.busy.push((index, busy));
            }
        }
        day
    }
}
