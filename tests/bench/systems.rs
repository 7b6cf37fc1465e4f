//! How the two systems are asked by whoever is not the gateway: plain requests, and types of what is used.

use std::{fmt, net::SocketAddr};

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use reqwest::Client;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Visitor},
};

/// The way to both.
pub struct Systems {
    http: Client,
    propstack: String,
    propstreet: String,
}

impl Systems {
    pub fn at(upstream: SocketAddr) -> Self {
        Self {
            http: Client::builder().build().unwrap(),
            propstack: format!("http://{upstream}/v1/units"),
            propstreet: format!("http://{upstream}/api/v1/projects"),
        }
    }

    async fn get<T: DeserializeOwned>(&self, url: &str, query: &[(&str, &str)]) -> T {
        let request = self.http.get(url).query(query);
        let request = request.header("x-api-key", "bench").bearer_auth("bench");
        let response = request.send().await.unwrap();
        response.error_for_status().unwrap().json().await.unwrap()
    }

    pub async fn units<T: DeserializeOwned>(&self, query: &[(&str, &str)]) -> T {
        let usual = [
            ("page", "1"),
            ("per", "100"),
            ("with_meta", "1"),
            ("sort_by", "id"),
            ("order", "asc"),
        ];
        self.get(&self.propstack, &[&usual, query].concat()).await
    }

    pub async fn units_by_id(&self, ids: &[&str]) -> Vec<Unit> {
        let query: Vec<_> = ids.iter().map(|id| ("property_ids[]", *id)).collect();
        self.units::<Page<Unit>>(&query).await.data
    }

    pub async fn projects(&self, size: &str, since: &str) -> Vec<Project> {
        let query = [("page_size", size), ("updated_since", since)];
        let page: Page<Project> = self.get(&self.propstreet, &query).await;
        page.data
    }

    pub async fn prospects(&self, project: &str, since: &str) -> Vec<Prospect> {
        let url = format!("{}/{project}/prospects", self.propstreet);
        let query = [("page_size", "10"), ("updated_since", since)];
        let page: Page<Prospect> = self.get(&url, &query).await;
        page.data
    }
}

#[derive(Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
}

#[derive(Deserialize)]
pub struct Unit {
    pub id: u64,
    #[serde(default, deserialize_with = "text")]
    pub unit_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub title: Option<String>,
    pub updated_at: Option<DateTime<Utc>>,
    pub marketing_type: Option<String>,
    pub status: Option<Named>,
    #[serde(default, deserialize_with = "text")]
    pub street: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub house_number: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub zip_code: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub city: Option<String>,
    #[serde(default, deserialize_with = "float")]
    pub living_space: Option<f64>,
    #[serde(default, deserialize_with = "float")]
    pub number_of_rooms: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    pub base_rent: Option<String>,
    #[serde(default, deserialize_with = "number")]
    pub total_rent: Option<String>,
}

#[derive(Deserialize)]
pub struct FullUnit {
    pub id: u64,
    pub unit_id: Option<String>,
    pub title: Wrapped,
    #[serde(default)]
    pub property_groups: Vec<Named>,
}

#[derive(Deserialize)]
pub struct Wrapped {
    pub value: Option<String>,
}

#[derive(Serialize, Deserialize, SimpleObject)]
pub struct Named {
    pub name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    pub id: String,
    pub name: String,
    pub status: String,
    pub updated_utc: DateTime<Utc>,
    #[serde(default)]
    pub external_refs: Vec<Reference>,
}

impl Project {
    /// The property that it is about, in Propstack.
    pub fn property(&self) -> Option<&str> {
        let mut references = self.external_refs.iter();
        let found = references.find(|reference| reference.namespace == "propstack");
        found.map(|reference| reference.id.as_str())
    }
}

#[derive(Deserialize)]
pub struct Reference {
    pub namespace: String,
    pub id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prospect {
    pub id: String,
    pub project_id: String,
    pub classification: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub created_utc: DateTime<Utc>,
    pub updated_utc: DateTime<Utc>,
}

/// Text without the spaces around it.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()))
}

/// A number, also as text, by its digits; zero is none.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Digits;

    impl Visitor<'_> for Digits {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok(Some(format!("{number:?}")))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.to_owned()))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    let digits = deserializer.deserialize_any(Digits)?;
    Ok(digits.filter(|digits| digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte))))
}

/// A number, also as text; zero is none.
fn float<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    struct Float;

    impl Visitor<'_> for Float {
        type Value = Option<f64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number as f64))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.parse().ok())
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    let number = deserializer.deserialize_any(Float)?;
    Ok(number.filter(|number| *number != 0.0))
}
