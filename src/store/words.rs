//! The full text of records: FTS5 in SQLite, a text search vector in PostgreSQL.
//!
//! Both get words that are folded already, and neither does more than look for them.

use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, FromRow, PgConnection, QueryBuilder, SqliteConnection};

use super::{
    Database, Result, Store, column,
    index::{COLUMNS, Found, Words},
};
use crate::model::RecordKind;

/// The words of one record.
pub(super) struct WordsRow<'a> {
    pub(super) record: i64,
    pub(super) words: &'a Words,
}

/// A word that no text has, for all records of a kind in an organisation.
pub(super) fn scope(organization: &str, kind: RecordKind) -> String {
    let mut scope = String::with_capacity(2 * organization.len() + 12);
    for byte in organization.bytes() {
        scope.push_str(&format!("{byte:02x}"));
    }
    scope.push('x');
    scope.push_str(kind.as_str());
    scope
}

/// A column of words, by who may search in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// What a record is called: everybody.
    Title,
    /// What else anybody may know.
    Text,
    /// A hidden address: whoever may see such.
    Place,
    /// Personal data: whoever may read such.
    Person,
}

/// How well a record fits what is looked for; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fit {
    /// It is called so, word for word.
    Title,
    /// It is called like that: each word that is looked for begins one of its title.
    TitlePrefix,
    /// Each word that is looked for begins one of its texts.
    Anywhere,
}

impl Fit {
    /// Every one, the best first.
    pub const ALL: [Self; 3] = [Self::Title, Self::TitlePrefix, Self::Anywhere];
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Where: places of the index and kinds of records.
    pub scopes: &'a [(String, RecordKind)],
    /// Folded words; a record has to fit all of them.
    pub words: &'a [String],
    /// In which columns.
    pub columns: &'a [Column],
}

impl Search<'_> {
    /// What FTS5 is asked for that fits so, and not better. Words are folded, so none can end its
    /// quotes.
    fn of_sqlite(&self, fit: Fit) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|column| column.of_sqlite())
            .collect();
        let join = |columns: &str, star: &str| {
            let words = self.words.iter();
            let words = words.map(|word| format!("({{{columns}}} : \"{word}\"{star})"));
            words.collect::<Vec<_>>().join(" AND ")
        };
        let scopes = self.scopes.iter();
        let scopes = scopes.map(|(place, kind)| format!("(scope : \"{}\")", scope(place, *kind)));
        let scopes = scopes.collect::<Vec<_>>().join(" OR ");
        let title = join("title", "");
        let prefix = join("title", " *");
        match fit {
            Fit::Title => format!("({scopes}) AND {title}"),
            Fit::TitlePrefix => format!("(({scopes}) AND {prefix}) NOT ({title})"),
            Fit::Anywhere => {
                let anywhere = join(&columns.join(" "), " *");
                format!("(({scopes}) AND {anywhere}) NOT ({prefix})")
            }
        }
    }

    /// The same for PostgreSQL.
    fn of_postgres(&self, fit: Fit) -> String {
        let columns: String = self
            .columns
            .iter()
            .map(|column| column.of_postgres())
            .collect();
        let join = |labels: &str| {
            let words = self.words.iter().map(|word| format!("'{word}':{labels}"));
            words.collect::<Vec<_>>().join(" & ")
        };
        let scopes = self.scopes.iter();
        let scopes = scopes.map(|(place, kind)| format!("'{}'", scope(place, *kind)));
        let scopes = scopes.collect::<Vec<_>>().join(" | ");
        let title = join("A");
        let prefix = join("*A");
        match fit {
            Fit::Title => format!("({scopes}) & {title}"),
            Fit::TitlePrefix => format!("({scopes}) & {prefix} & !({title})"),
            Fit::Anywhere => format!(
                "({scopes}) & {} & !({prefix})",
                join(&format!("*{columns}"))
            ),
        }
    }
}

impl Column {
    fn of_sqlite(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Place => "place",
            Self::Person => "person",
        }
    }

    fn of_postgres(self) -> char {
        match self {
            Self::Title => 'A',
            Self::Text => 'B',
            Self::Place => 'C',
            Self::Person => 'D',
        }
    }
}

/// A record that was found by its words.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Hit {
    /// What it is.
    #[sqlx(try_from = "column::RecordKind")]
    pub kind: RecordKind,
    /// The record.
    #[sqlx(flatten)]
    pub found: Found,
}

impl Store {
    /// At most `first` records that fit so and not better, those that came last first, behind the one
    /// of number `after`.
    pub async fn search_index(
        &self,
        search: &Search<'_>,
        fit: Fit,
        after: Option<i64>,
        first: u32,
    ) -> Result<Vec<Hit>> {
        let after = after.unwrap_or(i64::MAX);
        Ok(match &self.database {
            Database::Sqlite(pools) => {
                sqlx::query_as(AssertSqlSafe(format!(
                    "SELECT record.kind, {COLUMNS} FROM (
                       SELECT rowid FROM record_words
                       WHERE record_words MATCH $1 AND rowid < $2
                       ORDER BY rowid DESC LIMIT $3) AS hit
                     JOIN record ON record.number = hit.rowid
                     ORDER BY record.number DESC"
                )))
                .bind(search.of_sqlite(fit))
                .bind(after)
                .bind(i64::from(first))
                .fetch_all(&pools.read)
                .await?
            }
            Database::Postgres(pool) => {
                sqlx::query_as(AssertSqlSafe(format!(
                    "SELECT record.kind, {COLUMNS}
                     FROM record_words JOIN record ON record.number = record_words.record
                     WHERE record_words.words @@ $1::tsquery AND record_words.record < $2
                     ORDER BY record_words.record DESC LIMIT $3"
                )))
                .bind(search.of_postgres(fit))
                .bind(after)
                .bind(i64::from(first))
                .fetch_all(pool)
                .await?
            }
        })
    }
}

/// Where the words of records stand.
pub(super) trait WordsTable {
    /// Writes words, in place of those that there were.
    async fn put_words(&mut self, scope: &str, rows: &[WordsRow<'_>]) -> Result<()>;

    /// Forgets the words of these records.
    async fn drop_words(&mut self, records: &[i64]) -> Result<()>;
}

impl WordsTable for SqliteConnection {
    async fn put_words(&mut self, scope: &str, rows: &[WordsRow<'_>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut put = QueryBuilder::new(
            "INSERT OR REPLACE INTO record_words (rowid, scope, title, text, place, person) ",
        );
        put.push_values(rows, |mut row, WordsRow { record, words }| {
            row.push_bind(*record)
                .push_bind(scope)
                .push_bind(&words.title)
                .push_bind(&words.text)
                .push_bind(&words.place)
                .push_bind(&words.person);
        });
        put.build().persistent(false).execute(self).await?;
        Ok(())
    }

    async fn drop_words(&mut self, records: &[i64]) -> Result<()> {
        for record in records {
            sqlx::query("DELETE FROM record_words WHERE rowid = $1")
                .bind(*record)
                .execute(&mut *self)
                .await?;
        }
        Ok(())
    }
}

impl WordsTable for PgConnection {
    async fn put_words(&mut self, scope: &str, rows: &[WordsRow<'_>]) -> Result<()> {
        let column = |of: fn(&Words) -> &String| -> Vec<&str> {
            rows.iter().map(|row| of(row.words).as_str()).collect()
        };
        let records: Vec<i64> = rows.iter().map(|row| row.record).collect();
        sqlx::query(
            "INSERT INTO record_words (record, words)
             SELECT record,
               setweight(to_tsvector('simple', title), 'A')
               || setweight(to_tsvector('simple', text), 'B')
               || setweight(to_tsvector('simple', place), 'C')
               || setweight(to_tsvector('simple', person), 'D')
               || array_to_tsvector(ARRAY[$6])
             FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[])
               AS row (record, title, text, place, person)
             ON CONFLICT (record) DO UPDATE SET words = excluded.words",
        )
        .bind(records)
        .bind(column(|words| &words.title))
        .bind(column(|words| &words.text))
        .bind(column(|words| &words.place))
        .bind(column(|words| &words.person))
        .bind(scope)
        .execute(self)
        .await?;
        Ok(())
    }

    async fn drop_words(&mut self, records: &[i64]) -> Result<()> {
        sqlx::query("DELETE FROM record_words WHERE record = ANY($1)")
            .bind(records)
            .execute(self)
            .await?;
        Ok(())
    }
}
