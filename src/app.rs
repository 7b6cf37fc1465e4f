//! Composition root: builds from a configuration whatever lives as long as the process.
