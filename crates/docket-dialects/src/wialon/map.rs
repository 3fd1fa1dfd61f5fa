//! Between canonical orders and Wialon's: the status table and the members, both ways.
//!
//! An order is compared in its *meant* form ([`Members`]): [`shown`] gives what the canonical order means,
//! [`Members::read`] what was sent. A member as it was sent is shown again for as long as both agree; what a client
//! echoes without having changed it writes nothing, so reading a foreign order and sending it back is harmless.

use super::wire::{Bag, Members, Parameters};
use docket_core::Timestamp;
use docket_core::completion::Window;
pub(super) use docket_core::completion::flag::PERMANENT as F_PERMANENT;
pub(super) use docket_core::geo::distance_m;
use docket_core::ledger::StateSet;
use docket_core::order::{Field, Order, State, Value};
use jiff::SignedDuration;

/// The dialect's id, under which its bag lies in an order.
pub(super) const DIALECT_ID: &str = "wialon";

/// `s`: no unit.
pub(super) const INACTIVE: i64 = 0;
/// `s`: given to a unit.
pub(super) const ACTIVE: i64 = 1;
/// `s`: completed on time.
pub(super) const ON_TIME: i64 = 2;
/// `s`: completed late.
pub(super) const LATE: i64 = 3;
/// `s`: rejected.
pub(super) const REJECTED: i64 = 4;
/// `s`: the unit is in the order area.
pub(super) const IN_AREA: i64 = 5;

/// `sf`: rejected.
pub(super) const SF_REJECTED: i64 = 0x100;
/// `sf`: confirmed by hand.
pub(super) const SF_CONFIRMED: i64 = 0x200;
/// `sf`: the driver got a notification about the order.
const SF_NOTIFIED: i64 = 0x400;

/// `f`: cannot be confirmed from outside the radius.
pub(super) const F_CONFIRM_INSIDE: i64 = 0x40;
/// `if`: being delivered.
const IF_DELIVERING: i64 = 0x1;
/// `if`: what driver and client were told.
const IF_NOTIFIED: i64 = 0x2 | 0x4 | 0x10 | 0x20;

/// Seconds of a day; bounds of permanent orders below this are times of day.
pub(super) const DAY_S: i64 = 86_400;

/// The status `s` of an order, leaving the history aside.
pub(super) fn status(order: &Order) -> i64 {
    match order.state {
        State::Received => INACTIVE,
        State::Assigned | State::Accepted => ACTIVE,
        State::Started => IN_AREA,
        // A question is open: as it was before it was put.
        State::Waiting if order.fields.arrived_at.is_some() => IN_AREA,
        State::Waiting if order.is_assigned() => ACTIVE,
        State::Waiting => INACTIVE,
        State::Completed | State::Submitted | State::Invoiced | State::Closed if order.fields.late => LATE,
        State::Completed | State::Submitted | State::Invoiced | State::Closed => ON_TIME,
        State::Rejected | State::Canceled | State::Failed | State::Deleted => REJECTED,
    }
}

/// The status `s`, also of an order in the history, where it keeps the one it was moved there with.
pub(super) fn status_kept(order: &Order, bag: &Bag) -> i64 {
    match &bag.registered {
        Some(registered) if registered.state == order.state.word() => registered.s,
        _ => status(order),
    }
}

/// Since when an order has its status.
///
/// That of a done order is as old as its completion, whatever was done with its papers since.
pub(super) fn status_since(order: &Order, bag: &Bag) -> Timestamp {
    let registered = bag.registered.as_ref().filter(|mark| mark.state == order.state.word() && mark.st > 0);
    let registered = registered.and_then(|mark| Timestamp::from_second(mark.st).ok());
    let completed = order.fields.completed_at.filter(|_| order.state.is_done());
    registered.or(completed).unwrap_or(order.state_since)
}

/// The status flags `sf`.
pub(super) fn status_flags(order: &Order, bag: &Bag) -> i64 {
    let rejected = if order.state == State::Rejected { SF_REJECTED } else { 0 };
    let confirmed = if order.state.is_done() { bag.sf & SF_CONFIRMED } else { 0 };
    rejected | confirmed | bag.sf & SF_NOTIFIED
}

/// The internal flags `if`.
pub(super) fn internal_flags(order: &Order) -> i64 {
    let delivering = if order.fields.arrived_at.is_some() && order.state.is_open() { IF_DELIVERING } else { 0 };
    delivering | order.fields.notified.unwrap_or(0) & IF_NOTIFIED
}

/// Whether an order is in the history (or deleted) and so not among a resource's orders.
///
/// Closed orders of every dialect are; others are since they were registered, until somebody moves them on.
pub(super) fn in_history(order: &Order, bag: &Bag) -> bool {
    let registered = bag.registered.as_ref().is_some_and(|registered| registered.state == order.state.word());
    registered || matches!(order.state, State::Closed | State::Deleted)
}

/// States that stay listed for a day only.
pub(super) fn ended() -> StateSet {
    StateSet::of([State::Completed, State::Submitted, State::Invoiced, State::Canceled])
}

/// A day before a moment.
pub(super) fn day_before(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_secs(DAY_S)).unwrap_or(Timestamp::MIN)
}

/// Whether an order is among a resource's orders: neither in the history nor ended more than a day ago.
pub(super) fn is_listed(order: &Order, now: Timestamp) -> bool {
    // Permanent orders stay; a day after they were done they are made ready again.
    let is_permanent = order.fields.execution_flags.unwrap_or(0) & F_PERMANENT != 0;
    let is_fresh = !ended().contains(order.state) || order.state_since >= day_before(now) || is_permanent;
    is_fresh && !in_history(order, &bag(order))
}

/// The bag of an order.
pub(super) fn bag(order: &Order) -> Bag {
    Bag::read(order.wire(DIALECT_ID))
}

/// Whether other orders may rely on this one being done.
pub(super) fn is_fulfilled(order: &Order) -> bool {
    matches!(status_kept(order, &bag(order)), ON_TIME | LATE)
}

/// The name of an order; the number where it has no title.
pub(super) fn name(order: &Order) -> &str {
    order.fields.title.as_deref().or(order.fields.number.as_deref()).unwrap_or_default()
}

/// What an order means, from its canonical fields.
pub(super) fn shown(order: &Order) -> Members {
    let fields = &order.fields;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let window = Window::of(order);
    Members {
        n: name(order).to_owned(),
        p: Parameters {
            n: text(&fields.customer_name),
            p: text(&fields.customer_phone),
            p2: text(&fields.customer_phone2),
            e: text(&fields.customer_email),
            a: address(order),
            v: fields.volume,
            w: fields.weight_kg,
            c: fields.cost,
            ut: fields.service_time_s.unwrap_or(0),
            d: description(order),
            uic: text(&fields.reference),
            cm: text(&fields.outcome),
            ntf: fields.notice_channels.unwrap_or(0),
            pr: fields.priority.unwrap_or(0),
            tags: fields.tags.clone(),
            r: fields.route_id.map(|id| (id, fields.route_position.unwrap_or(0))),
            ndt: fields.notice_lead_s.filter(|_| fields.route_id.is_some()).unwrap_or(0),
        },
        f: fields.execution_flags.unwrap_or(0),
        tf: window.from_s,
        tt: window.to_s,
        trt: fields.early_tolerance_s.unwrap_or(0),
        r: fields.radius_m.unwrap_or(0),
        y: fields.latitude.unwrap_or(0.0),
        x: fields.longitude.unwrap_or(0.0),
        u: fields.unit.unwrap_or(0),
        dp: fields.dependencies.clone(),
        tz_s: window.offset_s,
    }
}

/// The address in one line.
fn address(order: &Order) -> String {
    let fields = &order.fields;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let region = [text(&fields.region), text(&fields.postal_code)];
    let region = region.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let parts = [text(&fields.address1), text(&fields.address2), text(&fields.city), region, text(&fields.country)];
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
}

/// The description; for orders that have none, what the field is told, or what is to be done.
fn description(order: &Order) -> String {
    let fields = &order.fields;
    let said = [&fields.description, &fields.instructions, &fields.client_instructions, &fields.work_info];
    said.into_iter().flatten().next().cloned().unwrap_or_else(|| {
        fields
            .tasks
            .iter()
            .map(|task| task.name.as_str())
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    })
}

/// Field writes, collected.
#[derive(Default)]
struct Writes(Vec<(Field, Value)>);

impl Writes {
    fn put(&mut self, field: Field, value: Value) {
        self.0.push((field, value));
    }

    fn text(&mut self, field: Field, wanted: &str, shown: &str) {
        if wanted != shown {
            self.put(field, if wanted.is_empty() { Value::Null } else { wanted.into() });
        }
    }

    fn integer(&mut self, field: Field, wanted: i64, shown: i64) {
        if wanted != shown {
            self.put(field, if wanted == 0 { Value::Null } else { wanted.into() });
        }
    }

    fn number(&mut self, field: Field, wanted: Option<f64>, shown: Option<f64>) {
        if wanted != shown {
            self.put(field, wanted.into());
        }
    }

    /// Both spellings of a moment: ours and the one other dialects read.
    fn moment(&mut self, field: Field, common: Option<Field>, wanted: i64) {
        let value: Value = Some(wanted).filter(|&at| at != 0).and_then(|at| Timestamp::from_second(at).ok()).into();
        if let Some(common) = common {
            self.put(common, value.clone());
        }
        self.put(field, value);
    }
}

/// The canonical writes that members as sent come to, against the order as it stands (`None`: a new one).
///
/// `is_sent` tells which members were given; the unit is not written here, for it moves the order too.
pub(super) fn order_from_wire(
    wanted: &Members,
    is_sent: &dyn Fn(&str) -> bool,
    order: Option<&Order>,
) -> Vec<(Field, Value)> {
    let now = order.map(shown).unwrap_or_default();
    let mut writes = Writes::default();
    if is_sent("n") && wanted.n != now.n {
        writes.text(Field::Title, &wanted.n, &now.n);
        // The name is also the number people see, as long as nobody else gave it one.
        let is_ours = order.is_none_or(|order| {
            order.origin.dialect == DIALECT_ID && order.fields.number.as_ref().is_none_or(|number| *number == now.n)
        });
        if is_ours {
            writes.text(Field::Number, &wanted.n, &now.n);
        }
    }
    if is_sent("p") {
        parameters_from_wire(&mut writes, &wanted.p, &now.p, order);
    }
    if is_sent("f") {
        writes.integer(Field::ExecutionFlags, wanted.f, now.f);
    }
    if is_sent("trt") {
        writes.integer(Field::EarlyToleranceS, wanted.trt, now.trt);
    }
    if is_sent("r") {
        writes.integer(Field::RadiusM, wanted.r, now.r);
    }
    // Bounds of permanent orders are times of day, which mean nothing as a moment elsewhere.
    let flags = if is_sent("f") { wanted.f } else { now.f };
    let is_moment = |bound: i64| flags & F_PERMANENT == 0 || bound >= DAY_S;
    if is_sent("tf") && wanted.tf != now.tf {
        writes.moment(Field::WindowFrom, Some(Field::Start).filter(|_| is_moment(wanted.tf)), wanted.tf);
    }
    if is_sent("tt") && wanted.tt != now.tt {
        writes.moment(Field::WindowTo, Some(Field::Due).filter(|_| is_moment(wanted.tt)), wanted.tt);
    }
    let point = (if is_sent("y") { wanted.y } else { now.y }, if is_sent("x") { wanted.x } else { now.x });
    if point != (now.y, now.x) {
        // 0, 0 is how "nowhere" is sent.
        let is_set = point != (0.0, 0.0);
        writes.put(Field::Latitude, Some(point.0).filter(|_| is_set).into());
        writes.put(Field::Longitude, Some(point.1).filter(|_| is_set).into());
    }
    if is_sent("tz") {
        writes.integer(Field::WindowOffsetS, wanted.tz_s, now.tz_s);
    }
    if is_sent("dp") && wanted.dp != now.dp {
        writes.put(
            Field::Dependencies,
            if wanted.dp.is_empty() { Value::Null } else { Value::Integers(wanted.dp.clone()) },
        );
    }
    writes.0
}

fn parameters_from_wire(writes: &mut Writes, wanted: &Parameters, now: &Parameters, order: Option<&Order>) {
    writes.text(Field::CustomerName, &wanted.n, &now.n);
    writes.text(Field::CustomerPhone, &wanted.p, &now.p);
    writes.text(Field::CustomerPhone2, &wanted.p2, &now.p2);
    writes.text(Field::CustomerEmail, &wanted.e, &now.e);
    if wanted.a != now.a {
        writes.text(Field::Address1, &wanted.a, &now.a);
        // The one line is the whole address now.
        let rest = [Field::Address2, Field::City, Field::Region, Field::PostalCode, Field::Country];
        for field in rest.into_iter().filter(|&field| order.is_some_and(|order| order.fields.get(field) != Value::Null))
        {
            writes.put(field, Value::Null);
        }
    }
    writes.number(Field::Volume, wanted.v, now.v);
    writes.number(Field::WeightKg, wanted.w, now.w);
    writes.number(Field::Cost, wanted.c, now.c);
    writes.integer(Field::ServiceTimeS, wanted.ut, now.ut);
    writes.text(Field::Description, &wanted.d, &now.d);
    writes.text(Field::Reference, &wanted.uic, &now.uic);
    writes.text(Field::Outcome, &wanted.cm, &now.cm);
    writes.integer(Field::NoticeChannels, wanted.ntf, now.ntf);
    writes.integer(Field::Priority, wanted.pr, now.pr);
    if wanted.tags != now.tags {
        let tags = wanted.tags.clone();
        writes.put(Field::Tags, if tags.is_empty() { Value::Null } else { Value::Texts(tags) });
    }
    if wanted.r != now.r {
        writes.put(Field::RouteId, wanted.r.map(|(id, _)| id).into());
        writes.put(Field::RoutePosition, wanted.r.map(|(_, position)| position).into());
    }
    writes.integer(Field::NoticeLeadS, wanted.ndt, now.ndt);
}

/// Seconds east of Greenwich of a `tz` value, daylight saving aside.
pub(super) fn zone_offset_s(tz: i64) -> i64 {
    let bits = tz & 0xFFFF_FFFF;
    if bits & 0x0C00_0000 == 0x0800_0000 {
        let low = bits & 0xFFFF;
        return if bits & 0x8000_0000 != 0 { low - 0x1_0000 } else { low };
    }
    let even = bits & 0xFFFF_FFFE;
    if even & 0x8000_0000 != 0 { even - 0x1_0000_0000 } else { even }
}

/// The `tz` value of an offset in seconds east of Greenwich, without a word about daylight saving.
pub(super) fn zone_of_offset(offset_s: i64) -> i64 {
    match offset_s {
        0 => 0,
        east @ 1.. => 0x0800_0000 | (east & 0xFFFF),
        west => 0x8800_0000 | (west & 0xFFFF),
    }
}
