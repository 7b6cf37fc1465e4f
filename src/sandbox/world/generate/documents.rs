//! Files kept with units, developments and people.

use super::{Calendar, Ids, units::SHOWCASE};
use crate::sandbox::world::{
    Development, Document, DocumentOwner, Handover, Person, Unit, random::Random,
};

use std::collections::HashMap;

/// An exposé, an energy certificate and a floor plan here and there; the protocols that somebody
/// filed; a brochure for each development.
pub fn generate(
    seed: u64,
    calendar: Calendar,
    developments: &[Development],
    units: &[Unit],
    people: &[Person],
    handovers: &[Handover],
) -> Vec<Document> {
    let mut shelf = Shelf {
        random: Random::topic(seed, "documents"),
        ids: Ids::new(seed, 66_000),
        calendar,
        documents: Vec::new(),
    };
    let mut signed: HashMap<u64, Vec<&Handover>> = HashMap::new();
    for handover in handovers.iter().filter(|handover| handover.has_pdf) {
        if let Some(unit) = handover.unit {
            signed.entry(unit).or_default().push(handover);
        }
    }
    for (index, unit) in units.iter().enumerate() {
        let owner = DocumentOwner::Unit(unit.id);
        let is_showcase = index < SHOWCASE;
        let since = unit.created_at;
        if is_showcase || shelf.random.chance(60) {
            shelf.add(
                owner,
                Sort::Expose,
                format!("Exposé {}.pdf", unit.number),
                since,
            );
        }
        if is_showcase || shelf.random.chance(40) {
            shelf.add(
                owner,
                Sort::FloorPlan,
                format!("Grundriss {}.pdf", unit.number),
                since,
            );
        }
        if shelf.random.chance(35) {
            shelf.add(
                owner,
                Sort::Private("Energieausweis"),
                "Energieausweis.pdf".to_owned(),
                since,
            );
        }
        for handover in signed.remove(&unit.id).unwrap_or_default() {
            if is_showcase || shelf.random.chance(35) {
                let title = format!("protocol-{}.pdf", handover.id);
                let sort = Sort::Private("Übergabeprotokoll");
                let filed = shelf.add(owner, sort, title, handover.created_at);
                filed.handover = Some(handover.id.clone());
            }
        }
    }
    for development in developments {
        let title = format!("Broschüre {}.pdf", development.title);
        let owner = DocumentOwner::Development(development.id);
        shelf.add(owner, Sort::Expose, title, development.created_at);
    }
    for person in people.iter().step_by(9) {
        let owner = DocumentOwner::Person(person.id);
        let title = "Selbstauskunft.pdf".to_owned();
        shelf.add(
            owner,
            Sort::Private("Selbstauskunft"),
            title,
            person.created_at,
        );
    }
    shelf.documents
}

#[derive(Clone, Copy)]
enum Sort {
    Expose,
    FloorPlan,
    /// Not for the public, with its tag.
    Private(&'static str),
}

struct Shelf {
    random: Random,
    ids: Ids,
    calendar: Calendar,
    documents: Vec<Document>,
}

impl Shelf {
    fn add(
        &mut self,
        owner: DocumentOwner,
        sort: Sort,
        title: String,
        since: chrono::DateTime<chrono::Utc>,
    ) -> &mut Document {
        let created_at = self.calendar.since(&mut self.random, since);
        let id = self.ids.next();
        self.documents.push(Document {
            id,
            owner,
            title,
            tags: match sort {
                Sort::Expose => vec!["Exposé".to_owned()],
                Sort::FloorPlan => vec!["Grundriss".to_owned()],
                Sort::Private(tag) => vec![tag.to_owned()],
            },
            is_private: matches!(sort, Sort::Private(_)),
            is_expose: matches!(sort, Sort::Expose),
            is_floor_plan: matches!(sort, Sort::FloorPlan),
            on_landing_page: matches!(sort, Sort::Expose),
            handover: None,
            upload: None,
            created_at,
            updated_at: created_at,
        });
        self.documents.last_mut().expect("just added")
    }
}
