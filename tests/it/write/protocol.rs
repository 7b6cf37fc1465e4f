//! The PDFs of protocols: made by deep.rent, fetched, and filed in Propstack. Rules by the numbers of
//! deep.rent's contract.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use hausgraph::{
    auth::Scope,
    clock::Clock,
    config::demo::ORGANIZATION,
    model::{PropertyId, ProtocolId},
    sandbox::{
        System,
        fault::{Fault, Rule},
        world::{Clue, Handover},
    },
};
use serde_json::{Value, json};

use super::errors;
use crate::support::{TestGateway, codes, morning, sandbox_on};

const LINK: &str = "GET /external/protocols/{id}/pdf";
const FILE: &str = "GET /storage/{org}/{file}";
const POST: &str = "POST /v1/documents";
const FILED: &str =
    "wasDuplicate document { id title tags isPrivate } protocol { id } property { id }";
const PDF: &str = "pdf { url fileName expiresInSeconds wasGenerated expiresAt }";

impl TestGateway {
    /// deep.rent's id of the first hand-over like this.
    fn handover(&self, is_it: impl Fn(&Handover) -> bool) -> (ProtocolId, Option<PropertyId>) {
        let world = self.sandbox.shared.tenants[0].world();
        let row = world.handovers.iter().find(|row| is_it(row)).unwrap();
        let unit = row.unit.map(|unit| PropertyId::new(unit.to_string()));
        (ProtocolId::new(row.id.clone()), unit)
    }

    /// The content of the document of a payload, as it stands in Propstack.
    fn content_of(&self, payload: &Value) -> Vec<u8> {
        let title = payload["document"]["title"].as_str().unwrap();
        let world = self.sandbox.shared.tenants[0].world();
        let found = world
            .documents
            .iter()
            .find(|document| document.title == title);
        found.unwrap().upload.as_ref().unwrap().bytes.to_vec()
    }
}

fn certain(row: &Handover) -> bool {
    matches!(row.clue, Clue::StoredObject) && row.deleted_at.is_none()
}

fn of(id: &ProtocolId) -> Value {
    json!({ "protocolId": id.to_string() })
}

#[tokio::test]
async fn a_protocol_is_filed_with_its_property_once() {
    let gateway = TestGateway::start().await;
    let (id, property) = gateway.handover(|row| certain(row) && !row.has_pdf);

    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;

    assert_eq!(payload["errors"], json!([]));
    assert_eq!(payload["wasDuplicate"], false);
    assert_eq!(payload["protocol"]["id"], id.to_string());
    assert_eq!(payload["property"]["id"], property.unwrap().to_string());
    assert_eq!(payload["document"]["isPrivate"], true);
    assert_eq!(payload["document"]["tags"], json!(["Übergabeprotokoll"]));
    let title = payload["document"]["title"].as_str().unwrap();
    {
        let world = gateway.sandbox.shared.tenants[0].world();
        let row = world
            .handovers
            .iter()
            .find(|row| row.id == id.key())
            .unwrap();
        let told = format!(
            "protokoll {} {} {} (",
            row.created_at.format("%Y-%m-%d"),
            row.address_line,
            row.object_name
        );
        assert!(title.contains(&told), "{title}: {told}");
    }
    assert!(gateway.content_of(&payload).starts_with(b"%PDF-"));

    // It is known by its id and version: nothing is fetched again.
    let again = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(again["wasDuplicate"], true);
    assert_eq!(again["document"], payload["document"]);
    assert_eq!(gateway.calls(System::DeepRent, LINK), 1);
    assert_eq!(gateway.calls(System::DeepRent, FILE), 1);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);

    // A new version is fetched, and known by its content.
    {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let row = world.handovers.iter_mut().find(|row| row.id == id.key());
        row.unwrap().version += 1;
    }
    let again = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(
        (&again["wasDuplicate"], &again["errors"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(gateway.calls(System::DeepRent, FILE), 2);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn the_property_is_said_where_it_is_not_certain() {
    let gateway = TestGateway::start().await;
    for clue in [Clue::Designation, Clue::Twins, Clue::Nowhere] {
        let (id, _) = gateway.handover(|row| row.clue == clue && row.deleted_at.is_none());
        let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
        assert_eq!(errors(&payload), [("InputError", "VALIDATION")], "{clue:?}");
        assert_eq!(payload["errors"][0]["path"], json!(["propertyId"]));
        assert_eq!(payload["property"], Value::Null);
    }
    assert_eq!(gateway.calls(System::DeepRent, LINK), 0);

    let (id, _) = gateway.handover(|row| row.clue == Clue::Nowhere && row.deleted_at.is_none());
    let (_, elsewhere) = gateway.handover(certain);
    let mut input = of(&id);
    input["propertyId"] = elsewhere.as_ref().unwrap().to_string().into();
    input["title"] = "Übergabe Keller".into();
    let payload = gateway.run("fileProtocolPdf", input, FILED).await;
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(payload["property"]["id"], elsewhere.unwrap().to_string());
    assert!(
        payload["document"]["title"]
            .as_str()
            .unwrap()
            .starts_with("Übergabe Keller (")
    );
}

#[tokio::test]
async fn rule_16_what_cannot_be_an_id_is_not_sent() {
    let gateway = TestGateway::start().await;
    for bad in ["abcde", "abc/def", "abc.def", "abc def", "abcdeü"] {
        let id = ProtocolId::new(bad.to_owned());
        let asked = gateway.run("requestProtocolPdf", of(&id), PDF).await;
        assert_eq!(errors(&asked), [("InputError", "NOT_FOUND")], "{bad}");
        assert_eq!(asked["errors"][0]["path"], json!(["protocolId"]));
    }
    assert_eq!(gateway.all_calls(System::DeepRent), 0);
}

#[tokio::test]
async fn rules_17_and_18_the_first_link_was_built_for_and_each_is_good_for_900_seconds() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(|row| certain(row) && !row.has_pdf);
    let first = gateway.run("requestProtocolPdf", of(&id), PDF).await;
    assert_eq!(first["errors"], json!([]));
    let pdf = &first["pdf"];
    assert_eq!(
        (&pdf["wasGenerated"], &pdf["expiresInSeconds"]),
        (&json!(true), &json!(900))
    );
    let expires_at = morning() + TimeDelta::seconds(900);
    assert_eq!(pdf["expiresAt"], crate::support::written(expires_at));
    assert_eq!(pdf["fileName"], format!("protocol-{}.pdf", id.key()));

    // Handed out again while it works, then asked for anew.
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(839));
    let held = gateway.run("requestProtocolPdf", of(&id), PDF).await;
    assert_eq!(
        (&held["pdf"]["url"], &held["pdf"]["expiresInSeconds"]),
        (&pdf["url"], &json!(61))
    );
    gateway.sandbox.shared.clock.advance(Duration::from_secs(1));
    let second = gateway.run("requestProtocolPdf", of(&id), PDF).await;
    assert_eq!(
        (
            &second["pdf"]["wasGenerated"],
            &second["pdf"]["expiresInSeconds"]
        ),
        (&json!(false), &json!(900))
    );
    assert_eq!(gateway.calls(System::DeepRent, LINK), 2);
}

#[tokio::test]
async fn rule_19_a_build_of_a_minute_is_waited_for_by_both_mutations() {
    for name in ["requestProtocolPdf", "fileProtocolPdf"] {
        let sandbox = sandbox_on(Clock::stopped(morning())).await;
        sandbox.shared.switches_mut().deeprent.pdf_build_delay_ms = 60_000;
        let gateway = TestGateway::over(sandbox).await;
        let (id, _) = gateway.handover(|row| certain(row) && !row.has_pdf);
        let mut asking = Box::pin(gateway.run(name, of(&id), "__typename"));
        let clock = &gateway.sandbox.shared.clock;
        let is_asked = async {
            while gateway.calls(System::DeepRent, LINK) == 0 {
                tokio::task::yield_now().await;
            }
            // Of all who wait, the build has the least time left.
            clock.wait_for_pause(Duration::from_secs(60)).await
        };
        let payload = tokio::select! {
            payload = &mut asking => payload,
            left = is_asked => {
                assert_eq!(left, Duration::from_secs(60));
                clock.advance(left);
                asking.await
            }
        };
        assert_eq!(payload["errors"], json!([]), "{name}");
        assert!(clock.now() >= morning() + TimeDelta::seconds(60));
    }
}

#[tokio::test]
async fn rule_20_no_key_and_no_link_reaches_another_host() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(certain);
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(payload["errors"], json!([]));
    let (id, _) = gateway.handover(|row| certain(row) && row.id != id.key());
    // A store that leads elsewhere is not followed there.
    gateway.strike(System::DeepRent, FILE, Fault::Redirect);
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(errors(&payload), [("UpstreamFailure", "UPSTREAM_REJECTED")]);

    let entries = gateway.sandbox.shared.journal.entries();
    let (mut files, mut keyed) = (0, 0);
    for entry in entries.iter().map(|entry| &entry.arrival) {
        let is_file = entry.route.as_deref() == Some("/storage/{org}/{file}");
        let is_signed = entry.query.contains("signature=") || entry.query.contains("expires=");
        assert_eq!(is_signed, is_file, "{}", entry.endpoint());
        assert_eq!(
            entry.credentials.is_empty(),
            is_file,
            "{}",
            entry.endpoint()
        );
        assert_ne!(entry.path, "/app");
        files += u32::from(is_file);
        keyed += u32::from(!entry.credentials.is_empty());
    }
    assert_eq!(files, 2);
    assert!(keyed > 4);
}

#[tokio::test]
async fn rule_21_a_link_that_has_ended_is_asked_for_anew_once() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(certain);
    gateway.strike(System::DeepRent, FILE, Fault::Status(403));
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(gateway.calls(System::DeepRent, LINK), 2);
    assert_eq!(gateway.calls(System::DeepRent, FILE), 2);

    // One that never works is not asked for for ever.
    let (id, _) = gateway.handover(|row| certain(row) && row.id != id.key());
    let rule = Rule::new(System::DeepRent, Fault::Status(403)).at(FILE);
    gateway.sandbox.shared.faults.add(rule);
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(errors(&payload), [("UpstreamFailure", "UPSTREAM_REJECTED")]);
    assert_eq!(gateway.calls(System::DeepRent, FILE), 4);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);

    // In truth: the link of before is held until a minute before its end, never past it.
    gateway.sandbox.shared.faults.clear();
    gateway.run("requestProtocolPdf", of(&id), PDF).await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(901));
    let before = gateway.calls(System::DeepRent, LINK);
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(gateway.calls(System::DeepRent, LINK), before + 1);
    assert_eq!(gateway.calls(System::DeepRent, FILE), 5);
}

#[tokio::test]
async fn rule_22_the_storage_reference_is_no_address() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(certain);
    gateway.run("fileProtocolPdf", of(&id), FILED).await;
    let entries = gateway.sandbox.shared.journal.entries();
    let asked = |part: &str| {
        entries
            .iter()
            .any(|entry| entry.arrival.path.contains(part))
    };
    assert!(asked("/storage/"));
    assert!(!asked("/protocol/"));
}

#[tokio::test]
async fn rule_23_what_is_missing_is_not_found_and_what_fails_is_told() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(|row| certain(row) && !row.has_pdf);
    let foreign = {
        let world = gateway.sandbox.shared.tenants[1].world();
        ProtocolId::new(world.handovers[0].id.clone())
    };
    let unknown = ProtocolId::new("Unknown-1".to_owned());
    let not_found = [("InputError", "NOT_FOUND")];
    for id in [&foreign, &unknown] {
        for name in ["requestProtocolPdf", "fileProtocolPdf"] {
            let payload = gateway.run(name, of(id), "__typename").await;
            assert_eq!(errors(&payload), not_found, "{name}");
        }
    }
    let switch = |change: fn(&mut hausgraph::sandbox::deeprent::Switches, String)| {
        change(
            &mut gateway.sandbox.shared.switches_mut().deeprent,
            id.key().to_owned(),
        );
    };
    switch(|switches, id| switches.lost_protocols = [id].into());
    for name in ["requestProtocolPdf", "fileProtocolPdf"] {
        let payload = gateway.run(name, of(&id), "__typename").await;
        assert_eq!(errors(&payload), not_found, "{name}");
        assert_eq!(payload["errors"][0]["path"], json!(["protocolId"]));
    }
    switch(|switches, _| switches.lost_protocols.clear());
    switch(|switches, _| switches.pdf_build_fails = true);
    for name in ["requestProtocolPdf", "fileProtocolPdf"] {
        let work = gateway.run(name, of(&id), "__typename");
        let payload = gateway.hurry(Duration::from_secs(2), work).await;
        assert_eq!(
            errors(&payload),
            [("UpstreamFailure", "UPSTREAM_UNAVAILABLE")],
            "{name}"
        );
    }
    // Nothing was changed, so it is tried again when that works.
    switch(|switches, _| switches.pdf_build_fails = false);
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(payload["errors"], json!([]));
}

#[tokio::test]
async fn rule_24_who_asks_for_the_same_at_once_shares_one_link_one_file_and_one_document() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(|row| certain(row) && !row.has_pdf);
    let links = join_all((0..5).map(|_| gateway.run("requestProtocolPdf", of(&id), PDF))).await;
    assert!(
        links
            .iter()
            .all(|link| link["pdf"]["url"].is_string() && link["pdf"] == links[0]["pdf"])
    );
    assert_eq!(gateway.calls(System::DeepRent, LINK), 1);
    let filed = join_all((0..5).map(|_| gateway.run("fileProtocolPdf", of(&id), FILED))).await;
    assert!(
        filed.iter().all(|it| it["errors"] == json!([])),
        "{filed:?}"
    );
    assert!(
        filed
            .iter()
            .all(|it| it["document"] == filed[0]["document"])
    );
    assert_eq!(gateway.calls(System::DeepRent, FILE), 1);
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn a_file_that_is_none_is_not_filed() {
    let sandbox = crate::support::sandbox().await;
    let gateway =
        TestGateway::configured(sandbox, |config| config.limits.upload_bytes = 1_000).await;
    let (id, _) = gateway.handover(certain);
    let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
    assert_eq!(errors(&payload), [("InputError", "TOO_LARGE")]);
    assert_eq!(
        payload["errors"][0]["message"],
        "The PDF has more than 1000 bytes."
    );

    let gateway = TestGateway::start().await;
    for (fault, message) in [
        (
            Fault::Html,
            "What deep.rent sent is not filed. The file is no PDF: it is text/html.",
        ),
        (
            Fault::Truncate,
            "What deep.rent sent is not filed. The PDF is cut off: its end is missing.",
        ),
    ] {
        gateway.strike(System::DeepRent, FILE, fault);
        let payload = gateway.run("fileProtocolPdf", of(&id), FILED).await;
        assert_eq!(errors(&payload), [("InputError", "UNPROCESSABLE")]);
        assert_eq!(payload["errors"][0]["message"], message);
    }
    // A download that breaks is begun anew.
    gateway.strike(System::DeepRent, FILE, Fault::DropMidBody);
    let work = gateway.run("fileProtocolPdf", of(&id), FILED);
    let payload = gateway.hurry(Duration::from_secs(2), work).await;
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(gateway.calls(System::Propstack, POST), 1);
}

#[tokio::test]
async fn a_link_is_not_kept_with_the_outcome_and_a_repetition_gets_a_good_one() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(certain);
    let mut input = of(&id);
    input["idempotencyKey"] = "k".into();
    let first = gateway.run("requestProtocolPdf", input.clone(), PDF).await;
    gateway
        .sandbox
        .shared
        .clock
        .advance(Duration::from_secs(3_000));
    let again = gateway.run("requestProtocolPdf", input, PDF).await;
    assert_eq!(again["errors"], json!([]));
    assert_ne!(again["pdf"]["url"], first["pdf"]["url"]);
    assert_eq!(again["pdf"]["expiresInSeconds"], 900);
    assert_eq!(gateway.last_act().await.1, "TOLD_AGAIN");
}

#[tokio::test]
async fn with_a_key_a_filed_protocol_is_told_again() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(certain);
    let mut input = of(&id);
    input["idempotencyKey"] = "k".into();
    let first = gateway.run("fileProtocolPdf", input.clone(), FILED).await;
    let again = gateway.run("fileProtocolPdf", input, FILED).await;
    assert_eq!(first["errors"], json!([]));
    assert_eq!(first, again);
    assert_eq!(
        gateway.last_act().await,
        ("fileProtocolPdf".to_owned(), "TOLD_AGAIN".to_owned())
    );
}

#[tokio::test]
async fn who_may_not_see_a_hidden_address_does_not_learn_it_from_the_title() {
    for (without, tells) in [(&[][..], true), (&[Scope::PropertyAddress][..], false)] {
        let gateway = TestGateway::start().await;
        let (id, _) = gateway.handover(certain);
        let token = gateway.token(ORGANIZATION, without);
        let payload = gateway
            .run_as(&token, "fileProtocolPdf", of(&id), FILED)
            .await;
        assert_eq!(payload["errors"], json!([]));
        let world = gateway.sandbox.shared.tenants[0].world();
        let row = world
            .handovers
            .iter()
            .find(|row| row.id == id.key())
            .unwrap();
        let title = payload["document"]["title"].as_str().unwrap();
        assert_eq!(title.contains(&row.address_line), tells, "{title}");
        assert!(title.contains(&row.object_name), "{title}");
    }
}

#[tokio::test]
async fn each_needs_its_rights() {
    let gateway = TestGateway::start().await;
    let (id, _) = gateway.handover(certain);
    for (without, name) in [
        (Scope::ProtocolRead, "requestProtocolPdf"),
        (Scope::ProtocolRead, "fileProtocolPdf"),
        (Scope::DocumentWrite, "fileProtocolPdf"),
    ] {
        let token = gateway.token(ORGANIZATION, &[without]);
        let answer = gateway.try_as(&token, name, of(&id), "__typename").await;
        assert_eq!(codes(&answer), ["FORBIDDEN"], "{name}");
    }
    assert_eq!(gateway.all_calls(System::DeepRent), 0);
}
