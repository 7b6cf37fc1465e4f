//! Imports that nobody has to ask for.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Jobs;
use crate::{
    model::{ImportKind, ImportMode, System},
    store::{self, ImportJob},
    tenant::{Act, act::OPERATOR},
};

/// How often the systems of all organisations are imported; never unless it is said.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What has changed is imported so many seconds after the last import began; 0 is never.
    pub delta_seconds: u32,
    /// All records are, so many seconds after that was last done; 0 is never.
    pub full_seconds: u32,
}

impl Settings {
    /// What is due of a system now, and since when. `last` is when an import began, and when the last
    /// one of all records did.
    fn due(
        self,
        now: DateTime<Utc>,
        (last, last_full): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    ) -> Option<(ImportMode, DateTime<Utc>)> {
        let after = |at: Option<DateTime<Utc>>, seconds: u32| {
            let due = at.map_or(DateTime::UNIX_EPOCH, |at| {
                at + TimeDelta::seconds(seconds.into())
            });
            (seconds > 0 && due <= now).then_some(due)
        };
        let full = after(last_full, self.full_seconds);
        let delta = after(last, self.delta_seconds);
        full.map(|due| (ImportMode::Full, due))
            .or(delta.map(|due| (ImportMode::Delta, due)))
    }
}

/// How often is looked what is due.
pub(super) const LOOK: TimeDelta = TimeDelta::seconds(15);

impl Jobs {
    /// Makes the imports that are due, of all organisations.
    pub async fn schedule(&self) -> store::Result<()> {
        let (store, now) = (self.tenants.store(), self.tenants.clock().now());
        if self.imports.delta_seconds == 0 && self.imports.full_seconds == 0 {
            return Ok(());
        }
        for organization in store.list_organizations().await? {
            let Some(tenant) = self.tenants.find(&organization.id).await? else {
                continue;
            };
            for system in tenant.clients.systems() {
                self.schedule_import(&organization.id, system, now).await?;
            }
        }
        Ok(())
    }

    async fn schedule_import(
        &self,
        organization: &str,
        system: System,
        now: DateTime<Utc>,
    ) -> store::Result<()> {
        let store = self.tenants.store();
        let last = store.find_last_import(organization, system, None).await?;
        let full = Some(ImportKind::FullImport);
        let last_full = store.find_last_import(organization, system, full).await?;
        let began = |job: Option<ImportJob>| job.map(|job| job.created_at);
        let Some((mode, due)) = self.imports.due(now, (began(last), began(last_full))) else {
            return Ok(());
        };
        let kind = (mode.kind(), system);
        let id = id_of(organization, kind, due);
        let input = "{}".to_owned();
        let job = ImportJob::queued(id, organization, kind, OPERATOR, input, now);
        // One that has not ended is gone on with; the next look finds this one due again.
        if store.start_import_job(&job).await?.is_none() {
            let target = Some(system.as_str().to_owned());
            let clock = self.tenants.clock();
            let act = Act::new(clock, organization, OPERATOR, "startImport", target);
            act.write(store, "OK").await?;
        }
        Ok(())
    }
}

/// The same for all replicas, which look at the same time: one of them makes the job.
fn id_of(organization: &str, kind: (ImportKind, System), due: DateTime<Utc>) -> Uuid {
    let mut digest = Sha256::new();
    for part in [organization, kind.0.as_str(), kind.1.as_str()] {
        digest.update(part);
        digest.update([0]);
    }
    digest.update(due.timestamp_micros().to_le_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_goes_by_when_the_last_import_began() {
        let settings = Settings {
            delta_seconds: 60,
            full_seconds: 3_600,
        };
        let at = |seconds: i64| DateTime::UNIX_EPOCH + TimeDelta::seconds(10_000 + seconds);
        let due = |now, last, full| settings.due(at(now), (last, full)).map(|(mode, _)| mode);
        assert_eq!(due(0, None, None), Some(ImportMode::Full));
        assert_eq!(due(59, Some(at(0)), Some(at(0))), None);
        assert_eq!(due(60, Some(at(0)), Some(at(0))), Some(ImportMode::Delta));
        assert_eq!(
            due(3_600, Some(at(3_590)), Some(at(0))),
            Some(ImportMode::Full)
        );
        let never = Settings::default().due(at(0), (None, None));
        assert_eq!(never, None);
    }
}
