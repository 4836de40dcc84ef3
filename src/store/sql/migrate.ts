import { assertSchemaCompatibility, runMigrations, SchemaMigrationRequiredError } from 'bullmq';
import type { SqlSchemas } from './pool.ts';
import type { Sql } from './statements.ts';
import { latestVersion, migrateRecords, recordsVersion } from './schema.ts';

/**
 * Brings both schemas up to date; changes nothing when they are. `session` is one connection, never a pool: BullMQ
 * holds an advisory lock in a transaction, so any number of processes may start at once. BullMQ brings migrations with
 * minor releases too, hence at every start.
 */
export async function migrateAll(session: Sql, schemas: SqlSchemas): Promise<void> {
  await runMigrations(session, schemas.queues);
  await migrateRecords(session, schemas.records);
}

/**
 * For processes that may not migrate: throws a sentence while the schemas are missing or our own is older than this
 * code. How old BullMQ's is it does not tell; it refuses one that is too new by itself.
 */
export async function mustBeMigrated(sql: Sql, schemas: SqlSchemas): Promise<void> {
  const { records, queues } = schemas;
  const queuesThere = await assertSchemaCompatibility(sql, queues).catch(noneYet);
  const version = await recordsVersion(sql, records).catch(noneYet);
  if (queuesThere > 0 && version >= latestVersion) return;
  throw new Error(
    `The schemas ${records} and ${queues} are missing or older than this Planwire: run planwire migrate.`,
  );
}

/** A missing table, or schema, is version 0. */
function noneYet(cause: unknown): number {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === '42P01' || code === '3F000' || cause instanceof SchemaMigrationRequiredError) return 0;
  throw cause;
}
