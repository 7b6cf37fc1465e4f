//! Profiles of Propstreet and the properties of Propstack that they describe.
//!
//! Certain: a reference names the property, or deep.rent's object whose id the property holds.
//! Heuristic: Propstreet knows no street, but where a profile is on the map; the nearest property is
//! it, unless others are as near and no designation tells them apart.

use super::{
    designation::Designation,
    point::{self, metres},
    protocol::{designation_of, object_of},
    reference::{DEEPRENT, PROPSTACK, find},
    verdict::Likeness,
};
use crate::model::{GeoPoint, MatchedBy, ProfileId, Property, PropertyId, PropertyProfile};

/// Two readings of one place are not further apart, in metres.
const SAME_PLACE: f64 = 5.0;

/// What a profile says of the property that it describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Clues {
    /// The profile.
    pub profile: ProfileId,
    /// The property, where a reference says so.
    pub property: Option<PropertyId>,
    /// deep.rent's id of the same object.
    pub object: Option<String>,
    /// Where it is on the map.
    pub point: Option<GeoPoint>,
    designation: Option<Designation>,
}

impl Clues {
    /// Those of a profile.
    pub fn of(profile: &PropertyProfile) -> Self {
        let references = &profile.external_references;
        Self {
            profile: profile.id.clone(),
            property: find(references, PROPSTACK).map(PropertyId::new),
            object: find(references, DEEPRENT).map(str::to_owned),
            point: profile.location,
            designation: Designation::find(&profile.name),
        }
    }

    /// What each property has in common with them: a neighbour takes from what a place tells.
    pub fn likenesses<'a, P: std::ops::Deref<Target = Property>>(
        &self,
        properties: &'a [P],
    ) -> Vec<(&'a P, Vec<Likeness>)> {
        let distance = |property: &Property| Some(metres(self.point?, property.location?));
        let near = properties.iter().filter_map(|it| distance(it));
        let nearest = near.fold(f64::INFINITY, f64::min);
        let of = |property: &'a P| {
            if let Some(id) = &self.property {
                let is_it = property.id == *id;
                let likeness = Likeness::certain(MatchedBy::ExternalReference);
                return (property, is_it.then_some(likeness).into_iter().collect());
            }
            let is_object = self.object.is_some() && object_of(property) == self.object.as_deref();
            let is_here = distance(property).is_some_and(|distance| {
                distance <= point::NEAR && distance <= nearest + SAME_PLACE
            });
            let place = is_here.then(|| self.place(property)).flatten();
            let object = is_object.then_some(Likeness::certain(MatchedBy::ExternalReference));
            (property, object.into_iter().chain(place).collect())
        };
        properties.iter().map(of).collect()
    }

    fn place(&self, property: &Property) -> Option<Likeness> {
        match (designation_of(property), &self.designation) {
            (Some(unit), Some(own)) if unit != *own => None,
            // Several flats of one house have one place: `judge` finds none of them alone.
            _ => Some(Likeness::heuristic(MatchedBy::Coordinates)),
        }
    }
}
