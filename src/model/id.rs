//! Global ids: prefixed by type inside, opaque outside, typed in the program.

use std::{borrow::Cow, fmt};

use async_graphql::{
    ContextSelectionSet, ID, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// An id that is not one of ours, or names another type than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the type that is asked for here")]
pub struct InvalidId;

/// An id of one type of record.
pub trait RecordId: Sized + fmt::Display {
    /// The GraphQL type that it names.
    const TYPE: &'static str;

    /// Reads the part behind the type; `None` when it has not the form of one.
    fn from_key(key: &str) -> Option<Self>;

    /// Appends that part.
    fn write_key(&self, to: &mut String);

    /// Appends what the opaque form has inside: `Property:481207`.
    fn write_inside(&self, to: &mut String) {
        to.push_str(Self::TYPE);
        to.push(':');
        self.write_key(to);
    }

    /// Reads the opaque form.
    ///
    /// Errors: [`InvalidId`] for anything but an id of this very type.
    fn decode(opaque: &str) -> Result<Self, InvalidId> {
        match split(opaque)? {
            (record_type, key) if record_type == Self::TYPE => {
                Self::from_key(&key).ok_or(InvalidId)
            }
            _ => Err(InvalidId),
        }
    }
}

/// Splits an opaque id into its GraphQL type and the key behind it.
///
/// Errors: [`InvalidId`] when it does not have that form.
pub fn split(opaque: &str) -> Result<(String, String), InvalidId> {
    let bytes = URL_SAFE_NO_PAD.decode(opaque).map_err(|_| InvalidId)?;
    let text = String::from_utf8(bytes).map_err(|_| InvalidId)?;
    let (record_type, key) = text.split_once(':').ok_or(InvalidId)?;
    Ok((record_type.to_owned(), key.to_owned()))
}

fn opaque(id: &impl RecordId) -> String {
    let mut inside = String::new();
    id.write_inside(&mut inside);
    URL_SAFE_NO_PAD.encode(inside)
}

/// Lets a typed id stand where the schema says `ID!`.
macro_rules! output_as_id {
    ($name:ident) => {
        impl OutputType for $name {
            fn type_name() -> Cow<'static, str> {
                <ID as OutputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as OutputType>::create_type_info(registry)
            }

            async fn resolve(
                &self,
                _: &ContextSelectionSet<'_>,
                _: &Positioned<Field>,
            ) -> ServerResult<Value> {
                Ok(Value::String(self.to_string()))
            }
        }
    };
}

/// Declares the id of a record that its upstream names by one string.
macro_rules! record_id {
    ($(#[$doc:meta])* $name:ident names $record_type:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// The id that the upstream calls `key`.
            pub fn new(key: impl Into<String>) -> Self {
                Self(key.into())
            }

            /// What the upstream calls it.
            pub fn key(&self) -> &str {
                &self.0
            }
        }

        impl RecordId for $name {
            const TYPE: &'static str = $record_type;

            fn from_key(key: &str) -> Option<Self> {
                (!key.is_empty()).then(|| Self::new(key))
            }

            fn write_key(&self, to: &mut String) {
                to.push_str(&self.0);
            }
        }

        /// The opaque form.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&opaque(self))
            }
        }

        output_as_id!($name);
    };
}

record_id!(
    /// Id of a property; the key is Propstack's unit id.
    PropertyId names "Property"
);
record_id!(
    /// Id of a contact; the key is Propstack's.
    ContactId names "Contact"
);
record_id!(
    /// Id of a document; the key is Propstack's.
    DocumentId names "Document"
);
record_id!(
    /// Id of a development; the key is Propstack's project id.
    DevelopmentId names "Development"
);
record_id!(
    /// Id of a broker; the key is Propstack's.
    BrokerId names "Broker"
);
record_id!(
    /// Id of a status of properties; the key is Propstack's.
    PropertyStatusId names "PropertyStatus"
);
record_id!(
    /// Id of a status of contacts; the key is Propstack's.
    ContactStatusId names "ContactStatus"
);
record_id!(
    /// Id of an image of a property; the key is Propstack's.
    ImageId names "Image"
);
record_id!(
    /// Id of a link of a property; the key is Propstack's.
    LinkId names "PropertyLink"
);
record_id!(
    /// Id of a protocol; the key is deep.rent's.
    ProtocolId names "Protocol"
);
record_id!(
    /// Id of what a protocol is about; the key is deep.rent's.
    ProtocolObjectId names "ProtocolObject"
);
record_id!(
    /// Id of somebody present at a hand-over; the key is deep.rent's.
    ProtocolContactId names "ProtocolContact"
);
record_id!(
    /// Id of an API key of deep.rent, which is not the key itself.
    DeepRentApiKeyId names "DeepRentApiKey"
);
record_id!(
    /// Id of a webhook of deep.rent.
    DeepRentWebhookId names "DeepRentWebhook"
);
record_id!(
    /// Id of a project; the key is Propstreet's.
    ProjectId names "Project"
);
record_id!(
    /// Id of a property profile; the key is Propstreet's property id.
    ProfileId names "PropertyProfile"
);
record_id!(
    /// Id of a webhook of Propstack; the key is Propstack's hook id.
    PropstackWebhookId names "PropstackWebhook"
);
record_id!(
    /// Id of a job of ours.
    ImportJobId names "ImportJob"
);
record_id!(
    /// Id of a webhook of Propstreet; the key is Propstreet's.
    PropstreetWebhookId names "PropstreetWebhook"
);
record_id!(
    /// Id of the firm whose data a viewer sees.
    OrganizationId names "Organization"
);
record_id!(
    /// Id of a gateway token; the key is the store's.
    AccessTokenId names "AccessToken"
);

/// Id of a prospect. Propstreet can read one only inside its project, so it names both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProspectId {
    /// The project that it belongs to.
    pub project: ProjectId,
    key: String,
}

impl ProspectId {
    /// The prospect that Propstreet calls `key` inside `project`.
    pub fn new(project: ProjectId, key: impl Into<String>) -> Self {
        let key = key.into();
        Self { project, key }
    }

    /// What Propstreet calls it.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl RecordId for ProspectId {
    const TYPE: &'static str = "Prospect";

    fn from_key(key: &str) -> Option<Self> {
        let (project, prospect) = key.split_once('/')?;
        let is_whole = !project.is_empty() && !prospect.is_empty();
        is_whole.then(|| Self::new(ProjectId::new(project), prospect))
    }

    fn write_key(&self, to: &mut String) {
        to.extend([self.project.key(), "/", &self.key]);
    }
}

/// The opaque form.
impl fmt::Display for ProspectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&opaque(self))
    }
}

output_as_id!(ProspectId);

/// Id of an investor: Propstreet counts persons and firms apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum InvestorId {
    /// A network contact.
    Person(String),
    /// A network company.
    Company(String),
}

impl InvestorId {
    /// What Propstreet calls it, among its persons or its firms.
    pub fn key(&self) -> &str {
        match self {
            Self::Person(key) | Self::Company(key) => key,
        }
    }
}

impl RecordId for InvestorId {
    const TYPE: &'static str = "Investor";

    fn from_key(key: &str) -> Option<Self> {
        match key.split_once('/')? {
            (_, "") => None,
            ("person", key) => Some(Self::Person(key.to_owned())),
            ("company", key) => Some(Self::Company(key.to_owned())),
            _ => None,
        }
    }

    fn write_key(&self, to: &mut String) {
        let kind = match self {
            Self::Person(_) => "person/",
            Self::Company(_) => "company/",
        };
        to.extend([kind, self.key()]);
    }
}

/// The opaque form.
impl fmt::Display for InvestorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&opaque(self))
    }
}

output_as_id!(InvestorId);

#[cfg(test)]
mod tests {
    use super::*;

    fn join(record_type: &str, key: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{record_type}:{key}"))
    }

    #[test]
    fn an_id_survives_the_round_trip_and_names_its_type_only_inside() {
        let id = PropertyId::new("481207");
        assert_eq!(PropertyId::decode(&id.to_string()), Ok(id.clone()));
        assert!(!id.to_string().contains("Property"));
        let prospect = ProspectId::new(ProjectId::new("12"), "9001");
        assert_eq!(ProspectId::decode(&prospect.to_string()), Ok(prospect));
        for investor in [
            InvestorId::Person("7".into()),
            InvestorId::Company("7".into()),
        ] {
            assert_eq!(InvestorId::decode(&investor.to_string()), Ok(investor));
        }
    }

    #[test]
    fn an_id_of_another_type_or_no_id_at_all_is_refused() {
        let contact = ContactId::new("481207").to_string();
        assert_eq!(PropertyId::decode(&contact), Err(InvalidId));
        for bad in ["", "481207", "Property:481207", "ä", &join("Property", "")] {
            assert_eq!(PropertyId::decode(bad), Err(InvalidId), "{bad}");
        }
        for bad in ["9001", "/9001", "12/"] {
            assert_eq!(ProspectId::decode(&join("Prospect", bad)), Err(InvalidId));
            assert_eq!(InvestorId::decode(&join("Investor", bad)), Err(InvalidId));
        }
    }
}
