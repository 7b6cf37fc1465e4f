//! HTTP: the router and what stands before the graph.
