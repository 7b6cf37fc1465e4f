//! Contacts: the roots that find them, and what one links to.

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
    identity::email,
    loader::{contact::Listing, fallback::OrIndexedList, page::Filter, stretch},
    model::{
        Contact, ContactBy, ContactFilter, ContactId, ContactRelationship, ContactRole,
        ContactStatus, ContactStatusId, Match, MatchedBy, Property, Prospect, Protocol, RecordId,
        all, requires,
    },
    upstream::{
        propstack::{Archived, ContactsQuery},
        propstreet::AssociatedQuery,
    },
};

connection! {
    /// Contacts, a page at a time.
    ContactConnection,
    /// A contact in a list.
    ContactEdge {} to Contact, total
}

connection! {
    /// The properties of a contact, a page at a time.
    ContactPropertyConnection,
    /// A property of a contact.
    ContactPropertyEdge {
        /// What the contact is to the property.
        role: ContactRole,
        /// The role in the agency's words.
        role_text: Option<String>,
    } to Property
}

connection! {
    /// The protocols that name a contact, a page at a time.
    ContactProtocolConnection,
    /// A protocol that names a contact.
    ContactProtocolEdge {
        /// Why the protocol is taken to name the contact.
        r#match: Match,
    } to Protocol
}

connection! {
    /// The prospects that a contact is, a page at a time.
    ContactProspectConnection,
    /// A prospect that a contact is.
    ContactProspectEdge {
        /// Why the contact is taken to be the prospect.
        r#match: Match,
    } to Prospect
}

/// The roots that find contacts.
#[derive(Default)]
pub struct ContactQuery;

#[Object]
impl ContactQuery {
    /// One contact.
    async fn contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ContactBy,
    ) -> Nullable<Row<Contact>> {
        found(async {
            let id = match by {
                ContactBy::Id(id) => ContactId::decode(&id)?,
                ContactBy::UpstreamId(id) => ContactId::new(id),
                ContactBy::Email(_) if !policy::may_read_personal_data(ctx.viewer()) => {
                    return Ok(None);
                }
                ContactBy::Email(address) => return contact_by_email(ctx, &address).await,
            };
            Ok(ctx.loaders().contacts.load(id).await?)
        })
        .await
    }

    /// The contacts of the organisation, in the order in which they were entered.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; those not archived when left out.")] filter: Option<
            ContactFilter,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ContactConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("contacts", vec![Box::new(filter.clone())]);
            let filter = filter.unwrap_or_default();
            if probes(&filter) && !policy::may_read_personal_data(ctx.viewer()) {
                return Ok(None);
            }
            let mut query = ContactsQuery {
                archived: if filter.include_archived {
                    Archived::Included
                } else {
                    Archived::Excluded
                },
                text: filter.text,
                email: filter.email,
                updated_since: filter.updated_since.map(|since| since.0),
                ..ContactsQuery::default()
            };
            if let Some(kinds) = &filter.kinds {
                let statuses = ctx.sources().contact_statuses().await?.iter();
                let statuses = statuses.filter(|status| kinds.contains(&status.kind));
                query.statuses = statuses.map(|status| status.id.clone()).collect();
                if query.statuses.is_empty() {
                    // No status of the organisation is of these kinds: nobody is selected.
                    let nobody =
                        Page::of(list, [], |contact: &Arc<Contact>| contact.id.key(), &paging)?;
                    return Ok(Some(nobody.map(|contact| (contact,)).into()));
                }
            }
            let source = Listing {
                sources: Arc::clone(ctx.sources()),
                query,
            };
            // Propstack sees the day only, so it is asked for a day more.
            let keep = |contact: &Arc<Contact>| {
                filter.updated_since.is_none_or(|since| {
                    contact
                        .updated_at
                        .is_some_and(|updated_at| updated_at >= since)
                })
            };
            let filter = filter.updated_since.map(|_| Filter {
                per_read: 100,
                keep: &keep,
            });
            let page = Page::read(list, &OrIndexedList(source), &paging, filter.as_ref()).await?;
            Ok(Some(page.map(|contact| (contact,)).into()))
        })
        .await
    }
}

/// Whether what a filter keeps would tell of contacts what only few may read.
fn probes(filter: &ContactFilter) -> bool {
    filter.text.is_some() || filter.email.is_some() || filter.kinds.is_some()
}

/// The only contact with an e-mail address; `None` where several share it.
pub(super) async fn contact_by_email(
    ctx: &Context<'_>,
    address: &str,
) -> Result<Option<Arc<Contact>>, Error> {
    let Some(address) = email::normal_form(address) else {
        return Ok(None);
    };
    let mut sharing = ctx.loaders().contacts_by_email.load(address).await?;
    let only = sharing.pop().filter(|_| sharing.is_empty());
    Ok(only)
}

#[ComplexObject]
impl Contact {
    /// What the contact is to the agency.
    async fn status(&self, ctx: &Context<'_>) -> Nullable<ContactStatus> {
        nullable(async {
            if let Some(status) = &self.status {
                return Ok(Some(status.clone()));
            }
            let Some(id) = &self.status_id else {
                return Ok(None);
            };
            let is_it = |status: &&ContactStatus| -> bool {
                let known: &ContactStatusId = &status.id;
                known == id
            };
            Ok(ctx
                .sources()
                .contact_statuses()
                .await?
                .iter()
                .find(is_it)
                .cloned())
        })
        .await
    }

    /// Everything that the contact is to some property.
    async fn roles(&self, ctx: &Context<'_>) -> Nullable<Vec<ContactRole>> {
        nullable(async {
            let mut roles = Vec::new();
            for tie in ties(self, ctx).await?.iter() {
                if !roles.contains(&tie.role) {
                    roles.push(tie.role);
                }
            }
            Ok(Some(roles))
        })
        .await
    }

    /// The properties that the contact is tied to.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn properties(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only where the contact has this role.")] role: Option<ContactRole>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ContactPropertyConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new(
                "Contact.properties",
                vec![Box::new(self.id.to_string()), Box::new(role)],
            );
            let ties = ties(self, ctx).await?;
            let ties = ties
                .iter()
                .filter(|tie| role.is_none_or(|role| tie.role == role))
                .cloned();
            let page = Page::of(list, ties, |tie| tie.property.key(), &paging)?;
            let form = form(ctx.field(), ctx.viewer());
            let properties = &ctx.loaders().properties;
            let page = page
                .try_filter_map(|tie| async move {
                    let property = properties.load((tie.property, form)).await?;
                    Ok::<_, Error>(property.map(|property| (tie.role, tie.role_text, property)))
                })
                .await?;
            Ok(Some(page.into()))
        })
        .await
    }

    /// The protocols in deep.rent that name this person, by e-mail address, newest first.
    #[graphql(
        complexity = "cost(first, child_complexity)",
        directive = requires::apply(all("contact:read"))
    )]
    async fn protocols(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ContactProtocolConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Contact.protocols", vec![Box::new(self.id.to_string())]);
            let protocols = ctx.loaders().protocols_of_contact(self).await?;
            let protocols = protocols
                .into_iter()
                .filter(|protocol| protocol.deletion.is_none());
            let page = Page::of(list, protocols, |protocol| protocol.id.key(), &paging)?;
            let found = Match::heuristic(MatchedBy::Email);
            Ok(Some(page.map(|protocol| (found, protocol)).into()))
        })
        .await
    }

    /// Where this contact is in the running as an investor in Propstreet.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<Row<ContactProspectConnection>> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("Contact.prospects", vec![Box::new(self.id.to_string())]);
            let investor = ctx.loaders().investor_of_contact(self).await?;
            let Some((found, investor)) = investor else {
                let nothing = Page::of(list, [], |_: &(_, Arc<_>)| "", &paging)?;
                return Ok(Some(nothing.into()));
            };
            let source = stretch::Listing {
                loader: &ctx.loaders().projects_of_investors,
                list: (investor, AssociatedQuery::default()),
            };
            let page = Page::read(list, &source, &paging, None).await?;
            let prospects = &ctx.loaders().prospects;
            let page = page
                .try_filter_map(|project| async move {
                    let prospect = prospects.load(project.prospect_id.clone()).await?;
                    Ok::<_, Error>(prospect.map(|prospect| (found, prospect)))
                })
                .await?;
            Ok(Some(page.into()))
        })
        .await
    }
}

/// What ties a contact to properties, whether or not its own read carried it.
async fn ties(contact: &Contact, ctx: &Context<'_>) -> Result<Arc<[ContactRelationship]>, Error> {
    match &contact.relationships {
        Some(ties) => Ok(ties.as_slice().into()),
        None => Ok(ctx
            .loaders()
            .ties_of_contacts
            .load(contact.id.clone())
            .await?),
    }
}
