//! What is asked for, in the words of each contender, and what it may cost.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat};
use clap::ValueEnum;
use serde_json::Value;

/// How long the long answer of the upstream is.
pub const BODY_BYTES: usize = 8 << 20;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// A flat list of 100 properties.
    Flat,
    /// 50 projects with 10 prospects each.
    Prospects,
    /// 100 projects with their properties, by external reference.
    Properties,
    /// One property by its id, at high concurrency.
    Record,
    /// 100 properties out of an upstream answer of 8 MiB.
    Body,
}

/// Whether a request has been made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Temperature {
    /// No request is like another.
    Cold,
    /// All are alike.
    Warm,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Gateway,
    Typed,
    Plain,
    Fixed,
}

impl Contender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Typed => "typed",
            Self::Plain => "plain",
            Self::Fixed => "fixed",
        }
    }
}

impl Temperature {
    pub fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }

    /// Whom it is worth to measure: only the gateway may one day remember, and nothing else compares with bytes.
    pub fn contenders(self) -> &'static [Contender] {
        match self {
            Self::Cold => &[Contender::Gateway, Contender::Typed, Contender::Plain],
            Self::Warm => &[Contender::Gateway, Contender::Fixed],
        }
    }
}

/// What makes a request different from all others: 1,000,000 to 9,999,999, so that its length never changes.
pub type Number = u64;

/// The first of them.
pub const FIRST: Number = 1_000_000;

/// An instant that stands for a number, and back.
pub fn instant_of(number: Number) -> String {
    let instant = DateTime::from_timestamp(number.cast_signed(), 0).unwrap();
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// See [`instant_of`].
pub fn number_of(instant: &str) -> Number {
    let instant = DateTime::parse_from_rfc3339(instant).unwrap();
    instant.timestamp().cast_unsigned()
}

/// Before the references of the projects that a request gets: nobody else gets those.
pub fn first_reference(number: Number) -> u64 {
    1_000_000_000 + 100 * number
}

/// Which of 100 recorded rows a unit is: those of one request are all of them, and a single one is always the same,
/// so that answers to one question are equally long.
pub fn row_of(unit: u64) -> usize {
    let is_reference = unit > first_reference(0);
    if is_reference {
        usize::try_from(unit % 100).unwrap()
    } else {
        0
    }
}

/// An id as the gateway writes it.
pub fn opaque(record_type: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{record_type}:{key}"))
}

/// What an id of the gateway is upstream.
pub fn key_of(opaque: &str) -> String {
    let id = String::from_utf8(URL_SAFE_NO_PAD.decode(opaque).unwrap()).unwrap();
    id.split_once(':').unwrap().1.to_owned()
}

impl Workload {
    pub fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Prospects => "prospects",
            Self::Properties => "properties",
            Self::Record => "record",
            Self::Body => "body",
        }
    }

    pub fn description(self) -> &'static str {
        match self {
            Self::Flat => "flat list of 100 properties",
            Self::Prospects => "50 projects with 10 prospects each",
            Self::Properties => "100 projects with their properties by external reference",
            Self::Record => "one property by its id",
            Self::Body => "100 properties out of an upstream answer of 8 MiB",
        }
    }

    /// How many requests at the same time are made of `usual` ones.
    pub fn connections(self, usual: usize) -> usize {
        match self {
            Self::Flat | Self::Prospects | Self::Properties => usual,
            Self::Record => usual * 8,
            Self::Body => usual.div_ceil(8),
        }
    }

    /// Upstream calls of a cold request.
    pub fn calls(self) -> u64 {
        match self {
            Self::Flat | Self::Record | Self::Body => 1,
            Self::Prospects => 51,
            Self::Properties => 3,
        }
    }

    /// CPU per cold request of the gateway over that of the typed service: the target and the floor.
    pub fn most_cpu(self) -> Option<(f64, f64)> {
        match self {
            Self::Flat | Self::Prospects | Self::Record => Some((1.7, 2.5)),
            Self::Properties => Some((2.0, 3.0)),
            Self::Body => None,
        }
    }

    /// The query of the gateway; `$n` is what differs.
    fn query(self) -> &'static str {
        match self {
            Self::Flat => {
                "query ($n: Float!) { properties(first: 100, filter: { livingSqm: { min: $n } }) { nodes {
                    id reference title updatedAt
                    status { name }
                    address { street houseNumber postalCode city }
                    areas { livingSqm }
                    rooms { total }
                    rent { coldRent { amount currency } }
                } } }"
            }
            Self::Prospects => {
                "query ($n: DateTime!) { projects(first: 50, filter: { updatedSince: $n }) { nodes {
                    id name status updatedAt
                    prospects(first: 10, filter: { updatedSince: $n }) { nodes {
                        id classification tags createdAt updatedAt
                    } }
                } } }"
            }
            Self::Properties => {
                "query ($n: DateTime!) { projects(first: 100, filter: { updatedSince: $n }) { nodes {
                    id name status
                    properties(first: 1) { nodes { id reference title areas { livingSqm } } }
                } } }"
            }
            Self::Record => {
                "query ($n: ID!) { property(by: { id: $n }) {
                    id reference title updatedAt
                    status { name }
                    address { street houseNumber postalCode city }
                    areas { livingSqm }
                    rooms { total }
                    rent { coldRent { amount currency } }
                } }"
            }
            Self::Body => {
                "query ($n: Float!) { properties(first: 100, filter: { livingSqm: { min: $n } }) { nodes {
                    id reference title tags
                } } }"
            }
        }
    }

    /// The same for the plain gateway, whose lists are lists.
    fn plain_query(self) -> &'static str {
        match self {
            Self::Flat => {
                "query ($n: Float!) { properties(first: 100, least: $n) {
                    id reference title updatedAt
                    status { name }
                    address { street houseNumber postalCode city }
                    areas { livingSqm }
                    rooms { total }
                    rent { coldRent { amount currency } }
                } }"
            }
            Self::Prospects => {
                "query ($n: String!) { projects(first: 50, since: $n) {
                    id name status updatedAt
                    prospects(first: 10, since: $n) { id classification tags createdAt updatedAt }
                } }"
            }
            Self::Properties => {
                "query ($n: String!) { projects(first: 100, since: $n) {
                    id name status
                    properties { id reference title areas { livingSqm } }
                } }"
            }
            Self::Record => {
                "query ($n: ID!) { property(id: $n) {
                    id reference title updatedAt
                    status { name }
                    address { street houseNumber postalCode city }
                    areas { livingSqm }
                    rooms { total }
                    rent { coldRent { amount currency } }
                } }"
            }
            Self::Body => {
                "query ($n: Float!) { fullProperties(first: 100, least: $n) { id reference title tags } }"
            }
        }
    }

    /// The number as the request says it.
    pub fn written(self, number: Number) -> String {
        match self {
            Self::Flat | Self::Body => number.to_string(),
            Self::Prospects | Self::Properties => instant_of(number),
            Self::Record => opaque("Property", &number.to_string()),
        }
    }

    /// A request to `contender`, as it goes over the wire.
    pub fn request(self, contender: Contender, token: &str) -> Request {
        const HERE: &str = "@@";
        let value = match self {
            Self::Flat | Self::Body => HERE.to_owned(),
            Self::Prospects | Self::Properties | Self::Record => format!("\"{HERE}\""),
        };
        let written = self.written(FIRST).len();
        let mut text = String::new();
        if contender == Contender::Typed {
            let path = self.name();
            write!(text, "GET /{path}?n={HERE} HTTP/1.1\r\nhost: bench\r\n\r\n").unwrap();
        } else {
            let (path, query) = match contender {
                Contender::Plain => ("/", self.plain_query()),
                Contender::Fixed => ("/", self.query()),
                _ => ("/graphql", self.query()),
            };
            let query = Value::from(query);
            let body = format!(r#"{{"query":{query},"variables":{{"n":{value}}}}}"#);
            let length = body.len() - HERE.len() + written;
            write!(text, "POST {path} HTTP/1.1\r\nhost: bench\r\n").unwrap();
            if !token.is_empty() {
                write!(text, "authorization: Bearer {token}\r\n").unwrap();
            }
            text.push_str("accept: application/json\r\ncontent-type: application/json\r\n");
            write!(text, "content-length: {length}\r\n\r\n{body}").unwrap();
        }
        let (before, after) = text.split_once(HERE).unwrap();
        Request {
            workload: self,
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }
}

/// A request but for its number.
#[derive(Debug, Clone)]
pub struct Request {
    workload: Workload,
    before: String,
    after: String,
}

impl Request {
    /// Writes the request with this number, over what was there.
    pub fn write(&self, number: Number, to: &mut Vec<u8>) {
        to.clear();
        to.extend_from_slice(self.before.as_bytes());
        to.extend_from_slice(self.workload.written(number).as_bytes());
        to.extend_from_slice(self.after.as_bytes());
    }
}

/// The data alone, whatever stands around it: an answer of GraphQL without its envelope and with lists for
/// connections.
pub fn data(answer: &Value) -> Value {
    let root = &answer["data"];
    let data = root.as_object().and_then(|root| root.values().next());
    unwrapped(data.unwrap_or(answer))
}

fn unwrapped(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match fields.get("nodes") {
            Some(nodes) => unwrapped(nodes),
            None => {
                let fields = fields.iter();
                let fields = fields.map(|(name, value)| (name.clone(), unwrapped(value)));
                Value::Object(fields.collect())
            }
        },
        Value::Array(values) => values.iter().map(unwrapped).collect(),
        value => value.clone(),
    }
}
