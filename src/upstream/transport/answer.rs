//! A whole answer, in memory or on disk, and the one place where JSON is decoded.

use std::{io, marker::PhantomData};

use bytes::{Bytes, BytesMut};
use reqwest::{StatusCode, header::HeaderMap};
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Deserializer, de::Read, error::Category};

use crate::{
    spool::{self, Spool, Spooled},
    upstream::{Error, System},
};

/// A whole answer with a status of success.
#[derive(Debug)]
pub struct Answer {
    pub(super) system: System,
    pub(super) operation: &'static str,
    /// 2xx.
    pub status: StatusCode,
    /// As sent.
    pub headers: HeaderMap,
    /// Decompressed; empty where it went to disk.
    pub body: Bytes,
    /// The body, where it was asked for as a file.
    pub(super) file: Option<Spooled>,
}

impl Answer {
    /// Decodes the body, whatever its content type says.
    ///
    /// Errors: [`Error::Unreadable`] names the JSON path where it went wrong, never a value.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.json_by(PhantomData::<T>)
    }

    /// The same, by a seed, whose value may borrow from the body.
    pub fn json_by<'a, S>(&'a self, seed: S) -> Result<S::Value, Error>
    where
        S: DeserializeSeed<'a> + Copy,
    {
        // Text that is known to be text is read faster; a stray byte in a value that nobody reads
        // does no harm.
        let read = match std::str::from_utf8(&self.body) {
            Ok(text) => whole(Deserializer::from_str(text), seed),
            Err(_) => whole(Deserializer::from_slice(&self.body), seed),
        };
        read.map_err(|_| self.unreadable(self.wrong(seed)))
    }

    /// Where the body cannot be decoded. It is decoded again: to keep the path at hand makes every
    /// answer dearer, and few are wrong.
    fn wrong<'a, S: DeserializeSeed<'a>>(&'a self, seed: S) -> String {
        let mut track = serde_path_to_error::Track::new();
        let mut body = Deserializer::from_slice(&self.body);
        let path = serde_path_to_error::Deserializer::new(&mut body, &mut track);
        match seed.deserialize(path) {
            // What is not JSON at all, such as a page for people, has no path.
            Err(error) if error.classify() == Category::Data => {
                match track.path().to_string().as_str() {
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

/// Decodes all that is there.
fn whole<'a, R: Read<'a>, S: DeserializeSeed<'a>>(
    mut body: Deserializer<R>,
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    let value = seed.deserialize(&mut body)?;
    body.end()?;
    Ok(value)
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
    let announced = response.content_length();
    let announced = announced.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced.is_some_and(|length| length > limit) {
        return Err(Unread::TooLarge);
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0));
    // One that is not announced is put together when all of it is there: a buffer that grows with
    // it takes as much again each time it is moved.
    let (mut chunks, mut length) = (Vec::new(), 0);
    while let Some(chunk) = response.chunk().await.map_err(|_| Unread::Broken)? {
        length += chunk.len();
        if length > limit {
            return Err(Unread::TooLarge);
        }
        match announced {
            Some(_) => body.extend_from_slice(&chunk),
            None => chunks.push(chunk),
        }
    }
    Ok(match announced {
        Some(_) => body.freeze(),
        None => chunks.concat().into(),
    })
}

/// The same, onto disk.
pub(super) async fn spool_body(
    response: &mut reqwest::Response,
    limit: u64,
) -> Result<Spooled, Unread> {
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(Unread::TooLarge);
    }
    let mut spool = Spool::new(limit).map_err(undone)?;
    while let Some(chunk) = response.chunk().await.map_err(|_| Unread::Broken)? {
        spool = spool.write(&chunk).await.map_err(|error| match error {
            spool::Error::TooLarge => Unread::TooLarge,
            spool::Error::Disk(error) => undone(error),
        })?;
    }
    spool.finish(None).await.map_err(undone)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn undone(error: io::Error) -> Unread {
    tracing::error!(%error, "an answer cannot be written to disk");
    Unread::Broken
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::upstream::rows::Each;

    #[derive(Debug, Deserialize)]
    struct Row {
        number: u8,
    }

    fn answer(body: &'static [u8]) -> Answer {
        Answer {
            system: System::Propstack,
            operation: "list_units",
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body),
            file: None,
        }
    }

    fn read(body: &'static [u8]) -> Result<Vec<Row>, Error> {
        answer(body).json()
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
            let rows = Each::new(|row: Row| Some(row.number));
            let by_seed = answer(body).json_by(&rows).unwrap_err();
            for error in [read(body).unwrap_err(), by_seed] {
                assert!(
                    matches!(&error, Error::Unreadable { at, .. } if at == path),
                    "{error:?}"
                );
            }
        }
    }
}
