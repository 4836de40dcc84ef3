import { inBatches } from '../in-batches.ts';

/** What the adapters need of PostgreSQL; `pg.Pool` and PGlite fit as they are. Each call may take another connection. */
export interface Sql {
  // The caller names the row, as with pg and PGlite themselves.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  query<R>(text: string, params?: unknown[]): Promise<{ rows: R[] }>;
}

export interface Statement {
  readonly text: string;
  readonly params: unknown[];
}

/** The column `doc` of what a query finds. */
export async function documents(sql: Sql, { text, params }: Statement): Promise<string[]> {
  const { rows } = await sql.query<{ doc: string }>(text, params);
  return rows.map(({ doc }) => doc);
}

/** Runs a statement that changes one row at most, and returns it. */
export async function hasChanged(sql: Sql, { text, params }: Statement): Promise<boolean> {
  return (await sql.query(text, params)).rows.length === 1;
}

/** Removes, in batches, the rows whose `column` is before that. */
export function removeOlder(
  sql: Sql,
  of: { readonly table: string; readonly column: string; readonly before: number; readonly most?: number },
  signal?: AbortSignal,
): Promise<number> {
  const { table, column, before, most = 1_000 } = of;
  const text = `WITH gone AS (
      DELETE FROM ${table} WHERE ctid IN (
        SELECT ctid FROM ${table} WHERE ${column} < $1::bigint ORDER BY ${column} LIMIT ${most} FOR UPDATE SKIP LOCKED)
      RETURNING 1)
    SELECT count(*)::int AS count FROM gone`;
  const remove = async () => (await sql.query<{ count: number }>(text, [before])).rows[0]?.count ?? 0;
  return inBatches(most, remove, signal);
}

/** The quoted name of a schema. Throws one sentence for a name that could not be quoted safely everywhere. */
export function quoteSchema(name: string): string {
  // PostgreSQL cuts names at 63 bytes without an error, and two installations would share one schema.
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(name)) {
    throw new Error(
      'The schema name must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or "_": change STORE_PREFIX.',
    );
  }
  return `"${name}"`;
}

/** PostgreSQL's text cannot hold U+0000, which JSON from outside may carry; ids with it stay findable all the same. */
export function storable(text: string): string;
export function storable(text: string | null): string | null;
export function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD');
}
