//! The one task per hub that writes.
//!
//! The same as on SQLite: whatever is queued goes into one transaction, and nobody is answered before its commit.

use super::rows::Session;
use super::{Trouble, connect, failed, may_retry};
use crate::StoreError;
use crate::group::{Group, wants};
use crate::prepare::{Known, Submission};
use docket_core::ids::Sequence;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

/// The most jobs in one transaction.
const GROUP_JOBS: usize = 512;
/// The most orders in one transaction (the last job may go beyond).
const GROUP_WRITES: usize = 4096;
/// How often a group is tried that the database gave up in favour of another.
const ATTEMPTS: usize = 5;

type Verdict = Result<Vec<Sequence>, StoreError>;

/// What can be asked of the writer.
pub(super) enum Job {
    Append(Box<Submission>, oneshot::Sender<Verdict>),
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    config: Config,
    jobs: mpsc::Receiver<Job>,
    known: Arc<Known>,
    session: Option<Session>,
}

/// Submissions that are settled together, with who asked.
#[derive(Default)]
struct Queued {
    submissions: Vec<Submission>,
    answers: Vec<oneshot::Sender<Verdict>>,
    closing: Vec<oneshot::Sender<()>>,
    writes: usize,
}

impl Queued {
    fn add(&mut self, job: Job) {
        match job {
            Job::Append(submission, answer) => {
                self.writes += submission.writes.len();
                self.submissions.push(*submission);
                self.answers.push(answer);
            }
            Job::Close(answer) => self.closing.push(answer),
        }
    }
}

impl Writer {
    pub(super) fn new(config: Config, jobs: mpsc::Receiver<Job>, known: Arc<Known>) -> Writer {
        Writer { config, jobs, known, session: None }
    }

    pub(super) async fn run(mut self) {
        let mut closing = Vec::new();
        while let Some(first) = self.jobs.recv().await {
            let mut queued = Queued::default();
            queued.add(first);
            while queued.answers.len() < GROUP_JOBS && queued.writes < GROUP_WRITES {
                let Ok(job) = self.jobs.try_recv() else { break };
                queued.add(job);
            }
            let begun = Instant::now();
            let verdicts = self.commit(&queued.submissions).await;
            if !verdicts.is_empty() {
                let entries = verdicts.iter().filter_map(|verdict| verdict.as_ref().ok()).map(Vec::len);
                self.known.pace.add(begun.elapsed(), entries.sum());
            }
            for (answer, verdict) in queued.answers.into_iter().zip(verdicts) {
                // Whoever asked may have gone; what is done is done.
                let _ = answer.send(verdict);
            }
            if !queued.closing.is_empty() {
                // Nothing more comes in; what is queued is still done.
                self.jobs.close();
                closing.extend(queued.closing);
            }
        }
        for answer in closing {
            let _ = answer.send(());
        }
    }

    async fn commit(&mut self, submissions: &[Submission]) -> Vec<Verdict> {
        if submissions.is_empty() {
            return Vec::new();
        }
        match self.attempts(submissions).await {
            Ok(verdicts) => verdicts,
            // A row the database refuses spoils the group: each submission then stands for itself.
            Err(StoreError::Conflict) if submissions.len() > 1 => {
                let mut verdicts = Vec::with_capacity(submissions.len());
                for submission in submissions {
                    let alone = self.attempts(std::slice::from_ref(submission)).await;
                    verdicts.push(alone.and_then(|mut verdicts| verdicts.pop().unwrap_or(Err(StoreError::Conflict))));
                }
                verdicts
            }
            Err(error) => submissions.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn attempts(&mut self, submissions: &[Submission]) -> Result<Vec<Verdict>, StoreError> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(submissions).await {
                Ok(verdicts) => return Ok(verdicts),
                Err(Trouble::Store(error)) => {
                    self.roll_back().await;
                    return Err(error);
                }
                Err(Trouble::Database(error)) => error,
            };
            self.roll_back().await;
            if !may_retry(&error) || attempt >= ATTEMPTS {
                return Err(failed(&error));
            }
            attempt += 1;
        }
    }

    /// One transaction. An error before its end means that nothing of it was done.
    async fn attempt(&mut self, submissions: &[Submission]) -> Result<Vec<Verdict>, Trouble> {
        let mut session = match self.session.take() {
            Some(session) if !session.client.is_closed() => session,
            _ => Session::new(self.connect().await?),
        };
        let result = transact(&mut session, submissions, &self.known).await;
        self.session = Some(session);
        result
    }

    async fn connect(&self) -> Result<tokio_postgres::Client, Trouble> {
        let client = connect(&self.config).await?;
        // A server may be set up to answer before its disk did; this hub may not.
        if let Ok(row) = client.query_one("SHOW synchronous_commit", &[]).await
            && row.get::<_, String>(0) == "off"
        {
            client.batch_execute("SET synchronous_commit = on").await?;
        }
        Ok(client)
    }

    async fn roll_back(&mut self) {
        let Some(session) = &self.session else { return };
        if let Err(error) = session.client.batch_execute("ROLLBACK").await {
            // The connection is of no use; the server rolls back what it held.
            if error.code() != Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION) {
                self.session = None;
            }
        }
    }
}

async fn transact(session: &mut Session, submissions: &[Submission], known: &Known) -> Result<Vec<Verdict>, Trouble> {
    session.client.batch_execute("BEGIN").await?;
    let facts = session.facts(&wants(submissions.iter())).await?;
    let mut group = Group::new(facts);
    let verdicts = submissions.iter().map(|submission| group.settle(submission)).collect();
    session.write(&group).await?;
    session.client.batch_execute("COMMIT").await?;
    group.teach(known);
    Ok(verdicts)
}
