//! Investors of Propstreet and the contacts of Propstack that they are.
//!
//! Certain: a reference names the contact. Heuristic: an e-mail address; of several who share it,
//! the one of the same name. A firm is also known by its name.

use super::{
    email, person,
    reference::{PROPSTACK, find},
    verdict::Likeness,
};
use crate::model::{Contact, ContactId, Investor, InvestorId, MatchedBy};

/// What an investor says of the contact that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clues {
    /// The investor.
    pub investor: InvestorId,
    /// The contact, where a reference says so.
    pub contact: Option<ContactId>,
    /// Every e-mail address in its normal form.
    pub emails: Vec<String>,
    /// The name of a firm in its normal form.
    pub firm: Option<String>,
    name: Option<String>,
}

impl Clues {
    /// Those of an investor.
    pub fn of(investor: &Investor) -> Self {
        let emails = investor.emails.iter().chain(&investor.email);
        let mut emails: Vec<_> = emails.filter_map(|it| email::normal_form(it)).collect();
        emails.sort_unstable();
        emails.dedup();
        let firm = investor.company_name.as_ref().or(investor.name.as_ref());
        Self {
            investor: investor.id.clone(),
            contact: contact_of_investor(investor),
            emails,
            firm: firm
                .filter(|_| investor.is_company)
                .and_then(|name| person::normal_form(name)),
            name: investor.name.as_deref().and_then(person::normal_form),
        }
    }

    /// What a contact has in common with them.
    pub fn likenesses(&self, contact: &Contact) -> Vec<Likeness> {
        if let Some(id) = &self.contact {
            let likeness = Likeness::certain(MatchedBy::ExternalReference);
            return (contact.id == *id)
                .then_some(likeness)
                .into_iter()
                .collect();
        }
        let mut emails = contact.emails.iter().flatten();
        let shares =
            emails.any(|it| email::normal_form(it).is_some_and(|it| self.emails.contains(&it)));
        let is_named = match &self.firm {
            Some(firm) => contact.is_company && person::firm_of(contact).as_ref() == Some(firm),
            None => {
                let name = contact.name.as_deref().and_then(person::normal_form);
                shares && name.is_some() && name == self.name
            }
        };
        let email = shares.then_some(Likeness::heuristic(MatchedBy::Email));
        let name = is_named.then_some(Likeness::heuristic(MatchedBy::Name));
        email.into_iter().chain(name).collect()
    }
}

/// The contact that an investor is; `None` when nobody wrote it down.
pub fn contact_of_investor(investor: &Investor) -> Option<ContactId> {
    find(&investor.external_references, PROPSTACK).map(ContactId::new)
}
