//! Files in a request, by the GraphQL multipart request specification.

use hausgraph::config::demo::ORGANIZATION;
use serde_json::{Value, json};

use crate::support::{Form, TestGateway, codes, sandbox};

const IMPORT: &str = "mutation($input: ImportProspectsInput!) { importProspects(input: $input) {
    created { index } failed { index code } errors { code message path } } }";

#[expect(clippy::needless_pass_by_value, reason = "it is made for this")]
fn operations(file: Value) -> Value {
    let project = hausgraph::model::ProjectId::new("999999999").to_string();
    let input = json!({ "projectId": project, "file": file });
    json!({ "query": IMPORT, "variables": { "input": input } })
}

fn map() -> Value {
    json!({ "0": ["variables.input.file"] })
}

/// A gateway that takes a thousand bytes of files, and a token.
async fn start() -> (TestGateway, String) {
    let gateway =
        TestGateway::configured(sandbox().await, |config| config.limits.upload_bytes = 1_000).await;
    let token = gateway.token(ORGANIZATION, &[]);
    (gateway, token)
}

#[tokio::test]
async fn a_file_reaches_the_mutation_that_it_is_meant_for() {
    let (gateway, token) = start().await;
    let rows = b"investorId\nnobody\n";
    let form = Form::new(&operations(json!(null)), &map()).file("0", "rows.csv", rows);

    let response = form.send(&gateway, &token).await;

    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.unwrap();
    let payload = &answer["data"]["importProspects"];
    assert_eq!(
        payload["failed"],
        json!([{ "index": 0, "code": "VALIDATION" }]),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_no_such_form_is_refused_with_a_code_and_runs_nothing() {
    let (gateway, token) = start().await;
    let good = || Form::new(&operations(json!(null)), &map());
    let file = |form: Form| form.file("0", "rows.csv", b"investorId\nnobody\n");
    let many: Value = (0..1_000)
        .map(|number| (number.to_string(), json!(["variables.input.file"])))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let cases = [
        ("no operations", Form::default().text("map", "{}"), 400),
        ("nothing", Form::default(), 400),
        (
            "operations that are no JSON",
            file(Form::default().text("operations", "{").text("map", "{}")),
            400,
        ),
        ("a batch", file(Form::new(&json!([]), &map())), 400),
        (
            "no map",
            Form::default().text("operations", &operations(json!(null)).to_string()),
            400,
        ),
        (
            "a file in place of the map",
            file(Form::default().text("operations", "{\"query\": \"{ viewer { subject } }\"}")),
            400,
        ),
        (
            "a map that is a list",
            file(Form::new(&operations(json!(null)), &json!([]))),
            400,
        ),
        (
            "a path that is no text",
            file(Form::new(&operations(json!(null)), &json!({ "0": [1] }))),
            400,
        ),
        (
            "paths that are no list",
            file(Form::new(
                &operations(json!(null)),
                &json!({ "0": "variables.input.file" }),
            )),
            400,
        ),
        (
            "a path to nowhere",
            file(Form::new(
                &operations(json!(null)),
                &json!({ "0": ["variables.input.other"] }),
            )),
            400,
        ),
        (
            "a path out of the variables",
            file(Form::new(
                &operations(json!(null)),
                &json!({ "0": ["query"] }),
            )),
            400,
        ),
        (
            "a place that is taken",
            file(Form::new(&operations(json!("x")), &map())),
            400,
        ),
        (
            "a file that nobody asked for",
            file(good()).file("1", "b.csv", b"x"),
            400,
        ),
        ("two files of one name", file(file(good())), 400),
        ("a file that did not come", good(), 400),
        (
            "a thousand files",
            Form::new(&operations(json!(null)), &many),
            413,
        ),
        (
            "a file over the cap",
            good().file("0", "rows.csv", &[b'x'; 1_001]),
            413,
        ),
        (
            "a map over its cap",
            Form::new(&operations(json!(null)), &json!({ "x".repeat(70_000): [] })),
            413,
        ),
    ];
    for (name, form, status) in cases {
        let response = form.send(&gateway, &token).await;
        assert_eq!(response.status(), status, "{name}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{name}: {answer}");
    }
    let cut = file(good()).send_raw(&gateway, &token, b"--no-end").await;
    assert_eq!(cut.status(), 400);

    assert!(gateway.sandbox.shared.journal.entries().is_empty());
    let acts = gateway.audit(ORGANIZATION).await;
    assert!(acts.is_empty(), "{acts:?}");
}

#[tokio::test]
async fn nobody_without_a_token_gets_to_send_a_file_and_no_word_stands_for_one() {
    let (gateway, token) = start().await;
    let form = Form::new(&operations(json!(null)), &map()).file("0", "rows.csv", b"investorId\n");
    let refused = form.send(&gateway, "none").await;
    assert_eq!(refused.status(), 401);

    // What the edge would write there, made up by the client.
    let answer = gateway
        .ask_as(
            &token,
            IMPORT,
            operations(json!("upload:0:00"))["variables"].clone(),
        )
        .await;
    let errors = &answer["data"]["importProspects"]["errors"];
    assert_eq!(errors[0]["message"], "There is no such file.", "{answer}");
    for other in [json!("x"), json!(1), json!({}), json!("upload:x")] {
        let answer = gateway
            .ask_as(&token, IMPORT, operations(other)["variables"].clone())
            .await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{answer}");
    }
}

#[tokio::test]
async fn the_same_key_with_another_file_is_another_request() {
    let (gateway, token) = start().await;
    let ask = async |rows: &[u8]| -> Value {
        let mut operations = operations(json!(null));
        operations["variables"]["input"]["idempotencyKey"] = json!("k");
        let form = Form::new(&operations, &map()).file("0", "rows.csv", rows);
        let answer: Value = form.send(&gateway, &token).await.json().await.unwrap();
        answer["data"]["importProspects"].clone()
    };

    let first = ask(b"investorId\nnobody\n").await;
    let again = ask(b"investorId\nnobody\n").await;
    let other = ask(b"investorId\nsomebody\n").await;

    assert_eq!(first, again);
    assert_eq!(other["errors"][0]["code"], "IDEMPOTENCY_MISMATCH");
}
