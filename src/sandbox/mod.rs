//! The three upstream systems, played by us over real HTTP on loopback.
//!
//! Each server follows its contract to the letter, quirks included, over one seeded and linked
//! [`world`]. It shares no type with the clients in [`crate::upstream`], lest both repeat one
//! mistake. [`control`] is the plane by which tests and people inject [`fault`]s, read the
//! [`journal`] of requests and push the clock.

pub mod control;
pub mod deeprent;
pub mod fault;
pub mod journal;
pub mod propstack;
pub mod propstreet;
pub mod world;
