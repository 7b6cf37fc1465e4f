//! What we speak of: the entities of the graph, free of any upstream shape.
