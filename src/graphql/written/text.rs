//! The JSON text of one list while it is being written.

use std::{fmt::Display, io::Write, vec};

use async_graphql::Value;
use base64::{Engine, encoded_len, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use super::{Plan, Written};
use crate::{auth::Viewer, json, model::RecordId};

/// JSON text, and what values need to know to be written.
#[derive(Debug)]
pub struct Text<'a> {
    /// Who reads it.
    pub viewer: &'a Viewer,
    json: Vec<u8>,
    /// What the library has resolved, in the order in which it is written.
    resolved: vec::IntoIter<Value>,
    /// Kept for the next id.
    inside: String,
}

impl<'a> Text<'a> {
    /// Nothing yet.
    pub fn new(viewer: &'a Viewer) -> Self {
        Self::with(viewer, Vec::new())
    }

    /// Nothing yet; what the library has resolved is at hand.
    pub fn with(viewer: &'a Viewer, resolved: Vec<Value>) -> Self {
        Self {
            viewer,
            json: Vec::new(),
            resolved: resolved.into_iter(),
            inside: String::new(),
        }
    }

    /// What was written.
    pub fn into_json(self) -> Vec<u8> {
        self.json
    }

    /// JSON as it stands.
    pub fn raw(&mut self, json: &str) {
        self.json.extend_from_slice(json.as_bytes());
    }

    /// The next of what the library has resolved.
    pub fn resolved(&mut self) {
        let value = self.resolved.next();
        json::write(&mut self.json, &value.expect("there is one for each place"));
    }

    /// A string.
    pub fn string(&mut self, text: &str) {
        // Without a branch for each byte, so that many are looked at in one go.
        let is_plain = text.bytes().fold(true, |is_plain, byte| {
            is_plain & (byte >= 0x20) & (byte != b'"') & (byte != b'\\')
        });
        if is_plain {
            self.quoted(text);
        } else {
            self.serialized(text);
        }
    }

    /// A string in which nothing has to be escaped.
    pub fn quoted(&mut self, text: &str) {
        self.json.reserve(text.len() + 2);
        self.json.push(b'"');
        self.json.extend_from_slice(text.as_bytes());
        self.json.push(b'"');
    }

    /// As a string, what is shown in letters, digits and signs that need no escaping.
    pub fn displayed(&mut self, value: impl Display) {
        write!(self.json, "\"{value}\"").expect("memory takes what is written to it");
    }

    /// What is the same in JSON anyway.
    pub fn serialized(&mut self, value: &(impl Serialize + ?Sized)) {
        serde_json::to_writer(&mut self.json, value).expect("plain data, which JSON can hold");
    }

    /// The opaque form of an id.
    pub fn id<T: RecordId>(&mut self, id: &T) {
        self.inside.clear();
        id.write_inside(&mut self.inside);
        let length = encoded_len(self.inside.len(), false).expect("ids are short");
        self.json.push(b'"');
        let start = self.json.len();
        self.json.resize(start + length, 0);
        URL_SAFE_NO_PAD
            .encode_slice(&self.inside, &mut self.json[start..])
            .expect("there is as much room as it takes");
        self.json.push(b'"');
    }

    /// A list.
    pub fn list<T: Written>(&mut self, items: &[T], plan: &Plan) {
        self.raw("[");
        let start = self.json.len();
        for (index, item) in items.iter().enumerate() {
            if index == 1 {
                // Taken to be like the first, with a quarter more.
                let length = self.json.len() - start + 1;
                self.json.reserve((items.len() - 1) * (length + length / 4));
            }
            if index > 0 {
                self.raw(",");
            }
            item.write(plan, self);
        }
        self.raw("]");
    }
}
