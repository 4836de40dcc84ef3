import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PGlite, types } from '@electric-sql/pglite';
import type { SqlSchemas } from '../sql/pool.ts';

/**
 * Makes the database in `dataDir/pgdata` if it is not there. A start that was interrupted while making it left a folder
 * that PostgreSQL cannot open and that holds nothing anybody was promised: it is made anew. The file beside it says
 * that the making was finished.
 */
export async function makePglite(dataDir: string): Promise<void> {
  const finished = join(dataDir, 'pgdata.complete');
  if (await exists(finished)) return;
  const folder = join(dataDir, 'pgdata');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await makeInThread(folder);
  await writeFile(finished, 'The database in pgdata was made completely.\n');
}

/**
 * In a thread of its own: making a database takes some 400 MB, which come back only with the end of the thread, and
 * seconds in which nothing else would run. The thread's few lines are a text because a path to a file would differ
 * between source and build.
 */
async function makeInThread(folder: string): Promise<void> {
  const lines = `
    const { workerData } = require('node:worker_threads');
    import(workerData.pglite)
      .then(({ PGlite }) => PGlite.create(workerData.options))
      .then((database) => database.close());`;
  const thread = new Worker(lines, {
    eval: true,
    execArgv: [],
    workerData: {
      pglite: import.meta.resolve('@electric-sql/pglite'),
      options: { dataDir: folder, initDbStartParams: ['--wal-segsize=4'] },
    },
  });
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`making the database ended with code ${code}`)),
    );
  });
}

/** Opens the database that `makePglite` made. Never to be called while another one is open on the folder. */
export function openPglite(dataDir: string, schemas: SqlSchemas): Promise<PGlite> {
  return PGlite.create({
    dataDir: join(dataDir, 'pgdata'),
    startParams: [...PGlite.defaultStartParams, ...settings(schemas)],
    // As `pg` gives them: a 64-bit number may be larger than a JavaScript number can say.
    parsers: { [types.INT8]: (value: string) => value },
  });
}

/** One process with one session: memory for many would only be memory. */
function settings(schemas: SqlSchemas): string[] {
  return [
    `search_path="${schemas.queues}","${schemas.records}"`,
    'shared_buffers=16MB',
    'min_wal_size=16MB',
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
