//! The hand-over protocol as a paper.
//!
//! What the record does not hold (meter readings, keys, rooms) follows from its id, so the same
//! protocol always gives the same file.

use super::{Column, Document};
use crate::sandbox::world::{Handover, HandoverPerson, random::Random};

/// The file of one hand-over, one or two pages.
pub fn handover(handover: &Handover) -> Vec<u8> {
    let mut random = Random::topic(0, &handover.id);
    let title = match handover.cause.as_str() {
        "Handover" => "Übergabeprotokoll",
        "Takeback" => "Rücknahmeprotokoll",
        _ => "Protokoll",
    };
    let day = handover.created_at.format("%d.%m.%Y");
    let subtitle = format!("Nr. {} vom {day}", handover.id);
    let mut paper = Document::new(title, &subtitle, "Simuliertes Dokument der Sandbox");

    paper.heading("Objekt");
    paper.fields(&[
        ("Bezeichnung", handover.object_name.clone()),
        ("Anschrift", address(handover)),
        ("Objektnummer", handover.object_id.clone()),
        ("Art", object_type(&handover.object_type).to_owned()),
        (
            "Termin",
            handover
                .created_at
                .format("%d.%m.%Y, %H:%M Uhr (UTC)")
                .to_string(),
        ),
    ]);

    paper.heading("Beteiligte");
    let people: Vec<_> = handover
        .people
        .iter()
        .map(|person| {
            let email = person.email.clone().unwrap_or_else(|| "–".to_owned());
            vec![role(&person.role).to_owned(), name(person), email]
        })
        .collect();
    let columns = [
        Column("Rolle", 0.2),
        Column("Name", 0.38),
        Column("E-Mail", 0.42),
    ];
    paper.table(&columns, &people);

    paper.heading("Zählerstände");
    let columns = [
        Column("Zähler", 0.25),
        Column("Nummer", 0.3),
        Column("Stand", 0.25),
        Column("Einheit", 0.2),
    ];
    paper.table(&columns, &meters(&mut random));

    paper.heading("Schlüssel");
    let keys: Vec<_> = [
        ("Haustür", 2, 4),
        ("Wohnungstür", 2, 5),
        ("Briefkasten", 1, 2),
        ("Keller", 1, 2),
    ]
    .into_iter()
    .map(|(key, least, most)| vec![key.to_owned(), random.between(least, most).to_string()])
    .collect();
    paper.table(&[Column("Schlüssel", 0.55), Column("Anzahl", 0.45)], &keys);

    paper.heading("Räume und Zustand");
    let columns = [
        Column("Raum", 0.25),
        Column("Zustand", 0.25),
        Column("Bemerkung", 0.5),
    ];
    paper.table(&columns, &rooms(&mut random));

    paper.heading("Vereinbarungen");
    paper.paragraph(
        "Die Räume wurden gemeinsam begangen. Festgestellte Mängel sind oben vermerkt und werden \
         innerhalb von vier Wochen beseitigt. Die Beteiligten bestätigen die Zählerstände und die \
         Vollständigkeit der übergebenen Schlüssel mit ihrer Unterschrift.",
    );
    let signers: Vec<_> = handover
        .people
        .iter()
        .map(|person| (name(person), format!("{}, {day}", role(&person.role))))
        .collect();
    paper.signatures(&signers);
    paper.finish(handover.created_at)
}

fn address(handover: &Handover) -> String {
    let Handover {
        address_line,
        postal_code,
        city,
        ..
    } = handover;
    format!("{address_line}, {postal_code} {city}")
}

fn name(person: &HandoverPerson) -> String {
    let human = [&person.first_name, &person.last_name];
    let human: Vec<_> = human.into_iter().flatten().map(String::as_str).collect();
    match (&person.company, human.as_slice()) {
        (Some(company), []) => company.clone(),
        (Some(company), _) => format!("{} ({company})", human.join(" ")),
        (None, _) => human.join(" "),
    }
}

fn role(code: &str) -> &str {
    match code {
        "RENTER" => "Mieter",
        "OWNER" => "Eigentümer",
        "LANDLORD" => "Vermieter",
        "MANAGER" => "Verwaltung",
        "AGENT" => "Makler",
        "BUYER" => "Käufer",
        "SELLER" => "Verkäufer",
        _ => "Anwesend",
    }
}

fn object_type(code: &str) -> &str {
    match code {
        "REALESTATE_RESIDENTIAL_APARTMENT" => "Wohnung",
        "REALESTATE_RESIDENTIAL_HOUSE" => "Haus",
        "REALESTATE_RESIDENTIAL_ROOM" => "Zimmer",
        "REALESTATE_COMMERCIAL_OFFICE" => "Gewerbe",
        _ => "Sonstiges",
    }
}

fn meters(random: &mut Random) -> Vec<Vec<String>> {
    [
        ("Strom", "kWh", 60_000),
        ("Heizung", "Einheiten", 4_000),
        ("Kaltwasser", "m³", 900),
        ("Warmwasser", "m³", 400),
    ]
    .into_iter()
    .map(|(meter, unit, most)| {
        let number = format!("{}-{:06}", &meter[..1], random.between(100_000, 999_999));
        let reading = format!(
            "{},{}",
            random.between(most / 20, most),
            random.between(0, 9)
        );
        vec![meter.to_owned(), number, reading, unit.to_owned()]
    })
    .collect()
}

fn rooms(random: &mut Random) -> Vec<Vec<String>> {
    const STATES: [(&str, &str); 6] = [
        ("neuwertig", ""),
        ("gut", ""),
        ("gut", "frisch gestrichen"),
        ("gebraucht", "leichte Kratzer im Parkett"),
        ("gebraucht", "Bohrlöcher verschlossen"),
        ("mangelhaft", "Fenstergriff locker, wird nachgestellt"),
    ];
    [
        "Flur",
        "Wohnzimmer",
        "Schlafzimmer",
        "Küche",
        "Bad",
        "Balkon",
        "Keller",
    ]
    .into_iter()
    .map(|room| {
        let (state, remark) = *random.pick(&STATES);
        vec![room.to_owned(), state.to_owned(), remark.to_owned()]
    })
    .collect()
}
