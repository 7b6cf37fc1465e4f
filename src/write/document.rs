//! Files are added to properties: each once, though Propstack does not know a second request for the
//! first.
//!
//! What is being sent is written down before, and by its content: the same file at the same property
//! is the same document. The beginning of its digest stands in the title, so that a request whose
//! answer was lost is looked for before anything is sent again; and nothing is sent again as long as
//! the first may still be under way.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::spawn_blocking;

use super::{Failure, Try, Writer};
use crate::{
    cache::{Kind, Tag},
    clock::Clock,
    loader,
    model::{DocumentId, ErrorCode, MutationError, PropertyId, System},
    spool::{Spooled, pdf},
    store::{Filing, FilingTicket, Intent, Store},
    upstream::{
        self, Scope, Written,
        propstack::{CREATE_TIMEOUT, Client, NewDocument},
    },
};

/// How long after its beginning a request may still take effect: as long as we wait for its answer,
/// and as much again.
const IN_DOUBT: Duration = CREATE_TIMEOUT.saturating_mul(2);
/// How far Propstack's clock may be behind ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(10);
/// Letters of the digest in a title.
const MARKER: usize = 12;
/// Letters of a title.
const LONGEST_TITLE: usize = 200;
/// Letters of a tag.
const LONGEST_TAG: usize = 100;
/// Tags of a document.
const MOST_TAGS: usize = 20;
/// Documents on a page that is looked through.
const PAGE: u32 = 100;
/// Pages that are looked through.
pub const MOST_PAGES: u32 = 10;

/// Where it is remembered which files were added, for one organisation.
#[derive(Debug, Clone, Copy)]
pub struct Filings<'a> {
    /// Where.
    pub store: &'a Store,
    /// Tells how long ago.
    pub clock: &'a Clock,
    /// Whose.
    pub organization: &'a str,
}

/// A file that is a document now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The document.
    pub document: DocumentId,
    /// Whether the property had the file before.
    pub was_duplicate: bool,
}

impl Filings<'_> {
    pub(super) fn of(&self, property: &PropertyId, file: &Spooled) -> Filing {
        Filing {
            organization: self.organization.to_owned(),
            property: property.key().to_owned(),
            digest: file.digest,
        }
    }
}

impl Writer {
    /// Adds a PDF to the documents of a property, unless that has it already.
    ///
    /// Errors: mistakes with a path into the input; [`ErrorCode::InProgress`] while nobody knows
    /// whether an earlier request for the same has arrived.
    pub async fn file_document(
        &self,
        filings: Filings<'_>,
        new: &NewDocument,
        file: &Spooled,
        this: Try,
    ) -> Result<Filed, Failure> {
        check(new)?;
        check_file(file).await?.map_err(|flaw| {
            MutationError::input(ErrorCode::Validation, flaw.to_string(), &["file"])
        })?;
        self.file(filings, new, file, this).await
    }

    pub(super) async fn file(
        &self,
        filings: Filings<'_>,
        new: &NewDocument,
        file: &Spooled,
        this: Try,
    ) -> Result<Filed, Failure> {
        let filing = filings.of(&new.property, file);
        // Whoever files the same here waits, and then finds it.
        let same = Tag::record(Kind::Document, &(new.property.key(), file.digest));
        let _turn = self.shared.turns.take(same).await;
        // What is sent is sent to its end, and looked for, whenever whoever asked stops waiting.
        let unhurried = Scope {
            deadline: None,
            ..self.sources.reader.scope().clone()
        };
        let client = self.sources.propstack()?.scoped(unhurried);
        let search = Search {
            client: &client,
            property: &new.property,
            marker: marker(file),
        };
        let known = |document| Filed {
            document,
            was_duplicate: !this.is_resumed,
        };
        loop {
            let now = filings.clock.now();
            match filings.store.intend(&filing, now, now + IN_DOUBT).await? {
                Intent::Filed(document) => {
                    let document = DocumentId::new(document);
                    if stands(&client, &document).await? {
                        return Ok(known(document));
                    }
                    // Somebody deleted it there, it seems; then it is new again.
                    filings.store.forget_filing(&filing, document.key()).await?;
                }
                Intent::Running { since, until } => {
                    let found = search.run(since).await.map_err(Failure::Load)?;
                    let document = found.ok_or_else(|| in_doubt(until - now))?;
                    remember(filings, &filing, &document).await;
                    return Ok(known(document));
                }
                Intent::Yours(ticket) => {
                    if let Some(begun) = ticket.begun {
                        match search.run(begun).await {
                            Ok(None) => {}
                            Ok(Some(document)) => {
                                remember(filings, &filing, &document).await;
                                return Ok(known(document));
                            }
                            Err(error) => {
                                withdraw(filings, &ticket).await;
                                // It may be done all the same, by whoever began.
                                return Err(Failure::Load(error));
                            }
                        }
                    }
                    let sent = self.send_file(filings, &search, new, file, ticket).await;
                    return Ok(Filed {
                        document: sent?,
                        was_duplicate: false,
                    });
                }
            }
        }
    }

    /// Sends a file that is not there, as far as can be known.
    async fn send_file(
        &self,
        filings: Filings<'_>,
        search: &Search<'_>,
        new: &NewDocument,
        file: &Spooled,
        ticket: FilingTicket,
    ) -> Result<DocumentId, Failure> {
        let marked = NewDocument {
            title: marked(&new.title, &search.marker),
            ..new.clone()
        };
        let (mut begun, mut sent) = (filings.clock.now(), None);
        for key in search.client.keys_to_write() {
            begun = filings.clock.now();
            // Held from now on: what came before, a search or another key, may have taken its time.
            let held = filings
                .store
                .begin_filing(&ticket, begun, begun + IN_DOUBT)
                .await?;
            if !held {
                return Err(in_doubt(TimeDelta::seconds(1)));
            }
            match search.client.create_document(&marked, file, key).await {
                // Nothing was done: another key may have the right.
                Err(error @ upstream::Error::Refused { .. }) => sent = Some(Err(error)),
                written => {
                    sent = Some(written);
                    break;
                }
            }
        }
        let sent = sent.expect("there is at least one key");
        self.purge([
            Tag::record(Kind::Property, &new.property),
            Tag::lists(Kind::Property),
            Tag::lists(Kind::Document),
        ]);
        let failure = match sent {
            Ok(Written::Done(Some(document))) => {
                remember(filings, &filings.of(&new.property, file), &document).await;
                return Ok(document);
            }
            Ok(Written::Rejected { status, .. }) => {
                withdraw(filings, &ticket).await;
                return Err(rejected(status));
            }
            Err(
                error @ (upstream::Error::Throttled { .. }
                | upstream::Error::Suspended { .. }
                | upstream::Error::Unconnected { .. }
                | upstream::Error::Refused { .. }
                | upstream::Error::Redirected { .. }),
            ) => {
                withdraw(filings, &ticket).await;
                return Err(error.into());
            }
            // Made, and not said which it is.
            Ok(Written::Done(None)) => upstream::Error::Unreadable {
                system: System::Propstack,
                operation: "create_document",
                at: "$.id".to_owned(),
            },
            Err(error) => error,
        };
        // Whether it arrived is to be seen; if not now, then when somebody asks again.
        match search.run(begun).await {
            Ok(Some(document)) => {
                remember(filings, &filings.of(&new.property, file), &document).await;
                Ok(document)
            }
            Ok(None) | Err(_) => Err(failure.into()),
        }
    }
}

/// Looks for a document of a property by what stands in its title.
struct Search<'a> {
    client: &'a Client,
    property: &'a PropertyId,
    marker: String,
}

impl Search<'_> {
    /// The latest one that was made since then.
    async fn run(&self, since: DateTime<Utc>) -> Result<Option<DocumentId>, loader::Error> {
        let since = since - CLOCK_SKEW;
        for number in 1..=MOST_PAGES {
            let list = self
                .client
                .list_latest_documents(self.property, number, PAGE);
            let page = list.await?;
            for document in page.rows {
                let names = [&document.title, &document.name];
                if names
                    .into_iter()
                    .flatten()
                    .any(|name| name.contains(&self.marker))
                {
                    return Ok(Some(document.id));
                }
                if document.created_at.is_some_and(|created| created.0 < since) {
                    return Ok(None);
                }
            }
            if page.received < PAGE as usize {
                return Ok(None);
            }
        }
        Err(loader::Error::TooLong(System::Propstack))
    }
}

/// Whether a document that was made is still there.
pub(super) async fn stands(client: &Client, document: &DocumentId) -> Result<bool, Failure> {
    let found = client.find_document(document).await;
    let found = found.map_err(|error| Failure::Unread(error.into()))?;
    Ok(found.is_some())
}

async fn remember(filings: Filings<'_>, filing: &Filing, document: &DocumentId) {
    if let Err(error) = filings.store.remember_filing(filing, document.key()).await {
        // It is filed: whoever asks again looks for it.
        tracing::error!(%error, "that a file was added cannot be remembered");
    }
}

async fn withdraw(filings: Filings<'_>, ticket: &FilingTicket) {
    if let Err(error) = filings.store.withdraw(ticket).await {
        // Whoever asks again waits longer than they would have to.
        tracing::error!(%error, "that a file was not added cannot be remembered");
    }
}

/// Whether what is said of a document is as it must be.
pub(super) fn check(new: &NewDocument) -> Result<(), MutationError> {
    // Another spelling of the same number would be another property here, and the same one there.
    let key = new.property.key();
    if key
        .parse::<u64>()
        .map(|number| number.to_string())
        .as_deref()
        != Ok(key)
    {
        let message = "There is no such record.";
        return Err(MutationError::input(
            ErrorCode::NotFound,
            message,
            &["propertyId"],
        ));
    }
    let wrong = |message: String, path: &[&str]| {
        Err(MutationError::input(ErrorCode::Validation, message, path))
    };
    if !is_name(&new.title, LONGEST_TITLE) {
        let message = format!("A title has 1 to {LONGEST_TITLE} letters, and no line break.");
        return wrong(message, &["title"]);
    }
    if new.tags.len() > MOST_TAGS {
        return wrong(
            format!("A document has at most {MOST_TAGS} tags."),
            &["tags"],
        );
    }
    let bad = new.tags.iter().position(|tag| !is_name(tag, LONGEST_TAG));
    if let Some(place) = bad {
        let message = format!("A tag has 1 to {LONGEST_TAG} letters, and no line break.");
        return wrong(message, &["tags", &place.to_string()]);
    }
    Ok(())
}

fn is_name(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count())
        && !text.trim().is_empty()
        && !text.chars().any(char::is_control)
}

/// What is wrong with a file, looked for where blocking does no harm.
pub(super) async fn check_file(file: &Spooled) -> Result<Result<(), pdf::Flaw>, Failure> {
    let file = file.clone();
    let checked = spawn_blocking(move || pdf::check(&file)).await;
    let checked = checked.map_err(|_| Failure::Unread(loader::Error::Internal))?;
    checked.map_err(|error| {
        tracing::error!(%error, "a file cannot be read from disk");
        Failure::Unread(loader::Error::Internal)
    })
}

/// The beginning of the file's digest, by which its document is known again.
fn marker(file: &Spooled) -> String {
    let digest = file.digest.map(|byte| format!("{byte:02x}")).concat();
    digest[..MARKER].to_owned()
}

/// `Title (marker).pdf`: it becomes the name of the file.
fn marked(title: &str, marker: &str) -> String {
    let title = title.trim();
    // Not in the middle of a letter.
    let end = title.len().checked_sub(".pdf".len());
    let split = end.and_then(|end| title.split_at_checked(end));
    let name = match split {
        Some((name, ending)) if ending.eq_ignore_ascii_case(".pdf") => name.trim_end(),
        _ => title,
    };
    format!("{name} ({marker}).pdf")
}

fn rejected(status: u16) -> Failure {
    match status {
        404 => Failure::not_found(&["propertyId"]),
        413 => {
            let message = "Propstack does not take a file of this size.";
            MutationError::input(ErrorCode::TooLarge, message, &["file"]).into()
        }
        status => Failure::rejected_by(System::Propstack, "create_document", status),
    }
}

/// Nobody knows whether it is there, and it is too early to send it again.
fn in_doubt(left: TimeDelta) -> Failure {
    let seconds = left.num_seconds().max(1);
    let message = format!(
        "The same file was sent for this property a moment ago, and whether it arrived is not known \
         yet. Ask again in {seconds} seconds."
    );
    MutationError::input(ErrorCode::InProgress, message, &["file"]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_file_name_with_the_marker() {
        for (title, name) in [
            ("Mietvertrag", "Mietvertrag (0123).pdf"),
            ("Mietvertrag.pdf", "Mietvertrag (0123).pdf"),
            (" Übergabe .PDF ", "Übergabe (0123).pdf"),
            ("ü", "ü (0123).pdf"),
            ("pdfü", "pdfü (0123).pdf"),
            ("a.pdf.pdf", "a.pdf (0123).pdf"),
            ("Plan.v2", "Plan.v2 (0123).pdf"),
        ] {
            assert_eq!(marked(title, "0123"), name, "{title}");
        }
    }

    #[test]
    fn titles_and_tags_are_texts_of_one_line() {
        let new = |title: &str, tags: &[&str]| NewDocument {
            property: PropertyId::new("1"),
            title: title.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            is_private: true,
        };
        assert_eq!(check(&new("ü", &["a", "b"])), Ok(()));
        assert_eq!(check(&new(&"ü".repeat(200), &["a"; 20])), Ok(()));
        for (bad, path) in [
            (new("", &[]), vec!["title"]),
            (new("  ", &[]), vec!["title"]),
            (new("a\nb", &[]), vec!["title"]),
            (new(&"ü".repeat(201), &[]), vec!["title"]),
            (new("a", &["b", ""]), vec!["tags", "1"]),
            (new("a", &[&"t".repeat(101)]), vec!["tags", "0"]),
            (new("a", &["b"; 21]), vec!["tags"]),
        ] {
            let MutationError::InputError(error) = check(&bad).unwrap_err() else {
                panic!("a mistake in the input");
            };
            assert_eq!(error.path.unwrap(), path);
        }
    }
}
