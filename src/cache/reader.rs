//! How one request reads: from what is kept while that is as good as new, else together with whoever
//! reads the same at this moment, else with a call of its own.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use tracing::Instrument;

use super::{
    Cache, Demand, Depth, Error, IdOf, Kind, Made, Many, Read, Record, Single, Tag, Trace,
    demand::Verdict,
    entry::{Entry, Origin},
    flight::{Flight, Outcome},
    gather,
    read::Key,
};
use crate::upstream::{self, CallLog, Client, Clients, Scope};

/// So many records are looked for in an answer one by one.
const FEW: usize = 4;

/// Reads for one request. Clones note what they read in the same trace.
#[derive(Clone)]
pub struct Reader {
    pub(super) cache: Arc<Cache>,
    clients: Clients,
    pub(super) scope: Scope,
    pub(super) demand: Demand,
    pub(super) trace: Arc<Trace>,
}

impl Reader {
    /// Reads for a request that begins now. `max_age` is the oldest that it accepts, where it says.
    pub fn new(
        cache: &Arc<Cache>,
        clients: Clients,
        scope: Scope,
        max_age: Option<Duration>,
    ) -> Self {
        let since = cache.next();
        Self {
            cache: Arc::clone(cache),
            clients,
            scope,
            demand: Demand { since, max_age },
            trace: Arc::default(),
        }
    }

    /// On whose behalf it reads.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What it has read so far.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The same request, which accepts only what was read since it began.
    pub fn since(&self) -> Self {
        let max_age = Some(Duration::ZERO);
        Self {
            demand: Demand {
                max_age,
                ..self.demand
            },
            ..self.clone()
        }
    }

    /// The same request, which accepts only what is read from now on.
    pub fn anew(&self) -> Self {
        let since = self.cache.next();
        Self {
            demand: Demand {
                since,
                ..self.demand
            },
            ..self.since()
        }
    }

    /// From now on nothing that was read before and carries one of these tags is served to anybody.
    pub fn purge(&self, tags: impl IntoIterator<Item = Tag>) {
        self.cache.purge(tags);
    }

    /// Reads one record by its id.
    ///
    /// Errors: as [`Self::read`].
    pub async fn one<T: Single>(&self, id: &T::Id) -> Result<Option<Arc<T>>, Error> {
        self.find(id, Depth::Flat, T::read(id)).await
    }

    /// Keeps a record that a write has brought as if it had been read now.
    pub fn keep<T: Single>(&self, record: &Arc<T>) {
        let read = T::read(record.id());
        let made = Made {
            kind: T::KIND,
            origin: Origin {
                system: <<T::Read as Read>::Client as Client>::SYSTEM,
                operation: T::Read::OPERATION,
            },
            number: self.cache.next(),
            tags: read.tags(),
            // Of one record; its texts are not counted.
            bytes: size_of::<T>(),
        };
        let sought = read.sought();
        self.cache
            .keep(Arc::new(read), Some(Arc::clone(record)), &made, &sought);
    }

    /// Whether the request accepts what was read then.
    pub fn accepts(&self, read_at: DateTime<Utc>) -> bool {
        let age = (self.cache.clock.now() - read_at)
            .to_std()
            .unwrap_or_default();
        self.demand.max_age.is_none_or(|max_age| age <= max_age)
    }

    /// Whether something of this number was read since the request began.
    pub fn is_new(&self, number: u64) -> bool {
        number > self.demand.since
    }

    /// The client of a system, for calls beside the cache: an answer that they are part of is not
    /// kept.
    ///
    /// Errors: [`Error::NotConnected`].
    pub fn client<C: Client>(&self) -> Result<C, Error> {
        self.trace.untraced();
        self.connected()
            .map(|client: &C| client.scoped(self.scope.clone()))
    }

    fn connected<C: Client>(&self) -> Result<&C, Error> {
        C::among(&self.clients).ok_or(Error::NotConnected(C::SYSTEM))
    }

    /// Reads.
    ///
    /// Errors: those of the call; [`Error::NotConnected`]; [`Error::Internal`] when it panicked.
    pub async fn read<R: Read>(&self, read: R) -> Result<Arc<R::Value>, Error> {
        let now = self.cache.clock.now();
        let kept = self.cache.find(&read);
        let verdict = kept
            .as_ref()
            .map_or(Verdict::Refused, |entry| self.judge(entry, now));
        let old = match (kept, verdict) {
            (Some(entry), Verdict::Fresh | Verdict::Aging) => {
                if verdict == Verdict::Aging && entry.wants_refresh(now) {
                    self.refresh(read, entry.number);
                }
                self.serve(&entry, now, false);
                self.trace.part(&entry);
                return Ok(entry.value());
            }
            (old, Verdict::Old) => old,
            _ => None,
        };
        match self.fetch(read).await {
            Ok(entry) => {
                self.trace.part(&entry);
                Ok(entry.value())
            }
            Err(error) => {
                let old = old.filter(|_| error.is_outage()).ok_or(error)?;
                self.serve(&old, now, true);
                self.trace.part(&old);
                Ok(old.value())
            }
        }
    }

    /// Reads one record by its id, from wherever it was brought by.
    ///
    /// Shape: with at least `least` of it; `None` when there is none.
    /// Errors: as [`Self::read`].
    pub async fn find<R, T>(
        &self,
        id: &T::Id,
        least: Depth,
        read: R,
    ) -> Result<Option<Arc<T>>, Error>
    where
        R: Read<Value = Option<Arc<T>>>,
        T: Record,
    {
        if let Some((found, entry, verdict)) = self.peek::<T>(id, least) {
            let now = self.cache.clock.now();
            match verdict {
                Verdict::Fresh | Verdict::Aging => {
                    if verdict == Verdict::Aging && entry.wants_refresh(now) {
                        self.refresh(read, entry.number);
                    }
                    self.serve(&entry, now, false);
                    self.trace.record::<T>(&entry, id);
                    return Ok(found);
                }
                Verdict::Old => {
                    return match self.read(read).await {
                        Err(error) if error.is_outage() => {
                            self.serve(&entry, now, true);
                            self.trace.record::<T>(&entry, id);
                            Ok(found)
                        }
                        result => result.map(|found| found.as_ref().clone()),
                    };
                }
                Verdict::Refused => {}
            }
        }
        Ok(self.read(read).await?.as_ref().clone())
    }

    /// A record that is at hand and as good as new; `Some(None)` when it is known that there is
    /// none.
    pub fn known<T: Record>(&self, id: &T::Id, least: Depth) -> Option<Option<Arc<T>>> {
        self.at_hand(id, least, Verdict::Fresh)
    }

    /// A record that was at hand once, for when nobody can be asked.
    pub fn recall<T: Record>(&self, id: &T::Id, least: Depth) -> Option<Option<Arc<T>>> {
        self.at_hand(id, least, Verdict::Old)
    }

    fn at_hand<T: Record>(
        &self,
        id: &T::Id,
        least: Depth,
        worst: Verdict,
    ) -> Option<Option<Arc<T>>> {
        let (found, entry, verdict) = self.peek::<T>(id, least)?;
        if verdict > worst {
            return None;
        }
        self.serve(&entry, self.cache.clock.now(), verdict == Verdict::Old);
        self.trace.record::<T>(&entry, id);
        Some(found)
    }

    /// Reads many records by their ids, together with other requests.
    ///
    /// Shape: what does not exist is `None`.
    /// Errors: as [`Self::read`], for each id that a failed call would have brought.
    pub async fn find_many<M: Many>(
        &self,
        many: &M,
        ids: Vec<IdOf<M>>,
    ) -> HashMap<IdOf<M>, Result<Option<Arc<M::Row>>, Error>> {
        let now = self.cache.clock.now();
        let kind = M::Row::KIND;
        let mut found = HashMap::with_capacity(ids.len());
        let (mut missing, mut aging, mut oldest_aging) = (Vec::new(), Vec::new(), u64::MAX);
        for id in ids {
            match self.peek::<M::Row>(&id, many.depth()) {
                Some((row, entry, verdict @ (Verdict::Fresh | Verdict::Aging))) => {
                    if verdict == Verdict::Aging {
                        aging.push((id.clone(), Arc::clone(&entry)));
                        oldest_aging = oldest_aging.min(entry.number);
                    }
                    self.serve(&entry, now, false);
                    self.trace.record::<M::Row>(&entry, &id);
                    found.insert(id, Ok(row));
                }
                _ => missing.push(id),
            }
        }
        if aging.iter().any(|(_, entry)| entry.wants_refresh(now)) {
            let ids = aging.into_iter().map(|(id, _)| id).collect();
            let refresh = self.behind(oldest_aging).refresh_many(many.clone(), ids);
            tokio::spawn(refresh.in_current_span());
        }
        if missing.is_empty() {
            return found;
        }
        let client = match self.connected::<M::Client>() {
            Ok(client) => client,
            Err(error) => {
                found.extend(missing.into_iter().map(|id| (id, Err(error.clone()))));
                return found;
            }
        };
        let aboard = self.cache.gather(many).board(
            &self.cache,
            missing,
            self.joins_since(kind),
            client,
            &self.scope,
        );
        let landed = aboard.into_iter().map(|(flight, ids)| async move {
            let outcome = self.land(flight, gather::origin::<M>()).await;
            (outcome, ids)
        });
        for (outcome, ids) in join_all(landed).await {
            let rows = outcome.map(|entry| (entry.value::<Vec<Arc<M::Row>>>(), entry));
            let by_id: HashMap<&IdOf<M>, &Arc<M::Row>> = match &rows {
                Ok((rows, _)) if ids.len() > FEW => {
                    rows.iter().map(|row| (row.id(), row)).collect()
                }
                _ => HashMap::new(),
            };
            for id in ids {
                let row = match &rows {
                    Ok((rows, entry)) => {
                        self.trace.record::<M::Row>(entry, &id);
                        let row = match by_id.is_empty() {
                            true => rows.iter().find(|row| *row.id() == id),
                            false => by_id.get(&id).copied(),
                        };
                        Ok(row.map(Arc::clone))
                    }
                    Err(error) => (error.is_outage())
                        .then(|| self.recall::<M::Row>(&id, many.depth()))
                        .flatten()
                        .ok_or_else(|| error.clone()),
                };
                found.insert(id, row);
            }
        }
        found
    }

    /// The best that is kept of a record.
    fn peek<T: Record>(
        &self,
        id: &T::Id,
        least: Depth,
    ) -> Option<(Option<Arc<T>>, Arc<Entry>, Verdict)> {
        let now = self.cache.clock.now();
        let tag = Tag::record(T::KIND, id);
        let records = self.cache.records::<T>(id, tag, least);
        records
            .map(|(record, entry)| {
                let verdict = self.judge(&entry, now);
                (record, entry, verdict)
            })
            .min_by_key(|(_, entry, verdict)| (*verdict, std::cmp::Reverse(entry.number)))
    }

    fn judge(&self, entry: &Entry, now: chrono::DateTime<chrono::Utc>) -> Verdict {
        self.demand.judge(entry, now, &self.cache.settings)
    }

    /// Notes that something kept was served, unless it was read for this request.
    fn serve(&self, entry: &Entry, now: chrono::DateTime<chrono::Utc>, is_stale: bool) {
        if !self.is_new(entry.number) {
            self.trace.hit(entry, now, is_stale);
        }
    }

    /// Calls, or waits for who does.
    async fn fetch<R: Read>(&self, read: R) -> Outcome {
        let client = self.connected::<R::Client>()?;
        let key: Key = Arc::new(read.clone());
        let origin = Origin {
            system: R::Client::SYSTEM,
            operation: R::OPERATION,
        };
        let flight = self
            .cache
            .flights
            .join(&key, self.joins_since(R::KIND), || {
                let number = self.cache.next();
                let calls = CallLog::default();
                let client = client.scoped(Scope {
                    number,
                    calls: calls.clone(),
                    ..self.scope.clone()
                });
                let (cache, name) = (Arc::clone(&self.cache), Arc::clone(&key));
                let log = calls.clone();
                let work = async move {
                    let (tags, sought) = (read.tags(), read.sought());
                    let loaded = AssertUnwindSafe(read.load(client)).catch_unwind().await;
                    let value = loaded.map_err(|_| Error::Internal)??;
                    let made = Made {
                        kind: R::KIND,
                        origin,
                        number,
                        tags,
                        bytes: log.bytes(),
                    };
                    Ok(cache.keep(name, value, &made, &sought))
                };
                (number, calls, work)
            });
        self.land(flight, origin).await
    }

    /// Waits for a flight, no longer than the request may.
    async fn land(&self, flight: Flight, origin: Origin) -> Outcome {
        let Flight {
            calls,
            outcome,
            is_joined,
            ..
        } = flight;
        let landed = match self.scope.deadline {
            // One's own ends by the deadline that was given to its calls.
            Some(deadline) if is_joined => {
                let left = (deadline - self.cache.clock.now()).to_std();
                let left = left.unwrap_or_default();
                tokio::select! {
                    biased;
                    landed = outcome => landed,
                    () = self.cache.clock.sleep(left) => Err(upstream::Error::TimedOut {
                        system: origin.system,
                        operation: origin.operation,
                        after: left,
                    }.into()),
                }
            }
            _ => outcome.await,
        };
        self.scope.calls.absorb(&calls, is_joined);
        landed
    }

    /// Flights are joined that began after this.
    fn joins_since(&self, kind: Kind) -> u64 {
        let demanded = match self.demand.max_age {
            Some(_) => self.demand.since,
            None => 0,
        };
        demanded.max(self.cache.purges.latest_of(kind))
    }

    /// Reads anew, behind the answer, what was read as `number`.
    fn refresh<R: Read>(&self, read: R, number: u64) {
        let reader = self.behind(number);
        let refresh = async move {
            // Whoever failed has logged it; the entry stays as it is.
            let _ = reader.read(read).await;
        };
        tokio::spawn(refresh.in_current_span());
    }

    /// Reads many records for nobody. Boxed, for it is part of what it does.
    fn refresh_many<M: Many>(self, many: M, ids: Vec<IdOf<M>>) -> BoxFuture<'static, ()> {
        let refresh = async move {
            self.find_many(&many, ids).await;
        };
        refresh.boxed()
    }

    /// A reader that nobody waits for, which accepts what was read after `number`.
    fn behind(&self, number: u64) -> Self {
        Self {
            cache: Arc::clone(&self.cache),
            clients: self.clients.clone(),
            scope: Scope::default().background(),
            demand: Demand {
                since: number,
                max_age: Some(Duration::ZERO),
            },
            trace: Arc::default(),
        }
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Reader {
    /// One that has nobody to ask.
    pub(crate) fn idle() -> Self {
        let clock = crate::clock::Clock::stopped(chrono::DateTime::UNIX_EPOCH);
        let cache = Cache::new(super::Settings::off(), clock);
        Self::new(&cache, Clients::default(), Scope::default(), None)
    }
}
