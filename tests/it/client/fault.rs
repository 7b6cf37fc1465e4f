//! Each system failing in each way, seen through its client: the kind of the error, whom it names,
//! how often was asked, and that it tells nothing. (Propstack's rule 10.)

use std::time::Duration;

use hausgraph::{
    model::CurrencyCode,
    sandbox::{
        self, Sandbox,
        fault::{Fault, Rule},
    },
    upstream::{Error, Reach, Scope, System, deeprent, propstack, propstreet, transport::Limits},
};

use super::{assert_tells_nothing, base_url, hurry};
use crate::support;

const SYSTEMS: [System; 3] = [System::Propstack, System::DeepRent, System::Propstreet];

/// The list of each system that is struck: as its client names it, and as the sandbox does.
fn target(system: System) -> (&'static str, sandbox::System, &'static str) {
    match system {
        System::Propstack => ("list_units", sandbox::System::Propstack, "GET /v1/units"),
        System::DeepRent => (
            "list_protocols",
            sandbox::System::DeepRent,
            "GET /external/protocols",
        ),
        System::Propstreet => (
            "list_projects",
            sandbox::System::Propstreet,
            "GET /api/v1/projects",
        ),
    }
}

/// Lists with the demo firm's credentials; how many rows came.
async fn list(
    sandbox: &Sandbox,
    system: System,
    scope: Scope,
    limits: Limits,
) -> Result<usize, Error> {
    let (demo, clock) = (&sandbox.access.demo, sandbox.shared.clock.clone());
    Ok(match system {
        System::Propstack => {
            let settings = propstack::Settings {
                base_url: base_url(&demo.propstack.base_url),
                api_keys: vec![demo.propstack.api_key.as_str().into()],
                currency: CurrencyCode::EUR,
                inactive_status_ids: Vec::new(),
                limits,
                reach: Reach::Any,
            };
            let client = propstack::Client::new(settings, clock).unwrap();
            let query = propstack::UnitsQuery::default();
            client.scoped(scope).list_units(&query).await?.rows.len()
        }
        System::DeepRent => {
            let settings = deeprent::Settings {
                base_url: base_url(&demo.deeprent.base_url),
                api_key: demo.deeprent.api_key.as_str().into(),
                session_token: None,
                organization_id: None,
                limits,
                reach: Reach::Any,
            };
            let client = deeprent::Client::new(settings, clock).unwrap();
            let page = client.scoped(scope).list_protocols(50, None, false).await?;
            page.rows.len()
        }
        System::Propstreet => {
            let settings = propstreet::Settings {
                base_url: base_url(&demo.propstreet.base_url),
                token_url: base_url(&demo.propstreet.token_url),
                // A token at hand, so that the list is the only call.
                credentials: propstreet::Credentials::Token(
                    demo.propstreet.access_token.as_str().into(),
                ),
                limits,
                reach: Reach::Any,
            };
            let client = propstreet::Client::new(settings, clock).unwrap();
            let query = propstreet::ProjectsQuery::default();
            let page = client.scoped(scope).list_projects(&query, None, 50).await?;
            page.rows.len()
        }
    })
}

/// Lists with a fault in force while time runs; what came of it, and how often was asked.
async fn struck(system: System, fault: Fault) -> (Result<usize, Error>, usize) {
    let sandbox = support::sandbox().await;
    let (operation, simulated, endpoint) = target(system);
    let rule = Rule::new(simulated, fault).at(endpoint);
    sandbox.shared.faults.add(rule);
    let scope = Scope::default();
    let work = list(&sandbox, system, scope.clone(), Limits::default());
    let result = hurry(&sandbox.shared.clock, 1, work).await;
    if let Err(error) = &result {
        told_well(&sandbox, system, error);
    }
    (result, scope.calls.count(system, operation))
}

fn told_well(sandbox: &Sandbox, system: System, error: &Error) {
    let (operation, ..) = target(system);
    assert_eq!((error.system(), error.operation()), (system, operation));
    let demo = &sandbox.access.demo;
    let secrets: [&str; 5] = [
        &demo.propstack.api_key,
        &demo.deeprent.api_key,
        &demo.propstreet.access_token,
        "Anmelden",
        "verarbeitet",
    ];
    assert_tells_nothing(error, &secrets);
}

#[tokio::test]
async fn a_healthy_system_answers() {
    let sandbox = support::sandbox().await;
    for system in SYSTEMS {
        let rows = list(&sandbox, system, Scope::default(), Limits::default()).await;
        assert!(rows.unwrap() > 0, "{system:?}");
    }
}

#[tokio::test]
async fn slow_beyond_the_deadline_is_timed_out() {
    for system in SYSTEMS {
        let (result, asked) = struck(system, Fault::DelayMs(60_000)).await;
        let Err(Error::TimedOut { after, .. }) = result else {
            panic!("{result:?}")
        };
        assert_eq!((after, asked), (Duration::from_secs(30), 1));
    }
}

#[tokio::test]
async fn slow_within_the_deadline_is_waited_for() {
    for system in SYSTEMS {
        let (result, asked) = struck(system, Fault::DelayMs(20_000)).await;
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn a_broken_connection_is_unreachable_after_three_tries() {
    for system in SYSTEMS {
        for fault in [Fault::Drop, Fault::DropMidBody] {
            let (result, asked) = struck(system, fault).await;
            assert!(
                matches!(result, Err(Error::Unreachable { .. })),
                "{result:?}"
            );
            assert_eq!(asked, 3);
        }
    }
}

#[tokio::test]
async fn a_failing_system_is_asked_again_where_its_contract_says_so() {
    for system in SYSTEMS {
        for (sent, tries) in [
            (500, if system == System::DeepRent { 1 } else { 3 }),
            (502, 3),
            (503, 3),
            (504, 3),
        ] {
            let (result, asked) = struck(system, Fault::Status(sent)).await;
            let Err(Error::Failed { status, .. }) = result else {
                panic!("{result:?}")
            };
            assert_eq!((status, asked), (sent, tries), "{system:?}");
        }
    }
}

#[tokio::test]
async fn throttling_is_told_with_the_time_to_come_back() {
    for system in SYSTEMS {
        for (told, tries) in [(Some(60), 1), (Some(1), 3), (None, 3)] {
            let (result, asked) = struck(system, Fault::Throttle { retry_after: told }).await;
            let Err(Error::Throttled { retry_after, .. }) = result else {
                panic!("{result:?}")
            };
            assert_eq!(retry_after, told.map(Duration::from_secs));
            assert_eq!(asked, tries);
        }
    }
}

#[tokio::test]
async fn refusal_and_rejection_are_told_at_once() {
    for system in SYSTEMS {
        let (result, asked) = struck(system, Fault::Status(403)).await;
        assert!(
            matches!(result, Err(Error::Refused { status: 403, .. })),
            "{result:?}"
        );
        assert_eq!(asked, 1);
        let (result, asked) = struck(system, Fault::Status(400)).await;
        assert!(
            matches!(result, Err(Error::Rejected { status: 400, .. })),
            "{result:?}"
        );
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn a_web_page_and_a_cut_answer_are_unreadable_as_a_whole() {
    for system in SYSTEMS {
        for fault in [Fault::Html, Fault::Truncate] {
            let (result, asked) = struck(system, fault).await;
            let Err(Error::Unreadable { at, .. }) = result else {
                panic!("{result:?}")
            };
            assert_eq!((at.as_str(), asked), ("$", 1));
        }
    }
}

#[tokio::test]
async fn wrong_types_are_named_by_their_path() {
    for system in SYSTEMS {
        let (result, asked) = struck(system, Fault::WrongTypes).await;
        let Err(Error::Unreadable { at, .. }) = result else {
            panic!("{result:?}")
        };
        assert!(at.starts_with("$."), "{system:?}: {at}");
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for system in SYSTEMS {
        let (result, asked) = struck(system, Fault::Redirect).await;
        assert!(
            matches!(result, Err(Error::Redirected { status: 302, .. })),
            "{result:?}"
        );
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn an_answer_over_the_cap_is_cut_off() {
    let sandbox = support::sandbox().await;
    for system in SYSTEMS {
        let limits = Limits {
            max_body_bytes: 100,
            ..Limits::default()
        };
        let result = list(&sandbox, system, Scope::default(), limits).await;
        let error = result.unwrap_err();
        told_well(&sandbox, system, &error);
        assert!(
            matches!(error, Error::TooLarge { limit: 100, .. }),
            "{error:?}"
        );
    }
}
