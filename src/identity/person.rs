//! Names of people and firms, and who somebody present at a hand-over is.

use super::{email, place::fold, verdict::Likeness};
use crate::model::{Contact, MatchedBy, ProtocolContact};

/// A name without what spelling adds; `None` where nothing is left.
pub fn normal_form(name: &str) -> Option<String> {
    let folded = fold(name).replace('-', " ");
    (!folded.is_empty()).then_some(folded)
}

/// What a firm among the contacts is called.
pub fn firm_of(contact: &Contact) -> Option<String> {
    let name = contact.company.as_ref().or(contact.name.as_ref())?;
    normal_form(name)
}

/// What a contact has in common with somebody present at a hand-over: the e-mail address, and of
/// several who share it, the name.
pub fn likenesses(attendee: &ProtocolContact, contact: &Contact) -> Vec<Likeness> {
    let Some(address) = attendee.email.as_deref().and_then(email::normal_form) else {
        return Vec::new();
    };
    let mut emails = contact.emails.iter().flatten();
    if !emails.any(|it| email::normal_form(it).as_ref() == Some(&address)) {
        return Vec::new();
    }
    let name = [
        attendee.first_name.as_deref(),
        attendee.last_name.as_deref(),
    ];
    let name: Vec<_> = name.into_iter().flatten().collect();
    let name = normal_form(&name.join(" "));
    let is_named = name.is_some() && contact.name.as_deref().and_then(normal_form) == name;
    let email = Likeness::heuristic(MatchedBy::Email);
    let name = is_named.then_some(Likeness::heuristic(MatchedBy::Name));
    [email].into_iter().chain(name).collect()
}
