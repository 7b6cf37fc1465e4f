//! Rules of the deep.rent contract that our client keeps; each name tells its rule.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hausgraph::{
    model::{Protocol, ProtocolCause, ProtocolContactRole, ProtocolId},
    sandbox::{self, Sandbox, deeprent::Switches, fault::Fault, fault::Rule, tenant::TenantAccess},
    upstream::{
        Error, Reach, Scope,
        deeprent::{Client, Cursor, Page, Settings},
        transport::Limits,
    },
};

use super::{assert_tells_nothing, base_url, hurry};
use crate::support;

mod administration;

const LIST: &str = "GET /external/protocols";
const PDF: &str = "GET /external/protocols/{id}/pdf";

/// deep.rent and a client that holds the demo firm's key.
struct DeepRent {
    sandbox: Sandbox,
    client: Client,
}

impl DeepRent {
    async fn start() -> Self {
        let sandbox = support::sandbox().await;
        let client = client(&sandbox, &sandbox.access.demo);
        Self { sandbox, client }
    }

    fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.sandbox.shared.switches_mut().deeprent);
    }

    fn fail(&self, endpoint: &str, fault: Fault) {
        let rule = Rule::new(sandbox::System::DeepRent, fault).at(endpoint);
        self.sandbox.shared.faults.add(rule);
    }

    fn advance(&self, seconds: u64) {
        let clock = &self.sandbox.shared.clock;
        clock.advance(Duration::from_secs(seconds));
    }

    fn calls(&self, endpoint: &str) -> u64 {
        let journal = &self.sandbox.shared.journal;
        journal.count(sandbox::System::DeepRent, endpoint)
    }

    async fn page(&self, limit: u32, cursor: Option<&Cursor>, deleted: bool) -> Page {
        let page = self.client.list_protocols(limit, cursor, deleted).await;
        page.expect("the sandbox answers")
    }

    async fn walk(&self, limit: u32, deleted: bool) -> Vec<Arc<Protocol>> {
        let mut page = self.page(limit, None, deleted).await;
        let mut rows = page.rows;
        while let Some(next) = page.next {
            page = self.page(limit, Some(&next), deleted).await;
            rows.append(&mut page.rows);
        }
        rows
    }

    /// Protocols of the demo firm whose file exists, or does not.
    fn protocols(&self, has_pdf: bool) -> Vec<ProtocolId> {
        let world = self.sandbox.shared.tenants[0].world();
        let rows = world.handovers.iter();
        rows.filter(|row| row.has_pdf == has_pdf && row.deleted_at.is_none())
            .map(|row| ProtocolId::new(&row.id))
            .collect()
    }

    fn protocol(&self, has_pdf: bool) -> ProtocolId {
        self.protocols(has_pdf).swap_remove(0)
    }
}

fn client(sandbox: &Sandbox, access: &TenantAccess) -> Client {
    client_with(sandbox, &access.deeprent.api_key)
}

fn client_with(sandbox: &Sandbox, api_key: &str) -> Client {
    let settings = Settings {
        base_url: base_url(&sandbox.access.demo.deeprent.base_url),
        api_key: api_key.to_owned().into(),
        session_token: None,
        organization_id: None,
        limits: Limits::default(),
        reach: Reach::Any,
    };
    Client::new(settings, sandbox.shared.clock.clone()).expect("a key that a header can carry")
}

fn ids(rows: &[Arc<Protocol>]) -> Vec<&str> {
    rows.iter().map(|row| row.id.key()).collect()
}

#[tokio::test]
async fn rule_1_the_key_goes_out_as_x_api_key() {
    let it = DeepRent::start().await;
    it.page(1, None, false).await;
    let link = it.client.find_pdf(&it.protocol(true)).await.unwrap();
    assert!(link.is_some());
    let entries = it.sandbox.shared.journal.entries();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!(entry.arrival.credentials, ["x-api-key"]);
    }
}

#[tokio::test]
async fn rule_2_a_wrong_or_revoked_key_is_refused_and_not_told() {
    let it = DeepRent::start().await;
    let key = &it.sandbox.access.demo.deeprent.api_key;
    it.switch(|switches| {
        switches.revoked_keys.insert(key.clone());
    });
    for key in [key, "sandbox-wrong-key"] {
        let client = client_with(&it.sandbox, key);
        let listed = client.list_protocols(1, None, false).await.err();
        let linked = client.find_pdf(&it.protocol(true)).await.err();
        for (error, operation) in [(listed, "list_protocols"), (linked, "find_pdf")] {
            let error = error.expect("is refused");
            assert!(matches!(error, Error::Refused { status: 401, .. }));
            assert_eq!(error.operation(), operation);
            assert_tells_nothing(&error, &[key]);
        }
        assert!(!format!("{client:?}").contains(key));
    }
}

#[tokio::test]
async fn rule_4_another_firms_protocol_is_absent() {
    let it = DeepRent::start().await;
    let foreign = client(&it.sandbox, &it.sandbox.access.foreign);
    let link = foreign.find_pdf(&it.protocol(true)).await.unwrap();
    assert_eq!(link, None);
}

#[tokio::test]
async fn rule_7_no_more_than_the_largest_page_is_asked_for() {
    let it = DeepRent::start().await;
    it.switch(|switches| switches.refuses_large_limit = true);
    it.page(500, None, false).await;
    let entries = it.sandbox.shared.journal.entries();
    assert!(entries[0].arrival.query.contains("limit=200"));
}

#[tokio::test]
async fn rule_8_a_walk_yields_each_row_once_newest_first_also_at_equal_times() {
    let it = DeepRent::start().await;
    {
        let mut world = it.sandbox.shared.tenants[0].world_mut();
        let at = world.handovers[3].created_at;
        for row in &mut world.handovers[3..9] {
            row.created_at = at;
        }
    }
    let whole = it.walk(200, true).await;
    let mut places: Vec<_> = whole.iter().map(|row| Cursor::after(row)).collect();
    assert!(places.len() > 20, "too few to tell");
    let moments: Vec<_> = places.iter().map(|place| place.created_at).collect();
    assert!(moments.is_sorted_by(|newer, older| newer >= older));
    for size in [1, 4, 7] {
        assert_eq!(ids(&it.walk(size, true).await), ids(&whole), "{size}");
    }
    let distinct: HashSet<_> = places.drain(..).collect();
    assert_eq!(distinct.len(), whole.len());
}

#[tokio::test]
async fn rule_8_reading_goes_on_after_any_row() {
    let it = DeepRent::start().await;
    let whole = it.page(12, None, true).await.rows;
    for (position, row) in whole.iter().enumerate() {
        // As it comes back from a cursor that a client held.
        let stored = serde_json::to_string(&Cursor::after(row)).unwrap();
        let cursor: Cursor = serde_json::from_str(&stored).unwrap();
        let rest = it.page(12, Some(&cursor), true).await.rows;
        let expected = &whole[position + 1..];
        assert_eq!(ids(&rest[..expected.len()]), ids(expected));
    }
}

#[tokio::test]
async fn rule_9_a_cursor_goes_out_whole_or_not_at_all() {
    let it = DeepRent::start().await;
    let next = it.page(1, None, false).await.next.expect("more than one");
    it.page(1, Some(&next), false).await;
    let entries = it.sandbox.shared.journal.entries();
    let halves = |entry: usize| {
        let query = &entries[entry].arrival.query;
        (query.contains("cursorTs="), query.contains("cursorId="))
    };
    assert_eq!(halves(0), (false, false));
    assert_eq!(halves(1), (true, true));
}

#[tokio::test]
async fn rule_10_and_12_only_the_last_page_is_not_full() {
    let it = DeepRent::start().await;
    let total = it.walk(200, false).await.len();
    let size = u32::try_from(total - 1).unwrap();
    let first = it.page(size, None, false).await;
    assert_eq!(first.rows.len(), total - 1);
    let last = it.page(size, first.next.as_ref(), false).await;
    assert_eq!((last.rows.len(), last.next), (1, None));
    let exact = it.page(size + 1, None, false).await;
    assert_eq!((exact.rows.len(), exact.next), (total, None));
}

#[tokio::test]
async fn rule_11_deleted_protocols_come_only_when_asked_for() {
    let it = DeepRent::start().await;
    let living = it.walk(200, false).await;
    let all = it.walk(200, true).await;
    assert!(living.iter().all(|row| row.deletion.is_none()));
    assert!(all.len() > living.len());
    let deleted = all.iter().filter(|row| row.deletion.is_some()).count();
    assert_eq!(deleted, all.len() - living.len());
}

#[tokio::test]
async fn rule_13_nulls_and_both_kinds_of_size_are_read() {
    let it = DeepRent::start().await;
    {
        let mut world = it.sandbox.shared.tenants[0].world_mut();
        world.handovers[0].storage_kb = 4711;
        let person = &mut world.handovers[0].people[0];
        (person.email, person.company, person.salutation) = (None, None, None);
    }
    let rows = it.page(1, None, true).await.rows;
    assert_eq!(rows[0].storage_kb, Some(4711));
    let contact = &rows[0].contacts.as_ref().unwrap()[0];
    assert_eq!(contact.email, None);
    assert_eq!(contact.company_name, None);
    assert_eq!(contact.resolved_salutation, None);
}

#[tokio::test]
async fn rule_14_new_words_break_nothing() {
    let it = DeepRent::start().await;
    {
        let mut world = it.sandbox.shared.tenants[0].world_mut();
        world.handovers[0].cause = "Exorcism".into();
        world.handovers[0].people[0].role = "PRIEST".into();
    }
    let rows = it.page(1, None, true).await.rows;
    assert_eq!(rows[0].cause, Some(ProtocolCause::Other));
    assert_eq!(rows[0].cause_text.as_deref(), Some("Exorcism"));
    let contact = &rows[0].contacts.as_ref().unwrap()[0];
    assert_eq!(contact.role, Some(ProtocolContactRole::Other));
    assert_eq!(contact.role_text.as_deref(), Some("PRIEST"));
}

#[tokio::test]
async fn rule_14_a_wrong_type_is_named_by_its_path_and_not_told() {
    let it = DeepRent::start().await;
    it.fail(LIST, Fault::WrongTypes);
    let error = it.client.list_protocols(200, None, false).await;
    let error = error.unwrap_err();
    let Error::Unreadable { at, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(at.starts_with("$.protocols[0]."), "{at}");
    assert_tells_nothing(&error, &[&it.sandbox.access.demo.deeprent.api_key]);
}

#[tokio::test]
async fn rule_16_what_cannot_be_an_id_is_not_sent() {
    let it = DeepRent::start().await;
    for bad in [
        "", "abcde", "abc/def", "abc.def", "abc def", "abcdefü", "..",
    ] {
        let link = it.client.find_pdf(&ProtocolId::new(bad)).await.unwrap();
        assert_eq!(link, None, "{bad}");
    }
    let asked = it.sandbox.shared.journal.entries();
    assert!(asked.is_empty());
    // A good one that nobody has is asked for, and is absent all the same.
    let unknown = ProtocolId::new("Jwlo-Qe8a-3dSn-OQ-w");
    assert_eq!(it.client.find_pdf(&unknown).await.unwrap(), None);
    assert_eq!(it.calls(PDF), 1);
}

#[tokio::test]
async fn rule_17_the_first_link_was_generated_and_later_ones_were_not() {
    let it = DeepRent::start().await;
    let id = it.protocol(false);
    let first = it.client.find_pdf(&id).await.unwrap().unwrap();
    assert!(first.was_generated);
    assert_eq!(first.file_name, format!("protocol-{}.pdf", id.key()));
    assert_eq!(first.expires_in_seconds, 900);
    let elsewhere = client(&it.sandbox, &it.sandbox.access.demo);
    let second = elsewhere.find_pdf(&id).await.unwrap().unwrap();
    assert!(!second.was_generated);
}

#[tokio::test]
async fn rule_19_a_build_of_a_minute_is_waited_for_and_a_longer_one_is_not() {
    let it = DeepRent::start().await;
    let clock = &it.sandbox.shared.clock;
    let mut unbuilt = it.protocols(false).into_iter();
    for (build_seconds, passes, is_built) in [(60, 60, true), (100, 75, false)] {
        it.switch(|switches| switches.pdf_build_delay_ms = build_seconds * 1_000);
        let id = unbuilt.next().expect("two without a file");
        let client = it.client.clone();
        let asked = tokio::spawn(async move { client.find_pdf(&id).await });
        // The call, whoever asked for it, and the build.
        clock.wait_for_sleepers(3).await;
        it.advance(passes);
        let link = asked.await.unwrap();
        match link {
            Ok(link) => assert!(is_built && link.unwrap().was_generated),
            Err(error) => {
                let after = Duration::from_secs(75);
                assert!(!is_built);
                assert!(matches!(error, Error::TimedOut { after: told, .. } if told == after));
            }
        }
    }
}

#[tokio::test]
async fn rule_21_a_link_is_handed_out_until_a_minute_before_its_end() {
    let it = DeepRent::start().await;
    let id = it.protocol(true);
    let link = || async { it.client.find_pdf(&id).await.unwrap().unwrap() };
    let first = link().await;
    it.advance(839);
    let same = link().await;
    assert_eq!((&same.url, same.expires_at), (&first.url, first.expires_at));
    assert_eq!(same.expires_in_seconds, 61);
    assert_eq!(it.calls(PDF), 1);
    it.advance(1);
    let fresh = link().await;
    assert_ne!(fresh.url, first.url);
    assert_eq!(fresh.expires_in_seconds, 900);
    assert_eq!(it.calls(PDF), 2);

    // Until then the first one worked; now it does not.
    it.advance(60);
    let status = |url: url::Url| async { support::http().get(url).send().await.unwrap().status() };
    assert_eq!(status(first.url.0).await, 403);
    assert_eq!(status(fresh.url.0).await, 200);
}

#[tokio::test]
async fn rule_24_parallel_askers_make_one_call_also_when_the_first_one_leaves() {
    let it = DeepRent::start().await;
    it.switch(|switches| switches.pdf_build_delay_ms = 10_000);
    let id = it.protocol(false);
    let clock = &it.sandbox.shared.clock;
    let ask = || {
        let (client, id) = (it.client.scoped(Scope::default()), id.clone());
        tokio::spawn(async move { client.find_pdf(&id).await })
    };
    let first = ask();
    clock.wait_for_sleepers(3).await;
    let others = [ask(), ask()];
    clock.wait_for_sleepers(5).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    it.advance(10);
    for other in others {
        assert!(other.await.unwrap().unwrap().is_some());
    }
    assert_eq!(it.calls(PDF), 1);
}

#[tokio::test]
async fn at_most_two_links_are_asked_for_at_a_time() {
    let it = DeepRent::start().await;
    it.switch(|switches| switches.pdf_build_delay_ms = 10_000);
    let clock = &it.sandbox.shared.clock;
    let asked: Vec<_> = it
        .protocols(false)
        .into_iter()
        .take(3)
        .map(|id| {
            let client = it.client.clone();
            tokio::spawn(async move { client.find_pdf(&id).await })
        })
        .collect();
    assert_eq!(asked.len(), 3);
    // Three who ask, two calls, two builds.
    clock.wait_for_sleepers(7).await;
    assert_eq!(it.calls(PDF), 2);
    it.advance(10);
    let [first, second, third] = <[_; 3]>::try_from(asked).unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    clock.wait_for_sleepers(3).await;
    it.advance(10);
    third.await.unwrap().unwrap();
    assert_eq!(it.calls(PDF), 3);
}

#[tokio::test]
async fn sixteen_links_wait_for_a_turn_and_one_more_is_refused_at_once() {
    let it = DeepRent::start().await;
    it.switch(|switches| switches.pdf_build_delay_ms = 10_000);
    for row in &mut it.sandbox.shared.tenants[0].world_mut().handovers {
        row.has_pdf = false;
    }
    let mut ids = it.protocols(false).into_iter();
    let mut ask = || {
        let (client, id) = (it.client.clone(), ids.next().expect("enough of them"));
        tokio::spawn(async move { client.find_pdf(&id).await })
    };
    let is_throttled = |result| matches!(result, Err(Error::Throttled { .. }));
    let asked: Vec<_> = (0..19).map(|_| ask()).collect();
    let (first, _, waiting) = futures_util::future::select_all(asked).await;
    assert!(is_throttled(first.unwrap()));

    // Those who wait leave, but what they asked for goes on.
    for waiting in waiting {
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
    }
    assert!(is_throttled(ask().await.unwrap()));
    assert_eq!(it.calls(PDF), 2);
}

#[tokio::test]
async fn a_failing_build_is_tried_once_more_and_no_failure_is_kept() {
    let it = DeepRent::start().await;
    it.switch(|switches| switches.pdf_build_fails = true);
    let id = it.protocol(false);
    let clock = &it.sandbox.shared.clock;
    let error = hurry(clock, 2, it.client.find_pdf(&id)).await.unwrap_err();
    assert!(matches!(error, Error::Failed { status: 500, .. }));
    assert_tells_nothing(&error, &[id.key()]);
    assert_eq!(it.calls(PDF), 2);
    it.switch(|switches| switches.pdf_build_fails = false);
    assert!(it.client.find_pdf(&id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_link_that_cannot_be_read_is_not_told() {
    for fault in [Fault::WrongTypes, Fault::Html, Fault::Truncate] {
        let it = DeepRent::start().await;
        it.fail(PDF, fault);
        let error = it.client.find_pdf(&it.protocol(true)).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert_tells_nothing(&error, &["storage", "signature"]);
    }
    // A link that can be read is not shown by the client that holds it.
    let it = DeepRent::start().await;
    let link = it.client.find_pdf(&it.protocol(true)).await.unwrap();
    assert!(link.is_some());
    let shown = format!("{:?}", it.client);
    assert!(
        !shown.contains("signature") && !shown.contains("storage"),
        "{shown}"
    );
}
