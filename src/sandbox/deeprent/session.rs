//! Who is signed in: what the administration of a firm asks for in place of an API key.
//!
//! Nobody can sign in here: the sessions are there from the start and do not end.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};

use super::{Refusal, Shared, Tenant, bearer};

const SIGNED_OUT: Refusal = Refusal(StatusCode::UNAUTHORIZED, "not signed in");
const NO_CHOICE: Refusal = Refusal(StatusCode::BAD_REQUEST, "no organization is chosen");
const NO_MEMBER: Refusal = Refusal(StatusCode::FORBIDDEN, "not a member of the organization");
const NO_OWNER: Refusal = Refusal(StatusCode::FORBIDDEN, "only an owner may do this");

/// What somebody is in the firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Owner,
    Admin,
    Member,
}

/// The session of somebody who belongs to one firm.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Session {
    pub token: String,
    pub role: Role,
    /// Whether the firm is chosen already; otherwise each request names it by `x-org-id`.
    pub has_active_org: bool,
}

impl Session {
    /// One of each role, the owner's first; the admin has chosen no firm.
    pub(in crate::sandbox) fn seeded(name: &str) -> [Self; 3] {
        [
            (Role::Owner, "owner", true),
            (Role::Admin, "admin", false),
            (Role::Member, "member", true),
        ]
        .map(|(role, word, has_active_org)| Self {
            token: format!("sandbox-{name}-deeprent-{word}-session"),
            role,
            has_active_org,
        })
    }
}

/// Somebody signed in, in the firm that the request is about.
pub(super) struct Member {
    pub(super) shared: Arc<Shared>,
    tenant: usize,
    role: Role,
}

impl Member {
    pub(super) fn tenant(&self) -> &Tenant {
        &self.shared.tenants[self.tenant]
    }
}

impl FromRequestParts<Arc<Shared>> for Member {
    type Rejection = Refusal;

    /// The statuses of the last two checks are assumed by the contract.
    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let token = presented_token(&parts.headers).ok_or(SIGNED_OUT)?;
        let of = |firm: &Tenant| {
            let mut sessions = firm.credentials.deeprent_sessions.iter();
            sessions.find(|session| session.token == token).cloned()
        };
        let mut firms = shared.tenants.iter().enumerate();
        let (tenant, session) = firms
            .find_map(|(tenant, firm)| Some((tenant, of(firm)?)))
            .ok_or(SIGNED_OUT)?;
        let own = &shared.tenants[tenant].credentials.deeprent_org;
        match parts.headers.get("x-org-id") {
            Some(chosen) if chosen == own => {}
            Some(_) => return Err(NO_MEMBER),
            None if session.has_active_org => {}
            None => return Err(NO_CHOICE),
        }
        Ok(Self {
            shared: shared.clone(),
            tenant,
            role: session.role,
        })
    }
}

/// Somebody signed in who may also manage keys.
pub(super) struct Owner(pub Member);

impl FromRequestParts<Arc<Shared>> for Owner {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let member = Member::from_request_parts(parts, shared).await?;
        match member.role {
            Role::Owner => Ok(Self(member)),
            Role::Admin | Role::Member => Err(NO_OWNER),
        }
    }
}

/// `Authorization: Bearer` wins over the cookie; this and the cookie's name are assumed.
fn presented_token(headers: &HeaderMap) -> Option<&str> {
    if headers.contains_key(header::AUTHORIZATION) {
        return bearer(headers);
    }
    let mut cookies = headers.get_all(header::COOKIE).iter();
    cookies.find_map(|cookies| {
        let mut pairs = cookies.to_str().ok()?.split(';');
        pairs.find_map(|pair| pair.trim().strip_prefix("session="))
    })
}
