//! deep.rent as its contract describes it.

use std::sync::Arc;

use axum::Router;
use serde::{Deserialize, Serialize};

use super::Shared;

/// Behaviour that the contract leaves open.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {}

/// The routes.
pub fn router(_shared: Arc<Shared>) -> Router {
    Router::new()
}
