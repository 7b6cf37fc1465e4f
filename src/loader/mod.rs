//! Batches per request: gathers the keys of one level of a query into few upstream calls.
