import { createStore } from '../create-store.ts';
import type { StoreOptions } from '../store.ts';
import { openQueues } from '../queue/queues.ts';
import { migrateAll, mustBeMigrated } from './migrate.ts';
import { openPgClient, openPgPool, schemasOf, type SqlPool, type SqlSchemas } from './pool.ts';
import { sqlRecords } from './records.ts';
import { sqlHealth } from './pool-health.ts';
import { sqlEngine } from './queues.ts';
import type { Store } from '../store.ts';

/** PostgreSQL: one pool of at most 12 connections in a process, and one more for the moment of migrating. */
export function openPostgres(options: StoreOptions & { readonly databaseUrl: string }): Store {
  const { databaseUrl, onError, retentionMs } = options;
  const schemas = schemasOf(options.prefix);
  const pgPool = openPgPool(databaseUrl, schemas);
  pgPool.on('error', onError);
  // Every queue and worker listens for its errors.
  pgPool.setMaxListeners(0);
  const pool = pgPool as unknown as SqlPool;
  const engine = sqlEngine(pool, schemas.queues);
  const connect = async (): Promise<void> => {
    if (options.migrate === false) await mustBeMigrated(pool, schemas);
    else await migratePostgres(databaseUrl, schemas);
  };
  const queues = openQueues(engine, 'PostgreSQL', connect, onError);
  return createStore(sqlRecords('postgres', pool, schemas, retentionMs), {
    name: 'PostgreSQL',
    engine,
    queues,
    onError,
    health: () => sqlHealth(pool, schemas),
    close: () => pgPool.end(),
  });
}

/** Brings the schemas of an installation up to date, waiting for a process that is doing it. */
export async function migrateStore(options: {
  readonly databaseUrl: string;
  readonly prefix: string;
}): Promise<void> {
  await migratePostgres(options.databaseUrl, schemasOf(options.prefix));
}

async function migratePostgres(databaseUrl: string, schemas: SqlSchemas): Promise<void> {
  const client = openPgClient(databaseUrl);
  // An error between two queries would otherwise end the process; the next query reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await migrateAll(client, schemas);
  } finally {
    await client.end().catch(() => undefined);
  }
}
