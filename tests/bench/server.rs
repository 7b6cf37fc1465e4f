//! A server of the bench: on a free port, telling the parent where.

use std::net::SocketAddr;

use axum::{Router, serve::ListenerExt};
use tokio::net::TcpListener;

/// A listener on a free port of 127.0.0.1.
pub async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Tells the parent where we listen and with which token, which may be empty.
pub fn announce(listener: &TcpListener, token: &str) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    println!("{address} {token}");
    address
}

/// Announces and serves until the process ends.
pub async fn serve(router: Router) {
    let listener = bind().await;
    announce(&listener, "");
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}
