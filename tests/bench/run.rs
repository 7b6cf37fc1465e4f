//! The course of a run: who is started, who is asked when, and what is made of it.

use std::{net::SocketAddr, time::Duration};

use clap::ValueEnum;
use serde_json::Value;

use super::{
    Arguments,
    load::{Connection, Load, Numbers},
    process::Process,
    report::Report,
    workload::{Contender, FIRST, Request, Temperature, Workload, data},
};

/// How often each contender gets its turn.
const ROUNDS: usize = 3;

/// Workloads that were not asked for by name are all of them.
struct Plan {
    workloads: Vec<Workload>,
    latencies: Vec<u64>,
    temperatures: Vec<Temperature>,
    duration: Duration,
    connections: usize,
    requests: Option<u64>,
    under: Option<String>,
}

impl Plan {
    fn of(arguments: &Arguments) -> Self {
        let workloads = match arguments.workload.as_slice() {
            [] => Workload::value_variants().to_vec(),
            some => some.to_vec(),
        };
        let temperatures = arguments
            .only
            .map_or_else(|| Temperature::value_variants().to_vec(), |only| vec![only]);
        let is_quick = arguments.quick;
        Self {
            workloads,
            latencies: if is_quick {
                vec![0]
            } else {
                arguments.latency.clone()
            },
            temperatures,
            duration: Duration::from_secs_f64(if is_quick { 0.5 } else { arguments.seconds }),
            connections: arguments.connections,
            requests: arguments.requests,
            under: arguments.under.clone(),
        }
    }
}

/// One round of one contender, or the middle of several.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    pub requests_per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    pub cpu_per_request: Duration,
    pub calls_per_request: f64,
}

/// What a contender did under the same circumstances.
#[derive(Debug)]
pub struct Figure {
    pub workload: Workload,
    pub latency_ms: u64,
    pub temperature: Temperature,
    pub contender: Contender,
    pub round: Round,
}

/// The most memory that a contender took for a workload, in bytes.
#[derive(Debug)]
pub struct Memory {
    pub workload: Workload,
    pub contender: Contender,
    pub peak: u64,
}

/// Measures everything that was asked for.
pub async fn all(arguments: Arguments) {
    let plan = Plan::of(&arguments);
    let upstream = Upstream(Process::start(None, &["upstream"]));
    let numbers = Numbers::from(FIRST + 1);
    let mut report = Report::new(plan.duration, ROUNDS, plan.connections);
    for workload in &plan.workloads {
        let (figures, memory) = measure(&plan, &upstream, *workload, &numbers).await;
        report.add(*workload, figures, memory);
    }
    report.finish();
    if arguments.write {
        report.write();
    }
}

/// The recorded systems, told what to do.
struct Upstream(Process);

impl Upstream {
    async fn set_latency(&self, ms: u64) {
        self.ask("PUT", &format!("latency/{ms}")).await;
    }

    /// How often it was called so far.
    async fn calls(&self) -> u64 {
        self.ask("GET", "calls").await.parse().unwrap()
    }

    async fn ask(&self, method: &str, path: &str) -> String {
        let path = format!("/bench/{path}");
        let answer = ask(self.0.address, method, &path, b"");
        String::from_utf8(answer.await).unwrap()
    }
}

async fn ask(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {length}\r\n\r\n");
    let request = [head.as_bytes(), body].concat();
    Connection::open(address).await.ask(&request).await.to_vec()
}

/// A contender ready for a workload.
struct Runner {
    contender: Contender,
    process: Process,
    request: Request,
    /// Of every right answer.
    length: usize,
}

impl Runner {
    fn start(contender: Contender, workload: Workload, upstream: &Upstream, plan: &Plan) -> Self {
        let upstream = upstream.0.address.to_string();
        let process = match contender {
            Contender::Fixed => Process::start(None, &[contender.name()]),
            Contender::Gateway => {
                Process::start(plan.under.as_deref(), &[contender.name(), &upstream])
            }
            Contender::Typed | Contender::Plain => {
                Process::start(None, &[contender.name(), &upstream])
            }
        };
        Self {
            contender,
            request: workload.request(contender, &process.token),
            process,
            length: 0,
        }
    }

    async fn ask_once(&self, number: u64) -> Vec<u8> {
        let mut request = Vec::new();
        self.request.write(number, &mut request);
        let mut connection = Connection::open(self.process.address).await;
        connection.ask(&request).await.to_vec()
    }
}

async fn measure(
    plan: &Plan,
    upstream: &Upstream,
    workload: Workload,
    numbers: &Numbers,
) -> (Vec<Figure>, Vec<Memory>) {
    let is_measured = |contender: &Contender| {
        let mut of = plan.temperatures.iter().map(|it| it.contenders());
        match plan.under {
            Some(_) => *contender == Contender::Gateway,
            None => of.any(|contenders| contenders.contains(contender)),
        }
    };
    let contenders = [
        Contender::Gateway,
        Contender::Typed,
        Contender::Plain,
        Contender::Fixed,
    ];
    let contenders = contenders.into_iter().filter(is_measured);
    let mut runners: Vec<Runner> = contenders
        .map(|contender| Runner::start(contender, workload, upstream, plan))
        .collect();
    upstream.set_latency(0).await;
    agree(&mut runners, workload, upstream, numbers.next()).await;

    let warm_number = numbers.next();
    let round = async |runner: &Runner, temperature, duration| {
        let load = Load {
            address: runner.process.address,
            request: &runner.request,
            temperature,
            numbers,
            fixed: warm_number,
            length: runner.length,
            connections: workload.connections(plan.connections),
            duration,
            requests: plan.requests,
        };
        round(&load, &runner.process, upstream).await
    };
    if plan.under.is_none() {
        for runner in &runners {
            round(runner, Temperature::Cold, plan.duration / 4).await;
        }
    }
    let mut figures = Vec::new();
    for latency_ms in &plan.latencies {
        upstream.set_latency(*latency_ms).await;
        for temperature in &plan.temperatures {
            let takes_part =
                |runner: &&Runner| temperature.contenders().contains(&runner.contender);
            let taking_part: Vec<&Runner> = runners.iter().filter(takes_part).collect();
            let mut rounds = vec![Vec::new(); taking_part.len()];
            for _ in 0..if plan.under.is_some() { 1 } else { ROUNDS } {
                for (runner, rounds) in std::iter::zip(&taking_part, &mut rounds) {
                    rounds.push(round(runner, *temperature, plan.duration).await);
                }
            }
            let made = std::iter::zip(taking_part, rounds).map(|(runner, rounds)| Figure {
                workload,
                latency_ms: *latency_ms,
                temperature: *temperature,
                contender: runner.contender,
                round: middle(&rounds),
            });
            figures.extend(made);
        }
    }
    let memory = runners.iter().map(|runner| Memory {
        workload,
        contender: runner.contender,
        peak: runner.process.peak_memory(),
    });
    let memory = memory.collect();
    (figures, memory)
}

/// Fails unless all give the same data, and those who ask upstream make as many calls as it takes.
async fn agree(runners: &mut [Runner], workload: Workload, upstream: &Upstream, number: u64) {
    let mut expected: Option<(Vec<u8>, Value)> = None;
    for runner in runners {
        let name = runner.contender.name();
        if runner.contender == Contender::Fixed {
            let (answer, _) = expected.as_ref().unwrap();
            ask(runner.process.address, "PUT", "/", answer).await;
            runner.length = answer.len();
            continue;
        }
        let before = upstream.calls().await;
        let answer = runner.ask_once(number).await;
        let calls = upstream.calls().await - before;
        assert_eq!(calls, workload.calls(), "upstream calls of {name}");
        let read: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(read.get("errors"), None, "of {name}");
        let found = data(&read);
        runner.length = answer.len();
        match &expected {
            None => expected = Some((answer, found)),
            Some((_, expected)) => differ(expected, &found, name, &mut String::new()),
        }
    }
}

/// Fails at the first place where two values are not the same.
fn differ(expected: &Value, found: &Value, name: &str, at: &mut String) {
    let length = at.len();
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            for (key, value) in one {
                at.push_str(&format!(".{key}"));
                differ(value, &other[key], name, at);
                at.truncate(length);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in std::iter::zip(one, other).enumerate() {
                at.push_str(&format!("[{index}]"));
                differ(one, other, name, at);
                at.truncate(length);
            }
        }
        _ => assert_eq!(expected, found, "at {at} of {name}"),
    }
}

async fn round(load: &Load<'_>, process: &Process, upstream: &Upstream) -> Round {
    let calls = upstream.calls().await;
    let cpu = process.cpu();
    let waits = load.run().await;
    let cpu = process.cpu() - cpu;
    let calls = upstream.calls().await - calls;
    let count = waits.len().max(1);
    // All connections together wait all the time.
    let waited: Duration = waits.iter().sum();
    let at = |part: f64| waits[((count - 1) as f64 * part) as usize];
    Round {
        requests_per_second: (count * load.connections) as f64 / waited.as_secs_f64(),
        p50: at(0.5),
        p99: at(0.99),
        cpu_per_request: cpu / u32::try_from(count).unwrap(),
        calls_per_request: calls as f64 / count as f64,
    }
}

/// The middle of each figure by itself.
fn middle(rounds: &[Round]) -> Round {
    fn of<T: PartialOrd + Copy>(rounds: &[Round], figure: impl Fn(&Round) -> T) -> T {
        let mut figures: Vec<T> = rounds.iter().map(figure).collect();
        figures.sort_by(|one, other| one.partial_cmp(other).unwrap());
        figures[figures.len() / 2]
    }
    Round {
        requests_per_second: of(rounds, |round| round.requests_per_second),
        p50: of(rounds, |round| round.p50),
        p99: of(rounds, |round| round.p99),
        cpu_per_request: of(rounds, |round| round.cpu_per_request),
        calls_per_request: of(rounds, |round| round.calls_per_request),
    }
}
