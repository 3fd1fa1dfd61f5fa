//! `docket plan`: which unit visits which order when, searched for, shown, and written if that is wanted.

use super::table::table;
use super::unit::{open, refused};
use super::{Ended, Failure, account, failed, say};
use crate::config::Config;
use clap::{Args, ValueEnum};
use docket_app::Hub;
use docket_app::plan::Watcher;
use docket_app::plan::accept::accept;
use docket_app::plan::day::{self, DayPlan, DayRoute, Objective};
use docket_app::plan::request::{Name, PlanRequest, Point};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::time::Duration;

#[derive(Clone, Copy, ValueEnum)]
enum Goal {
    /// Few metres
    Distance,
    /// Little time, of all units together
    Duration,
    /// That the last unit is done soon
    Soonest,
}

/// What `docket plan` takes.
#[derive(Args)]
pub(super) struct Plan {
    /// Orders by id, serial or number; otherwise those of --status that can be visited on the day
    orders: Vec<String>,
    /// Which orders: received, assigned, accepted, with commas between
    #[arg(long, default_value = "received,assigned,accepted", value_delimiter = ',')]
    status: Vec<String>,
    /// A unit by id or name, again for more; otherwise all
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// The day; today unless said otherwise
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<civil::Date>,
    /// When units set out at the earliest; on the present day now if that is later
    #[arg(long, default_value = "08:00", value_name = "HH:MM", value_parser = time)]
    from: civil::Time,
    /// By when they are done
    #[arg(long, default_value = "18:00", value_name = "HH:MM", value_parser = time)]
    to: civil::Time,
    /// The time zone of these: Europe/Amsterdam
    #[arg(long, default_value = "UTC")]
    zone: String,
    /// What the plan is to be good at
    #[arg(long, value_enum, default_value = "distance")]
    objective: Goal,
    /// How long is searched: 10s, 2m
    #[arg(long, default_value = "10s", value_parser = span)]
    time_budget: Duration,
    /// Where all units set out, rather than where each was last seen
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    start: Option<Point>,
    /// Units go back to where they set out
    #[arg(long = "return")]
    returns: bool,
    /// Orders that have one of the units keep it
    #[arg(long)]
    keep_units: bool,
    /// How fast straight lines are driven, km/h
    #[arg(long, value_name = "KMH")]
    speed: Option<f64>,
    /// How long a visit takes where the order does not say: 10m
    #[arg(long, default_value = "0s", value_parser = span)]
    service_time: Duration,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the routes: units are assigned, places and visits kept, all or nothing
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Only show the plan; so it is without --apply
    #[arg(long)]
    dry_run: bool,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

fn time(text: &str) -> Result<civil::Time, String> {
    let full = if text.len() == 5 { format!("{text}:00") } else { text.to_owned() };
    full.parse().map_err(|_| "use HH:MM".to_owned())
}

/// `10s`, `500ms`, `2m`, `1h`; a number alone is seconds.
fn span(text: &str) -> Result<Duration, String> {
    let digits = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| "use 10s, 2m or 1h".to_owned())?;
    let factor = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err("use 10s, 2m or 1h".to_owned()),
    };
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

fn place(text: &str) -> Result<Point, String> {
    let wrong = || "use LATITUDE,LONGITUDE".to_owned();
    let (latitude, longitude) = text.split_once(',').ok_or_else(wrong)?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
    Ok(Point { latitude: degrees(latitude)?, longitude: degrees(longitude)? })
}

impl Plan {
    fn zone(&self) -> Result<TimeZone, Failure> {
        TimeZone::get(&self.zone).map_err(|error| Failure::Usage(format!("--zone {}: {error}", self.zone)))
    }

    fn request(&self, now: Timestamp) -> Result<PlanRequest, Failure> {
        let zone = self.zone()?;
        let date = self.date.unwrap_or_else(|| now.to_zoned(zone.clone()).date());
        let at = |time: civil::Time| {
            let moment = date.to_datetime(time).to_zoned(zone.clone());
            moment.map(|moment| moment.timestamp()).map_err(|error| Failure::Usage(error.to_string()))
        };
        let names = |texts: &[String]| texts.iter().cloned().map(Name::from).collect();
        Ok(PlanRequest {
            orders: names(&self.orders),
            status: self.status.clone(),
            units: names(&self.units),
            objective: match self.objective {
                Goal::Distance => Objective::Distance,
                Goal::Duration => Objective::Duration,
                Goal::Soonest => Objective::Soonest,
            },
            budget_ms: Some(u64::try_from(self.time_budget.as_millis()).unwrap_or(u64::MAX)),
            attempts: None,
            seed: Some(self.seed),
            from: Some(at(self.from)?),
            to: Some(at(self.to)?),
            start: self.start,
            returns: self.returns,
            keep_units: self.keep_units,
            speed_kmh: self.speed,
            service_time_s: i64::try_from(self.service_time.as_secs()).unwrap_or(i64::MAX),
        })
    }
}

pub(super) async fn run(config: &Config, command: Plan, as_json: bool) -> Ended {
    let hub = open(config).await?;
    let ended = on_hub(&hub, &command, as_json).await;
    hub.close().await.map_err(failed)?;
    ended
}

async fn on_hub(hub: &Hub, command: &Plan, as_json: bool) -> Ended {
    let caller = Caller::user(account(hub.store(), &command.account).await?, "command line");
    let request = command.request(hub.now())?;
    let ask = request.resolve(hub, &caller).await.map_err(refused)?;
    if ask.orders.is_empty() {
        return Err(failed("there is no order to plan; --status, --date or numbers say which"));
    }
    let (bar, watcher) = progress(!as_json && std::io::stderr().is_terminal());
    let found = day::plan(hub.planning(), &ask, Some(watcher)).await;
    bar.finish_and_clear();
    let plan = found.map_err(failed)?;
    let made = match command.apply {
        true => Some(accept(hub, &caller, &plan, |_| None).await.map_err(refused)?),
        false => None,
    };
    if as_json {
        let mut shown = json!(plan);
        shown["applied"] = Value::from(made.is_some());
        shown["made"] = json!(made.unwrap_or_default());
        return say(shown);
    }
    show(&plan, &command.zone()?)?;
    match made {
        Some(made) => say(format!("\nWritten: {} routes.", made.len())),
        None => say("\nNothing is written; --apply does it."),
    }
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

fn km(metres: i64) -> String {
    format!("{:.1}", metres as f64 / 1_000.0)
}

fn minutes(seconds: i64) -> String {
    let minutes = (seconds + 30) / 60;
    if minutes < 60 { format!("{minutes} min") } else { format!("{} h {:02}", minutes / 60, minutes % 60) }
}

fn show(plan: &DayPlan, zone: &TimeZone) -> Ended {
    for route in &plan.routes {
        say(format!(
            "{}: {} to {}, {} km, {} stops",
            route.unit_name,
            clock(route.departs_at, zone),
            clock(route.ends_at, zone),
            km(route.distance_m),
            route.stops.len()
        ))?;
        say(table(&["  STOP", "ORDER", "ARRIVES", "WAITS", "KM", "WHAT"], &rows(route, zone)))?;
        say("")?;
    }
    if plan.routes.is_empty() {
        say("No order is on any route.")?;
    }
    if !plan.unserved.is_empty() {
        let row = |left: &day::Unserved| {
            let number = left.number.clone().unwrap_or_else(|| left.serial.to_string());
            vec![format!("  {number}"), left.title.clone().unwrap_or_default(), left.reason.clone()]
        };
        say("Not served:")?;
        say(table(&["  ORDER", "WHAT", "WHY"], &plan.unserved.iter().map(row).collect::<Vec<_>>()))?;
        say("")?;
    }
    for warning in &plan.warnings {
        say(format!("Warning: {warning}"))?;
    }
    let served: usize = plan.routes.iter().map(|route| route.stops.len()).sum();
    let ways = if plan.by_road { "by road" } else { "as straight lines, driven at estimated speeds" };
    say(format!(
        "{served} of {} orders, {} units, {} km {ways}, {} under way.",
        served + plan.unserved.len(),
        plan.routes.len(),
        km(plan.distance_m),
        minutes(plan.duration_s)
    ))
}

fn rows(route: &DayRoute, zone: &TimeZone) -> Vec<Vec<String>> {
    let row = |(place, stop): (usize, &day::DayStop)| {
        vec![
            format!("  {}", place + 1),
            stop.number.clone().unwrap_or_else(|| stop.serial.to_string()),
            clock(stop.arrives_at, zone),
            if stop.waits_s > 0 { minutes(stop.waits_s) } else { String::new() },
            km(stop.leg_m),
            stop.title.clone().unwrap_or_default(),
        ]
    };
    route.stops.iter().enumerate().map(row).collect()
}

/// A bar for a person who watches, nothing otherwise.
fn progress(is_watched: bool) -> (ProgressBar, Watcher) {
    const STEPS: u64 = 1_000;
    let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(STEPS), target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} planning {bar:30} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    let told = bar.clone();
    let watcher: Watcher = Box::new(move |now| {
        told.set_position((now.fraction * STEPS as f64) as u64);
        let left = if now.unassigned == 0 { String::new() } else { format!(", {} not served", now.unassigned) };
        told.set_message(format!("{} attempts{left}", now.iterations));
    });
    (bar, watcher)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_places_are_read() {
        assert_eq!(span("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(span("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(span("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(span("7"), Ok(Duration::from_secs(7)));
        assert!(span("soon").is_err() && span("3 days").is_err() && span("").is_err());
        assert_eq!(place("53.9, -27.5"), Ok(Point { latitude: 53.9, longitude: -27.5 }));
        assert!(place("53.9").is_err() && place("a,b").is_err());
        assert_eq!(time("08:30").map(|time| time.to_string()), Ok("08:30:00".to_owned()));
    }

    #[test]
    fn times_for_people() {
        assert_eq!(
            (minutes(89), minutes(3_600), km(1_249)),
            ("1 min".to_owned(), "1 h 00".to_owned(), "1.2".to_owned())
        );
    }
}
