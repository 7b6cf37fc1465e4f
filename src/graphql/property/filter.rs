//! Which properties a filter selects: as far as Propstack can, and the rest here.

use std::sync::Arc;

use async_graphql::Context;

use super::{PropertyConnection, shows_address};
use crate::{
    auth::policy,
    graphql::{
        Error, RequestContext,
        connection::{Page, Paging},
        cursor::List,
        written::Row,
    },
    loader::{fallback::OrIndexedList, page::Filter, property::Listing, window::LARGEST_PAGE},
    model::{
        DevelopmentId, OfferType, Property, PropertyFilter, PropertyKind, PropertyStatusId,
        RecordId,
    },
    upstream::propstack::{Archived, Form, UnitsQuery},
};

/// One page of properties. `filter` is what Propstack selects too widely or not at all.
pub(super) async fn page_of_properties(
    ctx: &Context<'_>,
    list: List,
    mut query: UnitsQuery,
    paging: &Paging,
    filter: &PropertyFilter,
) -> Result<Row<PropertyConnection>, Error> {
    // Full text and postal code find a property by its address: what may not be seen may not be
    // probed either.
    let is_probe = (filter.text.is_some() || filter.postal_code.is_some())
        && !policy::may_see_hidden_address(ctx.viewer());
    if is_probe {
        // Flat rows do not say whether the address is hidden.
        query.form = Form::Expanded;
    }
    let source = Listing {
        sources: Arc::clone(ctx.sources()),
        query,
    };
    let viewer = ctx.viewer();
    let keep = |property: &Arc<Property>| {
        keeps(filter, property) && (!is_probe || shows_address(property, viewer))
    };
    let is_inexact = is_probe || is_inexact(filter);
    let filter = is_inexact.then_some(Filter {
        per_read: LARGEST_PAGE / 5,
        keep: &keep,
    });
    let page = Page::read(list, &OrIndexedList(source), paging, filter.as_ref()).await?;
    Ok(page.map(|property| (property,)).into())
}

/// What of a filter Propstack can select.
pub(super) fn units_query(filter: &PropertyFilter) -> Result<UnitsQuery, Error> {
    let kinds = filter.kinds.as_deref().unwrap_or_default();
    let is_unknown =
        filter.offer == Some(OfferType::Unknown) || kinds.contains(&PropertyKind::Unknown);
    if is_unknown {
        return Err(Error::bad_user_input("UNKNOWN is never an input."));
    }
    let statuses = filter.status_ids.iter().flatten();
    Ok(UnitsQuery {
        archived: if filter.include_inactive {
            Archived::Included
        } else {
            Archived::Excluded
        },
        text: filter.text.clone(),
        city: filter.city.clone(),
        postal_code: filter.postal_code.clone(),
        offer: filter.offer,
        // Propstack takes one kind only: several are filtered here.
        kind: match kinds {
            [only] => Some(*only),
            _ => None,
        },
        statuses: statuses
            .map(|id| PropertyStatusId::decode(id))
            .collect::<Result<_, _>>()?,
        development: filter
            .development_id
            .as_deref()
            .map(|id| DevelopmentId::decode(id))
            .transpose()?,
        price: filter.price.unwrap_or_default(),
        cold_rent: filter.cold_rent.unwrap_or_default(),
        living_sqm: filter.living_sqm.unwrap_or_default(),
        rooms: filter.rooms.unwrap_or_default(),
        updated_since: filter.updated_since.map(|since| since.0),
        ..UnitsQuery::default()
    })
}

/// Whether Propstack answers more than the filter keeps.
fn is_inexact(filter: &PropertyFilter) -> bool {
    let has_kinds = filter
        .kinds
        .as_ref()
        .is_some_and(|kinds| kinds.len() != 1 || kinds.contains(&PropertyKind::Other));
    has_kinds
        || filter.updated_since.is_some()
        || filter.price.is_some()
        || filter.cold_rent.is_some()
}

/// Whether the filter keeps a property that Propstack has answered.
fn keeps(filter: &PropertyFilter, property: &Property) -> bool {
    let kinds = filter.kinds.as_ref();
    let is_kind = kinds.is_none_or(|kinds| property.kind.is_some_and(|kind| kinds.contains(&kind)));
    // Propstack sees the day only, so it is asked for a day more.
    let is_recent = filter.updated_since.is_none_or(|since| {
        property
            .updated_at
            .is_some_and(|updated_at| updated_at >= since)
    });
    // Propstack keeps units without a price in every range of prices.
    let has_price = filter.price.is_none()
        || property
            .sale
            .as_ref()
            .is_some_and(|sale| sale.price.is_some());
    let has_rent = filter.cold_rent.is_none()
        || property
            .rent
            .as_ref()
            .is_some_and(|rent| rent.cold_rent.is_some());
    is_kind && is_recent && has_price && has_rent
}
