//! Propstack as its contract describes it.
