//! The field sheet of a unit: name, label and value of each business field.
//!
//! The values have the habits of the real system: a number comes as float, integer or text, 0 often
//! means that nobody filled it in, and the deposit is free text.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::sheet::Sheet;
use crate::sandbox::world::UnitKind;

/// One row of the sheet.
pub struct Field {
    pub name: &'static str,
    label: &'static str,
    cell: fn(&Sheet<'_>) -> Cell,
}

enum Cell {
    Empty,
    Flag(bool),
    /// Written as float, integer or text, whichever the dice say.
    Number(f64),
    Text(String),
    Words(&'static [&'static str]),
}

impl Field {
    /// The business field of that name.
    pub fn named(name: &str) -> &'static Self {
        let mut fields = FIELDS.iter();
        fields
            .find(|field| field.name == name)
            .expect("a field of the sheet")
    }

    /// `{"label": …, "value": …}`, or the bare value.
    pub fn on<'a>(&'a self, sheet: &'a Sheet<'a>, is_labelled: bool) -> impl Serialize + 'a {
        Entry {
            field: self,
            sheet,
            is_labelled,
        }
    }
}

struct Entry<'a> {
    field: &'a Field,
    sheet: &'a Sheet<'a>,
    is_labelled: bool,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            field,
            sheet,
            is_labelled,
        } = self;
        let value = Value {
            name: field.name,
            cell: (field.cell)(sheet),
            sheet,
        };
        if !is_labelled {
            return value.serialize(serializer);
        }
        let mut pair = serializer.serialize_map(Some(2))?;
        pair.serialize_entry("label", field.label)?;
        pair.serialize_entry("value", &value)?;
        pair.end()
    }
}

struct Value<'a> {
    name: &'static str,
    cell: Cell,
    sheet: &'a Sheet<'a>,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.cell {
            Cell::Empty => serializer.serialize_none(),
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Words(words) => words.serialize(serializer),
            Cell::Number(number) => match self.sheet.dice(self.name).below(3) {
                0 => serializer.serialize_str(&number.to_string()),
                1 if number.fract() == 0.0 => serializer.serialize_i64(*number as i64),
                _ => serializer.serialize_f64(*number),
            },
        }
    }
}

fn known(number: Option<f64>) -> Cell {
    number.map_or(Cell::Empty, Cell::Number)
}

/// A number that is 0 for some and null for others where nobody filled it in.
fn filled(sheet: &Sheet<'_>, topic: &str, number: Option<f64>) -> Cell {
    match number {
        Some(number) => Cell::Number(number),
        None if sheet.chance(topic, 50) => Cell::Number(0.0),
        None => Cell::Empty,
    }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn choice(sheet: &Sheet<'_>, topic: &str, choices: &[&str]) -> Cell {
    text(*sheet.dice(topic).pick(choices))
}

fn words(sheet: &Sheet<'_>, topic: &str, choices: &[&'static [&'static str]]) -> Cell {
    let at = sheet.dice(topic).below(choices.len());
    Cell::Words(choices[at])
}

/// True for so many of a hundred homes.
fn has(sheet: &Sheet<'_>, topic: &str, percent: usize) -> Cell {
    Cell::Flag(sheet.is_home() && sheet.chance(topic, percent))
}

/// Often text; 0 is the ground floor.
fn floor(sheet: &Sheet<'_>) -> Cell {
    match sheet.unit.floor {
        None => Cell::Empty,
        Some(floor) if sheet.chance("floor text", 70) => text(floor.to_string()),
        Some(floor) => Cell::Number(f64::from(floor)),
    }
}

/// Free text, such as `3.600,00 €`.
fn deposit(sheet: &Sheet<'_>) -> Cell {
    let Some(rent) = sheet.base_rent() else {
        return Cell::Empty;
    };
    let euros = (rent * 3.0).round() as i64;
    match (euros / 1000, euros % 1000) {
        _ if sheet.chance("deposit", 15) => text("3 Nettokaltmieten"),
        (0, rest) => text(format!("{rest},00 €")),
        (thousands, rest) => text(format!("{thousands}.{rest:03},00 €")),
    }
}

/// The raw code, and for the best class the printed one as well.
fn energy_class(sheet: &Sheet<'_>) -> Cell {
    let Some(value) = sheet.energy_value() else {
        return Cell::Empty;
    };
    text(match value {
        ..=40.0 if sheet.chance("class", 50) => "A_PLUS",
        ..=40.0 => "A+",
        ..=60.0 => "A",
        ..=75.0 => "B",
        ..=100.0 => "C",
        ..=130.0 => "D",
        _ => "E",
    })
}

/// A certificate is valid for ten years.
fn certificate_day(sheet: &Sheet<'_>, years: i64) -> Cell {
    let year = sheet.dice("certificate").between(2017, 2024) + years;
    sheet
        .energy_value()
        .map_or(Cell::Empty, |_| text(format!("{year}-04-01")))
}

macro_rules! fields {
    (|$sheet:ident| $($name:ident $label:literal = $cell:expr;)*) => {
        &[$(Field {
            name: stringify!($name),
            label: $label,
            cell: |$sheet| {
                let _ = $sheet;
                $cell
            },
        }),*]
    };
}

/// Every field that the full shape wraps, in the order of the sheet.
pub const FIELDS: &[Field] = fields! { |sheet|
    title "Überschrift" = text(sheet.title());
    district "Stadtteil" = text(&sheet.unit.place.district);
    sublocality_level_1 "Ortsteil" = Cell::Empty;
    location_name "Lagebezeichnung" = Cell::Empty;
    lp_address "Adresse für die Landingpage" = Cell::Empty;
    apartment_number "Wohnungsnummer" = sheet.unit.designation.as_ref().map_or(Cell::Empty, text);

    living_space "Wohnfläche ca." = filled(sheet, "living", sheet.living_space());
    usable_floor_space "Nutzfläche" = filled(sheet, "usable", None);
    total_floor_space "Gesamtfläche" = known((!sheet.is_home()).then_some(sheet.unit.area_sqm));
    net_floor_space "Verkaufsfläche" = known((sheet.unit.kind == UnitKind::Store).then_some(sheet.unit.area_sqm));
    plot_area "Grundstücksfläche" = filled(sheet, "plot", sheet.plot_area());
    balcony_space "Balkonfläche" = known(sheet.chance("balcony", 60).then_some(6.5));
    garden_space "Gartenfläche" = Cell::Empty;
    cellar_space "Kellerfläche" = known(sheet.chance("cellar", 50).then_some(8.0));
    industrial_area "Produktionsfläche" = Cell::Empty;
    additional_area "Nebenfläche" = Cell::Empty;

    number_of_rooms "Zimmer" = Cell::Number(sheet.unit.rooms);
    number_of_bed_rooms "Schlafzimmer" = filled(sheet, "bedrooms unset", sheet.bed_rooms());
    number_of_bath_rooms "Badezimmer" = filled(sheet, "bathrooms unset", sheet.bath_rooms());
    number_of_balconies "Anzahl Balkone" = filled(sheet, "balconies", sheet.chance("balcony", 60).then_some(1.0));
    number_of_terraces "Anzahl Terrassen" = filled(sheet, "terraces", None);
    number_of_parking_spaces "Anzahl Stellplätze" = filled(sheet, "parking", None);
    number_of_floors "Etagenanzahl" = filled(sheet, "floors", sheet.unit.floor.map(|_| 5.0));
    number_of_units "Wohneinheiten" = filled(sheet, "units", None);
    floor "Etage" = floor(sheet);
    floor_position "Lage auf der Etage" = sheet.unit.floor_position.map_or(Cell::Empty, text);

    price "Preis" = filled(sheet, "price", sheet.price());
    price_on_inquiry "Preis auf Anfrage" = Cell::Flag(!sheet.unit.is_rental && sheet.chance("inquiry", 10));
    price_per_sqm "Preis pro m²" = known(sheet.price_per_sqm());
    price_type "Preisart" = Cell::Empty;
    sold_price "Verkauft für" = known(sheet.price().filter(|_| sheet.status() == "Verkauft"));
    courtage "Provision" = sheet.price().map_or(Cell::Empty, |_| text("3,57 % inkl. MwSt."));
    courtage_note "Provisionshinweis" = Cell::Empty;
    rent_subsidy "Hausgeld" = known(sheet.price().filter(|_| sheet.is_home()).map(|_| (sheet.unit.area_sqm * 3.6).round()));
    maintenance_reserve "Instandhaltungsrücklage" = filled(sheet, "reserve", None);

    base_rent "Kaltmiete" = filled(sheet, "rent", sheet.base_rent());
    total_rent "Warmmiete" = filled(sheet, "total", sheet.total_rent());
    service_charge "Nebenkosten" = known(sheet.service_charge());
    heating_costs "Heizkosten" = filled(sheet, "heating", None);
    heating_costs_in_service_charge "Heizkosten in Nebenkosten enthalten" = Cell::Flag(sheet.unit.is_rental);
    deposit "Kaution" = deposit(sheet);
    free_from "Verfügbar ab" = choice(sheet, "free", &["sofort", "nach Vereinbarung", "01.02.2027", "Frühjahr"]);
    rented "Vermietet" = Cell::Flag(sheet.status() == "Vermietet");
    tenancy "Mietverhältnis" = Cell::Empty;
    pets_allowed "Haustiere erlaubt" = choice(sheet, "pets", &["Nach Vereinbarung", "Ja", "Nein"]);

    rental_income "Mieteinnahmen pro Jahr" = known(sheet.rent_a_year("actual"));
    rental_income_actual "Mieteinnahmen (Ist)" = known(sheet.rent_a_year("actual"));
    rental_income_target "Mieteinnahmen (Soll)" = known(sheet.rent_a_year("target"));
    price_multiplier "Kaufpreisfaktor" = known(sheet.yield_percent("actual").map(|percent| (1000.0 / percent).round() / 10.0));
    yield_actual "Rendite (Ist)" = known(sheet.yield_percent("actual"));
    yield_target "Rendite (Soll)" = known(sheet.yield_percent("target"));
    number_of_apartments "Anzahl Wohnungen" = filled(sheet, "apartments", None);
    number_of_commercials "Anzahl Gewerbeeinheiten" = filled(sheet, "commercials", None);

    balcony "Balkon" = has(sheet, "balcony", 60);
    cellar "Keller" = has(sheet, "cellar", 50);
    lift "Aufzug" = has(sheet, "lift", 30);
    built_in_kitchen "Einbauküche" = has(sheet, "kitchen", 55);
    kitchen_complete "Küche vollständig" = has(sheet, "kitchen", 30);
    garden "Garten" = has(sheet, "garden", 25);
    guest_toilet "Gäste-WC" = has(sheet, "toilet", 30);
    barrier_free "Barrierefrei" = Cell::Flag(sheet.unit.tags.contains(&5));
    storeroom "Abstellraum" = has(sheet, "storeroom", 50);
    loggia "Loggia" = has(sheet, "loggia", 10);
    sauna "Sauna" = has(sheet, "sauna", 2);
    monument "Denkmalschutz" = Cell::Flag(sheet.unit.tags.contains(&3));
    air_conditioning "Klimaanlage" = has(sheet, "air", 8);
    winter_garden "Wintergarten" = Cell::Flag(false);
    swimming_pool "Schwimmbad" = Cell::Flag(false);
    chimney "Kamin" = has(sheet, "chimney", 6);
    granny_flat "Einliegerwohnung" = Cell::Flag(false);
    ramp "Rampe" = Cell::Flag(false);
    alarm_system "Alarmanlage" = Cell::Flag(false);

    construction_year "Baujahr" = Cell::Number(f64::from(sheet.unit.built));
    construction_phase "Bauphase" = text("COMPLETED");
    condition "Objektzustand" = choice(sheet, "condition", &["Erstbezug", "Gepflegt", "WELL_KEPT", "Modernisiert", "REFURBISHED"]);
    interior_quality "Qualität der Ausstattung" = choice(sheet, "quality", &["NORMAL", "SOPHISTICATED", "LUXURY"]);
    last_refurbishment "Letzte Modernisierung" = sheet.refurbished().map_or(Cell::Empty, |year| text(year.to_string()));
    heating_type "Heizungsart" = choice(sheet, "heating type", &["CENTRAL_HEATING", "DISTRICT_HEATING", "FLOOR_HEATING"]);
    firing_types "Energieträger" = words(sheet, "firing", &[&["GAS"], &["DISTRICT_HEATING"], &["HEAT_PUMP", "SOLAR_HEATING"], &[]]);
    flooring_type "Bodenbelag" = words(sheet, "flooring", &[&["PARQUET"], &["LAMINATE", "TILES"], &["FLOORBOARDS"], &[]]);
    bathroom "Bad" = words(sheet, "bathroom", &[&["SHOWER"], &["TUB", "WINDOW"], &["SHOWER", "WINDOW"]]);
    kitchen "Küche" = words(sheet, "kitchen type", &[&["OPEN"], &["FITTED"], &[]]);
    parking_space_types "Stellplatzarten" = words(sheet, "parking types", &[&["UNDERGROUND_GARAGE"], &["STREET_PARKING"], &[]]);
    parking_space_price "Stellplatzpreis" = filled(sheet, "parking price", None);
    architectural_style "Baustil" = Cell::Empty;
    roof_form "Dachform" = Cell::Empty;
    distance_to_pt "Minuten zum ÖPNV" = Cell::Number(sheet.dice("bus").between(2, 12) as f64);
    distance_to_mrs "Minuten zum Hauptbahnhof" = Cell::Number(sheet.dice("station").between(8, 40) as f64);
    distance_to_airport "Minuten zum Flughafen" = Cell::Empty;
    distance_to_fm "Minuten zur Autobahn" = Cell::Empty;

    energy_certificate_availability "Energieausweis" = text(if sheet.energy_value().is_some() { "AVAILABLE" } else { "NOT_AVAILABLE_YET" });
    building_energy_rating_type "Energieausweistyp" = sheet.energy_value().map_or(Cell::Empty, |_| choice(sheet, "rating", &["ENERGY_REQUIRED", "ENERGY_CONSUMPTION"]));
    energy_efficiency_value "Energiekennwert" = Cell::Empty;
    thermal_characteristic "Energieverbrauchskennwert" = filled(sheet, "thermal", sheet.energy_value());
    energy_efficiency_class "Energieeffizienzklasse" = energy_class(sheet);
    energy_certificate_start_date "Energieausweis gültig von" = certificate_day(sheet, 0);
    energy_certificate_end_date "Energieausweis gültig bis" = certificate_day(sheet, 10);
    energy_consumption_contains_warm_water "Warmwasser enthalten" = has(sheet, "water", 70);

    description_note "Objektbeschreibung" = text(sheet.description());
    location_note "Lage" = text(sheet.surroundings());
    furnishing_note "Ausstattung" = if sheet.is_home() { text("Gepflegtes Bad, Dielen im Wohnraum, Keller im Haus.") } else { Cell::Empty };
    other_note "Sonstiges" = Cell::Empty;
    long_description_note "Objektbeschreibung (lang)" = text(sheet.description());
    long_location_note "Lage (lang)" = text(sheet.surroundings());
    long_furnishing_note "Ausstattung (lang)" = Cell::Empty;
    long_other_note "Sonstiges (lang)" = Cell::Empty;

    // The API gives these away; whoever reads it must not.
    note "Interne Notiz" = text("Nur intern: Eigentümer wünscht Rückruf.");
    internal_commission "Innenprovision" = sheet.price().map_or(Cell::Empty, |_| text("1,5 %"));
    external_commission "Außenprovision" = Cell::Empty;
    valuation_price_from "Bewertung von" = known(sheet.price().map(|price| (price * 0.95).round()));
    valuation_price_to "Bewertung bis" = known(sheet.price().map(|price| (price * 1.05).round()));
};

/// A bare number with the same habits.
pub fn number<'a>(sheet: &'a Sheet<'a>, name: &'static str, number: f64) -> impl Serialize + 'a {
    Value {
        name,
        cell: Cell::Number(number),
        sheet,
    }
}
