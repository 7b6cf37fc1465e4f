//! What is let or sold.

use std::sync::Arc;

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};

use super::requirement::{all, requires};
use super::{
    Address, Broker, BrokerId, ContactId, ContactRole, Date, DateTime, DevelopmentId, Document,
    Freshness, GeoPoint, ImageId, Json, LinkId, Money, OrderDirection, PropertyId,
    PropertyStatusId, RangeInput, SourceRecord, Url,
};

/// A flat, house, shop or plot that is let or sold. Source: Propstack.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
#[graphql(complex, directive = requires::apply(all("property:read")))]
pub struct Property {
    /// Opaque; stable over the life of the property.
    pub id: PropertyId,
    /// The record in Propstack.
    pub source: SourceRecord,
    /// The agency's own number: `LA14-07`.
    pub reference: Option<String>,
    /// The number of the exposé.
    pub expose_reference: Option<String>,
    /// The agency's internal name; it may tell the address.
    #[graphql(skip)]
    pub name: Option<String>,
    /// The headline of the offer.
    pub title: Option<String>,
    /// For sale or to let.
    pub offer: Option<OfferType>,
    /// What it is used for.
    pub usage: Option<PropertyUsage>,
    /// What it is.
    pub kind: Option<PropertyKind>,
    /// The finer kind, in Propstack's open list of words: `MAISONETTE`.
    pub category: Option<String>,
    /// How far the agency is with it.
    pub status: Option<PropertyStatus>,
    /// Neither archived nor in a status that means out of stock.
    pub is_active: bool,
    /// Archived; the other way to be inactive is a status.
    #[graphql(skip)]
    #[serde(default)]
    pub is_archived: bool,
    /// Areas in square metres.
    pub areas: PropertyAreas,
    /// Rooms, storeys and places.
    pub rooms: PropertyRooms,
    /// What a buyer pays; null when it is not for sale.
    pub sale: Option<Box<SaleTerms>>,
    /// What a tenant pays; null when it is not to let.
    pub rent: Option<Box<RentTerms>>,
    /// What it earns, for investors.
    pub investment: Option<Box<InvestmentFigures>>,
    /// The building.
    pub building: Building,
    /// The energy certificate.
    pub energy: Option<Box<EnergyCertificate>>,
    /// What it has.
    pub features: Vec<PropertyFeature>,
    /// The texts of the exposé.
    pub descriptions: PropertyDescriptions,
    /// Pictures that may be shown, by position; floor plans apart.
    pub images: Vec<Image>,
    /// Floor plans that may be shown, by position.
    pub floor_plans: Vec<Image>,
    /// Links such as a virtual tour.
    pub links: Vec<PropertyLink>,
    /// The agency's tags.
    pub tags: Vec<String>,
    /// When it was entered.
    pub created_at: Option<DateTime>,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    /// How fresh this record is.
    #[serde(skip, default = "Freshness::unread")]
    pub freshness: Freshness,

    /// Null when hidden from the viewer.
    #[graphql(skip)]
    pub address: Option<Address>,
    /// Null when hidden from the viewer.
    #[graphql(skip)]
    pub location: Option<GeoPoint>,
    /// Whether the agency hides the address; `None` where the read did not say.
    #[graphql(skip)]
    pub hides_address: Option<bool>,
    /// What tells it from its neighbours in the same house: `WE 07`. Read from name and reference.
    #[graphql(skip)]
    pub apartment_number: Option<String>,
    /// Every custom field, by name.
    #[graphql(skip)]
    pub custom_fields: Vec<CustomField>,
    /// The documents; `None` where the read did not carry them.
    #[graphql(skip)]
    pub documents: Option<Vec<Document>>,
    /// The people tied to it; `None` where the read did not carry them.
    #[graphql(skip)]
    pub relationships: Option<Vec<Relationship>>,
    /// The broker in charge, where the read carried the record.
    #[graphql(skip)]
    pub broker: Option<Arc<Broker>>,
    /// The broker in charge.
    #[graphql(skip)]
    pub broker_id: Option<BrokerId>,
    /// The development that it belongs to.
    #[graphql(skip)]
    pub development_id: Option<DevelopmentId>,
}

/// One tie between a property and a contact.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relationship {
    /// The contact.
    pub contact: ContactId,
    /// What the contact is to the property.
    pub role: ContactRole,
    /// The role in the agency's words.
    pub role_text: Option<String>,
}

/// For sale or to let.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OfferType {
    /// For sale.
    Sale,
    /// To let.
    Rent,
    /// One that Propstack has added since; never an input.
    Unknown,
}

/// What a property is used for.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PropertyUsage {
    /// To live in.
    Living,
    /// For business.
    Commercial,
    /// To earn from.
    Investment,
    /// Something else.
    Other,
    /// One that Propstack has added since; never an input.
    Unknown,
}

/// What a property is.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PropertyKind {
    /// A flat.
    Apartment,
    /// A house.
    House,
    /// A plot.
    Land,
    /// A garage or parking space.
    Garage,
    /// A furnished flat for a while.
    ShortTerm,
    /// An office or practice.
    Office,
    /// A restaurant or hotel.
    Gastronomy,
    /// A hall or workshop.
    Industry,
    /// A shop.
    Store,
    /// Built for one purpose.
    SpecialPurpose,
    /// A building bought for its rents.
    Investment,
    /// Something else.
    Other,
    /// One that Propstack has added since; never an input.
    Unknown,
}

/// How far the agency is with a property: one of its own list of statuses.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[graphql(directive = requires::apply(all("property:read")))]
pub struct PropertyStatus {
    /// Opaque; stable over the life of the status.
    pub id: PropertyStatusId,
    /// Its name.
    pub name: String,
    /// Its place in the list.
    pub position: Option<i32>,
    /// Its colour, as `#rrggbb`.
    pub color: Option<String>,
}

/// Areas of a property in square metres; null when not recorded.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PropertyAreas {
    /// The living area.
    pub living_sqm: Option<f64>,
    /// The usable area.
    pub usable_sqm: Option<f64>,
    /// The total floor area.
    pub total_floor_sqm: Option<f64>,
    /// The net floor area.
    pub net_floor_sqm: Option<f64>,
    /// The plot.
    pub plot_sqm: Option<f64>,
    /// Balconies and terraces.
    pub balcony_sqm: Option<f64>,
    /// The garden.
    pub garden_sqm: Option<f64>,
    /// The cellar.
    pub cellar_sqm: Option<f64>,
    /// Halls and workshops.
    pub industrial_sqm: Option<f64>,
}

/// Rooms, storeys and places of a property; null when not recorded.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PropertyRooms {
    /// All rooms; halves occur.
    pub total: Option<f64>,
    /// Bedrooms.
    pub bedrooms: Option<f64>,
    /// Bathrooms.
    pub bathrooms: Option<f64>,
    /// Balconies.
    pub balconies: Option<i32>,
    /// Terraces.
    pub terraces: Option<i32>,
    /// Parking spaces.
    pub parking_spaces: Option<i32>,
    /// The storey as written, `0` on the ground.
    pub floor: Option<String>,
    /// Storeys of the building.
    pub floors: Option<i32>,
    /// Units in the building.
    pub units: Option<i32>,
}

/// What a buyer pays.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SaleTerms {
    /// The asking price.
    pub price: Option<Money>,
    /// The price is told on request only.
    pub is_price_on_inquiry: Option<bool>,
    /// The asking price per square metre.
    pub price_per_sqm: Option<Money>,
    /// The buyer's commission as written.
    pub commission: Option<String>,
    /// A note on the commission.
    pub commission_note: Option<String>,
    /// The owners' monthly fee (Hausgeld).
    pub maintenance_fee: Option<Money>,
    /// The price that it was sold for.
    pub sold_price: Option<Money>,
    /// The day on which it was sold.
    pub sold_on: Option<Date>,
}

/// What a tenant pays, by month where it recurs.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RentTerms {
    /// Rent without service charges.
    pub cold_rent: Option<Money>,
    /// Rent with service charges.
    pub total_rent: Option<Money>,
    /// Service charges.
    pub service_charge: Option<Money>,
    /// Heating costs.
    pub heating_costs: Option<Money>,
    /// Whether the service charge holds the heating costs.
    pub is_heating_in_service_charge: Option<bool>,
    /// The deposit as written: `3.600,00 €`.
    pub deposit: Option<String>,
    /// From when it is free, as written.
    pub available_from: Option<String>,
    /// Let at present.
    pub is_rented: Option<bool>,
    /// Whether pets are welcome, as written.
    pub pets_allowed: Option<String>,
}

/// What a property earns.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InvestmentFigures {
    /// Rental income of a year.
    pub rental_income: Option<Money>,
    /// Rental income of a year as it is.
    pub rental_income_actual: Option<Money>,
    /// Rental income of a year as it should be.
    pub rental_income_target: Option<Money>,
    /// Price divided by the yearly rent.
    pub price_multiplier: Option<f64>,
    /// Yearly yield as it is, in percent.
    pub yield_actual_percent: Option<f64>,
    /// Yearly yield as it should be, in percent.
    pub yield_target_percent: Option<f64>,
    /// Flats in the building.
    pub apartments: Option<i32>,
    /// Business units in the building.
    pub commercials: Option<i32>,
}

/// The building of a property; texts as the agency wrote them.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Building {
    /// Year of construction.
    pub construction_year: Option<i32>,
    /// Its condition.
    pub condition: Option<String>,
    /// The quality of the interior.
    pub interior_quality: Option<String>,
    /// When it was last refurbished.
    pub last_refurbishment: Option<String>,
    /// How it is heated.
    pub heating: Option<String>,
    /// What is burnt for it.
    pub firing: Vec<String>,
    /// The floor coverings.
    pub flooring: Vec<String>,
    /// The kinds of parking space.
    pub parking: Vec<String>,
    /// A listed building.
    pub is_monument: Option<bool>,
}

/// The energy certificate of a property.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EnergyCertificate {
    /// Whether there is one.
    pub availability: Option<String>,
    /// By consumption or by need.
    pub rating_type: Option<String>,
    /// Kilowatt-hours per square metre and year.
    pub value: Option<f64>,
    /// From A+ to H.
    pub efficiency_class: Option<String>,
    /// Valid from this day.
    pub valid_from: Option<Date>,
    /// Valid until this day.
    pub valid_until: Option<Date>,
}

/// What a property has.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PropertyFeature {
    /// A balcony.
    Balcony,
    /// A cellar.
    Cellar,
    /// A lift.
    Lift,
    /// A built-in kitchen.
    BuiltInKitchen,
    /// A garden.
    Garden,
    /// A guest toilet.
    GuestToilet,
    /// Without steps.
    BarrierFree,
    /// A storeroom.
    Storeroom,
    /// A loggia.
    Loggia,
    /// A sauna.
    Sauna,
    /// Air conditioning.
    AirConditioning,
}

/// The texts of a property's exposé.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PropertyDescriptions {
    /// The property itself.
    pub object: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// What it is furnished with.
    pub furnishing: Option<String>,
    /// Anything else.
    pub other: Option<String>,
}

/// A picture of a property.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Opaque; stable over the life of the picture.
    pub id: ImageId,
    /// Its title.
    pub title: Option<String>,
    /// The picture.
    pub url: Url,
    /// A small version.
    pub thumbnail_url: Option<Url>,
    /// Its place in the row.
    pub position: Option<i32>,
    /// A floor plan rather than a photograph.
    pub is_floor_plan: bool,
}

/// A link of a property, such as a virtual tour.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyLink {
    /// Opaque; stable over the life of the link.
    pub id: LinkId,
    /// Its title.
    pub title: Option<String>,
    /// Where it leads.
    pub url: Url,
}

/// A field that the agency added to its properties.
#[serde_with::skip_serializing_none]
#[derive(Debug, SimpleObject, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomField {
    /// Its name.
    pub name: String,
    /// Its value as Propstack holds it.
    pub value: Option<Json>,
    /// Its value as people read it.
    pub text: Option<String>,
}

/// Names one property, one way or another.
#[derive(Debug, OneofObject, Clone, PartialEq, Eq)]
pub enum PropertyBy {
    /// By its id in this graph.
    Id(async_graphql::ID),
    /// By the agency's own number; null when several carry it.
    Reference(String),
    /// By its id in Propstack.
    UpstreamId(String),
}

/// Selects properties; what is left out does not matter.
#[derive(Debug, InputObject, Clone, Default, PartialEq)]
pub struct PropertyFilter {
    /// Full text over number, street, postal code, city, district and exposé number.
    pub text: Option<String>,
    /// In this city.
    pub city: Option<String>,
    /// In this postal code.
    pub postal_code: Option<String>,
    /// For sale or to let.
    pub offer: Option<OfferType>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<PropertyKind>>,
    /// In one of these statuses.
    pub status_ids: Option<Vec<async_graphql::ID>>,
    /// Of this development.
    pub development_id: Option<async_graphql::ID>,
    /// Asking price.
    pub price: Option<RangeInput>,
    /// Monthly rent without service charges.
    pub cold_rent: Option<RangeInput>,
    /// Living area in square metres.
    pub living_sqm: Option<RangeInput>,
    /// Number of rooms.
    pub rooms: Option<RangeInput>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime>,
    /// Archived ones as well. One that is not archived can still be inactive by its status.
    #[graphql(default)]
    pub include_inactive: bool,
}

/// How properties are ordered.
#[derive(Debug, InputObject, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PropertyOrder {
    /// By what.
    pub field: PropertyOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Asc")]
    pub direction: OrderDirection,
}

/// What properties can be ordered by.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertyOrderField {
    /// Propstack's id: the order in which they were entered.
    Id,
    /// When it was entered.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// The asking price.
    Price,
    /// The monthly rent without service charges.
    ColdRent,
    /// The living area.
    LivingSpace,
    /// The number of rooms.
    Rooms,
}
