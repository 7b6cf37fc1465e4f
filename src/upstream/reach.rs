//! Where calls may go: which addresses and names are public, and who may leave them.
//!
//! Whoever can choose an address, or what a name leads to, could otherwise make us call what only
//! we can see: the metadata of a cloud, a database beside us. Addresses and names are judged here;
//! what a name leads to is judged by the same rules whenever [`super::transport`] connects.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How far calls may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To public hosts by https.
    Public,
    /// Anywhere: for a sandbox, which listens on loopback.
    Any,
}

/// Why an address is not called. No text holds the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is no address of HTTP at all.
    #[error("expected an https address")]
    NotAnAddress,
    /// Whoever listens on the way would read it.
    #[error("expected https: plain http is for a sandbox")]
    NotHttps,
    /// It leads to loopback, a private network, or a range that is set apart.
    #[error("expected a public host: this one is private or reserved")]
    NotPublic,
    /// It would be logged and shown together with its password.
    #[error("expected an address without a name and a password in it")]
    HasCredentials,
}

impl Reach {
    /// Whether an address may be called, as far as it can be told before its name is looked up.
    pub fn check(self, url: &Url) -> Result<(), Forbidden> {
        if self == Self::Any {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err(Forbidden::NotHttps);
        }
        let is_public = match url.host().ok_or(Forbidden::NotAnAddress)? {
            Host::Domain(name) => is_public_name(name),
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
        };
        is_public.then_some(()).ok_or(Forbidden::NotPublic)
    }

    /// Reads an address that somebody else tells us to call.
    ///
    /// Shape: without credentials and fragment. Its name is judged again when it is called.
    pub fn check_callback(self, text: &str) -> Result<Url, Forbidden> {
        let mut url = Url::parse(text).map_err(|_| Forbidden::NotAnAddress)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Forbidden::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::HasCredentials);
        }
        self.check(&url)?;
        url.set_fragment(None);
        Ok(url)
    }

    /// Whether a name may lead here.
    pub(super) fn permits(self, address: IpAddr) -> bool {
        self == Self::Any || is_public(address)
    }
}

/// Names that lead home whatever the DNS says (RFC 6761, RFC 6762, and ICANN's `.internal`).
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    !["localhost", "local", "internal"]
        .iter()
        .any(|home| last.eq_ignore_ascii_case(home))
}

/// Whether anybody on the internet can have this address.
///
/// Source: the IANA special-purpose address registries, read 2026-11.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => is_public_v4(address),
            None => {
                is_in_v6(address, GLOBAL) && !SET_APART_V6.iter().any(|&of| is_in_v6(address, of))
            }
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SET_APART_V4.iter().any(|&of| is_in_v4(address, of))
}

/// Ranges by their first address and the bits that all of a range share.
const SET_APART_V4: &[(Ipv4Addr, u32)] = &[
    // This network, unspecified.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Behind a carrier's NAT.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local: also where clouds keep their metadata.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocols of the IETF.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Relays of 6to4, given up.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// All that is given out to anybody. Loopback, unique local, link-local and multicast are outside.
const GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public inside [`GLOBAL`].
const SET_APART_V6: &[(Ipv6Addr, u32)] = &[
    // Protocols of the IETF: Teredo, benchmarks, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The IPv4 address that this one leads to: mapped, behind NAT64, or behind 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => of(high, low),
        [0x2002, high, low, ..] => of(high, low),
        _ => None,
    }
}

fn is_in_v4(address: Ipv4Addr, (first, shared): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ first.to_bits()) >> (Ipv4Addr::BITS - shared) == 0
}

fn is_in_v6(address: Ipv6Addr, (first, shared): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ first.to_bits()) >> (Ipv6Addr::BITS - shared) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_anybody_can_have_are_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700::1111",
            "2a01:4f8::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn addresses_that_are_set_apart_are_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "3fff:fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::192.168.0.1",
            "64:ff9b:1::1.1.1.1",
            "2002:7f00:1::1",
            "2002:c0a8:1::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn only_https_to_public_hosts_is_within_reach() {
        let check = |text: &str| Reach::Public.check(&text.parse().unwrap());
        for good in [
            "https://api.propstack.de/v1",
            "https://localhost.example/",
            "https://1.1.1.1:8443/",
            "https://[2606:4700::1111]/",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(
            check("http://api.propstack.de/v1"),
            Err(Forbidden::NotHttps)
        );
        for private in [
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost",
            "https://printer.local",
            "https://metadata.google.internal",
            "https://internal./",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert_eq!(check(private), Err(Forbidden::NotPublic), "{private}");
            assert_eq!(Reach::Any.check(&private.parse().unwrap()), Ok(()));
        }
    }

    #[test]
    fn callbacks_are_https_to_public_hosts_and_hold_no_credentials() {
        let good = Reach::Public.check_callback("https://example.org/hook?id=1#part");
        assert_eq!(good.unwrap().as_str(), "https://example.org/hook?id=1");
        for (bad, why) in [
            ("hook", Forbidden::NotAnAddress),
            ("ftp://example.org/", Forbidden::NotAnAddress),
            ("file:///etc/passwd", Forbidden::NotAnAddress),
            ("https://me@example.org/", Forbidden::HasCredentials),
            ("https://:pass@example.org/", Forbidden::HasCredentials),
            ("http://example.org/", Forbidden::NotHttps),
            ("https://192.168.0.1/", Forbidden::NotPublic),
        ] {
            assert_eq!(Reach::Public.check_callback(bad), Err(why), "{bad}");
        }
        assert!(
            Reach::Any
                .check_callback("http://127.0.0.1:4010/hook")
                .is_ok()
        );
        assert!(Reach::Any.check_callback("file:///etc/passwd").is_err());
    }
}
