//! Links to a protocol's PDF file, which is built when it is missing.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{Refusal, Viewer, stamp, storage};
use crate::sandbox::world::Handover;

const UNKNOWN: Refusal = Refusal(StatusCode::NOT_FOUND, "protocol not found");
const BUILD_FAILED: Refusal = Refusal(StatusCode::INTERNAL_SERVER_ERROR, "PDF build failed");

/// Checks in the order that the contract assumes: 401, 400, 404, then the work.
pub(super) async fn pdf(
    viewer: Viewer,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    let id = match id {
        Ok(Path(id)) if is_well_formed(&id) => id,
        _ => return Err(Refusal(StatusCode::BAD_REQUEST, "malformed protocol id")),
    };
    let switches = viewer.shared.switches().deeprent.clone();
    if switches.storage_is_misconfigured {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "storage is not configured",
        ));
    }
    let is_shown = |row: &&Handover| {
        row.id == id
            && !switches.lost_protocols.contains(&row.id)
            && !(switches.hides_deleted_pdfs && row.deleted_at.is_some())
    };
    let has_pdf = {
        let world = viewer.tenant().world();
        let row = world.handovers.iter().find(is_shown);
        row.ok_or(UNKNOWN)?.has_pdf
    };

    let mut generated = false;
    if !has_pdf {
        if switches.pdf_build_fails {
            return Err(BUILD_FAILED);
        }
        let delay = Duration::from_millis(switches.pdf_build_delay_ms);
        // A task of its own: a client that leaves does not stop the build.
        let build = tokio::spawn(build(viewer.clone(), id.clone(), delay));
        generated = build.await.map_err(|_| BUILD_FAILED)?;
    }

    let tenant = viewer.tenant();
    let link = storage::sign(&viewer.shared, tenant, &id);
    Ok(Json(json!({
        "success": true,
        "protocolId": id,
        "orgId": tenant.credentials.deeprent_org,
        "fileName": storage::file_name(&id),
        "url": link.url,
        "expiresIn": storage::LIFE.as_secs(),
        "expiresAt": stamp(link.expires_at),
        "generated": generated,
    })))
}

fn is_well_formed(id: &str) -> bool {
    let is_allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"_-".contains(&letter);
    id.len() >= 6 && id.bytes().all(is_allowed)
}

/// Says whether this build made the file: of two at once, only the first to finish does.
async fn build(viewer: Viewer, id: String, delay: Duration) -> bool {
    viewer.shared.clock.sleep(delay).await;
    let mut world = viewer.tenant().world_mut();
    let row = world.handovers.iter_mut().find(|row| row.id == id);
    row.is_some_and(|row| !std::mem::replace(&mut row.has_pdf, true))
}
