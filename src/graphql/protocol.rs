//! Protocols: the roots that find them, and what one links to.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object};

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::{found, nullable},
    selection::form,
    written::Row,
};
use crate::{
    auth::policy,
    loader::{
        fallback::OrIndexedList,
        page::Filter,
        protocol::{Listing, selects},
    },
    model::{
        Address, Contact, Freshness, Match, Property, PropertyId, Protocol, ProtocolBy,
        ProtocolContact, ProtocolFilter, ProtocolId, ProtocolObject, ProtocolPdf, RecordId,
    },
    upstream::{deeprent::LARGEST_PAGE, propstack::Form},
};

connection! {
    /// Protocols, a page at a time.
    ProtocolConnection,
    /// A protocol in a list.
    ProtocolEdge {} to Protocol
}

/// The roots that find protocols.
#[derive(Default)]
pub struct ProtocolQuery;

#[Object]
impl ProtocolQuery {
    /// One protocol. deep.rent cannot look one up, so its list is read as far as needed.
    async fn protocol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ProtocolBy,
    ) -> Nullable<Row<Protocol>> {
        found(async {
            let id = match by {
                ProtocolBy::Id(id) => ProtocolId::decode(&id)?,
                ProtocolBy::UpstreamId(id) => ProtocolId::new(id),
            };
            Ok(ctx.sources().find_protocol(&id).await?)
        })
        .await
    }

    /// The protocols of the organisation, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn protocols(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not deleted when left out.")] filter: Option<
            ProtocolFilter,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ProtocolConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("protocols", vec![Box::new(filter.clone())]);
            let filter = filter.unwrap_or_default();
            if probes(&filter) && !policy::may_read_personal_data(ctx.viewer()) {
                return Ok(None);
            }
            if let Some(id) = &filter.property_id {
                let key = (PropertyId::decode(id)?, Form::Flat);
                let property = ctx.loaders().properties.load(key).await?;
                let protocols = match property {
                    Some(property) => ctx.loaders().protocols_of_property(&property).await?,
                    None => Vec::new(),
                };
                let protocols = protocols.into_iter().map(|(_, protocol)| protocol);
                let protocols = protocols.filter(|protocol| selects(&filter, protocol));
                let page = Page::of(list, protocols, |protocol| protocol.id.key(), &paging)?;
                return Ok(Some(page.map(|protocol| (protocol,)).into()));
            }
            let include_deleted = filter.include_deleted;
            let source = Listing {
                sources: Arc::clone(ctx.sources()),
                include_deleted,
            };
            let keep = |protocol: &Arc<Protocol>| selects(&filter, protocol);
            let is_plain = filter
                == ProtocolFilter {
                    include_deleted,
                    ..ProtocolFilter::default()
                };
            let filter = (!is_plain).then_some(Filter {
                per_read: LARGEST_PAGE,
                keep: &keep,
            });
            let page = Page::read(list, &OrIndexedList(source), &paging, filter.as_ref()).await?;
            Ok(Some(page.map(|protocol| (protocol,)).into()))
        })
        .await
    }
}

/// Whether what a filter keeps would tell of persons what only few may read.
pub(super) fn probes(filter: &ProtocolFilter) -> bool {
    filter.contact_email.is_some()
}

#[ComplexObject]
impl Protocol {
    /// A link to the PDF, which deep.rent may have to build first: that takes up to a minute. At most
    /// five in one operation.
    #[graphql(complexity = 50)]
    async fn pdf(&self, ctx: &Context<'_>) -> Nullable<ProtocolPdf> {
        nullable(async {
            if !ctx.loaders().may_ask_for_pdf() {
                let message = "At most five PDFs can be asked for in one operation.";
                return Err(Error::TooCostly(message.to_owned()));
            }
            let pdf = ctx.sources().deeprent()?.find_pdf(&self.id).await?;
            Ok(pdf)
        })
        .await
    }

    /// The property in Propstack that it is about; null where none or several could be.
    async fn property(&self, ctx: &Context<'_>) -> Nullable<Row<Property>> {
        found(async {
            let Some((property, _)) = property_of(self, ctx).await? else {
                return Ok(None);
            };
            let form = form(ctx.field(), ctx.viewer());
            // The index tells which one; as it stands now is told by its system.
            if form == Form::Flat && property.freshness.number != Freshness::OF_INDEX {
                return Ok(Some(property));
            }
            let fresh = ctx
                .loaders()
                .properties
                .load((property.id.clone(), form))
                .await?;
            Ok(fresh)
        })
        .await
    }

    /// Why the property is taken to be what the protocol is about.
    async fn property_match(&self, ctx: &Context<'_>) -> Nullable<Match> {
        nullable(async { Ok(property_of(self, ctx).await?.map(|(_, found)| found)) }).await
    }
}

async fn property_of(
    protocol: &Protocol,
    ctx: &Context<'_>,
) -> Result<Option<(Arc<Property>, Match)>, Error> {
    let verdict = ctx.loaders().property_of_protocol(protocol).await?;
    Ok(verdict.found())
}

#[ComplexObject]
impl ProtocolObject {
    /// Where it is; null for viewers without the right to see hidden addresses, since deep.rent does
    /// not know which ones are.
    async fn address(&self, ctx: &Context<'_>) -> Option<&Address> {
        let address = self.address.as_ref();
        address.filter(|_| policy::may_see_hidden_address(ctx.viewer()))
    }
}

#[ComplexObject]
impl ProtocolContact {
    /// The same person in Propstack, by e-mail address; where several share it, by name too.
    async fn contact(&self, ctx: &Context<'_>) -> Nullable<Row<Contact>> {
        found(async {
            let verdict = ctx.loaders().contact_of_attendee(self).await?;
            Ok(verdict.found().map(|(contact, _)| contact))
        })
        .await
    }
}
