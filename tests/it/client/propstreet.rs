//! Rules of Propstreet's contract that our client keeps; each name tells its rule.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::future::join_all;
use hausgraph::{
    clock::Clock,
    model::{
        ExternalReference, InvestorId, ProfileId, Project, ProjectId, ProjectStatus,
        ProspectClassification, ProspectId, TeaserStage,
    },
    sandbox::{
        self, Sandbox,
        fault::{Fault, Rule},
        propstreet::Switches,
        tenant::PropstreetAccess,
        world::{Reference, World},
    },
    upstream::{
        Error, Reach, Scope,
        propstreet::{
            AssociatedQuery, ChangesQuery, Client, Credentials, ProjectsQuery, ProspectsQuery,
            Settings,
        },
        transport::Limits,
    },
};

use super::{assert_tells_nothing, base_url, hurry};
use crate::support::{self, morning};

pub(super) const TOKEN: &str = "POST /openid/token";
const PROJECTS: &str = "GET /api/v1/projects";

/// Propstreet and a client that holds the demo firm's client credentials.
pub(super) struct Propstreet {
    pub(super) sandbox: Sandbox,
    pub(super) clock: Clock,
    pub(super) client: Client,
}

impl Propstreet {
    pub(super) async fn start() -> Self {
        let clock = Clock::stopped(morning());
        let sandbox = support::sandbox_on(clock.clone()).await;
        let access = &sandbox.access.demo.propstreet;
        let client = client(&sandbox, bought(access));
        Self {
            sandbox,
            clock,
            client,
        }
    }

    /// After a change of the demo firm's records; the server indexes them at its first answer.
    async fn with(change: impl FnOnce(&mut World)) -> Self {
        let it = Self::start().await;
        change(&mut it.sandbox.shared.tenants[0].world_mut());
        it
    }

    fn world(&self) -> std::sync::RwLockReadGuard<'_, World> {
        self.sandbox.shared.tenants[0].world()
    }

    pub(super) fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.sandbox.shared.switches_mut().propstreet);
    }

    pub(super) fn calls(&self, endpoint: &str) -> u64 {
        let journal = &self.sandbox.shared.journal;
        journal.count(sandbox::System::Propstreet, endpoint)
    }

    fn access(&self) -> &PropstreetAccess {
        &self.sandbox.access.demo.propstreet
    }

    async fn walk(&self, query: &ProjectsQuery, page_size: u32) -> Vec<Project> {
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .list_projects(query, cursor.as_deref(), page_size)
                .await
                .expect("the sandbox answers");
            rows.extend(page.rows.into_iter().map(Arc::unwrap_or_clone));
            cursor = page.next;
            if cursor.is_none() {
                return rows;
            }
        }
    }

    async fn projects(&self) -> Vec<Project> {
        self.walk(&ProjectsQuery::default(), 500).await
    }
}

pub(super) fn bought(access: &PropstreetAccess) -> Credentials {
    Credentials::Client {
        id: access.client_id.clone(),
        secret: access.client_secret.clone().into(),
    }
}

pub(super) fn client(sandbox: &Sandbox, credentials: Credentials) -> Client {
    let access = &sandbox.access.demo.propstreet;
    let settings = Settings {
        base_url: base_url(&access.base_url),
        token_url: base_url(&access.token_url),
        credentials,
        // Room for a whole minute of waiting.
        limits: Limits {
            timeout: Duration::from_secs(90),
            ..Limits::default()
        },
        reach: Reach::Any,
    };
    Client::new(settings, sandbox.shared.clock.clone()).expect("a key that a header can carry")
}

/// A fault of the list of projects.
fn rule(fault: Fault) -> Rule {
    Rule::new(sandbox::System::Propstreet, fault).at(PROJECTS)
}

/// A fault of the token exchange.
fn token_rule(fault: Fault) -> Rule {
    Rule::new(sandbox::System::Propstreet, fault).at(TOKEN)
}

fn ids(rows: &[Project]) -> Vec<&str> {
    rows.iter().map(|row| row.id.key()).collect()
}

fn named(namespace: &str, id: &str) -> ExternalReference {
    ExternalReference {
        namespace: namespace.into(),
        id: id.into(),
    }
}

fn reference(namespace: &str, id: &str) -> Reference {
    Reference {
        namespace: namespace.into(),
        id: id.into(),
    }
}

#[tokio::test]
async fn rule_2_parallel_calls_buy_one_token_and_use_it_until_near_its_end() {
    let it = Propstreet::start().await;
    let query = ProjectsQuery::default();
    let list = || it.client.list_projects(&query, None, 1);
    for page in join_all([list(), list(), list(), list(), list()]).await {
        page.unwrap();
    }
    assert_eq!((it.calls(TOKEN), it.calls(PROJECTS)), (1, 5));
    it.clock.advance(Duration::from_secs(3539));
    list().await.unwrap();
    assert_eq!(it.calls(TOKEN), 1);
    it.clock.advance(Duration::from_secs(1));
    list().await.unwrap();
    assert_eq!(it.calls(TOKEN), 2);
}

#[tokio::test]
async fn rule_2_wrong_credentials_are_refused_and_not_told() {
    let it = Propstreet::start().await;
    let credentials = Credentials::Client {
        id: "sandbox-nobody".into(),
        secret: "sandbox-wrong-secret".to_owned().into(),
    };
    let client = client(&it.sandbox, credentials);
    let error = client.find_project(&ProjectId::new("1")).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 401, .. }));
    assert_eq!(error.operation(), "exchange_token");
    assert_tells_nothing(&error, &["sandbox-"]);
    assert!(!format!("{client:?}").contains("sandbox-wrong-secret"));
}

#[tokio::test]
async fn rule_2_an_exchange_that_fails_is_never_an_absent_record() {
    let it = Propstreet::start().await;
    for status in [400, 404] {
        let fault = token_rule(Fault::Status(status)).times(1);
        it.sandbox.shared.faults.add(fault);
        let found = it.client.find_project(&ProjectId::new("1")).await;
        let error = found.unwrap_err();
        assert!(matches!(error, Error::Refused { status: told, .. } if told == status));
    }
}

#[tokio::test]
async fn rule_3_a_refused_token_is_renewed_once_and_the_call_repeated_once() {
    let it = Propstreet::start().await;
    let query = ProjectsQuery::default();
    it.client.list_projects(&query, None, 1).await.unwrap();

    let refusal = rule(Fault::Status(401));
    it.sandbox.shared.faults.add(refusal.clone().times(1));
    it.client.list_projects(&query, None, 1).await.unwrap();
    assert_eq!((it.calls(TOKEN), it.calls(PROJECTS)), (2, 3));

    it.sandbox.shared.faults.add(refusal);
    let error = it.client.list_projects(&query, None, 1).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 401, .. }));
    assert_tells_nothing(&error, &["sandbox-"]);
    assert_eq!((it.calls(TOKEN), it.calls(PROJECTS)), (3, 5));
}

#[tokio::test]
async fn rule_3_a_personal_token_cannot_be_renewed() {
    let it = Propstreet::start().await;
    let query = ProjectsQuery::default();
    let token = it.access().access_token.clone();
    let client = client(&it.sandbox, Credentials::Token(token.clone().into()));
    client.list_projects(&query, None, 1).await.unwrap();
    it.clock.advance(Duration::from_secs(31 * 24 * 3600));
    let error = client.list_projects(&query, None, 1).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 401, .. }));
    assert_tells_nothing(&error, &[&token]);
    assert!(!format!("{client:?}").contains(&token));
    assert_eq!((it.calls(TOKEN), it.calls(PROJECTS)), (0, 2));
}

#[tokio::test]
async fn rule_4_the_601st_call_of_a_minute_waits_and_succeeds() {
    let it = Propstreet::start().await;
    let query = ProjectsQuery::default();
    for _ in 0..600 {
        it.client.list_projects(&query, None, 1).await.unwrap();
    }

    // Somebody who waits at a screen is told at once.
    let error = it.client.list_projects(&query, None, 1).await.unwrap_err();
    let minute = Duration::from_secs(60);
    assert!(
        matches!(error, Error::Throttled { retry_after: Some(after), .. } if after == minute),
        "{error:?}"
    );
    assert_eq!(it.clock.now(), morning());

    // A job has the time.
    let patient = it.client.scoped(Scope::default().patient(minute));
    let call = patient.list_projects(&query, None, 1);
    hurry(&it.clock, 1, call).await.unwrap();
    assert!(it.clock.now() >= morning() + TimeDelta::minutes(1));
}

#[tokio::test]
async fn rule_7_a_walk_yields_each_row_once_also_at_equal_times() {
    let it = Propstreet::with(|world| {
        let at = world.deals[0].updated_at;
        for deal in &mut world.deals {
            deal.updated_at = at;
        }
    })
    .await;
    let query = ProjectsQuery {
        include_deleted: true,
        ..ProjectsQuery::default()
    };
    let deals = it.world().deals.len();
    for size in [1, 3, 500] {
        let rows = it.walk(&query, size).await;
        let distinct: HashSet<_> = ids(&rows).into_iter().collect();
        assert_eq!((rows.len(), distinct.len()), (deals, deals), "{size}");
    }
}

#[tokio::test]
async fn rule_7_a_cursor_that_is_none_is_rejected_and_not_told() {
    let it = Propstreet::start().await;
    let query = ProjectsQuery::default();
    let page = it.client.list_projects(&query, Some("made-up"), 1).await;
    let error = page.unwrap_err();
    assert!(matches!(error, Error::Rejected { status: 400, .. }));
    assert_tells_nothing(&error, &["made-up"]);
}

#[tokio::test]
async fn rule_9_numbers_are_read_exactly_from_numbers_and_from_text() {
    let it = Propstreet::start().await;
    let projects = || async {
        let mut projects = it.projects().await;
        for project in &mut projects {
            // Passed on as they come.
            project.transactions.clear();
        }
        projects
    };
    let profiles = || async {
        it.client
            .list_profiles(&ChangesQuery::default(), None, 500)
            .await
            .unwrap()
            .rows
    };
    let (from_numbers, profiles_from_numbers) = (projects().await, profiles().await);
    it.switch(|switches| switches.numeric_strings = true);
    assert!(projects().await == from_numbers);
    assert!(profiles().await == profiles_from_numbers);

    let world = it.world();
    let mut prices = 0;
    for project in &from_numbers {
        let mut deals = world.deals.iter();
        let deal = deals.find(|deal| deal.id.to_string() == project.id.key());
        let truth = deal.unwrap().price.as_ref();
        let truth = truth.map(|its| its.value.parse::<rust_decimal::Decimal>().unwrap());
        assert_eq!(project.price.map(|price| price.value.0), truth);
        prices += usize::from(truth.is_some());
    }
    assert!(prices > 0, "no price to tell by");
}

#[tokio::test]
async fn rule_12_updated_since_includes_its_moment() {
    let it = Propstreet::start().await;
    let query = ProjectsQuery {
        include_deleted: true,
        ..ProjectsQuery::default()
    };
    let all = it.walk(&query, 500).await;
    let middle = all[all.len() / 2].updated_at.0;
    let since = ProjectsQuery {
        updated_since: Some(middle),
        ..query
    };
    let rows = it.walk(&since, 500).await;
    let expected: Vec<_> = all
        .iter()
        .filter(|row| row.updated_at.0 >= middle)
        .collect();
    assert_eq!(rows.iter().collect::<Vec<_>>(), expected);
    assert_eq!(rows[0].updated_at.0, middle);
}

#[tokio::test]
async fn rule_13_a_delta_is_read_to_its_end_in_the_order_of_the_servers_time() {
    let it = Propstreet::start().await;
    let oldest = it.projects().await[0].updated_at.0;
    let since = ProjectsQuery {
        updated_since: Some(oldest + TimeDelta::milliseconds(1)),
        include_deleted: true,
        ..ProjectsQuery::default()
    };
    let whole = it.walk(&since, 500).await;
    let paged = it.walk(&since, 2).await;
    assert!(whole.len() > 4, "too few to tell");
    assert_eq!(ids(&paged), ids(&whole));
    assert!(paged.is_sorted_by_key(|row| row.updated_at));
}

#[tokio::test]
async fn rule_18_an_etag_is_kept_letter_by_letter() {
    let it = Propstreet::start().await;
    let listed = it.projects().await.swap_remove(0);
    let found = it.client.find_project(&listed.id).await.unwrap().unwrap();
    assert!(found.etag.0.starts_with("W/\""), "{:?}", found.etag);
    assert_eq!(found, listed);

    let url = format!("{}/projects/{}", it.access().base_url, listed.id.key());
    let token = &it.access().access_token;
    let bare = support::http().get(url).bearer_auth(token).send().await;
    let bare = bare.unwrap();
    assert_eq!(bare.headers()["etag"], found.etag.0.as_str());
}

#[tokio::test]
async fn rule_35_a_namespace_is_found_in_any_case_and_an_id_letter_by_letter() {
    let it = Propstreet::with(|world| {
        world.deals[0].deleted_at = None;
        world.deals[0].references = vec![reference("hubspot", "Deal-1")];
    })
    .await;
    for namespace in ["HubSpot", "hubspot", "HUBSPOT"] {
        let reference = named(namespace, "Deal-1");
        let found = it.client.find_project_by_reference(&reference).await;
        let found = found.unwrap().expect(namespace);
        assert_eq!(found.external_references, [named("hubspot", "Deal-1")]);
    }
    for miss in [
        named("hubspot", "deal-1"),
        named("hub", "Deal-1"),
        named("", ""),
    ] {
        let found = it.client.find_project_by_reference(&miss).await.unwrap();
        assert_eq!(found, None);
    }
}

#[tokio::test]
async fn rule_41_odd_names_survive_the_round_trip() {
    const ODD: &str = "a/b 5%25 ü?#..";
    let it = Propstreet::with(|world| {
        let deal = &mut world.deals[0];
        deal.deleted_at = None;
        deal.references = vec![reference("crm", ODD)];
        let deal = deal.id;
        let bid = &mut world.bids[0];
        (bid.deal, bid.deleted_at) = (deal, None);
        bid.references = vec![reference("crm", ODD)];
        let mut investors = world.investors.iter_mut();
        let person = investors.find(|row| !row.is_company).expect("a person");
        person.deleted_at = None;
        person.references = vec![reference("crm", ODD)];
    })
    .await;
    let odd = named("crm", ODD);
    let expected = [odd.clone()];

    let project = it.client.find_project_by_reference(&odd).await;
    let project = project.unwrap().expect("a project");
    assert_eq!(project.external_references, expected);
    let client = &it.client;
    let prospect = client.find_prospect_by_reference(&project.id, &odd).await;
    let prospect = prospect.unwrap().expect("a prospect");
    assert_eq!(prospect.external_references, expected);
    assert_eq!(prospect.id.project, project.id);
    let person = client.find_person_by_reference(&odd).await.unwrap();
    assert_eq!(person.expect("a person").external_references, expected);

    // An id that would leave its segment does not.
    for id in ["../../network/contacts", "1/properties", "1?x", "..", ""] {
        let found = client.find_project(&ProjectId::new(id)).await.unwrap();
        assert_eq!(found, None, "{id}");
    }
}

#[tokio::test]
async fn rule_75_new_words_break_nothing() {
    let it = Propstreet::with(|world| {
        let deal = &mut world.deals[0];
        deal.deleted_at = None;
        deal.status = "paused";
        deal.teaser_stage = Some("printed");
        let deal = deal.id;
        let bid = &mut world.bids[0];
        (bid.deal, bid.deleted_at) = (deal, None);
        bid.classification = "enchanted";
    })
    .await;
    let (deal, bid) = {
        let world = it.world();
        (world.deals[0].id.to_string(), world.bids[0].id.to_string())
    };
    let id = ProspectId::new(ProjectId::new(deal), bid);
    let project = it.client.find_project(&id.project).await.unwrap().unwrap();
    assert_eq!(project.status, ProjectStatus::Unknown);
    assert_eq!(project.teaser.unwrap().stage, TeaserStage::Unknown);
    let prospect = it.client.find_prospect(&id).await.unwrap().unwrap();
    assert_eq!(
        prospect.classification,
        Some(ProspectClassification::Unknown)
    );
}

#[tokio::test]
async fn rule_75_a_wrong_type_is_named_by_its_path_and_not_told() {
    for fault in [Fault::WrongTypes, Fault::Html, Fault::Truncate] {
        let it = Propstreet::start().await;
        it.sandbox.shared.faults.add(rule(fault.clone()));
        let query = ProjectsQuery::default();
        let error = it.client.list_projects(&query, None, 3).await.unwrap_err();
        let Error::Unreadable { at, .. } = &error else {
            panic!("{error:?}")
        };
        let is_within = at.starts_with("$.data[0].");
        assert_eq!(is_within, fault == Fault::WrongTypes, "{at}");
        assert_tells_nothing(&error, &["sandbox-"]);
    }
}

#[tokio::test]
async fn rule_76_what_another_firm_holds_is_absent() {
    let it = Propstreet::start().await;
    {
        let mut foreign = it.sandbox.shared.tenants[1].world_mut();
        let deal = foreign.deals.last_mut().expect("a project");
        (deal.id, deal.deleted_at) = (999_999_999, None);
    }
    let id = ProjectId::new("999999999");
    let access = &it.sandbox.access.foreign.propstreet;
    let theirs = client(&it.sandbox, bought(access)).find_project(&id).await;
    assert!(theirs.unwrap().is_some());
    assert_eq!(it.client.find_project(&id).await, Ok(None));
}

#[tokio::test]
async fn filters_select_in_propstreets_words() {
    let it = Propstreet::start().await;
    let open = ProjectsQuery {
        status: Some(ProjectStatus::Open),
        teaser_stage: Some(TeaserStage::Communicated),
        ..ProjectsQuery::default()
    };
    let rows = it.walk(&open, 500).await;
    let is_meant = |project: &Project| {
        let stage = project.teaser.map(|teaser| teaser.stage);
        project.status == ProjectStatus::Open && stage == Some(TeaserStage::Communicated)
    };
    let expected: Vec<_> = it.projects().await.into_iter().filter(is_meant).collect();
    assert!(!expected.is_empty(), "nothing to tell by");
    assert_eq!(rows, expected);

    let new = ProjectsQuery {
        status: Some(ProjectStatus::Unknown),
        ..ProjectsQuery::default()
    };
    let refused = it.client.list_projects(&new, None, 1).await;
    assert!(matches!(refused, Err(Error::Rejected { status: 400, .. })));
}

#[tokio::test]
async fn every_link_between_records_can_be_followed() {
    let it = Propstreet::start().await;
    let client = &it.client;
    let (mut profiles, mut associated) = (0, 0);
    for project in it.projects().await.iter().take(12) {
        let listed = client.list_project_profiles(&project.id).await.unwrap();
        for profile in listed.expect("the project is there") {
            let found = client.find_profile(&profile.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(&profile));
            profiles += 1;
        }
        let query = ProspectsQuery::default();
        let page = client.list_prospects(&project.id, &query, None, 2).await;
        for prospect in page.unwrap().expect("the project is there").rows {
            let found = client.find_prospect(&prospect.id).await.unwrap();
            assert_eq!(found.as_ref(), Some(&*prospect));
            let id = prospect.investor_id.clone().expect("a person or a firm");
            let investor = client.find_investor(&id).await.unwrap().expect("is there");
            assert_eq!(investor.id, id);
            assert_eq!(investor.is_company, matches!(id, InvestorId::Company(_)));
            let query = AssociatedQuery::default();
            let projects = client.list_associated_projects(&id, &query, None, 500);
            let projects = projects.await.unwrap().expect("the investor is there");
            let this = projects
                .rows
                .iter()
                .find(|row| row.prospect_id == prospect.id);
            let this = this.expect("the project that we come from");
            assert_eq!(this.project_id, project.id);
            assert_eq!(this.etag, project.etag);
            assert_eq!(this.prospect_classification, prospect.classification);
            associated += 1;
        }
    }
    assert!(profiles > 0 && associated > 0, "nothing was followed");
}

#[tokio::test]
async fn persons_and_firms_are_listed_apart() {
    let it = Propstreet::start().await;
    let query = ChangesQuery {
        include_deleted: true,
        ..ChangesQuery::default()
    };
    let persons = it.client.list_persons(&query, None, 500).await.unwrap();
    let firms = it.client.list_companies(&query, None, 500).await.unwrap();
    let world = it.world();
    let count = |is_company| {
        let investors = world.investors.iter();
        investors.filter(|row| row.is_company == is_company).count()
    };
    assert_eq!(persons.rows.len(), count(false));
    assert_eq!(firms.rows.len(), count(true));
    assert!(persons.rows.iter().all(|row| !row.is_company));
    assert!(
        firms
            .rows
            .iter()
            .all(|row| row.is_company && row.name == row.company_name)
    );
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let it = Propstreet::start().await;
    let client = &it.client;
    let project = ProjectId::new("999999");
    let profile = ProfileId::new("999999");
    let prospect = ProspectId::new(project.clone(), "1");
    let query = ProspectsQuery::default();
    assert_eq!(client.find_project(&project).await, Ok(None));
    assert_eq!(client.list_project_profiles(&project).await, Ok(None));
    assert_eq!(client.find_profile(&profile).await, Ok(None));
    assert_eq!(client.find_prospect(&prospect).await, Ok(None));
    let prospects = client.list_prospects(&project, &query, None, 1).await;
    assert_eq!(prospects, Ok(None));
    for id in [
        InvestorId::Person("999999".into()),
        InvestorId::Company("999999".into()),
    ] {
        assert_eq!(client.find_investor(&id).await, Ok(None));
        let query = AssociatedQuery::default();
        let projects = client.list_associated_projects(&id, &query, None, 1).await;
        assert_eq!(projects, Ok(None));
    }
}
