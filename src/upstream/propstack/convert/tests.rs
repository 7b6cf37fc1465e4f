//! What a row of Propstack becomes, and what it survives.

use serde::{Deserialize, de::DeserializeSeed};

use super::*;
use crate::{
    model::{ContactKind, GdprStatus, OfferType, Property, PropertyFeature, PropertyKind},
    upstream::propstack::{Page, wire::Envelope},
};

const CONVERTER: Converter<'_> = Converter {
    fetched: Fetched {
        at: chrono::DateTime::UNIX_EPOCH,
        number: 0,
    },
    currency: CurrencyCode::EUR,
    inactive_status_ids: &[],
};

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> T {
    serde_json::from_str(json).unwrap()
}

fn list<'a, W: Deserialize<'a>, T>(
    json: &'a str,
    convert: impl Fn(W) -> T,
) -> serde_json::Result<Page<T>> {
    let convert = |row| Some(convert(row));
    (&Envelope::new(convert)).deserialize(&mut serde_json::Deserializer::from_str(json))
}

fn expanded() -> Property {
    let fixture = include_str!("../../../../tests/fixtures/propstack/units_expanded.json");
    let page = list(fixture, |unit: wire::Unit<wire::Image<'_>>| {
        CONVERTER.property(unit)
    })
    .unwrap();
    assert_eq!(page.total, Some(1));
    page.rows.into_iter().next().unwrap()
}

fn flat() -> Property {
    let fixture = include_str!("../../../../tests/fixtures/propstack/units_flat.json");
    type Unit = wire::Unit<wire::Unshown>;
    let page = list(fixture, |unit: Unit| CONVERTER.property(unit)).unwrap();
    assert_eq!(page.total, None);
    page.rows.into_iter().next().unwrap()
}

#[test]
fn wrapped_values_of_every_number_type_are_read() {
    let unit = expanded();
    let rent = unit.rent.unwrap();
    assert_eq!(unit.title.unwrap(), "Helle Dreizimmerwohnung mit Garten");
    assert_eq!(unit.areas.living_sqm, Some(78.5));
    assert_eq!(unit.rooms.total, Some(3.0));
    assert_eq!(unit.rooms.bathrooms, Some(1.0));
    assert_eq!(unit.building.construction_year, Some(1998));
    assert_eq!(rent.cold_rent.unwrap().amount.0.to_string(), "890.10");
    assert_eq!(rent.total_rent.unwrap().amount.0.to_string(), "1120");
    assert_eq!(rent.deposit.unwrap(), "2.670,00 €");
    assert_eq!(unit.location.unwrap().longitude, 8.8342);
    assert_eq!(unit.building.flooring, ["Parkett", "Fliesen"]);
    assert_eq!(unit.features, [PropertyFeature::Garden]);
}

#[test]
fn zero_is_unset_but_for_the_floor() {
    let unit = expanded();
    assert_eq!(unit.rooms.floor.unwrap(), "0");
    assert_eq!(unit.areas.plot_sqm, None);
    assert_eq!(unit.rent.unwrap().service_charge, None);
    assert_eq!(unit.sale, None);
}

#[test]
fn a_number_in_german_writing_is_left_out_rather_than_misread() {
    assert_eq!(expanded().energy.unwrap().value, None);
}

#[test]
fn addresses_are_trimmed_and_coded() {
    let unit = expanded();
    assert_eq!(unit.hides_address, Some(false));
    assert_eq!(unit.apartment_number.unwrap(), "WE 07");
    let address = unit.address.unwrap();
    assert_eq!(address.line1.unwrap(), "Lindenallee 14");
    assert_eq!(address.city.unwrap(), "Bremen");
    assert_eq!(address.district.unwrap(), "Schwachhausen");
    assert_eq!(address.country_code, Some(CountryCode::DE));
}

#[test]
fn pictures_are_sorted_split_and_never_private() {
    let unit = expanded();
    let titles = |images: Vec<crate::model::Image>| -> Vec<String> {
        images.into_iter().filter_map(|image| image.title).collect()
    };
    assert_eq!(titles(unit.images), ["Küche"]);
    assert_eq!(titles(unit.floor_plans), ["Grundriss EG"]);
    assert_eq!(unit.links.len(), 1);
}

#[test]
fn what_is_not_for_others_gets_no_further() {
    let all = format!("{:?}", expanded());
    for hidden in [
        "geheim",
        "zahlt spät",
        "intern@",
        "Mieterakte",
        "tour.example/13",
    ] {
        assert!(!all.contains(hidden), "{hidden}");
    }
    assert!(all.contains("petersen@hansehaus.example"));
}

#[test]
fn relationships_name_role_and_contact() {
    let unit = expanded();
    let ties: Vec<_> = unit
        .relationships
        .unwrap()
        .into_iter()
        .map(|tie| (tie.contact.key().to_owned(), tie.role, tie.role_text))
        .collect();
    assert_eq!(
        ties,
        [
            ("77120".to_owned(), ContactRole::Owner, None),
            (
                "77934".to_owned(),
                ContactRole::Tenant,
                Some("Mieter".to_owned())
            ),
            (
                "77001".to_owned(),
                ContactRole::Partner,
                Some("Hausmeister".to_owned())
            ),
        ]
    );
}

#[test]
fn the_rest_of_an_expanded_unit_is_there() {
    let unit = expanded();
    assert_eq!(unit.reference.unwrap(), "LA14-07");
    assert!(unit.is_active);
    assert_eq!(unit.status.unwrap().position, Some(3));
    assert_eq!(unit.broker_id.unwrap().key(), "918");
    assert_eq!(unit.development_id.unwrap().key(), "3302");
    assert_eq!(unit.tags, ["Neubau"]);
    assert_eq!(unit.descriptions.object.unwrap(), "Lang und schön");
    assert_eq!(unit.energy.unwrap().efficiency_class.as_deref(), Some("A+"));
    assert_eq!(unit.documents.unwrap()[0].tags, ["Protokoll"]);
    assert_eq!(
        unit.custom_fields[0].text.as_deref(),
        Some("9zXc-Vb1n-Mq2w-Er3t")
    );
    assert_eq!(unit.custom_fields[1].value, None);
    assert_eq!(
        unit.updated_at.unwrap().0.to_rfc3339(),
        "2026-03-02T08:15:04.118+00:00"
    );
}

#[test]
fn a_flat_unit_is_bare_and_says_what_it_does_not_carry() {
    let unit = flat();
    assert_eq!(unit.id, PropertyId::new("481399"));
    assert_eq!(
        unit.sale.unwrap().price.unwrap().amount.0.to_string(),
        "249000.50"
    );
    assert_eq!(unit.rooms.total, Some(2.5));
    assert_eq!(unit.rooms.floor.unwrap(), "2");
    assert_eq!(unit.documents, None);
    assert_eq!(unit.relationships, None);
    assert_eq!(unit.hides_address, None);
    assert_eq!(unit.custom_fields[0].text.as_deref(), Some("17"));
}

#[test]
fn unknown_words_break_nothing() {
    let unit = flat();
    assert_eq!(unit.offer, Some(OfferType::Unknown));
    assert_eq!(unit.kind, Some(PropertyKind::Unknown));
}

#[test]
fn archived_or_in_an_inactive_status_is_inactive() {
    let unit = |archived: bool, status: u32| -> Property {
        let json = format!(
            r#"{{"id": 1, "archived": {archived}, "status": {{"id": {status}, "name": "Inaktiv"}}}}"#
        );
        Converter {
            inactive_status_ids: &["7".to_owned()],
            ..CONVERTER
        }
        .property(read::<wire::Unit<wire::Unshown>>(&json))
    };
    assert!(!flat().is_active);
    assert!(!unit(false, 7).is_active);
    assert!(unit(false, 8).is_active, "the list of ids decides alone");
    assert!(!unit(true, 8).is_active);
}

#[test]
fn a_value_of_a_wrong_type_is_an_error() {
    for wrong in [
        r#"{"id": 1, "living_space": [78]}"#,
        r#"{"id": 1, "living_space": true}"#,
        r#"{"id": 1, "living_space": {"label": "Wohnfläche"}}"#,
        r#"{"id": 1, "living_space": {"label": "Wohnfläche", "value": {}}}"#,
        r#"{"id": 1, "images": "none"}"#,
        r#"{"unit_id": "LA14-07"}"#,
    ] {
        assert!(
            serde_json::from_str::<wire::Unit<wire::Image<'_>>>(wrong).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn a_contact_carries_every_address_once_and_nothing_private() {
    let contact = CONVERTER.contact(read(include_str!(
        "../../../../tests/fixtures/propstack/contact.json"
    )));
    assert!(!format!("{contact:?}").contains("1988"));
    assert_eq!(
        contact.emails.unwrap(),
        ["aylin.demir@mail.example", "demir@work.example"]
    );
    let phones: Vec<_> = contact
        .phones
        .unwrap()
        .into_iter()
        .map(|it| it.kind)
        .collect();
    assert_eq!(phones, ["main", "office"]);
    assert_eq!(contact.gdpr_status, Some(GdprStatus::Consented));
    assert_eq!(contact.status.unwrap().kind, ContactKind::Tenant);
    assert_eq!(contact.address.unwrap().line1.unwrap(), "Lindenallee 14");
    let ties: Vec<_> = contact
        .relationships
        .unwrap()
        .into_iter()
        .map(|tie| (tie.property.key().to_owned(), tie.role))
        .collect();
    assert_eq!(
        ties,
        [
            ("481207".to_owned(), ContactRole::Tenant),
            ("481399".to_owned(), ContactRole::Owner),
            ("481400".to_owned(), ContactRole::Owner),
        ]
    );
}

#[test]
fn a_contact_of_a_list_has_its_status_by_id_only() {
    let contact = CONVERTER.contact(read(
        r#"{"id": 1, "name": "Nordbau GmbH", "is_company": true, "client_status_id": 51}"#,
    ));
    assert_eq!(contact.status, None);
    assert_eq!(contact.status_id.unwrap().key(), "51");
    assert_eq!(contact.relationships, None);
}

#[test]
fn developments_are_read_with_either_form_of_status() {
    let record: wire::Project = read(
        r##"{"id": 3302, "title": "Quartier Lindenhof", "status": {"label": "Vertrieb", "color": "#36c"},
            "project_id": "QLH", "street": "Lindenallee", "house_number": "12-18", "zip_code": "28209"}"##,
    );
    let development = development(record);
    assert_eq!(development.status.as_deref(), Some("Vertrieb"));
    assert_eq!(
        development.address.unwrap().line1.as_deref(),
        Some("Lindenallee 12-18")
    );
    let bare: wire::Project = read(r#"{"id": 1, "name": "Hof", "status": "SALES"}"#);
    assert_eq!(super::development(bare).status.as_deref(), Some("SALES"));
}

#[test]
fn the_address_of_a_development_is_shown_only_where_propstack_says_so() {
    for (said, hides_address) in [
        (r#", "hide_address": false"#, false),
        (r#", "hide_address": true"#, true),
        (r#", "hide_address": null"#, true),
        (r#", "hide_address": "?""#, true),
        ("", true),
    ] {
        let record = read(&format!(r#"{{"id": 1{said}}}"#));
        assert_eq!(development(record).hides_address, hides_address, "{said}");
    }
}

#[test]
fn every_envelope_is_opened() {
    for json in [
        r#"[{"id": 1}]"#,
        r#"{"data": [{"id": 1}], "meta": {"total_count": 7}}"#,
        r#"{"documents": [{"id": 1}], "meta": {"total_count": 7}}"#,
        r#"{"meta": {"total_count": 7}, "data": [{"id": 1}], "more": {}}"#,
    ] {
        let page = list(json, |row: wire::Reference| row.id.0).unwrap();
        assert_eq!(page.rows, ["1"], "{json}");
        assert_eq!(page.total, json.starts_with('{').then_some(7), "{json}");
    }
    assert!(list(r#"{"ok": true}"#, |row: wire::Reference| row).is_err());
}
