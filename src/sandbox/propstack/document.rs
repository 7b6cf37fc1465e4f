//! Documents of units, developments and contacts.

use std::collections::BTreeSet;

use axum::{extract::Path, response::Response};
use serde_json::{Value, json};

use super::{
    Refusal, answer, file, instant,
    key::Caller,
    page::{Envelope, Page},
    query::Query,
};
use crate::sandbox::{
    Shared,
    world::{Document, DocumentOwner, World},
};

/// `GET /documents`: always within `{documents, meta}`.
pub async fn list(caller: Caller, query: Query) -> Response {
    let switches = caller.shared().switches().propstack.clone();
    let world = caller.tenant().world();
    // Each filter takes one id; further ones and lists of them mean nothing.
    let owner = [
        query.number("property").map(DocumentOwner::Unit),
        query.number("project").map(DocumentOwner::Development),
        query.number("client").map(DocumentOwner::Person),
    ];
    let select = |documents| select(documents, &query, &world);
    let documents = match owner.into_iter().flatten().next() {
        Some(owner) => select(world.documents_of(owner).collect()).into(),
        // Nobody here has documents of a deal.
        None if query.first("client_property").is_some() => Vec::new().into(),
        None => {
            let selections = &caller.tenant().selections;
            let all = || select(world.documents.iter().collect());
            selections.remember(query.selection("documents"), all)
        }
    };
    let cut = Page::of(&query, &switches).cut(&documents);
    cut.map(|at| &world.documents[at])
        .map(|its| row(its, broker(its, &world), caller.shared()))
        .wrapped(Envelope::WithMeta("documents"))
}

/// The positions of those that the query admits, in the order that it asks for.
fn select(mut documents: Vec<&Document>, query: &Query, world: &World) -> Vec<usize> {
    if let Some(tag) = query.first("tag") {
        documents.retain(|document| document.tags.iter().any(|its| its == tag));
    }
    if query.first("is_private").is_some() {
        let is_private = query.is_set("is_private");
        documents.retain(|document| document.is_private == is_private);
    }
    if query.first("order_by") == Some("created_at,desc") {
        documents.sort_by_key(|document| std::cmp::Reverse((document.created_at, document.id)));
    }
    let position = |its: &Document| world.documents.binary_search_by_key(&its.id, |its| its.id);
    documents
        .into_iter()
        .filter_map(|its| position(its).ok())
        .collect()
}

/// `GET /documents/:id`
pub async fn one(caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let world = caller.tenant().world();
    let document = id.parse().ok().and_then(|id| world.document(id));
    let document = document.ok_or_else(|| Refusal::no_such("Dokument", &id))?;
    Ok(answer(&row(
        document,
        broker(document, &world),
        caller.shared(),
    )))
}

/// `GET /documents/tags`
pub async fn tags(caller: Caller) -> Response {
    let world = caller.tenant().world();
    let names: BTreeSet<_> = world.documents.iter().flat_map(|its| &its.tags).collect();
    let rows = (1..)
        .zip(names)
        .map(|(id, name): (u64, _)| json!({ "id": id, "name": name }));
    answer(&rows.collect::<Vec<_>>())
}

/// A document; nothing in it tells what it is attached to. The title of an upload comes back as it
/// was sent, also as the file's name.
pub fn row(document: &Document, broker: u64, shared: &Shared) -> Value {
    let name = document.title.as_str();
    let title = match document.upload {
        Some(_) => name,
        None => name.strip_suffix(".pdf").unwrap_or(name),
    };
    json!({
        "id": document.id,
        "token": file::token(document),
        "title": title,
        "name": name,
        "url": file::document_url(document, shared),
        "position": document.id % 10,
        "broker_id": broker,
        "is_private": document.is_private,
        "on_landing_page": document.on_landing_page,
        "is_exposee": document.is_expose,
        "is_floorplan": document.is_floor_plan,
        "second_document": false,
        "tags": document.tags,
        "created_at": instant::written(document.created_at),
        "updated_at": instant::written(document.updated_at),
    })
}

/// Who is in charge of what it is attached to.
fn broker(document: &Document, world: &World) -> u64 {
    let broker = match document.owner {
        DocumentOwner::Unit(id) => world.unit(id).map(|unit| unit.broker),
        DocumentOwner::Development(id) => world.development(id).map(|its| its.broker),
        DocumentOwner::Person(id) => world.person(id).map(|person| person.broker),
    };
    broker.unwrap_or_default()
}
