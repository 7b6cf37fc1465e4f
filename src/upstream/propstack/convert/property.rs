//! Units: what the graph calls properties.

use std::sync::Arc;

use super::{Converter, address, broker, document, flag, relationship, source, text, url};
use crate::{
    model::{
        self, Address, BrokerId, Building, CustomField, DevelopmentId, EnergyCertificate, GeoPoint,
        Image, ImageId, InvestmentFigures, Json, LinkId, Money, OfferType, Property, PropertyAreas,
        PropertyDescriptions, PropertyFeature, PropertyId, PropertyKind, PropertyLink,
        PropertyRooms, PropertyStatus, PropertyStatusId, PropertyUsage, RentTerms, SaleTerms, Url,
    },
    upstream::{
        System,
        lenient::{Day, Flag, List, Number, Quote, Text, Word},
        propstack::wire::{self, Field, Picture},
        vocabulary::Vocabulary,
    },
};

impl Converter<'_> {
    /// One table, field by field, in the order of the model.
    pub(in super::super) fn property<'a, I: Picture<'a>>(self, unit: wire::Unit<I>) -> Property {
        let offer = word(unit.marketing_type);
        let sale = SaleTerms {
            price: self.money(unit.price),
            is_price_on_inquiry: known(unit.price_on_inquiry),
            price_per_sqm: self.money(unit.price_per_sqm),
            commission: said(unit.courtage),
            commission_note: said(unit.courtage_note),
            maintenance_fee: self.money(unit.rent_subsidy),
            sold_price: self.money(unit.sold_price),
            sold_on: day(unit.sold_date),
        };
        let is_for_sale =
            offer == Some(OfferType::Sale) || sale.price.is_some() || sale.sold_price.is_some();
        let rent = RentTerms {
            cold_rent: self.money(unit.base_rent),
            total_rent: self.money(unit.total_rent),
            service_charge: self.money(unit.service_charge),
            heating_costs: self.money(unit.heating_costs),
            is_heating_in_service_charge: known(unit.heating_costs_in_service_charge),
            deposit: said(unit.deposit),
            available_from: said(unit.free_from),
            is_rented: known(unit.rented),
            pets_allowed: said(unit.pets_allowed),
        };
        let is_to_let =
            offer == Some(OfferType::Rent) || rent.cold_rent.is_some() || rent.total_rent.is_some();
        let investment = InvestmentFigures {
            rental_income: self.money(unit.rental_income),
            rental_income_actual: self.money(unit.rental_income_actual),
            rental_income_target: self.money(unit.rental_income_target),
            price_multiplier: float(unit.price_multiplier),
            yield_actual_percent: float(unit.yield_actual),
            yield_target_percent: float(unit.yield_target),
            apartments: count(unit.number_of_apartments),
            commercials: count(unit.number_of_commercials),
        };
        let energy = EnergyCertificate {
            availability: said(unit.energy_certificate_availability),
            rating_type: said(unit.building_energy_rating_type),
            value: float(unit.thermal_characteristic).or(float(unit.energy_efficiency_value)),
            efficiency_class: said(unit.energy_efficiency_class)
                .map(|class| class.replace("_PLUS", "+")),
            valid_from: day(unit.energy_certificate_start_date),
            valid_until: day(unit.energy_certificate_end_date),
        };
        let features = [
            (PropertyFeature::Balcony, unit.balcony),
            (PropertyFeature::Cellar, unit.cellar),
            (PropertyFeature::Lift, unit.lift),
            (PropertyFeature::BuiltInKitchen, unit.built_in_kitchen),
            (PropertyFeature::Garden, unit.garden),
            (PropertyFeature::GuestToilet, unit.guest_toilet),
            (PropertyFeature::BarrierFree, unit.barrier_free),
            (PropertyFeature::Storeroom, unit.storeroom),
            (PropertyFeature::Loggia, unit.loggia),
            (PropertyFeature::Sauna, unit.sauna),
            (PropertyFeature::AirConditioning, unit.air_conditioning),
        ];
        let status = unit.property_status.or(unit.status).map(status);
        let is_in_stock = !status.as_ref().is_some_and(|it| self.is_inactive(it));
        let is_archived = known(unit.archived) == Some(true);
        let name = said(unit.name);
        let links = unit.links.unwrap_or_default();
        let groups = unit.property_groups.unwrap_or_default();
        let broker = unit.broker.map(|found| Arc::new(broker(found)));
        let broker_id = unit.broker_id.map(|id| BrokerId::new(id.0));
        let (images, floor_plans) = images(unit.images, unit.floorplans);
        Property {
            source: source(&unit.id.0),
            id: PropertyId::new(unit.id.0),
            reference: said(unit.unit_id),
            expose_reference: said(unit.exposee_id),
            title: said(unit.title),
            offer,
            usage: word(unit.object_type),
            kind: word(unit.rs_type),
            category: said(unit.rs_category),
            status,
            is_active: is_in_stock && !is_archived,
            is_archived,
            areas: PropertyAreas {
                living_sqm: float(unit.living_space),
                usable_sqm: float(unit.usable_floor_space),
                total_floor_sqm: float(unit.total_floor_space),
                net_floor_sqm: float(unit.net_floor_space),
                plot_sqm: float(unit.plot_area),
                balcony_sqm: float(unit.balcony_space),
                garden_sqm: float(unit.garden_space),
                cellar_sqm: float(unit.cellar_space),
                industrial_sqm: float(unit.industrial_area),
            },
            rooms: PropertyRooms {
                total: float(unit.number_of_rooms),
                bedrooms: float(unit.number_of_bed_rooms),
                bathrooms: float(unit.number_of_bath_rooms),
                balconies: count(unit.number_of_balconies),
                terraces: count(unit.number_of_terraces),
                parking_spaces: count(unit.number_of_parking_spaces),
                floor: said(unit.floor),
                floors: count(unit.number_of_floors),
                units: count(unit.number_of_units),
            },
            sale: is_for_sale.then(|| Box::new(sale)),
            rent: is_to_let.then(|| Box::new(rent)),
            investment: (investment != InvestmentFigures::default()).then(|| Box::new(investment)),
            building: Building {
                construction_year: count(unit.construction_year),
                condition: said(unit.condition),
                interior_quality: said(unit.interior_quality),
                last_refurbishment: said(unit.last_refurbishment),
                heating: said(unit.heating_type),
                firing: list(unit.firing_types),
                flooring: list(unit.flooring_type),
                parking: list(unit.parking_space_types),
                is_monument: known(unit.monument),
            },
            energy: (energy != EnergyCertificate::default()).then(|| Box::new(energy)),
            features: features
                .into_iter()
                .filter_map(|(feature, flag)| (known(flag) == Some(true)).then_some(feature))
                .collect(),
            // The long twin of a text wins, for the short one is cut for portals.
            descriptions: PropertyDescriptions {
                object: said(unit.long_description_note).or(said(unit.description_note)),
                location: said(unit.long_location_note).or(said(unit.location_note)),
                furnishing: said(unit.long_furnishing_note).or(said(unit.furnishing_note)),
                other: said(unit.long_other_note).or(said(unit.other_note)),
            },
            images,
            floor_plans,
            links: links.into_iter().filter_map(link).collect(),
            tags: groups
                .into_iter()
                .filter_map(|group| text(group.name))
                .collect(),
            created_at: unit.created_at.map(Into::into),
            updated_at: unit.updated_at.map(Into::into),
            freshness: self.freshness(),
            address: address(Address {
                street: said(unit.street),
                house_number: said(unit.house_number),
                postal_code: said(unit.zip_code),
                city: said(unit.city),
                district: said(unit.district).or(said(unit.sublocality_level_1)),
                region: said(unit.region),
                country: said(unit.country),
                ..Address::default()
            }),
            location: location(float(unit.lat), float(unit.lng)),
            hides_address: known(unit.hide_address),
            apartment_number: said(unit.apartment_number)
                .or_else(|| name.as_deref().and_then(apartment_number)),
            name,
            custom_fields: custom_fields(unit.custom_fields),
            documents: unit
                .documents
                .map(|documents| documents.into_iter().map(document).collect()),
            relationships: unit
                .relationships
                .map(|ties| ties.into_iter().filter_map(relationship).collect()),
            broker_id: broker_id.or_else(|| broker.as_ref().map(|broker| broker.id.clone())),
            broker,
            development_id: unit
                .project_id
                .or(unit.project.map(|project| project.id))
                .map(|id| DevelopmentId::new(id.0)),
        }
    }

    fn is_inactive(self, status: &PropertyStatus) -> bool {
        if self.inactive_status_ids.is_empty() {
            status.name.to_lowercase() == "inaktiv"
        } else {
            self.inactive_status_ids
                .iter()
                .any(|id| id == status.id.key())
        }
    }

    fn money(self, field: Field<Number>) -> Option<Money> {
        Some(Money {
            amount: model::Decimal(field?.0.given().0?),
            currency: self.currency,
        })
    }
}

pub(in super::super) fn status(status: wire::Status) -> PropertyStatus {
    PropertyStatus {
        id: PropertyStatusId::new(status.id.0),
        name: text(status.name)
            .or_else(|| text(status.label))
            .unwrap_or_default(),
        position: status.position.and_then(Number::whole),
        color: text(status.color),
    }
}

impl Vocabulary for OfferType {
    const SYSTEM: System = System::Propstack;
    const FIELD: &'static str = "marketing_type";
    const WORDS: &'static [(&'static str, Self)] = &[("BUY", Self::Sale), ("RENT", Self::Rent)];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for PropertyUsage {
    const SYSTEM: System = System::Propstack;
    const FIELD: &'static str = "object_type";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("LIVING", Self::Living),
        ("COMMERCIAL", Self::Commercial),
        ("INVESTMENT", Self::Investment),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

impl Vocabulary for PropertyKind {
    const SYSTEM: System = System::Propstack;
    const FIELD: &'static str = "rs_type";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("APARTMENT", Self::Apartment),
        ("HOUSE", Self::House),
        ("TRADE_SITE", Self::Land),
        ("GARAGE", Self::Garage),
        // With one M, there.
        ("SHORT_TERM_ACCOMODATION", Self::ShortTerm),
        ("OFFICE", Self::Office),
        ("GASTRONOMY", Self::Gastronomy),
        ("INDUSTRY", Self::Industry),
        ("STORE", Self::Store),
        ("SPECIAL_PURPOSE", Self::SpecialPurpose),
        ("INVESTMENT", Self::Investment),
    ];
    const UNKNOWN: Self = Self::Unknown;
}

fn location(latitude: Option<f64>, longitude: Option<f64>) -> Option<GeoPoint> {
    Some(GeoPoint {
        latitude: latitude?,
        longitude: longitude?,
    })
}

/// The part of an internal name such as `Lindenallee 14 / WE 07` that tells the flat.
fn apartment_number(name: &str) -> Option<String> {
    const WORDS: [&str; 5] = ["WE", "Whg", "Whg.", "Wohnung", "Nr."];
    name.split(['/', ','])
        .map(str::trim)
        .find(|part| {
            part.split_whitespace()
                .next()
                .is_some_and(|word| WORDS.contains(&word))
        })
        .map(str::to_owned)
}

/// Pictures and floor plans, each by position, without the private ones. Some accounts keep their
/// floor plans among the pictures, so the mark decides and not the list.
fn images<'a, I: Picture<'a>>(
    images: Option<Vec<I>>,
    floor_plans: Option<Vec<I>>,
) -> (Vec<Image>, Vec<Image>) {
    let read = |pictures: Option<Vec<I>>| pictures.into_iter().flatten().filter_map(I::image);
    let (images, floor_plans) = (read(images), read(floor_plans));
    let mut all: Vec<Image> = images
        .map(|image| (flag(image.is_floorplan), image))
        .chain(floor_plans.map(|image| (true, image)))
        .filter_map(|(is_floor_plan, image)| self::image(image, is_floor_plan))
        .collect();
    all.sort_by_key(|image| image.position.unwrap_or(i32::MAX));
    all.into_iter().partition(|image| !image.is_floor_plan)
}

/// `None` when it is private or cannot be shown. The flat shape may leave out the id.
fn image(image: wire::Image<'_>, is_floor_plan: bool) -> Option<Image> {
    if flag(image.is_private) {
        return None;
    }
    Some(Image {
        id: ImageId::new(image.id?.0),
        title: text(image.title),
        url: quoted(image.url)?,
        thumbnail_url: quoted(image.thumb_url),
        position: image.position.and_then(Number::whole),
        is_floor_plan,
    })
}

fn quoted(address: Option<Quote<'_>>) -> Option<Url> {
    address?.0?.parse().ok().map(Url)
}

fn link(link: wire::Link) -> Option<PropertyLink> {
    if flag(link.is_private) {
        return None;
    }
    Some(PropertyLink {
        id: LinkId::new(link.id.0),
        title: text(link.title),
        url: url(link.url)?,
    })
}

fn custom_fields(fields: Option<wire::CustomFields>) -> Vec<CustomField> {
    let fields = fields.unwrap_or_default().0.into_iter();
    fields
        .map(|field| CustomField {
            text: field.pretty_value.or_else(|| match &field.value {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                _ => None,
            }),
            name: field.name,
            value: (!field.value.is_null()).then_some(Json(field.value)),
        })
        .collect()
}

fn said(field: Field<Text>) -> Option<String> {
    field?.0.0
}

fn word<T>(field: Field<Word<T>>) -> Option<T> {
    field?.0.0
}

fn known(field: Field<Flag>) -> Option<bool> {
    field?.0.0
}

/// Propstack writes 0 for what is not given.
fn float(field: Field<Number>) -> Option<f64> {
    field?.0.given().float()
}

fn count(field: Field<Number>) -> Option<i32> {
    field?.0.given().whole()
}

fn day(field: Field<Day>) -> Option<model::Date> {
    field?.0.0.map(model::Date)
}

fn list(field: Field<List<Text>>) -> Vec<String> {
    let Some(list) = field else {
        return Vec::new();
    };
    list.0.0.into_iter().filter_map(|text| text.0).collect()
}
