//! Records and the plain objects inside them, each as a table of its fields.

use async_graphql::OutputType;

use super::{Plan, Selection, Text, Written, plan::Source};

/// An object type with a table of its plain fields.
pub trait Object: OutputType + Sized + 'static {
    /// What can be written.
    const FIELDS: &'static [Field<Self>];
    /// What cannot: it takes arguments or has to be loaded. By their names in the schema.
    const OTHERS: &'static [&'static str];
}

/// A plain field of an object.
pub struct Field<T> {
    /// Its name, as Rust spells it.
    pub name: &'static str,
    /// How its value is written where this is selected of it.
    pub plan: fn(&Selection<'_>) -> Option<Plan>,
    /// Writes its value.
    pub write: fn(&T, &Plan, &mut Text<'_>),
}

/// Writes what is planned of an object.
pub fn write<T: Object>(object: &T, plan: &Plan, text: &mut Text<'_>) {
    text.raw("{");
    for step in &plan.steps {
        text.raw(&step.key);
        match &step.value {
            Source::TypeName => {}
            Source::Plain(field, plan) => (T::FIELDS[*field].write)(object, plan, text),
            Source::Resolved => text.resolved(),
        }
    }
    text.raw("}");
}

/// The plan of what an accessor gives.
pub fn plan_of<T, V: Written>(_: fn(&T) -> &V, selection: &Selection<'_>) -> Option<Plan> {
    V::plan(selection)
}

/// Declares the table of an object: the fields of the struct that are written as they are, `as`
/// where the schema has a name of its own; what is worked out, with its type; then the names of
/// what is not written.
macro_rules! object {
    (
        $object:ty {
            $($field:ident $(as $name:literal)?,)*
            $(; $($computed:ident: $of:ty = |$it:pat_param, $viewer:pat_param| $value:expr,)*)?
        }
        $(but $($other:literal)*)?
    ) => {
        impl $crate::graphql::written::object::Object for $object {
            const FIELDS: &'static [$crate::graphql::written::object::Field<Self>] = &[
                $($crate::graphql::written::object::Field {
                    name: $crate::graphql::written::object::named!($field $($name)?),
                    plan: |selection| $crate::graphql::written::object::plan_of(
                        |it: &$object| &it.$field,
                        selection,
                    ),
                    write: |it, plan, text| {
                        $crate::graphql::written::Written::write(&it.$field, plan, text);
                    },
                },)*
                $($($crate::graphql::written::object::Field {
                    name: stringify!($computed),
                    plan: <$of as $crate::graphql::written::Written>::plan,
                    write: |$it, plan, text| {
                        let $viewer = text.viewer;
                        let value: $of = $value;
                        $crate::graphql::written::Written::write(&value, plan, text);
                    },
                },)*)?
            ];
            const OTHERS: &'static [&'static str] = &[$($($other),*)?];
        }

        impl $crate::graphql::written::Written for $object {
            fn plan(
                selection: &$crate::graphql::written::Selection<'_>,
            ) -> Option<$crate::graphql::written::Plan> {
                selection.plan::<Self>()
            }

            fn mixed(
                selection: &$crate::graphql::written::Selection<'_>,
            ) -> Option<$crate::graphql::written::Plan> {
                selection.mixed::<Self>()
            }

            fn write(
                &self,
                plan: &$crate::graphql::written::Plan,
                text: &mut $crate::graphql::written::Text<'_>,
            ) {
                $crate::graphql::written::object::write(self, plan, text);
            }
        }
    };
}

macro_rules! named {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

pub(crate) use {named, object};
