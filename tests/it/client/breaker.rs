//! A system that is down is hardly asked, and comes back without a rush.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use hausgraph::{
    sandbox::{
        Sandbox, System,
        fault::{Fault, Rule},
    },
    upstream::{
        Error, Reach, Scope, deeprent,
        transport::{CircuitState, Limits},
    },
};

use super::{base_url, hurry};
use crate::support;

fn client(sandbox: &Sandbox) -> deeprent::Client {
    let access = &sandbox.access.demo.deeprent;
    let settings = deeprent::Settings {
        base_url: base_url(&access.base_url),
        api_key: access.api_key.as_str().into(),
        session_token: None,
        organization_id: None,
        limits: Limits::default(),
        reach: Reach::Any,
    };
    deeprent::Client::new(settings, sandbox.shared.clock.clone()).unwrap()
}

async fn list(client: &deeprent::Client) -> Result<(), Error> {
    client.list_protocols(1, None, false).await.map(drop)
}

fn asked(sandbox: &Sandbox) -> u64 {
    sandbox.shared.journal.count_all(System::DeepRent)
}

fn strike(sandbox: &Sandbox, fault: Fault) {
    sandbox.shared.faults.clear();
    let rule = Rule::new(System::DeepRent, fault);
    sandbox.shared.faults.add(rule);
}

fn is_suspended(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Suspended { .. }))
}

/// Fails until the breaker has opened.
async fn break_it(sandbox: &Sandbox, client: &deeprent::Client) {
    while client.budget().circuit == CircuitState::Closed {
        let result = hurry(&sandbox.shared.clock, 1, list(client)).await;
        assert!(matches!(result, Err(Error::Failed { .. })), "{result:?}");
    }
}

#[tokio::test]
async fn ten_dead_minutes_cost_few_calls_and_the_end_of_them_no_rush() {
    let sandbox = support::sandbox().await;
    let clock = &sandbox.shared.clock;
    let client = client(&sandbox);
    strike(&sandbox, Fault::Status(503));
    let start = clock.now();

    let (mut wanted, mut suspended) = (0, 0);
    while clock.now() - start < TimeDelta::minutes(10) {
        wanted += 1;
        let result = hurry(clock, 1, list(&client)).await;
        match &result {
            Err(Error::Suspended { retry_after, .. }) => {
                assert!(!retry_after.is_zero() && *retry_after <= Duration::from_secs(120));
                suspended += 1;
                clock.advance(Duration::from_secs(1));
            }
            result => assert!(matches!(result, Err(Error::Failed { .. })), "{result:?}"),
        }
    }

    // Five calls of three attempts each, and a probe whenever a pause that doubles was over.
    assert!(
        wanted > 500 && suspended + 20 > wanted,
        "{suspended} of {wanted}"
    );
    let meanwhile = asked(&sandbox);
    assert!((15 + 7..=15 + 11).contains(&meanwhile), "{meanwhile} calls");

    // All come at once: one of them probes.
    sandbox.shared.faults.clear();
    clock.advance(Duration::from_secs(120));
    assert_eq!(client.budget().circuit, CircuitState::HalfOpen);
    let crowd = join_all((0..20).map(|_| list(&client))).await;
    assert_eq!(crowd.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(
        crowd.iter().filter(|result| is_suspended(result)).count(),
        19
    );
    assert_eq!(asked(&sandbox), meanwhile + 1);

    assert_eq!(client.budget().circuit, CircuitState::Closed);
    let crowd = join_all((0..20).map(|_| list(&client))).await;
    assert!(crowd.iter().all(Result::is_ok));
    assert_eq!(asked(&sandbox), meanwhile + 21);
}

#[tokio::test]
async fn a_probe_that_fails_or_is_cancelled_leaves_room_for_the_next() {
    let sandbox = support::sandbox().await;
    let clock = &sandbox.shared.clock;
    let client = client(&sandbox);
    strike(&sandbox, Fault::Status(502));
    break_it(&sandbox, &client).await;
    assert!(is_suspended(&list(&client).await));
    clock.advance(Duration::from_secs(10));

    let before = asked(&sandbox);
    assert!(matches!(list(&client).await, Err(Error::Failed { .. })));
    assert_eq!(asked(&sandbox), before + 1);
    assert_eq!(client.budget().circuit, CircuitState::Open);

    clock.advance(Duration::from_secs(20));
    strike(&sandbox, Fault::DelayMs(1_000));
    let mut probe = Box::pin(list(&client));
    tokio::select! {
        _ = &mut probe => panic!("it does not answer"),
        // The deadline and the slow system.
        () = clock.wait_for_sleepers(2) => {}
    }
    assert!(is_suspended(&list(&client).await));
    drop(probe);

    sandbox.shared.faults.clear();
    list(&client).await.unwrap();
    assert_eq!(client.budget().circuit, CircuitState::Closed);
}

#[tokio::test]
async fn a_system_that_answers_is_not_down_whatever_it_says() {
    let sandbox = support::sandbox().await;
    let clock = &sandbox.shared.clock;
    for fault in [
        Fault::Status(401),
        Fault::Status(422),
        Fault::Throttle {
            retry_after: Some(1),
        },
        Fault::Redirect,
        Fault::Truncate,
        Fault::WrongTypes,
    ] {
        let client = client(&sandbox);
        strike(&sandbox, fault.clone());
        for _ in 0..20 {
            let result = hurry(clock, 1, list(&client)).await;
            assert!(result.is_err() && !is_suspended(&result), "{result:?}");
        }
        assert_eq!(client.budget().circuit, CircuitState::Closed, "{fault:?}");
    }
}

/// Asks, and lets so much time pass once that was heard.
async fn silence(
    sandbox: &Sandbox,
    client: &deeprent::Client,
    length: Duration,
) -> Result<(), Error> {
    let before = asked(sandbox);
    let wait = async {
        while asked(sandbox) == before {
            tokio::task::yield_now().await;
        }
        sandbox.shared.clock.advance(length);
    };
    tokio::join!(list(client), wait).0
}

#[tokio::test]
async fn silence_counts_only_when_it_was_long() {
    let sandbox = support::sandbox().await;
    let clock = &sandbox.shared.clock;
    let client = client(&sandbox);
    strike(&sandbox, Fault::DelayMs(3_600_000));
    // Whoever has little time learns nothing, and neither does who leaves.
    for _ in 0..10 {
        let deadline = clock.now() + TimeDelta::seconds(5);
        let hurried = client.scoped(Scope::until(deadline));
        let result = silence(&sandbox, &hurried, Duration::from_secs(5)).await;
        assert!(matches!(result, Err(Error::TimedOut { .. })), "{result:?}");
    }
    assert_eq!(client.budget().circuit, CircuitState::Closed);
    for _ in 0..5 {
        let result = silence(&sandbox, &client, Duration::from_secs(30)).await;
        assert!(matches!(result, Err(Error::TimedOut { .. })), "{result:?}");
    }
    assert_eq!(client.budget().circuit, CircuitState::Open);
}
