//! Which property a protocol is about, held against what the world's hand-overs tell of
//! themselves, from both sides.

use hausgraph::sandbox::world::{Clue, Handover, Unit, UnitKind, World};
use serde_json::{Value, json};

use crate::support::{TestGateway, text, walk};

/// How a link by this clue is explained; none for clues that must not link.
fn reason(clue: Clue) -> Option<Value> {
    match clue {
        Clue::StoredObject => Some(json!({ "by": "EXTERNAL_REFERENCE", "confidence": "CERTAIN" })),
        Clue::Designation | Clue::Address => {
            Some(json!({ "by": "ADDRESS", "confidence": "HEURISTIC" }))
        }
        Clue::SharedAddress | Clue::Twins | Clue::Nowhere => None,
    }
}

#[tokio::test]
async fn a_protocol_has_the_property_that_its_clue_leads_to() {
    let gateway = TestGateway::start().await;
    let query = "query($first: Int!, $after: String) {
        protocols(filter: { includeDeleted: true }, first: $first, after: $after) {
            edges { cursor node { source { id } propertyMatch { by confidence }
                property { source { id } tags } } }
            pageInfo { hasNextPage endCursor } } }";

    let rows = walk(&gateway, query, "/protocols").await;

    let world = gateway.sandbox.shared.tenants[0].world();
    assert_eq!(rows.len(), world.handovers.len());
    let mut clues = Vec::new();
    for (row, handover) in rows.iter().zip(&world.handovers) {
        assert_eq!(row["source"]["id"], json!(handover.id));
        let wanted = reason(handover.clue);
        assert_eq!(row["propertyMatch"], json!(wanted), "{handover:?}");
        let unit = wanted.and(handover.unit).map(|unit| unit.to_string());
        assert_eq!(row["property"]["source"]["id"], json!(unit), "{handover:?}");
        clues.push(handover.clue);
    }
    for clue in [
        Clue::StoredObject,
        Clue::Designation,
        Clue::Address,
        Clue::SharedAddress,
        Clue::Twins,
        Clue::Nowhere,
    ] {
        assert!(clues.contains(&clue), "{clue:?}");
    }
}

/// Whether two units are one and the same to whoever sees address and designation only.
fn are_twins(unit: &Unit, other: &Unit) -> bool {
    let door = |unit: &Unit| {
        (
            unit.place.postal_code.clone(),
            unit.place.street.clone(),
            unit.place.house_number.clone(),
        )
    };
    door(unit) == door(other) && unit.designation == other.designation
}

/// Why a property lists a hand-over; none when it does not.
fn listed(world: &World, unit: &Unit, handover: &Handover) -> Option<Value> {
    let subject = world.unit(handover.unit?)?;
    match handover.clue {
        // A property cannot see that it has a twin, so both list the protocol. The protocol, which
        // sees both, names neither.
        Clue::Twins => {
            are_twins(unit, subject).then(|| json!({ "by": "ADDRESS", "confidence": "HEURISTIC" }))
        }
        clue => reason(clue).filter(|_| subject.id == unit.id),
    }
}

#[tokio::test]
async fn a_property_has_the_protocols_whose_clue_leads_to_it() {
    let gateway = TestGateway::start().await;
    let query = "query($first: Int!, $after: String) {
        properties(filter: { includeInactive: true }, first: $first, after: $after) {
            edges { cursor node { source { id }
                protocols { edges { match { by confidence } node { source { id } } } }
                all: protocols(filter: { includeDeleted: true }, first: 100) { nodes { source { id } } } } }
            pageInfo { hasNextPage endCursor } } }";

    let rows = walk(&gateway, query, "/properties").await;

    let world = gateway.sandbox.shared.tenants[0].world();
    assert_eq!(rows.len(), world.units.len());
    let (mut links, mut deleted) = (0, 0);
    for row in &rows {
        let unit = world
            .unit(text(row, "/source/id").parse().unwrap())
            .unwrap();
        let wanted = |is_deleted| {
            let rows = world.handovers.iter();
            let rows = rows.filter(move |row| is_deleted || row.deleted_at.is_none());
            rows.filter_map(|row| {
                Some((
                    listed(&world, unit, row)?,
                    json!({ "source": { "id": row.id } }),
                ))
            })
        };
        let edges: Vec<_> = wanted(false)
            .map(|(found, node)| json!({ "match": found, "node": node }))
            .collect();
        assert_eq!(row["protocols"]["edges"], json!(edges), "{unit:?}");
        let all: Vec<_> = wanted(true).map(|(_, node)| node).collect();
        assert_eq!(row["all"]["nodes"], json!(all));
        links += edges.len();
        deleted += all.len() - edges.len();
    }
    assert!(links > 60 && deleted > 0, "{links} {deleted}");
}

#[tokio::test]
async fn an_object_id_that_two_properties_carry_names_neither() {
    let gateway = TestGateway::start().await;
    let (protocol, units) = {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let handover = world
            .handovers
            .iter()
            .find(|row| row.clue == Clue::StoredObject)
            .unwrap();
        let (id, object, unit) = (
            handover.id.clone(),
            handover.object_id.clone(),
            handover.unit.unwrap(),
        );
        let other = world
            .units
            .iter_mut()
            .find(|other| other.id != unit)
            .unwrap();
        other.deeprent_object = Some(object);
        (id, [unit, other.id])
    };

    let query = format!(
        "{{ protocol(by: {{ upstreamId: {protocol:?} }}) {{ property {{ id }} propertyMatch {{ by }} }} }}"
    );
    let data = gateway.data(&query).await;

    assert_eq!(
        data["protocol"],
        json!({ "property": null, "propertyMatch": null }),
        "{units:?}"
    );
}

#[tokio::test]
async fn a_flat_that_nothing_tells_from_its_neighbours_has_no_protocols() {
    let gateway = TestGateway::start().await;
    let (protocol, unit) = {
        let mut world = gateway.sandbox.shared.tenants[0].world_mut();
        let world = &mut *world;
        let handover = world
            .handovers
            .iter_mut()
            .find(|row| row.clue == Clue::Designation)
            .unwrap();
        handover.object_name = "2. OG links".to_owned();
        let unit = handover.unit.unwrap();
        let flat = world.units.iter_mut().find(|row| row.id == unit).unwrap();
        flat.designation = None;
        flat.kind = UnitKind::Apartment;
        (handover.id.clone(), unit.to_string())
    };
    let query = format!(
        "{{ protocol(by: {{ upstreamId: {protocol:?} }}) {{ property {{ id }} }}
            property(by: {{ upstreamId: {unit:?} }}) {{ kind protocols {{ nodes {{ source {{ id }} }} }} }} }}"
    );

    let data = gateway.data(&query).await;

    assert_eq!(data["protocol"]["property"], Value::Null);
    assert_eq!(data["property"]["kind"], "APARTMENT");
    let listed = data["property"]["protocols"]["nodes"].as_array().unwrap();
    assert!(
        listed
            .iter()
            .all(|row| row["source"]["id"] != json!(protocol))
    );
}
