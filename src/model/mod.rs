//! What we speak of: the entities of the graph, free of any upstream shape.
//!
//! Each type is declared once and derives its GraphQL object, so its doc comments are the schema's
//! descriptions. What has to be loaded or decided per viewer is added in [`crate::graphql`]; the
//! fields that such links start from are marked `skip` here. Nothing here knows an upstream.
//!
//! Glossary, one word per concept:
//!
//! | word | concept | Propstack | deep.rent | Propstreet |
//! |---|---|---|---|---|
//! | property | what is let or sold | unit, Objekt | object | |
//! | development | several properties under one name | project | | |
//! | contact | a person or firm the agency knows | client, Kontakt | contact | |
//! | broker | one of the agency's staff | broker | | |
//! | document | a file of a property | document | | |
//! | protocol | a signed hand-over | | protocol | |
//! | project | an investment case | | | project |
//! | profile | a property as Propstreet describes it | | | property |
//! | investor | who may invest | | | network contact, company |
//! | prospect | an investor in the running for a project | | | prospect |

mod audit;
mod broker;
mod contact;
mod deeprent_api_key;
mod deeprent_webhook;
mod development;
mod document;
mod id;
mod import_job;
mod integration;
mod investor;
mod matching;
mod money;
mod mutation;
mod organization;
mod page;
mod place;
mod profile;
mod project;
mod property;
mod propstack_webhook;
mod propstreet_webhook;
mod prospect;
mod protocol;
mod record_kind;
mod requirement;
mod scalar;
mod source;

pub use audit::*;
pub use broker::*;
pub use contact::*;
pub use deeprent_api_key::*;
pub use deeprent_webhook::*;
pub use development::*;
pub use document::*;
pub use id::*;
pub use import_job::*;
pub use integration::*;
pub use investor::*;
pub use matching::*;
pub use money::*;
pub use mutation::*;
pub use organization::*;
pub use page::*;
pub use place::*;
pub use profile::*;
pub use project::*;
pub use property::*;
pub use propstack_webhook::*;
pub use propstreet_webhook::*;
pub use prospect::*;
pub use protocol::*;
pub use record_kind::*;
pub use requirement::{all, authenticated, requires};
pub use scalar::*;
pub use source::*;
