//! What one request may take.

use serde::Deserialize;

use super::{place::Place, problem::Found};

/// Limits on each request, alike for all organisations.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Upstream calls that an operation can take at worst; one that can take more is refused before
    /// it runs.
    pub upstream_calls: u32,
    /// The most bytes of files that one request may bring.
    pub upload_bytes: usize,
}

impl Default for Limits {
    /// Less than Propstreet allows a client in a minute.
    fn default() -> Self {
        Self {
            upstream_calls: 500,
            upload_bytes: 50 << 20,
        }
    }
}

/// So many would take hours.
const MOST: u32 = 1_000_000;

/// So much does not fit into any disk's spare space, nor any deadline.
const MOST_BYTES: usize = 1 << 30;

impl Limits {
    pub(super) fn check(&self, at: &Place, found: &mut Found) {
        if !(1..=MOST).contains(&self.upstream_calls) {
            found.add(at.key("upstream_calls"), format!("expected 1 to {MOST}"));
        }
        if !(1..=MOST_BYTES).contains(&self.upload_bytes) {
            found.add(
                at.key("upload_bytes"),
                format!("expected 1 to {MOST_BYTES}"),
            );
        }
    }
}
