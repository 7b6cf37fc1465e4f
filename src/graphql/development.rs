//! Developments: what one links to.

use async_graphql::{ComplexObject, Context};

use super::{
    Nullable, RequestContext,
    connection::{Paging, cost},
    cursor::List,
    error::nullable,
    property::{PropertyConnection, page_of_properties},
    selection::form,
};
use crate::{
    auth::policy,
    model::{Address, Development},
    upstream::propstack::UnitsQuery,
};

#[ComplexObject]
impl Development {
    /// Where it is; null when hidden from the viewer.
    async fn address(&self, ctx: &Context<'_>) -> Option<&Address> {
        let is_shown = !self.hides_address || policy::may_see_hidden_address(ctx.viewer());
        self.address.as_ref().filter(|_| is_shown)
    }

    /// The active properties that belong to it.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn properties(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<PropertyConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Development.properties", &[&self.id.to_string()]);
            let query = UnitsQuery {
                form: form(ctx.field(), ctx.viewer()),
                development: Some(self.id.clone()),
                ..UnitsQuery::default()
            };
            page_of_properties(ctx, &list, query, &paging, None)
                .await
                .map(Some)
        })
        .await
    }
}
