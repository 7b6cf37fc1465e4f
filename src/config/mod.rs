//! Typed settings, read once and checked whole; the only place that reads the environment.
//!
//! The file is TOML; [`EXAMPLE`] explains it value by value. A secret need not stand in it:
//! wherever a text is `env:NAME` or `file:PATH`, what is found there is taken instead.

#[cfg(feature = "sandbox")]
pub mod demo;

use std::{collections::HashSet, fmt, fs, net::SocketAddr, path::Path};

use serde::Deserialize;

use crate::{
    auth::issuer,
    model::System,
    upstream::{deeprent, propstack, propstreet},
};

/// A commented example: the documentation of the file.
pub const EXAMPLE: &str = include_str!("example.toml");

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

/// One firm and how its systems are reached; a system left out is not connected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The `org` of its tokens.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its CRM.
    pub propstack: Option<propstack::Settings>,
    /// Its handover protocols.
    pub deeprent: Option<deeprent::Settings>,
    /// Its investment projects.
    pub propstreet: Option<propstreet::Settings>,
}

impl Organization {
    /// The systems that are connected.
    pub fn systems(&self) -> impl Iterator<Item = System> {
        [
            self.propstack.is_some().then_some(System::Propstack),
            self.deeprent.is_some().then_some(System::DeepRent),
            self.propstreet.is_some().then_some(System::Propstreet),
        ]
        .into_iter()
        .flatten()
    }
}

/// Everything that is wrong with a configuration. No text holds a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration has problems:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Reads and checks a file.
    ///
    /// Errors: every problem that can be told at once.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let text = fs::read_to_string(path)
            .map_err(|error| Problems(vec![format!("cannot read {}: {error}", path.display())]))?;
        Self::parse(&text, &look_up)
    }

    fn parse(text: &str, look_up: &LookUp) -> Result<Self, Problems> {
        // The message names the place; the text around it, which `Display` adds, may be a secret.
        let mut written: toml::Table =
            toml::from_str(text).map_err(|error| Problems(vec![error.message().to_owned()]))?;
        let mut problems = Vec::new();
        for (name, value) in &mut written {
            resolve(name, value, look_up, &mut problems);
        }
        let config = serde_path_to_error::deserialize::<_, Self>(toml::Value::Table(written));
        match config {
            Ok(config) => {
                let mut wrong = issuer::check(&config.issuers);
                // What was not found is told already: what stands in its place is no secret.
                wrong.retain(|problem| !problems.iter().any(|told| at(told) == at(problem)));
                problems.extend(wrong);
                problems.extend(config.check());
                if problems.is_empty() {
                    Ok(config)
                } else {
                    Err(Problems(problems))
                }
            }
            Err(error) => {
                problems.push(format!("{}: {}", error.path(), error.inner().message()));
                Err(Problems(problems))
            }
        }
    }

    fn check(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        for organization in &self.organizations {
            if !seen.insert(organization.id.as_str()) {
                problems.push(format!(
                    "organization {}: the id is taken twice",
                    organization.id
                ));
            }
            if organization.systems().next().is_none() {
                problems.push(format!(
                    "organization {}: no system is connected",
                    organization.id
                ));
            }
        }
        if self.organizations.is_empty() {
            problems.push("organization: there is none".to_owned());
        }
        problems
    }
}

/// The setting that a problem is about.
fn at(problem: &str) -> &str {
    problem.split(": ").next().unwrap_or(problem)
}

/// Finds what `env` or `file` and a name stand for.
type LookUp = dyn Fn(&str, &str) -> Result<String, String>;

/// Replaces `env:NAME` and `file:PATH` in a value and all below it.
fn resolve(at: &str, value: &mut toml::Value, look_up: &LookUp, problems: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => {
            let Some((kind @ ("env" | "file"), name)) = text.split_once(':') else {
                return;
            };
            match look_up(kind, name) {
                Ok(found) if !found.trim().is_empty() => *text = found.trim().to_owned(),
                Ok(_) => problems.push(format!("{at}: {text} is empty")),
                Err(problem) => problems.push(format!("{at}: {problem}")),
            }
        }
        toml::Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                resolve(&format!("{at}[{index}]"), value, look_up, problems);
            }
        }
        toml::Value::Table(values) => {
            for (name, value) in values.iter_mut() {
                resolve(&format!("{at}.{name}"), value, look_up, problems);
            }
        }
        _ => {}
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place the rule points to"
)]
fn look_up(kind: &str, name: &str) -> Result<String, String> {
    match kind {
        "env" => std::env::var(name).map_err(|_| format!("the environment has no {name}")),
        _ => fs::read_to_string(name).map_err(|error| format!("cannot read {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Problems> {
        Config::parse(text, &|kind, name| match (kind, name) {
            ("env", "MISSING") => Err("the environment has no MISSING".to_owned()),
            ("env", "EMPTY") => Ok(" ".to_owned()),
            _ => Ok("what stands there, thirty-two bytes or more\n".to_owned()),
        })
    }

    #[test]
    fn the_example_is_a_whole_configuration() {
        let config = parse(EXAMPLE).unwrap();
        assert_eq!(config.listen, default_listen());
        let systems: Vec<System> = config.organizations[0].systems().collect();
        assert_eq!(
            systems,
            [System::Propstack, System::DeepRent, System::Propstreet]
        );
    }

    #[test]
    fn all_missing_secrets_are_named_at_once_and_none_is_shown() {
        let text = EXAMPLE
            .replace("env:HAUSGRAPH_TOKEN_SECRET", "env:MISSING")
            .replace("env:HANSEHAUS_DEEPRENT_KEY", "env:EMPTY");
        let problems = parse(&text).unwrap_err();
        assert_eq!(
            problems.0,
            [
                "issuer[0].secret: the environment has no MISSING",
                "organization[0].deeprent.api_key: env:EMPTY is empty",
            ]
        );
        assert!(!problems.to_string().contains("what stands there"));
    }

    #[test]
    fn a_setting_that_is_misspelt_or_missing_is_named() {
        let misspelt = parse(&EXAMPLE.replace("playground =", "playgruond =")).unwrap_err();
        assert!(misspelt.to_string().contains("playgruond"), "{misspelt}");
        let missing = parse("[[organization]]\nid = 'a'").unwrap_err();
        assert!(missing.to_string().contains("name"), "{missing}");
        let twice = format!("{EXAMPLE}\n[[organization]]\nid = 'hansehaus'\nname = 'Again'");
        let twice = parse(&twice).unwrap_err();
        assert_eq!(
            twice.0,
            [
                "organization hansehaus: the id is taken twice",
                "organization hansehaus: no system is connected",
            ]
        );
    }
}
