//! Contacts and their statuses.

use super::{Converter, address, flag, join, role, source, text};
use crate::{
    model::{
        Address, Contact, ContactId, ContactKind, ContactRelationship, ContactRole, ContactStatus,
        ContactStatusId, GdprStatus, Phone, PropertyId,
    },
    upstream::{
        lenient::{Number, Text},
        propstack::wire,
    },
};

impl Converter<'_> {
    pub(in super::super) fn contact(self, contact: wire::Contact) -> Contact {
        let relationships = relationships(contact.relationships, contact.owned_properties);
        let is_company = flag(contact.is_company);
        let home = address(Address {
            street: text(contact.home_street),
            house_number: text(contact.home_house_number),
            postal_code: text(contact.home_zip_code),
            city: text(contact.home_city),
            country: text(contact.home_country),
            ..Address::default()
        });
        let office = address(Address {
            street: text(contact.office_street),
            house_number: text(contact.office_house_number),
            postal_code: text(contact.office_zip_code),
            city: text(contact.office_city),
            country: text(contact.office_country),
            ..Address::default()
        });
        let first_name = text(contact.first_name);
        let last_name = text(contact.last_name);
        let company = text(contact.company);
        let status = contact.client_status.or(contact.status).map(status);
        let status_id = contact
            .client_status_id
            .map(|id| ContactStatusId::new(id.0))
            .or_else(|| status.as_ref().map(|status| status.id.clone()));
        Contact {
            source: source(&contact.id.0),
            id: ContactId::new(contact.id.0),
            name: text(contact.name)
                .or_else(|| join(first_name.as_deref(), last_name.as_deref()))
                .or_else(|| company.clone()),
            is_company,
            first_name,
            last_name,
            salutation: text(contact.salutation),
            academic_title: text(contact.academic_title),
            company,
            position: text(contact.position),
            emails: Some(emails(contact.email, contact.emails.unwrap_or_default().0)),
            phones: Some(phones([
                ("main", contact.phone),
                ("home", contact.home_phone),
                ("home mobile", contact.home_cell),
                ("office", contact.office_phone),
                ("office mobile", contact.office_cell),
                ("fax", contact.fax),
            ])),
            address: if is_company {
                office.or(home)
            } else {
                home.or(office)
            },
            status,
            gdpr_status: contact.gdpr_status.and_then(Number::whole).map(gdpr_status),
            language: text(contact.language),
            created_at: contact.created_at.map(Into::into),
            updated_at: contact.updated_at.map(Into::into),
            freshness: self.freshness(),
            is_archived: false,
            status_id,
            relationships,
        }
    }
}

pub(in super::super) fn status(status: wire::Status) -> ContactStatus {
    let name = text(status.name)
        .or_else(|| text(status.label))
        .unwrap_or_default();
    ContactStatus {
        id: ContactStatusId::new(status.id.0),
        kind: kind(&name),
        name,
    }
}

/// Statuses are the agency's own; these are the names that deep.rent's connector expects, and the
/// German ones that we assume for them.
fn kind(name: &str) -> ContactKind {
    match name.to_lowercase().as_str() {
        "owner" | "eigentümer" => ContactKind::Owner,
        "tenant" | "mieter" => ContactKind::Tenant,
        "authority" | "behörde" => ContactKind::Authority,
        "lawyer, notary" | "lawyer/notary" | "anwalt, notar" => ContactKind::Legal,
        "service provider" | "dienstleister" => ContactKind::ServiceProvider,
        "business partner" | "geschäftspartner" => ContactKind::BusinessPartner,
        "buyer" | "käufer" => ContactKind::Buyer,
        "purchase prospect" | "kaufinteressent" => ContactKind::PurchaseProspect,
        "seller" | "verkäufer" => ContactKind::Seller,
        "seller lead" | "verkäufer-lead" => ContactKind::SellerLead,
        "cold lead" | "kaltlead" => ContactKind::ColdLead,
        _ => ContactKind::Contact,
    }
}

fn gdpr_status(code: i64) -> GdprStatus {
    match code {
        0 => GdprStatus::NotStated,
        1 => GdprStatus::Ignored,
        2 => GdprStatus::Consented,
        3 => GdprStatus::Revoked,
        _ => {
            tracing::warn!(code, "a GDPR status that we do not know");
            GdprStatus::Unknown
        }
    }
}

fn emails(main: Option<Text>, all: Vec<Text>) -> Vec<String> {
    let mut emails: Vec<String> = Vec::new();
    for email in main.into_iter().chain(all).filter_map(|email| email.0) {
        if !emails
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&email))
        {
            emails.push(email);
        }
    }
    emails
}

fn phones(numbers: [(&str, Option<Text>); 6]) -> Vec<Phone> {
    let mut phones: Vec<Phone> = Vec::new();
    for (kind, number) in numbers {
        // The main number is usually one of the others again.
        if let Some(number) = text(number)
            && !phones.iter().any(|known| known.number == number)
        {
            let kind = kind.to_owned();
            phones.push(Phone { kind, number });
        }
    }
    phones
}

/// Both lists in one, each property and role once; `None` when the answer held neither.
fn relationships(
    ties: Option<Vec<wire::Relationship>>,
    owned: Option<Vec<wire::Reference>>,
) -> Option<Vec<ContactRelationship>> {
    if ties.is_none() && owned.is_none() {
        return None;
    }
    let mut relationships: Vec<ContactRelationship> = Vec::new();
    let ties = ties.unwrap_or_default().into_iter().filter_map(|tie| {
        let (role, role_text) = role(tie.internal_name, tie.name);
        Some(ContactRelationship {
            property: PropertyId::new(tie.property_id?.0),
            role,
            role_text,
        })
    });
    let owned = owned
        .unwrap_or_default()
        .into_iter()
        .map(|property| ContactRelationship {
            property: PropertyId::new(property.id.0),
            role: ContactRole::Owner,
            role_text: None,
        });
    for tie in ties.chain(owned) {
        let is_known = relationships
            .iter()
            .any(|known| known.property == tie.property && known.role == tie.role);
        if !is_known {
            relationships.push(tie);
        }
    }
    Some(relationships)
}
