//! What is kept, and how long what is kept of each kind is as good as new.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer};

/// What a read is about: how long it is kept and what purges it go by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Properties.
    Property,
    /// Contacts, and what ties them to properties.
    Contact,
    /// Documents.
    Document,
    /// Statuses, brokers and developments: short lists that hardly change.
    Directory,
    /// Handover protocols.
    Protocol,
    /// Projects.
    Project,
    /// Property profiles.
    Profile,
    /// Prospects.
    Prospect,
    /// Investors, and the projects in which they are in the running.
    Investor,
}

impl Kind {
    /// Every kind, in declaration order.
    pub const ALL: [Self; 9] = [
        Self::Property,
        Self::Contact,
        Self::Document,
        Self::Directory,
        Self::Protocol,
        Self::Project,
        Self::Profile,
        Self::Prospect,
        Self::Investor,
    ];
}

/// How much is kept, and for how long.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// For each organisation, in bytes; estimated.
    pub max_bytes: u64,
    /// How long a read is served without a question, by kind; what is left out keeps its default.
    #[serde(rename = "fresh_seconds", deserialize_with = "by_kind")]
    pub(super) fresh_for: BTreeMap<Kind, Duration>,
    /// How long after that it is still served, while it is read anew behind the answer.
    #[serde(
        rename = "stale_while_revalidate_seconds",
        deserialize_with = "seconds"
    )]
    pub stale_while_revalidate: Duration,
    /// How long after it was read it is served when its system cannot be asked.
    #[serde(rename = "stale_if_error_seconds", deserialize_with = "seconds")]
    pub stale_if_error: Duration,
}

impl Default for Settings {
    /// Records for a minute, directories for ten; four minutes more while they are read anew; a
    /// day when there is nobody to ask.
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            fresh_for: BTreeMap::new(),
            stale_while_revalidate: Duration::from_secs(240),
            stale_if_error: Duration::from_hours(24),
        }
    }
}

/// That something is not there is believed no longer than this: it may be about to be made.
const ABSENCE: Duration = Duration::from_secs(10);

impl Settings {
    /// Nothing is served to any request but the one that it was read for.
    pub fn off() -> Self {
        Self {
            fresh_for: Kind::ALL.map(|kind| (kind, Duration::ZERO)).into(),
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            ..Self::default()
        }
    }

    /// The same with one kind kept as fresh for so long.
    pub fn fresh_for(mut self, kind: Kind, time: Duration) -> Self {
        self.fresh_for.insert(kind, time);
        self
    }

    /// How long a read of this kind is as good as new.
    pub(super) fn freshness(&self, kind: Kind, is_absent: bool) -> Duration {
        let usual = match kind {
            Kind::Directory => Duration::from_mins(10),
            _ => Duration::from_mins(1),
        };
        let fresh_for = self.fresh_for.get(&kind).copied().unwrap_or(usual);
        if is_absent {
            fresh_for.min(ABSENCE)
        } else {
            fresh_for
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

fn by_kind<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Kind, Duration>, D::Error> {
    let seconds = BTreeMap::<Kind, u64>::deserialize(deserializer)?;
    let durations = seconds.into_iter();
    Ok(durations
        .map(|(kind, seconds)| (kind, Duration::from_secs(seconds)))
        .collect())
}
