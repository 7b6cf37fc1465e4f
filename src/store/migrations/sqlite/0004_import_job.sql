CREATE TABLE import_job (
    id TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    kind TEXT NOT NULL,
    system TEXT NOT NULL,
    started_by TEXT NOT NULL,
    input TEXT NOT NULL,
    status TEXT NOT NULL,
    checkpoint TEXT,
    stages TEXT NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    -- Whoever works on it, who says so again and again.
    ticket TEXT,
    held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX import_job_by_time ON import_job (organization, created_at, id);

CREATE TABLE import_problem (
    job TEXT NOT NULL REFERENCES import_job (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
