import { assembleStore } from './assemble.ts';
import { lockDataDir } from './data-dir-lock.ts';
import type { StoreOptions } from './open.ts';
import { sqlRecords } from './open-postgres.ts';
import { openQueues } from './queues.ts';
import { migrateAll } from './sql/migrate.ts';
import { openPglite } from './sql/pglite-open.ts';
import { PglitePool } from './sql/pglite.ts';
import { schemasOf } from './sql/pool.ts';
import { sqlHealth } from './sql/pool-health.ts';
import { sqlEngine } from './sql/queues.ts';
import { startUpkeep } from './sql/upkeep.ts';
import { StoreUnavailable, type Store } from './store.ts';
import { reason } from './within.ts';

/** PostgreSQL in this process, in a folder that no other process may use. */
export async function openEmbedded(options: StoreOptions): Promise<Store> {
  const { dataDir, onError, retentionMs } = options;
  const schemas = schemasOf(options.prefix);
  let lost: Error | null = null;
  const lock = await lockDataDir(dataDir, {
    onLost(error) {
      lost = error;
      onError(error);
      // Writing on would destroy what the other process writes.
      pool?.refuse(error.message);
    },
  });
  let pool: PglitePool | null = null;
  try {
    const database = await openPglite(dataDir, schemas);
    pool = new PglitePool(database);
    if (lost !== null) throw lost;
    const opened = pool;
    const session = await opened.connect();
    await migrateAll(session, schemas);
    session.release();
    const engine = sqlEngine(opened, schemas.queues);
    const queues = openQueues(engine, 'The embedded store', () => Promise.resolve(), onError);
    await queues.opened;
    const upkeep = startUpkeep(opened, schemas, onError);
    return assembleStore(sqlRecords('embedded', opened, schemas, retentionMs), {
      name: 'The embedded store',
      engine,
      queues,
      onError,
      // Its settings are ours and known to cost the last moments before a power cut; the documentation says so.
      health: async () => ({ ...(await sqlHealth(opened)), warnings: [] }),
      async close() {
        await upkeep.stop();
        await opened.end();
        await database.close();
        await lock.release();
      },
    });
  } catch (cause) {
    await lock.release();
    if (cause instanceof StoreUnavailable || cause === lost) throw cause;
    throw new Error(
      `The embedded store in ${dataDir} cannot be opened: ${reason(cause)}. Restore the folder from a backup, or move it away: Planwire fills a new one from Stripe.`,
      { cause },
    );
  }
}
