//! `reservations/*`: the stays that orders go with, and what happens to them.

use super::pages::{everything, in_turn};
use super::{Answer, Session, all_done, name_origin};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{
    Catalogue, ID, Source, Step, View, Word, add_line, group_of, items_of, new_note, states_of, stay_times,
    stay_to_wire, task_of,
};
use crate::mews::serve::add::{Line, know_products, read_product};
use crate::mews::wire::{
    Interval, ItemsAdded, Limitation, Members, Reservation, Reservations, ReservationsChanged, Unit,
};
use docket_core::Timestamp;
use docket_core::catalogue::Service;
use docket_core::ids::{OrderId, Uuid};
use docket_core::ledger::{OrderQuery, Request, Submission, Target};
use docket_core::order::{Order, Origin, Rejection};
use jiff::tz::TimeZone;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The most companies, agencies, channel numbers and blocks a filter may name.
const MAX_FEW: usize = 100;

/// What is asked for. What is not kept here, such as channel numbers, is compared with what an import's bag shows.
struct Filter {
    stays: Option<Vec<Uuid>>,
    services: Option<HashSet<Uuid>>,
    groups: Option<HashSet<Uuid>>,
    accounts: Option<HashSet<Uuid>>,
    companies: Option<HashSet<Uuid>>,
    agencies: Option<HashSet<Uuid>>,
    resources: Option<HashSet<Uuid>>,
    blocks: Option<HashSet<Uuid>>,
    numbers: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    created: Option<Interval>,
    updated: Option<Interval>,
    colliding: Option<Interval>,
    start: Option<Interval>,
    actual_start: Option<Interval>,
    end: Option<Interval>,
    actual_end: Option<Interval>,
    words: Option<Vec<Word>>,
}

impl Filter {
    fn read(members: Members<'_>) -> Result<Filter, Error> {
        let set = |ids: Option<Vec<Uuid>>| ids.map(HashSet::from_iter);
        let owned = |texts: Option<Vec<&str>>| texts.map(|all| all.into_iter().map(str::to_owned).collect());
        let filter = Filter {
            stays: members.uuids("ReservationIds")?,
            services: set(members.uuids("ServiceIds")?),
            groups: set(members.uuids("ReservationGroupIds")?),
            accounts: set(members.uuids("AccountIds")?),
            companies: set(members.some_uuids("PartnerCompanyIds", MAX_FEW)?),
            agencies: set(members.some_uuids("TravelAgencyIds", MAX_FEW)?),
            resources: set(members.uuids("AssignedResourceIds")?),
            blocks: set(members.some_uuids("AvailabilityBlockIds", MAX_FEW)?),
            numbers: owned(members.some_texts("Numbers", crate::mews::wire::MAX_ITEMS)?),
            channels: owned(members.some_texts("ChannelNumbers", MAX_FEW)?),
            created: members.interval("CreatedUtc")?,
            updated: members.interval("UpdatedUtc")?,
            colliding: members.interval("CollidingUtc")?,
            start: members.interval("ScheduledStartUtc")?,
            actual_start: members.interval("ActualStartUtc")?,
            end: members.interval("ScheduledEndUtc")?,
            actual_end: members.interval("ActualEndUtc")?,
            words: members.words("States", Word::from_text)?,
        };
        // Of planned and actual only one can be asked for.
        match &filter {
            Filter { start: Some(_), actual_start: Some(_), .. } => Err(Error::invalid("ActualStartUtc")),
            Filter { end: Some(_), actual_end: Some(_), .. } => Err(Error::invalid("ActualEndUtc")),
            _ => Ok(filter),
        }
    }

    fn admits(&self, order: &Order, view: &View, shown: &Reservation<'_>) -> bool {
        let among = |ids: &Option<HashSet<Uuid>>, id: Option<Uuid>| {
            ids.as_ref().is_none_or(|ids| id.is_some_and(|id| ids.contains(&id)))
        };
        let within = |interval: Option<Interval>, at: Option<Timestamp>| {
            interval.is_none_or(|interval| at.is_some_and(|at| interval.contains(at)))
        };
        let said = |texts: &Option<Vec<String>>, text: Option<&String>| {
            texts.as_ref().is_none_or(|texts| text.is_some_and(|text| texts.contains(text)))
        };
        let at = |text: &Option<String>| text.as_deref().and_then(crate::mews::wire::instant);
        let (start, end) = stay_times(order, order.created_at);
        self.stays.as_ref().is_none_or(|ids| ids.contains(&shown.id))
            && among(&self.services, Some(shown.service_id))
            && among(&self.groups, Some(group_of(order)))
            && among(&self.accounts, Some(shown.account_id))
            && among(&self.companies, shown.partner_company_id)
            && among(&self.agencies, shown.travel_agency_id)
            && among(&self.resources, shown.assigned_resource_id)
            && among(&self.blocks, shown.availability_block_id)
            && said(&self.numbers, Some(&shown.number))
            && said(&self.channels, shown.channel_number.as_ref())
            && within(self.created, Some(order.created_at))
            && within(self.updated, Some(view.updated))
            && within(self.start, Some(start))
            && within(self.end, Some(end))
            && within(self.actual_start, at(&shown.actual_start_utc))
            && within(self.actual_end, at(&shown.actual_end_utc))
            && self.colliding.is_none_or(|interval| start < interval.before() && interval.from() < end)
            && self.words.as_ref().is_none_or(|words| words.contains(&view.word))
    }

    fn query(&self, catalogue: &Catalogue) -> OrderQuery {
        let updated = self.updated.filter(|_| self.stays.is_none());
        let wanted = |id: Uuid| self.services.as_ref().is_none_or(|ids| ids.contains(&id));
        let names = catalogue.stay_names(wanted);
        OrderQuery {
            states: self.words.as_deref().map_or_else(everything, states_of),
            updated_from: updated.or(self.created).map(Interval::from),
            updated_before: updated.map(Interval::before),
            ids: self.stays.as_ref().map(|ids| ids.iter().copied().map(OrderId).collect()),
            services: Some(names).filter(|names| names.len() <= OrderQuery::LIMIT),
            newest_first: true,
            ..OrderQuery::default()
        }
    }
}

/// Answers a page of reservations.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprises = members.uuids("EnterpriseIds")?;
    let filter = Filter::read(members)?;
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let services = cx.ledger.services(&session.caller).await?;
    let mut catalogue = Catalogue::of(session.caller.account, services);
    if filter.services.as_ref().is_some_and(|ids| !ids.iter().all(|&id| catalogue.is_bookable(id))) {
        return Err(Error::invalid("ServiceIds"));
    }
    let mut labels = HashMap::new();
    let found = find(cx, session, &filter, &mut catalogue, limitation).await?;
    for (order, ..) in &found {
        name_origin(cx, &session.caller, order, &mut labels).await?;
    }
    let page = Reservations {
        reservations: found.iter().map(|(order, view, service)| stay_to_wire(order, view, *service, &labels)).collect(),
        cursor: found.last().map(|(order, ..)| order.id.0),
    };
    Answer::page(&page, found.is_empty())
}

async fn find(
    cx: ServeContext<'_>,
    session: &Session,
    filter: &Filter,
    catalogue: &mut Catalogue,
    limitation: Limitation,
) -> Result<Vec<(Arc<Order>, View, Uuid)>, Error> {
    let mut found = Vec::new();
    let mut query = filter.query(catalogue);
    // Without a bookable service there are no stays, but every cursor is looked at first.
    let none = query.services.as_ref().is_some_and(Vec::is_empty);
    if let Some(cursor) = limitation.cursor {
        query.after = Some(super::orders::position(cx, session, cursor).await?);
    }
    if none {
        return Ok(found);
    }
    let no_labels = HashMap::new();
    let mut pages = in_turn(query, limitation.count, false);
    while let Some(page) = pages.next(cx, session).await? {
        for order in page {
            let Some(service) = catalogue.stay_of(&order.fields) else { continue };
            let view = View::of(&order, catalogue);
            // No filter looks at names of connections.
            if !filter.admits(&order, &view, &stay_to_wire(&order, &view, service, &no_labels)) {
                continue;
            }
            found.push((order, view, service));
            if found.len() == limitation.count {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// What a step needs to know beside the order.
struct Asked {
    step: Step,
    services: Arc<Vec<Service>>,
    now: Timestamp,
    /// The end of the day in the enterprise's time zone.
    tonight: Timestamp,
    note: Option<(Uuid, String)>,
    origin: Origin,
    author: String,
}

impl Asked {
    async fn of(cx: ServeContext<'_>, session: &Session, step: Step, notes: Option<&str>) -> Result<Asked, Error> {
        let zone = session.connection.setting("time_zone").and_then(|name| TimeZone::get(name).ok());
        let today = cx.now.to_zoned(zone.unwrap_or(TimeZone::UTC));
        let tonight = today.end_of_day().map_or(cx.now, |end| end.timestamp());
        let note_id = uuid::Builder::from_random_bytes((cx.random)().to_be_bytes()).into_uuid();
        let text = notes.filter(|text| !text.trim().is_empty());
        Ok(Asked {
            step,
            services: cx.ledger.services(&session.caller).await?,
            now: cx.now,
            tonight,
            note: text.map(|text| (note_id, text.to_owned())),
            origin: Origin { connection: session.caller.connection_id(), dialect: ID.to_owned() },
            author: session.caller.label.clone(),
        })
    }

    fn command(&self, order: &Order, member: &'static str) -> Result<docket_core::order::Command, Rejection> {
        let mut catalogue = Catalogue::of(order.account, Arc::clone(&self.services));
        if catalogue.stay_of(&order.fields).is_none() {
            return Err(Rejection::Invalid { member: member.to_owned(), reason: "no such reservation".to_owned() });
        }
        let view = View::of(order, &mut catalogue);
        let mut command = self.step.command(order, view.word, self.now)?;
        if self.step == Step::Start && stay_times(order, order.created_at).0 > self.tonight {
            return Err(Rejection::Forbidden { what: "a reservation cannot be started before its day".to_owned() });
        }
        let note = self.note.as_ref();
        command.put = note
            .map(|(id, text)| new_note(*id, self.origin.clone(), &self.author, text, self.now))
            .into_iter()
            .collect();
        Ok(command)
    }
}

async fn take(
    cx: ServeContext<'_>,
    session: &Session,
    ids: &[Uuid],
    member: &'static str,
    asked: Asked,
) -> Result<(), Error> {
    let asked = Arc::new(asked);
    let requests = ids.iter().map(|id| {
        let asked = Arc::clone(&asked);
        Request::change(Target::Id(OrderId(*id)), move |order| asked.command(order, member))
    });
    let submission = Submission { requests: requests.collect(), atomic: true, ..Submission::default() };
    all_done(cx.ledger.submit(&session.caller, submission).await?, member).map(drop)
}

/// A set, in the order given.
fn distinct(ids: Vec<Uuid>) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

/// Confirms optional reservations. Nothing is mailed to guests from here.
pub(super) async fn confirm(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const IDS: &str = "ReservationIds";
    session.check_enterprise(members)?;
    members.flag("SendConfirmationEmail")?;
    let ids = distinct(members.uuids(IDS)?.ok_or(Error::invalid(IDS))?);
    take(cx, session, &ids, IDS, Asked::of(cx, session, Step::Confirm, None).await?).await?;
    Answer::of(&ReservationsChanged { reservation_ids: ids })
}

/// Checks a guest in.
pub(super) async fn start(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const ID_MEMBER: &str = "ReservationId";
    session.check_enterprise(members)?;
    let id = members.uuid(ID_MEMBER)?.ok_or(Error::invalid(ID_MEMBER))?;
    take(cx, session, &[id], ID_MEMBER, Asked::of(cx, session, Step::Start, None).await?).await?;
    Answer::nothing(&Unit {})
}

/// Checks a guest out. There are no bills here, so none is open and none is closed; leaving a balance open must be
/// explained all the same.
pub(super) async fn process(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const ID_MEMBER: &str = "ReservationId";
    session.check_enterprise(members)?;
    let id = members.uuid(ID_MEMBER)?.ok_or(Error::invalid(ID_MEMBER))?;
    members.flag("CloseBills")?;
    let open = members.flag("AllowOpenBalance")?.unwrap_or(false);
    let notes = members.text("Notes")?;
    if open && notes.is_none_or(|notes| notes.trim().is_empty()) {
        return Err(Error::invalid("Notes"));
    }
    take(cx, session, &[id], ID_MEMBER, Asked::of(cx, session, Step::Process, notes).await?).await?;
    Answer::nothing(&Unit {})
}

/// Calls reservations off. No fee is posted: there are no rates here to take one from.
pub(super) async fn cancel(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const IDS: &str = "ReservationIds";
    session.check_enterprise(members)?;
    members.flag("PostCancellationFee")?;
    members.flag("SendEmail")?;
    let notes = members.text("Notes")?;
    let older = members.uuid("ReservationId")?.map(|id| vec![id]);
    let ids = distinct(members.uuids(IDS)?.or(older).ok_or(Error::invalid(IDS))?);
    take(cx, session, &ids, IDS, Asked::of(cx, session, Step::Cancel, notes).await?).await?;
    Answer::of(&ReservationsChanged { reservation_ids: ids })
}

/// Adds a product to a reservation: one more line of that order.
pub(super) async fn add_product(
    cx: ServeContext<'_>,
    session: &Session,
    members: Members<'_>,
) -> Result<Answer, Error> {
    const STAY: &str = "ReservationId";
    let id = OrderId(members.uuid(STAY)?.ok_or(Error::invalid(STAY))?);
    members.integer("Count")?.ok_or(Error::invalid("Count"))?;
    members.instant("StartUtc")?;
    members.instant("EndUtc")?;
    let mut lines: Vec<Line<'_>> = vec![read_product(members, session.is_gross())?];
    let services = cx.ledger.services(&session.caller).await?;
    let mut catalogue = Catalogue::of(session.caller.account, Arc::clone(&services));
    let order = cx.ledger.order(&session.caller, Target::Id(id)).await?.ok_or(Error::invalid(STAY))?;
    if catalogue.stay_of(&order.fields).is_none() {
        return Err(Error::invalid(STAY));
    }
    know_products(&mut lines, &services, None, session.is_gross())?;
    let task = lines.first().map(task_of).ok_or(Error::Fault)?;
    let sent = members.without(&["Client", STAY, "LanguageCode", "CultureCode"]);
    let request = Request::change(Target::Id(id), move |order| {
        // What is over gets no more lines.
        if !order.state.is_open() {
            return Err(Rejection::Forbidden { what: "a reservation that is over gets no more products".to_owned() });
        }
        Ok(add_line(order, &task, &sent))
    });
    let outcomes = cx.ledger.submit(&session.caller, Submission::one(request)).await?;
    let order = all_done(outcomes, STAY)?.pop().ok_or(Error::Fault)?;
    let last = Source::Task(order.fields.tasks.len().saturating_sub(1));
    let items = items_of(&order, &session.house(services), &mut catalogue).into_iter();
    Answer::of(&ItemsAdded { item_ids: items.filter(|line| line.source == last).map(|line| line.item.id).collect() })
}
