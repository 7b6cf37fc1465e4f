//! A whole answer in memory, and the one place where JSON is decoded.

use bytes::{Bytes, BytesMut};
use reqwest::{StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;

use crate::upstream::{Error, System};

/// A whole answer with a status of success.
#[derive(Debug)]
pub struct Answer {
    pub(super) system: System,
    pub(super) operation: &'static str,
    /// 2xx.
    pub status: StatusCode,
    /// As sent.
    pub headers: HeaderMap,
    /// Decompressed.
    pub body: Bytes,
}

impl Answer {
    /// Decodes the body, whatever its content type says.
    ///
    /// Errors: [`Error::Unreadable`] names the JSON path where it went wrong, never a value.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut text = serde_json::Deserializer::from_slice(&self.body);
        let value = serde_path_to_error::deserialize(&mut text).map_err(|error| {
            // What is not JSON at all, such as a page for people, has no path.
            let is_data = error.inner().classify() == serde_json::error::Category::Data;
            match error.path().to_string().as_str() {
                path if !is_data || path == "." => self.unreadable("$"),
                path if path.starts_with('[') => self.unreadable(format!("${path}")),
                path => self.unreadable(format!("$.{path}")),
            }
        })?;
        text.end().map_err(|_| self.unreadable("$"))?;
        Ok(value)
    }

    /// The error for an answer that decodes but does not hold what it must.
    pub fn unreadable(&self, at: impl Into<String>) -> Error {
        let error = Error::Unreadable {
            system: self.system,
            operation: self.operation,
            at: at.into(),
        };
        error.log();
        error
    }
}

/// Why a body could not be read whole.
pub(crate) enum Unread {
    TooLarge,
    Broken,
}

/// Reads a body, giving up as soon as it grows beyond `limit`.
pub(crate) async fn read_body(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Bytes, Unread> {
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Unread::TooLarge);
    }
    let mut body = BytesMut::with_capacity(announced);
    while let Some(chunk) = response.chunk().await.map_err(|_| Unread::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
