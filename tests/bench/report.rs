//! What was measured, as tables and as ratios beside their targets: Markdown, which reads well on a terminal too.

use std::{
    fmt::Write,
    fs,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};

use super::{
    gateway, results,
    run::{Figure, Memory},
    workload::{Contender, Temperature, Workload},
};

const MIB: f64 = (1 << 20) as f64;

/// The most memory for an upstream answer of 8 MiB, in MiB.
const MOST_FOR_BODY: f64 = 90.0;

/// Figures as they come, and the page that they make.
pub struct Report {
    page: String,
    figures: Vec<Figure>,
    memory: Vec<Memory>,
}

impl Report {
    pub fn new(duration: Duration, rounds: usize, connections: usize) -> Self {
        let mut page = "# What the gateway costs\n\nMade by `cargo dev bench --write`; \
            `tests/bench/main.rs` says who is measured and how.\n\n"
            .to_owned();
        let line = format!(
            "{}, on {}. The middle of {rounds} rounds of {} s; {connections} requests at the same time, \
             8 times as many for `record`, an eighth for `body`.\n",
            today().format("%-d %B %Y"),
            machine(),
            duration.as_secs_f64(),
        );
        page.push_str(&line);
        print!("{page}");
        Self {
            page,
            figures: Vec::new(),
            memory: Vec::new(),
        }
    }

    /// Takes and shows what was measured of a workload.
    pub fn add(&mut self, workload: Workload, figures: Vec<Figure>, memory: Vec<Memory>) {
        let mut text = format!("\n## `{}`: {}\n\n", workload.name(), workload.description());
        table(
            &mut text,
            &[
                "latency",
                "",
                "who",
                "requests/s",
                "p50 ms",
                "p99 ms",
                "CPU µs/request",
                "upstream calls/request",
            ],
            figures.iter().map(|figure| {
                let round = figure.round;
                let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e3);
                vec![
                    format!("{} ms", figure.latency_ms),
                    figure.temperature.name().to_owned(),
                    figure.contender.name().to_owned(),
                    format!("{:.0}", round.requests_per_second),
                    ms(round.p50),
                    ms(round.p99),
                    format!("{:.0}", round.cpu_per_request.as_secs_f64() * 1e6),
                    format!("{:.2}", round.calls_per_request),
                ]
            }),
        );
        let memory_of = |memory: &Memory| {
            let mebibytes = memory.peak as f64 / MIB;
            format!("{} {mebibytes:.1}", memory.contender.name())
        };
        let peaks: Vec<String> = memory.iter().map(memory_of).collect();
        writeln!(text, "\nPeak memory, MiB: {}.", peaks.join(", ")).unwrap();
        print!("{text}");
        self.page.push_str(&text);
        self.figures.extend(figures);
        self.memory.extend(memory);
    }

    /// Shows the ratios.
    pub fn finish(&mut self) {
        let mut rows = Vec::new();
        for figure in &self.figures {
            if figure.contender == Contender::Gateway {
                match figure.temperature {
                    Temperature::Cold => self.cold(figure, &mut rows),
                    Temperature::Warm => self.warm(figure, &mut rows),
                }
            }
        }
        for memory in &self.memory {
            if memory.contender == Contender::Gateway {
                self.peak(memory, &mut rows);
            }
        }
        let mut text = "\n## Ratios\n\n".to_owned();
        table(
            &mut text,
            &[
                "workload",
                "latency",
                "figure of the gateway",
                "is",
                "target",
                "met",
            ],
            rows,
        );
        print!("{text}");
        self.page.push_str(&text);
    }

    /// Keeps the page.
    pub fn write(&self) {
        fs::write(results(), &self.page).unwrap();
    }

    fn beside(&self, figure: &Figure, contender: Contender) -> Option<&Figure> {
        self.figures.iter().find(|other| {
            other.workload == figure.workload
                && other.latency_ms == figure.latency_ms
                && other.temperature == figure.temperature
                && other.contender == contender
        })
    }

    fn cold(&self, figure: &Figure, rows: &mut Vec<Vec<String>>) {
        let workload = figure.workload;
        for other in [Contender::Typed, Contender::Plain] {
            let Some(beside) = self.beside(figure, other) else {
                continue;
            };
            let cpu = figure.round.cpu_per_request.as_secs_f64()
                / beside.round.cpu_per_request.as_secs_f64();
            let target = workload.most_cpu().filter(|_| other == Contender::Typed);
            let (target, is_met) = match target {
                None => (String::new(), String::new()),
                Some((most, floor)) => {
                    let is_met = match cpu {
                        cpu if cpu <= most => "yes",
                        cpu if cpu <= floor => "floor",
                        _ => "no",
                    };
                    (format!("≤ {most} (floor {floor})"), is_met.to_owned())
                }
            };
            let what = format!("CPU, cold, of {}", other.name());
            rows.push(row(figure, what, format!("{cpu:.2}"), target, is_met));
        }
        let (calls, most) = (figure.round.calls_per_request, workload.calls());
        // Fewer where ids of several requests go with one call.
        let is_met = calls < most as f64 + 0.01;
        let what = "upstream calls, cold".to_owned();
        let target = format!("≤ {most}");
        rows.push(row(
            figure,
            what,
            format!("{calls:.2}"),
            target,
            word(is_met),
        ));
    }

    fn warm(&self, figure: &Figure, rows: &mut Vec<Vec<String>>) {
        let calls = figure.round.calls_per_request;
        let what = "upstream calls, warm".to_owned();
        let is_met = word(calls < 0.01);
        rows.push(row(
            figure,
            what,
            format!("{calls:.2}"),
            "0".to_owned(),
            is_met,
        ));
        if let Some(beside) = self.beside(figure, Contender::Fixed) {
            let ratio = figure.round.requests_per_second / beside.round.requests_per_second;
            let what = "requests/s, warm, of fixed".to_owned();
            let is_met = word(ratio >= 0.5);
            rows.push(row(
                figure,
                what,
                format!("{ratio:.2}"),
                "≥ 0.5".to_owned(),
                is_met,
            ));
        }
    }

    fn peak(&self, memory: &Memory, rows: &mut Vec<Vec<String>>) {
        let peak = memory.peak as f64 / MIB;
        let mut push = |what: &str, most: f64| {
            rows.push(vec![
                format!("`{}`", memory.workload.name()),
                "all".to_owned(),
                what.to_owned(),
                format!("{peak:.1}"),
                format!("≤ {most:.1}"),
                word(peak <= most),
            ]);
        };
        let typed = self
            .memory
            .iter()
            .find(|other| other.workload == memory.workload && other.contender == Contender::Typed);
        if let Some(typed) = typed {
            let most = 1.5 * typed.peak as f64 / MIB + gateway::CACHE as f64 / MIB;
            push("peak memory, MiB; 1.5 × typed and the cache", most);
        }
        if memory.workload == Workload::Body {
            push("peak memory, MiB", MOST_FOR_BODY);
        }
    }
}

fn row(figure: &Figure, what: String, is: String, target: String, is_met: String) -> Vec<String> {
    let workload = format!("`{}`", figure.workload.name());
    let latency = format!("{} ms", figure.latency_ms);
    vec![workload, latency, what, is, target, is_met]
}

fn word(is_met: bool) -> String {
    if is_met { "yes" } else { "no" }.to_owned()
}

/// A table whose columns are as wide as what stands in them.
fn table(text: &mut String, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let width = |column: usize| {
        let cells = std::iter::once(&head)
            .chain(&rows)
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut line = |row: &[String]| {
        for (cell, width) in std::iter::zip(row, &widths) {
            write!(text, "| {cell:<width$} ").unwrap();
        }
        text.push_str("|\n");
    };
    line(&head);
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(&rule);
    rows.iter().for_each(|row| line(row));
}

#[expect(clippy::disallowed_methods, reason = "the day of the run, for people")]
fn today() -> DateTime<Utc> {
    SystemTime::now().into()
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let processors = read("/proc/cpuinfo");
    let count = processors.matches("processor\t").count();
    let memory = value(&read("/proc/meminfo"), "MemTotal");
    let kibibytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or(0);
    format!(
        "{count} processors ({}), {} GiB",
        value(&processors, "model name"),
        kibibytes >> 20
    )
}
