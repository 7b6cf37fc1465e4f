//! Typed settings, read once and checked whole; the only place that reads the environment.
