//! How large, how old and how dear units of each kind are.

use crate::sandbox::world::{UnitKind, random::Random};

pub fn year(random: &mut Random) -> i32 {
    let years = *random.pick(&[(1895, 1914), (1925, 1938), (1955, 1979), (1990, 2024)]);
    i32::try_from(random.between(years.0, years.1)).expect("a year")
}

pub fn unit_tags(random: &mut Random, built: i32, is_rental: bool) -> Vec<usize> {
    let mut tags = Vec::new();
    match built {
        2015.. => tags.push(0),
        ..=1948 => tags.push(1),
        _ => {}
    }
    if built < 1915 && random.chance(30) {
        tags.push(3);
    }
    if !is_rental && random.chance(40) {
        tags.push(4);
    }
    if random.chance(10) {
        tags.push(5);
    }
    tags
}

pub fn area(random: &mut Random, kind: UnitKind) -> f64 {
    let (low, high) = match kind {
        UnitKind::Apartment => (320, 1280),
        UnitKind::House => (950, 2400),
        UnitKind::Office => (450, 3200),
        UnitKind::Store => (380, 1900),
        UnitKind::Garage => (125, 180),
        UnitKind::Land => (3200, 14_000),
    };
    let tenths = random.between(low, high);
    f64::from(i32::try_from(tenths).expect("a modest area")) / 10.0
}

pub fn rooms(random: &mut Random, kind: UnitKind, area_sqm: f64) -> f64 {
    match kind {
        UnitKind::Apartment | UnitKind::House => {
            let half = if random.chance(15) { 0.5 } else { 0.0 };
            (area_sqm / 27.0).round().clamp(1.0, 9.0) + half
        }
        UnitKind::Office => (area_sqm / 30.0).round().max(1.0),
        UnitKind::Store | UnitKind::Garage | UnitKind::Land => 0.0,
    }
}

/// Rent to the full 5 €, prices to the full 1,000 €.
pub fn amount_cents(random: &mut Random, kind: UnitKind, is_rental: bool, area_sqm: f64) -> u64 {
    let (rent, price) = match kind {
        UnitKind::Garage => ((400, 700), (110_000, 180_000)),
        UnitKind::Land => ((50, 120), (18_000, 52_000)),
        UnitKind::Store | UnitKind::Office => ((1100, 2400), (190_000, 420_000)),
        UnitKind::Apartment | UnitKind::House => ((950, 1650), (260_000, 560_000)),
    };
    let (range, step) = if is_rental {
        (rent, 500.0)
    } else {
        (price, 100_000.0)
    };
    let per_sqm = f64::from(i32::try_from(random.between(range.0, range.1)).expect("small"));
    let steps = (area_sqm * per_sqm / step).round().max(1.0);
    // Far below 2^53, so the product is a whole number.
    (steps * step) as u64
}
