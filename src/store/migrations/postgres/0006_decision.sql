-- What people decided about which records are the same. Both are named by the inside of their ids.
CREATE TABLE decision (
    organization TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    -- A record of Propstack.
    anchor TEXT COLLATE "C" NOT NULL,
    -- A record of another system.
    other TEXT COLLATE "C" NOT NULL,
    is_same BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (organization, other, anchor)
);

-- Rises with each decision, so that others learn of it.
ALTER TABLE organization ADD COLUMN decisions_version BIGINT NOT NULL DEFAULT 0;
