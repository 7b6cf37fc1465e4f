//! What the README shows is what a reader gets.

use serde_json::Value;

use crate::support::TestGateway;

const README: &str = include_str!("../../README.md");

/// The first block of a language.
fn block(language: &str) -> &'static str {
    let (_, behind) = README.split_once(&format!("```{language}\n")).unwrap();
    behind.split_once("```").unwrap().0
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn the_query_of_the_readme_has_the_answer_of_the_readme() {
    let gateway = TestGateway::start().await;
    let expected: Value = serde_json::from_str(block("json")).unwrap();

    let data = gateway.data(block("graphql")).await;

    assert_eq!(data, expected["data"]);
}

#[test]
fn the_command_of_the_readme_sends_the_query_of_the_readme() {
    let (_, behind) = README.split_once("--data-raw '").unwrap();
    let sent: Value = serde_json::from_str(behind.split_once('\'').unwrap().0).unwrap();
    assert_eq!(
        words(sent["query"].as_str().unwrap()),
        words(block("graphql"))
    );
}
