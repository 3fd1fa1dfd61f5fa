//! The one thread that writes.
//!
//! It takes whatever is queued into one transaction, syncs it, and only then answers. No timer: while one group is
//! being synced the next one queues up, so light load commits at once and heavy load shares the sync.

use super::checkpoint::Log;
use super::rows::Hot;
use super::{failed, perform};
use crate::StoreError;
use crate::group::{Group, wants};
use crate::prepare::{Known, Submission};
use crate::value::{Done, Stmt};
use crossbeam_channel::Receiver;
use docket_core::ids::Sequence;
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// The most jobs in one transaction.
const GROUP_JOBS: usize = 512;
/// The most orders in one transaction (the last job may go beyond).
const GROUP_WRITES: usize = 4096;

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What can be asked of the writer.
pub(super) enum Job {
    Append(Box<Submission>, Answer<Vec<Sequence>>),
    Statements(Vec<Stmt>, Answer<Vec<Done>>),
    Close(Answer<()>),
}

/// What became of a job.
enum Verdict {
    Appended(Result<Vec<Sequence>, StoreError>),
    Done(Result<Vec<Done>, StoreError>),
    Closing,
}

pub(super) struct Writer {
    connection: Connection,
    jobs: Receiver<Job>,
    known: Arc<Known>,
    log: Log,
}

impl Writer {
    pub(super) fn new(
        mut connection: Connection,
        jobs: Receiver<Job>,
        known: Arc<Known>,
        log: Log,
    ) -> Result<Writer, StoreError> {
        log.watch(&mut connection)?;
        connection.pragma_update(None, "cache_size", -16_000).map_err(failed)?;
        Ok(Writer { connection, jobs, known, log })
    }

    pub(super) fn run(self) {
        let Writer { connection, jobs, known, log } = self;
        let closing = match Hot::prepare(&connection) {
            Ok(hot) => Session { connection: &connection, hot, known: &known, log: &log }.serve(&jobs),
            Err(error) => {
                tracing::error!(%error, "the writer cannot start");
                Vec::new()
            }
        };
        log.finish(&connection);
        drop(connection);
        for answer in closing {
            let _ = answer.send(Ok(()));
        }
    }
}

struct Session<'c> {
    connection: &'c Connection,
    hot: Hot<'c>,
    known: &'c Known,
    log: &'c Log,
}

impl Session<'_> {
    /// Serves until closed or until nobody is left to ask; answers who asked for the closing.
    fn serve(mut self, jobs: &Receiver<Job>) -> Vec<Answer<()>> {
        let mut closing = Vec::new();
        while closing.is_empty() {
            let Ok(first) = jobs.recv() else { break };
            let mut size = weight(&first);
            let mut group = vec![first];
            while group.len() < GROUP_JOBS && size < GROUP_WRITES {
                let Ok(job) = jobs.try_recv() else { break };
                size += weight(&job);
                group.push(job);
            }
            closing.extend(self.commit(group));
            self.log.tend(self.connection);
        }
        // What was queued before the closing is done, too.
        loop {
            let rest: Vec<Job> = jobs.try_iter().take(GROUP_JOBS).collect();
            if rest.is_empty() {
                return closing;
            }
            closing.extend(self.commit(rest));
        }
    }

    fn commit(&mut self, group: Vec<Job>) -> Vec<Answer<()>> {
        let begun = Instant::now();
        let verdicts = match self.attempt(&group) {
            Ok(verdicts) => verdicts,
            // A row the database refuses spoils the group: each job then stands for itself.
            Err(StoreError::Conflict) if group.len() > 1 => group.iter().map(|job| self.attempt_alone(job)).collect(),
            Err(error) => group.iter().map(|job| refusal(job, &error)).collect(),
        };
        let entries = verdicts.iter().map(|verdict| match verdict {
            Verdict::Appended(Ok(places)) => places.len(),
            _ => 0,
        });
        self.known.pace.add(begun.elapsed(), entries.sum());
        let mut closing = Vec::new();
        for (job, verdict) in group.into_iter().zip(verdicts) {
            match (job, verdict) {
                (Job::Append(_, answer), Verdict::Appended(result)) => {
                    // Whoever asked may have gone; what is done is done.
                    let _ = answer.send(result);
                }
                (Job::Statements(_, answer), Verdict::Done(result)) => {
                    let _ = answer.send(result);
                }
                (Job::Close(answer), _) => closing.push(answer),
                (Job::Append(..) | Job::Statements(..), _) => {}
            }
        }
        closing
    }

    fn attempt_alone(&mut self, job: &Job) -> Verdict {
        match self.attempt(std::slice::from_ref(job)) {
            Ok(mut verdicts) => verdicts.pop().unwrap_or(Verdict::Closing),
            Err(error) => refusal(job, &error),
        }
    }

    /// One transaction. An error means that nothing of it was done.
    fn attempt(&mut self, jobs: &[Job]) -> Result<Vec<Verdict>, StoreError> {
        if jobs.iter().all(|job| matches!(job, Job::Close(_))) {
            return Ok(jobs.iter().map(|_| Verdict::Closing).collect());
        }
        self.hot.begin.raw_execute().map_err(failed)?;
        let result = self.transact(jobs).and_then(|verdicts| {
            self.hot.commit.raw_execute().map_err(failed)?;
            Ok(verdicts)
        });
        if result.is_err() && !self.connection.is_autocommit() {
            // A full disk rolls back by itself; everything else is rolled back here.
            if let Err(error) = self.hot.rollback.raw_execute() {
                tracing::error!(%error, "a group could not be rolled back");
            }
        }
        let (group, verdicts) = result?;
        if let Some(group) = group {
            group.teach(self.known);
        }
        Ok(verdicts)
    }

    fn transact<'a>(&mut self, jobs: &'a [Job]) -> Result<(Option<Group<'a>>, Vec<Verdict>), StoreError> {
        let submissions = || {
            jobs.iter().filter_map(|job| match job {
                Job::Append(submission, _) => Some(&**submission),
                Job::Statements(..) | Job::Close(_) => None,
            })
        };
        let mut group = None;
        let mut results = Vec::new();
        if submissions().next().is_some() {
            let mut settled = Group::new(self.hot.facts(&wants(submissions()))?);
            results = submissions().map(|submission| settled.settle(submission)).collect();
            self.hot.write(&settled).map_err(failed)?;
            group = Some(settled);
        }
        let mut results = results.into_iter();
        let mut verdicts = Vec::with_capacity(jobs.len());
        for job in jobs {
            verdicts.push(match job {
                Job::Append(..) => Verdict::Appended(results.next().unwrap_or(Err(StoreError::Conflict))),
                Job::Statements(statements, _) => Verdict::Done(self.statements(statements)?),
                Job::Close(_) => Verdict::Closing,
            });
        }
        Ok((group, verdicts))
    }

    /// Statements stand or fall together, and alone. The outer error is one that the group does not survive.
    fn statements(&self, statements: &[Stmt]) -> Result<Result<Vec<Done>, StoreError>, StoreError> {
        let control = |text: &str| self.connection.prepare_cached(text)?.raw_execute().map(drop);
        control("SAVEPOINT job").map_err(failed)?;
        let result: Result<Vec<Done>, StoreError> =
            statements.iter().map(|statement| perform(self.connection, statement)).collect();
        if result.is_err() {
            if self.connection.is_autocommit() {
                return Err(result.err().unwrap_or(StoreError::Conflict));
            }
            control("ROLLBACK TO job").map_err(failed)?;
        }
        control("RELEASE job").map_err(failed)?;
        Ok(result)
    }
}

fn weight(job: &Job) -> usize {
    match job {
        Job::Append(submission, _) => submission.writes.len(),
        Job::Statements(statements, _) => statements.len(),
        Job::Close(_) => 0,
    }
}

fn refusal(job: &Job, error: &StoreError) -> Verdict {
    match job {
        Job::Append(..) => Verdict::Appended(Err(error.clone())),
        Job::Statements(..) => Verdict::Done(Err(error.clone())),
        Job::Close(_) => Verdict::Closing,
    }
}
