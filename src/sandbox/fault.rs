//! Faults on demand, per system and endpoint.
