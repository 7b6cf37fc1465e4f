//! What the tests share: a gateway over a sandbox, tokens, a clock.
