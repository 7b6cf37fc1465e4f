//! Requests with files, by the GraphQL multipart request specification: `operations`, `map`, then the
//! files, which go to disk as they come.

use std::io;

use async_graphql::Value;
use axum::{
    body::Body,
    http::{HeaderMap, header::CONTENT_TYPE},
};
use bytes::Bytes;
use futures_util::TryStreamExt;
use multer::{Field, Multipart};

use super::parameters::{BODY_LIMIT, Parameters, json};
use crate::{
    edge::Error,
    spool::{self, Spool, Spooled},
    upload::Uploads,
};

/// How many files one request may bring.
const MOST_FILES: usize = 20;
/// The largest `map`, in bytes: that of so many files, each for some variables.
const MAP_LIMIT: usize = 64 << 10;

/// Whether the body is announced as a form with files.
pub(super) fn is_announced(headers: &HeaderMap) -> bool {
    boundary(headers).is_some()
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(content_type).ok()
}

/// Reads the body. Files are at most `limit` bytes together.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<(Parameters, Uploads), Error> {
    let boundary = boundary(headers).ok_or(Error::UnsupportedMediaType)?;
    let stream = body.into_data_stream().map_err(io::Error::other);
    let mut form = Multipart::new(stream, boundary);

    let operations = part(&mut form, "operations", BODY_LIMIT).await?;
    let mut parameters = Parameters::from_body(&operations)?;
    let map = part(&mut form, "map", MAP_LIMIT).await?;
    let Value::Object(map) = json("The part \"map\"", &map)? else {
        return Err(Error::BadParameter(
            "The part \"map\" must be a JSON object.",
        ));
    };
    if map.len() > MOST_FILES {
        return Err(Error::TooManyFiles { limit: MOST_FILES });
    }

    let mut uploads = Uploads::default();
    let mut named: Vec<String> = Vec::new();
    let mut left = limit;
    while let Some(field) = form.next_field().await.map_err(|_| Error::BodyUnreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(paths) = map.get(name.as_str()) else {
            return Err(Error::BadParameter(
                "There is a file that the part \"map\" does not name.",
            ));
        };
        if named.contains(&name) {
            return Err(Error::BadParameter("There are two files of one name."));
        }
        let spooled = spool(field, left).await.map_err(|error| match error {
            Error::BodyTooLarge { .. } => Error::BodyTooLarge { limit },
            error => error,
        })?;
        left -= usize::try_from(spooled.length).unwrap_or(left);
        let word = uploads.add(spooled);
        put(&mut parameters.variables, paths, &word)?;
        named.push(name);
    }
    if named.len() < map.len() {
        return Err(Error::BadParameter(
            "The part \"map\" names a file that did not come.",
        ));
    }
    Ok((parameters, uploads))
}

/// The next part, which must be this one.
async fn part(
    form: &mut Multipart<'_>,
    name: &'static str,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let field = form.next_field().await.map_err(|_| Error::BodyUnreadable)?;
    let Some(mut field) = field.filter(|field| field.name() == Some(name)) else {
        return Err(Error::BadParameter(
            "The first two parts must be \"operations\" and \"map\".",
        ));
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk(&mut field).await? {
        if bytes.len() + chunk.len() > limit {
            return Err(Error::BodyTooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn chunk(field: &mut Field<'_>) -> Result<Option<Bytes>, Error> {
    field.chunk().await.map_err(|_| Error::BodyUnreadable)
}

/// Writes a part to disk, if it is no longer than `limit`.
async fn spool(mut field: Field<'_>, limit: usize) -> Result<Spooled, Error> {
    let name = field.file_name().map(str::to_owned);
    let mut spool = Spool::new(limit as u64).map_err(unwritable)?;
    while let Some(chunk) = chunk(&mut field).await? {
        spool = spool.write(&chunk).await.map_err(|error| match error {
            spool::Error::TooLarge => Error::BodyTooLarge { limit },
            spool::Error::Disk(error) => unwritable(error),
        })?;
    }
    spool.finish(name).await.map_err(unwritable)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unwritable(error: io::Error) -> Error {
    tracing::error!(%error, "a file that came with a request cannot be written to disk");
    Error::StoreUnavailable
}

/// Puts a word at each of the places that a file is meant for, which must be null before.
fn put(variables: &mut Value, paths: &Value, word: &Value) -> Result<(), Error> {
    let Value::List(paths) = paths else {
        return Err(Error::BadParameter(
            "The part \"map\" must have a list of paths for each file.",
        ));
    };
    for path in paths {
        let place = match path {
            Value::String(path) => path
                .strip_prefix("variables.")
                .and_then(|path| place(variables, path)),
            _ => None,
        };
        match place {
            Some(place @ Value::Null) => *place = word.clone(),
            _ => {
                return Err(Error::BadParameter(
                    "A path of the part \"map\" must lead to a variable that is null, \
                     such as \"variables.input.file\".",
                ));
            }
        }
    }
    Ok(())
}

fn place<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(value, |value, name| match value {
        Value::Object(members) => members.get_mut(name),
        Value::List(items) => items.get_mut(name.parse::<usize>().ok()?),
        _ => None,
    })
}
