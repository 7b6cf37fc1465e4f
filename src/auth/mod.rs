//! Who asks, how we know, and what they may.
