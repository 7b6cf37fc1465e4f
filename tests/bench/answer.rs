//! What is answered by whoever is not the gateway, as it has it.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::{
    systems::{FullUnit, Named, Prospect, Unit},
    workload::opaque,
};

/// An instant by RFC 3339.
pub struct Instant(pub DateTime<Utc>);

impl Instant {
    fn text(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

#[Scalar(name = "DateTime")]
impl ScalarType for Instant {
    fn parse(_: Value) -> InputValueResult<Self> {
        Err(InputValueError::custom("is only answered"))
    }

    fn to_value(&self) -> Value {
        self.text().into()
    }
}

#[derive(Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    pub id: String,
    pub reference: Option<String>,
    pub title: Option<String>,
    pub updated_at: Option<Instant>,
    pub status: Option<Named>,
    pub address: Address,
    pub areas: Areas,
    pub rooms: Rooms,
    pub rent: Option<Rent>,
}

#[derive(Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    pub street: Option<String>,
    pub house_number: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
}

#[derive(Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Areas {
    pub living_sqm: Option<f64>,
}

#[derive(Serialize, SimpleObject)]
pub struct Rooms {
    pub total: Option<f64>,
}

#[derive(Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct Rent {
    pub cold_rent: Option<Money>,
}

#[derive(Serialize, SimpleObject)]
pub struct Money {
    pub amount: String,
    pub currency: &'static str,
}

impl From<Unit> for Property {
    fn from(unit: Unit) -> Self {
        let rent = Rent {
            cold_rent: unit.base_rent.map(|amount| Money {
                amount,
                currency: "EUR",
            }),
        };
        let is_to_let = unit.marketing_type.as_deref() == Some("RENT")
            || rent.cold_rent.is_some()
            || unit.total_rent.is_some();
        Self {
            id: opaque("Property", &unit.id.to_string()),
            reference: unit.unit_id,
            title: unit.title,
            updated_at: unit.updated_at.map(Instant),
            status: unit.status,
            address: Address {
                street: unit.street,
                house_number: unit.house_number,
                postal_code: unit.zip_code,
                city: unit.city,
            },
            areas: Areas {
                living_sqm: unit.living_space,
            },
            rooms: Rooms {
                total: unit.number_of_rooms,
            },
            rent: is_to_let.then_some(rent),
        }
    }
}

#[derive(Serialize, SimpleObject)]
pub struct Tagged {
    pub id: String,
    pub reference: Option<String>,
    pub title: Option<String>,
    pub tags: Vec<String>,
}

impl From<FullUnit> for Tagged {
    fn from(unit: FullUnit) -> Self {
        let groups = unit.property_groups.into_iter();
        Self {
            id: opaque("Property", &unit.id.to_string()),
            reference: unit.unit_id,
            title: unit.title.value,
            tags: groups.map(|group| group.name).collect(),
        }
    }
}

#[derive(Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct WithProspects {
    pub id: String,
    pub name: String,
    pub status: String,
    pub updated_at: Instant,
    pub prospects: Vec<ProspectOut>,
}

#[derive(Serialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "Prospect")]
pub struct ProspectOut {
    pub id: String,
    pub classification: Option<String>,
    pub tags: Vec<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

#[derive(Serialize, SimpleObject)]
pub struct WithProperties {
    pub id: String,
    pub name: String,
    pub status: String,
    pub properties: Vec<Brief>,
}

#[derive(Serialize, SimpleObject)]
pub struct Brief {
    pub id: String,
    pub reference: Option<String>,
    pub title: Option<String>,
    pub areas: Areas,
}

impl From<Unit> for Brief {
    fn from(unit: Unit) -> Self {
        Self {
            id: opaque("Property", &unit.id.to_string()),
            reference: unit.unit_id,
            title: unit.title,
            areas: Areas {
                living_sqm: unit.living_space,
            },
        }
    }
}

impl From<Prospect> for ProspectOut {
    fn from(row: Prospect) -> Self {
        Self {
            id: opaque("Prospect", &format!("{}/{}", row.project_id, row.id)),
            classification: row.classification.map(|word| word.to_uppercase()),
            tags: row.tags,
            created_at: Instant(row.created_utc),
            updated_at: Instant(row.updated_utc),
        }
    }
}
