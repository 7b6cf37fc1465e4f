//! One way out of the house: deadline, size cap, no redirects, one error type.
