-- Instants are microseconds since 1970 and lists are JSON, as in the other database; keys sort by
-- their bytes, as they do there.
CREATE TABLE organization (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Counts the changes of credentials of all its systems.
    credentials_version BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE integration (
    organization TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    system TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    key_id TEXT COLLATE "C" NOT NULL,
    key_hint TEXT,
    permissions TEXT NOT NULL,
    status TEXT NOT NULL,
    checked_at BIGINT,
    problem TEXT,
    connected_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (organization, system)
);

CREATE TABLE access_token (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization TEXT COLLATE "C" NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT NOT NULL,
    requests_per_minute BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);

CREATE INDEX access_token_by_organization ON access_token (organization, created_at, id);

CREATE TABLE idempotency (
    organization TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    -- JSON; absent while it is being done.
    outcome TEXT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (organization, subject, key)
);

CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

-- No reference: what was done is told even of an organisation that is gone.
CREATE TABLE audit (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    target TEXT,
    outcome TEXT NOT NULL
);

CREATE INDEX audit_by_time ON audit (organization, at, id);
