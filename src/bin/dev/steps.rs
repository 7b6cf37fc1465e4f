//! The steps of a check: a heading before each, and at the end what they took and how many tests passed.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::Problem;
use crate::shell::{run, run_and_read};

struct Done {
    name: &'static str,
    took: Duration,
    tests: usize,
}

#[derive(Default)]
pub struct Steps {
    done: Vec<Done>,
}

impl Steps {
    pub fn run(&mut self, name: &'static str, mut command: Command) -> Result<(), Problem> {
        self.step(name, || run(&mut command).map(|()| 0))
    }

    /// A step that says how many tests passed: one that ran none proves nothing.
    pub fn test(&mut self, name: &'static str, mut command: Command) -> Result<(), Problem> {
        self.step(name, || {
            let mut tests = 0;
            run_and_read(&mut command, |line| tests += tests_passed(line))?;
            if tests == 0 {
                Err("no test ran".to_owned())
            } else {
                Ok(tests)
            }
        })
    }

    /// `work` answers with the number of tests that passed.
    #[expect(
        clippy::disallowed_methods,
        reason = "it times other programs; nothing waits here"
    )]
    pub fn step(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<usize, Problem>,
    ) -> Result<(), Problem> {
        println!("\n==> {name}");
        let start = Instant::now();
        let tests = work().map_err(|problem| format!("step `{name}` failed: {problem}"))?;
        self.done.push(Done {
            name,
            took: start.elapsed(),
            tests,
        });
        Ok(())
    }

    pub fn total(&self) {
        println!();
        for Done { name, took, tests } in &self.done {
            let tests = if *tests > 0 {
                format!("{tests:>6} passed")
            } else {
                String::new()
            };
            println!("{name:<28}{:>7.1} s{tests}", took.as_secs_f32());
        }
        let took: Duration = self.done.iter().map(|step| step.took).sum();
        let tests: usize = self.done.iter().map(|step| step.tests).sum();
        println!(
            "\n{tests} tests passed in {} steps, {} s",
            self.done.len(),
            took.as_secs()
        );
    }
}

/// The count in the closing line of nextest, of `cargo test` or of a node script; 0 in any other line.
fn tests_passed(line: &str) -> usize {
    let words: Vec<&str> = line.split_whitespace().collect();
    let count = match words.as_slice() {
        ["Summary", rest @ ..] | ["test", "result:", "ok.", rest @ ..] => rest
            .windows(2)
            .find(|pair| pair[1].starts_with("passed"))
            .map_or("0", |pair| pair[0]),
        ["ℹ", "pass", count] => count,
        _ => "0",
    };
    count.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::tests_passed;

    #[test]
    fn closing_lines_are_counted_and_nothing_else() {
        let closing = [
            "     Summary [   0.013s] 12 tests run: 12 passed, 1 skipped",
            "     Summary [   1m 2s] 12 tests run: 12 passed (1 slow), 0 skipped",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "ℹ pass 12",
        ];
        assert_eq!(closing.map(tests_passed), [12; 4]);
        let other = [
            "test edge::refused ... ok",
            "ℹ tests 12",
            "test result: FAILED. 12 passed; 1 failed",
        ];
        assert_eq!(other.map(tests_passed), [0; 3]);
    }
}
