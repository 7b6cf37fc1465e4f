//! Links to the PDFs of protocols.

use serde_json::json;

use crate::support::TestGateway;

#[tokio::test]
async fn one_operation_gets_five_pdfs_and_the_sixth_is_too_costly() {
    let gateway = TestGateway::start().await;

    let answer = gateway
        .ask_with(
            "{ protocols(first: 6) { nodes { pdf { url } } } }",
            json!({}),
        )
        .await;

    let protocols = answer["data"]["protocols"]["nodes"].as_array().unwrap();
    let with_pdf = protocols
        .iter()
        .filter(|protocol| !protocol["pdf"].is_null());
    assert_eq!(with_pdf.count(), 5);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["extensions"]["code"], "QUERY_TOO_COSTLY");
    assert_eq!(errors[0]["path"].as_array().unwrap().len(), 4);
}
