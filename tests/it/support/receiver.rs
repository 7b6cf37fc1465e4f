//! A receiver of webhooks on loopback that keeps what it is sent.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::mpsc};

/// Answers every delivery with one status, or not at all.
pub struct Receiver {
    pub url: String,
    answer: Arc<AtomicU16>,
    inbox: mpsc::UnboundedReceiver<Received>,
}

/// A delivery as it came.
pub struct Received {
    pub headers: HeaderMap,
    pub body: String,
}

type Outside = State<(Arc<AtomicU16>, mpsc::UnboundedSender<Received>)>;

impl Receiver {
    pub async fn start() -> Self {
        let answer = Arc::new(AtomicU16::new(204));
        let (sender, inbox) = mpsc::unbounded_channel();
        let take = async |State((answer, sender)): Outside, headers: HeaderMap, body: String| {
            let _ = sender.send(Received { headers, body });
            match answer.load(Ordering::SeqCst) {
                0 => pending().await,
                status => StatusCode::from_u16(status).unwrap(),
            }
        };
        let router = Router::new()
            .fallback(take)
            .with_state((Arc::clone(&answer), sender));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, answer, inbox }
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.answer.store(status, Ordering::SeqCst);
    }

    /// Takes deliveries and never answers them.
    pub fn fall_silent(&self) {
        self.answer(0);
    }

    /// The next delivery, when it comes.
    pub async fn next(&mut self) -> Received {
        self.inbox.recv().await.expect("the receiver runs")
    }

    /// Whether everything that came was looked at.
    pub fn is_empty(&self) -> bool {
        self.inbox.is_empty()
    }
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .unwrap_or_else(|| panic!("no {name}"))
            .to_str()
            .unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the holder of `secret` signed it, by Standard Webhooks.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = secret.strip_prefix("whsec_").expect("the prefix");
        let key = BASE64_STANDARD.decode(key).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        self.header("webhook-signature") == format!("v1,{signature}")
    }
}
