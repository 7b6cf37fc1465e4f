//! Properties: what one links to. The roots are in [`root`], what selects properties in [`filter`].

mod filter;
mod root;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context};

use super::{
    Error, Nullable, RequestContext,
    connection::{Page, Paging, connection, cost},
    cursor::List,
    error::nullable,
    protocol::probes,
    written::Row,
};
use crate::{
    auth::{Viewer, policy},
    loader::protocol::selects,
    model::{
        Address, Broker, Contact, ContactRole, CustomField, Development, Document, GeoPoint, Match,
        Project, Property, Protocol, ProtocolFilter,
    },
    upstream::propstack::Form,
};

pub use root::PropertyQuery;

connection! {
    /// Properties, a page at a time.
    PropertyConnection,
    /// A property in a list.
    PropertyEdge {} to Property, total
}

connection! {
    /// The protocols of a property, a page at a time.
    PropertyProtocolConnection,
    /// A protocol of a property.
    PropertyProtocolEdge {
        /// Why the protocol is taken to be about the property.
        r#match: Match,
    } to Protocol
}

connection! {
    /// The projects of a property, a page at a time.
    PropertyProjectConnection,
    /// A project of a property.
    PropertyProjectEdge {
        /// Why the project is taken to be about the property.
        r#match: Match,
    } to Project
}

connection! {
    /// The contacts of a property, a page at a time.
    PropertyContactConnection,
    /// A contact of a property.
    PropertyContactEdge {
        /// What the contact is to the property.
        role: ContactRole,
        /// The role in the agency's words.
        role_text: Option<String>,
    } to Contact
}

connection! {
    /// Documents, a page at a time.
    DocumentConnection,
    /// A document in a list.
    DocumentEdge {} to Document, total
}

/// Whether the address and what may tell it can be shown to a viewer.
pub(super) fn shows_address(property: &Property, viewer: &Viewer) -> bool {
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
                return Ok(Some(Arc::clone(broker)));
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
            let found = developments
                .iter()
                .find(|development| development.id == *id);
            if shows_address(self, ctx.viewer()) {
                return Ok(found.cloned());
            }
            // The development's address would tell the property's.
            Ok(found.map(|development| {
                let mut development = Development::clone(development);
                development.address = None;
                Arc::new(development)
            }))
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
    ) -> Nullable<Row<DocumentConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Property.documents", vec![Box::new(self.id.to_string())]);
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
            let page = Page::of(list, documents, |document| document.id.key(), &paging)?;
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
    ) -> Nullable<Row<PropertyContactConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new(
                "Property.contacts",
                vec![Box::new(self.id.to_string()), Box::new(role)],
            );
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
            let page = Page::of(list, ties, |tie| tie.contact.key(), &paging)?;
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
    ) -> Nullable<Row<PropertyProtocolConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new(
                "Property.protocols",
                vec![Box::new(self.id.to_string()), Box::new(filter.clone())],
            );
            let filter = filter.unwrap_or_default();
            if probes(&filter) && !policy::may_read_personal_data(ctx.viewer()) {
                return Ok(None);
            }
            let protocols = ctx.loaders().protocols_of_property(self).await?;
            let protocols = protocols
                .into_iter()
                .filter(|(_, protocol)| selects(&filter, protocol));
            let page = Page::of(list, protocols, |(_, protocol)| protocol.id.key(), &paging)?;
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
    ) -> Nullable<Row<PropertyProjectConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Property.projects", vec![Box::new(self.id.to_string())]);
            let projects = ctx.loaders().projects_of_property(self).await?;
            let page = Page::of(list, projects, |(_, project)| project.id.key(), &paging)?;
            Ok(Some(page.into()))
        })
        .await
    }
}
