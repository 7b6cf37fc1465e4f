//! Property profiles: what one links to.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context};

use super::{
    Error, Nullable, RequestContext,
    error::{found, nullable},
    selection::form,
    written::Row,
};
use crate::{
    auth::policy,
    model::{GeoPoint, Match, Property, PropertyProfile},
    upstream::propstack::Form,
};

#[ComplexObject]
impl PropertyProfile {
    /// Where it is; null for viewers without the right to see hidden addresses, since Propstreet does
    /// not know which ones are.
    async fn location(&self, ctx: &Context<'_>) -> Option<GeoPoint> {
        self.location
            .filter(|_| policy::may_see_hidden_address(ctx.viewer()))
    }

    /// The same property in Propstack.
    async fn property(&self, ctx: &Context<'_>) -> Nullable<Row<Property>> {
        found(async {
            let found = property_of(self, ctx, form(ctx.field(), ctx.viewer())).await?;
            Ok(found.map(|(property, _)| property))
        })
        .await
    }

    /// Why the two are taken to be the same.
    async fn property_match(&self, ctx: &Context<'_>) -> Nullable<Match> {
        nullable(async {
            let found = property_of(self, ctx, Form::Flat).await?;
            Ok(found.map(|(_, found)| found))
        })
        .await
    }
}

async fn property_of(
    profile: &PropertyProfile,
    ctx: &Context<'_>,
    form: Form,
) -> Result<Option<(Arc<Property>, Match)>, Error> {
    let verdict = ctx.loaders().property_of_profile(profile).await?;
    let Some((id, found)) = verdict.found() else {
        return Ok(None);
    };
    let property = ctx.loaders().properties.load((id, form)).await?;
    Ok(property.map(|property| (property, found)))
}
