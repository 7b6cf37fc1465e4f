//! The roots that find properties, and the lists that belong to them.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{
    PropertyConnection,
    filter::{page_of_properties, units_query},
};
use crate::{
    graphql::{
        Nullable, RequestContext,
        connection::{Paging, cost},
        cursor::List,
        error::{found, nullable},
        selection::form,
        written::Row,
    },
    model::{
        Broker, Development, OrderDirection, Property, PropertyBy, PropertyFilter, PropertyId,
        PropertyOrder, PropertyOrderField, PropertyStatus, RecordId,
    },
    upstream::propstack::{Archived, UnitsQuery},
};

/// The roots that find properties.
#[derive(Default)]
pub struct PropertyQuery;

#[Object]
impl PropertyQuery {
    /// One property.
    async fn property(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: PropertyBy,
    ) -> Nullable<Row<Property>> {
        found(async {
            let form = form(ctx.field(), ctx.viewer());
            let id = match by {
                PropertyBy::Id(id) => PropertyId::decode(&id)?,
                PropertyBy::UpstreamId(id) => PropertyId::new(id),
                PropertyBy::Reference(reference) => {
                    let query = UnitsQuery {
                        form,
                        per: 2,
                        archived: Archived::Included,
                        reference: Some(reference),
                        ..UnitsQuery::default()
                    };
                    let found = ctx.sources().list_units(query).await?;
                    return Ok(match found.rows.as_slice() {
                        [only] => Some(Arc::clone(only)),
                        _ => None,
                    });
                }
            };
            Ok(ctx.loaders().properties.load((id, form)).await?)
        })
        .await
    }

    /// The properties of the organisation.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn properties(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not archived when left out.")] filter: Option<
            PropertyFilter,
        >,
        #[graphql(desc = "In which order; by id when left out.")] order_by: Option<PropertyOrder>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<PropertyConnection>> {
        nullable(async {
            let list = List::new(
                "properties",
                vec![Box::new(filter.clone()), Box::new(order_by)],
            );
            let filter = filter.unwrap_or_default();
            let order = order_by.unwrap_or(PropertyOrder {
                field: PropertyOrderField::Id,
                direction: OrderDirection::Asc,
            });
            let query = UnitsQuery {
                form: form(ctx.field(), ctx.viewer()),
                order,
                ..units_query(&filter)?
            };
            let paging = Paging::new(first, after)?;
            page_of_properties(ctx, list, query, &paging, &filter)
                .await
                .map(Some)
        })
        .await
    }

    /// All developments of the organisation.
    async fn developments(&self, ctx: &Context<'_>) -> Nullable<Vec<Arc<Development>>> {
        nullable(async { Ok(Some(ctx.sources().developments().await?.to_vec())) }).await
    }

    /// The statuses that the organisation's properties can be in, by position.
    async fn property_statuses<'a>(&self, ctx: &'a Context<'_>) -> Nullable<&'a [PropertyStatus]> {
        nullable(async { Ok(Some(ctx.sources().property_statuses().await?)) }).await
    }

    /// All brokers of the organisation.
    async fn brokers(&self, ctx: &Context<'_>) -> Nullable<Vec<Arc<Broker>>> {
        nullable(async { Ok(Some(ctx.sources().brokers().await?.to_vec())) }).await
    }
}
