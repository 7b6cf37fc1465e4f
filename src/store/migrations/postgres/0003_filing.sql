-- Files that were, or may have been, added to properties; for as long as the organisation is there,
-- so that none is added twice.
CREATE TABLE filing (
    organization TEXT COLLATE "C" NOT NULL,
    property TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    -- The first try's.
    begun_at BIGINT NOT NULL,
    held_until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    -- Absent as long as nobody knows.
    document TEXT COLLATE "C",
    -- Whose PDF the file is, if it is one's.
    protocol TEXT COLLATE "C",
    protocol_version INTEGER,
    PRIMARY KEY (organization, property, digest)
);

CREATE INDEX filing_by_protocol ON filing (organization, protocol);
