//! Links between records of different systems: people's decisions, and what they could decide about.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject, Union};
use serde::{Deserialize, Serialize};

use super::{
    Error, Nullable, RequestContext,
    access::Access,
    connection::{Page, Paging, cost},
    cursor::List,
    error::nullable,
    mutation::{act, administer},
    node::{self, Node},
    search::{SearchConnection, SearchKind},
};
use crate::{
    auth::{Viewer, policy},
    identity::decision::{Decision, inside},
    loader::unlinked::{Pair, Suggestion, Suggestions, Unlinked},
    model::{
        Contact, DateTime, ErrorCode, Investor, Match, MatchedBy, MutationError, PageInfo, Project,
        Property, PropertyProfile, Prospect, Protocol, RecordKind, System, all, authenticated,
        requires,
    },
    write::Failure,
};

/// A record that can be the same as one of another system.
#[derive(Debug, Clone, Union)]
pub enum Linkable {
    /// A property.
    Property(Arc<Property>),
    /// A contact.
    Contact(Arc<Contact>),
    /// A protocol.
    Protocol(Arc<Protocol>),
    /// A project.
    Project(Arc<Project>),
    /// A prospect.
    Prospect(Arc<Prospect>),
    /// A property profile.
    PropertyProfile(Arc<PropertyProfile>),
    /// An investor.
    Investor(Arc<Investor>),
}

impl Linkable {
    fn of(node: Node) -> Option<Self> {
        Some(match node {
            Node::Property(record) => Self::Property(record),
            Node::Contact(record) => Self::Contact(record),
            Node::Protocol(record) => Self::Protocol(record),
            Node::Project(record) => Self::Project(record),
            Node::Prospect(record) => Self::Prospect(record),
            Node::PropertyProfile(record) => Self::PropertyProfile(record),
            Node::Investor(record) => Self::Investor(record),
            Node::Document(_)
            | Node::Development(_)
            | Node::ImportJob(_)
            | Node::Organization(_) => return None,
        })
    }
}

/// Two records that may be the same, for somebody to decide.
#[derive(Debug, SimpleObject)]
pub struct MatchSuggestion {
    /// A record of deep.rent or Propstreet.
    left: Linkable,
    /// A record of Propstack that it may be.
    right: Linkable,
    /// What they have in common.
    by: MatchedBy,
    /// How likely it is as far as that goes: one of so many that have it in common, or none.
    score: f64,
    /// Why nothing tells by itself whether they are the same.
    reason: String,
}

/// A suggestion in a list.
#[derive(Debug, SimpleObject)]
pub struct MatchSuggestionEdge {
    /// Where this edge stands: pass it as `after` to go on behind it.
    cursor: String,
    /// The suggestion.
    node: MatchSuggestion,
}

/// Suggestions, those of the newest records of each kind first, a page at a time.
#[derive(Debug)]
pub struct MatchSuggestionConnection(Page<Suggestion>);

/// Suggestions, those of the newest records of each kind first, a page at a time.
#[Object]
impl MatchSuggestionConnection {
    /// The suggestions with their cursors.
    async fn edges(&self) -> Vec<MatchSuggestionEdge> {
        let edges = self.0.edges().map(|(cursor, suggestion)| {
            let node = suggestion.into();
            MatchSuggestionEdge { cursor, node }
        });
        edges.collect()
    }

    /// The suggestions alone.
    async fn nodes(&self) -> Vec<MatchSuggestion> {
        self.0.rows().map(MatchSuggestion::from).collect()
    }

    /// Where this page stands.
    async fn page_info(&self) -> PageInfo {
        self.0.info()
    }
}

impl From<&Suggestion> for MatchSuggestion {
    fn from(suggestion: &Suggestion) -> Self {
        let Suggestion { pair, by, of } = suggestion;
        let (left, right) = match pair.clone() {
            Pair::Protocol(protocol, property) => {
                (Linkable::Protocol(protocol), Linkable::Property(property))
            }
            Pair::Profile(profile, property) => (
                Linkable::PropertyProfile(profile),
                Linkable::Property(property),
            ),
            Pair::Investor(investor, contact) => {
                (Linkable::Investor(investor), Linkable::Contact(contact))
            }
        };
        Self {
            left,
            right,
            by: *by,
            score: 1.0 / f64::from(u32::try_from(of + 1).unwrap_or(u32::MAX)),
            reason: reason(*by, *of),
        }
    }
}

/// Why that does not tell. It names no address and nobody: not everybody may see them.
fn reason(by: MatchedBy, of: usize) -> String {
    match (by, of) {
        (MatchedBy::ExternalReference, _) => {
            format!("{of} records hold the same reference, and it can be meant for one only.")
        }
        (MatchedBy::ObjectCode, _) => {
            format!("The protocol names a number that {of} properties have.")
        }
        (MatchedBy::Document, _) => {
            format!("The protocol's file lies with {of} properties.")
        }
        (MatchedBy::Address, 1) => {
            "The property is at the protocol's address, but nothing tells it from its neighbours \
             there."
                .to_owned()
        }
        (MatchedBy::Address, _) => {
            format!("{of} properties are at the protocol's address, and nothing tells which.")
        }
        (MatchedBy::Coordinates, _) => {
            format!("{of} properties are at this place on the map, and nothing tells which.")
        }
        (MatchedBy::Email, _) => {
            format!("{of} contacts read mail at the same address, and the name tells none of them.")
        }
        (MatchedBy::Name, _) => format!("{of} firms are called so."),
        (MatchedBy::Explicit, _) => "People have decided differently.".to_owned(),
    }
}

/// The roots about links.
#[derive(Default)]
pub struct LinkQuery;

#[Object]
impl LinkQuery {
    /// Pairs of records that may be the same and that nothing tells apart, among what was imported:
    /// protocols, then profiles, then investors, the newest first. `linkRecords` and `unlinkRecords`
    /// decide.
    #[graphql(
        complexity = "cost(first, child_complexity)",
        directive = authenticated::apply()
    )]
    async fn match_suggestions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<MatchSuggestionConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let list = List::new("matchSuggestions", Vec::new());
            let sees = sees(ctx);
            let kinds = [
                (RecordKind::Protocol, ["Protocol", "Property"]),
                (RecordKind::Profile, ["PropertyProfile", "Property"]),
                (RecordKind::Investor, ["Investor", "Contact"]),
            ];
            let kinds = kinds
                .into_iter()
                .filter(|(_, types)| types.iter().all(|it| sees(it)));
            let kinds: Vec<_> = kinds.map(|(kind, _)| kind).collect();
            let source = Suggestions {
                loaders: ctx.loaders(),
                kinds: &kinds,
            };
            let page = Page::read(list, &source, &paging, None).await?;
            Ok(Some(MatchSuggestionConnection(page)))
        })
        .await
    }

    /// Records of one system that are linked to none of another one, among what was imported, kind by
    /// kind, the newest first.
    #[graphql(
        complexity = "cost(first, child_complexity)",
        directive = authenticated::apply()
    )]
    async fn unlinked_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which system.")] system: System,
        #[graphql(desc = "Only records of these kinds; all when left out.")] kinds: Option<
            Vec<SearchKind>,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<SearchConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let arguments = [Box::new(system) as _, Box::new(kinds.clone()) as _];
            let list = List::new("unlinkedRecords", arguments.into());
            let sees = sees(ctx);
            let wanted = SearchKind::ALL.into_iter().filter(|kind| {
                let (record, name) = kind.of_index();
                let is_wanted = kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
                is_wanted && record.system() == system && sees(name)
            });
            let wanted: Vec<_> = wanted.map(|kind| kind.of_index().0).collect();
            let source = Unlinked {
                loaders: ctx.loaders(),
                kinds: &wanted,
            };
            let page = Page::read(list, &source, &paging, None).await?;
            Ok(Some(SearchConnection::of(page)))
        })
        .await
    }
}

/// Whether the viewer may see records of a type.
fn sees<'a>(ctx: &'a Context<'_>) -> impl Fn(&str) -> bool + 'a {
    let access = ctx.data_unchecked::<Arc<Access>>();
    let viewer: &Viewer = ctx.viewer();
    |name| policy::permits(viewer, access.needs_of(name))
}

/// Two records that somebody decides about: one of Propstack and one of another system, in either
/// order.
#[derive(Debug, InputObject)]
pub struct LinkRecordsInput {
    /// One of the two.
    left_id: ID,
    /// The other one.
    right_id: ID,
    /// Repeated with the same key, the same is done once and told again, for a day.
    idempotency_key: Option<String>,
}

/// What deciding about two records came to.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LinkRecordsPayload {
    /// The link as it stands now; null for records that are not the same.
    r#match: Option<Match>,
    /// Why nothing was decided.
    errors: Vec<MutationError>,

    #[graphql(skip)]
    ids: Option<(ID, ID)>,
}

#[ComplexObject]
impl LinkRecordsPayload {
    /// The one record as it stands now.
    async fn left(&self, ctx: &Context<'_>) -> Nullable<Linkable> {
        let id = self.ids.as_ref().map(|(left, _)| left);
        nullable(linkable(ctx, id)).await
    }

    /// The other one.
    async fn right(&self, ctx: &Context<'_>) -> Nullable<Linkable> {
        let id = self.ids.as_ref().map(|(_, right)| right);
        nullable(linkable(ctx, id)).await
    }
}

async fn linkable(ctx: &Context<'_>, id: Option<&ID>) -> Result<Option<Linkable>, Error> {
    match id {
        Some(id) => Ok(node::find(ctx, id).await?.and_then(Linkable::of)),
        None => Ok(None),
    }
}

/// The mutations that decide.
#[derive(Default)]
pub struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Says that two records are the same, whatever else links them: a property and a protocol, a
    /// project or a profile; a contact and an investor, or the prospect that it is. What is said of a
    /// protocol holds for all protocols of its object. No system is told.
    #[graphql(directive = requires::apply(all("import:run")))]
    async fn link_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which two.")] input: LinkRecordsInput,
    ) -> Result<LinkRecordsPayload, Error> {
        decide(ctx, "linkRecords", input, true).await
    }

    /// Says that two records are not the same, whatever they have in common. No system is told.
    #[graphql(directive = requires::apply(all("import:run")))]
    async fn unlink_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which two.")] input: LinkRecordsInput,
    ) -> Result<LinkRecordsPayload, Error> {
        decide(ctx, "unlinkRecords", input, false).await
    }
}

/// What was decided, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Decided {
    at: chrono::DateTime<chrono::Utc>,
}

async fn decide(
    ctx: &Context<'_>,
    action: &'static str,
    input: LinkRecordsInput,
    is_same: bool,
) -> Result<LinkRecordsPayload, Error> {
    let LinkRecordsInput {
        left_id,
        right_id,
        idempotency_key,
    } = input;
    // Ids that are none of ours are no mistake of a person.
    for id in [&left_id, &right_id] {
        crate::model::split(id)?;
    }
    let act = act(ctx, action, Some(&left_id));
    let outcome = administer(ctx, &act, idempotency_key, async |_| {
        let left = record(ctx, &left_id, "leftId").await?;
        let right = record(ctx, &right_id, "rightId").await?;
        let Some((anchor, other, is_only)) = sides(&left, &right).or_else(|| sides(&right, &left))
        else {
            let message = "A property can be the same as a protocol, a project or a profile is \
                           about, and a contact the same as an investor or a prospect.";
            return Err(refused(message));
        };
        let at = ctx.tenants().clock().now();
        let decision = Decision {
            anchor,
            other,
            is_same,
            at: DateTime(at),
        };
        let organization = &ctx.viewer().organization;
        let decided = ctx.tenants().decide(organization, decision, is_only, &act);
        let decisions = decided.await.map_err(super::mutation::unstored)?;
        ctx.sources().learn(decisions);
        Ok(Decided { at })
    })
    .await?;
    let decided = outcome.done.as_ref();
    let found = decided.filter(|_| is_same).map(|decided| Match {
        decided_at: Some(DateTime(decided.at)),
        ..Match::certain(MatchedBy::Explicit)
    });
    Ok(LinkRecordsPayload {
        r#match: found,
        ids: decided.map(|_| (left_id, right_id)),
        errors: outcome.errors,
    })
}

async fn record(ctx: &Context<'_>, id: &ID, field: &str) -> Result<Linkable, Failure> {
    let node = node::find(ctx, id).await;
    let node = node.map_err(|error| match error {
        Error::Load(error) => Failure::Load(error),
        _ => refused("This is not the id of a record that can be linked."),
    })?;
    node.and_then(Linkable::of)
        .ok_or_else(|| Failure::not_found(&[field]))
}

fn refused(message: &str) -> Failure {
    MutationError::input(ErrorCode::Validation, message, &["leftId", "rightId"]).into()
}

/// The record of Propstack and that of the other system by the insides of their ids, and whether the
/// other one can be the same as one only.
fn sides(anchor: &Linkable, other: &Linkable) -> Option<(String, String, bool)> {
    match (anchor, other) {
        (Linkable::Property(property), other) => {
            let (other, is_only) = match other {
                Linkable::Protocol(protocol) => match &protocol.object.id {
                    // What is handed over again and again is one object.
                    Some(object) => (inside(object), true),
                    None => (inside(&protocol.id), true),
                },
                Linkable::Project(project) => (inside(&project.id), false),
                Linkable::PropertyProfile(profile) => (inside(&profile.id), true),
                _ => return None,
            };
            Some((inside(&property.id), other, is_only))
        }
        (Linkable::Contact(contact), other) => {
            let other = match other {
                Linkable::Investor(investor) => inside(&investor.id),
                Linkable::Prospect(prospect) => inside(prospect.investor_id.as_ref()?),
                _ => return None,
            };
            Some((inside(&contact.id), other, true))
        }
        _ => None,
    }
}
