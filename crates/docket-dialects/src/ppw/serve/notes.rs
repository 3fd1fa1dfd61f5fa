//! Notes: for importers that ask for all new ones, for clients that ask for those of one order, and from either.

use super::files::hangs_on;
use super::orders::{next_page, query};
use super::{Error, Session, company, order_asked_for, remote_report_id};
use crate::ppw::map::{self, items};
use crate::ppw::transaction::{self, Transaction};
use crate::ppw::wire::sent::SentNote;
use crate::ppw::wire::{self, Elements, EventData, JobNote, Members, NewNote, PlainNote};
use docket_core::Timestamp;
use docket_core::catalogue::site_id;
use docket_core::ids::{ConnectionId, Serial, SiteId};
use docket_core::ledger::{Fault, OrderQuery};
use docket_core::order::{Body, Change, Command, Entry, Item, Note, Order};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The most pages of orders of one property that are looked at for its notes.
const PROPERTY_PAGES: usize = 4;

/// An order whose notes are shown, and which of them.
pub(super) struct Noted {
    /// The order.
    pub order: Arc<Order>,
    /// Only what was said about the property: it is another order of the same one.
    of_property: bool,
}

impl Noted {
    /// The notes shown.
    pub(super) fn notes(&self) -> impl Iterator<Item = (&Item, &Note)> {
        self.order.notes().filter(|(_, note)| note.site_wide || !self.of_property)
    }
}

/// The order itself, and the other orders of its property of which something was said about the property.
pub(super) async fn noted(session: &Session<'_>, order: &Arc<Order>) -> Result<Vec<Noted>, Fault> {
    let mut all = vec![Noted { order: Arc::clone(order), of_property: false }];
    if let Some(site) = site_id(order.account, &order.fields) {
        let others = telling(session, site).await?.into_iter().filter(|other| other.id != order.id);
        all.extend(others.map(|order| Noted { order, of_property: true }));
    }
    Ok(all)
}

/// The orders of a property of which something was said about the property, oldest first.
async fn telling(session: &Session<'_>, site: SiteId) -> Result<Vec<Arc<Order>>, Fault> {
    let mut found = Vec::new();
    let mut pages = Some(OrderQuery { site: Some(site), ..OrderQuery::default() });
    for _ in 0..PROPERTY_PAGES {
        let Some(wanted) = pages.take() else { break };
        let page = session.cx.ledger.orders(&session.caller, wanted.clone()).await?;
        found.extend(page.orders.into_iter().filter(|order| order.notes().any(|(_, note)| note.site_wide)));
        pages = page.next.map(|after| OrderQuery { after: Some(after), ..wanted });
    }
    Ok(found)
}

/// A listing of new notes in the making.
struct Telling<'s> {
    session: &'s Session<'s>,
    since: Option<Timestamp>,
    elements: Elements,
    /// Notes told already: one about the property is met with every order there.
    told: HashSet<(Serial, i64)>,
    /// What was said about properties.
    properties: HashMap<SiteId, Vec<Arc<Order>>>,
}

/// New notes of all orders the importer knows.
pub(super) async fn get_all_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let since = data.timestamp()?;
    let mut telling =
        Telling { session, since, elements: Elements::new(), told: HashSet::new(), properties: HashMap::new() };
    let mut pages = Some(query(since));
    while let Some(page) = next_page(session, &mut pages, &telling.elements).await? {
        for order in page.orders.iter().filter(|order| !session.declined(order)) {
            telling.own(order).await?;
            // To an order that is new, all that was said about its property before is new.
            if order.state.is_open() && since.is_none_or(|since| order.created_at >= since) {
                telling.inherited(order).await?;
            }
        }
    }
    Ok(telling.elements.finish())
}

impl Telling<'_> {
    /// The notes of an order itself.
    async fn own(&mut self, order: &Arc<Order>) -> Result<(), Error> {
        if order.notes().next().is_none() {
            return Ok(());
        }
        let history = self.session.cx.ledger.history(&self.session.caller, order.serial).await?;
        for (item, note) in order.notes() {
            if !is_news(&history, item, self.since, self.session.id()) {
                continue;
            }
            let number = match note.site_wide && !self.knows(order) {
                true => self.addressee(order).await?,
                false => map::wo_number(order),
            };
            self.tell(order, item, note, number);
        }
        Ok(())
    }

    /// What was said about the property with other orders, told with this one.
    async fn inherited(&mut self, order: &Arc<Order>) -> Result<(), Error> {
        let Some(site) = site_id(order.account, &order.fields) else { return Ok(()) };
        let others = self.property(site).await?;
        for other in others.iter().filter(|other| other.id != order.id) {
            let number = map::wo_number(if self.knows(other) { other } else { order });
            for (item, note) in other.notes().filter(|(_, note)| note.site_wide) {
                if item.origin.connection != Some(self.session.id()) {
                    self.tell(other, item, note, number.clone());
                }
            }
        }
        Ok(())
    }

    async fn property(&mut self, site: SiteId) -> Result<Vec<Arc<Order>>, Fault> {
        if let Some(known) = self.properties.get(&site) {
            return Ok(known.clone());
        }
        let found = telling(self.session, site).await?;
        self.properties.insert(site, found.clone());
        Ok(found)
    }

    /// Whether the importer has the order, or will be offered it.
    fn knows(&self, order: &Order) -> bool {
        self.session.imported(order) || (order.state.is_open() && !self.session.declined(order))
    }

    /// The number of an order of the same property that the importer knows, for a note about the property that was
    /// left with one it does not know.
    async fn addressee(&self, order: &Order) -> Result<String, Fault> {
        let Some(site) = site_id(order.account, &order.fields) else { return Ok(map::wo_number(order)) };
        let wanted = OrderQuery { site: Some(site), ..OrderQuery::default() };
        let page = self.session.cx.ledger.orders(&self.session.caller, wanted).await?;
        let known = page.orders.iter().find(|other| self.knows(other));
        Ok(known.map_or_else(|| map::wo_number(order), |other| map::wo_number(other)))
    }

    /// A note that was refused, because its order was not there yet, is told again; one that was taken is not.
    fn tell(&mut self, order: &Order, item: &Item, note: &Note, wo_number: String) {
        let place = u32::try_from(item.place).unwrap_or_default();
        let transaction_id = Transaction::of(order, transaction::NOTE, place).text();
        let is_taken = self.session.answered(order, &transaction_id) == Some(true);
        if is_taken || !self.told.insert((order.serial, item.place)) {
            return;
        }
        self.elements.push(&NewNote {
            wo_number,
            note_id: items::number(order.serial, item.place).to_string(),
            note_type: map::note_type(note),
            note_text: note.text.clone(),
            note_from: item.author.clone(),
            transaction_id,
        });
    }
}

/// Whether a note came in since (authors date their notes as they like), and not from the asker.
fn is_news(history: &[Arc<Entry>], item: &Item, since: Option<Timestamp>, asker: ConnectionId) -> bool {
    if items::is_own(item, Some(asker)) {
        return false;
    }
    let adds = |change: &Change| match change {
        Change::Put { to, .. } => to.place == item.place,
        Change::Created(order) => order.items.iter().any(|added| added.place == item.place),
        _ => false,
    };
    let added = history.iter().find(|entry| entry.changes.iter().any(adds));
    added.is_none_or(|entry| since.is_none_or(|since| entry.at >= since))
}

/// One of the notes shown with an order, as far as both ways of asking want to know.
struct Shown<'a> {
    order: &'a Order,
    item: &'a Item,
    note: &'a Note,
    number: i64,
}

/// All notes shown with an order; the caller's own under the numbers it gave them.
fn shown<'a>(session: &Session<'_>, all: &'a [Noted]) -> Vec<Shown<'a>> {
    let of_order = |noted: &'a Noted| {
        noted.notes().map(move |(item, note)| {
            let number = items::whole_number(&noted.order, item, Some(session.id()));
            Shown { order: &noted.order, item, note, number }
        })
    };
    all.iter().flat_map(of_order).collect()
}

/// The number of the note that a note revises: 0 for none, and for one that is not here.
fn revised(session: &Session<'_>, shown: &Shown<'_>) -> i64 {
    let Some(parent) = &shown.note.revises else { return 0 };
    let same = |item: &Item| item.id == *parent && item.origin.connection == shown.item.origin.connection;
    let known = shown.order.notes().find(|(item, _)| same(item));
    known.map_or(0, |(item, _)| items::whole_number(shown.order, item, Some(session.id())))
}

/// All notes of one order and of its property, as documented.
pub(super) async fn get_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    let remote_report_id = remote_report_id(data)?;
    let org_name = company(session, &order).await?;
    let all = noted(session, &order).await?;
    let mut elements = Elements::new();
    for shown in shown(session, &all) {
        let is_hung = shown.order.attachments().any(|(item, file)| hangs_on(item, file, shown.item));
        elements.push(&JobNote {
            note_id: shown.number,
            note_rev: revised(session, &shown),
            report_id: order.serial.0,
            remote_report_id,
            note_type: map::note_type(shown.note),
            note_text: shown.note.text.clone(),
            insert_by: shown.item.author.clone(),
            insert_date: map::date_time(shown.item.at),
            org_name: org_name.clone(),
            has_attachments: if is_hung { "True" } else { "False" },
        });
    }
    Ok(elements.finish())
}

/// The same, as a shipped client asks for and reads them.
pub(super) async fn get_job_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    let all = noted(session, &order).await?;
    let mut elements = Elements::new();
    for shown in shown(session, &all) {
        elements.push(&PlainNote {
            report_id: order.serial.0,
            note_id: shown.number,
            note_text: shown.note.text.clone(),
            insert_date: map::date_time(shown.item.at),
            insert_email: None,
            insert_by_name: shown.item.author.clone(),
            insert_by: shown.item.author.clone(),
        });
    }
    Ok(elements.finish())
}

/// Adds notes to an order. A note that was sent before is not added again.
///
/// The vendor's table calls the list `note` and its sample `notes`; a single note need not be in a list.
pub(super) async fn send_notes(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("dst_report_id")?;
    let company = data.text("org_name")?;
    let sent = data.list(&["note", "notes"])?;
    let notes = sent.iter().map(|members| item(session, members, company.as_deref())).collect::<Result<Vec<_>, _>>()?;
    session.change(serial, move |_| Ok(Command { put: notes.clone(), ..Command::default() })).await?;
    Ok("null".to_owned())
}

fn item(session: &Session<'_>, members: &Members, company: Option<&str>) -> Result<Item, Error> {
    const KNOWN: &[&str] = &["note_id", "note_rev", "note_type", "note_text", "insert_date", "org_name"];
    let sent = SentNote::read(members)?;
    let author = sent.org_name.or_else(|| company.map(str::to_owned));
    Ok(Item {
        id: sent.note_id,
        place: 0,
        origin: items::origin(session.id()),
        author: author.unwrap_or_else(|| session.connection.name.clone()),
        at: sent.insert_date.unwrap_or(session.cx.now),
        wire: wire::rest(members, KNOWN),
        body: Body::Note(Note { site_wide: sent.is_for_property, text: sent.note_text, revises: sent.note_rev }),
    })
}
