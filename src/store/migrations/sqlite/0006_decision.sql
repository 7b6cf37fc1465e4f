-- What people decided about which records are the same. Both are named by the inside of their ids.
CREATE TABLE decision (
    organization TEXT NOT NULL REFERENCES organization (id),
    -- A record of Propstack.
    anchor TEXT NOT NULL,
    -- A record of another system.
    other TEXT NOT NULL,
    is_same INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (organization, other, anchor)
) STRICT, WITHOUT ROWID;

-- Rises with each decision, so that others learn of it.
ALTER TABLE organization ADD COLUMN decisions_version INTEGER NOT NULL DEFAULT 0;
