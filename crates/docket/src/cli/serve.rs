//! `docket serve`.

use super::{Ended, Failure, Global, failed, say};
use crate::config::Config;
use crate::run::{Running, asked_to_stop, runtime};
use clap::Args;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;

#[derive(Args)]
pub(super) struct Serve {
    /// Where to listen [env: DOCKET_LISTEN] [default: 127.0.0.1:8700]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

pub(super) fn run(global: &Global, command: &Serve) -> Ended {
    let config = global.load(command.listen)?;
    crate::logging::start(&config.log).map_err(Failure::Usage)?;
    runtime().map_err(failed)?.block_on(async {
        let running = Running::start(&config).await.map_err(Failure::Failed)?;
        let url = url(&config, &running);
        note_address(&config.data, &url);
        let setup = match docket_app::users::is_needed(&running.hub).await.map_err(failed)? {
            true => Some(format!("{url}/setup?code={}", running.hub.users().setup_code())),
            false => None,
        };
        if global.json {
            say(json!({"url": url, "store": running.hub.store().backend(), "setup": setup}))?;
        } else {
            say(format!(
                "Docket serves at {url}\n  store          {}\n  what is where  {url}/\n  a connection   docket connection add pruvan acme{}\n  a token        docket token create me{}",
                running.hub.store().backend(),
                same_store(&config),
                same_store(&config),
            ))?;
            if let Some(setup) = setup {
                say(format!("\nfirst run: open {setup}"))?;
            }
        }
        tracing::info!(%url, "serving");
        asked_to_stop().await;
        tracing::info!("stopping: finishing what is in progress");
        running.stop().await.map_err(Failure::Failed)
    })
}

pub(super) fn url(config: &Config, running: &Running) -> String {
    match config.public_url.trim_end_matches('/') {
        "" => format!("http://{}", running.address),
        url => url.to_owned(),
    }
}

/// What other commands need to find the same store.
fn same_store(config: &Config) -> String {
    match config.database_url.as_str() {
        "" => format!(" --data {}", config.data.display()),
        _ => " --database-url …".to_owned(),
    }
}

const ADDRESS_FILE: &str = "served-at";

/// Notes where the hub is, so that `connection add` prints URLs that work.
pub(super) fn note_address(data: &Path, url: &str) {
    if let Err(error) = std::fs::write(data.join(ADDRESS_FILE), url) {
        tracing::debug!(%error, "where the hub serves could not be noted");
    }
}

/// The served base for URLs that are printed: as configured, else where a hub last served on this data.
pub(super) fn base_url(config: &Config) -> String {
    let noted = std::fs::read_to_string(config.data.join(ADDRESS_FILE)).ok();
    match noted.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()) {
        Some(url) if config.public_url.is_empty() => url,
        _ => config.base_url(),
    }
}
