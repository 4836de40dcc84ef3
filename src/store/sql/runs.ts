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
import { jsonDocument } from '../json-document.ts';
import { documents, hasChanged, quoteSchema, removeOlder, storable, type Sql } from './statements.ts';

/** Runs in the schema that `migrateRecords` made. */
export function createSqlRuns(sql: Sql, schemaName: string): RunStore {
  const table = `${quoteSchema(schemaName)}.runs`;
  const pages = `${quoteSchema(schemaName)}.run_rows`;
  const text = `SELECT doc::text AS doc FROM ${table} WHERE id = $1`;
  const document = (runId: string, written: readonly RunPage[] = []) =>
    jsonDocument<Run>({
      name: `The run ${runId}`,
      read: async () => (await documents(sql, { text, params: [storable(runId)] }))[0] ?? null,
      replace: (run, held) => replace(sql, { table, pages }, { run, held, written }),
    });
  return {
    create: (run) => create(sql, table, run),
    read: async (runId) => (await document(runId).read()).value,
    change: (runId, transition, written) =>
      compareAndSwap(document(runId, written), (run) => run && transition(run)),
    list: (filter, cursor, limit) => list(sql, table, filter, { cursor, limit }),
    async open() {
      const { rows } = await sql.query<{ id: string }>(
        `SELECT id FROM ${table} WHERE state = 'running' ORDER BY id`,
      );
      return rows.map(({ id }) => id);
    },
    async rows(runId, page) {
      const rowsText = `SELECT rows::text AS doc FROM ${pages} WHERE run_id = $1 AND page = $2`;
      const [rows] = await documents(sql, { text: rowsText, params: [storable(runId), page] });
      return rows === undefined ? null : (JSON.parse(rows) as RunRow[]);
    },
    prune: (now) => removeOlder(sql, { table, column: 'expires_at', before: now + 1, most: 100 }),
  };
}

async function create(sql: Sql, table: string, run: Run): Promise<Run> {
  // Whoever is waited for may begin between the two statements: then there is room for this one.
  for (;;) {
    const text = `INSERT INTO ${table} (id, kind, state, waiting_key, expires_at, doc)
      VALUES ($1, $2, $3, $4, $5, $6::json) ON CONFLICT (waiting_key) DO NOTHING RETURNING 1`;
    if (await hasChanged(sql, { text, params: columnsOf(run) })) return run;
    const same = `SELECT doc::text AS doc FROM ${table} WHERE waiting_key = $1`;
    const [waiting] = await documents(sql, { text: same, params: [runKey(run)] });
    if (waiting !== undefined) return JSON.parse(waiting) as Run;
  }
}

async function list(
  sql: Sql,
  table: string,
  { kind, state }: RunFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<Run>> {
  const text = `SELECT doc::text AS doc FROM ${table}
    WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4`;
  const params = [kind ?? null, state ?? null, cursor === null ? null : runCursor(cursor), limit + 1];
  const found = await documents(sql, { text, params });
  const items = found.slice(0, limit).map((doc) => JSON.parse(doc) as Run);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

function columnsOf(run: Run): unknown[] {
  const key = isWaiting(run) ? runKey(run) : null;
  return [run.id, run.kind, run.state, key, run.expiresAt, JSON.stringify(run)];
}

/** One statement, so that the document and its rows cannot come apart. */
function replace(
  sql: Sql,
  { table, pages }: { readonly table: string; readonly pages: string },
  change: { readonly run: Run | null; readonly held: string | null; readonly written: readonly RunPage[] },
): Promise<boolean> {
  const { run, held, written } = change;
  if (run === null) return Promise.resolve(true);
  const text = `WITH changed AS (
      UPDATE ${table} SET kind = $2, state = $3, waiting_key = $4, expires_at = $5, doc = $6::json
      WHERE id = $1 AND doc::text = $7::text RETURNING id),
    kept AS (
      INSERT INTO ${pages} (run_id, page, rows)
      SELECT changed.id, page.number, page.rows::json
      FROM changed, unnest($8::int[], $9::text[]) AS page (number, rows)
      ON CONFLICT (run_id, page) DO UPDATE SET rows = excluded.rows)
    SELECT id FROM changed`;
  const numbers = written.map((page) => page.number);
  const rows = written.map((page) => JSON.stringify(page.rows));
  return hasChanged(sql, { text, params: [...columnsOf(run), held, numbers, rows] });
}
