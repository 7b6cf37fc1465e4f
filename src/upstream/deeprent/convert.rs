//! deep.rent's protocols as ours: the only gate between `wire.rs` and the model.

use std::sync::Arc;

use super::{Cursor, NewWebhook, Page, WebhookChanges, wire};
use crate::{
    model::{
        self, Address, DeepRentApiKey, DeepRentApiKeyId, DeepRentWebhook, DeepRentWebhookId,
        Deletion, Fetched, LegalHold, Protocol, ProtocolCause, ProtocolContact, ProtocolContactId,
        ProtocolContactRole, ProtocolId, ProtocolObject, ProtocolObjectId, ProtocolOwner,
        SourceRecord,
    },
    upstream::{System, vocabulary::Vocabulary},
};

pub(super) fn page(page: wire::Page, fetched: Fetched) -> Page {
    let more = page.has_more.is_set();
    let rows: Vec<_> = page
        .protocols
        .into_iter()
        .map(|row| Arc::new(protocol(row, fetched)))
        .collect();
    let given = page.next_cursor.map(|cursor| Cursor {
        created_at: cursor.cursor_ts.0,
        id: cursor.cursor_id,
    });
    // Every row is a place to go on from, so a missing cursor loses nothing.
    let next = given.or_else(|| rows.last().map(|row| Cursor::after(row)));
    Page {
        rows,
        next: next.filter(|_| more),
    }
}

pub(super) fn protocol(row: wire::Protocol, fetched: Fetched) -> Protocol {
    let signing = row.protocol;
    let meta = row.meta.unwrap_or_default();
    let contacts = row.contacts.0.into_iter().map(contact).collect();
    Protocol {
        id: ProtocolId::new(&row.id.0),
        source: SourceRecord::new(System::DeepRent, row.id.0),
        object: object(row.object.unwrap_or_default()),
        cause: signing.cause.0.as_deref().map(ProtocolCause::read),
        cause_text: signing.cause.0,
        contacts: Some(contacts),
        owner: row.owner.map(|owner| ProtocolOwner {
            organization_id: owner.org_id.0,
            user_id: owner.user_id.0,
            user_name: owner.user_name.0,
        }),
        has_document_costs: signing.document_costs.0,
        is_confirmed_by_landlord: signing.landlord_confirmation.0,
        retention_until: signing.retention_until.map(Into::into),
        storage_region: row.store.0,
        storage_kb: row.storage_kb.whole().or_else(|| signing.store_kb.whole()),
        tags: meta.tags.0.into_iter().filter_map(|tag| tag.0).collect(),
        version: meta.version.whole(),
        legal_hold: meta.legal_hold.0.map(|is_active| LegalHold {
            is_active,
            reason: meta.legal_hold_reason.0,
        }),
        deletion: meta.deleted_at.map(|deleted_at| Deletion {
            deleted_at: deleted_at.into(),
            deleted_by: meta.deleted_by.0,
            reason: meta.delete_reason.0,
        }),
        created_at: signing.created_at.into(),
        updated_at: meta.updated_at.map(Into::into),
        freshness: fetched.into(),
    }
}

fn object(object: wire::Object) -> ProtocolObject {
    ProtocolObject {
        id: object.id.0.map(ProtocolObjectId::new),
        name: object.name.0,
        category: object.category.0,
        object_type: object.object_type.0,
        address: object.address.and_then(address),
        address_id: object.address_id.0,
    }
}

/// `None` for an address without a single part.
fn address(address: wire::Address) -> Option<Address> {
    let address = Address {
        line1: address.address_line1.0,
        postal_code: address.postal_code.0,
        city: address.city.0,
        country: address.country.0,
        country_code: address.country_code.0.and_then(|code| code.parse().ok()),
        ..Address::default()
    };
    (address != Address::default()).then_some(address)
}

fn contact(contact: wire::Contact) -> ProtocolContact {
    ProtocolContact {
        id: contact.id.0.map(ProtocolContactId::new),
        email: contact.email.0,
        first_name: contact.first_name.0,
        last_name: contact.last_name.0,
        salutation: contact.salutation.0,
        resolved_salutation: contact.resolved_salutation.0,
        company_name: contact.company_name.0,
        person_title: contact.person_title.0,
        role: contact.role.0.as_deref().map(ProtocolContactRole::read),
        role_text: contact.role.0,
    }
}

pub(super) fn api_key(key: wire::ApiKey) -> DeepRentApiKey {
    DeepRentApiKey {
        id: DeepRentApiKeyId::new(key.id.0),
        name: key.name.0.unwrap_or_default(),
        description: key.description.0,
        created_at: key.created_at.into(),
        updated_at: key.updated_at.map(Into::into),
        is_enabled: key.enabled.0,
    }
}

pub(super) fn webhook(webhook: wire::Webhook) -> DeepRentWebhook {
    DeepRentWebhook {
        id: DeepRentWebhookId::new(webhook.id.0),
        name: webhook.name.0,
        event: webhook.event,
        url: model::Url(webhook.url),
        is_active: webhook.active.is_set(),
        created_at: webhook.created_at.into(),
    }
}

pub(super) fn new_webhook(webhook: &NewWebhook) -> wire::WebhookChanges<'_> {
    wire::WebhookChanges {
        event: Some(&webhook.event),
        url: Some(webhook.url.0.as_str()),
        name: webhook.name.as_deref().map(Some),
        active: Some(webhook.is_active),
    }
}

pub(super) fn webhook_changes(changes: &WebhookChanges) -> wire::WebhookChanges<'_> {
    wire::WebhookChanges {
        event: changes.event.as_deref(),
        url: changes.url.as_ref().map(|url| url.0.as_str()),
        name: changes.name.as_ref().map(Option::as_deref),
        active: changes.is_active,
    }
}

/// Only `Handover` is confirmed; the contract assumes the others.
impl Vocabulary for ProtocolCause {
    const SYSTEM: System = System::DeepRent;
    const FIELD: &'static str = "protocol.cause";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("Handover", Self::Handover),
        ("Takeback", Self::Takeback),
        ("Inspection", Self::Inspection),
        ("Purchase", Self::Purchase),
        ("Sale", Self::Sale),
    ];
    const UNKNOWN: Self = Self::Other;
}

/// Only `RENTER` is confirmed; the contract assumes the others.
impl Vocabulary for ProtocolContactRole {
    const SYSTEM: System = System::DeepRent;
    const FIELD: &'static str = "contacts.role";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("RENTER", Self::Renter),
        ("OWNER", Self::Owner),
        ("LANDLORD", Self::Landlord),
        ("MANAGER", Self::Manager),
        ("AGENT", Self::Agent),
        ("BUYER", Self::Buyer),
        ("SELLER", Self::Seller),
    ];
    const UNKNOWN: Self = Self::Other;
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::model::CountryCode;

    const PAGE: &str = include_str!("../../../tests/fixtures/deeprent/protocols.json");
    const SPARSE: &str = include_str!("../../../tests/fixtures/deeprent/sparse.json");

    fn read(json: &str) -> Page {
        let page_of = serde_json::from_str(json).unwrap();
        page(page_of, DateTime::UNIX_EPOCH.into())
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_whole_protocol_is_read_whole() {
        let page = read(PAGE);
        let protocol = &page.rows[0];

        assert_eq!(protocol.id.key(), "Qw3r-Ty9u-Op2a-Sd-f");
        assert_eq!(protocol.source.system, System::DeepRent);
        assert_eq!(protocol.source.id, "Qw3r-Ty9u-Op2a-Sd-f");
        let object = &protocol.object;
        assert_eq!(object.id.as_ref().unwrap().key(), "9zXc-Vb1n-Mq2w-Er3t");
        assert_eq!(object.name.as_deref(), Some("WE 07, 2. OG links"));
        assert_eq!(object.category.as_deref(), Some("REALESTATE"));
        assert_eq!(object.address_id.as_deref(), Some("adr_77"));
        let address = object.address.as_ref().unwrap();
        assert_eq!(
            address.in_one_line(),
            "Lindenallee 12, 04109 Leipzig, Germany"
        );
        assert_eq!(address.country_code, Some(CountryCode::DE));
        assert_eq!(protocol.cause, Some(ProtocolCause::Handover));
        assert_eq!(protocol.cause_text.as_deref(), Some("Handover"));
        let owner = protocol.owner.as_ref().unwrap();
        assert_eq!(owner.organization_id.as_deref(), Some("org_1"));
        assert_eq!(owner.user_name.as_deref(), Some("Verwaltung Nord"));
        assert_eq!(protocol.has_document_costs, Some(false));
        assert_eq!(protocol.is_confirmed_by_landlord, Some(true));
        assert_eq!(
            protocol.retention_until.unwrap().0,
            at("2030-03-02T09:00:00Z")
        );
        assert_eq!(
            protocol.storage_region.as_deref(),
            Some("eu-deepstore-ce-2")
        );
        assert_eq!(protocol.storage_kb, Some(81));
        assert_eq!(protocol.version, Some(2));
        assert_eq!(protocol.tags, ["Erstbezug"]);
        assert_eq!(
            protocol.legal_hold,
            Some(LegalHold {
                is_active: false,
                reason: None
            })
        );
        assert_eq!(protocol.deletion, None);
        assert_eq!(protocol.created_at.0, at("2025-03-02T09:00:00Z"));
        assert_eq!(protocol.updated_at.unwrap().0, at("2025-03-02T09:05:00Z"));
        let contacts = protocol.contacts.as_ref().unwrap();
        assert_eq!(contacts[0].role, Some(ProtocolContactRole::Renter));
        assert_eq!(
            contacts[0].email.as_deref(),
            Some("anna.beispiel@example.org")
        );
        assert_eq!(contacts[0].company_name, None);
        assert_eq!(contacts[0].resolved_salutation.as_deref(), Some("Frau"));
    }

    #[test]
    fn new_words_are_kept_and_break_nothing() {
        let page = read(PAGE);
        let protocol = &page.rows[1];
        assert_eq!(protocol.cause, Some(ProtocolCause::Other));
        assert_eq!(protocol.cause_text.as_deref(), Some("KeyExchange"));
        let contacts = protocol.contacts.as_ref().unwrap();
        assert_eq!(contacts[0].role, Some(ProtocolContactRole::Other));
        assert_eq!(contacts[0].role_text.as_deref(), Some("CARETAKER"));
        let deletion = protocol.deletion.as_ref().unwrap();
        assert_eq!(deletion.deleted_at.0, at("2025-06-15T08:00:00.250Z"));
        assert_eq!(deletion.reason.as_deref(), Some("Doppelt erfasst"));
        assert!(protocol.legal_hold.as_ref().unwrap().is_active);
    }

    #[test]
    fn a_page_goes_on_after_any_of_its_rows() {
        let page = read(PAGE);
        let next = page.next.unwrap();
        assert_eq!(next, Cursor::after(&page.rows[1]));
        let stored = serde_json::to_string(&next).unwrap();
        assert_eq!(serde_json::from_str::<Cursor>(&stored).unwrap(), next);
    }

    #[test]
    fn what_is_null_or_left_out_is_none_and_the_last_page_is_the_last() {
        let page = read(SPARSE);
        assert_eq!(page.next, None);
        for protocol in &page.rows {
            assert_eq!(protocol.object.id, None);
            assert_eq!(protocol.object.address, None);
            assert_eq!(protocol.cause, None);
            assert_eq!(protocol.contacts, Some(Vec::new()));
            assert_eq!(protocol.storage_kb, None);
            assert_eq!(protocol.legal_hold, None);
            assert_eq!(protocol.deletion, None);
            assert!(protocol.tags.is_empty());
        }
    }
}
