//! Documents are uploaded: `POST /documents`, a file as a data URI within JSON.
//!
//! The answer and every refusal are assumed after the sibling resources. There is no key that makes
//! a second request harmless: sent twice, a document is there twice.

use axum::{
    Json,
    body::Bytes,
    extract::rejection::BytesRejection,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, error::Category, json};

use super::{Refusal, key::Caller};
use crate::sandbox::world::{Document, DocumentOwner, Upload, World};

/// In bytes; the real limit is unknown.
pub const LARGEST_BODY: usize = 100 * 1024 * 1024;

#[derive(Deserialize)]
struct Envelope {
    document: Option<Draft>,
}

/// What a document is made by; anything else is ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Draft {
    property_id: Value,
    project_id: Value,
    client_id: Value,
    doc: Option<String>,
    title: Option<String>,
    tags: Option<Vec<String>>,
    is_private: Option<bool>,
    is_floorplan: Option<bool>,
    is_exposee: Option<bool>,
    on_landing_page: Option<bool>,
}

/// `POST /documents`: answers the id alone.
///
/// Errors: 400 for what is no JSON or lacks the wrapper, 404 for an unknown target, 413 for too
/// large a body, 422 unless there is exactly one target and a file.
pub async fn create(
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|rejection| {
        Refusal(
            rejection.status(),
            "Anfrage konnte nicht gelesen werden".to_owned(),
        )
    })?;
    let draft = draft(&body)?;
    let file = draft.file()?;
    let now = caller.shared().clock.now();
    let mut world = caller.tenant().world_mut();
    let owner = draft.owner(&world)?;
    let id = world.documents.last().map_or(1, |last| last.id + 1);
    let title = draft.title.filter(|title| !title.trim().is_empty());
    let mut tags: Vec<String> = Vec::new();
    for tag in draft.tags.unwrap_or_default() {
        if !tag.trim().is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    world.add_document(Document {
        id,
        owner,
        // A data URI names no file.
        title: title.unwrap_or_else(|| format!("dokument-{id}")),
        tags,
        is_private: draft.is_private.unwrap_or_default(),
        is_expose: draft.is_exposee.unwrap_or_default(),
        is_floor_plan: draft.is_floorplan.unwrap_or_default(),
        on_landing_page: draft.on_landing_page.unwrap_or_default(),
        handover: None,
        upload: Some(file),
        created_at: now,
        updated_at: now,
    });
    let answer = json!({ "ok": true, "id": id });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn draft(body: &[u8]) -> Result<Draft, Refusal> {
    let bad = |message: &str| Refusal(StatusCode::BAD_REQUEST, message.to_owned());
    let envelope: Envelope =
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            Category::Data => Refusal::invalid("Dokument ist ungültig"),
            Category::Io | Category::Syntax | Category::Eof => bad("JSON ist ungültig"),
        })?;
    envelope
        .document
        .ok_or_else(|| bad("Parameter document fehlt"))
}

impl Draft {
    /// What the document is to be attached to.
    fn owner(&self, world: &World) -> Result<DocumentOwner, Refusal> {
        let targets = [&self.property_id, &self.project_id, &self.client_id];
        let mut given = (0..).zip(targets).filter(|(_, id)| !id.is_null());
        let (Some((kind, id)), None) = (given.next(), given.next()) else {
            return Err(Refusal::invalid(
                "Dokument muss genau einem Objekt, Projekt oder Kontakt zugeordnet sein",
            ));
        };
        let number = id
            .as_u64()
            .or_else(|| id.as_str().and_then(|id| id.parse().ok()));
        let found = number.and_then(|id| match kind {
            0 => world.unit(id).map(|unit| DocumentOwner::Unit(unit.id)),
            1 => world
                .development(id)
                .map(|its| DocumentOwner::Development(its.id)),
            _ => world
                .person(id)
                .map(|person| DocumentOwner::Person(person.id)),
        });
        let name = ["Property", "Projekt", "Kontakt"][kind];
        found.ok_or_else(|| Refusal::no_such(name, id.to_string().trim_matches('"')))
    }

    /// The file of `data:application/pdf;base64,…`, or of a picture's data URI.
    fn file(&self) -> Result<Upload, Refusal> {
        let uri = self.doc.as_deref().unwrap_or_default();
        let parts = uri
            .strip_prefix("data:")
            .and_then(|rest| rest.split_once(";base64,"));
        let file = parts.and_then(|(kind, text)| {
            let is_allowed = kind == "application/pdf" || kind.starts_with("image/");
            Some(Upload {
                media_type: is_allowed.then(|| kind.to_owned())?,
                bytes: BASE64_STANDARD.decode(text).ok()?.into(),
            })
        });
        let file = file.filter(|file| !file.bytes.is_empty());
        file.ok_or_else(|| Refusal::invalid("Doc ist keine gültige Datei"))
    }
}
