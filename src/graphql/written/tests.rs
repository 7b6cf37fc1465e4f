//! When lists are written by hand and when not, and that the tables leave nothing out.

use std::collections::BTreeSet;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema, Value};

use super::{object::Object as Table, plan::is_called, *};
use crate::{
    auth::{Role, Scopes},
    cache::Reader,
    graphql::{
        connection::{Page, Paging},
        contact,
        cursor::List,
        investor,
        node::Node,
        project, property, protocol, schema,
    },
    index::Index,
    loader::Loaders,
    model::*,
};

/// A list of projects, one of them as odd as can be.
struct Query;

#[Object]
impl Query {
    async fn projects(&self) -> Row<project::ProjectConnection> {
        let rows = [plain_project(), odd_project()].map(Arc::new);
        let list = List::new("projects", Vec::new());
        let paging = Paging::new(2, None).unwrap();
        let page = Page::of(list, rows, |project| project.id.key(), &paging).unwrap();
        page.map(|project| (project,)).into()
    }
}

fn plain_project() -> Project {
    let at = DateTime("2026-03-01T08:00:00.118Z".parse().unwrap());
    Project {
        id: ProjectId::new("12"),
        source: SourceRecord::new(System::Propstreet, "12"),
        name: "Lindenallee".to_owned(),
        asset: Asset {
            asset_type: AssetType::Single,
            property_count: None,
        },
        status: ProjectStatus::Open,
        classification: None,
        teaser: None,
        mandate: None,
        price: None,
        price_range: None,
        transactions: Vec::new(),
        external_references: Vec::new(),
        profile_ids: Vec::new(),
        created_at: at,
        updated_at: at,
        deleted_at: None,
        etag: ETag(String::new()),
        freshness: crate::model::Fetched::from(at.0).into(),
    }
}

fn odd_project() -> Project {
    let reference = |id: &str| ExternalReference {
        namespace: "propstack".to_owned(),
        id: id.to_owned(),
    };
    Project {
        name: "\"Groß\\\u{1}\n\u{2028}\u{1f3e0}".to_owned(),
        asset: Asset {
            asset_type: AssetType::Portfolio,
            property_count: Some(-7),
        },
        mandate: Some(Mandate::NonExclusive),
        price: Some(Price {
            value: Decimal("149.50".parse().unwrap()),
            scale: PriceScale::Millions,
            currency: CurrencyCode::EUR,
        }),
        price_range: Some(PriceRange {
            min: None,
            max: Some(Decimal("-0.00".parse().unwrap())),
            scale: PriceScale::Unknown,
            currency: CurrencyCode::EUR,
        }),
        transactions: vec![
            Json(serde_json::json!({ "b": [1.0, 1e300, null], "a": { "\"": "ä" } })),
            Json(serde_json::Value::Null),
        ],
        external_references: vec![reference(""), reference("\t"), reference("7")],
        etag: ETag("\"1\"".to_owned()),
        ..plain_project()
    }
}

async fn answer(query: &str, plans: Option<Plans>) -> Value {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
        .register_output_type::<Node>()
        .finish();
    let viewer = Viewer::new("test", "test", Role::Member, Scopes::default());
    let loaders = Arc::new(Loaders::new(
        Reader::idle(),
        Index::idle().await,
        Arc::default(),
    ));
    let mut request = Request::new(query).data(viewer).data(loaders);
    if let Some(plans) = plans {
        request = request.data(plans);
    }
    let response = schema.execute(request).await;
    assert!(response.errors.is_empty(), "{query}: {:?}", response.errors);
    response.data
}

/// The value as a client reads it; counts the texts in it.
fn read(value: Value, texts: &mut usize) -> Value {
    match value {
        Value::Binary(text) => {
            *texts += 1;
            serde_json::from_slice(&text).unwrap()
        }
        Value::List(items) => {
            Value::List(items.into_iter().map(|item| read(item, texts)).collect())
        }
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, read(value, texts)))
                .collect(),
        ),
        Value::Enum(name) => Value::String(name.to_string()),
        scalar => scalar,
    }
}

const ALL: &str = "__typename id source { system id } name asset { type propertyCount } status
    classification teaser { stage } mandate price { value scale currency amount }
    priceRange { min max minAmount maxAmount } transactions externalReferences { namespace id }
    createdAt updatedAt deletedAt";

#[tokio::test]
async fn what_is_plain_is_written_and_the_rest_is_not_and_one_sees_no_difference() {
    let query = |rows: &str| format!("{{ projects {{ {rows} }} }}");
    for (query, texts) in [
        (query(&format!("nodes {{ {ALL} }}")), 1),
        (query(&format!("edges {{ cursor node {{ {ALL} }} }}")), 1),
        (query("nodes { id } edges { cursor } pageInfo { hasNextPage endCursor }"), 1),
        (query("nodes { id } other: nodes { name again: name }"), 1),
        // What is selected twice is there once, where it came first.
        (query("nodes { id asset { type } name id asset { x: type propertyCount type } }"), 1),
        (query("nodes { ... { id } ... on Project { name } ...F }") + "fragment F on Project { name id }", 1),
        (query("nodes { ... on Node { id } name }"), 1),
        (query("nodes { id @skip(if: true) name @include(if: true) }"), 1),
        (query("nodes { id @skip(if: true) asset { type @skip(if: true) } }"), 1),
        (query("... on ProjectConnection { nodes { id } } edges { ...E }") + "fragment E on ProjectEdge { node { name } }", 1),
        (query("nodes { id } nodes { name }"), 1),
        (query("nodes { id } ...F") + "fragment F on ProjectConnection { nodes { name } }", 1),
        // It depends on more than the record: the library resolves that field, and nothing else.
        (query("nodes { id freshness { isStale } name }"), 1),
        (query("nodes { a: freshness { isStale } id b: freshness { servedFrom } }"), 1),
        (query("nodes { id freshness { isStale } } edges { cursor }"), 1),
        (query("nodes { ...F id } edges { node { ...F } }") + "fragment F on Project { freshness { isStale } }", 1),
        // Nothing else is there to be written.
        (query("nodes { freshness { isStale } }"), 0),
        // Merged by the library.
        (query("nodes { id freshness { isStale } freshness { servedFrom } }"), 0),
        (query("nodes { id freshness { isStale } } nodes { name }"), 0),
        ("{ projects { nodes { id } } ...F } fragment F on Query { projects { edges { cursor } nodes { name } } }".to_owned(), 0),
        ("{ projects { nodes { id } } other: projects { nodes { name } nodes { id } } }".to_owned(), 2),
    ] {
        let mut found = 0;
        let expected = read(answer(&query, None).await, &mut found);
        assert_eq!(found, 0, "{query}");
        let written = read(answer(&query, Some(Plans::wanted())).await, &mut found);
        // As texts, for there the order counts.
        assert_eq!(written.to_string(), expected.to_string(), "{query}");
        assert_eq!(found, texts, "{query}");
        read(answer(&query, Some(Plans::forbidden())).await, &mut found);
        assert_eq!(found, texts, "{query}");
    }
}

#[tokio::test]
async fn an_empty_list_is_written() {
    let viewer = Viewer::new("test", "test", Role::Member, Scopes::default());
    let mut text = Text::new(&viewer);
    text.list::<Project>(&[], &Plan::default());
    assert_eq!(text.into_json(), b"[]");
}

#[test]
fn numbers_are_written_as_the_library_has_them() {
    let viewer = Viewer::new("test", "test", Role::Member, Scopes::default());
    for number in [
        0.0,
        -0.0,
        1.0,
        0.1,
        1e21,
        f64::MIN_POSITIVE,
        f64::NAN,
        f64::INFINITY,
    ] {
        let mut text = Text::new(&viewer);
        number.write(&Plan::default(), &mut text);
        let value = async_graphql::ScalarType::to_value(&number);
        assert_eq!(text.into_json(), serde_json::to_vec(&value).unwrap());
    }
}

#[test]
fn only_who_may_sees_an_address() {
    let object = ProtocolObject {
        id: None,
        name: None,
        category: None,
        object_type: None,
        address: Some(Address::default()),
        address_id: None,
    };
    let at = ProtocolObject::FIELDS
        .iter()
        .position(|field| field.name == "address")
        .unwrap();
    for (scopes, expected) in [
        (Scopes::default(), "null"),
        (
            Scopes::from_iter([crate::auth::Scope::PropertyAddress]),
            "{}",
        ),
    ] {
        let viewer = Viewer::new("test", "test", Role::Member, scopes);
        let mut text = Text::new(&viewer);
        (ProtocolObject::FIELDS[at].write)(&object, &Plan::default(), &mut text);
        assert_eq!(text.into_json(), expected.as_bytes());
    }
}

/// Fails unless the table of a type has every field that the schema has, each once.
fn is_whole<T: Table>(registry: &Registry) {
    let of = T::type_name();
    let fields = registry.types[&*of].fields().unwrap();
    let tables = T::FIELDS.iter().map(|field| {
        let mut called = fields.keys().filter(|name| is_called(field.name, name));
        let name = called.next();
        name.unwrap_or_else(|| panic!("{of} has no {}", field.name))
            .as_str()
    });
    let named: Vec<&str> = tables.chain(T::OTHERS.iter().copied()).collect();
    let known: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(BTreeSet::from_iter(named.iter().copied()), known, "{of}");
    assert_eq!(named.len(), known.len(), "{of} has a field twice");
}

#[test]
fn every_field_of_the_schema_is_written_or_said_not_to_be() {
    let mut registry = Registry::default();
    schema::Query::create_type_info(&mut registry);
    macro_rules! are_whole {
        ($($table:ty,)*) => {
            $(is_whole::<$table>(&registry);)*
        };
    }
    are_whole! {
        Property, PropertyStatus, PropertyAreas, PropertyRooms, SaleTerms, RentTerms,
        InvestmentFigures, Building, EnergyCertificate, PropertyDescriptions, Image, PropertyLink,
        CustomField, Contact, Phone, Document, Protocol, ProtocolObject, ProtocolContact,
        ProtocolOwner, LegalHold, Deletion, Project, Asset, ProjectTeaser, Prospect, ProspectTeaser,
        Investor, AssociatedProject, AuditEntry, ImportJob, ImportStage, ImportProblem, SourceRecord, ExternalReference, Match, GeoPoint,
        Money, Price, PriceRange, Address, PageInfo, property::PropertyEdge, property::PropertyContactEdge,
        property::PropertyProtocolEdge, property::PropertyProjectEdge, property::DocumentEdge,
        contact::ContactEdge, contact::ContactPropertyEdge, contact::ContactProtocolEdge,
        contact::ContactProspectEdge, protocol::ProtocolEdge, project::ProjectEdge,
        project::ProjectPropertyEdge, project::ProspectEdge, investor::InvestorEdge,
        investor::AssociatedProjectEdge, crate::graphql::audit::AuditEdge,
        crate::graphql::import_job::ImportJobEdge, crate::graphql::import_job::ImportProblemEdge,
        crate::graphql::import_job::ImportJobConnection,
        crate::graphql::import_job::ImportProblemConnection,
        property::PropertyConnection, property::PropertyContactConnection,
        property::PropertyProtocolConnection, property::PropertyProjectConnection,
        property::DocumentConnection, contact::ContactConnection,
        contact::ContactPropertyConnection, contact::ContactProtocolConnection,
        contact::ContactProspectConnection, protocol::ProtocolConnection,
        project::ProjectConnection, project::ProjectPropertyConnection,
        project::ProspectConnection, investor::InvestorConnection,
        investor::AssociatedProjectConnection, crate::graphql::audit::AuditConnection,
    }
}

#[test]
fn names_are_compared_as_the_schema_spells_them() {
    for (name, spelled) in [
        ("id", "id"),
        ("living_sqm", "livingSqm"),
        ("line1", "line1"),
        ("is_heating_in_service_charge", "isHeatingInServiceCharge"),
        ("r#match", "match"),
    ] {
        assert!(is_called(name, spelled), "{name}");
    }
    for (name, spelled) in [("id", "idea"), ("idea", "id"), ("living_sqm", "living_sqm")] {
        assert!(!is_called(name, spelled), "{name}");
    }
}
