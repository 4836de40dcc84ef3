import {
  PostgresConnection,
  PostgresQueueBackend,
  Queue,
  type Worker,
  type BackendFactory,
  type PgPool,
  type PostgresConnectionOptions,
} from 'bullmq';
import { inBatches } from '../in-batches.ts';
import { ClosableWorker } from '../queue/closable-worker.ts';
import type { QueueEngine } from '../queue/engine.ts';
import type { QueueName } from '../store.ts';
import { addEvents } from './add-events.ts';
import type { SqlPool } from './pool.ts';

/** BullMQ on PostgreSQL: all queues and workers share the pool; each worker takes one connection for LISTEN. */
export function sqlEngine(pool: SqlPool, schema: string): QueueEngine {
  const connection = pool as unknown as PgPool;
  const backend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (
    name,
    options,
    { withBlockingConnection } = {},
  ) =>
    new PostgresQueueBackend(
      connectionIn(schema, connection),
      name,
      options,
      true,
      withBlockingConnection === true ? name : undefined,
    );
  return {
    queue: (name, options) => new Queue(name, { ...options, connection }, backend) as unknown as Queue,
    addEvents: ({ name }, events) => addEvents(pool, schema, name, events),
    worker: (name, processor, options) =>
      new ClosableWorker(name, processor, { ...options, connection }, backend) as unknown as Worker,
    pause: (name, delayMs) => pauseAtLeast(pool, schema, name, delayMs),
    prune: (now, signal) => pruneDeduplication(pool, schema, now, signal),
    clampPauses: (longestMs) => clampPauses(pool, schema, longestMs),
  };
}

/** BullMQ takes an expired key away only when the same one is asked for again, and no event id ever is. */
async function pruneDeduplication(
  pool: SqlPool,
  schema: string,
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  const text = `DELETE FROM "${schema}".dedup WHERE ctid IN (
      SELECT ctid FROM "${schema}".dedup WHERE expire_at_ms < $1 LIMIT 1000 FOR UPDATE SKIP LOCKED)
    RETURNING 1`;
  await inBatches(1_000, async () => (await pool.query(text, [now])).rows.length, signal);
}

async function clampPauses(pool: SqlPool, schema: string, longestMs: number): Promise<void> {
  const latest = Date.now() + longestMs;
  await pool.query(`DELETE FROM "${schema}".rate_limit WHERE expire_at_ms > $1`, [latest]);
}

/** Given a pool, BullMQ supposes the schema `bullmq`, and has no option to say otherwise. */
function connectionIn(schema: string, pool: PgPool): PostgresConnection {
  return Object.assign(new PostgresConnection(pool), { schema });
}

/**
 * BullMQ's `set_rate_limit`, but only ever longer: a worker that was told to wait 1 s must not end the minute that
 * another one was told. The clock is the worker's, as it is in BullMQ's own statement.
 */
async function pauseAtLeast(pool: SqlPool, schema: string, name: QueueName, delayMs: number): Promise<void> {
  await pool.query(
    `INSERT INTO "${schema}".rate_limit AS held (queue, points, expire_at_ms)
     VALUES ($1, 9007199254740991, $2)
     ON CONFLICT (queue) DO UPDATE SET
       points = excluded.points,
       expire_at_ms = greatest(held.expire_at_ms, excluded.expire_at_ms)`,
    [name, Date.now() + Math.max(1, Math.ceil(delayMs))],
  );
}
