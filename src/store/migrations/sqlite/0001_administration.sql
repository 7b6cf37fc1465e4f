-- Instants are microseconds since 1970 and lists are JSON, as in the other database.
CREATE TABLE organization (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Counts the changes of credentials of all its systems.
    credentials_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE integration (
    organization TEXT NOT NULL REFERENCES organization (id),
    system TEXT NOT NULL,
    sealed BLOB NOT NULL,
    key_id TEXT NOT NULL,
    key_hint TEXT,
    permissions TEXT NOT NULL,
    status TEXT NOT NULL,
    checked_at INTEGER,
    problem TEXT,
    connected_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (organization, system)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_token (
    id TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organization (id),
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT NOT NULL,
    requests_per_minute INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX access_token_by_organization ON access_token (organization, created_at, id);

CREATE TABLE idempotency (
    organization TEXT NOT NULL,
    subject TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    ticket TEXT NOT NULL,
    -- JSON; absent while it is being done.
    outcome TEXT,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (organization, subject, key)
) STRICT;

CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

-- No reference: what was done is told even of an organisation that is gone.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT,
    outcome TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_time ON audit (organization, at, id);
