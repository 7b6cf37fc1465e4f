//! A file of prospects to be imported: CSV with a heading, or JSON as in the input's `items`.

use async_graphql::ID;
use serde::Deserialize;

use super::import::ImportProspectItem;
use crate::model::{ErrorCode, ExternalReferenceInput, MutationError};

/// Columns that hold names of the prospect begin with this; the namespace follows.
const REFERENCE: &str = "reference:";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    investor_id: Option<String>,
    contact_id: Option<String>,
    #[serde(default)]
    external_references: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    namespace: String,
    id: String,
}

/// Reads a file, whatever of the two it is.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<ImportProspectItem>, MutationError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_json { json(bytes) } else { csv(bytes) }
}

fn json(bytes: &[u8]) -> Result<Vec<ImportProspectItem>, MutationError> {
    let rows: Vec<Row> = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        wrong(format!(
            "The file is not a list of items in JSON: look at line {line}, column {column}."
        ))
    })?;
    let item = |row: Row| {
        let references = row.external_references.into_iter();
        let references = references.map(|reference| ExternalReferenceInput {
            namespace: reference.namespace,
            id: reference.id,
        });
        ImportProspectItem::new(row.investor_id, row.contact_id, references.collect())
    };
    Ok(rows.into_iter().map(item).collect())
}

fn csv(bytes: &[u8]) -> Result<Vec<ImportProspectItem>, MutationError> {
    let heading = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    // Spreadsheets of half of Europe write semicolons.
    let delimiter = match heading.contains(&b';') {
        true => b';',
        false => b',',
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let columns = reader
        .headers()
        .map_err(|error| unreadable(&error))?
        .clone();
    let known =
        |name: &str| ["investorId", "contactId"].contains(&name) || name.starts_with(REFERENCE);
    if !columns.iter().all(known) || columns.iter().all(|name| name.starts_with(REFERENCE)) {
        return Err(wrong(format!(
            "The first line of the file names its columns: investorId or contactId, and \
             {REFERENCE}NAMESPACE for names of the prospect."
        )));
    }
    let mut items = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| unreadable(&error))?;
        let (mut investor, mut contact, mut references) = (None, None, Vec::new());
        for (name, cell) in columns
            .iter()
            .zip(&row)
            .filter(|(_, cell)| !cell.is_empty())
        {
            let cell = cell.to_owned();
            match name.strip_prefix(REFERENCE) {
                Some(namespace) => references.push(ExternalReferenceInput {
                    namespace: namespace.to_owned(),
                    id: cell,
                }),
                None if name == "investorId" => investor = Some(cell),
                None => contact = Some(cell),
            }
        }
        items.push(ImportProspectItem::new(investor, contact, references));
    }
    Ok(items)
}

/// Where it is wrong, without what stands there.
fn unreadable(error: &csv::Error) -> MutationError {
    let line = error.position().map(csv::Position::line);
    wrong(match line {
        Some(line) => format!("The file cannot be read as CSV: look at line {line}."),
        None => "The file cannot be read as CSV.".to_owned(),
    })
}

fn wrong(message: String) -> MutationError {
    MutationError::input(ErrorCode::Validation, message, &["file"])
}

impl ImportProspectItem {
    fn new(
        investor_id: Option<String>,
        contact_id: Option<String>,
        external_references: Vec<ExternalReferenceInput>,
    ) -> Self {
        Self {
            investor_id: investor_id.map(ID),
            contact_id: contact_id.map(ID),
            external_references: Some(external_references),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (Option<String>, Option<String>, Vec<(String, String)>);

    fn rows(text: &str) -> Vec<Row> {
        let items = read(text.as_bytes()).unwrap().into_iter();
        items
            .map(|item| {
                let references = item.external_references.unwrap().into_iter();
                (
                    item.investor_id.map(|id| id.0),
                    item.contact_id.map(|id| id.0),
                    references.map(|it| (it.namespace, it.id)).collect(),
                )
            })
            .collect()
    }

    fn message(bytes: &[u8]) -> String {
        match read(bytes) {
            Err(MutationError::InputError(error)) => error.message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn csv_is_read_with_either_delimiter_quotes_and_a_byte_order_mark() {
        let some = |text: &str| Some(text.to_owned());
        let reference = |id: &str| vec![("propstack-deal".to_owned(), id.to_owned())];
        let expected = [
            (some("a"), None, reference("7, \"8\"")),
            (None, some("b"), Vec::new()),
        ];
        let comma =
            "investorId,contactId,reference:propstack-deal\r\na,,\"7, \"\"8\"\"\"\r\n, b ,\r\n";
        assert_eq!(rows(comma), expected);
        let semicolon =
            "\u{feff}investorId;contactId;reference:propstack-deal\na;;\"7, \"\"8\"\"\"\n;b;\n";
        assert_eq!(rows(semicolon), expected);
    }

    #[test]
    fn json_is_read_as_the_items_of_the_input() {
        let json = r#" [{"investorId": "a", "externalReferences": [{"namespace": "n", "id": "1"}]}, {"contactId": "b"}]"#;
        let rows = rows(json);
        assert_eq!(rows[0].2, [("n".to_owned(), "1".to_owned())]);
        assert_eq!(rows[1].1.as_deref(), Some("b"));
    }

    #[test]
    fn what_is_neither_is_told_with_its_place_and_without_its_content() {
        for (bytes, expected) in [
            (&b"secret,other\n1,2"[..], "names its columns"),
            (b"", "names its columns"),
            (b"reference:n\n1", "names its columns"),
            (b"investorId,contactId\na\n", "line 2"),
            (b"investorId\n\xff\n", "line 2"),
            (b"[{\"investorId\": 1}]", "line 1, column 17"),
            (b"[{\"secret\": 1}]", "line 1"),
            (b"[", "line 1"),
        ] {
            let message = message(bytes);
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
