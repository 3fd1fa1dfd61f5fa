//! What comparing with a counterpart found.

use crate::db::Weight;
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Store, StoreError};
use docket_core::ids::{ConnectionId, Serial};

/// What kind of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifferenceKind {
    /// The counterpart should have the order and has not.
    MissingThere,
    /// The counterpart has an order that is not here.
    MissingHere,
    /// Both have it and it does not say the same.
    Differs,
    /// Something has been owed for long.
    Stale,
    /// The work is done and the counterpart does not know.
    Undelivered,
}

impl DifferenceKind {
    /// All there are.
    pub const ALL: &'static [DifferenceKind] = &[
        DifferenceKind::MissingThere,
        DifferenceKind::MissingHere,
        DifferenceKind::Differs,
        DifferenceKind::Stale,
        DifferenceKind::Undelivered,
    ];

    /// The word it is kept and shown as.
    pub const fn word(self) -> &'static str {
        match self {
            DifferenceKind::MissingThere => "missing_there",
            DifferenceKind::MissingHere => "missing_here",
            DifferenceKind::Differs => "differs",
            DifferenceKind::Stale => "stale",
            DifferenceKind::Undelivered => "undelivered",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<DifferenceKind> {
        DifferenceKind::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What kind.
    pub kind: DifferenceKind,
    /// The order here as text, or the counterpart's id of one that is not here.
    pub subject: String,
    /// The order here.
    pub serial: Option<Serial>,
    /// When it was seen first.
    pub since_ms: i64,
    /// When it was seen last.
    pub seen_ms: i64,
    /// What there is to know, as JSON text.
    pub document: String,
}

const FOUND: &str = "INSERT INTO difference (connection, kind, subject, serial, since_ms, seen_ms, document) \
     VALUES ($1, $2, $3, $4, $5, $5, $6) ON CONFLICT (connection, kind, subject) DO UPDATE SET \
     serial = excluded.serial, seen_ms = excluded.seen_ms, document = excluded.document";
const GONE: &str = "DELETE FROM difference WHERE connection = $1 AND seen_ms < $2";
const SETTLED: &str = "DELETE FROM difference WHERE connection = $1 AND serial = $2";
const LIST: &str = "SELECT kind, subject, serial, since_ms, seen_ms, document FROM difference \
     WHERE connection = $1 AND (kind, subject) > ($2, $3) ORDER BY kind, subject LIMIT $4";
const COUNTS: &str = "SELECT kind, COUNT(*) FROM difference WHERE connection = $1 GROUP BY kind ORDER BY kind";

fn kind_of(word: &str) -> Answer<DifferenceKind> {
    DifferenceKind::from_word(word).ok_or_else(|| StoreError::Failed(format!("a difference is `{word}`")))
}

impl Store {
    /// Notes differences that were seen now; those known already keep when they were first.
    pub async fn note_differences(
        &self,
        connection: ConnectionId,
        found: &[(DifferenceKind, String, Option<Serial>, String)],
        now_ms: i64,
    ) -> Answer<()> {
        if found.is_empty() {
            return Ok(());
        }
        let note = |(kind, subject, serial, document): &(DifferenceKind, String, Option<Serial>, String)| {
            let params = [
                connection.0.into(),
                kind.word().to_owned().into(),
                Val::kept(subject),
                serial.map(|serial| serial.0).into(),
                now_ms.into(),
                Val::kept(document),
            ];
            Stmt::new(FOUND, params)
        };
        self.db().execute(found.iter().map(note).collect()).await.map(drop)
    }

    /// Forgets differences that were not seen since; answers how many.
    pub async fn forget_differences(&self, connection: ConnectionId, before_ms: i64) -> Answer<u64> {
        let done = self.db().execute(vec![Stmt::new(GONE, [connection.0.into(), before_ms.into()])]).await?;
        Ok(done.first().map_or(0, |done| done.touched))
    }

    /// Forgets the differences of an order that the counterpart is in line with.
    pub async fn settle_differences(&self, connection: ConnectionId, serials: &[Serial]) -> Answer<()> {
        if serials.is_empty() {
            return Ok(());
        }
        let settle = |serial: &Serial| Stmt::new(SETTLED, [connection.0.into(), serial.0.into()]);
        self.db().execute(serials.iter().map(settle).collect()).await.map(drop)
    }

    /// A page of the report, in order of kind and subject.
    pub async fn differences(
        &self,
        connection: ConnectionId,
        after: Option<(DifferenceKind, String)>,
        limit: usize,
    ) -> Answer<Vec<Difference>> {
        let (kind, subject) = after.map_or_else(Default::default, |(kind, subject)| (kind.word().to_owned(), subject));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = vec![connection.0.into(), kind.into(), Val::kept(&subject), limit.into()];
        let rows = self.db().query(Weight::Page, LIST.to_owned(), params).await?;
        let read = |mut row: Row| {
            Ok(Difference {
                kind: kind_of(&row.text(0)?)?,
                subject: row.kept(1)?,
                serial: row.maybe_int(2)?.map(Serial),
                since_ms: row.int(3)?,
                seen_ms: row.int(4)?,
                document: row.kept(5)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// How many differences there are of each kind.
    pub async fn difference_counts(&self, connection: ConnectionId) -> Answer<Vec<(DifferenceKind, i64)>> {
        let rows = self.db().query(Weight::Page, COUNTS.to_owned(), vec![connection.0.into()]).await?;
        rows.into_iter().map(|mut row| Ok((kind_of(&row.text(0)?)?, row.int(1)?))).collect()
    }
}
