import { setTimeout as delay } from 'node:timers/promises';
import { createStore } from '../create-store.ts';
import { lockDataDir, type DataDirLock } from './data-dir-lock.ts';
import type { StoreOptions } from '../store.ts';
import { sqlRecords } from '../sql/records.ts';
import { openQueues } from '../queue/queues.ts';
import { migrateAll } from '../sql/migrate.ts';
import { NewerSchema } from '../sql/schema.ts';
import { databasePlace } from './database-place.ts';
import { ForeignDataDir, keepToOurselves, makePglite, openPglite } from './database.ts';
import { watchSpace, type SpaceWatch, type SpaceWatchOptions } from './disk-space.ts';
import { PglitePool } from './pool.ts';
import { schemasOf, type SqlSchemas } from '../sql/pool.ts';
import { sqlHealth } from '../sql/pool-health.ts';
import { sqlEngine } from '../sql/queues.ts';
import { startVacuum } from './vacuum.ts';
import type { Store } from '../store.ts';
import { reason } from '../with-timeout.ts';

export interface EmbeddedOptions extends StoreOptions {
  readonly freeBytes?: SpaceWatchOptions['freeBytes'];
}

/** PostgreSQL in this process, in a folder that no other process may use. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Store> {
  const { dataDir, onError } = options;
  // Before the folder is touched: it has no part in this.
  databasePlace(import.meta.resolve);
  const schemas = schemasOf(options.prefix);
  const taken: { sentence: string | null; pool: PglitePool | null } = { sentence: null, pool: null };
  const disk: { sentence: string | null; space: SpaceWatch | null } = { sentence: null, space: null };
  process.umask(0o077);
  const lock = await lockDataDir(dataDir, {
    onLost(error) {
      // Writing on would destroy what the other process writes.
      taken.sentence = error.message;
      taken.pool?.refuse(error.message);
      onError(error);
    },
  });
  try {
    await makePglite(dataDir);
    await keepToOurselves(dataDir);
    // Before the database: opening one writes, and on a full disk only the reserve gives it room to.
    disk.space = await watchSpace({
      dataDir,
      ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
      onChange(sentence) {
        disk.sentence = sentence;
        taken.pool?.refuse(taken.sentence ?? sentence);
      },
    });
    const pool = await PglitePool.open({
      open: () => openPglite(dataDir, schemas),
      onError,
      onTrouble: () => disk.space?.full(),
    });
    taken.pool = pool;
    pool.refuse(taken.sentence);
    const session = await pool.connect();
    await migrateAll(session, schemas);
    session.release();
    pool.refuse(taken.sentence ?? disk.sentence);
    return await assemble(options, schemas, pool, async () => {
      await disk.space?.stop();
      // Even closing writes: not into what is another process' now.
      if (taken.sentence === null) await pool.end();
      await lock.release();
    });
  } catch (cause) {
    await disk.space?.stop();
    await giveBack(taken.pool, lock);
    if (cause instanceof ForeignDataDir || cause instanceof NewerSchema) throw cause;
    throw new Error(
      `The embedded store in ${dataDir} cannot be opened: ${reason(cause)}. Make room on its disk if it is full; else restore the folder from a backup, or move it away: Planwire fills a new one from Stripe.`,
      { cause },
    );
  }
}

async function assemble(
  { onError, retentionMs }: StoreOptions,
  schemas: SqlSchemas,
  pool: PglitePool,
  close: () => Promise<void>,
): Promise<Store> {
  const engine = sqlEngine(pool, schemas.queues);
  const queues = openQueues(engine, 'The embedded store', () => Promise.resolve(), onError);
  // With a full disk they open later.
  await Promise.race([queues.opened, delay(3_000, undefined, { ref: false })]);
  const upkeep = startVacuum(pool, schemas, onError);
  return createStore(sqlRecords('embedded', pool, schemas, retentionMs), {
    name: 'The embedded store',
    engine,
    queues,
    onError,
    // Its settings are ours and known to cost the last moments before a power cut; the documentation says so.
    health: async () => ({ ...(await sqlHealth(pool, schemas)), warnings: [] }),
    async close() {
      await upkeep.stop();
      await close();
    },
  });
}

async function giveBack(pool: PglitePool | null, lock: DataDirLock): Promise<void> {
  await pool?.end().catch(() => undefined);
  await lock.release();
}
