//! How each kind of value is written: as the library would have it serialised.

use std::sync::Arc;

use async_graphql::{ID, resolver_utils::EnumType};

use super::{
    Plan, Selection, Text,
    instant::{write_day, write_instant},
};
use crate::model::*;

/// What can be written without asking or waiting for anything. It cannot fail.
pub trait Written {
    /// The plan for what is selected of it; `None` when that is not all plain.
    fn plan(_: &Selection<'_>) -> Option<Plan> {
        Some(Plan::default())
    }

    /// The plan for records of which the library resolves what is not plain; `None` when it has to
    /// see all of them.
    fn mixed(selection: &Selection<'_>) -> Option<Plan> {
        Self::plan(selection)
    }

    /// Writes it.
    fn write(&self, plan: &Plan, text: &mut Text<'_>);
}

impl<T: Written> Written for Option<T> {
    fn plan(selection: &Selection<'_>) -> Option<Plan> {
        T::plan(selection)
    }

    fn write(&self, plan: &Plan, text: &mut Text<'_>) {
        match self {
            Some(value) => value.write(plan, text),
            None => text.raw("null"),
        }
    }
}

impl<T: Written> Written for Vec<T> {
    fn plan(selection: &Selection<'_>) -> Option<Plan> {
        T::plan(selection)
    }

    fn write(&self, plan: &Plan, text: &mut Text<'_>) {
        text.list(self, plan);
    }
}

/// For what stands behind a pointer.
macro_rules! pointed_at {
    ($($pointer:ty),*) => {
        $(impl<T: Written> Written for $pointer {
            fn plan(selection: &Selection<'_>) -> Option<Plan> {
                T::plan(selection)
            }

            fn mixed(selection: &Selection<'_>) -> Option<Plan> {
                T::mixed(selection)
            }

            fn write(&self, plan: &Plan, text: &mut Text<'_>) {
                T::write(self, plan, text);
            }
        })*
    };
}

pointed_at!(&T, Arc<T>, Box<T>);

/// For values without fields: how one is written into a text.
macro_rules! leaves {
    ($($leaf:ty = |$it:ident, $text:ident| $write:expr;)*) => {
        $(impl Written for $leaf {
            fn write(&self, _: &Plan, $text: &mut Text<'_>) {
                let $it = self;
                $write;
            }
        })*
    };
}

leaves! {
    bool = |it, text| text.raw(if *it { "true" } else { "false" });
    i32 = |it, text| text.serialized(it);
    f64 = |it, text| text.serialized(it);
    &str = |it, text| text.string(it);
    String = |it, text| text.string(it);
    ID = |it, text| text.string(it);
    ETag = |it, text| text.string(&it.0);
    Url = |it, text| text.string(it.0.as_str());
    Json = |it, text| text.serialized(&it.0);
    Decimal = |it, text| text.displayed(it.0);
    CountryCode = |it, text| text.displayed(it);
    CurrencyCode = |it, text| text.displayed(it);
    DateTime = |it, text| write_instant(*it, text);
    Date = |it, text| write_day(*it, text);
}

/// For types that are all written in one way.
macro_rules! all {
    ($write:expr; $($leaf:ty,)*) => {
        $(impl Written for $leaf {
            fn write(&self, _: &Plan, text: &mut Text<'_>) {
                $write(text, self);
            }
        })*
    };
}

all! {
    Text::id;
    PropertyId, PropertyStatusId, ImageId, LinkId, ContactId, DocumentId, ProtocolId,
    ProtocolObjectId, ProtocolContactId, ProjectId, ProspectId, InvestorId, ImportJobId,
}

all! {
    name;
    System, MatchedBy, MatchConfidence, OfferType, PropertyUsage, PropertyKind, PropertyFeature,
    ContactRole, GdprStatus, ProtocolCause, ProtocolContactRole, AssetType, ProjectStatus,
    ProjectClassification, Mandate, TeaserStage, PriceScale, ProspectClassification,
    ProspectCapability, ProspectOrigin, ImportKind, ImportStatus,
}

fn name<T: EnumType>(text: &mut Text<'_>, value: &T) {
    let item = T::items().iter().find(|item| item.value == *value);
    text.quoted(item.expect("an enum lists all that it can be").name);
}
