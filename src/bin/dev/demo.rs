//! A demo gateway for the scripts that need one, on a free port.

use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use crate::Problem;
use crate::shell::node;

const READY_WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// Runs as long as this value lives, whatever happens meanwhile.
pub struct Demo {
    child: Child,
    /// Where the demo says, once it answers, how it is reached.
    ready_file: PathBuf,
}

impl Demo {
    /// Starts the `hausgraph` that was built beside this program.
    pub fn start() -> Result<Self, Problem> {
        let here = env::current_exe().map_err(|error| format!("no path of its own: {error}"))?;
        let program = here.with_file_name("hausgraph");
        let ready_file = env::temp_dir().join(format!("hausgraph-dev-{}.json", process::id()));
        let child = Command::new(&program)
            .args(["demo", "--listen", "127.0.0.1:0", "--ready-file"])
            .arg(&ready_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut demo = Self { child, ready_file };
        demo.wait_until_ready()?;
        Ok(demo)
    }

    fn wait_until_ready(&mut self) -> Result<(), Problem> {
        let mut waited = Duration::ZERO;
        while !self.ready_file.exists() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the demo ended before it was ready: {status}"));
            }
            if waited >= READY_WITHIN {
                return Err(format!("the demo was not ready within {READY_WITHIN:?}"));
            }
            thread::sleep(PAUSE);
            waited += PAUSE;
        }
        Ok(())
    }

    /// A script of tests that finds the gateway by the ready file.
    pub fn client(&self, folder: &str, script: &str) -> Command {
        let mut command = node(
            folder,
            &format!("--test-reporter=spec {script} --ready-file"),
        );
        command.arg(&self.ready_file);
        command
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself, and the file may be gone: either way nothing is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.ready_file);
    }
}
