//! Makes a [`World`](super::World) from a seed and a size.
