//! The firm's staff.

use axum::{extract::Path, response::Response};
use serde_json::{Value, json};

use super::{Refusal, answer, key::Caller};
use crate::sandbox::world::Broker;

/// `GET /brokers`: never cut into pages.
pub async fn list(caller: Caller) -> Response {
    let world = caller.tenant().world();
    answer(&world.brokers.iter().map(row).collect::<Vec<_>>())
}

/// `GET /brokers/:id`
pub async fn one(caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let world = caller.tenant().world();
    let broker = id.parse().ok().and_then(|id| world.broker(id));
    let broker = broker.ok_or_else(|| Refusal::no_such("Makler", &id))?;
    Ok(answer(&row(broker)))
}

/// A broker by herself and within a unit.
pub fn row(broker: &Broker) -> Value {
    json!({
        "id": broker.id,
        "name": format!("{} {}", broker.first_name, broker.last_name),
        "salutation": null,
        "academic_title": null,
        "first_name": broker.first_name,
        "last_name": broker.last_name,
        "position": broker.position,
        "avatar_url": null,
        "team_id": null,
        "department_ids": [],
        "public_email": broker.email,
        "public_phone": broker.phone,
        "public_cell": null,
        // In the answer, but nobody else's business.
        "email": format!("intern.{}", broker.email),
        "phone": broker.phone,
        "cell": null,
        "shop": { "id": 1, "name": "Hansehaus" },
        "team": null,
        "old_crm_id": null,
    })
}
