//! Every record that lists hold, and what is inside: which fields are plain, and which are not. A
//! test holds the tables to the schema. The edges have theirs from `connection!`.

use super::object::object;
use crate::{auth::policy::may_see_hidden_address, graphql::property::shows_address, model::*};

object! {
    Property {
        id, source, reference, expose_reference, title, offer, usage, kind, category,
        status, is_active, areas, rooms, sale, rent, investment, building, energy, features,
        descriptions, images, floor_plans, links, tags, created_at, updated_at,
        custom_fields,
        ;
        name: Option<&str> =
            |it, viewer| it.name.as_deref().filter(|_| shows_address(it, viewer)),
        address: Option<&Address> =
            |it, viewer| it.address.as_ref().filter(|_| shows_address(it, viewer)),
        location: Option<GeoPoint> =
            |it, viewer| it.location.filter(|_| shows_address(it, viewer)),
    } but "freshness" "broker" "development" "documents" "contacts" "protocols" "projects"
}

object! {
    PropertyStatus {
        id, name, position, color,
    }
}
object! {
    PropertyAreas {
        living_sqm, usable_sqm, total_floor_sqm, net_floor_sqm, plot_sqm, balcony_sqm,
        garden_sqm, cellar_sqm, industrial_sqm,
    }
}
object! {
    PropertyRooms {
        total, bedrooms, bathrooms, balconies, terraces, parking_spaces, floor, floors,
        units,
    }
}
object! {
    SaleTerms {
        price, is_price_on_inquiry, price_per_sqm, commission, commission_note,
        maintenance_fee, sold_price, sold_on,
    }
}
object! {
    RentTerms {
        cold_rent, total_rent, service_charge, heating_costs, is_heating_in_service_charge,
        deposit, available_from, is_rented, pets_allowed,
    }
}
object! {
    InvestmentFigures {
        rental_income, rental_income_actual, rental_income_target, price_multiplier,
        yield_actual_percent, yield_target_percent, apartments, commercials,
    }
}
object! {
    Building {
        construction_year, condition, interior_quality, last_refurbishment, heating, firing,
        flooring, parking, is_monument,
    }
}
object! {
    EnergyCertificate {
        availability, rating_type, value, efficiency_class, valid_from, valid_until,
    }
}
object! {
    PropertyDescriptions {
        object, location, furnishing, other,
    }
}
object! {
    Image {
        id, title, url, thumbnail_url, position, is_floor_plan,
    }
}
object! {
    PropertyLink {
        id, title, url,
    }
}
object! {
    CustomField {
        name, value, text,
    }
}

object! {
    Contact {
        id, source, name, is_company, first_name, last_name, salutation, academic_title,
        company, position, emails, phones, address, gdpr_status, language, created_at,
        updated_at,
    } but "status" "freshness" "roles" "properties" "protocols" "prospects"
}

object! {
    Phone {
        kind, number,
    }
}

object! {
    Document {
        id, title, name, url, is_private, is_floor_plan, is_expose, tags, created_at,
        updated_at,
    }
}

object! {
    Protocol {
        id, source, object, cause, cause_text, contacts, owner, has_document_costs,
        is_confirmed_by_landlord, retention_until, storage_region, storage_kb, tags,
        version, legal_hold, deletion, created_at, updated_at,
    } but "freshness" "pdf" "property" "propertyMatch"
}

object! {
    ProtocolObject {
        id, name, category, object_type as "type", address_id,
        ;
        address: Option<&Address> =
            |it, viewer| it.address.as_ref().filter(|_| may_see_hidden_address(viewer)),
    }
}
object! {
    ProtocolContact {
        id, email, first_name, last_name, salutation, resolved_salutation, company_name,
        person_title, role, role_text,
    } but "contact"
}
object! {
    ProtocolOwner {
        organization_id, user_id, user_name,
    }
}
object! {
    LegalHold {
        is_active, reason,
    }
}
object! {
    Deletion {
        deleted_at, deleted_by, reason,
    }
}

object! {
    Project {
        id, source, name, asset, status, classification, teaser, mandate, price,
        price_range, transactions, external_references, created_at, updated_at, deleted_at,
    } but "etag" "freshness" "prospects" "profiles" "properties"
}

object! {
    Asset {
        asset_type as "type", property_count,
    }
}
object! {
    ProjectTeaser {
        stage, published_at, verified_at, communicated_at,
    }
}

object! {
    Prospect {
        id, source, classification, capabilities, tags, teaser, origin, external_references,
        created_at, updated_at, deleted_at,
    } but "etag" "freshness" "project" "investor" "contact" "contactMatch"
}

object! {
    ProspectTeaser {
        accepted_at, deadline_at,
    }
}

object! {
    Investor {
        id, source, is_company, name, company_name, email, phone, tags, external_references,
    } but "contact" "contactMatch"
}

object! {
    AssociatedProject {
        name, status, classification, prospect_classification, prospect_count, created_at,
        updated_at, deleted_at, etag,
    } but "project" "prospect"
}

object! {
    AuditEntry {
        id, at, actor, action, target, outcome,
    }
}

object! {
    ImportJob {
        id, kind, system, status, stages, created_at, started_at, finished_at, error,
    } but "etaSeconds" "problems"
}

object! {
    ImportStage {
        kind, seen, total, created, updated, unchanged, deleted, skipped_inactive, failed,
    }
}

object! {
    ImportProblem {
        kind, upstream_id, reason,
    }
}

object! {
    SourceRecord {
        system, id,
    }
}
object! {
    ExternalReference {
        namespace, id,
    }
}
object! {
    Match {
        by, confidence, decided_at,
    }
}
object! {
    GeoPoint {
        latitude, longitude,
    }
}
object! {
    Money {
        amount, currency,
    }
}
object! {
    Price {
        value, scale, currency,
        ;
        amount: Option<Decimal> = |it, _| it.scale.times(it.value),
    }
}
object! {
    PriceRange {
        min, max, scale, currency,
        ;
        min_amount: Option<Decimal> = |it, _| it.min.and_then(|min| it.scale.times(min)),
        max_amount: Option<Decimal> = |it, _| it.max.and_then(|max| it.scale.times(max)),
    }
}
object! {
    Address {
        line1, street, house_number, postal_code, city, district, region, country,
        country_code,
        ;
        formatted: String = |it, _| it.in_one_line(),
    }
}
object! {
    PageInfo {
        has_next_page, has_previous_page, start_cursor, end_cursor,
    }
}
