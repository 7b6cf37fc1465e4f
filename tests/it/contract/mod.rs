//! The rules of the upstream contracts, held against the sandbox by bare HTTP and against our clients.

mod deeprent;
mod propstack;
mod propstreet;
