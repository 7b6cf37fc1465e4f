//! Investors: persons and firms of the network, in one shape.

use super::{references, source, texts, wire};
use crate::{
    model::{Investor, InvestorId},
    upstream::lenient::{Flag, Text},
};

pub(in crate::upstream::propstreet) fn person(row: wire::Person) -> Investor {
    let names = [row.first_name.0, row.last_name.0];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let of_list = row
        .emails
        .0
        .iter()
        .filter_map(|email| email.address.0.clone());
    let mut all_emails: Vec<String> = row.email.0.clone().into_iter().chain(of_list).collect();
    all_emails.dedup();
    let emails = row.emails.0.into_iter();
    let phones = row.phones.0.into_iter();
    let primary = row.primary_company_id;
    let employers = row.companies.0.into_iter().map(|employer| {
        let is_named = employer.id.is_some() && employer.id == primary;
        let is_primary = Flag(Some(is_named || employer.is_primary.is_set()));
        (employer.name, is_primary)
    });
    Investor {
        source: source(&row.id.0),
        id: InvestorId::Person(row.id.0),
        is_company: false,
        name: (!name.is_empty()).then_some(name),
        company_name: main_of(employers),
        email: row
            .email
            .0
            .or_else(|| main_of(emails.map(|email| (email.address, email.is_primary)))),
        phone: row
            .phone
            .0
            .or_else(|| main_of(phones.map(|phone| (phone.number, phone.is_primary)))),
        tags: texts(row.tags),
        external_references: references(row.external_refs),
        emails: all_emails,
        updated_at: row.updated_utc.map(Into::into),
        deleted_at: row.deleted_utc.map(Into::into),
    }
}

pub(in crate::upstream::propstreet) fn company(row: wire::Company) -> Investor {
    Investor {
        source: source(&row.id.0),
        id: InvestorId::Company(row.id.0),
        is_company: true,
        name: row.name.0.clone(),
        company_name: row.name.0,
        email: None,
        phone: None,
        tags: texts(row.tags),
        external_references: references(row.external_refs),
        emails: Vec::new(),
        updated_at: row.updated_utc.map(Into::into),
        deleted_at: row.deleted_utc.map(Into::into),
    }
}

/// The primary one, or the first where none is marked.
fn main_of(rows: impl Iterator<Item = (Text, Flag)>) -> Option<String> {
    let mut named: Vec<_> = rows
        .filter_map(|(text, is_primary)| Some((!is_primary.is_set(), text.0?)))
        .collect();
    // Stable, so that the first stays first among its like.
    named.sort_by_key(|(is_other, _)| *is_other);
    named.into_iter().next().map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::{super::page, *};

    #[test]
    fn a_person_has_a_full_name_and_its_primary_firm() {
        let json = include_str!("../../../../tests/fixtures/propstreet/contacts.json");
        let persons = page(json, person).rows;

        let whole = &persons[0];
        assert_eq!(whole.id, InvestorId::Person("101".into()));
        assert!(!whole.is_company);
        assert_eq!(whole.name.as_deref(), Some("Anna Beispiel"));
        assert_eq!(whole.company_name.as_deref(), Some("Nordfonds GmbH"));
        assert_eq!(whole.email.as_deref(), Some("anna.beispiel@example.org"));
        assert_eq!(whole.phone.as_deref(), Some("+49401234567"));
        assert_eq!(whole.tags, ["Core"]);
        assert_eq!(whole.external_references[0].id, "8801");

        let listed = &persons[1];
        assert_eq!(listed.name.as_deref(), Some("Muster"));
        assert_eq!(listed.email.as_deref(), Some("work@example.org"));
        assert_eq!(listed.company_name.as_deref(), Some("Südfonds AG"));
        assert_eq!(listed.phone, None);

        assert_eq!(persons[2].name, None);
    }

    #[test]
    fn a_firm_is_its_own_firm() {
        let json = include_str!("../../../../tests/fixtures/propstreet/companies.json");
        let firm = page(json, company).rows.remove(0);
        assert_eq!(firm.id, InvestorId::Company("201".into()));
        assert!(firm.is_company);
        assert_eq!(firm.name.as_deref(), Some("Nordfonds GmbH"));
        assert_eq!(firm.company_name, firm.name);
        assert_eq!(firm.email, None);
    }
}
