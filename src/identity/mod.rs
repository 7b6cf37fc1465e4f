//! Decides which records of different systems are the same thing, and why.
//!
//! Pure: it compares what it is given and loads nothing. [`decision`] holds what people decided, which
//! goes before all else. The rules of each pair of systems are in [`protocol`], [`project`],
//! [`profile`], [`investor`] and [`person`]: what a record says of its partner, and what a candidate
//! has in common with that. [`verdict`] weighs the candidates: one alone is it, several are a
//! question. [`place`], [`point`], [`code`], [`designation`], [`email`] and [`mod@reference`] know what is
//! compared.

pub mod code;
pub mod decision;
pub mod designation;
pub mod email;
pub mod investor;
pub mod person;
pub mod place;
pub mod point;
pub mod profile;
pub mod project;
pub mod protocol;
pub mod reference;
pub mod verdict;
