import type { RunStore } from '../../domain/ports.ts';
import type { Page } from '../../domain/outcome/outcome.ts';
import {
  isWaiting,
  runCursor,
  runKey,
  type Run,
  type RunFilter,
  type RunPage,
  type RunRow,
} from '../../domain/run.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { quoteSchema, storable, type Sql } from './statements.ts';

const PRUNE_BATCH = 100;

/** Runs in the schema that `migrateRecords` made. */
export function createSqlRuns(sql: Sql, schemaName: string): RunStore {
  const table = `${quoteSchema(schemaName)}.runs`;
  const pages = `${quoteSchema(schemaName)}.run_rows`;
  const select = async (runId: string): Promise<string | null> => {
    const text = `SELECT doc::text AS doc FROM ${table} WHERE id = $1`;
    return (await documents(sql, text, [storable(runId)]))[0] ?? null;
  };
  return {
    create: (run) => create(sql, table, run),
    async read(runId) {
      const doc = await select(runId);
      return doc === null ? null : parse(doc);
    },
    change: (runId, transition, written = []) =>
      compareAndSwap<Run | null, string | null>(
        {
          name: `The run ${runId}`,
          async read() {
            const doc = await select(runId);
            return { value: doc === null ? null : parse(doc), version: doc };
          },
          replace: (run, held) => replace(sql, { table, pages }, { run, held, written }),
        },
        (run) => (run === null ? null : transition(run)),
      ),
    list: (filter, cursor, limit) => list(sql, table, filter, { cursor, limit }),
    async open() {
      const { rows } = await sql.query<{ id: string }>(
        `SELECT id FROM ${table} WHERE state = 'running' ORDER BY id`,
      );
      return rows.map(({ id }) => id);
    },
    async rows(runId, page) {
      const { rows } = await sql.query<{ rows: string }>(
        `SELECT rows::text AS rows FROM ${pages} WHERE run_id = $1 AND page = $2`,
        [storable(runId), page],
      );
      return rows[0] === undefined ? null : (JSON.parse(rows[0].rows) as RunRow[]);
    },
    prune: (now) => prune(sql, table, now),
  };
}

async function documents(sql: Sql, text: string, params: unknown[]): Promise<string[]> {
  const { rows } = await sql.query<{ doc: string }>(text, params);
  return rows.map(({ doc }) => doc);
}

async function create(sql: Sql, table: string, run: Run): Promise<Run> {
  // Whoever is waited for may begin between the two statements: then there is room for this one.
  for (;;) {
    const { rows } = await sql.query(
      `INSERT INTO ${table} (id, kind, state, waiting_key, expires_at, doc)
       VALUES ($1, $2, $3, $4, $5, $6::json) ON CONFLICT (waiting_key) DO NOTHING RETURNING 1 AS done`,
      columnsOf(run),
    );
    if (rows.length > 0) return run;
    const same = `SELECT doc::text AS doc FROM ${table} WHERE waiting_key = $1`;
    const [waiting] = await documents(sql, same, [runKey(run)]);
    if (waiting !== undefined) return parse(waiting);
  }
}

async function list(
  sql: Sql,
  table: string,
  { kind, state }: RunFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<Run>> {
  const found = await documents(
    sql,
    `SELECT doc::text AS doc FROM ${table}
     WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR id < $3)
     ORDER BY id DESC LIMIT $4`,
    [kind ?? null, state ?? null, cursor === null ? null : runCursor(cursor), limit + 1],
  );
  const items = found.slice(0, limit).map(parse);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function columnsOf(run: Run): unknown[] {
  const key = isWaiting(run) ? runKey(run) : null;
  return [run.id, run.kind, run.state, key, run.expiresAt, JSON.stringify(run)];
}

/** One statement, so that the document and its rows cannot come apart. */
async function replace(
  sql: Sql,
  { table, pages }: { readonly table: string; readonly pages: string },
  change: { readonly run: Run | null; readonly held: string | null; readonly written: readonly RunPage[] },
): Promise<boolean> {
  const { run, held, written } = change;
  if (run === null) return true;
  const { rows } = await sql.query(
    `WITH changed AS (
       UPDATE ${table} SET kind = $2, state = $3, waiting_key = $4, expires_at = $5, doc = $6::json
       WHERE id = $1 AND doc::text = $7::text RETURNING id),
     kept AS (
       INSERT INTO ${pages} (run_id, page, rows)
       SELECT changed.id, page.number, page.rows::json
       FROM changed, unnest($8::int[], $9::text[]) AS page (number, rows)
       ON CONFLICT (run_id, page) DO UPDATE SET rows = excluded.rows)
     SELECT id FROM changed`,
    [
      ...columnsOf(run),
      held,
      written.map((page) => page.number),
      written.map((page) => JSON.stringify(page.rows)),
    ],
  );
  return rows.length === 1;
}

async function prune(sql: Sql, table: string, now: number): Promise<number> {
  let removed = 0;
  for (let batch = PRUNE_BATCH; batch === PRUNE_BATCH; removed += batch) {
    const { rows } = await sql.query(
      `DELETE FROM ${table} WHERE id IN (
         SELECT id FROM ${table} WHERE expires_at <= $1 ORDER BY expires_at LIMIT ${PRUNE_BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING 1`,
      [now],
    );
    batch = rows.length;
  }
  return removed;
}

function parse(doc: string): Run {
  return JSON.parse(doc) as Run;
}
