//! Striped locks: submissions about the same order wait for each other instead of planning in vain.

use docket_store::Lookup;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 4096;
/// Submissions about more orders than this take no locks; a conflict makes them plan again.
const MOST_HELD: usize = 32;

pub(super) struct Stripes(Vec<Mutex<()>>);

impl Default for Stripes {
    fn default() -> Stripes {
        Stripes((0..STRIPES).map(|_| Mutex::new(())).collect())
    }
}

fn stripe(of: impl Hash) -> usize {
    let mut hasher = FxHasher::default();
    of.hash(&mut hasher);
    // The upper bits of this hash are the well-mixed ones.
    (hasher.finish() >> 48) as usize % STRIPES
}

impl Stripes {
    /// Holds what a submission is about. Always in the same order, so that nobody waits in a circle.
    pub(super) async fn hold(&self, lookup: &Lookup) -> Vec<MutexGuard<'_, ()>> {
        let about = lookup.serials.len() + lookup.ids.len() + lookup.keys.len();
        if about == 0 || about > MOST_HELD {
            return Vec::new();
        }
        let mut wanted: Vec<usize> = Vec::with_capacity(about);
        wanted.extend(lookup.serials.iter().map(stripe));
        wanted.extend(lookup.ids.iter().map(stripe));
        wanted.extend(lookup.keys.iter().map(stripe));
        wanted.sort_unstable();
        wanted.dedup();
        let mut held = Vec::with_capacity(wanted.len());
        for lock in wanted.into_iter().filter_map(|at| self.0.get(at)) {
            held.push(lock.lock().await);
        }
        held
    }
}
