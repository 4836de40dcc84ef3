import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import type { SqlSchemas } from './pool.ts';

/**
 * Opens the database in `dataDir/pgdata`, or makes it. A start that was interrupted while making it left a folder that
 * PostgreSQL cannot open and that holds nothing anybody was promised: it is made anew. The file beside it says that the
 * making was finished.
 */
export async function openPglite(dataDir: string, schemas: SqlSchemas): Promise<PGlite> {
  const folder = join(dataDir, 'pgdata');
  const finished = join(dataDir, 'pgdata.complete');
  if (!(await exists(finished))) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const database = await PGlite.create({
    dataDir: folder,
    startParams: [...PGlite.defaultStartParams, ...settings(schemas)],
    // As `pg` gives them: a 64-bit number may be larger than a JavaScript number can say.
    parsers: { [types.INT8]: (value: string) => value },
  });
  await writeFile(finished, 'The database in pgdata was made completely.\n');
  return database;
}

/** One process with one session: memory for many would only be memory. */
function settings(schemas: SqlSchemas): string[] {
  return [
    `search_path="${schemas.queues}","${schemas.records}"`,
    'shared_buffers=16MB',
    'max_wal_size=64MB',
    'autovacuum=off',
    'max_connections=4',
  ].flatMap((setting) => ['-c', setting]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
