-- Who holds a key holds it for a short time and says so again; whoever takes over goes on with the
-- same seed, and knows that somebody has begun.
ALTER TABLE idempotency ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE idempotency ADD COLUMN seed TEXT COLLATE "C" NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE idempotency ADD COLUMN tries BIGINT NOT NULL DEFAULT 1;
