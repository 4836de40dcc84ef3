import type { SqlPool, SqlSchemas } from '../sql/pool.ts';

const everyMs = 5 * 60_000;
/** Statistics change slowly, and taking them reads far more than VACUUM does. */
const analyzeEvery = 12;

/**
 * The embedded database has neither autovacuum nor a checkpointer: without these the tables of the queues and the
 * write-ahead log grow for ever. Each statement is a call of its own (VACUUM tolerates no transaction) and takes some
 * milliseconds, so that events in between wait for one at most.
 */
export function startVacuum(
  pool: SqlPool,
  { queues, records }: SqlSchemas,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  let running = Promise.resolve();
  let rounds = 0;
  const timer = setInterval(() => {
    rounds += 1;
    const analyze = rounds % analyzeEvery === 1;
    running = running.then(() => maintain(pool, [queues, records], analyze)).catch(onError);
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** All tables each time: the counts of dead rows by which one could choose are not kept up in a single session. */
export async function maintain(pool: SqlPool, schemas: readonly string[], analyze: boolean): Promise<void> {
  const { rows } = await pool.query<{ place: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS place
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = ANY($1) ORDER BY 1`,
    [schemas],
  );
  for (const { place } of rows) await pool.query(`VACUUM ${analyze ? '(ANALYZE)' : ''} ${place}`);
  await pool.query('CHECKPOINT');
}
