//! The network: contacts (N3, N4), companies (N5), and the links between them (N6).

use axum::{Extension, response::Response};
use serde_json::{Value, json};

use super::{
    Path, View,
    auth::Caller,
    index::Shelf,
    page::Window,
    problem::Problem,
    query::Query,
    record::{self, Stamp},
};
use crate::sandbox::world::Investor;

/// N3, the list.
pub(super) async fn contacts(
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Problem> {
    let view = caller.view();
    view.investors(false, &query, |_| true, |contact| view.contact(contact))
}

/// N3, one.
pub(super) async fn contact(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let contact = view.investor(false, &id)?;
    Ok(record::one(view.contact(contact), &view.switches))
}

/// N4.
pub(super) async fn contact_by_reference(
    Extension(caller): Extension<Caller>,
    Path((namespace, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let found = view.index.contacts.referenced(&namespace, &id);
    let contact = found.and_then(|id| view.world.investor(false, id));
    let contact = contact.ok_or_else(Problem::not_found)?;
    Ok(record::one(view.contact(contact), &view.switches))
}

/// N5, the list.
pub(super) async fn companies(
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Problem> {
    let view = caller.view();
    view.investors(true, &query, |_| true, |company| view.company(company))
}

/// N5, one.
pub(super) async fn company(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let company = view.investor(true, &id)?;
    Ok(record::one(view.company(company), &view.switches))
}

/// N6. The world ties a person to one firm at most, so a link has its contact's id and times.
pub(super) async fn links(
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Problem> {
    let contact_id = query.parsed::<u64>("contact_id", "an id")?;
    let company_id = query.parsed::<u64>("company_id", "an id")?;
    let view = caller.view();
    let fits = |contact: &Investor| {
        contact.company.is_some()
            && contact_id.is_none_or(|wanted| contact.id == wanted)
            && company_id.is_none_or(|wanted| contact.company == Some(wanted))
    };
    view.investors(false, &query, fits, |contact| view.link(contact))
}

impl View<'_> {
    /// The contact or company of a path segment, unless it is deleted.
    pub(super) fn investor(&self, is_company: bool, segment: &str) -> Result<&Investor, Problem> {
        let found = super::number(segment).and_then(|id| self.world.investor(is_company, id));
        found
            .filter(|investor| investor.deleted_at.is_none())
            .ok_or_else(Problem::not_found)
    }

    fn investors(
        &self,
        is_company: bool,
        query: &Query,
        fits: impl Fn(&Investor) -> bool,
        render: impl Fn(&Investor) -> Value,
    ) -> Result<Response, Problem> {
        let window = Window::from_query(query, 500)?;
        let shows_deleted = query.flag("include_deleted")?;
        let pick = |id| {
            let investor = self.world.investor(is_company, id)?;
            let is_shown = shows_deleted || investor.deleted_at.is_none();
            (is_shown && fits(investor)).then(|| render(investor))
        };
        let page = window.walk(&self.shelf(is_company).order, pick);
        Ok(record::list(page, &self.switches))
    }

    fn shelf(&self, is_company: bool) -> &Shelf {
        match is_company {
            true => &self.index.companies,
            false => &self.index.contacts,
        }
    }

    fn stamp(&self, kind: &'static str, investor: &Investor) -> Stamp {
        Stamp {
            kind,
            id: investor.id,
            created_at: investor.created_at,
            updated_at: investor.updated_at,
            deleted_at: investor.deleted_at,
            etag: self.shelf(investor.is_company).etag(investor.id),
        }
    }

    fn contact(&self, contact: &Investor) -> Value {
        let company = contact.company.and_then(|id| self.world.investor(true, id));
        let email = |address| json!({ "address": address, "type": "work", "isPrimary": true });
        let phone = |number| json!({ "number": number, "type": "work", "isPrimary": true });
        self.stamp("contacts", contact).on(json!({
            "firstName": contact.first_name,
            "lastName": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "emails": contact.email.iter().map(email).collect::<Value>(),
            "phones": contact.phone.iter().map(phone).collect::<Value>(),
            "primaryLanguage": "de",
            "tags": contact.tags,
            "primaryCompanyId": contact.company.map(record::id),
            "companies": company.into_iter().map(|company| json!({
                "id": record::id(company.id),
                "name": company.name,
                "isPrimary": true,
            })).collect::<Value>(),
            "externalRefs": record::references(&contact.references),
        }))
    }

    fn company(&self, company: &Investor) -> Value {
        let domain = company
            .email
            .as_ref()
            .and_then(|email| email.split_once('@'));
        let domain = domain.map(|(_, domain)| domain.to_lowercase());
        let staff = self.index.contacts_of_company.get(&company.id);
        let staff = staff.into_iter().flatten();
        let staff = staff.filter_map(|id| self.world.investor(false, *id));
        let staff = staff.filter(|contact| contact.deleted_at.is_none());
        self.stamp("companies", company).on(json!({
            "name": company.name,
            "homepageUrl": domain.as_ref().map(|domain| format!("https://{domain}")),
            "domain": domain,
            "tags": company.tags,
            "contacts": staff.map(|contact| json!({
                "id": record::id(contact.id),
                "firstName": contact.first_name,
                "lastName": contact.name,
                "email": contact.email,
                "isPrimary": true,
            })).collect::<Value>(),
            "externalRefs": record::references(&company.references),
        }))
    }

    fn link(&self, contact: &Investor) -> Value {
        self.stamp("links", contact).on(json!({
            "contactId": record::id(contact.id),
            "companyId": contact.company.map(record::id),
        }))
    }
}
