//! What goes back to the source: notes, check-ins, photos and files, forms, bids and completions, invoices, and that
//! the work is done.

mod charges;
mod files;
mod forms;
mod notes;
mod ready;

use super::DOWN_AFTER;
use super::call::{Client, Failure, hex};
use super::mirror::{Mirror, Thing};
use crate::connect::{ConnectError, Delivered};
use docket_core::order::{Item, Order, State};
use serde::Serialize;
use sha1::{Digest, Sha1};

/// How often a source is given the time to fetch a file.
const FETCHES: u32 = 8;

/// A delivery under way.
struct Delivery<'a> {
    client: &'a Client<'a>,
    order: &'a Order,
    /// The order's id there.
    there: i64,
    mirror: Mirror,
    /// What was said, for people.
    said: Vec<String>,
    /// What the source said no to, in its words.
    refused: Vec<String>,
    /// The same of what may be taken the next time.
    again: Vec<String>,
    /// How many calls in a row failed.
    missed: usize,
}

/// Brings the source in line with an order that came from it.
pub(super) async fn deliver(client: &Client<'_>, order: &Order) -> Result<Delivered, ConnectError> {
    let remote = client.remote;
    let _turn = remote.turn(order.serial).await;
    let order = &remote.anew(order).await?;
    let mirror = Mirror::of(remote, order.serial).await?;
    let there = mirror.id.or_else(|| remote.remote_id(order).and_then(|id| id.parse().ok()));
    // To delete what came from there is to forget it here.
    let Some(there) = there.filter(|_| remote.is_origin_of(order) && order.state != State::Deleted) else {
        return Ok(Delivered::nothing());
    };
    let mut delivery =
        Delivery { client, order, there, mirror, said: Vec::new(), refused: Vec::new(), again: Vec::new(), missed: 0 };
    notes::notes(&mut delivery).await?;
    notes::check_ins(&mut delivery).await?;
    files::files(&mut delivery).await?;
    forms::forms(&mut delivery).await?;
    charges::work(&mut delivery).await?;
    charges::invoices(&mut delivery).await?;
    ready::ready(&mut delivery).await?;
    // What may be taken the next time is not given up for something else that was refused.
    if !delivery.again.is_empty() {
        return Err(ConnectError::later([delivery.again, delivery.refused].concat().join("; ")));
    }
    if !delivery.refused.is_empty() {
        return Err(ConnectError::Refused(delivery.refused.join("; ")));
    }
    if delivery.mirror.anew {
        delivery.mirror.anew = false;
        delivery.keep().await?;
    }
    if delivery.said.is_empty() && client.calls() == 0 {
        return Ok(Delivered::nothing());
    }
    let summary = if delivery.said.is_empty() { "nothing to say".to_owned() } else { delivery.said.join(", ") };
    Ok(Delivered { calls: client.calls(), summary })
}

impl Delivery<'_> {
    async fn keep(&self) -> Result<(), ConnectError> {
        self.mirror.keep(self.client.remote, self.order.serial).await
    }

    /// Whether something came from the source itself.
    fn is_theirs(&self, item: &Item) -> bool {
        item.origin.connection == Some(self.client.remote.connection.id)
    }

    /// The order's id there, as events name it.
    fn report(&self) -> String {
        self.there.to_string()
    }

    /// The id given to what was told at a place.
    fn id_at(&self, place: usize) -> String {
        self.mirror.told.get(place).map(|told| told.id.to_string()).unwrap_or_default()
    }

    /// Whether the source has what is told at a place, as it is.
    fn has(&self, place: usize, digest: &str) -> bool {
        let told = self.mirror.told.get(place);
        !self.mirror.anew && told.is_some_and(|told| told.done && told.said == digest)
    }

    /// Notes that something is about to be said, so that its id is never given to anything else.
    async fn begin(&mut self, places: &[usize], digests: &[String]) -> Result<(), ConnectError> {
        for (place, digest) in places.iter().zip(digests) {
            if let Some(told) = self.mirror.told.get_mut(*place) {
                told.said.clone_from(digest);
                told.done = false;
            }
        }
        self.keep().await
    }

    /// Says it; whether the source took it.
    async fn say<T: Serialize>(
        &mut self,
        event: &'static str,
        data: &T,
        places: &[usize],
    ) -> Result<bool, ConnectError> {
        match self.client.event(event, data).await {
            Ok(_) => {}
            Err(failure) if failure.said_no => {
                self.no(event, failure.error.to_string(), places);
                self.keep().await?;
                return Ok(false);
            }
            Err(failure) => return self.miss(failure).map(|()| false),
        }
        self.missed = 0;
        for place in places {
            if let Some(told) = self.mirror.told.get_mut(*place) {
                told.done = true;
            }
        }
        self.keep().await?;
        Ok(true)
    }

    /// The source said no. That a file could not be fetched it says like that a file is not wanted: so it is asked some
    /// more times.
    fn no(&mut self, event: &str, why: String, places: &[usize]) {
        let mut times = 0;
        for place in places {
            if let Some(told) = self.mirror.told.get_mut(*place) {
                told.refused = told.refused.saturating_add(1);
                times = times.max(told.refused);
            }
        }
        let list = if event == files::EVENT && times < FETCHES { &mut self.again } else { &mut self.refused };
        list.push(why);
    }

    /// A bad line keeps one thing from being said, not all: what is missing is said the next time.
    fn miss(&mut self, failure: Failure) -> Result<(), ConnectError> {
        self.missed += 1;
        match failure.error {
            ConnectError::Later { why, after: None } if self.missed < DOWN_AFTER => {
                self.again.push(why);
                Ok(())
            }
            error => Err(error),
        }
    }

    /// Says one thing under the id it has, unless the source has it so; whether it was said.
    async fn say_once<T: Serialize>(
        &mut self,
        thing: Thing,
        digest: String,
        event: &'static str,
        data: impl FnOnce(&str) -> T,
    ) -> Result<bool, ConnectError> {
        let place = self.mirror.place(self.order.serial, thing);
        if self.has(place, &digest) {
            return Ok(false);
        }
        let data = data(&self.id_at(place));
        self.begin(&[place], &[digest]).await?;
        self.say(event, &data, &[place]).await
    }

    /// For people: `2 notes`.
    fn count(&mut self, count: usize, one: &str, many: &str) {
        if count > 0 {
            self.said.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
}

/// What was said, in short.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()).chars().take(20).collect()
}

/// A figure as the vendor's samples have it.
fn figure(number: f64) -> String {
    format!("{number:.2}")
}
