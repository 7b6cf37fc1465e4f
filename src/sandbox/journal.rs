//! What was asked of each simulated system.
