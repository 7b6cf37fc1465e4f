//! What a request cost upstream, for whoever asks: names of systems and operations, counts and
//! times; never a key, an id or anything else of the data.

use std::time::Duration;

use async_graphql::{Response, Value, resolver_utils::enum_value, to_value};
use serde::Serialize;

use crate::{
    cache::{Hit, Reader},
    model::System,
    upstream::{Call, Outcome},
};

/// Where it stands below the `extensions` of an answer.
const EXTENSION: &str = "hausgraph";

/// What was asked of the systems for one request, and what did not have to be.
#[derive(Debug, Default)]
pub struct Cost {
    /// From the beginning of the request until now, in real time.
    pub elapsed: Duration,
    /// The attempts that have ended, in the order in which they did; those that other requests made
    /// and this one waited for among them.
    pub calls: Vec<Call>,
    /// What the cache knew.
    pub hits: Vec<Hit>,
}

impl Cost {
    /// That of all that was read.
    pub fn of(reader: &Reader) -> Self {
        let log = &reader.scope().calls;
        Self {
            elapsed: log.elapsed(),
            calls: log.calls(),
            hits: reader.trace().hits(),
        }
    }

    /// Adds it to the answer.
    pub fn explain(&self, response: &mut Response) {
        let extensions = &mut response.extensions;
        extensions.insert(EXTENSION.to_owned(), self.to_value());
    }

    /// Shape: `elapsedMs`; `calls`, own and shared ones by their start; `hits`; `budgets`, of each
    /// system that said what is left. Times are rounded to a tenth of a millisecond.
    pub fn to_value(&self) -> Value {
        let mut calls: Vec<&Call> = self.calls.iter().collect();
        calls.sort_by_key(|call| call.offset);
        let told = Told {
            elapsed_ms: milliseconds(self.elapsed),
            calls: calls.into_iter().map(ToldCall::from).collect(),
            hits: self.hits.iter().map(ToldHit::from).collect(),
            budgets: self.budgets(),
        };
        to_value(told).expect("names and numbers are values")
    }

    /// What each system said last.
    fn budgets(&self) -> Vec<ToldBudget> {
        let left = |system: System| {
            let own = |call: &&Call| call.system == system && !call.is_shared;
            let mut latest = self.calls.iter().rev().filter(own);
            latest.find_map(|call| call.budget_left)
        };
        let told = System::ALL.into_iter().filter_map(|system| {
            Some(ToldBudget {
                left: left(system)?,
                system: enum_value(system),
            })
        });
        told.collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    elapsed_ms: f64,
    calls: Vec<ToldCall>,
    hits: Vec<ToldHit>,
    budgets: Vec<ToldBudget>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldCall {
    system: Value,
    operation: &'static str,
    keys: usize,
    attempt: u32,
    start_ms: f64,
    duration_ms: f64,
    status: Option<u16>,
    outcome: &'static str,
    bytes: usize,
    is_shared: bool,
    budget_left: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldHit {
    system: Value,
    operation: &'static str,
    keys: usize,
    age_seconds: u64,
    is_stale: bool,
}

#[derive(Serialize)]
struct ToldBudget {
    system: Value,
    left: u32,
}

impl From<&Call> for ToldCall {
    fn from(call: &Call) -> Self {
        let (status, outcome) = match call.outcome {
            Outcome::Answered(status) => (Some(status), "ANSWERED"),
            Outcome::Unreachable => (None, "UNREACHABLE"),
            Outcome::Abandoned => (None, "ABANDONED"),
        };
        Self {
            system: enum_value(call.system),
            operation: call.operation,
            keys: call.keys,
            attempt: call.attempt,
            start_ms: milliseconds(call.offset),
            duration_ms: milliseconds(call.elapsed),
            status,
            outcome,
            bytes: call.bytes,
            is_shared: call.is_shared,
            budget_left: call.budget_left,
        }
    }
}

impl From<&Hit> for ToldHit {
    fn from(hit: &Hit) -> Self {
        Self {
            system: enum_value(hit.system),
            operation: hit.operation,
            keys: hit.keys,
            age_seconds: hit.age.as_secs(),
            is_stale: hit.is_stale,
        }
    }
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn call(operation: &'static str, starts: u64, budget_left: Option<u32>) -> Call {
        Call {
            system: System::Propstreet,
            operation,
            keys: 50,
            attempt: 1,
            started: DateTime::UNIX_EPOCH,
            offset: Duration::from_micros(starts),
            elapsed: Duration::from_millis(12),
            outcome: Outcome::Answered(200),
            bytes: 1234,
            budget_left,
            is_shared: false,
        }
    }

    #[test]
    fn the_shape_holds_calls_of_ones_own_and_of_others_hits_and_budgets() {
        let mut broken = call("list_projects", 30_000, None);
        broken.outcome = Outcome::Unreachable;
        let mut abandoned = call("find_project", 20_000, Some(598));
        abandoned.outcome = Outcome::Abandoned;
        let mut shared = call("list_prospects", 1_249, Some(7));
        shared.is_shared = true;
        let cost = Cost {
            elapsed: Duration::from_micros(41_234),
            calls: vec![
                call("list_projects", 4_000, Some(599)),
                abandoned,
                broken,
                shared,
            ],
            hits: vec![Hit {
                system: System::DeepRent,
                operation: "list_protocols",
                keys: 3,
                age: Duration::from_millis(12_900),
                is_stale: true,
            }],
        };

        let told = cost.to_value().into_json().unwrap();

        assert_eq!(told["elapsedMs"], json!(41.2));
        let calls = told["calls"].as_array().unwrap();
        let by = |name: &str| calls.iter().map(|call| call[name].clone()).collect();
        let starts: Vec<_> = by("startMs");
        assert_eq!(starts, [json!(1.2), json!(4.0), json!(20.0), json!(30.0)]);
        let shared: Vec<_> = by("isShared");
        assert_eq!(shared, [true, false, false, false]);
        let outcomes: Vec<_> = by("outcome");
        let answered = "ANSWERED";
        assert_eq!(outcomes, [answered, answered, "ABANDONED", "UNREACHABLE"]);
        let statuses: Vec<_> = by("status");
        assert_eq!(statuses, [json!(200), json!(200), json!(null), json!(null)]);
        assert_eq!(
            calls[1],
            json!({
                "system": "PROPSTREET", "operation": "list_projects", "keys": 50, "attempt": 1,
                "startMs": 4.0, "durationMs": 12.0, "status": 200, "outcome": "ANSWERED",
                "bytes": 1234, "isShared": false, "budgetLeft": 599,
            })
        );
        assert_eq!(
            told["hits"],
            json!([{ "system": "DEEPRENT", "operation": "list_protocols", "keys": 3,
                     "ageSeconds": 12, "isStale": true }])
        );
        // What was said last; what others were told is theirs.
        let budgets = json!([{ "system": "PROPSTREET", "left": 598 }]);
        assert_eq!(told["budgets"], budgets);
    }
}
