//! Properties: many ids in one call, and the property that a protocol's object is.

use std::{
    collections::{HashMap, HashSet},
    hash::{Hash, Hasher},
    sync::Arc,
};

use futures_util::future::try_join_all;

use super::{
    Error, Loaders, Sources,
    batch::Batch,
    page::{Source, Stretch},
    reads::{reads, record},
    stretch::{Lists, StretchOf},
    window::{LARGEST_PAGE, Window},
};
use crate::{
    cache::{Depth, Many},
    identity::{place::Place, protocol as identity},
    index::key,
    model::{
        DevelopmentId, Freshness, Match, MatchConfidence, Property, PropertyId, Protocol,
        ProtocolObject, RecordKind, System,
    },
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

/// The property that a protocol's object is, with the reason; none where several could be.
pub struct OfObject(pub Arc<Sources>);

/// A protocol's object by what it can be told by: objects that are equal have one property.
#[derive(Debug, Clone)]
pub struct Object {
    told_by: (Option<String>, Option<Place>),
    object: Arc<ProtocolObject>,
}

impl Object {
    /// What to ask for; `None` when nothing tells the object from others.
    pub fn of(object: &ProtocolObject) -> Option<Self> {
        let id = object.id.as_ref().map(|id| id.key().to_owned());
        let place = identity::place_of_object(object);
        let is_told = id.is_some() || place.is_some();
        is_told.then(|| Self {
            told_by: (id, place),
            object: Arc::new(object.clone()),
        })
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.told_by == other.told_by && self.object.name == other.object.name
    }
}

impl Eq for Object {}

impl Hash for Object {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.told_by.hash(state);
    }
}

impl Loaders {
    /// The property that a protocol is certainly about.
    pub async fn certain_property(&self, protocol: &Protocol) -> Result<Option<PropertyId>, Error> {
        let Some(object) = Object::of(&protocol.object) else {
            return Ok(None);
        };
        let found = self.properties_of_objects.load(object).await?;
        let certain = found.filter(|(_, found)| found.confidence == MatchConfidence::Certain);
        Ok(certain.map(|(property, _)| property.id.clone()))
    }
}

impl Batch for OfObject {
    type Key = Object;
    type Value = Option<(Arc<Property>, Match)>;

    async fn load(&self, keys: Vec<Object>) -> HashMap<Object, Result<Self::Value, Error>> {
        let candidates = self.candidates(&keys).await;
        let matched = |object: &ProtocolObject| {
            let candidates = candidates.as_ref().map_err(Clone::clone)?;
            Ok(identity::match_property(candidates, object)
                .map(|(property, found)| (Arc::clone(property), found)))
        };
        keys.into_iter()
            .map(|key| {
                let outcome = matched(&key.object);
                (key, outcome)
            })
            .collect()
    }
}

impl OfObject {
    /// Every property that one of the objects could be.
    ///
    /// Propstack can select by the stored object id and by postal code, one value a call. Where
    /// that takes more calls than reading the whole list, the list is read.
    async fn candidates(&self, keys: &[Object]) -> Result<Vec<Arc<Property>>, Error> {
        if let Some(state) = self.0.index_state(RecordKind::Property).await? {
            return self.indexed_candidates(keys, &state).await;
        }
        let everything = UnitsQuery {
            per: LARGEST_PAGE,
            archived: Archived::Included,
            ..UnitsQuery::default()
        };
        let ids: HashSet<&str> = keys
            .iter()
            .filter_map(|key| key.told_by.0.as_deref())
            .collect();
        let codes: HashSet<&str> = keys
            .iter()
            .filter_map(|key| key.told_by.1.as_ref().map(Place::postal_code))
            .collect();
        let by_id = ids.into_iter().map(|id| UnitsQuery {
            custom_field: Some((identity::OBJECT_FIELD.to_owned(), id.to_owned())),
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
        let mut seen = HashSet::new();
        let selected = try_join_all(selected).await?.into_iter().flatten();
        // The same property may have been selected twice, by id and by postal code.
        Ok(selected
            .filter(|property| seen.insert(property.id.clone()))
            .collect())
    }

    /// Those that the index has, with what has changed since.
    async fn indexed_candidates(
        &self,
        keys: &[Object],
        state: &IndexState,
    ) -> Result<Vec<Arc<Property>>, Error> {
        let told_by = keys.iter().flat_map(|Object { told_by, .. }| {
            let object = told_by
                .0
                .as_ref()
                .map(|object| (key::OBJECT, object.clone()));
            let place = told_by.1.as_ref().map(|place| (key::PLACE, place.key()));
            [object, place].into_iter().flatten()
        });
        let told_by: HashSet<Key> = told_by.map(|(name, value)| Key { name, value }).collect();
        let told_by: Vec<Key> = told_by.into_iter().collect();
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
        let changed = match changed.await {
            Ok(changed) => changed,
            Err(error) if error.is_outage() => {
                self.0.reader.trace().serve_stale(Freshness::OF_INDEX);
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let indexed = self.0.index.list_by_key::<Property>(&told_by).await?;
        let mut candidates: HashMap<PropertyId, Arc<Property>> = indexed
            .into_values()
            .flatten()
            .map(|property| (property.id.clone(), property))
            .collect();
        let changed = changed.into_iter();
        candidates.extend(changed.map(|property| (property.id.clone(), property)));
        let mut candidates: Vec<_> = candidates.into_values().collect();
        candidates.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(candidates)
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
