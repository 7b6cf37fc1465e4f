//! Who asks: a key in the header, bound to a firm and to resources.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{Method, StatusCode, request::Parts},
};

use super::{Refusal, query::Query};
use crate::sandbox::{Shared, Tenant};

/// A request whose key opens the resource that it asks for.
///
/// The firm's key has every right. Followed by a dot and resources joined by `+`, such as
/// `….units+projects`, it is a key for these alone: rights are per resource, and accounts split
/// them over several keys. A resource followed by `:read`, such as `documents:read`, may not be
/// written.
pub(super) struct Caller {
    shared: Arc<Shared>,
    tenant: usize,
}

impl Caller {
    /// The firm that the key belongs to.
    pub fn tenant(&self) -> &Tenant {
        &self.shared.tenants[self.tenant]
    }

    /// What the servers have in common.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, shared)
            .await
            .unwrap_or_else(|never| match never {});
        let resource = uri.path().split('/').nth(2).unwrap_or_default();
        let query = Query::of(&uri);
        let header = parts.headers.get("x-api-key");
        let key = match header {
            Some(value) => value.to_str().ok(),
            None => query.first("api_key"),
        };
        let key = key.ok_or_else(|| unauthorized("API-Key fehlt"))?;
        let (firm, rights) = match key.split_once('.') {
            Some((firm, rights)) => (firm, Some(rights)),
            None => (key, None),
        };
        let mut tenants = shared.tenants.iter();
        let tenant = tenants
            .position(|tenant| tenant.credentials.propstack_key == firm)
            .ok_or_else(|| unauthorized("API-Key ist ungültig"))?;
        let is_read = parts.method == Method::GET;
        let opens = |right: &str| match right.strip_suffix(":read") {
            Some(right) => is_read && right == resource,
            None => right == resource,
        };
        if rights.is_some_and(|rights| !rights.split('+').any(opens)) {
            return Err(unauthorized("API-Key besitzt nicht genügend Rechte"));
        }
        Ok(Self {
            shared: shared.clone(),
            tenant,
        })
    }
}

fn unauthorized(message: &str) -> Refusal {
    Refusal(StatusCode::UNAUTHORIZED, message.to_owned())
}
