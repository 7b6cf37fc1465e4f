//! Decides which records of different systems are the same thing, and why.
//!
//! Pure: it compares what it is given and loads nothing. A certain link is one that somebody wrote
//! down; a likeness counts only where one candidate alone is alike; several give no link.
//! [`place`] has the normal form of addresses, [`designation`] what tells two units of one house
//! apart, [`code`] the agency's own numbers, [`protocol`] and [`project`] the rules for each pair of systems.

pub mod code;
pub mod designation;
pub mod email;
pub mod place;
pub mod project;
pub mod protocol;
