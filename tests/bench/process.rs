//! A process of the bench, and what the system says of it.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// What the system counts CPU time in.
const TICK: Duration = Duration::from_millis(10);

/// A running role; it ends with this handle.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is to be sent, or empty.
    pub token: String,
}

impl Process {
    /// Starts this very program with other arguments, under another command where one is given.
    pub fn start(under: Option<&str>, arguments: &[&str]) -> Self {
        let program = env::current_exe().unwrap();
        let mut command = match under {
            None => Command::new(program),
            Some(under) => {
                let mut words = under.split(' ');
                let mut command = Command::new(words.next().unwrap());
                command.args(words).arg(program);
                command
            }
        };
        let command = command.args(arguments).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let (address, token) = line.trim_end_matches('\n').split_once(' ').unwrap();
        Self {
            child,
            address: address.parse().unwrap(),
            token: token.to_owned(),
        }
    }

    /// CPU time of all threads since the start.
    pub fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        // The name, which may hold anything, ends with the last bracket; the times are the 14th and 15th word.
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        let words = rest.split(' ').skip(11).take(2);
        let ticks: u32 = words.map(|word| word.parse::<u32>().unwrap()).sum();
        TICK * ticks
    }

    /// The most memory that it had at any time, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() << 10
    }

    fn proc(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whoever looks inside is given the time to write down what it saw.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
