//! Where a system is found.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use url::{Host, Url};

use super::{Forbidden, Reach};

/// The address that a system's paths are appended to: https, or http on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(Url);

/// An address that no key should be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an https address without credentials, query and fragment")]
pub struct InvalidBaseUrl;

impl BaseUrl {
    /// Whether it may be called, as far as it can be told before its name is looked up.
    pub fn check(&self, reach: Reach) -> Result<(), Forbidden> {
        reach.check(&self.0)
    }

    /// The address of the path made of `segments`, each percent-encoded.
    ///
    /// `None` when a segment is empty, `.` or `..`: no URL can carry these as a name, so nothing
    /// is called that.
    pub(super) fn join(&self, segments: &[&str]) -> Option<Url> {
        if segments
            .iter()
            .any(|segment| matches!(*segment, "" | "." | ".."))
        {
            return None;
        }
        let mut url = self.0.clone();
        url.path_segments_mut()
            .expect("http addresses have a path")
            .pop_if_empty()
            .extend(segments);
        Some(url)
    }

    /// The address of a path that is fixed in the program.
    pub(super) fn at(&self, path: &'static str) -> Url {
        self.join(&path.split('/').collect::<Vec<_>>())
            .expect("fixed paths have no empty segment")
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
        (url.query().is_none() && is_safe(&url))
            .then_some(Self(url))
            .ok_or(InvalidBaseUrl)
    }
}

/// Whether nobody on the way can read along or answer instead: https, or http on loopback; without
/// user, password and fragment.
pub(crate) fn is_safe(url: &Url) -> bool {
    let is_plain =
        url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let is_guarded = match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    };
    is_plain && is_guarded
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = InvalidBaseUrl;

    fn try_from(text: String) -> Result<Self, InvalidBaseUrl> {
        text.parse()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_taken() {
        for good in [
            "https://api.propstack.de/v1",
            "http://127.0.0.1:4010/v1",
            "http://[::1]:4010",
            "http://localhost:4010/",
        ] {
            assert!(good.parse::<BaseUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://api.propstack.de/v1",
            "ftp://127.0.0.1",
            "https://key@api.propstack.de",
            "https://api.propstack.de/?api_key=1",
            "nowhere",
        ] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(InvalidBaseUrl), "{bad}");
        }
    }

    #[test]
    fn segments_keep_their_meaning() {
        let base: BaseUrl = "https://app.example/api/v1/".parse().unwrap();
        let url = base
            .join(&["projects", "external", "crm", "a/b 5%ü?"])
            .unwrap();
        assert_eq!(
            url.as_str(),
            "https://app.example/api/v1/projects/external/crm/a%2Fb%205%25%C3%BC%3F"
        );
        assert_eq!(
            base.at("network/contacts").path(),
            "/api/v1/network/contacts"
        );
        for unnameable in ["", ".", ".."] {
            assert_eq!(base.join(&["projects", unnameable]), None);
        }
    }
}
