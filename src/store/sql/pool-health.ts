import type { StoreHealth } from '../store.ts';
import type { SqlPool } from './pool.ts';

/** Whether PostgreSQL answers and takes writes, and what in its settings will lose data one day. */
export async function sqlHealth(pool: SqlPool): Promise<StoreHealth> {
  const { rows } = await pool.query<{ readonly: boolean; fsync: string; commits: string }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS readonly,
            current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits`,
  );
  const state = rows[0];
  if (state?.readonly === true) {
    return { ok: false, detail: 'PostgreSQL is read-only here: connect to the primary.', warnings: [] };
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
