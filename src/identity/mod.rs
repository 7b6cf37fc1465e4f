//! Decides which records of different systems are the same thing, and why.
