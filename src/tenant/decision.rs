//! Deciding which records of an organisation are the same.

use std::sync::Arc;

use super::{Act, Tenants};
use crate::{
    identity::decision::{Decision, Decisions},
    store,
};

impl Tenants {
    /// Writes a decision, and where `is_only`, takes back whatever else was said to be the same as the
    /// record of the other system; gives all that stand now.
    pub async fn decide(
        &self,
        organization: &str,
        decision: Decision,
        is_only: bool,
        act: &Act,
    ) -> store::Result<Arc<Decisions>> {
        let decision = store::Decision {
            anchor: decision.anchor,
            other: decision.other,
            is_same: decision.is_same,
            at: decision.at.0,
        };
        let entry = act.ended("OK");
        self.store
            .decide(organization, &decision, is_only, &entry)
            .await?;
        self.recent.forget();
        let tenant = self.find(organization).await?;
        Ok(tenant
            .map(|tenant| Arc::clone(&tenant.decisions))
            .unwrap_or_default())
    }
}
