//! Files that come with a request: spooled to disk by the edge, read by whoever resolves it.
//!
//! In the variables a file is a word of ours that names it by its place and its content, so that
//! what is asked with another file is another request.

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::spool::Spooled;

/// What a file is called in the variables: `upload:PLACE:SHA-256`.
const PREFIX: &str = "upload:";

/// A file of a request that was sent as `multipart/form-data`, by the GraphQL multipart request
/// specification.
#[derive(Description, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    place: usize,
}

#[Scalar(
    use_type_description,
    specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec"
)]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        let place = match &value {
            Value::String(word) => word.strip_prefix(PREFIX),
            _ => None,
        };
        let place = place.and_then(|rest| rest.split(':').next()?.parse().ok());
        place.map(|place| Self { place }).ok_or_else(|| {
            InputValueError::custom("expected a file: send the request as multipart/form-data")
        })
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

/// The files of a request.
#[derive(Debug, Default)]
pub struct Uploads(Vec<Spooled>);

impl Uploads {
    /// Takes a file; what stands for it in the variables.
    pub fn add(&mut self, file: Spooled) -> Value {
        let digest = file.digest.map(|byte| format!("{byte:02x}")).concat();
        self.0.push(file);
        Value::String(format!("{PREFIX}{}:{digest}", self.0.len() - 1))
    }

    /// The file that a variable names; `None` for a word that the client made up.
    pub fn find(&self, upload: Upload) -> Option<&Spooled> {
        self.0.get(upload.place)
    }
}
