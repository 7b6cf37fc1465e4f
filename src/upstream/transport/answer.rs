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
        // Text that is known to be text is read faster; a stray byte in a value that nobody reads
        // does no harm.
        let read = match std::str::from_utf8(&self.body) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(&self.body),
        };
        read.map_err(|_| self.unreadable(self.wrong::<T>()))
    }

    /// Where the body cannot be decoded. It is decoded again: to keep the path at hand makes every
    /// answer dearer, and few are wrong.
    fn wrong<T: DeserializeOwned>(&self) -> String {
        let mut text = serde_json::Deserializer::from_slice(&self.body);
        match serde_path_to_error::deserialize::<_, T>(&mut text) {
            // What is not JSON at all, such as a page for people, has no path.
            Err(error) if error.inner().classify() == serde_json::error::Category::Data => {
                match error.path().to_string().as_str() {
                    "." => "$".to_owned(),
                    path if path.starts_with('[') => format!("${path}"),
                    path => format!("$.{path}"),
                }
            }
            Err(_) | Ok(_) => "$".to_owned(),
        }
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        number: u8,
    }

    fn read(body: &'static [u8]) -> Result<Vec<Row>, Error> {
        let answer = Answer {
            system: System::Propstack,
            operation: "list_units",
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body),
        };
        answer.json()
    }

    #[test]
    fn a_stray_byte_matters_only_where_somebody_reads() {
        let rows = read(b"[{\"number\": 1, \"note\": \"Stra\xdfe\"}]").unwrap();
        assert_eq!(rows[0].number, 1);
        assert!(read(b"[{\"number\": 1, \"n\xdf\": 2}]").is_err());
    }

    #[test]
    fn where_it_goes_wrong_is_told_by_its_path() {
        for (body, path) in [
            (
                &b"[{\"number\": 1}, {\"number\": \"one\"}]"[..],
                "$[1].number",
            ),
            (b"[{\"number\": 1}] and more", "$"),
            (b"<!doctype html>", "$"),
            (b"7", "$"),
        ] {
            let error = read(body).unwrap_err();
            assert!(
                matches!(&error, Error::Unreadable { at, .. } if at == path),
                "{error:?}"
            );
        }
    }
}
