-- Files that were, or may have been, added to properties; for as long as the organisation is there,
-- so that none is added twice.
CREATE TABLE filing (
    organization TEXT NOT NULL,
    property TEXT NOT NULL,
    digest BLOB NOT NULL,
    ticket TEXT NOT NULL,
    -- The first try's.
    begun_at INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    -- Absent as long as nobody knows.
    document TEXT,
    -- Whose PDF the file is, if it is one's.
    protocol TEXT,
    protocol_version INTEGER,
    PRIMARY KEY (organization, property, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX filing_by_protocol ON filing (organization, protocol);
