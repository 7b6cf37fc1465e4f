//! Who is present at a hand-over, as deep.rent writes them down.

use super::{
    super::names::{FAMILY, GIVEN, MAIL_DOMAINS, ascii},
    Archive,
};
use crate::sandbox::world::{HandoverPerson, Person, Role, Unit};

impl Archive<'_> {
    /// The people tied to the unit, somebody unknown who moved out, and a colleague.
    pub(super) fn present(
        &mut self,
        unit: Option<&Unit>,
        is_takeback: bool,
    ) -> Vec<HandoverPerson> {
        let tied = unit.map(|unit| unit.people.as_slice()).unwrap_or_default();
        let mut present = Vec::new();
        for (role, id) in tied {
            let role = match role {
                Role::Owner => "OWNER",
                // Who moved out is no longer in the CRM.
                Role::Tenant if !is_takeback => "RENTER",
                Role::Buyer => "BUYER",
                Role::Tenant | Role::Notary => continue,
            };
            let people = self.people;
            if let Ok(at) = people.binary_search_by_key(id, |person| person.id) {
                present.push(self.known(&people[at], role));
            }
        }
        if is_takeback || present.is_empty() {
            present.push(self.stranger());
        }
        present.push(self.colleague());
        present
    }

    fn known(&mut self, person: &Person, role: &str) -> HandoverPerson {
        let email = person.emails.first();
        let email = match self.random.below(4) {
            0 => email.map(|email| email.to_uppercase()),
            _ => email.cloned(),
        };
        HandoverPerson {
            id: self.person_id(),
            person: Some(person.id),
            salutation: person.salutation.map(str::to_uppercase),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            company: person.company.clone(),
            email,
            role: role.to_owned(),
        }
    }

    fn person_id(&mut self) -> String {
        format!("c_{}", self.person_ids.next())
    }

    /// Somebody whom the CRM does not know.
    fn stranger(&mut self) -> HandoverPerson {
        let id = self.person_id();
        let random = &mut self.random;
        let (given, salutation) = *random.pick(GIVEN);
        let family = *random.pick(FAMILY);
        let mailbox = format!("{}.{}.fremd", ascii(given), ascii(family));
        HandoverPerson {
            id,
            person: None,
            salutation: Some(salutation.to_uppercase()),
            first_name: Some(given.to_owned()),
            last_name: Some(family.to_owned()),
            company: None,
            email: random
                .chance(80)
                .then(|| format!("{mailbox}@{}", random.pick(MAIL_DOMAINS))),
            role: "RENTER".to_owned(),
        }
    }

    fn colleague(&mut self) -> HandoverPerson {
        let id = self.person_id();
        let broker = self.random.pick(self.brokers);
        HandoverPerson {
            id,
            person: None,
            salutation: None,
            first_name: Some(broker.first_name.clone()),
            last_name: Some(broker.last_name.clone()),
            company: Some("Hansehaus Verwaltung".to_owned()),
            email: Some(broker.email.clone()),
            role: (*self.random.pick(&["MANAGER", "LANDLORD", "AGENT"])).to_owned(),
        }
    }
}
