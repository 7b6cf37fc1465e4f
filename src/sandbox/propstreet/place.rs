//! Filters by where a property is: a circle, or a name.

use super::{problem::Problem, query::Query};
use crate::sandbox::world::Place;

const EARTH_RADIUS_METRES: f64 = 6_371_000.0;
const LONGEST_RADIUS_METRES: f64 = 100_000.0;

/// Latitude and longitude in degrees, in this order; the query has them the other way round.
type Point = (f64, f64);

/// What `near` with `radius`, or `location`, ask for.
pub(super) enum Area {
    /// Within so many metres of a point.
    Circle { middle: Point, radius: f64 },
    /// A locality by name, in any case (how the vendor matches names is not known).
    Named(String),
}

impl Area {
    /// Reads the spatial parameters, if any is given.
    ///
    /// Errors: 400 for half a circle, for a circle with a name, and for numbers out of range.
    pub(super) fn from_query(query: &Query) -> Result<Option<Self>, Problem> {
        let radius = query.parsed::<f64>("radius", "a number of metres")?;
        match (query.one("near"), radius, query.one("location")) {
            (None, None, None) => Ok(None),
            (None, None, Some(name)) => Ok(Some(Self::Named(name.to_lowercase()))),
            (Some(_), _, Some(_)) => Err(Problem::invalid("location", "excludes near")),
            (None, Some(_), _) => Err(Problem::invalid("near", "is needed with radius")),
            (Some(_), None, None) => Err(Problem::invalid("radius", "is needed with near")),
            (Some(point), Some(radius), None) => circle(point, radius).map(Some),
        }
    }

    /// Whether the place lies inside.
    pub(super) fn covers(&self, place: &Place) -> bool {
        match self {
            Self::Named(name) => place.city.to_lowercase() == *name,
            Self::Circle { radius, .. } => {
                self.distance(place).is_some_and(|metres| metres <= *radius)
            }
        }
    }

    /// How many metres the place is from the middle of a circle.
    pub(super) fn distance(&self, place: &Place) -> Option<f64> {
        match self {
            Self::Named(_) => None,
            Self::Circle { middle, .. } => {
                Some(distance(*middle, (place.latitude, place.longitude)))
            }
        }
    }
}

fn circle(point: &str, radius: f64) -> Result<Area, Problem> {
    let refused = || Problem::invalid("near", "must be longitude,latitude in degrees");
    let (longitude, latitude) = point.split_once(',').ok_or_else(refused)?;
    let longitude = longitude.parse::<f64>().map_err(|_| refused())?;
    let latitude = latitude.parse::<f64>().map_err(|_| refused())?;
    if !(-180.0..=180.0).contains(&longitude) || !(-90.0..=90.0).contains(&latitude) {
        return Err(refused());
    }
    if !(0.0..=LONGEST_RADIUS_METRES).contains(&radius) {
        return Err(Problem::invalid("radius", "must be at most 100000 metres"));
    }
    Ok(Area::Circle {
        middle: (latitude, longitude),
        radius,
    })
}

/// Great-circle distance in metres.
fn distance(from: Point, to: Point) -> f64 {
    let (a, b) = (from.0.to_radians(), to.0.to_radians());
    let across = ((to.1 - from.1).to_radians() / 2.0).sin();
    let along = ((b - a) / 2.0).sin();
    let haversine = along * along + a.cos() * b.cos() * across * across;
    2.0 * EARTH_RADIUS_METRES * haversine.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_kilometres_and_one_of_longitude_shrinks_northwards() {
        assert!((distance((50.0, 10.0), (51.0, 10.0)) - 111_195.0).abs() < 1.0);
        assert!((distance((60.0, 10.0), (60.0, 11.0)) - 55_597.0).abs() < 5.0);
    }
}
