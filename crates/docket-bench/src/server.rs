//! Docket under test: the release binary, started as a user would.

use crate::Outcome;
use crate::client::{Client, request};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn spawn(
    binary: &Path,
    core: Option<usize>,
    storage: &[String],
    (address, ips_address): (&str, &str),
    more: &[(&str, &str)],
) -> std::io::Result<Child> {
    let mut command = match core {
        None => Command::new(binary),
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string()]).arg(binary);
            command
        }
    };
    command
        .args(["serve", "--listen", address])
        .args(storage)
        .env("DOCKET_LOG", "warn")
        .env("DOCKET_JOBS_PRODUCERS", "0")
        .env("DOCKET_WIALON_IPS_LISTEN", ips_address)
        .env("DOCKET_OUTSIDE_ALLOW", "127.0.0.1")
        .envs(more.iter().copied())
        .stdout(Stdio::null())
        .spawn()
}

/// A running hub with a connection per dialect.
pub struct Docket {
    child: Child,
    binary: PathBuf,
    core: Option<usize>,
    storage: Vec<String>,
    /// Where it listens.
    pub address: String,
    /// Where it listens for trackers.
    pub ips_address: String,
    /// Native token.
    pub token: String,
    /// What `connection add --json` printed, per dialect: ppw, pruvan, wialon, mews, planviewer.
    pub credentials: Value,
}

impl Docket {
    /// Starts the hub on an empty store.
    pub async fn start(
        binary: &Path,
        folder: &Path,
        database_url: Option<&str>,
        core: Option<usize>,
    ) -> Outcome<Docket> {
        let free = || Ok::<_, std::io::Error>(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string());
        let (address, ips_address) = (free()?, free()?);
        let mut storage = vec!["--data".to_owned(), folder.join("docket").display().to_string()];
        if let Some(url) = database_url {
            storage.extend(["--database-url".to_owned(), url.to_owned()]);
        }
        let child = spawn(binary, core, &storage, (&address, &ips_address), &[])?;
        let mut docket = Docket {
            child,
            binary: binary.to_path_buf(),
            core,
            storage,
            address,
            ips_address,
            token: String::new(),
            credentials: Value::Object(serde_json::Map::new()),
        };
        docket.wait_ready().await?;
        docket.token = docket.cli(&["token", "create", "bench"])?["token"].as_str().unwrap_or_default().to_owned();
        for (dialect, settings) in [
            ("ppw", &["scope=account"][..]),
            ("pruvan", &["scope=account"]),
            ("wialon", &["scope=account"]),
            ("mews", &["scope=account", "rate_limit=0"]),
            ("planviewer", &["scope=account", "soft_cap=1000000000"]),
        ] {
            let mut args = vec!["connection", "add", dialect, dialect];
            for setting in settings {
                args.extend(["--set", setting]);
            }
            docket.credentials[dialect] = docket.cli(&args)?;
        }
        // The directory is re-read within a second.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        Ok(docket)
    }

    async fn wait_ready(&self) -> Outcome<()> {
        for _ in 0..200 {
            if let Ok(mut client) = Client::connect(&self.address).await
                && let Ok(answer) = client.send(&request("GET", "/readyz", "", "")).await
                && answer.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("docket did not become ready within 10 s".into())
    }

    /// Runs a command of the CLI against the same store.
    pub fn cli(&self, args: &[&str]) -> Outcome<Value> {
        let output = Command::new(&self.binary).args(args).args(&self.storage).arg("--json").output()?;
        if !output.status.success() {
            return Err(format!("docket {args:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A credential.
    pub fn credential(&self, dialect: &str, name: &str) -> String {
        self.credentials[dialect][name]
            .as_str()
            .map_or_else(|| self.credentials[dialect][name].to_string(), str::to_owned)
    }

    /// Resident memory for people: what the process holds itself, and what it shares with the page cache.
    pub fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1024.0
        };
        format!("{:.0} MB of its own, {:.0} MB of mapped files", megabytes("RssAnon:"), megabytes("RssFile:"))
    }

    /// How much of the processor it took so far, in seconds.
    pub fn processor_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // Behind the name, which may have spaces: user and system time are the twelfth and thirteenth, in hundredths.
        let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    }

    /// Stops it and starts it again on the same store, set otherwise.
    pub async fn restart(&mut self, more: &[(&str, &str)]) -> Outcome<()> {
        self.end().await?;
        let addresses = (self.address.as_str(), self.ips_address.as_str());
        self.child = spawn(&self.binary, self.core, &self.storage, addresses, more)?;
        self.wait_ready().await
    }

    /// Stops it the polite way.
    pub async fn stop(mut self) -> Outcome<()> {
        self.end().await
    }

    async fn end(&mut self) -> Outcome<()> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        for _ in 0..300 {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.child.kill()?;
        Err("docket did not stop within 30 s".into())
    }
}

impl Drop for Docket {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
