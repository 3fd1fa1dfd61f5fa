//! When what failed is tried again.

use std::time::Duration;

/// The pauses of a message behind its first attempts: a little more than three days in all.
const RETRIES_S: [i64; 9] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];
/// The pauses of a receiver that takes nothing at all; the last one goes on.
const WAITS_S: [i64; 7] = [5, 30, 2 * 60, 5 * 60, 15 * 60, 30 * 60, 3_600];
/// So many failures in a row, and a receiver is left alone for a while.
pub(super) const BREAK: i64 = 5;
/// A receiver that takes nothing for so long is sent nothing more.
pub(super) const DISABLE_MS: i64 = 5 * 86_400_000;
/// A receiver may ask for a pause no longer than this.
const ASKED_MS: i64 = 3_600_000;

/// A tenth more or less, so that not everything comes back at once.
fn spread(pause_s: i64, random: u64) -> i64 {
    let pause_ms = pause_s.saturating_mul(1_000);
    let fifth = pause_ms / 5;
    let part = i64::try_from(random % 1_001).unwrap_or_default();
    pause_ms - fifth / 2 + fifth * part / 1_000
}

/// The pause behind this many attempts at a message; `None` when it was the last.
pub(super) fn again(attempts: i64, random: u64) -> Option<i64> {
    let at = usize::try_from(attempts.saturating_sub(1)).ok()?;
    RETRIES_S.get(at).map(|pause_s| spread(*pause_s, random))
}

/// The pause of a message that waits for its receiver to be well.
pub(super) fn later(random: u64) -> i64 {
    spread(RETRIES_S.last().copied().unwrap_or_default(), random)
}

/// The pause of a receiver behind so many failures in a row.
pub(super) fn wait(failures: i64, asked: Option<Duration>, random: u64) -> i64 {
    let own = usize::try_from(failures.saturating_sub(BREAK)).ok().map(|at| at.min(WAITS_S.len() - 1));
    let own = own.and_then(|at| WAITS_S.get(at)).map_or(0, |pause_s| spread(*pause_s, random));
    let asked = asked.map_or(0, |asked| i64::try_from(asked.as_millis()).unwrap_or(i64::MAX));
    own.max(asked.min(ASKED_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_over_days_and_end() {
        let all: Vec<i64> = (1..).map_while(|attempts| again(attempts, 500)).collect();
        assert_eq!((all.len(), all[0], all[8]), (9, 5_000, 86_400_000));
        assert!((3..5).contains(&(all.iter().sum::<i64>() / 86_400_000)));
        assert_eq!((again(1, 0), again(1, 1_000)), (Some(4_500), Some(5_500)));
        assert_eq!(again(0, 0), None);
        assert_eq!((wait(1, None, 500), wait(BREAK, None, 500), wait(99, None, 500)), (0, 5_000, 3_600_000));
        assert_eq!(wait(1, Some(Duration::from_secs(7)), 500), 7_000);
        assert_eq!(wait(1, Some(Duration::from_secs(99_999)), 500), ASKED_MS);
    }
}
