//! Records for a test to begin from: plain ones, to be changed by struct update.

use chrono::{DateTime, TimeDelta, Utc};
use hausgraph::sandbox::world::{Bid, Deal, Investor, Place, Profile, Reference, World};

use crate::support;

/// What Propstreet holds of one firm.
#[derive(Default)]
pub struct Market {
    pub deals: Vec<Deal>,
    pub profiles: Vec<Profile>,
    pub investors: Vec<Investor>,
    pub bids: Vec<Bid>,
}

impl Market {
    /// A market with nothing but these projects.
    pub fn of(deals: impl IntoIterator<Item = Deal>) -> Self {
        Self {
            deals: deals.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Puts these records in place of the generated ones, each kind in the order a world keeps.
    pub fn into_world(mut self, world: &mut World) {
        self.deals.sort_by_key(|deal| deal.id);
        self.profiles.sort_by_key(|profile| profile.id);
        self.investors.sort_by_key(|one| (one.is_company, one.id));
        self.bids.sort_by_key(|bid| bid.id);
        world.deals = self.deals;
        world.profiles = self.profiles;
        world.investors = self.investors;
        world.bids = self.bids;
    }
}

/// So many minutes before the moment at which the tests' clock stands.
pub fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    support::morning() - TimeDelta::minutes(minutes)
}

/// An open project of one property, on which no work was done.
pub fn deal(id: u64) -> Deal {
    Deal {
        id,
        name: format!("Kontorhaus {id}"),
        portfolio_size: None,
        status: "open",
        classification: Some("draft"),
        teaser_stage: None,
        mandate: None,
        price: None,
        price_range: None,
        references: Vec::new(),
        profile: None,
        subject: None,
        moved_at: minutes_ago(60),
        created_at: minutes_ago(60),
        updated_at: minutes_ago(60),
        deleted_at: None,
    }
}

/// A residential property in Leipzig.
pub fn profile(id: u64) -> Profile {
    Profile {
        id,
        name: format!("Quartier {id}"),
        unit: None,
        place: Place {
            street: "Karl-Heine-Straße".to_owned(),
            house_number: "12 a".to_owned(),
            postal_code: "04229".to_owned(),
            city: "Leipzig".to_owned(),
            district: "Plagwitz".to_owned(),
            region: "Sachsen".to_owned(),
            latitude: 51.33,
            longitude: 12.33,
        },
        category: "residential".to_owned(),
        built: 1908,
        references: Vec::new(),
        created_at: minutes_ago(60),
        updated_at: minutes_ago(60),
    }
}

/// A contact without a firm.
pub fn contact(id: u64) -> Investor {
    Investor {
        id,
        is_company: false,
        person: None,
        company: None,
        first_name: Some("Ingrid".to_owned()),
        name: format!("Lund {id}"),
        email: Some(format!("lund{id}@example.com")),
        phone: None,
        tags: Vec::new(),
        references: Vec::new(),
        created_at: minutes_ago(60),
        updated_at: minutes_ago(60),
        deleted_at: None,
    }
}

/// A firm.
pub fn company(id: u64) -> Investor {
    Investor {
        is_company: true,
        first_name: None,
        name: format!("Nordlicht Capital {id}"),
        email: Some(format!("office@nordlicht{id}.example")),
        ..contact(id)
    }
}

/// A prospect that the firm added itself: contact 1 on project 1.
pub fn bid(id: u64) -> Bid {
    Bid {
        id,
        deal: 1,
        person: Some(1),
        company: None,
        classification: "not_contacted",
        teaser_deadline: None,
        teaser_accepted: None,
        references: Vec::new(),
        created_at: minutes_ago(60),
        updated_at: minutes_ago(60),
        deleted_at: None,
    }
}

/// A name elsewhere.
pub fn reference(namespace: &str, id: &str) -> Reference {
    Reference {
        namespace: namespace.to_owned(),
        id: id.to_owned(),
    }
}
