//! A word in what people read of every record, so that whoever meets one knows whose it is.

use super::{Label, Reference, World};

impl World {
    /// The same firm with `word` in the names and codes of its records, and in lower case before its
    /// e-mail addresses. Addresses of places, designations and all links stay as they are. A
    /// status says nothing but its name then: no unit counts as let, sold or inactive by it.
    #[must_use]
    pub fn marked(mut self, word: &str) -> Self {
        let mark = |text: &mut String| *text = format!("{word} {text}");
        let mark_each = |labels: &mut [Label]| labels.iter_mut().for_each(|it| mark(&mut it.name));
        let mark_mail = |email: &mut String| *email = format!("{}.{email}", word.to_lowercase());
        mark_each(&mut self.statuses);
        mark_each(&mut self.unit_tags);
        mark_each(&mut self.contact_statuses);
        mark_each(&mut self.sources);
        for development in &mut self.developments {
            mark(&mut development.title);
        }
        for unit in &mut self.units {
            mark(&mut unit.number);
        }
        for person in &mut self.people {
            person.last_name.iter_mut().for_each(mark);
            person.company.iter_mut().for_each(mark);
            person.emails.iter_mut().for_each(mark_mail);
        }
        for broker in &mut self.brokers {
            mark(&mut broker.last_name);
            mark_mail(&mut broker.email);
        }
        for document in &mut self.documents {
            mark(&mut document.title);
        }
        for handover in &mut self.handovers {
            handover.tags.push(word.to_owned());
            for person in &mut handover.people {
                person.last_name.iter_mut().for_each(mark);
                person.company.iter_mut().for_each(mark);
                person.email.iter_mut().for_each(mark_mail);
            }
        }
        for deal in &mut self.deals {
            mark(&mut deal.name);
        }
        for profile in &mut self.profiles {
            mark(&mut profile.name);
        }
        for investor in &mut self.investors {
            mark(&mut investor.name);
            investor.email.iter_mut().for_each(mark_mail);
        }
        // A bid has no words of its own.
        for bid in &mut self.bids {
            bid.references.push(Reference {
                namespace: "firm".to_owned(),
                id: format!("{word} {}", bid.id),
            });
        }
        self
    }
}
