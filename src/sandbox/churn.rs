//! Records change, go and come while the systems run, as they do in a firm at work.
//!
//! [`Shared::churn`] is the one door: what happened is in its [`Report`], so whoever is to be told of
//! changes (webhooks, which are not sent yet) is to be told there. How the records of a system change is
//! that system's business.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Shared, System, deeprent, propstack, propstreet, tenant::Firm, world::random::Random};

/// So many records of one system are to change, to go and to come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Churn {
    /// Whose records.
    pub system: System,
    /// So many change; fewer where there are not as many.
    #[serde(default)]
    pub changed: usize,
    /// So many others go, in the system's way: Propstack's are gone, the rest are marked as deleted.
    #[serde(default)]
    pub deleted: usize,
    /// So many come.
    #[serde(default)]
    pub created: usize,
    /// Decides which and how.
    #[serde(default)]
    pub seed: u64,
    /// In whose books.
    #[serde(default)]
    pub firm: Firm,
}

/// What happened, and when by the sandbox's clock. No record is named twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The `updated_at` of all of them.
    pub at: DateTime<Utc>,
    /// Who changed.
    pub changed: Ids,
    /// Who went.
    pub deleted: Ids,
    /// Who came.
    pub created: Ids,
}

/// Ids as the system writes them, by kind.
pub type Ids = BTreeMap<Kind, Vec<String>>;

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Propstack.
    Unit,
    /// Propstack.
    Contact,
    /// deep.rent.
    Protocol,
    /// Propstreet.
    Project,
    /// Propstreet.
    Prospect,
    /// Propstreet, a person of its network.
    NetworkContact,
    /// Propstreet, a firm of its network.
    NetworkCompany,
    /// Propstreet; properties change, but neither come nor go.
    Property,
}

impl Shared {
    /// Changes, deletes and creates records of one system at the sandbox's present.
    ///
    /// The next request sees all of it, none sees a part. Equal orders to equal firms do the same.
    pub fn churn(&self, churn: &Churn) -> Report {
        let now = self.clock.now();
        let firm = self.firm(churn.firm);
        match churn.system {
            System::Propstack => propstack::churn(firm, churn, now),
            System::DeepRent => deeprent::churn(firm, churn, now),
            System::Propstreet => propstreet::churn(self, firm, churn, now),
        }
    }
}

/// Ids that can be drawn, kind by kind, each once.
pub(super) struct Urn {
    random: Random,
    kinds: Vec<(Kind, usize, Vec<u64>)>,
}

impl Urn {
    /// Of each kind: how often it comes beside the others, and what can be drawn.
    pub(super) fn new(
        churn: &Churn,
        topic: &str,
        kinds: impl IntoIterator<Item = (Kind, usize, Vec<u64>)>,
    ) -> Self {
        Self {
            random: Random::topic(churn.seed, topic),
            kinds: kinds.into_iter().collect(),
        }
    }

    /// Draws `count`, or all that there are; what one kind lacks, the others give.
    pub(super) fn draw(&mut self, count: usize) -> Vec<(Kind, u64)> {
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count {
            let before = drawn.len();
            for (kind, share, ids) in &mut self.kinds {
                let part = (*share).min(ids.len()).min(count - drawn.len());
                for _ in 0..part {
                    let at = self.random.below(ids.len());
                    drawn.push((*kind, ids.swap_remove(at)));
                }
            }
            if drawn.len() == before {
                break;
            }
        }
        drawn
    }
}

/// The ids by kind, ascending.
pub(super) fn listed(drawn: impl IntoIterator<Item = (Kind, u64)>) -> Ids {
    let mut by_kind = BTreeMap::<_, Vec<u64>>::new();
    for (kind, id) in drawn {
        by_kind.entry(kind).or_default().push(id);
    }
    let text = |(kind, mut ids): (Kind, Vec<u64>)| {
        ids.sort_unstable();
        (kind, ids.iter().map(u64::to_string).collect())
    };
    by_kind.into_iter().map(text).collect()
}
