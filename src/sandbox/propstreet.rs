//! Propstreet as its contract describes it.
