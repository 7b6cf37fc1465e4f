//! Rules of the deeprent contract.
