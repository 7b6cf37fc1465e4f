//! Developments: what one links to.

use async_graphql::{ComplexObject, Context};

use super::{
    Nullable, RequestContext,
    connection::{Page, Paging, cost},
    cursor::List,
    error::nullable,
    property::PropertyConnection,
    selection::form,
    written::Row,
};
use crate::{
    auth::policy,
    loader::stretch,
    model::{Address, Development},
    upstream::propstack::Archived,
};

#[ComplexObject]
impl Development {
    /// Where it is; null when hidden from the viewer.
    async fn address(&self, ctx: &Context<'_>) -> Option<&Address> {
        let is_shown = !self.hides_address || policy::may_see_hidden_address(ctx.viewer());
        self.address.as_ref().filter(|_| is_shown)
    }

    /// The properties that belong to it, archived ones left out.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn properties(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<PropertyConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new(
                "Development.properties",
                vec![Box::new(self.id.to_string())],
            );
            let form = form(ctx.field(), ctx.viewer());
            let source = stretch::Listing {
                loader: &ctx.loaders().properties_of_developments,
                list: (self.id.clone(), form, Archived::Excluded),
            };
            let page = Page::read(list, &source, &paging, None).await?;
            Ok(Some(page.map(|property| (property,)).into()))
        })
        .await
    }
}
