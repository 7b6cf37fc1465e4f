-- What was read of the systems, kept for what they cannot look up. `seen_at` is when a record was
-- last known to exist, `read_at` when its body was read.
CREATE TABLE record (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    sorts BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    deleted_at BIGINT,
    digest BYTEA NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (organization, kind, id)
);

CREATE INDEX record_by_time ON record (organization, kind, sorts, number);

-- What a record can be found by beside its id: equal keys link records of different systems.
CREATE TABLE record_key (
    organization TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    record BIGINT NOT NULL REFERENCES record (number),
    PRIMARY KEY (organization, name, value, kind, record)
);

CREATE INDEX record_key_by_record ON record_key (record);

-- Folded words of records, with a weight for each of the columns that different viewers may search in:
-- A title, B text, C place, D person. A lexeme without a weight names organisation and kind.
CREATE TABLE record_words (
    record BIGINT PRIMARY KEY REFERENCES record (number),
    words TSVECTOR NOT NULL
);

CREATE INDEX record_words_by_word ON record_words USING gin (words);

-- How far a kind of record is known as a whole.
CREATE TABLE record_state (
    organization TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    -- When all of them were last walked through.
    walked_at BIGINT,
    -- Up to when changes are known.
    known_until BIGINT,
    -- Where the next read of changes begins, by the system's own clock.
    watermark BIGINT,
    PRIMARY KEY (organization, kind)
);
