//! Propstack: properties, contacts, documents.
