//! Propstack's JSON as it comes: only what we use, in every shape that was seen.
//!
//! A unit has three shapes. Lists without `expand` are flat: bare values. Expanded lists, details
//! with `new=1` and webhooks wrap business values as `{label, value}`; older accounts sent bare
//! ones there too. Which field is wrapped differs by account, so every value may be either.
//! Secrets and what is not meant for others (`token`, `note`, valuation, portal ids, internal
//! broker data) are not declared here and so cannot get any further.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::value::RawValue;

use super::Page;
use crate::{
    model::{OfferType, PropertyKind, PropertyUsage},
    upstream::{
        instant::Instant,
        lenient::{Address, Day, Flag, Id, List, Number, Quote, Text, Word},
        rows::Each,
    },
};

/// A value, bare or as `{label, value}`.
#[derive(Debug)]
pub(super) struct Labelled<T>(pub T);

/// A business field: often left out, null, wrapped or bare.
pub(super) type Field<T> = Option<Labelled<T>>;

/// A number is read from its own text, so that it stays exact.
impl<'de> Deserialize<'de> for Labelled<Number> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wrapped {
            value: Number,
        }

        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('{') {
            let Wrapped { value } = serde_json::from_str(raw).map_err(D::Error::custom)?;
            Ok(Self(value))
        } else {
            Number::read(raw).map(Self).map_err(D::Error::custom)
        }
    }
}

macro_rules! labelled {
    ($($value:ty),*) => {$(
        impl<'de> Deserialize<'de> for Labelled<$value> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(LabelledVisitor(PhantomData)).map(Self)
            }
        }
    )*};
}

labelled!(
    Text,
    Flag,
    Day,
    List<Text>,
    Word<OfferType>,
    Word<PropertyUsage>,
    Word<PropertyKind>
);

/// Hands on what stands bare, and of a record its `value`.
struct LabelledVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for LabelledVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, bare or with a label")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        T::deserialize(BorrowedStrDeserializer::new(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::deserialize(text.into_deserializer())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::deserialize(number.into_deserializer())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<T, E> {
        T::deserialize(flag.into_deserializer())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        #[derive(Deserialize)]
        struct Wrapped<T> {
            value: T,
        }

        let Wrapped { value } = Wrapped::deserialize(MapAccessDeserializer::new(members))?;
        Ok(value)
    }
}

/// Reads a list in whichever envelope: a bare array, `{data, meta}`, or under the resource's own
/// name. The function converts each row, or leaves it out.
pub(super) struct Envelope<W, F>(Each<W, F>);

impl<W, T, F: Fn(W) -> Option<T>> Envelope<W, F> {
    pub(super) fn new(convert: F) -> Self {
        Self(Each::new(convert))
    }
}

impl<'de, W: Deserialize<'de>, T, F: Fn(W) -> Option<T>> DeserializeSeed<'de> for &Envelope<W, F> {
    type Value = Page<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, W: Deserialize<'de>, T, F: Fn(W) -> Option<T>> Visitor<'de> for &Envelope<W, F> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, bare or in an envelope")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Page<T>, A::Error> {
        let rows = (&self.0).visit_seq(items)?;
        Ok(Page::new(rows, None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Page<T>, A::Error> {
        #[derive(Deserialize)]
        struct Meta {
            total_count: Option<u64>,
        }

        let mut rows = None;
        let mut total = None;
        while let Some(key) = members.next_key::<String>()? {
            match key.as_str() {
                "data" | "documents" | "hooks" => rows = Some(members.next_value_seed(&self.0)?),
                "meta" => total = members.next_value::<Option<Meta>>()?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field("data"))?;
        Ok(Page::new(rows, total.and_then(|meta| meta.total_count)))
    }
}

/// A unit; `I` says what is read of its pictures.
#[derive(Debug, Deserialize)]
pub(super) struct Unit<I> {
    pub id: Id,
    pub name: Field<Text>,
    pub unit_id: Field<Text>,
    pub exposee_id: Field<Text>,
    pub archived: Field<Flag>,
    pub title: Field<Text>,

    pub street: Field<Text>,
    pub house_number: Field<Text>,
    pub zip_code: Field<Text>,
    pub city: Field<Text>,
    pub district: Field<Text>,
    pub sublocality_level_1: Field<Text>,
    pub region: Field<Text>,
    pub country: Field<Text>,
    pub apartment_number: Field<Text>,
    pub lat: Field<Number>,
    pub lng: Field<Number>,
    /// Missing in the flat shape.
    pub hide_address: Field<Flag>,

    pub marketing_type: Field<Word<OfferType>>,
    pub object_type: Field<Word<PropertyUsage>>,
    pub rs_type: Field<Word<PropertyKind>>,
    pub rs_category: Field<Text>,

    pub living_space: Field<Number>,
    pub usable_floor_space: Field<Number>,
    pub total_floor_space: Field<Number>,
    pub net_floor_space: Field<Number>,
    pub plot_area: Field<Number>,
    pub balcony_space: Field<Number>,
    pub garden_space: Field<Number>,
    pub cellar_space: Field<Number>,
    pub industrial_area: Field<Number>,

    pub number_of_rooms: Field<Number>,
    pub number_of_bed_rooms: Field<Number>,
    pub number_of_bath_rooms: Field<Number>,
    pub number_of_balconies: Field<Number>,
    pub number_of_terraces: Field<Number>,
    pub number_of_parking_spaces: Field<Number>,
    pub number_of_floors: Field<Number>,
    pub number_of_units: Field<Number>,
    /// Often text, and 0 is the ground floor here.
    pub floor: Field<Text>,

    pub price: Field<Number>,
    pub price_on_inquiry: Field<Flag>,
    pub price_per_sqm: Field<Number>,
    pub sold_price: Field<Number>,
    pub sold_date: Field<Day>,
    /// Free text.
    pub courtage: Field<Text>,
    pub courtage_note: Field<Text>,
    /// Hausgeld, whatever the name says.
    pub rent_subsidy: Field<Number>,

    pub base_rent: Field<Number>,
    pub total_rent: Field<Number>,
    pub service_charge: Field<Number>,
    pub heating_costs: Field<Number>,
    pub heating_costs_in_service_charge: Field<Flag>,
    /// Free text: `3.600,00 €`.
    pub deposit: Field<Text>,
    /// Free text.
    pub free_from: Field<Text>,
    pub rented: Field<Flag>,
    pub pets_allowed: Field<Text>,

    pub rental_income: Field<Number>,
    pub rental_income_actual: Field<Number>,
    pub rental_income_target: Field<Number>,
    pub price_multiplier: Field<Number>,
    pub yield_actual: Field<Number>,
    pub yield_target: Field<Number>,
    pub number_of_apartments: Field<Number>,
    pub number_of_commercials: Field<Number>,

    pub balcony: Field<Flag>,
    pub cellar: Field<Flag>,
    pub lift: Field<Flag>,
    pub built_in_kitchen: Field<Flag>,
    pub garden: Field<Flag>,
    pub guest_toilet: Field<Flag>,
    pub barrier_free: Field<Flag>,
    pub storeroom: Field<Flag>,
    pub loggia: Field<Flag>,
    pub sauna: Field<Flag>,
    pub air_conditioning: Field<Flag>,
    pub monument: Field<Flag>,

    pub construction_year: Field<Number>,
    pub condition: Field<Text>,
    pub interior_quality: Field<Text>,
    pub last_refurbishment: Field<Text>,
    pub heating_type: Field<Text>,
    pub firing_types: Field<List<Text>>,
    pub flooring_type: Field<List<Text>>,
    pub parking_space_types: Field<List<Text>>,

    pub energy_certificate_availability: Field<Text>,
    pub building_energy_rating_type: Field<Text>,
    pub energy_efficiency_value: Field<Number>,
    pub thermal_characteristic: Field<Number>,
    pub energy_efficiency_class: Field<Text>,
    pub energy_certificate_start_date: Field<Day>,
    pub energy_certificate_end_date: Field<Day>,

    pub description_note: Field<Text>,
    pub long_description_note: Field<Text>,
    pub location_note: Field<Text>,
    pub long_location_note: Field<Text>,
    pub furnishing_note: Field<Text>,
    pub long_furnishing_note: Field<Text>,
    pub other_note: Field<Text>,
    pub long_other_note: Field<Text>,

    /// The full shape's name for it; one account had it as `status` there as well.
    pub property_status: Option<Status>,
    pub status: Option<Status>,
    pub project_id: Option<Id>,
    pub project: Option<Reference>,
    pub broker_id: Option<Id>,
    pub broker: Option<Broker>,

    pub property_groups: Option<Vec<Group>>,
    pub images: Option<Vec<I>>,
    pub floorplans: Option<Vec<I>>,
    pub links: Option<Vec<Link>>,
    pub documents: Option<Vec<Document>>,
    pub relationships: Option<Vec<Relationship>>,
    pub custom_fields: Option<CustomFields>,

    pub created_at: Option<Instant>,
    pub updated_at: Option<Instant>,
}

/// A record of which only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub id: Id,
}

/// A status of units or contacts; live answers of contacts have `label` beside `name`.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub id: Id,
    pub name: Option<Text>,
    pub label: Option<Text>,
    pub position: Option<Number>,
    pub color: Option<Text>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub name: Option<Text>,
}

/// A picture, as far as it is read.
pub(super) trait Picture<'a> {
    fn image(self) -> Option<Image<'a>>;
}

/// A picture of the flat shape: it has no id, so it is not shown; yet it is half of the row.
#[derive(Debug, Deserialize)]
pub(super) struct Unshown(IgnoredAny);

impl<'a> Picture<'a> for Unshown {
    fn image(self) -> Option<Image<'a>> {
        None
    }
}

impl<'a> Picture<'a> for Image<'a> {
    fn image(self) -> Option<Self> {
        Some(self)
    }
}

/// Images have `*_url` in the full shape and bare sizes in the flat one.
#[derive(Debug, Deserialize)]
pub(super) struct Image<'a> {
    pub id: Option<Id>,
    pub title: Option<Text>,
    pub position: Option<Number>,
    #[serde(alias = "original", borrow)]
    pub url: Option<Quote<'a>>,
    #[serde(alias = "thumb", borrow)]
    pub thumb_url: Option<Quote<'a>>,
    pub is_private: Option<Flag>,
    pub is_floorplan: Option<Flag>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub id: Id,
    pub title: Option<Text>,
    pub url: Option<Text>,
    pub is_private: Option<Flag>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Broker {
    pub id: Id,
    pub name: Option<Text>,
    pub first_name: Option<Text>,
    pub last_name: Option<Text>,
    pub position: Option<Text>,
    pub avatar_url: Option<Text>,
    pub public_email: Option<Text>,
    pub public_phone: Option<Text>,
    pub public_cell: Option<Text>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub id: Id,
    pub title: Option<Text>,
    pub name: Option<Text>,
    pub url: Option<Text>,
    pub is_private: Option<Flag>,
    pub is_exposee: Option<Flag>,
    pub is_floorplan: Option<Flag>,
    pub tags: Option<List<Tag>>,
    pub created_at: Option<Instant>,
    pub updated_at: Option<Instant>,
}

/// A tag by its name; bare, or a record with one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Tag {
    Bare(Text),
    Record { name: Text },
}

/// A tie between a unit and a contact, as either end or the list of all shows it.
#[derive(Debug, Deserialize)]
pub(super) struct Relationship {
    pub internal_name: Option<Text>,
    pub name: Option<Text>,
    pub client_id: Option<Id>,
    pub related_client_id: Option<Id>,
    pub property_id: Option<Id>,
}

/// Custom fields: an object by name, or a list; bare values, or `{value, pretty_value}`.
#[derive(Debug, Default)]
pub(super) struct CustomFields(pub Vec<CustomField>);

#[derive(Debug)]
pub(super) struct CustomField {
    pub name: String,
    pub value: serde_json::Value,
    pub pretty_value: Option<String>,
}

impl<'de> Deserialize<'de> for CustomFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;

        fn field(name: String, value: Value) -> CustomField {
            let Value::Object(mut wrapped) = value else {
                return CustomField {
                    name,
                    value,
                    pretty_value: None,
                };
            };
            let pretty_value = match wrapped.remove("pretty_value") {
                Some(Value::String(text)) => Some(text),
                _ => None,
            };
            let value = match wrapped.remove("value") {
                Some(value) => value,
                None => Value::Object(wrapped),
            };
            CustomField {
                name,
                value,
                pretty_value,
            }
        }

        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| field(name, value))
                .collect(),
            Value::Array(fields) => fields
                .into_iter()
                .filter_map(|value| {
                    let name = value.get("name")?.as_str()?.to_owned();
                    Some(field(name, value))
                })
                .collect(),
            Value::Null => Vec::new(),
            _ => return Err(D::Error::custom("expected custom fields")),
        }))
    }
}

/// A development; Propstack calls it a project.
#[derive(Debug, Deserialize)]
pub(super) struct Project {
    pub id: Id,
    pub title: Option<Text>,
    pub name: Option<Text>,
    /// `{label, color}` when read.
    pub status: Option<ProjectStatus>,
    pub street: Option<Text>,
    pub house_number: Option<Text>,
    pub zip_code: Option<Text>,
    pub city: Option<Text>,
    pub sublocality_level_1: Option<Text>,
    pub hide_address: Option<Flag>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ProjectStatus {
    Record { label: Option<Text> },
    Bare(Text),
}

#[derive(Debug, Deserialize)]
pub(super) struct Contact {
    pub id: Id,
    pub salutation: Option<Text>,
    pub academic_title: Option<Text>,
    pub name: Option<Text>,
    pub first_name: Option<Text>,
    pub last_name: Option<Text>,
    pub is_company: Option<Flag>,
    pub company: Option<Text>,
    pub position: Option<Text>,
    pub email: Option<Text>,
    pub emails: Option<List<Text>>,
    pub phone: Option<Text>,
    pub home_phone: Option<Text>,
    pub home_cell: Option<Text>,
    pub office_phone: Option<Text>,
    pub office_cell: Option<Text>,
    pub fax: Option<Text>,
    pub home_street: Option<Text>,
    pub home_house_number: Option<Text>,
    pub home_zip_code: Option<Text>,
    pub home_city: Option<Text>,
    pub home_country: Option<Text>,
    pub office_street: Option<Text>,
    pub office_house_number: Option<Text>,
    pub office_zip_code: Option<Text>,
    pub office_city: Option<Text>,
    pub office_country: Option<Text>,
    pub language: Option<Text>,
    pub gdpr_status: Option<Number>,
    pub client_status_id: Option<Id>,
    pub client_status: Option<Status>,
    /// What live answers have in place of `client_status`.
    pub status: Option<Status>,
    pub relationships: Option<Vec<Relationship>>,
    pub owned_properties: Option<Vec<Reference>>,
    pub created_at: Option<Instant>,
    pub updated_at: Option<Instant>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Hook {
    pub id: Id,
    pub event: String,
    pub target_url: Address,
}
