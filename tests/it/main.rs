//! The one integration-test binary: real HTTP against the real router with the sandbox behind it.

mod contract;
mod support;
