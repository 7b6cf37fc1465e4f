-- What was read of the systems, kept for what they cannot look up. `seen_at` is when a record was
-- last known to exist, `read_at` when its body was read.
CREATE TABLE record (
    number INTEGER PRIMARY KEY,
    organization TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    sorts INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    deleted_at INTEGER,
    digest BLOB NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (organization, kind, id)
) STRICT;

CREATE INDEX record_by_time ON record (organization, kind, sorts, number);

-- What a record can be found by beside its id: equal keys link records of different systems.
CREATE TABLE record_key (
    organization TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    kind TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES record (number),
    PRIMARY KEY (organization, name, value, kind, record)
) STRICT, WITHOUT ROWID;

CREATE INDEX record_key_by_record ON record_key (record);

-- Folded words of records, in the columns that different viewers may search in. `scope` is a word
-- that names organisation and kind. Its rows are numbered as those of `record`.
CREATE VIRTUAL TABLE record_words USING fts5 (
    scope, title, text, place, person,
    content = '', contentless_delete = 1, detail = column, prefix = '2 3',
    tokenize = "unicode61 remove_diacritics 0"
);

-- How far a kind of record is known as a whole.
CREATE TABLE record_state (
    organization TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- When all of them were last walked through.
    walked_at INTEGER,
    -- Up to when changes are known.
    known_until INTEGER,
    -- Where the next read of changes begins, by the system's own clock.
    watermark INTEGER,
    PRIMARY KEY (organization, kind)
) STRICT, WITHOUT ROWID;
