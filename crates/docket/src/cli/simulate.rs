//! `docket simulate`.

use super::connection::enrolled_json;
use super::demo::Temporary;
use super::probe::dialect;
use super::table::pairs;
use super::{Ended, Failure, Global, failed, pair, say};
use crate::config::Config;
use crate::faults::{Fault, Faults, Layer, Refuse, Told};
use crate::run::{Prepared, asked_to_stop, runtime};
use clap::Args;
use docket_app::Clock;
use docket_app::demo::{ACCOUNT, Counterpart, CounterpartOptions, DemoClock, MOST_ORDERS};
use docket_dialects::Dialect;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

#[derive(Args)]
pub(super) struct Simulate {
    /// Which order API: ppw, pruvan, wialon, mews or planviewer
    dialect: String,
    /// How many orders are there
    #[arg(long, value_name = "N", default_value_t = 20)]
    orders: usize,
    /// What goes wrong: a status from 400 to 599, dup (done twice), late, drop (not done, no answer), cut (done, no
    /// answer), truncate (done, half an answer), html (a gateway's page)
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    fault: Vec<Fault>,
    /// To which share of the requests, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    rate: f64,
    /// How late `late` is
    #[arg(long, value_name = "MS", default_value_t = 3_000)]
    late_ms: u64,
    /// What is random follows from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Something happens to an order every so many seconds; 0: nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    news_s: u64,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8710")]
    listen: SocketAddr,
    /// A setting of the connection, or a credential that is given rather than made
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Do not say what goes wrong and what happens
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(global: &Global, command: Simulate) -> Ended {
    let dialect = dialect(&command.dialect)?;
    if !(0.0..=1.0).contains(&command.rate) {
        return Err(Failure::Usage(format!("--rate {}: use a share from 0 to 1", command.rate)));
    }
    if command.orders > MOST_ORDERS {
        return Err(Failure::Usage(format!("--orders {}: at most {MOST_ORDERS} are made", command.orders)));
    }
    let mut config = global.load(Some(SocketAddr::from(([127, 0, 0, 1], 0))))?;
    let temporary = Temporary::new("docket-simulate")?;
    config.data = temporary.path().to_owned();
    config.database_url.clear();
    config.relay.rules.clear();
    config.wialon.ips_listen = String::new();
    if std::env::var_os("DOCKET_LOG").is_none() {
        config.log.level = "warn".to_owned();
    }
    if command.listen.ip().is_loopback() {
        // Whoever builds an integration has it on the same machine.
        config.outside.allow.extend(["127.0.0.0/8", "::1"].map(str::to_owned));
    }
    crate::logging::start(&config.log).map_err(Failure::Usage)?;
    runtime().map_err(failed)?.block_on(serve(config, dialect, command, global.json))
}

async fn serve(mut config: Config, dialect: &'static Dialect, command: Simulate, as_json: bool) -> Ended {
    let listener = TcpListener::bind(command.listen).await.map_err(|error| {
        Failure::Failed(format!("{} cannot be listened on: {error}; choose another with --listen", command.listen))
    })?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    config.public_url.clone_from(&url);
    let clock = Arc::new(DemoClock::default());
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let prepared = Prepared::open(&config, shared).await.map_err(Failure::Failed)?;
    let (seed, orders) = (command.seed, command.orders);
    let options = CounterpartOptions { dialect: dialect.id, orders, seed, set: command.set.clone(), base_url: &url };
    let made = Counterpart::make(&prepared.hub, &clock, options).await;
    let mut counterpart = match made {
        Ok(counterpart) => counterpart,
        Err(error) => {
            prepared.hub.close().await.map_err(failed)?;
            return Err(Failure::Failed(format!("the counterpart could not be made: {error}")));
        }
    };
    let running = prepared.serve(&config);
    let faults = faults(dialect, &command, as_json);
    let layer = Layer::start(listener, running.address, faults).map_err(failed)?;
    if as_json {
        say(ready(&counterpart, &url))?;
    } else {
        say(welcome(dialect, &counterpart, &command, &url))?;
    }
    let is_told = !as_json && !command.quiet;
    let (hub, pause) = (Arc::clone(&running.hub), Duration::from_secs(command.news_s));
    let news = (command.news_s > 0).then(|| {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                match counterpart.go_on(&hub).await {
                    Ok(what) if is_told => drop(say(format!("  news   {what}"))),
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "nothing happened"),
                }
            }
        })
    });
    asked_to_stop().await;
    let (requests, met) = (layer.requests(), layer.met());
    layer.stop().await;
    if let Some(news) = news {
        news.abort();
    }
    running.stop().await.map_err(Failure::Failed)?;
    if is_told { say(format!("{requests} requests, {met} of them met a fault.")) } else { Ok(()) }
}

fn faults(dialect: &'static Dialect, command: &Simulate, as_json: bool) -> Faults {
    let refuse: Refuse = Arc::new(move |status| {
        let answer = dialect.serve.refuse(status, "simulated");
        (answer.headers, answer.body)
    });
    let told: Told = Arc::new(|fault, request| drop(say(format!("  fault  {fault}: {request}"))));
    Faults {
        kinds: command.fault.clone(),
        rate: command.rate,
        seed: command.seed,
        late: Duration::from_millis(command.late_ms),
        refuse: Some(refuse),
        told: (!as_json && !command.quiet).then_some(told),
    }
}

/// Everything on one line.
fn ready(counterpart: &Counterpart, url: &str) -> Value {
    let mut object = enrolled_json(&counterpart.enrolled, ACCOUNT, url);
    for (name, value) in &counterpart.facts {
        object.insert(name.clone(), json!(value));
    }
    Value::Object(object)
}

fn welcome(dialect: &Dialect, counterpart: &Counterpart, command: &Simulate, url: &str) -> String {
    let mut rows = vec![("url".to_owned(), url.to_owned())];
    rows.extend(counterpart.enrolled.printed.iter().cloned());
    rows.extend(counterpart.facts.iter().cloned());
    let orders = command.orders;
    let news = match command.news_s {
        0 => "nothing happens to them by itself".to_owned(),
        pause => format!("something happens every {pause} s"),
    };
    let kinds: Vec<String> = command.fault.iter().map(Fault::to_string).collect();
    let faults = match kinds.is_empty() || command.rate == 0.0 {
        true => "nothing goes wrong; --fault 429,500,dup,late,drop,cut,truncate,html would".to_owned(),
        false => format!("{} of 100 requests meet {} (seed {})", command.rate * 100.0, kinds.join(", "), command.seed),
    };
    format!(
        "A counterpart that speaks {} is at {url}\n\n{}\n\n  {orders} orders are there; {news}\n  {faults}\n\nCtrl-C \
         stops it; its data goes with it.\n",
        dialect.title,
        pairs(&rows)
    )
}
