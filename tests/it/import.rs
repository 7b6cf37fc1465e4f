//! Imports: all records of a system go into the index, then those that have changed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hausgraph::{
    config::demo::ORGANIZATION,
    index::{Index, Indexed},
    model::{
        Contact, Development, Investor, Project, Property, PropertyProfile, Prospect, Protocol,
        RecordId,
    },
    sandbox::System,
    upstream::{
        Scope, deeprent,
        propstack::{Archived, ContactsQuery, Form, UnitsQuery},
        propstreet::{ChangesQuery, ProjectsQuery, ProspectsQuery},
    },
};
use serde_json::{Value, json};

use crate::support::TestGateway;

const JOB: &str = "job { id kind system status error stages { kind seen total created updated
    unchanged deleted skippedInactive failed } }";

/// Records by what names them, as JSON: the freshness of a record is not part of it.
type Records = BTreeMap<String, Value>;

fn record<T: Indexed>(record: &T) -> (String, Value) {
    let mut id = String::new();
    record.id().write_key(&mut id);
    (id, serde_json::to_value(record).unwrap())
}

fn records<T: Indexed>(rows: impl IntoIterator<Item = Arc<T>>) -> Records {
    rows.into_iter().map(|row| record(&*row)).collect()
}

impl TestGateway {
    /// Imports to the end.
    pub async fn import(&self, system: &str, mode: &str) -> Value {
        let input = json!({ "system": system, "mode": mode });
        let payload = self.run("startImport", input, JOB).await;
        assert_eq!(payload["errors"], json!([]));
        self.hurry(Duration::from_secs(2), Arc::clone(&self.jobs).run_due())
            .await;
        let query = format!(
            "query($id: ID!) {{ {} }}",
            JOB.replacen("job", "job: importJob(id: $id)", 1)
        );
        let id = &payload["job"]["id"];
        self.data_with(&query, json!({ "id": id })).await["job"].clone()
    }

    pub fn index(&self) -> Index {
        Index::new(self.store.clone(), ORGANIZATION, BTreeMap::new())
    }

    async fn indexed<T: Indexed>(&self) -> Records {
        let rows = self.index().list_latest::<T>(None, 100_000).await.unwrap();
        records(rows.into_iter().map(|(_, row)| row))
    }

    /// What the systems hold, read page by page with clients of their own.
    async fn clients(&self) -> hausgraph::upstream::Clients {
        let tenant = self.tenants.find(ORGANIZATION).await.unwrap().unwrap();
        tenant.clients.scoped(&Scope::default())
    }

    async fn properties_there(&self) -> Records {
        let client = self.clients().await.propstack.unwrap();
        let mut found = Vec::new();
        for page in 1.. {
            let query = UnitsQuery {
                form: Form::Expanded,
                page,
                archived: Archived::Included,
                ..UnitsQuery::default()
            };
            let page = client.list_units(&query).await.unwrap();
            found.extend(page.rows);
            if page.received < 100 {
                break;
            }
        }
        records(found.into_iter().filter(|row| row.is_active))
    }

    async fn contacts_there(&self) -> Records {
        let client = self.clients().await.propstack.unwrap();
        let mut found = Vec::new();
        for page in 1.. {
            let query = ContactsQuery {
                page,
                ..ContactsQuery::default()
            };
            let page = client.list_contacts(&query).await.unwrap();
            found.extend(page.rows);
            if page.received < 100 {
                break;
            }
        }
        records(found)
    }

    async fn protocols_there(&self) -> Records {
        let client = self.clients().await.deeprent.unwrap();
        let (mut found, mut cursor) = (Vec::new(), None::<deeprent::Cursor>);
        loop {
            let page = client
                .list_protocols(200, cursor.as_ref(), true)
                .await
                .unwrap();
            found.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                return records(found.into_iter().filter(|row| row.deletion.is_none()));
            }
        }
    }

    async fn assert_propstack_is_indexed(&self) {
        assert_eq!(
            self.indexed::<Property>().await,
            self.properties_there().await
        );
        assert_eq!(self.indexed::<Contact>().await, self.contacts_there().await);
        let developments = self
            .clients()
            .await
            .propstack
            .unwrap()
            .list_developments()
            .await;
        let developments = records(developments.unwrap().into_iter().map(Arc::new));
        assert_eq!(self.indexed::<Development>().await, developments);
    }

    async fn assert_propstreet_is_indexed(&self) {
        let client = self.clients().await.propstreet.unwrap();
        // A world of the tests fits on one page of each list.
        let projects = client
            .list_projects(&ProjectsQuery::default(), None, 500)
            .await;
        let projects = projects.unwrap().rows;
        let mut prospects = Vec::new();
        for project in &projects {
            let query = ProspectsQuery::default();
            let page = client.list_prospects(&project.id, &query, None, 500).await;
            prospects.extend(page.unwrap().unwrap().rows);
        }
        assert_eq!(self.indexed::<Project>().await, records(projects));
        assert_eq!(self.indexed::<Prospect>().await, records(prospects));
        let query = ChangesQuery::default();
        let profiles = client.list_profiles(&query, None, 500).await.unwrap();
        assert_eq!(
            self.indexed::<PropertyProfile>().await,
            records(profiles.rows)
        );
        let persons = client.list_persons(&query, None, 500).await.unwrap();
        let companies = client.list_companies(&query, None, 500).await.unwrap();
        let investors = persons.rows.into_iter().chain(companies.rows);
        assert_eq!(self.indexed::<Investor>().await, records(investors));
    }

    async fn assert_all_is_indexed(&self) {
        self.assert_propstack_is_indexed().await;
        assert_eq!(
            self.indexed::<Protocol>().await,
            self.protocols_there().await
        );
        self.assert_propstreet_is_indexed().await;
    }
}

/// The counts of one kind.
fn stage<'a>(job: &'a Value, kind: &str) -> &'a Value {
    let stages = job["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["kind"] == kind).unwrap()
}

#[tokio::test]
async fn a_full_import_of_each_system_leaves_the_index_equal_to_it() {
    let gateway = TestGateway::start().await;
    for system in ["PROPSTACK", "DEEPRENT", "PROPSTREET"] {
        let job = gateway.import(system, "FULL").await;
        assert_eq!(
            (&job["status"], &job["error"]),
            (&json!("SUCCEEDED"), &Value::Null)
        );
        assert_eq!(job["kind"], "FULL_IMPORT");
        for stage in job["stages"].as_array().unwrap() {
            let sum = ["created", "skippedInactive"].map(|count| stage[count].as_i64().unwrap());
            assert_eq!(
                stage["seen"].as_i64().unwrap(),
                sum.iter().sum::<i64>(),
                "{stage}"
            );
            assert_eq!(stage["seen"], stage["total"]);
            assert!(sum[0] > 0, "{stage}");
        }
        if system == "PROPSTACK" {
            assert!(stage(&job, "property")["skippedInactive"].as_i64().unwrap() > 0);
        }
    }
    gateway.assert_all_is_indexed().await;
    // The walk met all, so the flat one was not needed: three pages of a hundred.
    assert_eq!(gateway.calls(System::Propstack, "GET /v1/units"), 3 + 3);
}

#[tokio::test]
async fn what_is_known_already_is_unchanged_and_one_import_of_a_system_is_done_at_a_time() {
    let gateway = TestGateway::start().await;
    gateway.import("PROPSTREET", "DELTA").await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(60));
    let again = gateway.import("PROPSTREET", "FULL").await;
    for stage in again["stages"].as_array().unwrap() {
        assert_eq!(stage["unchanged"], stage["seen"], "{stage}");
    }
    let start = async || {
        let input = json!({ "system": "PROPSTREET" });
        gateway
            .run("startImport", input, "job { status } errors { code }")
            .await
    };
    assert_eq!(start().await["job"]["status"], "QUEUED");
    let second = start().await;
    assert_eq!(second["job"], Value::Null);
    assert_eq!(second["errors"][0]["code"], "IN_PROGRESS");
}
