//! Propstreet: investment projects, prospects, investors.
