//! Where the one way out leads: a name is judged by what it leads to when it is called.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use chrono::DateTime;
use hausgraph::{
    clock::Clock,
    upstream::{
        Error, Reach, Scope, System,
        transport::{Limits, Transport},
    },
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::hurry;
use crate::support::logged;

/// Names that all lead to these addresses.
#[derive(Clone, Copy)]
struct Told(&'static [&'static str]);

impl Resolve for Told {
    fn resolve(&self, _: Name) -> Resolving {
        let ips = self.0.iter().map(|address| address.parse().unwrap());
        let found: Vec<_> = ips.map(|ip| SocketAddr::new(ip, 0)).collect();
        Box::pin(async { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}

/// A place on loopback that sees who knocks, and answers nothing.
fn door() -> (TcpListener, u16) {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    door.set_nonblocking(true).unwrap();
    let port = door.local_addr().unwrap().port();
    (door, port)
}

/// Whether anybody has knocked since this was last asked.
fn knocked(door: &TcpListener) -> bool {
    match door.accept() {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            false
        }
    }
}

/// Calls; the error, how many attempts were made, and what was logged.
async fn call(reach: Reach, names: Told, url: &str) -> (Error, usize, String) {
    let clock = Clock::stopped(DateTime::UNIX_EPOCH);
    let names = Arc::new(names);
    let (system, limits) = (System::Propstack, Limits::default());
    let transport = Transport::with_names(system, clock.clone(), limits, reach, names);
    let scope = Scope::default();

    let transport = transport.scoped(scope.clone());
    let call = transport.get("list_units", url.parse().unwrap()).send();
    let (error, log) = logged("off,hausgraph=warn", hurry(&clock, 1, call)).await;

    (error.unwrap_err(), scope.calls.calls().len(), log)
}

const UNREACHABLE: Error = Error::Unreachable {
    system: System::Propstack,
    operation: "list_units",
};

fn assert_told(log: &str) {
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("this one is private or reserved"), "{log}");
    for hidden in ["127.0.0.1", "example", "http", "10.0.0.1"] {
        assert!(!log.contains(hidden), "{log} tells {hidden}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_private_addresses_is_not_called_and_the_log_says_why() {
    let (door, port) = door();
    let names = Told(&["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1"]);
    let url = format!("https://crm.example:{port}/v1");

    let (error, attempts, log) = call(Reach::Public, names, &url).await;

    assert_eq!(error, UNREACHABLE);
    assert_eq!(attempts, 1);
    assert!(!knocked(&door));
    assert_told(&log);
}

#[tokio::test]
async fn the_same_name_is_called_where_private_addresses_are_allowed() {
    let (door, port) = door();
    let url = format!("https://crm.example:{port}/v1");
    let names = Told(&["127.0.0.1"]);
    let mut call = Box::pin(call(Reach::Any, names, &url));

    // It never ends: nobody at the door says a word.
    let pending = async {
        while !knocked(&door) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = pending => {}
        (error, ..) = &mut call => panic!("it was not called: {error}"),
    }
}

#[tokio::test]
async fn an_address_that_is_private_itself_or_not_https_is_not_called() {
    let (door, port) = door();
    let names = Told(&["1.1.1.1"]);
    for (url, why) in [
        (format!("https://127.0.0.1:{port}/"), "private or reserved"),
        (format!("https://localhost:{port}/"), "private or reserved"),
        (format!("http://127.0.0.1:{port}/"), "expected https"),
    ] {
        let (error, attempts, log) = call(Reach::Public, names, &url).await;

        assert_eq!((error, attempts), (UNREACHABLE, 0), "{url}");
        assert!(log.contains(why), "{log}");
        assert!(!knocked(&door), "{url}");
    }
}
