//! Which records of different systems are the same.

mod clues;
mod decision;
mod truth;
mod unlinked;
