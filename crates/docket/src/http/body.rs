//! Reading request bodies: bounded in size, in time, and in how much of them is held at once.

use crate::config::Limits;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How much more of an oversized body is read and dropped, so that the client gets to see the refusal.
const DRAIN: usize = 64 << 20;
/// When an oversized body pauses for so long, its sender waits for the refusal.
const DRAIN_PAUSE: Duration = Duration::from_millis(300);
/// What a body may take without asking for room, and what is set aside for it before its bytes arrive.
pub(super) const UPFRONT: usize = 64 << 10;
/// A sender that is slower than this for longer than the time limit is cut: 16 KiB a second.
const SLOWEST_BYTES_PER_MS: usize = 16;

/// Why there is no body: status and words.
pub(super) type Unread = (StatusCode, String);

/// Room for bodies of more than a few kilobytes: photos, files. Who comes when it is full waits.
pub(crate) struct Room {
    kibibytes: Arc<Semaphore>,
    total: usize,
}

impl Room {
    pub(crate) fn new(limits: &Limits) -> Room {
        let total = (limits.bodies_bytes.max(limits.body_bytes) / 1024).clamp(1, Semaphore::MAX_PERMITS);
        Room { kibibytes: Arc::new(Semaphore::new(total)), total }
    }

    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kibibytes = bytes.div_ceil(1024).min(self.total);
        Arc::clone(&self.kibibytes).acquire_many_owned(u32::try_from(kibibytes).ok()?).await.ok()
    }

    /// Room for so much, for whoever waits so long at most.
    pub(super) async fn held(&self, bytes: usize, patience: Duration) -> Result<Held, Unread> {
        match tokio::time::timeout(patience, self.take(bytes)).await {
            Ok(taken) => Ok(Held { bytes: Bytes::new(), _room: taken }),
            Err(_) => Err((StatusCode::SERVICE_UNAVAILABLE, "too many uploads at once, try again".to_owned())),
        }
    }
}

/// A body that was read. Its room is free again when this is dropped: after the answer.
#[derive(Default)]
pub(super) struct Held {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// What is short enough to need no room.
    pub(super) fn of(bytes: Bytes) -> Held {
        Held { bytes, _room: None }
    }

    /// These bytes, in the room that was taken for them.
    pub(super) fn with(self, bytes: Bytes) -> Held {
        Held { bytes, ..self }
    }
}

pub(super) async fn read(headers: &HeaderMap, body: Body, limits: &Limits, room: &Room) -> Result<Held, Unread> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse::<usize>().ok());
    if announced == Some(0) {
        return Ok(Held::default());
    }
    let patience = Duration::from_millis(limits.body_timeout_ms);
    // What is not announced, or announced too large, is refused below or needs all it may get.
    let wanted = announced.unwrap_or(limits.body_bytes).min(limits.body_bytes);
    let mut reading = Reading { body, limits, patience, begun: Instant::now(), length: 0 };
    if announced.is_some_and(|announced| announced > limits.body_bytes) {
        return reading.refuse().await;
    }
    let first = match wanted > UPFRONT && announced.is_none() {
        // Of unknown length, and mostly short.
        true => match reading.collect(BytesMut::new(), UPFRONT, announced).await? {
            Collected::Whole(bytes) => return Ok(Held::of(bytes)),
            Collected::Part(bytes) => bytes,
        },
        false => BytesMut::new(),
    };
    let held = match wanted > UPFRONT {
        true => room.held(wanted, patience).await?,
        false => Held::default(),
    };
    reading.begun = Instant::now();
    match reading.collect(first, limits.body_bytes, announced).await? {
        Collected::Whole(bytes) => Ok(held.with(bytes)),
        Collected::Part(_) => reading.refuse().await,
    }
}

enum Collected {
    Whole(Bytes),
    /// More than was wanted.
    Part(BytesMut),
}

struct Reading<'a> {
    body: Body,
    limits: &'a Limits,
    patience: Duration,
    begun: Instant,
    length: usize,
}

impl Reading<'_> {
    /// Reads on until the end, or until there is more than `limit` in all.
    async fn collect(
        &mut self,
        mut bytes: BytesMut,
        limit: usize,
        announced: Option<usize>,
    ) -> Result<Collected, Unread> {
        let mut single: Option<Bytes> = None;
        while let Some(data) = self.next().await? {
            self.length = self.length.saturating_add(data.len());
            if bytes.is_empty() && single.is_none() {
                single = Some(data);
            } else {
                if let Some(first) = single.take() {
                    bytes.reserve(announced.unwrap_or_default().min(UPFRONT).max(first.len() + data.len()));
                    bytes.extend_from_slice(&first);
                }
                bytes.extend_from_slice(&data);
            }
            if self.length > limit {
                if let Some(first) = single.take() {
                    bytes.extend_from_slice(&first);
                }
                return Ok(Collected::Part(bytes));
            }
        }
        Ok(Collected::Whole(single.unwrap_or_else(|| bytes.freeze())))
    }

    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Unread> {
        loop {
            let earned = u64::try_from(self.length / SLOWEST_BYTES_PER_MS).unwrap_or(u64::MAX);
            let until = self.begun + self.patience + Duration::from_millis(earned);
            let frame = match tokio::time::timeout_at(until, self.body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_))) => return Err((StatusCode::BAD_REQUEST, "the body broke off".to_owned())),
                Ok(None) => return Ok(None),
                Err(_) => return Err((StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time".to_owned())),
            };
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// Reads and drops what still comes, so that the sender gets to see the refusal.
    async fn refuse(&mut self) -> Result<Held, Unread> {
        while self.length <= self.limits.body_bytes.saturating_add(DRAIN) {
            let Ok(Some(Ok(frame))) = tokio::time::timeout(DRAIN_PAUSE, self.body.frame()).await else { break };
            self.length += frame.into_data().map_or(0, |data| data.len());
        }
        Err((StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {} bytes", self.limits.body_bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn limits(body_bytes: usize) -> Limits {
        let mut limits = crate::config::Config::load(&Default::default()).unwrap().limits;
        (limits.body_bytes, limits.bodies_bytes, limits.body_timeout_ms) = (body_bytes, body_bytes, 1_000);
        limits
    }

    fn chunks(count: usize, size: usize, pause_ms: u64) -> Body {
        Body::from_stream(stream::unfold(count, move |left| async move {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let chunk: Result<Bytes, std::io::Error> = Ok(vec![b'x'; size].into());
            (left > 0).then_some((chunk, left.saturating_sub(1)))
        }))
    }

    fn announced(bytes: usize) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_LENGTH, bytes.to_string().parse().unwrap())])
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_arrive_whole_announced_or_not() {
        let limits = limits(1 << 20);
        let room = Room::new(&limits);
        for (count, size) in [(0, 0), (1, 10), (3, 10), (1, 100_000), (10, 100_000), (16, 65_536)] {
            for headers in [HeaderMap::new(), announced(count * size)] {
                let held = read(&headers, chunks(count, size, 1), &limits, &room).await.unwrap();
                assert_eq!(held.bytes.len(), count * size);
            }
        }
        for (headers, count) in [(HeaderMap::new(), 17), (announced(17 * 65_536), 17), (announced(5 << 20), 0)] {
            let refused = read(&headers, chunks(count, 65_536, 1), &limits, &room).await.err().unwrap();
            assert_eq!(refused.0, StatusCode::PAYLOAD_TOO_LARGE);
        }
        assert_eq!(room.kibibytes.available_permits(), room.total, "all room is given back");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_sender_is_cut_and_a_steady_one_is_not() {
        let limits = limits(1 << 20);
        let room = Room::new(&limits);
        let dribbling = read(&HeaderMap::new(), chunks(100, 1, 500), &limits, &room).await;
        assert_eq!(dribbling.err().unwrap().0, StatusCode::REQUEST_TIMEOUT);
        // Thirty times the limit, at twice the slowest pace.
        let steady = read(&announced(1 << 20), chunks(64, 16_384, 500), &limits, &room).await;
        assert_eq!(steady.unwrap().bytes.len(), 1 << 20);
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_wait_for_room_and_small_ones_do_not() {
        let limits = limits(1 << 20);
        let room = Room::new(&limits);
        let first = read(&announced(1 << 20), chunks(16, 65_536, 1), &limits, &room).await.unwrap();
        assert_eq!(read(&announced(10), chunks(1, 10, 1), &limits, &room).await.unwrap().bytes.len(), 10);
        let second = read(&announced(1 << 20), chunks(16, 65_536, 1), &limits, &room).await;
        assert_eq!(second.err().unwrap().0, StatusCode::SERVICE_UNAVAILABLE);
        drop(first);
        assert!(read(&announced(1 << 20), chunks(16, 65_536, 1), &limits, &room).await.is_ok());
    }
}
