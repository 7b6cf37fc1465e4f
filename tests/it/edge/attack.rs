//! Small requests that cost much: each is refused, and the server goes on answering.

use super::*;

#[tokio::test]
async fn an_argument_nested_a_thousandfold_is_refused_and_the_process_lives() {
    let gateway = gateway().await;
    // In a debug build the parser itself gives up at some 890 levels, and overflows from 400 on.
    for levels in [65, 400, 800, 1_600] {
        let open = "[".repeat(levels);
        let query = format!("{{ deep(value: {open}{}) }}", "]".repeat(levels));
        let (status, body) = gateway.query(&query).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::BAD_REQUEST, "QUERY_TOO_COSTLY")
        );
        let extensions = &body["errors"][0]["extensions"];
        assert_eq!(extensions["limit"], 64);
        assert_eq!(extensions["estimate"], levels + 2);
    }
    let allowed = format!("{{ deep(value: {}{}) }}", "[".repeat(62), "]".repeat(62));
    let (status, body) = gateway.query(&allowed).await;
    assert_eq!(
        (status, &body["data"]),
        (StatusCode::OK, &json!({ "deep": true }))
    );
    gateway.assert_still_answers().await;
}

#[tokio::test]
async fn fragments_that_double_are_refused_before_they_are_unfolded() {
    let gateway = gateway().await;
    for levels in 18..=22 {
        let mut query = String::from("{ ...f0 }");
        for n in 0..levels {
            query += &format!("fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1);
        }
        query += &format!("fragment f{levels} on Query {{ hello }}");
        let (status, body) = gateway.query(&query).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::BAD_REQUEST, "QUERY_TOO_COSTLY")
        );
        assert_eq!(body["errors"][0]["extensions"]["limit"], 5_000);
    }
    gateway.assert_still_answers().await;
}

#[tokio::test]
async fn four_thousand_aliases_of_one_field_are_refused() {
    let gateway = gateway().await;
    let aliases = |count: usize| -> String {
        let fields: String = (0..count).map(|n| format!("a{n}: hello ")).collect();
        format!("{{ {fields} }}")
    };
    for count in [4_000, 1_000] {
        let (status, body) = gateway.query(&aliases(count)).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::BAD_REQUEST, "QUERY_TOO_COSTLY")
        );
    }
    assert_eq!(gateway.query(&aliases(200)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn three_thousand_open_braces_are_refused_in_a_few_words() {
    let gateway = gateway().await;
    let response = gateway.post(json!({ "query": "{".repeat(3_000) }).to_string());
    let text = response.send().await.unwrap().text().await.unwrap();
    assert!(
        text.len() < 300 && text.contains("QUERY_TOO_COSTLY"),
        "{text}"
    );
}

#[tokio::test]
async fn variables_nested_too_deep_are_refused() {
    let gateway = gateway().await;
    for (levels, expected) in [(70, "QUERY_TOO_COSTLY"), (100_000, "BAD_USER_INPUT")] {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let body = format!(r#"{{"query":"{{ hello }}","variables":{{"x":{nested}}}}}"#);
        let (status, answer) = read(gateway.post(body).send().await.unwrap()).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, expected));
    }
    gateway.assert_still_answers().await;
}

#[tokio::test]
async fn an_error_never_repeats_long_input() {
    let gateway = gateway().await;
    let long = "x".repeat(50_000);
    for parameters in [
        json!({ "query": format!("{{ hello(name: {long}) }}") }),
        json!({ "query": format!("{{ hello(name: 1 {}) }}", "y: \"z\" ".repeat(1_000)) }),
        json!({ "query": format!("{{ {} }}", "nothing ".repeat(1_000)) }),
        json!({ "query": "{ hello }", "operationName": long }),
        json!({ "query": "query ($n: [Int]) { query { deep(value: $n) hello(name: $n) } }", "variables": { "n": [long] } }),
        json!({ "query": format!("{{ hello(name: \"{long}") }),
    ] {
        let response = gateway.post(parameters.to_string()).send().await.unwrap();
        let text = response.text().await.unwrap();
        assert!(
            text.contains("errors") && text.len() < 5_000,
            "{:.300} {text:.300}",
            parameters.to_string()
        );
    }
}

/// What GraphiQL asks for, with every option.
const INTROSPECTION: &str = "
    query IntrospectionQuery {
        __schema {
            description
            queryType { name kind }
            mutationType { name kind }
            subscriptionType { name kind }
            types { ...FullType }
            directives {
                name description isRepeatable locations
                args(includeDeprecated: true) { ...InputValue }
            }
        }
    }
    fragment FullType on __Type {
        kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) {
            name description
            args(includeDeprecated: true) { ...InputValue }
            type { ...TypeRef }
            isDeprecated deprecationReason
        }
        inputFields(includeDeprecated: true) { ...InputValue }
        interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        possibleTypes { ...TypeRef }
    }
    fragment InputValue on __InputValue {
        name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
    }
    fragment TypeRef on __Type {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name } } } } } } } } }
    }";

#[tokio::test]
async fn introspection_in_circles_is_refused_and_all_of_it_once_is_answered() {
    let gateway = gateway().await;
    let (status, body) = gateway.query(INTROSPECTION).await;
    assert_eq!((status, body.get("errors")), (StatusCode::OK, None));

    let circle = |pairs: usize| {
        let open = "possibleTypes { interfaces { ".repeat(pairs);
        format!("{open} name {}", "} }".repeat(pairs))
    };
    let fragments: String = (0..5)
        .map(|n| {
            format!(
                "fragment f{n} on __Type {{ a: fields {{ type {{ ...f{} }} }} }}",
                n + 1
            )
        })
        .collect();
    let twice = INTROSPECTION.replace("__schema {", "__schema { types { ...FullType }");
    for query in [
        format!("{{ __type(name: \"Node\") {{ {} }} }}", circle(7)),
        format!("{{ __type(name: \"Node\") {{ {} }} }}", circle(3)),
        format!("{{ a: __schema {{ queryType {{ {} }} }} }}", circle(3)),
        format!(
            "{{ query {{ ... {{ __schema {{ types {{ {} }} }} }} }} }}",
            circle(2)
        ),
        format!(
            "{{ __type(name: \"Query\") {{ ...f0 }} }} {fragments} fragment f5 on __Type {{ name }}"
        ),
        format!(
            "{{ __schema {{ types {{ fields {{ {} }} }} }} }}",
            "name ".repeat(1_000)
        ),
        twice,
    ] {
        let (status, body) = gateway.query(&query).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::BAD_REQUEST, "QUERY_TOO_COSTLY"),
            "{query}"
        );
    }
    // The names mean nothing elsewhere.
    let elsewhere = "{ types { fields { args { fields { args { fields { args } } } } } } }";
    assert_ne!(code(&gateway.query(elsewhere).await.1), "QUERY_TOO_COSTLY");
    gateway.assert_still_answers().await;
}
