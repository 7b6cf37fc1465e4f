//! The same data from the same calls by hand: what one would write who knew every question beforehand.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    routing,
};
use futures_util::future::{join, join_all};
use serde::Deserialize;

use super::{
    answer::{Brief, Instant, Property, ProspectOut, Tagged, WithProperties, WithProspects},
    server,
    systems::{FullUnit, Page, Project, Systems, Unit},
    workload::{key_of, opaque},
};

type Shared = State<Arc<Systems>>;

/// What differs between requests.
#[derive(Deserialize)]
struct Asked {
    n: String,
}

/// Serves until the process ends.
pub async fn run(upstream: SocketAddr) {
    let router = Router::new()
        .route("/flat", routing::get(flat))
        .route("/prospects", routing::get(prospects))
        .route("/properties", routing::get(properties))
        .route("/record", routing::get(record))
        .route("/body", routing::get(body))
        .with_state(Arc::new(Systems::at(upstream)));
    server::serve(router).await;
}

async fn flat(State(systems): Shared, Query(asked): Query<Asked>) -> Json<Vec<Property>> {
    let page: Page<Unit> = systems.units(&[("living_space_from", &asked.n)]).await;
    Json(page.data.into_iter().map(Property::from).collect())
}

async fn body(State(systems): Shared, Query(asked): Query<Asked>) -> Json<Vec<Tagged>> {
    let query = [("living_space_from", asked.n.as_str()), ("expand", "1")];
    let page: Page<FullUnit> = systems.units(&query).await;
    Json(page.data.into_iter().map(Tagged::from).collect())
}

async fn record(State(systems): Shared, Query(asked): Query<Asked>) -> Json<Option<Property>> {
    let key = key_of(&asked.n);
    let page: Page<Unit> = systems.units(&[("property_ids[]", &key)]).await;
    Json(page.data.into_iter().next().map(Property::from))
}

async fn prospects(State(systems): Shared, Query(asked): Query<Asked>) -> Json<Vec<WithProspects>> {
    let projects = systems.projects("50", &asked.n).await;
    let with_prospects = projects.into_iter().map(async |project| {
        let prospects = systems.prospects(&project.id, &asked.n).await;
        WithProspects {
            id: opaque("Project", &project.id),
            name: project.name,
            status: project.status.to_uppercase(),
            updated_at: Instant(project.updated_utc),
            prospects: prospects.into_iter().map(ProspectOut::from).collect(),
        }
    });
    Json(join_all(with_prospects).await)
}

async fn properties(
    State(systems): Shared,
    Query(asked): Query<Asked>,
) -> Json<Vec<WithProperties>> {
    let projects = systems.projects("100", &asked.n).await;
    let ids: Vec<&str> = projects.iter().filter_map(Project::property).collect();
    let (first, second) = ids.split_at(ids.len() / 2);
    let (first, second) = join(systems.units_by_id(first), systems.units_by_id(second)).await;
    let units = first.into_iter().chain(second);
    let mut units: HashMap<String, Unit> = units.map(|unit| (unit.id.to_string(), unit)).collect();
    let with_properties = projects.into_iter().map(|project| {
        let unit = project.property().and_then(|id| units.remove(id));
        WithProperties {
            id: opaque("Project", &project.id),
            status: project.status.to_uppercase(),
            properties: unit.map(Brief::from).into_iter().collect(),
            name: project.name,
        }
    });
    Json(with_properties.collect())
}
