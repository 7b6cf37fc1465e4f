//! Addresses: real towns, street names as every town has them.

use crate::sandbox::world::{Place, random::Random};

struct Quarter {
    city: &'static str,
    district: &'static str,
    postal_code: &'static str,
    region: &'static str,
    latitude: f64,
    longitude: f64,
}

macro_rules! quarters {
    ($($city:literal $district:literal $postal_code:literal $region:literal $latitude:literal $longitude:literal;)*) => {
        &[$(Quarter {
            city: $city, district: $district, postal_code: $postal_code, region: $region,
            latitude: $latitude, longitude: $longitude,
        }),*]
    };
}

const QUARTERS: &[Quarter] = quarters![
    "Bremen" "Schwachhausen" "28209" "Bremen" 53.0871 8.8342;
    "Bremen" "Neustadt" "28199" "Bremen" 53.0663 8.7942;
    "Bremen" "Findorff" "28215" "Bremen" 53.0948 8.8081;
    "Bremen" "Überseestadt" "28217" "Bremen" 53.0965 8.7702;
    "Oldenburg" "Bürgerfelde" "26127" "Niedersachsen" 53.1586 8.1932;
    "Oldenburg" "Osternburg" "26135" "Niedersachsen" 53.1257 8.2349;
    "Hannover" "Linden-Nord" "30451" "Niedersachsen" 52.3759 9.7126;
    "Hannover" "Südstadt" "30171" "Niedersachsen" 52.3595 9.7531;
    "Hamburg" "Eimsbüttel" "20259" "Hamburg" 53.5752 9.9529;
    "Hamburg" "Ottensen" "22765" "Hamburg" 53.5535 9.9285;
    "Hamburg" "Winterhude" "22303" "Hamburg" 53.5921 10.0043;
    "Lübeck" "St. Jürgen" "23562" "Schleswig-Holstein" 53.8496 10.6951;
    "Leipzig" "Plagwitz" "04229" "Sachsen" 51.3242 12.3321;
    "Leipzig" "Gohlis" "04157" "Sachsen" 51.3641 12.3713;
    "Dresden" "Äußere Neustadt" "01099" "Sachsen" 51.0664 13.7551;
    "Köln" "Ehrenfeld" "50823" "Nordrhein-Westfalen" 50.9513 6.9163;
    "Münster" "Kreuzviertel" "48147" "Nordrhein-Westfalen" 51.9724 7.6173;
];

/// Streets that the firm's stock lies in.
const STREETS: &[&str] = &[
    "Lindenstraße",
    "Goethestraße",
    "Schillerstraße",
    "Hauptstraße",
    "Bahnhofstraße",
    "Mühlenstraße",
    "Gartenstraße",
    "Schulstraße",
    "Bergstraße",
    "Kirchstraße",
    "Königstraße",
    "Grünstraße",
    "Weiße Straße",
    "Große Straße",
    "Kölner Straße",
    "Bürgermeister-Smidt-Straße",
    "Käthe-Kollwitz-Straße",
    "Lindenallee",
    "Kastanienallee",
    "Königsallee",
    "Ahornweg",
    "Birkenweg",
    "Drosselweg",
    "Mühlenweg",
    "Fährweg",
    "Am Markt",
    "Am Alten Hafen",
    "An der Weide",
    "Auf der Höhe",
    "Zum Wäldchen",
    "Schlossplatz",
    "Domplatz",
];

/// Streets that the CRM knows nothing of.
const OTHER_STREETS: &[&str] = &[
    "Unterer Wiesengrund",
    "Steinbrückenweg",
    "Alte Poststraße",
    "Jägerstieg",
    "Rübenkamp",
    "Hinter den Höfen",
];

/// Gives out addresses, each house number once.
pub struct Streets {
    random: Random,
    /// The highest house number given out, by quarter and street.
    taken: Vec<u32>,
}

impl Streets {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::topic(seed, "streets"),
            taken: vec![0; QUARTERS.len() * STREETS.len()],
        }
    }

    /// So many neighbouring houses on the same side of a street, nobody's so far.
    pub fn houses(&mut self, count: usize) -> Vec<Place> {
        let quarter = self.random.below(QUARTERS.len());
        let street = self.random.below(STREETS.len());
        self.houses_at(quarter, street, count)
    }

    /// The houses that the firm is proudest of: the first of a street in the first quarter.
    pub fn showcase(&mut self, count: usize) -> Vec<Place> {
        self.houses_at(0, 0, count)
    }

    fn houses_at(&mut self, quarter: usize, street: usize, count: usize) -> Vec<Place> {
        let random = &mut self.random;
        let taken = &mut self.taken[quarter * STREETS.len() + street];
        let first = *taken + 1 + u32::try_from(random.below(5)).expect("below 5");
        let steps = u32::try_from(count).expect("a handful of houses");
        *taken = first + 2 * steps;
        let letter = if count == 1 && random.chance(25) {
            *random.pick(&[" a", " b", " c"])
        } else {
            ""
        };
        let (north, east) = (jitter(random), jitter(random));
        (0..steps)
            .map(|house| {
                let number = format!("{}{letter}", first + 2 * house);
                let along = f64::from(house) * 0.0002;
                place(quarter, STREETS[street], number, (north + along, east))
            })
            .collect()
    }

    /// Where somebody lives; may be anybody's address.
    pub fn home(&mut self) -> Place {
        let random = &mut self.random;
        let quarter = random.below(QUARTERS.len());
        let street = *random.pick(STREETS);
        let number = random.between(1, 140).to_string();
        let offset = (jitter(random), jitter(random));
        place(quarter, street, number, offset)
    }

    /// A house that is in nobody's books.
    pub fn elsewhere(&mut self) -> Place {
        let random = &mut self.random;
        let quarter = random.below(QUARTERS.len());
        let street = *random.pick(OTHER_STREETS);
        let number = random.between(1, 90).to_string();
        place(quarter, street, number, (0.0, 0.0))
    }
}

fn place(quarter: usize, street: &str, house_number: String, offset: (f64, f64)) -> Place {
    let Quarter {
        city,
        district,
        postal_code,
        region,
        latitude,
        longitude,
    } = QUARTERS[quarter];
    Place {
        street: street.to_owned(),
        house_number,
        postal_code: postal_code.to_owned(),
        city: city.to_owned(),
        district: district.to_owned(),
        region: region.to_owned(),
        latitude: round(latitude + offset.0),
        longitude: round(longitude + offset.1),
    }
}

/// Up to about a kilometre, in degrees.
fn jitter(random: &mut Random) -> f64 {
    f64::from(i32::try_from(random.between(-900, 900)).expect("small")) / 100_000.0
}

fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}
