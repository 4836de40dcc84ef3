import type { StoreHealth } from '../store.ts';
import type { SqlSchemas } from './pool.ts';
import type { Sql } from './statements.ts';

/**
 * Whether PostgreSQL would take a delivery: it answers, takes writes and has our tables; and what in its settings will
 * lose data one day.
 */
export async function sqlHealth(pool: Sql, { records, queues }: SqlSchemas): Promise<StoreHealth> {
  const { rows } = await pool.query<{
    readonly: boolean;
    fsync: string;
    commits: string;
    complete: boolean;
  }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS readonly,
            current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits,
            to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS complete`,
    [`"${queues}".job`, `"${records}".customers`],
  );
  const state = rows[0];
  if (state?.readonly === true) {
    return { ok: false, detail: 'PostgreSQL is read-only here: connect to the primary.', warnings: [] };
  }
  if (state?.complete === false) {
    const detail = `The tables of the schemas ${records} and ${queues} are gone: restore them, or restart this process, which makes them anew (with --no-migrate: run planwire migrate).`;
    return { ok: false, detail, warnings: [], empty: true };
  }
  const warnings: string[] = [];
  if (state?.fsync === 'off')
    warnings.push('PostgreSQL runs with fsync off: a power cut can cost everything.');
  if (state?.commits === 'off') {
    warnings.push(
      'PostgreSQL runs with synchronous_commit off: a crash of it can cost the last acknowledged events.',
    );
  }
  return { ok: true, warnings };
}
