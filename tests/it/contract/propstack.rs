//! Rules of the propstack contract.
