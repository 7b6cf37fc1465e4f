//! What an issuer's settings may say: everything that is wrong is told together, without secrets.

use super::*;

/// The problems of these issuers.
fn problems(written: Value) -> Vec<String> {
    let issuers: Vec<Settings> = serde_json::from_value(written).unwrap();
    let problems = Keys::new(&issuers, clock()).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn there_may_be_no_issuer_at_all() {
    assert!(Keys::new(&[], clock()).is_ok());
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problems(json!([
        { "issuer": "https://one.example", "audience": "a", "secret": "x".repeat(32) },
        {
            "issuer": "", "audience": "", "jwks_url": "http://keys.example", "algorithm": "HS256",
            "claims": { "organization": "", "role": "", "scopes": "" },
            "refresh_seconds": 86_401, "leeway_seconds": 121,
        },
        { "issuer": "https://one.example", "audience": "a" },
    ]));

    assert_eq!(
        found,
        [
            "issuer[1].issuer: is empty",
            "issuer[1].audience: is empty",
            "issuer[1].claims.organization: is empty",
            "issuer[1].claims.role: is empty",
            "issuer[1].claims.scopes: is empty",
            "issuer[1].jwks_url: expected an https address, or http on loopback",
            "issuer[1].algorithm: each of the keys names its own",
            "issuer[1].refresh_seconds: at most 86400",
            "issuer[1].leeway_seconds: at most 120",
            "issuer[2].secret: expected either this or jwks_url",
            "issuer[2].issuer: is that of issuer[0]",
        ]
    );
}

#[test]
fn a_secret_is_at_least_as_long_as_its_hash() {
    for (algorithm, bytes) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let of = |length| {
            let secret = "x".repeat(length);
            problems(json!([{
                "issuer": ISSUER, "audience": "a", "secret": secret, "algorithm": algorithm,
            }]))
        };
        assert!(of(bytes).is_empty());
        let text = format!("issuer[0].secret: must have at least {bytes} bytes for {algorithm}");
        assert_eq!(of(bytes - 1), [text]);
    }
}

#[test]
fn a_secret_signs_with_a_hash_and_keys_are_not_secrets() {
    let secret = "x".repeat(64);
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let found = problems(json!([{
            "issuer": ISSUER, "audience": "a", "secret": secret, "algorithm": algorithm,
        }]));
        assert_eq!(
            found,
            ["issuer[0].algorithm: expected HS256, HS384 or HS512"]
        );
    }
    let both = problems(json!([{
        "issuer": ISSUER, "audience": "a", "secret": secret, "jwks_url": "https://a.example",
    }]));
    assert_eq!(both, ["issuer[0].secret: expected either this or jwks_url"]);
}

#[test]
fn keys_are_fetched_only_where_nobody_can_answer_instead() {
    for (url, is_taken) in [
        ("https://login.example/jwks.json", true),
        ("https://login.example/keys?p=policy", true),
        ("http://127.0.0.1:8080/jwks.json", true),
        ("http://localhost/jwks.json", true),
        ("http://login.example/jwks.json", false),
        ("http://127.0.0.1.login.example/", false),
        ("https://user:password@login.example/", false),
        ("https://login.example/#keys", false),
        ("file:///etc/jwks.json", false),
        ("ftp://127.0.0.1/", false),
        ("login.example", false),
        ("", false),
    ] {
        let found = problems(json!([{ "issuer": ISSUER, "audience": "a", "jwks_url": url }]));
        assert_eq!(found.is_empty(), is_taken, "{url}");
        assert!(found.iter().all(|problem| !problem.contains("password")));
    }
}

#[test]
fn a_secret_is_never_printed() {
    let secret = "a secret that is too short";
    let written = json!({ "issuer": ISSUER, "audience": "a", "secret": secret });
    let settings = settings(written.clone());
    assert!(!format!("{settings:?}").contains(secret));

    let found = problems(json!([written]));

    assert_eq!(found.len(), 1);
    assert!(!found[0].contains(secret), "{found:?}");
}
