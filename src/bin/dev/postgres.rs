//! A PostgreSQL server for the tests: one that is named, one that runs here, or one of our own.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, io, net, thread};

use crate::Problem;
use crate::shell::{output, run};

/// Where the tests look for the server.
pub const VARIABLE: &str = "HAUSGRAPH_TEST_POSTGRES";

const READY_WITHIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// A server where databases may be made; our own one runs as long as this value lives.
pub struct Postgres {
    pub url: String,
    _own: Option<Cluster>,
}

impl Postgres {
    pub fn find_or_start() -> Result<Self, Problem> {
        if let Some(url) = variable(VARIABLE).or_else(running) {
            return Ok(Self { url, _own: None });
        }
        let cluster = Cluster::start()?;
        Ok(Self {
            url: cluster.url.clone(),
            _own: Some(cluster),
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how this machine is set up, is no setting of the gateway"
)]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A server at the usual port that lets one of the usual users make databases.
fn running() -> Option<String> {
    let user = variable("USER").unwrap_or_default();
    ["postgres", "root", &user]
        .iter()
        .map(|user| format!("postgres://{user}@127.0.0.1:5432/postgres"))
        .find(|url| {
            let may = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user";
            let mut ask = Command::new("psql");
            ask.args(["--no-password", "--no-psqlrc", "-Atc", may, url]);
            output(ask.stdin(Stdio::null())).is_ok_and(|answer| answer.trim() == "t")
        })
}

/// A database cluster for one check; its files are worth nothing afterwards.
struct Cluster {
    url: String,
    /// Not below `target`: a superuser's server runs as somebody whom a home may be closed to.
    folder: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    fn start() -> Result<Self, Problem> {
        let programs = programs().ok_or(
            "no PostgreSQL: neither a server at 127.0.0.1:5432 nor initdb \
             (`tests/run` installs it)",
        )?;
        let name = format!("hausgraph-dev-postgres-{}", process::id());
        let port = free_port()?;
        let mut cluster = Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            folder: env::temp_dir().join(name),
            server: None,
        };
        let folder = &cluster.folder;
        let told = |error| format!("cannot make {}: {error}", folder.display());
        fs::create_dir(folder).map_err(told)?;
        let user = User::find()?;
        user.own(folder).map_err(told)?;

        let mut make = user.command(&programs.join("initdb"), folder);
        make.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--no-locale", "--no-sync", "--pgdata"])
            .arg(folder);
        output(&mut make)?;

        // Nothing here must outlast a power cut, and a socket's path could be too long.
        let mut serve = user.command(&programs.join("postgres"), folder);
        serve
            .args(["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-p", &port.to_string()])
            .arg("-D")
            .arg(folder);
        let log = fs::File::create(folder.join("server.log")).map_err(told)?;
        let server = serve.stdout(Stdio::null()).stderr(log).spawn();
        cluster.server = Some(server.map_err(|error| format!("cannot start postgres: {error}"))?);
        cluster.wait_until_ready(&programs)?;
        Ok(cluster)
    }

    fn wait_until_ready(&self, programs: &Path) -> Result<(), Problem> {
        let mut waited = Duration::ZERO;
        let mut ask = Command::new(programs.join("pg_isready"));
        ask.args(["--quiet", "--dbname", &self.url]);
        while output(&mut ask).is_err() {
            if waited >= READY_WITHIN {
                let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
                return Err(format!(
                    "PostgreSQL was not ready within {READY_WITHIN:?}\n{log}"
                ));
            }
            thread::sleep(PAUSE);
            waited += PAUSE;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // SIGQUIT ends it at once and still clears the memory it shared. It may have ended.
            let quit = format!("kill -QUIT {}", server.id());
            let _ = run(Command::new("sh").args(["-c", &quit]));
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of `initdb`; Debian keeps it off the path, and the newest version is as good as any.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok();
    let mut installed: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    installed.sort();
    let path = variable("PATH").unwrap_or_default();
    installed
        .into_iter()
        .rev()
        .chain(env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn free_port() -> Result<u16, Problem> {
    net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port: {error}"))
}

/// Whom the server runs as: us, or somebody harmless if we are the superuser, whom it refuses.
struct User {
    /// The ids of the other user and its group.
    other: Option<(u32, u32)>,
}

impl User {
    fn find() -> Result<Self, Problem> {
        if output(Command::new("id").arg("-u"))?.trim() != "0" {
            return Ok(Self { other: None });
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let other = ["postgres", "nobody"].iter().find_map(|name| {
            let line = users
                .lines()
                .find(|line| line.split(':').next() == Some(name))?;
            let mut ids = line.split(':').skip(2).map(str::parse);
            Some((ids.next()?.ok()?, ids.next()?.ok()?))
        });
        match other {
            None => Err("no user `postgres` or `nobody` to run PostgreSQL as".to_owned()),
            other => Ok(Self { other }),
        }
    }

    fn own(&self, folder: &Path) -> io::Result<()> {
        match self.other {
            Some((user, group)) => chown(folder, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// A program of this user's in a folder that it may enter.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_our_own_answers_and_leaves_nothing_behind() {
        if programs().is_none() {
            eprintln!("skipped: PostgreSQL's programs are not installed");
            return;
        }
        let cluster = Cluster::start().unwrap();
        let (url, folder) = (cluster.url.clone(), cluster.folder.clone());
        let make = || output(Command::new("psql").args(["-c", "CREATE DATABASE made", &url]));

        let made = make();
        drop(cluster);

        assert!(made.unwrap().contains("CREATE DATABASE"));
        make().unwrap_err();
        assert!(!folder.exists());
    }
}
