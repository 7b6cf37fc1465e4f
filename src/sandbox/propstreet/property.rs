//! Properties: list and one (T1). They have coordinates, but neither street nor postal code.

use axum::{Extension, response::Response};
use serde_json::{Value, json};

use super::{
    Path, View,
    auth::Caller,
    page::Window,
    place::Area,
    problem::Problem,
    query::Query,
    record::{self, Stamp},
};
use crate::sandbox::world::Profile;

/// The main categories; a finer one follows after a slash.
const CATEGORIES: [&str; 8] = [
    "residential",
    "office",
    "retail",
    "industrial",
    "social_infrastructure",
    "hotel",
    "land",
    "special_purpose",
];

/// The world's only country, ISO 3166-1.
const COUNTRY: &str = "DE";

/// T1, the list.
pub(super) async fn list(
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Result<Response, Problem> {
    let window = Window::from_query(&query, 500)?;
    // The world has no deleted property; the flag is still checked.
    query.flag("include_deleted")?;
    let country = country(&query)?;
    let category = category(&query)?;
    let area = Area::from_query(&query)?;
    // No property of the world carries a tag, so this filter leaves none.
    let tags = query.all("tags");

    let view = caller.view();
    let pick = |id| {
        let profile = view.world.profile(id)?;
        let fits = tags.is_empty()
            && area.as_ref().is_none_or(|area| area.covers(&profile.place))
            && country.is_none_or(|wanted| wanted.eq_ignore_ascii_case(COUNTRY))
            && category.is_none_or(|wanted| is_within(&profile.category, wanted));
        let distance = area.as_ref().and_then(|area| area.distance(&profile.place));
        fits.then(|| view.property(profile, distance))
    };
    let page = window.walk(&view.index.properties.order, pick);
    Ok(record::list(page, &view.switches))
}

/// T1, one.
pub(super) async fn one(
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = caller.view();
    let profile = super::number(&id).and_then(|id| view.world.profile(id));
    let profile = profile.ok_or_else(Problem::not_found)?;
    Ok(record::one(view.property(profile, None), &view.switches))
}

impl View<'_> {
    /// A property; `distance` in metres from the point of a spatial query.
    pub(super) fn property(&self, profile: &Profile, distance: Option<f64>) -> Value {
        let stamp = Stamp {
            kind: "properties",
            id: profile.id,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
            deleted_at: None,
            etag: self.index.properties.etag(profile.id),
        };
        // Unlike other kinds, a property without references has no such field.
        let is_referenced = !profile.references.is_empty();
        stamp.on(json!({
            "name": profile.name,
            "location": {
                "latitude": profile.place.latitude,
                "longitude": profile.place.longitude,
                "country": COUNTRY,
                "locality": profile.place.city,
            },
            "categories": [{ "type": profile.category }],
            "tags": [],
            "yearBuilt": profile.built,
            "externalRefs": is_referenced.then(|| record::references(&profile.references)),
            "distance_meters": distance,
        }))
    }
}

fn country(query: &Query) -> Result<Option<&str>, Problem> {
    let given = query.one("country");
    match given {
        Some(code) if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            Err(Problem::invalid("country", "must be two letters"))
        }
        _ => Ok(given),
    }
}

/// A main category selects its finer ones too (assumed).
fn category(query: &Query) -> Result<Option<&str>, Problem> {
    let given = query.one("category");
    let is_known = |name: &str| CATEGORIES.iter().any(|main| is_within(name, main));
    match given {
        Some(name) if !is_known(name) => Err(Problem::invalid(
            "category",
            format!("must be or begin with one of {}", CATEGORIES.join(", ")),
        )),
        _ => Ok(given),
    }
}

fn is_within(category: &str, wanted: &str) -> bool {
    let rest = category.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
