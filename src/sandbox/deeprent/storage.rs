//! The file store behind deep.rent's links: who holds a fresh, untouched link may read.
//!
//! It takes no key. One that is sent all the same is refused with 400, so that a leak shows.

use std::{fmt::Write, sync::Arc, time::Duration};

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::{Refusal, Shared, Tenant, instant};
use crate::sandbox::pdf;

/// How long a link is good.
pub(super) const LIFE: Duration = Duration::from_secs(900);

const SECRET: &[u8] = b"sandbox-deeprent-storage";

/// A link to one file.
pub(super) struct Link {
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

/// The name that a protocol's file is saved under.
pub(super) fn file_name(id: &str) -> String {
    format!("protocol-{id}.pdf")
}

/// A link to a protocol's file, good for [`LIFE`].
pub(super) fn sign(shared: &Shared, tenant: &Tenant, id: &str) -> Link {
    let expires_at = instant(shared.clock.now()) + LIFE;
    let path = format!("{}/{}", tenant.credentials.deeprent_org, file_name(id));
    let expires = expires_at.timestamp_millis();
    let signature = sign_path(&path, expires);
    let origin = &shared.origins.deeprent;
    Link {
        url: format!("{origin}/storage/{path}?expires={expires}&signature={signature}"),
        expires_at,
    }
}

/// What a link carries.
#[derive(Deserialize)]
pub(super) struct Proof {
    expires: i64,
    signature: String,
}

pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Path((org, file)): Path<(String, String)>,
    proof: Result<Query<Proof>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if headers.contains_key("x-api-key") || headers.contains_key(header::AUTHORIZATION) {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "a link takes no credentials",
        ));
    }
    let now = shared.clock.now().timestamp_millis();
    let holds = |Query(Proof { expires, signature }): Query<Proof>| {
        now < expires && signature == sign_path(&format!("{org}/{file}"), expires)
    };
    if !proof.is_ok_and(holds) {
        return Err(Refusal(StatusCode::FORBIDDEN, "link expired or invalid"));
    }

    let tenant = shared
        .tenants
        .iter()
        .find(|t| t.credentials.deeprent_org == org);
    let world = tenant.map(Tenant::world);
    let row = world
        .iter()
        .flat_map(|world| &world.handovers)
        .find(|row| file_name(&row.id) == file)
        .ok_or(Refusal(StatusCode::NOT_FOUND, "file not found"))?;
    let attachment = format!("attachment; filename=\"{file}\"");
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, attachment),
    ];
    Ok((headers, pdf::handover(row)).into_response())
}

/// The proof, in hexadecimal, that a link to `path` is ours.
fn sign_path(path: &str, expires: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key of any length will do");
    mac.update(format!("{path}\n{expires}").as_bytes());
    let proof = mac.finalize().into_bytes();
    proof.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all");
        text
    })
}
