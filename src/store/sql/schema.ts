import { quoteSchema, type Sql } from './statements.ts';

/**
 * Documents are `json`, not `jsonb`: it keeps the text as it came, where jsonb refuses `\u0000` and so would lose an
 * outcome for good. Whatever is searched has a column. Ids compare by bytes (COLLATE "C"), so that every server sorts
 * alike. Rows that change often leave room on their page, and are vacuumed before a fifth of the table is dead.
 */
const records1 = `
CREATE TABLE customers (
  customer_id text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  doc json NOT NULL,
  next_check_at bigint,
  troubled_since bigint,
  failing boolean NOT NULL,
  held boolean NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX customers_due ON customers (next_check_at, customer_id) WHERE next_check_at IS NOT NULL;
CREATE INDEX customers_troubled ON customers (troubled_since, customer_id) WHERE troubled_since IS NOT NULL;

CREATE TABLE claims (
  external_id text COLLATE "C" PRIMARY KEY,
  doc json NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE outcomes (
  id text COLLATE "C" PRIMARY KEY,
  status text COLLATE "C" NOT NULL,
  error_code text COLLATE "C",
  customer_id text COLLATE "C",
  identity_id text COLLATE "C",
  external_id text COLLATE "C",
  started_at bigint NOT NULL,
  finished_at bigint NOT NULL,
  refs text[] COLLATE "C" NOT NULL,
  doc json NOT NULL
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX outcomes_time ON outcomes (finished_at, id);
CREATE INDEX outcomes_status ON outcomes (status, finished_at, id);
CREATE INDEX outcomes_error ON outcomes (error_code, finished_at, id) WHERE error_code IS NOT NULL;
CREATE INDEX outcomes_customer ON outcomes (customer_id, finished_at, id);
CREATE INDEX outcomes_refs ON outcomes USING gin (refs) WITH (fastupdate = off);

CREATE TABLE event_notes (
  event_id text COLLATE "C" PRIMARY KEY,
  type text NOT NULL,
  received_at bigint NOT NULL,
  customer_ids text[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX event_notes_time ON event_notes (received_at);

CREATE TABLE shared_values (
  name text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
) WITH (fillfactor = 50);
`;

/** One run of each key waits at most: `waiting_key` is null once it has begun. */
const records2 = `
CREATE TABLE runs (
  id text COLLATE "C" PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  waiting_key text COLLATE "C" UNIQUE,
  expires_at bigint NOT NULL,
  doc json NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX runs_open ON runs (id) WHERE state = 'running';
CREATE INDEX runs_expiry ON runs (expires_at);

CREATE TABLE run_rows (
  run_id text COLLATE "C" NOT NULL REFERENCES runs ON DELETE CASCADE,
  page integer NOT NULL,
  rows json NOT NULL,
  PRIMARY KEY (run_id, page)
);
`;

/** What an event's outcome is found by: a clock could not tell which of two machines was first. */
const records3 = `
ALTER TABLE outcomes ADD COLUMN ticket bigint;
ALTER TABLE event_notes ADD COLUMN tickets jsonb NOT NULL DEFAULT '{}';
`;

const records4 = `
CREATE TABLE audit (
  id text COLLATE "C" PRIMARY KEY,
  at bigint NOT NULL,
  doc json NOT NULL
);
CREATE INDEX audit_time ON audit (at, id);
`;

/** In order; a migration that has been released is never edited, the next one is added. */
const versions: readonly string[] = [records1, records2, records3, records4];

/** The version of the schema this code works with. */
export const latestVersion = versions.length;

/**
 * One statement per version, each a DO block: atomic without a transaction of the caller's, over any pool. The lock
 * makes a second process wait and then find the work done.
 */
function migrations(schemaName: string): readonly string[] {
  const schema = quoteSchema(schemaName);
  return versions.map(
    (statements, index) => `DO $planwire$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('planwire records ${schemaName}', 0));
  IF to_regnamespace('${schema}') IS NULL THEN CREATE SCHEMA ${schema}; END IF;
  IF to_regclass('${schema}.record_migrations') IS NULL THEN
    CREATE TABLE ${schema}.record_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
  END IF;
  IF NOT EXISTS (SELECT FROM ${schema}.record_migrations WHERE version = ${index + 1}) THEN
    PERFORM set_config('search_path', '${schema}', true);
    ${statements}
    INSERT INTO record_migrations (version) VALUES (${index + 1});
  END IF;
END
$planwire$`,
  );
}

/**
 * Brings the records' tables of a schema to latestVersion; harmless when they are, and when many processes start at once.
 * Throws a sentence when a newer Planwire has already been here.
 */
export async function migrateRecords(sql: Sql, schemaName: string): Promise<void> {
  for (const migration of migrations(schemaName)) await sql.query(migration);
  await recordsVersion(sql, schemaName);
}

/** The message is a sentence that says what to start instead. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema';
}

/** Throws a sentence when a newer Planwire has already been here, and PostgreSQL's error when none has. */
export async function recordsVersion(sql: Sql, schemaName: string): Promise<number> {
  const { rows } = await sql.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${quoteSchema(schemaName)}.record_migrations`,
  );
  const version = rows[0]?.version ?? 0;
  if (version > latestVersion) {
    throw new NewerSchema(
      `The schema ${schemaName} is at version ${version}, but this Planwire knows only ${latestVersion}: start the version that migrated it, or a newer one.`,
    );
  }
  return version;
}
