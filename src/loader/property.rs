//! Properties: many ids in one call, and the property that a protocol is about.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use futures_util::future::try_join_all;

use super::{
    Error, Sources,
    batch::Batch,
    fallback::{Listed, has_words},
    keyed::Keyed,
    page::{Source, Stretch},
    reads::{reads, record},
    stretch::{Lists, StretchOf},
    window::{LARGEST_PAGE, Window},
};
use crate::{
    cache::{Depth, Many},
    identity::{
        place::Place,
        protocol::{Clues, OBJECT_FIELD},
        verdict::{Verdict, judge},
    },
    index::keys_of_clues,
    model::{DevelopmentId, Freshness, Property, PropertyId, ProtocolObjectId, RecordKind, System},
    store::{IndexState, Key},
    upstream::{
        self,
        propstack::{self, Archived, Form, Page, UnitsQuery},
    },
};

/// Up to this many selections are made without a look at the whole list.
const FEW: usize = 2;

/// How many further pages one selection may have; beyond, only an index can answer.
pub const MOST_PAGES: usize = 40;

/// As many ids as one call may carry: Propstack's pages and addresses stay small.
pub const IDS_PER_CALL: usize = 50;

/// Properties by id. What is asked for flat comes expanded when the same batch has to be.
pub struct ById(pub Arc<Sources>);

impl Batch for ById {
    type Key = (PropertyId, Form);
    type Value = Option<Arc<Property>>;

    async fn load(&self, keys: Vec<Self::Key>) -> HashMap<Self::Key, Result<Self::Value, Error>> {
        let is_expanded = keys.iter().any(|(_, form)| *form == Form::Expanded);
        let form = if is_expanded {
            Form::Expanded
        } else {
            Form::Flat
        };
        let distinct: HashSet<&PropertyId> = keys.iter().map(|(id, _)| id).collect();
        let ids = distinct.into_iter().cloned().collect();
        let found = self.0.reader.find_many(&UnitsById(form), ids).await;
        let outcome = |id: &PropertyId| found.get(id).cloned().unwrap_or(Ok(None));
        keys.into_iter()
            .map(|key| {
                let outcome = outcome(&key.0);
                (key, outcome)
            })
            .collect()
    }
}

/// Units by their ids, many with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct UnitsById(Form);

impl Many for UnitsById {
    type Client = propstack::Client;
    type Row = Property;
    const OPERATION: &'static str = "list_units_by_id";
    const MOST: usize = IDS_PER_CALL;

    fn depth(&self) -> Depth {
        match self.0 {
            Form::Flat => Depth::Flat,
            Form::Expanded => Depth::Full,
        }
    }

    async fn load(
        self,
        ids: Vec<PropertyId>,
        client: propstack::Client,
    ) -> Result<Vec<Arc<Property>>, upstream::Error> {
        client.list_units_by_id(&ids, self.0).await
    }
}

record!(Property, Property, PropertyId, |property: &Property| {
    // Flat rows say nothing of documents.
    match property.documents {
        Some(_) => Depth::Full,
        None => Depth::Flat,
    }
});

reads! {
    propstack::Client, Property;

    /// One page of units.
    ListUnits { query: UnitsQuery } -> Units, "list_units", |client| {
        client.list_units(&query).await
    };
}

/// One page of properties.
type Units = Page<Arc<Property>>;

impl Sources {
    /// One page of properties.
    pub async fn list_units(&self, query: UnitsQuery) -> Result<Arc<Units>, Error> {
        self.reader.read(ListUnits { query }).await
    }
}

/// The properties of a query, in its order.
pub struct Listing {
    /// Where they are read.
    pub sources: Arc<Sources>,
    /// Which ones, in what order and how much of each; the page is ours to say.
    pub query: UnitsQuery,
}

impl Source for Listing {
    type Row = Arc<Property>;
    /// How many rows come before the next one.
    type Position = u64;

    async fn read(
        &self,
        after: Option<&u64>,
        count: u32,
    ) -> Result<Stretch<Arc<Property>, u64>, Error> {
        read_stretch(&self.sources, &self.query, after, count).await
    }
}

impl Listed for Listing {
    type Record = Property;

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn is_told(&self) -> bool {
        // By the order in which they were entered; numbers are compared by Propstack alone.
        let plain = UnitsQuery {
            form: self.query.form,
            page: self.query.page,
            per: self.query.per,
            archived: self.query.archived,
            text: self.query.text.clone(),
            city: self.query.city.clone(),
            postal_code: self.query.postal_code.clone(),
            offer: self.query.offer,
            kind: self.query.kind,
            statuses: self.query.statuses.clone(),
            development: self.query.development.clone(),
            updated_since: self.query.updated_since,
            ..UnitsQuery::default()
        };
        plain == self.query
    }

    fn has(&self, property: &Property) -> bool {
        let query = &self.query;
        let address = property.address.as_ref();
        let is_at = |wanted: &Option<String>, found: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == found
        };
        (!property.is_archived || query.archived == Archived::Included)
            && query
                .text
                .as_ref()
                .is_none_or(|text| has_words(property, text))
            && is_at(&query.city, address.and_then(|it| it.city.as_ref()))
            && is_at(
                &query.postal_code,
                address.and_then(|it| it.postal_code.as_ref()),
            )
            && (query.offer.is_none() || query.offer == property.offer)
            && (query.kind.is_none() || query.kind == property.kind)
            && (query.development.is_none() || query.development == property.development_id)
            && (query.statuses.is_empty()
                || property
                    .status
                    .as_ref()
                    .is_some_and(|it| query.statuses.contains(&it.id)))
            && query
                .updated_since
                .is_none_or(|since| property.updated_at.is_some_and(|at| at.0 >= since))
    }
}

/// The properties of developments, by id.
pub struct OfDevelopments(pub Arc<Sources>);

impl Lists for OfDevelopments {
    type List = (DevelopmentId, Form, Archived);
    type Row = Property;
    /// How many rows come before the next one.
    type Position = u64;

    async fn read(
        &self,
        (development, form, archived): &Self::List,
        after: Option<&u64>,
        count: u32,
    ) -> Result<StretchOf<Self>, Error> {
        let query = UnitsQuery {
            development: Some(development.clone()),
            form: *form,
            archived: *archived,
            ..UnitsQuery::default()
        };
        read_stretch(&self.0, &query, after, count).await
    }
}

async fn read_stretch(
    sources: &Sources,
    query: &UnitsQuery,
    after: Option<&u64>,
    count: u32,
) -> Result<Stretch<Arc<Property>, u64>, Error> {
    let offset = after.copied().unwrap_or(0);
    let window = Window::over(offset, count);
    let query = UnitsQuery {
        page: window.page,
        per: window.per,
        ..query.clone()
    };
    let page = sources.list_units(query).await?;
    Ok(cut(&page, offset, window, count))
}

/// The stretch of a numbered page that was wanted.
pub(super) fn cut<T>(
    page: &Page<Arc<T>>,
    offset: u64,
    window: Window,
    count: u32,
) -> Stretch<Arc<T>, u64> {
    let is_full = page.received >= window.per as usize;
    let wanted = page.rows.iter().skip(window.skip).enumerate();
    // Saturating, since a cursor may be made up.
    let mut rows: Vec<_> = wanted
        .map(|(index, row)| (offset.saturating_add(index as u64 + 1), Arc::clone(row)))
        .collect();
    let is_cut = rows.len() > count as usize;
    rows.truncate(count as usize);
    let end = rows.last().map_or(offset, |(position, _)| *position);
    let has_more = is_cut || page.total.map_or(is_full, |total| total > end);
    // An empty page ends the list whatever the total says, or reading would never end.
    Stretch {
        has_more: has_more && !rows.is_empty(),
        end: Some(end),
        rows,
        total: page.total,
    }
}

/// The properties that protocols are about.
pub struct OfProtocol(pub Arc<Sources>);

impl Batch for OfProtocol {
    type Key = Clues;
    type Value = Verdict<Arc<Property>>;

    async fn load(&self, keys: Vec<Clues>) -> HashMap<Clues, Result<Self::Value, Error>> {
        let decisions = &self.0.decisions();
        let mut verdicts = HashMap::new();
        let (mut decided, mut open) = (Vec::new(), Vec::new());
        for clues in keys {
            match clues.decided(decisions) {
                Some((id, found)) => decided.push((clues, id, found)),
                None => open.push(clues),
            }
        }
        let flat = decided.iter().map(|(_, id, _)| (id.clone(), Form::Flat));
        let mut properties = match decided.is_empty() {
            true => HashMap::new(),
            false => ById(Arc::clone(&self.0)).load(flat.collect()).await,
        };
        for (clues, id, found) in decided {
            let property = properties.get_mut(&(id, Form::Flat));
            let property = property.map_or(Ok(None), |it| it.clone());
            let verdict = property.map(|property| match property {
                Some(property) => Verdict::Is(property, found),
                None => Verdict::Unknown,
            });
            verdicts.insert(clues, verdict);
        }
        let candidates = match open.is_empty() {
            true => Ok(Keyed::new(Vec::new())),
            false => self.candidates(&open).await,
        };
        for clues in open {
            let verdict = candidates.as_ref().map_err(Clone::clone).map(|candidates| {
                let alike = candidates.of_any(&keys_of_clues(&clues)).into_iter();
                let alike = alike.filter(|it| !clues.are_apart(decisions, &it.id));
                judge(alike.map(|property| {
                    let likenesses = clues.likenesses(&property);
                    (property, likenesses)
                }))
            });
            verdicts.insert(clues, verdict);
        }
        verdicts
    }
}

impl OfProtocol {
    /// Every property that one of the protocols could be about: those that the index has, with what was
    /// read just now over them.
    async fn candidates(&self, clues: &[Clues]) -> Result<Keyed<Property>, Error> {
        let read = match self.0.index_state(RecordKind::Property).await? {
            Some(state) => self.changed_since(&state).await?,
            None => self.selected(clues).await?,
        };
        let mut candidates = HashMap::new();
        if self.0.knows(RecordKind::Property).await? {
            let keys: HashSet<Key> = clues.iter().flat_map(keys_of_clues).collect();
            let keys: Vec<Key> = keys.into_iter().collect();
            let indexed = self.0.index.list_by_key::<Property>(&keys).await?;
            let indexed = indexed.into_values().flatten();
            candidates.extend(indexed.map(|property| (property.id.clone(), property)));
        }
        for mut property in read {
            // Flat rows say nothing of documents.
            if let Some(known) = candidates.get(&property.id) {
                let documents = &known.documents;
                Arc::make_mut(&mut property).documents.clone_from(documents);
            }
            candidates.insert(property.id.clone(), property);
        }
        let mut candidates: Vec<_> = candidates.into_values().collect();
        candidates.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Keyed::new(candidates))
    }

    /// Propstack can select by the stored object id and by postal code, one value a call. Where
    /// that takes more calls than reading the whole list, the list is read.
    async fn selected(&self, clues: &[Clues]) -> Result<Vec<Arc<Property>>, Error> {
        let everything = UnitsQuery {
            per: LARGEST_PAGE,
            archived: Archived::Included,
            ..UnitsQuery::default()
        };
        let ids = clues.iter().filter_map(|clues| clues.object.as_ref());
        let ids: HashSet<&str> = ids.map(ProtocolObjectId::key).collect();
        let places = clues.iter().filter_map(|clues| clues.place.as_ref());
        let codes: HashSet<&str> = places.map(Place::postal_code).collect();
        let by_id = ids.into_iter().map(|id| UnitsQuery {
            custom_field: Some((OBJECT_FIELD.to_owned(), id.to_owned())),
            ..everything.clone()
        });
        let by_code = codes.into_iter().map(|code| UnitsQuery {
            postal_code: Some(code.to_owned()),
            ..everything.clone()
        });
        let selections: Vec<UnitsQuery> = by_id.chain(by_code).collect();

        if selections.len() > FEW {
            let first = self.page(&everything, 1).await?;
            if pages_behind(&first) <= selections.len().min(MOST_PAGES) {
                return self.rest(&everything, first).await;
            }
        }
        let selected = selections.iter().map(|selection| async move {
            let first = self.page(selection, 1).await?;
            self.rest(selection, first).await
        });
        Ok(try_join_all(selected)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// What has changed since the index was last brought up to date; nothing while Propstack is down.
    async fn changed_since(&self, state: &IndexState) -> Result<Vec<Arc<Property>>, Error> {
        let changes = UnitsQuery {
            per: LARGEST_PAGE,
            archived: Archived::Included,
            updated_since: state.known_until,
            ..UnitsQuery::default()
        };
        let changed = async {
            let first = self.page(&changes, 1).await?;
            self.rest(&changes, first).await
        };
        match changed.await {
            Err(error) if error.is_outage() => {
                self.0.reader.trace().serve_stale(Freshness::OF_INDEX);
                Ok(Vec::new())
            }
            changed => changed,
        }
    }

    async fn page(&self, query: &UnitsQuery, page: u32) -> Result<Arc<Units>, Error> {
        let query = UnitsQuery {
            page,
            ..query.clone()
        };
        self.0.list_units(query).await
    }

    /// All rows of a query whose first page is at hand.
    async fn rest(
        &self,
        query: &UnitsQuery,
        first: Arc<Units>,
    ) -> Result<Vec<Arc<Property>>, Error> {
        let behind = pages_behind(&first);
        if behind > MOST_PAGES {
            return Err(Error::TooLong(System::Propstack));
        }
        let pages = (2..).take(behind).map(|page| self.page(query, page));
        let further = try_join_all(pages).await?;
        let rows = std::iter::once(first)
            .chain(further)
            .flat_map(|page| page.rows.clone());
        Ok(rows.collect())
    }
}

/// How many pages follow the first; more than can be read where a full page does not tell.
fn pages_behind(first: &Units) -> usize {
    match first.total {
        Some(total) => usize::try_from(total.div_ceil(LARGEST_PAGE.into()))
            .unwrap_or(usize::MAX)
            .saturating_sub(1),
        None if first.received < LARGEST_PAGE as usize => 0,
        None => usize::MAX,
    }
}
