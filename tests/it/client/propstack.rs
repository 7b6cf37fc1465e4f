//! Rules of the Propstack contract that our client keeps; each name tells its rule.

use std::{borrow::Borrow, collections::HashSet, sync::Arc};

use chrono::TimeDelta;
use hausgraph::{
    model::{ContactId, ContactRole, CurrencyCode, DocumentId, Property, PropertyId},
    sandbox::{
        self, Sandbox,
        propstack::Switches,
        world::{DocumentOwner, Role, World},
    },
    upstream::{
        Error, Reach,
        propstack::{Archived, Client, ContactsQuery, Form, Settings, UnitsQuery},
        transport::Limits,
    },
};

use super::{assert_tells_nothing, base_url};
use crate::support;

const UNITS: &str = "GET /v1/units";

/// Propstack and a client that holds the demo firm's key.
pub(super) struct Propstack {
    pub(super) sandbox: Sandbox,
    pub(super) client: Client,
}

impl Propstack {
    pub(super) async fn start() -> Self {
        let sandbox = support::sandbox().await;
        let key = sandbox.access.demo.propstack.api_key.clone();
        let client = client(&sandbox, &[&key]);
        Self { sandbox, client }
    }

    pub(super) fn key(&self) -> &str {
        &self.sandbox.access.demo.propstack.api_key
    }

    fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.sandbox.shared.switches_mut().propstack);
    }

    fn world<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.sandbox.shared.tenants[0].world())
    }

    pub(super) fn calls(&self, endpoint: &str) -> u64 {
        let journal = &self.sandbox.shared.journal;
        journal.count(sandbox::System::Propstack, endpoint)
    }

    async fn walk(&self, query: UnitsQuery) -> Vec<Property> {
        let mut query = query;
        let mut rows = Vec::new();
        loop {
            let page = self.client.list_units(&query).await.unwrap();
            if page.received == 0 {
                return rows;
            }
            rows.extend(page.rows.into_iter().map(Arc::unwrap_or_clone));
            query.page += 1;
        }
    }
}

pub(super) fn client(sandbox: &Sandbox, keys: &[&str]) -> Client {
    let settings = Settings {
        base_url: base_url(&sandbox.access.demo.propstack.base_url),
        api_keys: keys.iter().map(|key| (*key).into()).collect(),
        currency: CurrencyCode::EUR,
        inactive_status_ids: Vec::new(),
        limits: Limits::default(),
        reach: Reach::Any,
    };
    Client::new(settings, sandbox.shared.clock.clone()).unwrap()
}

fn everything(form: Form) -> UnitsQuery {
    UnitsQuery {
        form,
        archived: Archived::Included,
        ..UnitsQuery::default()
    }
}

fn ids(rows: &[impl Borrow<Property>]) -> Vec<u64> {
    let keys = rows.iter().map(|row| row.borrow().id.key());
    keys.map(|key| key.parse().unwrap()).collect()
}

fn property(id: u64) -> PropertyId {
    PropertyId::new(id.to_string())
}

#[tokio::test]
async fn rule_01_a_wrong_key_is_refused_and_not_told() {
    let propstack = Propstack::start().await;
    let client = client(&propstack.sandbox, &["sandbox-wrong-key"]);
    let error = client.list_units(&UnitsQuery::default()).await.unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 401, .. }),
        "{error:?}"
    );
    assert_tells_nothing(&error, &["sandbox-wrong-key"]);
    assert_eq!(propstack.calls(UNITS), 1);
    assert!(!format!("{client:?}").contains("sandbox-wrong-key"));
}

#[tokio::test]
async fn rule_01_the_key_that_has_the_right_is_found_once_and_remembered() {
    let propstack = Propstack::start().await;
    let units = format!("{}.units", propstack.key());
    let contacts = format!("{}.contacts", propstack.key());
    let client = client(&propstack.sandbox, &[&units, &contacts]);
    for _ in 0..3 {
        client.list_units(&UnitsQuery::default()).await.unwrap();
        client
            .list_contacts(&ContactsQuery::default())
            .await
            .unwrap();
    }
    assert_eq!(propstack.calls(UNITS), 3);
    assert_eq!(propstack.calls("GET /v1/contacts"), 4, "one refusal");
    let error = client.list_brokers().await.unwrap_err();
    assert!(
        matches!(error, Error::Refused { status: 401, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn rule_01_what_does_not_exist_is_none() {
    let propstack = Propstack::start().await;
    let client = &propstack.client;
    for id in ["1", "..", "a/b"] {
        assert_eq!(client.find_contact(&ContactId::new(id)).await, Ok(None));
        assert_eq!(client.find_document(&DocumentId::new(id)).await, Ok(None));
    }
}

#[tokio::test]
async fn rules_02_05_11_fifty_ids_are_one_call_archived_ones_and_strangers_too() {
    let propstack = Propstack::start().await;
    let wanted: Vec<u64> = propstack.world(|world| {
        let (archived, active): (Vec<_>, Vec<_>) =
            world.units.iter().partition(|unit| unit.is_archived);
        assert!(!archived.is_empty());
        let units = archived.into_iter().take(3).chain(active).take(49);
        units.map(|unit| unit.id).collect()
    });
    let mut asked: Vec<_> = wanted.iter().map(|id| property(*id)).collect();
    asked.push(property(1));

    let rows = propstack.client.list_units_by_id(&asked, Form::Flat).await;

    let found: HashSet<_> = ids(&rows.unwrap()).into_iter().collect();
    assert_eq!(found, wanted.into_iter().collect());
    assert_eq!(propstack.calls(UNITS), 1);
}

#[tokio::test]
async fn rule_02_a_page_past_the_end_is_empty_and_the_total_told() {
    let propstack = Propstack::start().await;
    let query = UnitsQuery {
        page: 1_000,
        ..everything(Form::Flat)
    };
    let page = propstack.client.list_units(&query).await.unwrap();
    assert!(page.rows.is_empty());
    let all = propstack.world(|world| world.units.len());
    assert_eq!(page.total, u64::try_from(all).ok());
}

#[tokio::test]
async fn rules_03_04_both_shapes_say_what_is_true_however_numbers_are_written() {
    let propstack = Propstack::start().await;
    for form in [Form::Flat, Form::Expanded] {
        let rows = propstack.walk(everything(form)).await;
        propstack.world(|world| {
            assert_eq!(rows.len(), world.units.len());
            for row in &rows {
                let id = row.id.key().parse().unwrap();
                let unit = world.unit(id).unwrap();
                let status = row.status.as_ref().unwrap();
                assert_eq!(status.name, world.statuses[unit.status].name);
                assert_eq!(row.reference.as_ref(), Some(&unit.number));
                let address = row.address.as_ref().unwrap();
                assert_eq!(address.city.as_ref(), Some(&unit.place.city), "trimmed");
                assert_eq!(row.documents.is_some(), form == Form::Expanded);
                assert_eq!(row.relationships.is_some(), form == Form::Expanded);
                if form == Form::Flat {
                    continue;
                }
                let amount = row
                    .rent
                    .as_ref()
                    .and_then(|rent| rent.cold_rent)
                    .or(row.sale.as_ref().and_then(|sale| sale.price))
                    .unwrap();
                let cents = amount.amount.0 * rust_decimal::Decimal::ONE_HUNDRED;
                assert_eq!(cents, unit.amount_cents.into());
                assert_eq!(row.rent.is_some(), unit.is_rental);
                let floor = unit.floor.map(|floor| floor.to_string());
                assert_eq!(row.rooms.floor, floor, "0 is a floor");
                assert_eq!(row.hides_address, Some(unit.hides_address));
                assert_eq!(row.apartment_number, unit.designation);
                assert_ne!(row.areas.living_sqm, Some(0.0), "0 is not an area");
                assert_ne!(row.areas.plot_sqm, Some(0.0), "0 is not an area");
            }
        });
    }
}

#[tokio::test]
async fn rule_03_what_the_contract_leaves_open_makes_no_difference() {
    let propstack = Propstack::start().await;
    let strip = |rows: Vec<Property>| -> Vec<_> {
        let rows = rows.into_iter();
        rows.map(|row| (row.status, row.rent, row.sale, row.areas, row.relationships))
            .collect()
    };
    let usual = strip(propstack.walk(everything(Form::Expanded)).await);
    propstack.switch(|switches| {
        switches.bare_full_shape = true;
        switches.full_shape_says_status = true;
        switches.units_say_related_client_id = true;
        switches.custom_fields_listed = true;
    });
    let other = propstack.walk(everything(Form::Expanded)).await;
    assert!(
        other
            .iter()
            .any(|row| row.custom_fields.iter().any(|field| field.text.is_some()))
    );
    assert_eq!(strip(other), usual);
}

#[tokio::test]
async fn rule_05_archived_ones_come_only_when_asked_for_and_are_inactive() {
    let propstack = Propstack::start().await;
    let active = propstack.walk(UnitsQuery::default()).await;
    let all = propstack.walk(everything(Form::Expanded)).await;
    propstack.world(|world| {
        let is_archived = |id: &u64| world.unit(*id).unwrap().is_archived;
        assert!(!ids(&active).iter().any(is_archived));
        assert_eq!(all.len(), world.units.len());
        for row in &all {
            let archived = is_archived(&row.id.key().parse().unwrap());
            assert!(!(archived && row.is_active));
        }
    });
}

#[tokio::test]
async fn rule_06_page_by_page_yields_each_unit_once() {
    let propstack = Propstack::start().await;
    let query = UnitsQuery {
        per: 7,
        ..everything(Form::Flat)
    };
    let rows = ids(&propstack.walk(query).await);
    let expected = propstack.world(|world| world.units.len());
    let distinct: HashSet<_> = rows.iter().collect();
    assert_eq!((rows.len(), distinct.len()), (expected, expected));
    assert!(rows.is_sorted());
}

#[tokio::test]
async fn rule_07_a_change_is_never_missed_for_its_time_of_day() {
    let propstack = Propstack::start().await;
    let (id, changed) = propstack.world(|world| {
        let unit = world.units.iter().max_by_key(|unit| unit.updated_at);
        let unit = unit.unwrap();
        (unit.id, unit.updated_at)
    });
    for earlier in [TimeDelta::zero(), TimeDelta::hours(1), TimeDelta::hours(23)] {
        let query = UnitsQuery {
            updated_since: Some(changed - earlier),
            ..everything(Form::Flat)
        };
        let rows = propstack.walk(query).await;
        assert!(ids(&rows).contains(&id), "{earlier}");
    }
}

#[tokio::test]
async fn rule_08_documents_come_with_their_total_private_ones_too() {
    let propstack = Propstack::start().await;
    let (unit, expected) = propstack.world(|world| {
        let filed = world.documents.iter().find(|its| its.handover.is_some());
        let DocumentOwner::Unit(unit) = filed.unwrap().owner else {
            panic!("protocols are filed with units");
        };
        (unit, world.documents_of(DocumentOwner::Unit(unit)).count())
    });
    let page = propstack
        .client
        .list_latest_documents(&property(unit), 1, 100)
        .await;
    let page = page.unwrap();
    assert_eq!(page.rows.len(), expected);
    assert_eq!(page.total, u64::try_from(expected).ok());
    let protocol = page.rows.iter().find(|its| its.is_private).unwrap();
    let found = propstack.client.find_document(&protocol.id).await.unwrap();
    assert_eq!(found.unwrap().title, protocol.title);
}

#[tokio::test]
async fn section_4_every_development_comes_once_however_the_list_is_cut() {
    let propstack = Propstack::start().await;
    for (count, is_paged, calls) in [
        (30, true, 1),
        (499, false, 1),
        (500, false, 2),
        (500, true, 2),
        (501, false, 1),
        (501, true, 2),
        (1_001, true, 3),
    ] {
        propstack.switch(|switches| switches.projects_paged = is_paged);
        {
            let mut world = propstack.sandbox.shared.tenants[0].world_mut();
            let mut next = world.developments.last().unwrap().clone();
            world.developments.resize_with(count, || {
                next.id += 1;
                next.clone()
            });
        }
        let before = propstack.calls("GET /v1/projects");
        let rows = propstack.client.list_developments().await.unwrap();
        let ids: Vec<u64> = rows
            .iter()
            .map(|row| row.id.key().parse().unwrap())
            .collect();
        let wanted: Vec<_> =
            propstack.world(|world| world.developments.iter().map(|its| its.id).collect());
        assert_eq!(ids, wanted, "{count}");
        let asked = propstack.calls("GET /v1/projects") - before;
        assert_eq!(asked, calls, "{count} {is_paged}");
    }
}

#[tokio::test]
async fn section_4_and_8_whole_lists_are_one_call_each() {
    let propstack = Propstack::start().await;
    let client = &propstack.client;
    let developments = client.list_developments().await.unwrap();
    let brokers = client.list_brokers().await.unwrap();
    let statuses = client.list_property_statuses().await.unwrap();
    let contact_statuses = client.list_contact_statuses().await.unwrap();
    propstack.switch(|switches| switches.contact_statuses_in_data = true);
    assert_eq!(
        client.list_contact_statuses().await.unwrap(),
        contact_statuses
    );
    propstack.world(|world| {
        assert_eq!(developments.len(), world.developments.len());
        assert_eq!(brokers.len(), world.brokers.len());
        assert_eq!(statuses.len(), world.statuses.len());
        assert_eq!(contact_statuses.len(), world.contact_statuses.len());
        assert_eq!(brokers[0].email.as_ref(), Some(&world.brokers[0].email));
    });
    assert_eq!(propstack.sandbox.shared.journal.entries().len(), 5);
}

#[tokio::test]
async fn section_5_contacts_are_listed_once_each_and_read_with_their_properties() {
    let propstack = Propstack::start().await;
    let mut query = ContactsQuery {
        per: 150,
        archived: Archived::Included,
        ..ContactsQuery::default()
    };
    let mut rows = Vec::new();
    loop {
        let page = propstack.client.list_contacts(&query).await.unwrap();
        if page.received == 0 {
            break;
        }
        rows.extend(page.rows.into_iter().map(Arc::unwrap_or_clone));
        query.page += 1;
    }
    let distinct: HashSet<_> = rows.iter().map(|row| row.id.clone()).collect();
    let expected = propstack.world(|world| world.people.len());
    assert_eq!((rows.len(), distinct.len()), (expected, expected));

    let (owner, unit) = propstack.world(|world| {
        let ties = world.units.iter().flat_map(|unit| {
            let people = unit.people.iter();
            people.map(move |(role, person)| (*role, *person, unit.id))
        });
        let mut owners = ties.filter(|(role, ..)| *role == Role::Owner);
        let (_, person, unit) = owners.next().unwrap();
        (person, unit)
    });
    for says_status in [false, true] {
        propstack.switch(|switches| switches.contacts_say_status = says_status);
        let id = ContactId::new(owner.to_string());
        let contact = propstack.client.find_contact(&id).await.unwrap().unwrap();
        assert!(contact.status.is_some());
        let ties = contact.relationships.unwrap();
        let its = ties.iter().filter(|tie| tie.property == property(unit));
        let roles: Vec<_> = its.map(|tie| tie.role).collect();
        assert_eq!(roles, [ContactRole::Owner], "both lists name it");
    }
}

#[tokio::test]
async fn section_5_a_contact_is_found_by_its_address_in_any_case() {
    let propstack = Propstack::start().await;
    let (id, email) = propstack.world(|world| {
        let mut people = world.people.iter();
        let person = people.find(|its| !its.is_archived && !its.emails.is_empty());
        let person = person.unwrap();
        (person.id, person.emails[0].clone())
    });
    let query = ContactsQuery {
        email: Some(email.to_uppercase()),
        ..ContactsQuery::default()
    };
    let page = propstack.client.list_contacts(&query).await.unwrap();
    assert!(page.rows.iter().any(|row| row.id.key() == id.to_string()));
}

#[tokio::test]
async fn section_6_ties_agree_with_those_of_the_expanded_units() {
    let propstack = Propstack::start().await;
    for in_data in [false, true] {
        propstack.switch(|switches| switches.relationships_in_data = in_data);
        let mut listed = HashSet::new();
        for number in 1.. {
            let page = propstack.client.list_relationships(number, 200).await;
            let page = page.unwrap();
            if page.received == 0 {
                break;
            }
            for row in page.rows {
                let (contact, role) = (row.relationship.contact, row.relationship.role);
                listed.insert((row.property, contact, format!("{role:?}")));
            }
        }
        let units = propstack.walk(everything(Form::Expanded)).await;
        let mut carried = HashSet::new();
        for unit in units {
            for tie in unit.relationships.unwrap() {
                let role = format!("{:?}", tie.role);
                carried.insert((unit.id.clone(), tie.contact, role));
            }
        }
        assert!(!listed.is_empty());
        assert_eq!(listed, carried);
    }
}

#[tokio::test]
async fn section_3_2_filters_reach_propstack() {
    let propstack = Propstack::start().await;
    let (number, postal_code, object) = propstack.world(|world| {
        let mut units = world.units.iter().filter(|unit| !unit.is_archived);
        let unit = units.find(|unit| unit.deeprent_object.is_some()).unwrap();
        let object = unit.deeprent_object.clone().unwrap();
        (unit.number.clone(), unit.place.postal_code.clone(), object)
    });
    let by_number = UnitsQuery {
        reference: Some(number.clone()),
        ..UnitsQuery::default()
    };
    let rows = propstack.walk(by_number).await;
    assert!(!rows.is_empty());
    assert!(
        rows.iter()
            .all(|row| row.reference.as_ref() == Some(&number))
    );

    let by_postal_code = UnitsQuery {
        postal_code: Some(postal_code.clone()),
        ..UnitsQuery::default()
    };
    let rows = propstack.walk(by_postal_code).await;
    assert!(!rows.is_empty());
    let code = |row: &Property| row.address.as_ref().unwrap().postal_code.clone();
    assert!(
        rows.iter()
            .all(|row| code(row).as_ref() == Some(&postal_code))
    );

    let by_object = UnitsQuery {
        custom_field: Some(("deeprent_object_id".to_owned(), object)),
        ..UnitsQuery::default()
    };
    let rows = propstack.walk(by_object).await;
    assert!(
        rows.iter()
            .any(|row| row.reference.as_ref() == Some(&number))
    );
}
