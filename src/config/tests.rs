//! Settings from their layers, and everything that can be wrong with them.

use secrecy::ExposeSecret;

use super::*;
use crate::{
    model::{CurrencyCode, System},
    upstream::Reach,
};

/// Forty bytes that must never be told.
const SECRET: &str = "hush! forty bytes that stand for a secret";

/// 32 bytes in Base64.
const MASTER_KEY: &str = "aHVzaCEgdGhpcnR5LXR3byBieXRlcyBvZiBhIGtleSE=";

const LEAST: &str = r#"issuer = [{ secret = "env:TOKEN", issuer = "us", audience = "us" }]"#;

/// With these settings and the secrets that the example names.
fn environment(settings: &[(&str, &str)]) -> Environment {
    let secrets = [
        ("TOKEN", SECRET),
        ("HAUSGRAPH_TOKEN_SECRET", SECRET),
        ("HAUSGRAPH_MASTER_KEY", MASTER_KEY),
        ("HANSEHAUS_PROPSTACK_KEY", SECRET),
        ("HANSEHAUS_DEEPRENT_KEY", SECRET),
        ("HANSEHAUS_PROPSTREET_SECRET", SECRET),
    ];
    let all = secrets.iter().chain(settings);
    all.map(|(name, value)| ((*name).to_owned(), value.into()))
        .collect()
}

fn read(file: &str, settings: &[(&str, &str)]) -> Result<Config, Problems> {
    Config::assemble(Some(file), &environment(settings), Table::new())
}

fn problems(file: &str, settings: &[(&str, &str)]) -> Vec<String> {
    let problems = read(file, settings).unwrap_err();
    assert!(!problems.to_string().contains("hush"), "{problems}");
    problems.0
}

#[test]
fn the_example_is_a_whole_configuration_and_says_the_defaults() {
    let config = read(EXAMPLE, &[]).unwrap();
    let systems: Vec<System> = config.organizations[0].systems().collect();
    assert_eq!(
        systems,
        [System::Propstack, System::DeepRent, System::Propstreet]
    );
    assert_eq!(config.master_keys[0].id, "2026-11");

    let least = read(LEAST, &[]).unwrap();
    assert_eq!(config.listen, least.listen);
    assert_eq!(config.playground, least.playground);
    let told = |config: &Config| config.store.url.expose_secret().to_owned();
    assert_eq!(told(&config), told(&least));
    let told = |config: &Config| format!("{:?} {:?}", config.upstreams, config.limits);
    assert_eq!(told(&config), told(&least));
    assert_eq!(least.upstreams.reach(), Reach::Public);
}

#[test]
fn organisations_and_their_credentials_may_be_elsewhere() {
    let file = format!(
        "{LEAST}
        [[organization]]
        id = 'swiss'
        name = 'Swiss'
        propstack = {{ currency = 'CHF' }}
        [[organization]]
        id = 'none'
        name = 'None'"
    );

    let config = read(&file, &[]).unwrap();

    for organization in &config.organizations {
        assert_eq!(organization.systems().count(), 0);
    }
    let account = config.organizations[0].propstack.as_ref().unwrap();
    let settings = config.upstreams.propstack(account, vec![SECRET.into()]);
    assert_eq!(settings.currency, "CHF".parse::<CurrencyCode>().unwrap());
    assert_eq!(settings.base_url.to_string(), "https://api.propstack.de/v1");
    assert_eq!(settings.reach, Reach::Public);
}

#[test]
fn the_environment_stands_above_the_file_and_flags_above_both() {
    let file = format!("listen = '127.0.0.1:1'\n{LEAST}\n[store]\nurl = 'sqlite:a.db'");
    let set = [
        ("HAUSGRAPH__LISTEN", "0.0.0.0:2"),
        ("HAUSGRAPH__PLAYGROUND", "false"),
        ("hausgraph__Store__Url", "env:TOKEN"),
        (
            "HAUSGRAPH__UPSTREAMS__DEEPRENT__BASE_URL",
            "https://a.example",
        ),
        (
            "HAUSGRAPH__UPSTREAMS__PROPSTACK__LIMITS",
            "{ max_concurrent = 3 }",
        ),
        ("HAUSGRAPH__LIMITS__UPSTREAM_CALLS", "60"),
        (
            "HAUSGRAPH__UPSTREAMS__PROPSTACK__LIMITS__TIMEOUT_SECONDS",
            "7",
        ),
        (
            "HAUSGRAPH__ISSUER",
            "[{ issuer = 'them', audience = '20261101', secret = 'env:TOKEN' }]",
        ),
        ("HAUSGRAPH_LISTEN", "is none of ours"),
    ];

    let config = read(&file, &set).unwrap();

    assert_eq!(config.listen.to_string(), "0.0.0.0:2");
    assert!(!config.playground);
    assert_eq!(config.store.url.expose_secret(), SECRET);
    let upstreams = &config.upstreams;
    assert_eq!(
        upstreams.deeprent.base_url.to_string(),
        "https://a.example/"
    );
    assert_eq!(upstreams.propstack.limits.max_concurrent, 3);
    assert_eq!(config.limits.upstream_calls, 60);
    assert_eq!(upstreams.propstack.limits.timeout.as_secs(), 7);
    assert_eq!(config.issuers[0].issuer, "them");

    let flags = Table::from_iter([("listen".to_owned(), "127.0.0.1:3".into())]);
    let config = Config::assemble(Some(&file), &environment(&set), flags).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3");
}

#[test]
fn no_file_is_needed_where_the_environment_suffices() {
    let read = |set: &[_]| Config::assemble(None, &environment(set), Table::new());
    let issuer = |settings| [("HAUSGRAPH__ISSUER", settings)];

    assert!(read(&[]).is_ok());
    let whole = "[{ issuer = 'us', audience = 'us', secret = 'env:TOKEN' }]";
    assert!(read(&issuer(whole)).is_ok());
    assert_eq!(
        read(&issuer("[{ secret = 'env:TOKEN' }]")).unwrap_err().0,
        [
            "hausgraph.toml: there is none here, so only the environment was asked",
            "issuer[0].audience: is missing (from HAUSGRAPH__ISSUER)",
            "issuer[0].issuer: is missing (from HAUSGRAPH__ISSUER)",
        ]
    );
}

#[test]
fn every_problem_is_told_at_once_and_no_secret_is() {
    let file = r#"
        listen = "hush"
        playgruond = true
        nonsense = "hush"
        log = "hush"
        [[issuer]]
        secret = "hush"
        isuer = "us"
        [store]
        url = 17
        [limits]
        upstream_calls = 0
        [upstreams]
        allow_private = "hush"
        [upstreams.propstack]
        base_url = "http://127.0.0.1/"
        limits = { max_concurrent = 0, timeout_seconds = -3 }
        [upstreams.deeprent]
        base_url = "https://10.0.0.1/"
        [upstreams.propstreet]
        token_url = "https://hush:hush@example.org/"
        base_url = "https://db.internal/"
        [[master_key]]
        id = "a"
        [[master_key]]
        id = "a"
        key = "env:NOWHERE"
        [[master_key]]
        id = "hush!"
        key = "hush"
        [[organization]]
        id = "Große Firma"
        propstack = { api_keys = ["good", 5, "hush\n"], currancy = "EUR" }
        deeprent = { api_key = "file:/no/such/file" }
        [[organization]]
        id = "firm"
        name = "A firm"
        propstack = { api_keys = [], currency = "hush" }
        propstreet = { credentials = "hush" }
        [[organization]]
        id = "firm"
        name = []
        propstreet = { credentials = { client = { id = "a", sekret = "hush" } } }
        deeprent = "hush"
    "#;
    let set = [
        ("HAUSGRAPH__LISTN", "hush"),
        ("HAUSGRAPH__STORE__", "hush"),
        ("HAUSGRAPH__ORGANIZATION__ID", "hush"),
        (
            "HAUSGRAPH__UPSTREAMS__PROPSTACK__LIMITS__MAX_BODY_BYTES",
            "hush",
        ),
    ];

    assert_eq!(
        problems(file, &set),
        [
            "HAUSGRAPH__ORGANIZATION__ID: what is to hold this is no table; lists of \
             tables are set in the file",
            "HAUSGRAPH__STORE__: there is no such setting",
            "issuer[0].audience: is missing",
            "issuer[0].issuer: is missing",
            "issuer[0].isuer: there is no such setting; did you mean issuer?",
            "issuer[0].secret: must have at least 32 bytes for HS256",
            "limits.upstream_calls: expected 1 to 1000000",
            "listen: invalid socket address syntax",
            "listn: there is no such setting; did you mean listen? (from HAUSGRAPH__LISTN)",
            "log: expected `text` or `json`, found a text",
            "master_key[0].key: is missing",
            "master_key[1].id: master_key[0].id has the same",
            "master_key[1].key: the environment has no NOWHERE",
            "master_key[2].id: master key 3: the id must be 1 to 32 of a-z, 0-9 and -",
            "master_key[2].key: master key 3: the key must be 32 bytes in Base64 (openssl rand -base64 32)",
            "nonsense: there is no such setting",
            "organization[0].deeprent.api_key: cannot read /no/such/file: No such file or \
             directory (os error 2)",
            "organization[0].id: expected 1 to 64 of a-z, 0-9 and -",
            "organization[0].name: is missing",
            "organization[0].propstack.api_keys[1]: expected a text, found a number",
            "organization[0].propstack.api_keys[2]: holds characters that no HTTP header \
             can carry",
            "organization[0].propstack.currancy: there is no such setting; did you mean \
             currency?",
            "organization[1].propstack.api_keys: holds no key",
            "organization[1].propstack.currency: not a code of the right number of letters",
            "organization[1].propstreet.credentials: expected `token` or `client`, found \
             a text",
            "organization[2].deeprent: expected a table, found a text",
            "organization[2].id: organization[1].id has the same",
            "organization[2].name: expected a text, found a list",
            "organization[2].propstreet.credentials.client.secret: is missing",
            "organization[2].propstreet.credentials.client.sekret: there is no such \
             setting; did you mean secret?",
            "playgruond: there is no such setting; did you mean playground?",
            "store.url: expected a text, found a number",
            "upstreams.allow_private: expected true or false, found a text",
            "upstreams.deeprent.base_url: expected a public host: this one is private or \
             reserved",
            "upstreams.propstack.base_url: expected https: plain http is for a sandbox",
            "upstreams.propstack.limits.max_body_bytes: expected a whole number from 0 \
             on, found a text (from \
             HAUSGRAPH__UPSTREAMS__PROPSTACK__LIMITS__MAX_BODY_BYTES)",
            "upstreams.propstack.limits.max_concurrent: expected 1 to 1000",
            "upstreams.propstack.limits.timeout_seconds: expected a whole number from 0 \
             on, found a number below 0",
            "upstreams.propstreet.base_url: expected a public host: this one is private \
             or reserved",
            "upstreams.propstreet.token_url: expected an https address without \
             credentials, query and fragment",
        ]
    );
}

#[test]
fn what_is_no_toml_is_told_by_its_line() {
    let problems = problems("listen = '127.0.0.1:1'\nstore = { url = hush }", &[]);
    assert_eq!(
        problems,
        ["line 2: string values must be quoted, expected literal string"]
    );
}
