//! What can be asked of Propstack's lists, as it wants to be asked.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use url::{Url, form_urlencoded};

use crate::{
    model::{
        ContactStatusId, DevelopmentId, OfferType, OrderDirection, PropertyKind, PropertyOrder,
        PropertyOrderField, PropertyStatusId, RangeInput,
    },
    upstream::vocabulary::Vocabulary,
};

/// How much of each unit a list carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// Bare values, about 30 fields: 0.27 MB for 50 units.
    #[default]
    Flat,
    /// Everything, with pictures, documents, relationships and broker: 1.6 MB for 50 units.
    Expanded,
}

/// Whether archived records are in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Archived {
    /// Only those that are not; what Propstack does unless asked.
    #[default]
    Excluded,
    /// Both.
    Included,
    /// Only those that are.
    Only,
}

/// Selects units. What is left out does not matter; all that is given must be met.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitsQuery {
    /// How much of each unit.
    pub form: Form,
    /// Counted from 1.
    pub page: u32,
    /// At most 500.
    pub per: u32,
    /// Always sent: without an order, pages repeat and lose rows.
    pub order: PropertyOrder,
    /// Archived ones as well.
    pub archived: Archived,
    /// Full text over number, street, postal code, city, district and exposé number.
    pub text: Option<String>,
    /// The agency's own number, exact.
    pub reference: Option<String>,
    /// Exact.
    pub city: Option<String>,
    /// Exact.
    pub postal_code: Option<String>,
    /// For sale or to let.
    pub offer: Option<OfferType>,
    /// Propstack takes one kind only.
    pub kind: Option<PropertyKind>,
    /// In one of these statuses; empty for any.
    pub statuses: Vec<PropertyStatusId>,
    /// Propstack takes one development only.
    pub development: Option<DevelopmentId>,
    /// Asking price. Units without one are answered as well.
    pub price: RangeInput,
    /// Monthly rent without service charges.
    pub cold_rent: RangeInput,
    /// Living area in square metres.
    pub living_sqm: RangeInput,
    /// Number of rooms.
    pub rooms: RangeInput,
    /// Changed at or after this instant. Propstack sees the day only, so a day more is asked for
    /// and older ones are answered as well.
    pub updated_since: Option<DateTime<Utc>>,
    /// A custom field, by name, and the value that it must have.
    pub custom_field: Option<(String, String)>,
}

/// Ranges come from requests, which cannot say that a number is none.
impl Eq for UnitsQuery {}

impl Hash for UnitsQuery {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            form,
            page,
            per,
            order,
            archived,
            text,
            reference,
            city,
            postal_code,
            offer,
            kind,
            statuses,
            development,
            price,
            cold_rent,
            living_sqm,
            rooms,
            updated_since,
            custom_field,
        } = self;
        (form, page, per, order.field, order.direction, archived).hash(state);
        (text, reference, city, postal_code, offer, kind).hash(state);
        (statuses, development, updated_since, custom_field).hash(state);
        for RangeInput { min, max } in [price, cold_rent, living_sqm, rooms] {
            // Both zeros are equal.
            let bits = |bound: &Option<f64>| bound.map(|bound| (bound + 0.0).to_bits());
            (bits(min), bits(max)).hash(state);
        }
    }
}

impl Default for UnitsQuery {
    /// The first 100 units by id, flat.
    fn default() -> Self {
        Self {
            form: Form::Flat,
            page: 1,
            per: 100,
            order: PropertyOrder {
                field: PropertyOrderField::Id,
                direction: OrderDirection::Asc,
            },
            archived: Archived::Excluded,
            text: None,
            reference: None,
            city: None,
            postal_code: None,
            offer: None,
            kind: None,
            statuses: Vec::new(),
            development: None,
            price: RangeInput::default(),
            cold_rent: RangeInput::default(),
            living_sqm: RangeInput::default(),
            rooms: RangeInput::default(),
            updated_since: None,
            custom_field: None,
        }
    }
}

impl UnitsQuery {
    pub(super) fn write(&self, url: &mut Url) {
        let mut pairs = url.query_pairs_mut();
        let pairs = &mut pairs;
        page(pairs, self.page, self.per);
        archived(pairs, self.archived);
        pairs.append_pair("sort_by", sort_by(self.order.field));
        pairs.append_pair("order", direction(self.order.direction));
        if self.form == Form::Expanded {
            pairs.append_pair("expand", "1");
        }
        text(pairs, "q", self.text.as_deref());
        text(pairs, "unit_id", self.reference.as_deref());
        text(pairs, "city", self.city.as_deref());
        text(pairs, "zip_code", self.postal_code.as_deref());
        text(pairs, "marketing_type", self.offer.map(Vocabulary::word));
        text(pairs, "rs_type", self.kind.map(Vocabulary::word));
        for status in &self.statuses {
            pairs.append_pair("status[]", status.key());
        }
        text(
            pairs,
            "project_id",
            self.development.as_ref().map(DevelopmentId::key),
        );
        range(pairs, "price", self.price);
        range(pairs, "base_rent", self.cold_rent);
        range(pairs, "living_space", self.living_sqm);
        range(pairs, "number_of_rooms", self.rooms);
        updated_since(pairs, self.updated_since);
        if let Some((name, value)) = &self.custom_field {
            pairs.append_pair(&format!("cf_{name}"), value);
        }
    }
}

/// Selects contacts. What is left out does not matter; all that is given must be met.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContactsQuery {
    /// Counted from 1.
    pub page: u32,
    /// At most 500.
    pub per: u32,
    /// Archived ones as well.
    pub archived: Archived,
    /// Full text over names, e-mail addresses, addresses and phone numbers.
    pub text: Option<String>,
    /// Exact.
    pub email: Option<String>,
    /// In one of these statuses; empty for any.
    pub statuses: Vec<ContactStatusId>,
    /// Changed at or after this instant; see [`UnitsQuery::updated_since`].
    pub updated_since: Option<DateTime<Utc>>,
}

impl Default for ContactsQuery {
    /// The first 100 contacts by the time when they were entered.
    fn default() -> Self {
        Self {
            page: 1,
            per: 100,
            archived: Archived::Excluded,
            text: None,
            email: None,
            statuses: Vec::new(),
            updated_since: None,
        }
    }
}

impl ContactsQuery {
    pub(super) fn write(&self, url: &mut Url) {
        let mut pairs = url.query_pairs_mut();
        let pairs = &mut pairs;
        page(pairs, self.page, self.per);
        archived(pairs, self.archived);
        // By id is not among the orders of contacts; this one is the nearest that stands still.
        pairs.append_pair("sort_by", "created_at");
        pairs.append_pair("order", "asc");
        pairs.append_pair("expand", "1");
        text(pairs, "q", self.text.as_deref());
        text(pairs, "email", self.email.as_deref());
        for status in &self.statuses {
            pairs.append_pair("status[]", status.key());
        }
        updated_since(pairs, self.updated_since);
    }
}

pub(super) type Pairs<'a> = form_urlencoded::Serializer<'a, url::UrlQuery<'a>>;

/// Without `per`, Propstack answers 20 rows, whatever else is asked.
pub(super) fn page(pairs: &mut Pairs<'_>, page: u32, per: u32) {
    pairs.append_pair("page", &page.to_string());
    pairs.append_pair("per", &per.to_string());
    pairs.append_pair("with_meta", "1");
}

fn archived(pairs: &mut Pairs<'_>, archived: Archived) {
    let value = match archived {
        Archived::Excluded => return,
        Archived::Included => "-1",
        Archived::Only => "1",
    };
    pairs.append_pair("archived", value);
}

fn text(pairs: &mut Pairs<'_>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        pairs.append_pair(name, value);
    }
}

fn range(pairs: &mut Pairs<'_>, name: &str, range: RangeInput) {
    for (end, value) in [("from", range.min), ("to", range.max)] {
        if let Some(value) = value {
            pairs.append_pair(&format!("{name}_{end}"), &value.to_string());
        }
    }
}

fn updated_since(pairs: &mut Pairs<'_>, since: Option<DateTime<Utc>>) {
    if let Some(since) = since {
        let earlier = (since - TimeDelta::days(1)).format("%Y-%m-%d").to_string();
        pairs.append_pair("updated_at_from", &earlier);
    }
}

fn sort_by(field: PropertyOrderField) -> &'static str {
    match field {
        PropertyOrderField::Id => "id",
        PropertyOrderField::CreatedAt => "created_at",
        PropertyOrderField::UpdatedAt => "updated_at",
        PropertyOrderField::Price => "price",
        PropertyOrderField::ColdRent => "base_rent",
        // The living area of what is lived in; there is no order by living area alone.
        PropertyOrderField::LivingSpace => "property_space_value",
        PropertyOrderField::Rooms => "number_of_rooms",
    }
}

fn direction(direction: OrderDirection) -> &'static str {
    match direction {
        OrderDirection::Asc => "asc",
        OrderDirection::Desc => "desc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(query: &UnitsQuery) -> String {
        let mut url: Url = "https://api.example/v1/units".parse().unwrap();
        query.write(&mut url);
        url.query().unwrap().to_owned()
    }

    #[test]
    fn an_order_and_a_page_are_always_asked_for() {
        assert_eq!(
            written(&UnitsQuery::default()),
            "page=1&per=100&with_meta=1&sort_by=id&order=asc"
        );
    }

    #[test]
    fn filters_are_written_as_propstack_names_them() {
        let query = UnitsQuery {
            form: Form::Expanded,
            archived: Archived::Included,
            reference: Some("LA14 07".into()),
            offer: Some(OfferType::Rent),
            kind: Some(PropertyKind::ShortTerm),
            statuses: vec![PropertyStatusId::new("1"), PropertyStatusId::new("2")],
            development: Some(DevelopmentId::new("3302")),
            cold_rent: RangeInput {
                min: Some(500.0),
                max: Some(899.5),
            },
            updated_since: Some("2026-03-02T09:15:04Z".parse().unwrap()),
            custom_field: Some(("deeprent_object_id".into(), "9zXc-Vb1n".into())),
            ..UnitsQuery::default()
        };
        assert_eq!(
            written(&query),
            "page=1&per=100&with_meta=1&archived=-1&sort_by=id&order=asc&expand=1\
             &unit_id=LA14+07&marketing_type=RENT&rs_type=SHORT_TERM_ACCOMODATION\
             &status%5B%5D=1&status%5B%5D=2&project_id=3302&base_rent_from=500\
             &base_rent_to=899.5&updated_at_from=2026-03-01&cf_deeprent_object_id=9zXc-Vb1n"
        );
    }
}
