//! The graph: roots, links between entities, connections, and the face of errors.

mod contact;
mod development;
mod investor;
mod profile;
mod project;
mod property;
mod prospect;
mod protocol;
