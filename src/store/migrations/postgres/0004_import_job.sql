CREATE TABLE import_job (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    started_by TEXT NOT NULL,
    input TEXT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    checkpoint TEXT,
    stages TEXT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    -- Whoever works on it, who says so again and again.
    ticket TEXT COLLATE "C",
    held_until BIGINT NOT NULL
);

CREATE INDEX import_job_by_time ON import_job (organization, created_at, id);

CREATE TABLE import_problem (
    job TEXT COLLATE "C" NOT NULL REFERENCES import_job (id),
    number BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    upstream_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (job, number)
);
