//! deep.rent as its contract describes it.
