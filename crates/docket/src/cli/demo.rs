//! `docket demo`.

use super::connection::enrolled_json;
use super::table::pairs;
use super::{Ended, Failure, Global, failed, say};
use crate::config::Config;
use crate::run::{Prepared, asked_to_stop, runtime};
use clap::Args;
use docket_app::Clock;
use docket_app::demo::{self, ACCOUNT, DemoClock, PASSWORD, TOKEN, USER, World};
use docket_app::enroll::Enrolled;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the demo listens, unless told.
const PORT: u16 = 8700;
/// Where it listens for trackers, if it listens there.
const IPS_PORT: u16 = 8701;

#[derive(Args)]
pub(super) struct Demo {
    /// Where to listen [default: 127.0.0.1:8700]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The day stands still: units do not move, no orders come
    #[arg(long)]
    paused: bool,
}

pub(super) fn run(global: &Global, command: &Demo) -> Ended {
    let mut config = global.load(command.listen)?;
    let temporary = match (&global.data, global.database_url.as_ref()) {
        (None, None) => Some(Temporary::new("docket-demo")?),
        _ => None,
    };
    if let Some(folder) = &temporary {
        config.data.clone_from(&folder.0);
        config.database_url.clear();
    }
    if std::env::var_os("DOCKET_LOG").is_none() {
        config.log.level = "warn".to_owned();
    }
    if config.listen.ip().is_loopback() {
        // Whoever plays with the demo has the counterpart on the same machine.
        config.outside.allow.extend(["127.0.0.0/8", "::1"].map(str::to_owned));
    }
    if config.wialon.ips_listen.is_empty() && config.listen.port() == PORT {
        config.wialon.ips_listen = SocketAddr::new(config.listen.ip(), IPS_PORT).to_string();
    }
    crate::logging::start(&config.log).map_err(Failure::Usage)?;
    runtime().map_err(failed)?.block_on(serve(&config, command.paused, global.json))
}

async fn serve(config: &Config, paused: bool, as_json: bool) -> Ended {
    let clock = Arc::new(DemoClock::default());
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let prepared = Prepared::open(config, shared).await.map_err(Failure::Failed)?;
    let url = match config.public_url.trim_end_matches('/') {
        "" => format!("http://{}", prepared.address),
        url => url.to_owned(),
    };
    super::serve::note_address(&config.data, &url);
    let world = match demo::seed(&prepared.hub, &clock, &url).await {
        Ok(world) => world,
        Err(error) => {
            prepared.hub.close().await.map_err(failed)?;
            return Err(Failure::Failed(format!("the demo world could not be made: {error}")));
        }
    };
    let running = prepared.serve(config);
    let day = demo::simulate(Arc::clone(&running.hub), world.account, url.clone());
    let units = (!paused).then(|| tokio::spawn(day));
    if as_json {
        say(ready(&world, &url))?
    } else {
        say(welcome(&world, &url, config))?
    }
    asked_to_stop().await;
    let stopped = running.stop().await.map_err(Failure::Failed);
    if let Some(units) = units {
        units.abort();
    }
    stopped
}

/// Everything on one line.
fn ready(world: &World, url: &str) -> Value {
    let connections: Vec<Value> = world.connections.iter().map(|made| Value::Object(credentials(made, url))).collect();
    json!({"url": url, "token": TOKEN, "user": USER, "password": PASSWORD, "connections": connections})
}

fn credentials(made: &Enrolled, url: &str) -> Map<String, Value> {
    enrolled_json(made, ACCOUNT, url)
}

fn welcome(world: &World, url: &str, config: &Config) -> String {
    let mut text = format!(
        "Docket's demo world is at {url}\n\n  console     {url}/ as {USER} with the password {PASSWORD}\n  native API  {url}/v1/orders with the bearer token {TOKEN}\n"
    );
    text.push_str(&format!("  data        {}\n", config.data.display()));
    text.push_str(&format!("  phones      {url}/osmand\n"));
    if let Ok(Some(address)) = config.ips_listen() {
        text.push_str(&format!("  trackers    {address}, Wialon IPS over TCP and UDP\n"));
    }
    for made in &world.connections {
        let connection = &made.connection;
        let sees = match connection.name.starts_with("all-") {
            true => "sees every order",
            false => "as on the vendor's page",
        };
        let title = docket_dialects::dialect(&connection.dialect).map_or("", |dialect| dialect.title);
        text.push_str(&format!("\n{}: {title}, {sees}\n", connection.name));
        let rows: Vec<(String, String)> = made.printed.clone();
        text.push_str(&pairs(&rows));
        text.push('\n');
    }
    text.push_str("\nCtrl-C stops it.");
    text
}

/// A folder that goes with the process.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    pub(super) fn new(name: &str) -> Result<Temporary, Failure> {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
        Ok(Temporary(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever cleans the temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
