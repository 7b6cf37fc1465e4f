//! Work that goes on when its request has been answered, and outlives the process.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::{
    DateTime, ImportJobId, System,
    requirement::{all, requires},
};

/// A job that brings many records of one system into another or into the index, piece by piece. It
/// goes on after a restart where it stood.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(complex, directive = requires::apply(all("import:run")))]
pub struct ImportJob {
    /// Opaque; stable over the life of the job.
    pub id: ImportJobId,
    /// What it does.
    pub kind: ImportKind,
    /// Where it reads.
    pub system: System,
    /// How far it is.
    pub status: ImportStatus,
    /// What it has done so far, by kind of record.
    pub stages: Vec<ImportStage>,
    /// When it was asked for.
    pub created_at: DateTime,
    /// When it was begun.
    pub started_at: Option<DateTime>,
    /// When it ended.
    pub finished_at: Option<DateTime>,
    /// Why it waits, or failed.
    pub error: Option<String>,
}

/// What a job does.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportKind {
    /// Files the PDFs of protocols with their properties in Propstack.
    FileProtocolPdfs,
    /// Reads all records of a system into the index.
    FullImport,
    /// Reads what has changed in a system since the last import into the index.
    DeltaImport,
}

/// How much an import reads.
#[derive(Debug, Enum, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportMode {
    /// All records.
    Full,
    /// What has changed since the last import; everything of what was never imported.
    #[default]
    Delta,
}

impl ImportMode {
    /// The job that does it.
    pub const fn kind(self) -> ImportKind {
        match self {
            Self::Full => ImportKind::FullImport,
            Self::Delta => ImportKind::DeltaImport,
        }
    }
}

/// How far a job is.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportStatus {
    /// Nobody has begun it.
    Queued,
    /// It is being done.
    Running,
    /// A system does not answer, or does not allow more for now: it goes on by itself.
    Paused,
    /// All of it was done; records that could not be are among its problems.
    Succeeded,
    /// It cannot be done.
    Failed,
    /// Somebody ended it. What was done until then stays.
    Cancelled,
}

impl ImportKind {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::FileProtocolPdfs, Self::FullImport, Self::DeltaImport];

    /// The spelling in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileProtocolPdfs => "FILE_PROTOCOL_PDFS",
            Self::FullImport => "FULL_IMPORT",
            Self::DeltaImport => "DELTA_IMPORT",
        }
    }
}

impl ImportStatus {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The spelling in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// How many records of one kind a job has dealt with, and how.
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportStage {
    /// The kind of record, such as `protocolPdf`.
    pub kind: String,
    /// So many were looked at.
    pub seen: i32,
    /// So many there are, once that is known.
    pub total: Option<i32>,
    /// So many were made.
    pub created: i32,
    /// So many were changed.
    pub updated: i32,
    /// So many were there already.
    pub unchanged: i32,
    /// So many are no longer there.
    #[serde(default)]
    pub deleted: i32,
    /// So many were left out because they are no longer in use.
    pub skipped_inactive: i32,
    /// So many could not be dealt with; each is a problem.
    pub failed: i32,
}

/// A record that a job could not deal with.
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq)]
#[graphql(directive = requires::apply(all("import:run")))]
pub struct ImportProblem {
    /// The kind of record.
    pub kind: String,
    /// The id that its system gives to it.
    pub upstream_id: String,
    /// Why, for people.
    pub reason: String,
}

/// Selects jobs; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct ImportJobFilter {
    /// Reading from this system.
    pub system: Option<System>,
    /// This far.
    pub status: Option<ImportStatus>,
}
