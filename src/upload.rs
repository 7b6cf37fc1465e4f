//! Files that come with a request: spooled to disk by the edge, read by whoever resolves it.
//!
//! In the variables a file is a word of ours that names it by its place and its content, so that
//! what is asked with another file is another request.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Description, InputValueError, InputValueResult, Scalar, ScalarType, Value};

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

/// A file on disk that is gone when nobody holds it any more.
#[derive(Debug, Clone)]
pub struct Spooled {
    file: Arc<Mutex<File>>,
    /// As the client calls it; never to be used as a path.
    pub name: Option<String>,
    /// In bytes.
    pub length: u64,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
}

impl Spooled {
    /// A file of so many bytes with this digest.
    pub fn new(file: File, name: Option<String>, length: u64, digest: [u8; 32]) -> Self {
        Self {
            file: Arc::new(Mutex::new(file)),
            name,
            length,
            digest,
        }
    }

    /// Reads at most `most` bytes from `start` on. Blocks.
    pub fn read(&self, start: u64, most: usize) -> io::Result<Vec<u8>> {
        // A panic leaves the place of the next read, which is set anew.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut *file)
            .take(most as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What stands for it in the variables, at this place among the files.
    pub fn word(&self, place: usize) -> Value {
        let digest = self.digest.map(|byte| format!("{byte:02x}")).concat();
        Value::String(format!("{PREFIX}{place}:{digest}"))
    }
}

/// The files of a request.
#[derive(Debug, Default)]
pub struct Uploads(pub Vec<Spooled>);

impl Uploads {
    /// The file that a variable names; `None` for a word that the client made up.
    pub fn find(&self, upload: Upload) -> Option<&Spooled> {
        self.0.get(upload.place)
    }
}
