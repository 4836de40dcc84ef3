import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SqlSchemas } from '../sql/pool.ts';
import { UnusableDataDir } from './data-dir-lock.ts';
import { makeDatabase } from './make.ts';
import { openInThread, type Database } from './thread.ts';

/** Says that the making of `pgdata` was begun, and that it was finished. */
const making = 'pgdata.making';
const complete = 'pgdata.complete';
/** It is made beside its place: the maker may outlive a process that was killed, and write on for a moment. */
const unfinished = 'pgdata.new-';

/** A mounted volume has it from its beginning; it is the system's. */
const lostAndFound = 'lost+found';
/** What may lie in a folder that is ours. */
const ours = new Set(['pgdata', making, complete, 'ballast', lostAndFound]);
const isOurs = (name: string): boolean =>
  ours.has(name) || name.startsWith('planwire.lock') || name.startsWith(unfinished);

/** The folder is somebody else's, or was not left whole. */
export class ForeignDataDir extends UnusableDataDir {
  override readonly name = 'ForeignDataDir';
}

/**
 * Makes the database in `dataDir/pgdata` if it is not there. A start that was interrupted while making it left a folder
 * that PostgreSQL cannot open and that holds nothing anybody was promised: it is made anew. Only what carries our own
 * mark of that is ever removed; the folder of anybody else is refused.
 */
export async function makePglite(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  if (names.includes(complete) && names.includes('pgdata')) {
    // Left by a start that was interrupted at its last step: beside a database in use it must never be believed.
    await rm(join(dataDir, making), { force: true });
    return;
  }
  refuseForeign(dataDir, names);
  const folder = join(dataDir, `${unfinished}${randomUUID()}`);
  await rm(join(dataDir, complete), { force: true });
  await writeFile(join(dataDir, making), 'The database in pgdata is being made.\n');
  for (const name of names)
    if (name === 'pgdata' || name.startsWith(unfinished)) await removeFolder(join(dataDir, name));
  await mkdir(folder, { mode: 0o700 });
  await makeDatabase(folder, openWithinMs);
  await rename(folder, join(dataDir, 'pgdata'));
  await writeFile(join(dataDir, complete), 'The database in pgdata was made completely.\n');
  await rm(join(dataDir, making), { force: true });
}

/** A maker that has not noticed yet adds to it. */
async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function refuseForeign(dataDir: string, names: readonly string[]): void {
  const place = `DATA_DIR ${resolve(dataDir)}`;
  if (names.includes('PG_VERSION'))
    throw new ForeignDataDir(`${place} is the folder of another PostgreSQL: name an empty one.`);
  const isUnmarked = (name: string): boolean => name.startsWith(unfinished) && !names.includes(making);
  const foreign = names.filter((name) => !isOurs(name) || isUnmarked(name));
  if (foreign.length > 0) {
    const some = foreign.slice(0, 3).join(', ');
    throw new ForeignDataDir(`${place} holds what is not Planwire's (${some}): name an empty folder.`);
  }
  if (names.includes('pgdata') && !names.includes(making)) {
    throw new ForeignDataDir(
      `${place} has a database without its mark ${complete}: if it is a whole copy of a stopped store, make that file in it; else move the folder away, and Planwire fills a new one from Stripe.`,
    );
  }
}

/**
 * What lies in the folder is customers' business: it is for this user alone. The umask does not do it, because PGlite
 * gives the files of a new database a mode of its own choice.
 */
export async function keepToOurselves(dataDir: string): Promise<void> {
  // A mounted volume may be somebody else's; what we make in it is ours.
  await forUsAlone(dataDir).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPERM') throw cause;
  });
  for (const name of await readdir(dataDir))
    if (isOurs(name) && name !== lostAndFound) await forUsAlone(join(dataDir, name));
  const folder = join(dataDir, 'pgdata');
  for (const name of await readdir(folder, { recursive: true })) await forUsAlone(join(folder, name));
}

async function forUsAlone(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) await chmod(path, mode & 0o700);
}

const openWithinMs = 60_000;

/** Opens the database that `makePglite` made. Never to be called while another one is open on the folder. */
export function openPglite(dataDir: string, schemas: SqlSchemas): Promise<Database> {
  return openInThread({
    options: { dataDir: join(dataDir, 'pgdata') },
    settings: settings(schemas),
    openWithinMs,
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
