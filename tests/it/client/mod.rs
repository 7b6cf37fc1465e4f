//! The clients of the three systems, against servers on real sockets.

mod transport;
