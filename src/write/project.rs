//! Projects: made, changed and deleted.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{
    Failure, Try, Writer,
    guard::{Field, Guarded, Updated, duplicate_reference},
    reference,
};
use crate::{
    cache::{Kind, Tag},
    model::{
        AssetType, ConflictPolicy, Current, ETag, ErrorCode, Mandate, MutationError, PriceScale,
        Project, ProjectId,
    },
    upstream::{
        self, Written,
        propstreet::{Client, ProjectChange},
    },
};

/// Letters of a name.
const LONGEST_NAME: usize = 200;

impl Guarded for Project {
    type Change = ProjectChange;

    const FIELDS: &'static [Field<Self>] = &[
        ("name", |one, other| one.name == other.name),
        ("asset", |one, other| one.asset == other.asset),
        ("status", |one, other| one.status == other.status),
        ("classification", |one, other| {
            one.classification == other.classification
        }),
        ("teaser", |one, other| one.teaser == other.teaser),
        ("mandate", |one, other| one.mandate == other.mandate),
        ("price", |one, other| one.price == other.price),
        ("priceRange", |one, other| {
            one.price_range == other.price_range
        }),
        ("transactions", |one, other| {
            one.transactions == other.transactions
        }),
        ("externalReferences", |one, other| {
            reference::are_same(&one.external_references, &other.external_references)
        }),
    ];

    fn etag(&self) -> &ETag {
        &self.etag
    }

    fn holds(&self, change: &ProjectChange) -> bool {
        let ProjectChange {
            name,
            asset,
            mandate,
            price,
            price_range,
            external_references,
        } = change;
        name.as_ref().is_none_or(|name| *name == self.name)
            && asset.is_none_or(|asset| {
                let count = asset.property_count;
                // What is not counted is counted by Propstreet.
                asset.asset_type == self.asset.asset_type
                    && (count.is_none() || count == self.asset.property_count)
            })
            && mandate.is_none_or(|mandate| mandate == self.mandate)
            && price.is_none_or(|price| price == self.price)
            && price_range.is_none_or(|range| range == self.price_range)
            && external_references
                .as_ref()
                .is_none_or(|references| reference::are_same(references, &self.external_references))
    }

    fn written(change: &ProjectChange) -> Vec<&'static str> {
        let ProjectChange {
            name,
            asset,
            mandate,
            price,
            price_range,
            external_references,
        } = change;
        let written = [
            ("name", name.is_some()),
            ("asset", asset.is_some()),
            ("mandate", mandate.is_some()),
            ("price", price.is_some()),
            ("priceRange", price_range.is_some()),
            ("externalReferences", external_references.is_some()),
        ];
        let written = written.into_iter().filter(|(_, is_written)| *is_written);
        written.map(|(name, _)| name).collect()
    }

    fn shown_by(_id: &ProjectId) -> Vec<Tag> {
        // What investors are in the running for tells name and version of the project.
        vec![Tag::lists(Kind::Project), Tag::associations()]
    }

    fn shown(record: Arc<Self>) -> Current {
        Current::Project(record)
    }

    async fn send(
        client: &Client,
        id: &ProjectId,
        change: &ProjectChange,
        etag: Option<&ETag>,
    ) -> Result<Written<Self>, upstream::Error> {
        client.update_project(id, change, etag).await
    }
}

impl Writer {
    /// Makes a project; however often with the same try, one.
    ///
    /// Errors: mistakes with a path into the input, among them [`ErrorCode::Duplicate`].
    pub async fn create_project(
        &self,
        change: &ProjectChange,
        this: Try,
    ) -> Result<Arc<Project>, Failure> {
        check(change)?;
        let client = self.propstreet()?;
        let key = this.key("project");
        let references = change.external_references.as_deref();
        let has_references = references.is_some_and(|references| !references.is_empty());
        let mut created = client.create_project(change, key).await;
        self.purge([Tag::lists(Kind::Project)]);
        if let Ok(Written::Rejected {
            status: 409,
            may_be_done,
        }) = created
            && (may_be_done || this.is_resumed)
        {
            // A project of that name, or the first try, which is still under way.
            let mut is_taken = false;
            for reference in change.external_references.iter().flatten() {
                is_taken |= client.find_project_by_reference(reference).await?.is_some();
            }
            if !is_taken {
                return Err(Failure::in_progress());
            }
            created = client.create_project(change, key).await;
        }
        match created? {
            Written::Done(project) => Ok(self.made(project)),
            Written::Rejected { status: 409, .. } if has_references => Err(duplicate_reference()),
            Written::Rejected { status, .. } => Err(Failure::rejected("create_project", status)),
        }
    }

    /// Changes a project, as [`Writer::update`].
    ///
    /// Errors: mistakes with a path into the input, too.
    pub async fn update_project(
        &self,
        id: &ProjectId,
        change: &ProjectChange,
        etag: Option<&ETag>,
        policy: ConflictPolicy,
        this: Try,
    ) -> Result<Updated<Project>, Failure> {
        check(change)?;
        self.update(id, change, etag, policy, this.is_resumed).await
    }

    /// Deletes a project with its prospects, as far as it stands at `etag`.
    pub async fn delete_project(
        &self,
        id: &ProjectId,
        etag: Option<&ETag>,
        this: Try,
    ) -> Result<(), Failure> {
        let _turn = self.turn::<Project>(id).await;
        let client = self.propstreet()?;
        let removal = client.delete_project(id, etag);
        let removed = self
            .remove::<Project>(id, etag, this.is_resumed, removal)
            .await;
        self.purge([
            Tag::lists_of(Kind::Prospect, id),
            Tag::parts_of(Kind::Prospect, id),
        ]);
        removed
    }
}

/// Whether Propstreet would take this; the rules of its contract, 4.2 to 4.4.
fn check(change: &ProjectChange) -> Result<(), MutationError> {
    if let Some(name) = &change.name
        && (name.trim().is_empty() || name.chars().count() > LONGEST_NAME)
    {
        let message = format!("A name has 1 to {LONGEST_NAME} letters.");
        return Err(invalid(message, &["name"]));
    }
    if let Some(asset) = change.asset {
        if asset.asset_type == AssetType::Unknown {
            return Err(unknown(&["asset", "type"]));
        }
        let path = &["asset", "propertyCount"];
        match (asset.asset_type, asset.property_count) {
            (_, Some(count)) if count < 0 => {
                return Err(invalid("There cannot be fewer than no properties.", path));
            }
            (AssetType::Single, Some(_)) => {
                return Err(invalid(
                    "Only a portfolio has a number of properties.",
                    path,
                ));
            }
            _ => {}
        }
    }
    if change.mandate == Some(Some(Mandate::Unknown)) {
        return Err(unknown(&["mandate"]));
    }
    let price = change.price.flatten();
    if let Some(price) = price {
        if price.scale == PriceScale::Unknown {
            return Err(unknown(&["price", "scale"]));
        }
        if price.value.0 < Decimal::ZERO {
            return Err(invalid("A price is not negative.", &["price", "value"]));
        }
    }
    let range = change.price_range.flatten();
    if let Some(range) = range {
        if range.scale == PriceScale::Unknown {
            return Err(unknown(&["priceRange", "scale"]));
        }
        for (end, name) in [(range.min, "min"), (range.max, "max")] {
            if end.is_some_and(|end| end.0 < Decimal::ZERO) {
                return Err(invalid("A price is not negative.", &["priceRange", name]));
            }
        }
        if let (Some(min), Some(max)) = (range.min, range.max)
            && min > max
        {
            return Err(invalid(
                "The lower end is above the upper one.",
                &["priceRange"],
            ));
        }
        if let Some(price) = price {
            if price.currency != range.currency {
                let message = "The price has another currency.";
                return Err(invalid(message, &["priceRange", "currency"]));
            }
            let at = |end| range.scale.times(end);
            let amount = price.scale.times(price.value);
            let is_below = range.min.is_some_and(|min| amount < at(min));
            let is_above = range.max.is_some_and(|max| amount > at(max));
            if is_below || is_above {
                return Err(invalid("The price is not in its range.", &["priceRange"]));
            }
        }
    }
    reference::check(change.external_references.as_deref().unwrap_or_default())
}

pub(super) fn invalid(message: impl Into<String>, path: &[&str]) -> MutationError {
    MutationError::input(ErrorCode::Validation, message, path)
}

pub(super) fn unknown(path: &[&str]) -> MutationError {
    invalid("UNKNOWN is never an input.", path)
}
