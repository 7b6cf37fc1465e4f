//! Lists written by hand: rows become JSON text without a future, a value or a map for each field.
//!
//! [`Rows`] stands where the schema has a list. When all that is selected of its rows is plain, and
//! whoever carries the answer writes text as it stands, the list is written by a [`Plan`] that is
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
    ContextSelectionSet, OutputType, Positioned, QueryPathSegment, ServerResult, Value,
    parser::types::Field, registry::Registry,
};

pub use plan::{Plan, Selection};
pub use text::Text;
pub use value::Written;

use crate::auth::Viewer;

/// A list of a connection: written by hand where that can be, and resolved by the library where not.
#[derive(Debug)]
pub struct Rows<'a, T>(Vec<&'a T>);

impl<'a, T> FromIterator<&'a T> for Rows<'a, T> {
    fn from_iter<I: IntoIterator<Item = &'a T>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}

/// The same as of a `Vec`, but for how it resolves.
impl<'a, T: OutputType + Written> OutputType for Rows<'a, T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<&'a T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<&'a T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<&'a T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match self.write(ctx) {
            Some(text) => Ok(Value::Binary(text.into())),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

impl<T: Written> Rows<'_, T> {
    fn write(&self, ctx: &ContextSelectionSet<'_>) -> Option<Vec<u8>> {
        let plan = ctx.data_opt::<Plans>()?.of::<T>(ctx)?;
        let mut text = Text::new(ctx.data_unchecked::<Viewer>());
        text.list(&self.0, &plan);
        Some(text.into_json())
    }
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
            .then(|| T::plan(&Selection::of(ctx)))
            .flatten()
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
