//! How many calls go at the same time, and that whoever leaves makes room.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use chrono::DateTime;
use futures_util::future::join_all;
use hausgraph::{
    clock::Clock,
    upstream::{
        Reach, System,
        transport::{Limits, Transport},
    },
};
use tokio::{io::AsyncReadExt, net::TcpListener, sync::watch};
use url::Url;

const FAN_OUT: usize = 51;

fn transport(max_concurrent: usize) -> Transport {
    let limits = Limits {
        max_concurrent,
        ..Limits::default()
    };
    let clock = Clock::stopped(DateTime::UNIX_EPOCH);
    Transport::new(System::Propstack, clock, limits, Reach::Any)
}

fn address(listener: &TcpListener) -> Url {
    let address = listener.local_addr().unwrap();
    format!("http://{address}/units").parse().unwrap()
}

/// A server that answers while its gate is open.
struct Server {
    url: Url,
    gate: watch::Sender<bool>,
    inside: Arc<AtomicUsize>,
}

impl Server {
    async fn start() -> Self {
        let gate = watch::Sender::new(true);
        let inside = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = address(&listener);
        let state = (gate.clone(), Arc::clone(&inside));
        let router = Router::new().fallback(move || {
            let (gate, inside) = state.clone();
            async move {
                inside.fetch_add(1, Ordering::SeqCst);
                let _ = gate.subscribe().wait_for(|is_open| *is_open).await;
                inside.fetch_sub(1, Ordering::SeqCst);
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, gate, inside }
    }

    async fn fan_out(&self, transport: &Transport) {
        let call = |_| transport.get("list_units", self.url.clone()).send();
        for result in join_all((0..FAN_OUT).map(call)).await {
            result.unwrap();
        }
    }

    /// How many of a fan-out come in before the first is answered.
    async fn count_at_once(&self, transport: &Transport) -> usize {
        self.gate.send_replace(false);
        let watch = async {
            let all = async {
                while self.inside.load(Ordering::SeqCst) < FAN_OUT {
                    tokio::task::yield_now().await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_millis(500), all).await;
            let inside = self.inside.load(Ordering::SeqCst);
            self.gate.send_replace(true);
            inside
        };
        tokio::join!(self.fan_out(transport), watch).1
    }
}

#[tokio::test]
async fn sixteen_go_at_first_and_never_more_than_the_bound() {
    let server = Server::start().await;
    for (bound, at_first) in [(64, 16), (20, 16), (3, 3)] {
        let transport = transport(bound);
        assert_eq!(server.count_at_once(&transport).await, at_first);
        for _ in 0..5 {
            server.fan_out(&transport).await;
        }
        assert!(server.count_at_once(&transport).await <= bound);
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_hangs_up_and_makes_room() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = transport(1);
    let call = || {
        let (transport, url) = (transport.clone(), address(&listener));
        tokio::spawn(async move { transport.get("list_units", url).send().await })
    };
    let first = call();
    let (mut socket, _) = listener.accept().await.unwrap();
    let waits = call();
    let _second = call();

    // Both stand in the line by then.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    waits.abort();
    first.abort();

    let mut request = Vec::new();
    // Reads to the end of the connection.
    socket.read_to_end(&mut request).await.unwrap();
    assert!(request.starts_with(b"GET /units"));
    listener.accept().await.unwrap();
}
