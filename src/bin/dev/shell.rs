//! Other programs: how they are named, and how they are run.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::Problem;

pub fn cargo(args: &str) -> Command {
    command(&format!("cargo {args}"), "")
}

pub fn node(folder: &str, args: &str) -> Command {
    command(&format!("node {args}"), folder)
}

/// Installs exactly what the lock file of `folder` names.
pub fn npm_ci(folder: &str) -> Command {
    command("npm ci --no-progress", folder)
}

/// `line` is split at its spaces, `folder` is one of the repository.
fn command(line: &str, folder: &str) -> Command {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a split has a first part"));
    command
        .args(words)
        .current_dir(root().join(folder))
        .stdin(Stdio::null());
    command
}

/// The top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command on this terminal.
pub fn run(command: &mut Command) -> Result<(), Problem> {
    let status = command.status().map_err(|error| not_run(command, &error))?;
    succeeded(command, status)
}

/// Runs a command and gives back what it printed, or in the problem what it complained of.
pub fn output(command: &mut Command) -> Result<String, Problem> {
    let output = command.output().map_err(|error| not_run(command, &error))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    succeeded(command, output.status).map_err(|problem| format!("{problem}\n{complaint}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command, and shows each line that it prints to `read` on its way to this terminal.
pub fn run_and_read(command: &mut Command, mut read: impl FnMut(&str)) -> Result<(), Problem> {
    let mut relay = || -> io::Result<ExitStatus> {
        let (reader, writer) = io::pipe()?;
        let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
        // `command` keeps a writing end as well, and the pipe ends only when nobody has one.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        for line in BufReader::new(reader).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            read(&line);
            writeln!(io::stdout(), "{line}")?;
        }
        child.wait()
    };
    let status = relay().map_err(|error| not_run(command, &error))?;
    succeeded(command, status)
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Problem> {
    if status.success() {
        Ok(())
    } else {
        Err(format!("{}: {status}", words(command)))
    }
}

fn not_run(command: &Command, error: &io::Error) -> Problem {
    format!(
        "{}: {error} (`tests/run` installs what is missing)",
        words(command)
    )
}

fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy()));
    words.join(" ")
}
