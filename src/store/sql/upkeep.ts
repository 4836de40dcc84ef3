import type { SqlPool, SqlSchemas } from './pool.ts';

const everyMs = 5 * 60_000;

/**
 * The embedded database has neither autovacuum nor a checkpointer: without these the tables of the queues and the
 * write-ahead log grow for ever. Each statement is a call of its own (VACUUM tolerates no transaction) and takes some
 * 10 ms, so that events in between wait for one at most.
 */
export function startUpkeep(
  pool: SqlPool,
  { queues, records }: SqlSchemas,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => maintain(pool, [queues, records])).catch(onError);
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

export async function maintain(pool: SqlPool, schemas: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ place: string }>(
    `SELECT format('%I.%I', schemaname, relname) AS place FROM pg_stat_user_tables
     WHERE schemaname = ANY($1) AND (n_dead_tup > 500 OR n_mod_since_analyze > 2000)`,
    [schemas],
  );
  for (const { place } of rows) await pool.query(`VACUUM (ANALYZE) ${place}`);
  await pool.query('CHECKPOINT');
}
