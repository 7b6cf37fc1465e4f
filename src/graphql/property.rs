//! Properties: the roots that find them, and what one links to.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object};

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    contact::PropertyContactConnection,
    cursor::List,
    document::DocumentConnection,
    error::nullable,
    project::PropertyProjectConnection,
    protocol::{PropertyProtocolConnection, selects},
    selection::form,
};
use crate::{
    auth::{Viewer, policy},
    identity::project as identity,
    loader::{page::Filter, property::Listing, window::LARGEST_PAGE},
    model::{
        Address, Broker, ContactRole, CustomField, Development, DevelopmentId, ExternalReference,
        GeoPoint, OfferType, OrderDirection, Property, PropertyBy, PropertyFilter, PropertyId,
        PropertyKind, PropertyOrder, PropertyOrderField, PropertyStatus, PropertyStatusId,
        ProtocolFilter, RecordId,
    },
    upstream::propstack::{Archived, Form, UnitsQuery},
};

connection! {
    /// Properties, a page at a time.
    PropertyConnection,
    /// A property in a list.
    PropertyEdge {} to Property, total
}

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
    ) -> Nullable<Arc<Property>> {
        nullable(async {
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
                    let mut found = ctx.sources().propstack()?.list_units(&query).await?.rows;
                    let only = found.pop().filter(|_| found.is_empty());
                    return Ok(only.map(Arc::new));
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
        #[graphql(desc = "Which ones; active ones when left out.")] filter: Option<PropertyFilter>,
        #[graphql(desc = "In which order; by id when left out.")] order_by: Option<PropertyOrder>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<PropertyConnection> {
        nullable(async {
            let list = List::new("properties", &[&filter, &order_by]);
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
            page_of_properties(ctx, &list, query, &paging, Some(&filter))
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

/// One page of properties. `filter` is what Propstack selects too widely or not at all.
pub(super) async fn page_of_properties(
    ctx: &Context<'_>,
    list: &List,
    query: UnitsQuery,
    paging: &Paging,
    filter: Option<&PropertyFilter>,
) -> Result<PropertyConnection, Error> {
    let source = Listing {
        sources: Arc::clone(ctx.sources()),
        query,
    };
    let keep = |property: &Arc<Property>| filter.is_none_or(|filter| keeps(filter, property));
    let is_inexact = filter.is_some_and(is_inexact);
    let filter = is_inexact.then_some(Filter {
        per_read: LARGEST_PAGE / 5,
        keep: &keep,
    });
    let page = Page::read(list, &source, paging, filter.as_ref()).await?;
    Ok(page.map(|property| (property,)).into())
}

/// What of a filter Propstack can select.
fn units_query(filter: &PropertyFilter) -> Result<UnitsQuery, Error> {
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

/// Whether the address and what may tell it can be shown to a viewer.
fn shows_address(property: &Property, viewer: &Viewer) -> bool {
    property.hides_address == Some(false) || policy::may_see_hidden_address(viewer)
}

/// The property with everything that Propstack's full form carries.
async fn expanded(property: &Property, ctx: &Context<'_>) -> Result<Option<Arc<Property>>, Error> {
    let key = (property.id.clone(), Form::Expanded);
    Ok(ctx.loaders().properties.load(key).await?)
}

#[ComplexObject]
impl Property {
    /// The agency's internal name; null when the address is hidden, since it may tell it.
    async fn name(&self, ctx: &Context<'_>) -> Option<&str> {
        self.name
            .as_deref()
            .filter(|_| shows_address(self, ctx.viewer()))
    }

    /// Where it is; null when hidden from the viewer.
    async fn address(&self, ctx: &Context<'_>) -> Option<&Address> {
        self.address
            .as_ref()
            .filter(|_| shows_address(self, ctx.viewer()))
    }

    /// Where it is on the map; null when hidden from the viewer.
    async fn location(&self, ctx: &Context<'_>) -> Option<GeoPoint> {
        self.location.filter(|_| shows_address(self, ctx.viewer()))
    }

    /// Fields that the agency added.
    async fn custom_fields(
        &self,
        #[graphql(desc = "Only those of these names; all when left out.")] names: Option<
            Vec<String>,
        >,
    ) -> Vec<&CustomField> {
        let is_asked = |field: &&CustomField| {
            names
                .as_ref()
                .is_none_or(|names| names.contains(&field.name))
        };
        self.custom_fields.iter().filter(is_asked).collect()
    }

    /// The broker in charge.
    async fn broker(&self, ctx: &Context<'_>) -> Nullable<Arc<Broker>> {
        nullable(async {
            if let Some(broker) = &self.broker {
                return Ok(Some(Arc::new(broker.clone())));
            }
            let Some(id) = &self.broker_id else {
                return Ok(None);
            };
            let brokers = ctx.sources().brokers().await?;
            Ok(brokers.iter().find(|broker| broker.id == *id).cloned())
        })
        .await
    }

    /// The development that it belongs to.
    async fn development(&self, ctx: &Context<'_>) -> Nullable<Arc<Development>> {
        nullable(async {
            let Some(id) = &self.development_id else {
                return Ok(None);
            };
            let developments = ctx.sources().developments().await?;
            Ok(developments
                .iter()
                .find(|development| development.id == *id)
                .cloned())
        })
        .await
    }

    /// Its files.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<DocumentConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Property.documents", &[&self.id.to_string()]);
            let expanded = match &self.documents {
                Some(_) => None,
                None => expanded(self, ctx).await?,
            };
            let documents = expanded
                .as_deref()
                .unwrap_or(self)
                .documents
                .iter()
                .flatten();
            let documents = documents.cloned().map(Arc::new);
            let page = Page::of(&list, documents, |document| document.id.key(), &paging)?;
            Ok(Some(page.map(|document| (document,)).into()))
        })
        .await
    }

    /// The people and firms tied to it.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this role.")] role: Option<ContactRole>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<PropertyContactConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Property.contacts", &[&self.id.to_string(), &role]);
            let expanded = match &self.relationships {
                Some(_) => None,
                None => expanded(self, ctx).await?,
            };
            let ties = expanded
                .as_deref()
                .unwrap_or(self)
                .relationships
                .iter()
                .flatten();
            let ties = ties
                .filter(|tie| role.is_none_or(|role| tie.role == role))
                .cloned();
            let page = Page::of(&list, ties, |tie| tie.contact.key(), &paging)?;
            let contacts = &ctx.loaders().contacts;
            // A contact may have gone while its tie still stands.
            let page = page
                .try_filter_map(|tie| async move {
                    let contact = contacts.load(tie.contact).await?;
                    Ok::<_, Error>(contact.map(|contact| (tie.role, tie.role_text, contact)))
                })
                .await?;
            Ok(Some(page.into()))
        })
        .await
    }

    /// Its handover protocols in deep.rent, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn protocols(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not deleted when left out.")] filter: Option<
            ProtocolFilter,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<PropertyProtocolConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Property.protocols", &[&self.id.to_string(), &filter]);
            let filter = filter.unwrap_or_default();
            let protocols = ctx.sources().protocol_directory().await?.of_property(self);
            let protocols = protocols
                .into_iter()
                .filter(|(_, protocol)| selects(&filter, protocol));
            let page = Page::of(&list, protocols, |(_, protocol)| protocol.id.key(), &paging)?;
            Ok(Some(page.into()))
        })
        .await
    }

    /// The investment projects about it in Propstreet.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<PropertyProjectConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Property.projects", &[&self.id.to_string()]);
            let loader = &ctx.loaders().projects_by_reference;
            let property = ExternalReference {
                namespace: identity::PROPSTACK.to_owned(),
                id: self.id.key().to_owned(),
            };
            let development = self.development_id.as_ref().map(|id| ExternalReference {
                namespace: identity::PROPSTACK_PROJECT.to_owned(),
                id: id.key().to_owned(),
            });
            // Both at once, so that they go off in one batch.
            let (own, shared) = futures_util::future::try_join(loader.load(property), async {
                match development {
                    Some(reference) => loader.load(reference).await,
                    None => Ok(None),
                }
            })
            .await?;
            let projects = [own, shared].into_iter().flatten().filter_map(|project| {
                let found = identity::match_project(self, &project)?;
                Some((found, project))
            });
            let page = Page::of(&list, projects, |(_, project)| project.id.key(), &paging)?;
            Ok(Some(page.into()))
        })
        .await
    }
}
