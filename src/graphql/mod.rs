//! The graph: roots, links between entities, connections, and the face of errors.
