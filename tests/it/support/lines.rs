//! What is logged, kept to be looked at.

use std::{
    io,
    sync::{Arc, Mutex},
};

/// Log lines; clones write to the same.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// All that was written so far.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panicked over it").clone();
        String::from_utf8(bytes).expect("log lines are text")
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().expect("nobody panicked over it");
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
