//! Typed settings, read once and checked whole; the only place that reads the environment.
//!
//! They come in layers ([`layer`]): a file of TOML, which [`EXAMPLE`] explains value by value, the
//! environment, flags. A secret need not stand in either: wherever a text is `env:NAME` or
//! `file:PATH`, what is found there is taken instead ([`mod@reference`]). Whatever is wrong is told at once.

#[cfg(feature = "sandbox")]
pub mod demo;

mod decode;
mod layer;
mod limit;
mod organization;
mod place;
mod problem;
mod reference;
#[cfg(test)]
mod tests;
mod upstream;

use std::{fs, io::ErrorKind, net::SocketAddr, path::Path};

use serde::Deserialize;
use toml::Table;

use crate::{auth::issuer, cache, job::schedule, keyring, store};
use layer::{Environment, Layers};
use place::Place;
use problem::Found;

pub use limit::Limits;
pub use organization::{DeepRentAccount, Organization, PropstackAccount, PropstreetAccount};
pub use problem::Problems;
pub use reference::Reference;
pub use upstream::Upstreams;

/// A commented example: the documentation of the file.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The file that is read unless another is named; it need not be there.
const FILE: &str = "hausgraph.toml";

/// What the gateway runs with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Whether it serves the playground.
    #[serde(default = "default_playground")]
    pub playground: bool,
    /// How log lines are written.
    #[serde(default)]
    pub log: LogFormat,
    /// Whose tokens are accepted.
    #[serde(default, rename = "issuer")]
    pub issuers: Vec<issuer::Settings>,
    /// Whether a token of an issuer may name an organisation that is not known yet: it is made then.
    #[serde(default)]
    pub create_organizations: bool,
    /// Where what the gateway itself knows is kept.
    #[serde(default)]
    pub store: store::Settings,
    /// What opens the secrets in the store; the first also locks them.
    #[serde(default, rename = "master_key")]
    pub master_keys: Vec<keyring::MasterKey>,
    /// How much of what was read is kept, and how long it is as good as new.
    #[serde(default)]
    pub cache: cache::Settings,
    /// How often the systems are imported without anybody asking.
    #[serde(default)]
    pub imports: schedule::Settings,
    /// Where the three systems are.
    #[serde(default)]
    pub upstreams: Upstreams,
    /// What one request may take.
    #[serde(default)]
    pub limits: Limits,
    /// Whose data is served.
    #[serde(default, rename = "organization")]
    pub organizations: Vec<Organization>,
}

/// Where the gateway listens unless told otherwise.
pub fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 4000))
}

fn default_playground() -> bool {
    true
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Which lines are logged, as `RUST_LOG` says; empty when it does not.
///
/// Apart from the settings: demo and sandbox, which have none, heed it too.
pub fn log_filter() -> String {
    let filter = layer::environment().remove("RUST_LOG");
    filter.map_or_else(String::new, |filter| filter.to_string_lossy().into_owned())
}

impl Config {
    /// Reads and checks all layers.
    ///
    /// Without `file` it is [`FILE`], which may be missing where the environment suffices. `flags`
    /// are settings of the root.
    /// Errors: every problem, sorted by where it stands.
    pub fn read(file: Option<&Path>, flags: Table) -> Result<Self, Problems> {
        let path = file.unwrap_or(Path::new(FILE));
        let text = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound && file.is_none() => None,
            Err(error) => {
                let problem = format!("cannot read {}: {error}", path.display());
                return Err(Problems(vec![problem]));
            }
        };
        Self::assemble(text.as_deref(), &layer::environment(), flags)
    }

    fn assemble(
        file: Option<&str>,
        environment: &Environment,
        flags: Table,
    ) -> Result<Self, Problems> {
        let written = file.map_or(Ok(Table::new()), parse)?;
        let mut found = Found::default();
        let mut layers = Layers::new(written, environment, flags, &mut found);
        let tree = layers.tree.clone();
        let config = decode::decode::<Self>(tree, |place| layers.take_text(place), &mut found);
        if let Some(config) = &config {
            config.check(&mut found);
        }
        match config {
            Some(config) if found.is_empty() => Ok(config),
            _ => {
                if file.is_none() {
                    let problem = "there is none here, so only the environment was asked";
                    found.add(Place::of(&[FILE]), problem);
                }
                Err(found.told(|place| layers.origin(place)))
            }
        }
    }

    fn check(&self, found: &mut Found) {
        let at = Place::of(&["issuer"]);
        for problem in issuer::check(&self.issuers) {
            let keys = problem.setting.split('.');
            let at = keys.fold(at.index(problem.index), |at, key| at.key(key));
            found.add(at, problem.text);
        }
        self.upstreams.check(&Place::of(&["upstreams"]), found);
        self.limits.check(&Place::of(&["limits"]), found);
        let at = Place::of(&["organization"]);
        for (index, organization) in self.organizations.iter().enumerate() {
            organization.check(&at.index(index), found);
        }
        let ids = self
            .organizations
            .iter()
            .map(|organization| &organization.id);
        check_unique(&at, ids, found);
        let at = Place::of(&["master_key"]);
        let ids = self.master_keys.iter().map(|key| &key.id);
        check_unique(&at, ids, found);
        for problem in keyring::Keyring::new(self.master_keys.clone())
            .err()
            .unwrap_or_default()
        {
            match problem {
                keyring::Problem::Id { position } => {
                    found.add(at.index(position - 1).key("id"), problem);
                }
                keyring::Problem::Key { position } => {
                    found.add(at.index(position - 1).key("key"), problem);
                }
                // Keys are needed only by whoever seals; ids that are taken were told above.
                keyring::Problem::Missing | keyring::Problem::Repeated { .. } => {}
            }
        }
    }
}

/// Tells each id that one before it has already.
fn check_unique<'a>(at: &Place, ids: impl Iterator<Item = &'a String>, found: &mut Found) {
    let mut seen = Vec::new();
    for (index, id) in ids.enumerate() {
        if let Some(first) = seen.iter().position(|seen| *seen == id) {
            let problem = format!("{} has the same", at.index(first).key("id"));
            found.add(at.index(index).key("id"), problem);
        }
        seen.push(id);
    }
}

fn parse(text: &str) -> Result<Table, Problems> {
    toml::from_str(text).map_err(|error| {
        // The text around it, which `Display` adds, may be a secret.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        Problems(vec![format!("line {line}: {}", error.message())])
    })
}
