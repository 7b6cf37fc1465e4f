//! Lists and records written by hand: they become JSON text without a future, a value or a map for
//! each field.
//!
//! [`Rows`] stands where the schema has a list, [`Row`] where it has one record or connection. What
//! is selected of them is written, if whoever carries the answer writes text as it stands: what is
//! plain as it is, and what loads as the library has resolved it. How is said by a [`Plan`] that is
//! made once for each place of the answer; everything else goes the library's way, which is also
//! what the tests hold this one to. `table` says which fields are plain, [`value`] how each kind
//! of value is written.
//!
//! The text travels as `Value::Binary`: no field of the schema makes another one.

mod instant;
pub mod object;
mod plan;
mod table;
#[cfg(test)]
mod tests;
mod text;
pub mod value;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    ContainerType, ContextSelectionSet, OutputType, Positioned, QueryPathSegment, ServerResult,
    Value, parser::types::Field, registry::Registry,
};
use futures_util::{FutureExt, future::try_join_all};

pub use plan::{Plan, Selection};
pub use text::Text;
pub use value::Written;

use crate::auth::Viewer;

/// A list of a connection: written by hand where that can be, and resolved by the library where not.
#[derive(Debug)]
pub struct Rows<T>(Vec<T>);

impl<T> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        Self(rows)
    }
}

/// One record or connection, in the same way.
#[derive(Debug)]
pub struct Row<T>(Arc<T>);

impl<T> From<Arc<T>> for Row<T> {
    fn from(row: Arc<T>) -> Self {
        Self(row)
    }
}

/// Makes a wrapper the same to the schema as what it wraps, but for how it resolves.
macro_rules! written {
    ($wrapper:ident<$row:ident> is $inner:ty, $rows:expr) => {
        impl<$row: ContainerType + Written> OutputType for $wrapper<$row> {
            fn type_name() -> Cow<'static, str> {
                <$inner>::type_name()
            }

            fn qualified_type_name() -> String {
                <$inner>::qualified_type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <$inner>::create_type_info(registry)
            }

            async fn resolve(
                &self,
                ctx: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                match ctx
                    .data_opt::<Plans>()
                    .and_then(|plans| plans.of::<$row>(ctx))
                {
                    Some(plan) => $rows(ctx, &self.0, &plan).await,
                    None => self.0.resolve(ctx, field).await,
                }
            }
        }
    };
}

written!(Rows<T> is Vec<T>, write_rows);
written!(Row<T> is Arc<T>, write_row);

async fn write_rows<T: ContainerType + Written>(
    ctx: &ContextSelectionSet<'_>,
    rows: &[T],
    plan: &Plan,
) -> ServerResult<Value> {
    let resolved = rows.iter().enumerate().flat_map(|(index, row)| {
        let fields = plan.resolved.iter();
        fields.map(move |field| {
            async move { resolve(&ctx.with_index(index), row, field).await }.boxed()
        })
    });
    let mut text = Text::with(viewer(ctx), try_join_all(resolved).await?);
    text.list(rows, plan);
    Ok(Value::Binary(text.into_json().into()))
}

async fn write_row<T: ContainerType + Written>(
    ctx: &ContextSelectionSet<'_>,
    row: &T,
    plan: &Plan,
) -> ServerResult<Value> {
    let fields = plan.resolved.iter();
    let resolved = fields.map(|field| resolve(ctx, row, field).boxed());
    let mut text = Text::with(viewer(ctx), try_join_all(resolved).await?);
    row.write(plan, &mut text);
    Ok(Value::Binary(text.into_json().into()))
}

/// What the library makes of one field of a record.
async fn resolve<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    row: &T,
    field: &Positioned<Field>,
) -> ServerResult<Value> {
    let value = row.resolve_field(&ctx.with_field(field)).await?;
    Ok(value.unwrap_or_default())
}

fn viewer<'a>(ctx: &ContextSelectionSet<'a>) -> &'a Viewer {
    ctx.data_unchecked()
}

/// The plans of one request, by their places in the answer. A request that carries none is answered
/// by the library alone.
#[derive(Debug)]
pub struct Plans(Option<Mutex<HashMap<String, Option<Arc<Plan>>>>>);

impl Plans {
    /// For a request whose answer is written by one who knows what `Value::Binary` means here.
    pub fn wanted() -> Self {
        Self(Some(Mutex::default()))
    }

    /// For a request of which the library has to see every field.
    pub fn forbidden() -> Self {
        Self(None)
    }

    /// How the rows of a list are written; `None` where they cannot be.
    fn of<T: Written>(&self, ctx: &ContextSelectionSet<'_>) -> Option<Arc<Plan>> {
        let known = self.0.as_ref()?;
        let place = place(ctx);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = known.get(&place) {
            return plan.clone();
        }
        // What is selected twice is merged by the library, which cannot see into a text.
        let plan = plan::is_alone(ctx, &place)
            .then(|| T::mixed(&Selection::of(ctx)))
            .flatten()
            // Where nothing is plain there is nothing to write.
            .filter(|plan| plan.steps.len() > plan.resolved.len())
            .map(Arc::new);
        known.insert(place, plan.clone());
        plan
    }
}

/// The path to a field without its indices, joined by dots: the same under each parent of a list.
fn place(ctx: &ContextSelectionSet<'_>) -> String {
    let mut names = Vec::with_capacity(8);
    let mut node = ctx.path_node.as_ref();
    while let Some(at) = node {
        if let QueryPathSegment::Name(name) = at.segment {
            names.push(name);
        }
        node = at.parent;
    }
    names.reverse();
    names.join(".")
}
