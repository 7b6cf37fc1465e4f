//! The control plane: faults, journal, clock, switches.
