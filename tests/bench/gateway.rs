//! The gateway as it runs in production, over the recorded systems.

use std::net::SocketAddr;

use hausgraph::{
    app::App,
    auth::{Role, Scopes},
    clock::Clock,
    config::{self, Config, LogFormat},
    edge,
    sandbox::tenant::{Access, DeepRentAccess, KeyAccess, PropstreetAccess, TenantAccess},
    telemetry,
    tenant::{Act, act::OPERATOR, token::NewToken},
};
use secrecy::ExposeSecret;

use super::server;

/// What the gateway is run with; the place to change for another figure.
fn configured(upstream: SocketAddr) -> Config {
    let mut config = config::demo::over(&access(upstream));
    config.cache.max_bytes = CACHE;
    // The systems are never the bottleneck here, nor are they for the other contenders.
    for limits in [
        &mut config.upstreams.propstack.limits,
        &mut config.upstreams.deeprent.limits,
        &mut config.upstreams.propstreet.limits,
    ] {
        limits.max_concurrent = 1000;
    }
    config
}

/// The most that the configuration allows the gateway to keep, in bytes.
pub const CACHE: u64 = 8 << 20;

/// Serves until the process ends.
pub async fn run(upstream: SocketAddr) {
    let config = configured(upstream);
    // Spans cost something even where nothing is written.
    telemetry::start(LogFormat::Json);
    let clock = Clock::system();
    let app = App::open(&config, clock.clone()).await.unwrap();
    let organization = config::demo::ORGANIZATION;
    let act = Act::new(&clock, organization, OPERATOR, "createAccessToken", None);
    let new = NewToken {
        id: clock.new_id(),
        name: "bench".to_owned(),
        role: Role::Owner,
        scopes: Scopes::all(),
        expires_at: None,
        requests_per_minute: None,
    };
    let made = app.tenants.create_token(organization, OPERATOR, new, act);
    let (_, token) = made.await.unwrap();
    let router = app.router(None);
    let listener = server::bind().await;
    server::announce(&listener, token.expose_secret());
    edge::serve(listener, router, clock, std::future::pending())
        .await
        .unwrap();
}

/// The recorded systems open for everybody.
fn access(upstream: SocketAddr) -> Access {
    let tenant = || TenantAccess {
        propstack: KeyAccess {
            base_url: format!("http://{upstream}/v1"),
            api_key: "bench".to_owned(),
        },
        deeprent: DeepRentAccess {
            base_url: format!("http://{upstream}"),
            api_key: "bench".to_owned(),
            session_token: "bench".to_owned(),
            organization_id: "bench".to_owned(),
        },
        propstreet: PropstreetAccess {
            base_url: format!("http://{upstream}/api/v1"),
            token_url: format!("http://{upstream}/openid/token"),
            client_id: "bench".to_owned(),
            client_secret: "bench".to_owned(),
            access_token: "bench".to_owned(),
        },
    };
    Access {
        control: format!("http://{upstream}"),
        demo: tenant(),
        foreign: tenant(),
    }
}
