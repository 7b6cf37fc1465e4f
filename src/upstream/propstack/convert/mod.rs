//! Propstack's records as ours: the only gate between `wire.rs` and the model.

mod contact;
mod property;

use super::{PropertyRelationship, wire};
use crate::{
    model::{
        Address, Broker, BrokerId, ContactId, ContactRole, CountryCode, CurrencyCode, Development,
        DevelopmentId, Document, DocumentId, Fetched, Freshness, PropertyId, PropstackWebhook,
        PropstackWebhookId, Relationship, SourceRecord, Url,
    },
    upstream::{
        System,
        lenient::{Flag, Text},
    },
};

pub(super) use contact::status as contact_status;
pub(super) use property::status as property_status;

/// What a conversion needs to know beside the record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Converter<'a> {
    /// When the answer came.
    pub fetched: Fetched,
    /// Propstack names none.
    pub currency: CurrencyCode,
    /// Ids of the statuses that mean out of stock; empty for any that is called `Inaktiv`.
    pub inactive_status_ids: &'a [String],
}

impl Converter<'_> {
    fn freshness(self) -> Freshness {
        self.fetched.into()
    }
}

fn source(id: &str) -> SourceRecord {
    SourceRecord::new(System::Propstack, id)
}

pub(super) fn broker(broker: wire::Broker) -> Broker {
    let (first_name, last_name) = (text(broker.first_name), text(broker.last_name));
    let full_name = || join(first_name.as_deref(), last_name.as_deref()).unwrap_or_default();
    Broker {
        id: BrokerId::new(broker.id.0),
        name: text(broker.name).unwrap_or_else(full_name),
        email: text(broker.public_email),
        phone: text(broker.public_phone),
        mobile: text(broker.public_cell),
        position: text(broker.position),
        avatar_url: url(broker.avatar_url),
    }
}

/// Events come in capitals, though they are named in small letters when a hook is made.
pub(super) fn hook(hook: wire::Hook) -> PropstackWebhook {
    PropstackWebhook {
        id: PropstackWebhookId::new(hook.id.0),
        event: hook.event.trim().to_lowercase(),
        url: Url(hook.target_url.0),
    }
}

pub(super) fn development(project: wire::Project) -> Development {
    let status = project.status.and_then(|status| match status {
        wire::ProjectStatus::Record { label } => text(label),
        wire::ProjectStatus::Bare(label) => label.0,
    });
    Development {
        id: DevelopmentId::new(project.id.0),
        title: text(project.title)
            .or_else(|| text(project.name))
            .unwrap_or_default(),
        status,
        address: address(Address {
            street: text(project.street),
            house_number: text(project.house_number),
            postal_code: text(project.zip_code),
            city: text(project.city),
            district: text(project.sublocality_level_1),
            ..Address::default()
        }),
        // Unsaid counts as hidden: a list may leave the field out.
        hides_address: project.hide_address.and_then(|flag| flag.0) != Some(false),
    }
}

pub(super) fn document(document: wire::Document) -> Document {
    Document {
        id: DocumentId::new(document.id.0),
        title: text(document.title),
        name: text(document.name),
        url: url(document.url),
        is_private: flag(document.is_private),
        is_floor_plan: flag(document.is_floorplan),
        is_expose: flag(document.is_exposee),
        tags: document
            .tags
            .unwrap_or_default()
            .0
            .into_iter()
            .filter_map(|tag| match tag {
                wire::Tag::Bare(name) | wire::Tag::Record { name } => name.0,
            })
            .collect(),
        created_at: document.created_at.map(Into::into),
        updated_at: document.updated_at.map(Into::into),
    }
}

/// A tie seen from a unit; `None` when it names no contact.
pub(super) fn relationship(relationship: wire::Relationship) -> Option<Relationship> {
    let contact = relationship.related_client_id.or(relationship.client_id)?;
    let (role, role_text) = role(relationship.internal_name, relationship.name);
    Some(Relationship {
        contact: ContactId::new(contact.0),
        role,
        role_text,
    })
}

/// A row of the list of all ties; `None` when it names no contact or no property.
pub(super) fn property_relationship(row: wire::Relationship) -> Option<PropertyRelationship> {
    let property = PropertyId::new(row.property_id.clone()?.0);
    Some(PropertyRelationship {
        property,
        relationship: relationship(row)?,
    })
}

/// The role and its text. Only `owner` and `partner` are confirmed as internal names; tenants and
/// buyers are assumed to be partners whose own name tells the role.
fn role(internal_name: Option<Text>, name: Option<Text>) -> (ContactRole, Option<String>) {
    let internal_name = text(internal_name).unwrap_or_default().to_lowercase();
    let name = text(name);
    let said = name.as_deref().unwrap_or_default().to_lowercase();
    let role = match (internal_name.as_str(), said.as_str()) {
        ("owner", _) => ContactRole::Owner,
        (_, "eigentümer" | "eigentümerin" | "owner") => ContactRole::Owner,
        (_, "mieter" | "mieterin" | "tenant") => ContactRole::Tenant,
        (_, "käufer" | "käuferin" | "buyer") => ContactRole::Buyer,
        (_, "verkäufer" | "verkäuferin" | "seller") => ContactRole::Seller,
        ("partner", _) => ContactRole::Partner,
        _ => ContactRole::Other,
    };
    (role, name)
}

fn text(text: Option<Text>) -> Option<String> {
    text?.0
}

fn flag(flag: Option<Flag>) -> bool {
    flag.is_some_and(Flag::is_set)
}

/// An address that is no URL counts as not given.
fn url(address: Option<Text>) -> Option<Url> {
    text(address)?.parse().ok().map(Url)
}

fn join(first: Option<&str>, second: Option<&str>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some([first, " ", second].concat()),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// Fills in what follows from the parts; `None` when there is none.
fn address(mut address: Address) -> Option<Address> {
    if address == Address::default() {
        return None;
    }
    address.line1 = join(address.street.as_deref(), address.house_number.as_deref());
    address.country_code = address.country.as_deref().and_then(country_code);
    Some(address)
}

/// Propstack writes countries by three letters; filters take two.
fn country_code(country: &str) -> Option<CountryCode> {
    let code = match country {
        "DEU" => "DE",
        "AUT" => "AT",
        "CHE" => "CH",
        "LIE" => "LI",
        "LUX" => "LU",
        "FRA" => "FR",
        "ITA" => "IT",
        "ESP" => "ES",
        "PRT" => "PT",
        "NLD" => "NL",
        "BEL" => "BE",
        "DNK" => "DK",
        "POL" => "PL",
        "CZE" => "CZ",
        other => other,
    };
    code.parse().ok()
}

#[cfg(test)]
mod tests;
