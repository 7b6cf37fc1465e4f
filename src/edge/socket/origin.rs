//! Who may open a socket from a browser.
//!
//! A browser opens sockets to any site for any page and only says which page it was; other clients
//! say nothing.

use axum::http::{
    HeaderMap,
    header::{HOST, ORIGIN},
};
use url::Url;

use crate::edge::Error;

/// Refuses pages of another host or port than the one that was asked.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Error> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| Url::parse(origin).ok());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_same = origin.zip(host).is_some_and(|(origin, host)| {
        // Whether TLS ends before us is not known here, so the page's scheme is taken for ours.
        Url::parse(&format!("{}://{host}", origin.scheme())).is_ok_and(|ours| {
            origin.has_host()
                && (origin.host(), origin.port_or_known_default())
                    == (ours.host(), ours.port_or_known_default())
        })
    });
    if is_same {
        Ok(())
    } else {
        Err(Error::ForeignOrigin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_ours_when_host_and_port_are() {
        for (origin, is_ours) in [
            ("http://graph.example:4000", true),
            ("https://graph.example:4000", true),
            ("http://GRAPH.example:4000", true),
            ("http://graph.example", false),
            ("http://graph.example:4001", false),
            ("http://other.example:4000", false),
            ("null", false),
            ("file:///graph.example:4000", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([
                (HOST, "graph.example:4000".parse().unwrap()),
                (ORIGIN, origin.parse().unwrap()),
            ]);
            assert_eq!(check(&headers).is_ok(), is_ours, "{origin}");
        }
    }

    #[test]
    fn a_default_port_need_not_be_written_and_other_clients_have_no_origin() {
        let mut headers = HeaderMap::from_iter([(HOST, "graph.example".parse().unwrap())]);
        assert!(check(&headers).is_ok());
        headers.insert(ORIGIN, "https://graph.example:443".parse().unwrap());
        assert!(check(&headers).is_ok());
    }
}
