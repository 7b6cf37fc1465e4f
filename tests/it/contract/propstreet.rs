//! Rules of the propstreet contract.
