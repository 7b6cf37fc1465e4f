//! Files on disk that are gone when nobody holds them any more: written as they come, read in pieces,
//! never whole in memory.
//!
//! A [`Spool`] is being written, a [`Spooled`] is done; [`pdf`] looks into one.

pub mod pdf;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

/// How much is written to disk at once, in bytes.
const WRITTEN: usize = 256 << 10;
/// How much is read at once, in bytes; a multiple of 3, so that Base64 can be written piece by piece.
const READ: usize = 96 << 10;

/// A file that is being written.
#[derive(Debug)]
pub struct Spool {
    state: State,
    waiting: Vec<u8>,
    length: u64,
    limit: u64,
}

#[derive(Debug)]
struct State {
    file: File,
    digest: Sha256,
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It would be longer than it may be.
    #[error("the file is too large")]
    TooLarge,
    /// The disk does not take it.
    #[error("a file cannot be written to disk: {0}")]
    Disk(#[from] io::Error),
}

impl Spool {
    /// An empty file that takes at most `limit` bytes.
    pub fn new(limit: u64) -> io::Result<Self> {
        Ok(Self {
            state: State {
                file: tempfile::tempfile()?,
                digest: Sha256::new(),
            },
            waiting: Vec::new(),
            length: 0,
            limit,
        })
    }

    /// Adds bytes to its end.
    pub async fn write(mut self, bytes: &[u8]) -> Result<Self, Error> {
        self.length += bytes.len() as u64;
        if self.length > self.limit {
            return Err(Error::TooLarge);
        }
        self.waiting.extend_from_slice(bytes);
        match self.waiting.len() < WRITTEN {
            true => Ok(self),
            false => Ok(self.flush().await?),
        }
    }

    /// Ends it. `name` is what it is called elsewhere.
    pub async fn finish(self, name: Option<String>) -> io::Result<Spooled> {
        let Self { state, length, .. } = self.flush().await?;
        Ok(Spooled {
            file: Arc::new(Mutex::new(state.file)),
            name,
            length,
            digest: state.digest.finalize().into(),
        })
    }

    async fn flush(self) -> io::Result<Self> {
        let blocking = spawn_blocking(move || {
            let mut spool = self;
            spool.state.digest.update(&spool.waiting);
            spool.state.file.write_all(&spool.waiting)?;
            spool.waiting.clear();
            Ok(spool)
        });
        blocking.await.map_err(io::Error::other)?
    }
}

/// A file that is whole.
#[derive(Debug, Clone)]
pub struct Spooled {
    file: Arc<Mutex<File>>,
    /// As it is called elsewhere; never to be used as a path.
    pub name: Option<String>,
    /// In bytes.
    pub length: u64,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
}

impl Spooled {
    /// Reads at most `most` bytes from `start` on. Blocks.
    pub fn read(&self, start: u64, most: usize) -> io::Result<Vec<u8>> {
        if start >= self.length {
            return Ok(Vec::new());
        }
        // A panic leaves the place of the next read, which is set anew.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut *file)
            .take(most as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// All of it, piece by piece: each is as long as a multiple of three, but the last.
    pub fn pieces(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        stream::try_unfold((self.clone(), 0), |(file, start)| async move {
            if start >= file.length {
                return Ok(None);
            }
            let blocking = spawn_blocking(move || {
                let bytes = file.read(start, READ)?;
                Ok::<_, io::Error>((file, bytes))
            });
            let (file, bytes) = blocking.await.map_err(io::Error::other)??;
            if bytes.is_empty() {
                // Nobody else has the file, but a disk can fail.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let next = start + bytes.len() as u64;
            Ok(Some((Bytes::from(bytes), (file, next))))
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;

    async fn spooled(pieces: &[&[u8]], limit: u64) -> Result<Spooled, Error> {
        let mut spool = Spool::new(limit)?;
        for piece in pieces {
            spool = spool.write(piece).await?;
        }
        Ok(spool.finish(None).await?)
    }

    #[tokio::test]
    async fn what_was_written_is_read_in_pieces_that_base64_can_be_made_of() {
        let bytes: Vec<u8> = (0..700_001_u32).map(|at| (at % 251) as u8).collect();
        let (one, rest) = bytes.split_at(7);
        let (two, three) = rest.split_at(600_000);

        let file = spooled(&[one, two, b"", three], 700_001).await.unwrap();

        assert_eq!(file.length, 700_001);
        assert_eq!(file.digest, <[u8; 32]>::from(Sha256::digest(&bytes)));
        assert_eq!(file.read(699_999, 100).unwrap(), bytes[699_999..]);
        let pieces: Vec<Bytes> = file.pieces().try_collect().await.unwrap();
        assert!(pieces.len() > 2);
        let (_, whole) = pieces.split_last().unwrap();
        assert!(whole.iter().all(|piece| piece.len() % 3 == 0));
        assert_eq!(pieces.concat(), bytes);
    }

    #[tokio::test]
    async fn an_empty_file_is_one_and_has_no_pieces() {
        let file = spooled(&[], 0).await.unwrap();
        assert_eq!(file.length, 0);
        let pieces: Vec<Bytes> = file.pieces().try_collect().await.unwrap();
        assert!(pieces.is_empty());
    }

    #[tokio::test]
    async fn a_byte_too_many_is_not_written() {
        assert!(spooled(&[b"abc"], 3).await.is_ok());
        let refused = spooled(&[b"ab", b"cd"], 3).await;
        assert!(matches!(refused, Err(Error::TooLarge)));
    }
}
