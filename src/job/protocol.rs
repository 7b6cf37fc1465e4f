//! The PDFs of many protocols are filed with their properties, newest first.

use std::sync::Arc;

use chrono::Utc;
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};

use super::{Meaning, Stop, Work};
use crate::{
    loader::{
        self,
        page::Source,
        protocol::{Listing, selects},
    },
    model::{DateTime, PropertyId, Protocol, ProtocolCause, ProtocolFilter},
    tenant::Act,
    upstream::deeprent::{Cursor, LARGEST_PAGE},
    write::{
        Try, Writer,
        document::{Filed, Filings},
        protocol::title,
    },
};

/// What the records are called in a job's stages.
const KIND: &str = "protocolPdf";
/// As many as deep.rent is asked for links at once.
const AT_ONCE: usize = 2;
/// How often a protocol is tried that makes the job wait: beyond that it is a problem of its own.
const MOST_TRIES: u32 = 6;
const UNCERTAIN: &str = "Which property it is about is not certain.";

/// What was asked for: the filter, in a form that can be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    cause: Option<ProtocolCause>,
    property: Option<String>,
    contact_email: Option<String>,
    tags: Option<Vec<String>>,
    created_since: Option<chrono::DateTime<Utc>>,
    created_before: Option<chrono::DateTime<Utc>>,
    include_deleted: bool,
    tells_address: bool,
}

impl Input {
    /// The protocols that a filter keeps, of this property where it names one. `tells_address` says
    /// whether their documents may be called by it.
    pub fn new(filter: ProtocolFilter, property: Option<&PropertyId>, tells_address: bool) -> Self {
        Self {
            tells_address,
            cause: filter.cause,
            property: property.map(|property| property.key().to_owned()),
            contact_email: filter.contact_email,
            tags: filter.tags,
            created_since: filter.created_since.map(|at| at.0),
            created_before: filter.created_before.map(|at| at.0),
            include_deleted: filter.include_deleted,
        }
    }

    fn filter(&self) -> ProtocolFilter {
        ProtocolFilter {
            cause: self.cause,
            property_id: None,
            contact_email: self.contact_email.clone(),
            tags: self.tags.clone(),
            created_since: self.created_since.map(DateTime),
            created_before: self.created_before.map(DateTime),
            include_deleted: self.include_deleted,
        }
    }
}

/// Where to go on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Checkpoint {
    /// Behind this one; at the newest when there is none.
    after: Option<Cursor>,
    /// How often the next one made the job wait.
    tries: u32,
}

impl Checkpoint {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("is plain data")
    }
}

/// What became of one protocol.
enum Outcome {
    /// It was not asked for.
    LeftOut,
    /// It was deleted, and deleted ones were not asked for.
    Deleted,
    Filed(Filed),
    /// Why it is not filed now, and what that means.
    Failed(Meaning, String),
}

/// Files what the job was asked to, from its checkpoint on.
pub(super) async fn file(work: &Work) -> Result<(), Stop> {
    let unreadable = |_| Stop::Never("Another version of the gateway asked for this.".to_owned());
    let input: Input = serde_json::from_str(&work.job.input).map_err(unreadable)?;
    let mut checkpoint: Checkpoint = match &work.job.checkpoint {
        Some(text) => serde_json::from_str(text).map_err(unreadable)?,
        None => Checkpoint::default(),
    };
    let mut stage = work.job.stages.first().cloned().unwrap_or_default();
    KIND.clone_into(&mut stage.kind);
    loop {
        let step = Step::new(work, &input).await?;
        let source = Listing {
            sources: Arc::clone(&step.loaders.sources),
            // They are counted, whether they are wanted or not.
            include_deleted: true,
        };
        let page = source.read(checkpoint.after.as_ref(), LARGEST_PAGE).await;
        let page = page.map_err(|error| Stop::unread(&error))?;
        let protocols: Vec<_> = page
            .rows
            .into_iter()
            .map(|(_, protocol)| protocol)
            .collect();
        let found = step.properties(&protocols).await?;
        let mut rows = protocols.iter().zip(found);
        loop {
            let some: Vec<_> = rows.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            // With the systems as they are connected by then: a page may take hours.
            let step = &Step::new(work, &input).await?;
            let filing = some.into_iter().map(|(protocol, property)| async move {
                (protocol, step.outcome(protocol, property).await)
            });
            let (mut problems, mut stop) = (Vec::new(), None);
            // All of them end before anything is saved: one that waits might hold the connection.
            for (protocol, outcome) in join_all(filing).await {
                match outcome {
                    Outcome::LeftOut => {}
                    Outcome::Deleted => stage.skipped_inactive += 1,
                    Outcome::Filed(filed) if filed.was_duplicate => stage.unchanged += 1,
                    Outcome::Filed(_) => stage.created += 1,
                    Outcome::Failed(Meaning::End, why) => {
                        stop = Some(Stop::Never(why));
                        break;
                    }
                    Outcome::Failed(Meaning::Wait, why) => {
                        stop = Some(Stop::Later(why));
                        break;
                    }
                    Outcome::Failed(Meaning::Again, why) if checkpoint.tries + 1 < MOST_TRIES => {
                        checkpoint.tries += 1;
                        stop = Some(Stop::Later(why));
                        break;
                    }
                    Outcome::Failed(Meaning::Problem | Meaning::Again, why) => {
                        stage.failed += 1;
                        problems.push((KIND, protocol.id.key().to_owned(), why));
                    }
                }
                checkpoint = Checkpoint {
                    after: Some(Cursor::after(protocol)),
                    tries: 0,
                };
            }
            stage.seen = stage.created + stage.unchanged + stage.skipped_inactive + stage.failed;
            work.save(&checkpoint.text(), &stage, &problems).await?;
            if let Some(stop) = stop {
                return Err(stop);
            }
        }
        // Behind the page, also where it had no rows.
        if page.end == checkpoint.after && page.has_more && protocols.is_empty() {
            return Err(Stop::Never("deep.rent's list does not go on.".to_owned()));
        }
        checkpoint.after = page.end.or(checkpoint.after);
        if !page.has_more {
            stage.total = Some(stage.seen);
            return work.save(&checkpoint.text(), &stage, &[]).await;
        }
    }
}

/// One page of a job: what it reads and writes with.
struct Step<'a> {
    work: &'a Work,
    filter: ProtocolFilter,
    property: Option<&'a str>,
    tells_address: bool,
    loaders: Arc<loader::Loaders>,
    writer: Writer,
}

impl<'a> Step<'a> {
    async fn new(work: &'a Work, input: &'a Input) -> Result<Self, Stop> {
        let tenant = work.tenant().await?;
        let loaders = Work::loaders(&tenant);
        let writer = Writer::new(Arc::clone(&loaders.sources), Arc::clone(&tenant.writes));
        Ok(Self {
            work,
            filter: input.filter(),
            property: input.property.as_deref(),
            tells_address: input.tells_address,
            loaders,
            writer,
        })
    }

    /// The property of each protocol that is to be filed, or what becomes of it instead; one batch for
    /// all.
    async fn properties(
        &self,
        protocols: &[Arc<Protocol>],
    ) -> Result<Vec<Result<Option<PropertyId>, Outcome>>, Stop> {
        let lookups = protocols.iter().map(|protocol| async {
            match self.leaves_out(protocol) {
                Some(outcome) => Ok(Err(outcome)),
                None => self.loaders.certain_property(protocol).await.map(Ok),
            }
        });
        let found = loader::execute(&*self.loaders, try_join_all(lookups)).await;
        // No protocol is at fault.
        found.map_err(|error| Stop::unread(&error))
    }

    /// Why a protocol is not even looked at.
    fn leaves_out(&self, protocol: &Protocol) -> Option<Outcome> {
        let with_deleted = ProtocolFilter {
            include_deleted: true,
            ..self.filter.clone()
        };
        if !selects(&with_deleted, protocol) {
            return Some(Outcome::LeftOut);
        }
        let is_deleted = protocol.deletion.is_some() && !self.filter.include_deleted;
        is_deleted.then_some(Outcome::Deleted)
    }

    async fn outcome(
        &self,
        protocol: &Protocol,
        property: Result<Option<PropertyId>, Outcome>,
    ) -> Outcome {
        let property = match property {
            Ok(property) => property,
            Err(outcome) => return outcome,
        };
        let property = match (property, self.property) {
            (Some(property), Some(wanted)) if property.key() != wanted => return Outcome::LeftOut,
            (None, Some(_)) => return Outcome::LeftOut,
            (None, None) => return Outcome::Failed(Meaning::Problem, UNCERTAIN.to_owned()),
            (Some(property), _) => property,
        };
        let Work { jobs, job, .. } = self.work;
        let (store, clock) = (jobs.tenants.store(), jobs.tenants.clock());
        let (organization, actor) = (&job.organization, &job.started_by);
        let target = Some(protocol.id.to_string());
        let act = Act::new(clock, organization, actor, "fileProtocolPdf", target);
        let begun = match act.begin(store).await {
            Ok(begun) => begun,
            Err(error) => {
                tracing::error!(%error, "an act of a job cannot be written into the audit log");
                let why = "Something went wrong on our side.".to_owned();
                return Outcome::Failed(Meaning::Wait, why);
            }
        };
        let filings = Filings {
            store,
            clock,
            organization,
        };
        let title = title(protocol, self.tells_address);
        let limit = jobs.most_bytes;
        let filing =
            (self.writer).file_protocol(filings, protocol, &property, title, limit, Try::only());
        let (outcome, told) = match filing.await {
            Ok(filed) => (Outcome::Filed(filed), "OK"),
            Err(failure) => {
                let meaning = failure.meaning();
                let told = match meaning {
                    Meaning::Problem | Meaning::End => "FAILED",
                    Meaning::Again | Meaning::Wait => "UPSTREAM_UNAVAILABLE",
                };
                (Outcome::Failed(meaning, failure.reason()), told)
            }
        };
        begun.end(told).await;
        outcome
    }
}
