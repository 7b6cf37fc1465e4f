//! What can be read: a call that names itself, and what its answer holds.

use std::{
    any::{Any, TypeId},
    hash::{Hash, Hasher},
    slice,
    sync::Arc,
};

use super::{Kind, Tag};
use crate::upstream::{self, Client, deeprent, propstack, propstreet};

/// One read of one system. Equal reads are made once for all who ask at the same time, and their
/// answers are kept.
pub trait Read: Clone + Eq + Hash + Send + Sync + 'static {
    /// Whose client makes it.
    type Client: Client;
    /// What it brings.
    type Value: Value;
    /// What it is about.
    const KIND: Kind;
    /// The client's method.
    const OPERATION: &'static str;

    /// What purges it beside the records that it brings: by default any change in the lists of its
    /// kind.
    fn tags(&self) -> Vec<Tag> {
        vec![Tag::lists(Self::KIND)]
    }

    /// The records that it looks for by their ids: those that it does not bring are known to be
    /// absent.
    fn sought(&self) -> Vec<Tag> {
        Vec::new()
    }

    /// Makes the call.
    fn load(
        self,
        client: Self::Client,
    ) -> impl Future<Output = Result<Self::Value, upstream::Error>> + Send;
}

/// A record that can be found by its id in whatever read brought it.
pub trait Record: Send + Sync + 'static {
    /// What it is.
    const KIND: Kind;
    /// What names it.
    type Id: Eq + Hash + ?Sized;

    /// Its id.
    fn id(&self) -> &Self::Id;

    /// What it goes with, where its id tells that: see [`Tag::parts_of`].
    fn whole(_id: &Self::Id) -> Option<Tag> {
        None
    }

    /// Whether its system no longer gives it to whoever asks for it by its id, although lists may
    /// still show it.
    fn is_gone(&self) -> bool {
        false
    }

    /// How much of it there is; what is asked for flat may be answered by more.
    fn depth(&self) -> Depth {
        Depth::Flat
    }
}

/// A record that one call reads by its id.
pub trait Single: Record + Sized {
    /// That call.
    type Read: Read<Value = Option<Arc<Self>>>;

    /// The call for this id.
    fn read(id: &Self::Id) -> Self::Read;
}

/// How much of a record a read brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// What lists carry.
    Flat,
    /// Everything.
    Full,
}

impl Depth {
    pub(super) const ALL: [Self; 2] = [Self::Flat, Self::Full];
}

/// What a read brings.
pub trait Value: Send + Sync + 'static {
    /// The records in it.
    type Row: Record;

    /// The records in it that can be found by their ids.
    fn rows(&self) -> &[Arc<Self::Row>];

    /// Whether it says that something is not there.
    fn is_absent(&self) -> bool {
        false
    }

    /// Roughly the memory of a row beside its texts, in bytes.
    fn row_bytes(&self) -> usize {
        size_of::<Self::Row>()
    }
}

impl<T: Record> Value for Arc<T> {
    type Row = T;

    fn rows(&self) -> &[Arc<T>] {
        slice::from_ref(self)
    }
}

impl<V: Value> Value for Option<V> {
    type Row = V::Row;

    fn rows(&self) -> &[Arc<V::Row>] {
        self.as_ref().map_or(&[], Value::rows)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Record> Value for Vec<Arc<T>> {
    type Row = T;

    fn rows(&self) -> &[Arc<T>] {
        self
    }
}

impl<T: Record> Value for propstack::Page<Arc<T>> {
    type Row = T;

    fn rows(&self) -> &[Arc<T>] {
        &self.rows
    }
}

impl<T: Record> Value for propstreet::Page<Arc<T>> {
    type Row = T;

    fn rows(&self) -> &[Arc<T>] {
        &self.rows
    }
}

impl Value for deeprent::Page {
    type Row = crate::model::Protocol;

    fn rows(&self) -> &[Arc<Self::Row>] {
        &self.rows
    }
}

/// Rows that nobody looks for by an id.
#[derive(Debug, Clone)]
pub struct Whole<T>(pub T);

/// There is none.
pub enum Nothing {}

impl Record for Nothing {
    const KIND: Kind = Kind::Directory;
    type Id = ();

    fn id(&self) -> &() {
        match *self {}
    }
}

impl<T: Send + Sync + 'static> Value for Whole<T> {
    type Row = Nothing;

    fn rows(&self) -> &[Arc<Nothing>] {
        &[]
    }
}

/// A read of any type, as the name of what it brought.
pub(super) trait AnyRead: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn AnyRead) -> bool;
    fn hash_into(&self, state: &mut dyn Hasher);
}

impl<R: Eq + Hash + Send + Sync + 'static> AnyRead for R {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn AnyRead) -> bool {
        other.as_any().downcast_ref::<R>() == Some(self)
    }

    fn hash_into(&self, mut state: &mut dyn Hasher) {
        TypeId::of::<R>().hash(&mut state);
        self.hash(&mut state);
    }
}

impl PartialEq for dyn AnyRead {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

impl Eq for dyn AnyRead {}

impl Hash for dyn AnyRead {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash_into(state);
    }
}

/// The name of what was read.
pub(super) type Key = Arc<dyn AnyRead>;
