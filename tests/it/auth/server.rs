//! An issuer's endpoint for its keys on a real socket, which counts and can misbehave.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::Signer;

/// What it does with a request.
#[derive(Clone)]
pub enum Manner {
    /// Answers with this text.
    Says(String),
    /// Answers with this status and nothing else.
    Status(StatusCode),
    /// Sends whoever asks to this address.
    Redirects(String),
    /// Breaks the connection.
    Breaks,
    /// Never answers.
    Hangs,
}

pub struct KeyServer {
    /// Of the key set.
    pub url: String,
    manner: Arc<Mutex<Manner>>,
    asked: watch::Sender<usize>,
    server: JoinHandle<()>,
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl KeyServer {
    /// Publishes the keys of these.
    pub async fn start(signers: &[&Signer]) -> Self {
        let manner = Arc::new(Mutex::new(publishing(signers)));
        let asked = watch::Sender::new(0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let handle = {
            let (manner, asked) = (Arc::clone(&manner), asked.clone());
            move || {
                asked.send_modify(|asked| *asked += 1);
                let manner = manner.lock().unwrap().clone();
                answer(manner)
            }
        };
        let router = Router::new().fallback(handle);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            manner,
            asked,
            server,
        }
    }

    pub fn publish(&self, signers: &[&Signer]) {
        self.behave(publishing(signers));
    }

    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    /// Returns once it was asked so often.
    pub async fn wait_until_asked(&self, times: usize) {
        let mut asked = self.asked.subscribe();
        asked.wait_for(|asked| *asked >= times).await.unwrap();
    }
}

fn publishing(signers: &[&Signer]) -> Manner {
    let keys: Vec<_> = signers.iter().map(|signer| &signer.jwk).collect();
    Manner::Says(json!({ "keys": keys }).to_string())
}

async fn answer(manner: Manner) -> Response {
    match manner {
        Manner::Says(text) => text.into_response(),
        Manner::Status(status) => status.into_response(),
        Manner::Redirects(to) => (StatusCode::FOUND, [(LOCATION, to)]).into_response(),
        Manner::Breaks => {
            let broken = stream::once(async { Err::<String, _>(io::Error::other("broken")) });
            Body::from_stream(broken).into_response()
        }
        Manner::Hangs => std::future::pending().await,
    }
}
