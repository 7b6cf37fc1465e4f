//! How our values stand in a column: in one form in both databases, so that one statement serves both.
//!
//! Each type here reads a column; a row names it as `#[sqlx(try_from = "column::…")]`.

use chrono::{DateTime, Utc};
use sqlx::{Database, Decode, Type, error::BoxDynError};
use uuid::Uuid;

use super::IntegrationStatus;
use crate::model;

/// The column holds what no version of this program has written there.
#[derive(Debug, thiserror::Error)]
#[error("not a value of this column")]
pub(super) struct Unreadable;

macro_rules! column {
    ($(#[$doc:meta])* $name:ident holds $held:ty, reads $value:ty: $read:expr) => {
        $(#[$doc])*
        pub(super) struct $name($held);

        impl<DB: Database> Type<DB> for $name
        where
            $held: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$held as Type<DB>>::type_info()
            }

            fn compatible(found: &DB::TypeInfo) -> bool {
                <$held as Type<DB>>::compatible(found)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            $held: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                <$held as Decode<'r, DB>>::decode(value).map(Self)
            }
        }

        impl TryFrom<$name> for $value {
            type Error = Unreadable;

            fn try_from(column: $name) -> Result<Self, Unreadable> {
                let read: fn($held) -> Option<$value> = $read;
                read(column.0).ok_or(Unreadable)
            }
        }
    };
}

column!(
    /// Microseconds since 1970: exact, and in the order of time.
    Instant holds i64, reads DateTime<Utc>: DateTime::from_timestamp_micros
);

column!(
    /// An instant that may be absent.
    MaybeInstant holds Option<i64>, reads Option<DateTime<Utc>>: |micros| match micros {
        Some(micros) => DateTime::from_timestamp_micros(micros).map(Some),
        None => Some(None),
    }
);

column!(
    /// Lower case with hyphens; the text sorts as the id does.
    Id holds String, reads Uuid: |text| text.parse().ok()
);

column!(
    /// A JSON array.
    Words holds String, reads Vec<String>: |text| serde_json::from_str(&text).ok()
);

column!(
    /// 32 bytes.
    Digest holds Vec<u8>, reads [u8; 32]: |bytes| bytes.try_into().ok()
);

column!(
    /// A count that may be absent.
    MaybeCount holds Option<i64>, reads Option<u32>: |count| match count {
        Some(count) => count.try_into().ok().map(Some),
        None => Some(None),
    }
);

column!(
    /// The system's word, such as `propstack`.
    System holds String, reads model::System: |word| {
        model::System::ALL.into_iter().find(|system| system.as_str() == word)
    }
);

column!(
    /// As [`IntegrationStatus::as_str`] spells it.
    Status holds String, reads IntegrationStatus: |word| IntegrationStatus::read(&word)
);

column!(
    /// As [`model::ImportKind::as_str`] spells it.
    ImportKind holds String, reads model::ImportKind: |word| {
        model::ImportKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
);

column!(
    /// As [`model::RecordKind::as_str`] spells it.
    RecordKind holds String, reads model::RecordKind: |word| {
        model::RecordKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
);

column!(
    /// As [`model::ImportStatus::as_str`] spells it.
    ImportStatus holds String, reads model::ImportStatus: |word| {
        model::ImportStatus::ALL.into_iter().find(|status| status.as_str() == word)
    }
);

column!(
    /// A JSON array.
    Stages holds String, reads Vec<model::ImportStage>: |text| serde_json::from_str(&text).ok()
);

/// As [`Stages`] reads it.
pub(super) fn stages(stages: &[model::ImportStage]) -> String {
    serde_json::to_string(stages).expect("is plain data")
}

/// As [`Instant`] reads it.
pub(super) fn instant(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// As [`Words`] reads it.
pub(super) fn words(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}
