//! Developments and units.

use std::collections::HashMap;

use self::measure::{amount_cents, area, rooms, unit_tags, year};
use super::{
    Calendar, Ids,
    names::{QUARTER_KINDS, QUARTER_NAMES},
    places::Streets,
};
use crate::sandbox::world::{Development, Label, Place, Unit, UnitKind, random::Random};

mod measure;

/// How many units of the first development are meant to be shown: rentals with everything filled.
pub const SHOWCASE: usize = 24;

/// Indexes into [`statuses`].
const MARKETING: usize = 2;
const RESERVED: usize = 3;
const LET: usize = 4;
const SOLD: usize = 5;
const INACTIVE: usize = 7;

/// The firm's unit statuses.
pub fn statuses(ids: &mut Ids) -> Vec<Label> {
    ids.labels(&[
        ("Akquise", "#9aa5b1"),
        ("In Vorbereitung", "#f0b429"),
        ("Vermarktung", "#2e9e5b"),
        ("Reserviert", "#e07b39"),
        ("Vermietet", "#3366cc"),
        ("Verkauft", "#5a3fbf"),
        ("Abgeschlossen", "#52606d"),
        ("Inaktiv", "#cbd2d9"),
    ])
}

/// The firm's words for units.
pub fn tags(ids: &mut Ids) -> Vec<Label> {
    ids.labels(&[
        ("Neubau", "#2e9e5b"),
        ("Altbau", "#8d6e63"),
        ("Erstbezug", "#3366cc"),
        ("Denkmalschutz", "#b44d12"),
        ("Kapitalanlage", "#5a3fbf"),
        ("Barrierearm", "#0f8a8a"),
    ])
}

/// Makes exactly `count` units; all but the last seventh belong to developments.
pub fn generate(
    count: usize,
    seed: u64,
    calendar: Calendar,
    brokers: &[u64],
    streets: &mut Streets,
) -> (Vec<Development>, Vec<Unit>) {
    let mut estate = Estate {
        random: Random::topic(seed, "units"),
        unit_ids: Ids::new(seed, 481_000),
        calendar,
        brokers,
        count,
        units: Vec::with_capacity(count),
    };
    let mut development_ids = Ids::new(seed, 3_300);
    let mut titles = HashMap::new();
    let mut developments = Vec::new();
    while estate.units.len() < count - count / 7 {
        let id = development_ids.next();
        let development = estate.develop(id, developments.len(), &mut titles, streets);
        developments.push(development);
    }
    while estate.has_room() {
        estate.build_alone(streets);
    }
    (developments, estate.units)
}

/// The stock while it grows.
struct Estate<'a> {
    random: Random,
    unit_ids: Ids,
    calendar: Calendar,
    brokers: &'a [u64],
    count: usize,
    units: Vec<Unit>,
}

impl Estate<'_> {
    fn has_room(&self) -> bool {
        self.units.len() < self.count
    }

    fn develop(
        &mut self,
        id: u64,
        index: usize,
        titles: &mut HashMap<String, usize>,
        streets: &mut Streets,
    ) -> Development {
        let is_showcase = index == 0;
        let (title, code) = self.name(is_showcase, titles);
        let houses = if is_showcase {
            streets.showcase(SHOWCASE / 6)
        } else {
            streets.houses(1 + self.random.below(4))
        };
        let (first, last) = (&houses[0], &houses[houses.len() - 1]);
        let mut place = first.clone();
        if houses.len() > 1 {
            place.house_number = format!("{}-{}", first.house_number, last.house_number);
        }
        let created_at = self.calendar.ago(&mut self.random, (900, 1500));
        let development = Development {
            id,
            title,
            code,
            place,
            broker: self.brokers[index % self.brokers.len()],
            is_rental: is_showcase || self.random.chance(70),
            hides_address: index == 1,
            stage: if is_showcase { 2 } else { self.random.below(4) },
            built: year(&mut self.random),
            created_at,
            updated_at: self.calendar.touched(&mut self.random, created_at),
        };
        for house in &houses {
            let flats = if is_showcase {
                6
            } else {
                4 + self.random.below(9)
            };
            self.build_house(&development, house, flats, is_showcase);
        }
        development
    }

    fn name(&mut self, is_showcase: bool, titles: &mut HashMap<String, usize>) -> (String, String) {
        let (kind, name) = if is_showcase {
            (&QUARTER_KINDS[0], &QUARTER_NAMES[0])
        } else {
            (
                self.random.pick(QUARTER_KINDS),
                self.random.pick(QUARTER_NAMES),
            )
        };
        let title = format!("{} {}", kind.0, name.0);
        let code = format!("{}{}", kind.1, name.1);
        let times = titles.entry(title.clone()).or_default();
        *times += 1;
        match *times {
            1 => (title, code),
            again => (format!("{title} {again}"), format!("{code}{again}")),
        }
    }

    /// Flats two to a storey, now and then a shop or an office on the ground and garages below.
    fn build_house(
        &mut self,
        development: &Development,
        place: &Place,
        flats: usize,
        is_showcase: bool,
    ) {
        for index in 0..flats {
            let floor = i32::try_from(index / 2).expect("a low house");
            let (kind, designation) = match (is_showcase, floor, self.random.below(10)) {
                (false, 0, 0) => (UnitKind::Store, format!("Laden {}", index + 1)),
                (false, 0, 1) => (UnitKind::Office, format!("GE {:02}", index + 1)),
                _ => (UnitKind::Apartment, format!("WE {:02}", index + 1)),
            };
            let sketch = Sketch {
                kind,
                place: place.clone(),
                number: number(&development.code, place, &designation),
                designation: Some(designation),
                is_rental: development.is_rental,
                development: Some(development),
                floor: Some(floor),
                floor_position: Some(if index % 2 == 0 { "links" } else { "rechts" }),
                is_showcase,
            };
            let is_twin = !is_showcase
                && kind == UnitKind::Apartment
                && (self.units.len() % 60 == 59 || self.units.len() == SHOWCASE + 2);
            let twin = is_twin.then(|| Sketch {
                number: format!("{}-V", sketch.number),
                is_rental: !sketch.is_rental,
                ..sketch.clone()
            });
            self.add(sketch);
            // The same flat entered a second time, to be sold: nothing but its id tells it apart.
            if let Some(twin) = twin {
                self.add(twin);
            }
        }
        if !is_showcase && self.random.chance(30) {
            for index in 1..=2 {
                let designation = format!("TG {index:02}");
                self.add(Sketch {
                    kind: UnitKind::Garage,
                    place: place.clone(),
                    number: number(&development.code, place, &designation),
                    designation: Some(designation),
                    is_rental: true,
                    development: Some(development),
                    floor: Some(-1),
                    floor_position: None,
                    is_showcase,
                });
            }
        }
    }

    /// A house, a shop, a piece of land or a row of garages that belongs to no development.
    fn build_alone(&mut self, streets: &mut Streets) {
        let place = streets.houses(1).remove(0);
        let (kind, letters, is_rental) = match self.random.below(20) {
            0..9 => (UnitKind::House, "EH", self.random.chance(30)),
            9..12 => (UnitKind::Store, "LA", true),
            12..14 => (UnitKind::Office, "BU", true),
            14..17 => (UnitKind::Land, "GR", false),
            _ => (UnitKind::Garage, "GA", true),
        };
        let rows = if kind == UnitKind::Garage { 2 } else { 1 };
        for row in 1..=rows {
            let number = format!("{letters}-{:04}", self.units.len() + 1);
            self.add(Sketch {
                kind,
                place: place.clone(),
                number,
                designation: (rows > 1).then(|| format!("Garage {row}")),
                is_rental,
                development: None,
                floor: None,
                floor_position: None,
                is_showcase: false,
            });
        }
    }

    fn add(&mut self, sketch: Sketch<'_>) {
        if !self.has_room() {
            return;
        }
        let random = &mut self.random;
        let area_sqm = area(random, sketch.kind);
        let created_at = self.calendar.ago(random, (60, 850));
        let built = match sketch.development {
            Some(development) => development.built,
            None => year(random),
        };
        let status = match (sketch.is_showcase, sketch.is_rental) {
            (true, _) => *random.pick(&[LET, LET, LET, MARKETING]),
            (false, true) => *random.pick(&[0, 1, 2, 2, 3, LET, LET, LET, LET, LET, LET, INACTIVE]),
            (false, false) => *random.pick(&[0, 1, 2, 2, 2, RESERVED, SOLD, SOLD, 6, INACTIVE]),
        };
        let broker = sketch.development.map_or_else(
            || *random.pick(self.brokers),
            |development| development.broker,
        );
        self.units.push(Unit {
            id: self.unit_ids.next(),
            development: sketch.development.map(|development| development.id),
            broker,
            kind: sketch.kind,
            place: sketch.place,
            designation: sketch.designation,
            number: sketch.number,
            is_rental: sketch.is_rental,
            is_archived: !sketch.is_showcase && random.chance(8),
            hides_address: !sketch.is_showcase && random.chance(10),
            status,
            tags: unit_tags(random, built, sketch.is_rental),
            area_sqm,
            rooms: rooms(random, sketch.kind, area_sqm),
            floor: sketch.floor,
            floor_position: sketch.floor_position,
            amount_cents: amount_cents(random, sketch.kind, sketch.is_rental, area_sqm),
            built,
            people: Vec::new(),
            deeprent_object: None,
            created_at,
            updated_at: self.calendar.touched(random, created_at),
        });
    }
}

/// What is decided about a unit before the dice are thrown.
#[derive(Clone)]
struct Sketch<'a> {
    kind: UnitKind,
    place: Place,
    number: String,
    designation: Option<String>,
    is_rental: bool,
    development: Option<&'a Development>,
    floor: Option<i32>,
    floor_position: Option<&'static str>,
    is_showcase: bool,
}

fn number(code: &str, place: &Place, designation: &str) -> String {
    let short = designation.trim_start_matches("WE ").replace(' ', "");
    format!("{code}-{}-{short}", place.house_number.replace(' ', ""))
}
