//! Jobs: orders for a document. A producer claims one, says how far it is, may ask the user, and finishes it with a file.
//!
//! ```text
//! order ─► claim (lease) ─► progress … ─► finish with a file
//!             ▲   │            │ ask ─► answered by whoever, through whatever face ─► goes on
//!             └───┴── lease over, given back, failed for now
//! ```
//!
//! Whoever has a job holds a claim, a secret given with the job, and shows with every word about it that it is still
//! there. A claim whose lease is over goes on holding until somebody else claims the job; from then on it changes
//! nothing. What the client of the job sees never goes back, however often it begins anew ([`work::shown_next`]).
//!
//! The built-in producer claims as those do that call from outside ([`crate::native::jobs`]).
//!
//! * [`ticket`]: what is kept of a job, and why two hubs cannot both give it out.
//! * [`desk`]: claiming, and waiting for something to claim.
//! * [`work`]: what the holder of a claim may do.
//! * [`keeper`]: what has to happen though nobody asks.
//! * [`product`]: what can be ordered, and who makes it.
//! * `built_in`: the hub's own producer.

mod built_in;
pub mod desk;
pub mod keeper;
pub mod product;
#[cfg(test)]
mod tests;
pub mod ticket;
pub mod work;

use crate::hub::Hub;
pub use built_in::make_open;
pub use keeper::{ANSWER_WITHIN, give_up_unanswered};
use std::sync::Arc;
use std::time::Duration;

/// How jobs are done.
#[derive(Clone, Copy, Debug)]
pub struct JobOptions {
    /// Whether this process makes documents itself.
    pub produces: bool,
    /// The pause before each step, so that progress can be watched.
    pub step: Duration,
    /// After how many attempts that came to nothing a job fails.
    pub attempts: u32,
}

/// Keeps jobs, and makes documents if asked to, until the hub stops.
pub async fn run(hub: Arc<Hub>, options: JobOptions) {
    hub.limit_job_attempts(options.attempts);
    let keeping = keeper::run(Arc::clone(&hub));
    match options.produces {
        true => {
            tokio::join!(keeping, built_in::run(hub, options.step));
        }
        false => keeping.await,
    }
}
