//! A gateway as one would write it in a day: async-graphql with loaders, and everything else as it comes.

use std::{
    collections::HashMap,
    hash::Hash,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_graphql::{Context, EmptyMutation, EmptySubscription, ID, Object, Request, Schema};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{Router, extract::State, routing};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use hausgraph::clock::Clock;
use tokio::sync::oneshot;

use super::{
    answer::{Brief, Instant, Property, ProspectOut, Tagged},
    server,
    systems::{FullUnit, Page, Project, Systems, Unit},
    workload::{key_of, opaque},
};

type Graph = Schema<Query, EmptyMutation, EmptySubscription>;

/// Serves until the process ends.
pub async fn run(upstream: SocketAddr) {
    let systems = Arc::new(Systems::at(upstream));
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
        .data(Arc::clone(&systems))
        .finish();
    let router = Router::new()
        .route("/", routing::post(answer))
        .with_state((schema, systems));
    server::serve(router).await;
}

async fn answer(
    State((schema, systems)): State<(Graph, Arc<Systems>)>,
    request: GraphQLRequest,
) -> GraphQLResponse {
    let request: Request = request.into_inner();
    let request = request
        .data(units_by_id(Arc::clone(&systems)))
        .data(prospects_of_projects(systems));
    schema.execute(request).await.into()
}

/// As the library's own, which is behind a feature that nothing else here needs: what comes within a millisecond is
/// loaded together.
struct Loader<K, V> {
    waiting: Arc<Mutex<Vec<Waiting<K, V>>>>,
    load: Arc<Load<K, V>>,
}

type Waiting<K, V> = (K, oneshot::Sender<V>);
type Load<K, V> = dyn Fn(Vec<K>) -> BoxFuture<'static, HashMap<K, V>> + Send + Sync;

const DELAY: Duration = Duration::from_millis(1);

impl<K: Clone + Eq + Hash + Send + 'static, V: Send + 'static> Loader<K, V> {
    fn new<F: Future<Output = HashMap<K, V>> + Send + 'static>(
        load: impl Fn(Vec<K>) -> F + Send + Sync + 'static,
    ) -> Self {
        Self {
            waiting: Arc::default(),
            load: Arc::new(move |keys| load(keys).boxed()),
        }
    }

    async fn load(&self, key: K) -> Option<V> {
        let (sender, receiver) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.lock().unwrap();
            waiting.push((key, sender));
            waiting.len() == 1
        };
        if is_first {
            let (waiting, load) = (Arc::clone(&self.waiting), Arc::clone(&self.load));
            tokio::spawn(async move {
                Clock::system().sleep(DELAY).await;
                let waiting = std::mem::take(&mut *waiting.lock().unwrap());
                let keys = waiting.iter().map(|(key, _)| key.clone()).collect();
                let mut loaded = load(keys).await;
                for (key, sender) in waiting {
                    if let Some(value) = loaded.remove(&key) {
                        let _ = sender.send(value);
                    }
                }
            });
        }
        receiver.await.ok()
    }
}

type Units = Loader<String, Unit>;

fn units_by_id(systems: Arc<Systems>) -> Units {
    Loader::new(move |ids: Vec<String>| {
        let systems = Arc::clone(&systems);
        async move {
            let chunks = ids.chunks(50).map(|ids| {
                let systems = &systems;
                async move {
                    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                    systems.units_by_id(&ids).await
                }
            });
            let units = join_all(chunks).await.into_iter().flatten();
            units.map(|unit| (unit.id.to_string(), unit)).collect()
        }
    })
}

/// The project, and since when.
type Asked = (String, String);
type Prospects = Loader<Asked, Vec<ProspectOut>>;

fn prospects_of_projects(systems: Arc<Systems>) -> Prospects {
    Loader::new(move |keys: Vec<Asked>| {
        let systems = Arc::clone(&systems);
        async move {
            let lists = keys.into_iter().map(|(project, since)| async {
                let rows = systems.prospects(&project, &since).await;
                let rows = rows.into_iter().map(ProspectOut::from).collect();
                ((project, since), rows)
            });
            join_all(lists).await.into_iter().collect()
        }
    })
}

struct Query;

#[Object]
impl Query {
    async fn properties(&self, ctx: &Context<'_>, first: u32, least: f64) -> Vec<Property> {
        assert_eq!(first, 100);
        let query = [("living_space_from", &*least.to_string())];
        let page: Page<Unit> = systems(ctx).units(&query).await;
        page.data.into_iter().map(Property::from).collect()
    }

    async fn full_properties(&self, ctx: &Context<'_>, first: u32, least: f64) -> Vec<Tagged> {
        assert_eq!(first, 100);
        let query = [("living_space_from", &*least.to_string()), ("expand", "1")];
        let page: Page<FullUnit> = systems(ctx).units(&query).await;
        page.data.into_iter().map(Tagged::from).collect()
    }

    async fn property(&self, ctx: &Context<'_>, id: ID) -> Option<Property> {
        let unit = ctx.data_unchecked::<Units>().load(key_of(&id)).await;
        unit.map(Property::from)
    }

    async fn projects(&self, ctx: &Context<'_>, first: u32, since: String) -> Vec<ProjectOut> {
        let rows = systems(ctx).projects(&first.to_string(), &since).await;
        rows.into_iter().map(ProjectOut).collect()
    }
}

fn systems<'a>(ctx: &Context<'a>) -> &'a Systems {
    ctx.data_unchecked::<Arc<Systems>>()
}

struct ProjectOut(Project);

#[Object(name = "Project")]
impl ProjectOut {
    async fn id(&self) -> String {
        opaque("Project", &self.0.id)
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn status(&self) -> String {
        self.0.status.to_uppercase()
    }

    async fn updated_at(&self) -> Instant {
        Instant(self.0.updated_utc)
    }

    async fn prospects(&self, ctx: &Context<'_>, first: u32, since: String) -> Vec<ProspectOut> {
        assert_eq!(first, 10);
        let loader = ctx.data_unchecked::<Prospects>();
        let key = (self.0.id.clone(), since);
        loader.load(key).await.unwrap_or_default()
    }

    async fn properties(&self, ctx: &Context<'_>) -> Vec<Brief> {
        let Some(id) = self.0.property() else {
            return Vec::new();
        };
        let unit = ctx.data_unchecked::<Units>().load(id.to_owned()).await;
        unit.map(Brief::from).into_iter().collect()
    }
}
