//! One box over everything that the viewer may see in the three systems.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject, Union};

use super::{
    Error, Nullable, RequestContext,
    access::Access,
    connection::{Page, Paging, cost},
    cursor::List,
    error::nullable,
};
use crate::{
    auth::policy,
    index::search::{AnyRecord, Hit, Place},
    model::{Contact, PageInfo, Project, Property, Prospect, Protocol, RecordKind, authenticated},
    store::Column,
};

/// A record that was found.
#[derive(Debug, Clone, Union)]
pub enum SearchHit {
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
}

impl From<AnyRecord> for SearchHit {
    fn from(record: AnyRecord) -> Self {
        match record {
            AnyRecord::Property(record) => Self::Property(record),
            AnyRecord::Contact(record) => Self::Contact(record),
            AnyRecord::Protocol(record) => Self::Protocol(record),
            AnyRecord::Project(record) => Self::Project(record),
            AnyRecord::Prospect(record) => Self::Prospect(record),
        }
    }
}

/// What can be searched for.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchKind {
    /// Properties.
    Property,
    /// Contacts.
    Contact,
    /// Protocols.
    Protocol,
    /// Projects.
    Project,
    /// Prospects.
    Prospect,
}

impl SearchKind {
    /// Every one, in declaration order.
    pub(super) const ALL: [Self; 5] = [
        Self::Property,
        Self::Contact,
        Self::Protocol,
        Self::Project,
        Self::Prospect,
    ];

    /// Its kind and its type in the graph.
    pub(super) fn of_index(self) -> (RecordKind, &'static str) {
        match self {
            Self::Property => (RecordKind::Property, "Property"),
            Self::Contact => (RecordKind::Contact, "Contact"),
            Self::Protocol => (RecordKind::Protocol, "Protocol"),
            Self::Project => (RecordKind::Project, "Project"),
            Self::Prospect => (RecordKind::Prospect, "Prospect"),
        }
    }
}

/// A record that was found, in a list.
#[derive(Debug, SimpleObject)]
pub struct SearchEdge {
    /// Where this edge stands: pass it as `after` to go on behind it.
    cursor: String,
    /// How well it fits: 1 when it is called so, 0.75 when it is called like that, 0.5 when some text
    /// of it fits; 0 where no words were looked for.
    score: f64,
    /// The text that fits, as HTML with `mark` around what was looked for; null when the words stand in
    /// several texts or are only alike.
    highlight: Option<String>,
    /// The record, as it was when it was last read.
    node: SearchHit,
}

/// Records that were found, a page at a time.
#[derive(Debug)]
pub struct SearchConnection(Page<Found>);

/// A record with how well it fits.
#[derive(Debug)]
struct Found {
    record: AnyRecord,
    score: f64,
    highlight: Option<String>,
}

impl SearchConnection {
    /// Records that nobody searched for by words.
    pub(super) fn of(page: Page<AnyRecord>) -> Self {
        Self(page.map(|record| Found {
            record,
            score: 0.0,
            highlight: None,
        }))
    }
}

/// Records that were found, a page at a time.
#[Object]
impl SearchConnection {
    /// The records with their cursors.
    async fn edges(&self) -> Vec<SearchEdge> {
        let edges = self.0.edges().map(|(cursor, found)| SearchEdge {
            cursor,
            score: found.score,
            highlight: found.highlight.clone(),
            node: found.record.clone().into(),
        });
        edges.collect()
    }

    /// The records alone.
    async fn nodes(&self) -> Vec<SearchHit> {
        let nodes = self.0.rows();
        nodes.map(|found| found.record.clone().into()).collect()
    }

    /// Where this page stands.
    async fn page_info(&self) -> PageInfo {
        self.0.info()
    }
}

/// The root that searches.
#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Everything that the viewer may see and that has all words of a text, or words that begin like
    /// them: `Mühlenstr` finds `Muehlenstrasse`. What was imported is searched, no system is asked.
    #[graphql(
        complexity = "cost(first, child_complexity)",
        directive = authenticated::apply()
    )]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for; at most twelve words count.")] text: String,
        #[graphql(desc = "Only records of these kinds; all when left out.")] kinds: Option<
            Vec<SearchKind>,
        >,
        #[graphql(default = 20, desc = "How many, at most 100.")] first: i32,
        #[graphql(desc = "The cursor to go on behind.")] after: Option<String>,
    ) -> Nullable<SearchConnection> {
        nullable(async {
            let paging = Paging::new(first, after)?;
            let arguments = [Box::new(text.clone()) as _, Box::new(kinds.clone()) as _];
            let list = List::new("search", arguments.into());
            let after: Option<Place> = paging.position(&list)?;
            let viewer = ctx.viewer();
            let access = ctx.data_unchecked::<Arc<Access>>();
            let wanted = SearchKind::ALL.into_iter();
            let wanted = wanted.filter(|kind| {
                let is_wanted = kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
                is_wanted && policy::permits(viewer, access.needs_of(kind.of_index().1))
            });
            let wanted: Vec<_> = wanted.map(|kind| kind.of_index().0).collect();
            let mut columns = vec![Column::Title, Column::Text];
            columns.extend(policy::may_see_hidden_address(viewer).then_some(Column::Place));
            columns.extend(policy::may_read_personal_data(viewer).then_some(Column::Person));
            // It changes without telling anybody.
            ctx.sources().reader.trace().untraced();
            // One more than is shown tells whether there are more.
            let hits =
                ctx.sources()
                    .index
                    .search(&text, &wanted, &columns, after, paging.first() + 1);
            let hits = hits.await?.into_iter().map(|hit| {
                let Hit {
                    place,
                    record,
                    highlight,
                } = hit;
                let found = Found {
                    record,
                    score: place.score(),
                    highlight,
                };
                (place, found)
            });
            Ok::<_, Error>(Some(SearchConnection(Page::ahead(list, hits, &paging))))
        })
        .await
    }
}
