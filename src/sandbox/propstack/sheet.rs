//! What can be said about a unit beyond its record, always the same for the same unit.

use crate::sandbox::world::{Unit, UnitKind, World, random::Random};

/// A unit with the account that it belongs to.
pub struct Sheet<'a> {
    pub world: &'a World,
    pub unit: &'a Unit,
}

impl Sheet<'_> {
    /// Dice of this unit and topic.
    pub fn dice(&self, topic: &str) -> Random {
        Random::topic(self.unit.id, topic)
    }

    /// True for so many of a hundred units.
    pub fn chance(&self, topic: &str, percent: usize) -> bool {
        self.dice(topic).chance(percent)
    }

    /// Whether people live in it.
    pub fn is_home(&self) -> bool {
        matches!(self.unit.kind, UnitKind::Apartment | UnitKind::House)
    }

    /// The name of its status.
    pub fn status(&self) -> &str {
        &self.world.statuses[self.unit.status].name
    }

    /// In euros a month; none for what is sold.
    pub fn base_rent(&self) -> Option<f64> {
        self.unit
            .is_rental
            .then(|| self.unit.amount_cents as f64 / 100.0)
    }

    /// In euros a month; none for what is sold.
    pub fn service_charge(&self) -> Option<f64> {
        let charge = (self.unit.area_sqm * 2.4 / 5.0).round() * 5.0;
        self.unit.is_rental.then_some(charge)
    }

    /// In euros a month; none for what is sold.
    pub fn total_rent(&self) -> Option<f64> {
        Some(self.base_rent()? + self.service_charge()?)
    }

    /// In euros; none for what is let.
    pub fn price(&self) -> Option<f64> {
        (!self.unit.is_rental).then(|| self.unit.amount_cents as f64 / 100.0)
    }

    /// In euros; none for what is let.
    pub fn price_per_sqm(&self) -> Option<f64> {
        Some((self.price()? / self.unit.area_sqm).round())
    }

    /// What a buyer would earn, in percent a year; none for what is let.
    pub fn yield_percent(&self, topic: &str) -> Option<f64> {
        let tenths = self.dice(topic).between(28, 52);
        self.price().map(|_| tenths as f64 / 10.0)
    }

    /// What a buyer would earn, in euros a year; none for what is let.
    pub fn rent_a_year(&self, topic: &str) -> Option<f64> {
        Some((self.price()? * self.yield_percent(topic)? / 100.0).round())
    }

    /// In m²; only homes have it.
    pub fn living_space(&self) -> Option<f64> {
        self.is_home().then_some(self.unit.area_sqm)
    }

    /// In m²; only houses and land have it.
    pub fn plot_area(&self) -> Option<f64> {
        match self.unit.kind {
            UnitKind::Land => Some(self.unit.area_sqm),
            UnitKind::House => Some((self.unit.area_sqm * 3.5).round()),
            UnitKind::Apartment | UnitKind::Office | UnitKind::Store | UnitKind::Garage => None,
        }
    }

    /// None where nobody counted them.
    pub fn bed_rooms(&self) -> Option<f64> {
        let rooms = (self.unit.rooms.floor() - 1.0).max(1.0);
        (self.is_home() && self.chance("bedrooms", 75)).then_some(rooms)
    }

    /// Only homes have them.
    pub fn bath_rooms(&self) -> Option<f64> {
        let rooms = if self.unit.area_sqm > 110.0 { 2.0 } else { 1.0 };
        self.is_home().then_some(rooms)
    }

    /// In kWh per m² and year; none without a certificate.
    pub fn energy_value(&self) -> Option<f64> {
        let value = self.dice("energy").between(28, 190) as f64;
        (self.is_home() && self.chance("energy known", 80)).then_some(value)
    }

    /// The year; none for what is young or was never touched.
    pub fn refurbished(&self) -> Option<i64> {
        let is_refurbished = self.unit.built < 1990 && self.chance("refurbished", 60);
        is_refurbished.then(|| self.dice("refurbished in").between(1995, 2024))
    }

    /// The fields that this account added, by name.
    pub fn custom_fields(&self) -> [(&'static str, Option<String>); 2] {
        let meter = format!("1EMH{:07}", self.dice("meter").below(10_000_000));
        [
            ("zaehlernummer_strom", Some(meter)),
            ("deeprent_object_id", self.unit.deeprent_object.clone()),
        ]
    }

    /// The headline.
    pub fn title(&self) -> String {
        let rooms = self.unit.rooms.floor();
        let district = &self.unit.place.district;
        let what = match self.unit.kind {
            UnitKind::House => return format!("Ruhig gelegenes Haus in {district}"),
            UnitKind::Land => return format!("Grundstück in {district}"),
            UnitKind::Garage => return format!("Stellplatz in {district}"),
            UnitKind::Office => "Bürofläche",
            UnitKind::Store => "Ladenfläche",
            UnitKind::Apartment if rooms <= 1.0 => "Einzimmerwohnung",
            UnitKind::Apartment if rooms <= 2.0 => "Zweizimmerwohnung",
            UnitKind::Apartment if rooms <= 3.0 => "Dreizimmerwohnung",
            UnitKind::Apartment => "Familienwohnung",
        };
        let adjectives = ["Helle", "Gepflegte", "Ruhige", "Sanierte"];
        format!(
            "{} {what} in {district}",
            self.dice("title").pick(&adjectives)
        )
    }

    /// A few sentences about the unit.
    pub fn description(&self) -> String {
        let Unit {
            area_sqm,
            built,
            place,
            ..
        } = self.unit;
        let (title, street) = (self.title(), &place.street);
        format!(
            "{title}. Auf rund {area_sqm} m² erwartet Sie ein durchdachter Grundriss. Das Gebäude \
             ({street}) wurde {built} errichtet und wird laufend instand gehalten."
        )
    }

    /// A few sentences about where it is.
    pub fn surroundings(&self) -> String {
        let place = &self.unit.place;
        format!(
            "{} gehört zu den gefragten Lagen von {}. Läden, Schulen und Haltestellen liegen \
             wenige Minuten entfernt.",
            place.district, place.city
        )
    }
}
