//! Places on the map: how far apart two are, and the square that one lies in.

use crate::model::GeoPoint;

/// Places that are further apart are not the same, in metres.
pub const NEAR: f64 = 50.0;

/// Squares in a degree: one is 111 metres high and, in Germany, about 70 wide, so whatever is
/// [`NEAR`] lies in the same square or in one beside it.
const SQUARES: f64 = 1_000.0;

/// How far apart two places are, in metres; good for places in one town.
pub fn metres(one: GeoPoint, other: GeoPoint) -> f64 {
    const PER_DEGREE: f64 = 111_195.0;
    let north = (one.latitude - other.latitude) * PER_DEGREE;
    let shrunk = one.latitude.to_radians().cos();
    let east = (one.longitude - other.longitude) * PER_DEGREE * shrunk;
    north.hypot(east)
}

/// The square that a place lies in.
pub fn square(point: GeoPoint) -> String {
    let (north, east) = indices(point);
    format!("{north}/{east}")
}

/// The square that a place lies in and those around it.
pub fn squares_around(point: GeoPoint) -> impl Iterator<Item = String> {
    let (north, east) = indices(point);
    let around = (-1..=1).flat_map(|up| (-1..=1).map(move |right| (up, right)));
    around.map(move |(up, right)| format!("{}/{}", north + up, east + right))
}

#[expect(clippy::cast_possible_truncation, reason = "degrees are few")]
fn indices(point: GeoPoint) -> (i64, i64) {
    let index = |degrees: f64| (degrees * SQUARES).floor() as i64;
    (index(point.latitude), index(point.longitude))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: GeoPoint = GeoPoint {
        latitude: 53.0839,
        longitude: 8.8337,
    };

    #[test]
    fn whatever_is_near_lies_in_a_square_around() {
        assert!(metres(HERE, HERE) < 0.001);
        for (up, right) in [
            (0.0004, 0.0),
            (-0.0004, 0.0),
            (0.0, 0.0007),
            (0.0003, -0.0004),
        ] {
            let there = GeoPoint {
                latitude: HERE.latitude + up,
                longitude: HERE.longitude + right,
            };
            let distance = metres(HERE, there);
            assert!((40.0..NEAR).contains(&distance), "{distance}");
            assert!(squares_around(HERE).any(|it| it == square(there)));
        }
        let far = GeoPoint {
            latitude: HERE.latitude + 0.01,
            ..HERE
        };
        assert!((metres(HERE, far) - 1_112.0).abs() < 1.0);
        assert!(!squares_around(HERE).any(|it| it == square(far)));
    }
}
