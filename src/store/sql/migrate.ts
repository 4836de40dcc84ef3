import { runMigrations } from 'bullmq';
import type { SqlQueryable, SqlSchemas } from './pool.ts';
import { migrateRecords } from './schema.ts';

/**
 * Brings both schemas up to date; changes nothing when they are. `session` is one connection, never a pool: BullMQ
 * holds an advisory lock in a transaction, so any number of processes may start at once. BullMQ brings migrations with
 * minor releases too, hence at every start.
 */
export async function migrateAll(session: SqlQueryable, schemas: SqlSchemas): Promise<void> {
  await runMigrations(session, schemas.queues);
  await migrateRecords(session, schemas.records);
}
