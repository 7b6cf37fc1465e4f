//! What Propstreet allows in a minute is kept, however much is asked for.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::{join_all, poll_immediate};
use hausgraph::{
    clock::Clock,
    sandbox::{
        self, Sandbox,
        fault::{Fault, Rule},
    },
    upstream::{
        Error, Outcome, Reach, Scope, System,
        propstreet::{Client, Credentials, ProjectsQuery, Settings},
        transport::{CircuitState, Limits},
    },
};
use tokio::task::JoinSet;

use super::base_url;
use crate::support::{self, morning};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Propstreet, and a client whose token is allowed so many calls a minute.
async fn allowed(limit: u32) -> (Sandbox, Client) {
    let sandbox = support::sandbox().await;
    sandbox.shared.switches_mut().propstreet.personal_limit = limit;
    let access = &sandbox.access.demo.propstreet;
    let settings = Settings {
        base_url: base_url(&access.base_url),
        token_url: base_url(&access.token_url),
        credentials: Credentials::Token(access.access_token.as_str().into()),
        limits: Limits {
            timeout: HOUR,
            ..Limits::default()
        },
        reach: Reach::Any,
    };
    let client = Client::new(settings, sandbox.shared.clock.clone()).unwrap();
    (sandbox, client)
}

async fn list(client: &Client) -> Result<(), Error> {
    let query = ProjectsQuery::default();
    client.list_projects(&query, None, 1).await.map(drop)
}

/// One call in a task of its own.
fn ask(tasks: &mut JoinSet<Result<(), Error>>, client: &Client, scope: &Scope) {
    let client = client.scoped(scope.clone());
    tasks.spawn(async move { list(&client).await });
}

/// Lets all calls end, and time pass whenever every one of them waits.
async fn finish(clock: &Clock, mut tasks: JoinSet<Result<(), Error>>) -> Vec<Result<(), Error>> {
    let mut results = Vec::new();
    while !tasks.is_empty() {
        let count = 2 * tasks.len();
        // Each has a deadline, and one that waits has a pause besides.
        let all_wait = async {
            clock.wait_for_sleepers(count).await;
            clock.wait_for_pause(HOUR / 2).await
        };
        tokio::select! {
            pause = all_wait => clock.advance(pause),
            Some(result) = tasks.join_next() => results.push(result.unwrap()),
        }
        // Whoever was woken is awake by then.
        tokio::task::yield_now().await;
    }
    results
}

fn is_throttled(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Throttled { retry_after: Some(after), .. })
        if !after.is_zero() && *after <= 4 * MINUTE)
}

#[tokio::test]
async fn six_hundred_a_minute_are_never_overrun_and_whoever_has_patience_is_served() {
    let (sandbox, client) = allowed(600).await;
    let clock = &sandbox.shared.clock;
    let person = Scope::default();
    let patient = Scope::default().patient(HOUR / 4);
    let (mut served, mut refused) = (0, 0);
    for _ in 0..3 {
        let mut tasks = JoinSet::new();
        for _ in 0..650 {
            ask(&mut tasks, &client, &patient);
        }
        let mut hurried = JoinSet::new();
        for _ in 0..100 {
            ask(&mut hurried, &client, &person);
        }
        while let Some(result) = hurried.join_next().await {
            let result = result.unwrap();
            assert!(result.is_ok() || is_throttled(&result), "{result:?}");
            served += usize::from(result.is_ok());
            refused += usize::from(result.is_err());
        }
        for result in finish(clock, tasks).await {
            result.unwrap();
            served += 1;
        }
    }

    let calls = [person.calls.calls(), patient.calls.calls()].concat();
    let is_good = |call: &hausgraph::upstream::Call| call.outcome == Outcome::Answered(200);
    assert!(calls.iter().all(is_good), "the limit was overrun");
    assert_eq!(calls.len(), served);
    assert!(served >= 3 * 650 && refused > 0, "{served} and {refused}");
    let left: Vec<_> = calls.iter().map(|call| call.budget_left.unwrap()).collect();
    assert!(left.contains(&0) && left.iter().all(|left| *left < 600));
    // As few minutes as that takes.
    let minutes = (clock.now() - morning()).num_minutes();
    assert!((3..=4).contains(&minutes), "{minutes} minutes");
}

#[tokio::test]
async fn background_leaves_a_share_and_waits_behind_people() {
    let (sandbox, client) = allowed(5).await;
    let clock = &sandbox.shared.clock;
    let job = client.scoped(Scope::default().background());
    // The first answer tells the limit; a fifth of it is not for jobs.
    for _ in 0..4 {
        list(&job).await.unwrap();
    }
    let refused = list(&job).await;
    assert!(is_throttled(&refused), "{refused:?}");
    assert_eq!(client.budget().remaining, Some(1));
    list(&client).await.unwrap();
    assert!(is_throttled(&list(&client).await));
    let throttled_until = client.budget().throttled_until;
    assert_eq!(throttled_until, Some(morning() + TimeDelta::minutes(1)));

    // Jobs wait already when people come.
    let (background, person) = (
        Scope::default().background().patient(4 * MINUTE),
        Scope::default().patient(MINUTE),
    );
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        ask(&mut tasks, &client, &background);
    }
    clock.wait_for_sleepers(12).await;
    for _ in 0..2 {
        ask(&mut tasks, &client, &person);
    }
    clock.wait_for_sleepers(16).await;
    clock.advance(MINUTE);
    for _ in 0..4 {
        tasks.join_next().await.unwrap().unwrap().unwrap();
    }

    assert_eq!(person.calls.calls().len(), 2);
    assert_eq!(background.calls.calls().len(), 2);
    let rest = finish(clock, tasks).await;
    assert!(rest.iter().all(Result::is_ok), "{rest:?}");
    assert_eq!(clock.now(), morning() + TimeDelta::minutes(2));
}

#[tokio::test]
async fn a_429_closes_the_budget_for_all_until_its_time_is_over() {
    let (sandbox, client) = allowed(600).await;
    let (clock, faults) = (&sandbox.shared.clock, &sandbox.shared.faults);
    let throttle = |retry_after| {
        faults.clear();
        let fault = Fault::Throttle { retry_after };
        faults.add(Rule::new(sandbox::System::Propstreet, fault).times(1));
    };
    throttle(Some(17));
    assert!(is_throttled(&list(&client).await));
    let asked = sandbox
        .shared
        .journal
        .count_all(sandbox::System::Propstreet);
    let Err(Error::Throttled { retry_after, .. }) = list(&client).await else {
        panic!("it was asked")
    };
    assert_eq!(retry_after, Some(Duration::from_secs(17)));
    let budget = client.budget();
    assert_eq!(
        budget.throttled_until,
        Some(morning() + TimeDelta::seconds(17))
    );
    assert_eq!(budget.circuit, CircuitState::Closed);
    clock.advance(Duration::from_secs(15));

    // Within the patience of all.
    let all = join_all((0..20).map(|_| list(&client)));
    let pause = async { clock.advance(clock.wait_for_pause(MINUTE).await) };
    let (all, ()) = tokio::join!(all, pause);
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let asked_then = sandbox
        .shared
        .journal
        .count_all(sandbox::System::Propstreet);
    assert_eq!(asked_then, asked + 20);

    // Without a time to come back all pause a little, together.
    throttle(None);
    let pause = async {
        let pause = clock.wait_for_pause(MINUTE).await;
        assert!(pause >= Duration::from_millis(250) && pause <= Duration::from_millis(500));
        clock.advance(pause);
    };
    let (result, ()) = tokio::join!(list(&client), pause);
    result.unwrap();
}

#[tokio::test]
async fn whoever_leaves_gives_back_what_was_not_sent_and_no_more() {
    let (sandbox, client) = allowed(3).await;
    let clock = &sandbox.shared.clock;
    list(&client).await.unwrap();
    let delay = Rule::new(sandbox::System::Propstreet, Fault::DelayMs(1_000));
    sandbox.shared.faults.add(delay);
    let mut tasks = JoinSet::new();
    ask(&mut tasks, &client, &Scope::default());
    // The call's deadline and the slow system.
    clock.wait_for_sleepers(2).await;
    assert_eq!(client.budget().remaining, Some(1));

    tasks.shutdown().await;

    // It may have been heard, so it counts until Propstreet says that it was not.
    sandbox.shared.faults.clear();
    assert_eq!(client.budget().remaining, Some(1));
    for _ in 0..2 {
        list(&client).await.unwrap();
    }
    assert_eq!(client.budget().remaining, Some(0));
    let patient = client.scoped(Scope::default().patient(MINUTE));
    let mut waits = Box::pin(list(&patient));
    assert!(poll_immediate(&mut waits).await.is_none());
    drop(waits);
    clock.advance(MINUTE);
    assert_eq!(client.budget().remaining, Some(3));
    for _ in 0..3 {
        list(&client).await.unwrap();
    }
    assert_eq!(client.budget().remaining, Some(0));
}

#[tokio::test]
async fn a_budget_is_one_credentials_own_and_unknown_until_told() {
    let (_sandbox, client) = allowed(60).await;
    let (_other, stranger) = allowed(60).await;
    let budget = client.budget();
    assert_eq!(
        (budget.limit, budget.remaining, budget.resets_at),
        (None, None, None)
    );
    let scope = Scope::default();

    list(&client.scoped(scope.clone())).await.unwrap();

    let budget = client.budget();
    assert_eq!((budget.limit, budget.remaining), (Some(60), Some(59)));
    assert_eq!(budget.resets_at, Some(morning() + TimeDelta::minutes(1)));
    assert_eq!(scope.calls.calls()[0].budget_left, Some(59));
    assert_eq!(scope.calls.count(System::Propstreet, "list_projects"), 1);
    assert_eq!(stranger.budget().limit, None);
}
