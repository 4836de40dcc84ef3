import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventJob } from '../../../src/domain/work.ts';
import { makePglite, openPglite } from '../../../src/store/embedded/database.ts';
import { PglitePool } from '../../../src/store/embedded/pool.ts';
import type { NewEvent } from '../../../src/store/queue/engine.ts';
import { eventMemoryMs, jobOptions, queueOptions } from '../../../src/store/queue/options.ts';
import { migrateAll } from '../../../src/store/sql/migrate.ts';
import { openPgPool, schemasOf, type SqlPool } from '../../../src/store/sql/pool.ts';
import { sqlEngine } from '../../../src/store/sql/queues.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import * as fc from '../../support/property.ts';

const schemas = schemasOf('planwire');

/** Few ids: the same event comes again, in one lot and in later ones. */
const event: fc.Arbitrary<EventJob> = fc.record({
  eventId: fc.integer({ min: 1, max: 6 }).map((n) => `evt_${n}`),
  type: fc.constantFrom('customer.updated', 'invoice.paid'),
  receivedAt: fc.nat(),
  // PostgreSQL keeps no NUL in a text, and Stripe sends none.
  concern: fc.string().map((text) => ({ kind: 'customer', customerId: text.replaceAll('\0', '') }) as const),
});
const lots = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });

describe.each([
  ['the embedded store', embedded],
  ['PostgreSQL', onPostgres],
])('on %s, events that are added together', (_name, open) => {
  it('leave what BullMQ leaves of each', { timeout: 120_000 }, async () => {
    const { pool, stop } = await open();
    try {
      const { together, alone, engine } = queuesOn(pool);
      await fc.assert(
        fc.asyncProperty(lots, async (given) => {
          for (const table of ['job', 'dedup', 'event'])
            await pool.query(`DELETE FROM "${schemas.queues}".${table}`);
          for (const [l, lot] of given.entries()) {
            const numbered = lot.map((of, n) => ({ event: of, jobId: `e${l}-${n}` }));
            const added = await engine.addEvents(together, numbered);
            const ids = await alone.addBulk(numbered.map(asJob));
            expect(added).toEqual(numbered.map(({ jobId }, n) => ids[n]?.id === jobId));
          }
          expect(await left(pool, together.name)).toEqual(await left(pool, alone.name));
        }),
        { numRuns: 15 },
      );
      await Promise.all([together.close(), alone.close()]);
    } finally {
      await stop();
    }
  });

  it('are news again once they are forgotten, and wake who waits', { timeout: 120_000 }, async () => {
    const { pool, stop } = await open();
    try {
      const { together, engine } = queuesOn(pool);
      const [first] = fc.sample(event, 1);
      if (first === undefined) throw new Error('There is one.');
      const add = (jobId: string) => engine.addEvents(together, [{ event: first, jobId }]);
      expect([await add('e1'), await add('e2')]).toEqual([[true], [false]]);
      await pool.query(`UPDATE "${schemas.queues}".dedup SET expire_at_ms = $1`, [Date.now()]);
      const seen: string[] = [];
      const worker = engine.worker(
        'events',
        (job) => Promise.resolve(void seen.push(job.id ?? '')),
        // Who is not woken would look again too late.
        { ...queueOptions, drainDelay: 600 },
      );
      worker.on('error', ignore);
      await worker.waitUntilReady();
      await expect.poll(() => seen, { timeout: 30_000 }).toEqual(['e1']);
      expect(await add('e3')).toEqual([true]);
      await expect.poll(() => seen, { timeout: 30_000 }).toEqual(['e1', 'e3']);
      await worker.close();
      await together.close();
    } finally {
      await stop();
    }
  });
});

interface Opened {
  readonly pool: SqlPool;
  stop(): Promise<void>;
}

async function embedded(): Promise<Opened> {
  const dataDir = await mkdtemp(join(tmpdir(), 'planwire-add-'));
  await makePglite(dataDir);
  const refuse = (cause: unknown): void => {
    throw cause;
  };
  const pool = await PglitePool.open({
    open: () => openPglite(dataDir, schemas),
    onError: refuse,
    onTrouble: () => undefined,
  });
  return migrated(pool, async () => {
    await pool.end();
    await rm(dataDir, { recursive: true, force: true });
  });
}

async function onPostgres(): Promise<Opened> {
  const server = await startPostgres();
  const pool = openPgPool(server.url, schemas);
  pool.on('error', ignore);
  return migrated(pool, async () => {
    await pool.end();
    await server.stop();
  });
}

async function migrated(pool: SqlPool, stop: () => Promise<void>): Promise<Opened> {
  const session = await pool.connect();
  await migrateAll(session, schemas);
  session.release();
  return { pool, stop };
}

/** A connection may end with its server before it has ended by itself. */
const ignore = (): void => undefined;

/** Two queues of one database; the second has the name of another of ours. */
function queuesOn(pool: SqlPool) {
  const engine = sqlEngine(pool, schemas.queues);
  const [together, alone] = [engine.queue('events', queueOptions), engine.queue('bulk', queueOptions)];
  for (const queue of [together, alone]) queue.on('error', ignore);
  return { engine, together, alone };
}

function asJob({ event: data, jobId }: NewEvent) {
  const deduplication = { id: data.eventId, ttl: eventMemoryMs };
  return { name: 'event', data, opts: { ...jobOptions, jobId, deduplication } };
}

/** Every job with all of its columns, in the order in which they are worked off, and what is known of each event. */
async function left(pool: SqlPool, queue: string): Promise<readonly unknown[]> {
  const jobs = await pool.query<Record<string, unknown>>(
    `SELECT to_jsonb(job) - 'queue' - 'seq' - 'added_at_ms' AS job, added_at_ms > 0 AS timed
       FROM "${schemas.queues}".job WHERE queue = $1 ORDER BY priority, seq`,
    [queue],
  );
  const known = await pool.query<Record<string, unknown>>(
    `SELECT dedup_id, job_id, round((expire_at_ms - $2::bigint) / 60000.0) AS minutes
       FROM "${schemas.queues}".dedup WHERE queue = $1 ORDER BY dedup_id`,
    [queue, Date.now()],
  );
  return [...jobs.rows, ...known.rows];
}
