//! The parameters of a GraphQL request, from a JSON body or from a query string.

use async_graphql::Value;
use axum::{
    body::Body,
    http::{
        HeaderMap,
        header::{CONTENT_LENGTH, EXPECT},
    },
};
use futures_util::StreamExt;
use url::form_urlencoded;

use crate::edge::Error;

/// The largest body, in bytes.
pub(super) const BODY_LIMIT: usize = 1 << 20;

/// How much of a larger one is read and forgotten.
const DISCARD_LIMIT: usize = 8 << 20;

/// A well-formed request.
#[derive(Debug, PartialEq)]
pub(in crate::edge) struct Parameters {
    pub(in crate::edge) query: String,
    pub(in crate::edge) operation_name: Option<String>,
    /// An object, or null when there are none.
    pub(in crate::edge) variables: Value,
    /// From `{"hausgraph": {"explain": true}}`, the one extension that is known.
    pub(in crate::edge) explain: bool,
}

/// Reads the body, at most a mebibyte of it, whether it announces its length or not.
///
/// A client that is cut off in mid-sentence sees a broken connection and not our answer, so what is
/// too much is still taken in, within reason, unless the client waits to be told to go on.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Error> {
    let too_large = Error::BodyTooLarge { limit: BODY_LIMIT };
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or_default();
    if announced > DISCARD_LIMIT || (announced > BODY_LIMIT && headers.contains_key(EXPECT)) {
        return Err(too_large);
    }
    let mut bytes = Vec::with_capacity(announced.min(BODY_LIMIT));
    let mut received = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Error::BodyUnreadable)?;
        received += chunk.len();
        if received <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if received > DISCARD_LIMIT {
            break;
        }
    }
    if received > BODY_LIMIT {
        return Err(too_large);
    }
    Ok(bytes)
}

impl Parameters {
    /// Reads the JSON object of a POST.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, Error> {
        Self::from_value(json("The body", body)?)
    }

    /// Reads a request object.
    pub(in crate::edge) fn from_value(request: Value) -> Result<Self, Error> {
        let mut fields = match request {
            Value::Object(fields) => fields,
            Value::List(_) => return Err(Error::Batch),
            _ => return Err(Error::BadParameter("A request must be a JSON object.")),
        };
        let mut take = |name| fields.swap_remove(name).unwrap_or_default();
        Self::new(
            take("query"),
            take("operationName"),
            take("variables"),
            &take("extensions"),
        )
    }

    /// Reads the URL's query string of a GET; of a repeated parameter the last counts.
    pub(super) fn from_query(query_string: &str) -> Result<Self, Error> {
        let (mut query, mut operation_name) = (Value::Null, Value::Null);
        let (mut variables, mut extensions) = (Value::Null, Value::Null);
        for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
            // An empty one is as good as none.
            if value.is_empty() {
                continue;
            }
            match &*name {
                "query" => query = Value::String(value.into_owned()),
                "operationName" => operation_name = Value::String(value.into_owned()),
                "variables" => variables = json("The parameter \"variables\"", value.as_bytes())?,
                "extensions" => {
                    extensions = json("The parameter \"extensions\"", value.as_bytes())?;
                }
                _ => {}
            }
        }
        Self::new(query, operation_name, variables, &extensions)
    }

    fn new(
        query: Value,
        operation_name: Value,
        variables: Value,
        extensions: &Value,
    ) -> Result<Self, Error> {
        let bad = |message| Err(Error::BadParameter(message));
        let query = match query {
            Value::String(query) => query,
            Value::Null => return bad("The parameter \"query\" is missing."),
            _ => return bad("The parameter \"query\" must be a string."),
        };
        let operation_name = match operation_name {
            Value::String(name) => Some(name),
            Value::Null => None,
            _ => return bad("The parameter \"operationName\" must be a string."),
        };
        if !matches!(variables, Value::Object(_) | Value::Null) {
            return bad("The parameter \"variables\" must be an object.");
        }
        if !matches!(extensions, Value::Object(_) | Value::Null) {
            return bad("The parameter \"extensions\" must be an object.");
        }
        Ok(Self {
            query,
            operation_name,
            variables,
            explain: asks_to_explain(extensions),
        })
    }
}

fn asks_to_explain(extensions: &Value) -> bool {
    let field = |value: &Value, name| match value {
        Value::Object(fields) => fields.get(name).cloned(),
        _ => None,
    };
    field(extensions, "hausgraph").and_then(|ours| field(&ours, "explain"))
        == Some(Value::Boolean(true))
}

/// Read straight into GraphQL values: `serde_json`'s own type would follow JSON inside strings
/// under its private key, past its bound on depth.
pub(in crate::edge) fn json(at: &'static str, bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|source| Error::NotJson { at, source })
}
