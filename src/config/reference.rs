//! Where a secret is, so that it need not stand in a file or on a command line itself.

use std::{convert::Infallible, fs, io, str::FromStr};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::layer::{self, Environment};

/// `env:NAME`, `file:PATH` or `-`, which is one line of standard input.
///
/// Any text can be made one: that it is a secret itself is found out when it is read, and it is not
/// shown then.
#[derive(Clone)]
pub struct Reference(Zeroizing<String>);

impl FromStr for Reference {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reference")
    }
}

impl Reference {
    /// The secret that is found there.
    ///
    /// Errors: one sentence without the secret.
    pub fn read(&self) -> Result<SecretString, String> {
        let found = if self.0.as_str() == "-" {
            read_line()
        } else {
            follow(&self.0, &layer::environment()).unwrap_or_else(|| {
                Err("a secret is never written on the command line: \
                     name it as env:NAME, file:PATH or - (a line of standard input)"
                    .to_owned())
            })
        };
        found.map(SecretString::from)
    }
}

fn read_line() -> Result<String, String> {
    let mut line = Zeroizing::new(String::new());
    let read = io::stdin().read_line(&mut line);
    read.map_err(|error| format!("cannot read standard input: {error}"))?;
    match line.trim() {
        "" => Err("standard input has no line with a secret".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// What stands at `env:NAME` or `file:PATH`, or why nothing does; `None` for any other text.
pub(super) fn follow(text: &str, environment: &Environment) -> Option<Result<String, String>> {
    let found = match text.split_once(':')? {
        ("env", name) => environment
            .get(name)
            .and_then(|value| value.to_str().map(str::to_owned))
            .ok_or_else(|| format!("the environment has no {name}")),
        ("file", path) => {
            fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))
        }
        _ => return None,
    };
    Some(found.and_then(|found| match found.trim() {
        "" => Err(format!("{text} is empty")),
        found => Ok(found.to_owned()),
    }))
}
